//! Conversations for the tests of this room.

use crate::digest::Digest;
use crate::trace::{Conversation, ConversationId, Turn};
use std::collections::BTreeMap;

/// A conversation of these turns, about which nothing else is known.
pub(super) fn conversation(name: &str, turns: Vec<Turn>) -> Conversation {
    Conversation {
        id: ConversationId::of(Digest::of(name)),
        external_id: Some(format!("x-{name}")),
        parent: None,
        user: None,
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
