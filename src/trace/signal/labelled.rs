//! Precision and recall of what is read from user turns, on labelled turns of ten languages, and two promises: turns
//! that only look like feedback show none, and the agent's words do not change what a user is taken to show.
//!
//! The turns were written by the developers and not by users, without sight of the packs, and many lines of one
//! language have counterparts in the others: the figures tell of the packs' mistakes, not of how often users make such
//! turns nor of how they spell. A pack may be mended by what it gets wrong on odd lines, so that the development half
//! says nothing but that this was done; even lines only measure, though who wrote them also mended the packs.
//!
//! A line is label, agent's turn, user's turn and, where the label needs it, what the user had said before, between
//! tabs. Without an agent's turn the user's opens the conversation. A turn may have several labels; `correction?` may be
//! read as a correction or not, and counts for neither.

use super::tests::conversation;
use super::*;
use crate::stats::interval::wilson;
use crate::trace::lexicon::{Tokens, known, lexicon_of, tokens};
use serde_json::json;
use std::iter::once;
use std::sync::LazyLock;

const TURNS: [(&str, &str); 10] = [
    ("en", include_str!("../phrases/turns/en.tsv")),
    ("es", include_str!("../phrases/turns/es.tsv")),
    ("fr", include_str!("../phrases/turns/fr.tsv")),
    ("de", include_str!("../phrases/turns/de.tsv")),
    ("pt", include_str!("../phrases/turns/pt.tsv")),
    ("it", include_str!("../phrases/turns/it.tsv")),
    ("nl", include_str!("../phrases/turns/nl.tsv")),
    ("ja", include_str!("../phrases/turns/ja.tsv")),
    ("zh", include_str!("../phrases/turns/zh.tsv")),
    ("hi", include_str!("../phrases/turns/hi.tsv")),
];

/// Language, agent's turn, user's turn.
const ADVERSARIAL: &str = include_str!("../phrases/turns/adversarial.tsv");

/// What is labelled, the signals that show it, and the precision that is held. Saying the same in the same words is
/// saying it again too. Thanks and new goals weigh little and are held to less.
const CLASSES: [(&str, &[SignalKind], f64); 7] = [
    ("correction", &[SignalKind::Correction], 0.85),
    ("rephrase", &[SignalKind::Rephrase, SignalKind::Repetition], 0.85),
    ("frustration", &[SignalKind::Frustration], 0.70),
    ("escalation", &[SignalKind::Escalation], 0.85),
    ("praise", &[SignalKind::Praise], 0.85),
    ("thanks", &[SignalKind::Thanks], 0.70),
    ("new_goal", &[SignalKind::NewGoal], 0.70),
];

/// Of fewer turns a share says nothing.
const FEWEST_FOUND: u32 = 15;

struct Labelled<'a> {
    labels: Vec<&'a str>,
    agent: &'a str,
    user: &'a str,
    before: &'a str,
}

fn labelled(line: &str) -> Labelled<'_> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (labels, agent, user, before) = match fields[..] {
        [labels, agent, user] => (labels, agent, user, ""),
        [labels, agent, user, before] => (labels, agent, user, before),
        _ => panic!("{line}"),
    };
    let labels: Vec<&str> = labels.split(',').collect();
    let known = |label: &&str| {
        *label == "none" || CLASSES.iter().any(|(name, _, _)| *name == label.strip_suffix('?').unwrap_or(label))
    };
    assert!(labels.iter().all(known), "{line}");
    Labelled { labels, agent, user, before }
}

/// A conversation that the turns are put into.
static FRAME: LazyLock<Conversation> = LazyLock::new(|| conversation(&json!([{"role": "user", "content": "-"}])));

/// What a user shows by this turn.
fn shown(before: &str, agent: &str, user: &str) -> Vec<SignalKind> {
    let turn = |role, text: &str| Turn { role, text: text.to_string(), calls: Vec::new(), time: None };
    let mut turns = vec![turn(Role::User, before), turn(Role::Assistant, agent), turn(Role::User, user)];
    if agent.is_empty() {
        turns.drain(..2);
    }
    let last = turns.len() - 1;
    let conversation = Conversation { turns, ..FRAME.clone() };
    let signals = signals(&conversation, &SignalRules::default());
    signals.iter().filter(|signal| signal.turn as usize == last).map(|signal| signal.kind).collect()
}

/// How often a class was right, found and labelled.
#[derive(Clone, Copy, Default)]
struct Count {
    right: u32,
    found: u32,
    labelled: u32,
}

impl Count {
    fn add(&mut self, is: bool, says: bool) {
        self.right += u32::from(is && says);
        self.found += u32::from(says);
        self.labelled += u32::from(is);
    }

    fn sum(counts: impl IntoIterator<Item = Self>) -> Self {
        counts.into_iter().fold(Self::default(), |sum, count| Self {
            right: sum.right + count.right,
            found: sum.found + count.found,
            labelled: sum.labelled + count.labelled,
        })
    }

