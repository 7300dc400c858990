//! `demo [DIR]`: writes the example repository to a folder and takes it through the loop, with the commands that
//! people type, one after the other. `demo agent` is the example's scripted agent.

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use super::eval::ExpectArg;
use super::exit_code::ExitCode;
use super::ui::Tone;
use super::{diagnose, eval, ingest, intents, propose};
use crate::example::agent::reply;
use crate::example::files::{self, TRACES};
use crate::example::generate::repository::TRACES_PATH;
use crate::git::{Chapter, Person, Repo};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A file in `.git` that says whose folder this is.
const MARK: &str = "reprompt-demo";
/// Longest request that the agent reads, in bytes.
const MOST_REQUEST: u64 = 16 << 20;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DemoArgs {
    /// Folder to write the example repository to; new, empty, or made by an earlier demo
    #[arg(default_value = "reprompt-demo")]
    pub dir: PathBuf,
    /// What else the demo can do.
    #[command(subcommand)]
    pub part: Option<DemoPart>,
}

/// Parts of the demo that are run by themselves.
#[derive(Debug, clap::Subcommand)]
pub enum DemoPart {
    /// Answer one chat-completions request as the example's scripted agent
    #[command(hide = true)]
    Agent,
}

/// Runs `demo`.
pub fn run(context: &mut Context, args: &DemoArgs) -> Result<ExitCode, CommandError> {
    match args.part {
        Some(DemoPart::Agent) => answer(context),
        None => tour(context, &args.dir),
    }
}

/// The scripted agent: a request on stdin, its reply on stdout.
fn answer(context: &mut Context) -> Result<ExitCode, CommandError> {
    let mut request = Vec::new();
    let read = io::stdin().lock().take(MOST_REQUEST).read_to_end(&mut request);
    read.map_err(|error| CommandError::io("cannot read the request on stdin", error))?;
    let request = serde_json::from_slice(&request).map_err(|error| {
        CommandError::usage("cannot read the request on stdin")
            .caused_by(error)
            .hint("The scripted agent takes one chat-completions body as JSON.")
    })?;
    context.ui.line(reply(&request))?;
    Ok(ExitCode::Done)
}

fn tour(context: &mut Context, dir: &Path) -> Result<ExitCode, CommandError> {
    if context.globals.json || context.globals.repo.is_some() || context.globals.config.is_some() {
        return Err(CommandError::usage("`demo` takes neither --json nor --repo nor --config")
            .hint("Run the commands that it prints in its folder; they take all three."));
    }
    let folder = context.environment.directory.join(dir);
    let shown = dir.display().to_string();
    match state_of(&folder)? {
        Folder::Ours => context.ui.status(format!("`{shown}` is there from an earlier demo and stays as it is."))?,
        Folder::Free => {
            write_repository(&folder)?;
            let files: usize = files::history().iter().map(|revision| revision.files.len()).sum();
            context.ui.status(format!(
                "Wrote a prompt repository to `{shown}`: the prompt, tools and eval suites of a database company's \
                 onboarding agent in {} commits with {files} files, and eight weeks of its conversations beside them. \
                 The agent is a scripted program, not a model: see its README.md.",
                files::history().len()
            ))?;
        }
        Folder::Foreign => {
            return Err(CommandError::new(ErrorKind::Refused, format!("the folder `{shown}` is not empty"))
                .hint("Name a folder that is new or empty: reprompt demo DIR"));
        }
    }
    let directory = std::mem::replace(&mut context.environment.directory, folder);
    let result = steps(context, &shown);
    context.environment.directory = directory;
    result
}

/// The loop, command by command, in the example's folder.
fn steps(context: &mut Context, shown: &str) -> Result<ExitCode, CommandError> {
    announce(context, "Read the conversations.", &["ingest", TRACES_PATH])?;
    ingest::run(context, &typed(&[TRACES_PATH])?)?;
    announce(context, "Name what users wanted.", &["intents"])?;
    intents::run(context, &typed(&[])?)?;
    announce(context, "Find what goes wrong, and why.", &["diagnose"])?;
    diagnose::run(context, &typed(&[])?)?;
    announce(context, "Write the smallest change that answers it to a branch.", &["propose"])?;
    propose::run(context, &typed(&[])?)?;
    context.ui.flush()?;
    let Some(branch) = proposal(&context.environment.directory)? else {
        context.ui.hint("nothing was proposed, so there is nothing to evaluate")?;
        return Ok(ExitCode::Done);
    };
    let arguments = ["--base", "main", "--head", &branch, "--expect", "better"];
    let command: Vec<&str> = std::iter::once("eval").chain(arguments).collect();
    announce(context, "Run the agent on every case with the old prompt and the new one.", &command)?;
    let verdict = eval::run(context, &eval_args(&branch)?)?;
    context.ui.line("")?;
    let heading = context.ui.paint(Tone::Heading, "That was the loop.");
    context.ui.line(format!("{heading} Look around, merge it, and take it back if you like:"))?;
    for command in [
        format!("cd {shown}"),
        format!("git show {branch}"),
        "reprompt findings".to_string(),
        format!("git merge {branch}"),
        "reprompt rollback onboarding-system".to_string(),
    ] {
        let command = context.ui.paint(Tone::Name, &command);
        context.ui.line(format!("  {command}"))?;
    }
    Ok(verdict)
}

