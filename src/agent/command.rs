//! The agent as a program. It is started once per question in a process group of its own, with an environment of four
//! variables, and its whole group is ended when the time is up, when it says too much, and when it is done: an agent
//! leaves nothing running.

use super::{Limits, drive};
use crate::evaluation::agent::{Agent, AgentError, AgentFailure, Job, Work};
use crate::evaluation::reply::Reply;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A program that answers. It is started without a shell, in the folder of the prompt repository, with `PATH`, `HOME` and
/// `LANG` as given and `REPROMPT_TREE` naming the folder with the prompts under test.
#[derive(Clone, Debug)]
pub struct CommandAgent {
    program: OsString,
    arguments: Vec<String>,
    directory: PathBuf,
    environment: Vec<(&'static str, OsString)>,
    limits: Limits,
}

/// What a [`CommandAgent`] takes from the surroundings.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The folder it is started in.
    pub directory: PathBuf,
    /// This very executable: what the program name `reprompt` means.
    pub own_program: PathBuf,
    /// `PATH`.
    pub path: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

impl CommandAgent {
    /// The agent that `argv` starts. `None` for an empty `argv`.
    pub fn new(argv: &[String], surroundings: Surroundings, limits: Limits) -> Option<Self> {
        let (program, arguments) = argv.split_first()?;
        let program =
            if program == "reprompt" { surroundings.own_program.into_os_string() } else { OsString::from(program) };
        let mut environment = vec![("LANG", OsString::from("C.UTF-8"))];
        environment.extend(surroundings.path.map(|path| ("PATH", path)));
        environment.extend(surroundings.home.map(|home| ("HOME", home)));
        Some(Self { program, arguments: arguments.to_vec(), directory: surroundings.directory, environment, limits })
    }

    fn start(&self, job: &Job) -> Result<Child, AgentFailure> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("REPROMPT_TREE", &job.tree)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        command.spawn().map_err(|error| AgentFailure::NotStarted {
            program: self.program.to_string_lossy().into_owned(),
            reason: error.to_string(),
        })
    }

    async fn ask(self: Arc<Self>, job: Job) -> Result<Reply, AgentFailure> {
        let mut child = self.start(&job)?;
        let group = Group::of(&child);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut tail = Tail::default();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program may answer without reading the question to its end.
                let _written = stdin.write_all(job.body.as_bytes()).await;
            }
        };
        let listen = async {
            let answer = read_answer(stdout, self.limits.answer).await;
            if answer.is_none() {
                // It would wait for ever for us to read on.
                group.end();
            }
            answer
        };
        let wait = async {
            let status = child.wait().await;
            // Whatever it left running would keep the pipes open.
            group.end();
            status
        };
        let all = async { tokio::join!(feed, listen, tail.read(stderr), wait) };
        let done = timeout(self.limits.timeout, all).await;
        let Ok(((), answer, (), status)) = done else {
            group.end();
            let _status = child.wait().await;
            return Err(AgentFailure::TimedOut { limit: self.limits.timeout, stderr: tail.text() });
        };
        let answer = answer.ok_or(AgentFailure::TooLong { limit: self.limits.answer })?;
        match status {
            Ok(status) if status.success() => Ok(Reply::parse(&answer)?),
            Ok(status) => Err(AgentFailure::Exited { status: describe(status), stderr: tail.text() }),
            Err(error) => Err(AgentFailure::Exited { status: error.to_string(), stderr: tail.text() }),
        }
    }
}

impl Agent for CommandAgent {
    fn run(&self, work: &mut dyn Work) -> Result<(), AgentError> {
        let agent = Arc::new(self.clone());
        drive(work, self.limits.jobs, move |job| Arc::clone(&agent).ask(job))
    }
}

/// The process group of one run; ended at the latest when this value goes.
struct Group(#[cfg(unix)] Option<rustix::process::Pid>);

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        // The child leads the group, so the group has its number.
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw))
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self()
    }

    /// Ends every process of the group. That it has none any more is fine.
    fn end(&self) {
        #[cfg(unix)]
        if let Some(group) = self.0 {
            let _gone = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// All that `stdout` says; `None` when that is more than `limit` bytes. An error while reading ends the answer.
async fn read_answer(stdout: Option<impl AsyncRead + Unpin>, limit: usize) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    if let Some(stdout) = stdout {
        let _read = stdout.take(limit as u64 + 1).read_to_end(&mut answer).await;
    }
    (answer.len() <= limit).then_some(answer)
}

/// The end of what a program wrote to its error stream.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    const BYTES: usize = 4096;
    const LINES: usize = 5;

    async fn read(&mut self, stderr: Option<impl AsyncRead + Unpin>) {
        let Some(mut stderr) = stderr else { return };
        let mut chunk = vec![0; Self::BYTES];
        while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
            self.0.extend_from_slice(chunk.get(..read).unwrap_or_default());
            let surplus = self.0.len().saturating_sub(Self::BYTES);
            self.0.drain(..surplus);
        }
    }

    /// Its last lines.
    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines.get(lines.len().saturating_sub(Self::LINES)..).unwrap_or_default().join("\n")
    }
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return format!("signal {signal}");
        }
    }
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}
