//! Prompt text as sentences, and sentences as clauses. Headings, bullets and blank lines bound a sentence; wrapped
//! lines do not. Comments and fenced code say nothing to the agent.

use super::concept::{Concept, Concepts, Word, tag};

/// How a clause hangs on its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// A statement or an order.
    Main,
    /// A further order that comes after the one before it.
    Then,
    /// "before …", "until …".
    Before,
    /// "after …", "once …".
    After,
    /// "if …", "when …".
    If,
    /// "unless …".
    Unless,
    /// "without …", "instead of …".
    Without,
    /// "because …": explains and orders nothing.
    Because,
}

/// A part of a sentence with at most one verb that matters.
#[derive(Clone, Debug)]
pub struct Clause {
    /// How it hangs on the sentence.
    pub link: Link,
    /// Its words, without the word that links it.
    pub words: Vec<Word>,
}

impl Clause {
    /// Everything that the clause mentions.
    pub fn has(&self, concept: Concept) -> bool {
        self.words.iter().any(|word| word.is(concept))
    }

    /// Whether it mentions any of these.
    pub fn any(&self, concepts: &[Concept]) -> bool {
        self.words.iter().any(|word| word.concepts.any(concepts))
    }

    /// Whether what stands at `index` is turned round by an odd number of negations before it. Two cancel out, as
    /// in "never forget to".
    pub fn negated_at(&self, index: usize) -> bool {
        self.words.iter().take(index).filter(|word| word.is(Concept::Not)).count() % 2 == 1
    }

    /// Index of the first word with this meaning.
    pub fn position(&self, concept: Concept) -> Option<usize> {
        self.words.iter().position(|word| word.is(concept))
    }

    /// Whether the clause as a whole is turned round.
    pub fn negated(&self) -> bool {
        self.negated_at(self.words.len())
    }
}

/// One sentence of the prompt.
#[derive(Clone, Debug, Default)]
pub struct Sentence {
    /// What the heading above it is about; `default_topic` for text that belongs to a tool.
    pub heading: Vec<Word>,
    /// Paragraph or bullet it stands in; sentences of one block may refer back to each other.
    pub block: usize,
    /// Its clauses in order, never empty ones.
    pub clauses: Vec<Clause>,
}

impl Sentence {
    /// Whether any clause mentions `concept`.
    pub fn has(&self, concept: Concept) -> bool {
        self.clauses.iter().any(|clause| clause.has(concept))
    }

    /// Whether the heading is about any of these.
    pub fn heading_any(&self, concepts: &[Concept]) -> bool {
        self.heading.iter().any(|word| word.concepts.any(concepts))
    }

    /// Clauses with one of these links.
    pub fn linked<'a>(&'a self, links: &'a [Link]) -> impl Iterator<Item = &'a Clause> {
        self.clauses.iter().filter(|clause| links.contains(&clause.link))
    }
}

