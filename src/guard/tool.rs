//! Tool files: readable for everybody, and for a proposal the same in everything but descriptions.

use super::{Change, ChangeKind, Rule, Snapshot, Violation, unreadable_tool};
use crate::prompt::ToolFile;

/// Compares the tool files of two revisions.
pub(super) fn compare(
    base: &Snapshot,
    head: &Snapshot,
    kind: ChangeKind,
    found: &mut Vec<Violation>,
    changes: &mut Vec<Change>,
) {
    let contract = |path: &str, explanation: String| {
        let advice = "Change descriptions only; schemas belong to the program that runs the tools.";
        Violation::new(Rule::ToolContract, path, explanation, advice)
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for (path, new) in &head.tools {
        let old = base.tools.get(path);
        if old == Some(new) {
            continue;
        }
        let after = match unreadable_tool(path, new) {
            Ok(after) => after,
            Err(violation) => {
                found.push(violation);
                continue;
            }
        };
        let before = old.and_then(|old| ToolFile::parse(path, old).ok());
        if kind == ChangeKind::Proposal {
            match &before {
                None => found.push(contract(path, "a proposal never adds a tool file".to_string())),
                Some(before) => found.extend(changed_contract(before, &after).map(|what| contract(path, what))),
            }
        }
        let before = old.map_or_else(String::new, |old| text(old));
        changes.push(Change { path: path.clone(), before, after: text(new), prompt: false });
    }
    if kind == ChangeKind::Proposal {
        for path in base.tools.keys().filter(|path| !head.tools.contains_key(*path)) {
            found.push(contract(path, "a proposal never removes a tool file".to_string()));
        }
    }
}

fn changed_contract(before: &ToolFile, after: &ToolFile) -> Option<String> {
    if before.tools.len() != after.tools.len() {
        return Some("the number of tools changes".to_string());
    }
    let changed = before.tools.iter().zip(&after.tools).find(|(old, new)| old.contract() != new.contract());
    changed.map(|(old, _)| format!("the schema of `{}` changes", old.name))
}
