//! Implicit feedback: what users show without being asked. Deterministic rules over the turns, each with a weight in
//! log-odds towards failure; how a conversation went is decided in [`outcome`](super::outcome).
//!
//! The rules say less rather than something wrong:
//! - thanks count only where they close a conversation: politeness on the way is no success;
//! - a plain "no," counts as a correction only after a statement: after a question it answers;
//! - a turn that begins by answering ("Yes, …") repeats what the agent asked and is no rephrasing;
//! - rephrasing is measured on content words and character trigrams of the conversation itself, without a corpus;
//! - a trace does not say how long the user has been silent, so that an abandoned conversation is one that ends on
//!   the agent's question, apology or failed call.

use super::lexicon::{ENGLISH, Found, PACKS, Shows, Tokens, tokens};
use super::{Conversation, Role, Signal, SignalKind, ToolCall, Turn};
use crate::digest::Digest;
use std::collections::BTreeSet;

/// Changes when a rule changes, so that files are judged again.
const VERSION: &str = "signals 1";
/// A correction stands at the start of a turn.
const CORRECTION_TOKENS: usize = 6;
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
/// Letters from which capitals are shouting.
const FEWEST_SHOUTED_LETTERS: usize = 8;
/// Share of capitals from which text is shouted.
const SHOUTED_SHARE: f64 = 0.6;

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
        Digest::of_fields([VERSION.as_bytes(), PACKS.as_bytes()].into_iter().chain(tools))
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
    let read: Vec<Read> = turns.iter().map(Read::new).collect();
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
        let closing = last && !turns[index].text.contains('?') && later;
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

/// One turn as the rules see it.
struct Read {
    tokens: Tokens,
    found: Vec<Found>,
    /// Words that say what a user's turn is about, in alphabetical order: the token and how often it is there.
    content: Vec<(usize, f64)>,
}

impl Read {
    fn new(turn: &Turn) -> Self {
        let tokens = match turn.role {
            Role::User => tokens(&turn.text),
            // Of the agent's words only apologies are looked for.
            Role::Assistant if ENGLISH.may_apologize(&turn.text) => tokens(&turn.text),
            _ => Tokens::default(),
        };
        let found = ENGLISH.find(&tokens);
        let mut content: Vec<(usize, f64)> = Vec::new();
        if turn.role == Role::User {
            let says = |token: &str| token.chars().all(char::is_alphanumeric) && !ENGLISH.is_stop(token);
            let mut words: Vec<usize> =
                (0..tokens.len()).filter(|index| tokens.get(*index).is_some_and(says)).collect();
            words.sort_by(|one, other| tokens.get(*one).cmp(&tokens.get(*other)));
            for word in words {
                match content.last_mut() {
                    Some((last, count)) if tokens.get(*last) == tokens.get(word) => *count += 1.0,
                    _ => content.push((word, 1.0)),
                }
            }
        }
        Self { tokens, found, content }
    }

    fn trigrams(&self) -> BTreeSet<[char; 3]> {
        let words: Vec<&str> = self.tokens.iter().collect();
        let text: Vec<char> = words.join(" ").chars().collect();
        text.windows(3).map(|window| [window[0], window[1], window[2]]).collect()
    }

    fn shows(&self, what: Shows) -> bool {
        self.found.iter().any(|found| found.shows == what)
    }

    /// Whether a phrase stands here and nothing after it takes it back.
    fn means(&self, what: Shows) -> bool {
        self.found.iter().any(|found| {
            found.shows == what
                && !self.found.iter().any(|other| other.shows == Shows::Contrast && other.token > found.token)
        })
    }

