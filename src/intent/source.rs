//! What a fit reads: conversations, handed out a block at a time and as often as it takes, so that they need not all be
//! in memory. Where they come from is not said here.

use super::IntentError;
use crate::trace::{Conversation, Signal};

/// One conversation with what is known of its feedback turns.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Its signals.
    pub signals: &'a [Signal],
}

/// Conversations that can be read several times.
pub trait Sources {
    /// Why they cannot be read, or have no intents.
    type Error: From<IntentError>;

    /// Hands all of them to `take`, a block at a time: each once, the same ones whenever it is asked, in any order.
    fn read(&self, take: &mut dyn FnMut(&[Source<'_>])) -> Result<(), Self::Error>;
}

/// What is in memory already. Of two with one id the first is read.
impl Sources for [Source<'_>] {
    type Error = IntentError;

    fn read(&self, take: &mut dyn FnMut(&[Source<'_>])) -> Result<(), IntentError> {
        let mut sources = self.to_vec();
        sources.sort_by(|a, b| a.conversation.id.cmp(&b.conversation.id));
        sources.dedup_by(|a, b| a.conversation.id == b.conversation.id);
        take(&sources);
        Ok(())
    }
}
