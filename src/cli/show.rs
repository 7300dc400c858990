//! `show ID`: anything that has an id: a conversation as a person would read it, an intent, a finding.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::ui::Tone;
use super::untrusted::{excerpt, one_line, visible};
use super::view::number::{counted, percent};
use super::workspace::Workspace;
use super::{findings, intents};
use crate::store::{Stored, TraceStore};
use crate::trace::{Conversation, ConversationId, ErrorSource, Outcome, Role, ToolCall};
use serde::Serialize;

/// Conversations that are listed where an id means several.
const MOST_MEANT: usize = 8;
/// Lines of a text that are shown without `--full`.
const LINES: usize = 12;
/// Columns of a call's arguments and result without `--full`.
const CALL_WIDTH: usize = 160;
/// Narrowest text column.
const NARROWEST: usize = 20;

/// Arguments of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The id of a conversation (ours or its source's), an intent or a finding, or a unique prefix of it
    pub id: String,
    /// Show long texts, calls and results whole
    #[arg(long)]
    pub full: bool,
}

/// Runs `show`.
pub fn run(context: &mut Context, args: &ShowArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let store = workspace.traces()?;
    if let Some(stored) = find(&store, &args.id)? {
        show(context, &store, &stored, args.full)?;
        return Ok(ExitCode::Done);
    }
    let known = intents::registry::Shown::load(&workspace, &store)?.intents;
    drop(store);
    if intents::find(&known, &args.id).is_ok() {
        let action = Some(intents::Action::Show { intent: args.id.clone() });
        return intents::run(context, &intents::IntentsArgs { action, ..Default::default() });
    }
    let found = findings::load(&workspace)?;
    if found.iter().any(|stored| stored.finding.id.0.starts_with(&args.id)) {
        let action = Some(findings::Action::Show { finding: args.id.clone() });
        return findings::run(context, &findings::FindingsArgs { action, ..Default::default() });
    }
    Err(CommandError::usage(format!("there is no conversation, intent or finding `{}`", one_line(&args.id)))
        .hint("reprompt search TEXT finds conversations by what was said; reprompt intents and reprompt findings list the others."))
}

