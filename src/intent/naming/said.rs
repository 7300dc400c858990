//! What the requests of intents say: those that are quoted to a model, and the words that several people use. A person
//! is a user where the traces tell users apart, and a conversation where they do not.

use crate::intent::{Fit, Goal, IntentId};
use crate::trace::ConversationId;
use crate::trace::words::marked;
use std::collections::{BTreeMap, BTreeSet};
use unicode_segmentation::UnicodeSegmentation as _;

/// People that must have used a word or a phrase.
pub(super) const PEOPLE: usize = 3;
/// Longest quotation, in characters.
const LONGEST: usize = 240;

/// Requests by intent, from the most central to the least.
pub(super) struct Said<'a> {
    goals: BTreeMap<&'a IntentId, Vec<&'a Goal>>,
    /// Distinct texts, in the same order.
    texts: BTreeMap<&'a IntentId, Vec<&'a str>>,
    users: &'a BTreeMap<ConversationId, String>,
    redact: &'a dyn Fn(&str) -> String,
}

impl<'a> Said<'a> {
    /// What is said in `fit`, by the `users` of its conversations. `redact` takes personal data out of what is quoted.
    pub(super) fn new(
        fit: &'a Fit,
        users: &'a BTreeMap<ConversationId, String>,
        redact: &'a dyn Fn(&str) -> String,
    ) -> Self {
        let mut scored: BTreeMap<&IntentId, Vec<(f32, &Goal)>> = BTreeMap::new();
        for (goal, assigned) in fit.goals.iter().zip(&fit.assignments) {
            if let Some(intent) = &assigned.intent {
                scored.entry(intent).or_default().push((assigned.score, goal));
            }
        }
        let sorted = |mut goals: Vec<(f32, &'a Goal)>| -> Vec<&'a Goal> {
            goals.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.text.cmp(&b.1.text)));
            goals.into_iter().map(|(_, goal)| goal).collect()
        };
        let goals: BTreeMap<&IntentId, Vec<&Goal>> =
            scored.into_iter().map(|(intent, goals)| (intent, sorted(goals))).collect();
        let distinct = |goals: &[&'a Goal]| -> Vec<&'a str> {
            let mut seen = BTreeSet::new();
            goals.iter().map(|goal| goal.text.as_str()).filter(|text| seen.insert(*text)).collect()
        };
        let texts = goals.iter().map(|(intent, goals)| (*intent, distinct(goals))).collect();
        Self { goals, texts, users, redact }
    }

    /// At most `most` of an intent's texts, as they are quoted.
    pub(super) fn quoted(&self, intent: &IntentId, most: usize) -> Vec<String> {
        let texts = self.texts.get(intent).map(Vec::as_slice).unwrap_or_default();
        every(texts, most).iter().map(|text| marked(&(self.redact)(text), LONGEST)).collect()
    }

    /// At most `most` of an intent's requests, each with its person.
    pub(super) fn heard(&self, intent: &IntentId, most: usize) -> Vec<(&'a str, &'a str)> {
        let goals = self.goals.get(intent).map(Vec::as_slice).unwrap_or_default();
        every(goals, most).into_iter().map(|goal| (self.person(goal), goal.text.as_str())).collect()
    }

    fn person(&self, goal: &'a Goal) -> &'a str {
        self.users.get(&goal.conversation).unwrap_or(&goal.conversation.0)
    }

    /// Words that several people use in the requests of an intent.
    pub(super) fn words(&self, intent: &IntentId) -> BTreeSet<String> {
        let mut people: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for goal in self.goals.get(intent).into_iter().flatten() {
            let person = self.person(goal);
            for word in goal.text.unicode_words() {
                let people = people.entry(word.to_lowercase()).or_default();
                if people.len() < PEOPLE {
                    people.insert(person);
                }
            }
        }
        people.into_iter().filter(|(_, people)| people.len() >= PEOPLE).map(|(word, _)| word).collect()
    }
}

/// At most `most` of `items`, evenly over their order.
fn every<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    let count = items.len().min(most);
    (0..count).filter_map(|index| items.get(index * items.len() / count.max(1)).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_are_spread_over_the_intent() {
        let texts: Vec<String> = (0..100).map(|number| format!("{number:02}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(every(&texts, 4), ["00", "25", "50", "75"]);
        assert_eq!(every(&texts[..2], 4), ["00", "01"]);
        assert!(every::<&str>(&[], 4).is_empty());
    }
}
