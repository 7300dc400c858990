//! The reader as a whole: small files of every shape, then real ones.

use super::*;
use crate::trace::ErrorSource;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn read(bytes: &[u8]) -> (Vec<Conversation>, Vec<SetAside>, Fidelity) {
    let mut reader = Reader::open(bytes).unwrap();
    let mut conversations = Vec::new();
    let mut aside = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Conversation(conversation, _) => conversations.push(*conversation),
            Item::Fragments(..) | Item::Joined(..) => panic!("no conversation"),
            Item::SetAside(record) => aside.push(record),
        }
    }
    (conversations, aside, reader.fidelity())
}

fn open_error(bytes: &[u8]) -> OpenError {
    Reader::open(bytes).unwrap_err()
}

const ONE: &str = r#"{"id":"c1","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}"#;

#[test]
fn files_that_are_no_traces_are_named() {
    assert!(matches!(open_error(b""), OpenError::Empty));
    assert!(matches!(open_error(b" \n\t"), OpenError::Empty));
    assert!(matches!(open_error(b"\xef\xbb\xbf"), OpenError::Empty));
    assert!(matches!(open_error(b"PK\x03\x04rest"), OpenError::Binary("a zip archive")));
    assert!(matches!(open_error(b"{\x00\x01binary"), OpenError::Binary(_)));
    assert!(matches!(open_error(&[0xff, 0xfe, b'{', 0]), OpenError::Utf16));
    assert!(matches!(open_error(&[b'{', 0, b'"', 0, b'a', 0]), OpenError::Utf16));
    assert!(matches!(open_error(b"{\"when\":1}"), OpenError::Unknown { keys } if keys == ["when"]));
    let twice = zstd::encode_all(zstd::encode_all(ONE.as_bytes(), 3).unwrap().as_slice(), 3).unwrap();
    assert!(matches!(open_error(&twice), OpenError::Nested));
    assert!(matches!(open_error(&[0x1f, 0x8b, 8, 0, 0]), OpenError::Damaged(_)));
}

#[test]
fn a_mark_at_the_start_and_compression_do_not_matter() {
    let plain = read(ONE.as_bytes()).0;
    assert_eq!(plain.len(), 1);
    let marked = [b"\xef\xbb\xbf".as_slice(), ONE.as_bytes()].concat();
    assert_eq!(read(&marked).0, plain);
    assert_eq!(read(&zstd::encode_all(ONE.as_bytes(), 3).unwrap()).0, plain);
}

#[test]
fn cut_zstd_keeps_what_came_before_and_says_so_once() {
    let text: String = (0..3000).map(|number| format!("{}\n", ONE.replace("c1", &format!("c{number}")))).collect();
    let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let mut noisy = Vec::new();
    let mut encoder = zstd::stream::write::Encoder::new(&mut noisy, 1).unwrap();
    for chunk in text.as_bytes().chunks(4000) {
        io::Write::write_all(&mut encoder, chunk).unwrap();
        io::Write::flush(&mut encoder).unwrap();
    }
    encoder.finish().unwrap();
    let (conversations, aside, _) = read(&noisy[..noisy.len() / 2]);
    assert!(conversations.len() > 100, "{}", conversations.len());
    assert_eq!(aside.iter().filter(|record| record.reason.code() == "damaged").count(), 1);
    assert_eq!(read(&packed).0.len(), 3000);
}

#[test]
fn lone_surrogates_and_bad_bytes_are_repaired_and_counted() {
    let surrogate = ONE.replace("hello", "a\\ud800b");
    let mut bytes = format!("{surrogate}\n{ONE}\n").into_bytes();
    bytes.extend(ONE.replace("hello", "x?y").into_bytes());
    let mark = bytes.len() - ONE.len() + ONE.find("hello").unwrap() + 3;
    assert_eq!(bytes[mark], b'?');
    bytes[mark] = 0xff;
    let (conversations, aside, fidelity) = read(&bytes);
    assert_eq!((conversations.len(), aside.len(), fidelity.repaired), (3, 0, 2));
    assert_eq!(conversations[0].turns[1].text, "a\u{fffd}b");
    assert_eq!(conversations[2].turns[1].text, "x\u{fffd}y");
}

