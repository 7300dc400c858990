//! Learned rules: the section that proposals add to, and where its next rule goes.

use super::edit::{Edit, EditError};
use super::file::PromptFile;
use super::section::{Bullet, Section};
use std::ops::Range;

/// The learned rules of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedRules {
    /// The section's heading as configured.
    pub heading: String,
    /// Whether the section is there.
    pub exists: bool,
    /// The section in the file, or the empty place where it would be made.
    pub range: Range<usize>,
    /// The rules, in order.
    pub rules: Vec<Bullet>,
}

impl PromptFile {
    /// The section of learned rules and what is in it.
    pub fn learned_rules(&self) -> LearnedRules {
        let heading = self.config.learned_rules.clone();
        match self.sections.iter().find(|section| section.is_named(&heading)) {
            Some(section) => LearnedRules {
                heading,
                exists: true,
                range: section.whole.start..section.body.end,
                rules: section.bullets.clone(),
            },
            None => {
                let place = self.new_section_place();
                LearnedRules { heading, exists: false, range: place..place, rules: Vec::new() }
            }
        }
    }

    /// The edit that adds `rule` as the last learned rule, in the file's own list style, making the section where
    /// there is none. The rule's text is one line, without a list marker.
    pub fn rule_edit(&self, rule: &str) -> Result<Edit, EditError> {
        let rule = rule.trim();
        if rule.is_empty() || rule.contains(['\n', '\r']) {
            return Err(EditError::NotOneLine);
        }
        let before = self.learned_rules();
        let section = self.sections.iter().find(|section| section.is_named(&before.heading));
        let (at, text) = match section {
            Some(section) => self.next_in(section, rule),
            None => self.first_rule(&before, rule),
        };
        let edit = Edit { start: at, end: at, replacement: text };
        let bytes = self.apply(std::slice::from_ref(&edit))?;
        // Whatever the file looks like, the rule must now be the section's last and everything else as it was.
        let after = Self::parse(&self.path, &bytes, &self.config).map_err(EditError::Unreadable)?;
        let rules = after.learned_rules().rules;
        let kept = rules.len() == before.rules.len() + 1
            && rules.iter().zip(&before.rules).all(|(new, old)| new.text == old.text);
        let headings = |file: &Self| file.sections.iter().filter(|section| section.heading.is_some()).count();
        let sections = headings(&after) == headings(self) + usize::from(!before.exists);
        let last = rules.last().is_some_and(|last| last.text == rule);
        if kept && sections && last { Ok(edit) } else { Err(EditError::NoPlace) }
    }

    fn next_in(&self, section: &Section, rule: &str) -> (usize, String) {
        let Some(last) = section.bullets.last() else {
            let text = self.text_of(&(section.whole.start..section.body.end)).unwrap_or("");
            let at = self.text_end(section.whole.start, text.trim_end().len());
            return (at, format!("\n\n- {rule}{}", self.distance(at)));
        };
        let loose = section.bullets.windows(2).last().is_some_and(|pair| {
            let between = self.text_of(&(pair[0].range.end..pair[1].range.start)).unwrap_or("");
            between.matches('\n').count() > 1
        });
        let gap = if loose { "\n\n" } else { "\n" };
        let at = last.range.end;
        (at, format!("{gap}{} {rule}{}", next_marker(&last.marker), self.distance(at)))
    }

    fn first_rule(&self, place: &LearnedRules, rule: &str) -> (usize, String) {
        let at = place.range.start;
        let heading = place.heading.trim();
        let heading = if heading.starts_with('#') { heading.to_string() } else { format!("## {heading}") };
        let before = self.text_of(&(self.span().start..at)).unwrap_or("");
        let after = self.text_of(&(at..self.span().end)).unwrap_or("");
        let begin = if before.trim().is_empty() { "" } else { "\n\n" };
        let end = if before.trim().is_empty() {
            if after.trim().is_empty() { "\n" } else { "\n\n" }
        } else {
            self.distance(at)
        };
        (at, format!("{begin}{heading}\n\n- {rule}{end}"))
    }

    /// An empty line, if the text after `at` follows without one: it would otherwise become part of the rule.
    fn distance(&self, at: usize) -> &'static str {
        let after = self.text_of(&(at..self.span().end)).unwrap_or("");
        let mut lines = after.lines().skip(1);
        match lines.next() {
            Some(next) if !next.trim().is_empty() => "\n",
            _ => "",
        }
    }

    /// The byte of the file `length` bytes of text after the file's byte `start`.
    fn text_end(&self, start: usize, length: usize) -> usize {
        self.scalar.to_text(start).map_or(start, |text| self.scalar.to_file(text + length))
    }

    /// Where a new section goes: after the last text, but not so that it would become a part of a frozen section.
    fn new_section_place(&self) -> usize {
        let level = self.config.learned_rules.trim().chars().take_while(|character| *character == '#').count();
        let level = if level == 0 { 2 } else { level };
        let frozen = |section: &Section| {
            self.frozen
                .iter()
                .any(|span| span.range.start <= section.whole.start && section.whole.start < span.range.end)
        };
        // The sections that the end of the text is in, innermost last.
        let swallows = |section: &&Section, end: usize| {
            section.level > 0
                && section.whole.start < end
                && usize::from(section.level) < level
                && section.whole.end >= end
                && frozen(section)
        };
        let mut end = self.span().end;
        while let Some(section) = self.sections.iter().find(|section| swallows(section, end)) {
            end = section.whole.start;
            if end <= self.span().start {
                break;
            }
        }
        let text = self.text_of(&(self.span().start..end)).unwrap_or("");
        self.text_end(self.span().start, text.trim_end().len())
    }
}

