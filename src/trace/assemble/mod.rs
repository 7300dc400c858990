//! Conversations from the set of their fragments. The set alone counts: not the order in which fragments came, nor how
//! often, nor in how many files; a fragment that comes late gives what it would have given at once.
//!
//! A trace is usually one request to the agent, and a session the conversation that it belongs to. Of each trace the
//! calls of models give threads (`thread`); the thread that answers the user is the trace's part of the conversation,
//! the others are conversations of sub-agents, with a parent. The parts of a session follow each other in time, and
//! what they repeat of each other is taken once. Nothing is judged here.

mod history;
mod scope;
mod steps;
mod thread;
mod tools;

use super::fragment::{Facts, Family, Fragment, Part, Score, Step, StepKind};
use super::message::{Message, Turns};
use super::{Conversation, ConversationId, Role, Turn, system_text_digest};
use crate::digest::Digest;
use history::{Entry, Fit, History};
use scope::{Scope, Scopes};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use steps::{Node, Tree};
use thread::Thread;

/// What a set of fragments gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// The conversations, by id.
    pub conversations: Vec<Conversation>,
    /// Traces in which models or agents worked and nothing of what was said was recorded.
    pub without_content: u64,
}

/// The conversations of a set of fragments that share sessions and traces, all of one family.
pub fn assemble(fragments: impl IntoIterator<Item = Fragment>) -> Assembled {
    assemble_known(fragments.into_iter().map(|fragment| (fragment.digest(), fragment)).collect())
}

/// The same of fragments whose digests are known.
pub fn assemble_known(mut set: Vec<(Digest, Fragment)>) -> Assembled {
    set.sort_by_key(|(digest, _)| *digest);
    set.dedup_by_key(|(digest, _)| *digest);
    let Some(family) = set.first().map(|(_, fragment)| fragment.family) else { return Assembled::default() };
    let nodes = steps::join(&set);
    let scopes = Scopes::new(&set, &nodes);
    let mut parts: BTreeMap<Scope, Material> = BTreeMap::new();
    for node in nodes {
        parts.entry(scopes.of(&node.address)).or_default().nodes.push(node);
    }
    for (digest, fragment) in set {
        let scope = scopes.of(&fragment.address);
        match fragment.part {
            Part::Step(_) => {}
            Part::Facts(facts) => parts.entry(scope).or_default().facts.push(facts),
            Part::Score(score) => parts.entry(scope).or_default().scores.push((digest, score)),
        }
    }
    let mut assembled = Assembled::default();
    for (scope, material) in parts {
        material.assemble(family, &scope, &mut assembled);
    }
    assembled.conversations.sort_by(|a, b| a.id.cmp(&b.id));
    assembled
}

#[derive(Default)]
struct Material {
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    scores: Vec<(Digest, Score)>,
}

/// One trace's part of a conversation.
struct Piece {
    tree: Tree,
    threads: Vec<Thread>,
    /// Which thread answers the user.
    main: Option<usize>,
}

/// A conversation that is being put together.
#[derive(Default)]
struct Draft {
    system: Vec<Message>,
    history: History,
    /// Runs of tools that belong to it.
    runs: Vec<Node>,
    /// Steps that tell facts about it, the most telling first.
    steps: Vec<Step>,
    agent: Option<String>,
    root_only: bool,
}

