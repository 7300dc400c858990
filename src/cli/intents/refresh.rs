//! Brings the intents up to date with the conversations. What was placed by an earlier run and is as it was is not read
//! again: only what is new, what waits in the long tail for others like it, and a few of each intent to tell new names
//! from.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::model::Reader;
use super::super::ui::Progress;
use super::super::view::number::counted;
use super::super::workspace::Workspace;
use super::{embedding, naming, registry};
use crate::intent::naming::{Suggestion, is_done};
use crate::intent::registry::Registry;
use crate::intent::{
    Elsewhere, Fit, IntentError, IntentId, LineageEvent, LineageKind, Model, Options, Source, Sources, fit_embedded,
};
use crate::store::intents::StoredGoal;
use crate::store::{Selection, StoreError, Stored, TraceStore};
use crate::trace::ConversationId;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Conversations with goals in the long tail that are read again beside new ones, at most.
const WAITING: usize = 20_000;
/// Conversations of each intent that are read again beside new ones.
const CONTRAST: usize = 20;

/// What is asked for, and who helps.
pub struct Asked<'a> {
    /// Choices of the fit.
    pub options: Options,
    /// Store nothing.
    pub dry_run: bool,
    /// Who names, besides the embedded engine.
    pub reader: Option<&'a Reader>,
    /// Who places, likewise.
    pub embedder: Option<&'a Reader>,
}

/// What bringing up to date came to.
pub enum Refreshed {
    /// Intents are named; what is new, as sentences, and what a model now takes for one or for two.
    Named(Vec<String>, Vec<(IntentId, Suggestion)>),
    /// They cannot be.
    TooLittle(IntentError),
    /// Nothing was to be sent or stored.
    Planned,
    /// What a refit would do, which was not to be stored.
    WouldBe(Vec<String>),
}

/// What has to be read.
struct Reading {
    conversations: Selection,
    elsewhere: Elsewhere,
    /// Those that no earlier run has read; not known of a first fit, which has none before it.
    new: BTreeSet<ConversationId>,
}

/// Conversations of the store, read a batch at a time: of very many, only what a fit keeps of them is in memory.
pub struct Conversations<'a> {
    store: &'a TraceStore,
    selection: &'a Selection,
    progress: Progress,
    /// How many were handed out.
    count: Cell<u64>,
}

/// Why there is no fit.
pub enum Unfit {
    /// There is nothing, or too little.
    Intent(IntentError),
    /// They cannot be read.
    Store(StoreError),
}

impl From<IntentError> for Unfit {
    fn from(error: IntentError) -> Self {
        Self::Intent(error)
    }
}

