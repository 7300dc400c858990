//! Whether the value of a tool argument was given by anybody before the call. A value is *grounded* when a user
//! said it or a tool returned it earlier; an argument was *asked for* when an earlier reply put a question that
//! names it. A value that is neither is a guess. The test is lexical on purpose: values that are worded
//! differently from how users say them (dates, codes) look like guesses in passing and failing conversations
//! alike, and the contrast between the two, not this test, decides what matters.

use crate::trace::{Conversation, Role};
use serde_json::Value;

/// Words in the longest value that a user would be asked for.
const LONGEST_VALUE: usize = 4;

/// Everything that users and tools have said before some point of a conversation, and what the agent has asked.
#[derive(Debug, Default)]
pub struct Ground {
    given: String,
    questions: Vec<String>,
}

impl Ground {
    /// An empty ground, before the first turn.
    pub fn new() -> Self {
        Self { given: " ".to_string(), questions: Vec::new() }
    }

    /// What is known before call number `call` of turn `turn`.
    pub fn before(conversation: &Conversation, turn: usize, call: usize) -> Self {
        let mut ground = Self::new();
        for (index, said) in conversation.turns.iter().enumerate().take(turn + 1) {
            let last = index == turn;
            match said.role {
                Role::User | Role::Tool if !last => ground.give(&said.text),
                Role::Assistant => {
                    ground.ask(&said.text);
                    let known = if last { call } else { said.calls.len() };
                    for earlier in said.calls.iter().take(known) {
                        if earlier.error.is_none() {
                            ground.give(earlier.result.as_deref().unwrap_or_default());
                        }
                    }
                }
                _ => {}
            }
        }
        ground
    }

    fn give(&mut self, text: &str) {
        self.given.push_str(&words(text));
        self.given.push(' ');
    }

    fn ask(&mut self, text: &str) {
        for sentence in text.split_inclusive(['?', '.', '!', '\n']) {
            if sentence.trim_end().ends_with('?') || asks(sentence) {
                self.questions.push(format!(" {} ", words(sentence)));
            }
        }
    }

    /// Whether somebody gave this value. Values without a letter or digit, composite ones and whole phrases count as
    /// given: the agent composes those, no user would be asked for them.
    pub fn gives(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => words(text),
            Value::Number(number) => words(&number.to_string()),
            _ => return true,
        };
        let text = text.trim();
        text.is_empty() || text.split(' ').count() > LONGEST_VALUE || self.given.contains(&format!(" {text} "))
    }

    /// Whether an earlier question names the argument, by any of its name's words of three letters or more.
    pub fn asked_for(&self, argument: &str) -> bool {
        let name = words(argument);
        name.split_whitespace().filter(|word| word.len() >= 3 && !matches!(*word, "the" | "and" | "for" | "name")).any(
            |word| {
                let stem = word.trim_end_matches('s');
                self.questions
                    .iter()
                    .any(|question| question.split_whitespace().any(|asked| asked.trim_end_matches('s') == stem))
            },
        )
    }
}

/// A request for information that does not end in a question mark.
fn asks(sentence: &str) -> bool {
    let sentence = format!(" {} ", words(sentence));
    [" please provide ", " please tell ", " please share ", " let me know ", " could you ", " i need ", " i will need "]
        .iter()
        .any(|phrase| sentence.contains(phrase))
}

/// `text` in lower case with everything that is neither letter nor digit as single spaces: `us-east-1` and
/// `US East 1` become the same words.
pub fn words(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() {
            plain.extend(character.to_lowercase());
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixtures::dialogue;
    use serde_json::json;

    #[test]
    fn a_value_that_a_user_said_is_given_however_it_is_punctuated() {
        let talk =
            dialogue("c", &[("user", "We are in US East 1."), ("assistant", "connect {\"region\":\"us-east-1\"}")]);
        let ground = Ground::before(&talk, 1, 0);
        assert!(ground.gives(&json!("us-east-1")));
        assert!(!ground.gives(&json!("eu-west-1")));
        assert!(ground.gives(&json!("us-east")), "part of what was said, word by word");
    }

    #[test]
    fn part_of_a_word_does_not_ground_a_value() {
        let talk = dialogue("c", &[("user", "Connect prodigy"), ("assistant", "connect {\"env\":\"prod\"}")]);
        assert!(!Ground::before(&talk, 1, 0).gives(&json!("prod")));
    }

    #[test]
    fn a_question_that_names_the_argument_counts_as_asking() {
        let talk = dialogue(
            "c",
            &[
                ("user", "Connect my database"),
                ("assistant", "Sure. Which regions do you use?"),
                ("user", "whatever is usual"),
                ("assistant", "connect {\"region\":\"us-east-1\"}"),
            ],
        );
        let ground = Ground::before(&talk, 3, 0);
        assert!(ground.asked_for("region"));
        assert!(!ground.asked_for("host"));
    }

    #[test]
    fn a_statement_that_names_the_argument_is_no_question() {
        let talk = dialogue(
            "c",
            &[("user", "Connect"), ("assistant", "I picked the region."), ("user", "ok"), ("assistant", "connect {}")],
        );
        assert!(!Ground::before(&talk, 3, 0).asked_for("region"));
    }

    #[test]
    fn composite_and_blank_values_are_never_guesses() {
        let ground = Ground::new();
        assert!(ground.gives(&json!({"a": 1})));
        assert!(ground.gives(&json!(true)));
        assert!(ground.gives(&json!("--")));
        assert!(ground.gives(&json!("the user seems to want a refund")));
    }
}
