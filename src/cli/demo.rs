//! `demo`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {}

/// Runs `demo`.
pub fn run(_context: &mut Context, _args: &DemoArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`demo` is not built yet"))
}
