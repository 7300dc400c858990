//! Changing a prompt: bytes in, bytes out. What lies outside the edited ranges stays identical, frozen text is
//! never touched, and the result is read again before it is handed out: it must be the text that was asked for,
//! in a file that otherwise means the same.

use super::file::{Format, PromptError, PromptFile, tree};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use std::ops::Range;

/// One replacement. `start` and `end` are bytes of the file; `replacement` is text (with `\n` line ends), which is
/// written the way the file writes its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// First byte that is replaced.
    pub start: usize,
    /// The byte after the last one; equal to `start` for an insertion.
    pub end: usize,
    /// What stands there afterwards.
    pub replacement: String,
}

/// An edit that is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// Not a range of the prompt's text.
    #[error("bytes {start} to {end} are not a part of the prompt's text")]
    Outside {
        /// The range.
        start: usize,
        /// See `start`.
        end: usize,
    },
    /// Two edits overlap.
    #[error("two edits overlap at byte {0}")]
    Overlap(usize),
    /// Frozen text would change.
    #[error("{position}: this is frozen (`{reason}`)")]
    Frozen {
        /// Where the frozen text begins.
        position: Position,
        /// Its heading or marker.
        reason: String,
    },
    /// The file would no longer be readable.
    #[error("the edited file cannot be read")]
    Unreadable(#[source] PromptError),
    /// The file's way of writing cannot express the new text there.
    #[error("the text cannot be written there without changing anything else")]
    NotExpressible,
    /// A rule must be one line of text.
    #[error("a rule is one line of text")]
    NotOneLine,
    /// There is no place for a learned rule outside frozen text.
    #[error("there is no place for a learned rule outside frozen text")]
    NoPlace,
}

impl PromptFile {
    /// The file with `edits` made. See the module for what is refused.
    pub fn apply(&self, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
        for edit in edits {
            let crosses = |range: &Range<usize>| {
                let touches = edit.start < range.end && edit.end > range.start;
                touches && (edit.start != edit.end || edit.start > range.start)
            };
            if let Some(frozen) = self.frozen.iter().find(|frozen| crosses(&frozen.range)) {
                let position = self.position(frozen.range.start);
                return Err(EditError::Frozen { position, reason: frozen.reason.clone() });
            }
        }
        let edited = splice_all(&self.file, &[&self.scalar], edits)?;
        let after = Self::parse(&self.path, edited.file.as_bytes(), &self.config).map_err(EditError::Unreadable)?;
        if after.scalar.text != edited.texts[0] {
            return Err(EditError::NotExpressible);
        }
        if matches!(self.format, Format::Yaml | Format::Json) {
            let old = tree(&self.path, &self.file, self.format).map_err(EditError::Unreadable)?;
            let new = tree(&self.path, &after.file, self.format).map_err(EditError::Unreadable)?;
            if !same_but(&old, &new, &self.scalar.text, &after.scalar.text) {
                return Err(EditError::NotExpressible);
            }
        }
        if let Some(index) = first_difference(&self.frozen_texts(), &after.frozen_texts()) {
            let reason = self.frozen.get(index).map_or_else(String::new, |frozen| frozen.reason.clone());
            let position = self.frozen.get(index).map_or(Position::START, |frozen| self.position(frozen.range.start));
            return Err(EditError::Frozen { position, reason });
        }
        Ok(edited.file.into_bytes())
    }
}

fn first_difference(old: &[&str], new: &[&str]) -> Option<usize> {
    (0..old.len().max(new.len())).find(|index| old.get(*index) != new.get(*index))
}

/// A file with edits made, and what its strings should mean now.
pub(super) struct Edited {
    pub file: String,
    pub texts: Vec<String>,
}

