//! reprompt makes deployed AI agents better by small, reviewed changes of their prompts.
//!
//! ARCHITECTURE.md is the map: rooms hold types and rules, walls hold the outside world, the door ([`cli`]) holds
//! the verbs. Data flows one way: trace, intent, diagnosis, proposal, evaluation, release.

pub mod agent;
pub mod cli;
pub mod clock;
pub mod diagnosis;
pub mod digest;
pub mod evaluation;
pub mod example;
pub mod git;
pub mod guard;
pub mod intent;
pub mod interruption;
pub mod llm;
pub mod prompt;
pub mod proposal;
pub mod release;
pub mod stats;
pub mod store;
pub mod trace;
