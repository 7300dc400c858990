//! The prompt repository that a command works on: where it is, its config, its files at a revision or in the work
//! tree, and where its databases lie. Reading only; nothing here writes to the repository.

use super::context::Context;
use super::error::CommandError;
use crate::digest::Digest;
use crate::git::{Oid, Repo};
use crate::prompt::config::{AgentConfig, Config, FILE_NAME};
use crate::prompt::file::PromptFile;
use crate::prompt::tool::ToolFile;
use crate::store::{Ledger, TraceStore};
use crate::trace::Conversation;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Largest file that is read as a prompt, tool, suite or config, in bytes.
const MOST_BYTES: u64 = 8 << 20;
/// Most files that a walk of a folder without git looks at.
const MOST_FILES: usize = 100_000;
/// Folders that never hold prompts.
const SKIPPED: [&str; 5] = [".git", ".jj", "node_modules", "target", "__pycache__"];

/// Where files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A commit.
    Commit(Oid),
    /// The files as they are on disk.
    WorkTree,
}

/// A prompt repository.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of `reprompt.yaml`, or the top of the repository, or the folder given.
    pub root: PathBuf,
    /// The git repository, if there is one.
    pub repo: Option<Repo>,
    /// The root's path from the top of the repository: empty, or ending with `/`.
    pub prefix: String,
    /// The config in force for this run (the work tree's, HEAD's in a bare repository, or the one given by `-c`).
    pub config: Config,
    /// The config's file, if one was found.
    pub config_path: Option<PathBuf>,
    /// Where the two databases lie.
    pub folders: Folders,
    /// `-c` was given, so the config is the same at every revision.
    config_given: bool,
}

/// Where the two databases lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Folder of `traces.db`, which can be deleted.
    pub cache: PathBuf,
    /// Folder of `ledger.db`, which should not be.
    pub state: PathBuf,
}

impl Workspace {
    /// Finds the repository and reads its config.
    pub fn open(context: &Context) -> Result<Self, CommandError> {
        let start = match &context.globals.repo {
            Some(folder) => context.environment.directory.join(folder),
            None => context.environment.directory.clone(),
        };
        if !start.is_dir() {
            return Err(CommandError::usage(format!("there is no folder `{}`", start.display())));
        }
        let start = start
            .canonicalize()
            .map_err(|error| CommandError::io(format!("cannot open `{}`", start.display()), error))?;
        let repo = Repo::discover(&start)?;
        let top = repo.as_ref().and_then(Repo::workdir).and_then(|top| top.canonicalize().ok());
        let config_path = match &context.globals.config {
            Some(path) => Some(context.environment.directory.join(path)),
            None => find_config(&start, top.as_deref()),
        };
        let root = match (&context.globals.config, &config_path) {
            (None, Some(path)) => path.parent().map_or_else(|| start.clone(), Path::to_path_buf),
            _ => top.clone().unwrap_or_else(|| start.clone()),
        };
        let prefix = top.as_deref().and_then(|top| root.strip_prefix(top).ok()).map(slashed).unwrap_or_default();
        let bare_head = match &repo {
            Some(repo) if repo.is_bare() => repo.head()?.oid(),
            _ => None,
        };
        let config = match (&config_path, &repo, bare_head) {
            (Some(path), ..) => Config::parse(&read_config(path)?, &shown(path, &context.environment.directory))?,
            (None, Some(repo), Some(head)) => match repo.read(head, FILE_NAME)? {
                Some(file) => Config::parse(&utf8(file.bytes, FILE_NAME)?, FILE_NAME)?,
                None => Config::defaults(),
            },
            _ => Config::defaults(),
        };
        let folders = folders(context, repo.as_ref(), &root, &prefix)?;
        if let Some(top) = &top
            && (folders.cache.starts_with(top) || folders.state.starts_with(top))
        {
            return Err(CommandError::usage(format!(
                "the cache folder `{}` lies inside the repository",
                folders.cache.display()
            ))
            .hint("Choose a folder outside: a copy of the checkout would carry customers' text along."));
        }
        Ok(Self { root, repo, prefix, config, config_path, folders, config_given: context.globals.config.is_some() })
    }

    /// The repository, or an error that says how to make one.
    pub fn repo(&self) -> Result<&Repo, CommandError> {
        self.repo.as_ref().ok_or_else(|| {
            CommandError::usage(format!("`{}` is not in a git repository", self.root.display()))
                .hint("Proposals are branches: git init && git add -A && git commit")
        })
    }

    /// The commit that a revision means.
    pub fn commit(&self, spec: &str) -> Result<Oid, CommandError> {
        Ok(self.repo()?.resolve_or_fail(spec)?)
    }

    /// The newest state that a command without a revision reads: the work tree, or HEAD in a bare repository.
    pub fn newest(&self) -> Result<At, CommandError> {
        match &self.repo {
            Some(repo) if repo.is_bare() => Ok(At::Commit(repo.head_or_fail()?)),
            _ => Ok(At::WorkTree),
        }
    }

