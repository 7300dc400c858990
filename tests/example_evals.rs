//! The example's suites, run over the scripted agent in process: which cases depend on the region question, and that
//! all others do not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use reprompt::evaluation::grade::grade;
use reprompt::evaluation::reply::Reply;
use reprompt::evaluation::suite::Suite;
use reprompt::example::agent::reply;
use reprompt::example::generate::repository::{self, PROMPT_PATH, Version};
use reprompt::example::generate::{PlantedCause, Scenario, generate};
use serde_json::Value;
use std::collections::BTreeSet;

/// `suite: case` of every case that fails under `prompt`, and how many cases there are.
fn failures(prompt: &str) -> (BTreeSet<String>, usize) {
    let files = generate(Scenario { conversations: 0, ..Scenario::SHIPPED }).files;
    let tools = repository::tools();
    let (mut failed, mut count) = (BTreeSet::new(), 0);
    for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("evals/")) {
        let suite = Suite::parse(path, std::str::from_utf8(bytes).unwrap()).unwrap();
        for case in suite.cases {
            count += 1;
            let request: Value = serde_json::from_str(&case.request(prompt, &tools).unwrap()).unwrap();
            let answer = Reply::parse(reply(&request).to_string().as_bytes()).unwrap();
            if !grade(&case.assertions, &answer).is_empty() {
                failed.insert(format!("{path}: {}", case.name));
            }
        }
    }
    (failed, count)
}

fn shipped() -> String {
    let files = generate(Scenario { conversations: 0, ..Scenario::SHIPPED }).files;
    String::from_utf8(files.get(PROMPT_PATH).unwrap().clone()).unwrap()
}

#[test]
fn the_region_cases_fail_with_the_shipped_prompt_and_pass_with_the_fix() {
    let (broken, count) = failures(&shipped());
    assert!(count >= 64, "{count} cases");
    assert!((14..=20).contains(&broken.len()), "{} fail", broken.len());
    assert!(broken.iter().all(|case| case.starts_with("evals/connections.yaml: asks for the region")), "{broken:#?}");
    let fixed = format!("{}- Never set up a connection until the customer has told you the region.\n", shipped());
    assert_eq!(failures(&fixed).0, BTreeSet::new());
}

#[test]
fn every_case_passes_with_the_first_version_of_the_prompt() {
    assert_eq!(failures(&repository::prompt(Version::First, None)).0, BTreeSet::new());
}

#[test]
fn every_other_cause_fails_cases_of_its_own() {
    for (cause, suite) in [
        (PlantedCause::ArgumentRejected, "evals/plans.yaml"),
        (PlantedCause::WrongTool, "evals/access.yaml"),
        (PlantedCause::RepeatedFailure, "evals/imports.yaml"),
        (PlantedCause::RepeatedCorrection, "evals/prices.yaml"),
    ] {
        let (failed, _) = failures(&repository::prompt(Version::First, Some(cause)));
        assert!(failed.len() >= 2 && failed.iter().all(|case| case.starts_with(suite)), "{cause:?}: {failed:#?}");
    }
}

#[test]
fn without_its_safety_section_the_agent_deletes_unasked() {
    let prompt = shipped().replace("Always confirm before deleting data.", "Be quick.");
    let (failed, _) = failures(&prompt);
    assert_eq!(failed.iter().filter(|case| case.starts_with("evals/safety.yaml: confirms")).count(), 3);
}
