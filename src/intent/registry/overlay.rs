//! Laying the registry over intents and goals, as a fit, a fold-in or the store hands them out. The clustering below
//! stays as it is. What comes out depends on the goals and on what the registry says, not on the order of either, and
//! laying it over twice is laying it over once.
//!
//! No goal is lost or added: a goal moves from one intent to another, or stays. Ignored intents keep their goals and
//! are counted; who diagnoses asks [`Registry::is_ignored`].

use super::phrase::{PhraseReader, holds};
use super::{Called, Entry, REGISTRY_FILE, Registry, Status, same_name};
use crate::clock::Timestamp;
use crate::intent::naming::Suggestion;
use crate::intent::{Assignment, Fit, Goal, Intent, IntentId, LineageEvent, LineageKind};
use crate::trace::ConversationId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A goal with its intent, in whatever form it is held.
pub trait Placed {
    /// Its conversation.
    fn conversation(&self) -> &ConversationId;
    /// First and last turn that serve it.
    fn turns(&self) -> (u32, u32);
    /// How firmly it belongs to its intent.
    fn score(&self) -> f64;
    /// Its intent; `None` in the long tail.
    fn intent(&self) -> Option<&IntentId>;
    /// Moves it to another intent.
    fn move_to(&mut self, intent: IntentId);
}

/// A decision that has no effect on this cache. The registry stays usable: these are warnings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OverlayProblem {
    /// The cache does not know the intent.
    Unknown {
        /// Line of its entry.
        line: Option<usize>,
        /// The intent.
        id: IntentId,
        /// Its name in the registry.
        name: String,
        /// What was decided about it, in words; `None` when it was only named.
        decision: Option<String>,
    },
    /// A refit made the intent part of another.
    Absorbed {
        /// Line of its entry.
        line: Option<usize>,
        /// The intent.
        id: IntentId,
        /// Its name in the registry.
        name: String,
        /// The day of the refit.
        day: String,
        /// Where most of its goals went.
        heir: IntentId,
    },
    /// No goal holds a phrase of the part.
    EmptyPart {
        /// Line of its entry.
        line: Option<usize>,
        /// The part.
        id: IntentId,
        /// Its name in the registry.
        name: String,
        /// What it was split from.
        parent: IntentId,
    },
}

impl fmt::Display for OverlayProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line() {
            Some(line) => write!(f, "{REGISTRY_FILE}:{line}: ")?,
            None => write!(f, "{REGISTRY_FILE}: ")?,
        }
        match self {
            Self::Unknown { id, name, decision, .. } => {
                write!(f, "names {}, which this cache does not know: ", Called(id, Some(name)))?;
                if let Some(decision) = decision {
                    write!(f, "that it is {decision} is kept and has no effect here; ")?;
                }
                write!(f, "ingest the traces that it was found in, or delete its entry if it is out of date")
            }
            Self::Absorbed { id, name, day, heir, .. } => write!(
                f,
                "names {}, which became part of {heir} in the refit of {day}: decide about that one, or delete the entry",
                Called(id, Some(name))
            ),
            Self::EmptyPart { id, name, parent, .. } => write!(
                f,
                "no goal of {parent} holds a phrase of its part {}: change `containing`, or merge the part back",
                Called(id, Some(name))
            ),
        }
    }
}

