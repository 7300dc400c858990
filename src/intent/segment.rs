//! Where one goal ends and the next begins. A conversation is cut into the things the user asked for: the opening
//! (the first turn that says more than hello) and every later user turn that asks for something else. What
//! users say to serve a goal (answers to questions, corrections, thanks) stays in it.

use super::cue;
use super::matrix::{add_scaled, dot, normalize};
use super::normalize::{Normalizer, Word};
use super::space::Space;
use crate::trace::{Conversation, Role, Signal, SignalKind, Turn};
use std::borrow::Cow;
use unicode_width::UnicodeWidthChar as _;

/// A later turn further than this (cosine) from the goal so far may open another. Two messages of different
/// intents are nearer than this in about one case of twenty.
const OTHER_GOAL: f32 = 0.25;
/// Content words that a later turn must have to open a goal.
const OPENING_WORDS: usize = 2;
/// Content words of a turn that says more than hello.
const GREETING_WORDS: usize = 2;

/// Bytes at the beginning and at the end of a turn that are read: what somebody wants of a pasted file is said before it
/// or behind it.
const HEAD: usize = 6 << 10;
const TAIL: usize = 2 << 10;

/// What is read of a turn.
pub(super) fn read_of(text: &str) -> Cow<'_, str> {
    if text.len() <= HEAD + TAIL {
        return Cow::Borrowed(text);
    }
    let head = text.floor_char_boundary(HEAD);
    let tail = text.ceil_char_boundary(text.len() - TAIL);
    Cow::Owned(format!("{}\n{}", &text[..head], &text[tail..]))
}

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

/// Whether a character leaves no mark: spaces, controls, and characters of no width.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || character.width() == Some(0)
}

/// What the user said, in order; the first is the opening. Empty when the user said nothing.
pub(super) fn asks(conversation: &Conversation, signals: &[Signal], normalizer: &Normalizer) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    let mut answered = false;
    let mut reply: Option<&Turn> = None;
    for (index, turn) in conversation.turns.iter().enumerate() {
        match turn.role {
            Role::Assistant => {
                // A turn that only calls tools says nothing; what the agent said before it still stands.
                if !turn.text.trim().is_empty() {
                    reply = Some(turn);
                }
                answered = true;
            }
            // What shows nothing says nothing.
            Role::User if turn.text.chars().all(is_blank) => {}
            Role::User => {
                let text = read_of(&turn.text);
                let words = normalizer.words(&text);
                let turn_index = index as u32;
                match asks.as_mut_slice() {
                    [] => asks.push(Ask { turn: turn_index, text: text.into_owned(), words, may_open: true }),
                    // Messages sent in a row are one; after a mere greeting the goal is still to come.
                    [opening] if !answered => opening.extend(&text, words),
                    [opening] if content_words(&opening.words) < GREETING_WORDS => {
                        if content_words(&words) < GREETING_WORDS {
                            opening.extend(&text, words);
                        } else {
                            *opening = Ask { turn: turn_index, text: text.into_owned(), words, may_open: true };
                        }
                    }
                    _ => {
                        let may_open = content_words(&words) >= OPENING_WORDS
                            && !is_feedback(signals, index)
                            && reply.is_some_and(|reply| cue::opens_goal(&read_of(&reply.text), &text));
                        asks.push(Ask { turn: turn_index, text: text.into_owned(), words, may_open });
                    }
                }
            }
            Role::System | Role::Tool => {}
        }
    }
    asks
}

impl Ask {
    fn extend(&mut self, text: &str, words: Vec<Word>) {
        self.text.push('\n');
        self.text.push_str(text);
        self.words.extend(words);
    }
}

/// Cuts a conversation of `length` turns at the asks that are far from the goal so far and near to what others open
/// conversations with.
pub(super) fn segments(asks: &[Ask], length: usize, space: &Space) -> Vec<Segment> {
    if !asks.is_empty() && asks.iter().skip(1).all(|ask| !ask.may_open) {
        // One goal, wherever it lies.
        return vec![Segment { ask: 0, first: 0, last: (length as u32).saturating_sub(1) }];
    }
    let mut segments: Vec<Segment> = Vec::new();
    let mut goal = vec![0.0; space.dimensions()];
    for (index, ask) in asks.iter().enumerate() {
        let vector = if ask.may_open { space.vector(&ask.words) } else { Vec::new() };
        let mut mean = goal.clone();
        normalize(&mut mean);
        let other = index > 0 && ask.may_open && dot(&mean, &vector) < OTHER_GOAL && space.resembles_openings(&vector);
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
