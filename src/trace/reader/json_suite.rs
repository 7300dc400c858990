//! JSON as it should be, as it must not be, and as parsers differ about it, in the manner of JSONTestSuite (Seriot,
//! "Parsing JSON is a Minefield"): each case between two good records, as a record of its own and inside of one. The
//! neighbours are always read, and nothing panics.

use super::{Item, Reader};
use std::collections::BTreeSet;

/// Every parser takes these.
#[rustfmt::skip]
const ACCEPTED: [(&str, &[u8]); 95] = [
    ("number_0", b"0"),
    ("number_1", b"-0"),
    ("number_2", b"1"),
    ("number_3", b"-1"),
    ("number_4", b"10"),
    ("number_5", b"123456789"),
    ("number_6", b"0.5"),
    ("number_7", b"-0.5"),
    ("number_8", b"1.0"),
    ("number_9", b"1e5"),
    ("number_10", b"1E5"),
    ("number_11", b"1e+5"),
    ("number_12", b"1e-5"),
    ("number_13", b"1E+5"),
    ("number_14", b"0e0"),
    ("number_15", b"0E-0"),
    ("number_16", b"-1.25e3"),
    ("number_17", b"123.456e-7"),
    ("number_18", b"1e22"),
    ("number_19", b"9007199254740993"),
    ("number_20", b"-9223372036854775808"),
    ("number_21", b"18446744073709551615"),
    ("string_0", b"\"\""),
    ("string_1", b"\"a\""),
    ("string_2", b"\" \""),
    ("string_3", b"\"\\\"\""),
    ("string_4", b"\"\\\\\""),
    ("string_5", b"\"\\/\""),
    ("string_6", b"\"\\b\""),
    ("string_7", b"\"\\f\""),
    ("string_8", b"\"\\n\""),
    ("string_9", b"\"\\r\""),
    ("string_10", b"\"\\t\""),
    ("string_11", b"\"\\u0041\""),
    ("string_12", b"\"\\u00e9\""),
    ("string_13", b"\"\\u20AC\""),
    ("string_14", b"\"\\u0000\""),
    ("string_15", b"\"\\u001f\""),
    ("string_16", b"\"\\uD834\\uDD1E\""),
    ("string_17", b"\"\\uDBFF\\uDFFF\""),
    ("string_18", b"\"\\uFFFF\""),
    ("string_19", b"\"\\uFDD0\""),
    ("string_20", b"\"\\u2028\\u2029\""),
    ("string_21", b"\"\\u200b\""),
    ("string_22", b"\"\xc3\xa9\""),
    ("string_23", b"\"\xe2\x82\xac\""),
    ("string_24", b"\"\xf0\x9f\x98\x80\""),
    ("string_25", b"\"\xc2\xa0\""),
    ("string_26", b"\"\xe2\x80\xa8\""),
    ("string_27", b"\"\xef\xbb\xbf\""),
    ("string_28", b"\"\x7f\""),
    ("string_29", b"\"\xe4\xb8\xad\xe6\x96\x87\""),
    ("string_30", b"\"\xd8\xa7\xd9\x84\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\xa9\""),
    ("string_31", b"\"a\\\\u0041\""),
    ("string_32", b"\"\\\\\\\"x\""),
    ("string_33", b"\"{}[]:,\""),
    ("string_34", b"\"//\""),
    ("string_35", b"\"/*x*/\""),
    ("string_36", b"\"it's\""),
    ("string_37", b"\"\\u0060\\u012a\\u12AB\""),
    ("structure_0", b"[]"),
    ("structure_1", b"{}"),
    ("structure_2", b"[ ]"),
    ("structure_3", b"{ }"),
    ("structure_4", b"[1]"),
    ("structure_5", b"[1,2]"),
    ("structure_6", b"[ 1 , 2 ]"),
    ("structure_7", b"[[]]"),
    ("structure_8", b"[{}]"),
    ("structure_9", b"{\"a\":1}"),
    ("structure_10", b"{\"a\":{}}"),
    ("structure_11", b"{\"a\":[]}"),
    ("structure_12", b"{\"\":0}"),
    ("structure_13", b"{\"a\":1,\"b\":2}"),
    ("structure_14", b"{ \"a\" : 1 }"),
    ("structure_15", b"[null]"),
    ("structure_16", b"[true,false]"),
    ("structure_17", b"null"),
    ("structure_18", b"true"),
    ("structure_19", b"false"),
    ("structure_20", b"[1,null,\"x\",{\"y\":[true]}]"),
    ("structure_21", b"{\"a\":\"\\u0000\"}"),
    ("structure_22", b"{\"\\u0061\":1}"),
    ("structure_23", b"{\"\xc3\xa9\":1}"),
    ("structure_24", b"[\"\"]"),
    ("structure_25", b"[\"a\",\"b\"]"),
    ("structure_26", b"[\x091\x09]"),
    ("structure_27", b"[1,\x092]"),
    ("structure_28", b"{\"a\":\x091}"),
    ("structure_29", b"[0.1,-0.1]"),
    ("structure_30", b"[[[[[[[[[[]]]]]]]]]]"),
    ("structure_31", b"{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}"),
    ("structure_32", b"{\"x\":\"{\\\"y\\\":1}\"}"),
    ("structure_33", b"[-1e-1]"),
    ("structure_34", b"{\"a b\":\"c d\"}"),
];

