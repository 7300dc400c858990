//! The `reprompt` program: everything is in the library.

use reprompt::cli::exit_code::ExitCode;

/// Records are made by one thread and freed by another: ingest is a tenth faster than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    reprompt::cli::run(std::env::args_os())
}
