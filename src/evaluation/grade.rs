//! Whether an answer passes, and if not, why. A case passes when every assertion holds; there are no weights, so that
//! a pass means the same everywhere.

use super::assertion::{Assertion, Check};
use super::reply::{CalledTool, Reply};
use serde::Serialize;
use serde_json::{Map, Value};

/// An assertion that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// Index of the assertion in its case.
    pub index: usize,
    /// The assertion as written: `contains "region"`.
    pub assertion: String,
    /// What the answer has instead. Names tools that the answer called, hence untrusted text; the answer's own text is
    /// never repeated here.
    pub reason: String,
}

/// The assertions that `reply` misses, in order; none when it passes.
pub fn grade(assertions: &[Assertion], reply: &Reply) -> Vec<Miss> {
    let missed = assertions.iter().enumerate().filter(|(_, assertion)| !holds(assertion, reply));
    missed
        .map(|(index, assertion)| Miss { index, assertion: assertion.to_string(), reason: reason(assertion, reply) })
        .collect()
}

fn holds(assertion: &Assertion, reply: &Reply) -> bool {
    let text = reply.text.as_str();
    let found = match &assertion.check {
        Check::Contains(part) => text.contains(part),
        Check::ContainsIgnoringCase(part) => text.to_lowercase().contains(&part.to_lowercase()),
        Check::Matches(pattern) => pattern.is_match(text),
        Check::Equals(whole) => text == whole.trim(),
        Check::StartsWith(start) => text.starts_with(start.trim_start()),
        Check::IsJson => is_json(text),
        Check::CallsTool { name, arguments } => {
            reply.calls.iter().any(|call| call.name == *name && has_arguments(call, arguments))
        }
    };
    found != assertion.negated
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn has_arguments(call: &CalledTool, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(name, value)| call.arguments.get(name).is_some_and(|given| same(given, value)))
}

/// Equal, where a number and its text are the same: suites in YAML and models in JSON differ in quoting.
fn same(given: &Value, wanted: &Value) -> bool {
    match (given, wanted) {
        (Value::Number(one), Value::Number(two)) => one == two || one.as_f64() == two.as_f64(),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            number.to_string() == *text
        }
        _ => given == wanted,
    }
}

fn reason(assertion: &Assertion, reply: &Reply) -> String {
    let (found, missed) = match &assertion.check {
        Check::Contains(_) | Check::ContainsIgnoringCase(_) => ("the text contains it", "the text does not contain it"),
        Check::Matches(_) => ("the pattern matches", "the pattern does not match"),
        Check::Equals(_) => ("the text equals it", "the text differs"),
        Check::StartsWith(_) => ("the text starts with it", "the text starts otherwise"),
        Check::IsJson => ("the text is JSON", "the text is not JSON"),
        Check::CallsTool { name, .. } => return tool_reason(assertion.negated, name, &reply.calls),
    };
    if assertion.negated { found.to_string() } else { missed.to_string() }
}

fn tool_reason(negated: bool, name: &str, calls: &[CalledTool]) -> String {
    if negated {
        return "the tool is called".to_string();
    }
    if calls.iter().any(|call| call.name == name) {
        return "the tool is called with other arguments".to_string();
    }
    if calls.is_empty() {
        return "no tool is called".to_string();
    }
    let names: Vec<&str> = calls.iter().take(5).map(|call| call.name.as_str()).collect();
    let more = if calls.len() > names.len() { ", …" } else { "" };
    format!("tools called instead: {}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(text: &str, calls: &[(&str, Value)]) -> Reply {
        let calls = calls
            .iter()
            .map(|(name, arguments)| CalledTool { name: (*name).to_string(), arguments: arguments.clone() });
        Reply { text: text.to_string(), calls: calls.collect() }
    }

    fn passes(check: Check, reply: &Reply) -> bool {
        let positive = Assertion { negated: false, check: check.clone() };
        let negative = Assertion { negated: true, check };
        let pass = grade(std::slice::from_ref(&positive), reply).is_empty();
        assert_ne!(pass, grade(&[negative], reply).is_empty(), "{positive} and its negation agree");
        pass
    }

    #[test]
    fn every_check_passes_and_fails_where_it_should() {
        let answer = reply("Which Region, please?", &[]);
        assert!(passes(Check::Contains("Region".into()), &answer));
        assert!(!passes(Check::Contains("region".into()), &answer));
        assert!(passes(Check::ContainsIgnoringCase("rEGION".into()), &answer));
        assert!(!passes(Check::ContainsIgnoringCase("zone".into()), &answer));
        assert!(passes(Check::Matches(regex::Regex::new("^Which .*\\?$").unwrap()), &answer));
        assert!(passes(Check::Equals("  Which Region, please?\n".into()), &answer));
        assert!(!passes(Check::Equals("Which Region".into()), &answer));
        assert!(passes(Check::StartsWith("Which".into()), &answer));
        assert!(!passes(Check::StartsWith("Region".into()), &answer));
        assert!(!passes(Check::IsJson, &answer));
        assert!(passes(Check::IsJson, &reply("{\"a\": [1]}", &[])));
        assert!(!passes(Check::IsJson, &reply("{\"a\": 1} and more", &[])));
    }

    #[test]
    fn tool_calls_match_by_name_and_given_arguments() {
        let check = |arguments: Value| Check::CallsTool {
            name: "create".into(),
            arguments: arguments.as_object().cloned().unwrap_or_default(),
        };
        let answer = reply("", &[("create", json!({"region": "eu", "port": 5432}))]);
        assert!(passes(check(json!({})), &answer));
        assert!(passes(check(json!({"region": "eu"})), &answer));
        assert!(passes(check(json!({"port": "5432"})), &answer));
        assert!(passes(check(json!({"port": 5432.0})), &answer));
        assert!(!passes(check(json!({"region": "us"})), &answer));
        assert!(!passes(check(json!({"size": 1})), &answer));
        assert!(!passes(check(json!({})), &reply("create", &[])));
        assert!(!passes(check(json!({"region": "eu"})), &reply("", &[("create", json!("not json"))])));
    }

    #[test]
    fn misses_say_which_assertion_and_why() {
        let tool = Check::CallsTool { name: "a".into(), arguments: Map::new() };
        let assertions = [
            Assertion { negated: false, check: Check::Contains("hello".into()) },
            Assertion { negated: false, check: Check::Contains("x".into()) },
            Assertion { negated: false, check: tool },
        ];
        let misses = grade(&assertions, &reply("hello", &[("b", json!({}))]));
        assert_eq!(misses.len(), 2);
        assert_eq!((misses[0].index, misses[0].assertion.as_str()), (1, "contains \"x\""));
        assert_eq!(misses[0].reason, "the text does not contain it");
        assert_eq!(misses[1].reason, "tools called instead: b");
    }
}
