//! The house's rules, read off the source: who may import whom, which wall alone names which crate, how large a
//! file may grow. Each violation is printed with its file and line.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import from ours (ARCHITECTURE.md, import table). `clock` and `digest` are values for all.
const IMPORTS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("digest", &[]),
    ("interruption", &[]),
    ("stats", &[]),
    ("trace", &[]),
    ("prompt", &[]),
    ("git", &[]),
    ("example", &[]),
    ("llm", &["interruption"]),
    ("guard", &["prompt", "trace", "stats"]),
    ("intent", &["trace", "prompt", "stats", "llm"]),
    ("diagnosis", &["trace", "intent", "prompt", "stats", "llm"]),
    ("proposal", &["trace", "intent", "diagnosis", "prompt", "guard", "stats", "llm"]),
    ("evaluation", &["trace", "intent", "prompt", "guard", "stats"]),
    ("release", &["prompt", "stats", "proposal", "evaluation"]),
    ("agent", &["evaluation", "interruption"]),
    ("store", &["trace", "intent", "diagnosis", "proposal", "evaluation", "release", "prompt", "llm"]),
    (
        "cli",
        &[
            "agent",
            "diagnosis",
            "evaluation",
            "example",
            "git",
            "guard",
            "intent",
            "llm",
            "prompt",
            "proposal",
            "release",
            "stats",
            "store",
            "trace",
        ],
    ),
];

