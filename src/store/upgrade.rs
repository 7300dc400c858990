//! Upgrading a database that an older program wrote: first a copy that is verified and safe on the disk, then all steps
//! in one exclusive transaction. What ends in between leaves the old database or the new one, never half of each.
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::StoreError;
use super::open::{APPLICATION_ID, Schema, version};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Copies of older versions that stay.
const KEPT: usize = 2;

/// Brings the schema to our version: all steps or none.
pub(super) fn migrate(connection: &mut Connection, path: &Path, schema: &Schema) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite("upgrade the schema of", path, error);
    let found = version(connection, path, schema)?;
    if found > 0 && found < schema.version() {
        back_up(connection, path, schema, found)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(failed)?;
    // Asked again inside the transaction: another process may have been faster.
    let found = usize::try_from(version(&transaction, path, schema)?).unwrap_or(usize::MAX);
    for step in schema.migrations.iter().skip(found) {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    transaction.pragma_update(None, "user_version", schema.version()).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Where the copy of a database of this version is kept: `traces.db.v1.bak`.
fn backup(path: &Path, version: i64) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.v{version}.bak"))
}

/// Copies the database beside itself, and verifies the copy before it gets its name.
fn back_up(connection: &Connection, path: &Path, schema: &Schema, found: i64) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite("back up", path, error);
    let disk = |source| StoreError::Io { attempt: "back up", path: path.to_path_buf(), source };
    let folder = path.parent().unwrap_or(path);
    let number = |pragma| connection.query_row(pragma, [], |row| row.get::<_, i64>(0)).map_err(failed);
    // The copy, and the pages that the upgrade writes anew.
    let pages = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    let needed = 2 * pages.unsigned_abs();
    if let Some(free) = free(folder)
        && free < needed
    {
        return Err(StoreError::NoRoom { path: path.to_path_buf(), needed, free });
    }
    let copy = tempfile::Builder::new().prefix(".backup-").tempfile_in(folder).map_err(disk)?;
    connection.execute("VACUUM INTO ?", [copy.path().to_string_lossy()]).map_err(failed)?;
    copy.as_file().sync_all().map_err(disk)?;
    {
        let opened = Connection::open_with_flags(copy.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
        let said: String = opened.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if said != "ok" || version(&opened, copy.path(), schema)? != found {
            let reason = format!("its copy is not sound: {said}");
            return Err(StoreError::Integrity { thing: "the database".to_string(), path: path.to_path_buf(), reason });
        }
    }
    copy.persist(backup(path, found)).map_err(|error| disk(error.error))?;
    for older in (1..=found.saturating_sub(i64::try_from(KEPT).unwrap_or(i64::MAX))).rev() {
        match fs::remove_file(backup(path, older)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(error)),
            _ => {}
        }
    }
    // The name must not be lost either.
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk)?;
    Ok(())
}

/// Bytes that a program of this user may still write in a folder, where the system says so.
pub(super) fn free(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    return rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    #[cfg(not(unix))]
    return None;
}

#[cfg(test)]
mod tests {
    use super::super::open::{Missing, open};
    use super::*;

    const STEPS: [&str; 4] = [
        "CREATE TABLE a (x INTEGER);",
        "CREATE TABLE b (y TEXT); INSERT INTO b SELECT x FROM a;",
        "CREATE TABLE c (z TEXT);",
        "CREATE TABLE d (z TEXT);",
    ];

    fn schema(version: usize) -> Schema {
        let migrations: &'static [&'static str] = Box::leak(Box::new(STEPS.map(|step| step)));
        Schema { file: "t.db", migrations: &migrations[..version], synchronous: "NORMAL" }
    }

    fn number(connection: &Connection, sql: &str) -> i64 {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_upgrade_leaves_a_sound_private_copy_of_each_of_the_last_versions() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, path) = open(folder.path(), &schema(1), Missing::Create).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (7)").unwrap();
        drop(connection);
        for version in 2..=4 {
            drop(open(folder.path(), &schema(version), Missing::Refuse).unwrap());
        }
        assert!(!backup(&path, 1).exists(), "two are kept");
        for version in [2, 3] {
            let copy = Connection::open(backup(&path, version)).unwrap();
            assert_eq!(number(&copy, "PRAGMA user_version"), version);
            assert_eq!(number(&copy, "SELECT x FROM a"), 7);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = fs::metadata(backup(&path, version)).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
        assert!(
            !fs::read_dir(folder.path())
                .unwrap()
                .any(|file| { file.unwrap().file_name().to_string_lossy().starts_with(".backup-") })
        );
    }

    #[test]
    fn a_new_database_and_a_current_one_are_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            drop(open(folder.path(), &schema(2), Missing::Create).unwrap());
        }
        let copies = fs::read_dir(folder.path())
            .unwrap()
            .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains(".bak"));
        assert_eq!(copies.count(), 0);
    }

    #[test]
    fn a_folder_has_room() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free(folder.path()).is_none_or(|free| free > 0));
    }
}
