//! `cache`: what was read, what could not be, and keeping it in order: garbage, checks, and forgetting.

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::exit_code::ExitCode;
use super::ingest::{self, IngestArgs};
use super::moment::Since;
use super::show;
use super::untrusted::{excerpt, one_line, visible};
use super::view::number::{counted, thousands};
use super::view::table::{Align, Table};
use super::workspace::Workspace;
use crate::git::{Commit, Repo};
use crate::store::{Erased, Freed, ProcessLock, QuarantineRow, SourceRow, TraceStore};
use crate::trace::{Conversation, ConversationId};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Columns of a file's name.
const NAME_WIDTH: usize = 60;
/// Columns of a reason.
const REASON_WIDTH: usize = 60;
/// Commits of the current branch that are looked through for what rests on a forgotten conversation.
const MOST_COMMITS: usize = 2000;

/// Arguments of `cache`.
#[derive(Debug, clap::Args)]
pub struct CacheArgs {
    /// What to do
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with the cache.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List the files that were read, and what became of their records
    Sources,
    /// List the records that could not be read; name one to see how it begins
    Quarantine {
        /// The number of a record in the list
        record: Option<usize>,
        /// Read the files again that these records are in: they or this program may have been mended
        #[arg(long, conflicts_with = "record")]
        retry: bool,
    },
    /// Remove what nothing needs any more, and give its space back
    Gc {
        /// Also erase conversations that ended before a date or longer ago: 2026-03-14, 90d
        #[arg(long, value_name = "WHEN")]
        older_than: Option<Since>,
    },
    /// Check every text in the cache and every entry of the log against its digest
    Doctor,
    /// Erase a conversation or a user for good; reading their files again does not bring them back
    Forget {
        /// The conversation's id, ours or its source's
        #[arg(required_unless_present = "user", conflicts_with = "user")]
        conversation: Option<String>,
        /// All conversations of this user, now and later
        #[arg(long)]
        user: Option<String>,
    },
}

/// Runs `cache`.
pub fn run(context: &mut Context, args: &CacheArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    match &args.action {
        Action::Sources => sources(context, &workspace.traces()?),
        Action::Quarantine { retry: true, .. } => retry(context, &workspace.traces()?),
        Action::Quarantine { record, .. } => quarantine(context, &workspace.traces()?, *record),
        Action::Gc { older_than } => gc(context, &workspace, *older_than),
        Action::Doctor => doctor(context, &workspace),
        Action::Forget { conversation, user } => forget(context, &workspace, conversation.as_deref(), user.as_deref()),
    }
}

fn sources(context: &mut Context, store: &TraceStore) -> Result<ExitCode, CommandError> {
    let rows = store.sources()?;
    if context.globals.json {
        let sources = rows.iter().map(Source::of).collect();
        context.json("reprompt/cache-sources/v1", &Sources { sources })?;
        return Ok(ExitCode::Done);
    }
    let mut table = Table::new(&[
        ("file", Align::Left),
        ("format", Align::Left),
        ("records", Align::Right),
        ("passed over", Align::Right),
        ("set aside", Align::Right),
        ("read", Align::Left),
    ]);
    for row in &rows {
        let counts = row.counts;
        table.row([
            excerpt(&row.path, NAME_WIDTH),
            one_line(&row.format),
            thousands(counts.seen),
            thousands(counts.passed_over),
            thousands(counts.set_aside),
            if row.digest.is_some() { "whole" } else { "in part" }.to_string(),
        ]);
    }
    if table.is_empty() {
        context.ui.line("No file was read yet.")?;
        context.ui.hint("reprompt ingest PATH")?;
    }
    for line in table.lines(context.ui.width(), 0) {
        context.ui.line(line)?;
    }
    Ok(ExitCode::Done)
}

fn quarantine(context: &mut Context, store: &TraceStore, record: Option<usize>) -> Result<ExitCode, CommandError> {
    let rows = store.quarantine()?;
    let Some(number) = record else {
        if context.globals.json {
            let records = rows.iter().enumerate().map(|(index, row)| Record::of(index + 1, row)).collect();
            context.json("reprompt/cache-quarantine/v1", &Records { records })?;
            return Ok(ExitCode::Done);
        }
        if rows.is_empty() {
            context.ui.line("Every record could be read.")?;
            return Ok(ExitCode::Done);
        }
        let mut table = Table::new(&[
            ("nr", Align::Right),
            ("file", Align::Left),
            ("byte", Align::Right),
            ("bytes", Align::Right),
            ("reason", Align::Left),
        ]);
        for (index, row) in rows.iter().enumerate() {
            table.row([
                (index + 1).to_string(),
                excerpt(&row.source, NAME_WIDTH),
                thousands(row.offset),
                thousands(row.length),
                excerpt(&row.reason, REASON_WIDTH),
            ]);
        }
        for line in table.lines(context.ui.width(), 0) {
            context.ui.line(line)?;
        }
        context.ui.hint("reprompt cache quarantine NR shows how a record begins")?;
        return Ok(ExitCode::Done);
    };
    let row = number.checked_sub(1).and_then(|index| rows.get(index)).ok_or_else(|| {
        let there = counted(rows.len() as u64, "record");
        CommandError::usage(format!("there is no record {number}: {there} could not be read"))
            .hint("reprompt cache quarantine lists them.")
    })?;
    if context.globals.json {
        context.json("reprompt/cache-record/v1", &Record::of(number, row))?;
        return Ok(ExitCode::Done);
    }
    context.ui.line(format!(
        "{} at byte {}, {}: {}",
        excerpt(&row.source, NAME_WIDTH),
        thousands(row.offset),
        counted(row.length, "byte"),
        row.reason
    ))?;
    if row.head.is_empty() {
        context.ui.line("(nothing of it was kept)")?;
    }
    for line in String::from_utf8_lossy(&row.head).lines() {
        context.ui.line(format!("  {}", visible(line)))?;
    }
    Ok(ExitCode::Done)
}

