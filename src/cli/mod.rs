//! THE DOOR: one file per verb, and what they share: surroundings, settings, exit codes, errors with hints,
//! streams, views. A command is a short recipe: settings, load, call the room, save each result as it comes,
//! report. Nothing behind the door prints or reads the environment.

pub mod args;
mod atomic;
pub mod cache;
pub mod check;
pub mod context;
mod csv;
pub mod demo;
pub mod diagnose;
mod drafting;
pub mod drift;
pub mod environment;
pub mod error;
pub mod eval;
pub mod exit_code;
pub mod findings;
pub mod generated;
mod hints;
pub mod ingest;
pub mod init;
pub mod intents;
mod key;
mod library;
pub mod log;
pub mod model;
pub mod moment;
pub mod output;
mod own_config;
mod privacy;
pub mod propose;
pub mod rollback;
pub mod search;
pub mod show;
mod standing;
pub mod trends;
pub mod ui;
pub mod untrusted;
pub mod view;
pub mod workspace;
mod writer;

use args::{Cli, Command};
use clap::Parser as _;
use context::{Context, Globals};
use environment::Environment;
use error::{CommandError, ErrorKind};
use exit_code::ExitCode;
use serde::Serialize;
use std::ffi::OsString;
use ui::{Ui, UiOptions};

/// Runs the program with these arguments (the program's own name first).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let failed = error.use_stderr();
            return match error.print() {
                Err(problem) if problem.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::BrokenPipe,
                _ if failed => ExitCode::Usage,
                _ => ExitCode::Done,
            };
        }
    };
    let environment = Environment::read();
    let globals = cli.globals.clone();
    match Context::new(environment.clone(), cli.globals) {
        Err(error) => {
            let options = UiOptions { color: globals.color, quiet: globals.quiet, ..UiOptions::default() };
            fail(&mut Ui::new(&environment, options), &globals, &error)
        }
        Ok(mut context) => match dispatch(&mut context, cli.command).and_then(|code| {
            context.ui.flush()?;
            Ok(code)
        }) {
            Ok(code) => code,
            Err(error) => fail(&mut context.ui, &globals, &error),
        },
    }
}

/// Calls the verb.
pub fn dispatch(context: &mut Context, command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Ingest(args) => ingest::run(context, &args),
        Command::Intents(args) => intents::run(context, &args),
        Command::Diagnose(args) => diagnose::run(context, &args),
        Command::Findings(args) => findings::run(context, &args),
        Command::Propose(args) => propose::run(context, &args),
        Command::Check(args) => check::run(context, &args),
        Command::Eval(args) => eval::run(context, &args),
        Command::Rollback(args) => rollback::run(context, &args),
        Command::Show(args) => show::run(context, &args),
        Command::Search(args) => search::run(context, &args),
        Command::Log(args) => log::run(context, &args),
        Command::Cache(args) => cache::run(context, &args),
        Command::Init(args) => init::run(context, &args),
        Command::Demo(args) => demo::run(context, &args),
        Command::Completions(args) => generated::completions(context, &args),
        Command::Man(_) => generated::man(context),
    }
}

/// Prints an error where its reader looks: stderr, or with `--json` a record that ends stdout.
fn fail(ui: &mut Ui, globals: &Globals, error: &CommandError) -> ExitCode {
    let code = error.kind.exit_code();
    if error.kind == ErrorKind::BrokenPipe {
        return code;
    }
    let printed = if globals.json {
        let record = ErrorRecord {
            schema: "reprompt/error/v1",
            kind: error.kind.name(),
            exit: code.code(),
            message: &error.message,
            causes: error.causes(),
            hints: &error.hints,
        };
        serde_json::to_string_pretty(&record).map_err(std::io::Error::from).and_then(|text| ui.line(text))
    } else {
        ui.error(error)
    };
    // Where nothing can be written there is nowhere left to say so; the exit code still tells.
    let _unwritable = printed.and_then(|()| ui.flush());
    code
}

/// What `--json` prints in place of a result.
#[derive(Serialize)]
struct ErrorRecord<'a> {
    schema: &'static str,
    kind: &'static str,
    exit: u8,
    message: &'a str,
    causes: Vec<String>,
    hints: &'a [String],
}
