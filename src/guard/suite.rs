//! Eval suites: a change may add cases. A case is known by its description, or else by all that is in it, in
//! whatever suite it stands.

use super::{ChangeKind, Rule, Snapshot, Violation};
use crate::prompt::yaml::Node;
use std::collections::BTreeSet;

/// Compares the suites of two revisions.
pub(super) fn compare(base: &Snapshot, head: &Snapshot, kind: ChangeKind, found: &mut Vec<Violation>) {
    if base.suites == head.suites {
        return;
    }
    let mut kept = Cases::default();
    for (path, bytes) in &head.suites {
        match read(bytes) {
            Ok(suite) => kept.add(&suite),
            Err((line, problem)) if base.suites.get(path) != Some(bytes) => {
                let violation = Violation::new(Rule::Unreadable, path, problem, "Repair the suite.");
                found.push(Violation { line, ..violation });
            }
            // It was unreadable before.
            Err(_) => {}
        }
    }
    for (path, bytes) in &base.suites {
        if head.suites.get(path) == Some(bytes) {
            continue;
        }
        let Ok(suite) = read(bytes) else { continue };
        let cases = cases(&suite);
        let lost: Vec<&Node> = cases.iter().copied().filter(|case| !kept.has(case)).collect();
        if !head.suites.contains_key(path) {
            if !lost.is_empty() {
                let explanation = format!("the suite is gone, and {} with it", count(lost.len(), "case"));
                found.push(Violation::new(
                    Rule::SuiteRemoved,
                    path,
                    explanation,
                    "Keep its cases, in this suite or another.",
                ));
            }
            continue;
        }
        for case in lost {
            let explanation = format!("the case `{}` is gone", name(case));
            found.push(Violation::new(
                Rule::CaseRemoved,
                path,
                explanation,
                "Keep it; if it is wrong, correct it instead.",
            ));
        }
        for case in cases.iter().filter(|case| kept.has(case) && !kept.has_content(case)) {
            let explanation = format!("the case `{}` asks for something else", name(case));
            let violation = Violation::new(Rule::CaseChanged, path, explanation, "Make sure that it asks for no less.");
            found.push(if kind == ChangeKind::Proposal { violation } else { violation.into_warning() });
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A suite's tree; else the line and what is wrong.
fn read(bytes: &[u8]) -> Result<Node, (Option<usize>, String)> {
    let text = std::str::from_utf8(bytes).map_err(|_| (None, "the suite is not UTF-8 text".to_string()))?;
    Node::parse(text).map_err(|error| (Some(error.position.line), format!("the suite is not YAML: {}", error.problem)))
}

fn cases(suite: &Node) -> Vec<&Node> {
    match suite.get("tests").unwrap_or(suite) {
        Node::List(cases) => cases.iter().collect(),
        _ => Vec::new(),
    }
}

fn description(case: &Node) -> Option<&str> {
    case.get("description").and_then(Node::as_text)
}

/// All of a case but its description.
fn content(case: &Node) -> String {
    match case {
        Node::Map(entries) => {
            let mut entries: Vec<_> = entries.iter().filter(|(key, _)| key != "description").collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            format!("{entries:?}")
        }
        other => format!("{other:?}"),
    }
}

fn name(case: &Node) -> String {
    description(case).map_or_else(|| "without description".to_string(), str::to_string)
}

/// Cases of a revision.
#[derive(Default)]
struct Cases {
    descriptions: BTreeSet<String>,
    contents: BTreeSet<String>,
}

impl Cases {
    fn add(&mut self, suite: &Node) {
        for case in cases(suite) {
            self.descriptions.extend(description(case).map(str::to_string));
            self.contents.insert(content(case));
        }
    }

    fn has(&self, case: &Node) -> bool {
        description(case).is_some_and(|description| self.descriptions.contains(description)) || self.has_content(case)
    }

    fn has_content(&self, case: &Node) -> bool {
        self.contents.contains(&content(case))
    }
}
