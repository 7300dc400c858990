//! Tests of the room as a whole: what must hold of every fit, and how good the fits are.

mod laws;
mod quality;

use super::Source;
use crate::trace::{Conversation, ConversationId, Role, Turn};
use std::collections::BTreeMap;

/// One conversation per text, of one user turn.
pub(super) fn conversations<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Conversation> {
    let one = |(index, text): (usize, &str)| Conversation {
        id: ConversationId(format!("c-{index:06}")),
        external_id: None,
        parent: None,
        user: None,
        agent: None,
        prompt_version: None,
        system_digest: None,
        model: None,
        started: None,
        ended: None,
        turns: vec![turn(Role::User, text)],
        scores: BTreeMap::new(),
        metadata: BTreeMap::new(),
        cost: None,
    };
    texts.into_iter().enumerate().map(one).collect()
}

fn turn(role: Role, text: &str) -> Turn {
    Turn { role, text: text.to_string(), calls: Vec::new(), time: None }
}

pub(super) fn sources(conversations: &[Conversation]) -> Vec<Source<'_>> {
    conversations.iter().map(|conversation| Source { conversation, signals: &[] }).collect()
}
