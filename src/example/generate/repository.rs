//! The files of the example repository and its history, by planted cause. What is written by hand lies in
//! `prompts-example/`; the prompt is one text with marks for the lines that a cause or a version leaves out.

use super::PlantedCause;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::example::files::HANDWRITTEN;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The complete prompt. A line that ends in `<!-- mark -->` is left out where [`Version`] says so.
const PROMPT: &str = include_str!("../prompt.md");

/// Where the prompt lies in the repository.
pub const PROMPT_PATH: &str = "prompts/onboarding/system.md";
/// Where the flag file lies.
pub const FLAGS_PATH: &str = "flags/prompts.flagd.json";
/// What git is told to leave alone.
pub const GITIGNORE_PATH: &str = ".gitignore";
/// Where the conversations lie.
pub const TRACES_PATH: &str = "traces/onboarding.jsonl";
/// The prompt's name in `reprompt.yaml`, which is its flag's key.
const PROMPT_NAME: &str = "onboarding-system";

/// One state of the repository's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// When it was committed.
    pub time: Timestamp,
    /// Name and address.
    pub author: (&'static str, &'static str),
    /// The commit message.
    pub message: &'static str,
    /// The files that it adds or changes; it removes none.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A version of the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The first one.
    First,
    /// The shortened one.
    Second,
}

/// The prompt at a version, without the instruction whose lack is the cause.
pub fn prompt(version: Version, cause: Option<PlantedCause>) -> String {
    let other = match version {
        Version::First => "v2",
        Version::Second => "v1",
    };
    let mut text = String::new();
    for line in PROMPT.lines() {
        let (line, mark) = match line.split_once(" <!-- ") {
            Some((line, mark)) => (line, mark.trim_end_matches(" -->")),
            None => (line, ""),
        };
        if mark != other && cause.is_none_or(|cause| cause.mark() != mark) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// What the repository went through before the last conversation. The region question was there from the start and
/// was lost when the prompt was shortened; every other instruction that is missing was never there.
pub fn history(cause: Option<PlantedCause>, shortened: Timestamp) -> Vec<Revision> {
    let lost = cause == Some(PlantedCause::ArgumentGuessed);
    let first = prompt(Version::First, cause.filter(|_| !lost));
    let mut files = BTreeMap::from([
        (GITIGNORE_PATH.to_string(), b"# Conversations hold customers' text and stay out of git.\ntraces/\n".to_vec()),
        (PROMPT_PATH.to_string(), first.clone().into_bytes()),
        (FLAGS_PATH.to_string(), flags(&[("v1", &first)])),
    ]);
    let mut suites = BTreeMap::new();
    for (path, text) in HANDWRITTEN {
        let kind = if path.starts_with("evals/") { &mut suites } else { &mut files };
        kind.insert((*path).to_string(), text.as_bytes().to_vec());
    }
    let mut revisions = vec![
        Revision {
            time: shortened.plus_days(-49),
            author: ("Noor Haddad", "noor@tidewater.example"),
            message: "Add the onboarding agent\n\nPrompt, tools and flag file as they went live.\n",
            files,
        },
        Revision {
            time: shortened.plus_days(-40),
            author: ("Jonas Weber", "jonas@tidewater.example"),
            message: "Add eval suites\n",
            files: suites,
        },
    ];
    if lost {
        let second = prompt(Version::Second, cause);
        revisions.push(Revision {
            time: shortened,
            author: ("Noor Haddad", "noor@tidewater.example"),
            message: "Shorten the system prompt\n\nEvery line costs tokens in every conversation.\n",
            files: BTreeMap::from([
                (PROMPT_PATH.to_string(), second.clone().into_bytes()),
                (FLAGS_PATH.to_string(), flags(&[("v1", &first), ("v2", &second)])),
            ]),
        });
    }
    revisions
}

/// The flag file: a variant for every version with the digest of its text, the last one live.
fn flags(versions: &[(&str, &str)]) -> Vec<u8> {
    // Space at the ends of lines and of the text makes no other version.
    let plain = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_string();
    let variants: BTreeMap<&str, String> =
        versions.iter().map(|(name, text)| (*name, Digest::of(plain(text)).short(12))).collect();
    let live = versions.last().map_or("", |(name, _)| name);
    let file = json!({
        "$schema": "https://flagd.dev/schema/v0/flags.json",
        "flags": {PROMPT_NAME: {"state": "ENABLED", "variants": variants, "defaultVariant": live}},
    });
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

/// The tools as a chat-completions request offers them.
pub fn tools() -> Vec<Value> {
    let texts = HANDWRITTEN.iter().filter(|(path, _)| path.starts_with("tools/"));
    let parsed = texts.filter_map(|(_, text)| serde_yaml::from_str::<Value>(text).ok());
    parsed.map(|function| json!({"type": "function", "function": function})).collect()
}