/// Reads the files again that hold records which could not be read.
fn retry(context: &mut Context, store: &TraceStore) -> Result<ExitCode, CommandError> {
    let sources: BTreeSet<String> = store.quarantine()?.into_iter().map(|row| row.source).collect();
    let mut paths = BTreeSet::new();
    for source in &sources {
        // A member of an archive is named by a path that goes on after the archive's own.
        match Path::new(source).ancestors().find(|path| path.is_file()) {
            Some(path) => {
                paths.insert(path.to_path_buf());
            }
            None => context.ui.warning(format!("`{}` is not there any more", excerpt(source, NAME_WIDTH)))?,
        }
    }
    if sources.is_empty() {
        context.ui.line("Every record could be read.")?;
    }
    if paths.is_empty() {
        return Ok(ExitCode::Done);
    }
    ingest::run(context, &IngestArgs { paths: paths.into_iter().collect(), ..IngestArgs::default() })
}

fn gc(context: &mut Context, workspace: &Workspace, older_than: Option<Since>) -> Result<ExitCode, CommandError> {
    let _lock = ProcessLock::acquire(&workspace.folders.cache, "cache gc")?;
    let mut store = workspace.traces()?;
    let mut erased = Erased::default();
    if let Some(moment) = older_than {
        let moment = moment.moment(context.now());
        let old = store.ended_before(moment)?;
        erased = store.erase(&old)?;
        workspace.ledger()?.record(
            context.now(),
            "cache gc",
            "cache",
            "erased",
            &format!("{} that ended before {moment}", counted(erased.conversations, "conversation")),
        )?;
    }
    let freed = store.collect_garbage()?;
    drop_index(workspace)?;
    if context.globals.json {
        context.json("reprompt/cache-gc/v1", &Collected { freed, erased })?;
        return Ok(ExitCode::Done);
    }
    if older_than.is_some() {
        context.ui.line(format!("{} erased", counted(erased.conversations, "old conversation")))?;
    }
    let blocks = freed.blocks_removed + freed.blocks_rewritten;
    context.ui.line(if blocks == 0 {
        "Nothing else was in the cache that nothing needs.".to_string()
    } else {
        format!("{} of text that nothing needs removed", counted(freed.bytes, "byte"))
    })?;
    Ok(ExitCode::Done)
}

