//! The cases by which JSON parsers are compared, in the manner of JSONTestSuite: values that every parser must accept,
//! texts that every parser must reject, and what each may decide for itself. A trace file holds such a text between
//! good records, and whatever it is, both of its neighbours are read.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a parser must do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Accepted,
    Rejected,
    /// Each parser may decide; a record with it is either read or set aside.
    Either,
}

struct Case {
    name: String,
    bytes: Vec<u8>,
    kind: Kind,
}

/// All cases, by families.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |kind, family: &str, texts: Vec<Vec<u8>>| {
        for (number, bytes) in texts.into_iter().enumerate() {
            cases.push(Case { name: format!("{family}_{number}"), bytes, kind });
        }
    };
    add(Kind::Accepted, "y_array", texts(&ACCEPTED_ARRAYS));
    add(Kind::Accepted, "y_number", texts(&ACCEPTED_NUMBERS));
    add(Kind::Accepted, "y_object", texts(&ACCEPTED_OBJECTS));
    add(Kind::Accepted, "y_string", texts(&ACCEPTED_STRINGS));
    add(Kind::Accepted, "y_structure", texts(&ACCEPTED_STRUCTURES));
    add(Kind::Accepted, "y_escape", each("\"\\/bfnrt".chars(), |escape| format!("[\"\\{escape}\"]")));
    add(Kind::Accepted, "y_raw_character", each(RAW_CHARACTERS, |character| format!("[\"{character}\"]")));
    add(Kind::Accepted, "y_depth", each([2, 50, 90], nested));

    add(Kind::Rejected, "n_array", texts(&REJECTED_ARRAYS));
    add(Kind::Rejected, "n_number", texts(&REJECTED_NUMBERS));
    add(Kind::Rejected, "n_object", texts(&REJECTED_OBJECTS));
    add(Kind::Rejected, "n_string", texts(&REJECTED_STRINGS));
    add(Kind::Rejected, "n_structure", texts(&REJECTED_STRUCTURES));
    add(Kind::Rejected, "n_bytes", REJECTED_BYTES.iter().map(|bytes| bytes.to_vec()).collect());
    add(Kind::Rejected, "n_control_character", each(0..0x20_u8, |byte| format!("[\"a{}b\"]", char::from(byte))));
    add(Kind::Rejected, "n_escape", each("acdeghijklmopqsvwxyz".chars(), |escape| format!("[\"\\{escape}\"]")));
    add(Kind::Rejected, "n_depth", each([1000, 100_000], |depth| "[".repeat(depth)));
    add(Kind::Rejected, "n_depth_object", each([1000, 50_000], |depth| "[{\"\":".repeat(depth)));

    add(Kind::Either, "i_number", texts(&EITHER_NUMBERS));
    add(Kind::Either, "i_surrogate", texts(&EITHER_SURROGATES));
    add(Kind::Either, "i_bytes", EITHER_BYTES.iter().map(|bytes| bytes.to_vec()).collect());
    add(Kind::Either, "i_depth", each([500], nested));
    cases
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn each<T>(values: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> Vec<Vec<u8>> {
    values.into_iter().map(|value| text(value).into_bytes()).collect()
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

const ACCEPTED_ARRAYS: [&str; 11] = [
    "[]",
    "[[]   ]",
    "[\"\"]",
    "[\"a\"]",
    "[false]",
    "[null]",
    "[1\n]",
    " [1]",
    "[2] ",
    "[1,null,null,null,2]",
    "[null, 1, \"1\", {}]",
];

const ACCEPTED_NUMBERS: [&str; 21] = [
    "[0]",
    "[-0]",
    "[-0.0]",
    "[ 4]",
    "[123]",
    "[-123]",
    "[-1]",
    "[0e1]",
    "[0e+1]",
    "[20e1]",
    "[1E22]",
    "[1E-2]",
    "[1E+2]",
    "[1e-2]",
    "[123e45]",
    "[123.456e78]",
    "[123.456789]",
    "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]",
    "[9007199254740993]",
    "[18446744073709551615]",
    "[-9223372036854775808]",
];

const ACCEPTED_OBJECTS: [&str; 12] = [
    "{}",
    "{\"\":0}",
    "{\"a\":[]}",
    "{\"a\":\"b\",\"c\":\"d\"}",
    "{\"a\":\"b\",\"a\":\"c\"}",
    "{\"a\":\"b\",\"a\":\"b\"}",
    "{\"foo\\u0000bar\": 42}",
    "{ \"min\": -1.0e+28, \"max\": 1.0e+28 }",
    "{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}]}",
    "{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430\" }",
    "{\n\"a\": \"b\"\n}",
    "{\"a\" :\t1 }",
];

const ACCEPTED_STRINGS: [&str; 17] = [
    "[\"\\u0000\"]",
    "[\"\\u0012\"]",
    "[\"\\u007F\"]",
    "[\"\\u0123\"]",
    "[\"\\u2028\\u2029\"]",
    "[\"\\uFDD0\"]",
    "[\"\\uFFFE\"]",
    "[\"\\uffff\"]",
    "[\"\\uA66D\"]",
    "[\"\\uD801\\udc37\"]",
    "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]",
    "[\"\\uDBFF\\uDFFE\"]",
    "[\"\\\\u0000\"]",
    "[\"\\\\\\\"]}\"]",
    "[\"a/*b*/c/*d//e\"]",
    "[\"new\\u000Aline\"]",
    "[\"]}[{,:\"]",
];

const ACCEPTED_STRUCTURES: [&str; 11] =
    ["true", "false", "null", "42", "-0.1", "\"asd\"", "\"\"", "[true]", "[\"a\"]\n", " [] ", "\t[\r\n\t]\r\n"];

/// The first and last of each length in UTF-8, and those that other languages take for an end or for nothing.
const RAW_CHARACTERS: [char; 12] = [
    '\u{7f}',
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
    '\u{a0}',
    '\u{2028}',
    '\u{2029}',
    '\u{feff}',
    '\u{fffd}',
];

const REJECTED_ARRAYS: [&str; 20] = [
    "[1 true]",
    "[\"\": 1]",
    "[\"\"],",
    "[,1]",
    "[1,,2]",
    "[\"x\",,]",
    "[\"x\"]]",
    "[\"x\"",
    "[3[4]]",
    "[1:2]",
    "[,]",
    "[-]",
    "[   , \"\"]",
    "[\"a\",\n4\n,1,",
    "[1,]",
    "[*]",
    "[1,",
    "[1,\n1\n,1",
    "[{}",
    "[\"a\" \"b\"]",
];

const REJECTED_NUMBERS: [&str; 30] = [
    "[-01]",
    "[1.0.]",
    "[0.1.2]",
    "[0.3e+]",
    "[0.e1]",
    "[0E+]",
    "[1.0e-]",
    "[1 000.0]",
    "[1eE2]",
    "[2.e+3]",
    "[.2e-3]",
    "[+1]",
    "[+Inf]",
    "[-Infinity]",
    "[Infinity]",
    "[NaN]",
    "[- 1]",
    "[-012]",
    "[-1x]",
    "[0x1]",
    "[0o7]",
    "[1+2]",
    "[012]",
    "[00]",
    "[1.]",
    "[.1]",
    "[\u{ff11}]",
    "[1_000]",
    "[1.8011670033376514H-308]",
    "[1.2a-3]",
];

const REJECTED_OBJECTS: [&str; 23] = [
    "[\"x\", truth]",
    "{[: \"x\"}",
    "{\"x\", null}",
    "{\"x\"::\"b\"}",
    "{\"a\":\"a\" 123}",
    "{key: 'value'}",
    "{:\"b\"}",
    "{\"a\" \"b\"}",
    "{\"a\":",
    "{\"a\"",
    "{1:1}",
    "{null:null,null:null}",
    "{\"id\":0,,,,,}",
    "{'a':0}",
    "{\"id\":0,}",
    "{\"a\":\"b\"}/**/",
    "{\"a\":\"b\"}//",
    "{\"a\":/*comment*/\"b\"}",
    "{\"a\":\"b\",,\"c\":\"d\"}",
    "{\"a\":\"a",
    "{ \"foo\" : \"bar\", \"a\" }",
    "{\"asd\":\"asd\"",
    "{\"a\":true} \"x\"",
];

const REJECTED_STRINGS: [&str; 15] = [
    "[\"\\u\"]",
    "[\"\\u0\"]",
    "[\"\\u000\"]",
    "[\"\\u00G0\"]",
    "[\"\\u{41}\"]",
    "[\"\\uD800\\\"]",
    "[\"\\uD800\\u\"]",
    "[\"\\uD800\\u1\"]",
    "[\"\\uD834\\uDd\"]",
    "[\"\\\u{1f300}\"]",
    "[\"\\\\\\\"]",
    "[\"\\",
    "['single quote']",
    "[\\u0020\"asd\"]",
    "\"",
];

const REJECTED_STRUCTURES: [&str; 31] = [
    "",
    " ",
    "<.>",
    "[<null>]",
    "[1]x",
    "[][]",
    "1]",
    "]",
    "}",
    "{]",
    "[}",
    "[",
    "{",
    "[{",
    "{\"a\":[",
    "[1}",
    "{\"a\":1]",
    "[nul]",
    "[tru]",
    "[fals]",
    "[True]",
    "[None]",
    "[undefined]",
    ",",
    "{\"",
    "[\"a",
    "[1] // note",
    "[/* note */1]",
    "[\u{a0}]",
    "[\u{2060}]",
    "\u{e5}",
];

/// What is no text. Bytes inside strings may be repaired; most of these stand where no byte of them may.
const REJECTED_BYTES: [&[u8]; 13] = [
    b"[\xff]",
    b"[a\xe5]",
    b"[1\xe5]",
    b"[-123.123foo\xc3]",
    b"{\"\xb9\":\"0\",}",
    b"[\"\\\xe5\"]",
    b"[\"\\u\xe5\"]",
    b"\xe5",
    b"\xef\xbb",
    b"\xef\xbb\xbf",
    b"[\0]",
    b"123\0",
    b"[\x0c]",
];

const EITHER_NUMBERS: [&str; 10] = [
    "[1e999]",
    "[-1e999]",
    "[1.5e+9999]",
    "[-123123e100000]",
    "[123.456e-789]",
    "[123e-10000000]",
    "[0.4e00669999999999999999999999999999999999999999999999999999999999999999999999969999999006]",
    "[100000000000000000000]",
    "[-123123123123123123123123123123]",
    "[-237462374673276894279832749832423479823246327846]",
];

const EITHER_SURROGATES: [&str; 9] = [
    "[\"\\uDADA\"]",
    "[\"\\uDd1e\"]",
    "[\"\\uD888\\u1234\"]",
    "[\"\\uD800\\n\"]",
    "[\"\\uD800abc\"]",
    "[\"\\ud800\\ud800\"]",
    "[\"\\uDd1ea\\uD834\"]",
    "[\"\\uDFAA\\uD800\"]",
    "{\"\\uDFAA\":0}",
];

const EITHER_BYTES: [&[u8]; 15] = [
    // Text in UTF-16.
    b"[\0\"\0\xe9\0\"\0]\0",
    b"\0[\0\"\0\xe9\0\"\0]",
    b"\xff\xfe[\0\"\0\xe9\0\"\0]\0",
    // A byte order mark.
    b"\xef\xbb\xbf{}",
    // Latin-1, a byte that never occurs, sequences that are cut.
    b"[\"\xe9\"]",
    b"[\"\xff\"]",
    b"[\"\xe0\xff\"]",
    b"[\"\xf0\x9f\x98\"]",
    // Continuations alone, longer than need be, halves of a pair, beyond the last character.
    b"[\"\x81\"]",
    b"[\"\xc0\xaf\"]",
    b"[\"\xf0\x80\x80\xaf\"]",
    b"[\"\xfc\x83\xbf\xbf\xbf\xbf\"]",
    b"[\"\xed\xa0\x80\"]",
    b"[\"\xed\xa0\xbd\xed\xb8\x80\"]",
    b"[\"\xf4\x90\x80\x80\"]",
];

/// How the case and its neighbours lie in the file.
#[derive(Clone, Copy, Debug)]
enum File {
    Lines,
    ElementsOnLines,
    ElementsOnOneLine,
}

impl File {
    fn of(self, middle: &[u8]) -> Vec<u8> {
        let (before, after) = (record("before", b"1"), record("after", b"1"));
        let (start, between, end): (&[u8], &[u8], &[u8]) = match self {
            Self::Lines => (b"", b"\n", b"\n"),
            Self::ElementsOnLines => (b"[\n", b",\n", b"\n]\n"),
            Self::ElementsOnOneLine => (b"[", b",", b"]"),
        };
        [start, &before, between, middle, between, &after, end].concat()
    }
}

fn record(id: &str, extra: &[u8]) -> Vec<u8> {
    [
        format!("{{\"id\":\"{id}\",\"extra\":").as_bytes(),
        extra,
        br#","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}"#,
    ]
    .concat()
}

/// What a file gave.
#[derive(Debug)]
struct Outcome {
    /// How often each conversation was read.
    read: BTreeMap<String, usize>,
    set_aside: usize,
    repaired: u64,
}

impl Outcome {
    fn count(&self, id: &str) -> usize {
        self.read.get(id).copied().unwrap_or_default()
    }
}

fn read(bytes: &[u8]) -> Result<Outcome, String> {
    let mut reader = Reader::open(bytes).map_err(|error| error.to_string())?;
    let (mut read, mut set_aside, mut passed) = (BTreeMap::new(), 0, 0);
    while let Some(item) = reader.next_item().map_err(|error| error.to_string())? {
        let place = match item {
            Item::Conversation(conversation, place) => {
                *read.entry(conversation.external_id.unwrap_or_default()).or_default() += 1;
                place
            }
            Item::SetAside(record) => {
                set_aside += 1;
                Place { offset: record.offset, length: record.length }
            }
            other => return Err(format!("{other:?}")),
        };
        if place.offset < passed || place.offset + place.length > bytes.len() as u64 {
            return Err(format!("{place:?} was read before or is not in the file"));
        }
        passed = place.offset + place.length;
    }
    Ok(Outcome { read, set_aside, repaired: reader.fidelity().repaired })
}

/// What is wrong with the way a file was read, if anything.
fn complaint(case: &Case, inside: bool, outcome: &Result<Outcome, String>) -> Option<String> {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return Some(error.clone()),
    };
    if (outcome.count("before"), outcome.count("after")) != (1, 1) || outcome.read.len() > 3 {
        return Some(format!("neighbours: {outcome:?}"));
    }
    let read = outcome.count("case");
    let right = match case.kind {
        _ if !inside => read == 0,
        Kind::Accepted => (read, outcome.set_aside, outcome.repaired) == (1, 0, 0),
        Kind::Rejected => read == 0 && outcome.set_aside > 0 || read == 1 && outcome.repaired > 0,
        Kind::Either => read == 1 || read == 0 && outcome.set_aside > 0,
    };
    (!right).then(|| format!("{outcome:?}"))
}

#[test]
fn every_case_is_another_and_none_is_missing() {
    let cases = cases();
    let count = |kind| cases.iter().filter(|case| case.kind == kind).count();
    assert_eq!((count(Kind::Accepted), count(Kind::Rejected), count(Kind::Either)), (95, 188, 35));
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "names");
    let mut bytes: BTreeMap<&[u8], &str> = BTreeMap::new();
    for case in &cases {
        assert_eq!(bytes.insert(&case.bytes, &case.name), None, "{} is there already", case.name);
    }
}

