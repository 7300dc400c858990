//! The first sentence of a language model that keeps to the contract, after at most two repairs.

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::hints::failed;
use super::model::{Reader, instructions};
use super::untrusted::{excerpt, one_line};
use super::workspace::Workspace;
use crate::diagnosis::Finding;
use crate::llm::{Answer, Model as _, ModelError};
use crate::proposal::draft::{Draft, Library};
use crate::proposal::writing::{self, REPAIRS, Writing};

/// What the writer came to.
pub enum Written<T> {
    /// What `accept` made of its draft.
    Accepted(T),
    /// Nothing was to be sent.
    Planned,
}

/// Lets the model draft until `accept` takes a draft; its refusals go back to the model.
pub fn write<T>(
    context: &Context,
    workspace: &Workspace,
    reader: &Reader,
    finding: &Finding,
    library: Library<'_>,
    accept: &mut dyn FnMut(Draft) -> Result<Result<T, String>, CommandError>,
) -> Result<Written<T>, CommandError> {
    let own = workspace.config.model.llm.draft_instructions.as_ref();
    let instructions = instructions(context, workspace, own, writing::INSTRUCTIONS)?;
    let limits = &workspace.config.guardrails.limits;
    let vocabulary = library.vocabulary();
    let writing = Writing::new(finding, library).map_err(|error| super::drafting::no_draft(finding, &error))?;
    let mut refused: Vec<(String, String)> = Vec::new();
    let redact = |text: &str| reader.redactor.redact(text);
    for _ in 0..=REPAIRS {
        let request = writing.request(finding, library, limits, &instructions, &refused, &redact);
        let mut given = None;
        let bar = context.ui.bar("Asking for a draft", None, false);
        let result = reader.model.complete(&[request], &mut |_, answer| given = Some(answer));
        drop(bar);
        match result {
            Err(ModelError::Planned) => return Ok(Written::Planned),
            Err(error) => return Err(error.into()),
            Ok(()) => {}
        }
        let reply = match given {
            Some(Answer::Reply(reply)) => reply.value,
            Some(Answer::Failed(failure)) => return Err(failed(&reader.name, &failure)),
            other => return Err(unusable(finding, reader, other.as_ref())),
        };
        let Some((place, sentence)) = writing.read(&reply) else { return Err(unusable(finding, reader, None)) };
        let form = writing.check(place, sentence, limits, &vocabulary).map_err(|error| error.to_string());
        let draft = form.and_then(|()| place.reworded(sentence, finding, library).map_err(|error| error.to_string()));
        let outcome = match draft {
            Ok(draft) => accept(draft)?,
            Err(reason) => Err(reason),
        };
        match outcome {
            Ok(accepted) => return Ok(Written::Accepted(accepted)),
            Err(reason) => refused.push((sentence.to_string(), reason)),
        }
    }
    let mut error = CommandError::new(
        ErrorKind::Refused,
        format!("no draft of {} for {} keeps to the guardrails", one_line(&reader.name), finding.id),
    );
    for (sentence, reason) in &refused {
        error = error.hint(format!("\"{}\": {}", excerpt(sentence, 100), one_line(reason)));
    }
    Err(error.hint("The embedded engine drafts from fixed sentences: --engine local"))
}

fn unusable(finding: &Finding, reader: &Reader, answer: Option<&Answer>) -> CommandError {
    let what = match answer {
        Some(Answer::Refused) => "would not answer",
        Some(Answer::Truncated) => "was cut off at its token limit",
        _ => "gave no reply of the required shape, also when told what was wrong",
    };
    CommandError::new(
        ErrorKind::Unavailable,
        format!("{} {what} when asked to draft for {}", one_line(&reader.name), finding.id),
    )
    .hint("Another model may; the embedded engine does without: --engine local")
}
