//! What must hold of every registry and every fit.

use super::super::{Decision, Part, Registry};
use super::{A, B, C, Said, counts, day, id, intent, three, words};
use crate::clock::Timestamp;
use crate::intent::tests::{conversations, sources};
use crate::intent::{Fit, Intent, IntentId, Options, fit};
use crate::trace::Conversation;
use proptest::prelude::*;

const WORDS: [&str; 8] = ["order", "refund", "gift", "card", "voucher", "password", "token", "cash"];

/// Any decision about four intents, or about a part of one.
fn decision() -> impl Strategy<Value = (u8, usize, usize, Vec<Vec<usize>>)> {
    let part = proptest::collection::vec(0..WORDS.len(), 1..3);
    (0..6_u8, 0..6_usize, 0..6_usize, proptest::collection::vec(part, 1..3))
}

/// The decision, with numbers beyond the three intents meaning parts that are there.
fn meant(registry: &Registry, (kind, one, two, parts): &(u8, usize, usize, Vec<Vec<usize>>)) -> Decision {
    let parts_there: Vec<&IntentId> =
        registry.entries().iter().filter(|entry| entry.split_from.is_some()).map(|entry| &entry.id).collect();
    let named = |number: usize| match [A, B, C].get(number) {
        Some(own) => id(own),
        None => parts_there.get(number % parts_there.len().max(1)).map_or_else(|| id("i-dddddd"), |own| (*own).clone()),
    };
    let phrase = |words: &Vec<usize>| words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
    match kind {
        0 => Decision::Rename(named(*one), format!("name {}", WORDS[*two])),
        1 => Decision::Describe(named(*one), format!("about: {}", WORDS[*two])),
        2 => Decision::Merge(named(*one), named(*two)),
        3 => Decision::Split(
            named(*one),
            parts.iter().map(|part| Part { name: None, containing: vec![phrase(part)] }).collect(),
        ),
        4 => Decision::Ignore(named(*one), Some(format!("as {}", WORDS[*two]))),
        _ => Decision::Unignore(named(*one)),
    }
}

/// The registry after all decisions that can be made.
fn grown(decisions: &[(u8, usize, usize, Vec<Vec<usize>>)]) -> Registry {
    decisions.iter().fold(Registry::empty(), |registry, one| {
        registry.decide(&meant(&registry, one), &three(), day(2), None).unwrap_or(registry)
    })
}

/// The same registry with its entries in another order.
fn shuffled(registry: &Registry, seed: u64) -> Registry {
    let mut blocks: Vec<String> = Vec::new();
    let mut head = String::new();
    for line in registry.text().split_inclusive('\n') {
        if line.starts_with("  - ") {
            blocks.push(String::new());
        }
        blocks.last_mut().unwrap_or(&mut head).push_str(line);
    }
    blocks.sort_by_key(|block| crate::digest::Digest::of(format!("{seed}{block}")).to_string());
    Registry::parse(&format!("{head}{}", blocks.concat())).unwrap()
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    let goal = (0..5_usize, proptest::collection::vec(0..WORDS.len(), 0..5), 0..4_usize);
    proptest::collection::vec(goal, 0..30).prop_map(|goals| {
        let one = |(number, words, own): (usize, Vec<usize>, usize)| {
            let text = words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
            Said::new(number, &text, [A, B, C].get(own).copied())
        };
        goals.into_iter().map(one).collect()
    })
}

fn laid(registry: &Registry, intents: &[Intent], goals: &[Said]) -> (Vec<Intent>, Vec<Said>) {
    let (mut intents, mut goals) = (intents.to_vec(), goals.to_vec());
    drop(registry.apply(&mut intents, &mut goals, &[], Some(&words)));
    (intents, goals)
}

