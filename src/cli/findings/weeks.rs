//! One finding week by week: how much of all traffic and of its intent it takes, and what that means.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::trends::words::{FINDING, sentences, without_week};
use super::super::ui::Tone;
use super::super::untrusted::one_line;
use super::super::view::number::{counted, thousands};
use super::super::view::sparkline::sparkline;
use super::super::view::table::Align;
use super::super::view::weeks::{interval, share, weeks_table};
use super::document::{TrendDocument, UnknownDocument, WeekDocument};
use super::survey::{Line, Survey};
use crate::store::TraceStore;
use crate::store::findings::StoredFinding;

/// Why an older finding has no weeks, and what to do.
const NO_BASIS: &str =
    "it was found by an older version, which did not keep what it had read; run `reprompt diagnose` again";

/// What stands between a week and what its conversations cost.
const COLUMNS: [(&str, Align); 5] = [
    ("conversations", Align::Right),
    ("share of all", Align::Right),
    ("intent's", Align::Right),
    ("share of intent", Align::Right),
    ("95 % interval", Align::Right),
];

/// Prints the weeks of a finding and what they mean.
pub fn print(
    context: &mut Context,
    store: &TraceStore,
    survey: &Survey<'_>,
    stored: &StoredFinding,
    csv: bool,
) -> Result<(), CommandError> {
    let finding = &stored.finding;
    let Some((line, trend)) = survey.of(&finding.id) else {
        if context.globals.json {
            return context.json("reprompt/finding/v1", &UnknownDocument::of(stored, NO_BASIS));
        }
        let sentence = format!("the weeks of {} are not known: {NO_BASIS}", finding.id);
        let written = if csv { context.ui.status(sentence) } else { context.ui.line(sentence) };
        return Ok(written?);
    };
    if csv {
        return super::super::csv::print(context, WeekDocument::all(line));
    }
    let calendar = survey.calendar.as_ref();
    let company = calendar.map(|calendar| line.company(store, calendar)).transpose()?;
    let mixture = calendar.and_then(|calendar| line.mixture(calendar));
    if context.globals.json {
        return context.json("reprompt/finding/v1", &TrendDocument::of(line, trend, company, mixture));
    }
    let title = format!("{} in \"{}\": {}", finding.id, one_line(&finding.intent_name), sparkline(&line.shares()));
    context.ui.line(context.ui.paint(Tone::Heading, title.trim_end()))?;
    print_weeks(context, line)?;
    let mut said = trend.map(|trend| sentences(trend, FINDING)).unwrap_or_default();
    said.extend(company.iter().flat_map(|company| company.sentences(FINDING)));
    said.extend(mixture.map(|mixture| mixture.sentence(FINDING.rate)));
    said.extend(limits(line));
    for sentence in said {
        context.ui.line(format!("  {sentence}"))?;
    }
    if let Some(said) = without_week(&line.weeks, line.without_week) {
        context.ui.status(said)?;
    }
    Ok(())
}

fn print_weeks(context: &mut Context, line: &Line<'_>) -> Result<(), CommandError> {
    if line.weeks.is_empty() {
        context.ui.line("  no conversation that was read has a time, so there are no weeks")?;
        return Ok(());
    }
    let counts: Vec<_> = line.of_intent.iter().zip(line.rates()).collect();
    let table = weeks_table(&line.weeks, &COLUMNS, |place, week| {
        let of = counts.get(place);
        let rate = of.and_then(|(_, rate)| *rate);
        // Where nothing was read, nothing is known: not even that there is none.
        let count = |count: u64| if week.exposure == 0 { "-".to_string() } else { thousands(count) };
        vec![
            count(week.asks),
            share(week.share),
            count(of.map_or(0, |(of, _)| of.1)),
            share(rate.map(|rate| rate.share)),
            interval(rate),
        ]
    });
    for row in table.lines(context.ui.width(), 2) {
        context.ui.line(row)?;
    }
    Ok(())
}

/// What the weeks do not show.
fn limits(line: &Line<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let (gone, Some(basis)) = (line.gone, line.stored.basis)
        && gone > 0
    {
        let all = counted(basis.conversations, "conversation");
        lines.push(format!("{} of the {all} that it was found in are not in the cache as they were", thousands(gone)));
    }
    if line.unread > 0 {
        let unread = counted(line.unread, "conversation");
        let date = line.stored.last_seen.date();
        lines.push(format!(
            "found on {date}; {unread} not read for it then: `reprompt intents` and `reprompt diagnose` take them in"
        ));
    }
    lines
}
