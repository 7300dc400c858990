//! What a language model said of intents beside their names: rules, and whether two are one or one is two. It is kept
//! with the frozen model, so that nothing is asked twice while the intents are as they are; a refit, which moves their
//! centres, keeps the rules and asks the rest anew. None of it is ever carried out here: people do that.

use crate::intent::IntentId;
use crate::intent::model::Body;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What belongs to an intent and what does not, in a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// What belongs.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub belongs: Option<String>,
    /// What looks like it and does not.
    #[serde(default, rename = "out", skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
}

impl Rules {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.belongs.is_none() && self.differs.is_none()
    }
}

/// Something that a person may decide about an intent because a model takes it to be so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Suggestion {
    /// It and another are one.
    Merge {
        /// The other.
        with: IntentId,
    },
    /// It is two.
    Split(Part),
}

/// A part that may be split off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// Phrases that its requests hold and the others do not.
    pub containing: Vec<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The answers about one intent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::intent) struct Opinions {
    /// Whether it was asked for a name and gave none that may be shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) nameless: bool,
    /// Whether it is the same as another, with a higher id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) same: BTreeMap<IntentId, bool>,
    /// Whether it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) one: Option<bool>,
    /// Where it is two, a part by which it can be split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<Part>,
}

impl Opinions {
    /// Whether nothing was answered.
    pub(in crate::intent) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Body {
    /// What the opinions come to, by intent. A pair stands with both.
    pub(in crate::intent) fn suggestions(&self) -> BTreeMap<IntentId, Vec<Suggestion>> {
        let mut suggestions: BTreeMap<IntentId, Vec<Suggestion>> = BTreeMap::new();
        let active: BTreeMap<&IntentId, &Opinions> =
            self.intents.iter().filter(|record| !record.retired).map(|record| (&record.id, &record.opinions)).collect();
        for (id, opinions) in &active {
            for (other, _) in opinions.same.iter().filter(|(other, same)| **same && active.contains_key(other)) {
                suggestions.entry((*id).clone()).or_default().push(Suggestion::Merge { with: other.clone() });
                suggestions.entry(other.clone()).or_default().push(Suggestion::Merge { with: (*id).clone() });
            }
            if let Some(part) = &opinions.part {
                suggestions.entry((*id).clone()).or_default().push(Suggestion::Split(part.clone()));
            }
        }
        suggestions.values_mut().for_each(|list| list.sort());
        suggestions
    }
}