/// The conversation that an id means; an error when it means several.
pub fn find(store: &TraceStore, id: &str) -> Result<Option<Stored>, CommandError> {
    let ids = store.named(id, MOST_MEANT + 1)?;
    let exact: Vec<ConversationId> = ids.iter().filter(|found| found.0 == id).cloned().collect();
    let ids = if exact.is_empty() { ids } else { exact };
    match &ids[..] {
        [] => Ok(None),
        [only] => Ok(store.load(std::slice::from_ref(only))?.pop()),
        several => {
            let names: Vec<&str> = several.iter().take(MOST_MEANT).map(|id| id.0.as_str()).collect();
            let more = if several.len() > MOST_MEANT { ", …" } else { "" };
            Err(CommandError::usage(format!(
                "`{}` means several conversations: {}{more}",
                one_line(id),
                names.join(", ")
            ))
            .hint("Name one of them."))
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    conversation: &'a Conversation,
    source: Option<String>,
    outcome: Outcome,
    outcome_basis: &'a str,
    p_fail: Option<f64>,
    signals: &'a [crate::trace::Signal],
    parts: Vec<ConversationId>,
}

fn show(context: &mut Context, store: &TraceStore, stored: &Stored, full: bool) -> Result<(), CommandError> {
    let Stored { conversation, judgement, signals } = stored;
    let source = store.source_of(&conversation.id)?;
    let parts = store.parts_of(&conversation.id)?;
    if context.globals.json {
        let document = Document {
            conversation,
            source,
            outcome: judgement.outcome,
            outcome_basis: &judgement.basis,
            p_fail: judgement.p_fail,
            signals,
            parts,
        };
        return context.json("reprompt/conversation/v1", &document);
    }
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.extend(conversation.external_id.as_ref().map(|id| ("source's id", id.clone())));
    facts.extend(conversation.parent.as_ref().map(|parent| ("part of", parent.to_string())));
    facts.extend(source.map(|path| ("file", path)));
    facts.extend(conversation.agent.clone().map(|agent| ("agent", agent)));
    facts.extend(conversation.model.clone().map(|model| ("model", model)));
    facts.extend(conversation.prompt_version.clone().map(|version| ("prompt version", version)));
    facts.extend(conversation.user.clone().map(|user| ("user", user)));
    facts.extend(conversation.started.map(|started| ("started", started.to_string())));
    facts.extend(conversation.ended.map(|ended| ("ended", ended.to_string())));
    facts.extend(conversation.cost.map(|cost| ("cost", format!("${cost:.4}"))));
    let p_fail = judgement.p_fail.map(|p| format!(", {} likely to have failed", percent(p))).unwrap_or_default();
    let outcome = match judgement.outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
        Outcome::Unknown => "unknown",
    };
    facts.push(("outcome", format!("{outcome} (by {}{p_fail})", judgement.basis)));
    for (name, score) in &conversation.scores {
        facts.push(("score", format!("{name} {score}")));
    }
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let room = context.ui.width().saturating_sub(width + 4).max(NARROWEST);
    let title = context.ui.paint(Tone::Name, &conversation.id.0);
    context.ui.line(title)?;
    for (name, value) in facts {
        context.ui.line(format!("  {name:width$}  {}", excerpt(&value, room)))?;
    }
    for (index, turn) in conversation.turns.iter().enumerate() {
        context.ui.line("")?;
        let (name, tone) = match turn.role {
            Role::System => ("system", Tone::Dim),
            Role::User => ("user", Tone::Name),
            Role::Assistant => ("agent", Tone::Good),
            Role::Tool => ("tool", Tone::Dim),
        };
        let time = turn.time.map(|time| format!("  {time}")).unwrap_or_default();
        let marks: Vec<String> = signals
            .iter()
            .filter(|signal| signal.turn as usize == index)
            .map(|signal| {
                serde_json::to_value(signal.kind)
                    .ok()
                    .and_then(|kind| kind.as_str().map(str::to_string))
                    .unwrap_or_default()
            })
            .collect();
        let marks = if marks.is_empty() { String::new() } else { format!("  [{}]", marks.join(", ")) };
        let head = format!("{}{time}{marks}", context.ui.paint(tone, name));
        context.ui.line(head)?;
        // Prompts are long and the same in all conversations.
        let most = match (full, turn.role) {
            (true, _) => usize::MAX,
            (false, Role::System) => 3,
            (false, _) => LINES,
        };
        for line in wrapped(&turn.text, context.ui.width(), most) {
            context.ui.line(format!("  {line}"))?;
        }
        for call in &turn.calls {
            print_call(context, call, full)?;
        }
    }
    if !parts.is_empty() {
        context.ui.line("")?;
        let names: Vec<&str> = parts.iter().map(|id| id.0.as_str()).collect();
        let line = format!("{} in sub-agents: {}", counted(parts.len() as u64, "conversation"), names.join(", "));
        context.ui.line(excerpt(&line, context.ui.width().max(NARROWEST)))?;
    }
    Ok(())
}

fn print_call(context: &mut Context, call: &ToolCall, full: bool) -> Result<(), CommandError> {
    let width = context.ui.width().saturating_sub(6).clamp(NARROWEST, if full { usize::MAX } else { CALL_WIDTH });
    let asked = format!("{}({})", call.name, call.arguments);
    let took = call.latency_ms.map(|ms| format!("  {ms} ms")).unwrap_or_default();
    if full {
        let lines = wrapped(&asked, context.ui.width().saturating_sub(2), usize::MAX);
        for (index, line) in lines.into_iter().enumerate() {
            context.ui.line(format!("  {} {line}", if index == 0 { "→" } else { " " }))?;
        }
    } else {
        context.ui.line(format!("  → {}{took}", excerpt(&asked, width)))?;
    }
    let mark = match call.error {
        Some(ErrorSource::Status) => "✗ failed: ",
        Some(ErrorSource::Content) => "✗ ",
        None => "← ",
    };
    let result = call.result.as_deref().unwrap_or("(no result in the trace)");
    let shown = if full {
        wrapped(result, context.ui.width().saturating_sub(4), usize::MAX)
    } else {
        vec![excerpt(result, width)]
    };
    for (index, line) in shown.into_iter().enumerate() {
        let line = format!("  {}{line}", if index == 0 { mark } else { "  " });
        let line = if call.error.is_some() { context.ui.paint(Tone::Bad, &line) } else { line };
        context.ui.line(line)?;
    }
    Ok(())
}

/// A text in lines of at most `width` columns, without what a terminal would obey; at most so many lines.
fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let width = width.saturating_sub(2).max(NARROWEST);
    let mut lines = Vec::new();
    for given in text.lines() {
        let mut line = String::new();
        let mut columns = 0;
        for word in given.split_inclusive(' ') {
            let shown = visible(word);
            let wide = unicode_width::UnicodeWidthStr::width(shown.as_str());
            if columns > 0 && columns + wide > width {
                lines.push(std::mem::take(&mut line));
                columns = 0;
            }
            columns += wide;
            line.push_str(&shown);
        }
        lines.push(line);
        if lines.len() > most {
            break;
        }
    }
    let more = lines.len() > most;
    lines.truncate(most);
    if more {
        lines.push("…".to_string());
    }
    lines.into_iter().map(|line| line.trim_end().to_string()).collect()
}