/// Crates that only one wall may name.
const WALLS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("git2", &["git"]),
    ("reqwest", &["agent", "llm"]),
    ("rustls", &["agent", "llm"]),
    ("tokio", &["agent", "llm", "interruption.rs"]),
    ("signal_hook", &["interruption.rs"]),
    ("indicatif", &["cli/ui.rs"]),
    ("console", &["cli/ui.rs"]),
    ("anstyle", &["cli/ui.rs", "cli/args.rs"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

/// What a room may not touch: the outside world.
const OUTSIDE: &[&str] = &["std::fs", "std::net", "std::process", "std::env", "std::thread", "println!", "eprintln!"];
/// Modules that may.
const OUTER: &[&str] = &["cli", "store", "git", "agent", "llm"];

/// Non-test lines that a file may have before it needs a reason to be listed in `LARGE`.
const MOST_LINES: usize = 500;
/// Files that hold one algorithm or one table and are allowed to be longer, each with its reason.
const LARGE: &[(&str, &str)] = &[];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The lines that are code and not a test: everything before the file's test module, without comments.
fn code(text: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let all: Vec<&str> = text.lines().collect();
    for (index, line) in all.iter().enumerate() {
        let inline_tests = line.trim() == "#[cfg(test)]"
            && all.get(index + 1).is_some_and(|next| next.trim_end().ends_with('{') && next.contains("mod "));
        if inline_tests {
            break;
        }
        let trimmed = line.trim_start();
        if !trimmed.is_empty() && !trimmed.starts_with("//") {
            lines.push((index + 1, *line));
        }
    }
    lines
}

/// Whether a file is compiled for tests only: `tests.rs`, in a folder `tests`, or declared under `#[cfg(test)]` by its
/// parent.
fn is_test_file(file: &str, sources: &[(String, String)]) -> bool {
    if file.ends_with("/tests.rs") || file.contains("/tests/") {
        return true;
    }
    let Some((folder, name)) = file.rsplit_once('/') else { return false };
    let declaration = format!("mod {};", name.trim_end_matches(".rs"));
    let parents = [format!("{folder}/mod.rs"), format!("{folder}.rs")];
    sources.iter().filter(|(path, _)| parents.contains(path)).any(|(_, text)| {
        let lines: Vec<&str> = text.lines().collect();
        lines.windows(2).any(|pair| pair[0].trim() == "#[cfg(test)]" && pair[1].trim() == declaration)
    })
}

/// A rule: violations in the sources.
type Rule = fn(&[(String, String)]) -> Vec<String>;

fn holds(rule: Rule) {
    report(&rule(&sources()));
}

fn report(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Names after `crate::` in one line, also inside `use crate::{a, b::c}`.
fn imported(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("crate::") {
        let before = rest[..at].chars().next_back();
        rest = &rest[at + "crate::".len()..];
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            names.push(name);
        } else {
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names
        .into_iter()
        .map(|name| name.trim().split("::").next().unwrap().to_string())
        .filter(|name| !name.is_empty())
        .collect()
}

fn imports(sources: &[(String, String)]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = IMPORTS.iter().copied().collect();
    let mut violations = Vec::new();
    for (file, text) in sources {
        let own = module(file);
        if matches!(own, "main" | "lib") || is_test_file(file, sources) {
            continue;
        }
        let Some(allowed) = table.get(own) else {
            violations.push(format!("src/{file}:1: module `{own}` is not in the import table"));
            continue;
        };
        // A `use crate::{` list may run over several lines; join them first.
        let mut joined: Vec<(usize, String)> = Vec::new();
        for (number, line) in code(text) {
            match joined.last_mut() {
                Some((_, open))
                    if open.matches('{').count() > open.matches('}').count() && open.contains("use crate::{") =>
                {
                    open.push_str(line.trim());
                }
                _ => joined.push((number, line.to_string())),
            }
        }
        for (number, line) in joined {
            for name in imported(&line) {
                let known = table.contains_key(name.as_str());
                if known && name != own && name != "clock" && name != "digest" && !allowed.contains(&name.as_str()) {
                    violations.push(format!("src/{file}:{number}: `{own}` may not import `{name}`: {}", line.trim()));
                }
            }
        }
    }
    violations
}

fn walls(sources: &[(String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (file, text) in sources {
        for (number, line) in code(text) {
            for (name, owners) in WALLS {
                let owned = owners.iter().any(|owner| file == *owner || file.starts_with(&format!("{owner}/")));
                let named = line.contains(&format!("{name}::"))
                    && !line.contains(&format!("_{name}::"))
                    && !line.contains(&format!("::{name}::"));
                if named && !owned {
                    violations.push(format!("src/{file}:{number}: only {owners:?} may name `{name}`: {}", line.trim()));
                }
            }
        }
    }
    violations
}

fn outside(sources: &[(String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (file, text) in sources {
        if OUTER.contains(&module(file))
            || is_test_file(file, sources)
            || matches!(file.as_str(), "main.rs" | "clock.rs")
        {
            continue;
        }
        for (number, line) in code(text) {
            for name in OUTSIDE {
                if line.contains(name) {
                    violations.push(format!("src/{file}:{number}: a room may not use `{name}`: {}", line.trim()));
                }
            }
        }
    }
    violations
}

fn openings(sources: &[(String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (file, text) in sources {
        if !text.starts_with("//!") {
            violations.push(format!("src/{file}:1: the file does not open with a `//!` paragraph"));
        }
    }
    violations
}

fn sizes(sources: &[(String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    for (file, text) in sources {
        let lines = code(text).len();
        let listed = LARGE.iter().any(|(name, _)| name == file);
        if lines > MOST_LINES && !listed && !is_test_file(file, sources) {
            violations
                .push(format!("src/{file}: {lines} lines of code, {MOST_LINES} at most: look for the second noun"));
        }
    }
    violations
}

fn drawers(sources: &[(String, String)]) -> Vec<String> {
    let drawers = ["util", "utils", "helper", "helpers", "common", "misc", "types", "manager"];
    let mut violations = Vec::new();
    for (file, _) in sources {
        let name = file.trim_end_matches(".rs").rsplit('/').next().unwrap();
        if drawers.contains(&name) {
            violations.push(format!("src/{file}: a drawer called `{name}` means that the noun has not been found yet"));
        }
    }
    violations
}

#[test]
fn modules_import_only_what_the_table_allows() {
    holds(imports);
}

#[test]
fn each_wall_alone_names_its_crate() {
    holds(walls);
}

#[test]
fn rooms_do_not_touch_the_outside_world() {
    holds(outside);
}

#[test]
fn modules_open_with_what_they_make() {
    holds(openings);
}

#[test]
fn no_file_outgrows_its_noun() {
    holds(sizes);
}

#[test]
fn no_drawer_is_called_utils() {
    holds(drawers);
}

#[test]
fn a_planted_violation_of_each_rule_is_named_with_its_line() {
    let planted: [(Rule, &str, String, &str); 7] = [
        (
            imports,
            "trace/mod.rs",
            "//! X\nuse crate::store::TraceStore;\n".into(),
            "src/trace/mod.rs:2: `trace` may not import `store`",
        ),
        (
            imports,
            "evaluation/a.rs",
            "//! X\nuse crate::{\n    stats,\n    proposal::Draft,\n};\n".into(),
            "may not import `proposal`",
        ),
        (
            walls,
            "cli/eval.rs",
            "//! X\nuse git2::Repository;\n".into(),
            "src/cli/eval.rs:2: only [\"git\"] may name `git2`",
        ),
        (
            outside,
            "intent/fit.rs",
            "//! X\nfn f() { std::fs::read(\"x\"); }\n".into(),
            "src/intent/fit.rs:2: a room may not use `std::fs`",
        ),
        (openings, "stats/mod.rs", "use std::fmt;\n".into(), "src/stats/mod.rs:1"),
        (sizes, "stats/big.rs", format!("//! X\n{}", "let x = 1;\n".repeat(MOST_LINES + 1)), "src/stats/big.rs"),
        (drawers, "stats/utils.rs", "//! X\n".into(), "src/stats/utils.rs: a drawer"),
    ];
    for (rule, file, text, expected) in planted {
        let violations = rule(&[(file.to_string(), text)]);
        assert!(violations.len() == 1 && violations[0].contains(expected), "{expected}: {violations:?}");
    }
}
