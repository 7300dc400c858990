//! Causes in our own words, safe to print.

use crate::cli::untrusted::one_line;
use crate::diagnosis::Cause;

/// A cause as a short sentence in our own words.
pub fn sentence(cause: &Cause) -> String {
    match cause {
        Cause::ArgumentGuessed { tool, argument } => {
            format!("`{}` of `{}` is guessed, the user is not asked", one_line(argument), one_line(tool))
        }
        Cause::ArgumentRejected { tool, argument, .. } => {
            format!("`{}` of `{}` is outside the set that the tool accepts", one_line(argument), one_line(tool))
        }
        Cause::WrongTool { called, instead } => {
            format!("`{}` is called where successes call `{}`", one_line(called), one_line(instead))
        }
        Cause::RepeatedFailure { tool } => format!("`{}` is repeated unchanged after it failed", one_line(tool)),
        Cause::RepeatedCorrection { wanted, .. } => {
            format!("many users correct the agent about: {}", one_line(&wanted.join(", ")))
        }
    }
}

/// Which conversations a cause is contrasted among, as an addition to "conversations"; empty where it is all of the
/// intent.
pub fn compared(cause: &Cause) -> String {
    match cause {
        Cause::ArgumentGuessed { tool, .. } => format!(" that call `{}`", one_line(tool)),
        _ => String::new(),
    }
}
