//! Outcomes that other systems know: rows of an id of a conversation or of a user, an outcome, and when it became true
//! (churn, conversion, a refund, a survey). Every other short column is a fact too.

use super::Reason;
use super::dialect::{moment, scalar};
use super::observed::Member as _;
use super::table::{Format, Read};
use crate::trace::outcome::Joined;
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "outcomes",
    slug: "outcomes",
    about: "a table of outcomes, joined to conversations by id or user: CSV or JSONL with `conversation_id` or `user_id`, `outcome` and `time`",
    is: |keys| {
        keys.has("outcome")
            && (keys.any(&CONVERSATIONS) || keys.any(&USERS))
            && !keys.any(&["messages[]", "trace_id", "traceId", "turns[]"])
    },
    members: &[],
    envelope: &[],
    read: Read::Joined(joined),
};

const CONVERSATIONS: [&str; 8] =
    ["conversation_id", "conversationId", "conversation", "session_id", "sessionId", "thread_id", "external_id", "id"];
const USERS: [&str; 5] = ["user_id", "userId", "user", "customer_id", "account_id"];
const TIMES: [&str; 6] = ["time", "timestamp", "at", "date", "created_at", "occurred_at"];
/// Longest value that is a fact.
const LONGEST: usize = 200;

fn joined(record: &Value) -> Result<Vec<Joined>, Reason> {
    let Value::Object(row) = record else {
        return Err(Reason::NotAConversation("a row is not an object".to_string()));
    };
    let (key, of_user) = match (row.text(&CONVERSATIONS), row.text(&USERS)) {
        (Some(key), _) => (key, false),
        (None, Some(key)) => (key, true),
        (None, None) => {
            return Err(Reason::NotAConversation("a row names neither a conversation nor a user".to_string()));
        }
    };
    let at = row.at(&TIMES).and_then(moment);
    let known = |name: &str| CONVERSATIONS.contains(&name) || USERS.contains(&name) || TIMES.contains(&name);
    let facts: Vec<Joined> = row
        .iter()
        .filter(|(name, _)| !known(name))
        .filter_map(|(name, value)| {
            let value = scalar(value).filter(|text| !text.is_empty() && text.len() <= LONGEST)?;
            Some(Joined { of_user, key: key.clone(), name: name.clone(), value, at })
        })
        .collect();
    if facts.is_empty() {
        return Err(Reason::NotAConversation("a row has no outcome".to_string()));
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_about_a_conversation_or_a_user() {
        let rows = joined(&json!({"conversation_id": "c", "user_id": "u", "outcome": "refunded", "amount": "12", "time": "2026-01-01"})).unwrap();
        assert!(rows.iter().all(|fact| !fact.of_user && fact.key == "c" && fact.at.is_some()));
        let names: Vec<(&str, &str)> = rows.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
        assert_eq!(names, [("amount", "12"), ("outcome", "refunded")]);
        assert!(joined(&json!({"user": "u", "outcome": "churned"})).unwrap()[0].of_user);
        assert!(joined(&json!({"outcome": "x"})).is_err() && joined(&json!({"user": "u", "outcome": ""})).is_err());
    }
}
