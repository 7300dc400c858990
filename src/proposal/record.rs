//! The proposal record: a small YAML file that is committed with the fix, so that squash and rebase keep it. It says
//! which finding was answered, on what evidence, what changed, and how the effect will be measured, declared before
//! anybody can know it. It holds counts, ids and digests; no text from a trace.

use super::hunk::Hunk;
use crate::clock::Timestamp;
use crate::diagnosis::{Finding, FindingId, Lever, LeverKind};
use crate::digest::Digest;
use crate::intent::IntentId;
use crate::stats::interval::newcombe_independent;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Folder of the records, from the repository folder.
pub const RECORD_FOLDER: &str = ".reprompt/proposals";
/// Version of the record's shape.
const VERSION: u32 = 1;
/// Longest record that is read, in bytes.
const MOST_BYTES: usize = 256 << 10;
/// Days of traffic after the merge that are measured.
const WINDOW_DAYS: i64 = 28;
/// First lines of a record.
const HEADER: &str = "# Written by `reprompt propose` and kept with the change it describes.\n";

/// Our id of a proposal: `p-` and 8 hex digits of what it changes, so that the same change is the same proposal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProposalId(pub String);

impl ProposalId {
    /// The id of these hunks as the answer to `finding`.
    pub fn of(finding: &FindingId, hunks: &[Hunk]) -> Self {
        Self(format!("p-{}", content_digest(finding, hunks).short(8)))
    }

    /// Path of its record from the repository folder.
    pub fn record_path(&self) -> String {
        format!("{RECORD_FOLDER}/{}.yaml", self.0)
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Digest of what a proposal changes for which finding; dates and counts are left out.
pub fn content_digest(finding: &FindingId, hunks: &[Hunk]) -> Digest {
    let mut fields: Vec<&[u8]> = vec![finding.0.as_bytes()];
    for hunk in hunks {
        fields.extend([hunk.path.as_bytes(), hunk.removed.as_bytes(), hunk.added.as_bytes()]);
    }
    Digest::of_fields(fields)
}

/// A proposal, as its record tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of this shape.
    pub version: u32,
    /// The proposal.
    pub id: ProposalId,
    /// The finding it answers.
    pub finding: FindingId,
    /// The intent in which that occurs.
    pub intent: IntentId,
    /// The agent (config name).
    pub agent: String,
    /// The day it was made.
    pub created: String,
    /// What goes wrong.
    pub cause: RecordedCause,
    /// Where the change was made.
    pub lever: RecordedLever,
    /// How often it goes wrong.
    pub counts: Counts,
    /// What the counts rest on.
    pub evidence: Evidence,
    /// What changed.
    pub hunks: Vec<Hunk>,
    /// The learned rule, if the change adds one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// How the effect will be judged.
    pub measure: Measure,
    /// The day it was taken back, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<String>,
}

/// A cause's kind and key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCause {
    /// As `argument guessed`.
    pub kind: String,
    /// What makes it this cause, as `guessed create_connection.region`.
    pub key: String,
}

/// A place in the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedLever {
    /// Path from the repository folder.
    pub path: String,
    /// What kind of place.
    pub kind: LeverKind,
    /// Heading, tool or parameter.
    pub label: String,
}

/// How often the cause's event occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Failing conversations with the event, and all failing.
    pub failing: [u32; 2],
    /// Passing conversations with the event, and all passing.
    pub passing: [u32; 2],
    /// Users among the failing with the event.
    pub users: u32,
    /// Share of them that the most frequent user holds, in `[0, 1]`.
    pub top_user_share: f64,
    /// Log-odds z of the contrast.
    pub z: f64,
    /// Its adjusted p.
    pub q: f64,
    /// 95 % interval (Newcombe) of the event's share among failing minus among passing; `None` without conversations.
    pub interval: Option<[f64; 2]>,
}

/// What the counts rest on: enough to recognise the conversations, nothing of what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// How many conversations show the cause.
    pub conversations: usize,
    /// Digest of their sorted ids.
    pub digest: Digest,
    /// Start of the last conversation considered.
    pub cohort_end: Option<String>,
}

