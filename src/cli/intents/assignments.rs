//! Every goal with its intent: a line of JSON or a row of values each, for spreadsheets, notebooks and checks. Texts stay
//! in the cache; the ids say where they are.

use super::super::context::Context;
use super::super::error::CommandError;
use crate::intent::{Intent, IntentId};
use crate::store::TraceStore;
use crate::store::intents::StoredGoal;
use crate::trace::ConversationId;
use serde::Serialize;
use std::collections::BTreeMap;

/// One goal.
#[derive(Serialize)]
struct Assignment<'a> {
    conversation: &'a str,
    /// Its id in the source.
    external_id: Option<&'a str>,
    /// The goal's place among those of the conversation.
    ordinal: u32,
    first_turn: u32,
    last_turn: u32,
    /// `None` in the long tail.
    intent: Option<&'a str>,
    name: Option<&'a str>,
    score: f64,
}

/// Prints them, by conversation and place.
pub fn print(
    context: &mut Context,
    store: &TraceStore,
    intents: &[Intent],
    goals: &[StoredGoal],
    csv: bool,
) -> Result<(), CommandError> {
    let rows = store.main_conversations()?;
    let external: BTreeMap<&ConversationId, &str> =
        rows.iter().filter_map(|row| Some((&row.id, row.external_id.as_deref()?))).collect();
    let names: BTreeMap<&IntentId, &str> = intents.iter().map(|intent| (&intent.id, intent.name.as_str())).collect();
    let assignments = goals.iter().map(|goal| Assignment {
        conversation: &goal.conversation.0,
        external_id: external.get(&goal.conversation).copied(),
        ordinal: goal.ordinal,
        first_turn: goal.first_turn,
        last_turn: goal.last_turn,
        intent: goal.intent.as_ref().map(|id| id.0.as_str()),
        name: goal.intent.as_ref().and_then(|id| names.get(id).copied()),
        score: goal.score,
    });
    if csv {
        return super::csv::print(context, assignments);
    }
    for assignment in assignments {
        let failed = |error| CommandError::usage("cannot write an assignment as JSON").caused_by(error);
        context.ui.line(serde_json::to_string(&assignment).map_err(failed)?)?;
    }
    Ok(())
}
