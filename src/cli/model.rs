//! From flags, configs and environment to a model that may be asked: which one, where, with whose key, for how much.
//! A missing key or price is an error; nothing falls back to another model or to the local engine.

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::key::key;
use super::own_config::OwnConfig;
use super::privacy;
use super::untrusted::one_line;
use super::view::table::{Align, Table};
use super::workspace::{At, Workspace};
use crate::git::Oid;
use crate::llm::books::{Caps, Usd};
use crate::llm::endpoint::{EndpointError, endpoint};
use crate::llm::name::ModelName;
use crate::llm::plan::Plan;
use crate::llm::policy::Policy;
use crate::llm::price::PriceTable;
use crate::llm::protocol::{Extra, key_header};
use crate::llm::{HttpModel, Instructions, Route, Sending, Settings, Storing, Taping};
use crate::prompt::config::model::{EndpointConfig, Engine};
use crate::trace::redact::{self, Redactor};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Dollars that one run may spend where nothing says otherwise.
const DEFAULT_RUN_CAP: f64 = 5.0;

/// Options of the verbs that may ask a model.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Model options")]
pub struct ModelArgs {
    /// Who names, reads and drafts: the embedded engine or a language model [default: the config's `engine`]
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub engine: Option<EngineArg>,
    /// Open no socket; a reply that is not stored is an error
    #[arg(long)]
    pub offline: bool,
    /// Spend at most so many dollars in this run
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<f64>,
    /// Calls under way at once, at most
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// End after so many seconds, keeping what came until then
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub deadline: Option<u64>,
    /// What stored replies are used for
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    pub replies: RepliesArg,
    /// Write every exchange to a file in DIR
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Answer from the exchanges in DIR; open no socket and pay nothing
    #[arg(long, value_name = "DIR")]
    pub replay: Option<PathBuf>,
    /// Print exactly the bytes that would be sent, and send nothing
    #[arg(long)]
    pub show_egress: bool,
}

/// `--engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum EngineArg {
    /// The embedded engine.
    Local,
    /// The language model of the config.
    Llm,
}

/// `--replies`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum RepliesArg {
    /// Read and written.
    #[default]
    On,
    /// Read only; nothing is sent.
    ReadOnly,
    /// Written only; everything is asked anew.
    WriteOnly,
    /// Neither.
    Off,
}

