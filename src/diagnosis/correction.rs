//! What many users correct in the same way. A correction is a user turn that the signals mark as one; what it is
//! about are the content words that the corrections of different users share and that the opening turns of the
//! same conversations do not already have.

use super::Case;
use super::grounding::words;
use crate::trace::{Role, SignalKind};
use std::collections::{BTreeMap, BTreeSet};

/// Users who must share a word before it counts as what corrections are about.
const LEAST_USERS: usize = 3;
/// Share of the correcting conversations that the first word must reach.
const LEAST_SHARE: f64 = 0.25;
/// A word in a larger share of all openings says what the intent is about, not what goes wrong in it.
const MOST_OPENINGS: f64 = 0.15;
/// Words kept in each list.
const MOST_WORDS: usize = 3;

/// Words too common to say what a correction is about.
const EMPTY_WORDS: [&str; 119] = [
    "a", "about", "again", "all", "already", "also", "am", "an", "and", "another", "any", "are", "as", "asked",
    "asking", "at", "be", "but", "by", "can", "could", "did", "do", "does", "doing", "don", "for", "from", "gave",
    "get", "give", "given", "got", "had", "has", "have", "he", "hello", "hey", "hi", "how", "i", "if", "in", "is",
    "it", "its", "just", "know", "like", "ll", "look", "looking", "m", "me", "mean", "means", "meant", "mine", "my",
    "need", "needed", "no", "nope", "now", "of", "ok", "on", "one", "only", "or", "other", "our", "out", "please",
    "quite", "re", "really", "right", "s", "said", "say", "saying", "she", "should", "so", "sorry", "t", "tell",
    "than", "that", "the", "them", "then", "there", "these", "they", "thing", "this", "to", "told", "want", "wanted",
    "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "wrong", "yes",
    "you", "your",
];

/// What a group of corrections shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// What users want, most widely shared first.
    pub wanted: Vec<String>,
    /// What the agent said instead, most widely shared first.
    pub instead: Vec<String>,
    /// (case, turn of the correction) of the corrections that hold a wanted word.
    pub members: Vec<(usize, usize)>,
}

struct Correction {
    case: usize,
    turn: usize,
    wanted: BTreeSet<String>,
    rejected: BTreeSet<String>,
    reply: BTreeSet<String>,
}

/// The largest group of like corrections among `cases`, if at least three users share one.
pub fn shared_correction(cases: &[Case<'_>]) -> Option<Shared> {
    let corrections: Vec<Correction> =
        cases.iter().enumerate().filter_map(|(index, case)| correction(index, case)).collect();
    let users = |members: &[&Correction]| -> usize {
        let users: BTreeSet<&str> =
            members.iter().filter_map(|one| cases.get(one.case)).map(|case| case.conversation.principal()).collect();
        users.len()
    };
    let ranked = |field: fn(&Correction) -> &BTreeSet<String>, among: &[&Correction]| -> Vec<(String, Vec<usize>)> {
        let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, one) in among.iter().enumerate() {
            for word in field(one) {
                holders.entry(word).or_default().push(position);
            }
        }
        let mut ranked: Vec<(String, Vec<usize>)> =
            holders.into_iter().map(|(word, members)| (word.to_string(), members)).collect();
        ranked.sort_by(|left, right| right.1.len().cmp(&left.1.len()).then_with(|| left.0.cmp(&right.0)));
        ranked
    };
    let all: Vec<&Correction> = corrections.iter().collect();
    let openings: Vec<BTreeSet<String>> =
        cases.iter().map(|case| words(case.opening()).split_whitespace().map(str::to_string).collect()).collect();
    let is_topic = |word: &str| {
        let with = openings.iter().filter(|opening| opening.contains(word)).count();
        with as f64 > MOST_OPENINGS * openings.len() as f64
    };
    let wanted: Vec<(String, Vec<usize>)> = ranked(|one| &one.wanted, &all)
        .into_iter()
        .filter(|(_, members)| {
            let members: Vec<&Correction> = members.iter().filter_map(|at| all.get(*at).copied()).collect();
            users(&members) >= LEAST_USERS
        })
        .filter(|(word, _)| !is_topic(word))
        .take(MOST_WORDS)
        .collect();
    let (_, first) = wanted.first()?;
    if (first.len() as f64) < LEAST_SHARE * all.len() as f64 {
        return None;
    }
    let holders: BTreeSet<usize> = wanted.iter().flat_map(|(_, members)| members.iter().copied()).collect();
    let group: Vec<&Correction> = holders.iter().filter_map(|at| all.get(*at).copied()).collect();
    let names: Vec<String> = wanted.into_iter().map(|(word, _)| word).collect();
    // What users say "not" to, if the replies that they correct say it too.
    let replied =
        |word: &str| group.iter().filter(|one| one.reply.contains(word) || one.rejected.contains(word)).count();
    let mut instead: Vec<(usize, String)> = ranked(|one| &one.rejected, &group)
        .into_iter()
        .filter(|(word, members)| members.len() >= 2 && !names.contains(word))
        .map(|(word, _)| (replied(&word), word))
        .filter(|(replies, _)| *replies >= LEAST_USERS)
        .collect();
    instead.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    let instead = instead.into_iter().map(|(_, word)| word).take(MOST_WORDS).collect();
    let members = group.iter().map(|one| (one.case, one.turn)).collect();
    Some(Shared { wanted: names, instead, members })
}