impl Registry {
    /// Lays this registry over `intents` and `goals`: names, merges and splits. `intents` must be those of `goals`,
    /// with their counts, as a fit makes them; counts and medoids of intents whose goals move follow, intents left
    /// without goals go, and all are sorted as a fit sorts them. `lineage` are the events that the cache tells, by
    /// which retired intents are known. `text` gives a goal's words; without it goals stay in the intents that were
    /// split, which is right for goals over which the splits were laid before.
    ///
    /// Returns what has no effect, in the order of the file.
    pub fn apply<G: Placed>(
        &self,
        intents: &mut Vec<Intent>,
        goals: &mut [G],
        lineage: &[LineageEvent],
        text: Option<&dyn Fn(&G) -> String>,
    ) -> Vec<OverlayProblem> {
        if self.entries().is_empty() {
            return Vec::new();
        }
        let mut problems = self.unknown(intents, lineage);
        let router = Router::new(self);
        let mut touched: BTreeSet<IntentId> = BTreeSet::new();
        for goal in goals.iter_mut() {
            let Some(before) = goal.intent() else { continue };
            let Some(after) = router.end(before, || text.map(|text| text(goal))) else { continue };
            if !touched.contains(before) {
                touched.insert(before.clone());
            }
            if !touched.contains(after) {
                touched.insert(after.clone());
            }
            let after = after.clone();
            goal.move_to(after);
        }
        self.rebuild(intents, goals, &touched);
        self.rename(intents);
        self.relate(intents);
        if text.is_some() {
            problems.extend(self.empty_parts(intents));
        }
        problems.sort_by(|one, two| (one.line(), one.id()).cmp(&(two.line(), two.id())));
        problems
    }

