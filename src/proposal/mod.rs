//! ROOM 4: the smallest answer. From one finding and the prompts and tools at a revision it drafts candidates,
//! holds each to the contract (limits, frozen text, guards, evidence), and completes the chosen one into files, a
//! record and a commit message. It writes nothing: the git wall does.
//!
//! The local engine's sentences are made of fixed words, of names and texts that the repository itself holds, and
//! of words from a committed list. Nothing that a user or a tool said in a trace is copied into a prompt.

pub mod cadence;
pub mod candidate;
pub mod change;
pub mod draft;
pub mod evidence;
#[cfg(test)]
mod fixtures;
pub mod hunk;
pub mod message;
pub mod record;
pub mod sentence;
pub mod vocabulary;
pub mod writing;
