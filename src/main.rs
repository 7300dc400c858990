//! The `reprompt` program: everything is in the library.

use reprompt::cli::exit_code::ExitCode;

/// Records are read, judged and written by different threads, and the system's allocator is slow at freeing what another
/// thread has taken.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    reprompt::cli::run(std::env::args_os())
}
