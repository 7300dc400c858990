//! Tests of the registry: the file as it is read and written, and what it does to intents and goals.

mod file;
mod laws;
mod overlay;

use super::{Decision, Part, Placed, Refusal, Registry};
use crate::clock::Timestamp;
use crate::intent::{Intent, IntentId};
use crate::trace::ConversationId;
use std::collections::BTreeSet;

const A: &str = "i-aaaaaa";
const B: &str = "i-bbbbbb";
const C: &str = "i-cccccc";

fn id(text: &str) -> IntentId {
    IntentId(text.to_string())
}

/// Midnight of a day in March 2026.
fn day(number: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-03-{number:02}")).unwrap()
}

fn intent(own: &str, name: &str) -> Intent {
    Intent {
        id: id(own),
        name: name.to_string(),
        named_by: None,
        rules: None,
        phrases: name.split(", ").map(str::to_string).collect(),
        medoid: (ConversationId("c-0".to_string()), 0),
        goals: 0,
        conversations: 0,
        born: day(1),
        related: Vec::new(),
        suggestions: Vec::new(),
    }
}

/// The intents A, B and C.
fn three() -> Vec<Intent> {
    vec![intent(A, "cancel order"), intent(B, "late refund, refund"), intent(C, "reset password")]
}

/// A goal with its words.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    conversation: ConversationId,
    text: String,
    intent: Option<IntentId>,
}

impl Said {
    fn new(number: usize, text: &str, intent: Option<&str>) -> Self {
        Self { conversation: ConversationId(format!("c-{number}")), text: text.to_string(), intent: intent.map(id) }
    }
}

impl Placed for Said {
    fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    fn turns(&self) -> (u32, u32) {
        (0, 1)
    }

    fn score(&self) -> f64 {
        0.5
    }

    fn intent(&self) -> Option<&IntentId> {
        self.intent.as_ref()
    }

    fn move_to(&mut self, intent: IntentId) {
        self.intent = Some(intent);
    }
}

/// The intents that have goals, with their counts and in their order, as a fit hands them out.
fn counts(intents: Vec<Intent>, goals: &[Said]) -> Vec<Intent> {
    let mut intents = intents;
    for intent in &mut intents {
        let own = goals.iter().filter(|goal| goal.intent.as_ref() == Some(&intent.id));
        let conversations: BTreeSet<&ConversationId> = own.clone().map(Placed::conversation).collect();
        (intent.goals, intent.conversations) = (own.count() as u32, conversations.len() as u32);
    }
    intents.retain(|intent| intent.goals > 0);
    intents.sort_by(|a, b| b.goals.cmp(&a.goals).then_with(|| a.id.cmp(&b.id)));
    intents
}

fn words(said: &Said) -> String {
    said.text.clone()
}

fn rename(own: &str, name: &str) -> Decision {
    Decision::Rename(id(own), name.to_string())
}

fn merge(from: &str, into: &str) -> Decision {
    Decision::Merge(id(from), id(into))
}

fn split(own: &str, phrases: &[&[&str]]) -> Decision {
    let part = |phrases: &&[&str]| Part { name: None, containing: phrases.iter().map(ToString::to_string).collect() };
    Decision::Split(id(own), phrases.iter().map(part).collect())
}

fn ignore(own: &str, reason: &str) -> Decision {
    Decision::Ignore(id(own), Some(reason.to_string()))
}

/// The registry with decisions made on the second of March about the three intents.
fn decided(registry: &Registry, decisions: &[Decision]) -> Result<Registry, Refusal> {
    decisions.iter().try_fold(registry.clone(), |registry, one| registry.decide(one, &three(), day(2), None))
}
