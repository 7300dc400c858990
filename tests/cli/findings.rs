//! `findings` over time, as people run it: weeks, surges, releases, and what it says where it does not know.

use crate::environment::{Environment, Outcome};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What people want, the tool that serves it, and how they say it.
const MATTERS: [(&str, Option<&str>, &str); 3] = [
    ("refund", Some("refund_payment"), "I want a refund of my payment for"),
    ("parcel", Some("track_parcel"), "where is the parcel with the delivery of"),
    ("password", None, "I forgot the password of my account, reset the login with"),
];
/// The first of eleven weeks; the tag lies in the seventh.
const MONDAY: &str = "2026-08-17";
pub const WEEKS: usize = 11;
/// The Monday after them.
const AFTER: &str = "2026-11-02T12:00:00Z";
const CONFIG: &str = "\
version: 1
agents:
  - name: shop
    prompts: [{ name: system, path: system.md }]
";

/// Failing conversations of a matter in a week: the tool fails, and the agent calls it again.
fn failing(matter: usize, week: usize) -> usize {
    match (matter, week) {
        (0, 10) => 26,
        (0, 7..) => 10 + week % 2,
        (0, _) => 3 + week % 2,
        (1, _) => 3 + week % 3 % 2,
        _ => 0,
    }
}

/// Thirty conversations of each matter in each of `weeks`.
pub fn traces(weeks: std::ops::Range<usize>) -> String {
    let first = date(MONDAY);
    let mut text = String::new();
    for week in weeks {
        for (matter, (name, tool, opening)) in MATTERS.iter().enumerate() {
            for place in 0..30 {
                let number = (3 * week + matter) * 30 + place;
                let bad = place < failing(matter, week);
                let mut messages = vec![
                    json!({"role": "system", "content": "Help customers."}),
                    json!({"role": "user", "content": format!("{opening} order {number}")}),
                ];
                for call in tool.iter().flat_map(|tool| (0..1 + usize::from(bad)).map(move |call| (tool, call))) {
                    let function = json!({"name": call.0, "arguments": format!("{{\"order\": \"A-{}\"}}", number % 5)});
                    let id = format!("k{}", call.1);
                    messages.push(
                        json!({"role": "assistant", "content": "", "tool_calls": [{"id": id, "function": function}]}),
                    );
                    let result = if bad { "Error: service busy" } else { "{\"state\": \"found\"}" };
                    messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
                }
                messages.push(json!({"role": "assistant", "content": "That is all."}));
                let record = json!({
                    "id": format!("{name}-{number}"),
                    "user_id": format!("u{}", number % 97),
                    "model": if place % 3 < week / 6 { "small" } else { "large" },
                    "created_at": format!("{}T10:00:00Z", first.plus_days((7 * week + number % 7) as i64).date()),
                    "cost": 0.01 * (1 + number % 3) as f64,
                    "scores": {"resolved": u8::from(!bad)},
                    "messages": messages,
                });
                let _infallible = writeln!(text, "{record}");
            }
        }
    }
    text
}

fn date(text: &str) -> reprompt::clock::Timestamp {
    reprompt::clock::Timestamp::parse(text).unwrap()
}

/// A repository with a tag in the seventh week, and these conversations read and cut into intents.
pub fn place(text: &str) -> Environment {
    let environment = Environment::new();
    environment.write("repo/reprompt.yaml", CONFIG);
    environment.write("repo/system.md", "# Shop\n\nHelp customers.\n");
    environment.commit_all("repo", "first");
    environment.git("repo", &["tag", "v1.4"]);
    read(&environment, text);
    environment
}

fn read(environment: &Environment, text: &str) {
    environment.write("traces.jsonl", text);
    run(environment, &["ingest", "../traces.jsonl"]).succeeds();
    run(environment, &["intents"]).succeeds();
}

pub fn run(environment: &Environment, arguments: &[&str]) -> Outcome {
    run_at(environment, AFTER, arguments)
}

fn run_at(environment: &Environment, now: &str, arguments: &[&str]) -> Outcome {
    let cache = environment.path("cache").to_string_lossy().into_owned();
    let all = [&["--cache", &cache], arguments].concat();
    environment.outcome(environment.command_in("repo", &all).env("REPROMPT_NOW", now))
}

