//! `ingest` as people run it: what it prints, what it refuses, and with which exit code.

use crate::environment::Environment;
use serde_json::Value;
use std::io::Write as _;

const ONE: &str = r#"{"id":"c1","user_id":"u1","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Connect it."},{"role":"assistant","content":"Done."},{"role":"user","content":"That worked, thank you!"}]}"#;
const TWO: &str = r#"{"id":"c2","user_id":"u2","messages":[{"role":"user","content":"Connect it."},{"role":"assistant","content":"Done."}]}"#;

#[test]
fn ingest_prints_fidelity_set_aside_records_and_outcomes() {
    let environment = Environment::new();
    environment.write("traces.jsonl", format!("{ONE}\n{{\"id\": \"c3\", \"messages\": [\n{TWO}\n"));
    insta::assert_snapshot!(environment.run(&["ingest", "traces.jsonl"]).transcript());
    insta::assert_snapshot!(environment.run(&["ingest", "traces.jsonl", "--strict"]).transcript());
}

#[test]
fn ingest_json_is_one_document() {
    let environment = Environment::new();
    environment.write("traces.jsonl", format!("{ONE}\n{TWO}\nnonsense\n"));
    let outcome = environment.run(&["ingest", "traces.jsonl", "--json"]).ok();
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["schema"], "reprompt/ingest/v1");
    assert_eq!(document["counts"]["seen"], 3);
    assert_eq!(document["files"][0]["set_aside"][0]["code"], "syntax");
    assert_eq!(document["conversations"], 2);
}

#[test]
fn ingest_strict_tells_set_aside_records_by_exit_code() {
    let environment = Environment::new();
    environment.write("traces.jsonl", format!("{ONE}\nnonsense\n"));
    let outcome = environment.run(&["ingest", "--strict", "traces.jsonl"]).exits(3);
    assert!(outcome.stdout.contains("1 set aside"), "{}", outcome.stdout);
}

#[test]
fn ingest_says_what_is_wrong_with_each_input_and_reads_the_others() {
    let environment = Environment::new();
    environment.write("good.jsonl", ONE);
    environment.write("empty.jsonl", "");
    environment.write("other.json", "{\"resourceSpans\": []}");
    environment.write("strange.json", "{\"when\": 1, \"who\\u001b[31m\": 2}");
    environment.write("wide.json", [0xff, 0xfe, b'{', 0]);
    environment.write("binary.json", b"PK\x03\x04zip");
    environment.write("cut.json.gz", [0x1f, 0x8b, 8, 0, 0, 0]);
    std::fs::create_dir(environment.path("folder")).unwrap();
    let inputs = [
        "ingest",
        "missing.json",
        "folder",
        "empty.jsonl",
        "other.json",
        "strange.json",
        "wide.json",
        "binary.json",
        "cut.json.gz",
        "good.jsonl",
    ];
    let outcome = environment.run(&inputs).exits(74);
    insta::assert_snapshot!(outcome.transcript());
    let alone = |input: &str, code: i32| environment.run(&["ingest", input]).exits(code).stderr;
    assert!(alone("missing.json", 2).contains("there is no file or folder `missing.json`"));
    assert!(alone("empty.jsonl", 2).contains("the file is empty"));
    assert!(alone("folder", 2).contains("there are no files"));
    assert!(alone("cut.json.gz", 74).contains("cut off"));
}

#[test]
fn ingest_of_a_folder_passes_over_what_is_no_trace() {
    let environment = Environment::new();
    environment.write("export/a.jsonl", ONE);
    environment.write("export/README.md", "# About");
    environment.write("export/spans.json", "{\"when\": 1}");
    let outcome = environment.run(&["ingest", "export"]).ok();
    assert!(outcome.stderr.contains("passed over 2 files"), "{}", outcome.stderr);
    environment.write("notes/README.md", "# About");
    let none = environment.run(&["ingest", "notes"]).exits(2);
    assert!(none.stderr.contains("there are no traces that are read in `notes`"), "{}", none.stderr);
}

#[test]
fn ingest_reads_gzip_and_zstd_whatever_the_name_and_renaming_doubles_nothing() {
    let environment = Environment::new();
    environment.write("plain.jsonl", format!("{ONE}\n{TWO}\n"));
    let text = format!("{ONE}\n{TWO}\n\n");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    environment.write("packed.txt", encoder.finish().unwrap());
    environment.write("packed.json", zstd::encode_all(text.as_bytes(), 3).unwrap());
    environment.write("renamed.jsonl", format!("{ONE}\n{TWO}\n"));
    let outcome = environment.run(&["ingest", "plain.jsonl", "packed.txt", "packed.json", "renamed.jsonl"]).ok();
    assert!(outcome.stdout.contains("In the cache: 2 conversations"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("2 new, 0 updated, 4 unchanged"), "{}", outcome.stdout);
}

#[test]
fn ingest_reads_standard_input() {
    let environment = Environment::new();
    let path = environment.write("traces.jsonl", ONE);
    let mut command = environment.command_in("", &["ingest", "-"]);
    command.stdin(std::fs::File::open(path).unwrap());
    let outcome = environment.outcome(&mut command).ok();
    assert!(outcome.stdout.contains("1 conversation (1 new)"), "{}", outcome.stdout);
}

#[test]
fn ingest_counts_system_prompts_of_this_repository() {
    let environment = Environment::new();
    environment.write(
        "repo/reprompt.yaml",
        "version: 1\nagents:\n  - name: a\n    prompts:\n      - {name: system, path: system.md}\n",
    );
    environment.write("repo/system.md", "Be kind.\n");
    environment.commit_all("repo", "first");
    environment.write("repo/system.md", "Be very kind.\n");
    environment.commit_all("repo", "second");
    environment
        .write("traces.jsonl", format!("{ONE}\n{}\n", ONE.replace("c1", "c9").replace("Be kind.", "Be strange.")));
    let outcome = environment.run_in("repo", &["ingest", "../traces.jsonl"]).ok();
    assert!(outcome.stdout.contains("System prompts: 2 distinct texts, 1 of them"), "{}", outcome.stdout);
}

#[test]
fn ingest_waits_for_nobody() {
    let environment = Environment::new();
    environment.write("traces.jsonl", ONE);
    let cache = environment.path("cache");
    let _lock = reprompt::store::ProcessLock::acquire(&cache, "intents").unwrap();
    let outcome = environment.run(&["ingest", "traces.jsonl", "--cache", "cache"]).exits(75);
    assert!(outcome.stderr.contains("(intents) holds it"), "{}", outcome.stderr);
}

#[test]
fn ingest_refuses_a_foreign_or_newer_cache_and_leaves_it_alone() {
    let environment = Environment::new();
    environment.write("traces.jsonl", ONE);
    let path = environment
        .write("cache/traces.db", "something else entirely, and long enough to be taken seriously ".repeat(20));
    let before = std::fs::read(&path).unwrap();
    let outcome = environment.run(&["ingest", "traces.jsonl", "--cache", "cache"]).exits(4);
    assert!(outcome.stderr.contains("not a SQLite database"), "{}", outcome.stderr);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
