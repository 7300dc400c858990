//! The program as people run it: the real binary in a hermetic place, one module a subject.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the tests start the real program and stop at the first surprise"
)]

mod canaries;
mod causes;
mod check;
mod demo;
mod environment;
mod eval;
mod findings;
mod generated;
mod house;
mod ingest;
mod init;
mod intents;
mod model;
mod opinions;
mod proposals;
mod readme;
#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "../llm/server/mod.rs"]
mod server;
mod tau_bench;
