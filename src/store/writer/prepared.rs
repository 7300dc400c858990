//! What is written, made ready where it need not wait for the database: the stored form and its digests.

use super::Rank;
use crate::digest::{Digest, Digester};
use crate::trace::Conversation;
use crate::trace::fragment::Fragment;
use serde::Serialize;

/// The stored form of a conversation, and what it is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub(super) payload: Vec<u8>,
    pub(super) payload_digest: Digest,
    pub(super) content_digest: Digest,
    pub(super) rank: Rank,
}

impl Prepared {
    /// Of this conversation. What was said is written once for both the form and the digest of the content.
    pub fn of(conversation: &Conversation) -> Self {
        #[derive(Serialize)]
        struct Head<'a> {
            id: &'a crate::trace::ConversationId,
            external_id: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            parent: &'a Option<crate::trace::ConversationId>,
            user: &'a Option<String>,
            agent: &'a Option<String>,
            prompt_version: &'a Option<String>,
            system_digest: &'a Option<Digest>,
            model: &'a Option<String>,
            started: &'a Option<crate::clock::Timestamp>,
            ended: &'a Option<crate::clock::Timestamp>,
        }
        let Conversation {
            id,
            external_id,
            parent,
            user,
            agent,
            prompt_version,
            system_digest,
            model,
            started,
            ended,
            ..
        } = conversation;
        let mut payload =
            json(&Head { id, external_id, parent, user, agent, prompt_version, system_digest, model, started, ended });
        let (turns, scores) = (json(&conversation.turns), json(&conversation.scores));
        let (user, metadata) = (json(user), json(&conversation.metadata));
        // The object goes on.
        payload.pop();
        payload.reserve(turns.len() + scores.len() + metadata.len() + 80);
        for (name, value) in
            [("turns", &turns), ("scores", &scores), ("metadata", &metadata), ("cost", &json(&conversation.cost))]
        {
            payload.extend_from_slice(b",\"");
            payload.extend_from_slice(name.as_bytes());
            payload.extend_from_slice(b"\":");
            payload.extend_from_slice(value);
        }
        payload.push(b'}');
        let mut content = Digester::default();
        for part in [b"[".as_slice(), &turns, b",", &scores, b",", &user, b",", &metadata, b"]"] {
            content.update(part);
        }
        let (content_digest, payload_digest) = (content.finish(), Digest::of(&payload));
        let rank = (
            i64::try_from(conversation.turns.len()).unwrap_or(i64::MAX),
            conversation.ended.map(|moment| moment.0),
            content_digest.as_bytes().to_vec(),
            payload_digest.as_bytes().to_vec(),
        );
        Self { payload, payload_digest, content_digest, rank }
    }
}

/// Plain structs with string keys always serialise.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// A piece of a conversation and its stored form.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedFragment {
    pub(super) fragment: Fragment,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
}

impl PreparedFragment {
    /// Of this piece.
    pub fn of(mut fragment: Fragment) -> Self {
        let bytes = fragment.to_bytes();
        let digest = Digest::of(&bytes);
        // Only its address is still needed, and what it follows.
        if let crate::trace::fragment::Part::Step(step) = &mut fragment.part {
            step.input = Vec::new();
            step.output = Vec::new();
            step.tool = None;
        }
        Self { fragment, bytes, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing;
    use crate::trace::{ConversationId, Role, Turn};

    #[test]
    fn the_stored_form_is_the_conversation_and_the_digest_its_own() {
        let turn = |text: &str| Turn { role: Role::User, text: text.to_string(), calls: Vec::new(), time: None };
        let mut conversation = testing::conversation("x", vec![turn("a \"b\""), turn("é")]);
        for parent in [None, Some(ConversationId("c-1".to_string()))] {
            conversation.parent = parent;
            conversation.user = Some("u".to_string());
            conversation.cost = Some(0.1);
            conversation.scores.insert("s".to_string(), 0.5);
            conversation.metadata.insert("k".to_string(), "v".to_string());
            let prepared = Prepared::of(&conversation);
            assert_eq!(prepared.payload, serde_json::to_vec(&conversation).unwrap());
            assert_eq!(prepared.content_digest, conversation.content_digest());
        }
    }
}
