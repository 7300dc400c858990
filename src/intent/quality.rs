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

/// The conversations of a tau-bench result file.
fn tau(path: &str) -> Option<Vec<Conversation>> {
    let path = format!("{}/../shared/data/traces/{path}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no tau-bench file beside the repository");
        return None;
    };
    let runs: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut all = conversations(runs.iter().map(|_| ""));
    for (conversation, run) in all.iter_mut().zip(&runs) {
        conversation.id = ConversationId(format!("c-{}-{}", run["task_id"], run["trial"]));
        conversation.turns.clear();
        for message in run["traj"].as_array().unwrap() {
            let role = match message["role"].as_str().unwrap() {
                "user" => Role::User,
                "assistant" => Role::Assistant,
                _ => continue,
            };
            let call = |call: &serde_json::Value| crate::trace::ToolCall {
                id: String::new(),
                name: call["function"]["name"].to_string(),
                arguments: String::new(),
                result: None,
                error: None,
                latency_ms: None,
            };
            let calls = message["tool_calls"].as_array().into_iter().flatten().map(call).collect();
            let text = message["content"].as_str().unwrap_or_default().to_string();
            conversation.turns.push(Turn { role, text, calls, time: None });
        }
    }
    Some(all)
}

#[test]
#[ignore = "a look: run with `-- --ignored --nocapture`"]
fn intents_of_tau_bench_are_printed() {
    for file in [
        "tau-bench/historical_trajectories__gpt-4o-airline.json",
        "tau-bench/tau_bench__tool-calling-grok-3-0.0_range_0--1_user-grok-3-llm_0921131646.json",
    ] {
        let Some(all) = tau(file) else { return };
        let fit = fit_all(&all);
        println!(
            "resolution {} stability {:.3} goals {} tail {}",
            fit.model.resolution(),
            fit.model.stability(),
            fit.goals.len(),
            fit.long_tail
        );
        for intent in &fit.intents {
            println!(
                "{} {:40} goals {:3} conversations {:3} {:?}",
                intent.id, intent.name, intent.goals, intent.conversations, intent.phrases
            );
            let members: Vec<_> =
                fit.goals.iter().zip(&fit.assignments).filter(|(_, a)| a.intent.as_ref() == Some(&intent.id)).collect();
            for (goal, a) in members.iter().step_by((members.len() / 12).max(1)) {
                println!(
                    "      {:8} #{} {:.2} {}",
                    goal.conversation.0,
                    goal.ordinal,
                    a.score,
                    goal.text.replace('\n', " / ").chars().take(150).collect::<String>()
                );
            }
        }
        println!("TAIL");
        for (goal, _) in fit.goals.iter().zip(&fit.assignments).filter(|(_, a)| a.intent.is_none()).take(20) {
            println!(
                "      {:8} #{} {}",
                goal.conversation.0,
                goal.ordinal,
                goal.text.replace('\n', " / ").chars().take(150).collect::<String>()
            );
        }
    }
}

#[derive(Deserialize)]
struct Dialogue {
    turns: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    speaker: String,
    text: String,
    #[serde(default)]
    active_intents: Vec<String>,
    #[serde(default)]
    tool_calls: Vec<serde_json::Value>,
}

