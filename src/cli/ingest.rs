//! `ingest`: exported trace files into the cache, with one fidelity line each. Every file that can be read is read;
//! what cannot is said, with its reason and an exit code, after the others are safe.

pub mod engine;
mod flight;
mod follow;
mod grouping;
mod inputs;
#[cfg(test)]
mod laws;
mod opening;
mod report;
mod writing;

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::exit_code::ExitCode;
use super::moment::Since;
use super::ui::Progress;
use super::untrusted::{excerpt, one_line};
use super::view::number::{counted, thousands};
use super::workspace::Workspace;
use crate::clock::DAY_MS;
use crate::digest::Digest;
use crate::prompt::PromptFile;
use crate::prompt::config::{OutcomeConfig, OutcomeRule};
use crate::prompt::version::{VersionText, Versions};
use crate::store::{Counts, ProcessLock, StoreError, TraceStore};
use crate::trace::outcome::{self, OutcomeRules, Rule};
use crate::trace::reader::{FORMATS, Fidelity, FieldMap, Format, OpenError};
use crate::trace::signal::SignalRules;
use engine::{FileReport, IngestError, Rules};
use inputs::Input;
use report::{Document, FileDocument, OutcomeDocument};
use std::path::PathBuf;

/// Versions of one prompt that system texts are compared with.
const MOST_VERSIONS: usize = 500;
/// Conversations that are judged again in one transaction.
const REJUDGED_AT_ONCE: usize = 500;
/// The cache takes less than one byte for so many of the files.
const CACHE_SHARE: u64 = 2;
/// Bytes that SQLite's log needs besides.
const ROOM_FOR_THE_LOG: u64 = 16 << 20;
/// Keys of an unknown format that are shown.
const KEY_WIDTH: usize = 30;
/// Columns of a file's name in a list.
const NAME_WIDTH: usize = 60;

/// Arguments of `ingest`.
#[derive(Debug, Default, clap::Args)]
pub struct IngestArgs {
    /// Exported trace files, folders with such files, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Exit with 3 when any record was set aside
    #[arg(long)]
    pub strict: bool,
    /// Put pseudonyms in the place of secrets and personal data before anything is stored
    #[arg(long)]
    pub redact: bool,
    /// The format of the files, instead of what their first records look like
    #[arg(long, value_name = "FORMAT", value_parser = slugs(), hide_possible_values = true)]
    pub format: Option<String>,
    /// Go on reading what is added to these files and folders, until Ctrl-C
    #[arg(long, conflicts_with = "strict")]
    pub follow: bool,
    /// Pass over what ended before a date or longer ago: 2026-03-14, 7d, 24h
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,
    /// Where the fields of home-made records are, as a JSON object of JSON Pointers
    ///
    /// `{"id": "/id", "turns": "/turns", "role": "/role", "content": "/content"}`; also `tool_call`, `tool_result` and
    /// `time` in each turn, and `system`, `user`, `agent`, `model`, `version` and `outcome` in the record.
    #[arg(long, value_name = "JSON", conflicts_with = "format")]
    pub map: Option<String>,
}

/// The names that `--format` takes.
fn slugs() -> clap::builder::PossibleValuesParser {
    FORMATS.iter().map(|format| format.slug).filter(|slug| *slug != "map").collect::<Vec<_>>().into()
}

