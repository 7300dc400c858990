//! One intent: its phrases, its weeks, and the threads that stand for it.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::trends::words::{INTENT, sentences};
use super::super::ui::Tone;
use super::super::untrusted::{excerpt, one_line};
use super::super::view::number::counted;
use super::document::LineDocument;
use super::registry::Shown;
use super::suggestion;
use super::survey::{Member, Survey};
use super::weeks::print_weeks;
use crate::intent::Intent;
use crate::intent::trend::report::Trend;
use crate::store::{Stored, TraceStore};
use crate::trace::redact::Redactor;
use crate::trace::{Outcome, Role};

/// Prints it.
pub fn print(
    context: &mut Context,
    survey: &Survey<'_>,
    intent: &Intent,
    trend: Option<&Trend>,
    shown: &Shown,
    store: &TraceStore,
    redactor: &Redactor,
) -> Result<(), CommandError> {
    let line = survey.expect_line(intent)?;
    if context.globals.json {
        return context.json("reprompt/intent/v1", &LineDocument::of(line, trend));
    }
    let ui = &mut context.ui;
    ui.line(format!("{} {}", ui.paint(Tone::Name, &intent.id.0), ui.paint(Tone::Heading, &one_line(&intent.name))))?;
    ui.line(format!("  phrases  {}", one_line(&intent.phrases.join(", "))))?;
    if let Some(description) = shown.registry.entry(&intent.id).and_then(|entry| entry.description.as_ref()) {
        ui.line(format!("  means    {}", one_line(description)))?;
    }
    for (label, rule) in rules(intent) {
        ui.line(format!("  {label:<7}  {}", one_line(rule)))?;
    }
    if shown.is_ignored(&intent.id) {
        ui.line("  ignored  nobody works on it; `reprompt intents unignore` takes that back")?;
    }
    let history = shown.registry.history(&intent.id, &shown.intents, &shown.lineage);
    for (index, line) in history.iter().enumerate() {
        ui.line(format!("  {:<7}  {}", if index == 0 { "history" } else { "" }, one_line(line)))?;
    }
    if history.is_empty() {
        ui.line(format!("  since    {}", intent.born.date()))?;
    }
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
    for suggestion in &intent.suggestions {
        if let Some(sentence) = suggestion::sentence(&shown.intents, &intent.id, suggestion) {
            ui.line(format!("  perhaps  {}", one_line(&sentence)))?;
        }
    }
    print_weeks(context, line)?;
    for sentence in trend.map(|trend| sentences(trend, INTENT)).unwrap_or_default() {
        context.ui.line(format!("  {sentence}"))?;
    }
    let threads = [
        ("Most typical", line.typical(intent)),
        ("Failing, the surest", line.worst()),
        ("Passing, newest", line.newest(Some(Outcome::Success))),
        ("Newest", line.newest(None)),
    ];
    let mut printed: Vec<&Member<'_>> = Vec::new();
    for (title, member) in threads {
        let Some(member) = member else { continue };
        if printed.iter().any(|other| other.conversation == member.conversation) {
            continue;
        }
        printed.push(member);
        for stored in store.load(std::slice::from_ref(member.conversation))? {
            let heading = format!("{title}: {} ({})", stored.conversation.id, stored.judgement.basis);
            context.ui.line(context.ui.paint(Tone::Heading, &one_line(&heading)))?;
            print_thread(context, redactor, &stored, member.first_turn as usize, member.last_turn as usize)?;
        }
    }
    Ok(())
}

/// What a model says belongs to an intent and what does not.
fn rules(intent: &Intent) -> impl Iterator<Item = (&'static str, &str)> {
    let rules = intent.rules.as_ref();
    let both = [
        ("in", rules.and_then(|rules| rules.belongs.as_deref())),
        ("out", rules.and_then(|rules| rules.differs.as_deref())),
    ];
    both.into_iter().filter_map(|(label, rule)| Some((label, rule?)))
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
