//! Runs of tools on the calls that asked for them: result, failure and duration come from the run's own record, the
//! call from the model's.

use super::history::canonical;
use super::steps::Node;
use crate::trace::fragment::Step;
use crate::trace::message::failure;
use crate::trace::{ErrorSource, Role, ToolCall, Turn};
use std::collections::BTreeMap;

/// Puts the runs on the calls in `turns`; gives back the indices of those that nothing in `turns` asked for.
pub(super) fn attach(turns: &mut [Turn], runs: &[(usize, &Node)]) -> Vec<usize> {
    let mut by_id: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let mut by_name: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (turn_index, turn) in turns.iter().enumerate() {
        for (position, call) in turn.calls.iter().enumerate() {
            by_id.entry(call.id.clone()).or_default().push((turn_index, position));
            by_name.entry(call.name.clone()).or_default().push((turn_index, position));
        }
    }
    let mut used = std::collections::BTreeSet::new();
    let mut left = Vec::new();
    for (index, node) in runs {
        let Some(run) = &node.step.tool else { continue };
        let arguments = run.arguments.as_deref().map(canonical);
        let call = |place: &(usize, usize)| turns.get(place.0).and_then(|turn| turn.calls.get(place.1));
        let equal = |place: &&(usize, usize)| {
            let given = call(place).map(|call| canonical(&call.arguments));
            arguments.is_none() || given == arguments
        };
        let free = |place: &&(usize, usize)| !used.contains(*place);
        let named = by_name.get(&run.name).map(Vec::as_slice).unwrap_or_default();
        let with_id = run.call.as_ref().and_then(|id| by_id.get(id)).map(Vec::as_slice).unwrap_or_default();
        let found = with_id
            .iter()
            .filter(free)
            .find(equal)
            .or_else(|| with_id.iter().find(free))
            .or_else(|| named.iter().filter(free).find(equal))
            // The same run again, by a call that has its run: nothing to add.
            .or_else(|| named.iter().filter(free).find(|place| call(place).is_some_and(|call| call.result.is_none())))
            .copied();
        match found.and_then(|place| Some((place, turns.get_mut(place.0)?.calls.get_mut(place.1)?))) {
            Some((place, call)) => {
                used.insert(place);
                put(call, &node.step);
            }
            None => left.push(*index),
        }
    }
    left
}

/// What the run's record adds to the call.
fn put(call: &mut ToolCall, step: &Step) {
    let run = step.tool.clone().unwrap_or_default();
    if call.result.is_none() {
        call.result = run.result;
    }
    if call.arguments.is_empty() {
        call.arguments = run.arguments.unwrap_or_default();
    }
    if step.failed {
        call.error = Some(ErrorSource::Status);
    } else if call.error.is_none() {
        call.error = call.result.as_deref().and_then(|result| failure(result, None));
    }
    call.latency_ms = call.latency_ms.or_else(|| latency(step));
}

fn latency(step: &Step) -> Option<u64> {
    u64::try_from(step.end?.checked_sub(step.start?)? / 1_000_000).ok()
}

/// Adds runs that no message asked for where they happened: on the agent's last turn that began before them, or on
/// one of their own after what the user said last before them.
pub(super) fn insert(turns: &mut Vec<Turn>, runs: &[&Node]) {
    for node in runs {
        let Some(run) = &node.step.tool else { continue };
        let mut call = ToolCall {
            id: run.call.clone().or_else(|| node.address.step.clone()).unwrap_or_default(),
            name: run.name.clone(),
            arguments: run.arguments.clone().unwrap_or_default(),
            result: None,
            error: None,
            latency_ms: None,
        };
        put(&mut call, &node.step);
        let started = node.step.started();
        let later = |turn: &Turn| matches!((turn.time, started), (Some(time), Some(started)) if time > started);
        // Without times a run comes before the agent's last words, which rest on it.
        let last_words = turns.last().is_some_and(|turn| {
            turn.role == Role::Assistant && turn.calls.is_empty() && (turn.time.is_none() || started.is_none())
        });
        let at = turns
            .iter()
            .position(|turn| later(turn) && turn.role != Role::System)
            .unwrap_or(turns.len() - usize::from(last_words));
        match at.checked_sub(1).and_then(|before| turns.get_mut(before)) {
            Some(before) if before.role == Role::Assistant && !before.calls.is_empty() => before.calls.push(call),
            _ => {
                turns.insert(at, Turn { role: Role::Assistant, text: String::new(), calls: vec![call], time: started });
            }
        }
    }
}
