//! `intents`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `intents`.
#[derive(Debug, clap::Args)]
pub struct IntentsArgs {}

/// Runs `intents`.
pub fn run(_context: &mut Context, _args: &IntentsArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`intents` is not built yet"))
}
