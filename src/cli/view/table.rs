//! A table that fits the terminal: columns two spaces apart, numbers to the right, the widest text column cut with
//! `…` until the line fits. No borders: output is read by people and by `awk`.

use unicode_width::UnicodeWidthStr as _;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows under headers.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

/// Narrowest width that a text column is cut to.
const NARROWEST: usize = 12;

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self { columns: columns.iter().map(|(name, align)| ((*name).to_string(), *align)).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty, surplus ones dropped. Cells are plain text without line ends.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells.into_iter().take(self.columns.len()).collect();
        cells.resize(self.columns.len(), String::new());
        self.rows.push(cells);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table's lines, headers first, each at most `width` columns wide where the columns allow it, behind
    /// `indent` spaces.
    pub fn lines(&self, width: usize, indent: usize) -> Vec<String> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (name, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
                cells.max().unwrap_or(0).max(name.width())
            })
            .collect();
        let available = width.saturating_sub(indent + 2 * self.columns.len().saturating_sub(1));
        while widths.iter().sum::<usize>() > available {
            let widest = (0..widths.len())
                .filter(|index| self.columns.get(*index).is_some_and(|(_, align)| *align == Align::Left))
                .max_by_key(|index| (widths.get(*index).copied(), std::cmp::Reverse(*index)));
            match widest.and_then(|index| widths.get_mut(index)) {
                Some(column) if *column > NARROWEST => *column -= 1,
                _ => break,
            }
        }
        let headers: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        std::iter::once(&headers)
            .chain(&self.rows)
            .map(|row| {
                let mut line = " ".repeat(indent);
                for (index, ((_, align), (cell, width))) in self.columns.iter().zip(row.iter().zip(&widths)).enumerate()
                {
                    if index > 0 {
                        line.push_str("  ");
                    }
                    let cell = cut(cell, *width);
                    let padding = " ".repeat(width.saturating_sub(cell.width()));
                    match align {
                        Align::Left => line.extend([cell.as_str(), &padding]),
                        Align::Right => line.extend([padding.as_str(), &cell]),
                    }
                }
                line.trim_end().to_string()
            })
            .collect()
    }
}

/// `text` in at most `width` terminal columns.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    for character in text.chars() {
        let next = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
        if kept.width() + next + 1 > width {
            break;
        }
        kept.push(character);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[("intent", Align::Left), ("failing", Align::Right)]);
        table.row(["connect a database".into(), "31".into()]);
        table.row(["日本語の質問".into(), "7".into()]);
        table
    }

    #[test]
    fn columns_line_up_by_display_width() {
        let lines = table().lines(80, 0);
        assert_eq!(
            lines,
            ["intent              failing", "connect a database       31", "日本語の質問              7"]
        );
    }

    #[test]
    fn the_widest_text_column_is_cut_to_fit() {
        for line in table().lines(24, 0) {
            assert!(line.width() <= 24, "{line}");
        }
        assert_eq!(table().lines(24, 0)[1], "connect a data…       31");
    }

    #[test]
    fn an_impossible_width_still_prints() {
        assert_eq!(table().lines(1, 2).len(), 3);
        assert_eq!(cut("abc", 0), "…");
    }
}
