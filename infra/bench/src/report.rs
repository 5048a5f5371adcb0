//! What a run prints and leaves behind.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context as _, Result, bail};

use crate::{plot::Plot, table::Table};

/// What a scenario has shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// What was done, in a sentence or two.
    pub(crate) text: String,
    pub(crate) tables: Vec<Table>,
    /// Remarks below the tables.
    pub(crate) notes: Vec<String>,
    /// Pictures of them.
    pub(crate) plots: Vec<Plot>,
}

impl Section {
    /// As Markdown; pictures are beside it.
    pub(crate) fn markdown(&self) -> String {
        let mut parts = vec![format!("### {}\n", self.title), format!("{}\n", self.text)];
        parts.extend(self.tables.iter().map(Table::markdown));
        if !self.notes.is_empty() {
            parts.push(
                self.notes
                    .iter()
                    .map(|note| format!("- {note}\n"))
                    .collect(),
            );
        }
        let picture = |plot: &Plot| format!("![{}]({}.svg)\n", plot.title, plot.name);
        parts.extend(self.plots.iter().map(picture));
        parts.join("\n")
    }
}

/// Prints sections as they come, and keeps them in a folder.
pub(crate) struct Report<'a> {
    folder: &'a Path,
    text: String,
    failed: Vec<String>,
}

impl<'a> Report<'a> {
    /// Begins a report in a folder, which is made if need be.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin(folder: &'a Path, head: &str) -> Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut report = Self {
            folder,
            text: String::new(),
            failed: Vec::new(),
        };
        report.say(head)?;
        Ok(report)
    }

    /// Adds a scenario; one that failed says why.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn add(
        &mut self,
        name: &str,
        scenario: impl FnOnce() -> Result<Section>,
    ) -> Result<()> {
        let start = Instant::now();
        match scenario() {
            Ok(section) => {
                for plot in &section.plots {
                    fs::write(self.folder.join(format!("{}.svg", plot.name)), plot.svg())?;
                }
                self.say(&section.markdown())?;
                eprintln!("{name} took {:.0} s", start.elapsed().as_secs_f64());
                Ok(())
            }
            Err(error) => {
                self.failed.push(name.to_owned());
                self.say(&format!("### {name}\n\nIt failed: {error:#}\n"))
            }
        }
    }

    /// Prints which scenarios failed.
    ///
    /// # Errors
    /// When a scenario failed.
    pub(crate) fn end(self) -> Result<()> {
        if !self.failed.is_empty() {
            bail!("failed: {}", self.failed.join(", "));
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<()> {
        println!("{text}");
        self.text += text;
        self.text.push('\n');
        // Whole each time: an interrupted run leaves what it has.
        fs::write(self.folder.join("results.md"), &self.text)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_of_one_scenario_is_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = Report::begin(folder.path(), "## Head\n").unwrap();
        report
            .add("broken", || anyhow::bail!("no such thing"))
            .unwrap();
        let plot = Plot {
            title: "rate".into(),
            name: "rate".into(),
            decimals: 0,
            bars: vec![("hub".into(), [1.0].into_iter().collect())],
        };
        let section = Section {
            title: "Whole".into(),
            plots: vec![plot],
            ..Section::default()
        };
        report.add("whole", || Ok(section)).unwrap();
        let text = fs::read_to_string(folder.path().join("results.md")).unwrap();
        assert!(text.contains("It failed: no such thing"), "{text}");
        assert!(text.contains("![rate](rate.svg)"), "{text}");
        assert!(folder.path().join("rate.svg").is_file());
        assert_eq!(report.end().unwrap_err().to_string(), "failed: broken");
    }
}
