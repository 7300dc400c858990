//! What git says about earlier proposals: the records at a commit, and the branches that wait for review.

use super::error::{CommandError, ErrorKind};
use super::workspace::{At, Workspace};
use crate::git::Oid;
use crate::proposal::cadence::{Merged, Open, Standing};
use crate::proposal::message::{BRANCH_PREFIX, finding_of_branch};
use crate::proposal::record::{RECORD_FOLDER, Record};
use std::collections::BTreeSet;

/// Reads the standing at `head`. A record that cannot be read is an error: the limits rest on it.
pub fn read(workspace: &Workspace, head: Oid) -> Result<Standing, CommandError> {
    let repo = workspace.repo()?;
    let folder = format!("{}{RECORD_FOLDER}", workspace.prefix);
    let mut merged = Vec::new();
    for entry in repo.list(head, &folder)? {
        let Some(path) = entry.path.strip_prefix(&workspace.prefix) else { continue };
        if !entry.mode.is_regular() || !path.ends_with(".yaml") {
            continue;
        }
        let record = record(workspace, head, path)?;
        // The oldest version is the one that the merge brought; a rollback writes another.
        let history = repo.history(head, &entry.path, usize::MAX)?;
        let Some(first) = history.last() else { continue };
        merged.push(Merged { record, at: first.time });
    }
    let landed: BTreeSet<&str> = merged.iter().filter_map(|one| one.record.id.0.strip_prefix("p-")).collect();
    let mut seen = BTreeSet::new();
    let mut open = Vec::new();
    let remote = repo.remote_branches(BRANCH_PREFIX)?.into_iter().filter_map(|mut branch| {
        branch.name = branch.name.split_once('/')?.1.to_string();
        Some(branch)
    });
    for branch in repo.branches(BRANCH_PREFIX)?.into_iter().chain(remote) {
        let Some(finding) = finding_of_branch(&branch.name) else { continue };
        let is_merged = branch.name.rsplit_once('-').is_some_and(|(_, content)| landed.contains(content));
        if is_merged || repo.is_ancestor(branch.oid, head)? || !seen.insert(branch.name.clone()) {
            continue;
        }
        open.push(Open { branch: branch.name, finding });
    }
    Ok(Standing { open, merged })
}

/// The record at `path` (from the repository folder) in a commit.
pub fn record(workspace: &Workspace, commit: Oid, path: &str) -> Result<Record, CommandError> {
    let attempt = || format!("cannot read the proposal record `{path}` at {}", commit.short());
    let bytes = workspace.read(At::Commit(commit), path)?.unwrap_or_default();
    let hint = "Restore it from the history, or delete it if the proposal does not matter any more.";
    let text = String::from_utf8(bytes)
        .map_err(|error| CommandError::new(ErrorKind::Integrity, attempt()).caused_by(error).hint(hint))?;
    Record::parse(&text).map_err(|error| CommandError::new(ErrorKind::Integrity, attempt()).caused_by(error).hint(hint))
}
