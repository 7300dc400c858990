//! `ingest`: to be written by its owner.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
pub struct IngestArgs {}

/// Runs `ingest`.
pub fn run(_context: &mut Context, _args: &IngestArgs) -> Result<ExitCode, CommandError> {
    Err(CommandError::usage("`ingest` is not built yet"))
}
