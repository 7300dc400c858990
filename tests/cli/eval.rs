//! `eval` with a real repository and a real agent: a shell script that does what the prompt says.

#![cfg(unix)]

use crate::environment::Environment;
use std::fmt::Write as _;

/// Asks for the region if its prompt says so; obeys a few words in the question.
const AGENT: &str = r#"
body=$(cat)
case "$body" in
  *"crash now"*) echo "out of memory" >&2; exit 1;;
  *"connect it"*)
    case "$body" in
      *"Ask for the region"*) echo "Which region is it in?";;
      *) echo "Connected in us-east-1.";;
    esac;;
  *"show the tree"*) cat "$REPROMPT_TREE/prompts/system.md";;
  *) echo "ok";;
esac
"#;

const CONFIG: &str = "version: 1
agents:
  - name: helper
    prompts: [{ name: system, path: prompts/system.md }]
    run: { command: [sh, agent.sh] }
eval: { suites: [evals/*.yaml], repeat: 1 }
";

/// `connect` cases that pass only with the region rule, and `other` cases that always pass.
fn suite(connect: usize, other: usize) -> String {
    let mut text = "tests:\n".to_string();
    for index in 0..connect {
        writeln!(text, "  - description: asks for the region of db{index}").unwrap();
        writeln!(text, "    vars: {{ message: \"db{index}: connect it\" }}").unwrap();
        writeln!(text, "    assert: [{{ type: icontains, value: region }}]").unwrap();
    }
    for index in 0..other {
        writeln!(text, "  - vars: {{ message: \"hello {index}\" }}").unwrap();
        writeln!(text, "    assert: [{{ type: equals, value: ok }}]").unwrap();
    }
    text
}

const WITHOUT: &str = "# Helper\n\nYou help.\n";
const WITH: &str = "# Helper\n\nYou help.\nAsk for the region before you connect anything.\n";

/// A repository with one commit.
fn repository(prompt: &str, suite: &str) -> Environment {
    let environment = Environment::new();
    environment.write("reprompt.yaml", CONFIG);
    environment.write("agent.sh", AGENT);
    environment.write("prompts/system.md", prompt);
    environment.write("evals/connect.yaml", suite);
    environment.commit_all("", "prompts");
    environment
}

#[test]
fn eval_passes_a_better_work_tree_and_shows_the_gains() {
    let environment = repository(WITHOUT, &suite(8, 52));
    environment.write("prompts/system.md", WITH);
    insta::assert_snapshot!(environment.run(&["eval", "--expect", "better", "-j", "2"]).exits(0).transcript());
}

#[test]
fn eval_fails_a_worse_head_and_writes_what_was_lost() {
    let environment = repository(WITH, &suite(8, 4));
    environment.git("", &["switch", "-q", "-c", "change"]);
    environment.write("prompts/system.md", WITHOUT);
    environment.commit_all("", "drop the rule");
    let arguments = ["eval", "--head", "change", "-o", "out.junit.xml", "-o", "out.md", "-o", "out.json", "--json"];
    let outcome = environment.run(&arguments).exits(1);
    let shown: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let written: serde_json::Value = serde_json::from_str(&environment.read("out.json")).unwrap();
    assert_eq!(shown, written);
    assert_eq!(shown["schema"], "reprompt/eval/v1");
    assert_eq!(shown["result"], "fail");
    assert_eq!(shown["changed"], serde_json::json!(["prompts/system.md"]));
    assert_eq!(shown["run"]["counts"]["base_only"], 8);
    assert_eq!(shown["run"]["cases"][0]["head"]["answer"], "Connected in us-east-1.");
    assert!(environment.read("out.md").contains("### Lost: passes on base, fails on head (8)"));
    assert!(environment.read("out.junit.xml").contains("failures=\"9\""));
}

#[test]
fn eval_says_how_many_cases_would_decide() {
    let environment = repository(WITHOUT, &suite(1, 9));
    environment.write("prompts/system.md", "# Helper\n\nYou are helpful.\n");
    let outcome = environment.run(&["eval", "-q"]).exits(0);
    assert!(outcome.stdout.contains("inconclusive: "), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("about 52 cases like these would decide"), "{}", outcome.stdout);
    environment.write("reprompt.yaml", CONFIG.replace("repeat: 1", "repeat: 1, on_inconclusive: fail"));
    let _outcome = environment.run(&["eval", "-q"]).exits(1);
}

#[test]
fn eval_without_a_change_or_a_way_to_run_says_so() {
    let environment = repository(WITH, &suite(1, 1));
    let outcome = environment.run(&["eval"]).exits(0);
    assert!(outcome.stdout.contains("unchanged: no prompt and no tool file differs"), "{}", outcome.stdout);
    environment.write("prompts/system.md", WITHOUT);
    environment.write("reprompt.yaml", CONFIG.replace("    run: { command: [sh, agent.sh] }\n", ""));
    let outcome = environment.run(&["eval"]).exits(0);
    assert!(outcome.stdout.contains("behaviour not run: the config does not say how"), "{}", outcome.stdout);
    let _outcome = environment.run(&["eval", "--require-run"]).exits(1);
}

#[test]
fn eval_without_an_agent_is_unavailable_and_with_a_failing_one_invalid() {
    let environment =
        repository(WITH, &(suite(2, 2) + "  - vars: { message: crash now }\n    assert: [{ type: is-json }]\n"));
    environment.write("prompts/system.md", WITHOUT);
    let outcome = environment.run(&["eval"]).exits(4);
    assert!(outcome.stdout.contains("invalid: 2 of 10 questions have no answer"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("exit code 1: out of memory"), "{}", outcome.stdout);
    environment.write("reprompt.yaml", CONFIG.replace("sh, agent.sh", "no-such-program"));
    insta::assert_snapshot!(environment.run(&["eval", "-q"]).exits(69).transcript());
}

#[test]
fn eval_in_ci_takes_everything_but_the_prompt_from_the_base() {
    let environment = repository(WITH, &suite(8, 4));
    environment.git("", &["switch", "-q", "-c", "change"]);
    environment.write("prompts/system.md", WITHOUT);
    // The change also brings its own agent, easier suites and no failing cases.
    environment.write("reprompt.yaml", CONFIG.replace("sh, agent.sh", "touch, pwned"));
    environment.write("evals/connect.yaml", suite(0, 60));
    environment.commit_all("", "sneaky");
    let mut command = environment.command_in("", &["eval", "--json"]);
    command.env("CI", "true").env("GITHUB_BASE_REF", "main");
    let outcome = environment.outcome(&mut command).exits(1);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["head"]["name"], "HEAD");
    assert_eq!(report["base"]["name"], "main");
    assert_eq!(report["run"]["counts"], serde_json::json!({"both": 4, "base_only": 8, "head_only": 0, "neither": 0}));
    let standings = |wanted: &str| {
        let cases = report["run"]["cases"].as_array().unwrap();
        cases.iter().filter(|case| case["standing"] == wanted).count()
    };
    assert_eq!((standings("shared"), standings("removed"), standings("added")), (4, 8, 56));
    assert!(!environment.path("pwned").exists());
}

#[test]
fn eval_gives_the_agent_the_tree_of_each_revision() {
    let test =
        "tests:\n  - vars: { message: show the tree }\n    assert: [{ type: contains, value: Ask for the region }]\n";
    let environment = repository(WITHOUT, test);
    environment.write("prompts/system.md", WITH);
    let outcome = environment.run(&["eval", "--json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["run"]["cases"][0]["change"], "gained");
}

#[test]
fn eval_refuses_what_it_cannot_read_and_names_the_place() {
    let environment = repository(WITHOUT, &suite(1, 1));
    environment.write("prompts/system.md", "# Helper\n\nYou serve {{ shop }}.\n");
    let outcome = environment.run(&["eval", "-q"]).exits(2);
    assert!(outcome.stderr.contains("the template needs the variable `shop`"), "{}", outcome.stderr);
    environment
        .write("evals/connect.yaml", "tests:\n  - vars: { message: hi }\n    assert: [{ type: contain, value: x }]\n");
    let outcome = environment.run(&["eval", "-q"]).exits(2);
    assert!(outcome.stderr.contains("evals/connect.yaml:3:22: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("did you mean `contains`?"), "{}", outcome.stderr);
    let outcome = environment.run(&["eval", "-o", "report.pdf"]).exits(2);
    assert!(outcome.stderr.contains("cannot tell a format"), "{}", outcome.stderr);
    let outcome = environment.run(&["eval", "--base", "nowhere"]).exits(2);
    assert!(outcome.stderr.contains("there is no revision `nowhere`"), "{}", outcome.stderr);
}

#[test]
#[cfg(target_os = "linux")]
fn eval_that_is_interrupted_ends_the_agent_and_says_so() {
    let environment = repository(WITHOUT, &suite(1, 1));
    environment.write("prompts/system.md", WITH);
    environment.write("agent.sh", "echo $$ > pid\nsleep 300\n");
    let mut command = environment.command_in("", &["eval", "-q", "-j", "1"]);
    let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let agent =
        wait_for(|| Some(environment.path("pid")).filter(|path| path.exists()).map(|_| environment.read("pid")));
    let signal = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(signal.success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    wait_for(|| {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", agent.trim())).unwrap_or_default();
        // Gone, or waiting for its new parent to take note.
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    });
}

#[cfg(target_os = "linux")]
fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(value) = ready() {
            return value;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("waited in vain");
}

#[test]
fn every_suite_of_the_example_repository_is_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts-example/evals");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let suite = reprompt::evaluation::suite::Suite::parse(&path.display().to_string(), &text);
        cases += suite.unwrap_or_else(|error| panic!("{error}")).cases.len();
    }
    // Fewer could not show that a change is no worse.
    assert!(cases >= 52, "{cases}");
}