/// A language model in use, and what belongs to its requests.
pub struct Reader {
    /// The model.
    pub model: HttpModel,
    /// Takes secrets and personal data out of what it is told.
    pub redactor: Redactor,
    /// The model's name.
    pub name: String,
    /// Nothing is sent and nothing may be stored: only what would be is counted or shown.
    pub plans: bool,
    show_egress: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Which engine works.
pub fn engine(workspace: &Workspace, args: &ModelArgs) -> Engine {
    match args.engine {
        Some(EngineArg::Local) => Engine::Local,
        Some(EngineArg::Llm) => Engine::Llm,
        None => workspace.config.model.engine,
    }
}

/// The model, where the engine is a model. `dry_run`: nothing is sent, but what would be is counted.
pub fn open(
    context: &Context,
    workspace: &Workspace,
    args: &ModelArgs,
    command: &str,
    dry_run: bool,
) -> Result<Option<Reader>, CommandError> {
    if engine(workspace, args) == Engine::Local {
        let embeds = command == "intents" && workspace.config.model.embeddings.model.is_some();
        let idle = [
            (args.show_egress, "--show-egress"),
            (args.record.is_some(), "--record"),
            (args.replay.is_some(), "--replay"),
            (args.max_cost.is_some(), "--max-cost"),
            (args.deadline.is_some(), "--deadline"),
            (args.replies != RepliesArg::On, "--replies"),
        ];
        return match idle.iter().find(|(given, _)| *given && !embeds) {
            Some((_, flag)) => Err(local(flag)),
            None => Ok(None),
        };
    }
    asked(context, workspace, args, ("llm", &workspace.config.model.llm.endpoint), command, dry_run).map(Some)
}

/// The embeddings endpoint, where the config names one.
pub fn open_embedder(
    context: &Context,
    workspace: &Workspace,
    args: &ModelArgs,
    command: &str,
    dry_run: bool,
) -> Result<Option<Reader>, CommandError> {
    let endpoint = &workspace.config.model.embeddings;
    if endpoint.model.is_none() {
        return Ok(None);
    }
    asked(context, workspace, args, ("embeddings", endpoint), command, dry_run).map(Some)
}

/// The model of one section of the config.
fn asked(
    context: &Context,
    workspace: &Workspace,
    args: &ModelArgs,
    (section, endpoint): (&str, &EndpointConfig),
    command: &str,
    dry_run: bool,
) -> Result<Reader, CommandError> {
    trusted(context, workspace)?;
    let config = &workspace.config.model.llm;
    let own = OwnConfig::read(context)?;
    let name = name(endpoint, section)?;
    let plain = |version: &String| version.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if !endpoint.api_version.as_ref().is_none_or(plain) {
        return Err(CommandError::usage(format!(
            "`{section}.api_version` holds more than letters, digits, `-` and `.`"
        ))
        .hint("Azure's look like 2024-10-21 or 2025-04-01-preview."));
    }
    let may_send = !args.offline && args.replies != RepliesArg::ReadOnly;
    let sends = may_send && args.replay.is_none() && !args.show_egress && !dry_run;
    let route = route(context, &own, endpoint, &name, sends)?;
    let prices = PriceTable::builtin().with(own.prices());
    let price = prices.of(&name).ok_or_else(|| {
        CommandError::usage(format!("the price of {} is not known", one_line(&name.to_string()))).hint(format!(
            "Give it in your own config (reprompt/config.yaml): prices: {{ {}: {{ input: 1.00, output: 4.00 }} }}, in dollars for a million tokens.",
            one_line(&name.to_string())
        ))
    })?;
    let per_run = [args.max_cost.or(config.max_cost_per_run).or(Some(DEFAULT_RUN_CAP)), own.max_cost_per_run];
    let per_month = [config.max_cost_per_month, own.max_cost_per_month];
    let redactor = privacy::redactor(context, workspace)?;
    let guard = privacy::guard(context, &redactor, route.key.as_ref());
    let settings = Settings {
        route,
        policy: Policy::default(),
        jobs: usize::from(args.jobs),
        seed: 0x7e9,
        price,
        caps: Caps { run: least(&per_run)?, month: least(&per_month)? },
        deadline: args.deadline.map(Duration::from_secs),
        storing: match args.replies {
            RepliesArg::On => Storing::On,
            RepliesArg::ReadOnly => Storing::ReadOnly,
            RepliesArg::WriteOnly => Storing::WriteOnly,
            RepliesArg::Off => Storing::Off,
        },
        sending: match () {
            () if dry_run || args.show_egress => Sending::Planned,
            () if args.offline => Sending::Forbidden("--offline opens no socket".to_string()),
            () => Sending::Allowed,
        },
        taping: match (&args.record, &args.replay) {
            (_, Some(folder)) => Taping::Replay(context.environment.directory.join(folder)),
            (Some(folder), None) => Taping::Record(context.environment.directory.join(folder)),
            (None, None) => Taping::Off,
        },
        redactor: redact::VERSION,
        guard: Arc::new(move |bytes| guard.check(bytes)),
        extra: Extra { api_version: endpoint.api_version.clone() },
        command: command.to_string(),
        run: context.run.clone(),
        clock: Arc::from(context.environment.clock().map_err(CommandError::usage)?),
        name: name.clone(),
    };
    let model = HttpModel::new(settings, Box::new(workspace.ledger()?));
    let plans = dry_run || args.show_egress;
    Ok(Reader { model, redactor, name: name.to_string(), plans, show_egress: args.show_egress })
}

fn local(flag: &str) -> CommandError {
    CommandError::usage(format!("{flag} is about a language model, and the engine is `local`"))
        .hint("Add --engine llm, or set `engine: llm` in the config.")
}

/// What a pull request brings decides neither where keys go nor what is spent.
fn trusted(context: &Context, workspace: &Workspace) -> Result<(), CommandError> {
    if let Some(event @ ("pull_request_target" | "workflow_run")) = context.environment.github_event.as_deref() {
        return Err(CommandError::new(
            ErrorKind::Refused,
            format!("a workflow started by `{event}` holds secrets beside code that a stranger may have written"),
        )
        .hint("Run this under `pull_request`, or on the default branch."));
    }
    let Some((spec, base)) = base(context, workspace)? else { return Ok(()) };
    let trusted = workspace.config_at(At::Commit(base))?;
    let differing = workspace.config.model.differing(&trusted.model);
    if differing.is_empty() {
        return Ok(());
    }
    Err(CommandError::new(
        ErrorKind::Refused,
        format!("this change sets `{}` in reprompt.yaml otherwise than {}", differing.join("`, `"), one_line(&spec)),
    )
    .hint(
        "Nothing is sent until those lines are merged: a pull request may not choose where keys and conversations go.",
    ))
}

/// In CI of a pull request: the branch that it goes into, by name and commit.
fn base(context: &Context, workspace: &Workspace) -> Result<Option<(String, Oid)>, CommandError> {
    let environment = &context.environment;
    let Some(base) = &environment.pull_request_base else { return Ok(None) };
    let repo = workspace.repo()?;
    let specs = [format!("origin/{base}"), base.clone()];
    let found = specs.into_iter().find_map(|spec| repo.resolve_or_fail(&spec).ok().map(|oid| (spec, oid)));
    found.map(Some).ok_or_else(|| {
        CommandError::new(
            ErrorKind::Refused,
            format!(
                "the base branch `{}` is not here, so nothing says which model this repository trusts",
                one_line(base)
            ),
        )
        .hint("Fetch it (actions/checkout with fetch-depth: 0; GIT_DEPTH: 0 on GitLab).")
    })
}

fn name(endpoint: &EndpointConfig, section: &str) -> Result<ModelName, CommandError> {
    let text = endpoint.model.as_deref().ok_or_else(|| {
        CommandError::usage(format!("the engine is `llm`, and the config names no model under `{section}`"))
            .hint("llm: { provider: openai, model: gpt-4.1-mini }")
    })?;
    ModelName::parse(text).map_err(|error| CommandError::usage(format!("`{section}.model` cannot be used: {error}")))
}

/// How the model is reached. The key is asked for only when something will be sent.
fn route(
    context: &Context,
    own: &OwnConfig,
    config: &EndpointConfig,
    name: &ModelName,
    sends: bool,
) -> Result<Route, CommandError> {
    let provider = name.provider;
    let refused = |error: EndpointError| {
        let message = format!("{name} cannot be asked there: {error}");
        let known =
            "providers' own hosts and this machine are; others are named in your own config (reprompt/config.yaml)";
        match &error {
            EndpointError::NoAddress(_) | EndpointError::NotPlain => CommandError::usage(message)
                .hint("Write `base_url` as https://host/path, without user, query or fragment."),
            EndpointError::Host { host, provider } => CommandError::new(ErrorKind::Refused, message)
                .hint(format!("Hosts: {known}: hosts: {{ {provider}: [{}] }}", one_line(host))),
            EndpointError::NotEncrypted(_) => CommandError::new(ErrorKind::Refused, message).hint(
                "Use https; http is for this machine, and for a private host that your own config names under `hosts`.",
            ),
        }
    };
    let endpoint = endpoint(provider, config.base_url.as_deref(), own.hosts(provider)).map_err(refused)?;
    let key_header = key_header(provider);
    let key = if key_header.is_some() && sends { Some(key(context, own, name)?) } else { None };
    Ok(Route {
        base_url: endpoint.base_url,
        key_header,
        key,
        allowed: endpoint.allowed,
        proxy: own.proxy.clone().filter(|_| endpoint.proxied),
    })
}

/// The smallest of the caps that are given.
fn least(dollars: &[Option<f64>]) -> Result<Option<Usd>, CommandError> {
    let bad = || CommandError::usage("a cost is in dollars, from 0 to 1000000");
    let mut least: Option<Usd> = None;
    for amount in dollars.iter().flatten() {
        let amount = Usd::from_dollars(*amount).filter(|_| *amount <= 1e6).ok_or_else(bad)?;
        least = Some(least.map_or(amount, |least| least.min(amount)));
    }
    Ok(least)
}

/// The model's instructions: the config's file if it names one, else ours. In CI of a pull request the base's file.
pub fn instructions(
    context: &Context,
    workspace: &Workspace,
    own: Option<&String>,
    ours: &str,
) -> Result<Instructions, CommandError> {
    let Some(path) = own else { return Ok(Instructions::new(ours)) };
    let at = match base(context, workspace)? {
        Some((_, base)) => At::Commit(base),
        None => workspace.newest()?,
    };
    let bytes = workspace.read(at, path)?.ok_or_else(|| {
        CommandError::usage(format!("the instructions `{path}` are not there"))
            .hint("Correct `llm.instructions` in reprompt.yaml, or leave it out to use ours.")
    })?;
    let text = String::from_utf8(bytes).map_err(|_| CommandError::usage(format!("`{path}` is not UTF-8 text")))?;
    Ok(Instructions::new(text))
}

impl Reader {
    /// Prints what would have been sent, where nothing was to be: the bytes themselves, or calls, tokens and dollars
    /// by stage.
    pub fn print_plan(&self, context: &mut Context) -> Result<(), CommandError> {
        let plan = self.model.planned();
        if self.show_egress { self.print_egress(context, &plan) } else { self.print_costs(context, &plan) }
    }

