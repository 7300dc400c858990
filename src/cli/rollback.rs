//! `rollback PROMPT`: takes the last merged proposal for a prompt back, or puts a version back, on a branch. Where
//! the config names a flag file, the last good version is made live at once by switching the prompt's flag; without
//! one nothing is live until the branch is merged, and the command says so.

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::exit_code::ExitCode;
use super::ui::Tone;
use super::untrusted::one_line;
use super::view::diff;
use super::workspace::{At, Workspace};
use super::{atomic, standing};
use crate::digest::Digest;
use crate::git::{CommitPlan, CommitRequest, Created, GitError, Oid, Repo};
use crate::prompt::config::PromptConfig;
use crate::proposal::cadence::{Merged, Standing};
use crate::proposal::message::{rollback_branch, rollback_message};
use crate::proposal::record::RECORD_FOLDER;
use crate::release::flags::{self, Flag};
use crate::release::rollback::{Changes, Version, last_good, last_merged, restore, take_back, variant_of};
use serde::Serialize;
use std::collections::BTreeMap;

/// Versions of a prompt that are looked at.
const MOST_VERSIONS: usize = 500;

/// Arguments of `rollback`.
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    /// The prompt: its name in the config, or its path
    pub prompt: String,
    /// Put this version back instead: a revision, the first digits of a content hash, or a variant of the flag
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Show what would be done and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs `rollback`.
pub fn run(context: &mut Context, args: &RollbackArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let repo = workspace.repo()?;
    let head = repo.head_or_fail()?;
    let prompt = find_prompt(&workspace, &args.prompt)?;
    let standing = standing::read(&workspace, head)?;
    let versions = versions(&workspace, repo, head, &prompt.path)?;
    let flag = flag_of(context, &workspace, &prompt.name)?;
    let goal = match &args.to {
        Some(wanted) => goal_version(repo, &workspace, &prompt, &versions, flag.as_ref(), wanted)?,
        None => goal_proposal(context, &workspace, head, &prompt, &standing, &versions)?,
    };
    let switch = switch_of(context, flag.as_ref(), args.to.as_deref(), goal.good.as_ref())?;
    let branch = plan_branch(context, &workspace, repo, head, &prompt, &goal)?;
    if branch.is_none() && switch.as_ref().is_none_or(Switch::is_done) {
        let error = CommandError::usage(format!("`{}` is already as it was in that version", prompt.path));
        return Err(error.hint(known_versions(&versions)));
    }
    let done = if args.dry_run {
        None
    } else {
        Some(carry_out(context, &workspace, repo, &prompt, switch.as_ref(), branch.as_ref())?)
    };
    report(context, &prompt, &goal, switch.as_ref(), branch.as_ref(), done)?;
    Ok(ExitCode::Done)
}

/// What is to be reached.
struct Goal {
    /// New contents, by path from the repository folder; empty when only the flag is switched.
    changes: Changes,
    /// The proposal that is taken back.
    undone: Option<Merged>,
    /// The version that should be live.
    good: Option<Version>,
}

/// The branch that is to be made.
struct Branch {
    name: String,
    plan: CommitPlan,
    /// An earlier run made it.
    exists: bool,
}

/// The flag that is to be switched.
struct Switch {
    path: String,
    key: String,
    from: String,
    to: String,
    text: String,
    targeted: bool,
}

impl Switch {
    fn is_done(&self) -> bool {
        self.from == self.to && !self.targeted
    }
}

/// A flag and the file it is in.
struct FlagFile {
    path: String,
    text: String,
    flag: Flag,
}

fn find_prompt(workspace: &Workspace, wanted: &str) -> Result<PromptConfig, CommandError> {
    let prompts: Vec<&PromptConfig> = workspace.config.agents.iter().flat_map(|agent| &agent.prompts).collect();
    let found = prompts.iter().find(|prompt| prompt.name == wanted || prompt.path == wanted);
    found.map(|prompt| (*prompt).clone()).ok_or_else(|| {
        let names: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        let hint = if names.is_empty() {
            "The config names no prompt. `reprompt init` writes one that does.".to_string()
        } else {
            format!("The config has: {}", names.join(", "))
        };
        CommandError::usage(format!("there is no prompt `{}`", one_line(wanted))).hint(hint)
    })
}

