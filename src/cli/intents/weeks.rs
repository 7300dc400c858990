//! Volume and failures week by week.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::ui::Tone;
use super::super::view::number::percent;
use super::super::view::table::{Align, Table};
use super::document::{LineDocument, WeekDocument};
use super::survey::Line;
use crate::stats::interval::jeffreys;

/// Prints the weeks of one intent, or of all conversations together.
pub fn print(context: &mut Context, title: &str, line: &Line<'_>, csv: bool) -> Result<(), CommandError> {
    if csv {
        return super::csv::print(context, line.weeks.iter().map(WeekDocument::of));
    }
    if context.globals.json {
        return context.json("reprompt/intent/v1", &LineDocument::of(line));
    }
    context.ui.line(context.ui.paint(Tone::Heading, title))?;
    print_weeks(context, line)
}

/// Prints them as a table.
pub fn print_weeks(context: &mut Context, line: &Line<'_>) -> Result<(), CommandError> {
    if line.weeks.is_empty() {
        context.ui.line("  no conversation has a time, so there are no weeks")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("week of", Align::Left),
        ("conversations", Align::Right),
        ("share of all", Align::Right),
        ("failing", Align::Right),
        ("passing", Align::Right),
        ("unknown", Align::Right),
        ("failure rate", Align::Right),
        ("95 % interval", Align::Left),
    ]);
    for (week, all) in line.weeks.iter().zip(&line.volumes_of_all) {
        let counts = week.counts;
        let known = u64::from(counts.known());
        let interval = if known == 0 { None } else { jeffreys(u64::from(counts.failure), known, 0.95) };
        table.row([
            week.start.date(),
            counts.all().to_string(),
            if *all == 0 { "-".to_string() } else { percent(f64::from(counts.all()) / f64::from(*all)) },
            counts.failure.to_string(),
            counts.success.to_string(),
            counts.unknown.to_string(),
            if known == 0 { "-".to_string() } else { percent(f64::from(counts.failure) / known as f64) },
            interval.map_or_else(|| "-".to_string(), |one| format!("{} to {}", percent(one.low), percent(one.high))),
        ]);
    }
    for row in table.lines(context.ui.width(), 2) {
        context.ui.line(row)?;
    }
    Ok(())
}