/// Runs `ingest`.
pub fn run(context: &mut Context, args: &IngestArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let (inputs, mut errors) = inputs::find(&context.environment.directory, &args.paths);
    if inputs.is_empty()
        && errors.len() == 1
        && let Some(error) = errors.pop()
    {
        return Err(error);
    }
    let mut rules = rules(&workspace.config.outcome);
    if args.redact || workspace.config.model.redact_on_ingest {
        rules.redactor = Some(super::privacy::redactor(context, &workspace)?);
    }
    rules.since = args.since.map(|since| since.moment(context.now()));
    rules.forgotten = workspace.ledger()?.forgotten()?;
    rules.format = args.format.as_deref().and_then(Format::by_slug);
    if let Some(map) = &args.map {
        let refused = |error| {
            CommandError::usage("cannot use `--map`")
                .caused_by(error)
                .hint("Write a JSON object of JSON Pointers: {\"turns\": \"/turns\", \"role\": \"/role\", \"content\": \"/content\"}")
        };
        rules.map = Some(FieldMap::parse(map).map_err(refused)?);
    }
    if rules.map.is_none() && rules.format.is_none() && !workspace.config.ingest.map.is_empty() {
        rules.map = Some(configured(&workspace.config.ingest.map)?);
        rules.map_unclaimed = true;
    }
    if args.follow {
        return follow::run(context, &workspace, &args.paths, &rules);
    }
    let _lock = ProcessLock::acquire(&workspace.folders.cache, "ingest")?;
    let mut store = TraceStore::open(&workspace.folders.cache)?;
    let total: u64 = inputs.iter().map(|input| input.size).sum();
    let bar = context.ui.bar("reading", (total > 0).then_some(total), true);
    let mut run = Run { total, files: Vec::new(), counts: Counts::default(), errors, passed_over: Vec::new() };
    let mut before = 0;
    for input in &inputs {
        run.one(&mut store, input, &rules, &bar, before)?;
        before += input.size;
    }
    drop(bar);
    rejudge(&mut store, &rules)?;
    expire(context, &workspace, &mut store)?;
    if run.counts.seen > 0 {
        let read = run.files.iter().filter(|(_, report)| !report.unchanged).count();
        store.record_run(context.now(), read, run.counts)?;
    }
    if run.files.is_empty() && run.errors.is_empty() {
        run.errors.push(no_traces(&args.paths));
    }
    if run.files.is_empty()
        && run.errors.len() == 1
        && let Some(error) = run.errors.pop()
    {
        run.print_passed_over(context)?;
        return Err(error);
    }
    run.print(context, &workspace, &store)?;
    Ok(match inputs::worst(&run.errors) {
        Some(kind) => kind.exit_code(),
        None if args.strict && run.files.iter().any(|(_, report)| report.counts.set_aside > 0) => ExitCode::SetAside,
        None => ExitCode::Done,
    })
}

/// The rules of this repository. Without any in the config, the usual scores decide.
pub fn rules(config: &OutcomeConfig) -> Rules {
    if config.success.is_empty() && config.failure.is_empty() {
        return Rules::default();
    }
    let rule = |rule: &OutcomeRule| match rule {
        OutcomeRule::ScoreAtLeast(name, value) => Rule::ScoreAtLeast(name.clone(), *value),
        OutcomeRule::ScoreBelow(name, value) => Rule::ScoreBelow(name.clone(), *value),
        OutcomeRule::MetadataEquals(name, value) => Rule::MetadataEquals(name.clone(), value.clone()),
        OutcomeRule::ToolSucceeded(name) => Rule::ToolSucceeded(name.clone()),
    };
    let success_tools = config.success.iter().filter_map(|rule| match rule {
        OutcomeRule::ToolSucceeded(name) => Some(name.clone()),
        _ => None,
    });
    Rules {
        signals: SignalRules { success_tools: success_tools.collect() },
        outcomes: OutcomeRules {
            success: config.success.iter().map(rule).collect(),
            failure: config.failure.iter().map(rule).collect(),
        },
        ..Rules::default()
    }
}

/// The map of fields that the config holds. It is asked only for files that no format claims.
fn configured(fields: &[(String, String)]) -> Result<FieldMap, CommandError> {
    let object: serde_json::Map<String, serde_json::Value> =
        fields.iter().map(|(name, pointer)| (name.clone(), pointer.clone().into())).collect();
    FieldMap::parse(&serde_json::Value::Object(object).to_string())
        .map_err(|error| CommandError::usage("cannot use `ingest.map` of the config").caused_by(error))
}

