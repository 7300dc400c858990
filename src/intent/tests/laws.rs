//! What must hold of every fit, whatever the data.

use super::{conversations, sources, turn};
use crate::clock::Timestamp;
use crate::intent::naming::{Heard, Question, Suggestion, Told, is_done, questions};
use crate::intent::registry::{Decision, Registry};
use crate::intent::{
    Elsewhere, Embedded, Fit, IntentError, IntentId, LineageKind, Model, ModelError, Options, Source, Sources, fit,
    fit_embedded, wordings,
};
use crate::llm::Instructions;
use crate::trace::{Conversation, ConversationId, Role, Signal, SignalKind};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const VERBS: [[&str; 4]; 5] = [
    ["cancel", "terminate", "end", "stop"],
    ["upgrade", "extend", "improve", "raise"],
    ["reset", "recover", "restore", "renew"],
    ["download", "export", "save", "fetch"],
    ["invite", "add", "register", "enrol"],
];
const THINGS: [[&str; 3]; 5] = [
    ["my subscription", "the monthly subscription", "our subscription"],
    ["storage quota", "disk storage", "storage space"],
    ["forgotten password", "login password", "my password"],
    ["invoice pdf", "last invoice", "invoice of march"],
    ["a new colleague", "a colleague to the team", "colleague from abroad"],
];
const FRAMES: [&str; 6] =
    ["I want to {}", "how do I {}?", "please {} today", "can you {} for us", "need to {}", "{} urgently"];

/// Message `number` about matter `topic`, in one of 72 wordings.
fn wording(topic: usize, number: usize) -> String {
    let verb = VERBS[topic][number % 4];
    let thing = THINGS[topic][number / 4 % 3];
    FRAMES[number / 12 % 6].replace("{}", &format!("{verb} {thing}"))
}

/// `each` conversations of each of the first `topics` matters.
fn corpus(topics: usize, each: usize) -> Vec<Conversation> {
    let texts: Vec<String> =
        (0..topics).flat_map(|topic| (0..each).map(move |number| wording(topic, number))).collect();
    conversations(texts.iter().map(String::as_str))
}

fn at(day: i64) -> Timestamp {
    Timestamp(0).plus_days(day)
}

fn first(conversations: &[Conversation]) -> Fit {
    fit(&sources(conversations), None, at(0), &Options::default()).unwrap()
}

fn again(conversations: &[Conversation], previous: &Model) -> Fit {
    fit(&sources(conversations), Some(previous), at(7), &Options::default()).unwrap()
}

#[test]
fn matters_in_varied_words_become_intents_named_after_them() {
    let fit = first(&corpus(4, 40));
    assert_eq!(fit.intents.len(), 4, "{:#?}", fit.intents);
    for (topic, word) in ["subscription", "storage", "password", "invoice"].iter().enumerate() {
        let found: BTreeSet<_> = fit.assignments[topic * 40..(topic + 1) * 40].iter().map(|a| &a.intent).collect();
        assert_eq!(found.len(), 1, "{word}");
        let id = found.first().unwrap().as_ref().unwrap();
        let intent = fit.intents.iter().find(|intent| intent.id == *id).unwrap();
        assert!(intent.phrases.iter().any(|phrase| phrase.contains(word)), "{word}: {:?}", intent.phrases);
        assert_eq!((intent.goals, intent.conversations), (40, 40));
        assert!(intent.id.0.starts_with("i-") && intent.id.0.len() == 8);
    }
    assert!(fit.lineage.is_empty());
    assert!(fit.assignments.iter().all(|assigned| (0.0..=1.0).contains(&assigned.score)));
}

#[test]
fn fit_ignores_the_order_of_its_input() {
    let conversations = corpus(3, 30);
    let forward = first(&conversations);
    let mut backward = conversations;
    backward.reverse();
    let backward = first(&backward);
    assert!(forward.model.to_bytes() == backward.model.to_bytes());
    assert_eq!(forward.goals, backward.goals);
    assert_eq!(forward.intents, backward.intents);
}

/// Hands out conversations three at a time, from the last to the first.
struct Piecemeal<'a>(&'a [Conversation]);

