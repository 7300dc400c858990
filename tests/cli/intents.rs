//! `intents` as people run it: what is folded in, what is filtered, what is printed, and what it says of too little.

use crate::environment::Environment;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::Stdio;

/// What people want, and how they say it.
const MATTERS: [(&str, [&str; 4]); 3] = [
    (
        "refund",
        ["I want a refund for", "please give my money back for", "refund the payment of", "return the price of"],
    ),
    (
        "parcel",
        [
            "where is the parcel with",
            "track the delivery of",
            "my shipment is late with",
            "when will it arrive, parcel",
        ],
    ),
    (
        "password",
        ["I forgot the password of", "reset the login of", "cannot sign in to account", "change my password for"],
    ),
];
const THINGS: [&str; 8] =
    ["shoes", "a lamp", "the blue chair", "two books", "a phone", "garden tools", "a jacket", "coffee"];

/// Conversations `from..to`: three matters in turn, two weeks, every fourth of the first matter a failure.
pub fn traces(from: usize, to: usize) -> String {
    let mut text = String::new();
    for number in from..to {
        let (name, openings) = MATTERS[number % 3];
        let ask = format!("{} {} {}", openings[number / 3 % 4], THINGS[number % 8], THINGS[number / 8 % 8]);
        let day = 2 + number % 14;
        let score = if name == "refund" && number % 4 == 0 { 0 } else { 1 };
        let _infallible = writeln!(
            text,
            r#"{{"id":"{name}-{number}","user_id":"u{number}","agent":"{}","created_at":"2026-03-{day:02}T10:00:00Z","scores":{{"resolved":{score}}},"messages":[{{"role":"user","content":"{ask}"}},{{"role":"assistant","content":"It is done."}}]}}"#,
            if number % 2 == 0 { "shop" } else { "desk" },
        );
    }
    text
}

pub fn with(text: &str) -> Environment {
    let environment = Environment::new();
    environment.write("traces.jsonl", text);
    environment.run(&["ingest", "traces.jsonl"]).succeeds();
    environment
}

/// As [`with`], with a prompt repository whose own cache holds them.
fn with_repository() -> Environment {
    let environment = with(&traces(0, 150));
    environment.write("repo/reprompt.yaml", "version: 1\n");
    environment.commit_all("repo", "first");
    environment.run_in("repo", &["ingest", "../traces.jsonl"]).succeeds();
    environment
}

