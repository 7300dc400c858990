//! Which paths may be read and written. Strict on purpose: a prompt file with a name that some file system, shell
//! or git itself could misread is refused, since its path travels into trees, diffs and command lines.

use super::error::{GitError, PathRefusal};

/// Checks a path from the repository's root, parts separated by `/`.
pub(super) fn check(path: &str) -> Result<(), GitError> {
    for part in path.split('/') {
        if let Some(reason) = refusal(part) {
            return Err(GitError::path(path, reason));
        }
    }
    // `:` first means "in the index" or a path-spec with magic, `-` an option.
    if path.starts_with([':', '-']) {
        return Err(GitError::path(path, PathRefusal::Misleading));
    }
    Ok(())
}

fn refusal(part: &str) -> Option<PathRefusal> {
    if matches!(part, "" | "." | "..") {
        return Some(PathRefusal::NotPlain);
    }
    if is_git_folder(part) {
        return Some(PathRefusal::GitFolder);
    }
    let misleading = part.starts_with('-')
        || part.ends_with([' ', '.'])
        || part.chars().any(|letter| letter.is_control() || letter == '\\' || letter == ':' || ignorable(letter))
        || is_device(part);
    misleading.then_some(PathRefusal::Misleading)
}

/// Whether some file system would open git's own folder (or the files beside the work tree that git trusts) by this
/// name: case folding, HFS+ ignorable letters, NTFS short names, streams, trailing dots and spaces.
fn is_git_folder(part: &str) -> bool {
    let folded: String =
        part.chars().filter(|letter| !ignorable(*letter)).flat_map(char::to_lowercase).collect::<String>();
    let stem = folded.split(':').next().unwrap_or(&folded).trim_end_matches([' ', '.']);
    // NTFS gives `.git` the short name `git~1`, and `.gitmodules` `gitmod~1` or a hash form `gi7eba~1`.
    let short = stem.split_once('~').is_some_and(|(name, number)| {
        matches!(name, "git" | "gitmod" | "gi7eba") && number.chars().all(|digit| digit.is_ascii_digit())
    });
    matches!(stem, ".git" | ".gitmodules") || short
}

/// Letters that HFS+ drops from names, and others that a reader cannot see.
fn ignorable(letter: char) -> bool {
    matches!(u32::from(letter), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xAD | 0xE0000..=0xE007F)
}

/// Names that Windows keeps for devices, with any extension.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 1 && rest.chars().all(|digit| digit.is_ascii_digit()))
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reason(path: &str) -> Option<PathRefusal> {
        match check(path) {
            Ok(()) => None,
            Err(GitError::BadPath { reason, .. }) => Some(reason),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn ordinary_prompt_paths_pass() {
        for path in [
            "system.md",
            "prompts/onboarding/system.md",
            ".github/prompts/a.prompt.yml",
            "prompts/été.md",
            ".reprompt/proposals/f-1.yaml",
            "a b/c.md",
            ".gitignore",
            "gitlab.md",
            "console.md",
            "com10.md",
        ] {
            assert_eq!(reason(path), None, "{path}");
        }
    }

    #[test]
    fn paths_that_leave_the_repository_are_refused() {
        for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "."] {
            assert_eq!(reason(path), Some(PathRefusal::NotPlain), "{path}");
        }
    }

    #[test]
    fn every_spelling_of_gits_own_folder_is_refused() {
        for path in [
            ".git/config",
            ".GIT/config",
            "a/.git",
            "git~1/config",
            "GIT~1",
            ".git ",
            ".git.",
            ".git...",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it/x",
            ".gitmodules",
            "GITMOD~1",
            "gi7eba~1",
            ".git\u{feff}",
        ] {
            assert_eq!(reason(path), Some(PathRefusal::GitFolder), "{path}");
        }
    }

    #[test]
    fn misleading_names_are_refused() {
        for path in
            ["-x.md", "a/-x", ":x", "a\nb", "a\\b", "nul", "aux.md", "COM1.txt", "a/lpt9", "a\u{202e}b", "x.md "]
        {
            assert_eq!(reason(path), Some(PathRefusal::Misleading), "{path}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_path_never_climbs_or_names_gits_folder(path in "\\PC*|[.gitGIT/~1 :-]{1,12}") {
            if check(&path).is_ok() {
                prop_assert!(!path.starts_with('/'));
                for part in path.split('/') {
                    prop_assert!(part != ".." && part != "." && !part.is_empty());
                    prop_assert!(!part.eq_ignore_ascii_case(".git"));
                }
            }
        }
    }
}
