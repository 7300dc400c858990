//! Implicit feedback: what users show without being asked. Deterministic rules over the turns, each with a weight in
//! log-odds towards failure; how a conversation went is decided in [`outcome`](super::outcome).
//!
//! The rules say less rather than something wrong:
//! - thanks count only where they close a conversation: politeness on the way is no success;
//! - a plain "no," counts as a correction only after a statement: after a question it answers;
//! - "Monday, not Tuesday" is a correction where the agent had said Tuesday and not asked;
//! - a name of a person's office is a topic, and an escalation only where somebody is asked for;
//! - a turn that begins by answering ("Yes, …") repeats what the agent asked and is no rephrasing;
//! - rephrasing is measured on content words and character trigrams of the conversation itself, without a corpus;
//! - the same sentence with another number or another word in it asks about something else;
//! - what a user quotes or dictates is not what the user shows;
//! - phrases are looked for in the language that the user writes, told by its little words;
//! - a trace does not say how long the user has been silent, so that an abandoned conversation is one that ends on
//!   the agent's question, apology or failed call.

mod read;

use super::lexicon::{Shows, packs};
use super::{Conversation, Role, Signal, SignalKind, ToolCall, Turn};
use crate::digest::Digest;
use read::{Read, asks, ends_asking, read, says, tells};
use std::collections::BTreeSet;

/// Changes when a rule changes, so that files are judged again.
const VERSION: &str = "signals 3";
/// How many of the user's last turns a rephrasing may repeat.
const REPHRASE_REACH: usize = 3;
/// Cosine of content words from which two turns of one user say the same in other words: 1 % of pairs of turns with
/// different intents are as close (Banking77 and CLINC150).
const REPHRASE_COSINE: f64 = 0.47;
/// Character-trigram Jaccard at the same 1 %: both must hold.
const REPHRASE_JACCARD: f64 = 0.214;
/// From here on it is a repetition and no rephrasing.
const REPETITION_COSINE: f64 = 0.95;
/// See `REPETITION_COSINE`.
const REPETITION_JACCARD: f64 = 0.8;
/// Fewer content words than this are an answer, not a wish: two "yes, please" repeat nothing.
const FEWEST_CONTENT_WORDS: usize = 3;
/// At most so many words are exchanged where a sentence is said of something else.
const MOST_EXCHANGED: usize = 2;
/// At least so many words of that sentence stay.
const FEWEST_SHARED: usize = 3;

/// What depends on the deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignalRules {
    /// Tools whose success is the user's.
    pub success_tools: Vec<String>,
}

impl SignalRules {
    /// Digest of the rules, their version and the phrase packs.
    pub fn digest(&self) -> Digest {
        let tools = self.success_tools.iter().map(String::as_bytes);
        let packs = packs().map(|pack| -> &[u8] { pack });
        Digest::of_fields([VERSION.as_bytes()].into_iter().chain(packs).chain(tools))
    }
}

/// The weight of a kind of signal: log-odds towards failure.
pub fn weight(kind: SignalKind) -> f64 {
    match kind {
        SignalKind::Correction => 1.6,
        SignalKind::Repetition => 1.4,
        SignalKind::Frustration => 1.5,
        SignalKind::Escalation => 1.8,
        SignalKind::Abandonment => 0.7,
        SignalKind::ApologyChain => 0.8,
        SignalKind::Rephrase | SignalKind::FinalToolError => 1.0,
        SignalKind::Thanks => -1.5,
        SignalKind::Praise => -1.8,
        SignalKind::SuccessTool => -2.0,
        SignalKind::NewGoal => -0.5,
    }
}

