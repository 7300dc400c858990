//! The table of intents.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::trends::words::{without_week, word};
use super::super::untrusted::one_line;
use super::super::view::number::{counted, percent};
use super::super::view::sparkline::{newest, sparkline};
use super::super::view::table::{Align, Table};
use super::document::{ListDocument, Row};
use super::registry::Shown;
use super::survey::Survey;
use super::trends::Trends;

/// Fewer goals than this are named with low confidence.
const FEW_GOALS: usize = 1000;

/// Prints it.
pub fn print(
    context: &mut Context,
    survey: &Survey<'_>,
    trends: Option<&Trends>,
    news: &[String],
    shown: &Shown,
    csv: bool,
) -> Result<(), CommandError> {
    if csv {
        return super::super::csv::print(context, survey.lines.iter().map(Row::of));
    }
    if context.globals.json {
        return context.json("reprompt/intents/v1", &ListDocument::of(survey, trends, news));
    }
    let ui = &mut context.ui;
    for sentence in news {
        ui.status(one_line(sentence))?;
    }
    let words: Vec<String> =
        (0..survey.lines.len()).map(|index| word(trends.and_then(|trends| trends.report.trends.get(index)))).collect();
    let eventful = words.iter().any(|word| !word.is_empty());
    let mut columns = vec![
        ("intent", Align::Left),
        ("name", Align::Left),
        ("count", Align::Right),
        ("weeks", Align::Left),
        ("failing (95 %)", Align::Right),
        ("unknown", Align::Right),
        ("avoidable", Align::Right),
    ];
    columns.extend(eventful.then_some(("trend", Align::Left)));
    let mut table = Table::new(&columns).spare(&["unknown", "weeks", "avoidable", "count"]);
    for (line, word) in survey.lines.iter().zip(words) {
        let pain = &line.pain;
        let mut cells = vec![
            line.intent.map(|intent| intent.id.0.clone()).unwrap_or_default(),
            line.intent
                .map(|intent| {
                    // In front: names are cut in narrow terminals.
                    let mark = if shown.is_ignored(&intent.id) { "(ignored) " } else { "" };
                    format!("{mark}{}", one_line(&intent.name))
                })
                .unwrap_or_default(),
            line.counts.all().to_string(),
            sparkline(newest(&line.volumes())),
            pain.failure_rate.map_or_else(
                || "-".to_string(),
                |rate| format!("{} ({:.0}-{:.0})", percent(rate), 100.0 * pain.low, 100.0 * pain.high),
            ),
            percent(pain.unknown_share),
            format!("{:.1}", pain.preventable_per_week),
        ];
        cells.extend(eventful.then_some(word));
        table.row(cells);
    }
    for line in table.lines(ui.width(), 0) {
        ui.line(line)?;
    }
    ui.line("count: conversations; avoidable: failures a week that would not happen at the average rate, cautiously")?;
    let (volumes, long_tail) = (survey.all.volumes(), survey.long_tail);
    ui.line(format!(
        "all {}{}{}",
        counted(u64::from(survey.all.counts.all()), "conversation"),
        if volumes.is_empty() { String::new() } else { format!(" {}", sparkline(newest(&volumes))) },
        if long_tail == 0 { String::new() } else { format!("; {} in the long tail", counted(long_tail, "goal")) }
    ))?;
    if let Some(trends) = trends.filter(|_| eventful) {
        ui.line(trends.report.summary)?;
    }
    if let Some(said) = without_week(&survey.all.weeks, survey.without_week) {
        context.ui.status(said)?;
    }
    let ui = &mut context.ui;
    let goals = shown.goals.len();
    if goals < FEW_GOALS {
        ui.status(format!("low confidence: {goals} goals are few; below {FEW_GOALS} intents may still move"))?;
    }
    if let Some(intent) = survey.lines.first().and_then(|line| line.intent) {
        ui.hint(format!(
            "`reprompt intents show {}` prints its threads, `reprompt diagnose` looks for causes",
            intent.id
        ))?;
    }
    Ok(())
}
