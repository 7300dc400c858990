//! Releases: from which moments on something was different.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::standing;
use super::super::untrusted::one_line;
use super::super::workspace::Workspace;
use crate::clock::Timestamp;
use crate::intent::trend::release::{Mark, Origin};
use crate::store::ConversationRow;
use std::collections::BTreeMap;

/// Tags that are looked at, the newest first.
const TAGS: usize = 200;

/// Merges of proposals, tags, and prompt versions by their first conversation, oldest first.
pub fn read<'a>(
    context: &mut Context,
    workspace: &Workspace,
    rows: impl IntoIterator<Item = &'a ConversationRow>,
) -> Result<Vec<Mark>, CommandError> {
    let mut marks = Vec::new();
    let mut versions: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for row in rows {
        if let (Some(version), Some(started)) = (row.prompt_version.as_deref(), row.started) {
            let first = versions.entry(version).or_insert(started);
            *first = started.min(*first);
        }
    }
    let oldest = versions.values().min().copied();
    // The first version of all is where the data begin.
    for (version, at) in versions.into_iter().filter(|(_, at)| Some(*at) != oldest) {
        marks.push(Mark { at, origin: Origin::Version, name: one_line(version) });
    }
    if let Some(repo) = &workspace.repo
        && let Some(head) = repo.head()?.oid()
    {
        match standing::read(workspace, head) {
            Ok(standing) => {
                let merges = standing.merged.into_iter();
                marks.extend(merges.map(|one| Mark { at: one.at, origin: Origin::Merge, name: one.record.id.0 }));
            }
            // What users wanted can be read all the same.
            Err(error) => context.ui.status(format!("merges of proposals are not marked: {error}"))?,
        }
        let mut tags = Vec::new();
        for tag in repo.tags()? {
            tags.push(Mark { at: repo.commit_info(tag.oid)?.time, origin: Origin::Tag, name: one_line(&tag.name) });
        }
        tags.sort_by_key(|tag| std::cmp::Reverse(tag.at));
        tags.truncate(TAGS);
        marks.extend(tags);
    }
    marks.sort();
    Ok(marks)
}
