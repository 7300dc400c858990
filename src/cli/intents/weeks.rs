//! Volume and failures week by week.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::ui::Tone;
use super::super::view::number::percent;
use super::super::view::table::{Align, Table};
use super::document::{LineDocument, WeekDocument};
use super::survey::Line;
use crate::intent::trend::report::Trend;

/// Prints the weeks of one intent, or of all conversations together, and what they mean.
pub fn print(
    context: &mut Context,
    title: &str,
    line: &Line<'_>,
    trend: Option<&Trend>,
    more: &[String],
    csv: bool,
) -> Result<(), CommandError> {
    if csv {
        return super::csv::print(context, line.weeks.iter().map(WeekDocument::of));
    }
    if context.globals.json {
        return context.json("reprompt/intent/v1", &LineDocument::of(line, trend));
    }
    context.ui.line(context.ui.paint(Tone::Heading, title))?;
    print_weeks(context, line)?;
    for sentence in trend.map(super::trends::sentences).unwrap_or_default().iter().chain(more) {
        context.ui.line(format!("  {sentence}"))?;
    }
    Ok(())
}

/// Prints them as a table.
pub fn print_weeks(context: &mut Context, line: &Line<'_>) -> Result<(), CommandError> {
    if line.weeks.is_empty() {
        context.ui.line("  no conversation has a time, so there are no weeks")?;
        return Ok(());
    }
    let costs = line.weeks.iter().any(|week| week.cost.is_some());
    let latencies = line.weeks.iter().any(|week| week.latency.is_some());
    let mut columns = vec![
        ("week of", Align::Left),
        ("conversations", Align::Right),
        ("share of goals", Align::Right),
        ("failing", Align::Right),
        ("passing", Align::Right),
        ("unknown", Align::Right),
        ("failure rate", Align::Right),
        ("95 % interval", Align::Left),
    ];
    columns.extend(costs.then_some(("mean cost", Align::Right)));
    columns.extend(latencies.then_some(("in tools", Align::Right)));
    let mut table = Table::new(&columns);
    let none = || "-".to_string();
    for week in &line.weeks {
        let counts = week.counts;
        let mut cells = vec![
            format!("{}{}", week.start.date(), if week.complete { "" } else { "…" }),
            counts.all().to_string(),
            week.share.map_or_else(none, percent),
            counts.failure.to_string(),
            counts.success.to_string(),
            counts.unknown.to_string(),
            week.failure.map_or_else(none, |rate| percent(rate.share)),
            week.failure
                .map_or_else(none, |rate| format!("{} to {}", percent(rate.interval.low), percent(rate.interval.high))),
        ];
        if costs {
            cells.push(week.cost.map_or_else(none, |cost| format!("${:.4}", cost.mean)));
        }
        if latencies {
            cells.push(week.latency.map_or_else(none, |latency| format!("{:.1} s", latency.median_ms / 1000.0)));
        }
        table.row(cells);
    }
    for row in table.lines(context.ui.width(), 2) {
        context.ui.line(row)?;
    }
    Ok(())
}
