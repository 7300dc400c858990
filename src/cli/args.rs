//! The command line: what was typed. Each verb's own arguments live with the verb.

use super::context::Globals;
use super::{
    cache, check, demo, diagnose, eval, findings, generated, ingest, init, intents, log, propose, rollback, search,
    show,
};
use anstyle::{AnsiColor, Style};
use clap::builder::Styles;
use clap::{Parser, Subcommand};

const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Makes deployed AI agents better by small, reviewed changes of their prompts
///
/// reprompt reads exported agent traces into a local cache, names what users wanted, finds where the agent fails them
/// and why, and writes the smallest change of a prompt to a branch for review. It compares base and head
/// statistically and can roll back. Everything runs on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "reprompt",
    version,
    propagate_version = false,
    styles = STYLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "The loop: ingest → intents → diagnose → propose → eval → (merge) → rollback if it must be.\nNew here? `reprompt demo` runs it on an example."
)]
pub struct Cli {
    /// Options that every verb takes.
    #[command(flatten)]
    pub globals: Globals,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs, in the order of the loop.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read exported traces into the cache
    Ingest(ingest::IngestArgs),
    /// Name what users wanted, and show it over time
    Intents(intents::IntentsArgs),
    /// Find what goes wrong, why, and which prompt could fix it
    Diagnose(diagnose::DiagnoseArgs),
    /// Show the problems that were found, and their state
    Findings(findings::FindingsArgs),
    /// Write the smallest change that answers a finding to a branch
    Propose(propose::ProposeArgs),
    /// Check a change of prompts against the guardrails
    Check(check::CheckArgs),
    /// Compare base and head on the evaluation suites
    Eval(eval::EvalArgs),
    /// Undo the last proposal for a prompt, or go back to a version
    Rollback(rollback::RollbackArgs),
    /// Show a conversation, an intent or a finding
    Show(show::ShowArgs),
    /// Find conversations by what was said in them
    Search(search::SearchArgs),
    /// Show what was done, and what language models cost
    Log(log::LogArgs),
    /// Look after the cache: what was read, what could not be, checks, forgetting
    Cache(cache::CacheArgs),
    /// Write a config for the prompts, tools and suites found here
    Init(init::InitArgs),
    /// Run the whole loop on an example repository
    Demo(demo::DemoArgs),
    /// Print a completion script for a shell
    Completions(generated::CompletionsArgs),
    /// Print the manual page
    Man(generated::ManArgs),
}