fn versions(workspace: &Workspace, repo: &Repo, head: Oid, path: &str) -> Result<Vec<Version>, CommandError> {
    let history = repo.history(head, &format!("{}{path}", workspace.prefix), MOST_VERSIONS)?;
    Ok(history
        .into_iter()
        .map(|version| Version { commit: version.commit.to_string(), at: version.time, bytes: version.bytes })
        .collect())
}

/// The prompt's flag. A flag file that cannot serve is told and left alone: going back by a branch must stay
/// possible when it is broken.
fn flag_of(context: &mut Context, workspace: &Workspace, key: &str) -> Result<Option<FlagFile>, CommandError> {
    let Some(path) = workspace.config.flags.clone() else { return Ok(None) };
    if workspace.repo.as_ref().is_some_and(Repo::is_bare) {
        context.ui.warning(format!("`{path}` is not switched: a bare repository has no files in place"))?;
        return Ok(None);
    }
    let Some(bytes) = workspace.read(At::WorkTree, &path)? else {
        context.ui.warning(format!("the flag file `{path}` is not there, so nothing can be switched at once"))?;
        return Ok(None);
    };
    let read = String::from_utf8(bytes).map_err(|error| error.to_string()).and_then(|text| {
        let flag = flags::read(&text, key).map_err(|error| error.to_string())?;
        Ok(FlagFile { path: path.clone(), text, flag })
    });
    match read {
        Ok(file) => Ok(Some(file)),
        Err(reason) => {
            context.ui.warning(format!("the flag file `{path}` cannot be switched: {}", one_line(&reason)))?;
            Ok(None)
        }
    }
}

fn goal_proposal(
    context: &Context,
    workspace: &Workspace,
    head: Oid,
    prompt: &PromptConfig,
    standing: &Standing,
    versions: &[Version],
) -> Result<Goal, CommandError> {
    let proposal = last_merged(&standing.merged, &prompt.path).ok_or_else(|| {
        CommandError::usage(format!("there is no merged proposal for `{}` that could be taken back", prompt.name))
            .hint(known_versions(versions))
    })?;
    let mut current = BTreeMap::new();
    for hunk in &proposal.record.hunks {
        if let Some(bytes) = workspace.read(At::Commit(head), &hunk.path)? {
            current.insert(hunk.path.clone(), bytes);
        }
    }
    let changes = take_back(proposal, &current, context.now()).map_err(|error| {
        CommandError::new(ErrorKind::Refused, error.to_string())
            .caused_by(error)
            .hint(format!("Take it out by hand, or put a whole version back: {}", known_versions(versions)))
    })?;
    let good = last_good(versions, &standing.merged, Some(proposal)).cloned();
    Ok(Goal { changes, undone: Some(proposal.clone()), good })
}

fn goal_version(
    repo: &Repo,
    workspace: &Workspace,
    prompt: &PromptConfig,
    versions: &[Version],
    flag: Option<&FlagFile>,
    wanted: &str,
) -> Result<Goal, CommandError> {
    let variant = flag.filter(|file| file.flag.has_variant(wanted));
    let by_variant = variant
        .and_then(|file| versions.iter().find(|version| variant_of(&file.flag, version) == Some(wanted)))
        .cloned();
    let good = match by_variant.or_else(|| versions.iter().find(|version| version.is_called(wanted)).cloned()) {
        Some(version) => Some(version),
        None if variant.is_some() => None,
        None => {
            let commit = repo.resolve(wanted)?.ok_or_else(|| {
                CommandError::usage(format!("there is no version `{}` of `{}`", one_line(wanted), prompt.name))
                    .hint(known_versions(versions))
            })?;
            let bytes = workspace.read(At::Commit(commit), &prompt.path)?.ok_or_else(|| {
                CommandError::usage(format!("`{}` is not there at {}", prompt.path, commit.short()))
                    .hint(known_versions(versions))
            })?;
            Some(Version { commit: commit.to_string(), at: repo.commit_info(commit)?.time, bytes })
        }
    };
    let current = versions.first().map(|version| version.bytes.as_slice()).unwrap_or_default();
    let changes = match &good {
        // A prompt that has that text already needs no branch, but the flag may still serve another.
        Some(version) => restore(&prompt.path, current, &version.bytes).unwrap_or_default(),
        None => Changes::new(),
    };
    Ok(Goal { changes, undone: None, good })
}