/// Dialogues with, for each turn, whether the user goes on to another service there.
fn service_changes(parity: usize) -> Option<Vec<(Conversation, Vec<bool>, String)>> {
    let path = format!("{}/../shared/data/intents/sgd-dev/dev.jsonl", env!("CARGO_MANIFEST_DIR"));
    let Ok(lines) = std::fs::read_to_string(&path) else {
        println!("skipped: no sgd-dev beside the repository");
        return None;
    };
    let dialogues: Vec<Dialogue> = lines
        .lines()
        .enumerate()
        .filter(|(index, _)| index % 2 == parity)
        .map(|(_, line)| serde_json::from_str(line).unwrap())
        .collect();
    let mut all = Vec::new();
    for (mut conversation, dialogue) in conversations(dialogues.iter().map(|_| "")).into_iter().zip(dialogues) {
        conversation.turns.clear();
        let mut changes = Vec::new();
        let mut services: std::collections::BTreeSet<String> = Default::default();
        let mut first = String::new();
        for said in dialogue.turns {
            let user = said.speaker == "USER";
            let intents = said.active_intents.iter().filter(|intent| !intent.ends_with("NONE"));
            if first.is_empty() {
                first = intents.clone().next().cloned().unwrap_or_default();
            }
            let now: std::collections::BTreeSet<String> =
                intents.filter_map(|intent| intent.split('.').next()).map(str::to_string).collect();
            changes.push(user && !services.is_empty() && !now.is_empty() && !now.is_subset(&services));
            if user && !now.is_empty() {
                services = now;
            }
            let calls = said
                .tool_calls
                .iter()
                .map(|_| crate::trace::ToolCall {
                    id: String::new(),
                    name: String::new(),
                    arguments: String::new(),
                    result: None,
                    error: None,
                    latency_ms: None,
                })
                .collect();
            conversation.turns.push(Turn {
                role: if user { Role::User } else { Role::Assistant },
                text: said.text,
                calls,
                time: None,
            });
        }
        all.push((conversation, changes, first));
    }
    Some(all)
}

#[test]
#[ignore = "a measurement"]
fn quality_of_segments_is_printed() {
    let parity = std::env::var("PARITY").map_or(0, |p| p.parse().unwrap());
    let Some(all) = service_changes(parity) else { return };
    let conversations: Vec<Conversation> = all.iter().map(|(c, ..)| c.clone()).collect();
    let fit = fit_all(&conversations);
    let (mut hit, mut wrong, mut missed) = (0, 0, 0);
    for (index, (conversation, changes, _)) in all.iter().enumerate() {
        let found: Vec<u32> = fit
            .goals
            .iter()
            .filter(|g| g.conversation == conversation.id && g.ordinal > 0)
            .map(|g| g.first_turn)
            .collect();
        for turn in 0..changes.len() {
            let was = found.contains(&(turn as u32));
            match (was, changes[turn]) {
                (true, true) => hit += 1,
                (true, false) => {
                    wrong += 1;
                    if wrong % 12 == 0 {
                        println!(
                            "WRONG {index} A: {} U: {}",
                            &conversation.turns[turn - 1].text,
                            conversation.turns[turn].text
                        )
                    }
                }
                (false, true) => {
                    missed += 1;
                    if missed % 6 == 0 {
                        println!(
                            "MISSED {index} A: {} U: {}",
                            &conversation.turns[turn - 1].text,
                            conversation.turns[turn].text
                        )
                    }
                }
                _ => {}
            }
        }
    }
    println!(
        "hit {hit} wrong {wrong} missed {missed}: precision {:.2} recall {:.2}",
        f64::from(hit) / f64::from(hit + wrong),
        f64::from(hit) / f64::from(hit + missed)
    );
    println!("K {} tail {} goals {}", fit.intents.len(), fit.long_tail, fit.goals.len());
    let gold: Vec<&str> = all.iter().map(|(_, _, first)| first.as_str()).collect();
    let found: Vec<String> = fit
        .goals
        .iter()
        .zip(&fit.assignments)
        .filter(|(g, _)| g.ordinal == 0)
        .map(|(_, a)| a.intent.as_ref().map_or(String::new(), |i| i.0.clone()))
        .collect();
    let number = |names: Vec<&str>| -> Vec<u32> {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        names
            .into_iter()
            .map(|name| {
                let next = numbers.len() as u32;
                *numbers.entry(name).or_insert(next)
            })
            .collect()
    };
    let (gold, found) = (number(gold), number(found.iter().map(String::as_str).collect()));
    println!(
        "first goals: NMI {:.1} ARI {:.1} ACC {:.1}",
        100.0 * normalized_mutual_information(&gold, &found),
        100.0 * adjusted_rand(&gold, &found),
        100.0 * matched_accuracy(&gold, &found)
    );
    for intent in &fit.intents {
        println!("   {} {} {:?}", intent.name, intent.goals, intent.phrases);
    }
}

