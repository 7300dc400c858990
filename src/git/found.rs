//! Making a repository with a history out of nothing, in an empty folder. Only the demo does this; everything else
//! works on repositories that people made.

use super::Repo;
use super::commit::{Person, signature};
use super::error::GitError;
use crate::clock::Timestamp;
use git2::build::CheckoutBuilder;
use git2::{Index, IndexEntry, IndexTime, Repository, RepositoryInitOptions};
use std::collections::BTreeMap;
use std::path::Path;

/// One commit of a history to be made.
#[derive(Clone, Debug)]
pub struct Chapter<'a> {
    /// Files that it adds or changes, by path; it removes none.
    pub files: &'a BTreeMap<String, Vec<u8>>,
    /// The message.
    pub message: &'a str,
    /// Author and committer.
    pub author: Person,
    /// Date of both.
    pub time: Timestamp,
}

impl Repo {
    /// Makes a repository in the empty `folder` with the `chapters`, of which there must be one at least, on the branch `main`, checked out. The same
    /// chapters give the same commits. Where git knows no user, `stand_in` becomes the repository's own.
    pub fn found(folder: &Path, chapters: &[Chapter<'_>], stand_in: &Person) -> Result<Self, GitError> {
        let failed = |what: &str| {
            let attempt = format!("{what} in `{}`", folder.display());
            move |error| GitError::git(attempt, error)
        };
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main").external_template(false).no_reinit(true);
        let inner = Repository::init_opts(folder, &options).map_err(failed("make a repository"))?;
        let made = Self { inner };
        let unknown = made.author().is_err();
        let mut config = made.inner.config().map_err(failed("read the configuration"))?;
        // The files must have the committed bytes whatever the machine does with line ends.
        config.set_bool("core.autocrlf", false).map_err(failed("write the configuration"))?;
        if unknown {
            config.set_str("user.name", &stand_in.name).map_err(failed("write the configuration"))?;
            config.set_str("user.email", &stand_in.email).map_err(failed("write the configuration"))?;
        }
        let mut index = Index::new().map_err(failed("write the history"))?;
        for chapter in chapters {
            made.add_chapter(chapter, &mut index).map_err(|error| match error {
                AddError::Git(error) => failed("write the history")(error),
                AddError::Own(error) => error,
            })?;
        }
        made.inner.checkout_head(Some(CheckoutBuilder::new().force())).map_err(failed("write the files"))?;
        Ok(made)
    }

    /// Adds the files to `index`, which holds the tree so far and lies in memory only, and commits it.
    fn add_chapter(&self, chapter: &Chapter<'_>, index: &mut Index) -> Result<(), AddError> {
        for (path, bytes) in chapter.files {
            index.add(&entry(path, self.inner.blob(bytes)?))?;
        }
        let tree = self.inner.find_tree(index.write_tree_to(&self.inner)?)?;
        let author = signature(&chapter.author, chapter.time)?;
        let parent = match self.inner.head() {
            Ok(head) => Some(head.peel_to_commit()?),
            Err(_) => None,
        };
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        self.inner.commit(Some("HEAD"), &author, &author, chapter.message, &tree, &parents)?;
        Ok(())
    }
}

/// A regular file. The dates and numbers of a file on disk do not matter to a tree.
fn entry(path: &str, id: git2::Oid) -> IndexEntry {
    let never = IndexTime::new(0, 0);
    IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode: git2::FileMode::Blob.into(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// What may go wrong with a chapter, before it is known in which folder.
enum AddError {
    Git(git2::Error),
    Own(GitError),
}

impl From<git2::Error> for AddError {
    fn from(error: git2::Error) -> Self {
        Self::Git(error)
    }
}

impl From<GitError> for AddError {
    fn from(error: GitError) -> Self {
        Self::Own(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Head;

    #[test]
    fn the_same_chapters_give_the_same_commits_and_the_last_files_lie_in_the_folder() {
        let person = Person { name: "Ada Example".to_string(), email: "ada@example.com".to_string() };
        let first =
            BTreeMap::from([("a/b.md".to_string(), b"one\r\n".to_vec()), ("keep.md".to_string(), b"kept\n".to_vec())]);
        let second = BTreeMap::from([("a/b.md".to_string(), b"two\n".to_vec())]);
        let chapters = [(&first, "Start\n", 0), (&second, "Change\n", 60_000)].map(|(files, message, at)| Chapter {
            files,
            message,
            author: person.clone(),
            time: Timestamp(1_785_715_200_000 + at),
        });
        let heads: Vec<Head> = (0..2)
            .map(|_| {
                let folder = tempfile::tempdir().unwrap();
                let repo = Repo::found(folder.path(), &chapters, &person).unwrap();
                assert_eq!(std::fs::read(folder.path().join("a/b.md")).unwrap(), b"two\n");
                assert_eq!(std::fs::read(folder.path().join("keep.md")).unwrap(), b"kept\n");
                let head = repo.head().unwrap();
                let Head::Branch { name, oid } = &head else { panic!("{head:?}") };
                assert_eq!(name, "main");
                let start = repo.resolve(&format!("{oid}~1")).unwrap().unwrap();
                assert_eq!(repo.read(start, "a/b.md").unwrap().unwrap().bytes, b"one\r\n");
                head
            })
            .collect();
        assert_eq!(heads.first(), heads.last());
    }

    #[test]
    fn a_folder_that_holds_a_repository_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let person = Person { name: "Ada Example".to_string(), email: "ada@example.com".to_string() };
        let files = BTreeMap::from([("a.md".to_string(), b"a\n".to_vec())]);
        let chapter = Chapter { files: &files, message: "Start\n", author: person.clone(), time: Timestamp(0) };
        let chapters = [chapter];
        Repo::found(folder.path(), &chapters, &person).unwrap();
        assert!(Repo::found(folder.path(), &chapters, &person).is_err());
    }
}