/// None takes these.
#[rustfmt::skip]
const REFUSED: [(&str, &[u8]); 188] = [
    ("number_0", b"01"),
    ("number_1", b"-01"),
    ("number_2", b"+1"),
    ("number_3", b".5"),
    ("number_4", b"-.5"),
    ("number_5", b"1."),
    ("number_6", b"-1."),
    ("number_7", b"1.e5"),
    ("number_8", b"1e"),
    ("number_9", b"1e+"),
    ("number_10", b"1E-"),
    ("number_11", b"1e1.5"),
    ("number_12", b"1ee5"),
    ("number_13", b"1e5e5"),
    ("number_14", b"--1"),
    ("number_15", b"-"),
    ("number_16", b"+"),
    ("number_17", b"- 1"),
    ("number_18", b"-a"),
    ("number_19", b"1a"),
    ("number_20", b"1_000"),
    ("number_21", b"1 000"),
    ("number_22", b"0x1F"),
    ("number_23", b"0b1"),
    ("number_24", b"0o7"),
    ("number_25", b"NaN"),
    ("number_26", b"nan"),
    ("number_27", b"-NaN"),
    ("number_28", b"Infinity"),
    ("number_29", b"-Infinity"),
    ("number_30", b"inf"),
    ("number_31", b"1.2.3"),
    ("number_32", b"1..2"),
    ("number_33", b"1+2"),
    ("number_34", b"1-2"),
    ("number_35", b"-1.0."),
    ("number_36", b"0.e1"),
    ("number_37", b"2.e3"),
    ("number_38", b"0e"),
    ("number_39", b"0e+"),
    ("number_40", b"0E"),
    ("number_41", b"0.3e"),
    ("number_42", b"0.3e+"),
    ("number_43", b"1.0e"),
    ("number_44", b"1.0e-"),
    ("number_45", b".e1"),
    ("number_46", b"-2."),
    ("number_47", b"00"),
    ("number_48", b"0123"),
    ("number_49", b"1,5e"),
    ("number_50", b"\xd9\xa3"),
    ("number_51", b"\xef\xbc\x91"),
    ("number_52", b"1\xc2\xa0"),
    ("number_53", b"#1"),
    ("number_54", b"1f"),
    ("number_55", b"1L"),
    ("number_56", b"(1)"),
    ("number_57", b"$1"),
    ("number_58", b"1%"),
    ("number_59", b"\xc2\xbd"),
    ("control_00", b"\"a\x00b\""),
    ("control_01", b"\"a\x01b\""),
    ("control_02", b"\"a\x02b\""),
    ("control_03", b"\"a\x03b\""),
    ("control_04", b"\"a\x04b\""),
    ("control_05", b"\"a\x05b\""),
    ("control_06", b"\"a\x06b\""),
    ("control_07", b"\"a\x07b\""),
    ("control_08", b"\"a\x08b\""),
    ("control_09", b"\"a\x09b\""),
    ("control_0b", b"\"a\x0bb\""),
    ("control_0c", b"\"a\x0cb\""),
    ("control_0d", b"\"a\x0db\""),
    ("control_0e", b"\"a\x0eb\""),
    ("control_0f", b"\"a\x0fb\""),
    ("control_10", b"\"a\x10b\""),
    ("control_11", b"\"a\x11b\""),
    ("control_12", b"\"a\x12b\""),
    ("control_13", b"\"a\x13b\""),
    ("control_14", b"\"a\x14b\""),
    ("control_15", b"\"a\x15b\""),
    ("control_16", b"\"a\x16b\""),
    ("control_17", b"\"a\x17b\""),
    ("control_18", b"\"a\x18b\""),
    ("control_19", b"\"a\x19b\""),
    ("control_1a", b"\"a\x1ab\""),
    ("control_1b", b"\"a\x1bb\""),
    ("control_1c", b"\"a\x1cb\""),
    ("control_1d", b"\"a\x1db\""),
    ("control_1e", b"\"a\x1eb\""),
    ("control_1f", b"\"a\x1fb\""),
    ("string_0", b"'a'"),
    ("string_1", b"`a`"),
    ("string_2", b"\"a"),
    ("string_3", b"a\""),
    ("string_4", b"\"\\x41\""),
    ("string_5", b"\"\\a\""),
    ("string_6", b"\"\\0\""),
    ("string_7", b"\"\\'\""),
    ("string_8", b"\"\\u\""),
    ("string_9", b"\"\\u1\""),
    ("string_10", b"\"\\u12\""),
    ("string_11", b"\"\\u123\""),
    ("string_12", b"\"\\u12G4\""),
    ("string_13", b"\"\\U0041\""),
    ("string_14", b"\"\\u 041\""),
    ("string_15", b"\"\\u+041\""),
    ("string_16", b"\"\\\xc3\xa9\""),
    ("string_17", b"\"\\\xf0\x9f\x98\x80\""),
    ("string_18", b"\"\\"),
    ("string_19", b"\"\\\""),
    ("string_20", b"\"a\" \"b\""),
    ("string_21", b"\"a\"+\"b\""),
    ("string_22", b"a"),
    ("string_23", b"\xe2\x80\x9ca\xe2\x80\x9d"),
    ("string_24", b"\xc2\xaba\xc2\xbb"),
    ("string_25", b"\"\\u{41}\""),
    ("string_26", b"\\\"a\\\""),
    ("string_27", b"\"a\"b\""),
    ("string_28", b"\"\"\"\""),
    ("string_29", b"\"\\uD834\\u\""),
    ("structure_0", b"[1,]"),
    ("structure_1", b"[,1]"),
    ("structure_2", b"[1,,2]"),
    ("structure_3", b"[,]"),
    ("structure_4", b"[1 2]"),
    ("structure_5", b"[1;2]"),
    ("structure_6", b"[1"),
    ("structure_7", b"[1,"),
    ("structure_8", b"["),
    ("structure_9", b"]"),
    ("structure_10", b"[]]"),
    ("structure_11", b"[[]"),
    ("structure_12", b"[1]]"),
    ("structure_13", b"{"),
    ("structure_14", b"}"),
    ("structure_15", b"{}}"),
    ("structure_16", b"{\"a\"}"),
    ("structure_17", b"{\"a\":}"),
    ("structure_18", b"{\"a\":1,}"),
    ("structure_19", b"{,\"a\":1}"),
    ("structure_20", b"{\"a\":1,,\"b\":2}"),
    ("structure_21", b"{\"a\" 1}"),
    ("structure_22", b"{\"a\"::1}"),
    ("structure_23", b"{\"a\",1}"),
    ("structure_24", b"{\"a\":1 \"b\":2}"),
    ("structure_25", b"{\"a\":1;\"b\":2}"),
    ("structure_26", b"{a:1}"),
    ("structure_27", b"{'a':1}"),
    ("structure_28", b"{1:1}"),
    ("structure_29", b"{null:1}"),
    ("structure_30", b"{[]:1}"),
    ("structure_31", b"{{}:1}"),
    ("structure_32", b"{\"a\":1"),
    ("structure_33", b"{\"a\":"),
    ("structure_34", b"{\"a\""),
    ("structure_35", b"[}"),
    ("structure_36", b"{]"),
    ("structure_37", b"[1}"),
    ("structure_38", b"{\"a\":1]"),
    ("structure_39", b"[{]}"),
    ("structure_40", b"True"),
    ("structure_41", b"FALSE"),
    ("structure_42", b"Null"),
    ("structure_43", b"nul"),
    ("structure_44", b"tru"),
    ("structure_45", b"fals"),
    ("structure_46", b"nulll"),
    ("structure_47", b"truee"),
    ("structure_48", b"undefined"),
    ("structure_49", b"None"),
    ("structure_50", b"[true1]"),
    ("structure_51", b"//x"),
    ("structure_52", b"/*x*/1"),
    ("structure_53", b"1/*x*/"),
    ("structure_54", b"1//x"),
    ("structure_55", b"#x"),
    ("structure_56", b"<a>"),
    ("structure_57", b"(1,2)"),
    ("structure_58", b"[1,2)"),
    ("structure_59", b"{\"a\":1}{"),
    ("structure_60", b"[1]["),
    ("structure_61", b"[...]"),
    ("structure_62", b"{...}"),
    ("structure_63", b"[a]"),
    ("structure_64", b"[\\u0020]"),
    ("structure_65", b"[1,\xc2\xa02]"),
    ("structure_66", b"[\xe2\x81\xa01]"),
];

