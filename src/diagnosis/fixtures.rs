//! Short dialogues for this room's tests.

use crate::digest::Digest;
use crate::trace::{Conversation, ConversationId, ErrorSource, Role, Signal, SignalKind, ToolCall, Turn};
use std::collections::BTreeMap;

/// A conversation of (`user`|`assistant`, text). An assistant text `tool {json} -> result` is a call; a result that
/// starts with `Error` failed.
pub fn dialogue(id: &str, turns: &[(&str, &str)]) -> Conversation {
    let turns = turns
        .iter()
        .map(|(role, text)| {
            let role = if *role == "user" { Role::User } else { Role::Assistant };
            let call = text.split_once(" {").filter(|(name, _)| role == Role::Assistant && !name.contains(' '));
            match call {
                None => Turn { role, text: (*text).to_string(), calls: Vec::new(), time: None },
                Some((name, rest)) => {
                    let (arguments, result) = rest.split_once(" -> ").map_or((rest, None), |(a, r)| (a, Some(r)));
                    let error = result.filter(|result| result.starts_with("Error")).map(|_| ErrorSource::Content);
                    let call = ToolCall {
                        id: "t".into(),
                        name: name.into(),
                        arguments: format!("{{{arguments}"),
                        result: result.map(str::to_string),
                        error,
                        latency_ms: None,
                    };
                    Turn { role, text: String::new(), calls: vec![call], time: None }
                }
            }
        })
        .collect();
    Conversation {
        id: ConversationId::of(Digest::of(id)),
        external_id: Some(id.to_string()),
        parent: None,
        user: Some(format!("u-{id}")),
        agent: None,
        prompt_version: None,
        system_digest: None,
        model: None,
        started: None,
        ended: None,
        turns,
        scores: BTreeMap::new(),
        metadata: BTreeMap::new(),
        cost: None,
    }
}

/// A negative signal at a turn.
pub fn fails(kind: SignalKind, turn: u32) -> Signal {
    Signal { kind, turn, weight: 1.6 }
}