/// The first correction of a case, split at its negation: what is wanted, what is rejected ("yearly, not monthly"),
/// and the reply that was corrected.
fn correction(index: usize, case: &Case<'_>) -> Option<Correction> {
    let turn = case
        .signals
        .iter()
        .filter(|signal| signal.kind == SignalKind::Correction)
        .map(|signal| signal.turn as usize)
        .filter(|turn| (case.start..case.end).contains(turn))
        .min()?;
    let turns = &case.conversation.turns;
    let said = turns.get(turn)?;
    let mut wanted = BTreeSet::new();
    let mut rejected = BTreeSet::new();
    for clause in words(&said.text.replace([',', ';', '.', '!', '?', '\n'], " | ").replace(" | ", " stopclause "))
        .split("stopclause")
    {
        let mut negated = false;
        for word in clause.split_whitespace() {
            if matches!(word, "not" | "instead" | "isn" | "wasn" | "never" | "without") {
                negated = true;
            } else if matches!(word, "but" | "rather") {
                negated = false;
            } else if !EMPTY_WORDS.contains(&word) && word.len() > 2 {
                if negated {
                    rejected.insert(word.to_string())
                } else {
                    wanted.insert(word.to_string())
                };
            }
        }
    }
    // Words that the user opened with say what the conversation is about, not what went wrong.
    let opening: BTreeSet<String> = turns
        .get(case.start..turn)?
        .iter()
        .find(|turn| turn.role == Role::User)
        .map(|turn| words(&turn.text).split_whitespace().map(str::to_string).collect())
        .unwrap_or_default();
    wanted.retain(|word| !opening.contains(word) && !rejected.contains(word));
    let reply = turns.get(case.start..turn)?.iter().rev().find(|turn| turn.role == Role::Assistant);
    let reply = reply.map(|turn| words(&turn.text)).unwrap_or_default();
    let reply = reply
        .split_whitespace()
        .filter(|word| word.len() > 3 && !EMPTY_WORDS.contains(word) && !word.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_string)
        .collect();
    Some(Correction { case: index, turn, wanted, rejected, reply })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixtures::{dialogue, fails};
    use crate::trace::Outcome;

    #[test]
    fn the_words_that_users_share_are_what_the_correction_is_about() {
        let wordings = [
            "no, I meant the yearly price, not monthly",
            "that's wrong, yearly please",
            "I said yearly cost not the monthly one",
        ];
        let signals = [fails(SignalKind::Correction, 2)];
        let talks: Vec<_> = wordings
            .iter()
            .enumerate()
            .map(|(at, wording)| {
                dialogue(
                    &format!("c{at}"),
                    &[("user", "what does pro cost"), ("assistant", "It is 20 dollars monthly."), ("user", wording)],
                )
            })
            .collect();
        let cases: Vec<Case<'_>> = talks.iter().map(|talk| Case::whole(talk, &signals, Outcome::Failure)).collect();
        let shared = shared_correction(&cases).unwrap();
        assert_eq!(shared.wanted[0], "yearly");
        assert_eq!(shared.members.len(), 3);
        let two = shared_correction(&cases[..2]);
        assert_eq!(two, None, "two users are not many");
    }

    #[test]
    fn the_empty_words_are_sorted_and_unique() {
        assert!(EMPTY_WORDS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