fn assignments(environment: &Environment) -> Vec<Value> {
    let outcome = environment.run(&["intents", "assignments"]).ok();
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_goal_has_a_line_and_what_comes_later_is_folded_in_under_the_same_ids() {
    let environment = with(&traces(0, 150));
    let before = assignments(&environment);
    assert_eq!(before.len(), 150);
    environment.write("later.jsonl", traces(150, 180));
    environment.run(&["ingest", "later.jsonl"]).succeeds();
    let folded = environment.run(&["intents"]).ok();
    assert!(folded.stderr.contains("30 new goals folded in"), "{}", folded.transcript());
    let again = environment.run(&["intents"]).ok();
    assert!(!again.stderr.contains("folded in"), "{}", again.transcript());
    assert_eq!(again.stdout, folded.stdout);
    let after = assignments(&environment);
    assert_eq!(after.len(), 180);
    for old in &before {
        let new = after.iter().find(|new| new["external_id"] == old["external_id"]).unwrap();
        assert_eq!(new["intent"], old["intent"]);
    }
    let json: Value = serde_json::from_str(&environment.run(&["intents", "--json"]).ok().stdout).unwrap();
    let goals: u64 =
        json["intents"].as_array().unwrap().iter().map(|line| line["intent"]["goals"].as_u64().unwrap()).sum();
    assert_eq!(goals + json["long_tail_goals"].as_u64().unwrap(), 180, "what was not read again is counted");
}

#[test]
fn rows_of_values_have_a_header_and_exclude_json() {
    let environment = with(&traces(0, 150));
    let rows = environment.run(&["intents", "assignments", "--csv"]).ok().stdout;
    let mut lines = rows.lines();
    assert_eq!(
        lines.next(),
        Some("conversation,external_id,ordinal,first_turn,last_turn,intent,name,score,out_of_scope")
    );
    assert_eq!(lines.count(), 150);
    let list = environment.run(&["intents", "--csv"]).ok().stdout;
    assert!(list.starts_with("intent,name,goals,conversations,"), "{list}");
    let weeks = environment.run(&["intents", "trend", "--csv"]).ok().stdout;
    assert!(
        weeks.starts_with("start,failing,passing,unknown,complete,asks,") && weeks.contains("\n2026-03-02,"),
        "{weeks}"
    );
    let both = environment.run(&["intents", "--csv", "--json"]).exits(2);
    assert!(both.stdout.contains("--csv and --json cannot be used together"), "{}", both.transcript());
}

#[test]
fn weeks_and_what_they_mean_are_printed_and_all_of_it_is_in_json() {
    use crate::findings::{self, run, values};
    let environment = findings::place(&findings::traces(0..findings::WEEKS));
    findings::some_leave(&environment);
    let listed = values(run(&environment, &["intents", "--json"]));
    let lines = listed["intents"].as_array().unwrap();
    let refund = lines.iter().find(|line| line["intent"]["phrases"].to_string().contains("payment")).unwrap();
    let id = refund["intent"]["id"].as_str().unwrap();
    insta::assert_snapshot!("intents_trend", run(&environment, &["intents", "trend", id]).transcript());
    insta::assert_snapshot!("intents_trend_all", run(&environment, &["intents", "trend"]).transcript());
    let one = values(run(&environment, &["intents", "trend", id, "--json"]));
    insta::assert_snapshot!("intents_trend_json", serde_json::to_string_pretty(&one["company"]).unwrap());
    assert_eq!((&one["trend"], &one["mixture"]), (&refund["trend"], &Value::Null));
    let all = values(run(&environment, &["intents", "trend", "--json"]));
    insta::assert_snapshot!("intents_trend_all_json", serde_json::to_string_pretty(&all["mixture"]).unwrap());
    assert_eq!((&all["intent"], &all["company"]), (&Value::Null, &Value::Null));
}

#[test]
fn filters_choose_conversations_and_say_when_none_is_left() {
    let environment = with(&traces(0, 150));
    let all = environment.run(&["intents", "trend", "--csv"]).ok().stdout.lines().count();
    let last = environment.run(&["intents", "trend", "--csv", "--window", "1"]).ok().stdout.lines().count();
    assert_eq!((all, last), (3, 2));
    let shop = environment.run(&["intents", "--agent", "shop"]).ok();
    assert!(shop.stdout.contains("all 75 conversations"), "{}", shop.stdout);
    let since = environment.run(&["intents", "--since", "2026-03-09"]).ok();
    assert!(!since.stdout.contains("all 150 conversations"), "{}", since.stdout);
    let none = environment.run(&["intents", "--version", "v9"]).ok();
    assert_eq!(none.stdout, "no conversation passes these filters\n");
}

#[test]
fn a_refit_is_told_before_it_is_made() {
    let environment = with(&traces(0, 150));
    environment.run(&["intents"]).succeeds();
    let before = assignments(&environment);
    let told = environment.run(&["intents", "--refit", "--dry-run"]).ok();
    assert!(told.stderr.contains("nothing was stored"), "{}", told.transcript());
    environment.run(&["intents", "--refit"]).succeeds();
    assert_eq!(assignments(&environment), before, "the same data gives the same intents");
}

#[test]
fn too_little_and_impossible_data_is_said_in_words() {
    let ten = with(&traces(0, 10));
    let said = "too little data to name intents: 10 goals, 50 needed";
    for arguments in [&["intents"][..], &["intents", "trend"]] {
        let outcome = ten.run(arguments).ok();
        assert!(outcome.stdout.contains(said), "{}", outcome.stdout);
    }
    for rows in [&["intents", "assignments"][..], &["intents", "--csv"], &["intents", "trend", "--csv"]] {
        let outcome = ten.run(rows).ok();
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(said), "{}", outcome.transcript());
    }
    for (arguments, schema) in [
        (&["intents", "--json"][..], "reprompt/intents/v1"),
        (&["intents", "trend", "--json"], "reprompt/intent/v1"),
        (&["intents", "--summary", "--json"], "reprompt/intents-summary/v1"),
    ] {
        let json: Value = serde_json::from_str(&ten.run(arguments).ok().stdout).unwrap();
        assert_eq!((&json["schema"], json["reason"].as_str()), (&Value::from(schema), Some(said)));
    }
    for decision in [&["intents", "rename", "a", "b"][..], &["intents", "--save"]] {
        let refused = ten.run(decision).exits(2);
        assert!(refused.stderr.contains("no intents to decide about"), "{}", refused.transcript());
    }
    let silent = r#"{"messages":[{"role":"assistant","content":"Hello?"}]}"#;
    let mute = with(
        &(0..60)
            .fold(String::new(), |text, number| text + &silent.replace("Hello?", &format!("Hello {number}?")) + "\n"),
    );
    let outcome = mute.run(&["intents"]).ok();
    assert!(outcome.stdout.contains("no user turns in"), "{}", outcome.stdout);
    let ahead = with(&traces(0, 150).replace("2026-03-05", "2099-03-05"));
    let outcome = ahead.run(&["intents"]).ok();
    assert!(outcome.stderr.contains("conversations in no week"), "{}", outcome.transcript());
}

