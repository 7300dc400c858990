//! Messages of each dialect.

use super::*;
use crate::trace::message::{Turns, failure};
use crate::trace::{ErrorSource, Turn};
use serde_json::json;

fn turns(messages: &Value) -> Vec<Turn> {
    let mut turns = Turns::default();
    for message in messages.as_array().unwrap() {
        strict(message).unwrap().into_iter().for_each(|message| turns.add(message));
    }
    turns.finish()
}

#[test]
fn roles_content_and_calls_become_turns() {
    let turns = turns(&json!([
        {"role": "developer", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "kind."}]},
        {"role": "human", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "model", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "find", "arguments": "{\"q\":1}"}},
            {"id": "b", "name": "book", "arguments": {"seat": "1A"}}
        ]},
        {"role": "tool", "tool_call_id": "b", "content": "Error: taken"},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "[]"}]},
        {"role": "assistant", "content": "Sorry.", "timestamp": "2026-03-14T09:26:53Z"}
    ]));
    let roles: Vec<Role> = turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::Assistant]);
    assert_eq!((&*turns[0].text, &*turns[1].text), ("Be\nkind.", "Look:\n[imageurl]"));
    let [find, book] = &turns[2].calls[..] else { panic!() };
    assert_eq!(
        (&*find.name, &*find.arguments, find.result.as_deref(), find.error),
        ("find", "{\"q\":1}", Some("[]"), None)
    );
    assert_eq!((&*book.arguments, book.error), ("{\"seat\":\"1A\"}", Some(ErrorSource::Content)));
    assert_eq!(turns[3].time.unwrap().to_string(), "2026-03-14T09:26:53Z");
}

#[test]
fn results_without_ids_join_by_tool_and_then_by_order() {
    let turns = turns(&json!([
        {"role": "assistant", "function_call": {"name": "find", "arguments": "{}"}},
        {"role": "function", "name": "find", "content": "one"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"function": {"name": "x", "arguments": "{}"}}, {"function": {"name": "y", "arguments": "{}"}}
        ]},
        {"role": "tool", "name": "y", "content": "for y"},
        {"role": "tool", "content": "for x"},
        {"role": "tool", "content": "for nobody"}
    ]));
    assert_eq!(turns[0].calls[0].result.as_deref(), Some("one"));
    assert_eq!(turns[1].calls[0].result.as_deref(), Some("for x"));
    assert_eq!(turns[1].calls[1].result.as_deref(), Some("for y"));
    assert_eq!((turns[2].role, &*turns[2].text), (Role::Tool, "for nobody"));
    assert_eq!(turns[0].calls[0].id, "call-0-0");
}

#[test]
fn content_blocks_with_tool_use_and_tool_result_are_calls() {
    let turns = turns(&json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "Wait."},
            {"type": "tool_use", "id": "t", "name": "find", "input": {"q": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "no", "is_error": true}]}
    ]));
    assert_eq!(turns.len(), 2);
    assert_eq!(turns[1].text, "Wait.");
    assert_eq!(turns[1].calls[0].error, Some(ErrorSource::Status));
}

#[test]
fn results_of_several_calls_in_one_message_are_results_of_each() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": id, "arguments": "{}"}});
    let result = |id: &str, text: &str| json!({"tool_call_id": id, "role": "tool", "content": text});
    let turns = turns(&json!([
        {"role": "user", "name": "boss", "content": "hi"},
        {"role": "assistant", "name": "helper", "content": "", "tool_calls": [call("a"), call("b")]},
        {"role": "tool", "name": "boss", "content": "two\n\none", "tool_responses": [result("b", "two"), result("a", "Error: one")]}
    ]));
    let results: Vec<_> = turns[1].calls.iter().map(|call| (call.result.as_deref(), call.error)).collect();
    assert_eq!(results, [(Some("Error: one"), Some(ErrorSource::Content)), (Some("two"), None)]);
}

#[test]
fn failures_are_told_by_flag_first_and_by_content_else() {
    for (text, flag, expected) in [
        ("Error: x", None, Some(ErrorSource::Content)),
        ("Error: x", Some(false), None),
        ("fine", Some(true), Some(ErrorSource::Status)),
        ("fine", None, None),
        ("{\"error\": \"no\"}", None, Some(ErrorSource::Content)),
        ("{\"error\": null, \"rows\": []}", None, None),
        ("{\"response_status\": \"Error\"}", None, Some(ErrorSource::Content)),
        ("{\"status\": \"available\"}", None, None),
        ("{\"success\": false}", None, Some(ErrorSource::Content)),
        ("{\"errors\": []}", None, None),
        ("No errors were found", None, None),
        ("An error occurred while running the tool. Please try again.", None, Some(ErrorSource::Content)),
        ("Unknown city\n\nFix the errors and try again.", None, Some(ErrorSource::Content)),
    ] {
        assert_eq!(failure(text, flag), expected, "{text}");
    }
}

#[test]
fn strange_messages_are_reasons() {
    assert!(strict(&json!("hello")).is_err());
    assert!(strict(&json!({"role": "narrator", "content": "x"})).is_err());
    assert!(strict(&json!({"content": "x"})).is_err());
}