fn switch_of(
    context: &mut Context,
    file: Option<&FlagFile>,
    to: Option<&str>,
    good: Option<&Version>,
) -> Result<Option<Switch>, CommandError> {
    let Some(FlagFile { path, text, flag }) = file else { return Ok(None) };
    let named = to.filter(|name| flag.has_variant(name));
    let Some(variant) = named.or_else(|| good.and_then(|version| variant_of(flag, version))) else {
        let names: Vec<String> = flag.variants.iter().map(|(name, _)| one_line(name)).collect();
        context.ui.warning(format!(
            "the flag `{}` has no variant for that version, so nothing is switched at once (variants: {})",
            one_line(&flag.key),
            names.join(", ")
        ))?;
        return Ok(None);
    };
    match flags::switch(text, &flag.key, variant) {
        Ok(switched) => Ok(Some(Switch {
            path: path.clone(),
            key: flag.key.clone(),
            from: flag.default_variant.clone(),
            to: variant.to_string(),
            text: switched,
            targeted: flag.targeted,
        })),
        Err(error) => {
            context
                .ui
                .warning(format!("the flag file `{path}` cannot be switched: {}", one_line(&error.to_string())))?;
            Ok(None)
        }
    }
}

fn plan_branch(
    context: &Context,
    workspace: &Workspace,
    repo: &Repo,
    head: Oid,
    prompt: &PromptConfig,
    goal: &Goal,
) -> Result<Option<Branch>, CommandError> {
    if goal.changes.is_empty() {
        return Ok(None);
    }
    // The record's date is left out of the name, so that a rerun on another day finds the branch.
    let content = goal.changes.iter().filter(|(path, _)| !path.starts_with(RECORD_FOLDER));
    let fields: Vec<&[u8]> = content.flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]).collect();
    let name = rollback_branch(Digest::of_fields(fields));
    let record = goal.undone.as_ref().map(|merged| &merged.record);
    let version = goal.good.as_ref().map(|version| version.commit.as_str());
    let changes = goal.changes.iter().map(|(path, bytes)| (format!("{}{path}", workspace.prefix), bytes.clone()));
    let plan = repo.plan_commit(&CommitRequest {
        parent: head,
        changes: &changes.collect(),
        new_under: &[],
        message: &rollback_message(&prompt.name, record, version),
        author: &repo.author()?,
        time: context.now(),
    });
    match plan {
        Ok(plan) => {
            let exists = repo.branches(&name)?.iter().any(|branch| branch.name == name);
            Ok(Some(Branch { name, plan, exists }))
        }
        Err(GitError::NothingChanged) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Switches first, since that is what stops the harm; then makes the branch. Each step that was taken is written
/// to the ledger. Returns whether anything changed.
fn carry_out(
    context: &Context,
    workspace: &Workspace,
    repo: &Repo,
    prompt: &PromptConfig,
    switch: Option<&Switch>,
    branch: Option<&Branch>,
) -> Result<bool, CommandError> {
    let lock = repo.lock_branches()?;
    let mut changed = false;
    if let Some(switch) = switch.filter(|switch| !switch.is_done()) {
        let mut ledger = workspace.ledger()?;
        atomic::replace(&workspace.root.join(&switch.path), switch.text.as_bytes())?;
        let detail = format!("{}: {} to {}", switch.path, switch.from, switch.to);
        ledger.record(context.now(), "rollback", &prompt.name, "switched", &detail)?;
        changed = true;
    }
    if let Some(branch) = branch.filter(|branch| !branch.exists) {
        let mut ledger = workspace.ledger()?;
        let oid = repo.write(&branch.plan)?;
        if lock.create(&branch.name, oid)? == Created::New {
            let detail = format!("{} at {oid}", branch.name);
            ledger.record(context.now(), "rollback", &prompt.name, "reverted", &detail)?;
            changed = true;
        }
    }
    Ok(changed)
}

fn report(
    context: &mut Context,
    prompt: &PromptConfig,
    goal: &Goal,
    switch: Option<&Switch>,
    branch: Option<&Branch>,
    done: Option<bool>,
) -> Result<(), CommandError> {
    if context.globals.json {
        let document = Document {
            prompt: &prompt.name,
            proposal: goal.undone.as_ref().map(|merged| merged.record.id.0.as_str()),
            version: goal.good.as_ref().map(|version| version.commit.as_str()),
            switched: switch.map(|switch| SwitchDocument { file: &switch.path, from: &switch.from, to: &switch.to }),
            branch: branch.map(|branch| branch.name.as_str()),
            live: switch.is_some(),
            dry_run: done.is_none(),
            changed: done.unwrap_or(false),
        };
        return context.json("reprompt/rollback/v1", &document);
    }
    let ui = &mut context.ui;
    if let Some(merged) = &goal.undone {
        let record = &merged.record;
        ui.line(format!(
            "{} takes back {} (finding {}, {}; merged {})",
            ui.paint(Tone::Heading, &prompt.name),
            ui.paint(Tone::Name, &record.id.0),
            one_line(&record.finding.0),
            one_line(&record.cause.kind),
            merged.at.date()
        ))?;
    } else if let Some(version) = &goal.good {
        let name = ui.paint(Tone::Heading, &prompt.name);
        ui.line(format!("{name} goes back to {} of {}", version.commit.get(..10).unwrap_or(""), version.at.date()))?;
    }
    if let Some(branch) = branch {
        ui.line("")?;
        for change in branch.plan.changes.iter().filter(|change| !change.path.contains(RECORD_FOLDER)) {
            for line in diff::lines(ui, &change.path, change.before.as_deref(), &change.after) {
                ui.line(line)?;
            }
        }
        ui.line("")?;
    }
    let would = |text: &str, conditional: &str| if done.is_some() { text.to_string() } else { conditional.to_string() };
    match switch {
        Some(switch) if switch.is_done() => {
            ui.line(format!(
                "live:   `{}` already serves `{}` to everybody",
                one_line(&switch.key),
                one_line(&switch.to)
            ))?;
        }
        Some(switch) => {
            let serves = would("now serves", "would serve");
            let line = format!(
                "live:   `{}` {serves} `{}` instead of `{}`",
                one_line(&switch.key),
                one_line(&switch.to),
                one_line(&switch.from)
            );
            ui.line(line)?;
            if switch.targeted {
                ui.line("        its targeting rules are emptied, since a split would go on serving the others")?;
            }
        }
        None => ui.line(ui.paint(Tone::Warning, "not live until merged"))?,
    }
    if let Some(branch) = branch {
        let made = if branch.exists { "was made by an earlier run" } else { &would("made", "would be made") };
        ui.line(format!("branch: {} ({made})", ui.paint(Tone::Name, &branch.name)))?;
        if done.is_none() {
            ui.hint("The same command without --dry-run does it")?;
        } else {
            ui.hint(format!("`git show {}`, then merge it like any other change", branch.name))?;
        }
    } else {
        ui.line("branch: none needed; the file has that text already")?;
    }
    Ok(())
}

fn known_versions(versions: &[Version]) -> String {
    let known: Vec<String> = versions
        .iter()
        .skip(1)
        .take(3)
        .map(|version| format!("--to {} ({})", version.commit.get(..10).unwrap_or(""), version.at.date()))
        .collect();
    if known.is_empty() {
        "The history has one version of it only.".to_string()
    } else {
        format!("Earlier versions: {}", known.join(", "))
    }
}

/// `--json`.
#[derive(Serialize)]
struct Document<'a> {
    prompt: &'a str,
    proposal: Option<&'a str>,
    version: Option<&'a str>,
    switched: Option<SwitchDocument<'a>>,
    branch: Option<&'a str>,
    live: bool,
    dry_run: bool,
    changed: bool,
}

#[derive(Serialize)]
struct SwitchDocument<'a> {
    file: &'a str,
    from: &'a str,
    to: &'a str,
}