impl Sources for Piecemeal<'_> {
    type Error = IntentError;

    fn read(&self, take: &mut dyn FnMut(&[Source<'_>])) -> Result<(), IntentError> {
        self.0.rchunks(3).for_each(|block| take(&sources(block)));
        Ok(())
    }
}

#[test]
fn conversations_in_blocks_and_without_their_texts_give_what_all_at_once_do() {
    let conversations = corpus(3, 30);
    let whole = first(&conversations);
    let lean = Options { texts: false, ..Options::default() };
    let fit = |previous| {
        fit_embedded(&Piecemeal(&conversations), &Elsewhere::default(), previous, at(0), &lean, None).unwrap()
    };
    for parts in [fit(None), fit(Some(&whole.model))] {
        assert!(parts.model.to_bytes() == whole.model.to_bytes());
        assert_eq!((parts.assignments, parts.intents), (whole.assignments.clone(), whole.intents.clone()));
        assert!(parts.goals.iter().all(|goal| goal.text.is_empty()));
    }
}

#[test]
fn fit_does_not_depend_on_the_number_of_threads() {
    let conversations = corpus(4, 40);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| first(&conversations).model.to_bytes())
    };
    assert!(with(1) == with(2));
}

#[test]
fn fit_with_nothing_new_gives_the_same_bytes() {
    let conversations = corpus(3, 30);
    let before = first(&conversations);
    let after = again(&conversations, &before.model);
    assert!(before.model.to_bytes() == after.model.to_bytes());
    assert_eq!(before.assignments, after.assignments);
    assert_eq!(before.intents, after.intents);
    assert!(after.lineage.is_empty() && after.refit_due.is_none());
}

#[test]
fn models_survive_their_bytes_and_damage_is_named() {
    let model = first(&corpus(2, 30)).model;
    let bytes = model.to_bytes();
    assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
    assert!(matches!(Model::from_bytes(b"something else"), Err(ModelError::Damaged(_))));
    assert!(matches!(Model::from_bytes(&bytes[..bytes.len() - 1]), Err(ModelError::Damaged(_))));
    let mut newer = bytes;
    newer[crate::intent::bytes::MAGIC.len()] = 99;
    assert_eq!(Model::from_bytes(&newer), Err(ModelError::Version { found: 99 }));
}

#[test]
fn models_whose_sizes_contradict_each_other_are_damaged() {
    let bytes = first(&corpus(2, 30)).model.to_bytes();
    let start = crate::intent::bytes::MAGIC.len() + 4;
    let length = u64::from_le_bytes(bytes[start..start + 8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[start + 8..start + 8 + length]).unwrap();
    let changed = |field: &str, value: serde_json::Value| {
        let mut header = header.clone();
        header[field] = value;
        let header = serde_json::to_vec(&header).unwrap();
        let before = [&bytes[..start], &(header.len() as u64).to_le_bytes()].concat();
        Model::from_bytes(&[&before, &header[..], &bytes[start + 8 + length..]].concat())
    };
    assert!(changed("labels", header["labels"].clone()).is_ok());
    for field in ["rank", "word_rank", "openings", "features", "words", "labels", "exemplars"] {
        for value in [json!(0), json!(1_u64 << 60), json!(u64::MAX)] {
            assert!(matches!(changed(field, value), Err(ModelError::Damaged(_))), "{field}");
        }
    }
    assert!(matches!(changed("intents", json!([])), Err(ModelError::Damaged(_))));
    assert!(matches!(changed("scope", json!(null)), Err(ModelError::Damaged(_))));
    assert!(matches!(changed("echo", json!(null)), Err(ModelError::Damaged(_))));
}

#[test]
fn new_wordings_join_the_intents_there_are() {
    let all = corpus(4, 40);
    let early: Vec<Conversation> =
        all.iter().enumerate().filter(|(index, _)| index % 40 < 30).map(|(_, one)| one.clone()).collect();
    let before = first(&early);
    let after = again(&all, &before.model);
    let ids = |fit: &Fit| fit.intents.iter().map(|intent| intent.id.clone()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&before), ids(&after));
    for topic in 0..4 {
        let of = |numbers: std::ops::Range<usize>| -> BTreeSet<_> {
            numbers.map(|number| &after.assignments[topic * 40 + number].intent).collect()
        };
        assert!(of(30..40).is_subset(&of(0..30)), "the ten new wordings of matter {topic} went elsewhere");
    }
    assert!(again(&all, &after.model).model.to_bytes() == after.model.to_bytes());
}