    /// A file's bytes by its path from the root; `None` when there is none. Symbolic links are refused.
    pub fn read(&self, at: At, path: &str) -> Result<Option<Vec<u8>>, CommandError> {
        let inside = format!("{}{path}", self.prefix);
        let file = match (at, &self.repo) {
            (At::Commit(commit), _) => {
                let repo = self.repo()?;
                match repo.read(commit, &inside)? {
                    Some(file) if !file.mode.is_regular() => {
                        return Err(CommandError::new(
                            super::error::ErrorKind::Refused,
                            format!("`{path}` at {} is not a regular file", commit.short()),
                        )
                        .hint("Prompt files are read from where they are; name the file that a link points to."));
                    }
                    found => found.map(|file| file.bytes),
                }
            }
            (At::WorkTree, Some(repo)) if repo.workdir().is_some() => {
                repo.work_tree_file(&inside)?.map(|file| file.bytes)
            }
            (At::WorkTree, _) => read_plain(&self.root, path)?,
        };
        match file {
            Some(bytes) if bytes.len() as u64 > MOST_BYTES => Err(too_large(path)),
            other => Ok(other),
        }
    }

    /// Paths of all regular files under the root, sorted.
    pub fn list(&self, at: At) -> Result<Vec<String>, CommandError> {
        match at {
            At::Commit(commit) => {
                let prefix = self.prefix.trim_end_matches('/');
                let entries = self.repo()?.list(commit, prefix)?;
                let paths = entries.into_iter().filter(|entry| entry.mode.is_regular());
                Ok(paths.filter_map(|entry| entry.path.strip_prefix(&self.prefix).map(str::to_string)).collect())
            }
            At::WorkTree => walk(&self.root),
        }
    }

    /// Paths that match any of the globs, sorted.
    pub fn matching(&self, at: At, globs: &[String]) -> Result<Vec<String>, CommandError> {
        if globs.is_empty() {
            return Ok(Vec::new());
        }
        let set = glob_set(globs)?;
        Ok(self.list(at)?.into_iter().filter(|path| set.is_match(path)).collect())
    }

    /// The config at a revision: the base decides what a change may do. With `-c`, always that file.
    pub fn config_at(&self, at: At) -> Result<Config, CommandError> {
        if self.config_given {
            return Ok(self.config.clone());
        }
        match self.read(at, FILE_NAME)? {
            Some(bytes) => Ok(Config::parse(&utf8(bytes, FILE_NAME)?, FILE_NAME)?),
            None => Ok(Config::defaults()),
        }
    }

    /// An agent's prompt files at a place, in the config's order. A listed file that is missing is an error.
    pub fn prompts(&self, at: At, agent: &AgentConfig) -> Result<Vec<PromptFile>, CommandError> {
        let mut prompts = Vec::new();
        for prompt in &agent.prompts {
            let bytes = self.read(at, &prompt.path)?.ok_or_else(|| {
                CommandError::usage(format!(
                    "the prompt `{}` of agent `{}` is not there: no file `{}`",
                    prompt.name, agent.name, prompt.path
                ))
                .hint("Correct `path` in reprompt.yaml, or commit the file.")
            })?;
            prompts.push(PromptFile::parse(&prompt.path, &bytes, prompt)?);
        }
        Ok(prompts)
    }

    /// An agent's tool files at a place, by path.
    pub fn tools(&self, at: At, agent: &AgentConfig) -> Result<Vec<ToolFile>, CommandError> {
        let mut tools = Vec::new();
        for path in self.matching(at, &agent.tools)? {
            if let Some(bytes) = self.read(at, &path)? {
                tools.push(ToolFile::parse(&path, &bytes)?);
            }
        }
        Ok(tools)
    }

    /// What was ingested, for reading and for storing what is derived from it.
    pub fn traces(&self) -> Result<TraceStore, CommandError> {
        Ok(TraceStore::open_existing(&self.folders.cache)?)
    }

    /// The ledger, made when it is missing.
    pub fn ledger(&self) -> Result<Ledger, CommandError> {
        Ok(Ledger::open(&self.folders.state)?)
    }

    /// Whether a conversation is an agent's.
    pub fn belongs(&self, agent: &AgentConfig, conversation: &Conversation) -> bool {
        agent.traces.iter().all(|(name, wanted)| {
            let found = conversation.metadata.get(name).map(String::as_str);
            let found = found.or(if matches!(name.as_str(), "agent" | "service.name") {
                conversation.agent.as_deref()
            } else {
                None
            });
            found == Some(wanted)
        })
    }
}

/// A matcher for the config's globs. `*` stops at `/`, `**` does not.
pub fn glob_set(globs: &[String]) -> Result<GlobSet, CommandError> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let built = GlobBuilder::new(glob).literal_separator(true).build();
        builder.add(
            built.map_err(|error| CommandError::usage(format!("cannot use the pattern `{glob}`")).caused_by(error))?,
        );
    }
    builder.build().map_err(|error| CommandError::usage("cannot use the patterns of the config").caused_by(error))
}

