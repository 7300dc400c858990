//! Drafting by a language model: the writer. It sees the prompt, the cause as a kind with names, and the places where
//! a sentence may go; never a conversation. It gives back the number of a place and a sentence, which pass the same
//! contract and guards as our own drafts, and here a few checks more: a model that has been turned against its user
//! writes well.

use super::draft::{Draft, DraftRefusal, Library, places};
use super::vocabulary::{Vocabulary, words};
use crate::diagnosis::{Cause, Finding, LeverKind};
use crate::llm::{Instructions, Request, Schema, Stage};
use crate::prompt::config::Limits;
use serde_json::{Value, json};

/// The model's instructions, unless the config names others.
pub const INSTRUCTIONS: &str = include_str!("writing.md");
/// Times that a refused sentence goes back with the reasons.
pub const REPAIRS: u32 = 2;
/// Longest prompt that is shown, in characters.
const LONGEST_PROMPT: usize = 60_000;
/// Longest sentence, in characters.
const LONGEST: usize = 400;

/// A finding to be answered, and the places for it.
#[derive(Clone, Debug)]
pub struct Writing {
    places: Vec<Draft>,
    must_name: Vec<String>,
}

/// Why a sentence is not taken: in words that may be sent back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SentenceRefusal {
    /// More than one sentence, or none.
    #[error("it must be one sentence that ends with a full stop")]
    NotOneSentence,
    /// A character that a rule does not need.
    #[error("it must hold letters, digits, spaces, backticks and plain punctuation only")]
    OddCharacter,
    /// Too many words.
    #[error("it must have at most {0} words")]
    TooLong(usize),
    /// The tool or argument is not named.
    #[error("it must name {0}")]
    NotNamed(String),
    /// A word that the repository does not have.
    #[error("it holds a word that is neither in the prompt nor common: {0}")]
    StrangeWord(String),
    /// A name between backticks that the cause does not have.
    #[error("between backticks may stand only names that are given")]
    StrangeName,
}

/// The cause, as the writer is told.
fn mistake(cause: &Cause) -> Value {
    match cause {
        Cause::ArgumentGuessed { tool, argument } => json!({
            "kind": "the agent fills an argument with a value that nobody gave, without asking the user",
            "tool": tool, "argument": argument,
        }),
        Cause::ArgumentRejected { tool, argument, .. } => json!({
            "kind": "the agent sends a value that the tool does not accept",
            "tool": tool, "argument": argument,
        }),
        Cause::WrongTool { called, instead } => json!({
            "kind": "the agent calls one tool where another serves the request",
            "called": called, "right": instead,
        }),
        Cause::RepeatedFailure { tool } => json!({
            "kind": "the agent repeats a call that failed, with the same arguments",
            "tool": tool,
        }),
        // Words of users stay out; the example carries those that the repository has.
        Cause::RepeatedCorrection { .. } => json!({"kind": "users correct the agent in the same way"}),
    }
}

/// Names that a rule about the cause must hold.
fn names(cause: &Cause) -> Vec<String> {
    match cause {
        Cause::ArgumentGuessed { tool, argument } | Cause::ArgumentRejected { tool, argument, .. } => {
            vec![tool.clone(), argument.clone()]
        }
        Cause::WrongTool { called, instead } => vec![called.clone(), instead.clone()],
        Cause::RepeatedFailure { tool } => vec![tool.clone()],
        Cause::RepeatedCorrection { .. } => Vec::new(),
    }
}

impl Writing {
    /// The places for `finding`.
    pub fn new(finding: &Finding, library: Library<'_>) -> Result<Self, DraftRefusal> {
        Ok(Self { places: places(finding, library)?, must_name: names(&finding.cause) })
    }

