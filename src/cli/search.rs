//! `search TEXT`: conversations by what was said in them, by the agent, the user or a tool.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::moment::Since;
use super::ui::Tone;
use super::untrusted::{excerpt, one_line};
use super::view::number::{counted, thousands};
use super::workspace::Workspace;
use crate::store::{SearchIndex, Stored};
use crate::trace::{Conversation, Outcome, Role};
use serde::Serialize;

/// Conversations looked at in one go while filters are applied.
const BATCH: usize = 100;
/// Columns before the words that were found.
const BEFORE: usize = 30;
/// Narrowest excerpt.
const NARROWEST: usize = 30;

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    /// Words that all must be there; several in quotes are a phrase
    #[arg(required = true, value_name = "TEXT")]
    pub text: Vec<String>,
    /// Only conversations of this agent
    #[arg(long)]
    pub agent: Option<String>,
    /// Only conversations of this user
    #[arg(long)]
    pub user: Option<String>,
    /// Only conversations that went so
    #[arg(long, value_enum)]
    pub outcome: Option<OutcomeName>,
    /// Only conversations in which this tool was called
    #[arg(long)]
    pub tool: Option<String>,
    /// Only conversations since a date or within a time: 2026-03-14, 7d, 24h
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// How many to show
    #[arg(short = 'n', long = "max-count", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

/// How a conversation went, as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum OutcomeName {
    /// The user got what they came for.
    Success,
    /// They did not.
    Failure,
    /// Nothing says.
    Unknown,
}

/// Runs `search`. Without a match the exit code is 1, as grep's is.
pub fn run(context: &mut Context, args: &SearchArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let store = workspace.traces()?;
    let bar = context.ui.bar("indexing", Some(store.len()?), false);
    let index = SearchIndex::open(&store, &mut |done, _| bar.set(done))?;
    drop(bar);
    let terms: Vec<String> =
        args.text.iter().map(|term| term.trim().to_string()).filter(|term| !term.is_empty()).collect();
    if terms.is_empty() {
        return Err(
            CommandError::usage("there is nothing to search for").hint("reprompt search refund \"order number\"")
        );
    }
    let found = index.find(&terms)?;
    let since = args.since.as_ref().map(|since| since.moment(context.now()));
    let mut shown: Vec<Stored> = Vec::new();
    let mut matches = 0_u64;
    for batch in found.chunks(BATCH) {
        for stored in store.load(batch)? {
            if !wanted(args, &stored)
                || since.is_some_and(|since| time(&stored.conversation).is_none_or(|time| time < since))
            {
                continue;
            }
            matches += 1;
            if shown.len() < args.count as usize {
                shown.push(stored);
            }
        }
    }
    if context.globals.json {
        let hits = shown.iter().map(|stored| Hit::of(stored, &terms)).collect();
        context.json("reprompt/search/v1", &Document { matches, conversations: hits })?;
    } else {
        for stored in &shown {
            print(context, stored, &terms)?;
        }
        if matches == 0 {
            let names: Vec<String> = terms.iter().map(|term| format!("`{}`", one_line(term))).collect();
            context.ui.status(format!("no conversation holds {}", names.join(" and ")))?;
        } else if matches > shown.len() as u64 {
            context.ui.status(format!(
                "{} of {}; -n shows more",
                thousands(shown.len() as u64),
                counted(matches, "conversation")
            ))?;
        }
    }
    Ok(if matches == 0 { ExitCode::CheckFailed } else { ExitCode::Done })
}

fn wanted(args: &SearchArgs, stored: &Stored) -> bool {
    let conversation = &stored.conversation;
    let outcome = args.outcome.map(|name| match name {
        OutcomeName::Success => Outcome::Success,
        OutcomeName::Failure => Outcome::Failure,
        OutcomeName::Unknown => Outcome::Unknown,
    });
    outcome.is_none_or(|outcome| outcome == stored.judgement.outcome)
        && (args.agent.is_none() || args.agent == conversation.agent)
        && (args.user.is_none() || args.user == conversation.user)
        && args.tool.as_ref().is_none_or(|tool| conversation.calls().any(|(_, call)| call.name == *tool))
}

fn time(conversation: &Conversation) -> Option<crate::clock::Timestamp> {
    conversation.ended.or(conversation.started)
}

/// Who said the first of the words, and the words around it.
fn passage(conversation: &Conversation, terms: &[String]) -> (&'static str, String) {
    let texts = conversation.turns.iter().flat_map(|turn| {
        let name = match turn.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "agent",
            Role::Tool => "tool",
        };
        let calls = turn.calls.iter().flat_map(|call| [Some(call.arguments.as_str()), call.result.as_deref()]);
        std::iter::once((name, turn.text.as_str())).chain(calls.flatten().map(|text| ("tool", text)))
    });
    // The prompt is the same in all conversations: it is shown only where nothing else holds the words.
    let mut texts: Vec<(&'static str, &str)> = texts.collect();
    texts.sort_by_key(|(name, _)| *name == "system");
    for term in terms {
        let wanted = term.to_lowercase();
        for (name, text) in &texts {
            let lower = text.to_lowercase();
            if let Some(at) = lower.find(&wanted) {
                // Lower case may be longer: a place in it is only near the place in the text.
                let start =
                    text.char_indices().map(|(index, _)| index).take_while(|index| *index <= at).collect::<Vec<_>>();
                let from = start.get(start.len().saturating_sub(BEFORE)).copied().unwrap_or(0);
                let mark = if from > 0 { "…" } else { "" };
                return (name, format!("{mark}{}", text[from..].split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    let first = conversation.user_turns().next().map_or("", |(_, turn)| turn.text.as_str());
    ("user", first.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn print(context: &mut Context, stored: &Stored, terms: &[String]) -> Result<(), CommandError> {
    let conversation = &stored.conversation;
    let (name, text) = passage(conversation, terms);
    let id = context.ui.paint(Tone::Name, &conversation.id.0);
    let day = time(conversation).map_or_else(|| "          ".to_string(), crate::clock::Timestamp::date);
    let outcome = match stored.judgement.outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
        Outcome::Unknown => "unknown",
    };
    let agent =
        conversation.agent.as_deref().map(|agent| format!("  {}", excerpt(agent, NARROWEST))).unwrap_or_default();
    context.ui.line(format!("{id}  {day}  {outcome}{agent}"))?;
    let room = context.ui.width().saturating_sub(name.len() + 4).max(NARROWEST);
    context.ui.line(format!("  {name}: {}", excerpt(&text, room)))?;
    Ok(())
}

#[derive(Serialize)]
struct Document {
    matches: u64,
    conversations: Vec<Hit>,
}

#[derive(Serialize)]
struct Hit {
    id: String,
    external_id: Option<String>,
    agent: Option<String>,
    user: Option<String>,
    ended: Option<crate::clock::Timestamp>,
    outcome: Outcome,
    said_by: &'static str,
    passage: String,
}

impl Hit {
    fn of(stored: &Stored, terms: &[String]) -> Self {
        let conversation = &stored.conversation;
        let (said_by, text) = passage(conversation, terms);
        Self {
            id: conversation.id.0.clone(),
            external_id: conversation.external_id.clone(),
            agent: conversation.agent.clone(),
            user: conversation.user.clone(),
            ended: time(conversation),
            outcome: stored.judgement.outcome,
            said_by,
            passage: text.chars().take(300).collect(),
        }
    }
}
