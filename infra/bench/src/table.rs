//! Tables in Markdown.

/// Rows under a header, all of the same width.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty one.
    pub(crate) fn new<const N: usize>(header: [&str; N]) -> Self {
        Self {
            header: header.map(str::to_owned).into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing are empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().collect();
        row.resize(self.header.len(), String::new());
        self.rows.push(row);
    }

    /// As Markdown, with a newline at the end.
    pub(crate) fn markdown(&self) -> String {
        let rule = vec!["---".to_owned(); self.header.len()];
        let lines = [&self.header, &rule].into_iter().chain(&self.rows);
        lines
            .map(|cells| {
                let cells: Vec<String> =
                    cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
                format!("| {} |\n", cells.join(" | "))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_a_rule_and_full_rows() {
        let mut table = Table::new(["server", "rate"]);
        table.row(["hub".into(), "a|b".into()]);
        table.row(["other".into()]);
        assert_eq!(
            table.markdown(),
            "| server | rate |\n| --- | --- |\n| hub | a\\|b |\n| other |  |\n"
        );
    }
}
