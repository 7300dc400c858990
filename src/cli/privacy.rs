//! The redactor and the egress guard of this repository. Pseudonyms are made with a key of the ledger's own, made once
//! and readable by its owner only, so that they stay the same from run to run and mean nothing elsewhere.

use super::context::Context;
use super::error::CommandError;
use super::workspace::Workspace;
use crate::digest::Digest;
use crate::llm::secret::Secret;
use crate::trace::redact::{EgressGuard, Redactor, looks_secret};
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

const FILE: &str = "redaction.key";

/// The redactor of this repository.
pub fn redactor(context: &Context, workspace: &Workspace) -> Result<Redactor, CommandError> {
    let key = match &context.environment.redaction_key {
        Some(text) => *Digest::of(text.as_bytes()).as_bytes(),
        None => stored_key(&workspace.folders.state)?,
    };
    Ok(Redactor::new(key, workspace.config.model.keep.iter().cloned()))
}

/// The guard: what the redactor takes out may not leave, nor may the values of variables that look like secrets.
pub fn guard(context: &Context, redactor: &Redactor, key: Option<&Secret>) -> EgressGuard {
    let speaking = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];
    let variables = context.environment.variables.0.iter();
    let known = variables.filter(|(name, value)| {
        let named = speaking.iter().any(|word| name.to_ascii_uppercase().contains(word));
        value.len() >= 12 && !value.starts_with('/') && (named || looks_secret(value))
    });
    let known = known.map(|(_, value)| value.clone()).chain(key.map(|key| key.expose().to_string()));
    EgressGuard::new(redactor.clone(), known)
}

fn stored_key(folder: &Path) -> Result<[u8; 32], CommandError> {
    let path = folder.join(FILE);
    let attempt = |what: &str| format!("cannot {what} the key of pseudonyms `{}`", path.display());
    match fs::read(&path) {
        Ok(bytes) => <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
            CommandError::new(
                super::error::ErrorKind::Integrity,
                format!("`{}` is damaged: not 32 bytes", path.display()),
            )
            .hint("Delete it to have a new one made; pseudonyms will differ from earlier ones.")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder).map_err(|error| CommandError::io(attempt("make"), error))?;
            let mut key = [0; 32];
            let random =
                OpenOptions::new().read(true).open("/dev/urandom").and_then(|mut file| file.read_exact(&mut key));
            random.map_err(|error| CommandError::io(attempt("make"), error))?;
            match write_private(&path, &key) {
                // Another run was first: its key counts.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => stored_key(folder),
                other => other.map(|()| key).map_err(|error| CommandError::io(attempt("write"), error)),
            }
        }
        Err(error) => Err(CommandError::io(attempt("read"), error)),
    }
}

/// A whole file that nobody else can read, or none.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}
