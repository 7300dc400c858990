//! The loop finds what was planted: for each cause, three seeds of generated conversations whose prompt lacks exactly
//! one instruction; and where nothing is planted, it proposes nothing. Nothing but the generator knows the cause.

use crate::environment::Environment;
use reprompt::example::generate::{PlantedCause, Scenario, generate};
use std::process::Command;

/// Seeds that nothing was tuned on.
const SEEDS: [u64; 3] = [101, 102, 103];

/// A repository with the scenario's history, and its conversations ingested.
fn prepare(scenario: Scenario) -> Environment {
    let environment = Environment::new();
    let generated = generate(scenario);
    for revision in &generated.history {
        for (path, bytes) in &revision.files {
            environment.write(&format!("repo/{path}"), bytes);
        }
        environment.commit_all("repo", revision.message);
    }
    environment.write("traces.jsonl", &generated.traces);
    environment.run_in("repo", &["ingest", "../traces.jsonl"]).succeeds();
    environment.run_in("repo", &["intents"]).succeeds();
    environment
}

fn findings(environment: &Environment) -> Vec<serde_json::Value> {
    let outcome = environment.run_in("repo", &["diagnose", "--json"]).ok();
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    document["agents"][0]["findings"].as_array().unwrap().clone()
}

fn finds(planted: PlantedCause, kind: &str, details: &[(&str, &str)]) {
    for seed in SEEDS {
        let environment = prepare(Scenario { seed, cause: Some(planted), conversations: 400 });
        let findings = findings(&environment);
        // What one user wants may be two intents; then the cause shows in both.
        assert!((1..=2).contains(&findings.len()), "seed {seed}: {findings:#?}");
        for cause in findings.iter().map(|finding| &finding["cause"]) {
            assert_eq!(cause["kind"], kind, "seed {seed}: {cause}");
            for (key, value) in details {
                assert_eq!(cause[key], *value, "seed {seed}: {cause}");
            }
        }
        if seed != SEEDS[0] {
            continue;
        }
        // Once per cause, on to the verdict: the drafted rule makes the agent better on the suites.
        environment.run_in("repo", &["propose"]).succeeds();
        let branch = environment.git("repo", &["branch", "--list", "--format=%(refname:short)", "reprompt/*"]);
        let branch = branch.trim();
        assert!(branch.starts_with("reprompt/f-") && branch.lines().count() == 1, "{branch}");
        let check = environment.run_in("repo", &["check", "--base", "main", "--head", branch]);
        assert_eq!(check.code, Some(0), "{}", check.transcript());
        let eval = environment.run_in("repo", &["eval", "--base", "main", "--head", branch, "--expect", "better"]);
        assert_eq!(eval.code, Some(0), "{}", eval.transcript());
        assert!(eval.stdout.contains("pass"), "{}", eval.transcript());
        environment.git("repo", &["fsck", "--strict"]);
    }
}

#[test]
fn an_argument_that_is_guessed_is_found() {
    finds(PlantedCause::ArgumentGuessed, "argument_guessed", &[("tool", "create_connection"), ("argument", "region")]);
}

#[test]
fn an_argument_outside_the_accepted_set_is_found() {
    finds(PlantedCause::ArgumentRejected, "argument_rejected", &[("tool", "set_plan"), ("argument", "tier")]);
}

#[test]
fn a_tool_called_where_successes_call_another_is_found() {
    finds(PlantedCause::WrongTool, "wrong_tool", &[("called", "resend_invite"), ("instead", "reset_password")]);
}

#[test]
fn a_failing_call_that_is_repeated_is_found() {
    finds(PlantedCause::RepeatedFailure, "repeated_failure", &[("tool", "import_data")]);
}

#[test]
fn a_correction_that_many_users_repeat_is_found() {
    finds(PlantedCause::RepeatedCorrection, "repeated_correction", &[]);
}

#[test]
fn with_nothing_planted_nothing_is_proposed() {
    for seed in SEEDS {
        let environment = prepare(Scenario { seed, cause: None, conversations: 400 });
        let findings = findings(&environment);
        assert!(findings.is_empty(), "seed {seed}: {findings:#?}");
        let propose = environment.run_in("repo", &["propose"]).ok();
        assert!(propose.stdout.contains("Nothing to propose"), "{}", propose.transcript());
        let branches = Command::new("git")
            .args(["-C", &environment.path("repo").to_string_lossy(), "branch", "--list", "reprompt/*"])
            .output()
            .unwrap();
        assert!(branches.stdout.is_empty());
    }
}
