//! `propose [FINDING]`: drafts the smallest change that answers a finding, holds it to the contract and the limits,
//! and writes it with its record to a branch of its own. A rerun finds its own branch and changes nothing.

use super::context::Context;
use super::drafting::{Drafted, draft};
use super::error::{CommandError, ErrorKind};
use super::exit_code::ExitCode;
use super::findings;
use super::library::InForce;
use super::model::{self, ModelArgs};
use super::standing;
use super::ui::Tone;
use super::untrusted::one_line;
use super::view::number::{counted, p_value};
use super::view::{cause, diff};
use super::workspace::{At, Workspace};
use crate::diagnosis::{Finding, FindingState, LeverKind};
use crate::git::{BranchLock, CommitPlan, CommitRequest, Created, GitError, Head, Oid, Repo};
use crate::prompt::config::{AgentConfig, Mode};
use crate::proposal::cadence::{Hold, Standing};
use crate::proposal::candidate::Candidate;
use crate::proposal::evidence;
use crate::proposal::message::{branch, commit_message};
use crate::proposal::record::{RECORD_FOLDER, Record};
use serde::Serialize;
use std::collections::BTreeMap;

/// Arguments of `propose`.
#[derive(Debug, clap::Args)]
pub struct ProposeArgs {
    /// The finding's id, or a unique prefix of it; without one, the finding that most failing conversations show
    pub finding: Option<String>,
    /// Show the change and write nothing; with a language model, count what would be sent and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who drafts.
    #[command(flatten)]
    pub model: ModelArgs,
}

/// Runs `propose`.
pub fn run(context: &mut Context, args: &ProposeArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let repo = workspace.repo()?;
    let head = repo.head_or_fail()?;
    let Some(finding) = choose(&workspace, args.finding.as_deref())? else {
        return nothing_to_propose(context);
    };
    let agent = agent_of(&workspace, &finding)?;
    let limits = workspace.config.guardrails.limits;
    evidence::check(&finding.support, &limits).map_err(|error| {
        CommandError::new(ErrorKind::Refused, format!("the evidence for {} does not carry a proposal", finding.id))
            .caused_by(error)
            .hint("More conversations may: ingest them and run `reprompt diagnose` again.")
    })?;
    let reader = model::open(context, &workspace, &args.model, "propose", args.dry_run)?;
    // From here to the end no other run may make a branch: what the limits allow must stay true until it is made.
    let lock = if args.dry_run { None } else { Some(repo.lock_branches()?) };
    let standing = standing::read(&workspace, head)?;
    let in_force = InForce::read(&workspace, agent, head)?;
    let candidate = match draft(context, &workspace, &finding, &in_force, head, reader.as_ref())? {
        Drafted::Candidate(candidate) => *candidate,
        Drafted::AlreadyThere { path, sentence } => return already_there(context, &finding, &path, &sentence),
        Drafted::Planned => {
            if let Some(reader) = &reader {
                reader.print_plan(context)?;
            }
            return Ok(ExitCode::Done);
        }
    };
    let rule = (candidate.draft.lever.kind == LeverKind::LearnedRules).then_some(candidate.draft.sentence.as_str());
    let record =
        Record::new(&finding, &candidate.draft.lever, candidate.hunks.clone(), rule, limits.rule_days, context.now());
    let engine = reader.as_ref().map_or("local", |reader| reader.name.as_str());
    let proposal = Proposal { branch: branch(&record), finding: &finding, candidate, record, head, engine };
    not_again(&standing, &proposal)?;
    if let Some(found) = own_branch(&workspace, repo, &proposal)? {
        if !args.dry_run {
            note_in_ledger(context, &workspace, &proposal, found)?;
        }
        report(context, &workspace, &proposal, found, Made::Before)?;
        return Ok(ExitCode::Done);
    }
    standing.allows(&finding.id, &proposal.candidate.draft.lever.path, &limits, context.now()).map_err(held)?;
    let plan = plan(context, &workspace, repo, agent, &proposal)?;
    match lock {
        None => report(context, &workspace, &proposal, head, Made::Not)?,
        Some(lock) => {
            let oid = write(repo, &lock, &plan, &proposal)?;
            note_in_ledger(context, &workspace, &proposal, oid)?;
            report(context, &workspace, &proposal, oid, Made::Now)?;
        }
    }
    Ok(ExitCode::Done)
}

