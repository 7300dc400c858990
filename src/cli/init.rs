//! `init`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {}

/// Runs `init`.
pub fn run(_context: &mut Context, _args: &InitArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`init` is not built yet"))
}
