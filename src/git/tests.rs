//! The wall against real repositories, made by the git program with a private configuration.

use super::*;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A repository in a temporary folder.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn empty() -> Self {
        let fixture = Self { folder: TempDir::new().unwrap() };
        fixture.git(&["init", "-q", "-b", "main"]);
        fixture.configure();
        fixture
    }

    fn configure(&self) {
        self.git(&["config", "user.name", "Ada"]);
        self.git(&["config", "user.email", "ada@example.com"]);
        self.git(&["config", "commit.gpgsign", "false"]);
    }

    fn with(files: &[(&str, &str)]) -> Self {
        let fixture = Self::empty();
        fixture.commit(files, "start");
        fixture
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git_in(self.path(), arguments)
    }

    fn write(&self, path: &str, text: &str) {
        let place = self.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn commit(&self, files: &[(&str, &str)], message: &str) -> Oid {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.oid("HEAD")
    }

    fn oid(&self, spec: &str) -> Oid {
        self.git(&["rev-parse", spec]).trim().parse().unwrap()
    }

    fn open(&self) -> Repo {
        Repo::discover(self.path()).unwrap().unwrap()
    }
}

fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2026-03-02T09:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-03-02T09:00:00Z")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

mod reading {
    use super::*;

    #[test]
    fn a_folder_without_repository_is_none_and_a_missing_one_an_error() {
        let folder = TempDir::new().unwrap();
        assert!(Repo::discover(folder.path()).unwrap().is_none());
        assert!(matches!(Repo::discover(&folder.path().join("no")), Err(GitError::NoSuchFolder(_))));
    }

    #[test]
    fn an_unborn_head_is_told_and_has_no_commit() {
        let repo = Fixture::empty();
        let open = repo.open();
        assert_eq!(open.head().unwrap(), Head::Unborn);
        assert!(matches!(open.head_or_fail(), Err(GitError::Unborn)));
        assert_eq!(open.root_commit().unwrap(), None);
        assert_eq!(open.resolve("HEAD").unwrap(), None);
        assert_eq!(open.upstream_of_head().unwrap(), None);
        assert_eq!(open.branches("").unwrap(), []);
    }

