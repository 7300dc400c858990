//! What a file held and how much of it: shares that show at once when an export has lost its text, its tool results
//! or its prompts.

use crate::trace::{Conversation, Role};
use serde::{Deserialize, Serialize};

/// Endings that exporters leave where they cut a text.
const CUT_MARKS: [&str; 6] =
    ["[truncated]", "(truncated)", "...[truncated]", "<truncated>", "[TRUNCATED]", "…[truncated]"];
/// So many results of exactly the greatest length are no accident.
const EQUAL_LENGTHS: u64 = 5;
/// Shorter greatest lengths are: five times `true`.
const SHORTEST_LIMIT: usize = 100;

/// Counts over the conversations of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fidelity {
    /// Conversations read.
    pub conversations: u64,
    /// Of these, conversations that the cache did not hold.
    #[serde(default)]
    pub new: u64,
    /// Of these, conversations of which the cache held another version.
    #[serde(default)]
    pub updated: u64,
    /// Of these, conversations that the cache held already.
    #[serde(default)]
    pub unchanged: u64,
    /// Traces in which models or agents worked, without a word of what was said.
    #[serde(default)]
    pub without_content: u64,
    /// Sessions with too much in them to be put together in memory. Their pieces are kept.
    #[serde(default)]
    pub too_large: u64,
    /// Turns of all roles.
    pub turns: u64,
    /// Turns of user and agent that make no call: these should have text.
    pub speaking_turns: u64,
    /// Of these, turns with text.
    pub turns_with_text: u64,
    /// Tool calls.
    pub calls: u64,
    /// Calls with a result.
    pub calls_with_result: u64,
    /// Failed calls.
    pub call_errors: u64,
    /// Conversations without a system text.
    pub without_system: u64,
    /// Texts that end in a mark of truncation, or as many results of exactly the same greatest length.
    pub suspected_truncations: u64,
    /// Records that were repaired: bytes that are not UTF-8, halves of surrogate pairs.
    pub repaired: u64,
}

/// Counts while a file is read.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: Fidelity,
    /// Greatest length of a result in bytes, and how many have it.
    longest_result: (usize, u64),
}

impl Tally {
    /// Counts one conversation.
    pub fn add(&mut self, conversation: &Conversation) {
        self.counts.conversations += 1;
        self.counts.without_system += u64::from(conversation.system_digest.is_none());
        for turn in &conversation.turns {
            self.counts.turns += 1;
            if matches!(turn.role, Role::User | Role::Assistant) && turn.calls.is_empty() {
                self.counts.speaking_turns += 1;
                self.counts.turns_with_text += u64::from(!turn.text.trim().is_empty());
            }
            self.see(&turn.text);
        }
        for (_, call) in conversation.calls() {
            self.counts.calls += 1;
            self.counts.call_errors += u64::from(call.error.is_some());
            if let Some(result) = &call.result {
                self.counts.calls_with_result += 1;
                self.see(result);
                let (longest, count) = self.longest_result;
                match result.len() {
                    length if length > longest => self.longest_result = (length, 1),
                    length if length == longest => self.longest_result = (longest, count + 1),
                    _ => {}
                }
            }
        }
    }

    fn see(&mut self, text: &str) {
        let text = text.trim_end();
        self.counts.suspected_truncations += u64::from(CUT_MARKS.iter().any(|mark| text.ends_with(mark)));
    }

    /// Counts records that had to be repaired.
    pub fn repaired(&mut self, count: u64) {
        self.counts.repaired += count;
    }

    /// The counts so far, with the suspicion that only the whole allows.
    pub fn finish(&self) -> Fidelity {
        let mut counts = self.counts.clone();
        let (length, count) = self.longest_result;
        if length >= SHORTEST_LIMIT && count >= EQUAL_LENGTHS && (length % 100 == 0 || length.is_power_of_two()) {
            counts.suspected_truncations += count;
        }
        counts
    }
}
