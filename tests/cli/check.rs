//! `check`.

use super::environment::Environment;

const CONFIG: &str = "\
agents:
  - name: a
    prompts: [{ path: system.md, frozen: ['## Safety'] }]
guardrails: { immutable: ['Be honest.'] }
eval: { suites: [evals/*.yaml] }
";
const PROMPT: &str = "# Agent\nBe honest.\n\n## Safety\nNever delete.\n\n## Learned rules\n\n- Ask first.\n";

/// A repository with a commit on `main` and a branch `change` checked out.
fn repository() -> Environment {
    let environment = Environment::new();
    environment.write("reprompt.yaml", CONFIG);
    environment.write("system.md", PROMPT);
    environment
        .write("evals/s.yaml", "tests:\n  - vars: { message: hi }\n    assert: [{ type: contains, value: x }]\n");
    environment.commit_all("", "base");
    environment.git("", &["checkout", "-q", "-b", "change"]);
    environment
}

#[test]
fn check_passes_a_harmless_edit_and_leaves_no_trace() {
    let environment = repository();
    environment.write("system.md", PROMPT.replace("- Ask first.\n", "- Ask first.\n- Ask for the region.\n"));
    let outcome = environment.run(&["check"]).ok();
    assert!(
        outcome.stdout.contains("head work tree") && outcome.stdout.contains("pass: no rule is broken"),
        "{}",
        outcome.stdout
    );
    assert_eq!(environment.git("", &["status", "--porcelain"]), " M system.md\n");
}

#[test]
fn check_refuses_by_name_and_allows_by_name() {
    let environment = repository();
    environment.write("system.md", PROMPT.replace("Never delete.", "Delete.").replace("Be honest.", "Be brief."));
    let outcome = environment.run(&["check"]).exits(1);
    insta::assert_snapshot!(outcome.transcript(), @r"
    exit: 1
    --- stdout
    base main (121189fb), head work tree

    VERDICT  RULE       PLACE
    refused  immutable  system.md:2
      the immutable sentence `Be honest.` is gone
      Put it back word for word.
    refused  frozen     system.md:4
      the frozen part `## Safety` changed
      Undo the change there, or ask a maintainer to allow it.

    fail: 2 refused, 0 allowed, 0 warnings
    --- stderr
    next: if a maintainer agrees: reprompt check --allow immutable
    ");
    drop(environment.run(&["check", "--allow", "frozen"]).exits(1));
    let outcome = environment.run(&["check", "--allow", "frozen", "--allow", "immutable"]).ok();
    assert!(outcome.stdout.contains("0 refused, 2 allowed"), "{}", outcome.stdout);
    let outcome = environment.run(&["check", "--allow", "everything"]).exits(2);
    assert!(outcome.stderr.contains("frozen, immutable"), "{}", outcome.stderr);
}

#[test]
fn check_reads_the_rules_from_the_base() {
    let environment = repository();
    environment.write("reprompt.yaml", CONFIG.replace("frozen: ['## Safety']", "frozen: []"));
    environment.write("system.md", PROMPT.replace("Never delete.", "Delete."));
    environment.commit_all("", "loosened");
    let outcome = environment.run(&["check", "--json", "--head", "HEAD"]).exits(1);
    let value: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&value["schema"], &value["passed"]), (&"reprompt/check/v1".into(), &false.into()));
    let rules: Vec<&str> =
        value["violations"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["config-weakened", "frozen"]);
    assert_eq!(value["violations"][1]["line"], 4);
}

#[test]
fn check_in_ci_compares_commits_and_not_the_work_tree() {
    let environment = repository();
    environment.write("system.md", PROMPT.replace("Never delete.", "Delete."));
    let mut command = environment.command_in("", &["check"]);
    let outcome = environment.outcome(command.env("CI", "true").env("GITHUB_BASE_REF", "main")).ok();
    assert!(outcome.stdout.contains("head HEAD"), "{}", outcome.stdout);
    environment.commit_all("", "change");
    let mut command = environment.command_in("", &["check"]);
    drop(environment.outcome(command.env("CI", "true").env("GITHUB_BASE_REF", "main")).exits(1));
}

#[test]
fn check_holds_a_change_that_brings_a_record_to_the_limits_of_proposals() {
    let environment = repository();
    let lines: String = (0..11).map(|index| format!("- Rule number {index}.\n")).collect();
    environment.write("system.md", format!("{PROMPT}{lines}"));
    drop(environment.run(&["check"]).ok());
    environment.write(".reprompt/proposals/p-00000000.yaml", "");
    let outcome = environment.run(&["check"]).exits(1);
    assert!(outcome.stdout.contains("judged as a proposal"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("11 lines changed, 10 at most"), "{}", outcome.stdout);
}

#[test]
fn check_names_a_suite_that_eval_cannot_use() {
    let environment = repository();
    environment.write("evals/new.yaml", "tests:\n  - vars: { message: hi }\n    asert: []\n");
    let outcome = environment.run(&["check"]).exits(1);
    assert!(outcome.stdout.contains("evals/new.yaml:3") && outcome.stdout.contains("asert"), "{}", outcome.stdout);
}

#[test]
fn check_says_what_is_wrong_with_the_repository() {
    let environment = Environment::new();
    let outcome = environment.run(&["check"]).exits(2);
    assert!(outcome.stderr.contains("not in a git repository"), "{}", outcome.stderr);
    environment.write("reprompt.yaml", CONFIG);
    environment.git("", &["init", "-q"]);
    drop(environment.run(&["check"]).exits(2));
    environment.write("reprompt.yaml", "agents:\n\t- x\n");
    let outcome = environment.run(&["check"]).exits(2);
    assert!(outcome.stderr.contains("reprompt.yaml:2:1: a tab"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn check_never_follows_a_link() {
    let environment = repository();
    std::fs::remove_file(environment.path("system.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", environment.path("system.md")).unwrap();
    let outcome = environment.run(&["check"]).exits(5);
    assert!(outcome.stderr.contains("system.md") && !outcome.stdout.contains("root:"), "{}", outcome.stderr);
}