/// All signals of a conversation, by turn and then by kind.
pub fn signals(conversation: &Conversation, rules: &SignalRules) -> Vec<Signal> {
    let mut found: BTreeSet<(u32, SignalKind)> = BTreeSet::new();
    let mut add = |turn: usize, kind: SignalKind| {
        found.insert((u32::try_from(turn).unwrap_or(u32::MAX), kind));
    };
    let turns = &conversation.turns;
    let read = read(turns);
    let users: Vec<usize> = conversation.user_turns().map(|(index, _)| index).collect();

    let mut escalated = false;
    for (order, &index) in users.iter().enumerate() {
        let reply = previous_reply(turns, index);
        let later = order > 0;
        if later && reply.is_some_and(|reply| corrects(&read[index], &turns[reply])) {
            add(index, SignalKind::Correction);
        }
        if let Some(kind) = said_before(turns, &read, &users[..order], index) {
            add(index, kind);
        }
        if read[index].frustrated(&turns[index].text) {
            add(index, SignalKind::Frustration);
        }
        if read[index].shows(Shows::Escalation) {
            add(index, SignalKind::Escalation);
            escalated = true;
        }
        let last = order + 1 == users.len();
        let closing = last && !asks(&turns[index].text) && later;
        // Thanks after being handed over are for the person, not for the agent.
        let after_escalation = last && (escalated || handed_over(conversation));
        if closing && !after_escalation && read[index].means(Shows::Thanks) {
            add(index, SignalKind::Thanks);
        }
        if later && !after_escalation && read[index].means(Shows::Praise) {
            add(index, SignalKind::Praise);
        }
        if later && reply.is_some() && read[index].shows(Shows::NewGoal) {
            add(index, SignalKind::NewGoal);
        }
    }

    let apologies: Vec<usize> = (0..turns.len())
        .filter(|index| turns[*index].role == Role::Assistant && read[*index].shows(Shows::Apology))
        .collect();
    if let Some(second) = apologies.get(1) {
        add(*second, SignalKind::ApologyChain);
    }
    for (turn, call) in conversation.calls() {
        if is_handoff(call) {
            add(turn, SignalKind::Escalation);
        }
        let succeeded = call.error.is_none() && call.result.is_some() && !call.is_empty_result();
        if succeeded && rules.success_tools.contains(&call.name) {
            add(turn, SignalKind::SuccessTool);
        }
    }
    let last_call = conversation.calls().last();
    if let Some((turn, call)) = last_call
        && (call.error.is_some() || call.is_empty_result())
    {
        add(turn, SignalKind::FinalToolError);
    }
    if let Some(index) = abandoned(turns, &read) {
        add(index, SignalKind::Abandonment);
    }
    found.into_iter().map(|(turn, kind)| Signal { kind, turn, weight: weight(kind) }).collect()
}

/// The agent's last turn with text before `index`, if no other user turn stands between.
fn previous_reply(turns: &[Turn], index: usize) -> Option<usize> {
    for before in (0..index).rev() {
        match turns[before].role {
            Role::Assistant if !turns[before].text.trim().is_empty() => return Some(before),
            Role::User => return None,
            _ => {}
        }
    }
    None
}

fn corrects(user: &Read, reply: &Turn) -> bool {
    let asked = asks(&reply.text);
    let objects = user.found.iter().any(|found| match found.shows {
        Shows::Correction => true,
        // At the very start only: "I have no. 5" is no objection.
        Shows::CorrectionAfterStatement => !asked && found.token == 0 && user.tokens.len() > 2,
        _ => false,
    });
    let agrees = user
        .found
        .first()
        .is_some_and(|found| found.token == 0 && matches!(found.shows, Shows::Answer | Shows::Thanks | Shows::Praise));
    objects || !asked && !agrees && user.denied.iter().any(|(denial, word)| says(&reply.text, word, denial))
}

/// Whether a user's turn says what one of the last ones said, with a reply between.
fn said_before(turns: &[Turn], read: &[Read], earlier: &[usize], index: usize) -> Option<SignalKind> {
    let this = &read[index];
    let opens = this.found.first().filter(|found| found.token == 0).map(|found| found.shows);
    if matches!(opens, Some(Shows::Answer | Shows::Thanks | Shows::Praise)) {
        return None;
    }
    let mut rephrased = false;
    if this.content.len() < FEWEST_CONTENT_WORDS {
        return None;
    }
    for &before in earlier.iter().rev().take(REPHRASE_REACH) {
        let replied = turns[before + 1..index].iter().any(|turn| turn.role == Role::Assistant);
        let that = &read[before];
        if !replied || that.content.len() < FEWEST_CONTENT_WORDS {
            continue;
        }
        let cosine = cosine(this, that);
        // Turns that share most trigrams share words too, so the dearer measures are not needed.
        if cosine < REPHRASE_COSINE || is_about_another(this, that) {
            continue;
        }
        let jaccard = jaccard(&this.trigrams(), &that.trigrams());
        if jaccard >= REPETITION_JACCARD || cosine >= REPETITION_COSINE {
            return Some(SignalKind::Repetition);
        }
        rephrased |= jaccard >= REPHRASE_JACCARD;
    }
    rephrased.then_some(SignalKind::Rephrase)
}

