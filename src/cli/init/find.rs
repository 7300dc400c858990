//! What in a folder looks like a prompt, a tool, a suite or a flag file. By content where the content tells, by name
//! where it does not: text is a prompt only if its name or its folder says so.

use crate::cli::error::CommandError;
use crate::cli::workspace::walk;
use crate::evaluation::suite::Suite;
use crate::prompt::config::{LEARNED_RULES, PromptConfig};
use crate::prompt::{Format, PromptFile, ToolFile};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Larger files are not looked into, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Prompt files, by path.
    pub prompts: Vec<FoundPrompt>,
    /// Patterns of tool files.
    pub tools: Vec<String>,
    /// Patterns of suites.
    pub suites: Vec<String>,
    /// The flag file.
    pub flags: Option<String>,
}

/// A prompt file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundPrompt {
    pub name: String,
    pub path: String,
    /// Headings that sound like rules which nobody but people should change.
    pub frozen: Vec<String>,
    /// Its section for learned rules, if it has one under some heading.
    pub learned_rules: Option<String>,
}

/// What one file is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Prompt { frozen: Vec<String>, learned_rules: Option<String> },
    Tool,
    Suite,
    Flags,
}

impl Found {
    /// Looks through all files under `root`.
    pub fn below(root: &Path) -> Result<Self, CommandError> {
        let paths: Vec<String> = walk(root)?.into_iter().filter(|path| is_candidate(path)).collect();
        let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
        for path in &paths {
            let full = root.join(path);
            if fs::metadata(&full).is_ok_and(|facts| facts.len() > MOST_BYTES) {
                continue;
            }
            let bytes = fs::read(&full)
                .map_err(|error| CommandError::io(format!("cannot read `{}`", full.display()), error))?;
            kinds.extend(kind(path, &bytes).map(|kind| (path.clone(), kind)));
        }
        let of = |wanted: &Kind| -> Vec<&str> {
            kinds.iter().filter(|(_, kind)| *kind == wanted).map(|(path, _)| path.as_str()).collect()
        };
        let mut prompts: Vec<FoundPrompt> = kinds
            .iter()
            .filter_map(|(path, kind)| match kind {
                Kind::Prompt { frozen, learned_rules } => Some(FoundPrompt {
                    name: String::new(),
                    path: path.clone(),
                    frozen: frozen.clone(),
                    learned_rules: learned_rules.clone(),
                }),
                _ => None,
            })
            .collect();
        name_all(&mut prompts);
        Ok(Self {
            prompts,
            tools: patterns(&of(&Kind::Tool), &paths),
            suites: patterns(&of(&Kind::Suite), &paths),
            flags: of(&Kind::Flags).first().map(|path| (*path).to_string()),
        })
    }
}

/// Files that are worth opening: no hidden folders, no dependencies, no paths that a config cannot name.
fn is_candidate(path: &str) -> bool {
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or("");
    let skipped = |folder: &&str| folder.starts_with('.') || matches!(*folder, "venv" | "vendor" | "dist" | "build");
    let odd = path.chars().any(|character| character.is_control() || "\\*?[]{}!".contains(character));
    let text = ["md", "markdown", "mdc", "txt", "yaml", "yml", "json", "prompt", "prompty", "j2", "jinja", "minijinja"];
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    !folders.iter().any(skipped) && !odd && text.contains(&extension.as_str()) && name != "reprompt.yaml"
}

fn kind(path: &str, bytes: &[u8]) -> Option<Kind> {
    let text = std::str::from_utf8(bytes).ok()?;
    if matches!(Format::of(path), Format::Yaml | Format::Json) {
        if Suite::parse(path, text).is_ok() {
            return Some(Kind::Suite);
        }
        let tools = ToolFile::parse(path, bytes).map(|file| file.tools).unwrap_or_default();
        let callable = |schema: &serde_json::Value| {
            let schema = schema.get("function").unwrap_or(schema);
            schema.get("parameters").is_some() || schema.get("input_schema").is_some()
        };
        if !tools.is_empty() && tools.iter().all(|tool| callable(&tool.raw)) {
            return Some(Kind::Tool);
        }
        if is_flag_file(text) {
            return Some(Kind::Flags);
        }
    }
    if !sounds_like_prompt(path) {
        return None;
    }
    let config = PromptConfig {
        name: String::new(),
        path: path.to_string(),
        frozen: Vec::new(),
        learned_rules: LEARNED_RULES.into(),
    };
    let file = PromptFile::parse(path, bytes, &config).ok()?;
    if file.system_text().trim().is_empty() {
        return None;
    }
    let headings: Vec<&String> = file.sections.iter().filter_map(|section| section.heading.as_ref()).collect();
    let learned = headings.iter().find(|heading| heading.to_lowercase().contains("learned"));
    let frozen = headings.iter().filter(|heading| sounds_frozen(heading)).map(|heading| (*heading).clone()).collect();
    Some(Kind::Prompt { frozen, learned_rules: learned.map(|heading| (*heading).clone()) })
}

/// A flagd file: `flags`, each with `variants`.
fn is_flag_file(text: &str) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let flags = value.as_ref().and_then(|value| value.get("flags")?.as_object());
    flags.is_some_and(|flags| !flags.is_empty() && flags.values().all(|flag| flag.get("variants").is_some()))
}

