//! `findings`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `findings`.
#[derive(Debug, clap::Args)]
pub struct FindingsArgs {}

/// Runs `findings`.
pub fn run(_context: &mut Context, _args: &FindingsArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`findings` is not built yet"))
}