/// All sentences of a Markdown or plain text, in order.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut heading: Vec<Word> = Vec::new();
    let mut block = String::new();
    let mut number = 0;
    let mut fenced = false;
    let text = without_comments(text);
    for line in text.lines().chain([""]) {
        let trimmed = line.trim();
        let fence = trimmed.starts_with("```") || trimmed.starts_with("~~~");
        let is_heading = !fenced && trimmed.starts_with('#');
        let bullet = bullet_text(trimmed);
        if trimmed.is_empty() || fence || is_heading || bullet.is_some() {
            for part in split_sentences(&block) {
                let clauses = clauses(&tokens(&part));
                if !clauses.is_empty() {
                    all.push(Sentence { heading: heading.clone(), block: number, clauses });
                }
            }
            block.clear();
            number += 1;
        }
        if fence {
            fenced = !fenced;
        } else if is_heading {
            heading = tag(&tokens(trimmed.trim_start_matches('#')));
        } else if !fenced {
            block.push(' ');
            block.push_str(bullet.unwrap_or(trimmed));
        }
    }
    all
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// The text of a list item, without its mark.
fn bullet_text(line: &str) -> Option<&str> {
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or_else(|| line.strip_prefix("+ "))
    {
        return Some(text);
    }
    let (mark, text) = line.split_once(' ')?;
    let number = mark.strip_suffix('.').or_else(|| mark.strip_suffix(')'))?;
    (!number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn split_sentences(block: &str) -> Vec<String> {
    let block = block.replace("e.g.", "as").replace("i.e.", "that is,").replace("etc.", "etc");
    let mut parts = vec![String::new()];
    let mut characters = block.chars().peekable();
    while let Some(character) = characters.next() {
        let ends = matches!(character, '.' | '!' | '?') && characters.peek().is_none_or(|next| next.is_whitespace());
        match parts.last_mut() {
            Some(_) if ends => parts.push(String::new()),
            Some(part) => part.push(character),
            None => {}
        }
    }
    parts
}

/// Lower-case words and the punctuation marks that part clauses. Contractions are written out.
fn tokens(sentence: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let flush = |word: &mut String, tokens: &mut Vec<String>| {
        if !word.is_empty() {
            expand(&std::mem::take(word), tokens);
        }
    };
    for character in sentence.chars().flat_map(char::to_lowercase) {
        match character {
            '\u{2019}' | '\'' => word.push('\''),
            _ if character.is_alphanumeric() || character == '_' => word.push(character),
            _ => {
                flush(&mut word, &mut tokens);
                match character {
                    ',' | ';' | ':' | '(' | ')' => tokens.push(character.to_string()),
                    '\u{2013}' | '\u{2014}' => tokens.push(";".to_string()),
                    _ => {}
                }
            }
        }
    }
    flush(&mut word, &mut tokens);
    tokens
}

fn expand(word: &str, tokens: &mut Vec<String>) {
    let word = word.trim_matches('\'');
    let mut push = |text: &str| {
        if !text.is_empty() {
            tokens.push(text.to_string());
        }
    };
    match word {
        "can't" | "won't" => push("not"),
        "it's" | "that's" | "what's" | "here's" | "there's" | "where's" => {
            push(word.trim_end_matches("'s"));
            push("is");
        }
        _ => {
            if let Some(verb) = word.strip_suffix("n't") {
                push(verb);
                push("not");
            } else if let Some(subject) = word.strip_suffix("'ve") {
                push(subject);
                push("have");
            } else if let Some(subject) = word.strip_suffix("'re") {
                push(subject);
                push("are");
            } else {
                let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix("'ll"));
                push(stem.or_else(|| word.strip_suffix("'d")).unwrap_or(word).trim_end_matches('\''));
            }
        }
    }
}

/// Verbs of orders: a chunk that opens with one is a clause of its own.
const VERBS: &[Concept] = &[
    Concept::Ask,
    Concept::Use,
    Concept::Guess,
    Concept::Repeat,
    Concept::Say,
    Concept::Causative,
    Concept::Ensure,
    Concept::Not,
    Concept::Delete,
];

fn link_of(word: &Word) -> Option<Link> {
    [
        (Concept::Before, Link::Before),
        (Concept::After, Link::After),
        (Concept::If, Link::If),
        (Concept::Unless, Link::Unless),
        (Concept::Without, Link::Without),
        (Concept::Because, Link::Because),
        (Concept::Then, Link::Then),
    ]
    .into_iter()
    .find_map(|(concept, link)| word.is(concept).then_some(link))
}

fn clauses(tokens: &[String]) -> Vec<Clause> {
    let words = tag(tokens);
    let mut clauses: Vec<Clause> = Vec::new();
    let mut current = Clause { link: Link::Main, words: Vec::new() };
    let begin = |current: &mut Clause, clauses: &mut Vec<Clause>, link: Link| {
        let finished = std::mem::replace(current, Clause { link, words: Vec::new() });
        if !finished.words.is_empty() {
            clauses.push(finished);
        }
    };
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let rest = words.get(index + 1..).unwrap_or_default();
        match word.text.as_str() {
            ";" | ":" | "(" | ")" => {
                // "ask: which region …" and "check with the user (which region)" go on with what they ask for.
                let goes_on = matches!(word.text.as_str(), ":" | "(");
                let asks_for_nothing_yet = goes_on
                    && current
                        .position(Concept::Ask)
                        .is_some_and(|ask| current.words.iter().skip(ask + 1).all(|word| !word.is(Concept::Region)))
                    && current.words.last().is_some_and(|word| word.concepts.any(&[Concept::Ask, Concept::User]));
                if !asks_for_nothing_yet {
                    begin(&mut current, &mut clauses, Link::Main);
                }
            }
            "," => {
                if opens_clause(rest) {
                    begin(&mut current, &mut clauses, Link::Main);
                }
            }
            "but" | "yet" if !rest.first().is_some_and(|next| next.is(Concept::Hobby)) => {
                begin(&mut current, &mut clauses, Link::Main);
            }
            "and" | "or" if opens_with_verb(rest) && !current.words.is_empty() => {
                // "never guess or assume" shares its negation; "never guess, and ask" does not.
                let shares = word.text == "or" && current.has(Concept::Not);
                if !shares {
                    begin(&mut current, &mut clauses, Link::Main);
                }
            }
            _ => {
                if is_whether(word, &current) {
                    current.words.push(Word { text: "whether".to_string(), concepts: Concepts::default() });
                } else if let Some(link) = link_of(word) {
                    begin(&mut current, &mut clauses, link);
                    // "unless" and "once" lose nothing, but "having asked" keeps its verb form.
                    if word.is(Concept::Have) {
                        current.words.push(word.clone());
                    }
                } else {
                    if fronted_clause_is_over(&current, word) {
                        begin(&mut current, &mut clauses, Link::Main);
                    }
                    current.words.push(word.clone());
                }
            }
        }
        index += 1;
    }
    begin(&mut current, &mut clauses, Link::Main);
    clauses
}