/// A learned rule and how long it holds without being shown useful again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Digest of its sentence.
    pub digest: Digest,
    /// The day it expires.
    pub expires: String,
}

/// How the effect will be judged; fixed before the merge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is counted.
    pub metric: String,
    /// Conversations with the event, and all of the intent, before the change.
    pub baseline: [u32; 2],
    /// Days after the merge whose conversations count.
    pub window_days: i64,
    /// Smallest fall of the metric that counts as an effect, as a share in `[0, 1]`.
    pub smallest_effect: f64,
    /// When it counts as what.
    pub decision: String,
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Longer than a record can be.
    #[error("the proposal record is longer than {} KiB", MOST_BYTES >> 10)]
    TooLong,
    /// Not YAML of this shape.
    #[error("the proposal record cannot be read")]
    Unreadable(#[source] serde_yaml::Error),
    /// Made by a newer program.
    #[error("the proposal record has version {0}, and this program knows {VERSION}")]
    Newer(u32),
    /// It cannot be written.
    #[error("the proposal record cannot be written")]
    Unwritable(#[source] serde_yaml::Error),
}

impl Record {
    /// The record of `hunks` as the answer to `finding` at `lever`. `rule` is the sentence of a learned rule, which
    /// expires after `rule_days`.
    pub fn new(
        finding: &Finding,
        lever: &Lever,
        hunks: Vec<Hunk>,
        rule: Option<&str>,
        rule_days: i64,
        now: Timestamp,
    ) -> Self {
        Self {
            version: VERSION,
            id: ProposalId::of(&finding.id, &hunks),
            finding: finding.id.clone(),
            intent: finding.intent.clone(),
            agent: finding.agent.clone(),
            created: now.date(),
            cause: RecordedCause { kind: finding.cause.kind().to_string(), key: finding.cause.key() },
            lever: RecordedLever { path: lever.path.clone(), kind: lever.kind, label: lever.label.clone() },
            counts: Counts::of(finding),
            evidence: Evidence::of(finding),
            hunks,
            rule: rule.map(|text| Rule { digest: Digest::of(text), expires: now.plus_days(rule_days).date() }),
            measure: Measure::of(finding),
            rolled_back: None,
        }
    }

    /// The file's text.
    pub fn to_yaml(&self) -> Result<String, RecordError> {
        let body = serde_yaml::to_string(self).map_err(RecordError::Unwritable)?;
        Ok(format!("{HEADER}{body}"))
    }

    /// Reads a file's text; unknown keys and newer versions are refused.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        #[derive(Deserialize)]
        struct Shape {
            version: u32,
        }
        if text.len() > MOST_BYTES {
            return Err(RecordError::TooLong);
        }
        let shape: Shape = serde_yaml::from_str(text).map_err(RecordError::Unreadable)?;
        if shape.version != VERSION {
            return Err(RecordError::Newer(shape.version));
        }
        serde_yaml::from_str(text).map_err(RecordError::Unreadable)
    }

    /// Whether the proposal changed the file at `path`.
    pub fn changes(&self, path: &str) -> bool {
        self.hunks.iter().any(|hunk| hunk.path == path)
    }
}

impl Counts {
    fn of(finding: &Finding) -> Self {
        let support = finding.support;
        let pair = |with: u32, all: u32| (u64::from(with), u64::from(all));
        let interval = newcombe_independent(
            pair(support.failing_with, support.failing),
            pair(support.passing_with, support.passing),
            0.95,
        );
        Self {
            failing: [support.failing_with, support.failing],
            passing: [support.passing_with, support.passing],
            users: support.users,
            top_user_share: rounded(support.top_user_share),
            z: rounded(support.z),
            q: rounded(support.q),
            interval: interval.map(|interval| [rounded(interval.low), rounded(interval.high)]),
        }
    }
}

impl Evidence {
    fn of(finding: &Finding) -> Self {
        let mut ids: Vec<&str> = finding.conversations.iter().map(|id| id.0.as_str()).collect();
        ids.sort_unstable();
        Self {
            conversations: ids.len(),
            digest: Digest::of_fields(ids.iter().map(|id| id.as_bytes())),
            cohort_end: finding.cohort_end.map(|end| end.to_string()),
        }
    }
}

