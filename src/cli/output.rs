//! Files that the user asked for with `-o`: which format a name means, and writing them whole or not at all.

use super::error::CommandError;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// The formats of `-o`, by the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.json`: the same document as `--json`.
    Json,
    /// `.md`.
    Markdown,
    /// `.junit.xml`.
    Junit,
}

impl Format {
    /// The format that the name of `path` means.
    pub fn of(path: &Path) -> Result<Self, CommandError> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if name.ends_with(".junit.xml") {
            Ok(Self::Junit)
        } else if name.ends_with(".json") {
            Ok(Self::Json)
        } else if name.ends_with(".md") {
            Ok(Self::Markdown)
        } else {
            Err(CommandError::usage(format!("cannot tell a format from the name `{}`", path.display()))
                .hint("Use a name that ends with .json, .md or .junit.xml."))
        }
    }
}

/// Writes `bytes` to `path`: the old file stays until the new one is complete. What is not a regular file (a pipe, a
/// terminal) is written to directly.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed = |error| CommandError::io(format!("cannot write `{}`", path.display()), error);
    let special = fs::metadata(path).is_ok_and(|facts| !facts.is_file());
    if special {
        return fs::write(path, bytes).map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".reprompt-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file; the process's mask takes away what it takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_formats() {
        assert_eq!(Format::of(Path::new("a/b.junit.xml")).ok(), Some(Format::Junit));
        assert_eq!(Format::of(Path::new("B.JSON")).ok(), Some(Format::Json));
        assert_eq!(Format::of(Path::new("x.md")).ok(), Some(Format::Markdown));
        assert!(Format::of(Path::new("x.xml")).is_err() && Format::of(Path::new("/")).is_err());
    }

    #[test]
    fn files_are_replaced_whole_and_a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.md");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(write_file(&folder.path().join("missing/out.md"), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