/// Parsers differ: halves of surrogate pairs, bytes that are not UTF-8, numbers out of range. Two deep ones are made below.
#[rustfmt::skip]
const UNDECIDED: [(&str, &[u8]); 33] = [
    ("value_0", b"\"\\uD800\""),
    ("value_1", b"\"\\uDC00\""),
    ("value_2", b"\"\\uDBFF\""),
    ("value_3", b"\"\\uDFFF\""),
    ("value_4", b"\"\\uD800\\uD800\""),
    ("value_5", b"\"\\uDC00\\uD800\""),
    ("value_6", b"\"\\uD800a\""),
    ("value_7", b"\"a\\uDC00\""),
    ("value_8", b"\"\\uD800\\n\""),
    ("value_9", b"\"\\ud83d\\ud83d\\ude00\""),
    ("value_10", b"1e400"),
    ("value_11", b"-1e400"),
    ("value_12", b"1e99999"),
    ("value_13", b"123456789012345678901234567890"),
    ("value_14", b"-123456789012345678901234567890"),
    ("value_15", b"0.00000000000000000000000000000000000000000000000001e-400"),
    ("bytes_0", b"\"a\x80b\""),
    ("bytes_1", b"\"a\xbfb\""),
    ("bytes_2", b"\"a\xc0\x80b\""),
    ("bytes_3", b"\"a\xc1\xbfb\""),
    ("bytes_4", b"\"a\xc3b\""),
    ("bytes_5", b"\"a\xe2\x82b\""),
    ("bytes_6", b"\"a\xf0\x9f\x98b\""),
    ("bytes_7", b"\"a\xe0\x80\x80b\""),
    ("bytes_8", b"\"a\xf0\x80\x80\x80b\""),
    ("bytes_9", b"\"a\xed\xa0\x80b\""),
    ("bytes_10", b"\"a\xed\xbf\xbfb\""),
    ("bytes_11", b"\"a\xed\xa0\x80\xed\xb0\x80b\""),
    ("bytes_12", b"\"a\xf4\x90\x80\x80b\""),
    ("bytes_13", b"\"a\xf8\x88\x80\x80\x80b\""),
    ("bytes_14", b"\"a\xfeb\""),
    ("bytes_15", b"\"a\xffb\""),
    ("twice", b"{\"a\":1,\"a\":2}"),
];

