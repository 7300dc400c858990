//! `init`: writes a commented `reprompt.yaml` for the prompts, tools and suites found in a folder. It writes that one
//! file, whole or not at all, and never over another without being told to.

mod find;
mod write;

use self::find::Found;
use super::atomic;
use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::ui::Tone;
use super::untrusted::one_line;
use super::view::number::counted;
use crate::prompt::config::{Config, FILE_NAME};
use serde::Serialize;
use std::fs;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// Print the config instead of writing it
    #[arg(long)]
    pub dry_run: bool,
    /// Replace a config that is there already
    #[arg(long)]
    pub force: bool,
}

/// `reprompt/init/v1`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    path: String,
    written: bool,
    prompts: Vec<&'a str>,
    tools: &'a [String],
    suites: &'a [String],
    flags: Option<&'a str>,
    config: &'a str,
}

/// Runs `init`.
pub fn run(context: &mut Context, args: &InitArgs) -> Result<ExitCode, CommandError> {
    let directory = &context.environment.directory;
    let root = context.globals.repo.as_ref().map_or_else(|| directory.clone(), |folder| directory.join(folder));
    if !root.is_dir() {
        return Err(CommandError::usage(format!("there is no folder `{}`", root.display())));
    }
    let target = match &context.globals.config {
        Some(path) => directory.join(path),
        None => root.join(FILE_NAME),
    };
    // A link counts as a file, wherever it leads.
    let exists = fs::symlink_metadata(&target).is_ok();
    if exists && !args.force && !args.dry_run {
        return Err(CommandError::usage(format!("`{}` is there already", target.display()))
            .hint("See what would be written: reprompt init --dry-run")
            .hint("Replace it: reprompt init --force"));
    }
    let found = Found::below(&root)?;
    let text = write::config(&found, &agent_name(&root));
    // Whatever the names of files and headings are, what is written can be read.
    Config::parse(&text, FILE_NAME)
        .map_err(|error| CommandError::usage("cannot write a config for what is found here").caused_by(error))?;
    if !args.dry_run {
        atomic::replace(&target, text.as_bytes())?;
    }
    let shown = target.strip_prefix(directory).unwrap_or(&target).display().to_string();
    if context.globals.json {
        let report = Report {
            path: shown,
            written: !args.dry_run,
            prompts: found.prompts.iter().map(|prompt| prompt.path.as_str()).collect(),
            tools: &found.tools,
            suites: &found.suites,
            flags: found.flags.as_deref(),
            config: &text,
        };
        context.json("reprompt/init/v1", &report)?;
        return Ok(ExitCode::Done);
    }
    let ui = &mut context.ui;
    if args.dry_run {
        ui.line(text.trim_end())?;
        ui.status(format!("dry run: `{shown}` is not written"))?;
        return Ok(ExitCode::Done);
    }
    let path = ui.paint(Tone::Name, &one_line(&shown));
    ui.line(format!("wrote {path}"))?;
    ui.line(format!(
        "  {}, {} of tools, {} of suites",
        counted(found.prompts.len() as u64, "prompt"),
        counted(found.tools.len() as u64, "pattern"),
        counted(found.suites.len() as u64, "pattern"),
    ))?;
    for prompt in &found.prompts {
        let frozen = match prompt.frozen.as_slice() {
            [] => "nothing frozen".to_string(),
            headings => format!("frozen: {}", headings.join(", ")),
        };
        ui.line(format!("  {}", one_line(&format!("{} ({frozen})", prompt.path))))?;
    }
    if found.prompts.is_empty() {
        ui.hint("name your prompt files in it, then: reprompt check")?;
    } else {
        ui.hint("look at what is frozen, commit it, then: reprompt ingest TRACES…")?;
    }
    Ok(ExitCode::Done)
}

/// A name for the agent: the folder's, as far as names allow.
fn agent_name(root: &std::path::Path) -> String {
    let folder = root.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    find::plain_name(&folder.unwrap_or_default()).unwrap_or_else(|| "agent".to_string())
}
