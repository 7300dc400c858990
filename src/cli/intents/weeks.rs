//! Volume and failures week by week.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::trends::words::{INTENT, sentences};
use super::super::ui::Tone;
use super::super::view::table::Align;
use super::super::view::weeks::{interval, share, weeks_table};
use super::document::{Beside, TrendDocument, WeekDocument};
use super::survey::Line;
use crate::intent::trend::report::Trend;

/// Prints the weeks of one intent, or of all conversations together, and what they mean.
pub fn print(
    context: &mut Context,
    title: &str,
    line: &Line<'_>,
    trend: Option<&Trend>,
    beside: Beside,
    csv: bool,
) -> Result<(), CommandError> {
    if csv {
        return super::super::csv::print(context, line.weeks.iter().map(WeekDocument::of));
    }
    if context.globals.json {
        return context.json("reprompt/intent/v1", &TrendDocument::of(line, trend, beside));
    }
    context.ui.line(context.ui.paint(Tone::Heading, title))?;
    print_weeks(context, line)?;
    let mut said = trend.map(|trend| sentences(trend, INTENT)).unwrap_or_default();
    said.extend(beside.company.iter().flat_map(|company| company.sentences(INTENT)));
    said.extend(beside.mixture.map(|mixture| mixture.sentence("failure rate")));
    for sentence in said {
        context.ui.line(format!("  {sentence}"))?;
    }
    Ok(())
}

/// What stands between a week and what its conversations cost.
const COLUMNS: [(&str, Align); 7] = [
    ("conversations", Align::Right),
    ("share of goals", Align::Right),
    ("failing", Align::Right),
    ("passing", Align::Right),
    ("unknown", Align::Right),
    ("failure rate", Align::Right),
    ("95 % interval", Align::Right),
];

/// Prints them as a table.
pub fn print_weeks(context: &mut Context, line: &Line<'_>) -> Result<(), CommandError> {
    if line.weeks.is_empty() {
        context.ui.line("  no conversation has a time that has come, so there are no weeks")?;
        return Ok(());
    }
    let table = weeks_table(&line.weeks, &COLUMNS, |_, week| {
        vec![
            week.counts.all().to_string(),
            share(week.share),
            week.counts.failure.to_string(),
            week.counts.success.to_string(),
            week.counts.unknown.to_string(),
            share(week.failure.map(|rate| rate.share)),
            interval(week.failure),
        ]
    });
    for row in table.lines(context.ui.width(), 2) {
        context.ui.line(row)?;
    }
    Ok(())
}