    /// The question, after `refused` sentences with their reasons. `redact` takes secrets and personal data out of the
    /// prompt, which may name a support address.
    pub fn request(
        &self,
        finding: &Finding,
        library: Library<'_>,
        limits: &Limits,
        instructions: &Instructions,
        refused: &[(String, String)],
        redact: &dyn Fn(&str) -> String,
    ) -> Request {
        let first = self.places.first();
        let path = first.map(|place| place.lever.path.as_str());
        let prompt = library.prompts.iter().find(|prompt| Some(prompt.path.as_str()) == path);
        let prompt = prompt.or(library.prompts.first()).map_or("", |prompt| prompt.system_text());
        let shown: String = redact(prompt).chars().take(LONGEST_PROMPT).collect();
        let listed: Vec<Value> = self
            .places
            .iter()
            .enumerate()
            .map(|(id, place)| json!({"id": id, "kind": place.lever.kind, "label": redact(&place.lever.label)}))
            .collect();
        let support = &finding.support;
        let input = json!({
            "prompt": shown,
            "mistake": mistake(&finding.cause),
            "counts": {"failing_with": support.failing_with, "failing": support.failing},
            "places": listed,
            "example": first.map(|place| place.sentence.as_str()),
            "must_name": self.must_name,
            "limits": {"words": limits.rule_words},
            "refused": refused.iter().map(|(sentence, why)| json!({"sentence": redact(sentence), "why": why})).collect::<Vec<_>>(),
        });
        let last = i64::try_from(self.places.len()).unwrap_or(1).max(1) - 1;
        Request {
            stage: Stage::Draft,
            about: format!("finding {}", finding.id),
            instructions: instructions.clone(),
            input: input.to_string(),
            shorter_input: None,
            shape: "drafted_sentence",
            schema: Schema::Object(vec![("place", Schema::Whole(0, last)), ("sentence", Schema::Text(LONGEST))]),
            max_output: 300,
            repeat: 0,
        }
    }

    /// Place and sentence of a reply that fits the schema.
    pub fn read<'w, 'r>(&'w self, reply: &'r Value) -> Option<(&'w Draft, &'r str)> {
        let place = self.places.get(usize::try_from(reply.get("place")?.as_u64()?).ok()?)?;
        Some((place, reply.get("sentence")?.as_str()?.trim()))
    }

    /// Holds a sentence to what its form must be. The contract and the guards hold the change that it makes.
    pub fn check(
        &self,
        place: &Draft,
        sentence: &str,
        limits: &Limits,
        vocabulary: &Vocabulary,
    ) -> Result<(), SentenceRefusal> {
        let plain = |c: char| c.is_alphanumeric() || " `,;:.'’\"-_()".contains(c);
        if let Some(odd) = sentence.chars().find(|c| !plain(*c)) {
            return Err(if odd == '\n' { SentenceRefusal::NotOneSentence } else { SentenceRefusal::OddCharacter });
        }
        let inner = sentence.strip_suffix('.').ok_or(SentenceRefusal::NotOneSentence)?;
        if inner.contains(". ") || inner.trim().is_empty() || inner.ends_with('.') {
            return Err(SentenceRefusal::NotOneSentence);
        }
        if sentence.split_whitespace().count() > limits.rule_words {
            return Err(SentenceRefusal::TooLong(limits.rule_words));
        }
        // Between backticks stand names, and only those that the cause has.
        let mut outside = String::new();
        let parts: Vec<&str> = sentence.split('`').collect();
        if parts.len().is_multiple_of(2) {
            return Err(SentenceRefusal::OddCharacter);
        }
        let known = |name: &str| {
            let values = self.places.iter().flat_map(|place| place.sentence.split('`').skip(1).step_by(2));
            self.must_name.iter().any(|known| known == name) || values.into_iter().any(|value| value == name)
        };
        for (index, part) in parts.iter().enumerate() {
            if index % 2 == 0 {
                outside.push_str(part);
                outside.push(' ');
            } else if !known(part) {
                return Err(SentenceRefusal::StrangeName);
            }
        }
        if place.lever.kind == LeverKind::LearnedRules
            && let Some(missing) = self.must_name.iter().find(|name| !sentence.contains(&format!("`{name}`")))
        {
            return Err(SentenceRefusal::NotNamed(format!("`{missing}`")));
        }
        match words(&outside).into_iter().find(|word| !super::candidate::is_known(word, vocabulary)) {
            Some(word) => Err(SentenceRefusal::StrangeWord(word)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "writing/tests.rs"]
mod tests;
