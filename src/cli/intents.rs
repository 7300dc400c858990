//! `intents [list|show|trend]`: what users wanted. Every call first brings the intents up to date with the
//! conversations: the first fits a model, later ones fold what is new into it, so that ids stay.

mod embedding;
mod naming;
mod survey;

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::model::{self, ModelArgs, Reader};
use super::ui::Tone;
use super::untrusted::{excerpt, one_line};
use super::view::number::{counted, percent};
use super::view::sparkline::sparkline;
use super::view::table::{Align, Table};
use super::workspace::Workspace;
use crate::intent::{Intent, IntentError, Options, Source, fit_embedded};
use crate::stats::interval::jeffreys;
use crate::store::{Stored, TraceStore};
use crate::trace::redact::Redactor;
use crate::trace::{Outcome, Role};
use serde::Serialize;
use survey::{Line, Survey};

/// Arguments of `intents`.
#[derive(Debug, clap::Args)]
pub struct IntentsArgs {
    /// What to do with them; a list when nothing is named
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Count the calls, tokens and dollars that a language model's names would take, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who names.
    #[command(flatten)]
    pub model: ModelArgs,
}

/// What to do with intents.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List all intents, those with the most preventable failures first
    List,
    /// Show one intent: key phrases, weeks, and threads that represent it
    Show {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
    },
    /// Show volume and failures week by week
    Trend {
        /// The intent's id, a unique prefix of it, or its name; all conversations when none is named
        intent: Option<String>,
    },
}

/// Runs `intents`.
pub fn run(context: &mut Context, args: &IntentsArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let mut store = workspace.traces()?;
    let conversations = store.load_main()?;
    let reader = model::open(context, &workspace, &args.model, "intents", args.dry_run)?;
    let embedder = model::open_embedder(context, &workspace, &args.model, "intents", args.dry_run)?;
    if args.dry_run && reader.is_none() && embedder.is_none() {
        return Err(CommandError::usage("the embedded engine asks nobody, so there is nothing to count")
            .hint("Add --engine llm, or set `engine: llm` in the config."));
    }
    let news = match refresh(&mut store, &conversations, context, &workspace, (reader.as_ref(), embedder.as_ref()))? {
        Refreshed::Named(news) => news,
        Refreshed::Planned => {
            // Names can be asked for only when the vectors are there.
            let planned = embedder.iter().chain(&reader).find(|one| !one.model.planned().shown.is_empty());
            if let Some(one) = planned.or(reader.as_ref()).or(embedder.as_ref()) {
                one.print_plan(context)?;
            }
            if embedder.as_ref().is_some_and(|one| !one.model.planned().shown.is_empty()) && reader.is_some() {
                context
                    .ui
                    .status("Names are asked for once the vectors are there; what they cost is not counted yet.")?;
            }
            return Ok(ExitCode::Done);
        }
        Refreshed::TooLittle(error) => {
            if context.globals.json {
                context.json("reprompt/intents/v1", &Unnamed { intents: [], reason: error.to_string() })?;
            } else {
                context.ui.line(error.to_string())?;
                context
                    .ui
                    .hint("`reprompt diagnose` contrasts all conversations together; more traces will name intents")?;
            }
            return Ok(ExitCode::Done);
        }
    };
    let intents = store.load_intents()?;
    let survey = Survey::new(&intents, &store.load_goals()?, &conversations);
    match &args.action {
        None | Some(Action::List) => list(context, &survey, &news)?,
        Some(Action::Show { intent }) => {
            let redactor = super::privacy::redactor(context, &workspace)?;
            show(context, &survey, find(&intents, intent)?, &conversations, &redactor)?;
        }
        Some(Action::Trend { intent: None }) => trend(context, "all conversations", &survey.all)?,
        Some(Action::Trend { intent: Some(wanted) }) => {
            let intent = find(&intents, wanted)?;
            let line = survey.line(&intent.id);
            let line = line.ok_or_else(|| CommandError::usage(format!("intent {} has no goals left", intent.id)))?;
            trend(context, &format!("{} {}", intent.id, one_line(&intent.name)), line)?;
        }
    }
    Ok(ExitCode::Done)
}

/// What bringing up to date came to.
enum Refreshed {
    /// Intents are named; what is new, as sentences.
    Named(Vec<String>),
    /// They cannot be.
    TooLittle(IntentError),
    /// Nothing was to be sent or stored.
    Planned,
}

