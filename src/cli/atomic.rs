//! Writing a file that the user asked for by name: whole or not at all. The new content goes to a temporary file
//! beside it, to the disk, and then takes its place in one step.

use super::error::CommandError;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces the content of the file at `path`, keeping its permissions. Its folder must be there.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), CommandError> {
    write(path, content).map_err(|error| CommandError::io(format!("cannot write `{}`", path.display()), error))
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".reprompt-").tempfile_in(folder)?;
    temporary.write_all(content)?;
    if let Ok(facts) = fs::metadata(path) {
        temporary.as_file().set_permissions(facts.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flags.json");
        fs::write(&path, "old").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            replace(&path, b"new").unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        }
        replace(&path, b"newer").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error_with_the_path() {
        let error = replace(Path::new("/nowhere/at/all/x.json"), b"x").unwrap_err();
        assert!(error.message.contains("/nowhere/at/all/x.json"));
    }
}
