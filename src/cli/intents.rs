//! `intents`: what users wanted, over time, and what people decided about it. Every call first brings the intents up to date with the
//! conversations: the first fits a model, later ones fold what is new into it, so that ids stay.

mod assignments;
mod decide;
mod document;
mod embedding;
mod list;
mod naming;
mod one;
mod refresh;
pub mod registry;
mod suggestion;
mod survey;
mod trends;
mod weeks;

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::model::{self, ModelArgs};
use super::trends::filter::{Filter, FilterArgs};
use super::trends::marks;
use super::trends::words::without_week;
use super::untrusted::one_line;
use super::workspace::Workspace;
use crate::intent::registry::same_name;
use crate::intent::trend::report::Summary;
use crate::intent::{Intent, Options};
use document::{Beside, Unknown, UnknownSummary, Unnamed, WouldBe};
use refresh::{Asked, Refreshed};
use registry::Shown;
use survey::Survey;
use trends::Trends;

/// Arguments of `intents`.
#[derive(Debug, Default, clap::Args)]
pub struct IntentsArgs {
    /// What to do with them; a list when nothing is named
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Send nothing and store nothing: count what asking a language model would cost, or, with --refit, say what would
    /// become of the intents
    #[arg(long)]
    pub dry_run: bool,
    /// Learn everything anew; intents that match keep their ids, and what became of the others is said
    #[arg(long)]
    pub refit: bool,
    /// Write all intents into intents.yaml, so that their names and ids outlive this cache
    #[arg(long)]
    pub save: bool,
    /// Print one line of what is new, surging or resolved
    #[arg(long)]
    pub summary: bool,
    /// How finely a first fit or --refit divides
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    pub granularity: Granularity,
    /// What is looked at.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// What comes first
    #[arg(long, value_enum, value_name = "BY", global = true, default_value_t, help_heading = "Filters")]
    pub sort: Sort,
    /// Who names.
    #[command(flatten)]
    pub model: ModelArgs,
}

/// How finely goals are divided into intents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Granularity {
    /// Fewer, larger intents.
    Coarse,
    /// As the data is most stable.
    #[default]
    Auto,
    /// More, smaller ones.
    Fine,
}

/// What comes first in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// The most preventable failures.
    #[default]
    Avoidable,
    /// The most conversations.
    Count,
    /// The highest share of failures.
    Failing,
    /// The newest intent.
    Newest,
    /// By name.
    Name,
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
    /// Call an intent by another name
    Rename {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
        /// Its name from now on
        name: String,
    },
    /// Say in a sentence what belongs to an intent
    Describe {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
        /// The sentence
        text: String,
    },
    /// Show the goals of one intent under another; a part that was split off goes back
    Merge {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
        /// The intent that takes it in, likewise
        into: String,
    },
    /// Show the goals that hold a phrase as an intent of their own
    Split {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
        /// The phrase; several times for several
        #[arg(long, value_name = "PHRASE", required = true)]
        containing: Vec<String>,
        /// The part's name; its first phrase when there is none
        #[arg(long)]
        name: Option<String>,
    },
    /// Work no longer on an intent; it is still counted
    Ignore {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
        /// Why, for whoever asks later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Work on an intent again
    Unignore {
        /// The intent's id, a unique prefix of it, or its name
        intent: String,
    },
    /// Print every goal with its intent, a line of JSON each, or with --csv a row
    Assignments,
}