#[test]
fn a_matter_that_nobody_wants_any_more_is_retired_and_comes_back() {
    let all = corpus(4, 40);
    let before = first(&all);
    let gone = before.assignments[0].intent.clone().unwrap();
    let later: Vec<Conversation> = all
        .iter()
        .zip(&before.assignments)
        .filter(|(_, a)| a.intent.as_ref() != Some(&gone))
        .map(|(c, _)| c.clone())
        .collect();
    let after = again(&later, &before.model);
    assert_eq!(after.lineage.len(), 1);
    assert_eq!((&after.lineage[0].intent, after.lineage[0].kind), (&gone, LineageKind::Retired));
    assert!(after.intents.iter().all(|intent| intent.id != gone));
    assert!(again(&later, &after.model).lineage.is_empty(), "events are told once");
    let back = again(&all, &after.model);
    assert_eq!((&back.lineage[0].intent, back.lineage[0].kind), (&gone, LineageKind::Born));
    assert_eq!(back.intents, before.intents);
}

/// Forty wordings of a matter in words that neither a corpus nor the table holds.
fn unheard() -> Vec<Conversation> {
    let texts: Vec<String> = (0..40)
        .map(|number| {
            let (verb, thing) =
                (["zorblify", "unzorb", "zorbax"][number % 3], ["flimzors", "quibnixes"][number / 3 % 2]);
            FRAMES[number / 6 % 6].replace("{}", &format!("{verb} krelvish {thing}"))
        })
        .collect();
    let mut all = conversations(texts.iter().map(String::as_str));
    all.iter_mut().for_each(|one| one.id = ConversationId(format!("u-{}", one.id)));
    all
}

#[test]
fn a_matter_in_words_that_nobody_knows_waits_in_the_long_tail_until_a_refit() {
    let mut all = corpus(4, 40);
    let before = first(&all);
    all.extend(unheard());
    let after = again(&all, &before.model);
    assert!(after.long_tail >= 30, "{}", after.long_tail);
    assert!(after.refit_due.is_some());
    assert!(after.assignments[160..].iter().all(|assigned| assigned.out_of_scope == Some(1.0)));
    let options = Options { refit: true, ..Options::default() };
    let refit = fit(&sources(&all), Some(&after.model), at(14), &options).unwrap();
    let born: Vec<_> = refit.lineage.iter().filter(|event| event.kind == LineageKind::Born).collect();
    assert!(!born.is_empty() && born.iter().all(|event| event.at == at(14)));
    let names: Vec<&String> = refit.intents.iter().filter(|i| i.born == at(14)).flat_map(|i| &i.phrases).collect();
    assert!(names.iter().any(|phrase| phrase.contains("krelvish")), "{names:?}");
    assert!(refit.refit_due.is_none() && refit.long_tail < 10);
}

#[test]
fn a_matter_that_only_the_table_knows_is_born_at_once_and_was_out_of_scope() {
    let before = first(&corpus(4, 40));
    let after = again(&corpus(5, 40), &before.model);
    let born: Vec<_> = after.intents.iter().filter(|intent| intent.born == at(7)).collect();
    assert!(born.iter().any(|intent| intent.phrases.iter().any(|phrase| phrase.contains("colleague"))), "{born:#?}");
    let strange = |range: std::ops::Range<usize>| {
        let scores = after.assignments[range].iter().map(|assigned| assigned.out_of_scope.unwrap());
        scores.filter(|&score| score > 0.5).count()
    };
    assert!(strange(160..200) >= 36 && strange(0..160) <= 24, "{} {}", strange(160..200), strange(0..160));
}

#[test]
fn turns_that_show_nothing_say_nothing() {
    let blank = conversations(["", "  ", "\n\t", "\u{200b}\u{feff}"]);
    let nothing = fit(&sources(&blank), None, at(0), &Options::default());
    assert_eq!(nothing.unwrap_err(), IntentError::NoUserTurns { conversations: 4 });
    let smiles = fit(&sources(&conversations(["🙂"])), None, at(0), &Options::default());
    assert!(matches!(smiles.unwrap_err(), IntentError::TooFewGoals { found: 1, .. }));
}

#[test]
fn a_goal_is_stranger_with_others_of_its_kind_than_when_it_comes_alone() {
    let known = corpus(4, 40);
    let before = first(&known);
    let together = again(&corpus(5, 40), &before.model);
    for row in [160, 171, 199] {
        let mut one = known.clone();
        one.push(corpus(5, 40).swap_remove(row));
        let alone = again(&one, &before.model).assignments[160].out_of_scope.unwrap();
        let score = together.assignments[row].out_of_scope.unwrap();
        assert!(score > alone, "{score} {alone}");
    }
}

