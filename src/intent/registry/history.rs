//! What happened to an intent, in words: the registry's events and the cache's, as one story.

use super::{Called, Entry, Event, EventKind, Registry};
use crate::intent::{Intent, IntentId, LineageEvent, LineageKind};

impl Registry {
    /// What happened to `id`, oldest first, one sentence a line with its day. `lineage` are the events that the cache
    /// tells, `shown` the intents as they are shown. Empty when nobody knows the intent.
    pub fn history(&self, id: &IntentId, shown: &[Intent], lineage: &[LineageEvent]) -> Vec<String> {
        let name = |id: &IntentId| {
            let saved = self.entry(id).map(|entry| entry.name.as_str());
            saved.or_else(|| shown.iter().find(|intent| intent.id == *id).map(|intent| intent.name.as_str()))
        };
        let called = |id: &IntentId| Called(id, name(id)).to_string();
        let mut story: Vec<(String, String)> = Vec::new();
        let entry = self.entry(id);
        let events = entry.map(|entry| entry.lineage.as_slice()).unwrap_or_default();
        for event in events {
            let reason = entry.and_then(|entry| last_reason(entry, event));
            story.push((event.at.clone(), told(event, reason, &called)));
        }
        let is_born = |kind: EventKind| events.iter().any(|event| event.kind == kind);
        for event in lineage.iter().filter(|event| event.intent == *id) {
            let day = event.at.date();
            let again = lineage.iter().any(|other| other.intent == *id && other.at < event.at);
            let (kind, words) = found(event, again, &called);
            let told_before = events.iter().any(|own| own.kind == kind && (own.at == day || kind == EventKind::Born));
            if !told_before {
                story.push((day, words));
            }
        }
        if !is_born(EventKind::Born)
            && !lineage.iter().any(|event| event.intent == *id && event.kind != LineageKind::Retired)
            && let Some(intent) = shown.iter().find(|intent| intent.id == *id)
        {
            story.push((intent.born.date(), "born".to_string()));
        }
        for other in self.entries().iter().filter(|other| other.id != *id) {
            let merges = other
                .lineage
                .iter()
                .filter(|event| event.kind == EventKind::Merged && event.other.as_ref() == Some(id));
            story.extend(merges.map(|event| (event.at.clone(), format!("took in {}", called(&other.id)))));
        }
        // Days are written so that their order is that of their letters; of one day, births come first.
        story.sort_by(|one, two| one.0.cmp(&two.0).then_with(|| is_birth(&two.1).cmp(&is_birth(&one.1))));
        story.dedup();
        story.into_iter().map(|(day, words)| format!("{day}: {words}")).collect()
    }
}

fn is_birth(words: &str) -> bool {
    words.starts_with("born")
}

/// The entry's reason, if `event` is the ignoring that it belongs to.
fn last_reason<'a>(entry: &'a Entry, event: &Event) -> Option<&'a str> {
    let last = entry.lineage.iter().rfind(|event| event.kind == EventKind::Ignored)?;
    entry.reason.as_deref().filter(|_| std::ptr::eq(last, event))
}

/// An event of the registry in words.
fn told(event: &Event, reason: Option<&str>, called: &dyn Fn(&IntentId) -> String) -> String {
    let other = event.other.as_ref().map(called);
    let from = event.from.as_deref();
    let words = match (event.kind, other) {
        (EventKind::Born, Some(parent)) => format!("born as a part of {parent}"),
        (EventKind::Born, None) => "born".to_string(),
        (EventKind::Renamed, _) => from.map_or_else(|| "renamed".to_string(), |from| format!("renamed from `{from}`")),
        (EventKind::Merged, Some(into)) => format!("merged into {into}"),
        (EventKind::Merged, None) => "merged".to_string(),
        (EventKind::Split, Some(part)) => format!("split: {part} became an intent of its own"),
        (EventKind::Split, None) => "split".to_string(),
        (EventKind::Ignored, _) => reason.map_or_else(|| "ignored".to_string(), |why| format!("ignored: {why}")),
        (EventKind::Unignored, _) => "no longer ignored".to_string(),
        (EventKind::Retired, Some(heir)) => format!("retired: a refit made it part of {heir}"),
        (EventKind::Retired, None) => "retired: nobody wanted it any more".to_string(),
        (EventKind::Returned, Some(parent)) => format!("split off {parent} once more"),
        (EventKind::Returned, None) => "returned: somebody wanted it again".to_string(),
    };
    match &event.by {
        Some(model) => format!("{words} (asked of {model})"),
        None => words,
    }
}

/// An event of the cache in words, and the kind that it has in the registry.
fn found(event: &LineageEvent, again: bool, called: &dyn Fn(&IntentId) -> String) -> (EventKind, String) {
    let other = event.other.as_ref().map(called);
    match (event.kind, other) {
        (LineageKind::Born, _) if again => (EventKind::Returned, "returned: somebody wanted it again".to_string()),
        (LineageKind::Born, _) | (LineageKind::Split, None) => (EventKind::Born, "born".to_string()),
        (LineageKind::Split, Some(parent)) => (EventKind::Born, format!("born out of {parent} in a refit")),
        (LineageKind::Merged, Some(heir)) => (EventKind::Retired, format!("retired: a refit made it part of {heir}")),
        (LineageKind::Merged | LineageKind::Retired, _) => {
            (EventKind::Retired, "retired: nobody wanted it any more".to_string())
        }
    }
}
