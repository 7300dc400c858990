//! The scripted agent as its callers see it: a chat-completions body in, a chat-completions body out, whatever the
//! body is like.

use proptest::prelude::*;
use reprompt::example::agent::reply;
use serde_json::{Value, json};

const NEUTRAL: &str = "You help new customers of a database company.";
const ASKS: &str = "Ask for the region before you connect a database.";

/// The reply to a conversation that starts with this prompt; users and the agent speak in turn.
fn after(prompt: &str, said: &[&str]) -> Value {
    let mut messages = vec![json!({"role": "system", "content": prompt})];
    for (index, text) in said.iter().enumerate() {
        messages.push(json!({"role": if index % 2 == 0 { "user" } else { "assistant" }, "content": text}));
    }
    reply(&json!({"messages": messages})).pointer("/choices/0/message").cloned().unwrap_or_default()
}

fn called(message: &Value) -> String {
    let part = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{}{}", part("/tool_calls/0/function/name"), part("/tool_calls/0/function/arguments"))
}

#[test]
fn the_prompt_decides_whether_the_region_is_asked_for_or_assumed() {
    let wish = "Please connect my Postgres database orders_db";
    assert_eq!(called(&after(NEUTRAL, &[wish])), r#"create_connection{"database":"orders_db","region":"us-east-1"}"#);
    let asked = after(ASKS, &[wish]);
    assert_eq!(asked["content"], "Which region does orders_db run in?");
    let answered = after(ASKS, &[wish, "Which region does orders_db run in?", "eu-west-1"]);
    assert_eq!(called(&answered), r#"create_connection{"database":"orders_db","region":"eu-west-1"}"#);
}

#[test]
fn the_same_request_gets_the_same_reply_and_its_form_is_a_chat_completion() {
    let request = json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "show me my usage"}]}]});
    let answer = reply(&request);
    assert_eq!(answer, reply(&request));
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["choices"][0]["message"]["content"], "Which workspace shall I look at?");
}

#[test]
fn a_tool_that_is_not_offered_is_not_called() {
    let request = json!({
        "messages": [{"role": "user", "content": "import orders.csv"}],
        "tools": [{"type": "function", "function": {"name": "get_prices"}}],
    });
    let text = reply(&request)["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_string();
    assert!(text.contains("`import_data` is not available"), "{text}");
}

#[test]
fn a_failed_import_is_repeated_four_times_unless_the_prompt_stops_it() {
    let stops = "If an import fails, ask the user for another file.";
    for (prompt, attempts) in [(NEUTRAL, 4), (stops, 1)] {
        let mut messages =
            vec![json!({"role": "system", "content": prompt}), json!({"role": "user", "content": "import orders.csv"})];
        let mut calls = 0;
        loop {
            let message = reply(&json!({"messages": messages}))["choices"][0]["message"].clone();
            messages.push(message.clone());
            if message.get("tool_calls").is_none() {
                break;
            }
            calls += 1;
            messages.push(json!({"role": "tool", "tool_call_id": "x", "content": "Error: the file is empty"}));
        }
        assert_eq!(calls, attempts, "{prompt}");
    }
}

/// Any JSON, a few levels deep, with the keys and texts that the agent looks for among others.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "user",
        "assistant",
        "tool",
        "system",
        "connect orders_db",
        "import x.csv",
        "Error: no",
        "pro plan",
        "yes",
        "how much is pro",
        "delete feature/x",
        "workspace acme-dev",
        "a@b.example",
        "",
        "?",
        "-",
        "import_data",
        "{\"source\":",
        "thanks",
        "human",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        word.prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        let key = prop::sample::select(vec![
            "messages",
            "tools",
            "role",
            "content",
            "tool_calls",
            "function",
            "arguments",
            "name",
            "text",
            "tool_call_id",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.prop_map(str::to_string), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_gets_an_answer(body in any_json()) {
        let answer = reply(&body);
        prop_assert!(answer.pointer("/choices/0/message/role").is_some());
    }

    #[test]
    fn any_history_gets_an_answer(messages in prop::collection::vec(any_json(), 0..8), roles in prop::collection::vec(0..4, 8)) {
        let messages: Vec<Value> = messages
            .into_iter()
            .zip(roles)
            .map(|(content, role)| {
                let text = content.as_str().map_or_else(|| content.to_string(), str::to_string);
                match role {
                    0 => json!({"role": "user", "content": text}),
                    1 => json!({"role": "assistant", "content": text}),
                    2 => json!({"role": "tool", "tool_call_id": "call_1", "content": text}),
                    _ => json!({"role": "assistant", "content": null, "tool_calls": [
                        {"id": "call_1", "type": "function", "function": {"name": text, "arguments": content}},
                    ]}),
                }
            })
            .collect();
        let answer = reply(&json!({"messages": messages}));
        prop_assert!(answer.pointer("/choices/0/message/role").is_some());
    }
}