impl Material {
    fn assemble(self, family: Family, scope: &Scope, assembled: &mut Assembled) {
        let Self { nodes, facts, scores } = self;
        if nodes.is_empty() {
            return;
        }
        let id = |fields: &[&str]| {
            let (kind, key) = scope.fields();
            let fields = [family.name(), kind, key].into_iter().chain(fields.iter().copied());
            ConversationId::of(Digest::of_fields(fields.map(str::as_bytes)))
        };
        let (said, nodes): (Vec<Node>, Vec<Node>) =
            nodes.into_iter().partition(|node| node.step.kind == StepKind::Said);
        let mut pieces = pieces(nodes);
        let mut main = Draft::default();
        let mut others: Vec<(String, Draft)> = Vec::new();
        let independent = matches!(family, Family::Calls | Family::OpenAi) && !matches!(scope, Scope::Session(_));
        for (agent, draft) in spoken(said) {
            match agent {
                None => main = draft,
                Some(agent) => others.push((agent, draft)),
            }
        }
        for piece in &mut pieces {
            let silent = piece.threads.is_empty();
            assembled.without_content += u64::from(silent && !piece.add_root(&mut main) && piece.worked());
            let threads = std::mem::take(&mut piece.threads);
            for (index, thread) in threads.into_iter().enumerate() {
                if Some(index) == piece.main && !independent {
                    piece.add_main(thread, &mut main);
                } else {
                    let anchor = piece.anchor(&thread);
                    others.push((anchor, piece.draft(thread)));
                }
            }
        }
        let whole = Whole { facts: &facts, scope };
        let parent = id(&[]);
        let mut has_main = false;
        if let Some(mut conversation) = whole.conversation(main, parent.clone()) {
            has_main = true;
            put_scores(&mut conversation, scores.clone());
            assembled.conversations.push(conversation);
        }
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (mut anchor, draft) in others {
            // Two threads may begin alike in one place: they are told apart by their order.
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count > 1 {
                anchor.push_str(&format!(" {count}"));
            }
            if let Some(mut conversation) = whole.conversation(draft, id(&["thread", &anchor])) {
                if has_main {
                    conversation.parent = Some(parent.clone());
                } else {
                    put_scores(&mut conversation, scores.clone());
                }
                assembled.conversations.push(conversation);
            }
        }
    }
}

/// The traces of a scope in the order in which they began.
fn pieces(nodes: Vec<Node>) -> Vec<Piece> {
    let mut traces: BTreeMap<Option<String>, Vec<Node>> = BTreeMap::new();
    for node in nodes {
        traces.entry(node.address.trace.clone()).or_default().push(node);
    }
    let mut pieces: Vec<(Option<i64>, Option<String>, Piece)> = traces
        .into_iter()
        .map(|(trace, nodes)| {
            let start = nodes.iter().filter_map(|node| node.step.start).min();
            let tree = Tree::new(nodes);
            let threads = thread::threads(&tree);
            let main = main(&tree, &threads);
            (start, trace, Piece { tree, threads, main })
        })
        .collect();
    // What has no time comes after what has.
    pieces.sort_by(|a, b| (a.0.is_none(), a.0, &a.1).cmp(&(b.0.is_none(), b.0, &b.1)));
    pieces.into_iter().map(|(_, _, piece)| piece).collect()
}

/// The thread that answers the user: not behind a tool; if the root says what went in and came out, the one that has
/// it; then the longest; then the first.
fn main(tree: &Tree, threads: &[Thread]) -> Option<usize> {
    let around: BTreeSet<u64> = tree
        .left()
        .filter(|(index, node)| tree.is_root(*index) && node.step.kind != StepKind::Model)
        .flat_map(|(_, node)| node.step.input.iter().chain(&node.step.output).map(history::key))
        .collect();
    let has = |thread: &Thread, role: Role| {
        thread.history.entries.iter().any(|entry| entry.message.role == role && around.contains(&entry.key))
    };
    let rank = |thread: &Thread| {
        let known = usize::from(has(thread, Role::User)) + usize::from(has(thread, Role::Assistant));
        (thread.tool.is_none(), known, thread.history.entries.len())
    };
    (0..threads.len()).max_by_key(|index| (rank(&threads[*index]), Reverse(*index)))
}

impl Piece {
    /// Whether models or agents were at work.
    fn worked(&self) -> bool {
        self.tree.left().any(|(_, node)| matches!(node.step.kind, StepKind::Model | StepKind::Agent))
    }

    /// What tells the thread from the others of its conversation.
    fn anchor(&self, thread: &Thread) -> String {
        let step = thread.tool.or(thread.models.first().copied()).and_then(|index| self.tree.nodes.get(index));
        let Some(node) = step else { return String::new() };
        let id = node.address.step.clone().or_else(|| node.step.reply.clone());
        let id = id.unwrap_or_else(|| Digest::of(serde_json::to_vec(&node.step).unwrap_or_default()).short(16));
        // Several threads may happen behind one run of a tool.
        let agent = thread.agent.as_deref().unwrap_or("");
        let opening = thread.history.opening().unwrap_or_default();
        format!("{} {id} {agent} {opening:x}", node.address.trace.as_deref().unwrap_or(""))
    }