/// Erases what is older than the config wants it kept.
fn expire(context: &Context, workspace: &Workspace, store: &mut TraceStore) -> Result<(), CommandError> {
    let Some(days) = workspace.config.ingest.keep_days else { return Ok(()) };
    let old = store.ended_before(Since::Ago(i64::from(days) * DAY_MS).moment(context.now()))?;
    if !old.is_empty() {
        store.erase(&old)?;
    }
    Ok(())
}

/// Judges again what other systems know something about: their facts may have come before or after the traces.
fn rejudge(store: &mut TraceStore, rules: &Rules) -> Result<(), CommandError> {
    if !store.has_joined()? {
        return Ok(());
    }
    for batch in store.joined_conversations()?.chunks(REJUDGED_AT_ONCE) {
        let mut judged = Vec::new();
        for mut stored in store.load(batch)? {
            let facts = store.joined(&stored.conversation)?;
            outcome::join(&mut stored.conversation, &facts);
            stored.judgement = rules.outcomes.judge(&stored.conversation, &stored.signals);
            judged.push(stored);
        }
        store.rejudge(&judged)?;
    }
    Ok(())
}

/// What one run has done so far.
struct Run {
    /// Bytes of all files.
    total: u64,
    files: Vec<(String, FileReport)>,
    counts: Counts,
    errors: Vec<CommandError>,
    /// Files in folders that are no traces, safe to print.
    passed_over: Vec<String>,
}

impl Run {
    /// Reads one file. Only a failure of the store ends the run.
    fn one(
        &mut self,
        store: &mut TraceStore,
        input: &Input,
        rules: &Rules,
        bar: &Progress,
        before: u64,
    ) -> Result<(), CommandError> {
        let mut at = before;
        let mut passed = |bytes: u64| {
            at = before + bytes;
            bar.set(at);
        };
        let read = opening::read(store, input, rules, &mut passed);
        let one_of_many = read.len() > 1;
        for (shown, result) in read {
            match result {
                Ok(report) => {
                    if !report.unchanged {
                        self.counts += report.counts;
                    }
                    self.files.push((shown, report));
                }
                Err(IngestError::Store(error)) => return Err(stopped(error, self.total.saturating_sub(at))),
                Err(IngestError::Open(
                    OpenError::Unknown { .. } | OpenError::Binary(_) | OpenError::Parquet | OpenError::Empty,
                )) if !input.named || one_of_many => {
                    self.passed_over.push(excerpt(&shown, NAME_WIDTH));
                }
                Err(error) => self.errors.push(explain(&shown, error)),
            }
        }
        Ok(())
    }