#[test]
fn decisions_that_are_made_at_once_are_all_kept_or_refused() {
    let environment = with_repository();
    let listed = environment.run_in("repo", &["intents", "--csv"]).ok().stdout;
    let ids: Vec<&str> = listed.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let children: Vec<_> = ids
        .iter()
        .map(|id| environment.command_in("repo", &["intents", "ignore", id]).stdout(Stdio::null()).spawn().unwrap())
        .collect();
    let codes: Vec<Option<i32>> = children.into_iter().map(|mut child| child.wait().unwrap().code()).collect();
    let kept = codes.iter().filter(|code| **code == Some(0)).count();
    assert!(codes.len() >= 3 && codes.iter().all(|code| matches!(code, Some(0 | 75))), "{codes:?}");
    assert_eq!(environment.read("repo/intents.yaml").matches("status: ignored").count(), kept, "{codes:?}");
}

#[test]
fn decisions_are_entries_of_the_registry_and_hold_on_every_rerun() {
    let environment = with_repository();
    let run = |arguments: &[&str]| environment.run_in("repo", arguments);
    let ids = |text: &str| -> Vec<String> {
        text.lines().skip(1).filter_map(|line| line.split(',').next().map(str::to_string)).collect()
    };
    let before = ids(&run(&["intents", "--csv", "--sort", "name"]).ok().stdout);
    let (first, second, third) = (&before[0], &before[1], &before[2]);
    run(&["intents", "rename", first, "Money back"]).succeeds();
    run(&["intents", "merge", second, first]).succeeds();
    let merged = run(&["intents", "show", second]).exits(2);
    assert!(merged.stderr.contains(&format!("`{second}` is merged into {first}")), "{}", merged.transcript());
    run(&["intents", "show", "MONEY back"]).succeeds();
    run(&["intents", "ignore", third, "--reason", "out of scope"]).succeeds();
    let registry = environment.read("repo/intents.yaml");
    assert!(registry.contains("name: Money back"), "{registry}");
    environment.write("later.jsonl", traces(150, 180));
    run(&["ingest", "../later.jsonl"]).succeeds();
    for _ in 0..2 {
        let list = run(&["intents", "--csv"]).ok();
        let after = ids(&list.stdout);
        assert!(list.stdout.contains("Money back") && !after.contains(second), "{}", list.transcript());
        assert_eq!(after.len(), before.len() - 1);
    }
    assert!(run(&["intents"]).ok().stdout.contains("(ignored)"));
    assert_eq!(run(&["intents", "assignments"]).ok().stdout.lines().count(), 180, "no goal is lost");
    let shown = run(&["intents", "show", "Money back"]).ok();
    assert!(shown.stdout.contains("renamed"), "{}", shown.stdout);
    run(&["intents", "unignore", third]).succeeds();
    assert!(!run(&["intents"]).ok().stdout.contains("(ignored)"));
    run(&["intents", "--save"]).succeeds();
    let saved = run(&["intents", "--save"]).ok();
    assert!(saved.stdout.contains("says so already"), "{}", saved.transcript());
    let itself = run(&["intents", "merge", first, first]).exits(2);
    assert!(itself.stderr.contains("itself"), "{}", itself.transcript());
}

