//! The example: a prompt repository of an imaginary database company, the scripted agent that follows its prompt,
//! and the seeded generator of its conversations. The agent is a program, not a model: [`reading`] says what it
//! understands of a prompt. Only `demo` and tests use this module; nothing in the loop knows it.

pub mod agent;
pub mod files;
pub mod generate;
pub mod reading;
