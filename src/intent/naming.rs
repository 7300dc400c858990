//! Names by a language model: for each intent one question with a dozen of its requests beside some of its nearest
//! neighbours', whatever the number of conversations. What comes back is a name or nothing: a few plain words, each
//! of them common or used by several people in that intent, because a name is shown everywhere and must not carry
//! what one person wrote.

use super::{Assignment, Fit, Goal, Intent, IntentId};
use crate::llm::{Instructions, Request, Schema, Stage};
use crate::trace::words::{is_common, marked};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use unicode_segmentation::UnicodeSegmentation as _;

/// The model's instructions, unless the config names others.
pub const INSTRUCTIONS: &str = include_str!("naming.md");
/// Requests of the intent that the model sees, and of its neighbours together.
const EXEMPLARS: usize = 12;
const CONTRASTS: usize = 8;
/// Neighbours that the contrasts come from.
const NEIGHBOURS: usize = 2;
/// Longest quotation, in characters.
const LONGEST: usize = 240;
/// Most words and characters of a name.
const NAME_WORDS: usize = 8;
const NAME_CHARACTERS: usize = 60;
/// Requests that must use a word that is not common.
const USES: usize = 3;

/// An intent to be named, and what its name may be made of.
#[derive(Clone, Debug)]
pub struct Question {
    /// The intent.
    pub intent: IntentId,
    /// What the model is asked.
    pub request: Request,
    /// Words that several of the intent's requests use.
    words: BTreeSet<String>,
}

/// Why a name is not taken. The name is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NameRefusal {
    /// The model sees nothing in common.
    #[error("the requests have nothing in common")]
    Mixed,
    /// Empty, too long, or with other characters than letters.
    #[error("not a few plain words")]
    NotPlain,
    /// A word that is neither common nor used by several people.
    #[error("a word that few of the requests use")]
    StrangeWord,
    /// Another intent has it.
    #[error("another intent has this name")]
    Taken,
}

/// One question for each intent that no model has named. `redact` takes personal data out of what is quoted.
pub fn questions(fit: &Fit, instructions: &Instructions, redact: &dyn Fn(&str) -> String) -> Vec<Question> {
    let mut members: BTreeMap<&IntentId, Vec<(&Goal, &Assignment)>> = BTreeMap::new();
    for (goal, assignment) in fit.goals.iter().zip(&fit.assignments) {
        if let Some(intent) = &assignment.intent {
            members.entry(intent).or_default().push((goal, assignment));
        }
    }
    let spread: BTreeMap<&IntentId, Vec<&str>> =
        members.iter().map(|(intent, members)| (*intent, spread(members))).collect();
    let unnamed = fit.intents.iter().filter(|intent| intent.named_by.is_none());
    unnamed
        .map(|intent| {
            let quoted = |texts: &[&str], most: usize| -> Vec<String> {
                every(texts, most).iter().map(|text| marked(&redact(text), LONGEST)).collect()
            };
            let own = spread.get(&intent.id).map(Vec::as_slice).unwrap_or_default();
            let near = neighbours(intent, &fit.intents);
            let share = CONTRASTS / near.len().max(1);
            let others: Vec<String> =
                near.iter().filter_map(|other| spread.get(other)).flat_map(|texts| quoted(texts, share)).collect();
            let request = Request {
                stage: Stage::Name,
                about: format!("intent {}", intent.id),
                instructions: instructions.clone(),
                input: json!({"group": quoted(own, EXEMPLARS), "others": others}).to_string(),
                shorter_input: Some(json!({"group": quoted(own, EXEMPLARS / 3), "others": []}).to_string()),
                shape: "intent_name",
                schema: Schema::Object(vec![("name", Schema::Text(NAME_CHARACTERS))]),
                max_output: 60,
                repeat: 0,
            };
            Question { intent: intent.id.clone(), request, words: used(own) }
        })
        .collect()
}

/// The intent's distinct requests, from the most central to the least.
fn spread<'a>(members: &[(&'a Goal, &Assignment)]) -> Vec<&'a str> {
    let mut members: Vec<(&Goal, f32)> = members.iter().map(|(goal, assigned)| (*goal, assigned.score)).collect();
    members.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.text.cmp(&b.0.text)));
    let mut seen = BTreeSet::new();
    members.into_iter().map(|(goal, _)| goal.text.as_str()).filter(|text| seen.insert(*text)).collect()
}

