//! Where failures call one tool and successes call another at the same step. Two tools stand in for each other when
//! they follow the same predecessor, act on the same kind of thing (they share an argument), are called for users who
//! open in like words, and successes that call the one rarely call the other before it.

use super::events::{Event, Occurrences};
use super::grounding::words;
use super::{Case, Cause};
use crate::trace::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Share of passing conversations that must call the right tool.
const LEAST_USE: f64 = 0.2;
/// Largest share of those that may have called the wrong tool before it.
const MOST_BOTH: f64 = 0.3;
/// Least cosine between the opening words of those who met the one tool and those who met the other.
const LEAST_LIKENESS: f64 = 0.4;

/// Adds a [`Cause::WrongTool`] event to every case that calls a tool where successes call another. Handing over to
/// a person is never the wrong tool nor the right one: it ends the agent's part.
pub fn add(cases: &[Case<'_>], occurrences: &mut [Occurrences]) {
    let first_calls: Vec<BTreeMap<String, (usize, String)>> =
        occurrences.iter().zip(cases).map(|(events, case)| first_calls(case, events)).collect();
    let tools: BTreeSet<&String> =
        first_calls.iter().flat_map(BTreeMap::keys).filter(|tool| !is_handoff(tool)).collect();
    let passing: Vec<usize> = (0..cases.len())
        .filter(|index| cases.get(*index).is_some_and(|case| case.outcome == Outcome::Success))
        .collect();
    let failing: Vec<usize> = (0..cases.len())
        .filter(|index| cases.get(*index).is_some_and(|case| case.outcome == Outcome::Failure))
        .collect();
    let calls = |index: usize, tool: &str| first_calls.get(index).and_then(|calls| calls.get(tool));
    let mut added: Vec<(usize, usize, Cause)> = Vec::new();
    for called in &tools {
        let mut best: Option<(f64, &String)> = None;
        for instead in tools.iter().filter(|tool| *tool != called) {
            let right: Vec<usize> = passing.iter().copied().filter(|index| calls(*index, instead).is_some()).collect();
            let both = right.iter().filter(|index| precedes(calls(**index, called), calls(**index, instead))).count();
            let wrong: Vec<usize> = failing
                .iter()
                .copied()
                .filter(|index| {
                    calls(*index, called).is_some() && !precedes(calls(*index, instead), calls(*index, called))
                })
                .collect();
            if wrong.len() < 3
                || (right.len() as f64) < (LEAST_USE * passing.len() as f64).max(3.0)
                || both as f64 > MOST_BOTH * right.len() as f64
                || modal_step(&wrong, called, &first_calls) != modal_step(&right, instead, &first_calls)
            {
                continue;
            }
            if !alike(&arguments(cases, &wrong, called), &arguments(cases, &right, instead)) {
                continue;
            }
            let likeness = cosine(&opening_words(cases, &wrong), &opening_words(cases, &right));
            if likeness < LEAST_LIKENESS {
                continue;
            }
            if best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, instead));
            }
        }
        let Some((_, instead)) = best else { continue };
        for index in 0..cases.len() {
            if let Some((turn, _)) = calls(index, called)
                && !precedes(calls(index, instead), calls(index, called))
            {
                let cause = Cause::WrongTool { called: (*called).clone(), instead: instead.clone() };
                added.push((index, *turn, cause));
            }
        }
    }
    for (index, turn, cause) in added {
        if let Some(events) = occurrences.get_mut(index) {
            events.entry(Event::Cause(cause)).or_insert(turn);
        }
    }
}

/// Whether a tool's name says that it hands the conversation to a person.
pub fn is_handoff(tool: &str) -> bool {
    let name = format!(" {} ", words(tool));
    [" transfer ", " handoff ", " hand off ", " escalate ", " human "].iter().any(|word| name.contains(word))
}