fn undecided() -> Vec<(&'static str, Vec<u8>)> {
    let mut all: Vec<(&str, Vec<u8>)> = UNDECIDED.iter().map(|(name, bytes)| (*name, bytes.to_vec())).collect();
    all.push(("deep_arrays", [b"[".repeat(200), b"]".repeat(200)].concat()));
    all.push(("deep_objects", [b"{\"a\":".repeat(200), b"1".to_vec(), b"}".repeat(200)].concat()));
    all
}

fn good(id: &str) -> Vec<u8> {
    format!("{{\"id\":\"{id}\",\"messages\":[{{\"role\":\"user\",\"content\":\"question {id}\"}},{{\"role\":\"assistant\",\"content\":\"yes\"}}]}}").into_bytes()
}

/// The case as a field of a record.
fn inside(case: &[u8]) -> Vec<u8> {
    let record = good("case");
    let (id, rest) = record.split_at(b"{\"id\":\"case\",".len());
    [id, b"\"extra\":", case, b",", rest].concat()
}

/// The ids of the conversations that are read, and whether anything was set aside.
fn read(bytes: &[u8]) -> (Vec<String>, bool) {
    let mut reader = Reader::open(bytes).unwrap();
    let (mut ids, mut aside) = (Vec::new(), false);
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Conversation(conversation, _) => ids.push(conversation.external_id.unwrap_or_default()),
            Item::SetAside(_) => aside = true,
            Item::Fragments(..) | Item::Joined(..) => panic!("not chat"),
        }
    }
    (ids, aside)
}