/// A complete proposal.
struct Proposal<'a> {
    branch: String,
    finding: &'a Finding,
    candidate: Candidate,
    record: Record,
    /// The commit it goes on top of.
    head: Oid,
    /// `local`, or the language model that drafted it.
    engine: &'a str,
}

/// Whether the branch was made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Now,
    Before,
    Not,
}

/// The named finding, or of those that are neither ignored nor answered the one that most failing conversations
/// show. One that has a proposal already stays the answer, so that a rerun does not go on to the next.
fn choose(workspace: &Workspace, wanted: Option<&str>) -> Result<Option<Finding>, CommandError> {
    let all = findings::load(workspace)?;
    if let Some(wanted) = wanted {
        let finding = &findings::find(&all, wanted)?.finding;
        if finding.state == FindingState::Ignored {
            return Err(CommandError::new(ErrorKind::Refused, format!("finding {} is ignored", finding.id))
                .hint(format!("`reprompt findings show {}` says why.", finding.id)));
        }
        return Ok(Some(finding.clone()));
    }
    let mut waiting: Vec<&Finding> = all
        .iter()
        .map(|stored| &stored.finding)
        .filter(|finding| {
            matches!(finding.state, FindingState::Open | FindingState::Proposed | FindingState::Regressed)
        })
        .collect();
    waiting.sort_by(|left, right| {
        let counts = right.support.failing_with.cmp(&left.support.failing_with);
        counts.then_with(|| left.id.cmp(&right.id))
    });
    Ok(waiting.first().map(|finding| (*finding).clone()))
}

fn nothing_to_propose(context: &mut Context) -> Result<ExitCode, CommandError> {
    if context.globals.json {
        context.json("reprompt/propose/v1", &Nothing { finding: None })?;
        return Ok(ExitCode::Done);
    }
    context.ui.line("Nothing to propose: no finding is open.")?;
    context.ui.hint("`reprompt diagnose` looks for findings")?;
    Ok(ExitCode::Done)
}

fn agent_of<'a>(workspace: &'a Workspace, finding: &Finding) -> Result<&'a AgentConfig, CommandError> {
    let agent = workspace.config.agents.iter().find(|agent| agent.name == finding.agent).ok_or_else(|| {
        CommandError::usage(format!(
            "the config has no agent `{}`, which {} is about",
            one_line(&finding.agent),
            finding.id
        ))
        .hint("Run `reprompt diagnose` again after a change of the config.")
    })?;
    if agent.mode == Mode::Observe {
        return Err(CommandError::new(
            ErrorKind::Refused,
            format!("agent `{}` is in mode `observe`: only people change its prompts", agent.name),
        )
        .hint(format!("`reprompt findings show {}` has the evidence and the places to look at.", finding.id)));
    }
    Ok(agent)
}

/// The very same change was merged before and is gone from the prompt: somebody took it out, and a person must say
/// that it should come back.
fn not_again(standing: &Standing, proposal: &Proposal<'_>) -> Result<(), CommandError> {
    let before = standing.merged.iter().find(|merged| merged.record.id == proposal.record.id);
    let Some(merged) = before else { return Ok(()) };
    let id = &proposal.record.id;
    let message = match &merged.record.rolled_back {
        Some(day) => format!("proposal {id} makes this very change, and it was taken back on {}", one_line(day)),
        None => format!("proposal {id} made this very change, and somebody took it out of the file since"),
    };
    Err(CommandError::new(ErrorKind::Refused, message)
        .hint(format!("To try it again, remove {} and commit that.", id.record_path())))
}

/// The proposal's branch, if an earlier run made it.
fn own_branch(workspace: &Workspace, repo: &Repo, proposal: &Proposal<'_>) -> Result<Option<Oid>, CommandError> {
    let branches = repo.branches(&proposal.branch)?;
    let Some(found) = branches.into_iter().find(|branch| branch.name == proposal.branch) else { return Ok(None) };
    // The name is made of the content; somebody may still have put something else there.
    let record = standing::record(workspace, found.oid, &proposal.record.id.record_path());
    match record {
        Ok(record) if record.id == proposal.record.id => Ok(Some(found.oid)),
        _ => Err(GitError::Conflict { branch: found.name, found: found.oid }.into()),
    }
}

