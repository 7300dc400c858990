//! `eval`: runs the agent on the suites' cases under base and head, alternately, and says whether the head is better,
//! no worse, worse, or whether so many cases cannot tell.
//!
//! Cases are the base's. What the head adds, edits or removes in suites is shown and does not count, so that a change
//! cannot choose its own judges; a case counts from the pull request after the one that brings it.

pub mod report;
mod show;
pub mod side;

use self::report::{Report, ResultWord, RunReport, foresight, say};
use self::side::{Configs, Material, Side, sides};
use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::exit_code::ExitCode;
use super::output::{Format, write_file};
use super::ui::Progress;
use super::view::junit::junit;
use super::view::markdown::markdown;
use super::workspace::{At, Workspace};
use crate::agent::{CommandAgent, Limits, Surroundings, UrlAgent};
use crate::evaluation::agent::{Agent, AgentError, AgentFailure, Job, Work};
use crate::evaluation::case::{Case, Entry, Standing, entries};
use crate::evaluation::comparison::Comparison;
use crate::evaluation::grade::grade;
use crate::evaluation::reply::Reply;
use crate::evaluation::schedule::{Arm, Outcome, Schedule};
use crate::evaluation::suite::Suite;
use crate::evaluation::verdict::{Expect, Rule, judge};
use crate::prompt::config::{AgentConfig, RunConfig};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// Compare with the merge base of REV and the head [default: the pull request's base branch, else the upstream, else
    /// main]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Evaluate REV [default: HEAD in CI, otherwise the work tree]
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// What the head has to be
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub expect: ExpectArg,
    /// The agent to run, when the config has several
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Use the suites that match GLOB instead of the config's
    #[arg(long = "suite", value_name = "GLOB")]
    pub suites: Vec<String>,
    /// Ask each case N times under each revision [default: the config's `repeat`]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: Option<u32>,
    /// Ask up to N questions at once
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: u16,
    /// Give the agent S seconds for an answer
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Fail when there is no way to run the agent
    #[arg(long)]
    pub require_run: bool,
    /// Also write the result to FILE, by its name as `.json`, `.md` or `.junit.xml`; may be repeated
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
}

/// `--expect`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ExpectArg {
    /// Not worse by the margin or more
    #[default]
    NoWorse,
    /// Better
    Better,
}

/// Runs `eval`.
pub fn run(context: &mut Context, args: &EvalArgs) -> Result<ExitCode, CommandError> {
    let outputs =
        args.output.iter().map(|path| Ok((path, Format::of(path)?))).collect::<Result<Vec<_>, CommandError>>()?;
    let workspace = Workspace::open(context)?;
    let (base, head) = sides(context, &workspace, args.base.as_deref(), args.head.as_deref())?;
    let configs = Configs::read(context, &workspace, &base, &head)?;
    let report = evaluate(context, args, &workspace, &configs, &base, &head)?;
    let directory = context.environment.directory.clone();
    for (path, format) in outputs {
        let text = match format {
            Format::Json => Context::json_text("reprompt/eval/v1", &report)?,
            Format::Markdown => markdown(&report),
            Format::Junit => junit(&report),
        };
        write_file(&directory.join(path), text.as_bytes())?;
        context.ui.status(format!("wrote {}", path.display()))?;
    }
    if context.globals.json {
        context.json("reprompt/eval/v1", &report)?;
    } else {
        show::show(&mut context.ui, &report)?;
    }
    Ok(match report.result {
        ResultWord::Fail => ExitCode::CheckFailed,
        ResultWord::Inconclusive if configs.ruling.eval.inconclusive_fails => ExitCode::CheckFailed,
        ResultWord::NotRun if args.require_run => ExitCode::CheckFailed,
        ResultWord::Invalid => ExitCode::Integrity,
        ResultWord::Pass | ResultWord::Unchanged | ResultWord::Inconclusive | ResultWord::NotRun => ExitCode::Done,
    })
}

