//! Markdown of an evaluation, for a pull request's comment or a CI summary. Everything that a suite or an agent wrote is
//! set in code spans, where forges link no mentions, issues or addresses and render no markup.

use super::number::{p_value, percent};
use crate::cli::eval::report::{CaseReport, Rate, Report, Revision, RunReport};
use crate::cli::untrusted::excerpt;
use crate::evaluation::case::Standing;
use crate::evaluation::comparison::Change;
use std::fmt::Write as _;

/// Most cases listed under one heading.
const MOST_LISTED: usize = 20;
/// Most characters of an answer or a message.
const WIDTH: usize = 200;

/// The document.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _written = writeln!(text, "## reprompt eval: {}\n\n{}.\n", report.result.word(), capital(&report.sentence));
    if let Some(run) = &report.run {
        let counted = |change: Change| run.changed(change).filter(|case| case.standing != Standing::Added);
        list(&mut text, "Lost: passes on base, fails on head", counted(Change::Lost), true);
        list(&mut text, "Gained: fails on base, passes on head", counted(Change::Gained), false);
        table(&mut text, run);
        evidence(&mut text, run);
        let new = run.cases.iter().filter(|case| case.standing == Standing::Added);
        list(&mut text, "New in head, not counted", new, false);
        let removed = run.cases.iter().filter(|case| case.standing == Standing::Removed);
        list(&mut text, "Removed by head, counted all the same", removed, false);
        list(&mut text, "Unsteady: repeated answers disagree", run.cases.iter().filter(|case| case.unsteady), false);
        list(&mut text, "Without an answer", run.cases.iter().filter(|case| case.change.is_none()), false);
    }
    let _written = writeln!(text, "Base {}, head {}.", revision(&report.base), revision(&report.head));
    if !report.changed.is_empty() {
        let files: Vec<String> = report.changed.iter().map(|path| code(path)).collect();
        let _written = writeln!(text, "Changed: {}.", files.join(", "));
    }
    text
}

fn revision(revision: &Revision) -> String {
    match &revision.commit {
        Some(commit) => format!("{} ({})", code(&revision.name), code(commit.get(..10).unwrap_or(commit))),
        None => code(&revision.name),
    }
}

fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn list<'a>(text: &mut String, heading: &str, cases: impl Iterator<Item = &'a CaseReport>, with_reasons: bool) {
    let cases: Vec<&CaseReport> = cases.collect();
    if cases.is_empty() {
        return;
    }
    let _written = writeln!(text, "### {heading} ({})\n", cases.len());
    for case in cases.iter().take(MOST_LISTED) {
        let tallies = format!(
            "base {}/{}, head {}/{}",
            case.base.tally.passed, case.base.tally.of, case.head.tally.passed, case.head.tally.of
        );
        let _written = writeln!(text, "- {} in {} ({tallies})", code(&case.name), code(&case.suite));
        if with_reasons {
            for miss in &case.head.misses {
                let _written = writeln!(text, "  - {}: {}", code(&miss.assertion), code(&miss.reason));
            }
            if let Some(answer) = &case.head.answer {
                let _written = writeln!(text, "  - answer: {}", code(answer));
            }
        }
        if let Some(failure) = case.base.failure.as_ref().or(case.head.failure.as_ref()) {
            let _written = writeln!(text, "  - {}", code(failure));
        }
    }
    if cases.len() > MOST_LISTED {
        let _written = writeln!(text, "- and {} more", cases.len() - MOST_LISTED);
    }
    text.push('\n');
}

fn table(text: &mut String, run: &RunReport) {
    text.push_str("| | pass | cases | rate | 95 % interval |\n|---|---:|---:|---:|---|\n");
    for (name, rate) in [("base", run.base), ("head", run.head)] {
        let Some(Rate { passes, cases, interval }) = rate else { continue };
        let _written = writeln!(
            text,
            "| {name} | {passes} | {cases} | {} | {} to {} |",
            percent(passes as f64 / cases as f64),
            percent(interval.low),
            percent(interval.high)
        );
    }
    text.push('\n');
}

fn evidence(text: &mut String, run: &RunReport) {
    for line in evidence_lines(run) {
        let _written = writeln!(text, "- {line}");
    }
    text.push('\n');
}

/// The numbers behind the verdict, one sentence each; shared with the terminal's view.
pub fn evidence_lines(run: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    let points = |share: f64| format!("{:+.1}", share * 100.0);
    if let (Some(difference), Some(interval)) = (run.difference, run.interval) {
        let confidence = percent(1.0 - run.alpha);
        lines.push(format!(
            "difference {} points, {confidence} interval {} to {} (Tango)",
            points(difference),
            points(interval.low),
            points(interval.high)
        ));
    }
    lines.push(format!(
        "{} lost, {} gained of {} cases",
        run.counts.base_only,
        run.counts.head_only,
        run.counts.total()
    ));
    lines.push(format!(
        "e-value {} for better, {} for worse ({} decides)",
        e_value(run.e_better),
        e_value(run.e_worse),
        e_value(1.0 / run.alpha)
    ));
    if let Some(p) = run.p_no_worse {
        lines.push(format!("not worse by {} points: p {} ({} decides)", run.margin * 100.0, p_value(p), run.alpha));
    }
    if let Some(p) = run.mid_p {
        lines.push(format!("mid-p {} (two-sided, for display)", p_value(p)));
    }
    if let Some(visible) = run.smallest_visible {
        lines.push(format!(
            "{} cases can only see effects of {:.0} points or more (80 % power, if a fifth of them differ)",
            run.counts.total(),
            visible * 100.0
        ));
    }
    lines
}

/// `0.31`, `18`, `more than a million`.
fn e_value(value: f64) -> String {
    if value > 1e6 {
        "more than a million".to_string()
    } else if value < 9.95 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

/// `text` as a code span on one line, whatever is in it.
fn code(text: &str) -> String {
    let text = excerpt(text, WIDTH);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A space keeps an own backtick at an end apart from the fence; the renderer drops it.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::eval::report::tests::example;
    use proptest::prelude::*;

    #[test]
    fn markdown_shows_flips_first_and_keeps_what_the_agent_said_in_code() {
        insta::assert_snapshot!(markdown(&example()));
    }

    #[test]
    fn e_values_are_short() {
        assert_eq!([e_value(0.3149), e_value(18.1), e_value(f64::MAX)].join(" "), "0.31 18 more than a million");
    }

    proptest! {
        /// The renderer that forges use must see one code span and nothing else.
        #[test]
        fn any_text_is_one_code_span(text in "[`a|<>@#\\[\\]()*_\n\\\\ ]{0,40}") {
            let span = format!("x {} y", code(&text));
            let mut events = Vec::new();
            for event in pulldown_cmark::Parser::new(&span) {
                events.push(match event {
                    pulldown_cmark::Event::Code(_) => 'c',
                    pulldown_cmark::Event::Text(text) => {
                        prop_assert!(matches!(text.trim(), "x" | "y"));
                        't'
                    }
                    pulldown_cmark::Event::Start(_) | pulldown_cmark::Event::End(_) => 'p',
                    _ => '!',
                });
            }
            let shape: String = events.into_iter().collect();
            // An empty text has no span; it stays as it is written.
            prop_assert!(shape == "ptctp" || excerpt(&text, WIDTH).is_empty(), "{shape} {span}");
        }
    }
}