    fn print(&self, context: &mut Context, workspace: &Workspace, store: &TraceStore) -> Result<(), CommandError> {
        let outcomes = store.outcomes()?;
        let conversations = store.len()?;
        let (texts, known) = system_texts(workspace, store)?;
        if context.globals.json {
            let document = Document {
                files: self.files.iter().map(|(path, report)| FileDocument::new(path, report)).collect(),
                failures: self.errors.iter().map(sentence).collect(),
                counts: self.counts,
                conversations,
                outcomes: outcomes
                    .into_iter()
                    .map(|(outcome, basis, conversations)| OutcomeDocument { outcome, basis, conversations })
                    .collect(),
                system_texts: texts,
                system_texts_known: known,
            };
            return context.json("reprompt/ingest/v1", &document);
        }
        let ui = &mut context.ui;
        for (path, report) in &self.files {
            ui.line(report::fidelity_line(path, report))?;
        }
        let set_aside: u64 = self.files.iter().map(|(_, report)| report.counts.set_aside).sum();
        if set_aside > 0 {
            ui.flush()?;
            ui.warning(format!(
                "{} could not be read and {} set aside",
                counted(set_aside, "record"),
                if set_aside == 1 { "was" } else { "were" }
            ))?;
            for (path, report) in &self.files {
                for line in report::set_aside_lines(path, report) {
                    ui.status(line)?;
                }
            }
        }
        self.print_passed_over(context)?;
        let ui = &mut context.ui;
        let silent: u64 = self.files.iter().map(|(_, report)| report.fidelity.without_content).sum();
        if silent > 0 {
            ui.flush()?;
            ui.warning(format!(
                "{} of models at work {} without a word of what was said",
                counted(silent, "trace"),
                if silent == 1 { "is" } else { "are" }
            ))?;
            ui.status("Switch the recording of messages on where the traces are made; for OpenTelemetry: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true (docs/getting-traces.md has the others).")?;
        }
        let large: u64 = self.files.iter().map(|(_, report)| report.fidelity.too_large).sum();
        if large > 0 {
            ui.flush()?;
            ui.warning(format!(
                "{} of more than {} MB of pieces {} not put together",
                counted(large, "session"),
                grouping::LARGEST_SESSION >> 20,
                if large == 1 { "was" } else { "were" }
            ))?;
            ui.status("The pieces are kept. Sessions grow so large when each call carries the whole history: export the last call of each, or shorter sessions.")?;
        }
        let unchanged = self.files.iter().all(|(_, report)| report.unchanged);
        let sum = |of: fn(&Fidelity) -> u64| -> u64 {
            self.files.iter().filter(|(_, report)| !report.unchanged).map(|(_, report)| of(&report.fidelity)).sum()
        };
        let (new, updated) = (sum(|file| file.new), sum(|file| file.updated));
        let there = sum(|file| file.unchanged);
        if !self.files.is_empty() && (unchanged || new + updated == 0 && there > 0) {
            ui.line("Nothing new: the cache holds all of this already.")?;
        } else if self.files.len() > 1 {
            ui.line(format!(
                "Together: {} new, {} updated, {} unchanged, {} set aside",
                thousands(new),
                thousands(updated),
                thousands(there),
                thousands(self.counts.set_aside)
            ))?;
        }
        if conversations > 0 {
            ui.line(format!("In the cache: {}", counted(conversations, "conversation")))?;
            ui.line(report::outcome_line(&outcomes))?;
        }
        if texts > 0 && workspace.repo.is_some() {
            ui.line(format!(
                "System prompts: {}, {} of them in this repository's history",
                counted(texts, "distinct text"),
                thousands(known)
            ))?;
        }
        ui.flush()?;
        for error in &self.errors {
            ui.error(error)?;
        }
        if conversations > 0 {
            ui.hint("reprompt intents")?;
        }
        Ok(())
    }

    fn print_passed_over(&self, context: &mut Context) -> Result<(), CommandError> {
        if self.passed_over.is_empty() || context.globals.json {
            return Ok(());
        }
        let names: Vec<&str> = self.passed_over.iter().take(3).map(String::as_str).collect();
        let more = if self.passed_over.len() > 3 { ", …" } else { "" };
        let files = counted(self.passed_over.len() as u64, "file");
        context.ui.status(format!("passed over {files} without traces that are read: {}{more}", names.join(", ")))?;
        Ok(())
    }
}

/// Why the store took no more, when so many bytes of the files were still to be read.
fn stopped(error: StoreError, left: u64) -> CommandError {
    let full = matches!(error, StoreError::Full { .. });
    let error = CommandError::from(error);
    if !full {
        return error;
    }
    let needed = left / CACHE_SHARE + ROOM_FOR_THE_LOG;
    error.hint(format!("About {} more bytes are needed for what is left of the files.", thousands(needed)))
}