/// Fits or folds, and stores the result if it differs from what is stored.
fn refresh(
    store: &mut TraceStore,
    conversations: &[Stored],
    context: &Context,
    workspace: &Workspace,
    (reader, embedder): (Option<&Reader>, Option<&Reader>),
) -> Result<Refreshed, CommandError> {
    let previous = store.load_model()?;
    let sources: Vec<Source<'_>> = conversations
        .iter()
        .map(|stored| Source { conversation: &stored.conversation, signals: &stored.signals })
        .collect();
    let progress = context.ui.bar("Naming intents", None, false);
    progress.set(sources.len() as u64);
    let options = Options::default();
    let embedded = match embedder.map(|one| embedding::embed(one, &sources, previous.as_ref(), &options)).transpose()? {
        None => None,
        Some(embedding::Vectors::Given(embedded)) => Some(embedded),
        Some(embedding::Vectors::Nothing(error)) => return Ok(Refreshed::TooLittle(error)),
        Some(embedding::Vectors::Planned) => return Ok(Refreshed::Planned),
    };
    if reader.is_none() && embedder.is_some_and(|one| one.plans) {
        return Ok(Refreshed::Planned);
    }
    let mut fit = match fit_embedded(&sources, previous.as_ref(), context.now(), &options, embedded.as_ref()) {
        Ok(fit) => fit,
        Err(error) => return Ok(Refreshed::TooLittle(error)),
    };
    drop(progress);
    let mut news: Vec<String> = Vec::new();
    match &previous {
        None => news.push(format!(
            "first fit: {} from {}",
            counted(fit.intents.len() as u64, "intent"),
            counted(fit.goals.len() as u64, "goal")
        )),
        Some(_) => {
            for event in &fit.lineage {
                let other = event.other.as_ref().map(|other| format!(" ({other})")).unwrap_or_default();
                news.push(format!("{} {}{other}", event.intent, event.kind.name()));
            }
        }
    }
    news.extend(fit.refit_due.iter().map(|why| format!("the model no longer fits well: {why}")));
    let mut ended_early = None;
    if let Some(reader) = reader {
        match naming::name(context, workspace, reader, &mut fit)? {
            (naming::Named::Planned, _) => return Ok(Refreshed::Planned),
            (naming::Named::Done(more), error) => {
                news.extend(more);
                ended_early = error;
            }
        }
    }
    let goals = store.load_goals()?;
    let same_goals = goals.len() == fit.goals.len()
        && goals.iter().zip(fit.goals.iter().zip(&fit.assignments)).all(|(old, (goal, assigned))| {
            old.conversation == goal.conversation
                && old.ordinal == goal.ordinal
                && (old.first_turn, old.last_turn) == (goal.first_turn, goal.last_turn)
                && old.intent == assigned.intent
        });
    let same_model = previous.as_ref().is_some_and(|previous| previous.digest() == fit.model.digest());
    if !(same_goals && same_model) {
        if previous.is_some() && goals.len() < fit.goals.len() {
            news.push(format!("{} folded in", counted((fit.goals.len() - goals.len()) as u64, "new goal")));
        }
        store.save_fit(&fit)?;
    }
    match ended_early {
        // What was named until then is stored.
        Some(error) => Err(error),
        None => Ok(Refreshed::Named(news)),
    }
}

/// The intent that `wanted` names: its id, a unique prefix of it, or its name.
pub fn find<'a>(intents: &'a [Intent], wanted: &str) -> Result<&'a Intent, CommandError> {
    let bare = wanted.strip_prefix("i-").unwrap_or(wanted);
    let exact = intents.iter().find(|intent| intent.id.0 == wanted || intent.name == wanted);
    let mut matching = intents.iter().filter(|intent| {
        !bare.is_empty() && intent.id.0.strip_prefix("i-").is_some_and(|digits| digits.starts_with(bare))
    });
    match (exact, matching.next(), matching.next()) {
        (Some(found), ..) | (None, Some(found), None) => Ok(found),
        (None, Some(_), Some(_)) => {
            Err(CommandError::usage(format!("`{}` fits more than one intent", one_line(wanted)))
                .hint("Give more digits."))
        }
        (None, None, _) => Err(CommandError::usage(format!("there is no intent `{}`", one_line(wanted)))
            .hint("`reprompt intents` lists them.")),
    }
}

