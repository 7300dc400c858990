//! `rollback`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `rollback`.
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {}

/// Runs `rollback`.
pub fn run(_context: &mut Context, _args: &RollbackArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`rollback` is not built yet"))
}