/// Whether two turns say the same of two things: they name different numbers, or are one sentence with another word.
fn is_about_another(left: &Read, right: &Read) -> bool {
    let (left, right) = (left.words(), right.words());
    let numbers = |words: &[&str]| words.iter().copied().filter(|word| is_number(word)).map(str::to_string).collect();
    let (these, those): (BTreeSet<String>, BTreeSet<String>) = (numbers(&left), numbers(&right));
    if !these.is_empty() && !those.is_empty() {
        return these.is_disjoint(&those);
    }
    let before = left.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let (left, right) = (&left[before..], &right[before..]);
    let after = left.iter().rev().zip(right.iter().rev()).take_while(|(one, other)| one == other).count();
    let (left, right) = (&left[..left.len() - after], &right[..right.len() - after]);
    let is_one = |words: &[&str]| words.len() <= MOST_EXCHANGED && words.iter().any(|word| tells(word));
    // What begins alike may be a word that was mistyped or inflected.
    before + after >= FEWEST_SHARED
        && is_one(left)
        && is_one(right)
        && left[0].chars().next() != right[0].chars().next()
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
}

/// Cosine of two bags of words with sublinear counts (`1 + ln n`).
fn cosine(left: &Read, right: &Read) -> f64 {
    let scaled = |count: f64| 1.0 + count.ln();
    let norm = |read: &Read| read.content.iter().map(|(_, count)| scaled(*count).powi(2)).sum::<f64>().sqrt();
    let mut others = right.content.iter().peekable();
    let mut product = 0.0;
    for (term, count) in &left.content {
        while others.next_if(|(other, _)| other < term).is_some() {}
        if let Some((_, other)) = others.next_if(|(other, _)| other == term) {
            product += scaled(*count) * scaled(*other);
        }
    }
    let norms = norm(left) * norm(right);
    if norms > 0.0 { product / norms } else { 0.0 }
}

/// Shared share of two sets.
fn jaccard(left: &BTreeSet<[char; 3]>, right: &BTreeSet<[char; 3]>) -> f64 {
    let shared = left.intersection(right).count();
    let all = left.len() + right.len() - shared;
    if all > 0 { shared as f64 / all as f64 } else { 0.0 }
}

/// Tools that hand the user to a person, by the words in their names.
fn is_handoff(call: &ToolCall) -> bool {
    let name = call.name.to_lowercase();
    let says = |words: &[&str]| words.iter().all(|word| name.contains(word));
    says(&["transfer", "human"])
        || says(&["transfer", "agent"])
        || says(&["handoff"])
        || says(&["hand_off"])
        || says(&["escalat"])
}

fn handed_over(conversation: &Conversation) -> bool {
    conversation.calls().any(|(_, call)| is_handoff(call))
}

/// The last turn, when it is the agent's and leaves the user with a question, an apology or a failed call.
fn abandoned(turns: &[Turn], read: &[Read]) -> Option<usize> {
    let index = turns.len().checked_sub(1)?;
    let last = &turns[index];
    if last.role != Role::Assistant || !turns.iter().any(|turn| turn.role == Role::User) {
        return None;
    }
    let asks = ends_asking(&last.text);
    let failed = last.calls.last().is_some_and(|call| call.error.is_some() || call.is_empty_result());
    (asks || failed || read[index].shows(Shows::Apology)).then_some(index)
}

#[cfg(test)]
mod labelled;
#[cfg(test)]
mod tests;
