//! What people (or a model that they asked) decide about intents. A decision makes a new registry out of the old one,
//! or says why it cannot be; deciding the same twice changes nothing.

use super::circle::circle;
use super::phrase::PhraseReader;
use super::read::{UNFIT_PHRASE, short};
use super::write::{Unwritable, rewrite};
use super::{
    Called, Entry, Event, EventKind, LONGEST_NAME, Registry, Status, by_id, is_hidden, part_id, same_name, unfit_name,
    unfit_text,
};
use crate::clock::Timestamp;
use crate::intent::{Intent, IntentId, LineageEvent, LineageKind};
use std::collections::{BTreeMap, BTreeSet};

/// A part to be split off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name; its first phrase when there is none.
    pub name: Option<String>,
    /// A goal belongs to it when it holds one of these phrases. Of several parts that claim a goal, the one with the
    /// longest phrase gets it.
    pub containing: Vec<String>,
}

/// Something to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Call an intent by another name.
    Rename(IntentId, String),
    /// Say what belongs to it.
    Describe(IntentId, String),
    /// Show the goals of the first under the second. Merging a part into what it was split from takes the split back.
    Merge(IntentId, IntentId),
    /// Show parts of an intent as intents of their own. What no part claims stays with it.
    Split(IntentId, Vec<Part>),
    /// Work no longer on an intent, and say why.
    Ignore(IntentId, Option<String>),
    /// Work on it again.
    Unignore(IntentId),
}

