//! What every verb receives: surroundings, global options, clock and streams.

use super::environment::Environment;
use super::error::CommandError;
use super::ui::{Ui, UiOptions};
use crate::clock::{Clock, Timestamp};
use crate::llm::Run;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Options that every verb takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Globals {
    /// Work on the prompt repository in DIR instead of the current folder
    #[arg(short = 'C', long = "repo", value_name = "DIR", global = true, help_heading = "Global options")]
    pub repo: Option<PathBuf>,
    /// Read this config instead of the `reprompt.yaml` found by walking up
    #[arg(short, long, value_name = "FILE", global = true, help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Global options")]
    pub cache: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Print results and warnings only
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Print more detail
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub verbose: bool,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true, help_heading = "Global options")]
    pub color: super::ui::ColorChoice,
    /// Show no progress bar
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_progress: bool,
}

/// One run of one command.
pub struct Context {
    /// The surroundings.
    pub environment: Environment,
    /// Global options.
    pub globals: Globals,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// What all language models of this command share.
    pub run: Run,
    /// The streams.
    pub ui: Ui,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("globals", &self.globals).finish_non_exhaustive()
    }
}

impl Context {
    /// Puts a run together.
    pub fn new(environment: Environment, globals: Globals) -> Result<Self, CommandError> {
        let clock = environment.clock().map_err(|text| {
            CommandError::usage(format!("`REPROMPT_NOW` is `{text}`, which is not a time"))
                .hint("Write it as 2026-03-14T09:26:53Z.")
        })?;
        let options = UiOptions {
            color: globals.color,
            quiet: globals.quiet,
            verbose: globals.verbose,
            no_progress: globals.no_progress || globals.json,
        };
        let ui = Ui::new(&environment, options);
        Ok(Self { environment, globals, clock, run: Run::default(), ui })
    }

    /// The current moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Prints the `--json` result: `value` with its schema's name as first key.
    pub fn json(&mut self, schema: &'static str, value: &impl Serialize) -> Result<(), CommandError> {
        let text = Self::json_text(schema, value)?;
        self.ui.line(text.trim_end())?;
        Ok(())
    }

    /// The `--json` document as text, for a file.
    pub fn json_text(schema: &'static str, value: &impl Serialize) -> Result<String, CommandError> {
        #[derive(Serialize)]
        struct Document<'a, T> {
            schema: &'static str,
            #[serde(flatten)]
            value: &'a T,
        }
        serde_json::to_string_pretty(&Document { schema, value })
            .map(|text| text + "\n")
            .map_err(|error| CommandError::usage("cannot write the result as JSON").caused_by(error))
    }
}
