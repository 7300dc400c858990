//! What the registry does to intents and goals, and the story that it tells of them.

use super::super::{Decision, OverlayProblem, Registry};
use super::{A, B, C, Said, counts, day, decided, id, ignore, intent, merge, rename, split, three, words};
use crate::intent::{Intent, IntentId, LineageEvent, LineageKind};

fn goals() -> Vec<Said> {
    vec![
        Said::new(0, "cancel my order", Some(A)),
        Said::new(1, "cancel the gift card order", Some(A)),
        Said::new(1, "where is my refund", Some(B)),
        Said::new(2, "refund to my gift cards", Some(B)),
        Said::new(3, "reset my password", Some(C)),
        Said::new(4, "sing a song", None),
    ]
}

/// Name, goals and conversations of each intent.
fn counted(intents: &[Intent]) -> Vec<(String, u32, u32)> {
    intents.iter().map(|intent| (intent.name.clone(), intent.goals, intent.conversations)).collect()
}

fn applied(registry: &Registry, lineage: &[LineageEvent]) -> (Vec<Intent>, Vec<Said>, Vec<OverlayProblem>) {
    let mut goals = goals();
    let mut intents = counts(three(), &goals);
    let problems = registry.apply(&mut intents, &mut goals, lineage, Some(&words));
    (intents, goals, problems)
}

#[test]
fn a_registry_without_entries_changes_nothing() {
    let (intents, after, problems) = applied(&Registry::empty(), &[]);
    assert!(intents == counts(three(), &goals()) && after == goals() && problems.is_empty());
}

#[test]
fn a_merge_joins_goals_counts_and_relations() {
    let registry = decided(&Registry::empty(), &[rename(A, "end an order"), merge(B, A)]).unwrap();
    let mut after = goals();
    let mut intents = counts(three(), &after);
    intents[2].related = vec![id(B), id(A), id("i-123456")];
    let problems = registry.apply(&mut intents, &mut after, &[], Some(&words));
    assert!(problems.is_empty());
    assert_eq!(counted(&intents), [("end an order".to_string(), 4, 3), ("reset password".to_string(), 1, 1)]);
    assert_eq!(intents[1].related, [id(A)]);
    assert!(after[..4].iter().all(|goal| goal.intent == Some(id(A))) && after[5].intent.is_none());
    assert_eq!(registry.shown_as(&id(B)), &id(A));
}

#[test]
fn a_split_takes_what_its_phrases_claim_also_from_what_was_merged_in() {
    let part = Decision::Split(
        id(A),
        vec![
            super::Part { name: Some("gifts".to_string()), containing: vec!["gift card".to_string()] },
            super::Part { name: Some("gift orders".to_string()), containing: vec!["gift card order".to_string()] },
        ],
    );
    let registry = decided(&Registry::empty(), &[merge(B, A), part]).unwrap();
    let (intents, after, problems) = applied(&registry, &[]);
    assert!(problems.is_empty(), "{problems:?}");
    let names = |goal: &Said| registry.name_of(goal.intent.as_ref().unwrap()).unwrap_or("reset password").to_string();
    let named: Vec<String> = after[..5].iter().map(names).collect();
    assert_eq!(named, ["cancel order", "gift orders", "cancel order", "gifts", "reset password"]);
    let gifts = intents.iter().find(|intent| intent.name == "gifts").unwrap();
    assert_eq!((gifts.medoid.0.0.as_str(), gifts.born), ("c-2", day(2)));
    assert_eq!(
        (gifts.phrases.as_slice(), gifts.related.as_slice()),
        (["gift card".to_string()].as_slice(), [id(A)].as_slice())
    );
    assert!(gifts.id.0.len() == 10, "no birth can take the id of a part");
}

#[test]
fn of_two_phrases_as_long_the_lower_id_claims_in_any_order_of_the_file() {
    let part = |own: &str, phrase: &str| {
        format!("  - {{ id: {own}, name: {phrase}, split_from: {A}, containing: [{phrase}] }}\n")
    };
    let parts = [part("i-00000001", "gift card"), part("i-00000002", "card safe")];
    let head = format!("version: 1\nintents:\n  - {{ id: {A}, name: a, status: split }}\n");
    for order in [[0, 1], [1, 0]] {
        let registry = Registry::parse(&format!("{head}{}{}", parts[order[0]], parts[order[1]])).unwrap();
        let mut after = vec![Said::new(0, "is my gift card safe", Some(A))];
        let mut intents = counts(vec![intent(A, "a")], &after);
        drop(registry.apply(&mut intents, &mut after, &[], Some(&words)));
        assert_eq!(after[0].intent, Some(id("i-00000001")));
    }
}

