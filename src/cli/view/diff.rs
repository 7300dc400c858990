//! A change of files as a unified diff, coloured by meaning. What a file holds is shown like any other untrusted
//! text: a prompt may have come from anywhere.

use crate::cli::ui::{Tone, Ui};
use crate::cli::untrusted::visible;
use similar::TextDiff;

/// The diff of one file, line by line, three lines of context. `before` is `None` for a new file.
pub fn lines(ui: &Ui, path: &str, before: Option<&[u8]>, after: &[u8]) -> Vec<String> {
    let (old, new) = (String::from_utf8_lossy(before.unwrap_or_default()), String::from_utf8_lossy(after));
    let from = if before.is_some() { format!("a/{path}") } else { "/dev/null".to_string() };
    let diff = TextDiff::from_lines(old.as_ref(), new.as_ref());
    let text = diff.unified_diff().context_radius(3).header(&from, &format!("b/{path}")).to_string();
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            let safe = visible(line);
            let tone = match line.as_bytes().first() {
                _ if index < 2 => Tone::Heading,
                Some(b'+') => Tone::Good,
                Some(b'-') => Tone::Bad,
                Some(b'@') => Tone::Name,
                _ => return safe,
            };
            ui.paint(tone, &safe)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Ui {
        Ui::to(Box::new(Vec::new()), Box::new(Vec::new()), 80)
    }

    #[test]
    fn a_changed_line_is_shown_with_its_surroundings_and_nothing_hidden() {
        let before = b"one\ntwo\nthree\n";
        let shown = lines(&plain(), "a.md", Some(before), b"one\ntwo\nthree\nfo\x1b[31mur\n");
        assert_eq!(shown, ["--- a/a.md", "+++ b/a.md", "@@ -1,3 +1,4 @@", " one", " two", " three", "+fo\\x1b[31mur"]);
    }

    #[test]
    fn a_new_file_comes_from_nowhere() {
        assert_eq!(lines(&plain(), "a.md", None, b"x\n")[0], "--- /dev/null");
    }
}
