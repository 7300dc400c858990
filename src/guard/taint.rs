//! What a proposal adds, held against the conversations: no run of words may come from them, and no word that only
//! a few of them use. Text that reaches a prompt from a conversation is an order that its author gives to every
//! later one.
//!
//! Conversations are streamed through, in any order and number: only the added text is kept. A chance text of the
//! same language shares 8 tokens with 13,000 unrelated ones in 0.7 % of cases, 6 tokens in 5.4 %.

use super::lines::Added;
use super::token::tokens;
use super::{Rule, Violation};
use crate::prompt::config::Limits;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// A word in at most this many conversations is rare.
const RARE: usize = 3;

/// Collects what added text shares with conversations.
#[derive(Debug)]
pub struct Tracer<'a> {
    added: &'a [Added],
    /// Folded tokens of each added text.
    tokens: Vec<Vec<String>>,
    /// Where each token occurs: (added text, index).
    places: FxHashMap<String, Vec<(usize, usize)>>,
    /// Longest run shared so far, for each added text.
    longest: Vec<usize>,
    /// Conversations that use each token.
    frequency: FxHashMap<String, usize>,
}

impl<'a> Tracer<'a> {
    /// Prepares to trace `added`.
    pub fn new(added: &'a [Added]) -> Self {
        let fold = |added: &Added| tokens(&added.text).iter().map(|token| folded(token.text)).collect::<Vec<_>>();
        let tokens: Vec<Vec<String>> = added.iter().map(fold).collect();
        let mut places: FxHashMap<String, Vec<(usize, usize)>> = FxHashMap::default();
        for (text, tokens) in tokens.iter().enumerate() {
            for (index, token) in tokens.iter().enumerate() {
                places.entry(token.clone()).or_default().push((text, index));
            }
        }
        Self { added, longest: vec![0; tokens.len()], tokens, places, frequency: FxHashMap::default() }
    }

    /// Reads one conversation: what users, tools and the agent said in it, but not the prompt.
    pub fn read<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        let mut used: BTreeSet<String> = BTreeSet::new();
        for text in texts {
            // Runs that end at the token before, by where they end in the added texts.
            let mut runs: FxHashMap<(usize, usize), usize> = FxHashMap::default();
            for token in tokens(text) {
                let token = folded(token.text);
                let mut next = FxHashMap::default();
                if let Some(places) = self.places.get(&token) {
                    for (added, index) in places {
                        let before = index.checked_sub(1).and_then(|index| runs.get(&(*added, index)));
                        let length = before.map_or(1, |length| length + 1);
                        next.insert((*added, *index), length);
                        if let Some(longest) = self.longest.get_mut(*added) {
                            *longest = length.max(*longest);
                        }
                    }
                    used.insert(token);
                }
                runs = next;
            }
        }
        for token in used {
            *self.frequency.entry(token).or_default() += 1;
        }
    }

    /// The longest run of tokens that the added text `index` shares with a conversation.
    pub fn longest_run(&self, index: usize) -> usize {
        self.longest.get(index).copied().unwrap_or(0)
    }

    /// What the conversations read so far forbid. `known` says whether a word (in lower case) is the repository's or
    /// a common one.
    pub fn violations(&self, limits: &Limits, known: &dyn Fn(&str) -> bool) -> Vec<Violation> {
        let mut found = Vec::new();
        for (index, added) in self.added.iter().enumerate() {
            let run = self.longest_run(index);
            if run >= limits.shared_run_warn.min(limits.shared_run_refuse) {
                let explanation = format!("{run} tokens in a row also stand in a conversation");
                let advice = "Say it in the prompt's own words.";
                let violation = Violation::new(Rule::SharedRun, &added.path, explanation, advice).at_line(added.line);
                found.push(if run >= limits.shared_run_refuse { violation } else { violation.into_warning() });
            }
            let tokens = self.tokens.get(index).map(Vec::as_slice).unwrap_or_default();
            let rare: BTreeSet<&String> = tokens
                .iter()
                .filter(|token| token.chars().any(char::is_alphanumeric))
                .filter(|token| self.frequency.get(*token).is_some_and(|count| (1..=RARE).contains(count)))
                .filter(|token| !known(token))
                .collect();
            if !rare.is_empty() {
                let number = rare.len();
                let explanation = format!(
                    "{number} added {} that few conversations use and the repository does not know",
                    if number == 1 { "word" } else { "words" }
                );
                let advice = "Use words of the prompt, the tools or everyday language.";
                found.push(Violation::new(Rule::RareWord, &added.path, explanation, advice).at_line(added.line));
            }
        }
        found
    }
}

/// Letters that differ only in case are the same.
fn folded(token: &str) -> String {
    token.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> Vec<Added> {
        vec![Added { path: "p".into(), line: 1, text: text.into() }]
    }

    fn rules(added: &[Added], conversations: &[&str], known: &str) -> Vec<(Rule, bool)> {
        let mut tracer = Tracer::new(added);
        for conversation in conversations {
            tracer.read([*conversation]);
        }
        let words: Vec<String> = tokens(known).iter().map(|token| folded(token.text)).collect();
        let known = |word: &str| words.iter().any(|other| other == word);
        let found = tracer.violations(&Limits::default(), &known);
        found
            .into_iter()
            .map(|violation| (violation.rule, violation.severity == super::super::Severity::Refuse))
            .collect()
    }

    #[test]
    fn shared_runs_warn_at_six_tokens_and_are_refused_at_eight() {
        let text = "one two three four five six seven eight nine";
        let added = added(text);
        let say = |words: usize| text.split(' ').take(words).collect::<Vec<_>>().join(" ").to_uppercase();
        for (words, expected) in [
            (5, vec![]),
            (6, vec![(Rule::SharedRun, false)]),
            (7, vec![(Rule::SharedRun, false)]),
            (8, vec![(Rule::SharedRun, true)]),
        ] {
            let conversation = format!("zero {} zero", say(words));
            assert_eq!(rules(&added, &[&conversation], text), expected, "{words}");
        }
        // A run does not go on over two turns, nor over a gap.
        let mut tracer = Tracer::new(&added);
        tracer.read(["one two three four", "five six seven eight"]);
        tracer.read(["one two three four x five six seven"]);
        assert_eq!(tracer.longest_run(0), 4);
        // Repeated words do not confuse it.
        let mut tracer = Tracer::new(&added);
        tracer.read(["one one two one two three four"]);
        assert_eq!(tracer.longest_run(0), 4);
    }

    #[test]
    fn rare_words_are_refused_unless_the_repository_knows_them() {
        let added = added("Ask Zorblax about it.");
        assert_eq!(rules(&added, &["zorblax rules"], "ask about it"), [(Rule::RareWord, true)]);
        assert_eq!(rules(&added, &["zorblax rules"], "ask about it zorblax"), []);
        assert_eq!(rules(&added, &["zorblax"; 4], "ask about it"), []);
        assert_eq!(rules(&added, &["nothing"], "ask about it"), []);
    }
}