#[test]
fn without_their_words_goals_stay_where_a_split_left_them() {
    let registry = decided(&Registry::empty(), &[split(A, &[&["gift card"]]), merge(C, B)]).unwrap();
    let (mut intents, mut stored, _) = applied(&registry, &[]);
    let before = (intents.clone(), stored.clone());
    let problems = registry.apply(&mut intents, &mut stored, &[], None);
    assert!(before == (intents, stored) && problems.is_empty());
}

#[test]
fn ignored_intents_are_counted_and_known_as_ignored() {
    let registry = decided(&Registry::empty(), &[merge(B, A), ignore(A, "spam")]).unwrap();
    let (intents, _, _) = applied(&registry, &[]);
    assert_eq!(counted(&intents)[0], ("cancel order".to_string(), 4, 3));
    assert!(registry.is_ignored(&id(A)) && registry.is_ignored(&id(B)) && !registry.is_ignored(&id(C)));
    let back = decided(&registry, &[Decision::Unignore(id(A))]).unwrap();
    assert!(!back.is_ignored(&id(A)) && !back.is_ignored(&id(B)));
}

#[test]
fn a_saved_name_wins_and_a_found_one_gives_way() {
    let registry = decided(&Registry::empty(), &[rename(A, "Secrets")]).unwrap();
    let mut after = goals();
    let mut intents = counts(vec![intent(A, "x"), intent(B, "SECRETS"), intent(C, "secrets (2)")], &after);
    drop(registry.apply(&mut intents, &mut after, &[], Some(&words)));
    let mut names: Vec<&str> = intents.iter().map(|intent| intent.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["SECRETS (2)", "Secrets", "secrets (2) (2)"]);
}

#[test]
fn the_merged_keep_their_name_when_only_the_other_is_left() {
    let registry = decided(&Registry::empty(), &[rename(A, "orders"), merge(B, A)]).unwrap();
    let mut intents = vec![intent(B, "late refund")];
    let mut after: Vec<Said> = goals().into_iter().filter(|goal| goal.intent == Some(id(B))).collect();
    let problems = registry.apply(&mut intents, &mut after, &[], Some(&words));
    assert!(problems.is_empty());
    assert_eq!((intents[0].id.clone(), counted(&intents)), (id(A), vec![("orders".to_string(), 2, 2)]));
    assert_eq!(intents[0].medoid.0.0, "c-1");
}

