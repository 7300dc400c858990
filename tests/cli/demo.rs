//! `demo`: the whole loop on the example, twice, and what it refuses.

use crate::environment::Environment;
use std::io::Write as _;
use std::process::Stdio;

#[test]
fn demo_runs_the_loop_from_conversations_to_a_verdict_and_a_second_run_changes_nothing() {
    let environment = Environment::new();
    let first = environment.run(&["demo"]).ok();
    for command in
        ["ingest traces/onboarding.jsonl", "intents", "diagnose", "propose", "eval --base main --head reprompt/f-"]
    {
        assert!(first.stdout.contains(&format!("$ reprompt {command}")), "{command}\n{}", first.transcript());
    }
    assert!(first.stdout.contains("400 conversations (400 new)"), "{}", first.transcript());
    assert!(first.stdout.contains("`region` of `create_connection` is guessed"), "{}", first.transcript());
    assert!(first.stdout.contains("pass: the head is better than the base"), "{}", first.transcript());
    assert!(first.stdout.contains("  git merge reprompt/f-"), "{}", first.transcript());

    let folder = "reprompt-demo";
    let refs = environment.git(folder, &["for-each-ref"]);
    assert_eq!(environment.git(folder, &["status", "--porcelain"]), "");
    assert_eq!(environment.git(folder, &["fsck", "--strict"]), "");
    assert_eq!(environment.git(folder, &["rev-list", "--count", "main"]).trim(), "3");

    let second = environment.run(&["demo"]).ok();
    assert!(second.stderr.contains("is there from an earlier demo"), "{}", second.transcript());
    assert!(second.stdout.contains("was there already"), "{}", second.transcript());
    assert!(second.stdout.contains("pass: the head is better than the base"), "{}", second.transcript());
    assert_eq!(environment.git(folder, &["for-each-ref"]), refs);
    assert_eq!(environment.git(folder, &["status", "--porcelain"]), "");
}

#[test]
fn demo_refuses_a_folder_with_other_things_in_it() {
    let environment = Environment::new();
    environment.write("mine/notes.txt", "mine");
    let outcome = environment.run(&["demo", "mine"]).exits(5);
    assert!(outcome.stderr.contains("the folder `mine` is not empty"), "{}", outcome.transcript());
    let outcome = environment.run(&["demo", "mine/notes.txt"]).exits(5);
    assert!(outcome.stdout.is_empty(), "{}", outcome.transcript());
    assert_eq!(environment.read("mine/notes.txt"), "mine");
    let left = std::fs::read_dir(environment.path("mine")).unwrap().count();
    assert_eq!(left, 1);
}

#[test]
fn demo_agent_answers_one_request_from_stdin() {
    let environment = Environment::new();
    let ask = |body: &str| {
        let mut command = environment.command_in("", &["demo", "agent"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let answer = ask(r#"{"messages": [{"role": "user", "content": "delete feature/x"}]}"#);
    assert!(answer.status.success());
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "delete_branch");
    assert_eq!(ask("{").status.code(), Some(2));
}