impl Measure {
    fn of(finding: &Finding) -> Self {
        let add = |sum: u32, count: u32| sum.saturating_add(count);
        let mut baseline = finding
            .weeks
            .iter()
            .fold([0, 0], |[with, all], (_, week_with, week_all)| [add(with, *week_with), add(all, *week_all)]);
        if baseline == [0, 0] {
            let support = finding.support;
            baseline = [support.failing_with, add(support.failing, support.passing)];
        }
        let [with, all] = baseline;
        // Half of the problem gone is the least that is worth a rule in the prompt.
        let smallest_effect = rounded(f64::from(with) / f64::from(all.max(1)) / 2.0);
        Self {
            metric: "share of the intent's conversations that fail with the cause".to_string(),
            baseline,
            window_days: WINDOW_DAYS,
            smallest_effect,
            decision: "verified when the 95 % interval of the change lies below zero and the fall is at least the \
                       smallest effect; refuted when the interval lies above zero; not yet otherwise"
                .to_string(),
        }
    }
}

/// Four decimals: what a reader can use, and the same text on every machine.
fn rounded(value: f64) -> f64 {
    if value.is_finite() { (value * 1e4).round() / 1e4 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use proptest::prelude::*;

    fn record() -> Record {
        let finding = fixtures::finding();
        let hunk =
            Hunk { path: "prompts/a.md".to_string(), removed: String::new(), added: "- Ask: \"x\"\n".to_string() };
        Record::new(&finding, &finding.levers[0], vec![hunk], Some("Ask."), 90, fixtures::NOW)
    }

    #[test]
    fn a_record_survives_its_own_text() {
        let record = record();
        let text = record.to_yaml().unwrap();
        assert_eq!(Record::parse(&text).unwrap(), record);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn unknown_keys_and_newer_versions_are_refused() {
        let text = record().to_yaml().unwrap();
        assert!(matches!(Record::parse(&format!("{text}more: 1\n")), Err(RecordError::Unreadable(_))));
        let deep = text.replace("  q: ", "  extra: 1\n  q: ");
        assert!(matches!(Record::parse(&deep), Err(RecordError::Unreadable(_))));
        assert!(matches!(Record::parse(&text.replace("version: 1", "version: 2")), Err(RecordError::Newer(2))));
        assert!(matches!(Record::parse(""), Err(RecordError::Unreadable(_))));
        assert!(matches!(Record::parse(&"x".repeat(MOST_BYTES + 1)), Err(RecordError::TooLong)));
    }

    #[test]
    fn the_id_depends_on_the_change_and_not_on_the_day() {
        let (finding, now) = (fixtures::finding(), fixtures::NOW);
        let hunks = record().hunks;
        let later = Record::new(&finding, &finding.levers[0], hunks.clone(), None, 90, now.plus_days(3));
        assert_eq!(later.id, record().id);
        let other = Hunk { added: "- Other.\n".to_string(), ..hunks[0].clone() };
        assert_ne!(ProposalId::of(&finding.id, &[other]), record().id);
    }

    #[test]
    fn no_text_of_a_trace_is_in_a_record() {
        let mut finding = fixtures::finding();
        finding.intent_name = "leak one".to_string();
        let hunk = record().hunks;
        let text = Record::new(&finding, &finding.levers[0], hunk, None, 90, fixtures::NOW).to_yaml().unwrap();
        assert!(!text.contains("leak"));
        for id in &finding.conversations {
            assert!(!text.contains(&id.0));
        }
    }

    proptest! {
        #[test]
        fn any_hunk_text_survives(removed in "\\PC{0,30}\n?", added in "[ -~\n\t:#'\"|>&*!%@`{}\\[\\]-]{0,60}") {
            let mut record = record();
            record.hunks[0].removed = removed;
            record.hunks[0].added = added;
            prop_assert_eq!(Record::parse(&record.to_yaml().unwrap()).unwrap(), record);
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,120}|[a-z:{}\\[\\]&* \n-]{0,120}") {
            drop(Record::parse(&text));
        }
    }
}