    fn frustrated(&self, text: &str) -> bool {
        if self.shows(Shows::Frustration) {
            return true;
        }
        let letters = text.chars().filter(|character| character.is_alphabetic()).count();
        let capitals = text.chars().filter(|character| character.is_uppercase()).count();
        let shouted = letters >= FEWEST_SHOUTED_LETTERS && capitals as f64 >= SHOUTED_SHARE * letters as f64;
        let signs = [text.contains("!!"), shouted, self.shows(Shows::Profanity)];
        signs.iter().filter(|sign| **sign).count() >= 2
    }
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
    let asked = reply.text.contains('?');
    user.found.iter().any(|found| {
        found.token < CORRECTION_TOKENS
            && match found.shows {
                Shows::Correction => true,
                // At the very start only: "I have no. 5" is no objection.
                Shows::CorrectionAfterStatement => !asked && found.token == 0 && user.tokens.len() > 2,
                _ => false,
            }
    })
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
        if cosine < REPHRASE_COSINE {
            // Turns that share most trigrams share words too, so the dearer measure is not needed.
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

/// Cosine of two bags of words with sublinear counts (`1 + ln n`).
fn cosine(left: &Read, right: &Read) -> f64 {
    let scaled = |count: f64| 1.0 + count.ln();
    let norm = |read: &Read| read.content.iter().map(|(_, count)| scaled(*count).powi(2)).sum::<f64>().sqrt();
    let mut others = right.content.iter().peekable();
    let mut product = 0.0;
    for (word, count) in &left.content {
        let word = left.tokens.get(*word);
        while others.next_if(|(other, _)| right.tokens.get(*other) < word).is_some() {}
        if let Some((_, other)) = others.next_if(|(other, _)| right.tokens.get(*other) == word) {
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
    let asks = last.text.trim_end().ends_with('?');
    let failed = last.calls.last().is_some_and(|call| call.error.is_some() || call.is_empty_result());
    (asks || failed || read[index].shows(Shows::Apology)).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::Item;
    use crate::trace::reader::Reader;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn conversation(messages: &Value) -> Conversation {
        let text = json!({ "messages": messages }).to_string();
        match Reader::open(text.as_bytes()).unwrap().next_item().unwrap() {
            Some(Item::Conversation(conversation, _)) => *conversation,
            other => panic!("{other:?}"),
        }
    }

    fn kinds(messages: &Value) -> Vec<(u32, SignalKind)> {
        let rules = SignalRules { success_tools: vec!["issue_refund".to_string()] };
        signals(&conversation(messages), &rules).iter().map(|signal| (signal.turn, signal.kind)).collect()
    }

    /// The signals of a user's second turn after this reply.
    fn after(reply: &str, turn: &str) -> Vec<SignalKind> {
        let found = kinds(&json!([
            {"role": "user", "content": "Connect my warehouse please."},
            {"role": "assistant", "content": reply},
            {"role": "user", "content": turn},
            {"role": "assistant", "content": "Noted."}
        ]));
        found.into_iter().map(|(_, kind)| kind).collect()
    }

    const STATEMENT: &str = "It is in region eu-west-1 now.";
    const QUESTION: &str = "Which region is it in?";

    #[test]
    fn polite_phrases_with_telling_words_show_nothing() {
        for turn in
            ["No problem.", "no, thank you", "No, thanks!", "I said thank you", "No worries at all", "No, that's all."]
        {
            assert_eq!(after(STATEMENT, turn), [], "{turn}");
        }
        assert_eq!(after(STATEMENT, "Thanks for nothing."), [SignalKind::Frustration]);
    }

    #[test]
    fn corrections_need_a_phrase_at_the_start_and_a_plain_no_needs_a_statement() {
        for turn in [
            "No, it is in us-east-1.",
            "That's not the right one",
            "I said us-east-1",
            "But I meant the other one",
            "Sorry, that is wrong",
        ] {
            assert_eq!(after(STATEMENT, turn), [SignalKind::Correction], "{turn}");
        }
        assert_eq!(after(QUESTION, "No, I have no idea."), []);
        assert_eq!(after(QUESTION, "Something is wrong with my warehouse in the end, I said"), []);
        let first = kinds(
            &json!([{"role": "assistant", "content": "Hi."}, {"role": "user", "content": "That's not fair to me"}]),
        );
        assert_eq!(first, []);
    }

    #[test]
    fn frustration_needs_a_phrase_or_two_signs() {
        assert_eq!(after(STATEMENT, "This is ridiculous"), [SignalKind::Frustration]);
        assert_eq!(after(STATEMENT, "WHERE IS MY DATA!!"), [SignalKind::Frustration]);
        assert_eq!(after(STATEMENT, "Where is it!!"), []);
        assert_eq!(after(STATEMENT, "HTTP API URL SQL"), []);
        assert_eq!(after(STATEMENT, "damn!! where is it"), [SignalKind::Frustration]);
    }

    #[test]
    fn escalation_is_asked_for_or_done_and_takes_the_thanks_back() {
        assert_eq!(after(STATEMENT, "I want to talk to a human agent"), [SignalKind::Escalation]);
        let done = kinds(&json!([
            {"role": "user", "content": "Help me."},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "a", "function": {"name": "transfer_to_human_agents", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "Transfer successful"},
            {"role": "assistant", "content": "You are being transferred."},
            {"role": "user", "content": "Thank you."}
        ]));
        assert_eq!(done, [(1, SignalKind::Escalation)]);
    }

    #[test]
    fn thanks_close_and_praise_is_praise_unless_taken_back() {
        assert_eq!(after(STATEMENT, "Thanks a lot"), [SignalKind::Thanks]);
        assert_eq!(after(STATEMENT, "Thanks, but it fails"), []);
        assert_eq!(after(STATEMENT, "Thanks! And which port?"), []);
        assert_eq!(after(STATEMENT, "That worked"), [SignalKind::Praise]);
        assert_eq!(after(STATEMENT, "Perfect, except that it fails"), []);
        let midway = kinds(&json!([
            {"role": "user", "content": "Help."}, {"role": "assistant", "content": "Sure."},
            {"role": "user", "content": "Thanks, here is my key"}, {"role": "assistant", "content": "Got it."},
            {"role": "user", "content": "Go on"}
        ]));
        assert_eq!(midway, []);
    }

    #[test]
    fn saying_it_again_is_told_from_saying_something_else() {
        let two = |first: &str, second: &str| {
            kinds(&json!([
                {"role": "user", "content": first}, {"role": "assistant", "content": "Hm."},
                {"role": "user", "content": second}, {"role": "assistant", "content": "Done."}
            ]))
        };
        let wish = "Please connect my Postgres warehouse to the dashboard";
        assert_eq!(two(wish, wish), [(2, SignalKind::Repetition)]);
        assert_eq!(two(wish, "Connect the Postgres warehouse with my dashboard now"), [(2, SignalKind::Rephrase)]);
        assert_eq!(two(wish, "How do I change the billing address of my team"), []);
        assert_eq!(two("Yes, please", "Yes, please"), []);
        assert_eq!(two(wish, "Yes, connect the Postgres warehouse with my dashboard now"), []);
    }

    #[test]
    fn the_end_tells_of_errors_apologies_and_abandonment() {
        let end = |result: &str, words: &str| {
            kinds(&json!([
                {"role": "user", "content": "Book it."},
                {"role": "assistant", "content": "", "tool_calls": [{"id": "a", "function": {"name": "issue_refund", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "a", "content": result},
                {"role": "assistant", "content": words}
            ]))
        };
        assert_eq!(end("Error: no", "Anything else?"), [(1, SignalKind::FinalToolError), (2, SignalKind::Abandonment)]);
        assert_eq!(end("[]", "There it is."), [(1, SignalKind::FinalToolError)]);
        assert_eq!(end("done", "There it is."), [(1, SignalKind::SuccessTool)]);
        let sorry = kinds(&json!([
            {"role": "user", "content": "Hm."}, {"role": "assistant", "content": "I apologize for that."},
            {"role": "user", "content": "And?"}, {"role": "assistant", "content": "I'm sorry, it failed."}
        ]));
        assert_eq!(sorry, [(3, SignalKind::Abandonment), (3, SignalKind::ApologyChain)]);
    }

    #[test]
    fn another_language_shows_no_words() {
        assert_eq!(after(STATEMENT, "Nein, das ist falsch, ich will einen Menschen sprechen"), []);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_signal_points_at_a_turn(texts in prop::collection::vec("\\PC{0,60}", 1..8)) {
            let messages: Vec<Value> = texts
                .iter()
                .enumerate()
                .map(|(index, text)| json!({"role": if index % 2 == 0 { "user" } else { "assistant" }, "content": text}))
                .collect();
            let conversation = conversation(&json!(messages));
            for signal in signals(&conversation, &SignalRules::default()) {
                prop_assert!((signal.turn as usize) < conversation.turns.len());
            }
        }
    }
}