    /// [`Registry::apply`] to a fit, before it is stored. Its model keeps the clusters as they were found.
    pub fn apply_to_fit(&self, fit: &mut Fit) -> Vec<OverlayProblem> {
        let mut placed: Vec<FitGoal<'_>> =
            fit.goals.iter().zip(&mut fit.assignments).map(|(goal, assigned)| FitGoal { goal, assigned }).collect();
        self.apply(&mut fit.intents, &mut placed, &fit.lineage, Some(&|placed: &FitGoal<'_>| placed.goal.text.clone()))
    }

    /// Intents that are shown, and those that shown parts were split from.
    fn present<'a>(&'a self, intents: &'a [Intent]) -> BTreeSet<&'a IntentId> {
        let mut present: BTreeSet<&IntentId> = BTreeSet::new();
        for intent in intents {
            let mut at = Some(&intent.id);
            while let Some(id) = at.filter(|id| present.insert(id)) {
                at = self.entry(id).and_then(|entry| entry.split_from.as_ref());
            }
        }
        present
    }

    /// Entries that the cache has nothing for.
    fn unknown(&self, intents: &[Intent], lineage: &[LineageEvent]) -> Vec<OverlayProblem> {
        let mut last: BTreeMap<&IntentId, &LineageEvent> = BTreeMap::new();
        for event in lineage {
            let newest = last.entry(&event.intent).or_insert(event);
            if event.at >= newest.at {
                *newest = event;
            }
        }
        let present = self.present(intents);
        // What lives on in the goals of others that were merged into it.
        let kept: BTreeSet<&IntentId> =
            present.iter().map(|id| self.shown_as(id)).filter(|id| !present.contains(id)).collect();
        let lines = self.lines();
        let mut problems = Vec::new();
        for entry in self.entries() {
            let is_there = |id: &IntentId| present.contains(id) || kept.contains(id);
            // A part is there when its parent is. A merge whose end is shown may have been laid over before, or has
            // nothing to do: either way it holds.
            let holds = entry.split_from.is_some() || entry.status == Status::Retired;
            if holds || is_there(&entry.id) || is_there(self.shown_as(&entry.id)) {
                continue;
            }
            let (id, name) = (entry.id.clone(), entry.name.clone());
            let line = lines.get(entry.id.0.as_str()).copied();
            problems.push(match last.get(&entry.id) {
                Some(LineageEvent { kind: LineageKind::Merged, other: Some(heir), at, .. }) => {
                    OverlayProblem::Absorbed { line, id, name, day: at.date(), heir: heir.clone() }
                }
                Some(_) => continue,
                None => OverlayProblem::Unknown { line, id, name, decision: decided(entry) },
            });
        }
        problems
    }

    /// Parts that are shown nowhere although the intent that they come from is.
    fn empty_parts(&self, intents: &[Intent]) -> Vec<OverlayProblem> {
        let present = self.present(intents);
        let lines = self.lines();
        let parts = self.entries().iter().filter_map(|entry| Some((entry, entry.split_from.as_ref()?)));
        parts
            .filter(|(entry, parent)| {
                matches!(entry.status, Status::Active | Status::Ignored)
                    && !present.contains(&entry.id)
                    && present.contains(self.shown_as(parent))
            })
            .map(|(entry, parent)| OverlayProblem::EmptyPart {
                line: lines.get(entry.id.0.as_str()).copied(),
                id: entry.id.clone(),
                name: entry.name.clone(),
                parent: parent.clone(),
            })
            .collect()
    }

    /// Counts the `touched` intents anew, and gives merged and split ones what they are shown with.
    fn rebuild<G: Placed>(&self, intents: &mut Vec<Intent>, goals: &[G], touched: &BTreeSet<IntentId>) {
        if touched.is_empty() {
            return;
        }
        let mut members: BTreeMap<&IntentId, Vec<&G>> = BTreeMap::new();
        for goal in goals {
            if let Some(intent) = goal.intent().filter(|intent| touched.contains(*intent)) {
                members.entry(intent).or_default().push(goal);
            }
        }
        let mut before: BTreeMap<IntentId, Intent> =
            intents.drain(..).map(|intent| (intent.id.clone(), intent)).collect();
        let made: Vec<Intent> = members
            .keys()
            .filter(|id| !before.contains_key(**id))
            .filter_map(|id| Some(self.made(self.entry(id)?, &before)))
            .collect();
        before.extend(made.into_iter().map(|intent| (intent.id.clone(), intent)));
        before.retain(|id, _| !touched.contains(id) || members.contains_key(id));
        for (id, goals) in members {
            let Some(intent) = before.get_mut(id) else { continue };
            // They were about other goals.
            intent.rules = None;
            let conversations: BTreeSet<&ConversationId> = goals.iter().map(|goal| goal.conversation()).collect();
            intent.goals = u32::try_from(goals.len()).unwrap_or(u32::MAX);
            intent.conversations = u32::try_from(conversations.len()).unwrap_or(u32::MAX);
            let (conversation, turn) = &intent.medoid;
            let has_medoid = goals
                .iter()
                .any(|goal| goal.conversation() == conversation && goal.turns().0 <= *turn && *turn <= goal.turns().1);
            if !has_medoid {
                let firmest = goals.iter().max_by(|one, two| {
                    let place = |goal: &G| (goal.conversation().clone(), goal.turns());
                    one.score().total_cmp(&two.score()).then_with(|| place(two).cmp(&place(one)))
                });
                if let Some(goal) = firmest {
                    intent.medoid = (goal.conversation().clone(), goal.turns().0);
                }
            }
        }
        intents.extend(before.into_values());
        intents.sort_by(|a, b| b.goals.cmp(&a.goals).then_with(|| a.id.cmp(&b.id)));
    }

    /// An intent that the fit did not find: a part, or one that lives on in what was merged into it.
    fn made(&self, entry: &Entry, found: &BTreeMap<IntentId, Intent>) -> Intent {
        let source = match &entry.split_from {
            Some(parent) => {
                let mut at = parent;
                while let (None, Some(next)) = (found.get(at), self.entry(at).and_then(|up| up.split_from.as_ref())) {
                    at = next;
                }
                found.get(at).or_else(|| found.get(self.shown_as(at)))
            }
            None => None,
        };
        let merged = || {
            let into = found.values().filter(|intent| *self.shown_as(&intent.id) == entry.id);
            into.max_by(|a, b| a.goals.cmp(&b.goals).then_with(|| b.id.cmp(&a.id)))
        };
        let source = source.or_else(merged);
        let phrases = [&entry.phrases, &entry.containing].into_iter().find(|phrases| !phrases.is_empty());
        let first_day = entry.lineage.first().and_then(|event| Timestamp::parse(&event.at));
        Intent {
            id: entry.id.clone(),
            name: entry.name.clone(),
            named_by: None,
            rules: None,
            phrases: phrases.or(source.map(|source| &source.phrases)).cloned().unwrap_or_default(),
            // Chosen among its goals, once they are known.
            medoid: (ConversationId(String::new()), 0),
            goals: 0,
            conversations: 0,
            born: first_day.or(source.map(|source| source.born)).unwrap_or(Timestamp(0)),
            related: entry.split_from.iter().chain(source.iter().flat_map(|source| &source.related)).cloned().collect(),
            suggestions: Vec::new(),
        }
    }

    /// Gives the registry's names, and tells other intents' names from them.
    fn rename(&self, intents: &mut [Intent]) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for intent in intents.iter_mut() {
            if let Some(entry) = self.entry(&intent.id) {
                if intent.name != entry.name {
                    intent.name.clone_from(&entry.name);
                    intent.named_by = None;
                }
                taken.insert(same_name(&entry.name));
            }
        }
        let mut others: Vec<&mut Intent> = intents.iter_mut().filter(|one| self.entry(&one.id).is_none()).collect();
        others.sort_by(|a, b| a.id.cmp(&b.id));
        for intent in others {
            let base = intent.name.clone();
            let mut number = 2;
            while !taken.insert(same_name(&intent.name)) {
                intent.name = format!("{base} ({number})");
                number += 1;
            }
        }
    }

    /// Related intents, and those that a model takes to be the same, by the ids that they are shown under.
    fn relate(&self, intents: &mut [Intent]) {
        let shown: BTreeSet<IntentId> = intents.iter().map(|intent| intent.id.clone()).collect();
        for intent in intents {
            let mut related: Vec<IntentId> = Vec::new();
            for other in &intent.related {
                let other = self.shown_as(other);
                if *other != intent.id && shown.contains(other) && !related.contains(other) {
                    related.push(other.clone());
                }
            }
            intent.related = related;
            let suggested = std::mem::take(&mut intent.suggestions).into_iter();
            let open: BTreeSet<Suggestion> =
                suggested.filter_map(|suggestion| self.open(&intent.id, suggestion, &shown)).collect();
            intent.suggestions = open.into_iter().collect();
        }
    }

    /// The suggestion about `id` by the ids of what is shown, unless people have decided.
    fn open(&self, id: &IntentId, suggestion: Suggestion, shown: &BTreeSet<IntentId>) -> Option<Suggestion> {
        if self.is_ignored(id) {
            return None;
        }
        match suggestion {
            Suggestion::Merge { with } => {
                let with = self.shown_as(&with).clone();
                let is_open = with != *id && shown.contains(&with) && !self.is_ignored(&with);
                is_open.then_some(Suggestion::Merge { with })
            }
            Suggestion::Split(part) => {
                let is_split = self.entry(id).is_some_and(|entry| entry.status == Status::Split);
                (!is_split).then_some(Suggestion::Split(part))
            }
        }
    }
}

impl OverlayProblem {
    /// Line of the entry, from 1, where it was found.
    pub fn line(&self) -> Option<usize> {
        let (Self::Unknown { line, .. } | Self::Absorbed { line, .. } | Self::EmptyPart { line, .. }) = self;
        *line
    }

