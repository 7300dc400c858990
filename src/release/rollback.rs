//! The way back, as a plan: which proposal was last merged for a prompt and how its lines are taken out of the text
//! as it is now, or which version is put back whole; and which variant of the prompt's flag is the last good one.
//! Nothing is guessed: where the lines have changed since, the plan is refused and says so.

use super::flags::Flag;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::prompt::version::normalized_digest;
use crate::proposal::cadence::Merged;
use crate::proposal::hunk::{self, Hunk, RevertError};
use crate::proposal::record::{ProposalId, RecordError};
use std::collections::{BTreeMap, BTreeSet};

/// One version of a prompt file on the branch that ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit that brought it, as hex.
    pub commit: String,
    /// When.
    pub at: Timestamp,
    /// The file's content.
    pub bytes: Vec<u8>,
}

impl Version {
    /// What this version is called in flag files and traces: the SHA-256 of the file, that of its text without
    /// trailing white space, and the commit.
    pub fn names(&self) -> Vec<String> {
        let text = std::str::from_utf8(&self.bytes).ok().and_then(normalized_digest);
        let mut names = vec![Digest::of(&self.bytes).to_string()];
        names.extend(text.map(|digest| digest.to_string()));
        names.push(self.commit.clone());
        names
    }

    /// Whether `wanted` is one of the names or the first eight or more digits of one.
    pub fn is_called(&self, wanted: &str) -> bool {
        wanted.len() >= 8 && self.names().iter().any(|name| name.starts_with(wanted))
    }
}

/// A plan that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    /// No proposal was merged for this prompt, or each was taken back already.
    #[error("there is no merged proposal for `{0}` that could be taken back")]
    NothingMerged(String),
    /// A file that the proposal changed is gone or is not text.
    #[error("`{0}`, which proposal {1} changed, is not there as text any more")]
    Missing(String, ProposalId),
    /// The proposal's lines cannot be taken out.
    #[error("proposal {proposal} cannot be taken back by itself")]
    Conflict {
        /// The proposal.
        proposal: ProposalId,
        /// Why.
        source: RevertError,
    },
    /// The record cannot be marked as taken back.
    #[error("the record of proposal {0} cannot be marked as taken back")]
    Record(ProposalId, #[source] RecordError),
    /// The prompt is as it was in that version.
    #[error("`{0}` is already as it was in that version")]
    AlreadyThere(String),
}

/// New contents by path from the repository folder.
pub type Changes = BTreeMap<String, Vec<u8>>;

/// The proposal that was merged last for the prompt at `path` and not taken back.
pub fn last_merged<'a>(merged: &'a [Merged], path: &str) -> Option<&'a Merged> {
    merged
        .iter()
        .filter(|one| one.record.rolled_back.is_none() && one.record.changes(path))
        .max_by_key(|one| (one.at, &one.record.id))
}

/// Takes `proposal` back: its lines leave every file that it changed, and its record says since when. `current` holds
/// those files as they are now.
pub fn take_back(
    proposal: &Merged,
    current: &BTreeMap<String, Vec<u8>>,
    now: Timestamp,
) -> Result<Changes, RollbackError> {
    let record = &proposal.record;
    let paths: BTreeSet<&str> = record.hunks.iter().map(|hunk| hunk.path.as_str()).collect();
    let mut changes = Changes::new();
    for path in paths {
        let missing = || RollbackError::Missing(path.to_string(), record.id.clone());
        let bytes = current.get(path).ok_or_else(missing)?;
        let text = std::str::from_utf8(bytes).map_err(|_| missing())?;
        let hunks: Vec<&Hunk> = record.hunks.iter().filter(|hunk| hunk.path == path).collect();
        let reverted = hunk::revert(text, &hunks)
            .map_err(|source| RollbackError::Conflict { proposal: record.id.clone(), source })?;
        changes.insert(path.to_string(), reverted.into_bytes());
    }
    let mut marked = record.clone();
    marked.rolled_back = Some(now.date());
    let yaml = marked.to_yaml().map_err(|source| RollbackError::Record(record.id.clone(), source))?;
    changes.insert(record.id.record_path(), yaml.into_bytes());
    Ok(changes)
}

/// Puts the prompt at `path` back to `version`.
pub fn restore(path: &str, current: &[u8], version: &[u8]) -> Result<Changes, RollbackError> {
    if current == version {
        return Err(RollbackError::AlreadyThere(path.to_string()));
    }
    Ok(Changes::from([(path.to_string(), version.to_vec())]))
}

/// The last good version of the prompt at `path`: the newest one before the version that is live now and that no
/// proposal brought which was taken back since. `versions` are newest first, the live one at the front;
/// `undone` is the proposal that is being taken back, which is not good either.
pub fn last_good<'a>(versions: &'a [Version], merged: &[Merged], undone: Option<&Merged>) -> Option<&'a Version> {
    let before = undone.map_or(Timestamp(i64::MAX), |proposal| proposal.at);
    // A record and its change arrive in one commit, so their times are equal.
    let bad = |version: &&Version| merged.iter().any(|one| one.record.rolled_back.is_some() && one.at == version.at);
    versions.iter().skip(1).filter(|version| version.at < before).find(|version| !bad(version))
}