proptest! {
    #[test]
    fn laying_over_is_idempotent_conserves_goals_and_knows_no_order(
        decisions in proptest::collection::vec(decision(), 0..12), goals in said(), seed in any::<u64>(),
    ) {
        let registry = grown(&decisions);
        let found = counts(three(), &goals);
        let once = laid(&registry, &found, &goals);
        prop_assert_eq!(&laid(&registry, &once.0, &once.1), &once);
        prop_assert_eq!(&laid(&shuffled(&registry, seed), &found, &goals), &once);
        let mut backward: Vec<Said> = goals.clone();
        backward.reverse();
        let (intents, mut backward) = laid(&registry, &found, &backward);
        backward.reverse();
        prop_assert_eq!(&(intents, backward), &once);
        // Each goal has an intent exactly if it had one, and every intent's goals are counted.
        prop_assert!(goals.iter().zip(&once.1).all(|(before, after)| before.intent.is_some() == after.intent.is_some()));
        prop_assert_eq!(&counts(once.0.clone(), &once.1), &once.0);
        let all: u32 = once.0.iter().map(|intent| intent.goals).sum();
        prop_assert_eq!(all as usize, goals.iter().filter(|goal| goal.intent.is_some()).count());
        // Nothing is shown under a merged id.
        for goal in once.1.iter().filter_map(|goal| goal.intent.as_ref()) {
            prop_assert_eq!(registry.shown_as(goal), goal);
        }
        let names: std::collections::BTreeSet<String> = once.0.iter().map(|one| one.name.to_lowercase()).collect();
        prop_assert_eq!(names.len(), once.0.len());
    }

    #[test]
    fn a_registry_is_what_its_text_says_and_a_decision_made_twice_is_made_once(
        decisions in proptest::collection::vec(decision(), 1..12),
    ) {
        let registry = grown(&decisions);
        prop_assert_eq!(Registry::parse(registry.text()), Ok(registry.clone()));
        let last = meant(&registry, decisions.last().unwrap());
        if let Ok(once) = registry.decide(&last, &three(), day(3), None) {
            prop_assert_eq!(once.decide(&last, &three(), day(4), None), Ok(once.clone()));
            // What was there stays: every old line that is gone was the value that changed.
            let gone = registry.text().lines().filter(|line| !once.text().contains(line)).count();
            prop_assert!(gone <= 3, "{}\n{}", registry.text(), once.text());
        }
    }

    #[test]
    fn comments_survive_every_decision(
        decisions in proptest::collection::vec(decision(), 1..8), more in proptest::collection::vec(decision(), 1..8),
    ) {
        let mut number = 0;
        let commented: String = grown(&decisions).text().lines().map(|line| {
            number += 1;
            format!("{line} # c{number}\n\n    # d{number}\n")
        }).collect();
        let start = Registry::parse(&commented).unwrap();
        let end = more.iter().fold(start, |registry, one| {
            registry.decide(&meant(&registry, one), &three(), day(3), None).unwrap_or(registry)
        });
        for number in 1..=number {
            let own_line = format!("\n    # d{number}\n");
            prop_assert!(end.text().contains(&own_line), "{}", end.text());
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z|>'\"&*!:\\-#{}\\[\\], \n0-9]{0,120}", cut in 0..400_usize) {
        drop(Registry::parse(&text));
        let whole = grown(&[(2, 0, 1, vec![]), (3, 1, 0, vec![vec![0, 1]]), (4, 2, 2, vec![])]).text().to_string();
        let cut = (0..=cut.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap();
        for broken in [whole[..cut].to_string(), format!("{}{text}{}", &whole[..cut], &whole[cut..])] {
            if let Ok(registry) = Registry::parse(&broken) {
                drop(registry.decide(&Decision::Rename(id(A), "x".to_string()), &three(), day(3), None));
                drop(registry.saved(&three(), &[], day(3)));
            }
        }
    }

    #[test]
    fn any_name_comes_back_as_it_was_written(name in "\\PC{1,30}|[a-z:#'\"\\\\\\[\\]{}&*!|>%@`, -]{1,30}") {
        let before = Registry::empty().saved(&[intent(A, "x")], &[], day(2)).unwrap();
        if let Ok(after) = before.decide(&Decision::Rename(id(A), name.clone()), &three(), day(3), None) {
            prop_assert_eq!(after.name_of(&id(A)), Some(name.as_str()));
            let back = after.decide(&Decision::Rename(id(A), "x".to_string()), &three(), day(3), None).unwrap();
            prop_assert_eq!(back.entry(&id(A)).unwrap().lineage.last().unwrap().from.as_deref(), Some(name.as_str()));
        }
    }
}

/// Requests about five matters, twenty-four wordings each.
fn corpus(each: usize) -> Vec<Conversation> {
    let matters = [
        ("cancel", ["my subscription", "the monthly subscription", "our paid subscription"]),
        ("upgrade", ["storage quota", "disk storage", "storage space"]),
        ("reset", ["forgotten password", "login password", "admin password"]),
        ("download", ["invoice pdf", "last invoice", "invoice of march"]),
    ];
    let frames = [
        "I want to {}",
        "how do I {}?",
        "please {} today",
        "can you {} for us",
        "need to {}",
        "{} urgently",
        "{} at once",
        "why can I not {}",
    ];
    let mut texts = Vec::new();
    for number in 0..each {
        for (verb, things) in &matters {
            let thing = things[number % 3];
            texts.push(frames[number / 3 % 8].replace("{}", &format!("{verb} {thing}")));
        }
    }
    conversations(texts.iter().map(String::as_str))
}

fn at(days: i64) -> Timestamp {
    Timestamp(0).plus_days(days)
}

/// The intent, as shown, of the first conversation whose text holds `word`.
fn intent_of(fit: &Fit, word: &str) -> IntentId {
    let index = fit.goals.iter().position(|goal| goal.text.contains(word)).unwrap();
    fit.assignments[index].intent.clone().unwrap()
}

#[test]
fn decisions_hold_when_new_data_is_folded_in_and_after_a_refit() {
    let all = corpus(24);
    let mut first = fit(&sources(&all[..64]), None, at(0), &Options::default()).unwrap();
    let own = |word: &str| intent_of(&first, word);
    let (subscription, storage, password, invoice) =
        (own("subscription"), own("storage"), own("password"), own("invoice"));
    let decisions = [
        Decision::Rename(subscription.clone(), "leave us".to_string()),
        Decision::Merge(storage.clone(), invoice.clone()),
        Decision::Split(password.clone(), vec![Part { name: None, containing: vec!["admin password".to_string()] }]),
        Decision::Ignore(invoice.clone(), None),
    ];
    let registry = decisions
        .iter()
        .try_fold(Registry::empty(), |registry, one| registry.decide(one, &first.intents, at(1), None))
        .unwrap();
    let clusters = first.model.clone();
    let tail = first.long_tail;
    assert!(registry.apply_to_fit(&mut first).is_empty());
    assert_eq!((first.model.clone(), first.long_tail), (clusters, tail), "the clusters stay as they were found");
    let refit = Options { refit: true, ..Options::default() };
    let folded = fit(&sources(&all), Some(&first.model), at(7), &Options::default()).unwrap();
    let refitted = fit(&sources(&all), Some(&folded.model), at(14), &refit).unwrap();
    for (mut later, when) in [(first, "at first"), (folded, "folded in"), (refitted, "refitted")] {
        let before = (later.goals.len(), later.long_tail);
        let problems = registry.apply_to_fit(&mut later);
        assert!(problems.is_empty(), "{when}: {problems:?}");
        let name =
            |id: &IntentId| later.intents.iter().find(|intent| intent.id == *id).map(|intent| intent.name.as_str());
        assert_eq!(name(&subscription), Some("leave us"), "{when}");
        assert_eq!(intent_of(&later, "storage"), invoice, "{when}");
        assert!(name(&storage).is_none() && registry.is_ignored(&storage), "{when}");
        let admin = intent_of(&later, "admin password");
        assert_eq!((name(&admin), admin.0.len()), (Some("admin password"), 10), "{when}");
        assert_eq!(intent_of(&later, "login password"), password, "{when}");
        let shown: u32 = later.intents.iter().map(|intent| intent.goals).sum();
        assert_eq!((later.goals.len(), later.long_tail), before);
        assert_eq!(shown as usize, later.goals.len() - later.long_tail as usize, "{when}");
    }
}