/// The marker after `marker`: the next number, or the same sign.
fn next_marker(marker: &str) -> String {
    let digits = marker.trim_end_matches(['.', ')']);
    match digits.parse::<u32>() {
        Ok(number) => format!("{}{}", number.saturating_add(1), marker.get(digits.len()..).unwrap_or(".")),
        Err(_) => marker.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::config::{LEARNED_RULES, PromptConfig};

    fn add(path: &str, text: &str, frozen: &[&str]) -> Result<String, EditError> {
        let frozen = frozen.iter().map(ToString::to_string).collect();
        let config = PromptConfig { name: "p".into(), path: path.into(), frozen, learned_rules: LEARNED_RULES.into() };
        let file = PromptFile::parse(path, text.as_bytes(), &config).unwrap();
        let edit = file.rule_edit("Be kind.")?;
        Ok(String::from_utf8(file.apply(&[edit]).unwrap()).unwrap())
    }

    #[test]
    fn a_rule_joins_the_list_in_its_own_style() {
        let cases = [
            (
                "# A\n\n## Learned rules\n\n- one\n- two\n\n## B\n",
                "# A\n\n## Learned rules\n\n- one\n- two\n- Be kind.\n\n## B\n",
            ),
            ("## Learned rules\n* one\n\n* two", "## Learned rules\n* one\n\n* two\n\n* Be kind."),
            ("## Learned rules\r\n\r\n9) nine\r\n", "## Learned rules\r\n\r\n9) nine\r\n10) Be kind.\r\n"),
            ("## Learned rules\n", "## Learned rules\n\n- Be kind.\n"),
            ("## Learned rules\n## B\n", "## Learned rules\n\n- Be kind.\n\n## B\n"),
            ("## Learned rules\nSome text.\n\nB\n---\n", "## Learned rules\nSome text.\n\n- Be kind.\n\nB\n---\n"),
            ("## Learned rules\n- one\n  - deep\n\n## B\n", "## Learned rules\n- one\n  - deep\n- Be kind.\n\n## B\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(add("a.md", text, &[]).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn the_section_is_made_where_there_is_none() {
        let cases = [
            ("a.md", "", "## Learned rules\n\n- Be kind.\n"),
            ("a.md", "# A\ntext", "# A\ntext\n\n## Learned rules\n\n- Be kind."),
            ("a.md", "# A\r\ntext\r\n\r\n", "# A\r\ntext\r\n\r\n## Learned rules\r\n\r\n- Be kind.\r\n\r\n"),
            ("a.txt", "You help.\n", "You help.\n\n## Learned rules\n\n- Be kind.\n"),
            (
                "a.yaml",
                "system: |\n  You help.\nx: 1\n",
                "system: |\n  You help.\n\n  ## Learned rules\n\n  - Be kind.\nx: 1\n",
            ),
            ("a.yaml", "system: You help.\n", "system: You help.\n\n\n\n  ## Learned rules\n\n\n\n  - Be kind.\n"),
            (
                "a.json",
                "{\"system\": \"You help.\"}",
                "{\"system\": \"You help.\\n\\n## Learned rules\\n\\n- Be kind.\"}",
            ),
        ];
        for (path, text, expected) in cases {
            let result = add(path, text, &[]);
            if text.contains("system: You") {
                // Unquoted, `##` would begin a comment: refused, not written wrongly.
                assert!(result.is_err(), "{result:?}");
                continue;
            }
            assert_eq!(result.as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn a_rule_never_lands_in_frozen_text() {
        let deeper = add("a.md", "# A\ntext\n\n# Safety\nnever\n", &["# Safety"]).unwrap();
        assert_eq!(deeper, "# A\ntext\n\n## Learned rules\n\n- Be kind.\n\n# Safety\nnever\n");
        let beside = add("a.md", "# A\n\n## Safety\nnever\n", &["## Safety"]).unwrap();
        assert_eq!(beside, "# A\n\n## Safety\nnever\n\n## Learned rules\n\n- Be kind.\n");
        let first = add("a.md", "# Safety\nnever\n", &["# Safety"]).unwrap();
        assert_eq!(first, "## Learned rules\n\n- Be kind.\n\n# Safety\nnever\n");
        let marked = "## Learned rules\n<!-- reprompt:frozen -->\n\n- one\n\n<!-- reprompt:end -->\n";
        assert!(add("a.md", marked, &[]).is_err());
        assert!(add("a.md", "## Learned rules\n- one\n", &["## Learned rules"]).is_err());
        assert!(add("a.md", "text\n```\nopen fence\n", &[]).is_err());
    }

    #[test]
    fn a_rule_is_one_line() {
        let config =
            PromptConfig { name: "p".into(), path: "a.md".into(), frozen: vec![], learned_rules: "## R".into() };
        let file = PromptFile::parse("a.md", b"x", &config).unwrap();
        assert_eq!(file.rule_edit("a\nb"), Err(EditError::NotOneLine));
        assert_eq!(file.rule_edit("  "), Err(EditError::NotOneLine));
        assert!(!file.learned_rules().exists);
    }
}