fn evaluate(
    context: &mut Context,
    args: &EvalArgs,
    workspace: &Workspace,
    configs: &Configs,
    base: &Side,
    head: &Side,
) -> Result<Report, CommandError> {
    let settings = &configs.ruling.eval;
    let without_run = |result: ResultWord, sentence: String, changed: Vec<String>| Report {
        base: base.revision.clone(),
        head: head.revision.clone(),
        changed,
        result,
        sentence,
        run: None,
    };
    let not_run = |sentence: String| Ok(without_run(ResultWord::NotRun, sentence, Vec::new()));
    let agent = choose(&configs.ruling.agents, args.agent.as_deref())?;
    let (at_base, at_head) = match configs.materials(workspace, agent, base, head)? {
        (Some(at_base), Some(at_head)) => (at_base, at_head),
        (None, _) => {
            let name = &base.revision.name;
            return not_run(format!(
                "the prompt of `{}` does not exist at {name}: there is nothing to compare",
                agent.name
            ));
        }
        (_, None) => {
            let name = &head.revision.name;
            return Err(CommandError::usage(format!("a prompt file of `{}` does not exist at {name}", agent.name))
                .hint("Correct its path in reprompt.yaml."));
        }
    };
    let changed = at_base.changed(&at_head);
    if changed.is_empty() {
        let sentence = "no prompt and no tool file differs between base and head".to_string();
        return Ok(without_run(ResultWord::Unchanged, sentence, changed));
    }
    let Some(run) = &agent.run else {
        let sentence = format!("the config does not say how to run `{}`", agent.name);
        return Ok(without_run(ResultWord::NotRun, sentence, changed));
    };
    let globs = if args.suites.is_empty() { &settings.suites } else { &args.suites };
    let entries = entries(cases(workspace, base.at, globs)?, cases(workspace, head.at, globs)?);
    if entries.is_empty() {
        let sentence = format!("no suite matches {}", globs.join(", "));
        return Ok(without_run(ResultWord::NotRun, sentence, changed));
    }
    let expect = match args.expect {
        ExpectArg::NoWorse => Expect::NoWorse,
        ExpectArg::Better => Expect::Better,
    };
    let rule = Rule::new(expect, settings.alpha, settings.margin)
        .map_err(|error| CommandError::usage("cannot use the config's `eval`").caused_by(error))?;
    let repeat = args.repeat.unwrap_or(settings.repeat);
    let trees = [tree(&at_base)?, tree(&at_head)?];
    check_holes(&entries, [(&base.revision.name, &at_base), (&head.revision.name, &at_head)])?;

    let mut schedule = Schedule::new(entries.len(), repeat);
    let counted = entries.iter().filter(|entry| entry.standing != Standing::Added).count();
    context.ui.status(format!(
        "asking {} questions: {counted} cases, {repeat} times, base and head in turn",
        schedule.len()
    ))?;
    if let Some(sentence) = foresight(counted as u64, &rule) {
        context.ui.status(sentence)?;
    }
    let limits =
        Limits { timeout: Duration::from_secs(args.timeout), jobs: usize::from(args.jobs), ..Limits::default() };
    let runner = runner(context, workspace, run, limits)?;
    let progress = context.ui.bar("eval", Some(schedule.len() as u64), false);
    let mut asking = Asking {
        schedule: &mut schedule,
        entries: &entries,
        materials: [&at_base, &at_head],
        trees: trees.each_ref().map(|tree| tree.path().to_path_buf()),
        progress,
        answered: 0,
    };
    runner.run(&mut asking).map_err(|error| match error {
        AgentError::Interrupted { signal } => {
            CommandError::new(ErrorKind::Interrupted(signal), "the evaluation was interrupted and has no result")
        }
        AgentError::Machinery(_) => CommandError::new(ErrorKind::Unavailable, error.to_string()),
    })?;
    drop(asking);
    let comparison = Comparison::new(&entries, &schedule);
    if comparison.asked > 0 && comparison.failed == comparison.asked {
        return Err(unavailable(&schedule));
    }
    let judgement = judge(&comparison, &rule);
    let (result, sentence) = say(&judgement, &rule);
    let most = configs.ruling.guardrails.limits.large_gain;
    if let Some(gain) = judgement.difference.filter(|gain| *gain > most) {
        context.ui.warning(format!(
            "a gain of {:.0} points is larger than {:.0}: a person should look at what these cases have in common",
            100.0 * gain,
            100.0 * most
        ))?;
    }
    let run = RunReport::new(&agent.name, &rule, &entries, &schedule, &comparison, &judgement);
    Ok(Report { run: Some(run), ..without_run(result, sentence, changed) })
}

/// The agent to run: the one named, or the only one that can be run, or else the only one.
fn choose<'a>(agents: &'a [AgentConfig], wanted: Option<&str>) -> Result<&'a AgentConfig, CommandError> {
    let names = || agents.iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        return agents.iter().find(|agent| agent.name == wanted).ok_or_else(|| {
            CommandError::usage(format!("the config has no agent `{wanted}`")).hint(format!("It has: {}", names()))
        });
    }
    let runnable: Vec<&AgentConfig> = agents.iter().filter(|agent| agent.run.is_some()).collect();
    let agent = match (runnable.as_slice(), agents) {
        ([only], _) => *only,
        ([], [only]) => only,
        _ => {
            return Err(CommandError::usage("the config has several agents")
                .hint(format!("Name the one to evaluate with --agent: {}", names())));
        }
    };
    if agent.prompts.is_empty() {
        return Err(CommandError::usage(format!("the agent `{}` has no prompts in the config", agent.name))
            .hint("`reprompt init` writes a config with the prompts it finds."));
    }
    Ok(agent)
}