    #[test]
    fn a_branch_and_a_detached_head_are_told_apart() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let oid = repo.oid("HEAD");
        assert_eq!(repo.open().head().unwrap(), Head::Branch { name: "main".to_string(), oid });
        repo.git(&["checkout", "-q", "--detach"]);
        assert_eq!(repo.open().head().unwrap(), Head::Detached(oid));
    }

    #[test]
    fn revisions_resolve_to_commits_or_to_nothing() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let first = repo.oid("HEAD");
        let second = repo.commit(&[("a.md", "two")], "second");
        repo.git(&["tag", "-a", "v1", "-m", "tag", "HEAD~1"]);
        let open = repo.open();
        assert_eq!(open.resolve("main").unwrap(), Some(second));
        assert_eq!(open.resolve("HEAD~1").unwrap(), Some(first));
        assert_eq!(open.resolve("v1").unwrap(), Some(first));
        assert_eq!(open.resolve(&first.to_string()).unwrap(), Some(first));
        for absent in ["nope", "HEAD~9", "", "HEAD:a.md", "a..b", "@{u}", "--all", "\u{202e}"] {
            assert!(!matches!(open.resolve(absent), Ok(Some(_))), "{absent}");
        }
        assert!(matches!(open.resolve_or_fail("nope"), Err(GitError::NoSuchRevision(_))));
    }

    #[test]
    fn files_are_read_at_a_revision_with_their_mode() {
        let repo = Fixture::with(&[("prompts/a.md", "one\r\n"), ("run.sh", "x")]);
        let first = repo.oid("HEAD");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", repo.path().join("link.md")).unwrap();
        repo.git(&["update-index", "--chmod=+x", "run.sh"]);
        repo.git(&["add", "link.md"]);
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},module")]);
        repo.git(&["commit", "-qm", "more"]);
        let (open, head) = (repo.open(), repo.oid("HEAD"));
        let read = |path: &str| open.read(head, path).unwrap();
        assert_eq!(read("prompts/a.md"), Some(File { bytes: b"one\r\n".to_vec(), mode: Mode::File }));
        assert_eq!(read("run.sh").unwrap().mode, Mode::Executable);
        assert_eq!(read("link.md"), Some(File { bytes: b"/etc/passwd".to_vec(), mode: Mode::Symlink }));
        assert_eq!(read("module"), Some(File { bytes: Vec::new(), mode: Mode::Submodule }));
        assert_eq!(read("prompts").unwrap().mode, Mode::Folder);
        assert_eq!(read("link.md/x"), None);
        assert_eq!(read("none.md"), None);
        assert!(matches!(open.read(head, "../x"), Err(GitError::BadPath { .. })));
        let listed: Vec<_> = open.list(head, "").unwrap().into_iter().map(|entry| entry.path).collect();
        assert_eq!(listed, ["link.md", "module", "prompts/a.md", "run.sh"]);
        assert_eq!(open.list(head, "prompts/").unwrap(), [Entry { path: "prompts/a.md".into(), mode: Mode::File }]);
        assert_eq!(open.list(head, "run.sh").unwrap(), []);
        assert_eq!(open.list(head, "none").unwrap(), []);
    }

    #[test]
    fn history_holds_one_version_per_change_on_the_first_parent_line() {
        let repo = Fixture::with(&[("a.md", "one"), ("b.md", "x")]);
        let first = repo.oid("HEAD");
        repo.commit(&[("b.md", "y")], "not a.md");
        repo.git(&["checkout", "-qb", "side"]);
        repo.commit(&[("a.md", "draft")], "on the side");
        repo.commit(&[("a.md", "two")], "still on the side\n\nWhy.\n\nReprompt-Finding: f-1\nreprompt-proposal: p");
        repo.git(&["checkout", "-q", "main"]);
        repo.commit(&[("b.md", "z")], "meanwhile");
        repo.git(&["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
        let merge = repo.oid("HEAD");
        let open = repo.open();
        let versions = open.history(merge, "a.md", 10).unwrap();
        let told: Vec<_> = versions.iter().map(|version| (version.commit, version.bytes.as_slice())).collect();
        assert_eq!(told, [(merge, b"two".as_slice()), (first, b"one")]);
        assert_eq!(versions.first().unwrap().author, "Ada");
        assert_eq!(versions.first().unwrap().time.to_string(), "2026-03-02T09:00:00Z");
        assert_eq!(open.history(merge, "a.md", 1).unwrap().len(), 1);
        assert_eq!(open.history(merge, "none.md", 9).unwrap(), []);
        let touching = open.commits_touching(merge, "b.md", 9).unwrap();
        assert_eq!(touching.iter().map(|c| c.subject.as_str()).collect::<Vec<_>>(), ["meanwhile", "not a.md", "start"]);
        let log = open.log(merge, 100).unwrap();
        assert_eq!(log.len(), 6);
        let trailed = log.iter().find(|commit| commit.subject == "still on the side").unwrap();
        assert_eq!(trailed.trailer("Reprompt-Finding").collect::<Vec<_>>(), ["f-1"]);
        assert_eq!(trailed.trailer("Reprompt-Proposal").collect::<Vec<_>>(), ["p"]);
        assert_eq!(open.root_commit().unwrap(), Some(first));
    }

    #[test]
    fn removal_and_return_of_a_file_are_two_versions() {
        let repo = Fixture::with(&[("a.md", "one")]);
        fs::remove_file(repo.path().join("a.md")).unwrap();
        repo.commit(&[], "remove");
        let back = repo.commit(&[("a.md", "one")], "back");
        let open = repo.open();
        assert_eq!(open.history(back, "a.md", 9).unwrap().len(), 2);
        assert_eq!(open.commits_touching(back, "a.md", 9).unwrap().len(), 3);
    }

    #[test]
    fn relations_between_commits_are_answered() {
        let repo = Fixture::with(&[("a.md", "one"), ("gone.md", "x")]);
        let base = repo.oid("HEAD");
        repo.git(&["checkout", "-qb", "reprompt/f-1-abc"]);
        let side = repo.commit(&[("a.md", "two"), ("new.md", "n")], "side");
        repo.git(&["checkout", "-q", "main"]);
        fs::remove_file(repo.path().join("gone.md")).unwrap();
        let main = repo.commit(&[], "main goes on");
        repo.git(&["checkout", "-q", "--orphan", "other"]);
        let other = repo.commit(&[], "unrelated");
        let open = repo.open();
        assert_eq!(open.merge_base(side, main).unwrap(), Some(base));
        assert_eq!(open.merge_base(side, other).unwrap(), None);
        assert!(open.is_ancestor(base, side).unwrap());
        assert!(open.is_ancestor(base, base).unwrap());
        assert!(!open.is_ancestor(side, main).unwrap());
        let change = |path: &str, kind| Change { path: path.to_string(), kind };
        let changes = open.changed_paths(main, side).unwrap();
        assert_eq!(
            changes,
            [
                change("a.md", ChangeKind::Modified),
                change("gone.md", ChangeKind::Added),
                change("new.md", ChangeKind::Added)
            ]
        );
        let ours = open.branches("reprompt/").unwrap();
        assert_eq!(ours, [Branch { name: "reprompt/f-1-abc".to_string(), oid: side }]);
        assert_eq!(open.branches("").unwrap().len(), 3);
    }

    #[test]
    fn the_upstream_and_remote_branches_are_found() {
        let origin = Fixture::with(&[("a.md", "one")]);
        origin.git(&["branch", "reprompt/f-1-abc"]);
        let clone = TempDir::new().unwrap();
        git_in(clone.path(), &["clone", "-q", origin.path().to_str().unwrap(), "c"]);
        let open = Repo::discover(&clone.path().join("c")).unwrap().unwrap();
        let oid = origin.oid("HEAD");
        assert_eq!(open.upstream_of_head().unwrap(), Some(Branch { name: "origin/main".to_string(), oid }));
        let remote = open.remote_branches("reprompt/").unwrap();
        assert_eq!(remote, [Branch { name: "origin/reprompt/f-1-abc".to_string(), oid }]);
    }

    #[test]
    fn a_shallow_clone_is_told_and_reads_what_it_has() {
        let origin = Fixture::with(&[("a.md", "one")]);
        let second = origin.commit(&[("a.md", "two")], "second");
        let clone = TempDir::new().unwrap();
        let url = format!("file://{}", origin.path().display());
        git_in(clone.path(), &["clone", "-q", "--depth", "1", &url, "c"]);
        let open = Repo::discover(&clone.path().join("c")).unwrap().unwrap();
        assert!(open.is_shallow());
        assert_eq!(open.root_commit().unwrap(), Some(second));
        assert_eq!(open.history(second, "a.md", 9).unwrap().len(), 1);
        assert_eq!(open.log(second, 9).unwrap().len(), 1);
        assert!(!open.has_commit(origin.oid("HEAD~1")));
    }

    #[test]
    fn a_bare_repository_reads_revisions_but_has_no_work_tree() {
        let origin = Fixture::with(&[("a.md", "one")]);
        let clone = TempDir::new().unwrap();
        git_in(clone.path(), &["clone", "-q", "--bare", origin.path().to_str().unwrap(), "c.git"]);
        let open = Repo::discover(&clone.path().join("c.git")).unwrap().unwrap();
        assert!(open.is_bare());
        assert_eq!(open.workdir(), None);
        assert!(open.read(origin.oid("HEAD"), "a.md").unwrap().is_some());
        assert!(matches!(open.work_tree_file("a.md"), Err(GitError::Bare(_))));
    }

    #[test]
    fn a_linked_work_tree_has_its_own_head_and_shares_the_rest() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let place = TempDir::new().unwrap();
        let linked = place.path().join("linked");
        repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
        let open = Repo::discover(&linked).unwrap().unwrap();
        assert!(matches!(open.head().unwrap(), Head::Branch { name, .. } if name == "side"));
        assert_eq!(fs::canonicalize(open.common_dir()).unwrap(), fs::canonicalize(repo.open().git_dir()).unwrap());
        assert_eq!(fs::canonicalize(open.workdir().unwrap()).unwrap(), fs::canonicalize(&linked).unwrap());
        assert_eq!(open.work_tree_file("a.md").unwrap().unwrap().bytes, b"one");
    }

    #[test]
    fn the_work_tree_is_read_without_following_links() {
        let repo = Fixture::with(&[("prompts/a.md", "one")]);
        repo.write("prompts/a.md", "dirty");
        let open = repo.open();
        assert_eq!(open.work_tree_file("prompts/a.md").unwrap().unwrap().bytes, b"dirty");
        assert_eq!(open.work_tree_file("prompts/none.md").unwrap(), None);
        assert_eq!(open.work_tree_file("prompts/a.md/x").unwrap(), None);
        let reason = |path: &str| match open.work_tree_file(path) {
            Err(GitError::BadPath { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("prompts"), PathRefusal::NotRegular);
        assert_eq!(reason("../x"), PathRefusal::NotPlain);
        assert_eq!(reason(".git/config"), PathRefusal::GitFolder);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a.md", repo.path().join("prompts/link.md")).unwrap();
            std::os::unix::fs::symlink("prompts", repo.path().join("linked")).unwrap();
            assert_eq!(reason("prompts/link.md"), PathRefusal::Symlink);
            assert_eq!(reason("linked/a.md"), PathRefusal::Symlink);
        }
    }

    #[test]
    fn formats_that_the_library_cannot_open_are_named() {
        for (argument, expected) in
            [("--ref-format=reftable", "reftable references"), ("--object-format=sha256", "SHA-256 object names")]
        {
            let folder = TempDir::new().unwrap();
            git_in(folder.path(), &["init", "-q", argument]);
            match Repo::discover(folder.path()) {
                Err(GitError::UnsupportedFormat { format, path }) => {
                    assert_eq!(format, expected);
                    assert_eq!(fs::canonicalize(path).unwrap(), fs::canonicalize(folder.path()).unwrap());
                }
                other => panic!("{argument}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_damaged_repository_is_an_error_and_no_panic() {
        let repo = Fixture::with(&[("a.md", "one")]);
        fs::write(repo.path().join(".git/HEAD"), "garbage\0").unwrap();
        assert!(Repo::discover(repo.path()).and_then(|open| open.unwrap().head()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_repository_of_another_user_is_refused_by_a_typed_error() {
        let repo = Fixture::with(&[("a.md", "one")]);
        for place in [repo.path().to_path_buf(), repo.path().join(".git")] {
            if std::os::unix::fs::chown(place, Some(65534), None).is_err() {
                println!("skipped: only root can give a folder away");
                return;
            }
        }
        match Repo::discover(repo.path()) {
            Err(GitError::NotOwned { path }) => {
                assert_eq!(fs::canonicalize(path).unwrap(), fs::canonicalize(repo.path()).unwrap());
            }
            Ok(_) => println!("skipped: this machine's git configuration lists every folder as safe"),
            Err(other) => panic!("{other}"),
        }
    }
}

mod writing {
    use super::*;
    use crate::clock::Timestamp;
    use std::collections::BTreeMap;

    const MONDAY: Timestamp = Timestamp(1_772_442_000_123);

    fn changes(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|(path, text)| ((*path).to_string(), text.as_bytes().to_vec())).collect()
    }

    fn plan(repo: &Repo, files: &[(&str, &str)]) -> Result<CommitPlan, GitError> {
        repo.plan_commit(&CommitRequest {
            parent: repo.head_or_fail()?,
            changes: &changes(files),
            new_under: &[".reprompt/proposals"],
            message: "prompts: ask for the region",
            author: &repo.author()?,
            time: MONDAY,
        })
    }

    /// Every file of the folder with its bytes, without git's own folder; the index and HEAD on top.
    fn untouchable(repo: &Fixture) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![repo.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(".git") {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(&path).unwrap();
                files.insert(path, bytes);
            }
        }
        for name in ["HEAD", "index", "config", "refs/heads/main"] {
            files.insert(name.into(), fs::read(repo.path().join(".git").join(name)).unwrap());
        }
        files
    }

    #[test]
    fn a_written_branch_leaves_work_tree_index_head_and_other_branches_as_they_were() {
        let repo = Fixture::with(&[("prompts/a.md", "one\n"), ("prompts/b.md", "b\n"), ("run.sh", "x")]);
        repo.git(&["update-index", "--chmod=+x", "run.sh"]);
        repo.git(&["commit", "-qm", "mode"]);
        repo.write("prompts/a.md", "dirty\n");
        repo.write("untracked.md", "u");
        repo.git(&["add", "untracked.md"]);
        let before = untouchable(&repo);
        let open = repo.open();
        let record = ".reprompt/proposals/p-1.yaml";
        let plan = plan(&open, &[("prompts/a.md", "two\n"), (record, "id: p-1\n"), ("run.sh", "y")]).unwrap();
        assert_eq!(untouchable(&repo), before);
        let oid = open.write(&plan).unwrap();
        assert_eq!(open.write(&plan).unwrap(), oid);
        let name = "reprompt/f-12345678-90abcdef";
        assert_eq!(open.lock_branches().unwrap().create(name, oid).unwrap(), Created::New);
        assert_eq!(open.lock_branches().unwrap().create(name, oid).unwrap(), Created::AlreadyThere);
        assert_eq!(untouchable(&repo), before);
        repo.git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(repo.git(&["show", &format!("{name}:prompts/a.md")]), "two\n");
        assert_eq!(repo.git(&["show", &format!("{name}:prompts/b.md")]), "b\n");
        assert_eq!(repo.git(&["show", &format!("{name}:{record}")]), "id: p-1\n");
        assert!(repo.git(&["ls-tree", name, "run.sh"]).starts_with("100755"));
        let told = repo.git(&["log", "-1", "--format=%an|%ae|%at|%cn|%P|%B", name]);
        let parent = repo.oid("HEAD");
        let expected = format!("Ada|ada@example.com|1772442000|Ada|{parent}|prompts: ask for the region");
        assert_eq!(told.trim_end(), expected);
        assert_eq!(open.changed_paths(parent, oid).unwrap().len(), 3);
    }

    #[test]
    fn a_plan_refuses_links_submodules_new_files_and_bad_paths() {
        let repo = Fixture::with(&[("a.md", "one"), ("folder/b.md", "x")]);
        let head = repo.oid("HEAD");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/passwd", repo.path().join("link.md")).unwrap();
            std::os::unix::fs::symlink("folder", repo.path().join("linked")).unwrap();
        }
        repo.git(&["add", "-A"]);
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},module")]);
        repo.git(&["commit", "-qm", "traps"]);
        let open = repo.open();
        for (path, expected) in [
            ("link.md", PathRefusal::Symlink),
            ("linked/b.md", PathRefusal::Symlink),
            ("module", PathRefusal::Submodule),
            ("module/x", PathRefusal::Submodule),
            ("folder", PathRefusal::NotRegular),
            ("a.md/x", PathRefusal::NotRegular),
            ("new.md", PathRefusal::NewFile),
            (".reprompt/proposals", PathRefusal::NewFile),
            (".reprompt/proposals-else/x", PathRefusal::NewFile),
            ("../x", PathRefusal::NotPlain),
            (".git/hooks/post-commit", PathRefusal::GitFolder),
            ("-a.md", PathRefusal::Misleading),
        ] {
            match plan(&open, &[(path, "evil")]) {
                Err(GitError::BadPath { reason, .. }) => assert_eq!(reason, expected, "{path}"),
                other => panic!("{path}: {other:?}"),
            }
        }
        assert!(matches!(plan(&open, &[("a.md", "one")]), Err(GitError::NothingChanged)));
        assert!(matches!(plan(&open, &[]), Err(GitError::NothingChanged)));
    }

    #[test]
    fn unfit_messages_and_authors_are_refused() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let open = repo.open();
        let good = open.author().unwrap();
        let try_with = |message: &str, author: &Person| {
            open.plan_commit(&CommitRequest {
                parent: open.head_or_fail().unwrap(),
                changes: &changes(&[("a.md", "two")]),
                new_under: &[],
                message,
                author,
                time: MONDAY,
            })
        };
        assert!(try_with("fine", &good).is_ok());
        assert!(matches!(try_with("", &good), Err(GitError::BadText("message"))));
        assert!(matches!(try_with("a\0b", &good), Err(GitError::BadText("message"))));
        let evil = Person { name: "x\nparent 000".to_string(), email: "a".to_string() };
        assert!(matches!(try_with("fine", &evil), Err(GitError::BadText("author's name"))));
        let evil = Person { name: "x".to_string(), email: "a> 1 +0000".to_string() };
        assert!(matches!(try_with("fine", &evil), Err(GitError::BadText("author's address"))));
    }

    #[test]
    fn an_unknown_author_is_named_by_the_missing_key() {
        let repo = Fixture::with(&[("a.md", "one")]);
        repo.git(&["config", "user.email", " "]);
        assert!(matches!(repo.open().author(), Err(GitError::NoAuthor { key: "user.email" })));
    }

    #[test]
    fn the_name_of_a_blob_is_gits() {
        let repo = Fixture::with(&[("a.md", "one")]);
        assert_eq!(repo.open().blob_name(b"one").unwrap(), repo.oid("HEAD:a.md"));
    }

    #[test]
    fn a_branch_is_made_once_and_never_moved() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let first = repo.oid("HEAD");
        let second = repo.commit(&[("a.md", "two")], "second");
        let open = repo.open();
        let lock = open.lock_branches().unwrap();
        assert_eq!(lock.create("reprompt/f-1-aa", first).unwrap(), Created::New);
        match lock.create("reprompt/f-1-aa", second) {
            Err(GitError::Conflict { found, .. }) => assert_eq!(found, first),
            other => panic!("{other:?}"),
        }
        repo.git(&["pack-refs", "--all"]);
        assert_eq!(lock.create("reprompt/f-1-aa", first).unwrap(), Created::AlreadyThere);
        assert!(matches!(lock.create("reprompt/f-1-aa", second), Err(GitError::Conflict { .. })));
        for bad in [
            "main",
            "reprompt/",
            "reprompt/A",
            "reprompt/a/b",
            "reprompt/..",
            "reprompt/a.lock",
            "reprompt/-x",
            "refs/heads/reprompt/a",
            "reprompt/a b",
            "reprompt/é",
        ] {
            assert!(matches!(lock.create(bad, first), Err(GitError::BadBranchName(_))), "{bad}");
        }
    }

    #[test]
    fn a_branch_called_reprompt_is_told_as_what_is_in_the_way() {
        let repo = Fixture::with(&[("a.md", "one")]);
        repo.git(&["branch", "reprompt"]);
        let open = repo.open();
        let made = open.lock_branches().unwrap().create("reprompt/f-1-aa", repo.oid("HEAD"));
        assert!(matches!(made, Err(GitError::Conflict { branch, .. }) if branch == "reprompt"));
    }

    #[test]
    fn a_branch_that_is_checked_out_anywhere_is_refused() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let place = TempDir::new().unwrap();
        let linked = place.path().join("linked");
        repo.git(&["worktree", "add", "-q", "-b", "reprompt/f-1-aa", linked.to_str().unwrap()]);
        let second = repo.commit(&[("a.md", "two")], "second");
        let open = repo.open();
        let lock = open.lock_branches().unwrap();
        assert!(matches!(lock.create("reprompt/f-1-aa", second), Err(GitError::CheckedOut { .. })));
        assert_eq!(lock.create("reprompt/f-1-aa", repo.oid("HEAD~1")).unwrap(), Created::AlreadyThere);
        // Somebody is about to make their first commit on it: it does not exist, yet it is theirs.
        repo.git(&["checkout", "-q", "--orphan", "reprompt/f-2-bb"]);
        assert!(matches!(lock.create("reprompt/f-2-bb", second), Err(GitError::CheckedOut { .. })));
    }

    #[test]
    fn only_one_run_at_a_time_may_make_branches() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let (one, two) = (repo.open(), repo.open());
        let held = one.lock_branches().unwrap();
        assert!(matches!(two.lock_branches(), Err(GitError::Locked(_))));
        drop(held);
        assert!(two.lock_branches().is_ok());
    }

    #[test]
    fn a_lock_left_by_a_killed_run_is_recovered_and_a_foreign_one_is_not() {
        let repo = Fixture::with(&[("a.md", "one")]);
        let heads = repo.path().join(".git/refs/heads");
        fs::create_dir_all(heads.join("reprompt")).unwrap();
        let (ours, foreign) = (heads.join("reprompt/f-1-aa.lock"), heads.join("main.lock"));
        fs::write(&ours, "").unwrap();
        fs::write(&foreign, "").unwrap();
        let open = repo.open();
        let made = open.lock_branches().unwrap().create("reprompt/f-1-aa", repo.oid("HEAD"));
        assert_eq!(made.unwrap(), Created::New);
        assert!(!ours.exists());
        assert!(foreign.exists());
    }
}
