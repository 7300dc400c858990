//! Every goal with its intent: a line of JSON or a row of values each, for spreadsheets, notebooks and checks. Texts stay
//! in the cache; the ids say where they are.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::untrusted::one_line;
use super::survey::within;
use crate::intent::{Intent, IntentId};
use crate::store::ConversationRow;
use crate::store::intents::StoredGoal;
use serde::Serialize;
use std::collections::BTreeMap;

/// One goal.
#[derive(Serialize)]
struct Assignment<'a> {
    conversation: &'a str,
    /// Its id in the source.
    external_id: Option<String>,
    /// The goal's place among those of the conversation.
    ordinal: u32,
    first_turn: u32,
    last_turn: u32,
    /// `None` in the long tail.
    intent: Option<&'a str>,
    name: Option<String>,
    score: f64,
    /// `None` where it was not measured.
    out_of_scope: Option<f64>,
}

/// Prints those of `conversations`, by conversation and place.
pub fn print(
    context: &mut Context,
    conversations: &[ConversationRow],
    intents: &[Intent],
    goals: &[StoredGoal],
    csv: bool,
) -> Result<(), CommandError> {
    // A terminal reads the rows too; JSON escapes by itself.
    let plain = |text: &str| if csv { one_line(text) } else { text.to_string() };
    let names: BTreeMap<&IntentId, &str> = intents.iter().map(|intent| (&intent.id, intent.name.as_str())).collect();
    let assignments = within(goals, conversations).map(|(goal, place)| Assignment {
        conversation: &goal.conversation.0,
        external_id: conversations[place].external_id.as_deref().map(plain),
        ordinal: goal.ordinal,
        first_turn: goal.first_turn,
        last_turn: goal.last_turn,
        intent: goal.intent.as_ref().map(|id| id.0.as_str()),
        name: goal.intent.as_ref().and_then(|id| names.get(id)).map(|name| plain(name)),
        score: goal.score,
        out_of_scope: goal.out_of_scope,
    });
    if csv {
        return super::super::csv::print(context, assignments);
    }
    for assignment in assignments {
        let failed = |error| CommandError::usage("cannot write an assignment as JSON").caused_by(error);
        context.ui.line(serde_json::to_string(&assignment).map_err(failed)?)?;
    }
    Ok(())
}
