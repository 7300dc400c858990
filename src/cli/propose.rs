//! `propose`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `propose`.
#[derive(Debug, clap::Args)]
pub struct ProposeArgs {}

/// Runs `propose`.
pub fn run(_context: &mut Context, _args: &ProposeArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`propose` is not built yet"))
}
