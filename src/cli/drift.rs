//! Which earlier versions of a prompt its drift is measured from: the last that people made, and the one in force 90
//! days ago.

use super::error::CommandError;
use super::standing;
use super::workspace::Workspace;
use crate::clock::Timestamp;
use crate::git::Oid;
use crate::proposal::message::{PROPOSAL_TRAILER, ROLLBACK_TRAILER};
use crate::proposal::record::RECORD_FOLDER;
use std::collections::BTreeSet;

/// Days of proposals whose drift is summed.
const DAYS: i64 = 90;

/// Most versions of a prompt that are looked through. Proposals come days apart, so people's last word is among them.
const MOST_VERSIONS: usize = 200;

/// Texts of earlier versions of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// The newest version that no proposal brought.
    pub last_human: Option<Vec<u8>>,
    /// The newest version of at least 90 days ago, or `last_human` where that is newer.
    pub ninety_days_ago: Option<Vec<u8>>,
}

/// The anchors of the file `path` (from the repository folder) at a commit.
pub fn anchors(workspace: &Workspace, at: Oid, path: &str, now: Timestamp) -> Result<Anchors, CommandError> {
    let repo = workspace.repo()?;
    // A commit that brought a record (a merge has no trailers) and changed the prompt that it names is a proposal's.
    let mut by_proposal = BTreeSet::new();
    for entry in repo.list(at, &format!("{}{RECORD_FOLDER}", workspace.prefix))? {
        let Some(record_path) = entry.path.strip_prefix(&workspace.prefix) else { continue };
        let is_record = entry.mode.is_regular() && record_path.ends_with(".yaml");
        if is_record && standing::record(workspace, at, record_path)?.changes(path) {
            by_proposal.extend(repo.history(at, &entry.path, usize::MAX)?.last().map(|first| first.commit));
        }
    }
    let versions = repo.history(at, &format!("{}{path}", workspace.prefix), MOST_VERSIONS)?;
    let mut human = None;
    for (index, version) in versions.iter().enumerate() {
        let commit = repo.commit_info(version.commit)?;
        let ours = [PROPOSAL_TRAILER, ROLLBACK_TRAILER].iter().any(|key| commit.trailer(key).next().is_some());
        if !ours && !by_proposal.contains(&version.commit) {
            human = Some(index);
            break;
        }
    }
    let old = versions.iter().position(|version| version.time <= now.plus_days(-DAYS));
    let bytes = |index: Option<usize>| index.and_then(|index| versions.get(index)).map(|version| version.bytes.clone());
    let newer = match (human, old) {
        (Some(human), Some(old)) => Some(human.min(old)),
        (human, old) => human.or(old),
    };
    Ok(Anchors { last_human: bytes(human), ninety_days_ago: bytes(newer) })
}
