//! The calls of models in one trace as threads: each thread is one conversation with a model, of the agent with its
//! user, of a sub-agent with the agent that called it, of a guard with the text that it judges. A call belongs to the
//! thread whose history it was given.

use super::history::{Entry, Fit, History, Key};
use super::steps::Tree;
use crate::trace::Role;
use crate::trace::fragment::{Step, StepKind};
use crate::trace::message::Message;
use std::collections::BTreeMap;

/// Threads with the same opening that a call is compared with, newest first: more happen only where nothing fits.
const MOST_COMPARED: usize = 32;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    /// Without the system texts that stand before the first message.
    pub(super) history: History,
    /// The system texts of its first call.
    pub(super) system: Vec<Message>,
    /// Its calls of models, in order.
    pub(super) models: Vec<usize>,
    /// The tool's run that it happened in: a sub-agent behind a tool.
    pub(super) tool: Option<usize>,
    /// The agent's name.
    pub(super) agent: Option<String>,
}

/// The threads of a trace, in the order in which they began.
pub(super) fn threads(tree: &Tree) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    let mut by_opening: BTreeMap<(Option<usize>, Key), Vec<usize>> = BTreeMap::new();
    let mut by_agent: BTreeMap<(Option<usize>, Option<String>), usize> = BTreeMap::new();
    let mut of_step: BTreeMap<usize, usize> = BTreeMap::new();
    let mut current = None;
    for (index, node) in tree.of(StepKind::Model) {
        let step = &node.step;
        if step.input.is_empty() && step.output.is_empty() {
            continue;
        }
        let tool = tree.ancestors(index).find(|at| tree.nodes[*at].step.kind == StepKind::Tool);
        let agent = agent_of(tree, index);
        let (system, given) = split_system(&step.input);
        let list: Vec<Entry> = given.iter().map(|message| Entry::new(message, step.started())).collect();
        let said: Vec<Entry> =
            step.output.iter().map(|message| Entry::new(message, step.ended().or(step.started()))).collect();
        let opening = list.first().map(|entry| entry.key);
        let candidates = opening.and_then(|opening| by_opening.get(&(tool, opening))).into_iter().flatten().rev();
        let same_agent = by_agent.get(&(tool, agent.clone())).copied();
        let best = candidates
            .take(MOST_COMPARED)
            .copied()
            .chain(same_agent)
            .chain(current)
            .filter_map(|thread| {
                Some((rank(threads[thread].history.fit(&list), &threads[thread].history, &said)?, thread))
            })
            .max_by_key(|(rank, thread)| (*rank, std::cmp::Reverse(*thread)))
            .map(|(_, thread)| thread);
        // Where the provider keeps the history, a call names the reply that it follows.
        let follows = tree.before(index).and_then(|before| of_step.get(&before));
        let waits = same_agent.or(current).filter(|thread| answers(&list, &threads[*thread].history));
        let thread = match (follows, best) {
            (Some(thread), _) => {
                threads[*thread].history.extend(list, 0);
                threads[*thread].history.extend(said, 0);
                *thread
            }
            (None, Some(thread)) => {
                add(&mut threads[thread].history, list, said);
                thread
            }
            // Where the provider keeps the history, a call may be given no more than the results that it waits for.
            (None, None) if waits.is_some() => {
                let thread = waits.unwrap_or_default();
                threads[thread].history.extend(list, 0);
                threads[thread].history.extend(said, 0);
                thread
            }
            // Only what was said was recorded: the same agent goes on speaking.
            (None, None) if list.is_empty() && same_agent.is_some() => {
                let thread = same_agent.unwrap_or_default();
                threads[thread].history.extend(said, 0);
                thread
            }
            (None, None) => {
                let mut history = History { entries: list, gaps: 0 };
                history.extend(said, 0);
                let system = system.to_vec();
                threads.push(Thread { history, system, models: Vec::new(), tool, agent: agent.clone() });
                threads.len() - 1
            }
        };
        if let Some(opening) = threads[thread].history.opening() {
            let known = by_opening.entry((tool, opening)).or_default();
            if known.last() != Some(&thread) {
                known.push(thread);
            }
        }
        by_agent.insert((tool, agent), thread);
        of_step.insert(index, thread);
        if tool.is_none() {
            current = Some(thread);
        }
        let found = &mut threads[thread];
        if found.system.is_empty() {
            found.system = system.to_vec();
        }
        found.models.push(index);
    }
    threads
}

/// Whether a list begins with the results of calls that the history ends with.
fn answers(list: &[Entry], history: &History) -> bool {
    let last = history.entries.last().map(|entry| &entry.message).filter(|message| !message.calls.is_empty());
    let result = list.first().map(|entry| &entry.message).filter(|message| message.role == Role::Tool);
    let (Some(asked), Some(result)) = (last, result) else { return false };
    result.answers.is_none() || asked.calls.iter().any(|call| call.id == result.answers)
}

/// How well a call fits on a history; `None` when it is no part of it.
fn rank(fit: Fit, history: &History, said: &[Entry]) -> Option<(u8, usize)> {
    match fit {
        Fit::Extends(known) | Fit::Reorders(known) => Some((3, known)),
        Fit::Within(known) => {
            let after = &history.entries[known..];
            let same = said.len() <= after.len() && said.iter().zip(after).all(|(ours, theirs)| ours.key == theirs.key);
            same.then_some((3, known))
        }
        Fit::Retells => Some((2, 0)),
        Fit::Overlaps(known) => Some((1, known)),
        Fit::Forks(_) | Fit::Apart => None,
    }
}

fn add(history: &mut History, list: Vec<Entry>, said: Vec<Entry>) {
    match history.fit(&list) {
        Fit::Extends(known) | Fit::Overlaps(known) => history.extend(list, known),
        Fit::Reorders(common) => history.complete(list, common),
        Fit::Retells => history.retell(list),
        Fit::Within(_) | Fit::Forks(_) | Fit::Apart => return,
    }
    history.extend(said, 0);
}

/// The system texts before the first message, and the messages.
fn split_system(input: &[Message]) -> (&[Message], &[Message]) {
    let first = input.iter().position(|message| message.role != Role::System).unwrap_or(input.len());
    input.split_at(first)
}

/// The agent whose step it is: by its own record, else the nearest agent around it.
fn agent_of(tree: &Tree, index: usize) -> Option<String> {
    let name = |step: &Step| {
        step.agent.clone().or_else(|| (step.kind == StepKind::Agent).then(|| step.name.clone()).flatten())
    };
    let around = tree.ancestors(index).take_while(|at| tree.nodes[*at].step.kind != StepKind::Tool);
    std::iter::once(index).chain(around).find_map(|at| name(&tree.nodes[at].step))
}