pub fn values(outcome: Outcome) -> Value {
    serde_json::from_str(&outcome.ok().stdout).unwrap()
}

/// What became of the users.
pub fn some_leave(environment: &Environment) {
    let mut churn = "user_id,outcome,churned\n".to_string();
    for user in 0..97 {
        let _infallible = writeln!(churn, "u{user},known,{}", user % 5 == 0 || user < 20);
    }
    environment.write("churn.csv", churn);
    run(environment, &["ingest", "../churn.csv"]).succeeds();
}

/// The finding about refunds.
fn refunds(environment: &Environment) -> String {
    let list = run(environment, &["findings", "--csv"]).ok().stdout;
    let line = list.lines().find(|line| line.contains("refund_payment")).unwrap();
    line.split(',').next().unwrap().to_string()
}

#[test]
fn a_finding_that_surges_after_a_release_is_shown_with_its_weeks_and_what_they_mean() {
    let environment = place(&traces(0..WEEKS));
    some_leave(&environment);
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    insta::assert_snapshot!("findings_list", run(&environment, &["findings"]).transcript());
    insta::assert_snapshot!("findings_list_csv", run(&environment, &["findings", "--csv"]).transcript());
    insta::assert_snapshot!("findings_trend", run(&environment, &["findings", "trend", &id]).transcript());
    insta::assert_snapshot!("findings_trend_csv", run(&environment, &["findings", "trend", &id, "--csv"]).transcript());
    let mut json = values(run(&environment, &["findings", "trend", &id, "--json"]));
    // What `findings show` prints is not the weeks'.
    json["finding"] = json["finding"]["id"].take();
    insta::assert_snapshot!("findings_trend_json", serde_json::to_string_pretty(&json).unwrap());
    assert_eq!(run(&environment, &["findings", "--summary"]).ok().stdout, "1 surging\n");
    let summary = values(run(&environment, &["findings", "--summary", "--json"]));
    assert_eq!((&summary["surging"], &summary["resolved"]), (&json!(1), &json!(0)));
    let listed = values(run(&environment, &["findings", "--json"]));
    assert_eq!(listed["summary"]["surging"], 1);
    assert_eq!(listed["findings"][0]["trend"]["surge"]["tier"], "alert");
    let members = listed["findings"][0]["finding"]["conversations"].as_array().unwrap().len();
    let weeks: usize = (0..WEEKS).map(|week| failing(0, week)).sum();
    assert_eq!(members, weeks);
}

#[test]
fn a_finding_is_ignored_until_somebody_takes_that_back() {
    let environment = place(&traces(0..WEEKS));
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let not = run(&environment, &["findings", "unignore", &id]).exits(2);
    assert!(not.stderr.contains("is not ignored"), "{}", not.transcript());
    run(&environment, &["findings", "ignore", &id, "--reason", "known"]).succeeds();
    let shown = run(&environment, &["findings", "show", &id]).ok();
    let back = format!("`reprompt findings unignore {id}` takes that back");
    assert!(shown.stderr.contains(&back) && !shown.stderr.contains("propose"), "{}", shown.transcript());
    run(&environment, &["findings", "unignore", &id]).succeeds();
    let listed = values(run(&environment, &["findings", "--json"]));
    assert!(listed["findings"].as_array().unwrap().iter().all(|one| one["finding"]["state"] == "open"));
}

