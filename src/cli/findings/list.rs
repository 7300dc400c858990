//! The table of findings.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::trends::words::word;
use super::super::untrusted::one_line;
use super::super::view::number::counted;
use super::super::view::sparkline::{newest, sparkline};
use super::super::view::table::{Align, Table};
use super::document::{ListDocument, Row};
use super::state_name;
use super::survey::Survey;
use crate::diagnosis::FindingState;
use crate::diagnosis::events::Event;
use crate::intent::trend::report::Trend;
use crate::store::findings::StoredFinding;

/// Prints it.
pub fn print(
    context: &mut Context,
    findings: &[StoredFinding],
    survey: &Survey<'_>,
    csv: bool,
) -> Result<(), CommandError> {
    let trend = |stored: &StoredFinding| -> Option<&Trend> { survey.of(&stored.finding.id)?.1 };
    if csv {
        return super::super::csv::print(context, findings.iter().map(|stored| Row::of(stored, trend(stored))));
    }
    if context.globals.json {
        return context.json("reprompt/findings/v1", &ListDocument::of(findings, survey));
    }
    if findings.is_empty() {
        context.ui.line("No findings yet.")?;
        context.ui.hint("`reprompt diagnose` looks for them")?;
        return Ok(());
    }
    let words: Vec<String> = findings.iter().map(|stored| word(trend(stored))).collect();
    let eventful = words.iter().any(|word| !word.is_empty());
    let mut columns = vec![
        ("finding", Align::Left),
        ("state", Align::Left),
        ("cause", Align::Left),
        ("intent", Align::Left),
        ("failing", Align::Right),
        ("users", Align::Right),
        ("weeks", Align::Left),
    ];
    columns.extend(eventful.then_some(("trend", Align::Left)));
    let mut table = Table::new(&columns);
    for (stored, word) in findings.iter().zip(words) {
        let finding = &stored.finding;
        let shares = survey.of(&finding.id).map(|(line, _)| line.shares()).unwrap_or_default();
        let mut cells = vec![
            finding.id.0.clone(),
            state_name(finding.state).to_string(),
            one_line(&Event::Cause(finding.cause.clone()).to_string()),
            one_line(&finding.intent_name),
            format!("{} of {}", finding.support.failing_with, finding.support.failing),
            finding.support.users.to_string(),
            sparkline(newest(&shares)),
        ];
        cells.extend(eventful.then_some(word));
        table.row(cells);
    }
    for line in table.lines(context.ui.width(), 0) {
        context.ui.line(line)?;
    }
    if let Some(report) = survey.report.as_ref().filter(|_| eventful) {
        context.ui.line(report.summary)?;
    }
    let older = findings.len() - survey.lines.len();
    if older > 0 {
        context.ui.status(format!(
            "{} found by an older version, without weeks: run `reprompt diagnose` again",
            counted(older as u64, "finding")
        ))?;
    }
    let unread = survey.lines.iter().map(|line| line.unread).min().unwrap_or(0);
    if unread > 0 {
        context.ui.status(format!(
            "{} not read yet: `reprompt intents` and `reprompt diagnose` take them in",
            counted(unread, "conversation")
        ))?;
    }
    if let Some(open) = findings.iter().find(|stored| stored.finding.state == FindingState::Open) {
        context.ui.hint(format!("`reprompt propose {}` drafts the smallest change for it", open.finding.id))?;
    }
    Ok(())
}