/// Makes `edits` in `file`, each within one of `scalars`.
pub(super) fn splice_all(file: &str, scalars: &[&Scalar], edits: &[Edit]) -> Result<Edited, EditError> {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    if let Some(pair) = edits.windows(2).find(|pair| pair[1].start < pair[0].end) {
        return Err(EditError::Overlap(pair[1].start));
    }
    let mut edited =
        Edited { file: file.to_string(), texts: scalars.iter().map(|scalar| scalar.text.clone()).collect() };
    // From the back, so that the ranges of the edits before stay right. Each writes according to the old file; two
    // edits that meet may so disagree about an indentation, which the caller's second reading finds out.
    for edit in edits.into_iter().rev() {
        let outside = EditError::Outside { start: edit.start, end: edit.end };
        if edit.start > edit.end {
            return Err(outside);
        }
        let found = scalars.iter().enumerate().find_map(|(index, scalar)| {
            let range = scalar.range_in_text(&(edit.start..edit.end))?;
            Some((index, scalar, range))
        });
        let Some((index, scalar, range)) = found else { return Err(outside) };
        let (bytes, written) = scalar.splice(&range, &edit.replacement);
        if edited.file.get(bytes.clone()).is_none() {
            return Err(outside);
        }
        edited.file.replace_range(bytes, &written);
        if let Some(text) = edited.texts.get_mut(index) {
            // A raw file keeps its own line ends; elsewhere the parser makes them `\n`.
            let meant = if scalar.is_raw() { written } else { edit.replacement.replace("\r\n", "\n") };
            text.replace_range(range, &meant);
        }
    }
    Ok(edited)
}

/// Whether two trees are equal, but for one string that was `before` and is `after`.
fn same_but(old: &Node, new: &Node, before: &str, after: &str) -> bool {
    differences(old, new, before, after).is_some_and(|count| count <= 1)
}