fn precedes(first: Option<&(usize, String)>, second: Option<&(usize, String)>) -> bool {
    match (first, second) {
        (Some((first, _)), Some((second, _))) => first < second,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The first call of each tool among the case's events: its position among all calls, and the tool called before it.
fn first_calls(case: &Case<'_>, events: &Occurrences) -> BTreeMap<String, (usize, String)> {
    let mut first = BTreeMap::new();
    let mut previous = String::new();
    for (index, turn) in case.conversation.turns.iter().enumerate().take(case.end).skip(case.start) {
        for call in &turn.calls {
            let seen = events.get(&Event::Tool(call.name.clone())).is_some_and(|at| *at <= index);
            if seen && !first.contains_key(&call.name) {
                first.insert(call.name.clone(), (index, previous.clone()));
            }
            previous.clone_from(&call.name);
        }
    }
    first
}

fn modal_step(members: &[usize], tool: &str, first_calls: &[BTreeMap<String, (usize, String)>]) -> Option<String> {
    let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, before) in members.iter().filter_map(|index| first_calls.get(*index)?.get(tool)) {
        *steps.entry(before).or_default() += 1;
    }
    let most = steps.values().max().copied()?;
    steps.into_iter().find(|(_, count)| *count == most).map(|(step, _)| step.to_string())
}

/// The argument names that a tool is called with.
fn arguments(cases: &[Case<'_>], members: &[usize], tool: &str) -> BTreeSet<String> {
    let cases = members.iter().filter_map(|index| cases.get(*index));
    let calls = cases.flat_map(|case| case.conversation.calls()).filter(|(_, call)| call.name == tool);
    calls.flat_map(|(_, call)| call.argument_map().into_iter().map(|(name, _)| name)).collect()
}

/// Tools that stand in for each other act on the same thing, so they share an argument, or have none.
fn alike(left: &BTreeSet<String>, right: &BTreeSet<String>) -> bool {
    !left.is_disjoint(right) || (left.is_empty() && right.is_empty())
}

fn opening_words(cases: &[Case<'_>], members: &[usize]) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for case in members.iter().filter_map(|index| cases.get(*index)) {
        let distinct: BTreeSet<String> = words(case.opening()).split_whitespace().map(str::to_string).collect();
        for word in distinct {
            *counts.entry(word).or_insert(0.0) += 1.0;
        }
    }
    counts
}

fn cosine(left: &BTreeMap<String, f64>, right: &BTreeMap<String, f64>) -> f64 {
    let dot: f64 = left.iter().filter_map(|(word, count)| right.get(word).map(|other| count * other)).sum();
    let norm = |counts: &BTreeMap<String, f64>| counts.values().map(|count| count * count).sum::<f64>().sqrt();
    let norms = norm(left) * norm(right);
    if norms > 0.0 { dot / norms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::events::extract;
    use crate::diagnosis::fixtures::dialogue;

    #[test]
    fn a_tool_called_where_successes_call_another_is_found() {
        let wrong = dialogue("f", &[("user", "i am locked out"), ("assistant", "invite {} -> ok")]);
        let right = dialogue("p", &[("user", "i am locked out"), ("assistant", "reset {} -> ok")]);
        let mut cases = vec![Case::whole(&wrong, &[], Outcome::Failure); 4];
        cases.extend(vec![Case::whole(&right, &[], Outcome::Success); 6]);
        let mut events: Vec<Occurrences> = cases.iter().map(|case| extract(case, true)).collect();
        add(&cases, &mut events);
        let expected = Event::Cause(Cause::WrongTool { called: "invite".into(), instead: "reset".into() });
        assert!(events[0].contains_key(&expected));
        assert!(!events[9].contains_key(&expected));
    }

    #[test]
    fn a_tool_that_successes_call_first_as_well_is_not_wrong() {
        let stops = dialogue("f", &[("user", "connect"), ("assistant", "create {} -> ok")]);
        let goes_on =
            dialogue("p", &[("user", "connect"), ("assistant", "create {} -> ok"), ("assistant", "check {} -> ok")]);
        let mut cases = vec![Case::whole(&stops, &[], Outcome::Failure); 4];
        cases.extend(vec![Case::whole(&goes_on, &[], Outcome::Success); 6]);
        let mut events: Vec<Occurrences> = cases.iter().map(|case| extract(case, true)).collect();
        add(&cases, &mut events);
        assert!(events.iter().all(|events| events.keys().all(|event| !matches!(event, Event::Cause(_)))));
    }

    #[test]
    fn handing_over_is_recognised_by_name() {
        assert!(is_handoff("transfer_to_human_agents"));
        assert!(!is_handoff("transferred_amounts"));
        assert!(!is_handoff("send_certificate"));
    }
}
