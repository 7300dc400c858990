//! `completions` and `man`: files generated from the command line's own definition, and the page of trace formats,
//! generated from the readers' own table. The copies in `completions/` and `docs/` are checked against these by a test.

use super::args::Cli;
use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use crate::trace::reader::FORMATS;
use clap::CommandFactory as _;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {}

/// Runs `completions`.
pub fn completions(context: &mut Context, args: &CompletionsArgs) -> Result<ExitCode, CommandError> {
    context.ui.out().write_all(&completion_script(args.shell))?;
    Ok(ExitCode::Done)
}

/// Runs `man`.
pub fn man(context: &mut Context) -> Result<ExitCode, CommandError> {
    let page = man_page()?;
    context.ui.out().write_all(&page)?;
    Ok(ExitCode::Done)
}

/// The completion script for a shell.
pub fn completion_script(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "reprompt", &mut script);
    script
}

/// The manual: one page with every verb's options.
pub fn man_page() -> Result<Vec<u8>, std::io::Error> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        let heading = format!(".SH \"REPROMPT {}\"\n", verb.get_name().to_uppercase());
        page.extend(heading.as_bytes());
        let man = clap_mangen::Man::new(verb.clone());
        man.render_description_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    Ok(page)
}

/// The page of documentation that lists what `ingest` reads.
pub fn formats_page() -> String {
    let mut page = String::from(
        "# Trace formats\n\nWhat `reprompt ingest` reads; this page is made from the readers' own table. How to get traces out of each \
         tool: [getting-traces.md](getting-traces.md).\n\nThe format is told by what is in a file, never by its name. Files may be plain, \
         gzip or zstd, or in a zip archive; records may be lines, elements of an array, members of one large object or values one after \
         the other; tables may be CSV, TSV or semicolon-separated, and Parquet where the program was built with `--features parquet`. \
         `--format` says the format where a file does not.\n\n\
         A record of more than 64 MiB is set aside, and so is what makes a session larger than that; a conversation that is told in pieces is \
         kept but not put together when they are more than 48 MiB. Both are counted and said.\n\n\
         | format | `--format` | what is read |\n|---|---|---|\n",
    );
    for format in FORMATS {
        let option = if format.slug == "map" { "--map".to_string() } else { format.slug.to_string() };
        page.push_str(&format!("| {} | `{option}` | {} |\n", format.name, format.about));
    }
    page
}