impl Sources for Conversations<'_> {
    type Error = Unfit;

    fn read(&self, take: &mut dyn FnMut(&[Source<'_>])) -> Result<(), Unfit> {
        // Each pass counts from the beginning.
        self.count.set(0);
        let mut hand_on = |batch: &[Stored]| {
            self.count.set(self.count.get() + batch.len() as u64);
            self.progress.set(self.count.get());
            let sources: Vec<Source<'_>> = batch
                .iter()
                .map(|stored| Source { conversation: &stored.conversation, signals: &stored.signals })
                .collect();
            take(&sources);
        };
        self.store.each(self.selection, &mut hand_on).map_err(Unfit::Store)
    }
}

/// Fits or folds, and stores the result if it differs from what is stored.
pub fn refresh(
    store: &mut TraceStore,
    context: &Context,
    workspace: &Workspace,
    asked: &Asked<'_>,
) -> Result<Refreshed, CommandError> {
    let previous = store.load_model()?;
    if previous.is_some() && !asked.options.refit && asked.options.granularity != Options::default().granularity {
        return Err(CommandError::usage("--granularity is for a first fit or a refit, and there are intents already")
            .hint("Add --refit; --refit --dry-run says what would become of them."));
    }
    let registry = match asked.reader {
        Some(_) => registry::read(workspace, workspace.newest()?)?,
        None => Registry::empty(),
    };
    let Some(reading) = reading(store, previous.as_ref(), asked, &registry)? else {
        if asked.dry_run {
            return Ok(Refreshed::Planned);
        }
        let due = match &previous {
            Some(model) => due(model, &store.load_goals()?),
            None => None,
        };
        return Ok(Refreshed::Named(due.into_iter().collect(), Vec::new()));
    };
    let Reading { conversations, elsewhere, new } = reading;
    let sources = Conversations {
        store,
        selection: &conversations,
        progress: context.ui.bar("Naming intents", None, false),
        count: Cell::default(),
    };
    let options = &Options { texts: asked.reader.is_some(), ..asked.options };
    let embed = |one| embedding::embed(one, &sources, previous.as_ref().filter(|_| !options.refit), options);
    let embedded = match asked.embedder.map(embed).transpose()? {
        None => None,
        Some(embedding::Vectors::Given(embedded)) => Some(embedded),
        Some(embedding::Vectors::Nothing(error)) => return Ok(Refreshed::TooLittle(error)),
        Some(embedding::Vectors::Planned) => return Ok(Refreshed::Planned),
    };
    if asked.reader.is_none() && asked.embedder.is_some_and(|one| one.plans) {
        return Ok(Refreshed::Planned);
    }
    let fitted = fit_embedded(&sources, &elsewhere, previous.as_ref(), context.now(), options, embedded.as_ref());
    let mut fit = match fitted {
        Ok(fit) => fit,
        Err(Unfit::Intent(error)) => return Ok(Refreshed::TooLittle(error)),
        Err(Unfit::Store(error)) => return Err(error.into()),
    };
    drop(sources);
    let mut news = news(previous.as_ref(), &fit, &new);
    if options.refit && asked.dry_run {
        return Ok(Refreshed::WouldBe(news));
    }
    let (mut suggested, mut ended_early) = (Vec::new(), None);
    if let Some(reader) = asked.reader {
        let asking = naming::Asking { workspace, registry: &registry, reader };
        match naming::name(context, store, &asking, &mut fit)? {
            naming::Named::Planned => return Ok(Refreshed::Planned),
            naming::Named::Done(done) => {
                news.extend(done.news);
                (suggested, ended_early) = (done.suggested, done.error);
            }
        }
    }
    let same_model = previous.as_ref().is_some_and(|previous| previous.digest() == fit.model.digest());
    if !(same_model && new.is_empty()) {
        store.save_fit(&fit, &conversations)?;
    }
    match ended_early {
        // What was answered until then is stored.
        Some(error) if suggested.is_empty() => Err(error),
        Some(error) => {
            Err(error.hint("`reprompt intents --engine local --json` shows what the model has suggested until then."))
        }
        None => Ok(Refreshed::Named(news, suggested)),
    }
}

fn due(model: &Model, goals: &[StoredGoal]) -> Option<String> {
    let tail = goals.iter().filter(|goal| goal.intent.is_none()).count();
    model.refit_due(goals.len(), tail).map(|why| sentence(&why))
}

fn sentence(why: &str) -> String {
    format!("the model no longer fits well: {why}; `reprompt intents --refit --dry-run` says what a refit would do")
}

/// `i-3f21fc "card, charged" born: 23 goals`, `i-3f21fc merged into i-daa3bf "fee"`.
fn happened(event: &LineageEvent, called: &dyn Fn(&IntentId) -> String) -> String {
    let (one, other) = (called(&event.intent), event.other.as_ref().map(called));
    match (event.kind, other) {
        (LineageKind::Merged, Some(other)) => format!("{one} merged into {other}"),
        (LineageKind::Split, Some(other)) => format!("{one} split from {other}"),
        (kind, _) => format!("{one} {}", kind.name()),
    }
}

/// What happened, in sentences.
fn news(previous: Option<&Model>, fit: &Fit, new: &BTreeSet<ConversationId>) -> Vec<String> {
    let mut news: Vec<String> = Vec::new();
    match previous {
        None => news.push(format!(
            "first fit: {} from {}",
            counted(fit.intents.len() as u64, "intent"),
            counted(fit.goals.len() as u64, "goal")
        )),
        Some(previous) => {
            let called = |id: &IntentId| match fit.intents.iter().find(|intent| intent.id == *id) {
                Some(intent) => format!("{id} \"{}\" ({})", intent.name, counted(u64::from(intent.goals), "goal")),
                None => id.to_string(),
            };
            if previous.made_of() != fit.model.made_of() {
                let sentence = "fitted anew, since vectors come from elsewhere now; intents that match keep their ids";
                news.push(sentence.to_string());
            }
            news.extend(fit.lineage.iter().map(|event| happened(event, &called)));
            let folded = fit.goals.iter().filter(|goal| new.contains(&goal.conversation)).count();
            if folded > 0 {
                news.push(format!("{} folded in", counted(folded as u64, "new goal")));
            }
        }
    }
    news.extend(fit.refit_due.as_deref().map(sentence));
    news
}

/// What has to be read; `None` when nothing has.
fn reading(
    store: &TraceStore,
    previous: Option<&Model>,
    asked: &Asked<'_>,
    registry: &Registry,
) -> Result<Option<Reading>, CommandError> {
    // Whatever arrives from here on is for the next run.
    let there = store.all_there()?;
    let new = if previous.is_some() { store.unplaced()?.into_iter().collect() } else { BTreeSet::new() };
    // Vectors of an endpoint are asked for by wording, and names from the wordings of all goals.
    let folds = previous
        .is_some_and(|model| model.made_of().is_none() && (asked.reader.is_none() || is_done(model, registry)))
        && !asked.options.refit
        && asked.embedder.is_none();
    if !folds {
        return Ok(Some(Reading { conversations: there, elsewhere: Elsewhere::default(), new }));
    }
    if new.is_empty() {
        return Ok(None);
    }
    let goals = store.load_goals()?;
    let read = beside(&goals, &new);
    let elsewhere = elsewhere(&goals, &read);
    let ids: Vec<ConversationId> = read.into_iter().collect();
    Ok(Some(Reading { conversations: there.only(ids), elsewhere, new }))
}

/// The new conversations, those that wait, and some of each intent.
fn beside(goals: &[StoredGoal], new: &BTreeSet<ConversationId>) -> BTreeSet<ConversationId> {
    let mut read = new.clone();
    let mut waiting = 0;
    let mut taken: BTreeMap<&IntentId, usize> = BTreeMap::new();
    for goal in goals {
        let wanted = match &goal.intent {
            None => {
                waiting += 1;
                waiting <= WAITING
            }
            // Ids of conversations are digests, so that the first ones are as good as drawn.
            Some(intent) => {
                let count = taken.entry(intent).or_default();
                *count += 1;
                *count <= CONTRAST
            }
        };
        if wanted && !read.contains(&goal.conversation) {
            read.insert(goal.conversation.clone());
        }
    }
    read
}

/// Counts what is not read.
fn elsewhere(goals: &[StoredGoal], read: &BTreeSet<ConversationId>) -> Elsewhere {
    let mut counted = Elsewhere::default();
    let mut last: BTreeMap<&IntentId, &ConversationId> = BTreeMap::new();
    // Both are by conversation.
    let mut read = read.iter().peekable();
    for goal in goals {
        while read.next_if(|id| **id < goal.conversation).is_some() {}
        if read.peek().is_some_and(|id| **id == goal.conversation) {
            continue;
        }
        let Some(intent) = &goal.intent else {
            counted.long_tail += 1;
            continue;
        };
        let (count, conversations) = counted.intents.entry(intent.clone()).or_default();
        *count += 1;
        // Goals of one conversation follow each other.
        if last.insert(intent, &goal.conversation) != Some(&goal.conversation) {
            *conversations += 1;
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goal(conversation: &str, intent: Option<&str>) -> StoredGoal {
        StoredGoal {
            conversation: ConversationId(conversation.to_string()),
            ordinal: 0,
            first_turn: 0,
            last_turn: 1,
            intent: intent.map(|id| IntentId(id.to_string())),
            score: 1.0,
            out_of_scope: None,
        }
    }

    #[test]
    fn what_is_new_or_waits_is_read_and_the_rest_is_counted() {
        let mut goals: Vec<StoredGoal> = (0..30).map(|number| goal(&format!("c-{number:02}"), Some("i-1"))).collect();
        goals.push(goal("c-29", Some("i-1")));
        goals.push(goal("c-40", None));
        let new = BTreeSet::from([ConversationId("c-50".to_string())]);
        let read = beside(&goals, &new);
        assert_eq!(read.len(), CONTRAST + 2);
        assert!(read.contains(&ConversationId("c-40".to_string())));
        let counted = elsewhere(&goals, &read);
        assert_eq!(counted.long_tail, 0);
        assert_eq!(counted.intents[&IntentId("i-1".to_string())], (11, 10));
    }
}
