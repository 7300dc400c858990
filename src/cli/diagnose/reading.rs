//! What a language model reads in conversations where events carry no cause: labels beside the abstention, never a
//! finding.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::hints::failed;
use super::super::model::Reader;
use super::super::ui::Tone;
use super::super::untrusted::one_line;
use super::super::view::number::counted;
use super::super::view::table::{Align, Table};
use crate::diagnosis::reading::{Label, Labels, Reading};
use crate::intent::IntentId;
use crate::llm::{Answer, Model as _, ModelError};
use serde::Serialize;
use std::collections::BTreeMap;

/// Intents that are read: those with the most failing conversations.
const INTENTS: usize = 10;
/// Classes that are printed for an intent.
const SHOWN: usize = 3;

/// An intent without a cause, and the questions about it.
pub struct Target {
    /// The intent.
    pub intent: IntentId,
    /// Its failing conversations.
    pub failing: u32,
    /// Questions.
    pub readings: Vec<Reading>,
}

/// What was read.
#[derive(Default)]
pub struct Read {
    /// By intent.
    pub labels: BTreeMap<IntentId, Vec<Label>>,
    /// The model.
    pub model: String,
    /// What to say about replies that could not be used.
    pub notes: Vec<String>,
    /// Nothing was to be sent.
    pub planned: bool,
    /// Why the reading ended early.
    pub error: Option<CommandError>,
}

/// Asks about the targets with the most failures.
pub fn read(context: &Context, reader: &Reader, mut targets: Vec<Target>) -> Read {
    targets.sort_by(|a, b| b.failing.cmp(&a.failing).then_with(|| a.intent.cmp(&b.intent)));
    targets.truncate(INTENTS);
    let asked: Vec<(&IntentId, &Reading)> = targets
        .iter()
        .flat_map(|target| target.readings.iter().map(move |reading| (&target.intent, reading)))
        .collect();
    let requests: Vec<_> = asked.iter().map(|(_, reading)| reading.request.clone()).collect();
    let bar = context.ui.bar("Reading conversations", Some(requests.len() as u64), false);
    let (mut labels, mut count) = (BTreeMap::<usize, Label>::new(), 0);
    let mut unusable: BTreeMap<String, u64> = BTreeMap::new();
    let mut first_failure = None;
    let result = reader.model.complete(&requests, &mut |index, answer| {
        count += 1;
        bar.set(count);
        let reason = match answer {
            Answer::Reply(reply) => match asked.get(index).and_then(|(_, reading)| reading.label(&reply.value)) {
                Some(label) => {
                    labels.insert(index, label);
                    return;
                }
                None => "the reply did not fit".to_string(),
            },
            Answer::Refused => "the model would not answer".to_string(),
            Answer::Truncated => "the reply was cut".to_string(),
            Answer::Invalid { .. } => "the reply did not fit".to_string(),
            Answer::Failed(failure) => {
                let reason = failure.kind.to_string();
                first_failure.get_or_insert(failure);
                reason
            }
        };
        *unusable.entry(reason).or_default() += 1;
    });
    drop(bar);
    let mut read = Read {
        model: reader.name.clone(),
        planned: reader.plans && matches!(result, Ok(()) | Err(ModelError::Planned)),
        ..Read::default()
    };
    read.notes = unusable
        .into_iter()
        .map(|(reason, count)| format!("{} not read by {}: {reason}", counted(count, "conversation"), reader.name))
        .collect();
    read.error = match (result, first_failure) {
        (Err(ModelError::Planned), _) => None,
        (Err(error), _) => Some(error.into()),
        (Ok(()), Some(failure)) if labels.is_empty() => Some(failed(&reader.name, &failure)),
        _ => None,
    };
    for (index, label) in labels {
        if let Some((intent, _)) = asked.get(index) {
            read.labels.entry((*intent).clone()).or_default().push(label);
        }
    }
    read
}

/// Prints what was read.
pub fn print(context: &mut Context, read: &Read) -> Result<(), CommandError> {
    if read.labels.is_empty() {
        return Ok(());
    }
    let ui = &mut context.ui;
    ui.line("")?;
    ui.line(ui.paint(Tone::Heading, &format!("Observed by {}; labels, not findings", one_line(&read.model))))?;
    let mut table = Table::new(&[
        ("intent", Align::Left),
        ("read", Align::Right),
        ("sure", Align::Right),
        ("failures look like", Align::Left),
    ]);
    for (intent, labels) in &read.labels {
        let labels = Labels::of(labels);
        let ranked: Vec<String> =
            labels.ranked().iter().take(SHOWN).map(|(class, count)| format!("{} ({count})", class.words())).collect();
        table.row([intent.0.clone(), labels.read().to_string(), labels.sure.to_string(), ranked.join(", ")]);
    }
    for line in table.lines(ui.width(), 2) {
        ui.line(line)?;
    }
    Ok(())
}

/// `--json` of what was read of one intent.
#[derive(Serialize)]
pub struct ObservedDocument {
    intent: String,
    model: String,
    labels: Vec<Label>,
}

impl Read {
    /// `--json`.
    pub fn documents(&self) -> Vec<ObservedDocument> {
        let document = |(intent, labels): (&IntentId, &Vec<Label>)| ObservedDocument {
            intent: intent.0.clone(),
            model: self.model.clone(),
            labels: labels.clone(),
        };
        self.labels.iter().map(document).collect()
    }
}