/// Why a decision cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody knows the intent.
    #[error("there is no intent {0}, neither in the cache nor in intents.yaml")]
    Unknown(IntentId),
    /// It is part of another one now.
    #[error("{id} is merged into {into}: decide about that one, or take the merge out of intents.yaml")]
    Merged {
        /// The intent.
        id: IntentId,
        /// What its goals are shown under.
        into: IntentId,
    },
    /// One cannot go into itself.
    #[error("{0} cannot be merged into itself")]
    Itself(IntentId),
    /// The other is part of this one.
    #[error("{into} is itself merged into {id}, so {id} cannot be merged into it")]
    Back {
        /// What should go into the other.
        id: IntentId,
        /// The other.
        into: IntentId,
    },
    /// Goals would never arrive.
    #[error("goals would go round in a circle: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" to "))]
    Circle(Vec<IntentId>),
    /// The other is ignored, so this one would vanish from all work along with it.
    #[error("{into} is ignored; ignore {id} as well, or take {into} back first")]
    IntoIgnored {
        /// What should go into the other.
        id: IntentId,
        /// The other.
        into: IntentId,
    },
    /// Not a name.
    #[error("`{name}`: {why}")]
    Name {
        /// The name, as far as it fits into a message.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// Another intent has the name.
    #[error("{other} is called `{name}` already; merge the two, or choose another name")]
    NameTaken {
        /// The name.
        name: String,
        /// Who has it.
        other: IntentId,
    },
    /// Not a description or a reason.
    #[error("{0}")]
    Text(&'static str),
    /// A split that says nothing.
    #[error("a split needs at least one part, and each part at least one phrase")]
    NoParts,
    /// A phrase that is no rule.
    #[error("`{0}` cannot be looked for: {UNFIT_PHRASE}")]
    Phrase(String),
    /// A phrase that would decide nothing.
    #[error("`{phrase}` is claimed by {other} already")]
    PhraseTaken {
        /// The phrase.
        phrase: String,
        /// By which part.
        other: String,
    },
    /// The file's style does not allow the change.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

impl Registry {
    /// The registry with `decision` made on the day `at`. `shown` are the intents as they are shown now, with this
    /// registry applied; an intent that is not yet in the registry gets its entry from there. `by` names the language
    /// model whose answer this is, if it is one's.
    ///
    /// # Errors
    /// [`Refusal`], and nothing changes.
    pub fn decide(
        &self,
        decision: &Decision,
        shown: &[Intent],
        at: Timestamp,
        by: Option<&str>,
    ) -> Result<Self, Refusal> {
        let mut draft = Draft { entries: self.entries.clone(), shown, at: at.date(), by };
        match decision {
            Decision::Rename(id, name) => draft.rename(id, name)?,
            Decision::Describe(id, text) => {
                if let Some(why) = unfit_text(text) {
                    return Err(Refusal::Text(why));
                }
                draft.own(id)?.description = Some(text.clone());
            }
            Decision::Merge(id, into) => draft.merge(id, into)?,
            Decision::Split(id, parts) => draft.split(id, parts)?,
            Decision::Ignore(id, reason) => draft.ignore(id, reason.as_deref())?,
            Decision::Unignore(id) => draft.unignore(id)?,
        }
        if let Some(circle) = circle(&draft.entries) {
            return Err(Refusal::Circle(circle));
        }
        Ok(rewrite(self, draft.entries)?)
    }

    /// The registry with an entry for each of `shown`, and with what became of those that it has: who is retired by
    /// now, what a refit made part of another, who came back. `lineage` are the cache's events, oldest first. Names,
    /// descriptions, phrases and decisions that are there stay as they are.
    ///
    /// # Errors
    /// [`Unwritable`] when the file's style does not allow the change.
    pub fn saved(&self, shown: &[Intent], lineage: &[LineageEvent], at: Timestamp) -> Result<Self, Unwritable> {
        let mut draft = Draft { entries: self.entries.clone(), shown, at: at.date(), by: None };
        let present: BTreeMap<&IntentId, &Intent> = shown.iter().map(|intent| (&intent.id, intent)).collect();
        let last: BTreeMap<&IntentId, &LineageEvent> = lineage.iter().map(|event| (&event.intent, event)).collect();
        for entry in &mut draft.entries {
            let ended = last.get(&entry.id).filter(|event| {
                !present.contains_key(&entry.id) && matches!(event.kind, LineageKind::Retired | LineageKind::Merged)
            });
            match (&entry.status, ended) {
                (Status::Active | Status::Split, Some(event)) => {
                    let happened = Event::new(&event.at.date(), EventKind::Retired);
                    entry.lineage.push(Event { other: event.other.clone(), ..happened });
                    entry.status = Status::Retired;
                }
                (Status::Retired, _) if present.contains_key(&entry.id) => {
                    let parts = self.entries.iter().any(|part| part.split_from.as_ref() == Some(&entry.id));
                    entry.status = if parts { Status::Split } else { Status::Active };
                    entry.lineage.push(Event::new(&draft.at, EventKind::Returned));
                }
                _ => {}
            }
        }
        draft.add(present.into_values());
        rewrite(self, draft.entries)
    }
}

/// Entries while they are being changed.
struct Draft<'a> {
    entries: Vec<Entry>,
    shown: &'a [Intent],
    /// The day.
    at: String,
    by: Option<&'a str>,
}

impl Draft<'_> {
    /// The entry of `id`, made from what is shown when there is none.
    fn entry(&mut self, id: &IntentId) -> Result<&mut Entry, Refusal> {
        if let Some(intent) = self.shown.iter().find(|intent| intent.id == *id) {
            self.add([intent]);
        }
        self.entries.iter_mut().find(|entry| entry.id == *id).ok_or_else(|| Refusal::Unknown(id.clone()))
    }

    /// Gives intents their entries, unless they have them.
    fn add<'i>(&mut self, intents: impl IntoIterator<Item = &'i Intent>) {
        let ids: BTreeSet<IntentId> = self.entries.iter().map(|entry| entry.id.clone()).collect();
        let shown = self.entries.iter().filter(|entry| entry.is_shown());
        let mut names: BTreeSet<String> = shown.map(|entry| same_name(&entry.name)).collect();
        for intent in intents.into_iter().filter(|intent| !ids.contains(&intent.id)) {
            let mut entry = Entry::new(intent.id.clone(), own_name(&intent.name, &mut names));
            entry.phrases = intent.phrases.iter().filter(|phrase| unfit_text(phrase).is_none()).cloned().collect();
            entry.lineage.push(Event::new(&intent.born.date(), EventKind::Born));
            self.entries.push(entry);
        }
    }

    /// The entry of `id`, which must not be merged.
    fn own(&mut self, id: &IntentId) -> Result<&mut Entry, Refusal> {
        let into = self.end_of(id);
        let entry = self.entry(id)?;
        if into == *id { Ok(entry) } else { Err(Refusal::Merged { id: id.clone(), into }) }
    }

    /// The entry, other than `but`, that is shown by `name`.
    fn holder(&self, name: &str, but: Option<&IntentId>) -> Option<&IntentId> {
        let wanted = same_name(name);
        let mut entries = self.entries.iter().filter(|entry| entry.is_shown() && Some(&entry.id) != but);
        entries.find(|entry| same_name(&entry.name) == wanted).map(|entry| &entry.id)
    }

    /// The name, if no other intent has it, saved or not.
    fn free_name(&self, name: &str, but: Option<&IntentId>) -> Result<(), Refusal> {
        if let Some(why) = unfit_name(name) {
            return Err(Refusal::Name { name: short(name), why });
        }
        let unsaved = self.shown.iter().filter(|intent| !self.entries.iter().any(|entry| entry.id == intent.id));
        let mut unsaved =
            unsaved.filter(|intent| Some(&intent.id) != but && same_name(&intent.name) == same_name(name));
        let other = self.holder(name, but).cloned().or_else(|| unsaved.next().map(|intent| intent.id.clone()));
        match other {
            Some(other) => Err(Refusal::NameTaken { name: name.to_string(), other }),
            None => Ok(()),
        }
    }

    /// The end of the merges of `id`.
    fn end_of(&self, id: &IntentId) -> IntentId {
        let known = by_id(&self.entries);
        let mut end = id;
        for _ in 0..=self.entries.len() {
            match known.get(end).map(|entry| &entry.status) {
                Some(Status::Merged(into)) => end = into,
                _ => break,
            }
        }
        end.clone()
    }

    fn event(&self, kind: EventKind) -> Event {
        Event::new(&self.at, kind).by(self.by)
    }

    fn rename(&mut self, id: &IntentId, name: &str) -> Result<(), Refusal> {
        let event = self.event(EventKind::Renamed);
        self.own(id)?;
        self.free_name(name, Some(id))?;
        let entry = self.own(id)?;
        if entry.name != name {
            let from = std::mem::replace(&mut entry.name, name.to_string());
            entry.lineage.push(Event { from: Some(from), ..event });
        }
        Ok(())
    }

    fn merge(&mut self, id: &IntentId, into: &IntentId) -> Result<(), Refusal> {
        if id == into {
            return Err(Refusal::Itself(id.clone()));
        }
        self.entry(id)?;
        self.entry(into)?;
        let (now, target) = (self.end_of(id), self.end_of(into));
        if now == target && now != *id {
            return Ok(());
        }
        if now != *id {
            return Err(Refusal::Merged { id: id.clone(), into: now });
        }
        if target == *id {
            return Err(Refusal::Back { id: id.clone(), into: into.clone() });
        }
        if self.entry(&target)?.status == Status::Ignored {
            return Err(Refusal::IntoIgnored { id: id.clone(), into: target });
        }
        let event = self.event(EventKind::Merged).with(&target);
        let entry = self.own(id)?;
        entry.status = Status::Merged(target);
        entry.reason = None;
        entry.lineage.push(event);
        Ok(())
    }

    fn split(&mut self, id: &IntentId, parts: &[Part]) -> Result<(), Refusal> {
        if parts.is_empty() || parts.iter().any(|part| part.containing.is_empty()) {
            return Err(Refusal::NoParts);
        }
        self.own(id)?;
        let reader = PhraseReader::new();
        let mut claimed: BTreeMap<Vec<String>, String> = BTreeMap::new();
        for other in self.entries.iter().filter(|entry| entry.split_from.as_ref() == Some(id) && entry.is_shown()) {
            let called = Called(&other.id, Some(&other.name)).to_string();
            claimed.extend(other.containing.iter().filter_map(|phrase| Some((reader.phrase(phrase)?, called.clone()))));
        }
        for part in parts {
            let child = part_id(id, &part.containing);
            // The same split again: the part is there, by whatever name it has by now.
            if self.entries.iter().any(|entry| entry.id == child && entry.is_shown()) {
                continue;
            }
            let mut own: BTreeMap<Vec<String>, &String> = BTreeMap::new();
            for phrase in &part.containing {
                if let Some(why) = unfit_text(phrase) {
                    return Err(Refusal::Text(why));
                }
                own.insert(reader.phrase(phrase).ok_or_else(|| Refusal::Phrase(short(phrase)))?, phrase);
            }
            for (stems, phrase) in own {
                if let Some(other) = claimed.insert(stems, "another part of this split".to_string()) {
                    return Err(Refusal::PhraseTaken { phrase: phrase.clone(), other });
                }
            }
            self.add_part(id, child, part)?;
        }
        let entry = self.own(id)?;
        if matches!(entry.status, Status::Active | Status::Retired) {
            entry.status = Status::Split;
        }
        Ok(())
    }

    fn add_part(&mut self, parent: &IntentId, id: IntentId, part: &Part) -> Result<(), Refusal> {
        let first = part.containing.first().cloned().unwrap_or_default();
        let name = part.name.clone().unwrap_or(first);
        self.free_name(&name, Some(&id))?;
        let born = self.event(EventKind::Born).with(parent);
        let given = self.event(EventKind::Split).with(&id);
        match self.entries.iter_mut().find(|entry| entry.id == id) {
            // It was merged back, and is split off once more.
            Some(entry) => {
                entry.name = name;
                entry.status = Status::Active;
                entry.lineage.push(Event { kind: EventKind::Returned, ..born });
            }
            None => {
                let mut entry = Entry::new(id, name);
                entry.split_from = Some(parent.clone());
                entry.containing = part.containing.clone();
                entry.lineage.push(born);
                self.entries.push(entry);
            }
        }
        self.own(parent)?.lineage.push(given);
        Ok(())
    }

    fn ignore(&mut self, id: &IntentId, reason: Option<&str>) -> Result<(), Refusal> {
        if let Some(why) = reason.and_then(unfit_text) {
            return Err(Refusal::Text(why));
        }
        let event = self.event(EventKind::Ignored);
        let entry = self.own(id)?;
        if entry.status != Status::Ignored {
            entry.status = Status::Ignored;
            entry.lineage.push(event);
        }
        if reason.is_some() {
            entry.reason = reason.map(str::to_string);
        }
        Ok(())
    }

    fn unignore(&mut self, id: &IntentId) -> Result<(), Refusal> {
        let event = self.event(EventKind::Unignored);
        let parts = self.entries.iter().any(|part| part.split_from.as_ref() == Some(id));
        let entry = self.own(id)?;
        if entry.status == Status::Ignored {
            entry.status = if parts { Status::Split } else { Status::Active };
            entry.reason = None;
            entry.lineage.push(event);
        }
        Ok(())
    }
}

/// A name out of the data as it may stand in the file: what cannot be a name is cut or replaced, and told from those
/// that are `taken`, which it joins.
fn own_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let visible = |character: char| if is_hidden(character) { ' ' } else { character };
    // Room for the number that tells it apart.
    let cut: String = name.chars().map(visible).take(LONGEST_NAME - 8).collect();
    let base = if unfit_name(cut.trim()).is_none() { cut.trim() } else { "unnamed" };
    let mut name = base.to_string();
    let mut number = 2;
    while !taken.insert(same_name(&name)) {
        name = format!("{base} ({number})");
        number += 1;
    }
    name
}
