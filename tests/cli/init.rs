//! `init`.

use super::environment::Environment;
use std::fs;

fn folder() -> Environment {
    let environment = Environment::new();
    environment.write("prompts/system.md", "# Agent\nHelp.\n\n## Safety\nNever delete.\n");
    environment.write("tools/t.yaml", "name: t\ndescription: d\nparameters: {}\n");
    environment
        .write("evals/s.yaml", "tests:\n  - vars: { message: hi }\n    assert: [{ type: contains, value: x }]\n");
    environment
}

#[test]
fn init_writes_a_config_that_check_reads() {
    let environment = folder();
    let outcome = environment.run(&["init"]).ok();
    assert!(outcome.stdout.contains("frozen: ## Safety"), "{}", outcome.stdout);
    let config = environment.read("reprompt.yaml");
    assert!(config.contains("path: prompts/system.md") && config.contains("suites: [evals/*.yaml]"), "{config}");
    environment.commit_all("", "all");
    let outcome = environment.run(&["check"]).ok();
    assert!(outcome.stdout.contains("no listed file differs"), "{}", outcome.stdout);
}

#[test]
fn init_dry_run_writes_nothing() {
    let environment = folder();
    let outcome = environment.run(&["init", "--dry-run"]).ok();
    assert!(outcome.stdout.contains("version: 1"));
    assert!(!environment.path("reprompt.yaml").exists());
}

#[test]
fn init_never_overwrites_without_force() {
    let environment = folder();
    environment.write("reprompt.yaml", "# mine\n");
    let outcome = environment.run(&["init"]).exits(2);
    assert!(outcome.stderr.contains("is there already") && outcome.stderr.contains("--force"), "{}", outcome.stderr);
    assert_eq!(environment.read("reprompt.yaml"), "# mine\n");
    drop(environment.run(&["init", "--force"]).ok());
    assert!(environment.read("reprompt.yaml").contains("system.md"));
    assert_eq!(fs::read_dir(environment.work()).unwrap().count(), 4);
}

#[test]
fn init_json_is_one_document() {
    let environment = folder();
    let outcome = environment.run(&["init", "--json"]).ok();
    let value: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&value["schema"], &value["written"]), (&"reprompt/init/v1".into(), &true.into()));
    assert_eq!(value["prompts"][0], "prompts/system.md");
}

#[test]
fn init_in_an_empty_folder_says_what_to_do() {
    let environment = Environment::new();
    let outcome = environment.run(&["init"]).ok();
    assert!(outcome.stderr.contains("name your prompt files"), "{}", outcome.stderr);
    assert!(environment.read("reprompt.yaml").contains("# None were found"));
    drop(environment.run(&["-C", "nowhere", "init"]).exits(2));
}

#[test]
fn init_where_nothing_can_be_written_is_an_io_error() {
    let environment = folder();
    fs::create_dir(environment.path("reprompt.yaml")).unwrap();
    drop(environment.run(&["init"]).exits(2));
    let outcome = environment.run(&["init", "--force"]).exits(74);
    assert!(outcome.stderr.contains("cannot write"), "{}", outcome.stderr);
}
