//! The example's agent and the drafter of fixes share no strings: what the agent understands, it understands by
//! meaning. A literal counts when it has four words or more; comments, tests and fixtures do not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Words of a literal that is long enough to be told from chance.
const LEAST_WORDS: usize = 4;

fn texts(folder: &str, extensions: &[&str], all: &mut Vec<(String, String)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let test_only = ["/tests.rs", "/fixtures.rs", "/snapshots", "/traces"].iter().any(|end| name.ends_with(end));
        if test_only {
            continue;
        }
        if path.is_dir() {
            texts(&name, extensions, all);
        } else if extensions.iter().any(|extension| name.ends_with(extension)) {
            all.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Text between double quotes, outside of comments and of the test module, with `\` line ends joined.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n").replace("\\\"", " ").replace("'\"'", " ");
    code.split('"').skip(1).step_by(2).map(|literal| literal.replace("\\\n", " ")).collect()
}

fn normal(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Literals of Rust sources and lines of other files, in normal form, that are long enough.
fn long_strings(folders: &[&str]) -> BTreeSet<String> {
    let mut all = Vec::new();
    for folder in folders {
        texts(folder, &[".rs", ".md", ".txt", ".yaml"], &mut all);
    }
    assert!(!all.is_empty());
    let strings = all.iter().flat_map(|(name, text)| match name.ends_with(".rs") {
        true => literals(text),
        false => text.lines().map(str::to_string).collect(),
    });
    strings.map(|string| normal(&string)).filter(|string| string.split(' ').count() >= LEAST_WORDS).collect()
}

#[test]
fn the_example_and_the_drafter_share_no_strings() {
    let example = long_strings(&["src/example", "prompts-example"]);
    let drafter = long_strings(&["src/proposal"]);
    assert!(example.len() > 300 && drafter.len() > 10, "{} and {}", example.len(), drafter.len());
    let shared: Vec<&String> = example.intersection(&drafter).collect();
    assert!(shared.is_empty(), "{shared:#?}");
    // Nor does one contain the other.
    let contained: Vec<(&String, &String)> = drafter
        .iter()
        .flat_map(|one| {
            example
                .iter()
                .filter(move |two| two.contains(one.as_str()) || one.contains(two.as_str()))
                .map(move |two| (one, two))
        })
        .collect();
    assert!(contained.is_empty(), "{contained:#?}");
}

#[test]
fn literals_are_found_over_line_ends_and_not_in_comments_or_tests() {
    let source = "// \"not this one here\"\nlet a = \"one two \\\n    three four\";\n#[cfg(test)]\nmod tests { \"nor this one\" }";
    let found: Vec<String> = literals(source).iter().map(|literal| normal(literal)).collect();
    assert_eq!(found, ["one two three four"]);
}