fn list(context: &mut Context, survey: &Survey<'_>, news: &[String]) -> Result<(), CommandError> {
    if context.globals.json {
        return context.json("reprompt/intents/v1", &Document::of(survey, news));
    }
    let ui = &mut context.ui;
    for sentence in news {
        ui.status(one_line(sentence))?;
    }
    let mut table = Table::new(&[
        ("intent", Align::Left),
        ("name", Align::Left),
        ("count", Align::Right),
        ("weeks", Align::Left),
        ("failing (95 %)", Align::Right),
        ("unknown", Align::Right),
        ("avoidable", Align::Right),
    ]);
    for line in &survey.lines {
        let pain = &line.pain;
        table.row([
            line.intent.map(|intent| intent.id.0.clone()).unwrap_or_default(),
            line.intent.map(|intent| one_line(&intent.name)).unwrap_or_default(),
            line.counts.all().to_string(),
            sparkline(&line.volumes()),
            pain.failure_rate.map_or_else(
                || "-".to_string(),
                |rate| format!("{} ({:.0}-{:.0})", percent(rate), 100.0 * pain.low, 100.0 * pain.high),
            ),
            percent(pain.unknown_share),
            format!("{:.1}", pain.preventable_per_week),
        ]);
    }
    for line in table.lines(ui.width(), 0) {
        ui.line(line)?;
    }
    ui.line("count: conversations; avoidable: failures a week that would not happen at the average rate, cautiously")?;
    let (volumes, long_tail) = (survey.all.volumes(), survey.long_tail);
    ui.line(format!(
        "all {}{}{}",
        counted(u64::from(survey.all.counts.all()), "conversation"),
        if volumes.is_empty() { String::new() } else { format!(" {}", sparkline(&volumes)) },
        if long_tail == 0 { String::new() } else { format!("; {} in the long tail", counted(long_tail, "goal")) }
    ))?;
    let goals: u32 = survey.lines.iter().filter_map(|line| line.intent).map(|intent| intent.goals).sum();
    if goals < FEW_GOALS {
        ui.status(format!("low confidence: {goals} goals are few; below {FEW_GOALS} intents may still move"))?;
    }
    if let Some(intent) = survey.lines.first().and_then(|line| line.intent) {
        ui.hint(format!(
            "`reprompt intents show {}` prints its threads, `reprompt diagnose` looks for causes",
            intent.id
        ))?;
    }
    Ok(())
}

/// Fewer goals than this are named with low confidence.
const FEW_GOALS: u32 = 1000;

fn show(
    context: &mut Context,
    survey: &Survey<'_>,
    intent: &Intent,
    conversations: &[Stored],
    redactor: &Redactor,
) -> Result<(), CommandError> {
    let line = survey.line(&intent.id);
    let line = line.ok_or_else(|| CommandError::usage(format!("intent {} has no goals left", intent.id)))?;
    if context.globals.json {
        return context.json("reprompt/intent/v1", &LineDocument::of(line));
    }
    let ui = &mut context.ui;
    ui.line(format!("{} {}", ui.paint(Tone::Name, &intent.id.0), ui.paint(Tone::Heading, &one_line(&intent.name))))?;
    ui.line(format!("  phrases  {}", one_line(&intent.phrases.join(", "))))?;
    ui.line(format!("  since    {}", intent.born.date()))?;
    ui.line(format!(
        "  {}: {} failing, {} passing, {} unknown",
        counted(u64::from(line.counts.all()), "conversation"),
        line.counts.failure,
        line.counts.success,
        line.counts.unknown
    ))?;
    if !intent.related.is_empty() {
        let related: Vec<&str> = intent.related.iter().map(|id| id.0.as_str()).collect();
        ui.line(format!("  related  {}", related.join(", ")))?;
    }
    print_weeks(context, line)?;
    let threads = [
        ("Most typical", line.typical(intent)),
        ("Failing, newest", line.newest(Outcome::Failure)),
        ("Passing, newest", line.newest(Outcome::Success)),
    ];
    for (title, member) in threads {
        let Some(member) = member else { continue };
        if let Some(stored) = conversations.iter().find(|stored| stored.conversation.id == member.conversation) {
            let heading = format!("{title}: {} ({})", stored.conversation.id, stored.judgement.basis);
            context.ui.line(context.ui.paint(Tone::Heading, &one_line(&heading)))?;
            print_thread(context, redactor, stored, member.first_turn as usize, member.last_turn as usize)?;
        }
    }
    Ok(())
}

/// Turns of a thread that are printed at most.
const MOST_TURNS: usize = 12;

