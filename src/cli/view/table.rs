//! A table that fits the terminal: columns two spaces apart, numbers to the right; columns that can be spared are left out,
//! then the widest text column is cut with `…`, until the line fits. No borders: output is read by people and by `awk`.

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
    spare: &'static [&'static str],
}

/// Narrowest width that a text column is cut to.
const NARROWEST: usize = 12;

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|(name, align)| ((*name).to_string(), *align)).collect();
        Self { columns, rows: Vec::new(), spare: &[] }
    }

    /// Columns, by their names, that are left out in this order where the terminal is too narrow for all.
    pub fn spare(self, spare: &'static [&'static str]) -> Self {
        Self { spare, ..self }
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
        let natural = |(index, (name, align)): (usize, &(String, Align))| {
            let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
            Column { index, align: *align, width: cells.max().unwrap_or(0).max(name.width()) }
        };
        let mut columns: Vec<Column> = self.columns.iter().enumerate().map(natural).collect();
        let beyond = |columns: &[Column]| {
            let gaps = indent + 2 * columns.len().saturating_sub(1);
            columns.iter().map(|column| column.width).sum::<usize>() > width.saturating_sub(gaps)
        };
        for &spare in self.spare {
            if !beyond(&columns) {
                break;
            }
            columns.retain(|column| self.columns.get(column.index).is_none_or(|(name, _)| name != spare));
        }
        while beyond(&columns) {
            let text = columns.iter_mut().filter(|column| column.align == Align::Left);
            match text.max_by_key(|column| (column.width, std::cmp::Reverse(column.index))) {
                Some(column) if column.width > NARROWEST => column.width -= 1,
                _ => break,
            }
        }
        let headers: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        std::iter::once(&headers)
            .chain(&self.rows)
            .map(|row| {
                let mut line = " ".repeat(indent);
                for (place, Column { index, align, width }) in columns.iter().enumerate() {
                    if place > 0 {
                        line.push_str("  ");
                    }
                    let cell = cut(row.get(*index).map_or("", String::as_str), *width);
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

/// A column that is shown.
struct Column {
    index: usize,
    align: Align,
    width: usize,
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
    fn columns_that_can_be_spared_go_one_by_one_before_text_is_cut() {
        let table = table().spare(&["failing", "intent", "no such column"]);
        assert_eq!(table.lines(27, 0)[0], "intent              failing");
        assert_eq!(table.lines(26, 0)[..2], ["intent", "connect a database"]);
        assert_eq!(table.lines(17, 0)[1], "");
    }

    #[test]
    fn an_impossible_width_still_prints() {
        assert_eq!(table().lines(1, 2).len(), 3);
        assert_eq!(cut("abc", 0), "…");
    }
}
