//! Where a fix could go: every section of the prompts, every tool and parameter description, and the place for
//! learned rules, ranked by BM25 against the words of the cause and of the users who met it.

use super::grounding::words;
use super::{Cause, Lever, LeverKind};
use crate::prompt::file::PromptFile;
use crate::prompt::tool::{Spanned, Tool, ToolFile};
use std::collections::BTreeMap;

/// A place that can carry a lever, with the text that says what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What the finding will hold; its score is still 0.
    pub lever: Lever,
    /// The span's text.
    pub text: String,
    /// The tool that the place describes, if any.
    pub tool: Option<String>,
    /// The parameter that it describes, if any.
    pub argument: Option<String>,
}

/// BM25's two constants at their usual values (Robertson and Zaragoza 2009).
const K1: f64 = 1.2;
/// See [`K1`].
const B: f64 = 0.75;
/// Levers kept for a finding.
const KEPT: usize = 6;

/// The places of a repository: prompts in the config's order, then tools.
pub fn places(prompts: &[PromptFile], tools: &[ToolFile]) -> Vec<Place> {
    let mut places = Vec::new();
    for prompt in prompts {
        for section in &prompt.sections {
            let frozen = prompt
                .frozen
                .iter()
                .any(|frozen| frozen.range.start < section.whole.end && section.whole.start < frozen.range.end);
            let Some(text) = prompt.text_of(&section.whole) else { continue };
            if frozen || text.trim().is_empty() {
                continue;
            }
            places.push(Place {
                lever: Lever {
                    path: prompt.path.clone(),
                    kind: LeverKind::Section,
                    label: section.title.clone(),
                    start: section.whole.start,
                    end: section.whole.end,
                    score: 0.0,
                },
                text: text.to_string(),
                tool: None,
                argument: None,
            });
        }
        let rules = prompt.learned_rules();
        places.push(Place {
            lever: Lever {
                path: prompt.path.clone(),
                kind: LeverKind::LearnedRules,
                label: rules.heading.clone(),
                start: rules.range.end,
                end: rules.range.end,
                score: 0.0,
            },
            text: String::new(),
            tool: None,
            argument: None,
        });
    }
    for file in tools {
        let path = &file.path;
        for tool in &file.tools {
            places.extend(described(path, tool, LeverKind::ToolDescription, None, tool.description.as_ref()));
            for parameter in &tool.parameters {
                let kind = LeverKind::ParameterDescription;
                places.extend(described(path, tool, kind, Some(&parameter.name), parameter.description.as_ref()));
            }
        }
    }
    places
}

/// The place of a description; none where it is missing or written so that it cannot be edited in place.
fn described(
    path: &str,
    tool: &Tool,
    kind: LeverKind,
    argument: Option<&str>,
    description: Option<&Spanned>,
) -> Option<Place> {
    let description = description?;
    let range = description.range.clone()?;
    let label = argument.map_or_else(|| tool.name.clone(), |argument| format!("{}.{argument}", tool.name));
    Some(Place {
        lever: Lever { path: path.to_string(), kind, label, start: range.start, end: range.end, score: 0.0 },
        text: format!("{} {} {}", tool.name, argument.unwrap_or_default(), description.value),
        tool: Some(tool.name.clone()),
        argument: argument.map(str::to_string),
    })
}

/// The levers for a cause, best first. The place for learned rules ranks with the best section of its file: it can
/// carry any rule, and adding there removes nothing.
pub fn rank(places: &[Place], cause: &Cause, openings: &[&str]) -> Vec<Lever> {
    let mut query = words(&cause.key());
    for opening in openings.iter().take(20) {
        query.push(' ');
        query.push_str(&words(opening));
    }
    let mut terms: BTreeMap<&str, f64> = BTreeMap::new();
    for term in query.split_whitespace().filter(|term| term.len() > 2) {
        *terms.entry(term).or_insert(0.0) += 1.0;
    }
    let documents: Vec<Vec<String>> =
        places.iter().map(|place| words(&place.text).split_whitespace().map(str::to_string).collect()).collect();
    let average = documents.iter().map(Vec::len).sum::<usize>() as f64 / documents.len().max(1) as f64;
    let frequency = |term: &str| documents.iter().filter(|words| words.iter().any(|word| word == term)).count() as f64;
    let mut scores = vec![0.0; places.len()];
    for (term, weight) in &terms {
        let with = frequency(term);
        if with == 0.0 {
            continue;
        }
        let idf = ((documents.len() as f64 - with + 0.5) / (with + 0.5)).ln_1p();
        for (score, document) in scores.iter_mut().zip(&documents) {
            let count = document.iter().filter(|word| word == term).count() as f64;
            let length = document.len() as f64 / average.max(1.0);
            *score += weight.ln_1p() * idf * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
        }
    }
    let mut levers: Vec<Lever> = places
        .iter()
        .zip(scores)
        .filter(|(place, _)| belongs(place, cause))
        .map(|(place, score)| Lever { score, ..place.lever.clone() })
        .collect();
    let best: BTreeMap<String, f64> = levers.iter().fold(BTreeMap::new(), |mut best, lever| {
        let most = best.entry(lever.path.clone()).or_insert(0.0);
        *most = lever.score.max(*most);
        best
    });
    for lever in &mut levers {
        if lever.kind == LeverKind::LearnedRules {
            lever.score = best.get(&lever.path).copied().unwrap_or(0.0);
        }
    }
    let rank = |kind: LeverKind| u8::from(kind != LeverKind::LearnedRules);
    levers.sort_by(|left, right| {
        right
            .score
            .total_cmp(&left.score)
            .then_with(|| rank(left.kind).cmp(&rank(right.kind)))
            .then_with(|| (&left.path, left.start).cmp(&(&right.path, right.start)))
    });
    keep_learned_rules(&levers)
}

/// Descriptions of tools and parameters that the cause is not about cannot fix it.
fn belongs(place: &Place, cause: &Cause) -> bool {
    let Some(tool) = &place.tool else { return true };
    match cause {
        Cause::ArgumentGuessed { tool: about, argument } | Cause::ArgumentRejected { tool: about, argument, .. } => {
            tool == about && place.argument.as_ref().is_none_or(|name| name == argument)
        }
        Cause::WrongTool { called, instead } => place.argument.is_none() && (tool == called || tool == instead),
        Cause::RepeatedFailure { tool: about } => tool == about && place.argument.is_none(),
        Cause::RepeatedCorrection { .. } => false,
    }
}

/// The best levers, with a place for learned rules among them even when others score higher.
fn keep_learned_rules(levers: &[Lever]) -> Vec<Lever> {
    let rules = levers.iter().position(|lever| lever.kind == LeverKind::LearnedRules);
    let mut kept: Vec<Lever> = levers.iter().take(KEPT).cloned().collect();
    if let Some(position) = rules
        && position >= KEPT
        && let Some(lever) = levers.get(position)
    {
        kept.pop();
        kept.push(lever.clone());
    }
    kept
}
