//! Opening a database of ours: absolute path, private file, pragmas, and the checks that it is ours, not newer than us,
//! and holds exactly the schema that we would have made. An older one is [upgraded](super::upgrade).
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::StoreError;
use super::upgrade::migrate;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `RPRT`, in every database of ours.
pub(super) const APPLICATION_ID: i64 = 0x5250_5254;

/// Pages of the database that are held in memory, in KiB.
const CACHE_KIB: i64 = 32 << 10;

/// Older SQLite has a defect that can lose a WAL reset.
const OLDEST_SQLITE: (i32, &str) = (3_051_003, "3.51.3");

/// One kind of database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    /// The file's name in its folder.
    pub(super) file: &'static str,
    /// Migrations, oldest first; `user_version` counts those applied.
    pub(super) migrations: &'static [&'static str],
    /// `PRAGMA synchronous`: `NORMAL` may lose the last commits on power loss (never on a crash of ours),
    /// `FULL` loses nothing.
    pub(super) synchronous: &'static str,
}

impl Schema {
    pub(super) fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }
}

/// Whether a missing database is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Create,
    Refuse,
}

/// Opens `schema`'s database in `folder`, and says where it is.
pub(super) fn open(folder: &Path, schema: &Schema, missing: Missing) -> Result<(Connection, PathBuf), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE.0 {
        return Err(StoreError::OldSqlite { found: rusqlite::version(), needed: OLDEST_SQLITE.1 });
    }
    if !folder.is_absolute() {
        return Err(StoreError::NotAbsolute(folder.to_path_buf()));
    }
    let path = folder.join(schema.file);
    match missing {
        Missing::Create => {
            make_private_folder(folder)?;
            make_private_file(&path)?;
        }
        Missing::Refuse if !path.exists() => return Err(StoreError::NotFound(path)),
        Missing::Refuse => {}
    }
    let size = path.metadata().map_or(0, |metadata| metadata.len());
    if (1..512).contains(&size) {
        // SQLite takes such a file for an empty one and would write over it.
        return Err(StoreError::Foreign { path, reason: format!("{size} bytes are too few for a database") });
    }
    // No URI flag, and one connection per thread.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&path, flags)
        .map_err(|error| StoreError::sqlite("open the database", &path, error))?;
    prepare(&mut connection, &path, schema)?;
    Ok((connection, path))
}

pub(super) fn make_private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| StoreError::Io {
        attempt: "make the folder",
        path: folder.to_path_buf(),
        source,
    })
}

/// SQLite gives its `-wal` and `-shm` files the permissions of the database, so this is the one place.
fn make_private_file(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::Io { attempt: "make the file", path: path.to_path_buf(), source }),
    }
}

/// Makes a fresh connection ready: reads first, so that a foreign or newer file is refused before any write.
fn prepare(connection: &mut Connection, path: &Path, schema: &Schema) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite("open the database", path, error);
    connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map_err(failed)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(failed)?;
    connection.pragma_update(None, "mmap_size", 0).map_err(failed)?;

    let found = version(connection, path, schema)?;
    if found < schema.version() {
        // Page size and journal mode cannot be set inside the transaction that migrates.
        connection.pragma_update(None, "page_size", 8192).map_err(failed)?;
    }
    let journal: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
    // Where the file system cannot do WAL, an ordinary journal with full syncs keeps the same promises, slower.
    let synchronous = if journal.eq_ignore_ascii_case("wal") { schema.synchronous } else { "FULL" };
    connection.pragma_update(None, "synchronous", synchronous).map_err(failed)?;
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(failed)?;
    // Ids are digests, so that those of new conversations lie all over the index of a large cache.
    connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failed)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20).map_err(failed)?;
    if found < schema.version() {
        migrate(connection, path, schema)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
    check_schema(connection, path, schema)
}

/// The version of the schema in the file; 0 for an empty file. Refuses what is not ours or newer than us.
pub(super) fn version(connection: &Connection, path: &Path, schema: &Schema) -> Result<i64, StoreError> {
    let failed = |error| StoreError::sqlite("read the version of", path, error);
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let application = number("PRAGMA application_id")?;
    let found = number("PRAGMA user_version")?;
    let objects = number("SELECT count(*) FROM sqlite_master")?;
    let empty = application == 0 && found == 0 && objects == 0;
    if application != APPLICATION_ID && !empty {
        let reason = "it is a database of another program".to_string();
        return Err(StoreError::Foreign { path: path.to_path_buf(), reason });
    }
    if found > schema.version() {
        return Err(StoreError::TooNew { path: path.to_path_buf(), found, known: schema.version() });
    }
    if found < 0 {
        let reason = format!("its schema version is {found}");
        return Err(StoreError::Foreign { path: path.to_path_buf(), reason });
    }
    Ok(found)
}