    /// The runs of tools that happened in the thread: not behind another tool, and by its agent where both are known.
    fn runs(&self, thread: &Thread, main: bool) -> Vec<Node> {
        let calls: BTreeSet<&str> = thread
            .history
            .entries
            .iter()
            .flat_map(|entry| &entry.message.calls)
            .flat_map(|call| [call.id.as_deref(), Some(call.name.as_str())])
            .flatten()
            .collect();
        let asked = |node: &Node| {
            let run = node.step.tool.as_ref();
            run.is_some_and(|run| {
                calls.contains(run.name.as_str()) || run.call.as_deref().is_some_and(|id| calls.contains(id))
            })
        };
        self.tree
            .of(StepKind::Tool)
            .filter(|(index, node)| {
                let behind = self.tree.ancestors(*index).find(|at| self.tree.nodes[*at].step.kind == StepKind::Tool);
                behind == thread.tool && (main || asked(node))
            })
            .map(|(_, node)| node.clone())
            .collect()
    }

    fn draft(&self, thread: Thread) -> Draft {
        let steps = thread.models.iter().filter_map(|index| self.tree.nodes.get(*index)).map(|node| node.step.clone());
        Draft {
            steps: steps.collect(),
            runs: self.runs(&thread, false),
            system: thread.system,
            history: thread.history,
            agent: thread.agent,
            root_only: false,
        }
    }

    /// Adds the trace's part to the conversation.
    fn add_main(&self, thread: Thread, main: &mut Draft) {
        let runs = self.runs(&thread, true);
        let Thread { mut history, mut system, models, agent, .. } = thread;
        if system.is_empty() {
            // Some frameworks tell only with the agent what it is told.
            let told = self.root(|step| &step.input).into_iter().map(|entry| entry.message);
            system.extend(told.filter(|message| message.role == Role::System));
        }
        if !history.entries.iter().any(|entry| entry.message.role == Role::User) {
            // Only the agent's words were recorded with the model's calls; the user's are where the request came in.
            let asked = self.root(|step| &step.input);
            let asked = asked.into_iter().filter(|entry| entry.message.role == Role::User);
            history.entries.splice(0..0, asked);
        }
        // What the user was told may be made of what the model said.
        let open = history
            .entries
            .last()
            .is_some_and(|entry| entry.message.role != Role::Assistant || !entry.message.calls.is_empty());
        if open {
            let told = self.root(|step| &step.output);
            let told = told.into_iter().rev().find(|entry| entry.message.role == Role::Assistant);
            history.entries.extend(told.filter(|told| history.entries.iter().all(|entry| entry.key != told.key)));
        }
        self.facts(main, &models);
        main.runs.extend(runs);
        main.agent = main.agent.take().or(agent);
        if main.system.is_empty() {
            main.system = system;
        }
        join(&mut main.history, history);
    }

    /// Adds what went into the trace and came out, where no model's call was recorded with its words.
    fn add_root(&self, main: &mut Draft) -> bool {
        let mut entries = self.root(|step| &step.input);
        // What the agent is told is no turn of its own here.
        let (system, given): (Vec<Entry>, Vec<Entry>) =
            entries.drain(..).partition(|entry| entry.message.role == Role::System);
        let mut history = History { entries: given, gaps: 0 };
        let said = self.root(|step| &step.output);
        match history.fit(&said) {
            // Frameworks give the whole state out again.
            Fit::Extends(known) => history.extend(said, known),
            _ => history.extend(said, 0),
        }
        if history.entries.is_empty() {
            return false;
        }
        main.root_only = true;
        self.facts(main, &[]);
        if main.system.is_empty() {
            main.system = system.into_iter().map(|entry| entry.message).collect();
        }
        let behind =
            |index: usize| self.tree.ancestors(index).any(|at| self.tree.nodes[at].step.kind == StepKind::Tool);
        let runs = self.tree.of(StepKind::Tool).filter(|(index, _)| !behind(*index));
        main.runs.extend(runs.map(|(_, node)| node.clone()));
        join(&mut main.history, history);
        true
    }

    /// The messages of the outermost step that has some.
    fn root(&self, side: impl Fn(&Step) -> &Vec<Message>) -> Vec<Entry> {
        let depth = |index: &usize| self.tree.ancestors(*index).count();
        let found = self
            .tree
            .left()
            .filter(|(_, node)| !matches!(node.step.kind, StepKind::Tool) && !side(&node.step).is_empty())
            .map(|(index, _)| index)
            .min_by_key(|index| (depth(index), *index));
        let Some(step) = found.and_then(|index| self.tree.nodes.get(index)).map(|node| &node.step) else {
            return Vec::new();
        };
        let input = std::ptr::eq(side(step), &raw const step.input);
        let time = if input { step.started() } else { step.ended() };
        side(step).iter().map(|message| Entry::new(message, time)).collect()
    }