#[test]
fn deep_long_and_strange_records_are_set_aside_between_their_neighbours() {
    let deep = format!("{{\"messages\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let long = format!("{{\"messages\":\"{}\"}}", "x".repeat(40_000));
    let text = format!("{ONE}\n{deep}\n{long}\n{{\"messages\":[]}}\n{{\"messages\":[1e999]}}\n{ONE}\n");
    let mut reader =
        Reader::with(text.as_bytes(), Options { limits: Limits { record: 30_000, depth: 100 }, ..Options::default() })
            .unwrap();
    let mut codes = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        codes.push(match item {
            Item::Conversation(..) => "conversation",
            Item::Fragments(..) => "fragments",
            Item::Joined(..) => "joined",
            Item::SetAside(record) => record.reason.code(),
        });
    }
    assert_eq!(codes, ["conversation", "too-deep", "too-long", "not-a-conversation", "syntax", "conversation"]);
    let depths = read(format!("{ONE}\n{}\n", &deep[..]).as_bytes()).1;
    assert_eq!(depths[0].reason.code(), "too-deep");
}

#[test]
fn fidelity_counts_what_is_missing() {
    let text = r#"[{"messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"},
        {"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":"it was [truncated]"},{"role":"assistant","content":""}]},
        {"messages":[{"role":"user","content":"hi"}]}]"#;
    let fidelity = read(text.as_bytes()).2;
    assert_eq!((fidelity.conversations, fidelity.turns, fidelity.without_system), (2, 5, 1));
    assert_eq!((fidelity.speaking_turns, fidelity.turns_with_text), (3, 2));
    assert_eq!((fidelity.calls, fidelity.calls_with_result, fidelity.suspected_truncations), (2, 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_line_is_a_conversation_or_set_aside_and_nothing_panics(
        lines in prop::collection::vec(prop_oneof![
            Just(ONE.to_string()),
            "[\\[\\]{}\",:\\\\a1 ]{0,40}",
            (0..ONE.len()).prop_map(|cut| ONE[..cut].to_string()),
            Just("{\"messages\":[{\"role\":\"user\",\"content\":7}]}".to_string()),
        ], 0..8),
    ) {
        let text = format!("{ONE}\n{}\n{ONE}\n", lines.join("\n"));
        let (conversations, aside, _) = read(text.as_bytes());
        let good = 2 + lines.iter().filter(|line| *line == ONE).count();
        prop_assert!(conversations.len() >= good);
        let bad = lines.iter().filter(|line| !line.trim().is_empty()).count();
        prop_assert!(conversations.len() + aside.len() >= 2 + bad);
    }
}

fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/traces")).join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// One row of a table of real files: what their publisher counted.
struct Expected {
    file: String,
    conversations: usize,
    user_turns: usize,
    calls: usize,
    errors: usize,
    rewarded: Option<usize>,
}

fn table(source: &Path) -> Vec<Expected> {
    let text = fs::read_to_string(source).unwrap();
    let rows = text.lines().map(|line| line.split(" | ").collect::<Vec<_>>()).filter(|row| row.len() == 13);
    let number = |text: &str| text.trim().parse().ok();
    rows.filter_map(|row| {
        Some(Expected {
            file: row[0].to_string(),
            conversations: number(row[3])?,
            user_turns: number(row[5])?,
            calls: number(row[6])?,
            errors: number(row[7])?,
            rewarded: row[8].split('/').next().and_then(number).filter(|_| row[8] != "0/0"),
        })
    })
    .collect()
}

/// The tables count the simulated user's calls on its own devices as tool calls, and the messages that make them as
/// user turns. The agent neither makes nor sees those, so here they are facts about the conversation: our calls and
/// theirs add up to the table's, and our user turns are fewer where the user used a device.
#[test]
fn real_tau_files_hold_what_their_publishers_counted() {
    let mut files = 0;
    for folder in ["tau-bench", "tau2-bench"] {
        let Some(source) = data(&format!("{folder}/SOURCE.txt")) else { return };
        for expected in table(&source) {
            let path = source.with_file_name(&expected.file);
            if !path.exists() {
                continue;
            }
            files += 1;
            let name = &expected.file;
            let (conversations, aside, fidelity) = read(&fs::read(&path).unwrap());
            assert_eq!(aside, [], "{name}");
            assert_eq!(conversations.len(), expected.conversations, "{name}");
            let fact = |conversation: &Conversation, key: &str| {
                conversation.metadata.get(key).map_or(0, |value| value.parse::<usize>().unwrap())
            };
            let devices: usize = conversations.iter().map(|conversation| fact(conversation, "user_tool_calls")).sum();
            let device_errors: usize =
                conversations.iter().map(|conversation| fact(conversation, "user_tool_errors")).sum();
            let calls: Vec<_> = conversations.iter().flat_map(Conversation::calls).collect();
            assert_eq!(calls.len() + devices, expected.calls, "{name}: calls");
            let errors = calls.iter().filter(|(_, call)| call.error.is_some()).count();
            assert_eq!(errors + device_errors, expected.errors, "{name}: errors");
            let users: usize = conversations.iter().map(|conversation| conversation.user_turns().count()).sum();
            if devices == 0 {
                assert_eq!(users, expected.user_turns, "{name}: user turns");
            } else {
                assert!(users < expected.user_turns, "{name}: user turns");
            }
            if let Some(rewarded) = expected.rewarded {
                let ones = conversations.iter().filter(|conversation| conversation.scores.get("reward") == Some(&1.0));
                assert_eq!(ones.count(), rewarded, "{name}: rewards");
            }
            let ids: std::collections::BTreeSet<_> =
                conversations.iter().map(|conversation| &conversation.id).collect();
            assert_eq!(ids.len(), conversations.len(), "{name}: ids");
            assert_eq!(fidelity.calls_with_result, fidelity.calls, "{name}: results");
        }
    }
    assert!(files >= 10, "only {files} files were there");
}

#[test]
fn the_airline_runs_of_tau_bench_are_read_exactly() {
    let Some(path) = data("tau-bench/historical_trajectories__gpt-4o-airline.json") else { return };
    let (conversations, aside, fidelity) = read(&fs::read(path).unwrap());
    assert_eq!((conversations.len(), aside.len()), (200, 0));
    assert_eq!((fidelity.calls, fidelity.calls_with_result, fidelity.call_errors), (1164, 1164, 73));
    let mut errors: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (_, call) in conversations.iter().flat_map(Conversation::calls) {
        let entry = errors.entry(&call.name).or_default();
        entry.0 += usize::from(call.error == Some(ErrorSource::Content));
        entry.1 += 1;
    }
    errors.retain(|_, (errors, _)| *errors > 0);
    assert_eq!(
        errors,
        BTreeMap::from([
            ("book_reservation", (30, 53)),
            ("update_reservation_baggages", (1, errors["update_reservation_baggages"].1)),
            ("update_reservation_flights", (42, 104)),
        ])
    );
    let users: std::collections::BTreeSet<_> = conversations.iter().map(Conversation::principal).collect();
    assert_eq!(users.len(), 34, "users, not the 200 trials");
    assert!(conversations.iter().all(|conversation| conversation.turns[0].role == Role::System));
}

#[test]
fn fine_tuning_files_are_read_as_chat() {
    let Some(path) = data("tau2-bench/data__tau2__sft-v1-small__sft-v1-small-openai__test_sft-v1-small.jsonl") else {
        return;
    };
    let bytes = fs::read(path).unwrap();
    let reader = Reader::open(bytes.as_slice()).unwrap();
    assert_eq!((reader.format(), reader.confidence()), (&chat::FORMAT, 1.0));
}

/// Every sample of every other format is refused by name or by its keys, read in part with reasons, or read: never a
/// panic, and never an error that blames the wrong thing.
#[test]
fn other_formats_never_panic_the_reader() {
    let Some(root) = data("") else { return };
    let mut folders = vec![root];
    let mut looked = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            looked += 1;
            let bytes = fs::read(&path).unwrap();
            if let Ok(mut reader) = Reader::open(bytes.as_slice()) {
                while reader.next_item().unwrap().is_some() {}
            }
        }
    }
    assert!(looked > 50);
}

#[test]
fn a_first_record_that_is_cut_or_too_deep_is_called_so() {
    let error = |bytes: &[u8]| Reader::open(bytes).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(error(br#"{"id":"1","user":"u-00"#), "the file ends in the middle of its first record");
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    assert_eq!(error(&deep), "the file's first record is nested deeper than 100 levels");
    assert_eq!(error(b"hello [ there"), "the file holds no trace format that is known");
}
