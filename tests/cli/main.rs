//! The program as people run it: the real binary in a hermetic place, one module a subject.

mod environment;
mod eval;
mod generated;
