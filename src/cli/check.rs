//! `check`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {}

/// Runs `check`.
pub fn run(_context: &mut Context, _args: &CheckArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`check` is not built yet"))
}
