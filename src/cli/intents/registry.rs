//! Intents as they are shown: what was stored, with the decisions of `intents.yaml` laid over; and the file itself.

use super::super::atomic;
use super::super::context::Context;
use super::super::error::{CommandError, ErrorKind};
use super::super::ui::Ui;
use super::super::untrusted::one_line;
use super::super::workspace::{At, Workspace};
use super::find;
use crate::intent::registry::{Entry, REGISTRY_FILE, Registry, Status, same_name};
use crate::intent::{Intent, IntentId, LineageEvent};
use crate::store::intents::StoredGoal;
use crate::store::{ProcessLock, TraceStore};
use crate::trace::{ConversationId, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The intents and goals of a cache with the decisions of a repository.
#[derive(Debug)]
pub struct Shown {
    /// Intents with at least one goal, largest first.
    pub intents: Vec<Intent>,
    /// All goals, by conversation and place.
    pub goals: Vec<StoredGoal>,
    /// What was decided.
    pub registry: Registry,
    /// What happened to intents, oldest first.
    pub lineage: Vec<LineageEvent>,
    /// Decisions that have no effect here, as sentences.
    pub problems: Vec<String>,
}

impl Shown {
    /// Reads both, and lays one over the other.
    pub fn load(workspace: &Workspace, store: &TraceStore) -> Result<Self, CommandError> {
        Self::under(read(workspace, workspace.newest()?)?, store)
    }

    /// The intents of the cache under these decisions.
    pub fn under(registry: Registry, store: &TraceStore) -> Result<Self, CommandError> {
        let (mut intents, mut goals) = (store.load_intents()?, store.load_goals()?);
        let lineage = store.load_lineage()?;
        let texts = texts(store, &registry, &goals)?;
        let text =
            |goal: &StoredGoal| texts.get(&(goal.conversation.clone(), goal.ordinal)).cloned().unwrap_or_default();
        let problems = registry.apply(&mut intents, &mut goals, &lineage, Some(&text));
        let problems = if intents.is_empty() { Vec::new() } else { problems };
        let problems = problems.iter().map(ToString::to_string).collect();
        Ok(Self { intents, goals, registry, lineage, problems })
    }

    /// Says which decisions have no effect here.
    pub fn warn(&self, ui: &mut Ui) -> Result<(), CommandError> {
        for problem in &self.problems {
            ui.status(one_line(problem))?;
        }
        Ok(())
    }

    /// The intent that `wanted` names; for one that was merged, says into which.
    pub fn find(&self, wanted: &str) -> Result<&Intent, CommandError> {
        find(&self.intents, wanted).map_err(|error| match self.entry(wanted).map(|entry| &entry.status) {
            Some(Status::Merged(into)) => {
                CommandError::usage(format!("intent `{}` is merged into {into}", one_line(wanted)))
                    .hint(format!("`reprompt intents show {into}` shows it."))
            }
            _ => error,
        })
    }

    /// The registry's entry that `wanted` names: its id, or its name. What was merged may have the name of another.
    pub fn entry(&self, wanted: &str) -> Option<&Entry> {
        let entries = self.registry.entries();
        let named = || entries.iter().filter(|entry| same_name(&entry.name) == same_name(wanted));
        entries
            .iter()
            .find(|entry| entry.id.0 == wanted)
            .or_else(|| named().find(|entry| !matches!(entry.status, Status::Merged(_))))
            .or_else(|| named().next())
    }

    /// Whether nobody works on an intent.
    pub fn is_ignored(&self, id: &IntentId) -> bool {
        self.registry.is_ignored(id)
    }
}

/// Whoever writes decisions holds this file's lock meanwhile.
const DECISIONS: &str = "decisions.lock";

/// Conversations that are held at once.
const BATCH: usize = 500;

/// What users said of each goal that a split may move, before the first reply to it. Nothing else is read.
fn texts(
    store: &TraceStore,
    registry: &Registry,
    goals: &[StoredGoal],
) -> Result<BTreeMap<(ConversationId, u32), String>, CommandError> {
    let split: BTreeSet<&IntentId> = registry.entries().iter().filter_map(|entry| entry.split_from.as_ref()).collect();
    // A goal comes to an intent that was split by merges, too.
    let comes_to_a_split = |id: &&IntentId| {
        let mut at = *id;
        for _ in 0..=registry.entries().len() {
            match registry.entry(at).map(|entry| &entry.status) {
                _ if split.contains(at) => return true,
                Some(Status::Merged(into)) => at = into,
                _ => return false,
            }
        }
        false
    };
    let intents: BTreeSet<&IntentId> = goals.iter().filter_map(|goal| goal.intent.as_ref()).collect();
    let intents: BTreeSet<&IntentId> = intents.into_iter().filter(comes_to_a_split).collect();
    let wanted = |goal: &&StoredGoal| goal.intent.as_ref().is_some_and(|intent| intents.contains(intent));
    let wanted: Vec<&StoredGoal> = goals.iter().filter(wanted).collect();
    let mut texts = BTreeMap::new();
    for goals in wanted.chunks(BATCH) {
        let ids: Vec<ConversationId> = goals.iter().map(|goal| goal.conversation.clone()).collect();
        for (goal, stored) in goals.iter().zip(store.load(&ids)?) {
            let turns = stored.conversation.turns.iter().enumerate().skip(goal.first_turn as usize);
            let turns = turns.take_while(|(index, _)| *index <= goal.last_turn as usize).map(|(_, turn)| turn);
            let said = turns.skip_while(|turn| turn.role != Role::User).take_while(|turn| turn.role == Role::User);
            let text = said.map(|turn| turn.text.as_str()).collect::<Vec<_>>().join("\n");
            texts.insert((goal.conversation.clone(), goal.ordinal), text);
        }
    }
    Ok(texts)
}

/// The registry at a revision, or as it is on disk; an empty one where there is none.
pub fn read(workspace: &Workspace, at: At) -> Result<Registry, CommandError> {
    let Some(bytes) = workspace.read(at, REGISTRY_FILE)? else { return Ok(Registry::empty()) };
    let unfit = |error: Box<dyn std::error::Error + Send + Sync>| {
        CommandError::new(ErrorKind::Usage, format!("cannot read the intent registry `{REGISTRY_FILE}`"))
            .caused_by(error)
    };
    let text = String::from_utf8(bytes).map_err(|error| unfit(error.into()))?;
    Registry::parse(&text).map_err(|error| unfit(error.into()))
}

/// Writes the registry into the work tree, if it says anything new. Says what to do next.
pub fn write(context: &mut Context, workspace: &Workspace, old: &Registry, new: &Registry) -> Result<(), CommandError> {
    if workspace.newest()? != At::WorkTree {
        return Err(CommandError::usage("a bare repository has no files to write decisions to")
            .hint("Run the command in a clone of it."));
    }
    if old.text() == new.text() {
        context.ui.line(format!("{REGISTRY_FILE} says so already"))?;
        return Ok(());
    }
    let _lock = ProcessLock::of(&workspace.folders.cache, DECISIONS, "intents")?;
    if read(workspace, At::WorkTree)?.text() != old.text() {
        return Err(CommandError::new(ErrorKind::TryAgain, format!("{REGISTRY_FILE} has changed since it was read"))
            .hint("Nothing was written. Run the command again."));
    }
    atomic::replace(&workspace.root.join(REGISTRY_FILE), new.text().as_bytes())?;
    context.ui.line(format!("wrote {REGISTRY_FILE}"))?;
    context.ui.hint(format!("review and commit {REGISTRY_FILE}: decisions are shared like code"))?;
    Ok(())
}
