//! The whole loop on real conversations that nobody here wrote: 200 runs of an airline agent, and two tau2 files. Runs
//! where `../shared/data` is, and says that it skips where not. The transcript of the airline run is
//! `docs/tau-bench.md`, written by this test.

use crate::environment::{Environment, Outcome, shared_data};
use crate::generated::fresh;
use std::fs;
use std::path::Path;

const CONFIG: &str = "\
version: 1
agents:
  - name: AGENT
    prompts:
      - name: policy
        path: prompts/policy.md
        frozen: [FROZEN]
    tools: [tools/*.json]
";

/// A prompt repository of a policy and tool schemas, committed.
fn repository(environment: &Environment, agent: &str, frozen: &str, policy: &Path, tools: Option<&Path>) {
    environment.write("repo/prompts/policy.md", fs::read(policy).unwrap());
    if let Some(tools) = tools {
        environment.write("repo/tools/tools.json", fs::read(tools).unwrap());
    }
    environment.write("repo/reprompt.yaml", CONFIG.replace("AGENT", agent).replace("FROZEN", frozen));
    environment.commit_all("repo", "The policy in force");
}

/// A transcript in Markdown: each command with what it printed.
struct Transcript(String);

impl Transcript {
    fn run(&mut self, environment: &Environment, arguments: &[&str]) -> Outcome {
        let outcome = environment.run_in("repo", arguments);
        let shown: Vec<String> =
            arguments.iter().map(|argument| argument.replace(&*environment.shared(), "..")).collect();
        self.0.push_str(&format!("```\n$ reprompt {}\n", shown.join(" ")));
        for stream in [&outcome.stderr, &outcome.stdout] {
            self.0.push_str(&stream.replace(&*environment.shared(), ".."));
        }
        if outcome.code != Some(0) {
            self.0.push_str(&format!("(exit code {})\n", outcome.code.unwrap_or(-1)));
        }
        self.0.push_str("```\n\n");
        outcome
    }
}

/// The cells of the first line that starts with `event`, after it.
fn cells<'a>(stdout: &'a str, event: &str) -> Vec<&'a str> {
    let line = stdout.lines().find(|line| line.trim_start().starts_with(event));
    let line = line.unwrap_or_else(|| panic!("no line for `{event}` in\n{stdout}"));
    line.trim_start()[event.len()..].split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn the_airline_slice_runs_from_file_to_verdict_and_is_not_misled_by_raw_counts() {
    let Some(data) = shared_data() else { return };
    let tau = data.join("traces/tau-bench");
    let environment = Environment::new();
    repository(
        &environment,
        "airline",
        "\"## Refund\"",
        &tau.join("policies/airline.wiki.md"),
        Some(&tau.join("tools/airline.tools.json")),
    );
    let before = environment.git("repo", &["status", "--porcelain=v2", "--branch"]);
    let traces = tau.join("historical_trajectories__gpt-4o-airline.json");
    let traces = traces.to_string_lossy();
    let mut transcript = Transcript(String::from(
        "# The loop on tau-bench\n\nWritten by `tests/cli/tau_bench.rs`; do not edit. 200 conversations of a gpt-4o airline agent with a simulated user\n\
         (tau-bench, historical trajectories), the policy and tool schemas of the benchmark as the prompt repository. What to look at:\n\
         `update_reservation_flights` fails most often by count, and as often where things went well (z 0.16); `book_reservation` marks\n\
         failures (z 2.37); and most of what marks failures is what the task was, not what the agent did.\n\n",
    ));

    let ingest = transcript.run(&environment, &["ingest", &traces]).ok();
    assert!(ingest.stdout.contains("200 conversations"), "{}", ingest.stdout);
    transcript.run(&environment, &["intents"]).succeeds();
    let diagnose = transcript.run(&environment, &["diagnose", "--top", "12"]).ok();
    let text = &diagnose.stdout;
    assert!(text.contains("116 failing, 84 passing, 0 unknown"), "{text}");
    assert_eq!(cells(text, "update_reservation_flights  ")[..5], ["104", "42", "12 of 116", "8 of 84", "0.16"]);
    assert_eq!(cells(text, "book_reservation  ")[..5], ["53", "30", "14 of 116", "1 of 84", "2.37"]);
    assert_eq!(cells(text, "transfer_to_human_agents not called")[..2], ["103 of 116", "49 of 84"]);

    // Neither the count nor the contrast of the flight updates may ever become a cause.
    let json = environment.run_in("repo", &["diagnose", "--json"]).ok();
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let findings = document["agents"][0]["findings"].as_array().unwrap();
    for finding in findings {
        assert_ne!(finding["cause"]["tool"], "update_reservation_flights", "{finding}");
    }
    let position = |event: &str| {
        let contrasts = document["agents"][0]["contrasts"].as_array().unwrap();
        contrasts.iter().position(|one| one["event"] == event)
    };
    assert!(position("book_reservation fails") < position("update_reservation_flights fails"));

    transcript.run(&environment, &["findings"]).succeeds();
    let proposals = if findings.is_empty() {
        transcript.run(&environment, &["propose"]).succeeds();
        Vec::new()
    } else {
        drop(transcript.run(&environment, &["propose"]));
        environment
            .git("repo", &["branch", "--list", "--format=%(refname:short)", "reprompt/*"])
            .lines()
            .map(str::to_string)
            .collect()
    };
    for branch in &proposals {
        let changed: usize = environment
            .git("repo", &["diff", "--numstat", &format!("main..{branch}"), "--", "prompts", "tools"])
            .lines()
            .flat_map(|line| line.split('\t').take(2).map(|count| count.parse::<usize>().unwrap()).collect::<Vec<_>>())
            .sum();
        assert!(changed <= 10, "{changed} changed lines on {branch}");
        let refund = |text: String| text[text.find("## Refund").unwrap()..].to_string();
        let show = |rev: &str| environment.git("repo", &["show", &format!("{rev}:prompts/policy.md")]);
        assert!(refund(show(branch)).starts_with(refund(show("main")).trim_end()), "frozen text changed on {branch}");
    }
    let head = match proposals.first() {
        Some(branch) => branch.clone(),
        // The program abstained, so a person writes what the contrast suggests: payments must add up.
        None => {
            let policy = environment.read("repo/prompts/policy.md");
            let edited = policy.replace(
                "- Payment: each reservation",
                "- Before booking, check that the payments add up to the total price.\n\n- Payment: each reservation",
            );
            environment.git("repo", &["checkout", "-q", "-b", "payments-add-up"]);
            environment.write("repo/prompts/policy.md", edited);
            environment.commit_all("repo", "Payments must add up");
            environment.git("repo", &["checkout", "-q", "main"]);
            transcript.0.push_str("It abstains, so a person writes the change, on a branch `payments-add-up`:\n\n");
            "payments-add-up".to_string()
        }
    };
    let head = head.as_str();
    transcript.run(&environment, &["check", "--base", "main", "--head", head]).succeeds();
    transcript.run(&environment, &["eval", "--base", "main", "--head", head]).succeeds();
    drop(transcript.run(&environment, &["eval", "--base", "main", "--head", head, "--require-run"]).exits(1));
    drop(transcript.run(&environment, &["rollback", "policy"]).exits(2));
    assert_eq!(environment.git("repo", &["status", "--porcelain=v2", "--branch"]), before, "the work tree was touched");
    environment.git("repo", &["fsck", "--strict"]);
    fresh("docs/tau-bench.md", transcript.0.trim_end().to_string().as_bytes());
}

#[test]
fn two_tau2_files_run_the_whole_loop() {
    let Some(data) = shared_data() else { return };
    let tau2 = data.join("traces/tau2-bench");
    for (file, conversations, passing, policy) in [
        (
            "src__experiments__eval__data__qwen2.5-7b-retries__ollama_chat__qwen2.5_7b_airline_default_gpt-4.1-2025-04-14_1trials.json",
            50,
            9,
            "airline__policy.md",
        ),
        (
            "src__experiments__model_training__results__gpt-4.1_retail_defautl_gpt-4.1_1trials.json",
            40,
            34,
            "retail__policy.md",
        ),
    ] {
        let environment = Environment::new();
        repository(&environment, "tau2", "", &tau2.join("policies").join(policy), None);
        let path = tau2.join(file);
        let ingest = environment.run_in("repo", &["ingest", &path.to_string_lossy()]).ok();
        assert!(ingest.stdout.contains(&format!("{conversations} conversations")), "{}", ingest.stdout);
        environment.run_in("repo", &["intents"]).succeeds();
        let diagnose = environment.run_in("repo", &["diagnose"]).ok();
        assert!(diagnose.stdout.contains(&format!("{passing} passing")), "{}", diagnose.stdout);
        environment.run_in("repo", &["findings"]).succeeds();
        let propose = environment.run_in("repo", &["propose"]);
        assert!(matches!(propose.code, Some(0 | 5)), "{}", propose.transcript());
        environment.run_in("repo", &["eval", "--base", "main", "--head", "main"]).succeeds();
        drop(environment.run_in("repo", &["rollback", "policy"]).exits(2));
        environment.git("repo", &["fsck", "--strict"]);
    }
}