/// The cases of all suites at one side, by path.
fn cases(workspace: &Workspace, at: At, globs: &[String]) -> Result<Vec<Case>, CommandError> {
    let mut cases = Vec::new();
    for path in workspace.matching(at, globs)? {
        let Some(bytes) = workspace.read(at, &path)? else { continue };
        let text = String::from_utf8(bytes)
            .map_err(|_| CommandError::usage(format!("the suite `{path}` is not UTF-8 text")))?;
        let suite = Suite::parse(&path, &text)
            .map_err(|error| CommandError::usage(format!("cannot use the suite: {error}")))?;
        cases.extend(suite.cases);
    }
    Ok(cases)
}

fn tree(material: &Material) -> Result<tempfile::TempDir, CommandError> {
    let folder = tempfile::Builder::new()
        .prefix("reprompt-tree-")
        .tempdir()
        .map_err(|error| CommandError::io("cannot make a temporary folder", error))?;
    material.write(folder.path())?;
    Ok(folder)
}

/// Every hole of both prompts has a value in every case, or nothing is asked at all.
fn check_holes(entries: &[Entry], sides: [(&String, &Material); 2]) -> Result<(), CommandError> {
    for (name, material) in sides {
        for entry in entries {
            entry.case.request(&material.prompt, &[]).map_err(|error| {
                CommandError::usage(format!("cannot fill the prompt of {name} for `{}`", entry.case.name))
                    .caused_by(error)
                    .hint(format!("Define it under `vars` in {}, or under `defaultTest`.", entry.case.suite))
            })?;
        }
    }
    Ok(())
}

fn runner(
    context: &Context,
    workspace: &Workspace,
    run: &RunConfig,
    limits: Limits,
) -> Result<Box<dyn Agent>, CommandError> {
    match run {
        RunConfig::Command(argv) => {
            let environment = &context.environment;
            let surroundings = Surroundings {
                directory: workspace.root.clone(),
                own_program: environment.program.clone().unwrap_or_else(|| "reprompt".into()),
                path: environment.path.clone().map(Into::into),
                home: environment.home.clone().map(Into::into),
            };
            let agent = CommandAgent::new(argv, surroundings, limits);
            agent.map(|agent| Box::new(agent) as _).ok_or_else(|| CommandError::usage("the agent's command is empty"))
        }
        RunConfig::Url(url) => match UrlAgent::new(url, limits) {
            Ok(agent) => Ok(Box::new(agent)),
            Err(error) => Err(CommandError::usage("cannot use the agent's address").caused_by(error)),
        },
    }
}

/// No question at all has an answer: the agent is not there.
fn unavailable(schedule: &Schedule) -> CommandError {
    let failure = schedule.outcomes().into_iter().find_map(|(_, outcome)| match outcome {
        Outcome::Failed(failure) => Some(super::untrusted::visible(&failure.to_string())),
        _ => None,
    });
    CommandError::new(ErrorKind::Unavailable, "the agent answers no question")
        .caused_by(failure.unwrap_or_default())
        .hint("Try its `run` of reprompt.yaml by hand: the request comes on standard input, the answer goes out.")
}

/// The schedule's questions as the runner asks for them.
struct Asking<'a> {
    schedule: &'a mut Schedule,
    entries: &'a [Entry],
    materials: [&'a Material; 2],
    trees: [PathBuf; 2],
    progress: Progress,
    answered: u64,
}

impl Work for Asking<'_> {
    fn next(&mut self) -> Option<Job> {
        let run = self.schedule.next_run()?;
        let [base, head] = self.materials;
        let [base_tree, head_tree] = &self.trees;
        let (material, tree) = if run.arm == Arm::Base { (base, base_tree) } else { (head, head_tree) };
        // All holes were filled once before the first question.
        let body = self.entries.get(run.case)?.case.request(&material.prompt, &material.tools).ok()?;
        Some(Job { id: run.id, body, tree: tree.clone() })
    }

    fn record(&mut self, id: usize, answer: Result<Reply, AgentFailure>) {
        let run = self.schedule.run(id);
        let outcome = match (answer, self.entries.get(run.case)) {
            (Ok(reply), Some(entry)) => match grade(&entry.case.assertions, &reply) {
                misses if misses.is_empty() => Outcome::Passed,
                misses => Outcome::Missed { misses, reply },
            },
            (Err(failure), _) => Outcome::Failed(failure),
            (Ok(_), None) => return,
        };
        self.schedule.record(id, outcome);
        self.answered += 1;
        self.progress.set(self.answered);
    }
}
