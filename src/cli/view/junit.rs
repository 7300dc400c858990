//! JUnit XML of an evaluation, for the test views of CI systems. One test per case, in a suite per file, and one test
//! for the verdict. A lost case is a failure even where the verdict passes: it passed before and does not now. A case
//! that fails under both revisions, and one that the head brought, are skipped with the reason; a missing answer is an
//! error.

use crate::cli::eval::report::{CaseReport, Report, ResultWord, RunReport};
use crate::cli::untrusted::visible;
use crate::evaluation::case::Standing;
use crate::evaluation::comparison::Change;
use crate::evaluation::grade::Miss;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What one test says.
enum Status {
    Passed,
    Failure(String, String),
    Error(String),
    Skipped(String),
}

/// The document.
pub fn junit(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Vec<(&CaseReport, Status)>> = BTreeMap::new();
    for case in report.run.iter().flat_map(|run| &run.cases) {
        suites.entry(case.suite.as_str()).or_default().push((case, status(case)));
    }
    let verdict = verdict(report);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = suites.values().flatten().map(|(_, status)| status);
    open(&mut xml, "", "testsuites", "reprompt eval", all.chain([&verdict]));
    open(&mut xml, "  ", "testsuite", "verdict", [&verdict].into_iter());
    test(&mut xml, "verdict", report.run.as_ref().map_or("eval", expectation), &verdict);
    xml.push_str("  </testsuite>\n");
    for (suite, cases) in &suites {
        open(&mut xml, "  ", "testsuite", suite, cases.iter().map(|(_, status)| status));
        for (case, status) in cases {
            test(&mut xml, suite, &format!("{} ({})", case.name, case.id), status);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn expectation(run: &RunReport) -> &'static str {
    match run.expect {
        crate::evaluation::verdict::Expect::NoWorse => "no worse than the base",
        crate::evaluation::verdict::Expect::Better => "better than the base",
    }
}

fn verdict(report: &Report) -> Status {
    let sentence = report.sentence.clone();
    match report.result {
        ResultWord::Pass | ResultWord::Unchanged => Status::Passed,
        ResultWord::Fail => Status::Failure(sentence, String::new()),
        ResultWord::Invalid => Status::Error(sentence),
        ResultWord::Inconclusive | ResultWord::NotRun => Status::Skipped(sentence),
    }
}

fn status(case: &CaseReport) -> Status {
    let failure = case.base.failure.as_ref().or(case.head.failure.as_ref());
    let counts = case.standing != Standing::Added;
    match (case.change, failure) {
        (None, Some(failure)) => Status::Error(failure.clone()),
        (None, None) => Status::Error("no answer: the run ended before".to_string()),
        (Some(Change::Lost), _) if counts => Status::Failure(
            "passes under the base, fails under the head".to_string(),
            format!("{}\n\nanswer: {}", misses(&case.head.misses), case.head.answer.as_deref().unwrap_or("")),
        ),
        (Some(Change::StillFails), _) if counts => Status::Skipped("fails under both revisions".to_string()),
        (Some(Change::Lost | Change::StillFails), _) => {
            Status::Skipped("fails under the head; new there, so it does not count".to_string())
        }
        (Some(Change::Gained | Change::StillPasses), _) => Status::Passed,
    }
}

fn misses(misses: &[Miss]) -> String {
    let lines: Vec<String> = misses.iter().map(|miss| format!("{}: {}", miss.assertion, miss.reason)).collect();
    lines.join("\n")
}

fn open<'a>(xml: &mut String, indent: &str, element: &str, name: &str, of: impl Iterator<Item = &'a Status>) {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for status in of {
        tests += 1;
        match status {
            Status::Passed => {}
            Status::Failure(..) => failures += 1,
            Status::Error(_) => errors += 1,
            Status::Skipped(_) => skipped += 1,
        }
    }
    // `testsuites` has no `skipped` in the common schema.
    let skipped = if element == "testsuite" { format!(" skipped=\"{skipped}\"") } else { String::new() };
    // Writing to a string cannot fail.
    let _written = writeln!(
        xml,
        "{indent}<{element} name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"{skipped}>",
        escape(name)
    );
}

fn test(xml: &mut String, class: &str, name: &str, status: &Status) {
    let _written = write!(xml, "    <testcase classname=\"{}\" name=\"{}\"", escape(class), escape(name));
    let _written = match status {
        Status::Passed => writeln!(xml, "/>"),
        Status::Failure(message, text) => writeln!(
            xml,
            ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
            escape(message),
            escape(text)
        ),
        Status::Error(message) => writeln!(xml, ">\n      <error message=\"{}\"/>\n    </testcase>", escape(message)),
        Status::Skipped(message) => {
            writeln!(xml, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escape(message))
        }
    };
}

/// Text that is safe in an XML attribute and element: nothing hidden, no markup, no character that XML forbids.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\n' => safe.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            character => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::eval::report::tests::example;
    use proptest::prelude::*;

    #[test]
    fn junit_shows_every_kind_of_case_and_escapes_what_the_agent_said() {
        let mut report = example();
        if let Some(run) = &mut report.run {
            run.cases.retain(|case| !case.name.starts_with("steady") || case.name.ends_with(" 1"));
        }
        insta::assert_snapshot!(junit(&report));
    }

    proptest! {
        #[test]
        fn escaped_text_holds_no_markup(text in "\\PC*|[\\x00-\\x7f\u{fffe}\u{ffff}]*") {
            let safe = escape(&text);
            let forbidden = ['<', '>', '"', '\'', '\n', '\u{fffe}', '\u{ffff}'];
            prop_assert!(!safe.contains(forbidden));
            prop_assert!(safe.chars().all(|character| !character.is_control()));
        }
    }
}
