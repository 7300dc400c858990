//! What makes two records the same conversation. A source's own id is believed alone only when it is long enough to
//! be unique in the world; a short one counts together with how the conversation opens, so that the first
//! conversations of two exports are two, and a later export of a longer conversation is still the same one. Without
//! an id what was said decides, and by whom. A file's name never counts: renaming a file must not double its conversations.

use crate::digest::Digest;
use crate::trace::{Conversation, ConversationId, Role};

/// A UUID has 32 letters and digits, a ULID 26, the ids of the large providers 24 and more.
const UNIQUE_LENGTH: usize = 20;

/// Sets the conversation's id from `external` or, without it, from the content and `marks`: what else tells two
/// equal conversations of one file apart (a trial's number, a start time).
pub(super) fn identify(conversation: &mut Conversation, external: Option<&str>, marks: &[&str]) {
    let digest = match external {
        Some(id) if is_unique(id) => Digest::of_fields([b"unique".as_slice(), id.as_bytes()]),
        Some(id) => {
            let opening = conversation.user_turns().next().map_or("", |(_, turn)| turn.text.as_str());
            // Where nobody but the agent speaks, its first words open the conversation.
            let opening = if opening.is_empty() { first_words(conversation) } else { opening };
            let agent = conversation.agent.as_deref().unwrap_or("");
            Digest::of_fields([b"opening".as_slice(), id.as_bytes(), agent.as_bytes(), opening.as_bytes()])
        }
        None => {
            // Not the scores: a score that arrives later belongs to the same conversation.
            let said = serde_json::to_vec(&conversation.turns).unwrap_or_default();
            let user = conversation.user.as_deref().unwrap_or("");
            let fields = [b"content".as_slice(), &said, user.as_bytes()];
            Digest::of_fields(fields.into_iter().chain(marks.iter().map(|mark| mark.as_bytes())))
        }
    };
    conversation.id = ConversationId::of(digest);
    conversation.external_id = external.map(str::to_string);
}

/// The conversation that another file tells by this id, if the id alone tells it.
pub(super) fn named(external: &str) -> Option<ConversationId> {
    let digest = || Digest::of_fields([b"unique".as_slice(), external.as_bytes()]);
    is_unique(external).then(|| ConversationId::of(digest()))
}

fn first_words(conversation: &Conversation) -> &str {
    let said = conversation.turns.iter().find(|turn| turn.role == Role::Assistant && !turn.text.is_empty());
    said.map_or("", |turn| turn.text.as_str())
}

fn is_unique(id: &str) -> bool {
    id.chars().filter(char::is_ascii_alphanumeric).count() >= UNIQUE_LENGTH
        && id.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_ids_are_unique_in_the_world() {
        assert!(is_unique("9b2c1f64-7d0e-4a53-8a55-0c9b6f3f5d11"));
        assert!(is_unique("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
        assert!(!is_unique("conversation-12"));
        assert!(!is_unique("7"));
        assert!(!is_unique("a-conversation-about-nothing-much"));
    }
}