    /// The intent that it is about.
    pub fn id(&self) -> &IntentId {
        let (Self::Unknown { id, .. } | Self::Absorbed { id, .. } | Self::EmptyPart { id, .. }) = self;
        id
    }
}

/// What was decided about an entry, in words.
fn decided(entry: &Entry) -> Option<String> {
    match &entry.status {
        Status::Active | Status::Retired => None,
        Status::Merged(into) => Some(format!("merged into {into}")),
        Status::Split => Some("split".to_string()),
        Status::Ignored => Some("ignored".to_string()),
    }
}

/// A goal of a [`Fit`].
struct FitGoal<'a> {
    goal: &'a Goal,
    assigned: &'a mut Assignment,
}

impl Placed for FitGoal<'_> {
    fn conversation(&self) -> &ConversationId {
        &self.goal.conversation
    }

    fn turns(&self) -> (u32, u32) {
        (self.goal.first_turn, self.goal.last_turn)
    }

    fn score(&self) -> f64 {
        f64::from(self.assigned.score)
    }

    fn intent(&self) -> Option<&IntentId> {
        self.assigned.intent.as_ref()
    }

    fn move_to(&mut self, intent: IntentId) {
        self.assigned.intent = Some(intent);
    }
}

/// Finds where a goal goes: from an intent to the part that claims it, else to what it is merged into, until neither
/// is there.
struct Router<'a> {
    registry: &'a Registry,
    reader: PhraseReader,
    entries: BTreeMap<&'a IntentId, &'a Entry>,
    parts: BTreeMap<&'a IntentId, Vec<Claim<'a>>>,
}