#[test]
fn models_of_the_version_before_the_table_are_read_as_they_are() {
    let mut model = first(&conversations(["取消订单", "我要退款", "修改地址"].repeat(20))).model;
    assert_eq!(model.body.space.pieces.share, 0.0, "the table does not hold Chinese");
    assert!(!model.body.echoes() && model.body.exemplars.iter().all(|exemplar| exemplar.pieces.is_empty()));
    model.body.scope = None;
    model.body.labels.iter_mut().for_each(|label| label.out_of_scope = None);
    let mut bytes = model.to_bytes();
    bytes[crate::intent::bytes::MAGIC.len()] = 1;
    assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
}

#[test]
fn models_of_the_version_before_the_echo_are_read_as_they_are_and_go_on_without() {
    let fitted = first(&corpus(4, 40)).model;
    assert!(fitted.body.echoes() && fitted.body.exemplars.iter().all(|exemplar| !exemplar.pieces.is_empty()));
    let mut model = fitted.clone();
    model.body.scope.as_mut().unwrap().echo = 0.0;
    model.body.exemplars.iter_mut().for_each(|exemplar| exemplar.pieces.clear());
    let mut bytes = model.to_bytes();
    bytes[crate::intent::bytes::MAGIC.len()] = 2;
    assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
    let (with, without) = (again(&corpus(5, 40), &fitted), again(&corpus(5, 40), &model));
    assert_ne!(with.assignments, without.assignments);
    for after in [&with, &without] {
        let model = &after.model;
        assert_eq!(&Model::from_bytes(&model.to_bytes()).unwrap(), model);
        assert!(model.body.exemplars.len() > fitted.body.exemplars.len());
        let echoes = model.body.echoes();
        assert!(model.body.exemplars.iter().all(|exemplar| exemplar.pieces.is_empty() != echoes));
    }
    assert!(with.model.body.echoes() && !without.model.body.echoes());
}

#[test]
fn vectors_of_an_endpoint_are_measured_without_the_echo() {
    let conversations = corpus(4, 40);
    let sources = sources(&conversations);
    let wordings = wordings(sources.as_slice(), None, Options::default().seed).unwrap();
    let letters = |text: &str| ('a'..='z').map(|letter| text.matches(letter).count() as f32).collect();
    let vectors = wordings.iter().map(|wording| letters(&wording.text)).collect();
    let embedded = Embedded::new("test/model", &wordings, vectors);
    let fit = |embedded| {
        let options = Options::default();
        fit_embedded(sources.as_slice(), &Elsewhere::default(), None, at(0), &options, embedded).unwrap().model.body
    };
    assert!(fit(None).echoes());
    let body = fit(Some(&embedded));
    assert!(body.scope.is_some() && !body.echoes());
    assert!(body.exemplars.iter().all(|exemplar| exemplar.pieces.is_empty()));
}

#[test]
fn a_refit_carries_ids_and_names_over() {
    let all = corpus(4, 40);
    let before = first(&all[..120]);
    let options = Options { refit: true, ..Options::default() };
    let after = fit(&sources(&all), Some(&before.model), at(7), &options).unwrap();
    for intent in &before.intents {
        let same = after.intents.iter().find(|other| other.id == intent.id).unwrap();
        assert_eq!((&same.name, same.born), (&intent.name, at(0)));
    }
    assert!(after.lineage.iter().any(|event| event.kind == LineageKind::Born), "{:?}", after.lineage);
}

#[test]
fn too_little_data_is_said_in_numbers() {
    let error = fit(&sources(&corpus(1, 12)), None, at(0), &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "too little data to name intents: 12 goals, 50 needed");
    let mut silent = corpus(1, 3);
    for conversation in &mut silent {
        conversation.turns = vec![turn(Role::Assistant, "hello?")];
    }
    let error = fit(&sources(&silent), None, at(0), &Options::default()).unwrap_err();
    assert_eq!(error, IntentError::NoUserTurns { conversations: 3 });
    assert_eq!(fit(&[], None, at(0), &Options::default()).unwrap_err(), IntentError::NoUserTurns { conversations: 0 });
}

