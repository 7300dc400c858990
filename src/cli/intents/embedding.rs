//! Vectors of an embeddings endpoint for the wordings of all goals.

use super::super::error::CommandError;
use super::super::model::Reader;
use super::refresh::{Conversations, Unfit};
use crate::intent::{Embedded, IntentError, Model, Options, Wording, wordings};
use crate::llm::{Embedder as _, ModelError};

/// What asking came to.
pub enum Vectors {
    /// Here they are.
    Given(Embedded),
    /// There is nothing to place.
    Nothing(IntentError),
    /// Nothing was to be sent.
    Planned,
}

/// Asks for the vectors of all wordings; those of earlier runs are stored.
pub fn embed(
    reader: &Reader,
    sources: &Conversations<'_>,
    previous: Option<&Model>,
    options: &Options,
) -> Result<Vectors, CommandError> {
    let previous = previous.filter(|model| model.made_of().is_some_and(|(name, _)| name == reader.name));
    let ask = |wordings: &[Wording]| {
        let texts: Vec<String> = wordings.iter().map(|wording| reader.redactor.redact(&wording.text)).collect();
        reader.model.embed(&texts)
    };
    let read = |previous| wordings(sources, previous, options.seed);
    let mut found = match read(previous) {
        Ok(found) => found,
        Err(Unfit::Intent(error)) => return Ok(Vectors::Nothing(error)),
        Err(Unfit::Store(error)) => return Err(error.into()),
    };
    let mut vectors = match ask(&found) {
        Err(ModelError::Planned) => return Ok(Vectors::Planned),
        other => other?,
    };
    let length = vectors.first().map_or(0, Vec::len);
    if previous.and_then(Model::made_of).is_some_and(|(_, before)| before != length) {
        // The endpoint changed its vectors under the same name: everything is fitted anew, and read anew for it.
        match read(None) {
            Ok(anew) => found = anew,
            Err(Unfit::Intent(error)) => return Ok(Vectors::Nothing(error)),
            Err(Unfit::Store(error)) => return Err(error.into()),
        }
        vectors = ask(&found)?;
    }
    Ok(Vectors::Given(Embedded::new(&reader.name, &found, vectors)))
}
