//! Text in columns.

use crate::terminal::display_width;

/// Rows of cells, as lines with aligned columns and two spaces between them.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// The columns whose cells are aligned at their end: numbers.
    right: &'static [usize],
    /// What each line begins with.
    indent: &'static str,
}

impl Table {
    /// An empty table whose lines are indented.
    pub(crate) fn indented(right: &'static [usize]) -> Self {
        Self { rows: Vec::new(), right, indent: "  " }
    }

    pub(crate) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| display_width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let mut line = self.indent.to_owned();
            for (column, cell) in row.iter().enumerate() {
                let space = " ".repeat(widths[column] - display_width(cell));
                if column > 0 {
                    line.push_str("  ");
                }
                if self.right.contains(&column) {
                    line.push_str(&space);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&space);
                }
            }
            line.trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}