    /// Adds the steps that tell facts: roots, then the thread's calls, then all others.
    fn facts(&self, main: &mut Draft, models: &[usize]) {
        let rank = |index: usize| if self.tree.is_root(index) { 0 } else { 1 + usize::from(!models.contains(&index)) };
        let mut order: Vec<(usize, usize)> = self.tree.left().map(|(index, _)| (rank(index), index)).collect();
        order.sort_unstable();
        let light = |step: &Step| Step { input: Vec::new(), output: Vec::new(), tool: None, ..step.clone() };
        main.steps.extend(order.into_iter().filter_map(|(_, index)| Some(light(&self.tree.nodes.get(index)?.step))));
    }
}

/// Joins the next trace's history to the conversation.
fn join(whole: &mut History, next: History) {
    match whole.fit(&next.entries) {
        Fit::Extends(known) | Fit::Overlaps(known) => whole.extend(next.entries, known),
        Fit::Reorders(common) => whole.complete(next.entries, common),
        Fit::Retells => whole.retell(next.entries),
        // A turn may begin with the words of an earlier one: all of a turn is said again, and nothing is known.
        Fit::Within(known) if known > 1 || next.entries.len() > 1 => {}
        Fit::Within(_) | Fit::Forks(_) | Fit::Apart => whole.extend(next.entries, 0),
    }
}

/// The messages of a session's log: the conversation under `None`, and each sub-agent's under its name.
fn spoken(said: Vec<Node>) -> BTreeMap<Option<String>, Draft> {
    let mut agents: BTreeMap<Option<String>, Vec<Node>> = BTreeMap::new();
    for node in said {
        agents.entry(node.step.agent.clone()).or_default().push(node);
    }
    agents
        .into_iter()
        .map(|(agent, nodes)| {
            let mut draft = Draft { agent: agent.clone(), ..Draft::default() };
            let mut by_reply: BTreeMap<String, usize> = BTreeMap::new();
            for node in in_order(nodes) {
                let time = node.step.started();
                for message in &node.step.output {
                    // Lines with one id are one message, also when results of its first calls came in between.
                    let known = node.step.reply.as_ref().filter(|_| message.role == Role::Assistant);
                    if let Some(entry) = known.and_then(|reply| draft.history.entries.get_mut(*by_reply.get(reply)?)) {
                        more(&mut entry.message, message);
                        continue;
                    }
                    by_reply.extend(known.map(|reply| (reply.clone(), draft.history.entries.len())));
                    if message.role == Role::System && draft.history.entries.is_empty() {
                        draft.system.push(message.clone());
                    } else {
                        draft.history.entries.push(Entry::new(message, time));
                    }
                }
                draft.steps.push(Step { input: Vec::new(), output: Vec::new(), ..node.step });
            }
            (agent, draft)
        })
        .collect()
}

/// Adds the next part of a message.
fn more(message: &mut Message, part: &Message) {
    if !part.text.is_empty() {
        if !message.text.is_empty() {
            message.text.push('\n');
        }
        message.text.push_str(&part.text);
    }
    message.calls.extend(part.calls.iter().cloned());
}

/// Messages by time; in one moment a message after the one that it follows.
fn in_order(mut nodes: Vec<Node>) -> Vec<Node> {
    let parents: BTreeMap<&str, &str> =
        nodes.iter().filter_map(|node| Some((node.address.step.as_deref()?, node.step.follows.as_deref()?))).collect();
    // Only what happened in the same moment needs the chain, and such chains are short.
    const LONGEST_CHAIN: usize = 64;
    let times: BTreeMap<&str, Option<i64>> =
        nodes.iter().filter_map(|node| Some((node.address.step.as_deref()?, node.step.start))).collect();
    let depth = |node: &Node| {
        let up = |id: &&str| parents.get(*id).copied().filter(|up| times.get(up) == Some(&node.step.start));
        std::iter::successors(node.address.step.as_deref(), up).take(LONGEST_CHAIN).count()
    };
    let keys: Vec<(Option<i64>, u64, usize, Option<String>)> =
        nodes.iter().map(|node| (node.step.start, node.step.order, depth(node), node.address.step.clone())).collect();
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by(|a, b| keys[*a].cmp(&keys[*b]));
    let mut slots: Vec<Option<Node>> = nodes.drain(..).map(Some).collect();
    order.into_iter().filter_map(|index| slots.get_mut(index)?.take()).collect()
}