fn held(hold: Hold) -> CommandError {
    let error = CommandError::new(ErrorKind::Refused, hold.to_string());
    match hold {
        Hold::OpenForFinding { branch, .. } => error
            .hint(format!("Review it (`git diff HEAD...{branch}`) and merge it, or delete it: git branch -D {branch}")),
        Hold::TooManyOpen { .. } => error.hint("Review the open ones first: git branch --list 'reprompt/*'"),
        Hold::TooSoon { .. } => error.hint("The days between give the last change time to show its effect."),
        Hold::HandOver { finding, .. } => error
            .hint(format!("`reprompt findings show {finding}` has the evidence; it may not be the prompt's fault.")),
    }
}

fn plan(
    context: &Context,
    workspace: &Workspace,
    repo: &Repo,
    agent: &AgentConfig,
    proposal: &Proposal<'_>,
) -> Result<CommitPlan, CommandError> {
    let Proposal { record, candidate, .. } = proposal;
    let text = record.to_yaml().map_err(|error| CommandError::usage("cannot write the record").caused_by(error))?;
    let inside = |path: &str| format!("{}{path}", workspace.prefix);
    let changes = BTreeMap::from([
        (inside(&candidate.draft.change.path), candidate.after.clone().into_bytes()),
        (inside(&record.id.record_path()), text.into_bytes()),
    ]);
    let prompt = agent.prompts.iter().find(|prompt| prompt.path == candidate.draft.change.path);
    let name = prompt.or(agent.prompts.first()).map_or("prompt", |prompt| prompt.name.as_str());
    // A name that nobody reviewed does not get into a commit.
    let registry = super::intents::registry::read(workspace, At::Commit(proposal.head))?;
    Ok(repo.plan_commit(&CommitRequest {
        parent: proposal.head,
        changes: &changes,
        new_under: &[&inside(RECORD_FOLDER)],
        message: &commit_message(record, &proposal.finding.cause, name, registry.name_of(&record.intent)),
        author: &repo.author()?,
        time: context.now(),
    })?)
}

fn write(repo: &Repo, lock: &BranchLock<'_>, plan: &CommitPlan, proposal: &Proposal<'_>) -> Result<Oid, CommandError> {
    let oid = repo.write(plan)?;
    match lock.create(&proposal.branch, oid)? {
        Created::New | Created::AlreadyThere => Ok(oid),
    }
}

/// Notes the proposal once, also when the run that made the branch was killed before it could.
fn note_in_ledger(
    context: &Context,
    workspace: &Workspace,
    proposal: &Proposal<'_>,
    oid: Oid,
) -> Result<(), CommandError> {
    let mut ledger = workspace.ledger()?;
    let (finding, id) = (&proposal.finding.id, &proposal.record.id.0);
    if ledger.attempts(finding)?.iter().any(|attempt| attempt.proposal == *id) {
        return Ok(());
    }
    let detail = format!("{id} on {} at {oid}", proposal.branch);
    ledger.record(context.now(), "propose", &finding.0, "proposed", &detail)?;
    Ok(ledger.record_attempt(finding, id, "proposed", context.now())?)
}

fn already_there(
    context: &mut Context,
    finding: &Finding,
    path: &str,
    sentence: &str,
) -> Result<ExitCode, CommandError> {
    if context.globals.json {
        context.json("reprompt/propose/v1", &AlreadyThere { finding: &finding.id.0, already_in: path, sentence })?;
        return Ok(ExitCode::Done);
    }
    let ui = &mut context.ui;
    ui.line(format!(
        "{} is answered already: {} says",
        ui.paint(Tone::Name, &finding.id.0),
        ui.paint(Tone::Name, path)
    ))?;
    ui.line(format!("  {}", one_line(sentence)))?;
    ui.hint("If it goes on, the rule does not help: reword it by hand, or look at the tool")?;
    Ok(ExitCode::Done)
}