/// The kinds are right: the parser behind the readers agrees where every parser must.
#[test]
fn the_parser_takes_what_it_must_and_no_more() {
    for case in cases() {
        let parsed = serde_json::from_slice::<Value>(&case.bytes).is_ok();
        match case.kind {
            Kind::Accepted => assert!(parsed, "{}", case.name),
            Kind::Rejected => assert!(!parsed, "{}", case.name),
            Kind::Either => {}
        }
    }
}

#[test]
fn whatever_stands_between_two_records_both_are_read_once() {
    let mut complaints = Vec::new();
    let mut files = 0;
    for case in cases() {
        let inside = record("case", &case.bytes);
        for file in [File::Lines, File::ElementsOnLines, File::ElementsOnOneLine] {
            if matches!(file, File::Lines) && case.bytes.contains(&b'\n') {
                // It would be several lines.
                continue;
            }
            for (middle, inside) in [(&case.bytes, false), (&inside, true)] {
                files += 1;
                let outcome = read(&file.of(middle));
                if let Some(complaint) = complaint(&case, inside, &outcome) {
                    let text = String::from_utf8_lossy(&case.bytes[..case.bytes.len().min(40)]).into_owned();
                    complaints.push(format!("{} {file:?} inside {inside} {text:?}: {complaint}", case.name));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{} of {files}:\n{}", complaints.len(), complaints.join("\n"));
}
