//! One writing command at a time per cache, and no reservation given back while a run may need it. The kernel releases
//! a lock when its holder dies, however it dies, so a lock is never stale; the file's text says who holds it and is for
//! people only.

use super::StoreError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The file that a lock is on, made if missing.
fn open(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| StoreError::Io {
        attempt: "open the lock file",
        path: path.to_path_buf(),
        source,
    })
}

/// Held while a command writes; released when dropped.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock of the cache in `folder` (made if missing) for `command`, or says at once who holds it
    /// ([`StoreError::Locked`]).
    pub fn acquire(folder: &Path, command: &str) -> Result<Self, StoreError> {
        Self::of(folder, "lock", command)
    }

    /// As [`Self::acquire`], the lock of another file in `folder`.
    pub fn of(folder: &Path, file: &str, command: &str) -> Result<Self, StoreError> {
        let path = folder.join(file);
        let failed = |attempt| {
            let path = path.clone();
            move |source| StoreError::Io { attempt, path, source }
        };
        super::open::make_private_folder(folder)?;
        let mut file = open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Whatever cannot be read is not worth a second error.
                (&mut file).take(200).read_to_string(&mut text).unwrap_or_default();
                let holder = if text.trim().is_empty() { "another process" } else { text.trim() };
                return Err(StoreError::Locked { holder: holder.escape_debug().to_string(), path });
            }
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::Io { attempt: "lock", path, source });
            }
        }
        file.set_len(0).map_err(failed("write the lock file"))?;
        file.seek(SeekFrom::Start(0)).map_err(failed("write the lock file"))?;
        writeln!(file, "process {} ({command})", std::process::id()).map_err(failed("write the lock file"))?;
        Ok(Self { _file: file })
    }
}

/// Says that runs which ask a model are under way: any number hold it together, and giving their reservations back
/// needs it alone.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

impl RunLock {
    fn path(ledger: &Path) -> PathBuf {
        ledger.with_file_name("runs.lock")
    }

    /// For a run; waits the moment that giving back takes.
    pub(super) fn shared(ledger: &Path) -> Result<Self, StoreError> {
        let path = Self::path(ledger);
        let file = open(&path)?;
        match file.lock_shared() {
            Ok(()) => Ok(Self { _file: file }),
            Err(source) => Err(StoreError::Io { attempt: "lock", path, source }),
        }
    }

    /// For giving back; refused at once while a run is under way.
    pub(super) fn alone(ledger: &Path) -> Result<Self, StoreError> {
        let path = Self::path(ledger);
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { holder: "a run that asks a model".into(), path }),
            Err(TryLockError::Error(source)) => Err(StoreError::Io { attempt: "lock", path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is_and_gets_in_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let held = ProcessLock::acquire(folder.path(), "ingest").unwrap();
        let error = ProcessLock::acquire(folder.path(), "intents").unwrap_err();
        let StoreError::Locked { holder, .. } = &error else { panic!("{error}") };
        assert_eq!(*holder, format!("process {} (ingest)", std::process::id()));
        drop(held);
        ProcessLock::acquire(folder.path(), "intents").unwrap();
    }
}