/// A part and what it claims.
struct Claim<'a> {
    id: &'a IntentId,
    phrases: Vec<Vec<String>>,
}

impl<'a> Router<'a> {
    fn new(registry: &'a Registry) -> Self {
        let reader = PhraseReader::new();
        let mut parts: BTreeMap<&IntentId, Vec<Claim<'_>>> = BTreeMap::new();
        for part in registry.entries() {
            // What was merged back into where it came from takes nothing away.
            let Some(parent) = part.split_from.as_ref().filter(|parent| !is_merged_into(part, parent)) else {
                continue;
            };
            let phrases = part.containing.iter().filter_map(|phrase| reader.phrase(phrase)).collect();
            parts.entry(parent).or_default().push(Claim { id: &part.id, phrases });
        }
        let entries = super::by_id(registry.entries());
        Self { registry, reader, entries, parts }
    }

    /// Where a goal of `start` ends; `None` when it stays.
    fn end(&self, start: &IntentId, text: impl Fn() -> Option<String>) -> Option<&'a IntentId> {
        let mut at = self.entries.get_key_value(start).map(|(id, _)| *id)?;
        let mut stems: Option<Option<Vec<String>>> = None;
        // Reading refuses circles, so no way is longer than the registry.
        for _ in 0..=self.registry.entries().len() {
            let claims = self.parts.get(at).map(Vec::as_slice).unwrap_or_default();
            let part = if claims.is_empty() {
                None
            } else {
                let stems = stems.get_or_insert_with(|| text().map(|text| self.reader.text(&text)));
                stems.as_ref().and_then(|stems| claimant(claims, stems))
            };
            at = match (part, self.entries.get(at).map(|entry| &entry.status)) {
                (Some(part), _) => part,
                (None, Some(Status::Merged(into))) => into,
                _ => break,
            };
        }
        (at != start).then_some(at)
    }
}

fn is_merged_into(entry: &Entry, other: &IntentId) -> bool {
    matches!(&entry.status, Status::Merged(into) if into == other)
}

/// The part with the longest phrase that the words hold, by words and then by characters; ties go to the lower id.
fn claimant<'a>(claims: &[Claim<'a>], words: &[String]) -> Option<&'a IntentId> {
    let longest = |claim: &Claim<'_>| {
        let held = claim.phrases.iter().filter(|phrase| holds(words, phrase));
        held.map(|phrase| (phrase.len(), phrase.iter().map(String::len).sum::<usize>())).max()
    };
    let claimed = claims.iter().filter_map(|claim| Some((longest(claim)?, claim.id)));
    claimed.max_by(|one, two| one.0.cmp(&two.0).then_with(|| two.1.cmp(one.1))).map(|(_, id)| id)
}
