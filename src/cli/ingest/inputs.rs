//! From what was typed to the files to read: folders are walked in sorted order, hidden files and links to folders
//! are passed over, and a file that is named twice is read once.

use crate::cli::error::{CommandError, ErrorKind};
use crate::clock::Timestamp;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name as people know it: as typed, or found below what was typed.
    pub shown: String,
    /// Its absolute path; `None` for standard input.
    pub path: Option<PathBuf>,
    /// Bytes; 0 for standard input and pipes.
    pub size: u64,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// The user named this very file, so that it must be a trace; what lies in a folder need not be.
    pub named: bool,
}

/// The files behind `paths`, in order, and what is wrong with the others.
pub fn find(directory: &Path, paths: &[PathBuf]) -> (Vec<Input>, Vec<CommandError>) {
    let mut inputs = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for typed in paths {
        if typed.as_os_str() == "-" {
            if seen.insert(PathBuf::from("-")) {
                inputs.push(Input { shown: "-".to_string(), path: None, size: 0, modified: None, named: true });
            }
            continue;
        }
        match find_one(directory, typed) {
            Ok(found) => {
                inputs
                    .extend(found.into_iter().filter(|input| input.path.iter().all(|path| seen.insert(path.clone()))));
            }
            Err(error) => errors.push(error),
        }
    }
    (inputs, errors)
}

fn find_one(directory: &Path, typed: &Path) -> Result<Vec<Input>, CommandError> {
    let full = directory.join(typed);
    let shown = typed.display();
    let cannot_read = || format!("cannot read `{shown}`");
    let absolute = match full.canonicalize() {
        Ok(absolute) => absolute,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CommandError::usage(format!("there is no file or folder `{shown}`"))
                .hint("Name exported trace files, folders with such files, or `-` for standard input."));
        }
        Err(error) => return Err(CommandError::io(cannot_read(), error)),
    };
    let metadata = fs::metadata(&absolute).map_err(|error| CommandError::io(cannot_read(), error))?;
    if !metadata.is_dir() {
        return Ok(vec![input(typed.display().to_string(), absolute, &metadata, true)]);
    }
    let mut inputs = Vec::new();
    walk(&absolute, typed, &mut inputs)?;
    if inputs.is_empty() {
        return Err(CommandError::usage(format!("there are no files in the folder `{shown}`"))
            .hint("Hidden files and folders are passed over; name them to have them read."));
    }
    Ok(inputs)
}

/// Depth first, each folder in the order of its names; a stack instead of recursion, for folders of any depth.
fn walk(folder: &Path, typed: &Path, inputs: &mut Vec<Input>) -> Result<(), CommandError> {
    let mut waiting = vec![(folder.to_path_buf(), typed.to_path_buf())];
    while let Some((path, shown)) = waiting.pop() {
        let failed = |error: io::Error| CommandError::io(format!("cannot read `{}`", shown.display()), error);
        let kind = fs::symlink_metadata(&path).map_err(failed)?;
        let metadata = fs::metadata(&path).map_err(failed)?;
        if metadata.is_file() {
            inputs.push(input(shown.display().to_string(), path.canonicalize().map_err(failed)?, &metadata, false));
        } else if metadata.is_dir() && !kind.is_symlink() {
            let mut entries = Vec::new();
            for entry in fs::read_dir(&path).map_err(failed)? {
                let name = entry.map_err(failed)?.file_name();
                if !name.to_string_lossy().starts_with('.') {
                    entries.push(name);
                }
            }
            entries.sort();
            waiting.extend(entries.into_iter().rev().map(|name| (path.join(&name), shown.join(&name))));
        }
    }
    Ok(())
}

fn input(shown: String, path: PathBuf, metadata: &fs::Metadata, named: bool) -> Input {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let modified = modified.map(|since| Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)));
    // A pipe or a device has no size worth believing.
    let size = if metadata.is_file() { metadata.len() } else { 0 };
    Input { shown, path: Some(path), size, modified, named }
}

/// The worst of several errors, for the exit code: a disk that fails is worse than a file that is not there.
pub fn worst(errors: &[CommandError]) -> Option<ErrorKind> {
    let order = [ErrorKind::Io, ErrorKind::Integrity, ErrorKind::Usage];
    order
        .into_iter()
        .find(|kind| errors.iter().any(|error| error.kind == *kind))
        .or(errors.first().map(|error| error.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(directory: &Path, paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let (inputs, errors) = find(directory, &paths);
        let inputs = inputs.into_iter().map(|input| input.shown).collect();
        (inputs, errors.into_iter().map(|error| error.message).collect())
    }

    #[test]
    fn folders_are_walked_in_order_and_nothing_is_read_twice() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["t/b.jsonl", "t/a/z.json", "t/a/.hidden", "t/.git/x.json", "t/c.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        let (inputs, errors) = shown(folder.path(), &["t/c.txt", "t", "./t/b.jsonl", "-", "-"]);
        assert_eq!(inputs, ["t/c.txt", "t/a/z.json", "t/b.jsonl", "-"]);
        assert!(errors.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_do_not_loop_and_links_to_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("t")).unwrap();
        fs::write(folder.path().join("real.json"), "{}").unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("t/loop")).unwrap();
        std::os::unix::fs::symlink("../real.json", folder.path().join("t/link.json")).unwrap();
        assert_eq!(shown(folder.path(), &["t"]).0, ["t/link.json"]);
    }

    #[test]
    fn what_is_not_there_is_said_and_the_rest_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        fs::write(folder.path().join("a.json"), "{}").unwrap();
        let (inputs, errors) = shown(folder.path(), &["no.json", "empty", "a.json"]);
        assert_eq!(inputs, ["a.json"]);
        assert_eq!(errors, ["there is no file or folder `no.json`", "there are no files in the folder `empty`"]);
    }
}
