//! From contrasts to one cause, or to none. Every failing conversation is attributed to the earliest cause that
//! shows in it, so that a guess counts and the error and the complaint that follow it do not. A cause's evidence is
//! its z times the conversations attributed to it; it is named when it holds at least half of all evidence and one
//! and a half times the next. Everything else is an abstention with its reason.

use super::contrast::Contrast;
use super::events::{Event, Occurrences};
use super::{Case, Cause};
use crate::stats::contrast::log_odds_z;
use crate::trace::Outcome;
use std::collections::BTreeMap;

/// Causes of the closed set whose evidence is seen but not yet weighed into a name.
pub const UNCOVERED: [&str; 8] = [
    "misread intent",
    "bad tool data",
    "wrong answer with good data",
    "missing instruction",
    "conflicting instruction",
    "truncation",
    "model or prompt version change",
    "policy refusal",
];

/// Fewest failing and passing conversations to speak at all.
pub const LEAST_FAILING: usize = 5;
/// See [`LEAST_FAILING`].
pub const LEAST_PASSING: usize = 15;
/// Largest adjusted p of an event that may name a cause.
const MOST_Q: f64 = 0.10;
/// Fewest failing conversations with the event.
const LEAST_WITH: u32 = 3;
/// Fewest users with the event.
const LEAST_USERS: u32 = 3;
/// Smallest z that must remain when any one user is left out.
const LEAST_Z_WITHOUT: f64 = 1.645;
/// Share of the evidence, and lead over the next, that a name needs.
const LEAST_SHARE: f64 = 0.5;
/// See [`LEAST_SHARE`].
const LEAST_LEAD: f64 = 1.5;

/// An explanation and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// What it is: the cause's kind, or a name from [`UNCOVERED`].
    pub name: &'static str,
    /// The cause, when it is a covered one.
    pub cause: Option<Cause>,
    /// Its event's contrast.
    pub contrast: Contrast,
    /// Failing conversations attributed to it.
    pub attributed: u32,
    /// Share of all evidence, in `[0, 1]`.
    pub share: f64,
}

/// The decision for one scope.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The first of the weighed explanations is the cause.
    Named,
    /// No cause is named; the reason is a sentence fragment.
    Abstained(String),
}

