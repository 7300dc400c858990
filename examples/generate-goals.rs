//! Writes chat JSONL of as many conversations as wanted, one goal each, the same bytes for the same seed, and their
//! labels: what the benches of intents read. Each goal is a real utterance of a labelled set (training splits), varied:
//! words left out, a stretch taken from another utterance of the same label, courtesies before and after, numbers. More
//! than nine in ten texts are distinct.
//!
//! `generate-goals COUNT SEED INTENTS_FOLDER LABELS_FILE > FILE`
//!
//! INTENTS_FOLDER holds `banking77/items.jsonl` and `hwu64/items.jsonl`. LABELS_FILE gets `{"id": .., "label": ..}` a line.

#[path = "support/dice.rs"]
mod dice;

use dice::Dice;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

const USAGE: &str = "generate-goals COUNT SEED INTENTS_FOLDER LABELS_FILE";
const SETS: [&str; 2] = ["banking77", "hwu64"];

const BEFORE: [&str; 24] = [
    "",
    "",
    "",
    "hi ",
    "hello, ",
    "hey there, ",
    "good morning, ",
    "please ",
    "quick question: ",
    "hey can you help, ",
    "i need some help. ",
    "sorry to bother you but ",
    "so ",
    "ok ",
    "um ",
    "just wondering, ",
    "one thing: ",
    "hi team, ",
    "second try, ",
    "as i said, ",
    "honestly, ",
    "listen, ",
    "dear support, ",
    "excuse me, ",
];
const AFTER: [&str; 20] = [
    "",
    "",
    "",
    "",
    " please",
    " thanks",
    " thank you",
    " asap",
    " today",
    " right now",
    " if possible",
    " cheers",
    " i am in a hurry",
    " thanks in advance",
    " when you can",
    "!",
    "?",
    " ok?",
    " many thanks",
    " it is urgent",
];
/// Shares, in percent, of the variations.
const LEFT_OUT: u64 = 8;
const SPLICED: u64 = 50;
const NUMBERED: u64 = 10;

#[derive(Deserialize)]
struct Item {
    split: String,
    text: String,
    label: String,
}

impl Dice {
    fn place(&mut self, among: usize) -> usize {
        self.up_to(among as u64) as usize
    }

    fn percent(&mut self, share: u64) -> bool {
        self.next() % 100 < share
    }
}

/// Utterances as words, with the place of their label among all.
struct Utterances {
    labels: Vec<String>,
    all: Vec<(usize, Vec<String>)>,
    by_label: Vec<Vec<usize>>,
}

impl Utterances {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut grouped: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        for set in SETS {
            let text = fs::read_to_string(folder.join(set).join("items.jsonl"))?;
            for line in text.lines() {
                let item: Item = serde_json::from_str(line)?;
                if item.split == "train" {
                    let words = item.text.split_whitespace().map(str::to_string).collect();
                    grouped.entry(format!("{set}:{}", item.label)).or_default().push(words);
                }
            }
        }
        let mut utterances = Self { labels: Vec::new(), all: Vec::new(), by_label: Vec::new() };
        for (number, (label, texts)) in grouped.into_iter().enumerate() {
            let first = utterances.all.len();
            utterances.by_label.push((first..first + texts.len()).collect());
            utterances.labels.push(label);
            utterances.all.extend(texts.into_iter().map(|words| (number, words)));
        }
        Ok(utterances)
    }

    /// A varied utterance and its label.
    fn vary(&self, dice: &mut Dice) -> (String, &str) {
        let (label, original) = &self.all[dice.place(self.all.len())];
        let mut words: Vec<&str> = Vec::new();
        for word in original {
            if !dice.percent(LEFT_OUT) {
                words.push(word);
            }
        }
        if words.is_empty() {
            words.extend(original.iter().map(String::as_str));
        }
        if dice.percent(SPLICED) {
            let kin = &self.by_label[*label];
            let donor = &self.all[kin[dice.place(kin.len())]].1;
            let start = dice.place(donor.len());
            let taken = donor.iter().skip(start).take(2).map(String::as_str);
            let place = dice.place(words.len());
            words.splice(place..(place + 1).min(words.len()), taken);
        }
        let mut text = format!("{}{}", BEFORE[dice.place(BEFORE.len())], words.join(" "));
        if dice.percent(NUMBERED) {
            text.push_str(&format!(" ref {}", dice.place(1_000_000)));
        }
        text.push_str(AFTER[dice.place(AFTER.len())]);
        (text, &self.labels[*label])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, seed, folder, labels] = arguments.as_slice() else { return Err(USAGE.into()) };
    let count: usize = count.parse().map_err(|_| USAGE)?;
    let mut dice = Dice(seed.parse().map_err(|_| USAGE)?);
    let utterances = Utterances::read(Path::new(folder))?;
    if utterances.all.is_empty() {
        return Err("no training utterances there".into());
    }
    let mut labels = BufWriter::new(File::create(labels)?);
    let mut out = BufWriter::new(io::stdout().lock());
    for number in 0..count {
        let (text, label) = utterances.vary(&mut dice);
        // A week holds about ten thousand, so that trends have something to show.
        let time = 1_750_000_000 + number as u64 * 60;
        let conversation = serde_json::json!({
            "id": format!("g{seed}-{number:07}"),
            "created": time,
            "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "I will look into it."}],
        });
        writeln!(out, "{conversation}")?;
        writeln!(labels, "{}", serde_json::json!({"id": format!("g{seed}-{number:07}"), "label": label}))?;
    }
    labels.flush()?;
    out.flush()?;
    Ok(())
}