/// What all conversations of a scope share.
struct Whole<'a> {
    facts: &'a [Facts],
    scope: &'a Scope,
}

impl Whole<'_> {
    /// The conversation; `None` when nobody says anything in it.
    fn conversation(&self, draft: Draft, id: ConversationId) -> Option<Conversation> {
        let Draft { system, history, mut runs, steps, agent, root_only } = draft;
        let mut turns = Turns::default();
        let texts: BTreeSet<&str> = system.iter().map(|message| message.text.as_str()).collect();
        let outside = self.facts.iter().find_map(|facts| facts.system.as_ref()).filter(|_| texts.is_empty());
        for text in outside.into_iter().chain(system.iter().map(|message| &message.text)) {
            turns.push(Turn { role: Role::System, text: text.clone(), calls: Vec::new(), time: None });
        }
        for entry in history.entries {
            turns.add(Message { time: entry.time, ..entry.message });
        }
        let mut turns = turns.finish();
        runs.sort_by(|a, b| (a.step.start, &a.address.step).cmp(&(b.step.start, &b.address.step)));
        let indexed: Vec<(usize, &Node)> = runs.iter().enumerate().collect();
        let left = tools::attach(&mut turns, &indexed);
        let left: Vec<&Node> = left.into_iter().filter_map(|index| runs.get(index)).collect();
        tools::insert(&mut turns, &left);
        if !turns.iter().any(|turn| matches!(turn.role, Role::User | Role::Assistant)) {
            return None;
        }
        let first = |of_step: fn(&Step) -> Option<&String>, of_facts: fn(&Facts) -> Option<&String>| {
            let facts = self.facts.iter().filter_map(of_facts).min();
            steps.iter().find_map(of_step).or(facts).cloned()
        };
        let starts = steps.iter().filter_map(Step::started).chain(turns.iter().filter_map(|turn| turn.time));
        let ends = steps.iter().filter_map(Step::ended).chain(turns.iter().filter_map(|turn| turn.time));
        let costs: Vec<f64> = costs(&steps);
        let mut metadata = BTreeMap::new();
        let facts = self.facts.iter().flat_map(|facts| &facts.metadata);
        for (name, value) in facts.chain(steps.iter().flat_map(|step| &step.metadata)) {
            metadata.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if root_only {
            metadata.insert("fidelity".to_string(), "root-only".to_string());
        }
        let mut conversation = Conversation {
            id,
            external_id: Some(self.scope.fields().1.to_string()).filter(|id| !id.is_empty()),
            parent: None,
            user: first(|step| step.user.as_ref(), |facts| facts.user.as_ref()),
            agent: agent
                .or_else(|| first(|step| step.agent.as_ref(), |facts| facts.agent.as_ref()))
                .or_else(|| metadata.get("service.name").cloned()),
            prompt_version: first(|step| step.prompt_version.as_ref(), |facts| facts.prompt_version.as_ref()),
            system_digest: None,
            model: first(|step| step.model.as_ref(), |_| None),
            started: starts.min(),
            ended: ends.max(),
            turns,
            scores: BTreeMap::new(),
            metadata,
            cost: (!costs.is_empty()).then(|| costs.iter().sum()),
        };
        conversation.system_digest = system_text_digest(&conversation.system_text());
        Some(conversation)
    }
}

/// Costs to be summed: of the calls of models; where none gives its cost, of what stands around them.
fn costs(steps: &[Step]) -> Vec<f64> {
    let of = |model: bool| {
        let steps = steps.iter().filter(move |step| (step.kind == StepKind::Model) == model);
        steps.filter_map(|step| step.cost)
    };
    let models: Vec<f64> = of(true).collect();
    if models.is_empty() { of(false).take(1).collect() } else { models }
}

/// Scores by name: of several with one name the newest counts.
fn put_scores(conversation: &mut Conversation, mut scores: Vec<(Digest, Score)>) {
    scores.sort_by(|(a_digest, a), (b_digest, b)| (a.time, a_digest).cmp(&(b.time, b_digest)));
    for (_, score) in scores {
        if let Some(value) = score.value {
            conversation.scores.insert(score.name.clone(), value);
        }
        if let Some(label) = score.label {
            conversation.metadata.insert(format!("score.{}", score.name), label);
        }
    }
}

#[cfg(test)]
mod tests;
