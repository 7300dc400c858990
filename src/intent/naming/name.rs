//! The question for a name: a dozen requests of an intent beside some of its nearest neighbours', so that the name
//! tells them apart. With the name comes a rule, what belongs and what does not.

use super::opinion::Rules;
use super::said::Said;
use super::wording::{Room, Unfit, plain};
use crate::intent::{Intent, IntentId};
use crate::llm::{Instructions, Request, Schema, Stage};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Requests of the intent that the model sees, and of its neighbours together.
const EXEMPLARS: usize = 12;
const CONTRASTS: usize = 8;
/// Neighbours that the contrasts come from.
const NEIGHBOURS: usize = 2;
const NAME: Room = Room { words: 8, characters: 60, commas: false };
const RULE: Room = Room { words: 24, characters: 160, commas: true };

/// An intent to be named, and what its name may be made of.
#[derive(Clone, Debug)]
pub(super) struct NameQuestion {
    pub(super) intent: IntentId,
    /// Words that several people use in its requests.
    words: BTreeSet<String>,
    /// The same, and those of its neighbours: what does not belong is told in their words.
    nearby: BTreeSet<String>,
}

/// A name with its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) rules: Rules,
    /// Why rules were left out.
    pub(super) left_out: Vec<Unfit>,
}

/// Words by intent, each intent read once.
#[derive(Default)]
pub(super) struct Words(BTreeMap<IntentId, BTreeSet<String>>);

impl Words {
    fn of(&mut self, said: &Said<'_>, intent: &IntentId) -> &BTreeSet<String> {
        self.0.entry(intent.clone()).or_insert_with(|| said.words(intent))
    }
}

/// The question about `intent`.
pub(super) fn question(
    intent: &Intent,
    all: &[Intent],
    said: &Said<'_>,
    words: &mut Words,
    instructions: &Instructions,
) -> (NameQuestion, Request) {
    let near = neighbours(intent, all);
    let share = CONTRASTS / near.len().max(1);
    let others: Vec<String> = near.iter().flat_map(|other| said.quoted(other, share)).collect();
    let request = Request {
        stage: Stage::Name,
        about: format!("intent {}", intent.id),
        instructions: instructions.clone(),
        input: json!({"group": said.quoted(&intent.id, EXEMPLARS), "others": others}).to_string(),
        shorter_input: Some(json!({"group": said.quoted(&intent.id, EXEMPLARS / 3), "others": []}).to_string()),
        shape: "intent_name",
        schema: Schema::Object(vec![
            ("name", Schema::Text(NAME.characters)),
            ("in", Schema::Text(RULE.characters)),
            ("out", Schema::Text(RULE.characters)),
        ]),
        max_output: 160,
        repeat: 0,
    };
    let own = words.of(said, &intent.id).clone();
    let mut nearby = own.clone();
    for other in near {
        nearby.extend(words.of(said, other).iter().cloned());
    }
    (NameQuestion { intent: intent.id.clone(), words: own, nearby }, request)
}

/// The intents nearest to `intent`; the largest others where none is near.
fn neighbours<'a>(intent: &'a Intent, all: &'a [Intent]) -> Vec<&'a IntentId> {
    let mut near: Vec<&IntentId> = intent.related.iter().take(NEIGHBOURS).collect();
    for other in all.iter().map(|other| &other.id).filter(|other| **other != intent.id) {
        if near.len() == NEIGHBOURS {
            break;
        }
        if !near.contains(&other) {
            near.push(other);
        }
    }
    near
}

/// The text of a field of a reply.
pub(super) fn text<'a>(reply: &'a Value, field: &str) -> &'a str {
    reply.get(field).and_then(Value::as_str).unwrap_or_default().trim()
}

/// A name of `words` that people use.
pub(super) fn name(text: &str, words: &BTreeSet<String>) -> Result<String, Unfit> {
    plain(text, NAME, words)
}

impl NameQuestion {
    /// What a reply that fits the schema says, as far as it may be shown.
    pub(super) fn read(&self, reply: &Value) -> Result<Named, Unfit> {
        let said = text(reply, "name");
        if said.eq_ignore_ascii_case("mixed") {
            return Err(Unfit::Mixed);
        }
        let name = name(said, &self.words)?;
        let mut left_out = Vec::new();
        let mut rule = |field, words| match text(reply, field).trim_end_matches('.') {
            "" => None,
            rule => plain(rule, RULE, words).map_err(|unfit| left_out.push(unfit)).ok(),
        };
        let rules = Rules { belongs: rule("in", &self.words), differs: rule("out", &self.nearby) };
        Ok(Named { name, rules, left_out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(ToString::to_string).collect()
    }

    fn read(name: &str, belongs: &str, differs: &str) -> Result<Named, Unfit> {
        let question =
            NameQuestion { intent: IntentId("i-1".into()), words: set(&["shard"]), nearby: set(&["shard", "flurbo"]) };
        question.read(&json!({"name": name, "in": belongs, "out": differs}))
    }

    #[test]
    fn a_name_comes_with_what_belongs_and_what_does_not() {
        let named = read("Cancel the shard", "Stop a shard, now.", "change a flurbo").unwrap();
        assert_eq!(named.name, "cancel the shard");
        assert_eq!(named.rules.belongs.as_deref(), Some("stop a shard, now"));
        assert_eq!(named.rules.differs.as_deref(), Some("change a flurbo"));
        assert_eq!(named.left_out, []);
        assert_eq!(read("mixed", "", ""), Err(Unfit::Mixed));
        assert_eq!(read("cancel the flurbo", "", ""), Err(Unfit::StrangeWord), "a name is of its own words");
    }

    #[test]
    fn a_rule_that_may_not_be_shown_is_left_out_and_the_name_stays() {
        let named = read("cancel the shard", "pay for zorblax", "").unwrap();
        assert_eq!((named.rules.is_empty(), named.left_out), (true, vec![Unfit::StrangeWord]));
        let named = read("cancel the shard", "pay for a flurbo", "see https://x.example").unwrap();
        assert_eq!((named.rules.is_empty(), named.left_out), (true, vec![Unfit::StrangeWord, Unfit::NotPlain]));
    }
}