/// At most `most` of `texts`, evenly over their order.
fn every<'a>(texts: &[&'a str], most: usize) -> Vec<&'a str> {
    let count = texts.len().min(most);
    (0..count).filter_map(|index| texts.get(index * texts.len() / count.max(1)).copied()).collect()
}

/// The intents nearest to `intent`; the largest others where none is near.
fn neighbours<'a>(intent: &'a Intent, all: &'a [Intent]) -> Vec<&'a IntentId> {
    let others = all.iter().map(|other| &other.id).filter(|other| **other != intent.id);
    let mut near: Vec<&IntentId> = intent.related.iter().collect();
    for other in others {
        if !near.contains(&other) {
            near.push(other);
        }
    }
    near.truncate(NEIGHBOURS);
    near
}

fn words_of(text: &str) -> BTreeSet<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}

/// Words that several requests use.
fn used(texts: &[&str]) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in texts.iter().flat_map(|text| words_of(text)) {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count >= USES).map(|(word, _)| word).collect()
}

impl Question {
    /// The name in a reply that fits the schema, if it may be shown.
    pub fn name(&self, reply: &Value) -> Result<String, NameRefusal> {
        let text = reply.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_lowercase();
        if text == "mixed" {
            return Err(NameRefusal::Mixed);
        }
        let words: Vec<&str> = text.split(' ').collect();
        let letters =
            |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'');
        if words.len() > NAME_WORDS || text.chars().count() > NAME_CHARACTERS || !words.iter().all(letters) {
            return Err(NameRefusal::NotPlain);
        }
        let known = |word: &str| self.words.contains(word) || is_common(word);
        let parts = |word: &str| word.split('-').all(known) || known(word);
        if words.iter().all(|word| parts(word)) { Ok(text) } else { Err(NameRefusal::StrangeWord) }
    }
}

impl Fit {
    /// Gives an intent the name that `model` found; the frozen model keeps it, so that later runs need not ask.
    pub fn rename(&mut self, intent: &IntentId, name: &str, model: &str) -> Result<(), NameRefusal> {
        let records = &mut self.model.body.intents;
        if records.iter().any(|record| record.name == name && record.id != *intent) {
            return Err(NameRefusal::Taken);
        }
        for record in records.iter_mut().filter(|record| record.id == *intent) {
            record.name = name.to_string();
            record.named_by = Some(model.to_string());
        }
        for shown in self.intents.iter_mut().filter(|shown| shown.id == *intent) {
            shown.name = name.to_string();
            shown.named_by = Some(model.to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        let request = Request {
            stage: Stage::Name,
            about: String::new(),
            instructions: Instructions::new(INSTRUCTIONS),
            input: String::new(),
            shorter_input: None,
            shape: "intent_name",
            schema: Schema::Object(vec![("name", Schema::Text(60))]),
            max_output: 60,
            repeat: 0,
        };
        Question {
            intent: IntentId("i-1".into()),
            request,
            words: used(&["shard it", "shard x", "my shard y", "zorblax"]),
        }
    }

    #[test]
    fn a_name_is_a_few_words_that_are_common_or_that_several_people_use() {
        let name = |text: &str| question().name(&json!({"name": text}));
        assert_eq!(name("Cancel the shard"), Ok("cancel the shard".to_string()));
        assert_eq!(name("mixed"), Err(NameRefusal::Mixed));
        assert_eq!(name("cancel zorblax"), Err(NameRefusal::StrangeWord));
        for odd in ["", "cancel: the order", "cancel <b>", "order 66", "a\nb", "https://x.example", "a b c d e f g h i"]
        {
            assert_eq!(name(odd), Err(NameRefusal::NotPlain), "{odd:?}");
        }
    }

    #[test]
    fn quotations_are_spread_over_the_intent() {
        let texts: Vec<String> = (0..100).map(|number| format!("{number:02}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(every(&texts, 4), ["00", "25", "50", "75"]);
        assert_eq!(every(&texts[..2], 4), ["00", "01"]);
        assert!(every(&[], 4).is_empty());
    }
}