    /// Whether the floor is held, where enough was found to say so.
    fn holds(self, floor: f64) -> bool {
        self.found < FEWEST_FOUND || f64::from(self.right) >= floor * f64::from(self.found)
    }

    fn row(self) -> String {
        let share = |of: u32| {
            let Some(interval) = wilson(self.right.into(), of.into(), 0.95) else { return "none of 0".to_string() };
            let share = f64::from(self.right) / f64::from(of);
            format!("{share:.2} of {of:>3} ({:.2} to {:.2})", interval.low, interval.high)
        };
        format!("precision {:<24} recall {:<24}", share(self.found), share(self.labelled))
    }
}

#[test]
fn precision_of_labelled_turns_is_held_in_every_language() {
    // Of all languages: by class, development and held-out half.
    let mut all = [[Count::default(); 2]; CLASSES.len()];
    let mut below = Vec::new();
    for (language, turns) in TURNS {
        let mut counts = [[Count::default(); 2]; CLASSES.len()];
        for (number, line) in turns.lines().enumerate() {
            let turn = labelled(line);
            let shown = shown(turn.before, turn.agent, turn.user);
            for ((name, kinds, _), count) in CLASSES.iter().zip(&mut counts) {
                if turn.labels.iter().any(|label| label.strip_suffix('?') == Some(name)) {
                    continue;
                }
                let (is, says) = (turn.labels.contains(name), kinds.iter().any(|kind| shown.contains(kind)));
                count[number % 2].add(is, says);
                if number % 2 == 0 && is != says {
                    println!("{language} {name}: {}: {line}", if says { "wrong" } else { "missed" });
                }
            }
        }
        for (index, (name, _, floor)) in CLASSES.into_iter().enumerate() {
            let [development, held_out] = counts[index];
            let both = Count::sum(counts[index]);
            let few = if both.found < FEWEST_FOUND { "too few found to hold a floor" } else { "" };
            println!("{language} {name:<11} development {} held out {} {few}", development.row(), held_out.row());
            if !both.holds(floor) {
                below.push(format!("{language} {name}: {}", both.row()));
            }
            all[index] = [Count::sum([all[index][0], development]), Count::sum([all[index][1], held_out])];
        }
    }
    for ((name, _, floor), counts) in CLASSES.into_iter().zip(all) {
        println!("all {name:<11} development {} held out {}", counts[0].row(), counts[1].row());
        for count in counts {
            // A rule that finds less than a third is as good as gone.
            if !count.holds(floor) || 3 * count.right < count.labelled {
                below.push(format!("all {name}: {}", count.row()));
            }
        }
    }
    assert!(below.is_empty(), "below the floor: {below:#?}");
}

#[test]
fn what_only_looks_like_feedback_shows_no_correction_praise_or_escalation() {
    let mut wrong = Vec::new();
    for line in ADVERSARIAL.lines() {
        let [_, agent, user] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let shown = shown("", agent, user);
        let feedback = [SignalKind::Correction, SignalKind::Praise, SignalKind::Escalation];
        if shown.iter().any(|kind| feedback.contains(kind)) {
            wrong.push((line, shown));
        }
    }
    for (language, _) in TURNS {
        let lines = ADVERSARIAL.lines().filter(|line| line.split('\t').next() == Some(language)).count();
        assert!(lines >= 8, "{language}: {lines}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What users say as feedback is put before the agent's words. By definition the rules look at whether the agent asked,
/// which stays as it is, at whether it said what a user denies, so that words of the user's turn are kept out, and at
/// its language where the user's words leave it open: turns whose language changes are left out.
#[test]
fn the_agents_words_do_not_change_what_a_user_shows() {
    for (language, turns) in TURNS {
        let turns: Vec<Labelled> = turns.lines().map(labelled).collect();
        let feedback = turns.iter().filter(|turn| turn.labels != ["none"]).map(|turn| turn.user);
        let mut feedback = feedback.filter(|said| !asks(said)).cycle();
        let mut compared = 0;
        for turn in turns.iter().filter(|turn| !turn.agent.is_empty()) {
            let shares = |said: &str| tokens(said).iter().any(|word| tells(word) && says(turn.user, word, ""));
            let said = feedback.by_ref().take(turns.len()).find(|said| !shares(said)).unwrap_or("No, that is wrong");
            let other = format!("{said}. {}", turn.agent);
            let user = [tokens(turn.before), tokens(turn.user)];
            let told_with = |agent: &str| lexicon_of(user.iter().flat_map(Tokens::iter).map(known), once(agent)).bit();
            if told_with(turn.agent) != told_with(&other) {
                continue;
            }
            compared += 1;
            assert_eq!(
                shown(turn.before, turn.agent, turn.user),
                shown(turn.before, &other, turn.user),
                "{language}: {} after {other}",
                turn.user
            );
        }
        assert!(compared * 10 > turns.len() * 8, "{language}: {compared}");
    }
}
