//! Merges and splits that lead back to where they began. A goal would never arrive, so reading refuses them, and no
//! decision makes one.

use super::{Entry, Status, by_id};
use crate::intent::IntentId;
use std::collections::{BTreeMap, BTreeSet};

/// Intents that hand their goals round in a circle, beginning with the lowest id; `None` when every goal arrives. An
/// intent hands goals to what it is merged into and to its parts, but not to parts that were merged back into it.
pub(super) fn circle(entries: &[Entry]) -> Option<Vec<IntentId>> {
    let known = by_id(entries);
    let mut next: BTreeMap<&IntentId, Vec<&IntentId>> = BTreeMap::new();
    for entry in entries {
        match (&entry.status, &entry.split_from) {
            (Status::Merged(into), Some(parent)) if into == parent => {
                // It takes nothing from its parent, and what was merged into it goes on to the parent.
                next.entry(&entry.id).or_default().push(into);
            }
            (status, parent) => {
                if let Some(parent) = parent {
                    next.entry(parent).or_default().push(&entry.id);
                }
                if let Status::Merged(into) = status {
                    next.entry(&entry.id).or_default().push(into);
                }
            }
        }
    }
    // Entries that nothing leads to cannot be in a circle; neither can what only they lead to.
    let mut incoming: BTreeMap<&IntentId, usize> = known.keys().map(|id| (*id, 0)).collect();
    for to in next.values().flatten() {
        *incoming.entry(*to).or_default() += 1;
    }
    let mut open: Vec<&IntentId> = incoming.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut left: BTreeSet<&IntentId> = incoming.keys().copied().collect();
    while let Some(id) = open.pop() {
        left.remove(id);
        for to in next.get(id).into_iter().flatten() {
            if let Some(count) = incoming.get_mut(to) {
                *count -= 1;
                if *count == 0 {
                    open.push(to);
                }
            }
        }
    }
    // What is left is circles and what they lead to: walk until an id comes again.
    let mut walked: Vec<&IntentId> = Vec::new();
    let mut at = left.iter().copied().find(|id| leads_back(id, &next, &left))?;
    while !walked.contains(&at) {
        walked.push(at);
        at = next.get(at)?.iter().copied().find(|to| leads_back(to, &next, &left))?;
    }
    let start = walked.iter().position(|id| *id == at)?;
    let mut circle: Vec<IntentId> = walked.get(start..)?.iter().map(|id| (*id).clone()).collect();
    let lowest = circle.iter().enumerate().min_by_key(|(_, id)| *id).map_or(0, |(index, _)| index);
    circle.rotate_left(lowest);
    Some(circle)
}

/// Whether one can come back to `id`.
fn leads_back(id: &IntentId, next: &BTreeMap<&IntentId, Vec<&IntentId>>, within: &BTreeSet<&IntentId>) -> bool {
    let mut seen: BTreeSet<&IntentId> = BTreeSet::new();
    let mut open: Vec<&IntentId> = next.get(id).into_iter().flatten().copied().collect();
    while let Some(at) = open.pop() {
        if at == id {
            return true;
        }
        if within.contains(at) && seen.insert(at) {
            open.extend(next.get(at).into_iter().flatten().copied());
        }
    }
    false
}

pub(super) fn circle_problem(entries: &[Entry], circle: &[IntentId]) -> String {
    let known = by_id(entries);
    let merges =
        circle.iter().all(|id| known.get(id).is_some_and(|entry| !entry.is_shown() && entry.split_from.is_none()));
    let round: Vec<String> = circle.iter().chain(circle.first()).map(ToString::to_string).collect();
    if merges {
        format!("merged in a circle: {}; one of them must stay", round.join(" into "))
    } else {
        format!("goals would go round in a circle: {}; take one merge or split back", round.join(" to "))
    }
}