/// Every table, index, view and trigger with its text, sorted. SQLite's own (`sqlite_…`) are left out.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// A cache may come from anywhere: one trigger or view that we did not make, and it is not trusted.
fn check_schema(connection: &Connection, path: &Path, schema: &Schema) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite("read the schema of", path, error);
    let expected = {
        let fresh = Connection::open_in_memory().map_err(failed)?;
        for step in schema.migrations {
            fresh.execute_batch(step).map_err(failed)?;
        }
        objects(&fresh).map_err(failed)?
    };
    let found = objects(connection).map_err(failed)?;
    if found == expected {
        return Ok(());
    }
    let strange = found.iter().find(|object| !expected.contains(object));
    let absent = expected.iter().find(|object| !found.contains(object));
    let reason = match (strange, absent) {
        (Some((name, _)), _) => format!("its schema has an unexpected {}", name.escape_debug()),
        (None, Some((name, _))) => format!("its schema lacks {name}"),
        (None, None) => "its schema repeats itself".to_string(),
    };
    Err(StoreError::Foreign { path: path.to_path_buf(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Schema = Schema { file: "t.db", migrations: &["CREATE TABLE a (x INTEGER);"], synchronous: "NORMAL" };
    const TWO: Schema = Schema {
        file: "t.db",
        migrations: &["CREATE TABLE a (x INTEGER);", "CREATE TABLE b (y TEXT); INSERT INTO b SELECT x FROM a;"],
        synchronous: "NORMAL",
    };
    const BROKEN: Schema = Schema {
        file: "t.db",
        migrations: &["CREATE TABLE a (x INTEGER);", "CREATE TABLE b (y TEXT); DELETE FROM a; SELECT nonsense;"],
        synchronous: "NORMAL",
    };

    fn number(connection: &Connection, sql: &str) -> i64 {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_fresh_database_gets_version_application_id_wal_and_privacy() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        let (connection, path) = open(&deep, &TWO, Missing::Create).unwrap();
        assert_eq!(number(&connection, "PRAGMA user_version"), 2);
        assert_eq!(number(&connection, "PRAGMA application_id"), 0x5250_5254);
        assert_eq!(number(&connection, "PRAGMA synchronous"), 1);
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(&deep).unwrap().permissions().mode() & 0o777, 0o700);
            connection.execute_batch("INSERT INTO a VALUES (1)").unwrap();
            let wal = deep.join("t.db-wal");
            assert_eq!(fs::metadata(wal).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn an_older_database_is_upgraded_step_by_step_and_keeps_its_data() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, _) = open(folder.path(), &ONE, Missing::Create).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (7)").unwrap();
        drop(connection);
        let (connection, _) = open(folder.path(), &TWO, Missing::Refuse).unwrap();
        assert_eq!(number(&connection, "PRAGMA user_version"), 2);
        assert_eq!(number(&connection, "SELECT CAST(y AS INTEGER) FROM b"), 7);
    }

    #[test]
    fn opening_a_current_database_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, path) = open(folder.path(), &TWO, Missing::Create).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (7); PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(connection);
        let before = fs::read(&path).unwrap();
        drop(open(folder.path(), &TWO, Missing::Create).unwrap());
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_failed_upgrade_keeps_version_and_data() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, _) = open(folder.path(), &ONE, Missing::Create).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (7)").unwrap();
        drop(connection);
        assert!(matches!(open(folder.path(), &BROKEN, Missing::Refuse), Err(StoreError::Sqlite { .. })));
        let (connection, _) = open(folder.path(), &ONE, Missing::Refuse).unwrap();
        assert_eq!(number(&connection, "SELECT x FROM a"), 7);
    }

    #[test]
    fn a_newer_database_is_refused_and_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, path) = open(folder.path(), &TWO, Missing::Create).unwrap();
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(connection);
        let before = fs::read(&path).unwrap();
        let error = open(folder.path(), &ONE, Missing::Create).unwrap_err();
        assert!(matches!(error, StoreError::TooNew { found: 2, known: 1, .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn foreign_files_missing_files_and_relative_paths_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        assert!(matches!(open(folder.path(), &ONE, Missing::Refuse), Err(StoreError::NotFound(_))));
        assert!(!path.exists());
        assert!(matches!(open(Path::new("cache"), &ONE, Missing::Create), Err(StoreError::NotAbsolute(_))));

        fs::write(&path, "not a database, but long enough to have a header ".repeat(40)).unwrap();
        assert!(matches!(open(folder.path(), &ONE, Missing::Create), Err(StoreError::Foreign { .. })));

        fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (x INTEGER); PRAGMA user_version = 1").unwrap();
        assert!(matches!(open(folder.path(), &ONE, Missing::Create), Err(StoreError::Foreign { .. })));
    }

    #[test]
    fn a_schema_with_a_trigger_of_somebody_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, path) = open(folder.path(), &ONE, Missing::Create).unwrap();
        drop(connection);
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END")
            .unwrap();
        let error = open(folder.path(), &ONE, Missing::Refuse).unwrap_err();
        assert!(matches!(&error, StoreError::Foreign { reason, .. } if reason.contains("trigger t")), "{error}");
    }

    #[test]
    fn a_truncated_database_is_an_error_and_not_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, path) = open(folder.path(), &ONE, Missing::Create).unwrap();
        drop(connection);
        let bytes = fs::read(&path).unwrap();
        for keep in [1, 15, 100, 4096, bytes.len() / 2] {
            fs::write(&path, &bytes[..keep.min(bytes.len())]).unwrap();
            assert!(open(folder.path(), &ONE, Missing::Refuse).is_err(), "kept {keep} bytes");
        }
    }
}
