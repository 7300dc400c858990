//! An evaluation on the terminal: flips first, then rates, evidence and the verdict.

use super::report::{CaseReport, Rate, Report, ResultWord, Revision, RunReport};
use crate::cli::ui::{Tone, Ui};
use crate::cli::untrusted::{excerpt, one_line};
use crate::cli::view::markdown::evidence_lines;
use crate::cli::view::number::percent;
use crate::cli::view::table::{Align, Table};
use crate::evaluation::case::Standing;
use crate::evaluation::comparison::{Change, Tally};
use std::io;

/// Most cases under one heading, unless `-v` asks for all.
const MOST_LISTED: usize = 15;

/// Prints the report.
pub(super) fn show(ui: &mut Ui, report: &Report) -> io::Result<()> {
    ui.line(format!("base  {}", revision(&report.base)))?;
    ui.line(format!("head  {}", revision(&report.head)))?;
    for path in &report.changed {
        ui.line(format!("      {}", one_line(path)))?;
    }
    ui.line("")?;
    if let Some(run) = &report.run {
        cases(ui, run)?;
        rates(ui, run)?;
        for line in evidence_lines(run) {
            ui.line(format!("  {line}"))?;
        }
        ui.line("")?;
    }
    let tone = match report.result {
        ResultWord::Pass | ResultWord::Unchanged => Tone::Good,
        ResultWord::Fail | ResultWord::Invalid => Tone::Bad,
        ResultWord::Inconclusive | ResultWord::NotRun => Tone::Warning,
    };
    let word = ui.paint(tone, report.result.word());
    ui.line(format!("{word}: {}", one_line(&report.sentence)))?;
    match report.result {
        ResultWord::NotRun => ui.hint("`reprompt check` compares the text without running the agent"),
        ResultWord::Fail => ui.hint("look at the lost cases above; `-o report.md` writes them for the pull request"),
        _ => Ok(()),
    }
}

fn revision(revision: &Revision) -> String {
    match &revision.commit {
        Some(commit) => format!("{} ({})", one_line(&revision.name), commit.get(..10).unwrap_or(commit)),
        None => one_line(&revision.name),
    }
}

fn cases(ui: &mut Ui, run: &RunReport) -> io::Result<()> {
    let counts = |case: &&CaseReport| case.standing != Standing::Added;
    list(ui, Tone::Bad, "lost: passes on base, fails on head", run.changed(Change::Lost).filter(counts))?;
    list(ui, Tone::Good, "gained: fails on base, passes on head", run.changed(Change::Gained).filter(counts))?;
    let new = run.cases.iter().filter(|case| case.standing == Standing::Added);
    list(ui, Tone::Dim, "new in head, not counted", new)?;
    let removed = run.cases.iter().filter(|case| case.standing == Standing::Removed);
    list(ui, Tone::Dim, "removed by head, counted all the same", removed)?;
    list(ui, Tone::Warning, "unsteady: repeated answers disagree", run.cases.iter().filter(|case| case.unsteady))?;
    list(ui, Tone::Warning, "without an answer", run.cases.iter().filter(|case| case.change.is_none()))
}

fn list<'a>(ui: &mut Ui, tone: Tone, heading: &str, cases: impl Iterator<Item = &'a CaseReport>) -> io::Result<()> {
    let cases: Vec<&CaseReport> = cases.collect();
    if cases.is_empty() {
        return Ok(());
    }
    let heading = ui.paint(tone, heading);
    ui.line(format!("{heading} ({})", cases.len()))?;
    let most = if ui.verbose() { cases.len() } else { MOST_LISTED };
    let width = ui.width();
    let tally = |tally: Tally| format!("{}/{}", tally.passed, tally.of);
    let mut table = Table::new(&[("", Align::Left), ("", Align::Left), ("", Align::Right), ("", Align::Right)]);
    for case in cases.iter().take(most) {
        let head = format!("→ {}", tally(case.head.tally));
        table.row([one_line(&case.name), one_line(&case.suite), tally(case.base.tally), head]);
    }
    // The table's first line is its empty header.
    for (line, case) in table.lines(width, 2).into_iter().skip(1).zip(&cases) {
        ui.line(line)?;
        if case.change == Some(Change::Lost) {
            for miss in &case.head.misses {
                ui.line(format!(
                    "    {}",
                    excerpt(&format!("{}: {}", miss.assertion, miss.reason), width.saturating_sub(4))
                ))?;
            }
            if let Some(answer) = &case.head.answer {
                ui.line(format!("    answer: {}", excerpt(answer, width.saturating_sub(12))))?;
            }
        }
        if let Some(failure) = case.base.failure.as_ref().or(case.head.failure.as_ref()) {
            ui.line(format!("    {}", excerpt(failure, width.saturating_sub(4))))?;
        }
    }
    if cases.len() > most {
        ui.line(format!("  and {} more (-v lists all)", cases.len() - most))?;
    }
    ui.line("")
}

fn rates(ui: &mut Ui, run: &RunReport) -> io::Result<()> {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("pass", Align::Right),
        ("cases", Align::Right),
        ("rate", Align::Right),
        ("95 % interval", Align::Left),
    ]);
    for (name, rate) in [("base", run.base), ("head", run.head)] {
        let Some(Rate { passes, cases, interval }) = rate else { continue };
        table.row([
            name.to_string(),
            passes.to_string(),
            cases.to_string(),
            percent(passes as f64 / cases as f64),
            format!("{} to {}", percent(interval.low), percent(interval.high)),
        ]);
    }
    for line in table.lines(ui.width(), 2) {
        ui.line(line)?;
    }
    ui.line("")
}