/// Runs `intents`.
pub fn run(context: &mut Context, args: &IntentsArgs) -> Result<ExitCode, CommandError> {
    if let Some((what, hint)) = args.without_effect(context.globals.json) {
        return Err(CommandError::usage(what).hint(hint));
    }
    let workspace = Workspace::open(context)?;
    let mut store = workspace.traces()?;
    let reader = model::open(context, &workspace, &args.model, "intents", args.dry_run)?;
    let embedder = model::open_embedder(context, &workspace, &args.model, "intents", args.dry_run)?;
    if args.dry_run && !args.refit && reader.is_none() && embedder.is_none() {
        return Err(CommandError::usage("the embedded engine asks nobody, so there is nothing to count")
            .hint("Add --engine llm, or set `engine: llm` in the config."));
    }
    let granularity = match args.granularity {
        Granularity::Coarse => 0.5,
        Granularity::Auto => 1.0,
        Granularity::Fine => 2.0,
    };
    let asked = Asked {
        options: Options { granularity, refit: args.refit, ..Options::default() },
        dry_run: args.dry_run,
        reader: reader.as_ref(),
        embedder: embedder.as_ref(),
    };
    let (news, suggested) = match refresh::refresh(&mut store, context, &workspace, &asked)? {
        Refreshed::Named(news, suggested) => (news, suggested),
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
        Refreshed::WouldBe(news) => {
            if context.globals.json {
                context.json("reprompt/intents-refit/v1", &WouldBe { news })?;
                return Ok(ExitCode::Done);
            }
            if news.is_empty() {
                context.ui.line("a refit would find the same intents")?;
            }
            for sentence in news {
                context.ui.line(one_line(&sentence))?;
            }
            context.ui.hint("nothing was stored; `reprompt intents --refit` without --dry-run does it")?;
            return Ok(ExitCode::Done);
        }
        Refreshed::TooLittle(error) => {
            if args.save || args.action.as_ref().is_some_and(Action::decides) {
                return Err(CommandError::usage(format!("there are no intents to decide about: {error}"))
                    .hint("More traces will name intents."));
            }
            unnamed(context, args, error.to_string())?;
            context
                .ui
                .hint("`reprompt diagnose` contrasts all conversations together; more traces will name intents")?;
            return Ok(ExitCode::Done);
        }
    };
    let shown = Shown::load(&workspace, &store)?;
    shown.warn(&mut context.ui)?;
    suggestion::hint(&mut context.ui, &shown.intents, &suggested)?;
    if let Some(action) = &args.action
        && decide::decide(context, &workspace, &store, &shown, action)?
    {
        return Ok(ExitCode::Done);
    }
    if args.save {
        decide::save(context, &workspace, &shown)?;
        return Ok(ExitCode::Done);
    }
    let Shown { intents, goals, .. } = &shown;
    let csv = args.filter.csv;
    let filter = Filter::of(&args.filter, context.now());
    let conversations = filter.apply(store.main_conversations()?, |row| row);
    if conversations.is_empty() {
        unnamed(context, args, "no conversation passes these filters".to_string())?;
        return Ok(ExitCode::Done);
    }
    if let Some(Action::Assignments) = &args.action {
        assignments::print(context, &conversations, intents, goals, csv)?;
        return Ok(ExitCode::Done);
    }
    // A table and a summary need neither: git is not walked, and no call is read, for nothing.
    let close = context.globals.json || matches!(args.action, Some(Action::Show { .. } | Action::Trend { .. }));
    let (latencies, marks) = if close {
        (store.tool_latencies()?, marks::read(context, &workspace, &conversations)?)
    } else {
        Default::default()
    };
    let survey = Survey::new(intents, goals, &conversations, &latencies, &filter, args.sort);
    let trends = Trends::read(&survey, &shown.lineage, &marks, filter.now);
    let of = |intent: &Intent| trends.as_ref().and_then(|trends| trends.of(&survey, intent));
    if args.summary {
        let summary = trends.as_ref().map(|trends| trends.report.summary).unwrap_or_default();
        if context.globals.json {
            context.json("reprompt/intents-summary/v1", &summary)?;
        } else {
            context.ui.line(summary)?;
        }
        return Ok(ExitCode::Done);
    }
    match &args.action {
        Some(Action::Show { intent }) => {
            let redactor = super::privacy::redactor(context, &workspace)?;
            let intent = shown.find(intent)?;
            one::print(context, &survey, intent, of(intent), &shown, &store, &redactor)?;
        }
        Some(Action::Trend { intent: None }) => {
            let mixture = trends.as_ref().and_then(|trends| trends.mixture(goals, &conversations));
            let beside = Beside { mixture, ..Beside::default() };
            weeks::print(context, "all conversations", &survey.all, None, beside, csv)?;
            if let Some(said) = without_week(&survey.all.weeks, survey.without_week)
                && !context.globals.json
                && !csv
            {
                context.ui.status(said)?;
            }
        }
        Some(Action::Trend { intent: Some(wanted) }) => {
            let intent = shown.find(wanted)?;
            let line = survey.expect_line(intent)?;
            let company = trends.as_ref().map(|trends| trends.company(&store, line)).transpose()?;
            let beside = Beside { company, ..Beside::default() };
            let title = format!("{} {}", intent.id, one_line(&intent.name));
            weeks::print(context, &title, line, of(intent), beside, csv)?;
        }
        _ => list::print(context, &survey, trends.as_ref(), &news, &shown, csv)?,
    }
    Ok(ExitCode::Done)
}

