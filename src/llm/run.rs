//! One run of one command. All models that a command asks share it, so that a cap per run and a deadline are the
//! command's, whatever number of models it takes.

use super::books::RunId;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// A run, not yet in the ledger until something is to be sent. Clones are the same run.
#[derive(Clone, Debug)]
pub struct Run {
    begun: Instant,
    id: Arc<Mutex<Option<RunId>>>,
}

impl Default for Run {
    fn default() -> Self {
        Self { begun: Instant::now(), id: Arc::default() }
    }
}

impl Run {
    /// When the command began.
    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    /// Its number in the ledger, which `begin` gives it the first time.
    pub(super) fn id<E>(&self, begin: impl FnOnce() -> Result<RunId, E>) -> Result<RunId, E> {
        let mut id = self.id.lock().unwrap_or_else(PoisonError::into_inner);
        match *id {
            Some(known) => Ok(known),
            None => begin().map(|new| *id.insert(new)),
        }
    }
}
