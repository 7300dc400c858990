//! The outline of a prompt: headings, what stands under them, and bullets, as byte ranges of the text.
//!
//! Any text is read as Markdown, because that is how prompts are written whatever their extension: a text without
//! headings is one section. Headings count only at the top level: a `#` line in a code fence, a quote or a list is
//! text. Sections are never rewritten, only measured.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::ops::Range;

/// A heading and what stands under it. The part before the first heading is a section without heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading as one would write it in the config (`## Safety`); `None` before the first heading.
    pub heading: Option<String>,
    /// The heading's text without marks.
    pub title: String,
    /// 1 to 6; 0 before the first heading.
    pub level: u8,
    /// The heading, its own text, and all sections below it of deeper level.
    pub whole: Range<usize>,
    /// Its own text: from the end of the heading to the next heading of any level.
    pub body: Range<usize>,
    /// Items of top-level lists in `body`.
    pub bullets: Vec<Bullet>,
}

impl Section {
    /// Whether `wanted`, as written in a config, names this section: `## Safety` asks for level 2, `Safety` for any.
    pub fn is_named(&self, wanted: &str) -> bool {
        let wanted = wanted.trim();
        let title = wanted.trim_start_matches('#');
        let level = wanted.len() - title.len();
        self.heading.is_some()
            && (level == 0 || level == usize::from(self.level))
            && title.trim().trim_end_matches('#').trim_end() == self.title
    }
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bullet {
    /// From its marker to its last character that is not white space.
    pub range: Range<usize>,
    /// Its text after the marker.
    pub text: String,
    /// `-`, `*`, `+`, `3.` or `3)`.
    pub marker: String,
}

/// The sections of `text` from byte `start` on, in order. Heading and own text of all sections together are
/// exactly `start..text.len()`.
pub(super) fn outline(text: &str, start: usize) -> Vec<Section> {
    let Some(part) = text.get(start..) else { return Vec::new() };
    let mut sections = vec![Section {
        heading: None,
        title: String::new(),
        level: 0,
        whole: start..text.len(),
        body: start..text.len(),
        bullets: Vec::new(),
    }];
    let mut depth = 0_usize;
    let mut bullets: Vec<Bullet> = Vec::new();
    for (event, range) in Parser::new(part).into_offset_iter() {
        let range = range.start + start..range.end + start;
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                // A heading may stand behind up to three spaces; the section begins with its line.
                let line = text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
                let line = line.max(start);
                let raw = text.get(range.clone()).unwrap_or("");
                let title = title(raw);
                let level = level as u8;
                let heading = Some(format!("{} {title}", "#".repeat(usize::from(level))));
                if let Some(last) = sections.last_mut() {
                    last.body.end = line;
                    last.bullets = std::mem::take(&mut bullets);
                }
                let whole = line..text.len();
                sections.push(Section {
                    heading,
                    title,
                    level,
                    whole,
                    body: range.end..text.len(),
                    bullets: Vec::new(),
                });
            }
            Event::Start(Tag::Item) if depth == 1 => bullets.extend(bullet(text, range)),
            _ => {}
        }
        match event {
            Event::Start(Tag::List(_) | Tag::BlockQuote(_) | Tag::Item | Tag::FootnoteDefinition(_)) => depth += 1,
            Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::FootnoteDefinition) => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    if let Some(last) = sections.last_mut() {
        last.bullets = bullets;
    }
    if sections.first().is_some_and(|preamble| preamble.body.is_empty()) && sections.len() > 1 {
        sections.remove(0);
    }
    for index in 0..sections.len() {
        let level = sections[index].level;
        let ends = |next: &&Section| level == 0 || next.level <= level;
        if let Some(next) = sections[index + 1..].iter().find(ends) {
            sections[index].whole.end = next.whole.start;
        }
    }
    sections
}

/// The text of a heading without `#` marks or underline.
fn title(raw: &str) -> String {
    let raw = raw.trim();
    if let Some(rest) = raw.strip_prefix('#') {
        let line = rest.trim_start_matches('#').lines().next().unwrap_or("").trim();
        let bare = line.trim_end_matches('#');
        let closed = bare.is_empty() || bare.ends_with([' ', '\t']);
        return if closed { bare.trim_end() } else { line }.to_string();
    }
    let mut lines: Vec<&str> = raw.lines().map(str::trim).collect();
    lines.pop();
    lines.join(" ")
}

fn bullet(text: &str, range: Range<usize>) -> Option<Bullet> {
    let raw = text.get(range.clone())?;
    let indent = raw.len() - raw.trim_start().len();
    let item = raw.trim();
    let marker_length = item.find(|character: char| character.is_whitespace()).unwrap_or(item.len());
    let (marker, rest) = item.split_at_checked(marker_length)?;
    let begin = range.start + indent;
    Some(Bullet { range: begin..begin + item.len(), text: rest.trim().to_string(), marker: marker.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(text: &str) -> Vec<String> {
        outline(text, 0).into_iter().map(|section| section.heading.unwrap_or_default()).collect()
    }

    #[test]
    fn headings_count_at_the_top_level_only() {
        let text = "intro\n\n# A\n```\n# not\n```\n> # quoted\n\n- # item\n\n## B ##\ntext\n\nC\n---\n    # code\n#no\n#\ttab\n";
        assert_eq!(headings(text), ["", "# A", "## B", "## C", "# tab"]);
        assert_eq!(headings(""), [""]);
        assert_eq!(headings("# A"), ["# A"]);
        assert_eq!(headings("\r\n# A\r\n## C#\r\n"), ["", "# A", "## C#"]);
    }

    #[test]
    fn a_section_holds_its_deeper_sections_and_its_body_does_not() {
        let text = "# A\none\n## B\ntwo\n# C\n";
        let sections = outline(text, 0);
        assert_eq!(&text[sections[0].whole.clone()], "# A\none\n## B\ntwo\n");
        assert_eq!(text[sections[0].body.clone()].trim(), "one");
        assert_eq!(&text[sections[1].whole.clone()], "## B\ntwo\n");
        assert!(sections[1].is_named("## B") && sections[1].is_named("B") && !sections[1].is_named("# B"));
    }

    #[test]
    fn bullets_are_the_items_of_top_level_lists() {
        let text = "# A\n- one\n  more\n- two\n  - inner\n\ntext\n\n3) three\n";
        let bullets = &outline(text, 0)[0].bullets;
        let found: Vec<(&str, &str)> =
            bullets.iter().map(|bullet| (bullet.marker.as_str(), &text[bullet.range.clone()])).collect();
        assert_eq!(found, [("-", "- one\n  more"), ("-", "- two\n  - inner"), ("3)", "3) three")]);
    }

    proptest::proptest! {
        #[test]
        fn headings_and_bodies_cover_the_text(text in "([#>`\\-*1. ]{0,3}[a-zé{}<>]{0,4}(\n|\r\n|\t)?){0,12}") {
            let sections = outline(&text, 0);
            let mut at = 0;
            for section in &sections {
                assert_eq!(section.whole.start, at, "{text:?}");
                assert!(section.body.start >= at && section.body.end <= section.whole.end, "{text:?}");
                at = section.body.end;
                for bullet in &section.bullets {
                    assert!(text.get(bullet.range.clone()).is_some());
                    assert!(section.body.start <= bullet.range.start && bullet.range.end <= section.body.end, "{text:?}");
                }
            }
            assert_eq!(at, text.len());
        }
    }
}
