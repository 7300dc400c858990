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

/// The intent that `wanted` names: its id, a unique prefix of it, or its name.
pub fn find<'a>(intents: &'a [crate::intent::Intent], wanted: &str) -> Result<&'a crate::intent::Intent, CommandError> {
    let bare = wanted.strip_prefix("i-").unwrap_or(wanted);
    let exact = intents.iter().find(|intent| intent.id.0 == wanted || intent.name == wanted);
    let mut matching = intents.iter().filter(|intent| {
        !bare.is_empty() && intent.id.0.strip_prefix("i-").is_some_and(|digits| digits.starts_with(bare))
    });
    match (exact, matching.next(), matching.next()) {
        (Some(found), ..) | (None, Some(found), None) => Ok(found),
        (None, Some(_), Some(_)) => {
            Err(CommandError::usage(format!("`{}` fits more than one intent", super::untrusted::one_line(wanted)))
                .hint("Give more digits."))
        }
        (None, None, _) => {
            Err(CommandError::usage(format!("there is no intent `{}`", super::untrusted::one_line(wanted)))
                .hint("`reprompt intents` lists them."))
        }
    }
}