/// The number of strings that changed from `before` to `after`; `None` if anything else changed. A YAML alias of
/// the string would count again.
fn differences(old: &Node, new: &Node, before: &str, after: &str) -> Option<usize> {
    match (old, new) {
        (Node::Text(old), Node::Text(new)) if old != new => (old == before && new == after).then_some(1),
        (Node::List(old), Node::List(new)) if old.len() == new.len() => {
            old.iter().zip(new).map(|(old, new)| differences(old, new, before, after)).sum()
        }
        (Node::Map(old), Node::Map(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .map(
                |((old_key, old), (new_key, new))| {
                    if old_key == new_key { differences(old, new, before, after) } else { None }
                },
            )
            .sum(),
        (Node::Float(old), Node::Float(new)) => (old.to_bits() == new.to_bits()).then_some(0),
        (old, new) => (old == new).then_some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::config::{LEARNED_RULES, PromptConfig};
    use proptest::prelude::*;

    fn config(frozen: &[&str]) -> PromptConfig {
        PromptConfig {
            name: "p".into(),
            path: "p".into(),
            frozen: frozen.iter().map(ToString::to_string).collect(),
            learned_rules: LEARNED_RULES.into(),
        }
    }

    fn parse(path: &str, text: &str, frozen: &[&str]) -> PromptFile {
        PromptFile::parse(path, text.as_bytes(), &config(frozen)).unwrap()
    }

    /// Replaces the first `old` of the prompt's text by `new`, and returns the file.
    fn replace(file: &PromptFile, old: &str, new: &str) -> Result<String, EditError> {
        let at = file.system_text().find(old).unwrap();
        let range = file.scalar.range_in_file(&(at..at + old.len()));
        let edit = Edit { start: range.start, end: range.end, replacement: new.to_string() };
        file.apply(&[edit]).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn each_format_writes_an_edit_its_own_way() {
        let cases = [
            ("a.md", "# A\r\none\r\n", "one", "two\nthree", "# A\r\ntwo\r\nthree\r\n"),
            ("a.txt", "\u{feff}one", "one", "é", "\u{feff}é"),
            (
                "a.yaml",
                "x: 1 # c\nprompt: |\n  one\n\n  two\nz: [ 2 ]\n",
                "one\n",
                "1\n2\n\n3\n",
                "x: 1 # c\nprompt: |\n  1\n  2\n\n  3\n\n  two\nz: [ 2 ]\n",
            ),
            ("a.yaml", "prompt: |-\n    one\n    two\n", "two", "2\n3", "prompt: |-\n    one\n    2\n    3\n"),
            (
                "a.yaml",
                "prompt: |\r\n  one\r\n  two\r\n",
                "one\n",
                "1\n\n2\n",
                "prompt: |\r\n  1\r\n\r\n  2\r\n  two\r\n",
            ),
            ("a.yaml", "prompt: |\n  one\n  two\n  three\n", "two\n", "", "prompt: |\n  one\n  three\n"),
            ("a.yaml", "prompt: |\n  one\n  two\n", "e\nt", "", "prompt: |\n  onwo\n"),
            ("a.yaml", "prompt: |2\n   one\n  two\n", "two", "2", "prompt: |2\n   one\n  2\n"),
            ("a.yaml", "- &a !!str x\n", "", "", ""),
            ("a.yaml", "prompt: &m \"one\\ntwo \\u00e9\"\nb: *m\n", "one", "\"1\"", ""),
            (
                "a.yaml",
                "prompt: \"one\\ntwo \\u00e9\" # c\n",
                "one",
                "\"1\"\n",
                "prompt: \"\\\"1\\\"\\n\\ntwo \\u00e9\" # c\n",
            ),
            ("a.yaml", "prompt: 'it''s one'\n", "one", "one's\n2", "prompt: 'it''s one''s\n\n  2'\n"),
            ("a.yaml", "prompt: one two\n", "two", "2\n3", "prompt: one 2\n\n  3\n"),
            ("a.yaml", "prompt: one two\n", "two", "2: 3", ""),
            ("a.yaml", "prompt: one\n  two\n\n  three\nx: 1\n", "two", "2", "prompt: one\n  2\n\n  three\nx: 1\n"),
            (
                "a.yaml",
                "prompt: >\n  one\n  two\n\n  three\n",
                "two",
                "2\n2",
                "prompt: >\n  one\n  2\n\n  2\n\n  three\n",
            ),
            (
                "a.prompt.yml",
                "messages:\n  - role: system\n    content: |\n      one\n  - role: user\n    content: one\n",
                "one",
                "1",
                "messages:\n  - role: system\n    content: |\n      1\n  - role: user\n    content: one\n",
            ),
            (
                "a.json",
                "{ \"z\" : 1, \"prompt\": \"o\\\"ne \\ud83d\\ude00 two\\n\" }",
                "two",
                "t\n\"2\"",
                "{ \"z\" : 1, \"prompt\": \"o\\\"ne \\ud83d\\ude00 t\\n\\\"2\\\"\\n\" }",
            ),
            (
                "a.json",
                "{\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"one\"}]}]}",
                "one",
                "1",
                "{\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"1\"}]}]}",
            ),
            ("a.prompty", "---\nname: x\n---\none\n", "one", "1", "---\nname: x\n---\n1\n"),
        ];
        for (path, text, old, new, expected) in cases {
            if expected.is_empty() {
                let refused = PromptFile::parse(path, text.as_bytes(), &config(&[]))
                    .map_or(true, |file| replace(&file, old, new).is_err());
                assert!(refused, "{text:?}");
                continue;
            }
            let file = parse(path, text, &[]);
            assert_eq!(replace(&file, old, new).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn frozen_text_is_never_touched() {
        let text = "# A\nfree\n## Safety\nfrozen\n\n<!-- reprompt:frozen -->\nalso\n<!-- reprompt:end -->\nlast\n";
        let file = parse("a.md", text, &[]);
        assert!(matches!(replace(&file, "also", "x"), Err(EditError::Frozen { .. })));
        assert!(matches!(replace(&file, "<!-- reprompt:end -->", ""), Err(EditError::Frozen { .. })));
        assert!(replace(&file, "frozen\n", "thawed\n").is_ok());
        let file = parse("a.md", text, &["## Safety"]);
        for (old, new) in
            [("frozen\n", "thawed\n"), ("## Safety", "## Unsafe"), ("free\n##", "free\nx##"), ("free", "```")]
        {
            assert!(replace(&file, old, new).is_err(), "{old:?}");
        }
        // What begins a line just before a frozen heading joins it.
        let edit = |at, replacement: &str| Edit { start: at, end: at, replacement: replacement.to_string() };
        let heading = text.find("## Safety").unwrap();
        assert!(file.apply(&[edit(heading, "x ")]).is_err());
        assert!(file.apply(&[edit(heading, "x\n\n")]).is_ok());
        assert!(file.apply(&[edit(heading, "## Safety\nnothing\n")]).is_err());
        assert!(replace(&file, "free", "very free").is_ok());
    }

    #[test]
    fn comments_freeze_parts_of_a_yaml_file() {
        let text = "# reprompt:frozen\nsystem: |\n  one\n# reprompt:end\n";
        assert!(matches!(replace(&parse("a.yaml", text, &[]), "one", "1"), Err(EditError::Frozen { .. })));
        let text = "system: |\n  one\n  # reprompt:frozen\n  two\n  # reprompt:end\n  three\n";
        let file = parse("a.yaml", text, &[]);
        assert!(matches!(replace(&file, "two", "2"), Err(EditError::Frozen { .. })));
        assert!(replace(&file, "three", "3").is_ok());
        assert_eq!(file.frozen_texts(), ["# reprompt:frozen\n  two\n  # reprompt:end"]);
    }

    #[test]
    fn template_and_foreign_markers_freeze_too() {
        for text in ["{# reprompt:frozen #}aa{# reprompt:end #} b", "x\n<advpo:exclude>aa</advpo:exclude> b"] {
            let file = parse("a.j2", text, &[]);
            assert!(matches!(replace(&file, "aa", "b"), Err(EditError::Frozen { .. })));
            assert!(replace(&file, " b", " c").is_ok());
        }
    }

    #[test]
    fn unusable_files_say_why_and_where() {
        let cases: [(&str, &[u8], &[&str], &str); 14] = [
            ("a.md", b"a\n\xff", &[], "a.md:2:1: is not UTF-8"),
            ("a.md", b"a\0", &[], "a.md:1:2: holds a NUL"),
            ("a.md", b"# A\n", &["## B"], "a.md: has no heading `## B`, which the config freezes; it has `# A`"),
            ("a.md", b"", &["B"], "a.md: has no heading `B`, which the config freezes; it has none"),
            (
                "a.md",
                b"x\n <!-- reprompt:frozen -->\n",
                &[],
                "a.md:2:2: the frozen part that `<!-- reprompt:frozen -->` opens here",
            ),
            ("a.md", b"<!-- reprompt:end -->", &[], "a.md:1:1: `<!-- reprompt:end -->` closes"),
            ("a.md", b"<advpo:exclude>\n<!-- reprompt:end -->", &[], "a.md:2:1: `<!-- reprompt:end -->` closes"),
            ("a.md", b"<!-- reprompt:frozen -->\n{# reprompt:frozen #}", &[], "a.md:2:1: a frozen part begins"),
            ("a.yaml", b"a: [\n", &[], "a.yaml:2:1: not YAML"),
            ("a.yaml", b"a: b\n", &[], "a.yaml: holds no prompt: looked for the text of `system`, "),
            ("a.yaml", b"x: &m hello\nprompt: *m\n", &[], "a.yaml: holds no"),
            ("a.json", b"{\"a\": }", &[], "a.json:1:7: not JSON: expected value"),
            ("a.json", b"{}", &[], "a.json: holds no prompt"),
            ("a.json", b"", &[], "a.json:1:1: not JSON"),
        ];
        for (path, bytes, frozen, expected) in cases {
            match PromptFile::parse(path, bytes, &config(frozen)) {
                Err(error) => assert!(error.to_string().starts_with(expected), "{error}\n{expected}"),
                // An alias means the anchor's text, and is edited where that stands or not at all.
                Ok(file) => assert!(replace(&file, "hello", "x").is_err()),
            }
        }
    }

    #[test]
    fn edits_out_of_place_are_refused() {
        let file = parse("a.yaml", "a: 1\nprompt: |\n  é one\n", &[]);
        let edit = |start, end| Edit { start, end, replacement: String::new() };
        for (start, end) in [(0, 1), (3, 20), (18, 17), (18, 19), (0, 999), (999, 999)] {
            assert!(matches!(file.apply(&[edit(start, end)]), Err(EditError::Outside { .. })), "{start}..{end}");
        }
        assert!(matches!(file.apply(&[edit(17, 19), edit(17, 20)]), Err(EditError::Overlap(17))));
    }

    /// Ways to write a text as a prompt file.
    fn written(text: &str) -> Vec<(&'static str, String)> {
        let block: String =
            text.split('\n').map(|line| if line.is_empty() { "\n".into() } else { format!("    {line}\n") }).collect();
        vec![
            ("a.md", text.to_string()),
            ("a.txt", text.replace('\n', "\r\n")),
            ("a.json", serde_json::json!({"a": [1.5, "prompt"], "prompt": text, "z": null}).to_string()),
            ("a.yaml", format!("b: 1\nprompt: {}\n# end\nz: x\n", serde_json::Value::from(text))),
            ("a.yaml", format!("b: 1\nprompt: |\n{block}# end\nz: x\n")),
            ("b.yaml", format!("messages:\n- role: system\n  content: |-\n{block}")),
            ("c.yaml", format!("prompt: '{}'\n", text.replace('\'', "''").replace('\n', "\n\n  "))),
            ("d.yaml", format!("prompt: >\n{}", block.replace('\n', "\n\n"))),
        ]
    }

    proptest! {
        #[test]
        fn an_edit_changes_its_bytes_and_no_others(
            text in "[a-zé#'\"\\\\:\\-]{1,5}([ \n]{1,3}[a-zé#'\"\\\\:\\-|>]{1,5}){0,8}",
            from in 0.0..1.0_f64, length in 0.0..1.0_f64,
            replacement in "[a-z#\"é' \n\\\\:\\-]{0,12}",
        ) {
            for (path, content) in written(&text) {
                let Ok(file) = PromptFile::parse(path, content.as_bytes(), &config(&[])) else { continue };
                let system = file.system_text().to_string();
                let boundary = |at: f64| (0..=(at * system.len() as f64) as usize).rev().find(|at| file.scalar.to_text(file.scalar.to_file(*at)) == Some(*at)).unwrap();
                let start = boundary(from);
                let end = boundary((from + length).min(1.0));
                let range = file.scalar.range_in_file(&(start..end));
                prop_assert_eq!(file.scalar.range_in_text(&range), Some(start..end));
                let edit = Edit { start: range.start, end: range.end, replacement: replacement.clone() };
                let Ok(bytes) = file.apply(&[edit]) else {
                    // Plain text and quoted strings can express everything.
                    prop_assert!(!matches!(path, "a.md" | "a.txt" | "a.json"), "{content:?}");
                    continue;
                };
                let after = parse(path, std::str::from_utf8(&bytes).unwrap(), &[]);
                let ends = |text: &str| text.replace("\r\n", "\n");
                prop_assert_eq!(ends(after.system_text()), ends(&format!("{}{replacement}{}", &system[..start], &system[end..])));
                prop_assert_eq!(&bytes[..range.start.min(bytes.len())], &content.as_bytes()[..range.start]);
                let tail = content.as_bytes()[range.end..].to_vec();
                // A `|` block's line may gain or lose the indentation of the line that follows the edit.
                let tail = if path.ends_with("yaml") { String::from_utf8(tail).unwrap().trim_start().as_bytes().to_vec() } else { tail };
                prop_assert!(bytes.ends_with(&tail), "{content:?} {after:?}");
            }
        }

        #[test]
        fn no_edit_reaches_frozen_text(start in 0..90_usize, length in 0..40_usize, replacement in "[a#\n`<!\\-> ]{0,9}") {
            let text = "# A\nfree text\n\n## Safety\nNever.\n### Deeper\nNot.\n## B\n<!-- reprompt:frozen -->x<!-- reprompt:end -->\nend\n";
            let file = parse("a.md", text, &["## Safety"]);
            let edit = Edit { start, end: start + length, replacement };
            if let Ok(bytes) = file.apply(&[edit]) {
                let after = parse("a.md", std::str::from_utf8(&bytes).unwrap(), &["## Safety"]);
                prop_assert_eq!(file.frozen_texts(), after.frozen_texts());
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "[a-z|>'\"\\\\&*!:\\-#{}\\[\\]\n\t ]{0,60}") {
            for path in ["a.md", "a.txt", "a.yaml", "a.json", "a.prompt"] {
                drop(PromptFile::parse(path, &bytes, &config(&["# A"])));
                for text in [text.clone(), format!("prompt: {text}"), format!("prompt: |\n {text}"), format!("---\n{text}")] {
                    if let Ok(file) = PromptFile::parse(path, text.as_bytes(), &config(&[])) {
                        drop(file.apply(&[Edit { start: text.len() / 2, end: text.len(), replacement: "x\n".into() }]));
                        drop(file.rule_edit("Be kind."));
                    }
                }
            }
        }
    }
}