/// Prints what comes next and the command that does it.
fn announce(context: &mut Context, what: &str, command: &[&str]) -> Result<(), CommandError> {
    context.ui.line("")?;
    let heading = context.ui.paint(Tone::Heading, what);
    context.ui.line(heading)?;
    let command = context.ui.paint(Tone::Name, &format!("$ reprompt {}", command.join(" ")));
    context.ui.line(command)?;
    context.ui.flush()?;
    Ok(())
}

/// The arguments that a verb would get from its command line.
fn typed<A: clap::Args>(arguments: &[&str]) -> Result<A, CommandError> {
    let command = A::augment_args(clap::Command::new("demo").no_binary_name(true));
    let matches = command.try_get_matches_from(arguments);
    matches
        .and_then(|mut matches| A::from_arg_matches_mut(&mut matches))
        .map_err(|error| CommandError::usage("cannot run a step of the demo").caused_by(error))
}

fn eval_args(branch: &str) -> Result<eval::EvalArgs, CommandError> {
    let mut args: eval::EvalArgs = typed(&["--base", "main", "--head", branch])?;
    args.expect = ExpectArg::Better;
    Ok(args)
}

/// The branch of the proposal; the first by name, should there be several.
fn proposal(folder: &Path) -> Result<Option<String>, CommandError> {
    let Some(repo) = Repo::discover(folder)? else { return Ok(None) };
    Ok(repo.branches("reprompt/")?.into_iter().map(|branch| branch.name).find(|name| !name.contains("rollback")))
}

/// What the folder for the example is.
enum Folder {
    /// Not there, or empty.
    Free,
    /// Made by a demo.
    Ours,
    /// Anything else.
    Foreign,
}

fn state_of(folder: &Path) -> Result<Folder, CommandError> {
    let cannot = |error| CommandError::io(format!("cannot look into `{}`", folder.display()), error);
    if folder.join(".git").join(MARK).is_file() {
        return Ok(Folder::Ours);
    }
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(if entries.next().is_none() { Folder::Free } else { Folder::Foreign }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Folder::Free),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(Folder::Foreign),
        Err(error) => Err(cannot(error)),
    }
}

/// Writes the repository beside its place and moves it there when it is complete, so that a run that dies leaves
/// nothing behind that looks like one.
fn write_repository(folder: &Path) -> Result<(), CommandError> {
    let cannot = |error| CommandError::io(format!("cannot write the example to `{}`", folder.display()), error);
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(cannot)?;
    let draft = tempfile::Builder::new().prefix(".reprompt-demo-").tempdir_in(parent).map_err(cannot)?;
    let history = files::history();
    let chapters: Vec<Chapter<'_>> = history
        .iter()
        .map(|revision| Chapter {
            files: &revision.files,
            message: revision.message,
            author: Person { name: revision.author.0.to_string(), email: revision.author.1.to_string() },
            time: revision.time,
        })
        .collect();
    let visitor = Person { name: "Demo visitor".to_string(), email: "visitor@tidewater.example".to_string() };
    let repo = Repo::found(draft.path(), &chapters, &visitor)?;
    let traces = draft.path().join(TRACES_PATH);
    if let Some(folder) = traces.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    fs::write(&traces, TRACES).map_err(cannot)?;
    fs::write(repo.git_dir().join(MARK), "made by `reprompt demo`\n").map_err(cannot)?;
    drop(repo);
    let moved = if folder.exists() { move_entries(draft.path(), folder) } else { fs::rename(draft.path(), folder) };
    moved.map_err(cannot)
}

/// Moves what is in `from` into the empty folder `to`; `.git`, which says that all is there, comes last.
fn move_entries(from: &Path, to: &Path) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(from)? {
        names.push(entry?.file_name());
    }
    names.sort_by_key(|name| name == ".git");
    names.iter().try_for_each(|name| fs::rename(from.join(name), to.join(name)))
}
