//! The program as people run it: the real binary in a hermetic place, one module a subject.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the tests start the real program and stop at the first surprise"
)]

mod causes;
mod check;
mod demo;
mod environment;
mod eval;
mod generated;
mod ingest;
mod init;
mod proposals;
mod readme;
mod tau_bench;