#[test]
fn a_registry_that_names_a_missing_intent_or_is_broken_is_said_by_line() {
    let environment = with_repository();
    environment
        .write("repo/intents.yaml", "version: 1\nintents:\n  - id: i-abcdef\n    name: Gone\n    status: active\n");
    let warned = environment.run_in("repo", &["intents"]).ok();
    assert!(warned.stderr.contains("intents.yaml:3: names i-abcdef"), "{}", warned.transcript());
    environment.write("repo/intents.yaml", "version: 1\nintents: 7\n");
    let refused = environment.run_in("repo", &["intents"]).exits(2);
    assert!(refused.stderr.contains("intents.yaml:2:"), "{}", refused.transcript());
}

#[test]
fn a_split_moves_the_goals_that_hold_its_phrase_and_a_merge_takes_it_back() {
    let environment = with_repository();
    let run = |arguments: &[&str]| environment.run_in("repo", arguments);
    let lines = |text: &str| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    let before = lines(&run(&["intents", "assignments"]).ok().stdout);
    let parent = before[0]["intent"].as_str().unwrap();
    // The order of the words in its texts: what is asked for, then a thing.
    let nothing = run(&["intents", "split", parent, "--containing", "no such words"]).exits(2);
    assert!(nothing.stderr.contains("holds a phrase of this part: no such words"), "{}", nothing.transcript());
    run(&["intents", "split", parent, "--containing", "lamp", "--name", "Lamps"]).succeeds();
    assert_eq!(run(&["intents", "--summary"]).ok().stdout, "nothing new, surging or resolved\n");
    let after = lines(&run(&["intents", "assignments"]).ok().stdout);
    assert_eq!(after.len(), before.len());
    let moved = after.iter().filter(|goal| goal["name"] == "Lamps").count();
    let stayed = after.iter().filter(|goal| goal["intent"] == parent).count();
    let all = before.iter().filter(|goal| goal["intent"] == parent).count();
    assert!(moved > 0 && stayed > 0 && moved + stayed == all, "{moved} moved, {stayed} stayed of {all}");
    run(&["intents", "merge", "Lamps", parent]).succeeds();
    assert_eq!(lines(&run(&["intents", "assignments"]).ok().stdout), before);
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let environment = with(&traces(0, 150));
    environment.run(&["intents"]).succeeds();
    for (arguments, said) in [
        (&["show", "x", "--csv"][..], "--csv is for the list"),
        (&["trend", "--sort", "name"], "--sort is for the list"),
        (&["rename", "x", "y", "--agent", "shop"], "filters choose what is shown"),
        (&["--summary", "trend"], "--save and --summary are about all intents"),
        (&["--granularity", "coarse"], "--granularity is for a first fit"),
    ] {
        let refused = environment.run(&[&["intents"], arguments].concat()).exits(2);
        assert!(refused.stderr.contains(said), "{}", refused.transcript());
    }
    let told = environment.run(&["intents", "--refit", "--dry-run", "--json"]).ok();
    assert!(serde_json::from_str::<Value>(&told.stdout).is_ok(), "{}", told.stdout);
    let none = environment.run(&["intents", "--agent", "nobody", "--json"]).ok();
    let none: Value = serde_json::from_str(&none.stdout).unwrap();
    assert_eq!(none["reason"], "no conversation passes these filters");
    let some = environment.run(&["intents", "assignments", "--agent", "shop"]).ok();
    assert_eq!(some.stdout.lines().count(), 75);
    let summary = environment.run(&["intents", "--summary"]).ok();
    assert_eq!(summary.stdout, "nothing new, surging or resolved\n");
}
