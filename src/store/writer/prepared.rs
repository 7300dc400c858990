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
        // What it will take, or a little more, since a text may have to be escaped.
        let calls = conversation.calls().map(|(_, call)| {
            call.name.len() + call.arguments.len() + call.result.as_ref().map_or(0, String::len) + 120
        });
        let said: usize =
            calls.sum::<usize>() + conversation.turns.iter().map(|turn| turn.text.len() + 60).sum::<usize>();
        let mut payload = Vec::with_capacity(said + said / 16 + 1000);
        let head = Head { id, external_id, parent, user, agent, prompt_version, system_digest, model, started, ended };
        write(&mut payload, &head);
        // The object goes on.
        payload.pop();
        let mut member = |name: &str, value: &dyn Fn(&mut Vec<u8>)| {
            payload.extend_from_slice(b",\"");
            payload.extend_from_slice(name.as_bytes());
            payload.extend_from_slice(b"\":");
            let start = payload.len();
            value(&mut payload);
            start..payload.len()
        };
        let turns = member("turns", &|payload| write(payload, &conversation.turns));
        let scores = member("scores", &|payload| write(payload, &conversation.scores));
        let metadata = member("metadata", &|payload| write(payload, &conversation.metadata));
        member("cost", &|payload| write(payload, &conversation.cost));
        payload.push(b'}');
        let mut user_text = Vec::new();
        write(&mut user_text, user);
        let mut content = Digester::default();
        for part in [b"[", &payload[turns], b",", &payload[scores], b",", &user_text, b",", &payload[metadata], b"]"] {
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

/// Plain structs with string keys always serialise, and memory takes all bytes.
fn write(bytes: &mut Vec<u8>, value: &impl Serialize) {
    let _always = serde_json::to_writer(bytes, value);
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