fn report(
    context: &mut Context,
    workspace: &Workspace,
    proposal: &Proposal<'_>,
    oid: Oid,
    made: Made,
) -> Result<(), CommandError> {
    let Proposal { branch, finding, candidate, record, head, engine } = proposal;
    if context.globals.json {
        let document = Document {
            finding: &finding.id.0,
            proposal: &record.id.0,
            cause: record.cause.kind.as_str(),
            path: &candidate.draft.change.path,
            sentence: &candidate.draft.sentence,
            engine,
            branch,
            base: head.to_string(),
            commit: (made != Made::Not).then(|| oid.to_string()),
            created: made == Made::Now,
            warnings: candidate.warnings.iter().map(|warning| warning.explanation.as_str()).collect(),
        };
        return context.json("reprompt/propose/v1", &document);
    }
    let base = match workspace.repo()?.head()? {
        Head::Branch { name, .. } => name,
        Head::Detached(oid) => oid.short(),
        Head::Unborn => "HEAD".to_string(),
    };
    let ui = &mut context.ui;
    let title = cause::sentence(&finding.cause);
    ui.line(format!("{} {}", ui.paint(Tone::Name, &finding.id.0), ui.paint(Tone::Heading, &title)))?;
    let support = &finding.support;
    ui.line(format!(
        "  evidence  {} of {} failing and {} of {} passing conversations{} (z {:.2}, q {}), {}, none with more than {:.0} %",
        support.failing_with,
        support.failing,
        support.passing_with,
        support.passing,
        cause::compared(&finding.cause),
        support.z,
        p_value(support.q),
        counted(u64::from(support.users), "user"),
        support.top_user_share * 100.0
    ))?;
    let lever = &candidate.draft.lever;
    ui.line(format!("  lever     {} › {}", ui.paint(Tone::Name, &lever.path), one_line(&lever.label)))?;
    let [with, all] = record.measure.baseline;
    ui.line(format!(
        "  measured  on the {} days after the merge: now {with} of {all}, a fall of {:.1} points counts",
        record.measure.window_days,
        record.measure.smallest_effect * 100.0
    ))?;
    ui.line("")?;
    let (before, after) = (candidate.before.as_bytes(), candidate.after.as_bytes());
    for line in diff::lines(ui, &candidate.draft.change.path, Some(before), after) {
        ui.line(line)?;
    }
    ui.line("")?;
    for warning in &candidate.warnings {
        ui.warning(format!("{}: {}", warning.rule, warning.explanation))?;
    }
    let state = match made {
        Made::Now => "made",
        Made::Before => "was there already; nothing changed",
        Made::Not => "would be made",
    };
    ui.line(format!("branch  {} ({state})", ui.paint(Tone::Name, branch)))?;
    if made != Made::Not {
        ui.line(format!("commit  {} on top of {} {}", oid.short(), base, head.short()))?;
    }
    if *engine != "local" {
        ui.line(format!("drafted by {}, from the prompt and the cause; it saw no conversation", one_line(engine)))?;
    }
    ui.line(format!("record  {}", record.id.record_path()))?;
    ui.line("case    none: a regression case would need the users' own words")?;
    if made == Made::Not {
        ui.hint(format!("`reprompt propose {}` makes the branch", finding.id))?;
    } else {
        ui.hint(format!(
            "`reprompt eval --base {base} --head {branch}`, then review and merge it like any other change"
        ))?;
    }
    Ok(())
}

/// `--json` when there is nothing to do.
#[derive(Serialize)]
struct Nothing {
    finding: Option<String>,
}

/// `--json` when the prompt says so already.
#[derive(Serialize)]
struct AlreadyThere<'a> {
    finding: &'a str,
    already_in: &'a str,
    sentence: &'a str,
}

/// `--json`.
#[derive(Serialize)]
struct Document<'a> {
    finding: &'a str,
    proposal: &'a str,
    cause: &'a str,
    path: &'a str,
    sentence: &'a str,
    engine: &'a str,
    branch: &'a str,
    base: String,
    commit: Option<String>,
    created: bool,
    warnings: Vec<&'a str>,
}
