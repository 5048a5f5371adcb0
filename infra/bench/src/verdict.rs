//! What was measured beside what was wanted, and whether it holds.

use anyhow::{Result, bail};

use crate::{clock::ms, histogram::Histogram, table::Table};

/// Rows that are being gathered.
pub(crate) struct Verdict {
    table: Table,
    failures: Vec<String>,
}

impl Default for Verdict {
    fn default() -> Self {
        Self {
            table: Table::new(["", "measured", "wanted"]),
            failures: Vec::new(),
        }
    }
}

impl Verdict {
    /// Something that has a bound.
    pub(crate) fn bound(&mut self, what: &str, measured: String, wanted: &str, holds: bool) {
        if !holds {
            self.failures
                .push(format!("{what}: {measured}, wanted {wanted}"));
        }
        self.table.row([what.into(), measured, wanted.into()]);
    }

    /// Something that has none.
    pub(crate) fn note(&mut self, what: &str, measured: String) {
        self.table.row([what.into(), measured]);
    }

    /// Prints the table.
    ///
    /// # Errors
    /// With every bound that does not hold.
    pub(crate) fn end(self) -> Result<()> {
        println!("\n{}", self.table.markdown());
        if self.failures.is_empty() {
            return Ok(());
        }
        bail!("{}", self.failures.join("\n"))
    }
}

/// Latencies in ns as p50, p99 and the greatest.
pub(crate) fn latencies(histogram: &Histogram) -> String {
    let [p50, p99] = [0.5, 0.99].map(|share| ms(histogram.quantile(share)));
    format!("{p50:.1}, {p99:.1}, {:.0} ms", ms(histogram.max()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_that_does_not_hold_is_named() {
        let mut verdict = Verdict::default();
        verdict.bound("p99", "3 ms".into(), "≤ 2 ms", false);
        verdict.bound("lost", "0".into(), "0", true);
        verdict.note("sent", "5".into());
        let said = verdict.end().unwrap_err().to_string();
        assert_eq!(said, "p99: 3 ms, wanted ≤ 2 ms");
    }
}
