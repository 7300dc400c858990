//! The `reprompt` program: everything is in the library.

use reprompt::cli::exit_code::ExitCode;

fn main() -> ExitCode {
    reprompt::cli::run(std::env::args_os())
}
