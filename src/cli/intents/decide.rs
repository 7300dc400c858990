//! Decisions about intents: each is an entry of `intents.yaml`, holds on every rerun, and can be taken back.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::untrusted::one_line;
use super::super::workspace::Workspace;
use super::registry::{Shown, write};
use super::{Action, find};
use crate::intent::IntentId;
use crate::intent::registry::{Decision, Part, Registry};
use crate::store::TraceStore;

/// Makes the decision that `action` asks for; false when it asks for none.
pub fn decide(
    context: &mut Context,
    workspace: &Workspace,
    store: &TraceStore,
    shown: &Shown,
    action: &Action,
) -> Result<bool, CommandError> {
    let decision = match action {
        Action::Rename { intent, name } => Decision::Rename(id(shown, intent)?, name.clone()),
        Action::Describe { intent, text } => Decision::Describe(id(shown, intent)?, text.clone()),
        Action::Merge { intent, into } => Decision::Merge(id(shown, intent)?, id(shown, into)?),
        Action::Split { intent, containing, name } => {
            let part = Part { name: name.clone(), containing: containing.clone() };
            Decision::Split(id(shown, intent)?, vec![part])
        }
        Action::Ignore { intent, reason } => Decision::Ignore(id(shown, intent)?, reason.clone()),
        Action::Unignore { intent } => Decision::Unignore(id(shown, intent)?),
        Action::List | Action::Show { .. } | Action::Trend { .. } | Action::Assignments => return Ok(false),
    };
    let decided = shown.registry.decide(&decision, &shown.intents, context.now(), None);
    let decided = decided.map_err(|refusal| CommandError::usage(refusal.to_string()))?;
    if let Decision::Split(parent, _) = &decision {
        refuse_empty(store, shown, &decided, parent)?;
    }
    write(context, workspace, &shown.registry, &decided)?;
    Ok(true)
}

/// Refuses a new part of `parent` that takes no goal: every command would complain of it from now on.
fn refuse_empty(store: &TraceStore, shown: &Shown, decided: &Registry, parent: &IntentId) -> Result<(), CommandError> {
    let after = Shown::under(decided.clone(), store)?;
    let is_empty = |id: &IntentId| !after.intents.iter().any(|intent| intent.id == *id);
    let parts = decided.entries().iter().filter(|entry| entry.split_from.as_ref() == Some(parent));
    let mut new = parts.filter(|entry| shown.registry.entry(&entry.id).is_none());
    match new.find(|entry| is_empty(&entry.id)) {
        Some(part) => {
            let phrases = one_line(&part.containing.join(", "));
            Err(CommandError::usage(format!("no goal of {parent} holds a phrase of this part: {phrases}"))
                .hint(format!("Nothing was written. `reprompt intents show {parent}` prints what users said.")))
        }
        None => Ok(()),
    }
}

/// Writes all intents that are shown into the registry.
pub fn save(context: &mut Context, workspace: &Workspace, shown: &Shown) -> Result<(), CommandError> {
    let saved = shown.registry.saved(&shown.intents, &shown.lineage, context.now());
    let saved = saved.map_err(|error| CommandError::usage(error.to_string()))?;
    write(context, workspace, &shown.registry, &saved)
}

/// The intent that is meant: one that is shown, or one that only the registry knows.
fn id(shown: &Shown, wanted: &str) -> Result<IntentId, CommandError> {
    match shown.entry(wanted) {
        Some(entry) => Ok(entry.id.clone()),
        None => Ok(find(&shown.intents, wanted)?.id.clone()),
    }
}
