//! `check`: holds a change of prompts, tools, suites and config against the rules of the base. Offline, without
//! secrets, in a moment; what the agent does with the change is `eval`'s question.

use super::context::Context;
use super::drift::anchors;
use super::error::CommandError;
use super::eval::report::Revision;
use super::eval::side::{Side, sides};
use super::exit_code::ExitCode;
use super::ui::Tone;
use super::untrusted::one_line;
use super::view::number::counted;
use super::view::table::{Align, Table};
use super::workspace::{At, Workspace};
use crate::evaluation::suite::Suite;
use crate::guard::{self, ChangeKind, Rule, Severity, Snapshot, Violation, limit};
use crate::prompt::PromptFile;
use crate::prompt::config::{Config, FILE_NAME};
use crate::proposal::record::RECORD_FOLDER;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Compare with the merge base of REV and the head [default: the pull request's base branch, else the upstream, else
    /// main]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Check REV [default: HEAD in CI, otherwise the work tree]
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// Let violations of RULE pass, and say so in the result; may be repeated
    #[arg(long, value_name = "RULE", value_parser = rule)]
    pub allow: Vec<Rule>,
}

fn rule(name: &str) -> Result<Rule, String> {
    Rule::named(name).ok_or_else(|| {
        let names: Vec<&str> = Rule::ALL.iter().map(|(_, name)| *name).collect();
        format!("there is no rule of this name; rules: {}", names.join(", "))
    })
}

/// `reprompt/check/v1`.
#[derive(Debug, Serialize)]
struct Report {
    base: Revision,
    head: Revision,
    /// Whether the limits of proposals apply.
    proposal: bool,
    passed: bool,
    violations: Vec<Row>,
}

/// One violation.
#[derive(Debug, Serialize)]
struct Row {
    rule: &'static str,
    /// `refused`, `allowed` or `warning`.
    verdict: &'static str,
    path: String,
    line: Option<usize>,
    explanation: String,
    advice: String,
}

/// Runs `check`.
pub fn run(context: &mut Context, args: &CheckArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let (base, head) = sides(context, &workspace, args.base.as_deref(), args.head.as_deref())?;
    let configs = Configs::read(context, &workspace, &base, &head)?;
    let listed = configs.listed();
    let before = snapshot(&workspace, base.at, configs.base_text.clone(), &listed)?;
    let after = snapshot(&workspace, head.at, configs.head_text.clone(), &listed)?;
    let proposal = brings_record(&workspace, base.at, head.at)?;
    let kind = if proposal { ChangeKind::Proposal } else { ChangeKind::Human };
    let mut violations = guard::check(&before, &after, kind);
    violations.extend(bad_suites(&before, &after));
    if proposal {
        violations.extend(drift(context, &workspace, &configs, &base, &after)?);
    }
    violations.sort();
    violations.dedup();

    let rows: Vec<Row> = violations.into_iter().map(|violation| row(violation, &args.allow)).collect();
    let passed = !rows.iter().any(|row| row.verdict == "refused");
    let report = Report { base: base.revision, head: head.revision, proposal, passed, violations: rows };
    if context.globals.json {
        context.json("reprompt/check/v1", &report)?;
    } else {
        show(context, &report, before == after)?;
    }
    Ok(if passed { ExitCode::Done } else { ExitCode::CheckFailed })
}

/// The configs of both sides, as text and, where they can be used, as values.
struct Configs {
    base_text: Option<Vec<u8>>,
    head_text: Option<Vec<u8>>,
    base: Option<Config>,
    head: Option<Config>,
}

/// Which files are compared.
struct Listed {
    prompts: BTreeSet<String>,
    tools: Vec<String>,
    suites: Vec<String>,
}

impl Configs {
    fn read(context: &Context, workspace: &Workspace, base: &Side, head: &Side) -> Result<Self, CommandError> {
        let (base_text, head_text) = match (&context.globals.config, &workspace.config_path) {
            // With `-c`, the same config rules both sides.
            (Some(_), Some(path)) => {
                let bytes = fs::read(path)
                    .map_err(|error| CommandError::io(format!("cannot read the config `{}`", path.display()), error))?;
                (Some(bytes.clone()), Some(bytes))
            }
            _ => (workspace.read(base.at, FILE_NAME)?, workspace.read(head.at, FILE_NAME)?),
        };
        let parse = |bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| Config::parse(text, FILE_NAME).ok()),
            None => Some(Config::defaults()),
        };
        let (base, head) = (parse(&base_text), parse(&head_text));
        Ok(Self { base_text, head_text, base, head })
    }

    /// Everything that either config lists.
    fn listed(&self) -> Listed {
        let mut listed = Listed { prompts: BTreeSet::new(), tools: Vec::new(), suites: Vec::new() };
        for config in self.base.iter().chain(&self.head) {
            listed.prompts.extend(config.prompts().map(|(_, prompt)| prompt.path.clone()));
            listed.tools.extend(config.agents.iter().flat_map(|agent| agent.tools.iter().cloned()));
            listed.suites.extend(config.eval.suites.iter().cloned());
        }
        listed
    }
}

fn snapshot(workspace: &Workspace, at: At, config: Option<Vec<u8>>, listed: &Listed) -> Result<Snapshot, CommandError> {
    let read = |paths: Vec<String>| -> Result<BTreeMap<String, Vec<u8>>, CommandError> {
        let mut files = BTreeMap::new();
        for path in paths {
            if let Some(bytes) = workspace.read(at, &path)? {
                files.insert(path, bytes);
            }
        }
        Ok(files)
    };
    let prompts = read(listed.prompts.iter().cloned().collect())?;
    let mut tools = read(workspace.matching(at, &listed.tools)?)?;
    tools.retain(|path, _| !prompts.contains_key(path));
    Ok(Snapshot { config, prompts, tools, suites: read(workspace.matching(at, &listed.suites)?)? })
}