fn sounds_like_prompt(path: &str) -> bool {
    let lower = path.to_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    if ["readme", "changelog", "license", "contributing", "notice", "code_of_conduct"]
        .iter()
        .any(|other| name.starts_with(other))
    {
        return false;
    }
    let known = ["agents.md", "skill.md", "claude.md", "gemini.md"].contains(&name);
    let extension = [".prompt", ".prompty", ".prompt.yml", ".prompt.yaml", ".prompt.md", ".prompt.txt"]
        .iter()
        .any(|end| name.ends_with(end));
    let stem = name.split('.').next().unwrap_or(name);
    let words =
        stem.split(['-', '_', ' ']).any(|word| matches!(word, "prompt" | "prompts" | "system" | "instructions"));
    let folder =
        folders.split('/').any(|folder| matches!(folder, "prompt" | "prompts" | "system-prompts" | "system_prompts"));
    known || extension || words || folder
}

fn sounds_frozen(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    let words = [
        "safety",
        "security",
        "privacy",
        "compliance",
        "legal",
        "guardrail",
        "restriction",
        "prohibited",
        "forbidden",
        "never",
        "must not",
        "refus",
        "disclaimer",
        "confidential",
        "tone",
    ];
    words.iter().any(|word| lower.contains(word))
}

/// A name that a config accepts, from any text.
pub(super) fn plain_name(text: &str) -> Option<String> {
    let plain = |character: char| {
        if character.is_alphanumeric() || matches!(character, '-' | '_' | '.') { character } else { '-' }
    };
    let name: String = text.chars().map(plain).take(80).collect();
    let name = name.trim_matches(['-', '.']).to_string();
    (!name.is_empty()).then_some(name)
}

/// Names each prompt by its file, and by its folders too where files have the same name.
fn name_all(prompts: &mut [FoundPrompt]) {
    let by_depth = |path: &str, depth: usize| {
        let parts: Vec<&str> = path.split('/').collect();
        let from = parts.len().saturating_sub(depth);
        let mut parts = parts.get(from..).unwrap_or_default().to_vec();
        if let Some(last) = parts.last_mut() {
            *last = last.split('.').find(|part| !part.is_empty()).unwrap_or(last);
        }
        plain_name(&parts.join("-")).unwrap_or_else(|| "prompt".to_string())
    };
    let paths: Vec<String> = prompts.iter().map(|prompt| prompt.path.clone()).collect();
    let mut taken = BTreeSet::new();
    for prompt in prompts {
        let unique = |depth: &usize| {
            let name = by_depth(&prompt.path, *depth);
            paths.iter().filter(|path| by_depth(path, *depth) == name).count() == 1
        };
        let depth = (1..=prompt.path.split('/').count()).find(unique);
        let mut name = by_depth(&prompt.path, depth.unwrap_or(1));
        while !taken.insert(name.clone()) {
            name.push_str("-2");
        }
        prompt.name = name;
    }
}

/// One pattern for a folder where every file of an extension is wanted, else the paths themselves.
fn patterns(wanted: &[&str], all: &[String]) -> Vec<String> {
    let mut patterns = BTreeSet::new();
    for path in wanted {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let beside = |other: &&str| {
            let (its_folder, its_name) = other.rsplit_once('/').unwrap_or(("", other));
            its_folder == folder && its_name.ends_with(&format!(".{extension}"))
        };
        let siblings: Vec<&str> = all.iter().map(String::as_str).filter(beside).collect();
        let whole = !folder.is_empty() && siblings.iter().all(|sibling| wanted.contains(sibling));
        patterns.insert(if whole { format!("{folder}/*.{extension}") } else { (*path).to_string() });
    }
    patterns.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Found {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Found::below(folder.path()).unwrap()
    }

    const TOOL: &str = "{\"name\": \"t\", \"description\": \"d\", \"parameters\": {}}";

    #[test]
    fn content_and_names_tell_what_a_file_is() {
        let found = found(&[
            ("prompts/a/system.md", "# A\n## Safety rules\nx\n## Learned rules\n"),
            ("prompts/b/system.md", "b"),
            ("prompts/README.md", "not a prompt"),
            ("docs/guide.md", "not a prompt"),
            ("summary.prompt.yml", "messages:\n  - {role: system, content: Sum up}\n"),
            ("tools/one.json", TOOL),
            ("tools/two.json", TOOL),
            ("more/three.json", TOOL),
            ("more/other.json", "{}"),
            ("package.json", "{\"name\": \"x\", \"description\": \"y\"}"),
            ("evals/s.yaml", "tests:\n  - vars: {message: hi}\n    assert: [{type: contains, value: x}]\n"),
            ("flags/f.json", "{\"flags\": {\"p\": {\"variants\": {}}}}"),
            ("node_modules/prompts/x.md", "no"),
            (".hidden/prompts/x.md", "no"),
        ]);
        let prompts: Vec<(&str, &str)> =
            found.prompts.iter().map(|one| (one.name.as_str(), one.path.as_str())).collect();
        let expected = [
            ("a-system", "prompts/a/system.md"),
            ("b-system", "prompts/b/system.md"),
            ("summary", "summary.prompt.yml"),
        ];
        assert_eq!(prompts, expected);
        assert_eq!(found.prompts[0].frozen, ["## Safety rules"]);
        assert_eq!(found.prompts[0].learned_rules.as_deref(), Some("## Learned rules"));
        assert_eq!(found.tools, ["more/three.json", "tools/*.json"]);
        assert_eq!(found.suites, ["evals/*.yaml"]);
        assert_eq!(found.flags.as_deref(), Some("flags/f.json"));
    }

    #[test]
    fn names_are_unique_and_plain() {
        let found = found(&[("prompts/ä b.md", "x"), ("prompts/ä b.txt", "x"), ("x/prompts/-.md", "x")]);
        let names: BTreeSet<&str> = found.prompts.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names.iter().all(|name| plain_name(name).as_deref() == Some(name)));
    }
}
