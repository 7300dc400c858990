//! Which fragments make one conversation with its sub-conversations: those of a session; of a trace that is part of no
//! session; or of steps that follow each other and belong to nothing else.

use super::steps::Node;
use crate::digest::Digest;
use crate::trace::fragment::{Address, Fragment, Part};
use std::collections::{BTreeMap, BTreeSet};

/// What one conversation with its sub-conversations is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Session(String),
    Trace(String),
    /// A step that belongs to nothing that is known.
    Step(String),
}

impl Scope {
    pub(super) fn fields(&self) -> (&'static str, &str) {
        match self {
            Self::Session(id) => ("session", id),
            Self::Trace(id) => ("trace", id),
            Self::Step(id) => ("step", id),
        }
    }
}

/// Which session a trace is part of, and which trace a step.
pub(super) struct Scopes {
    session_of_trace: BTreeMap<String, String>,
    scope_of_step: BTreeMap<String, Scope>,
}

impl Scopes {
    pub(super) fn new(set: &[(Digest, Fragment)], nodes: &[Node]) -> Self {
        let mut named: BTreeMap<&str, BTreeSet<(bool, &str)>> = BTreeMap::new();
        for (_, fragment) in set {
            if let (Some(trace), Some(session)) = (&fragment.address.trace, &fragment.address.session) {
                let root = matches!(&fragment.part, Part::Step(step) if step.parent.is_none());
                named.entry(trace).or_default().insert((!root, session));
            }
        }
        // Of two sessions in one trace the root's counts.
        let session_of_trace = named
            .into_iter()
            .filter_map(|(trace, sessions)| Some((trace.to_string(), sessions.first()?.1.to_string())))
            .collect();
        let mut scopes = Self { session_of_trace, scope_of_step: BTreeMap::new() };
        let firsts = Firsts::new(nodes);
        let of_steps = nodes.iter().filter_map(|node| {
            let id = node.address.step.clone()?;
            let scope = match (&node.address.session, &node.address.trace) {
                (None, None) => Scope::Step(firsts.of(&id).to_string()),
                _ => scopes.of(&node.address),
            };
            Some((id, scope))
        });
        scopes.scope_of_step = of_steps.collect();
        scopes
    }

    pub(super) fn of(&self, address: &Address) -> Scope {
        let of_trace = address.trace.as_ref().map(|trace| match self.session_of_trace.get(trace) {
            Some(session) => Scope::Session(session.clone()),
            None => Scope::Trace(trace.clone()),
        });
        of_trace
            .or_else(|| address.session.clone().map(Scope::Session))
            .or_else(|| self.scope_of_step.get(address.step.as_ref()?).cloned())
            .unwrap_or_else(|| Scope::Step(address.step.clone().unwrap_or_default()))
    }
}

/// The first step of each chain of steps that follow each other.
struct Firsts<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Firsts<'a> {
    fn new(nodes: &'a [Node]) -> Self {
        let known: BTreeSet<&str> = nodes.iter().filter_map(|node| node.address.step.as_deref()).collect();
        let before: BTreeMap<&str, &str> = nodes
            .iter()
            .filter_map(|node| Some((node.address.step.as_deref()?, node.step.follows.as_deref()?)))
            .filter(|(_, before)| known.contains(before))
            .collect();
        let mut firsts: BTreeMap<&str, &str> = BTreeMap::new();
        for id in known {
            let mut path = BTreeSet::from([id]);
            let mut at = id;
            let first: &str = loop {
                match (firsts.get(at), before.get(at)) {
                    (Some(first), _) => break first,
                    (None, Some(up)) if path.insert(*up) => at = *up,
                    // A circle begins at its least, so that it is one chain from wherever it is entered.
                    (None, Some(_)) => break path.first().copied().unwrap_or(id),
                    (None, None) => break at,
                }
            };
            firsts.extend(path.into_iter().map(|step| (step, first)));
        }
        Self(firsts)
    }

    fn of(&self, id: &'a str) -> &'a str {
        self.0.get(id).copied().unwrap_or(id)
    }
}
