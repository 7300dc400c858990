//! Changes of the config. What guards may only grow, and what decides about prompts elsewhere is named.

use super::{ChangeKind, Rule, Snapshot, Violation};
use crate::prompt::config::{AgentConfig, Config, FILE_NAME, Mode, PromptConfig};
use crate::prompt::yaml::{Part, Position, Step, locate};

/// The config of a snapshot; a violation and `None` when it cannot be used.
pub(super) fn config(snapshot: &Snapshot, found: &mut Vec<Violation>) -> Option<Config> {
    let Some(bytes) = &snapshot.config else { return Some(Config::defaults()) };
    let invalid = |line: usize, explanation: String| {
        Violation::new(Rule::ConfigInvalid, FILE_NAME, explanation, "Repair the config.").at_line(line)
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        found.push(invalid(1, "the config is not UTF-8 text".to_string()));
        return None;
    };
    match Config::parse(text, FILE_NAME) {
        Ok(config) => Some(config),
        Err(error) => {
            found.push(invalid(error.position.line, error.problem.to_string()));
            None
        }
    }
}

/// Where the head keeps the prompt that the base calls `prompt`.
pub(super) fn path_in_head(prompt: &PromptConfig, new: &Config, head: &Snapshot) -> String {
    if head.prompts.contains_key(&prompt.path) {
        return prompt.path.clone();
    }
    let renamed = new.prompts().find(|(_, other)| other.name == prompt.name);
    renamed.map_or_else(|| prompt.path.clone(), |(_, other)| other.path.clone())
}

/// Compares two valid configs.
pub(super) fn compare(
    old: &Config,
    new: &Config,
    base: &Snapshot,
    head: &Snapshot,
    kind: ChangeKind,
    found: &mut Vec<Violation>,
) {
    if base.config == head.config {
        return;
    }
    let mut report = Report { text: head.config.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()), found };
    if kind == ChangeKind::Proposal {
        report.refuse(Rule::ConfigChanged, &[], "a proposal never changes the config".to_string());
    }
    for agent in &old.agents {
        match new.agents.iter().position(|other| other.name == agent.name) {
            None => {
                let unguarded = !agent.prompts.is_empty();
                if unguarded {
                    let explanation =
                        format!("the agent `{}` is no longer listed, so nothing guards its prompts", agent.name);
                    report.refuse(Rule::ConfigWeakened, &["agents"], explanation);
                }
            }
            Some(index) => compare_agent(agent, &new.agents[index], index, &mut report),
        }
    }
    let (was, is) = (&old.guardrails, &new.guardrails);
    for sentence in was.immutable.iter().filter(|sentence| !is.immutable.contains(sentence)) {
        let explanation = format!("the sentence `{}` is no longer immutable", sentence.trim());
        report.refuse(Rule::ConfigWeakened, &["guardrails", "immutable"], explanation);
    }
    for key in was.limits.loosened_in(&is.limits) {
        let explanation = format!("the limit `{key}` is wider than before");
        report.refuse(Rule::ConfigWeakened, &["guardrails", "limits", key], explanation);
    }
    let gates = [
        (new.eval.repeat < old.eval.repeat, "repeat", "each case is run less often"),
        (new.eval.alpha > old.eval.alpha, "alpha", "the gate accepts weaker evidence"),
        (new.eval.margin > old.eval.margin, "margin", "the gate accepts a larger loss"),
        (
            old.eval.inconclusive_fails && !new.eval.inconclusive_fails,
            "on_inconclusive",
            "an inconclusive eval now passes",
        ),
    ];
    for (weaker, key, explanation) in gates {
        if weaker {
            report.refuse(Rule::ConfigWeakened, &["eval", key], explanation.to_string());
        }
    }
    for glob in old.eval.suites.iter().filter(|glob| !new.eval.suites.contains(glob)) {
        report.refuse(Rule::ConfigWeakened, &["eval", "suites"], format!("the suites `{glob}` are no longer listed"));
    }
    if old.outcome != new.outcome {
        let explanation = "success and failure are defined otherwise, so numbers before and after do not compare";
        report.refuse(Rule::Outcome, &["outcome"], explanation.to_string());
    }
    if old.flags != new.flags {
        report.warn(&["release", "flags"], "another flag file decides what is live".to_string());
    }
    if old.archive_link != new.archive_link {
        report.warn(&["archive", "link"], "evidence links lead elsewhere".to_string());
    }
}

fn compare_agent(old: &AgentConfig, new: &AgentConfig, index: usize, report: &mut Report<'_, '_>) {
    let index = index.to_string();
    let at = |key| ["agents", index.as_str(), key];
    let name = &old.name;
    if old.mode == Mode::Observe && new.mode == Mode::Propose {
        report.refuse(Rule::ConfigWeakened, &at("mode"), format!("proposals would be made for `{name}`"));
    }
    if old.run != new.run {
        report.refuse(Rule::RunCommand, &at("run"), format!("`{name}` would be run in another way"));
    }
    if old.traces != new.traces {
        report.warn(&at("traces"), format!("other conversations count as those of `{name}`"));
    }
    for glob in old.tools.iter().filter(|glob| !new.tools.contains(glob)) {
        report.warn(&at("tools"), format!("the tools `{glob}` of `{name}` are no longer listed"));
    }
    for prompt in &old.prompts {
        let same = |other: &&PromptConfig| other.path == prompt.path || other.name == prompt.name;
        let Some(now) = new.prompts.iter().find(same) else {
            let explanation = format!("the prompt `{}` is no longer listed, so nothing guards it", prompt.path);
            report.refuse(Rule::ConfigWeakened, &at("prompts"), explanation);
            continue;
        };
        for heading in prompt.frozen.iter().filter(|heading| !now.frozen.contains(heading)) {
            let explanation = format!("`{heading}` of `{}` is no longer frozen", prompt.path);
            report.refuse(Rule::ConfigWeakened, &at("prompts"), explanation);
        }
        if prompt.learned_rules != now.learned_rules {
            report.warn(&at("prompts"), format!("learned rules of `{}` go to another section", prompt.path));
        }
    }
}

/// Collects violations at keys of the head's config.
struct Report<'t, 'f> {
    text: Option<&'t str>,
    found: &'f mut Vec<Violation>,
}

impl Report<'_, '_> {
    fn refuse(&mut self, rule: Rule, key: &[&str], explanation: String) {
        let advice = "Undo it, or let a maintainer allow it by name.";
        let violation = Violation { line: self.line(key), ..Violation::new(rule, FILE_NAME, explanation, advice) };
        self.found.push(violation);
    }

    fn warn(&mut self, key: &[&str], explanation: String) {
        let advice = "Make sure that this is meant.";
        let violation = Violation::new(Rule::ConfigChanged, FILE_NAME, explanation, advice).into_warning();
        self.found.push(Violation { line: self.line(key), ..violation });
    }

    /// The line of the deepest part of `key` that is in the head.
    fn line(&self, key: &[&str]) -> Option<usize> {
        let text = self.text?;
        let step = |part: &&str| part.parse().map_or_else(|_| Step::Key((*part).to_string()), Step::Index);
        let path: Vec<Step> = key.iter().map(step).collect();
        (1..=path.len()).rev().find_map(|length| {
            let part = match path.get(length - 1) {
                Some(Step::Index(_)) => Part::Value,
                _ => Part::Key,
            };
            locate(text, path.get(..length)?, part).map(|Position { line, .. }| line)
        })
    }
}
