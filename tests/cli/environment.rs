//! A hermetic place to run the program in: private home and XDG folders, a fixed moment, a fixed git identity, no
//! network, nothing of the machine's configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the program runs in a test.
pub struct Environment {
    root: tempfile::TempDir,
}

/// What a run gave. Either look at it or call [`Outcome::ok`].
#[must_use]
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// stdout, with the environment's own path as `[ROOT]`.
    pub stdout: String,
    /// stderr, likewise.
    pub stderr: String,
}

impl Outcome {
    /// Asserts success.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts success where the output is of no interest.
    pub fn succeeds(self) {
        drop(self.ok());
    }

    /// Asserts an exit code.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts an exit code where the output is of no interest.
    pub fn fails(self, code: i32) {
        drop(self.exits(code));
    }

    /// All of it, for a snapshot.
    pub fn transcript(&self) -> String {
        let code = self.code.map_or_else(|| "signal".to_string(), |code| code.to_string());
        format!("exit: {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

impl Environment {
    /// An empty place.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("reprompt-test-").tempdir().unwrap();
        for folder in ["home", "work"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// The folder that commands run in.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// A path under the working folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.work().join(name)
    }

    /// Where the real data lies, as it appears in arguments and messages.
    pub fn shared(&self) -> std::borrow::Cow<'static, str> {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").to_string_lossy().into_owned().into()
    }

    /// Writes a file under the working folder, with its folders.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Reads a file under the working folder.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with these arguments, ready to run in `folder` under the working folder.
    pub fn command_in(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reprompt"));
        command.args(arguments).current_dir(self.path(folder)).stdin(Stdio::null());
        self.isolate(&mut command);
        command
    }

    /// Runs the program in the working folder.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_in("", arguments)
    }

    /// Runs the program in a folder under the working folder.
    pub fn run_in(&self, folder: &str, arguments: &[&str]) -> Outcome {
        self.outcome(&mut self.command_in(folder, arguments))
    }

    /// Runs a prepared command and collects what it gave.
    pub fn outcome(&self, command: &mut Command) -> Outcome {
        let output = command.output().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: self.normalize(&String::from_utf8_lossy(&output.stdout)),
            stderr: self.normalize(&String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// Runs git in a folder under the working folder and gives its stdout.
    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path(folder)).stdin(Stdio::null());
        self.isolate(&mut command);
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Makes a repository of a folder and commits all of it.
    pub fn commit_all(&self, folder: &str, message: &str) {
        if !self.path(folder).join(".git").exists() {
            self.git(folder, &["init", "-q", "-b", "main"]);
        }
        self.git(folder, &["add", "-A"]);
        self.git(folder, &["commit", "-q", "-m", message]);
    }

    fn isolate(&self, command: &mut Command) {
        let home = self.root.path().join("home");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("XDG_STATE_HOME", home.join(".state"))
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("REPROMPT_NOW", "2026-10-01T12:00:00Z")
            .env("COLUMNS", "100")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.gitconfig())
            .env("GIT_AUTHOR_DATE", "2026-09-28T09:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-09-28T09:00:00Z");
    }

    /// libgit2 reads `$HOME/.gitconfig`; the git program is told to.
    fn gitconfig(&self) -> PathBuf {
        let path = self.root.path().join("home/.gitconfig");
        if !path.exists() {
            fs::write(&path, "[user]\n\tname = Ada Example\n\temail = ada@example.com\n").unwrap();
        }
        path
    }

    fn normalize(&self, text: &str) -> String {
        text.replace(self.root.path().to_string_lossy().as_ref(), "[ROOT]")
    }
}

/// The folder with real data, or `None` with a word that the test skips.
pub fn shared_data() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: ../shared/data is not here");
    None
}
