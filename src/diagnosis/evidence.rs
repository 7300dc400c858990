//! Quotes: exact pieces of stored conversations, by place and digest. A quote is checked against the conversation
//! each time before it is shown; one that does not match byte for byte is not shown.

use super::{Case, Cause, Quote, QuotePart};
use crate::digest::Digest;
use crate::trace::Conversation;

/// Shortest quote in bytes; anything shorter would match anywhere.
pub const SHORTEST: usize = 12;
/// Longest quote in bytes; the rest can be read in the thread.
const LONGEST: usize = 240;

impl Quote {
    /// A quote of `start..end` of a text of `conversation`; `None` when that is not a place in the text or too short.
    pub fn cut(conversation: &Conversation, turn: usize, part: QuotePart, start: usize, end: usize) -> Option<Self> {
        let text = part_of(conversation, turn, part)?;
        let bytes = text.get(start..end)?;
        if bytes.len() < SHORTEST {
            return None;
        }
        Some(Self {
            conversation: conversation.id.clone(),
            turn: u32::try_from(turn).ok()?,
            part,
            start,
            end,
            digest: Digest::of(bytes),
        })
    }

    /// The quoted text, if the conversation still has exactly these bytes in this place.
    pub fn verify<'a>(&self, conversation: &'a Conversation) -> Option<&'a str> {
        if self.conversation != conversation.id {
            return None;
        }
        let text = part_of(conversation, self.turn as usize, self.part)?.get(self.start..self.end)?;
        (Digest::of(text) == self.digest).then_some(text)
    }
}

fn part_of(conversation: &Conversation, turn: usize, part: QuotePart) -> Option<&str> {
    let turn = conversation.turns.get(turn)?;
    match part {
        QuotePart::Text => Some(&turn.text),
        QuotePart::Arguments(call) => turn.calls.get(call as usize).map(|call| call.arguments.as_str()),
        QuotePart::Result(call) => turn.calls.get(call as usize)?.result.as_deref(),
    }
}

/// The first `LONGEST` bytes of a text, cut at a character.
fn head(text: &str) -> usize {
    if text.len() <= LONGEST {
        return text.len();
    }
    (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The quotes that show `cause` in one conversation: the call and what came back, or the correction.
pub fn quotes(case: &Case<'_>, cause: &Cause, correction: Option<usize>) -> Vec<Quote> {
    let conversation = case.conversation;
    let whole = |turn: usize, part: QuotePart| {
        let text = part_of(conversation, turn, part)?;
        Quote::cut(conversation, turn, part, 0, head(text))
    };
    if let Cause::RepeatedCorrection { .. } = cause {
        return correction.and_then(|turn| whole(turn, QuotePart::Text)).into_iter().collect();
    }
    let Some(tool) = cause.tool() else { return Vec::new() };
    let calls = conversation
        .turns
        .iter()
        .enumerate()
        .take(case.end)
        .skip(case.start)
        .flat_map(|(turn, said)| said.calls.iter().enumerate().map(move |(position, call)| (turn, position, call)));
    let mut calls: Vec<_> = calls.filter(|(_, _, call)| call.name == tool).collect();
    // The call that failed shows the cause best.
    calls.sort_by_key(|(turn, position, call)| (call.error.is_none(), *turn, *position));
    let Some((turn, position, _)) = calls.first() else { return Vec::new() };
    let Ok(position) = u32::try_from(*position) else { return Vec::new() };
    [QuotePart::Arguments(position), QuotePart::Result(position)]
        .into_iter()
        .filter_map(|part| whole(*turn, part))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixtures::dialogue;

    #[test]
    fn a_quote_verifies_until_a_byte_changes() {
        let mut talk = dialogue("c", &[("user", "my database is in Frankfurt")]);
        let quote = Quote::cut(&talk, 0, QuotePart::Text, 3, 27).unwrap();
        assert_eq!(quote.verify(&talk), Some("database is in Frankfurt"));
        talk.turns[0].text = "my database is in Frankfort".to_string();
        assert_eq!(quote.verify(&talk), None);
    }

    #[test]
    fn short_and_misplaced_quotes_are_refused() {
        let talk = dialogue("c", &[("user", "größer als gedacht")]);
        assert!(Quote::cut(&talk, 0, QuotePart::Text, 0, 4).is_none());
        assert!(Quote::cut(&talk, 0, QuotePart::Text, 3, 18).is_none(), "inside a character");
        assert!(Quote::cut(&talk, 9, QuotePart::Text, 0, 12).is_none());
        assert!(Quote::cut(&talk, 0, QuotePart::Result(0), 0, 12).is_none());
    }
}
