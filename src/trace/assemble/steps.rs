//! The steps of one trace as a tree: versions of one step joined, and steps that are the same thing seen twice taken
//! together. One call of a model is often seen two to four times, by the framework, by the provider's library and by a
//! gateway, one span inside of the other or side by side.

use super::history::{Key, key};
use crate::digest::Digest;
use crate::trace::fragment::{Address, Fragment, Part, Step, StepKind};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Steps that are looked through on the way up: deeper trees are no traces of agents.
const MOST_ANCESTORS: usize = 256;

/// One step with its address.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) address: Address,
    pub(super) step: Step,
}

/// Joins the versions of every step: of each step one node, whatever versions of it there are and in any order.
pub(super) fn join(fragments: &[(Digest, Fragment)]) -> Vec<Node> {
    type Versions<'a> = Vec<(Digest, &'a Address, &'a Step)>;
    let mut versions: BTreeMap<(Option<&str>, &str), Versions<'_>> = BTreeMap::new();
    let mut nodes = Vec::new();
    for (digest, fragment) in fragments {
        let Part::Step(step) = &fragment.part else { continue };
        match &fragment.address.step {
            Some(id) => {
                let known = versions.entry((fragment.address.trace.as_deref(), id)).or_default();
                known.push((*digest, &fragment.address, step));
            }
            None => nodes.push(Node { address: fragment.address.clone(), step: (**step).clone() }),
        }
    }
    for mut known in versions.into_values() {
        // The one that ended, then that ended last, then any: not the one that came last.
        known.sort_by_key(|(digest, _, step)| Reverse((step.end.is_some(), step.end, *digest)));
        let mut versions = known.into_iter();
        let Some((_, address, step)) = versions.next() else { continue };
        let mut node = Node { address: address.clone(), step: step.clone() };
        for (_, address, step) in versions {
            node.address.session = node.address.session.take().or_else(|| address.session.clone());
            fill(&mut node.step, step);
        }
        nodes.push(node);
    }
    nodes
}

