//! Which version of a prompt a conversation ran under, told by the system text that the trace holds. A version's
//! template variables are holes that any text fills; everything else must be there, in order, from begin to end.
//! A trace that names its version, or only has a time, is the caller's business.

use crate::digest::Digest;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One version of one prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionText {
    /// What identifies it to the caller: a commit.
    pub id: String,
    /// The prompt's name.
    pub prompt: String,
    /// What the agent got: [`super::PromptFile::system_text`].
    pub text: String,
}

/// Digest of a system text with trailing white space of each line and of the whole removed, and line ends as `\n`;
/// `None` for blank text. The same as the trace room's digest of system texts, so that the two can be compared.
pub fn normalized_digest(text: &str) -> Option<Digest> {
    Some(normalized(text)).filter(|text| !text.is_empty()).map(Digest::of)
}

fn normalized(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_string()
}

/// All versions that conversations may have run under, ready to be searched.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    versions: Vec<VersionText>,
    /// The newest version with each text.
    exact: BTreeMap<Digest, usize>,
    templates: Vec<Template>,
}

/// A version with holes.
#[derive(Clone, Debug)]
struct Template {
    version: usize,
    /// The text between the holes, in order; the first begins the text and the last ends it.
    parts: Vec<String>,
    /// Bytes of all parts.
    length: usize,
}

/// Fewest bytes of text outside holes by which a template is recognised: below, it would fit almost anything.
const LEAST_TEXT: usize = 24;

impl Versions {
    /// Prepares `versions`, which come oldest first.
    pub fn new(versions: Vec<VersionText>) -> Self {
        let mut exact = BTreeMap::new();
        let mut templates = Vec::new();
        for (version, text) in versions.iter().enumerate() {
            let text = normalized(&text.text);
            if text.is_empty() {
                continue;
            }
            let parts = parts(&text);
            let length = parts.iter().map(String::len).sum();
            if parts.len() > 1 && length >= LEAST_TEXT {
                templates.push(Template { version, parts, length });
            }
            exact.insert(Digest::of(text), version);
        }
        // The most telling template first; of equals the newest.
        templates.sort_by_key(|template| std::cmp::Reverse((template.length, template.version)));
        Self { versions, exact, templates }
    }

    /// The newest version whose text has this normalised digest.
    pub fn by_digest(&self, digest: &Digest) -> Option<&VersionText> {
        self.versions.get(*self.exact.get(digest)?)
    }

    /// The version that `text` is: the newest that is the same text, else the template with the most text of its
    /// own that fits.
    pub fn by_text(&self, text: &str) -> Option<&VersionText> {
        let text = normalized(text);
        self.by_digest(&Digest::of(&text)).or_else(|| {
            let template = self.templates.iter().find(|template| fits(&template.parts, text.trim()))?;
            self.versions.get(template.version)
        })
    }
}

/// Whether `text` is `parts` with anything in between.
fn fits(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return false };
    let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    true
}

/// A variable (`{{ x }}`, `${x}`, `{x}`), a template comment, or a statement (`{% … %}`).
static HOLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)\{\{.*?\}\}|\{#.*?#\}|\{%-?\s*(?<word>\w+).*?%\}|\$\{[A-Za-z_][\w.]*\}|\{[A-Za-z_][\w.]*\}").ok()
});

/// The text of a template between its holes. A block statement with all that it encloses is one hole.
fn parts(text: &str) -> Vec<String> {
    let Some(hole) = &*HOLE else { return vec![text.to_string()] };
    let mut parts = Vec::new();
    let mut from = 0;
    let mut depth = 0_usize;
    for captures in hole.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        let word = captures.name("word").map_or("", |word| word.as_str());
        if depth == 0 {
            parts.push(text.get(from..whole.start()).unwrap_or("").to_string());
        }
        match word {
            "if" | "for" | "macro" | "filter" | "block" | "with" | "raw" | "call" => depth += 1,
            word if word.starts_with("end") => depth = depth.saturating_sub(1),
            _ => {}
        }
        from = whole.end();
    }
    if depth == 0 {
        parts.push(text.get(from..).unwrap_or("").to_string());
    } else {
        parts.push(String::new());
    }
    // White space beside a hole may be trimmed with it by the template engine.
    parts.into_iter().map(|part| part.trim().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn versions(texts: &[&str]) -> Versions {
        let version = |(index, text): (usize, &&str)| VersionText {
            id: index.to_string(),
            prompt: "p".to_string(),
            text: (*text).to_string(),
        };
        Versions::new(texts.iter().enumerate().map(version).collect())
    }

    fn found(versions: &Versions, text: &str) -> Option<String> {
        versions.by_text(text).map(|version| version.id.clone())
    }

    #[test]
    fn the_newest_of_equal_texts_is_found_whatever_its_line_ends() {
        let versions = versions(&["Be kind.\n", "Be brief.", "Be kind. \r\n\r\n"]);
        assert_eq!(found(&versions, "Be kind.").as_deref(), Some("2"));
        assert_eq!(found(&versions, "Be brief.\n\n").as_deref(), Some("1"));
        assert_eq!(found(&versions, "Be rude."), None);
        assert_eq!(found(&versions, ""), None);
    }

    #[test]
    fn template_variables_are_holes() {
        let versions = versions(&[
            "You help {{ user.name }} with questions about {product}.\nToday is ${date}.",
            "You help {{ user.name }} with questions about {product}.\n{% if x %}Only {% if y %}if{% endif %} x.{% endif %}\nBye now.",
            "{{everything}}",
            "{% for",
        ]);
        let text = "You help Ann with questions about maps.\nToday is Monday.";
        assert_eq!(found(&versions, text).as_deref(), Some("0"));
        let text = "You help Ann with questions about maps.\n\nBye now.";
        assert_eq!(found(&versions, text).as_deref(), Some("1"));
        assert_eq!(found(&versions, "You help Ann with maps. Today is Monday."), None);
        assert_eq!(found(&versions, "anything else"), None);
    }

    proptest! {
        #[test]
        fn the_digest_is_the_trace_rooms(text in "[a-z \t\r\n\u{a0}é]{0,40}") {
            prop_assert_eq!(normalized_digest(&text), crate::trace::system_text_digest(&text));
        }

        #[test]
        fn a_filled_template_is_recognised(
            literals in proptest::collection::vec("[a-zA-Z.\n ]{8,20}", 2..5),
            fills in proptest::collection::vec("[a-z{}\n ]{0,12}", 4),
        ) {
            let template = literals.join("{{ hole }}");
            let mut text = String::new();
            for (index, literal) in literals.iter().enumerate() {
                text += literal;
                if index + 1 < literals.len() {
                    text += &fills[index];
                }
            }
            prop_assume!(parts(&normalized(&template)).iter().map(String::len).sum::<usize>() >= LEAST_TEXT);
            let versions = versions(&[&template]);
            prop_assert!(found(&versions, &text).is_some(), "{template:?}");
        }

        #[test]
        fn no_template_makes_the_search_panic(template in "[a-z{}%#$ \n]{0,60}", text in "[a-z{}%# \n]{0,60}") {
            found(&versions(&[&template]), &text);
        }
    }
}
