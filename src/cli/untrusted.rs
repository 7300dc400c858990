//! Text from traces on its way to a terminal or a CI log. Nothing from a trace is printed except through here:
//! control characters, escape sequences, bidirectional overrides and invisible characters become visible text,
//! and the two workflow-command prefixes of CI runners are broken up.

use unicode_segmentation::UnicodeSegmentation as _;

/// `text` on one line, safe to print: line ends become `⏎`, everything invisible becomes visible.
pub fn one_line(text: &str) -> String {
    visible(text).trim().replace('\n', " ⏎ ")
}

/// `text` on one line and no longer than `width` graphemes, with `…` where it was cut.
pub fn excerpt(text: &str, width: usize) -> String {
    let line = one_line(text);
    if line.graphemes(true).count() <= width {
        return line;
    }
    let kept: String = line.graphemes(true).take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `text` with its line ends kept and everything else that is not plainly visible escaped.
pub fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => safe.push('\n'),
            '\t' => safe.push(' '),
            '\r' => {}
            character if hidden(character) => {
                let code = u32::from(character);
                if code < 0x100 {
                    safe.push_str(&format!("\\x{code:02x}"));
                } else {
                    safe.push_str(&format!("⟨U+{code:04X}⟩"));
                }
            }
            character => safe.push(character),
        }
    }
    safe.replace("##[", "# #[").split('\n').map(break_workflow_command).collect::<Vec<_>>().join("\n")
}

/// A CI runner reads `::command` after leading white space as an instruction.
fn break_workflow_command(line: &str) -> String {
    match line.trim_start().strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => line.to_string(),
    }
}

fn hidden(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || matches!(
            code,
            0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
                | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
                | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_overrides_become_visible() {
        assert_eq!(visible("a\x1b[31mb"), "a\\x1b[31mb");
        assert_eq!(visible("x\u{202e}y"), "x⟨U+202E⟩y");
        assert_eq!(visible("a\r\nb"), "a\nb");
        assert_eq!(visible("\u{9b}2J"), "\\x9b2J");
    }

    #[test]
    fn workflow_commands_are_broken() {
        assert_eq!(visible("  ::set-output name=x::1"), ": :set-output name=x::1");
        assert_eq!(visible("say ##[error]"), "say # #[error]");
    }

    #[test]
    fn excerpts_are_cut_by_grapheme() {
        assert_eq!(excerpt("hello world", 8), "hello w…");
        assert_eq!(excerpt("line\nline", 20), "line ⏎ line");
        assert_eq!(excerpt("short", 5), "short");
    }

    proptest! {
        #[test]
        fn nothing_hidden_ever_passes(text in "\\PC*|[\\x00-\\xff\u{2000}-\u{2070}:#\\[]*") {
            let safe = visible(&text);
            prop_assert!(safe.chars().all(|character| character == '\n' || !hidden(character)));
            prop_assert!(!safe.contains("##["));
            prop_assert!(safe.lines().all(|line| !line.trim_start().starts_with("::")));
        }
    }
}
