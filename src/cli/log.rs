//! `log`: what was done and what was spent, as the ledger has it.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::untrusted::{excerpt, one_line};
use super::view::number::{counted, thousands};
use super::view::table::{Align, Table};
use super::workspace::Workspace;
use crate::clock::Timestamp;
use crate::store::{AuditEntry, Ledger, SpendingRow};
use serde::Serialize;

/// Columns of an entry's detail.
const DETAIL_WIDTH: usize = 60;

/// Arguments of `log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// Show what language models cost, by run, stage and model
    #[arg(long, conflicts_with_all = ["verify", "reconcile"])]
    pub cost: bool,
    /// Check that no entry of the log was changed or removed
    #[arg(long, conflicts_with = "reconcile")]
    pub verify: bool,
    /// Give back the money that runs which died had set aside; refused while a run is under way
    #[arg(long)]
    pub reconcile: bool,
    /// How many entries to show
    #[arg(short = 'n', long = "max-count", value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
}

/// Runs `log`.
pub fn run(context: &mut Context, args: &LogArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let mut ledger = workspace.ledger()?;
    if args.cost {
        cost(context, &ledger, args.count as usize)?;
    } else if args.verify {
        verify(context, &ledger)?;
    } else if args.reconcile {
        reconcile(context, &mut ledger)?;
    } else {
        list(context, &ledger, args.count as usize)?;
    }
    Ok(ExitCode::Done)
}

fn list(context: &mut Context, ledger: &Ledger, count: usize) -> Result<(), CommandError> {
    let mut entries = ledger.audit()?;
    entries.reverse();
    entries.truncate(count);
    if context.globals.json {
        let entries = entries.iter().map(Entry::of).collect();
        return context.json("reprompt/log/v1", &List { entries });
    }
    if entries.is_empty() {
        context.ui.line("Nothing has been done yet that is kept: proposals, rollbacks, ignored findings.")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("nr", Align::Right),
        ("time", Align::Left),
        ("command", Align::Left),
        ("what", Align::Left),
        ("on", Align::Left),
        ("detail", Align::Left),
    ]);
    for entry in &entries {
        table.row([
            entry.seq.to_string(),
            minute(entry.at),
            one_line(&entry.command),
            one_line(&entry.action),
            one_line(&entry.subject),
            excerpt(&entry.detail, DETAIL_WIDTH),
        ]);
    }
    for line in table.lines(context.ui.width(), 0) {
        context.ui.line(line)?;
    }
    Ok(())
}

/// `2026-03-14 09:26`.
fn minute(at: Timestamp) -> String {
    let mut text = at.to_string().replace('T', " ");
    text.truncate("2026-03-14 09:26".len());
    text
}

fn verify(context: &mut Context, ledger: &Ledger) -> Result<(), CommandError> {
    let entries = ledger.verify()?;
    if context.globals.json {
        return context.json("reprompt/log-verify/v1", &Verified { entries, intact: true });
    }
    let (entries, verb) =
        if entries == 1 { ("1 entry".to_string(), "is") } else { (format!("{entries} entries"), "are") };
    context.ui.line(format!("{entries} {verb} as they were written"))?;
    Ok(())
}

fn reconcile(context: &mut Context, ledger: &mut Ledger) -> Result<(), CommandError> {
    let back = ledger.reconcile(context.now())?;
    if back.0 > 0 {
        ledger.record(context.now(), "log --reconcile", "ledger", "reconciled", &format!("{back} given back"))?;
    }
    if context.globals.json {
        return context.json("reprompt/log-reconcile/v1", &Reconciled { given_back_usd: back.dollars() });
    }
    context.ui.line(format!("{back} that ended runs had set aside no longer counts as spent"))?;
    Ok(())
}

fn cost(context: &mut Context, ledger: &Ledger, count: usize) -> Result<(), CommandError> {
    let rows = ledger.spending(count)?;
    let standing = ledger.spent(context.now())?;
    if context.globals.json {
        let document = Costs {
            month_usd: standing.month.dollars(),
            set_aside_usd: standing.open.dollars(),
            rows: rows.iter().map(Cost::of).collect(),
        };
        return context.json("reprompt/log-cost/v1", &document);
    }
    if rows.is_empty() {
        context.ui.line("No language model was asked yet.")?;
        return Ok(());
    }
    let mut table = Table::new(&[
        ("run", Align::Right),
        ("time", Align::Left),
        ("command", Align::Left),
        ("stage", Align::Left),
        ("model", Align::Left),
        ("calls", Align::Right),
        ("replies", Align::Right),
        ("in", Align::Right),
        ("out", Align::Right),
        ("cost", Align::Right),
    ]);
    for row in &rows {
        table.row([
            row.run.to_string(),
            minute(row.at),
            one_line(&row.command),
            one_line(&row.stage),
            one_line(&row.model),
            row.calls.to_string(),
            row.replies.to_string(),
            thousands(row.input_tokens),
            thousands(row.output_tokens),
            row.cost.to_string(),
        ]);
    }
    for line in table.lines(context.ui.width(), 0) {
        context.ui.line(line)?;
    }
    let unknown: u64 = rows.iter().map(|row| row.unknown).sum();
    context.ui.line(format!("in, out: tokens; this month: {}", standing.month))?;
    if standing.open.0 > 0 {
        context.ui.line(format!("of it set aside by runs that are under way or died: {}", standing.open))?;
        context.ui.hint("`reprompt log --reconcile` gives it back, when no run is under way")?;
    }
    if unknown > 0 {
        context.ui.status(format!(
            "{} ended without a reply and counted at the most it could cost",
            counted(unknown, "call")
        ))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct List<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    number: i64,
    time: String,
    command: &'a str,
    action: &'a str,
    subject: &'a str,
    detail: &'a str,
    digest: String,
}

impl<'a> Entry<'a> {
    fn of(entry: &'a AuditEntry) -> Self {
        Self {
            number: entry.seq,
            time: entry.at.to_string(),
            command: &entry.command,
            action: &entry.action,
            subject: &entry.subject,
            detail: &entry.detail,
            digest: entry.digest.to_string(),
        }
    }
}

#[derive(Serialize)]
struct Verified {
    entries: u64,
    intact: bool,
}

#[derive(Serialize)]
struct Reconciled {
    given_back_usd: f64,
}

#[derive(Serialize)]
struct Costs<'a> {
    month_usd: f64,
    set_aside_usd: f64,
    rows: Vec<Cost<'a>>,
}

#[derive(Serialize)]
struct Cost<'a> {
    run: i64,
    time: String,
    command: &'a str,
    stage: &'a str,
    model: &'a str,
    calls: u64,
    replies: u64,
    input_tokens: u64,
    output_tokens: u64,
    usd: f64,
}

impl<'a> Cost<'a> {
    fn of(row: &'a SpendingRow) -> Self {
        Self {
            run: row.run,
            time: row.at.to_string(),
            command: &row.command,
            stage: &row.stage,
            model: &row.model,
            calls: row.calls,
            replies: row.replies,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            usd: row.cost.dollars(),
        }
    }
}