fn find_config(start: &Path, top: Option<&Path>) -> Option<PathBuf> {
    for folder in start.ancestors() {
        let path = folder.join(FILE_NAME);
        if path.is_file() {
            return Some(path);
        }
        if top == Some(folder) {
            return None;
        }
    }
    None
}

fn read_config(path: &Path) -> Result<String, CommandError> {
    let attempt = || format!("cannot read the config `{}`", path.display());
    let size = fs::metadata(path)
        .map_err(|error| CommandError::io(attempt(), error).hint("`reprompt init` writes one."))?
        .len();
    if size > MOST_BYTES {
        return Err(too_large(&path.display().to_string()));
    }
    let bytes = fs::read(path).map_err(|error| CommandError::io(attempt(), error))?;
    utf8(bytes, &path.display().to_string())
}

fn utf8(bytes: Vec<u8>, path: &str) -> Result<String, CommandError> {
    String::from_utf8(bytes).map_err(|error| {
        CommandError::usage(format!(
            "`{path}` is not UTF-8 text: byte {} does not fit",
            error.utf8_error().valid_up_to()
        ))
        .hint("Save it as UTF-8.")
    })
}

fn too_large(path: &str) -> CommandError {
    CommandError::usage(format!("`{path}` is larger than {} MiB", MOST_BYTES >> 20))
        .hint("Prompts, tools, suites and configs are small files; is this one listed by mistake?")
}

fn folders(context: &Context, repo: Option<&Repo>, root: &Path, prefix: &str) -> Result<Folders, CommandError> {
    let environment = &context.environment;
    if let Some(folder) = context.globals.cache.as_ref().or(environment.cache.as_ref()) {
        let folder = plain(&environment.directory.join(folder));
        return Ok(Folders { cache: folder.clone(), state: folder });
    }
    let (Some(cache), Some(state)) = (&environment.cache_home, &environment.state_home) else {
        return Err(CommandError::usage("there is no place for the cache: neither HOME nor XDG_CACHE_HOME is set")
            .hint("Name one: --cache DIR"));
    };
    let root_commit = repo.map(Repo::root_commit).transpose()?.flatten();
    let identity = match root_commit {
        Some(commit) => Digest::of_fields([commit.to_string().as_bytes(), prefix.as_bytes()]),
        // Without a commit the place is all that tells one repository from another.
        None => Digest::of_fields([root.to_string_lossy().as_bytes(), b"no commit".as_slice()]),
    };
    let id = identity.short(16);
    let under = |home: &Path| plain(&environment.directory.join(home).join("reprompt").join(&id));
    Ok(Folders { cache: under(cache), state: under(state) })
}

/// `path` without `.` and `..`, not asking the disk: the folder may not exist yet.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn slashed(path: &Path) -> String {
    let parts: Vec<String> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.is_empty() { String::new() } else { format!("{}/", parts.join("/")) }
}

fn shown(path: &Path, directory: &Path) -> String {
    path.strip_prefix(directory).unwrap_or(path).display().to_string()
}

fn read_plain(root: &Path, path: &str) -> Result<Option<Vec<u8>>, CommandError> {
    let full = root.join(path);
    let attempt = || format!("cannot read `{}`", full.display());
    match fs::symlink_metadata(&full) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CommandError::io(attempt(), error)),
        Ok(kind) if kind.is_symlink() => {
            Err(CommandError::new(super::error::ErrorKind::Refused, format!("`{path}` is a symbolic link"))
                .hint("Prompt files are read from where they are; name the file that the link points to."))
        }
        Ok(kind) if !kind.is_file() => {
            Err(CommandError::new(super::error::ErrorKind::Refused, format!("`{path}` is not a regular file")))
        }
        Ok(kind) if kind.len() > MOST_BYTES => Err(too_large(path)),
        Ok(_) => fs::read(&full).map(Some).map_err(|error| CommandError::io(attempt(), error)),
    }
}

/// Paths of all regular files under `root`, sorted, without the folders that never hold prompts.
pub fn walk(root: &Path) -> Result<Vec<String>, CommandError> {
    let mut folders = vec![root.to_path_buf()];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        let attempt = || format!("cannot list `{}`", folder.display());
        for entry in fs::read_dir(&folder).map_err(|error| CommandError::io(attempt(), error))? {
            let entry = entry.map_err(|error| CommandError::io(attempt(), error))?;
            let kind = entry.file_type().map_err(|error| CommandError::io(attempt(), error))?;
            let path = entry.path();
            if kind.is_dir() {
                let name = entry.file_name();
                if !SKIPPED.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if kind.is_file()
                && let Ok(inside) = path.strip_prefix(root)
            {
                paths.push(slashed(inside).trim_end_matches('/').to_string());
            }
            if paths.len() > MOST_FILES {
                return Err(CommandError::usage(format!("`{}` holds more than {MOST_FILES} files", root.display()))
                    .hint("Make it a git repository, or name the folder with the prompts: -C DIR"));
            }
        }
    }
    paths.sort();
    Ok(paths)
}
