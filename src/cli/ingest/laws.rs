//! The law of reading: whatever the order of records, however often they come and into how many files they are cut, the
//! same is stored.

use super::engine::{Extent, Hashing, Rules, ingest};
use crate::store::{SourceMark, TraceStore};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestError, TestRunner};

/// A line of chat: which conversation, how many of its turns, and its score if it has one.
type Chat = (u8, usize, Option<bool>);
/// A span: its session if it has one, its trace, its own number, and whether it says something.
type Span = (Option<u8>, u8, u8, bool);

fn chat((id, turns, score): Chat) -> String {
    let messages: Vec<String> = (0..turns)
        .map(|turn| {
            let role = if turn % 2 == 0 { "user" } else { "assistant" };
            format!("{{\"role\":\"{role}\",\"content\":\"turn {turn} of {id}\"}}")
        })
        .collect();
    let scores = score.map_or(String::new(), |good| format!(",\"scores\":{{\"reward\":{}}}", u8::from(good)));
    format!("{{\"id\":\"c{id}\"{scores},\"messages\":[{}]}}\n", messages.join(","))
}

fn span((session, trace, number, speaks): Span) -> String {
    let attribute = |key: &str, value: &str| format!("{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}");
    let mut attributes = vec![attribute("gen_ai.operation.name", "chat")];
    attributes.extend(session.map(|id| attribute("session.id", &format!("s{id}"))));
    if speaks {
        let said = |role: &str, text: &str| {
            format!("[{{\\\"role\\\":\\\"{role}\\\",\\\"content\\\":\\\"{text} {number}\\\"}}]")
        };
        attributes.push(attribute("gen_ai.input.messages", &said("user", "question")));
        attributes.push(attribute("gen_ai.output.messages", &said("assistant", "answer")));
    }
    format!(
        "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\",\"name\":\"chat\",\
         \"startTimeUnixNano\":\"17000000{number:02}000000000\",\"endTimeUnixNano\":\"17000000{number:02}500000000\",\
         \"attributes\":[{}]}}]}}]}}]}}\n",
        u32::from(trace) + 1,
        u32::from(number) + 1,
        attributes.join(",")
    )
}

fn digest(files: &[String]) -> crate::digest::Digest {
    let folder = tempfile::tempdir().unwrap();
    let mut store = TraceStore::open(folder.path()).unwrap();
    for (number, file) in files.iter().enumerate().filter(|(_, file)| !file.is_empty()) {
        let mark = SourceMark {
            path: format!("/{number}"),
            size: 0,
            modified: None,
            format: String::new(),
            confidence: 0.0,
            rules: Rules::default().digest(),
        };
        let mut bytes = file.as_bytes();
        let mut ignored = |_| {};
        let input = Hashing::new(&mut bytes, &mut ignored);
        ingest(&mut store, input, mark, &Rules::default(), Extent::Whole).unwrap();
    }
    store.digest_of_conversations().unwrap()
}

/// Runs the law on so many random sets of records.
fn hold(cases: u32) {
    let chats = prop::collection::vec((0_u8..4, 1_usize..5, any::<Option<bool>>()), 1..6);
    let spans = prop::collection::vec((prop::option::of(0_u8..3), 0_u8..4, 0_u8..20, any::<bool>()), 1..8);
    let telling = (any::<u64>(), any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let law = |(chats, spans, (seed, cut, again)): (Vec<Chat>, Vec<Span>, _)| -> TestCaseResult {
        let told: [Vec<String>; 2] = [chats.into_iter().map(chat).collect(), spans.into_iter().map(span).collect()];
        let once = digest(&told.clone().map(|lines| lines.concat()));
        let mut files = Vec::new();
        for mut lines in told {
            lines.push(lines[prop::sample::Index::index(&again, lines.len())].clone());
            shuffle(&mut lines, seed);
            let (first, second) = lines.split_at(prop::sample::Index::index(&cut, lines.len()));
            files.extend([first.concat(), second.concat()]);
        }
        shuffle(&mut files, seed);
        prop_assert_eq!(once, digest(&files));
        Ok(())
    };
    match runner.run(&(chats, spans, telling), law) {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}: {case:?}"),
        Err(error) => panic!("{error}"),
    }
}

/// Fisher and Yates, with a small generator.
fn shuffle<T>(things: &mut [T], mut seed: u64) {
    for last in (1..things.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        things.swap(last, usize::try_from(seed >> 33).unwrap() % (last + 1));
    }
}

#[test]
fn order_repetition_and_partition_of_records_do_not_matter() {
    hold(100);
}

#[test]
#[ignore = "minutes: the continuous integration asks for it"]
fn order_repetition_and_partition_of_records_do_not_matter_in_ten_thousand_cases() {
    hold(10_000);
}