#[test]
fn decisions_about_intents_that_are_not_there_are_reported() {
    let registry =
        decided(&Registry::empty(), &[rename(A, "orders"), merge(B, A), ignore(C, "spam"), split(C, &[&["token"]])])
            .unwrap();
    let told = |intents: &[&str], lineage: &[LineageEvent]| {
        let mut intents: Vec<Intent> = intents.iter().map(|own| intent(own, own)).collect();
        let mut after = vec![Said::new(0, "hello", intents.first().map(|intent| intent.id.0.as_str()))];
        let problems = registry.apply(&mut intents, &mut after, lineage, Some(&words));
        problems.iter().map(|problem| format!("{problem}\n")).collect::<String>()
    };
    let event =
        |own: &str, kind, other: Option<&str>| LineageEvent { at: day(5), intent: id(own), kind, other: other.map(id) };
    insta::assert_snapshot!(told(&["i-dddddd"], &[]), @r#"
    intents.yaml:5: names i-aaaaaa (orders), which this cache does not know: ingest the traces that it was found in, or delete its entry if it is out of date
    intents.yaml:12: names i-bbbbbb (late refund, refund), which this cache does not know: that it is merged into i-aaaaaa is kept and has no effect here; ingest the traces that it was found in, or delete its entry if it is out of date
    intents.yaml:20: names i-cccccc (reset password), which this cache does not know: that it is ignored is kept and has no effect here; ingest the traces that it was found in, or delete its entry if it is out of date
    "#);
    insta::assert_snapshot!(told(&[C], &[event(A, LineageKind::Merged, Some("i-dddddd"))]), @r#"
    intents.yaml:5: names i-aaaaaa (orders), which became part of i-dddddd in the refit of 2026-03-05: decide about that one, or delete the entry
    intents.yaml:12: names i-bbbbbb (late refund, refund), which this cache does not know: that it is merged into i-aaaaaa is kept and has no effect here; ingest the traces that it was found in, or delete its entry if it is out of date
    intents.yaml:29: no goal of i-cccccc holds a phrase of its part i-2e0fd73d (token): change `containing`, or merge the part back
    "#);
    insta::assert_snapshot!(told(&["i-dddddd"], &[A, B, C].map(|own| event(own, LineageKind::Retired, None))), @r#"

    "#);
}

#[test]
fn a_large_registry_is_read_and_laid_over_in_no_time() {
    let many: Vec<Intent> =
        (0..2000_u32).map(|number| intent(&format!("i-{number:06x}"), &format!("matter {number}"))).collect();
    let saved = Registry::empty().saved(&many, &[], day(3)).unwrap();
    assert!(saved.text().len() < super::super::MAX_BYTES / 2, "{}", saved.text().len());
    let into = |registry: &Registry, number: u32| {
        registry.decide(&merge(&format!("i-{number:06x}"), "i-000000"), &many, day(3), None).unwrap()
    };
    let merged = [1, 500, 1999].into_iter().fold(saved, |registry, number| into(&registry, number));
    let mut nothing: Vec<Said> = Vec::new();
    let problems = merged.apply(&mut Vec::new(), &mut nothing, &[], Some(&words));
    assert_eq!(problems.len(), 2000);
    assert_eq!(
        (problems[0].line(), problems[1999].line()),
        (Some(5), merged.text().lines().position(|line| line == "  - id: i-0007cf").map(|at| at + 1))
    );
}

#[test]
fn a_history_is_one_story_of_both_sources() {
    let steps: [(u32, Decision); 6] = [
        (3, rename(A, "orders")),
        (4, merge(B, A)),
        (5, split(A, &[&["gift card"]])),
        (6, ignore(A, "spam")),
        (7, Decision::Unignore(id(A))),
        (8, ignore(A, "spam after all")),
    ];
    let registry = steps.iter().fold(Registry::empty(), |registry, (at, decision)| {
        registry.decide(decision, &three(), day(*at), (*at == 4).then_some("openai/gpt-4.1-mini")).unwrap()
    });
    let event =
        |at, own: &str, kind, other: Option<&str>| LineageEvent { at, intent: id(own), kind, other: other.map(id) };
    let lineage = [
        event(day(1), A, LineageKind::Born, None),
        event(day(9), A, LineageKind::Retired, None),
        event(day(10), A, LineageKind::Born, None),
        event(day(11), C, LineageKind::Split, Some(A)),
        event(day(12), C, LineageKind::Merged, Some(A)),
    ];
    let part = registry.entries().iter().find(|entry| entry.split_from.is_some()).unwrap();
    let tell = |own: &IntentId| registry.history(own, &three(), &lineage).join("\n");
    insta::assert_snapshot!(tell(&id(A)), @r#"
    2026-03-01: born
    2026-03-03: renamed from `cancel order`
    2026-03-04: took in i-bbbbbb (late refund, refund)
    2026-03-05: split: i-100b096b (gift card) became an intent of its own
    2026-03-06: ignored
    2026-03-07: no longer ignored
    2026-03-08: ignored: spam after all
    2026-03-09: retired: nobody wanted it any more
    2026-03-10: returned: somebody wanted it again
    "#);
    insta::assert_snapshot!(tell(&id(B)), @r#"
    2026-03-01: born
    2026-03-04: merged into i-aaaaaa (orders) (asked of openai/gpt-4.1-mini)
    "#);
    insta::assert_snapshot!(tell(&id(C)), @r#"
    2026-03-11: born out of i-aaaaaa (orders) in a refit
    2026-03-12: retired: a refit made it part of i-aaaaaa (orders)
    "#);
    insta::assert_snapshot!(tell(&part.id), @r#"
    2026-03-05: born as a part of i-aaaaaa (orders)
    "#);
    assert!(registry.history(&id("i-123456"), &three(), &lineage).is_empty());
    let saved = Registry::empty().saved(&three(), &lineage, day(20)).unwrap();
    assert_eq!(saved.history(&id(B), &three(), &[]), ["2026-03-01: born"]);
    assert_eq!(Registry::empty().history(&id(B), &three(), &[]), ["2026-03-01: born"]);
}