fn print_thread(
    context: &mut Context,
    redactor: &Redactor,
    stored: &Stored,
    first: usize,
    last: usize,
) -> Result<(), CommandError> {
    let excerpt = |text: &str, width: usize| excerpt(&redactor.redact(text), width);
    let width = context.ui.width().saturating_sub(14).max(20);
    let turns = stored.conversation.turns.iter().enumerate().skip(first).take(last + 1 - first.min(last));
    let turns: Vec<_> = turns.filter(|(_, turn)| turn.role != Role::System).collect();
    for (_, turn) in turns.iter().take(MOST_TURNS) {
        let who = match turn.role {
            Role::User => "user",
            Role::Assistant => "agent",
            Role::Tool => "tool",
            Role::System => "system",
        };
        if !turn.text.trim().is_empty() {
            context.ui.line(format!("  {who:>9}  {}", excerpt(&turn.text, width)))?;
        }
        for call in &turn.calls {
            let mark = if call.error.is_some() { "✗" } else { "→" };
            let line = format!("{}({})", call.name, call.arguments);
            context.ui.line(format!("  {:>9}  {}", "call", excerpt(&line, width)))?;
            if let Some(result) = &call.result {
                context.ui.line(format!("  {mark:>9}  {}", excerpt(result, width)))?;
            }
        }
    }
    if turns.len() > MOST_TURNS {
        context.ui.line(format!("  {:>9}  {} more turns", "…", turns.len() - MOST_TURNS))?;
    }
    Ok(())
}

fn trend(context: &mut Context, title: &str, line: &Line<'_>) -> Result<(), CommandError> {
    if context.globals.json {
        return context.json("reprompt/intent/v1", &LineDocument::of(line));
    }
    context.ui.line(context.ui.paint(Tone::Heading, title))?;
    print_weeks(context, line)
}

fn print_weeks(context: &mut Context, line: &Line<'_>) -> Result<(), CommandError> {
    if line.weeks.is_empty() {
        context.ui.line("  no conversation has a time, so there are no weeks")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("week of", Align::Left),
        ("conversations", Align::Right),
        ("share of all", Align::Right),
        ("failing", Align::Right),
        ("passing", Align::Right),
        ("unknown", Align::Right),
        ("failure rate", Align::Right),
        ("95 % interval", Align::Left),
    ]);
    for (week, all) in line.weeks.iter().zip(&line.volumes_of_all) {
        let counts = week.counts;
        let known = u64::from(counts.known());
        let interval = if known == 0 { None } else { jeffreys(u64::from(counts.failure), known, 0.95) };
        table.row([
            week.start.date(),
            counts.all().to_string(),
            if *all == 0 { "-".to_string() } else { percent(f64::from(counts.all()) / f64::from(*all)) },
            counts.failure.to_string(),
            counts.success.to_string(),
            counts.unknown.to_string(),
            if known == 0 { "-".to_string() } else { percent(f64::from(counts.failure) / known as f64) },
            interval.map_or_else(|| "-".to_string(), |one| format!("{} to {}", percent(one.low), percent(one.high))),
        ]);
    }
    for row in table.lines(context.ui.width(), 2) {
        context.ui.line(row)?;
    }
    Ok(())
}

/// `--json` when there is too little to name intents.
#[derive(Serialize)]
struct Unnamed {
    intents: [(); 0],
    reason: String,
}

/// `--json` of the list.
#[derive(Serialize)]
struct Document<'a> {
    intents: Vec<LineDocument<'a>>,
    long_tail_goals: u64,
    news: &'a [String],
}

impl<'a> Document<'a> {
    fn of(survey: &'a Survey<'a>, news: &'a [String]) -> Self {
        Self { intents: survey.lines.iter().map(LineDocument::of).collect(), long_tail_goals: survey.long_tail, news }
    }
}

/// `--json` of one intent, or of all conversations together.
#[derive(Serialize)]
struct LineDocument<'a> {
    intent: Option<&'a Intent>,
    failing: u32,
    passing: u32,
    unknown: u32,
    failure_rate: Option<f64>,
    interval: [f64; 2],
    preventable_failures_per_week: f64,
    weeks: Vec<WeekDocument>,
}

#[derive(Serialize)]
struct WeekDocument {
    start: String,
    failing: u32,
    passing: u32,
    unknown: u32,
}

impl<'a> LineDocument<'a> {
    fn of(line: &'a Line<'a>) -> Self {
        Self {
            intent: line.intent,
            failing: line.counts.failure,
            passing: line.counts.success,
            unknown: line.counts.unknown,
            failure_rate: line.pain.failure_rate,
            interval: [line.pain.low, line.pain.high],
            preventable_failures_per_week: line.pain.preventable_per_week,
            weeks: line
                .weeks
                .iter()
                .map(|week| WeekDocument {
                    start: week.start.date(),
                    failing: week.counts.failure,
                    passing: week.counts.success,
                    unknown: week.counts.unknown,
                })
                .collect(),
        }
    }
}