/// Whether the change brings a proposal record: then it is a proposal, and its limits apply.
fn brings_record(workspace: &Workspace, base: At, head: At) -> Result<bool, CommandError> {
    let records = |at| -> Result<BTreeSet<String>, CommandError> {
        let pattern = [format!("{RECORD_FOLDER}/*.yaml")];
        Ok(workspace.matching(at, &pattern)?.into_iter().collect())
    };
    Ok(records(head)?.difference(&records(base)?).next().is_some())
}

/// Suites that the change breaks: the guards compare their cases, `eval` has to understand them.
fn bad_suites(before: &Snapshot, after: &Snapshot) -> Vec<Violation> {
    let changed = after.suites.iter().filter(|(path, bytes)| before.suites.get(*path) != Some(bytes));
    let read = changed.filter_map(|(path, bytes)| Some((path, std::str::from_utf8(bytes).ok()?)));
    read.filter_map(|(path, text)| {
        let error = Suite::parse(path, text).err()?;
        let syntax = matches!(*error.problem, crate::prompt::config::ConfigProblem::Syntax(_));
        // The guards have said that it is not YAML.
        (!syntax).then(|| Violation {
            severity: Severity::Refuse,
            path: path.clone(),
            line: Some(error.position.line),
            rule: Rule::Unreadable,
            explanation: format!("`eval` cannot use the suite: {}", error.problem),
            advice: "Repair the suite.".to_string(),
        })
    })
    .collect()
}

/// How far the proposal leads from the versions that people made.
fn drift(
    context: &Context,
    workspace: &Workspace,
    configs: &Configs,
    base: &Side,
    after: &Snapshot,
) -> Result<Vec<Violation>, CommandError> {
    let (At::Commit(commit), Some(config)) = (base.at, &configs.base) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (_, prompt) in config.prompts() {
        let Some(bytes) = after.prompts.get(&prompt.path) else { continue };
        let text = |bytes: &[u8]| {
            PromptFile::parse(&prompt.path, bytes, prompt).ok().map(|file| file.system_text().to_string())
        };
        let Some(new) = text(bytes) else { continue };
        let anchors = anchors(workspace, commit, &prompt.path, context.now())?;
        let (human, old) = (anchors.last_human.and_then(|b| text(&b)), anchors.ninety_days_ago.and_then(|b| text(&b)));
        let limits = &config.guardrails.limits;
        found.extend(limit::drift_since(&prompt.path, human.as_deref(), old.as_deref(), &new, limits));
    }
    Ok(found)
}

fn row(violation: Violation, allowed: &[Rule]) -> Row {
    let verdict = match violation.severity {
        Severity::Warn => "warning",
        Severity::Refuse if allowed.contains(&violation.rule) => "allowed",
        Severity::Refuse => "refused",
    };
    Row {
        rule: violation.rule.name(),
        verdict,
        path: violation.path,
        line: violation.line,
        explanation: violation.explanation,
        advice: violation.advice,
    }
}

fn show(context: &mut Context, report: &Report, unchanged: bool) -> Result<(), CommandError> {
    let ui = &mut context.ui;
    let commit = |revision: &Revision| match &revision.commit {
        Some(commit) => format!("{} ({})", one_line(&revision.name), commit.chars().take(8).collect::<String>()),
        None => one_line(&revision.name),
    };
    let judged = if report.proposal { ", judged as a proposal" } else { "" };
    ui.line(format!("base {}, head {}{judged}", commit(&report.base), commit(&report.head)))?;
    if report.violations.is_empty() {
        let all = if unchanged { "no listed file differs" } else { "no rule is broken" };
        let word = ui.paint(Tone::Good, "pass");
        ui.line(format!("{word}: {all}"))?;
        return Ok(());
    }
    let mut table = Table::new(&[("VERDICT", Align::Left), ("RULE", Align::Left), ("PLACE", Align::Left)]);
    for row in &report.violations {
        let place = row.line.map_or_else(|| row.path.clone(), |line| format!("{}:{line}", row.path));
        table.row([row.verdict.to_string(), row.rule.to_string(), one_line(&place)]);
    }
    ui.line("")?;
    let lines = table.lines(ui.width(), 0);
    for (index, line) in lines.iter().enumerate() {
        ui.line(line)?;
        // Under each row, in full: what is wrong and what to do.
        if let Some(row) = index.checked_sub(1).and_then(|index| report.violations.get(index)) {
            ui.line(format!("  {}", one_line(&row.explanation)))?;
            if row.verdict != "allowed" {
                let advice = ui.paint(Tone::Dim, &one_line(&row.advice));
                ui.line(format!("  {advice}"))?;
            }
        }
    }
    ui.line("")?;
    let count = |verdict| report.violations.iter().filter(|row| row.verdict == verdict).count() as u64;
    let word = if report.passed { ui.paint(Tone::Good, "pass") } else { ui.paint(Tone::Bad, "fail") };
    ui.line(format!(
        "{word}: {} refused, {} allowed, {}",
        count("refused"),
        count("allowed"),
        counted(count("warning"), "warning")
    ))?;
    if let Some(first) = report.violations.iter().find(|row| row.verdict == "refused") {
        ui.hint(format!("if a maintainer agrees: reprompt check --allow {}", first.rule))?;
    } else {
        ui.hint("reprompt eval")?;
    }
    Ok(())
}