/// "ask if they …" asks whether; it sets no condition.
fn is_whether(word: &Word, current: &Clause) -> bool {
    let mut lead = current.words.iter().rev().skip_while(|word| word.is(Concept::User) || word.text == "with");
    word.text == "if" && lead.next().is_some_and(|word| word.is(Concept::Ask))
}

/// "Before you call X ask …": an order without a comma before it.
fn fronted_clause_is_over(current: &Clause, word: &Word) -> bool {
    let subordinate = !matches!(current.link, Link::Main | Link::Then);
    let after_subject_or_auxiliary = current.words.last().is_some_and(|last| {
        last.concepts.any(&[Concept::User, Concept::Agent, Concept::Be, Concept::Have, Concept::Must, Concept::Not])
            || last.concepts.any(&[Concept::OtherPerson, Concept::May])
            || last.text == "to"
    });
    subordinate
        && word.is(Concept::Ask)
        && !word.is(Concept::Say)
        && current.words.len() >= 2
        && !after_subject_or_auxiliary
        && !word.text.ends_with("ing")
}

fn is_adverb(word: &Word) -> bool {
    matches!(
        word.text.as_str(),
        "and"
            | "or"
            | "please"
            | "always"
            | "also"
            | "first"
            | "simply"
            | "instead"
            | "to"
            | "only"
            | "just"
            | "do"
            | "explicitly"
            | "so"
    )
}

fn opens_with_verb(words: &[Word]) -> bool {
    words.iter().find(|word| !is_adverb(word)).is_some_and(|word| {
        word.concepts.any(VERBS) || word.is(Concept::Then) || word.is(Concept::Connect) && word.text == "connect"
    })
}

/// Whether the words up to the next mark are a clause and not an item of a list.
fn opens_clause(words: &[Word]) -> bool {
    let chunk: Vec<Word> =
        words.iter().take_while(|word| !matches!(word.text.as_str(), "," | ";" | ":" | "(" | ")")).cloned().collect();
    let auxiliary = [Concept::Must, Concept::Be, Concept::Have];
    let linked = chunk.first().is_some_and(|word| link_of(word).is_some());
    linked || opens_with_verb(&chunk) || chunk.iter().any(|word| word.concepts.any(&auxiliary))
}

/// The union of the concepts of some words.
pub fn union(words: &[Word]) -> Concepts {
    let mut all = Concepts::default();
    for word in words {
        all.join(word.concepts);
    }
    all
}