    fn print_egress(&self, context: &mut Context, plan: &Plan) -> Result<(), CommandError> {
        if context.globals.json {
            let requests = plan.shown.iter().map(|shown| Sent {
                stage: shown.stage.as_str(),
                url: &shown.url,
                body: String::from_utf8_lossy(&shown.body).into_owned(),
            });
            return context.json("reprompt/egress/v1", &Egress { model: &self.name, requests: requests.collect() });
        }
        for shown in &plan.shown {
            context.ui.line(format!("POST {}", one_line(&shown.url)))?;
            context.ui.line(String::from_utf8_lossy(&shown.body))?;
        }
        context.ui.status(format!(
            "{} would be sent; replies stored already: {}",
            super::view::number::counted(plan.shown.len() as u64, "request"),
            plan.stored
        ))?;
        Ok(())
    }

    fn print_costs(&self, context: &mut Context, plan: &Plan) -> Result<(), CommandError> {
        let stages = plan.stages();
        if context.globals.json {
            let stages = stages.iter().map(|(stage, sum)| Stage {
                stage: stage.as_str(),
                calls: sum.calls,
                input_tokens: sum.input_tokens,
                output_tokens_at_most: sum.output_tokens,
                estimate_usd: sum.estimate.dollars(),
                at_most_usd: sum.at_most.dollars(),
            });
            let document = Costs { model: &self.name, stored: plan.stored, stages: stages.collect() };
            return context.json("reprompt/plan/v1", &document);
        }
        if stages.is_empty() {
            let (name, stored) = (one_line(&self.name), plan.stored);
            context.ui.line(format!("{name}: nothing would be sent; replies stored already: {stored}"))?;
            return Ok(());
        }
        context.ui.line(format!("{}: nothing was sent. This would be:", one_line(&self.name)))?;
        let mut table = Table::new(&[
            ("stage", Align::Left),
            ("calls", Align::Right),
            ("tokens in", Align::Right),
            ("out, at most", Align::Right),
            ("estimate", Align::Right),
            ("at most", Align::Right),
        ]);
        for (stage, sum) in &stages {
            table.row([
                stage.as_str().to_string(),
                sum.calls.to_string(),
                super::view::number::thousands(sum.input_tokens),
                super::view::number::thousands(sum.output_tokens),
                sum.estimate.to_string(),
                sum.at_most.to_string(),
            ]);
        }
        for line in table.lines(context.ui.width(), 2) {
            context.ui.line(line)?;
        }
        if plan.stored > 0 {
            context.ui.line(format!("  {} stored already and cost nothing", plan.stored))?;
        }
        let prices = PriceTable::builtin().as_of;
        context
            .ui
            .line(format!("  at list prices of {prices}, or those of your own config; retries would add to it"))?;
        Ok(())
    }
}

#[derive(Serialize)]
struct Egress<'a> {
    model: &'a str,
    requests: Vec<Sent<'a>>,
}

#[derive(Serialize)]
struct Sent<'a> {
    stage: &'static str,
    url: &'a str,
    body: String,
}

#[derive(Serialize)]
struct Costs<'a> {
    model: &'a str,
    stored: usize,
    stages: Vec<Stage>,
}

#[derive(Serialize)]
struct Stage {
    stage: &'static str,
    calls: u64,
    input_tokens: u64,
    output_tokens_at_most: u64,
    estimate_usd: f64,
    at_most_usd: f64,
}