/// In lines and in an array, a record to a line. Of lines both neighbours are asserted. In an array a record that does
/// not end may go on through the next one and be sound as a whole, so there the one before is, and that nothing goes
/// without a word.
fn both(name: &str, record: &[u8]) -> [(Vec<String>, bool); 2] {
    let lines = [good("first"), record.to_vec(), good("last"), Vec::new()].join(&b'\n');
    let array =
        [b"[\n".to_vec(), [good("first"), record.to_vec(), good("last")].join(&b",\n"[..]), b"\n]\n".to_vec()].concat();
    let (lines, array) = (read(&lines), read(&array));
    let count = |found: &[String], id: &str| found.iter().filter(|found| *found == id).count();
    assert_eq!((count(&lines.0, "first"), count(&lines.0, "last")), (1, 1), "{name}: {lines:?}");
    assert_eq!(count(&array.0, "first"), 1, "{name}: {array:?}");
    assert!(count(&array.0, "last") == 1 || array.1, "{name}: {array:?}");
    [lines, array]
}

#[test]
fn every_case_is_there_once() {
    let cases: Vec<(&str, Vec<u8>)> =
        ACCEPTED.iter().chain(&REFUSED).map(|(name, bytes)| (*name, bytes.to_vec())).chain(undecided()).collect();
    let distinct: BTreeSet<&Vec<u8>> = cases.iter().map(|(_, bytes)| bytes).collect();
    assert_eq!((ACCEPTED.len(), REFUSED.len(), undecided().len()), (95, 188, 35));
    assert_eq!(distinct.len(), 318);
}

#[test]
fn neighbours_of_any_json_are_read() {
    let all = ACCEPTED.iter().chain(&REFUSED).map(|(name, bytes)| (*name, bytes.to_vec())).chain(undecided());
    let mut looked = 0;
    for (name, case) in all {
        both(name, &case);
        both(name, &inside(&case));
        looked += 1;
    }
    println!("{looked} of 318 cases left their neighbours whole");
}

#[test]
fn what_every_parser_takes_is_read_and_what_none_takes_is_set_aside() {
    for (name, case) in ACCEPTED {
        for (ids, aside) in both(name, &inside(case)) {
            assert!(ids.contains(&"case".to_string()) && !aside, "{name}");
        }
    }
    let mut repaired = 0;
    for (name, case) in REFUSED {
        for (ids, aside) in both(name, &inside(case)) {
            let read = ids.contains(&"case".to_string());
            assert!(read || aside, "{name}: it went without a word");
            repaired += usize::from(read);
        }
    }
    println!("{repaired} of {} that no parser takes were read all the same", REFUSED.len() * 2);
}
