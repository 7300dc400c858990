//! Where one goal ends and the next begins. A conversation is cut into the things the user asked for: the opening
//! (what was said until it was enough to act on) and every later user turn that asks for something else. What
//! users say to serve a goal (answers to questions, corrections, thanks) stays in it (METHODS 1.1).

use super::matrix::{add_scaled, dot, normalize};
use super::normalize::{Normalizer, Word};
use super::space::Space;
use crate::trace::{Conversation, Role, Signal, SignalKind, Turn};

/// A later turn further than this (cosine) from the goal so far may open another. Two messages of different
/// intents are nearer than this in about one case of twenty.
const OTHER_GOAL: f32 = 0.25;
/// Content words that a later turn must have to open a goal.
const OPENING_WORDS: usize = 3;
/// Content words of a turn that says more than hello.
const GREETING_WORDS: usize = 2;
/// Content words at which an opening has said enough.
const ENOUGH_WORDS: usize = 4;
/// Words of a reply that is more than an acknowledgement.
const SUBSTANTIVE_WORDS: usize = 20;

/// One user turn, or the user turns of the opening together.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Index of its first turn.
    pub(super) turn: u32,
    /// As typed.
    pub(super) text: String,
    /// As words.
    pub(super) words: Vec<Word>,
    /// Whether it may open a goal, as far as can be told without a space.
    pub(super) may_open: bool,
}

/// Turns `from..=to` of a conversation, which serve one goal stated by an [`Ask`].
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Which ask states the goal.
    pub(super) ask: usize,
    /// Index of the first turn.
    pub(super) first: u32,
    /// Index of the last turn, replies included.
    pub(super) last: u32,
}

/// What the user said, in order; the first is the opening. Empty when the user said nothing.
pub(super) fn asks(conversation: &Conversation, signals: &[Signal], normalizer: &Normalizer) -> Vec<Ask> {
    let turns = &conversation.turns;
    let mut asks: Vec<Ask> = Vec::new();
    let mut opening = true;
    for (index, turn) in conversation.user_turns() {
        let words = normalizer.words(&turn.text);
        let said = content_words(&words);
        if let (Some(first), true) = (asks.first_mut(), opening) {
            let enough = content_words(&first.words) >= ENOUGH_WORDS;
            if enough || substantive_reply(&turns[first.turn as usize..index]) {
                opening = false;
            } else if content_words(&first.words) < GREETING_WORDS && said > content_words(&first.words) {
                *first = Ask { turn: index as u32, text: turn.text.clone(), words, may_open: true };
                continue;
            } else {
                first.text.push('\n');
                first.text.push_str(&turn.text);
                first.words.extend(words);
                continue;
            }
        }
        let may_open = asks.is_empty()
            || (said >= OPENING_WORDS && !is_feedback(signals, index) && !is_answer(turn, &turns[..index]));
        asks.push(Ask { turn: index as u32, text: turn.text.clone(), words, may_open });
    }
    asks
}

/// Cuts a conversation of `length` turns at the asks that are far from the goal so far.
pub(super) fn segments(asks: &[Ask], length: usize, space: &Space) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut goal = vec![0.0; space.dimensions()];
    for (index, ask) in asks.iter().enumerate() {
        let vector = if ask.may_open { space.vector(&ask.words) } else { Vec::new() };
        let other = {
            let mut mean = goal.clone();
            normalize(&mut mean);
            ask.may_open && vector.iter().any(|&value| value != 0.0) && dot(&mean, &vector) < OTHER_GOAL
        };
        match segments.last_mut() {
            Some(_) if !other => add_scaled(&mut goal, &vector, 1.0),
            last => {
                // The opening takes in what came before it (a greeting, a system turn).
                let first = if let Some(last) = last {
                    last.last = ask.turn.saturating_sub(1);
                    ask.turn
                } else {
                    0
                };
                segments.push(Segment { ask: index, first, last: 0 });
                goal = if vector.is_empty() { vec![0.0; space.dimensions()] } else { vector };
            }
        }
    }
    if let Some(last) = segments.last_mut() {
        last.last = (length as u32).saturating_sub(1);
    }
    segments
}

fn content_words(words: &[Word]) -> usize {
    words.iter().filter(|word| word.is_content()).count()
}

/// Whether the agent has begun to act: called a tool, or said something longer that does not end in a question.
fn substantive_reply(turns: &[Turn]) -> bool {
    turns.iter().filter(|turn| turn.role == Role::Assistant).any(|turn| {
        !turn.calls.is_empty() || (turn.text.split_whitespace().count() >= SUBSTANTIVE_WORDS && !asks_back(&turn.text))
    })
}

fn asks_back(reply: &str) -> bool {
    reply.trim_end().ends_with(['?', '？', '؟'])
}

/// Whether the turn was recognised as a reaction to the reply before it.
fn is_feedback(signals: &[Signal], turn: usize) -> bool {
    signals.iter().any(|signal| {
        signal.turn as usize == turn
            && matches!(
                signal.kind,
                SignalKind::Correction
                    | SignalKind::Rephrase
                    | SignalKind::Repetition
                    | SignalKind::Frustration
                    | SignalKind::Escalation
            )
    })
}

/// Whether the turn answers what the agent has just asked. "Anything else?" invites a new goal, and a turn that
/// is itself a request is one whatever was asked before.
fn is_answer(turn: &Turn, before: &[Turn]) -> bool {
    let Some(reply) = before.iter().rev().find(|turn| turn.role == Role::Assistant) else { return false };
    asks_for_input(&reply.text) && !invites_another_goal(&reply.text) && !is_request(&turn.text)
}

fn asks_for_input(reply: &str) -> bool {
    reply.contains(['?', '？', '؟'])
}

fn invites_another_goal(reply: &str) -> bool {
    let reply = reply.to_lowercase();
    ["anything else", "something else", "any other", "any more help", "further", "else i can", "else can i", "else you"]
        .iter()
        .any(|phrase| reply.contains(phrase))
}

fn is_request(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    [
        "can you",
        "could you",
        "would you",
        "i want",
        "i need",
        "i'd like",
        "i would like",
        "how do i",
        "how can i",
        "i also",
        "help me",
    ]
    .iter()
    .any(|phrase| text.contains(phrase))
}