/// Weighs the explanations that the contrasts support, strongest first, and decides.
pub fn decide(cases: &[Case<'_>], occurrences: &[Occurrences], contrasts: &[Contrast]) -> (Vec<Weighed>, Decision) {
    let failing = cases.iter().filter(|case| case.outcome == Outcome::Failure).count();
    let passing = cases.iter().filter(|case| case.outcome == Outcome::Success).count();
    if failing < LEAST_FAILING || passing < LEAST_PASSING {
        let reason = format!(
            "insufficient evidence: {failing} failing, {passing} passing ({LEAST_FAILING}, {LEAST_PASSING} needed)"
        );
        return (Vec::new(), Decision::Abstained(reason));
    }
    let eligible: Vec<&Contrast> = contrasts
        .iter()
        .filter(|contrast| {
            contrast.z > 0.0
                && contrast.q <= MOST_Q
                && contrast.failing_with >= LEAST_WITH
                && explanation(&contrast.event).is_some()
        })
        .collect();
    let mut attributed: Vec<u32> = vec![0; eligible.len()];
    for (index, case) in cases.iter().enumerate() {
        if case.outcome != Outcome::Failure {
            continue;
        }
        let Some(events) = occurrences.get(index) else { continue };
        let present = eligible.iter().enumerate().filter_map(|(at, contrast)| {
            let turn = events.get(&contrast.event)?;
            Some((explanation_order(&contrast.event), *turn, at, contrast.z))
        });
        let first = present.min_by(|left, right| {
            let (left_order, left_turn, left_at, left_z) = left;
            let (right_order, right_turn, right_at, right_z) = right;
            (left_order.0, left_turn, left_order.1)
                .cmp(&(right_order.0, right_turn, right_order.1))
                .then_with(|| right_z.total_cmp(left_z))
                .then_with(|| left_at.cmp(right_at))
        });
        if let Some((_, _, at, _)) = first
            && let Some(count) = attributed.get_mut(at)
        {
            *count += 1;
        }
    }
    let total: f64 = eligible.iter().zip(&attributed).map(|(contrast, count)| contrast.z * f64::from(*count)).sum();
    let mut weighed: Vec<Weighed> = eligible
        .iter()
        .zip(&attributed)
        .filter(|(_, count)| **count > 0)
        .filter_map(|(contrast, count)| {
            let (name, cause) = explanation(&contrast.event)?;
            let share = if total > 0.0 { contrast.z * f64::from(*count) / total } else { 0.0 };
            Some(Weighed { name, cause, contrast: (*contrast).clone(), attributed: *count, share })
        })
        .collect();
    weighed.sort_by(|left, right| {
        right.share.total_cmp(&left.share).then_with(|| left.contrast.event.cmp(&right.contrast.event))
    });
    let decision = judge(cases, &weighed);
    (weighed, decision)
}

fn judge(cases: &[Case<'_>], weighed: &[Weighed]) -> Decision {
    let Some(first) = weighed.first() else {
        return Decision::Abstained("no event tells failing from passing conversations".to_string());
    };
    if first.cause.is_none() {
        return Decision::Abstained(format!("marked by \"{}\": {}, not yet covered", first.contrast.event, first.name));
    }
    let second = weighed.get(1).map_or(0.0, |next| next.share);
    if first.share < LEAST_SHARE || first.share < LEAST_LEAD * second {
        return Decision::Abstained(format!(
            "two explanations weigh alike: \"{}\" {:.2}, \"{}\" {second:.2}",
            first.contrast.event,
            first.share,
            weighed.get(1).map(|next| next.contrast.event.to_string()).unwrap_or_default()
        ));
    }
    if first.contrast.users < LEAST_USERS {
        return Decision::Abstained(format!(
            "\"{}\" rests on {} users, {LEAST_USERS} needed",
            first.contrast.event, first.contrast.users
        ));
    }
    if let Some(z) = weakest_without_one_user(cases, &first.contrast)
        && z < LEAST_Z_WITHOUT
    {
        return Decision::Abstained(format!(
            "\"{}\" does not survive leaving one user out (z {z:.2})",
            first.contrast.event
        ));
    }
    Decision::Named
}

/// The contrast's smallest z when all conversations of any one user who shows the event are left out.
fn weakest_without_one_user(cases: &[Case<'_>], contrast: &Contrast) -> Option<f64> {
    let mut failing_with: BTreeMap<&str, u64> = BTreeMap::new();
    for case in contrast.cases.iter().filter_map(|index| cases.get(*index)) {
        *failing_with.entry(case.conversation.principal()).or_default() += 1;
    }
    let weakest = failing_with.values().filter_map(|with| {
        // The user's failing conversations without the event stay: that is the harder test.
        let failing = u64::from(contrast.failing).checked_sub(*with)?;
        let remaining = u64::from(contrast.failing_with).checked_sub(*with)?;
        log_odds_z(remaining, u64::from(contrast.passing_with), failing, u64::from(contrast.passing)).map(|one| one.z)
    });
    weakest.min_by(f64::total_cmp)
}

/// What an event explains, if it may explain a failure at all.
fn explanation(event: &Event) -> Option<(&'static str, Option<Cause>)> {
    match event {
        Event::Cause(cause) => Some((cause.kind(), Some(cause.clone()))),
        Event::ToolError(_) | Event::ToolEmpty(_) => Some(("bad tool data", None)),
        Event::PromptVersion(_) | Event::Model(_) => Some(("model or prompt version change", None)),
        _ => None,
    }
}

/// Covered causes first, then what is uncovered; among covered ones that show in the same turn, the more specific.
fn explanation_order(event: &Event) -> (u8, u8) {
    match event {
        Event::Cause(Cause::ArgumentRejected { .. }) => (0, 0),
        Event::Cause(Cause::ArgumentGuessed { .. }) => (0, 1),
        Event::Cause(Cause::WrongTool { .. }) => (0, 2),
        Event::Cause(Cause::RepeatedFailure { .. }) => (0, 3),
        Event::Cause(Cause::RepeatedCorrection { .. }) => (0, 4),
        Event::ToolError(_) | Event::ToolEmpty(_) => (1, 0),
        _ => (2, 0),
    }
}
