//! The rules on turns that people wrote, and their limits.

use super::*;
use crate::trace::reader::Item;
use crate::trace::reader::Reader;
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn conversation(messages: &Value) -> Conversation {
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
    let first =
        kinds(&json!([{"role": "assistant", "content": "Hi."}, {"role": "user", "content": "That's not fair to me"}]));
    assert_eq!(first, []);
}

#[test]
fn what_is_set_against_the_agents_word_corrects_it() {
    assert_eq!(after(STATEMENT, "The warehouse in Ohio, not the region you looked at"), [SignalKind::Correction]);
    assert_eq!(after(QUESTION, "The city, not the region"), []);
    assert_eq!(after(STATEMENT, "Use the old one, not the backup"), []);
    assert_eq!(after(STATEMENT, "The region is not listed on that page"), []);
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
    assert_eq!(after(QUESTION, "ok, agent"), [SignalKind::Escalation]);
    assert_eq!(after(QUESTION, "The agent on the second host"), []);
    assert_eq!(after(STATEMENT, "Can a manager approve it?"), []);
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
    assert_eq!(after(STATEMENT, "An amazing camera, is it waterproof?"), []);
    assert_eq!(after(STATEMENT, "That worked! Which port is it?"), [SignalKind::Praise]);
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
    let price = "What does the basic plan cost per month?";
    assert_eq!(two(price, "What does the family plan cost per month?"), []);
    assert_eq!(two(price, "What does the basics plan cost per month?"), [(2, SignalKind::Repetition)]);
    assert_eq!(two("When was order 5521 shipped to Rome?", "And when was order 7733 shipped to Rome?"), []);
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
fn a_language_without_a_pack_shows_no_words() {
    assert_eq!(after(STATEMENT, "Нет, это неправильно, соедините меня с человеком"), []);
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
