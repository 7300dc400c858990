//! Known answers to the kinds of questions that `reprompt` asks a model.

use super::Asked;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const STOP_WORDS: &str = "a about an and are as at be can could do for from get have how i i'd i'm in is it me my need not of on or \
    please so some that the this to want was we what when where which will with would you your";

/// The answer that fits the question's shape.
pub fn answer(asked: &Asked) -> Value {
    let input: Value = serde_json::from_str(&asked.user).unwrap_or_default();
    let has = |field: &str| asked.schema.pointer(&format!("/properties/{field}")).is_some();
    if has("sentence") {
        json!({"place": 0, "sentence": sentence(&input)})
    } else if has("class") {
        label(&input)
    } else if has("sure") {
        json!({"name": "fine", "sure": true})
    } else if has("same") {
        json!({"same": false})
    } else if has("intents") {
        json!({"intents": "one", "phrases": [], "name": ""})
    } else if has("in") {
        json!({"name": name(&input), "in": "", "out": ""})
    } else {
        json!({"name": name(&input)})
    }
}

fn texts(input: &Value, list: &str) -> Vec<String> {
    let items = input.get(list).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(|text| text.replace('▁', " ").to_lowercase()).collect()
}

/// In how many texts each word stands.
fn counts(texts: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        let words: BTreeSet<&str> =
            text.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| word.len() > 2).collect();
        for word in words.into_iter().filter(|word| !STOP_WORDS.split_whitespace().any(|stop| stop == *word)) {
            *counts.entry(word.to_string()).or_insert(0) += 1;
        }
    }
    counts
}

/// The words that most of the group use and few of the others.
fn name(input: &Value) -> String {
    let (own, others) = (counts(&texts(input, "group")), counts(&texts(input, "others")));
    let weight = |word: &String, count: usize| count as f64 / (1.0 + others.get(word).copied().unwrap_or(0) as f64);
    let mut words: Vec<(&String, f64)> = own.iter().map(|(word, count)| (word, weight(word, *count))).collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let words: Vec<&str> = words.iter().take(2).map(|(word, _)| word.as_str()).collect();
    if words.is_empty() { "mixed".to_string() } else { words.join(" ") }
}

/// A conversation with an error in it shows bad data of a tool.
fn label(input: &Value) -> Value {
    let pieces = input.get("pieces").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |piece: &Value| piece.get("text").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let failed = pieces.iter().find(|piece| text(piece).contains("error"));
    match failed.and_then(|piece| piece.get("id")) {
        Some(id) => json!({"class": "bad_tool_data", "pieces": [id], "sure": true}),
        None => json!({"class": "unknown", "pieces": [], "sure": false}),
    }
}

/// A sentence for the cause, in an onboarding agent's words.
fn sentence(input: &Value) -> String {
    let names: Vec<&str> =
        input.get("must_name").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    match names.as_slice() {
        [tool, argument] if input.pointer("/mistake/called").is_none() => {
            format!("Ask the user which `{argument}` they want before you call `{tool}`, unless they have named it.")
        }
        [called, right] => format!("Call `{right}`, not `{called}`, for such a request."),
        [tool] => format!("When `{tool}` fails, tell the user what failed and ask for what is missing."),
        _ => input.get("example").and_then(Value::as_str).unwrap_or_default().to_string(),
    }
}
