//! Tables in columns, for terminals.

/// A cell wider than this is cut: a table that does not fit is harder to read than a cut one.
const CELL_CHARS_MAX: usize = 40;

/// Nobody reads more rows in a terminal, or more columns in one of its lines.
const ROWS_MAX: usize = 400;
const COLUMNS_MAX: usize = 24;

/// A table while it is read.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    /// Rows that are not kept.
    more: usize,
}

impl Table {
    /// Begins a row.
    pub(super) fn row(&mut self) {
        match self.rows.len() {
            0..ROWS_MAX => self.rows.push(Vec::new()),
            _ => self.more += 1,
        }
    }

    /// Adds a cell to the last row.
    pub(super) fn cell(&mut self, text: &str) {
        if self.more > 0 {
            return;
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cell = match text.chars().count() {
            0..=CELL_CHARS_MAX => text,
            _ => text.chars().take(CELL_CHARS_MAX - 1).chain(['…']).collect(),
        };
        if let Some(row) = self.rows.last_mut().filter(|row| row.len() < COLUMNS_MAX) {
            row.push(cell);
        }
    }

    /// Returns the lines; the first row is the head.
    pub(super) fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut lines: Vec<_> = self.rows.iter().map(line).collect();
        if !lines.is_empty() {
            let rule = widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>();
            lines.insert(1, rule.join("  "));
        }
        if self.more > 0 {
            lines.push(format!("… {} more rows", self.more));
        }
        lines
    }
}