/// The index of words follows the cache when it is used next; until then it would remember what is gone.
fn drop_index(workspace: &Workspace) -> Result<(), CommandError> {
    for name in ["search.db", "search.db-wal", "search.db-shm"] {
        let path = workspace.folders.cache.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(CommandError::io(format!("cannot remove `{}`", path.display()), error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn doctor(context: &mut Context, workspace: &Workspace) -> Result<ExitCode, CommandError> {
    let store = workspace.traces()?;
    let mut health = store.check()?;
    let entries = match workspace.ledger()?.verify() {
        Ok(entries) => entries,
        Err(error) => {
            health.problems.push(error.to_string());
            0
        }
    };
    let sound = health.problems.is_empty();
    if context.globals.json {
        context.json("reprompt/cache-doctor/v1", &Examined { health: &health, log_entries: entries, sound })?;
    } else {
        context.ui.line(format!("{} as they were stored", counted(health.conversations, "conversation")))?;
        if health.fragments > 0 {
            context.ui.line(format!("{} of conversations as they were stored", counted(health.fragments, "piece")))?;
        }
        context.ui.line(format!("{} of the log as written", counted(entries, "entry").replace("entrys", "entries")))?;
        for problem in &health.problems {
            context.ui.warning(problem)?;
        }
    }
    if sound {
        return Ok(ExitCode::Done);
    }
    let count = counted(health.problems.len() as u64, "problem");
    Err(CommandError::new(ErrorKind::Integrity, format!("the cache has {count}"))
        .hint("Everything in traces.db comes from your trace files: move it away and ingest them again."))
}

fn forget(
    context: &mut Context,
    workspace: &Workspace,
    conversation: Option<&str>,
    user: Option<&str>,
) -> Result<ExitCode, CommandError> {
    let _lock = ProcessLock::acquire(&workspace.folders.cache, "cache forget")?;
    let mut store = workspace.traces()?;
    let mut ids: Vec<ConversationId> = match (conversation, user) {
        (Some(id), _) => match show::find(&store, id)? {
            Some(stored) => vec![stored.conversation.id],
            None => return Err(CommandError::usage(format!("there is no conversation `{}`", one_line(id)))),
        },
        (None, Some(user)) => store.of_user(user)?,
        (None, None) => Vec::new(),
    };
    let parts: Vec<ConversationId> = ids.iter().map(|id| store.parts_of(id)).collect::<Result<Vec<_>, _>>()?.concat();
    ids.extend(parts);
    let conversations: Vec<Conversation> = store.load(&ids)?.into_iter().map(|stored| stored.conversation).collect();
    let findings: Vec<String> = store
        .findings()?
        .into_iter()
        .filter(|stored| stored.finding.conversations.iter().any(|id| ids.contains(id)))
        .map(|stored| stored.finding.id.0)
        .collect();
    // First the promise not to take them in again, then the erasing: a run that dies between is repeated.
    let mut ledger = workspace.ledger()?;
    let replies = ledger.forget(context.now(), user, &conversations)?;
    let erased = store.erase(&ids)?;
    drop_index(workspace)?;
    let what = if user.is_some() { "a user" } else { "a conversation" };
    ledger.record(context.now(), "cache forget", what, "erased", &counted(erased.conversations, "conversation"))?;
    let residues = match &workspace.repo {
        Some(repo) => residues(repo, &findings)?,
        None => Vec::new(),
    };
    if context.globals.json {
        context.json("reprompt/cache-forget/v1", &Forgot { erased, replies, residues })?;
        return Ok(ExitCode::Done);
    }
    let mut line = counted(erased.conversations, "conversation");
    if erased.fragments > 0 {
        line.push_str(&format!(" and {}", counted(erased.fragments, "piece")));
    }
    context.ui.line(format!("{line} erased; reading their files again does not bring them back"))?;
    if replies > 0 {
        context.ui.line(format!(
            "{} of language models that quoted them erased",
            counted(replies, "stored reply").replace("replys", "replies")
        ))?;
    }
    if !residues.is_empty() {
        context.ui.warning("git keeps what rests on them; it holds counts and digests, not their words")?;
        for residue in &residues {
            context.ui.line(format!("  {} {}", residue.commit, excerpt(&residue.subject, REASON_WIDTH)))?;
        }
    }
    context.ui.status("The exported trace files are yours to delete.")?;
    Ok(ExitCode::Done)
}

/// Commits of proposals for findings that rested on what was forgotten.
fn residues(repo: &Repo, findings: &[String]) -> Result<Vec<Residue>, CommandError> {
    let mut commits: Vec<Commit> = Vec::new();
    if let Some(head) = repo.head()?.oid() {
        commits.extend(repo.log(head, MOST_COMMITS)?);
    }
    for branch in repo.branches("reprompt/")?.into_iter().chain(repo.remote_branches("reprompt/")?) {
        commits.extend(repo.log(branch.oid, 1)?);
    }
    let mut seen = BTreeSet::new();
    let rests = |commit: &Commit| findings.iter().any(|finding| commit.message.contains(finding.as_str()));
    let found = commits.into_iter().filter(rests).filter(|commit| seen.insert(commit.oid.to_string()));
    Ok(found
        .map(|commit| Residue {
            commit: commit.oid.short(),
            subject: commit.message.lines().next().unwrap_or("").to_string(),
        })
        .collect())
}

#[derive(Serialize)]
struct Residue {
    commit: String,
    subject: String,
}

#[derive(Serialize)]
struct Forgot {
    #[serde(flatten)]
    erased: Erased,
    replies: u64,
    residues: Vec<Residue>,
}

#[derive(Serialize)]
struct Examined<'a> {
    #[serde(flatten)]
    health: &'a crate::store::Health,
    log_entries: u64,
    sound: bool,
}

#[derive(Serialize)]
struct Collected {
    #[serde(flatten)]
    freed: Freed,
    erased: Erased,
}

#[derive(Serialize)]
struct Sources {
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    path: String,
    format: String,
    confidence: f64,
    size: u64,
    whole: bool,
    counts: crate::store::Counts,
}

impl Source {
    fn of(row: &SourceRow) -> Self {
        Self {
            path: row.path.clone(),
            format: row.format.clone(),
            confidence: row.confidence,
            size: row.size,
            whole: row.digest.is_some(),
            counts: row.counts,
        }
    }
}

#[derive(Serialize)]
struct Records {
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    number: usize,
    source: String,
    offset: u64,
    length: u64,
    code: String,
    reason: String,
}

impl Record {
    fn of(number: usize, row: &QuarantineRow) -> Self {
        Self {
            number,
            source: row.source.clone(),
            offset: row.offset,
            length: row.length,
            code: row.code.clone(),
            reason: row.reason.clone(),
        }
    }
}