/// Why a file was not read, and what to do.
fn explain(shown: &str, error: IngestError) -> CommandError {
    let attempt = format!("cannot read `{}`", one_line(shown));
    let usage = |error: IngestError| CommandError::usage(attempt.clone()).caused_by(error);
    match error {
        IngestError::Open(OpenError::Io(source)) | IngestError::Read(source) => CommandError::io(attempt, source)
            .hint("What was read before is in the cache; run the same command again when the file can be read."),
        IngestError::Open(OpenError::Unknown { ref keys }) => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{}`", excerpt(key, KEY_WIDTH))).collect();
            let begins = if keys.is_empty() {
                "It does not begin with a JSON object or array.".to_string()
            } else {
                format!("Its first record has the keys {}.", keys.join(", "))
            };
            usage(error).hint(begins).hint(formats())
        }
        IngestError::Open(OpenError::Binary(_) | OpenError::TooDeep(_)) => usage(error).hint(formats()),
        IngestError::Open(OpenError::Parquet) if cfg!(feature = "parquet") => usage(error)
            .hint("Such a file is read from its end: name the file itself, neither in an archive nor in a pipe."),
        IngestError::Open(OpenError::Parquet) => usage(error)
            .hint("Build with `--features parquet`, or convert it: duckdb -c \"COPY (FROM 'a.parquet') TO 'a.json'\""),
        IngestError::Open(OpenError::Utf16) => usage(error).hint("Convert it: iconv -f UTF-16 -t UTF-8"),
        IngestError::Open(OpenError::Nested) => usage(error).hint("Decompress it once."),
        IngestError::Open(OpenError::Cut) => usage(error).hint("Export it again, whole."),
        IngestError::Open(OpenError::Empty) => {
            usage(error).hint("Export it again; there may have been nothing to export.")
        }
        IngestError::Open(OpenError::Damaged(_)) => {
            CommandError::new(ErrorKind::Io, attempt).caused_by(error).hint("Copy or export it again.")
        }
        IngestError::Store(error) => error.into(),
    }
}

/// Folders full of other things.
fn no_traces(paths: &[PathBuf]) -> CommandError {
    let names: Vec<String> =
        paths.iter().take(3).map(|path| format!("`{}`", excerpt(&path.to_string_lossy(), NAME_WIDTH))).collect();
    CommandError::usage(format!("there are no traces that are read in {}", names.join(", "))).hint(formats())
}

fn formats() -> String {
    let count = FORMATS.len() - 1;
    format!(
        "{count} formats are read (docs/trace-formats.md); `--format` names one of them, and `--map` says where the fields of \
         a home-made one are."
    )
}

fn sentence(error: &CommandError) -> String {
    let causes = error.causes();
    if causes.is_empty() { error.message.clone() } else { format!("{}: {}", error.message, causes.join(": ")) }
}

/// Distinct system texts in the cache, and how many of them are versions of a prompt in the repository's history.
fn system_texts(workspace: &Workspace, store: &TraceStore) -> Result<(u64, u64), CommandError> {
    let texts: Vec<(Digest, String)> = store.system_texts()?;
    let head = match &workspace.repo {
        Some(repo) => repo.head()?.oid().map(|head| (repo, head)),
        None => None,
    };
    let Some((repo, head)) = head else { return Ok((texts.len() as u64, 0)) };
    let mut versions = Vec::new();
    for prompt in workspace.config.agents.iter().flat_map(|agent| &agent.prompts) {
        let history = repo.history(head, &format!("{}{}", workspace.prefix, prompt.path), MOST_VERSIONS)?;
        for version in history.into_iter().rev() {
            // A version that does not parse was no prompt that anybody ran.
            if let Ok(file) = PromptFile::parse(&prompt.path, &version.bytes, prompt) {
                let text = file.system_text().to_string();
                versions.push(VersionText { id: version.commit.to_string(), prompt: prompt.name.clone(), text });
            }
        }
    }
    let versions = Versions::new(versions);
    let known = texts.iter().filter(|(_, text)| versions.by_text(text).is_some()).count();
    Ok((texts.len() as u64, known as u64))
}
