//! Where a provider's key comes from: the variable or the command that the user's own file names, else the provider's
//! usual variable. Never the command line, never a config.

#![expect(clippy::disallowed_types, reason = "the user's own file names a program that prints the key")]

use super::context::Context;
use super::error::CommandError;
use super::own_config::{KeySource, OwnConfig};
use super::untrusted::one_line;
use crate::llm::name::ModelName;
use crate::llm::secret::Secret;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// The key for `name`'s provider.
pub fn key(context: &Context, own: &OwnConfig, name: &ModelName) -> Result<Secret, CommandError> {
    let provider = name.provider;
    let variable = match own.keys.get(provider.as_str()) {
        Some(KeySource::Command { command }) => return from_command(context, command, name),
        Some(KeySource::Env { env }) => env.as_str(),
        None => provider.key_variable().unwrap_or_default(),
    };
    let value =
        context.environment.variables.0.get(variable).map(|value| value.trim()).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| {
        CommandError::usage(format!("{name} cannot be asked: there is no key in the variable `{variable}`"))
            .hint(format!("export {variable}=… (or name another source in your own config: keys: {{ {}: {{ command: [pass, show, …] }} }})", provider.as_str()))
            .hint("The embedded engine needs none: --engine local")
    })?;
    checked(value, name)
}

fn checked(value: &str, name: &ModelName) -> Result<Secret, CommandError> {
    if value.chars().any(|c| c.is_control() || c.is_whitespace() || !c.is_ascii()) {
        return Err(CommandError::usage(format!("the key for {name} holds characters that no key has"))
            .hint("Look for a line break or a space that was copied along."));
    }
    Ok(Secret::new(value))
}

/// Longest time that the user's program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest output that is read, in bytes; a key is far shorter.
const MOST_OUTPUT: u64 = 64 << 10;

fn from_command(context: &Context, command: &[String], name: &ModelName) -> Result<Secret, CommandError> {
    let (program, arguments) = command.split_first().ok_or_else(|| CommandError::usage("the key command is empty"))?;
    let shown = one_line(program);
    let failed = |error| CommandError::usage(format!("cannot run `{shown}` for the key of {name}")).caused_by(error);
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(&context.environment.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(failed)?;
    let output = child.stdout.take();
    let (line, first_line) = std::sync::mpsc::channel();
    // It may go on waiting: what the program started may keep its output open long after it.
    std::thread::spawn(move || {
        let mut text = String::new();
        let Some(output) = output else { return };
        let mut output = BufReader::new(output.take(MOST_OUTPUT));
        // What cannot be read is no key; the program's end says why.
        let _unread = output.read_line(&mut text);
        let _nobody_waits = line.send(text);
        // The rest is taken from it, too: a program whose output nobody reads fails.
        let _unread = io::copy(&mut output, &mut io::sink());
    });
    let status = ended(&mut child).map_err(failed)?.ok_or_else(|| {
        CommandError::usage(format!("`{shown}` gave no key for {name} in {} s", PATIENCE.as_secs()))
            .hint("It must not ask anything: its standard input is empty.")
    })?;
    if !status.success() {
        return Err(CommandError::usage(format!("`{shown}` gave no key for {name} ({status})"))
            .hint("Run it by hand to see why; its command line is in your own config under `keys`."));
    }
    // All that it wrote is there by now.
    let text = first_line.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let first = text.trim();
    if first.is_empty() {
        return Err(CommandError::usage(format!("`{shown}` printed no key for {name}")));
    }
    checked(first, name)
}

/// Waits for the program's end; `None` when it takes too long, and then it is killed.
fn ended(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let step = Duration::from_millis(10);
    for _ in 0..PATIENCE.as_millis() / step.as_millis() {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(step);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}
