//! `show`, `search`, `cache`, outcomes from elsewhere and following, as people run them.

use crate::environment::Environment;
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{Duration, Instant};

fn chat(id: &str, user: &str, day: u8, question: &str, answer: &str) -> String {
    let record = json!({"id": id, "user_id": user, "agent": "support", "started": format!("2026-03-{day:02}T10:00:00Z"), "messages": [
        {"role": "system", "content": "Be kind."}, {"role": "user", "content": question},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "k", "function": {"name": "find_order", "arguments": "{\"order\":\"A-17\"}"}}]},
        {"role": "tool", "tool_call_id": "k", "content": "Error: no such order"},
        {"role": "assistant", "content": answer}]});
    format!("{record}\n")
}

/// Spans of two requests of one session, the second in two files.
fn span(trace: &str, id: &str, second: u8, session: Option<&str>, question: &str, answer: &str) -> String {
    let mut attributes = vec![
        json!({"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}),
        json!({"key": "gen_ai.input.messages", "value": {"stringValue": json!([{"role": "user", "content": question}]).to_string()}}),
        json!({"key": "gen_ai.output.messages", "value": {"stringValue": json!([{"role": "assistant", "content": answer}]).to_string()}}),
    ];
    attributes.extend(session.map(|session| json!({"key": "session.id", "value": {"stringValue": session}})));
    let span = json!({"traceId": trace.repeat(32), "spanId": id.repeat(16), "name": "chat m", "startTimeUnixNano": format!("17000000{second:02}000000000"),
        "endTimeUnixNano": format!("17000000{second:02}500000000"), "attributes": attributes});
    format!("{}\n", json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
}

fn filled() -> Environment {
    let environment = Environment::new();
    let text = [
        chat("c-1001", "u1", 1, "Where is my refund for A-17?", "I could not find it."),
        chat("c-1002", "u2", 9, "Cancel my flight \u{1b}[31mnow\u{1b}[0m please.", "Done."),
    ];
    environment.write("traces.jsonl", text.concat());
    environment.run(&["ingest", "traces.jsonl"]).succeeds();
    environment
}

fn id_of(environment: &Environment, external: &str) -> String {
    let shown = environment.run(&["show", external, "--json"]).ok();
    let document: Value = serde_json::from_str(&shown.stdout).unwrap();
    document["id"].as_str().unwrap().to_string()
}

#[test]
fn show_prints_a_conversation_as_a_person_would_read_it() {
    let environment = filled();
    insta::assert_snapshot!(environment.run(&["show", "c-1001"]).transcript());
    let hostile = environment.run(&["show", "c-1002", "--full"]).ok();
    assert!(!hostile.stdout.contains('\u{1b}'), "{}", hostile.stdout);
    let id = id_of(&environment, "c-1001");
    assert_eq!(environment.run(&["show", &id[..8]]).ok().stdout, environment.run(&["show", &id]).ok().stdout);
    let missing = environment.run(&["show", "nothing"]).exits(2);
    assert!(missing.stderr.contains("there is no conversation, intent or finding `nothing`"), "{}", missing.stderr);
    let several = environment.run(&["show", "c-"]).exits(2);
    assert!(several.stderr.contains("means several conversations"), "{}", several.stderr);
}

#[test]
fn search_finds_words_with_filters_and_says_when_there_are_none() {
    let environment = filled();
    insta::assert_snapshot!(environment.run(&["search", "refund"]).transcript());
    let both = environment.run(&["search", "no such order", "--json"]).ok();
    let document: Value = serde_json::from_str(&both.stdout).unwrap();
    assert_eq!((&document["matches"], &document["conversations"][0]["said_by"]), (&json!(2), &json!("tool")));
    environment.run(&["search", "refund", "--user", "u2"]).fails(1);
    environment.run(&["search", "order", "--since", "2026-03-05", "--tool", "find_order", "-n", "1"]).succeeds();
    let none = environment.run(&["search", "zebra"]).exits(1);
    assert_eq!((none.stdout.as_str(), none.stderr.trim()), ("", "no conversation holds `zebra`"));
    environment.run(&["search", "x", "--since", "someday"]).fails(2);
}

#[test]
fn what_was_set_aside_is_read_again_when_its_file_was_mended() {
    let environment = filled();
    assert!(environment.run(&["cache", "quarantine", "--retry"]).ok().stdout.contains("Every record could be read."));
    environment.write("broken.jsonl", "{\"messages\": [\n");
    environment.write("gone.jsonl", format!("{}nonsense\n", chat("c-1009", "u1", 2, "Hello?", "Yes.")));
    environment.run(&["ingest", "broken.jsonl", "gone.jsonl", "--format", "chat"]).succeeds();
    environment.write("broken.jsonl", chat("c-1003", "u1", 2, "The heron flies at midnight.", "Yes."));
    std::fs::remove_file(environment.path("gone.jsonl")).unwrap();
    let again = environment.run(&["cache", "quarantine", "--retry"]).exits(0);
    assert!(again.stderr.contains("gone.jsonl` is not there any more"), "{}", again.stderr);
    assert!(again.stdout.contains("1 conversation (1 new)"), "{}", again.stdout);
    let left = environment.run(&["cache", "quarantine"]).ok();
    assert!(left.stdout.contains("gone.js") && !left.stdout.contains("broken.js"), "{}", left.stdout);
}

#[test]
fn cache_lists_checks_and_forgets_for_good() {
    let environment = filled();
    environment.write(
        "broken.jsonl",
        format!("{}nonsense\n", chat("c-1003", "u1", 2, "The heron flies at midnight.", "Yes.")),
    );
    environment.run(&["ingest", "broken.jsonl"]).succeeds();
    insta::assert_snapshot!(environment.run(&["cache", "quarantine"]).transcript());
    let shown = environment.run(&["cache", "quarantine", "1"]).ok();
    assert!(shown.stdout.contains("nonsense"), "{}", shown.stdout);
    environment.run(&["cache", "quarantine", "7"]).fails(2);
    let sources: Value = serde_json::from_str(&environment.run(&["cache", "sources", "--json"]).ok().stdout).unwrap();
    assert_eq!(sources["sources"].as_array().unwrap().len(), 2);
    environment.run(&["search", "heron"]).succeeds();
    insta::assert_snapshot!(environment.run(&["cache", "forget", "--user", "u1"]).transcript());
    environment.run(&["search", "heron"]).fails(1);
    // Their files are read again, and they stay forgotten.
    environment.run(&["ingest", "broken.jsonl", "traces.jsonl"]).succeeds();
    environment.run(&["search", "heron"]).fails(1);
    environment.run(&["show", "c-1002"]).succeeds();
    insta::assert_snapshot!(environment.run(&["cache", "doctor"]).transcript());
    environment.run(&["log", "--verify"]).succeeds();
    let collected = environment.run(&["cache", "gc", "--older-than", "2026-03-20"]).ok();
    assert!(collected.stdout.starts_with("1 old conversation erased"), "{}", collected.stdout);
    environment.run(&["cache", "forget", "c-1002"]).fails(2);
}

#[test]
fn pieces_of_a_forgotten_conversation_do_not_come_back_either() {
    let environment = Environment::new();
    environment.write("a.jsonl", span("a", "1", 1, Some("S"), "The heron flies.", "Where?"));
    environment.write(
        "b.jsonl",
        format!(
            "{}{}",
            span("b", "2", 5, None, "To the lake.", "Good."),
            span("b", "3", 6, Some("S"), "To the lake.", "Good.")
        ),
    );
    let cache = environment.path("cache");
    let folder = cache.to_string_lossy().into_owned();
    let run = |arguments: &[&str]| environment.run(&[&["--cache", &folder], arguments].concat());
    run(&["ingest", "b.jsonl"]).succeeds();
    run(&["ingest", "a.jsonl"]).succeeds();
    let found: Value = serde_json::from_str(&run(&["search", "heron", "--json"]).ok().stdout).unwrap();
    assert_eq!(found["conversations"][0]["external_id"], "S");
    run(&["cache", "forget", "S"]).succeeds();
    run(&["ingest", "a.jsonl", "b.jsonl"]).succeeds();
    run(&["search", "heron"]).fails(1);
    let mut looked = 0;
    for entry in std::fs::read_dir(&cache).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            looked += 1;
            let bytes = std::fs::read(path).unwrap();
            assert!(!bytes.windows(5).any(|part| part == b"heron"));
        }
    }
    assert!(looked >= 2);
}

#[test]
fn outcomes_are_joined_whether_they_come_before_or_after() {
    let environment = filled();
    environment
        .write("outcomes.csv", "user_id,outcome,time,plan\nu1,churned,2026-03-15,gold\nu2,churned,2026-03-05,free\n");
    let read = environment.run(&["ingest", "outcomes.csv"]).ok();
    assert!(read.stdout.contains("outcomes"), "{}", read.stdout);
    let shown = |external: &str| -> Value {
        serde_json::from_str(&environment.run(&["show", external, "--json"]).ok().stdout).unwrap()
    };
    assert_eq!(
        (&shown("c-1001")["outcome"], &shown("c-1001")["outcome_basis"]),
        (&json!("failure"), &json!("metadata outcome"))
    );
    // What happened to a user before a conversation is not what the conversation led to.
    assert_ne!(shown("c-1002")["outcome_basis"], "metadata outcome");
    environment.write("later.jsonl", chat("c-1004", "u1", 3, "And now?", "Nothing."));
    environment.run(&["ingest", "later.jsonl"]).succeeds();
    assert_eq!(shown("c-1004")["outcome"], "failure");
}

#[test]
fn since_passes_over_what_is_old_and_silence_names_the_switch() {
    let environment = Environment::new();
    environment
        .write("traces.jsonl", format!("{}{}", chat("c-1", "u", 1, "old", "x"), chat("c-2", "u", 9, "new", "x")));
    let read = environment.run(&["ingest", "traces.jsonl", "--since", "2026-03-05"]).ok();
    assert!(read.stdout.contains("In the cache: 1 conversation"), "{}", read.stdout);
    environment.run(&["ingest", "traces.jsonl"]).succeeds();
    environment.run(&["search", "old"]).succeeds();
    environment.write("silent.jsonl", span("c", "4", 1, None, "", ""));
    let silent = environment.run(&["ingest", "silent.jsonl"]).ok();
    assert!(silent.stderr.contains("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true"), "{}", silent.stderr);
}

#[test]
fn following_reads_what_is_added() {
    let environment = Environment::new();
    environment.run(&["ingest", "--follow", "-"]).fails(2);
    environment.run(&["ingest", "--follow", "nowhere.jsonl"]).fails(2);
    environment.write("traces.jsonl", chat("c-1", "u", 1, "first", "x"));
    let mut child = environment.command_in("", &["ingest", "--follow", "traces.jsonl"]).spawn().unwrap();
    let count = || {
        let found = environment.run(&["search", "x", "--json"]);
        serde_json::from_str::<Value>(&found.stdout).ok().and_then(|document| document["matches"].as_u64()).unwrap_or(0)
    };
    let wait = |wanted: u64| {
        let begun = Instant::now();
        while count() < wanted {
            assert!(begun.elapsed() < Duration::from_secs(60), "{} of {wanted}", count());
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    wait(1);
    let mut file = std::fs::OpenOptions::new().append(true).open(environment.path("traces.jsonl")).unwrap();
    let more = chat("c-2", "u", 2, "second", "x");
    file.write_all(&more.as_bytes()[..20]).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(count(), 1);
    file.write_all(&more.as_bytes()[20..]).unwrap();
    wait(2);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(environment.run(&["cache", "quarantine"]).ok().stdout.contains("Every record could be read."));
}

#[test]
fn home_made_records_are_read_by_a_map_from_the_command_or_the_config() {
    let environment = Environment::new();
    let record = json!({"key": "k-1", "log": [{"who": "human", "says": "Where is the heron?"}, {"who": "bot", "says": "At the lake."}]});
    environment.write("own.jsonl", format!("{record}\n"));
    let refused = environment.run(&["ingest", "own.jsonl"]).exits(2);
    assert!(refused.stderr.contains("`--map` says where"), "{}", refused.stderr);
    environment.run(&["ingest", "own.jsonl", "--map", "{\"turns\": \"log\"}"]).fails(2);
    environment
        .run(&[
            "ingest",
            "own.jsonl",
            "--map",
            r#"{"id": "/key", "turns": "/log", "role": "/who", "content": "/says"}"#,
        ])
        .succeeds();
    environment.run(&["show", "k-1"]).succeeds();
    environment.write("own2.jsonl", format!("{}\n", record.to_string().replace("k-1", "k-2")));
    environment.write("chat.jsonl", chat("c-1", "u", 1, "hello", "x"));
    environment.write(
        "reprompt.yaml",
        "ingest:\n  map: {id: /key, turns: /log, role: /who, content: /says}\n  keep_days: 36500\n",
    );
    environment.run(&["ingest", "own2.jsonl", "chat.jsonl"]).succeeds();
    for id in ["k-2", "c-1"] {
        environment.run(&["show", id]).succeeds();
    }
}