#[test]
#[ignore = "a measurement"]
fn quality_of_small_sets_is_printed() {
    for (name, split, classes, each) in [
        ("banking77", "train", 3, 30),
        ("banking77", "train", 7, 15),
        ("banking77", "train", 7, 30),
        ("banking77", "train", 7, 57),
        ("banking77", "train", 15, 27),
        ("hwu64", "train", 3, 33),
        ("hwu64", "train", 7, 10),
        ("hwu64", "train", 7, 30),
        ("hwu64", "train", 15, 27),
        ("hwu64", "train", 30, 13),
    ] {
        let Some(items) = labelled(&format!("{name}/items.jsonl"), split) else { return };
        let mut labels: Vec<&str> = items.iter().map(|i| i.1.as_str()).collect();
        labels.sort();
        labels.dedup();
        let mut sums = [0.0; 5];
        let step = labels.len() / classes;
        let rounds = 4;
        for round in 0..rounds {
            let mut chosen: Vec<(String, String)> = Vec::new();
            for c in 0..classes {
                let label = labels[(c * step + round * 2) % labels.len()];
                chosen.extend(items.iter().filter(|i| i.1 == label).take(each).cloned());
            }
            let (nmi, ari, acc, k, tail) = score(&chosen);
            for (s, v) in sums.iter_mut().zip([nmi, ari, acc, k as f64, tail * 100.0]) {
                *s += v / rounds as f64;
            }
        }
        println!(
            "SMALL {name} {classes} classes x {each}: NMI {:.1} ARI {:.1} ACC {:.1} K {:.1} tail {:.1} %",
            sums[0], sums[1], sums[2], sums[3], sums[4]
        );
    }
}

#[test]
#[ignore = "a look"]
fn intents_of_the_example_are_printed() {
    use crate::example::generate::{PlantedCause, Scenario, generate};
    let file = std::env::var("SEED").map_or(2026, |s| s.parse().unwrap());
    let cause = match std::env::var("CAUSE").as_deref() {
        Ok("none") => None,
        Ok(n) => Some(PlantedCause::ALL[n.parse::<usize>().unwrap()]),
        _ => Some(PlantedCause::ArgumentGuessed),
    };
    let made = generate(Scenario { seed: file, cause, conversations: 400 });
    let mut all = conversations(made.truth.iter().map(|_| ""));
    for (conversation, line) in all.iter_mut().zip(String::from_utf8(made.traces).unwrap().lines()) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        conversation.turns.clear();
        for message in record["messages"].as_array().unwrap() {
            let role = match message["role"].as_str().unwrap() {
                "user" => Role::User,
                "assistant" => Role::Assistant,
                "system" => Role::System,
                _ => continue,
            };
            let text = message["content"].as_str().unwrap_or_default().to_string();
            conversation.turns.push(Turn { role, text, calls: Vec::new(), time: None });
        }
    }
    let started = std::time::Instant::now();
    let fit = fit_all(&all);
    println!(
        "took {:?} resolution {} stability {:.3} goals {} tail {}",
        started.elapsed(),
        fit.model.resolution(),
        fit.model.stability(),
        fit.goals.len(),
        fit.long_tail
    );
    for intent in &fit.intents {
        let mut wishes: BTreeMap<String, u32> = BTreeMap::new();
        for (goal, _) in fit
            .goals
            .iter()
            .zip(&fit.assignments)
            .filter(|(g, a)| g.ordinal == 0 && a.intent.as_ref() == Some(&intent.id))
        {
            let index: usize = goal.conversation.0[2..].parse().unwrap();
            *wishes.entry(format!("{:?}", made.truth[index].wish)).or_default() += 1;
        }
        println!("{} {:40} goals {:3} {:?} {:?}", intent.id, intent.name, intent.goals, wishes, intent.phrases);
    }
    for goal in fit.goals.iter().filter(|g| g.ordinal > 0) {
        println!("  second: {}", goal.text);
    }
    for (goal, _) in fit.goals.iter().zip(&fit.assignments).filter(|(_, a)| a.intent.is_none()) {
        println!("  tail: {}", goal.text);
    }
}
