//! `eval`: to be written by its owner.

pub mod report;

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {}

/// Runs `eval`.
pub fn run(_context: &mut Context, _args: &EvalArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`eval` is not built yet"))
}