/// The variant of `flag` that stands for `version`, if it has one.
pub fn variant_of<'a>(flag: &'a Flag, version: &Version) -> Option<&'a str> {
    version.names().iter().find_map(|name| flag.variant_for(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Cause, Finding, FindingId, FindingState, Lever, LeverKind, Support};
    use crate::intent::IntentId;
    use crate::proposal::record::Record;
    use crate::release::flags;

    const NOW: Timestamp = Timestamp(1_773_478_800_000);
    const BEFORE: &str = "Be kind.\n\n## Learned rules\n\n- One.\n";
    const AFTER: &str = "Be kind.\n\n## Learned rules\n\n- One.\n- Two.\n";

    fn merged(path: &str, days_ago: i64) -> Merged {
        let intent = IntentId("i-abc123".to_string());
        let cause = Cause::RepeatedFailure { tool: "pay".to_string() };
        let lever = Lever {
            path: path.to_string(),
            kind: LeverKind::LearnedRules,
            label: "x".to_string(),
            start: 0,
            end: 0,
            score: 1.0,
        };
        let support = Support {
            failing_with: 5,
            passing_with: 0,
            failing: 9,
            passing: 30,
            users: 5,
            top_user_share: 0.2,
            z: 3.0,
            q: 0.01,
        };
        let finding = Finding {
            id: FindingId::of(&intent, &cause),
            intent,
            intent_name: "x".to_string(),
            agent: "a".to_string(),
            cause,
            score: 1.0,
            support,
            levers: vec![lever.clone()],
            quotes: Vec::new(),
            conversations: Vec::new(),
            weeks: Vec::new(),
            state: FindingState::Shipped,
            cohort_end: None,
        };
        let record = Record::new(&finding, &lever, hunk::hunks(path, BEFORE, AFTER), None, 90, NOW);
        Merged { record, at: NOW.plus_days(-days_ago) }
    }

    fn files(text: &str) -> BTreeMap<String, Vec<u8>> {
        BTreeMap::from([("a.md".to_string(), text.as_bytes().to_vec())])
    }

    fn version(text: &str, days_ago: i64) -> Version {
        Version { commit: format!("{days_ago:040}"), at: NOW.plus_days(-days_ago), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn the_newest_merged_proposal_of_the_prompt_is_taken_back_and_marked() {
        let mut gone = merged("a.md", 1);
        gone.record.rolled_back = Some("2026-03-13".to_string());
        let all = [merged("a.md", 20), merged("b.md", 2), merged("a.md", 10), gone];
        let last = last_merged(&all, "a.md").unwrap();
        assert_eq!(last.at, NOW.plus_days(-10));
        assert!(last_merged(&all, "c.md").is_none());
        let changes = take_back(last, &files(&AFTER.replace("kind", "brief")), NOW).unwrap();
        assert_eq!(changes.get("a.md").unwrap(), BEFORE.replace("kind", "brief").as_bytes());
        let record = changes.get(&last.record.id.record_path()).unwrap();
        let record = Record::parse(std::str::from_utf8(record).unwrap()).unwrap();
        assert_eq!(record.rolled_back.as_deref(), Some("2026-03-14"));
    }

    #[test]
    fn lines_that_changed_since_are_a_conflict_and_a_missing_file_an_error() {
        let proposal = merged("a.md", 3);
        let conflict = take_back(&proposal, &files(BEFORE), NOW).unwrap_err();
        assert!(matches!(conflict, RollbackError::Conflict { source: RevertError::Changed(_), .. }));
        assert!(matches!(take_back(&proposal, &BTreeMap::new(), NOW), Err(RollbackError::Missing(..))));
        let binary = BTreeMap::from([("a.md".to_string(), vec![0xff])]);
        assert!(matches!(take_back(&proposal, &binary, NOW), Err(RollbackError::Missing(..))));
    }

    #[test]
    fn a_version_is_restored_whole_or_already_there() {
        let changes = restore("a.md", AFTER.as_bytes(), BEFORE.as_bytes()).unwrap();
        assert_eq!(changes, files(BEFORE));
        assert!(matches!(restore("a.md", b"x", b"x"), Err(RollbackError::AlreadyThere(_))));
    }

    #[test]
    fn the_last_good_version_is_before_the_proposal_and_was_not_taken_back() {
        let versions = [version("four", 1), version("three", 5), version("two", 10), version("one", 20)];
        let mut bad = merged("a.md", 10);
        bad.record.rolled_back = Some("2026-03-06".to_string());
        let undone = merged("a.md", 5);
        assert_eq!(last_good(&versions, &[bad.clone(), undone.clone()], Some(&undone)), versions.get(3));
        assert_eq!(last_good(&versions, &[bad], None), versions.get(1));
        assert_eq!(last_good(&versions[..1], &[], None), None);
    }

    #[test]
    fn a_version_finds_its_variant_by_content_hash_or_commit() {
        let good = version("one", 20);
        let short = Digest::of("one").short(12);
        let text = format!(
            r#"{{"flags":{{"p":{{"variants":{{"{short}":1,"by-commit":"{}"}},"defaultVariant":"x"}}}}}}"#,
            version("z", 3).commit
        );
        let flag = flags::read(&text, "p").unwrap();
        assert_eq!(variant_of(&flag, &good), Some(short.as_str()));
        assert_eq!(variant_of(&flag, &version("else", 3)), Some("by-commit"));
        assert_eq!(variant_of(&flag, &version("else", 4)), None);
        assert!(good.is_called(&short) && !good.is_called("00") && !good.is_called(""));
    }
}
