//! Failing against passing conversations, event by event: the log-odds z of each event's occurrence with half a
//! count added to every cell, and Benjamini-Hochberg over all events tested. Raw counts
//! mislead: an error may be frequent and occur as often where things went well.
//!
//! A guessed argument and an empty result are contrasted among the conversations that call the tool: that the tool is
//! called at all says what the user wanted, not what went wrong.

use super::events::{Event, Occurrences};
use super::{Case, Cause};
use crate::stats::contrast::log_odds_z;
use crate::stats::multiplicity::benjamini_hochberg;
use crate::stats::normal::two_sided_p;
use crate::trace::{ErrorSource, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// One event's contrast.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The event.
    pub event: Event,
    /// Failing conversations with it.
    pub failing_with: u32,
    /// Passing conversations with it.
    pub passing_with: u32,
    /// All failing conversations that were compared.
    pub failing: u32,
    /// All passing conversations that were compared.
    pub passing: u32,
    /// Distinct users among the failing with it.
    pub users: u32,
    /// Largest share that one user has of the failing with it.
    pub top_user_share: f64,
    /// Log-odds z; positive: marks failures.
    pub z: f64,
    /// Benjamini-Hochberg adjusted two-sided p over all events that were tested.
    pub q: f64,
    /// Indices into the cases of the failing conversations with it.
    pub cases: Vec<usize>,
}

/// Fewest failing conversations with an event for it to be tested.
const LEAST_OCCURRENCES: usize = 3;

/// Contrasts of every event, strongest mark of failure first. Events with the same occurrences in all conversations
/// are shown once, under the name that sorts first. Cases of unknown outcome are not read.
pub fn contrasts(cases: &[Case<'_>], occurrences: &[Occurrences]) -> Vec<Contrast> {
    let known = |index: usize| cases.get(index).filter(|case| case.outcome != Outcome::Unknown);
    let everyone: Vec<usize> = (0..cases.len()).filter(|index| known(*index).is_some()).collect();
    let mut with: BTreeMap<&Event, Vec<usize>> = BTreeMap::new();
    for index in &everyone {
        for event in occurrences.get(*index).into_iter().flat_map(BTreeMap::keys) {
            with.entry(event).or_default().push(*index);
        }
    }
    let mut shown: BTreeSet<&[usize]> = BTreeSet::new();
    let mut tested: Vec<Contrast> = Vec::new();
    for (event, members) in &with {
        let population = match population(event) {
            None if !shown.insert(members.as_slice()) => continue,
            None => &everyone,
            Some(condition) => with.get(&condition).unwrap_or(&everyone),
        };
        if members.len() >= LEAST_OCCURRENCES
            && let Some(contrast) = contrast(cases, event, members, population)
        {
            tested.push(contrast);
        }
    }
    let p: Vec<f64> = tested.iter().map(|contrast| two_sided_p(contrast.z)).collect();
    for (contrast, q) in tested.iter_mut().zip(benjamini_hochberg(&p)) {
        contrast.q = q;
    }
    tested.sort_by(|left, right| right.z.total_cmp(&left.z).then_with(|| left.event.cmp(&right.event)));
    tested
}

/// The event that a conversation must show to be compared at all, where that is not every conversation.
fn population(event: &Event) -> Option<Event> {
    match event {
        Event::Cause(Cause::ArgumentGuessed { tool, .. }) | Event::ToolEmpty(tool) => Some(Event::Tool(tool.clone())),
        _ => None,
    }
}

fn contrast(cases: &[Case<'_>], event: &Event, members: &[usize], population: &[usize]) -> Option<Contrast> {
    let failed = |index: &&usize| cases.get(**index).is_some_and(|case| case.outcome == Outcome::Failure);
    let failing = population.iter().filter(failed).count();
    let passing = population.len() - failing;
    let failures: Vec<usize> = members.iter().filter(failed).copied().collect();
    let passes = members.len() - failures.len();
    if members.len() == population.len() {
        // What everybody does tells nobody apart.
        return None;
    }
    let z = log_odds_z(failures.len() as u64, passes as u64, failing as u64, passing as u64)?.z;
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for case in failures.iter().filter_map(|index| cases.get(*index)) {
        *users.entry(case.conversation.principal()).or_default() += 1;
    }
    let top = users.values().max().copied().unwrap_or(0);
    Some(Contrast {
        event: event.clone(),
        failing_with: count(failures.len()),
        passing_with: count(passes),
        failing: count(failing),
        passing: count(passing),
        users: count(users.len()),
        top_user_share: if failures.is_empty() { 0.0 } else { top as f64 / failures.len() as f64 },
        z,
        q: 1.0,
        cases: failures,
    })
}

/// How often a tool fails, by calls and by conversations.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolErrors {
    /// The tool.
    pub tool: String,
    /// All its calls.
    pub calls: u32,
    /// Those that failed.
    pub errors: u32,
    /// Of these, known by the text of the result rather than by a status.
    pub by_content: u32,
    /// Failing conversations with an error of this tool.
    pub failing_with: u32,
    /// Passing conversations with one.
    pub passing_with: u32,
    /// Log-odds z of that.
    pub z: f64,
}

/// Errors by tool over whole conversations, most failing calls first: the raw counts beside the contrast that says
/// what they mean.
pub fn tool_errors(cases: &[Case<'_>]) -> Vec<ToolErrors> {
    let mut tools: BTreeMap<&str, ToolErrors> = BTreeMap::new();
    let failing = cases.iter().filter(|case| case.outcome == Outcome::Failure).count() as u64;
    let passing = cases.iter().filter(|case| case.outcome == Outcome::Success).count() as u64;
    for case in cases {
        let mut failed: BTreeSet<&str> = BTreeSet::new();
        for (_, call) in case.conversation.calls() {
            let entry = tools.entry(&call.name).or_insert_with(|| ToolErrors {
                tool: call.name.clone(),
                calls: 0,
                errors: 0,
                by_content: 0,
                failing_with: 0,
                passing_with: 0,
                z: 0.0,
            });
            entry.calls += 1;
            entry.errors += u32::from(call.error.is_some());
            entry.by_content += u32::from(call.error == Some(ErrorSource::Content));
            if call.error.is_some() {
                failed.insert(&call.name);
            }
        }
        for tool in failed {
            if let Some(entry) = tools.get_mut(tool) {
                entry.failing_with += u32::from(case.outcome == Outcome::Failure);
                entry.passing_with += u32::from(case.outcome == Outcome::Success);
            }
        }
    }
    let mut tools: Vec<ToolErrors> = tools.into_values().filter(|tool| tool.errors > 0).collect();
    for tool in &mut tools {
        let contrast = log_odds_z(u64::from(tool.failing_with), u64::from(tool.passing_with), failing, passing);
        tool.z = contrast.map_or(0.0, |contrast| contrast.z);
    }
    tools.sort_by(|left, right| right.errors.cmp(&left.errors).then_with(|| left.tool.cmp(&right.tool)));
    tools
}

/// Counts of conversations fit in 32 bits; more would not fit in memory.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