#[test]
fn filters_choose_what_weeks_count_and_are_refused_where_they_would_not() {
    let environment = place(&traces(0..WEEKS));
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let rows = |arguments: &[&str]| -> Vec<String> {
        let all = [&["findings", "trend", &id, "--csv"], arguments].concat();
        run(&environment, &all).ok().stdout.lines().skip(1).map(str::to_string).collect()
    };
    let all = rows(&[]);
    assert_eq!((all.len(), &rows(&["--window", "3"])[..]), (WEEKS, &all[WEEKS - 3..]));
    assert_eq!(rows(&["--since", "2026-10-12"]), all[WEEKS - 3..]);
    let none = run(&environment, &["findings", "trend", &id, "--version", "v9"]).ok();
    assert_eq!(none.stdout, "no conversation that was read passes these filters\n");
    let none = values(run(&environment, &["findings", "trend", &id, "--agent", "nobody", "--json"]));
    assert_eq!(none["reason"], "no conversation that was read passes these filters");
    for (arguments, said) in [
        (&["--window", "3"][..], "filters choose the conversations that weeks count"),
        (&["show", &id, "--since", "7d"], "filters choose the conversations that weeks count"),
        (&["show", &id, "--csv"], "--csv is for the list and `trend`"),
        (&["trend", &id, "--summary"], "unexpected argument"),
        (&["--summary", "trend", &id], "--summary is about all findings"),
        (&["--csv", "--json"], "--csv and --json cannot be used together"),
    ] {
        let refused = run(&environment, &[&["findings"], arguments].concat()).exits(2);
        let text = refused.transcript();
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn conversations_that_no_diagnosis_has_read_are_not_taken_for_free_of_it() {
    let environment = place(&traces(0..9));
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let trend = |arguments: &[&str]| run(&environment, &[&["findings", "trend", &id], arguments].concat()).ok().stdout;
    let before = trend(&["--csv"]);
    read(&environment, &traces(9..WEEKS));
    assert_eq!(trend(&["--csv"]), before, "two weeks more, and nobody has looked at them");
    assert!(trend(&[]).contains("180 conversations not read for it then"), "{}", trend(&[]));
    let list = run(&environment, &["findings"]).ok();
    assert!(list.stderr.contains("180 conversations not read yet"), "{}", list.transcript());
    // A clock that went back does not change what was read.
    run_at(&environment, "2020-01-01T00:00:00Z", &["diagnose"]).succeeds();
    assert_eq!(trend(&["--csv"]).lines().count(), 1 + WEEKS);
    assert!(!trend(&[]).contains("not read"), "{}", trend(&[]));
    let seen = &values(run(&environment, &["findings", "--json"]))["findings"][0];
    assert!(seen["last_seen"].as_i64() < seen["first_seen"].as_i64());
    // Seen from before all of it, every clock is wrong and there is no week.
    let early = run_at(&environment, "2020-01-01T00:00:00Z", &["findings", "trend", &id]).ok();
    assert!(early.stdout.contains("there are no weeks"), "{}", early.transcript());
}

#[test]
fn a_finding_that_came_up_later_is_new() {
    let calm = traces(0..WEEKS - 1).replace("Error: service busy", "{\\\"state\\\": \\\"found\\\"}");
    let environment = place(&calm.replace("\"resolved\":0", "\"resolved\":1"));
    run_at(&environment, "2026-10-26T12:00:00Z", &["diagnose"]).succeeds();
    assert!(run(&environment, &["findings"]).ok().stdout.contains("No findings yet"));
    assert_eq!(run(&environment, &["findings", "--summary"]).ok().stdout, "nothing new, surging or resolved\n");
    read(&environment, &traces(WEEKS - 1..WEEKS));
    run(&environment, &["diagnose"]).succeeds();
    let list = run(&environment, &["findings"]).ok();
    assert!(list.stdout.contains("surging") && list.stdout.contains("new"), "{}", list.transcript());
}

#[test]
fn without_times_there_are_no_weeks_and_one_week_alone_is_not_judged() {
    let timeless: String = traces(0..3)
        .lines()
        .map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            record.as_object_mut().unwrap().remove("created_at");
            format!("{record}\n")
        })
        .collect();
    let environment = place(&timeless);
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let shown = run(&environment, &["findings", "trend", &id]).ok();
    assert!(shown.stdout.contains("has a time, so there are no weeks"), "{}", shown.transcript());
    assert_eq!(run(&environment, &["findings", "trend", &id, "--csv"]).ok().stdout.trim(), "");
    let json = values(run(&environment, &["findings", "trend", &id, "--json"]));
    assert_eq!((&json["weeks"], &json["trend"]), (&json!([]), &Value::Null));
    assert_eq!((&json["conversations"], &json["conversations_without_week"]), (&json!(10), &json!(10)));
    let list = run(&environment, &["findings"]).ok();
    assert!(!list.stdout.contains("trend"), "{}", list.transcript());

    let environment = place(&traces(7..8));
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let shown = run(&environment, &["findings", "trend", &id]).ok().stdout;
    assert!(shown.contains("2026-10-05             11          12 %"), "{shown}");
    for word in ["surging", "resolved", "as usual", "drift", "full weeks against"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

#[test]
fn a_finding_of_an_older_program_is_listed_without_weeks_until_it_is_found_again() {
    let environment = place(&traces(0..WEEKS));
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let before = run(&environment, &["findings", "trend", &id, "--csv"]).ok().stdout;
    // As an upgrade leaves it, but that the document would name its conversations.
    let older =
        "UPDATE finding SET first_round = NULL, round = NULL; DELETE FROM finding_conversation; DELETE FROM diagnosed;";
    let database = rusqlite::Connection::open(environment.path("cache/traces.db")).unwrap();
    database.execute_batch(older).unwrap();
    drop(database);
    let list = run(&environment, &["findings"]).ok();
    assert!(list.stderr.contains("2 findings found by an older version, without weeks"), "{}", list.transcript());
    assert!(!list.stdout.contains("surging"), "{}", list.transcript());
    let trend = run(&environment, &["findings", "trend", &id]).ok();
    let said = "it was found by an older version, which did not keep what it had read; run `reprompt diagnose` again";
    assert_eq!(trend.stdout, format!("the weeks of {id} are not known: {said}\n"));
    let csv = run(&environment, &["findings", "trend", &id, "--csv"]).ok();
    assert!(csv.stdout.is_empty() && csv.stderr.contains(said), "{}", csv.transcript());
    let json = values(run(&environment, &["findings", "trend", &id, "--json"]));
    assert_eq!((&json["reason"], &json["weeks"]), (&json!(said), &Value::Null));
    assert_eq!(run(&environment, &["findings", "--summary"]).ok().stdout, "nothing new, surging or resolved\n");
    run(&environment, &["diagnose"]).succeeds();
    assert_eq!(run(&environment, &["findings", "trend", &id, "--csv"]).ok().stdout, before);
}

#[test]
fn forgotten_conversations_are_counted_no_more_and_said_to_be_missing() {
    let environment = place(&traces(0..WEEKS));
    run(&environment, &["diagnose"]).succeeds();
    let id = refunds(&environment);
    let shown = values(run(&environment, &["findings", "show", &id, "--json"]));
    let quoted: Vec<&str> =
        shown["finding"]["quotes"].as_array().unwrap().iter().map(|q| q["conversation"].as_str().unwrap()).collect();
    let members = shown["finding"]["conversations"].as_array().unwrap();
    let unquoted: Vec<&str> =
        members.iter().map(|one| one.as_str().unwrap()).filter(|one| !quoted.contains(one)).collect();
    let [first, second, ..] = unquoted[..] else { panic!("{shown}") };
    for one in [first, second] {
        run(&environment, &["cache", "forget", one]).succeeds();
    }
    let left = values(run(&environment, &["findings", "trend", &id, "--json"]));
    assert_eq!(left["conversations"].as_u64().unwrap() as usize, members.len() - 2);
    assert_eq!((&left["conversations_gone"], &left["conversations_not_read"]), (&json!(2), &json!(0)));
    let text = run(&environment, &["findings", "trend", &id]).ok().stdout;
    let said = format!("2 of the {} conversations that it was found in are not in the cache", members.len());
    assert!(text.contains(&said), "{text}");
    // What it quotes is gone: it goes along until it is found anew.
    run(&environment, &["cache", "forget", quoted[0]]).succeeds();
    assert!(!run(&environment, &["findings"]).ok().stdout.contains(&id));
    run(&environment, &["diagnose"]).succeeds();
    let again = values(run(&environment, &["findings", "trend", &id, "--json"]));
    assert_eq!(again["conversations"].as_u64().unwrap() as usize, members.len() - 3);
    assert_eq!(again["conversations_gone"], 0);
}