/// Takes over what `step` lacks.
fn fill(step: &mut Step, other: &Step) {
    fn take<T: Clone>(ours: &mut Option<T>, theirs: &Option<T>) {
        if ours.is_none() {
            ours.clone_from(theirs);
        }
    }
    take(&mut step.parent, &other.parent);
    take(&mut step.follows, &other.follows);
    take(&mut step.name, &other.name);
    take(&mut step.start, &other.start);
    take(&mut step.end, &other.end);
    take(&mut step.agent, &other.agent);
    take(&mut step.user, &other.user);
    take(&mut step.model, &other.model);
    take(&mut step.prompt_version, &other.prompt_version);
    take(&mut step.cost, &other.cost);
    take(&mut step.reply, &other.reply);
    match (&mut step.tool, &other.tool) {
        (Some(ours), Some(theirs)) => {
            take(&mut ours.call, &theirs.call);
            take(&mut ours.arguments, &theirs.arguments);
            take(&mut ours.result, &theirs.result);
        }
        (ours, theirs) => take(ours, theirs),
    }
    if step.input.is_empty() {
        step.input.clone_from(&other.input);
    }
    if step.output.is_empty() {
        step.output.clone_from(&other.output);
    }
    step.failed |= other.failed;
    if step.kind == StepKind::Other {
        step.kind = other.kind;
    }
    for (name, value) in &other.metadata {
        step.metadata.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// The steps of one trace in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    parents: Vec<Option<usize>>,
    follows: Vec<Option<usize>>,
    /// Seen twice: what it says is in another node.
    gone: Vec<bool>,
}

impl Tree {
    /// Of the nodes of one trace.
    pub(super) fn new(mut nodes: Vec<Node>) -> Self {
        // A step without a time of its own comes when its parts come, which the order of ids cannot tell: last.
        nodes.sort_by(|a, b| order(a).cmp(&order(b)));
        let by_id: BTreeMap<&str, usize> =
            nodes.iter().enumerate().filter_map(|(index, node)| Some((node.address.step.as_deref()?, index))).collect();
        let find = |index: usize, id: Option<&str>| by_id.get(id?).copied().filter(|found| *found != index);
        let indexed = || nodes.iter().enumerate();
        let parents = indexed().map(|(index, node)| find(index, node.step.parent.as_deref())).collect();
        let follows = indexed().map(|(index, node)| find(index, node.step.follows.as_deref())).collect();
        let gone = vec![false; nodes.len()];
        let mut tree = Self { nodes, parents, follows, gone };
        tree.cut_circles();
        tree.merge_wrappers();
        tree.merge_equal_replies();
        tree.merge_tools();
        tree
    }

    /// The nodes that are left, in order.
    pub(super) fn left(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(|(index, _)| !self.gone[*index])
    }

    /// The nodes of one kind that are left, in order.
    pub(super) fn of(&self, kind: StepKind) -> impl Iterator<Item = (usize, &Node)> {
        self.left().filter(move |(_, node)| node.step.kind == kind)
    }

    /// The steps around a step, from the inside out, with a limit that also ends circles.
    pub(super) fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parents.get(index).copied().flatten(), |at| self.parents[*at]).take(MOST_ANCESTORS)
    }

    /// The step that a step follows.
    pub(super) fn before(&self, index: usize) -> Option<usize> {
        self.follows.get(index).copied().flatten()
    }

    /// Whether nothing is around the step.
    pub(super) fn is_root(&self, index: usize) -> bool {
        self.parents.get(index).copied().flatten().is_none()
    }

    /// The call of a model that a call is inside of. What happens behind a tool or in another agent is no part of it.
    fn wrapper(&self, index: usize) -> Option<usize> {
        let kind = |at: &usize| self.nodes[*at].step.kind;
        let mut around = self.ancestors(index).take_while(|at| !matches!(kind(at), StepKind::Tool | StepKind::Agent));
        around.find(|at| kind(at) == StepKind::Model)
    }

    /// Steps that are inside of themselves are inside of nothing.
    fn cut_circles(&mut self) {
        let circles: Vec<usize> =
            (0..self.nodes.len()).filter(|index| self.ancestors(*index).any(|around| around == *index)).collect();
        for index in circles {
            self.parents[index] = None;
        }
    }

    /// A call of a model inside of another one is the same call. The inner ones say it in more detail, unless they say
    /// nothing.
    fn merge_wrappers(&mut self) {
        let mut inside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..self.nodes.len() {
            if self.nodes[index].step.kind == StepKind::Model
                && let Some(outer) = self.wrapper(index)
            {
                inside.entry(outer).or_default().push(index);
            }
        }
        // From the innermost out: a wrapper began before what it wraps.
        while let Some((outer, mut inner)) = inside.pop_last() {
            inner.retain(|index| !self.gone[*index]);
            inner.sort_unstable();
            let says =
                |index: &usize| !self.nodes[*index].step.output.is_empty() || !self.nodes[*index].step.input.is_empty();
            if inner.iter().any(says) {
                self.gone[outer] = true;
                if let Some(around) = self.wrapper(outer) {
                    inside.entry(around).or_default().extend(&inner);
                }
                let wrapper = self.nodes[outer].step.clone();
                // What went into the wrapper went into the first call, what came out came out of the last.
                if let Some(first) = inner.first() {
                    let step = &mut self.nodes[*first].step;
                    if step.input.is_empty() {
                        step.input.clone_from(&wrapper.input);
                    }
                }
                if let Some(last) = inner.last() {
                    let step = &mut self.nodes[*last].step;
                    if step.output.is_empty() {
                        step.output.clone_from(&wrapper.output);
                    }
                }
                for index in &inner {
                    let step = &mut self.nodes[*index].step;
                    for (ours, theirs) in [
                        (&mut step.agent, &wrapper.agent),
                        (&mut step.prompt_version, &wrapper.prompt_version),
                        (&mut step.model, &wrapper.model),
                    ] {
                        *ours = ours.take().or_else(|| theirs.clone());
                    }
                }
                if let [only] = inner[..] {
                    let step = &mut self.nodes[only].step;
                    step.cost = step.cost.or(wrapper.cost);
                    step.reply = step.reply.take().or(wrapper.reply);
                }
            } else {
                for index in inner {
                    self.gone[index] = true;
                    let inner = self.nodes[index].step.clone();
                    fill(&mut self.nodes[outer].step, &inner);
                }
            }
        }
    }

    /// Side by side, two calls are one when the provider's id of the reply is the same, or when they say the same at
    /// the same time.
    fn merge_equal_replies(&mut self) {
        let mut known: BTreeMap<(Option<&str>, Option<Key>), Vec<usize>> = BTreeMap::new();
        let models: Vec<usize> = self.of(StepKind::Model).map(|(index, _)| index).collect();
        let mut same: Vec<(usize, usize)> = Vec::new();
        for index in models {
            let step = &self.nodes[index].step;
            let said = || {
                (!step.output.is_empty())
                    .then(|| step.output.iter().map(key).fold(0, |all: Key, one| all.rotate_left(7) ^ one))
            };
            let by = match &step.reply {
                Some(reply) => (Some(reply.as_str()), None),
                None => (None, said()),
            };
            if by == (None, None) {
                continue;
            }
            let others = known.entry(by).or_default();
            let twin = others.iter().copied().find(|other| by.0.is_some() || self.at_once(*other, index));
            match twin {
                Some(other) => same.push((other, index)),
                None => others.push(index),
            }
        }
        for (kept, other) in same {
            self.gone[other] = true;
            let step = self.nodes[other].step.clone();
            let ours = &mut self.nodes[kept].step;
            if step.input.len() > ours.input.len() {
                ours.input.clone_from(&step.input);
            }
            fill(ours, &step);
        }
    }

    /// Whether two steps overlap in time and were given the same, as far as both say.
    fn at_once(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.nodes[one].step, &self.nodes[other].step);
        let (Some(start), Some(end), Some(other_start), Some(other_end)) = (one.start, one.end, other.start, other.end)
        else {
            return false;
        };
        let last = |step: &Step| step.input.last().map(key);
        start < other_end
            && other_start < end
            && (one.input.is_empty() || other.input.is_empty() || last(one) == last(other))
    }

    /// A tool's run inside of a run of the same tool is the same run; so are two with one call's id.
    fn merge_tools(&mut self) {
        let tools: Vec<usize> = self.of(StepKind::Tool).map(|(index, _)| index).collect();
        let mut by_call: BTreeMap<(String, String), usize> = BTreeMap::new();
        for index in tools {
            let run = self.nodes[index].step.tool.clone().unwrap_or_default();
            let named =
                |other: &usize| self.nodes[*other].step.tool.as_ref().is_some_and(|other| other.name == run.name);
            let outer = self.ancestors(index).find(|at| self.nodes[*at].step.kind != StepKind::Other);
            let outer = outer.filter(|at| self.nodes[*at].step.kind == StepKind::Tool).filter(named);
            let by_id = run.call.as_ref().map(|call| (call.clone(), run.name.clone()));
            let twin = outer.or_else(|| by_id.as_ref().and_then(|id| by_call.get(id).copied()));
            match twin.filter(|twin| self.same_arguments(*twin, index)) {
                Some(kept) => {
                    self.gone[index] = true;
                    let step = self.nodes[index].step.clone();
                    fill(&mut self.nodes[kept].step, &step);
                }
                None => {
                    by_call.extend(by_id.map(|id| (id, index)));
                }
            }
        }
    }

    /// Exporters number calls from zero in every turn, so that an id alone says little.
    fn same_arguments(&self, one: usize, other: usize) -> bool {
        let arguments = |index: usize| {
            let run = self.nodes[index].step.tool.as_ref()?;
            run.arguments.as_deref().map(super::history::canonical)
        };
        match (arguments(one), arguments(other)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}

/// Steps in the order in which they began; a parent before what it holds.
fn order(node: &Node) -> (bool, Option<i64>, u64, Reverse<Option<i64>>, Option<&str>) {
    let step = &node.step;
    (step.start.is_none(), step.start, step.order, Reverse(step.end), node.address.step.as_deref())
}
