//! The whole diagnosis of one scope: events, contrasts, decision, and the finding where there is one.

use super::contrast::{Contrast, ToolErrors, contrasts, count, tool_errors};
use super::decide::{Decision, Weighed, decide};
use super::events::{Event, Occurrences, add_absences, extract};
use super::lever::{Place, rank};
use super::{Case, Cause, Finding, FindingId, FindingState, Quote, Support, correction, evidence, wrong_tool};
use crate::intent::IntentId;
use crate::trace::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// What is diagnosed.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The agent (its name in the config).
    pub agent: String,
    /// The intent.
    pub intent: IntentId,
    /// The intent's name.
    pub name: String,
}

/// The result for one scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The scope.
    pub scope: Scope,
    /// Failing, passing and unknown conversations read.
    pub failing: u32,
    /// See `failing`.
    pub passing: u32,
    /// See `failing`.
    pub unknown: u32,
    /// Every event tested, strongest mark of failure first.
    pub contrasts: Vec<Contrast>,
    /// The explanations weighed, strongest first.
    pub weighed: Vec<Weighed>,
    /// What was decided.
    pub decision: Decision,
    /// The finding, when a cause was named.
    pub finding: Option<Finding>,
}

/// What marks failures over all conversations of an agent, whatever the intent.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Failing, passing and unknown conversations read.
    pub failing: u32,
    /// See `failing`.
    pub passing: u32,
    /// See `failing`.
    pub unknown: u32,
    /// Contrasts over whole conversations.
    pub contrasts: Vec<Contrast>,
    /// Raw error counts by tool beside their contrast.
    pub tool_errors: Vec<ToolErrors>,
}

/// Contrasts whole conversations; names no cause.
pub fn overview(cases: &[Case<'_>]) -> Overview {
    let occurrences = occurrences(cases, false);
    let [failing, passing, unknown] = tally(cases);
    Overview { failing, passing, unknown, contrasts: contrasts(cases, &occurrences), tool_errors: tool_errors(cases) }
}

/// Diagnoses one scope. `places` are the levers of the repository.
pub fn diagnose(scope: Scope, cases: &[Case<'_>], places: &[Place]) -> Diagnosis {
    let occurrences = occurrences(cases, true);
    let corrections = correction::shared_correction(cases).map(|shared| shared.members).unwrap_or_default();
    let contrasts = contrasts(cases, &occurrences);
    let (weighed, decision) = decide(cases, &occurrences, &contrasts);
    let finding = match (&decision, weighed.first()) {
        (Decision::Named, Some(first)) => {
            first.cause.clone().map(|cause| finding(&scope, cases, places, first, cause, &corrections))
        }
        _ => None,
    };
    let [failing, passing, unknown] = tally(cases);
    Diagnosis { scope, failing, passing, unknown, contrasts, weighed, decision, finding }
}

fn tally(cases: &[Case<'_>]) -> [u32; 3] {
    [Outcome::Failure, Outcome::Success, Outcome::Unknown]
        .map(|outcome| count(cases.iter().filter(|case| case.outcome == outcome).count()))
}

fn occurrences(cases: &[Case<'_>], before_complaint: bool) -> Vec<Occurrences> {
    let mut all: Vec<Occurrences> = cases.iter().map(|case| extract(case, before_complaint)).collect();
    unify_accepted_sets(&mut all);
    if before_complaint {
        wrong_tool::add(cases, &mut all);
        if let Some(shared) = correction::shared_correction(cases) {
            let cause = Cause::RepeatedCorrection { wanted: shared.wanted, instead: shared.instead };
            for (index, turn) in shared.members {
                if let Some(events) = all.get_mut(index) {
                    events.insert(Event::Cause(cause.clone()), turn);
                }
            }
        }
    }
    let passing: Vec<bool> = cases.iter().map(|case| case.outcome == Outcome::Success).collect();
    add_absences(&mut all, &passing);
    all
}

/// Errors may list the accepted values differently; one argument is one event, with the list named most often.
fn unify_accepted_sets(all: &mut [Occurrences]) {
    let mut lists: BTreeMap<(String, String), BTreeMap<Vec<String>, usize>> = BTreeMap::new();
    for event in all.iter().flat_map(BTreeMap::keys) {
        if let Event::Cause(Cause::ArgumentRejected { tool, argument, accepted }) = event {
            let counts = lists.entry((tool.clone(), argument.clone())).or_default();
            *counts.entry(accepted.clone()).or_default() += 1;
        }
    }
    for events in all {
        let rejected: Vec<(Event, usize)> = events
            .iter()
            .filter(|(event, _)| matches!(event, Event::Cause(Cause::ArgumentRejected { .. })))
            .map(|(event, turn)| (event.clone(), *turn))
            .collect();
        for (event, turn) in rejected {
            let Event::Cause(Cause::ArgumentRejected { tool, argument, .. }) = &event else { continue };
            let Some(counts) = lists.get(&(tool.clone(), argument.clone())) else { continue };
            let Some((accepted, _)) = counts.iter().max_by_key(|(list, count)| (**count, list.len())) else { continue };
            let cause =
                Cause::ArgumentRejected { tool: tool.clone(), argument: argument.clone(), accepted: accepted.clone() };
            events.remove(&event);
            let first = events.entry(Event::Cause(cause)).or_insert(turn);
            *first = turn.min(*first);
        }
    }
}

fn finding(
    scope: &Scope,
    cases: &[Case<'_>],
    places: &[Place],
    weighed: &Weighed,
    cause: Cause,
    corrections: &[(usize, usize)],
) -> Finding {
    let contrast = &weighed.contrast;
    let members: Vec<(usize, &Case<'_>)> =
        contrast.cases.iter().filter_map(|index| Some((*index, cases.get(*index)?))).collect();
    let openings: Vec<&str> = members.iter().map(|(_, case)| case.opening()).collect();
    let correction_in = |index: usize| corrections.iter().find(|(case, _)| *case == index).map(|(_, turn)| *turn);
    // One conversation a user, so that the quotes show that it is not one person's trouble.
    let mut users: BTreeSet<&str> = BTreeSet::new();
    let mut quotes: Vec<Quote> = Vec::new();
    for (index, case) in &members {
        if quotes.len() >= 6 || !users.insert(case.conversation.principal()) {
            continue;
        }
        quotes.extend(evidence::quotes(case, &cause, correction_in(*index)));
    }
    let mut weeks: BTreeMap<_, (u32, u32)> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        if let Some(started) = case.conversation.started {
            let week = weeks.entry(started.week_start()).or_default();
            week.0 += u32::from(contrast.cases.contains(&index));
            week.1 += 1;
        }
    }
    Finding {
        id: FindingId::of(&scope.intent, &cause),
        intent: scope.intent.clone(),
        intent_name: scope.name.clone(),
        agent: scope.agent.clone(),
        score: weighed.share,
        support: Support {
            failing_with: contrast.failing_with,
            passing_with: contrast.passing_with,
            failing: contrast.failing,
            passing: contrast.passing,
            users: contrast.users,
            top_user_share: contrast.top_user_share,
            z: contrast.z,
            q: contrast.q,
        },
        levers: rank(places, &cause, &openings),
        quotes,
        // What somebody wants twice in one conversation is two cases.
        conversations: members
            .iter()
            .map(|(_, case)| &case.conversation.id)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .cloned()
            .collect(),
        weeks: weeks.into_iter().map(|(week, (with, all))| (week, with, all)).collect(),
        state: FindingState::Open,
        cohort_end: cases.iter().filter_map(|case| case.conversation.started).max(),
        cause,
    }
}
