//! Names by a language model, and its opinion on which intents are one and which are two: for each intent one question
//! for a name, two on whether it is the same as a neighbour, and for every fifth one on whether it is two, whatever the
//! number of conversations. What comes back is a few plain words or nothing, each of them common or used by several
//! people in that intent, because names are shown everywhere and must not carry what one person wrote.
//!
//! What a model says here decides nothing: it never sees which conversations an intent has, never places one, and what
//! it takes for one or for two is a suggestion that a person carries out or leaves.

mod choice;
mod name;
pub(in crate::intent) mod opinion;
mod pair;
mod said;
mod split;
mod wording;

pub use opinion::{Part, Rules, Suggestion};
pub use wording::Unfit;

use super::registry::{PhraseReader, Registry};
use super::{Fit, IntentId, Model};
use crate::llm::{Instructions, Request};
use crate::trace::ConversationId;
use choice::Choice;
use name::{NameQuestion, Named, Words};
use pair::PairQuestion;
use said::Said;
use serde_json::Value;
use split::{SplitQuestion, Whole};
use std::collections::{BTreeMap, BTreeSet};

/// The model's instructions for names, for pairs and for splits, unless the config names others.
pub const NAME_INSTRUCTIONS: &str = include_str!("name.md");
/// See [`NAME_INSTRUCTIONS`].
pub const PAIR_INSTRUCTIONS: &str = include_str!("pair.md");
/// See [`NAME_INSTRUCTIONS`].
pub const SPLIT_INSTRUCTIONS: &str = include_str!("split.md");

/// What the model is told about each kind of question.
#[derive(Clone, Debug)]
pub struct Told {
    /// For a name.
    pub name: Instructions,
    /// Whether two intents are one.
    pub pair: Instructions,
    /// Whether an intent is two.
    pub split: Instructions,
}

/// A question about one or two intents.
#[derive(Clone, Debug)]
pub struct Question {
    /// What the model is asked.
    pub request: Request,
    asks: Asks,
}

#[derive(Clone, Debug)]
enum Asks {
    Name(NameQuestion),
    Pair(PairQuestion),
    Split(SplitQuestion),
}

/// What a reply came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The intent has the name, and these rules were left out.
    Named(Vec<Unfit>),
    /// It keeps the name that it has.
    Unnamed(Unfit),
    /// The intents are right as they are.
    Fine,
    /// A person may want to do this with the intent.
    Suggests(IntentId, Suggestion),
    /// It is two, and nothing that may be shown tells how.
    Unsplit(Unfit),
}

/// Whether everything is asked and answered about the intents of `model`, or decided in `registry`.
pub fn is_done(model: &Model, registry: &Registry) -> bool {
    Choice::due(&model.body, registry).is_empty()
}

/// The questions that are open: names first, for the largest intents first. `users` are the users of conversations where
/// they are known, and `redact` takes personal data out of what is quoted.
pub fn questions(
    fit: &Fit,
    registry: &Registry,
    users: &BTreeMap<ConversationId, String>,
    told: &Told,
    redact: &dyn Fn(&str) -> String,
) -> Vec<Question> {
    let body = &fit.model.body;
    let due = Choice::due(body, registry);
    if due.is_empty() {
        return Vec::new();
    }
    let said = Said::new(fit, users, redact);
    let id = |index: &usize| body.intents.get(*index).map(|record| &record.id);
    let unnamed: BTreeSet<&IntentId> = due.names.iter().filter_map(id).collect();
    let mut words = Words::default();
    let names = fit.intents.iter().filter(|intent| unnamed.contains(&intent.id)).map(|intent| {
        let (question, request) = name::question(intent, &fit.intents, &said, &mut words, &told.name);
        Question { request, asks: Asks::Name(question) }
    });
    let mut questions: Vec<Question> = names.collect();
    let pairs = due.pairs.iter().filter_map(|(one, other)| Some((id(one)?, id(other)?)));
    questions.extend(pairs.map(|pair| {
        let (question, request) = pair::question(pair, &said, &told.pair);
        Question { request, asks: Asks::Pair(question) }
    }));
    let reader = PhraseReader::new();
    questions.extend(due.splits.iter().filter_map(id).map(|intent| {
        let (question, request) = split::question(intent, &said, &reader, &told.split);
        Question { request, asks: Asks::Split(question) }
    }));
    questions
}

impl Question {
    /// Whether it asks for a name.
    pub fn is_for_a_name(&self) -> bool {
        matches!(self.asks, Asks::Name(_))
    }
}

impl Fit {
    /// Takes the reply of `model` to `question`. The frozen model keeps it, so that later runs need not ask.
    pub fn hear(&mut self, question: &Question, reply: &Value, model: &str) -> Heard {
        match &question.asks {
            Asks::Name(asked) => match asked.read(reply).and_then(|named| self.rename(&asked.intent, named, model)) {
                Ok(left_out) => Heard::Named(left_out),
                Err(unfit) => {
                    self.learn(&asked.intent, |opinions| opinions.nameless = true);
                    Heard::Unnamed(unfit)
                }
            },
            Asks::Pair(asked) => {
                let same = pair::same(reply);
                self.learn(&asked.first, |opinions| {
                    opinions.same.insert(asked.second.clone(), same);
                });
                if !same {
                    return Heard::Fine;
                }
                self.suggest(&asked.second, Suggestion::Merge { with: asked.first.clone() });
                self.suggest(&asked.first, Suggestion::Merge { with: asked.second.clone() })
            }
            Asks::Split(asked) => {
                let whole = asked.read(reply);
                self.learn(&asked.intent, |opinions| {
                    opinions.one = Some(whole == Whole::One);
                    opinions.part = if let Whole::Two(Ok(part)) = &whole { Some(part.clone()) } else { None };
                });
                match whole {
                    Whole::One => Heard::Fine,
                    Whole::Two(Ok(part)) => self.suggest(&asked.intent, Suggestion::Split(part)),
                    Whole::Two(Err(unfit)) => Heard::Unsplit(unfit),
                }
            }
        }
    }

    fn rename(&mut self, intent: &IntentId, named: Named, model: &str) -> Result<Vec<Unfit>, Unfit> {
        let Named { name, rules, left_out } = named;
        let records = &mut self.model.body.intents;
        if records.iter().any(|record| record.name == name && record.id != *intent) {
            return Err(Unfit::Taken);
        }
        let rules = Some(rules).filter(|rules| !rules.is_empty());
        for record in records.iter_mut().filter(|record| record.id == *intent) {
            record.name.clone_from(&name);
            record.named_by = Some(model.to_string());
            record.rules.clone_from(&rules);
        }
        for shown in self.intents.iter_mut().filter(|shown| shown.id == *intent) {
            shown.name.clone_from(&name);
            shown.named_by = Some(model.to_string());
            shown.rules.clone_from(&rules);
        }
        Ok(left_out)
    }

    fn learn(&mut self, intent: &IntentId, answer: impl Fn(&mut opinion::Opinions)) {
        for record in self.model.body.intents.iter_mut().filter(|record| record.id == *intent) {
            answer(&mut record.opinions);
        }
    }

    fn suggest(&mut self, intent: &IntentId, suggestion: Suggestion) -> Heard {
        for shown in self.intents.iter_mut().filter(|shown| shown.id == *intent) {
            shown.suggestions.push(suggestion.clone());
            shown.suggestions.sort();
        }
        Heard::Suggests(intent.clone(), suggestion)
    }
}
