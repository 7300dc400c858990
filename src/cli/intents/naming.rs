//! Names by a language model for the intents that have none by one yet.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::hints::failed;
use super::super::model::{Reader, instructions};
use super::super::view::number::counted;
use super::super::workspace::Workspace;
use crate::intent::Fit;
use crate::intent::naming;
use crate::llm::{Answer, Model as _, ModelError};
use std::collections::BTreeMap;

/// What asking came to.
pub enum Named {
    /// Names were taken; what to say about it.
    Done(Vec<String>),
    /// Nothing was to be sent.
    Planned,
}

/// Asks for names and puts them into `fit`. Where the batch ends early, `fit` holds the names that came before, and the
/// error is returned beside.
pub fn name(
    context: &Context,
    workspace: &Workspace,
    reader: &Reader,
    fit: &mut Fit,
) -> Result<(Named, Option<CommandError>), CommandError> {
    let own = workspace.config.model.llm.name_instructions.as_ref();
    let instructions = instructions(context, workspace, own, naming::INSTRUCTIONS)?;
    let questions = naming::questions(fit, &instructions, &|text| reader.redactor.redact(text));
    let requests: Vec<_> = questions.iter().map(|question| question.request.clone()).collect();
    let bar = context.ui.bar("Asking for names", Some(requests.len() as u64), false);
    let (mut taken, mut count, mut cost) = (BTreeMap::new(), 0, crate::llm::books::Usd::default());
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    let mut first_failure = None;
    let result = reader.model.complete(&requests, &mut |index, answer| {
        count += 1;
        bar.set(count);
        match answer {
            Answer::Reply(reply) => {
                cost += reply.cost;
                taken.insert(index, reply.value);
            }
            Answer::Refused => *kept.entry("the model would not answer".to_string()).or_default() += 1,
            Answer::Truncated => *kept.entry("the reply was cut".to_string()).or_default() += 1,
            Answer::Invalid { .. } => *kept.entry("the reply did not fit".to_string()).or_default() += 1,
            Answer::Failed(failure) => {
                *kept.entry(failure.kind.to_string()).or_default() += 1;
                first_failure.get_or_insert(failure);
            }
        }
    });
    drop(bar);
    if result == Err(ModelError::Planned) || (reader.plans && result.is_ok()) {
        return Ok((Named::Planned, None));
    }
    let mut named: u64 = 0;
    // In the intents' order, not the replies': of two that want the same name always the same one gets it.
    for (index, value) in &taken {
        let Some(question) = questions.get(*index) else { continue };
        let outcome = question.name(value).and_then(|name| fit.rename(&question.intent, &name, &reader.name));
        match outcome {
            Ok(()) => named += 1,
            Err(refusal) => *kept.entry(refusal.to_string()).or_default() += 1,
        }
    }
    let error = match (result, first_failure) {
        (Err(error), _) => Some(error.into()),
        (Ok(()), Some(failure)) if taken.is_empty() => Some(failed(&reader.name, &failure)),
        _ => None,
    };
    let mut news = Vec::new();
    if !requests.is_empty() {
        news.push(format!("{} named by {} for {cost}", counted(named, "intent"), reader.name));
    }
    news.extend(kept.into_iter().map(|(reason, count)| {
        format!(
            "{} by our own key phrases: {reason}",
            if count == 1 { "1 keeps its name".to_string() } else { format!("{count} keep their names") }
        )
    }));
    Ok((Named::Done(news), error))
}
