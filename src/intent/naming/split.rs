//! The question whether an intent is two. A part is told by phrases, as people tell it when they split an intent; here
//! it is checked that the phrases tell it apart, so that what is suggested can be done. Nothing is moved.

use super::name::{name, text};
use super::opinion::Part;
use super::said::{PEOPLE, Said};
use super::wording::{Room, Unfit, plain};
use crate::intent::IntentId;
use crate::intent::registry::{PhraseReader, holds};
use crate::llm::{Instructions, Request, Schema, Stage};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Requests that the model sees.
const EXEMPLARS: usize = 20;
/// Requests in which its phrases are looked for: more say the same again.
const HEARD: usize = 2_048;
/// Phrases of a part.
const PHRASES: usize = 3;
const PHRASE: Room = Room { words: 4, characters: 40, commas: false };

/// An intent that may be two, and what a part of it may be told by.
#[derive(Clone, Debug)]
pub(super) struct SplitQuestion {
    pub(super) intent: IntentId,
    /// Words that several people use in its requests.
    words: BTreeSet<String>,
    /// Requests, each with its person.
    heard: Vec<(String, Vec<String>)>,
}

/// What the model takes an intent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    One,
    Two(Result<Part, Unfit>),
}

/// The question about one intent.
pub(super) fn question(
    intent: &IntentId,
    said: &Said<'_>,
    reader: &PhraseReader,
    instructions: &Instructions,
) -> (SplitQuestion, Request) {
    let input = |most| json!({"group": said.quoted(intent, most)}).to_string();
    let request = Request {
        stage: Stage::Name,
        about: format!("intent {intent}"),
        instructions: instructions.clone(),
        input: input(EXEMPLARS),
        shorter_input: Some(input(EXEMPLARS / 3)),
        shape: "split_intent",
        schema: Schema::Object(vec![
            ("intents", Schema::OneOf(vec!["one".to_string(), "two".to_string()])),
            ("phrases", Schema::List(Box::new(Schema::Text(PHRASE.characters)), PHRASES)),
            ("name", Schema::Text(60)),
        ]),
        max_output: 120,
        repeat: 0,
    };
    let heard = said.heard(intent, HEARD).into_iter();
    let heard = heard.map(|(person, text)| (person.to_string(), reader.text(text))).collect();
    (SplitQuestion { intent: intent.clone(), words: said.words(intent), heard }, request)
}

impl SplitQuestion {
    /// What a reply that fits the schema says, as far as it may be shown.
    pub(super) fn read(&self, reply: &Value) -> Whole {
        if text(reply, "intents") != "two" {
            return Whole::One;
        }
        let reader = PhraseReader::new();
        let mut containing: Vec<(String, Vec<String>)> = Vec::new();
        let mut worst = Unfit::Undivided;
        for said in reply.get("phrases").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            match plain(said, PHRASE, &self.words) {
                Ok(phrase) => {
                    let stems =
                        reader.phrase(&phrase).filter(|stems| self.people(|words| holds(words, stems)) >= PEOPLE);
                    if let Some(stems) = stems
                        && !containing.iter().any(|(_, other)| *other == stems)
                    {
                        containing.push((phrase, stems));
                    }
                }
                Err(unfit) => worst = unfit,
            }
        }
        if containing.is_empty() {
            return Whole::Two(Err(worst));
        }
        let rest = self.people(|words| !containing.iter().any(|(_, stems)| holds(words, stems)));
        if rest < PEOPLE {
            return Whole::Two(Err(Unfit::Undivided));
        }
        let containing = containing.into_iter().map(|(phrase, _)| phrase).collect();
        Whole::Two(Ok(Part { containing, name: name(text(reply, "name"), &self.words).ok() }))
    }

    /// How many people made requests of this kind.
    fn people(&self, kind: impl Fn(&[String]) -> bool) -> usize {
        self.heard.iter().filter(|(_, words)| kind(words)).map(|(person, _)| person).collect::<BTreeSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six people ask about addresses, three about names, and one writes `zorblax` three times.
    fn question() -> SplitQuestion {
        let reader = PhraseReader::new();
        let asked = |person: &str, text: &str| (person.to_string(), reader.text(text));
        let mut heard: Vec<(String, Vec<String>)> =
            (0..6).map(|number| asked(&format!("a{number}"), "change my address please")).collect();
        heard.extend((0..3).map(|number| asked(&format!("n{number}"), "change my last name")));
        heard.extend((0..3).map(|_| asked("z", "change the zorblax order")));
        let words = ["change", "my", "address", "last", "name"];
        SplitQuestion { intent: IntentId("i-1".into()), words: words.iter().map(ToString::to_string).collect(), heard }
    }

    fn read(intents: &str, phrases: &[&str], name: &str) -> Whole {
        question().read(&json!({"intents": intents, "phrases": phrases, "name": name}))
    }

    #[test]
    fn a_part_is_told_by_phrases_that_some_people_use_and_others_do_not() {
        let part = |containing: &[&str], name: Option<&str>| {
            let containing = containing.iter().map(ToString::to_string).collect();
            Whole::Two(Ok(Part { containing, name: name.map(str::to_string) }))
        };
        assert_eq!(read("one", &["last name"], "change the last name"), Whole::One);
        assert_eq!(
            read("two", &["Last name"], "Change the last name"),
            part(&["last name"], Some("change the last name"))
        );
        assert_eq!(read("two", &["last names", "last name"], "zorblax"), part(&["last names"], None));
        assert_eq!(read("two", &["last name", "zorblax"], ""), part(&["last name"], None), "what fits is enough");
    }

    #[test]
    fn what_one_person_wrote_tells_no_part() {
        assert_eq!(read("two", &["zorblax"], ""), Whole::Two(Err(Unfit::StrangeWord)));
        assert_eq!(read("two", &["order"], ""), Whole::Two(Err(Unfit::Undivided)), "a common word of one person");
        assert_eq!(read("two", &["change"], ""), Whole::Two(Err(Unfit::Undivided)), "everybody uses it");
        assert_eq!(read("two", &[], ""), Whole::Two(Err(Unfit::Undivided)));
        assert_eq!(read("two", &["call 555"], ""), Whole::Two(Err(Unfit::NotPlain)));
    }
}