/// Says why there is nothing to show.
fn unnamed(context: &mut Context, args: &IntentsArgs, reason: String) -> Result<(), CommandError> {
    let rows = args.filter.csv || matches!(args.action, Some(Action::Assignments));
    if rows {
        // Whoever reads rows reads no sentences.
        return Ok(context.ui.status(reason)?);
    }
    if !context.globals.json {
        return Ok(context.ui.line(reason)?);
    }
    match args.action {
        Some(Action::Show { .. } | Action::Trend { .. }) => {
            context.json("reprompt/intent/v1", &Unknown { intent: None, weeks: [], reason })
        }
        _ if args.summary => {
            context.json("reprompt/intents-summary/v1", &UnknownSummary { summary: Summary::default(), reason })
        }
        _ => context.json("reprompt/intents/v1", &Unnamed { intents: [], reason }),
    }
}

impl Action {
    /// Whether it writes a decision.
    fn decides(&self) -> bool {
        !matches!(self, Self::List | Self::Show { .. } | Self::Trend { .. } | Self::Assignments)
    }
}

impl IntentsArgs {
    /// What was asked for beside something that makes no use of it, and what to do.
    fn without_effect(&self, json: bool) -> Option<(&'static str, &'static str)> {
        let filter = &self.filter;
        let lists = matches!(self.action, None | Some(Action::List));
        let shows =
            lists || matches!(self.action, Some(Action::Show { .. } | Action::Trend { .. } | Action::Assignments));
        let whole = self.save || self.summary;
        let leave = "Leave it out.";
        match () {
            () if filter.csv && json => Some(("--csv and --json cannot be used together", "Choose one.")),
            () if self.save && self.summary => Some(("--save and --summary cannot be used together", "Choose one.")),
            () if whole && !lists => Some(("--save and --summary are about all intents", "Leave out what follows.")),
            () if filter.chooses() && (self.save || !shows) => {
                Some(("filters choose what is shown; a decision holds for all conversations", leave))
            }
            () if self.sort != Sort::default() && (whole || !lists) => Some(("--sort is for the list", leave)),
            () if filter.csv && (whole || !shows || matches!(self.action, Some(Action::Show { .. }))) => {
                Some(("--csv is for the list, `trend` and `assignments`", "--json prints all that is known."))
            }
            () => None,
        }
    }
}

/// The intent that `wanted` names: its id, a unique prefix of it, or its name.
pub fn find<'a>(intents: &'a [Intent], wanted: &str) -> Result<&'a Intent, CommandError> {
    let bare = wanted.strip_prefix("i-").unwrap_or(wanted);
    let exact = intents.iter().find(|intent| intent.id.0 == wanted || same_name(&intent.name) == same_name(wanted));
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