#[test]
fn one_wording_said_by_all_is_one_intent() {
    let fit = first(&conversations(std::iter::repeat_n("cancel my order", 60)));
    assert_eq!(fit.intents.len(), 1);
    assert_eq!((fit.intents[0].goals, fit.long_tail), (60, 0));
    assert_eq!(fit.intents[0].name, "cancel order");
}

#[test]
fn one_matter_is_few_intents() {
    let fit = first(&corpus(1, 72));
    assert!(fit.intents.len() <= 5, "{:#?}", fit.intents);
}

#[test]
fn words_without_content_are_counted_in_the_long_tail() {
    let mut all = corpus(2, 40);
    all.extend(conversations(["hi", "hello there", "ok"]).into_iter().map(|mut one| {
        one.id = ConversationId(format!("z-{}", one.id));
        one
    }));
    let fit = first(&all);
    assert_eq!(fit.goals.len(), 83);
    let placed = fit.goals.iter().zip(&fit.assignments).filter(|(_, assigned)| assigned.intent.is_some());
    let without_content = placed.filter(|(goal, _)| goal.conversation.0.starts_with("z-")).count();
    assert_eq!(without_content, 0);
    assert!((3..=7).contains(&fit.long_tail), "{}", fit.long_tail);
}

#[test]
fn feedback_turns_do_not_open_goals() {
    let mut all = corpus(4, 40);
    let (invoice, colleague) = (wording(3, 5), wording(2, 7));
    all[0].turns.extend([turn(Role::Assistant, "Done. Anything else?"), turn(Role::User, &invoice)]);
    all[1].turns.extend([turn(Role::Assistant, "Done. Anything else?"), turn(Role::User, &colleague)]);
    let correction = [Signal { kind: SignalKind::Correction, turn: 2, weight: 1.6 }];
    let mut given = sources(&all);
    given[1] = Source { signals: &correction, ..given[1] };
    let fit = fit(&given, None, at(0), &Options::default()).unwrap();
    let goals = |id: &ConversationId| fit.goals.iter().filter(|goal| goal.conversation == *id).collect::<Vec<_>>();
    let two = goals(&all[0].id);
    assert_eq!(two.iter().map(|goal| (goal.first_turn, goal.last_turn)).collect::<Vec<_>>(), [(0, 1), (2, 2)]);
    assert_eq!(goals(&all[1].id).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_texts_give_a_fit_or_a_reason(texts in proptest::collection::vec("\\PC{0,30}|[a-z]{1,6}( [a-z]{1,6}){0,5}", 0..90)) {
        let conversations = conversations(texts.iter().map(String::as_str));
        if let Ok(fit) = fit(&sources(&conversations), None, at(0), &Options::default()) {
            let counted: u32 = fit.intents.iter().map(|intent| intent.goals).sum();
            prop_assert_eq!(counted + fit.long_tail, fit.goals.len() as u32);
            prop_assert_eq!(fit.goals.len(), fit.assignments.len());
            let names: BTreeSet<&str> = fit.intents.iter().map(|intent| intent.name.as_str()).collect();
            prop_assert_eq!(names.len(), fit.intents.len());
            let bytes = fit.model.to_bytes();
            prop_assert!(Model::from_bytes(&bytes).unwrap().to_bytes() == bytes, "bytes change on the way");
        }
    }
}

/// What a model would be asked about `fit`.
fn asked(fit: &Fit, registry: &Registry) -> Vec<Question> {
    let told = Told { name: Instructions::new("n"), pair: Instructions::new("p"), split: Instructions::new("s") };
    questions(fit, registry, &BTreeMap::new(), &told, &|text| text.to_string())
}

/// Answers everything: each intent has its name, the first pair is one, and what is two is told by a word that nobody uses.
fn answered(fit: &mut Fit) -> Vec<Heard> {
    let questions = asked(fit, &Registry::empty());
    let names = ["one thing", "other thing", "third thing", "last thing", "best thing"];
    let (mut heard, mut names, mut pairs) = (Vec::new(), names.iter(), 0);
    for question in &questions {
        let reply = match question.request.shape {
            "intent_name" => json!({"name": names.next().unwrap(), "in": "do it", "out": "do it for us zorblax"}),
            "same_intent" => {
                pairs += 1;
                json!({"same": pairs == 1})
            }
            _ => json!({"intents": "two", "phrases": ["zorblax"], "name": ""}),
        };
        heard.push(fit.hear(question, &reply, "test/model"));
    }
    heard
}

#[test]
fn a_model_is_asked_as_often_however_many_conversations_there_are() {
    for each in [40, 80, 240] {
        let fit = first(&corpus(5, each));
        let intents = fit.intents.len();
        assert!((5..10).contains(&intents), "{intents}");
        let asked = asked(&fit, &Registry::empty());
        assert_eq!(asked.len(), intents + 2 * intents + intents.div_ceil(5), "{each} conversations of each");
        assert!(asked.iter().all(|question| question.request.input.len() < 20 * 240 * 2));
    }
}

#[test]
fn what_a_model_said_is_kept_until_a_refit_and_changes_no_assignment() {
    let conversations = corpus(5, 40);
    let mut fit = first(&conversations);
    let before = fit.clone();
    let heard = answered(&mut fit);
    assert_eq!(fit.assignments, before.assignments);
    assert_eq!(heard.iter().filter(|heard| matches!(heard, Heard::Named(left_out) if left_out.len() == 1)).count(), 5);
    assert_eq!(heard.iter().filter(|heard| matches!(heard, Heard::Suggests(..))).count(), 1);
    assert!(matches!(heard.last(), Some(Heard::Unsplit(_))));
    let suggested = |fit: &Fit| fit.intents.iter().map(|intent| intent.suggestions.len()).sum::<usize>();
    assert_eq!(suggested(&fit), 2, "both intents of a pair say so");
    assert!(fit.intents.iter().all(|intent| intent.rules.as_ref().unwrap().belongs.as_deref() == Some("do it")));

    let stored = Model::from_bytes(&fit.model.to_bytes()).unwrap();
    assert!(is_done(&stored, &Registry::empty()));
    let folded = again(&conversations, &stored);
    assert_eq!(folded.intents, fit.intents);
    assert!(asked(&folded, &Registry::empty()).is_empty());

    let refit = fit_again(&conversations, &stored);
    assert_eq!(asked(&refit, &Registry::empty()).len(), 10 + 1, "names and rules stay");
    assert!(refit.intents.iter().all(|intent| intent.rules.is_some() && intent.suggestions.is_empty()));
}

fn fit_again(conversations: &[Conversation], previous: &Model) -> Fit {
    fit(&sources(conversations), Some(previous), at(7), &Options { refit: true, ..Options::default() }).unwrap()
}

#[test]
fn a_model_is_not_asked_what_people_have_decided() {
    let mut fit = first(&corpus(5, 40));
    let ids: Vec<_> = fit.intents.iter().map(|intent| intent.id.clone()).collect();
    let decide =
        |registry: &Registry, decision: &Decision| registry.decide(decision, &fit.intents, at(1), None).unwrap();
    let named = decide(&Registry::empty(), &Decision::Rename(ids[0].clone(), "our name".to_string()));
    assert_eq!(asked(&fit, &named).len(), 4 + 10 + 1);
    let merged = decide(&Registry::empty(), &Decision::Merge(ids[1].clone(), ids[0].clone()));
    let left = asked(&fit, &merged);
    assert_eq!(left.iter().filter(|question| question.request.shape == "same_intent").count(), 6);
    assert_eq!(left.iter().filter(|question| question.is_for_a_name()).count(), 3);
    // A suggestion speaks of what is shown, and goes with the decision.
    let heard = answered(&mut fit);
    let pair = heard.iter().find_map(|heard| match heard {
        Heard::Suggests(one, Suggestion::Merge { with }) => Some((one.clone(), with.clone())),
        _ => None,
    });
    let (one, other) = pair.unwrap();
    let third = ids.iter().find(|id| **id != one && **id != other).unwrap();
    let elsewhere = Decision::Merge(other.clone(), third.clone());
    let registry = Registry::empty().decide(&elsewhere, &fit.intents, at(1), None).unwrap();
    let mut shown = fit.clone();
    registry.apply_to_fit(&mut shown);
    let of = |fit: &Fit, id: &IntentId| fit.intents.iter().find(|intent| intent.id == *id).unwrap().suggestions.clone();
    assert_eq!(of(&shown, &one), [Suggestion::Merge { with: third.clone() }]);
    assert!(shown.intents.iter().find(|intent| intent.id == *third).unwrap().rules.is_none(), "it holds more now");
    let carried_out = Decision::Merge(other, one.clone());
    let registry = Registry::empty().decide(&carried_out, &fit.intents, at(1), None).unwrap();
    registry.apply_to_fit(&mut fit);
    assert_eq!(of(&fit, &one), []);
}
