//! Clustering quality on labelled utterances that nobody here wrote, read in place where they are; every test says
//! so when it skips.

use super::agreement::adjusted_rand;
use super::agreement::tests::{matched_accuracy, normalized_mutual_information};
use super::{Fit, Options, Source, fit};
use crate::clock::Timestamp;
use crate::trace::{Conversation, ConversationId, Role, Turn};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    split: String,
    #[serde(alias = "utterance")]
    text: String,
    #[serde(alias = "intent")]
    label: String,
}

/// Text and label of one split; `None` (and a message) when the data is not there.
pub(super) fn labelled(file: &str, split: &str) -> Option<Vec<(String, String)>> {
    let path = format!("{}/../shared/data/intents/{file}", env!("CARGO_MANIFEST_DIR"));
    let Ok(lines) = std::fs::read_to_string(&path) else {
        println!("skipped: no {file} beside the repository");
        return None;
    };
    let items = lines.lines().map(|line| serde_json::from_str::<Item>(line).unwrap());
    Some(items.filter(|item| item.split == split).map(|item| (item.text, item.label)).collect())
}

/// One conversation per text.
pub(super) fn conversations<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Conversation> {
    let one = |(index, text): (usize, &str)| Conversation {
        id: ConversationId(format!("c-{index:06}")),
        external_id: None,
        user: None,
        agent: None,
        prompt_version: None,
        system_digest: None,
        model: None,
        started: None,
        ended: None,
        turns: vec![Turn { role: Role::User, text: text.to_string(), calls: Vec::new(), time: None }],
        scores: BTreeMap::new(),
        metadata: BTreeMap::new(),
        cost: None,
    };
    texts.into_iter().enumerate().map(one).collect()
}

pub(super) fn fit_all(conversations: &[Conversation]) -> Fit {
    let sources: Vec<Source<'_>> =
        conversations.iter().map(|conversation| Source { conversation, signals: &[] }).collect();
    fit(&sources, None, Timestamp(0), &Options::default()).unwrap()
}

/// NMI, ARI and matched accuracy (x100), clusters, share of the long tail (which counts as one cluster).
fn score(items: &[(String, String)]) -> (f64, f64, f64, usize, f64) {
    let conversations = conversations(items.iter().map(|item| item.0.as_str()));
    let fit = fit_all(&conversations);
    let number = |names: Vec<&str>| -> Vec<u32> {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        for name in &names {
            let next = numbers.len() as u32;
            numbers.entry(name).or_insert(next);
        }
        names.iter().map(|name| numbers[name]).collect()
    };
    let gold = number(items.iter().map(|item| item.1.as_str()).collect());
    let found = number(fit.assignments.iter().map(|a| a.intent.as_ref().map_or("", |id| id.0.as_str())).collect());
    println!("      resolution {} stability {:.3}", fit.model.resolution(), fit.model.stability());
    (
        100.0 * normalized_mutual_information(&gold, &found),
        100.0 * adjusted_rand(&gold, &found),
        100.0 * matched_accuracy(&gold, &found),
        fit.intents.len(),
        f64::from(fit.long_tail) / items.len() as f64,
    )
}

#[test]
#[ignore = "a measurement: run with `cargo test --release quality_of -- --ignored --nocapture`"]
fn quality_of_labelled_sets_is_printed() {
    let file = std::fs::read_to_string("/tmp/quality-sets").unwrap_or_else(|_| "hwu64 test,banking77 test".into());
    for set in file.trim().split(',') {
        let (name, split) = set.split_once(' ').unwrap();
        let Some(items) = labelled(&format!("{name}/items.jsonl"), split) else { return };
        let (nmi, ari, accuracy, count, tail) = score(&items);
        println!(
            "{name} {split} {}: NMI {nmi:.1} ARI {ari:.1} ACC {accuracy:.1} K {count} tail {:.1} %",
            items.len(),
            100.0 * tail
        );
    }
}
