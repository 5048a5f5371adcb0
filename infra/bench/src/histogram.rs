//! Counts of values, as latencies want them: what matters is how far one is from the truth in
//! proportion.

use hdrhistogram::Histogram as Counts;
use serde::{Deserialize, Serialize};

/// Decimal digits that are kept of a value.
const DIGITS: u8 = 3;

/// Values up to that are told apart: an hour in nanoseconds.
const VALUE_MAX: u64 = 3_600 * 1_000_000_000;

/// How often which value was seen; a value of at most [`VALUE_MAX`] is known to within 0.1 %.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub(crate) struct Histogram(Counts<u64>);

impl Default for Histogram {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the bounds are constants")]
        let counts = Counts::new_with_bounds(1, VALUE_MAX, DIGITS).expect("bounds in order");
        Self(counts)
    }
}

impl Histogram {
    /// Counts one value.
    pub(crate) fn record(&mut self, value: u64) {
        self.record_several(value, 1);
    }

    fn record_several(&mut self, value: u64, count: u64) {
        self.0.saturating_record_n(value, count);
    }

    /// Adds what another one counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (value, count) in other.counts() {
            self.record_several(value, count);
        }
    }

    /// How many values were counted.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The greatest value.
    pub(crate) fn max(&self) -> u64 {
        self.0.max()
    }

    /// The value that this share of all values does not exceed; 0 when nothing was counted.
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        if self.count() == 0 {
            return 0;
        }
        self.0.value_at_quantile(share)
    }

    fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.0.iter_recorded();
        recorded.map(|one| (one.value_iterated_to(), one.count_at_value()))
    }
}

impl From<Vec<(u64, u64)>> for Histogram {
    fn from(counts: Vec<(u64, u64)>) -> Self {
        let mut histogram = Self::default();
        for (value, count) in counts {
            histogram.record_several(value, count);
        }
        histogram
    }
}

impl From<Histogram> for Vec<(u64, u64)> {
    fn from(histogram: Histogram) -> Self {
        histogram.counts().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.record(value);
        }
        histogram
    }

    /// What it says of itself.
    fn shown(histogram: &Histogram) -> (u64, u64, [u64; 4]) {
        let quantiles = [0.0, 0.5, 0.99, 1.0].map(|share| histogram.quantile(share));
        (histogram.count(), histogram.max(), quantiles)
    }

    #[test]
    fn quantile_is_near_the_truth() {
        let histogram = histogram(1..=100_000);
        for (share, exact) in [(0.5, 50_000.0), (0.99, 99_000.0), (1.0, 100_000.0)] {
            let found = histogram.quantile(share);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let error = (found as f64 - exact) / exact;
            assert!((0.0..0.001).contains(&error), "{share}: {found}");
        }
    }

    #[test]
    fn one_slow_value_in_a_hundred_is_the_p99() {
        let mut values = vec![1; 98];
        values.extend([50, 60]);
        let histogram = histogram(values);
        assert_eq!(histogram.quantile(0.98), 1);
        assert_eq!(histogram.quantile(0.99), 50);
        assert_eq!(histogram.quantile(0.0), 1);
        assert_eq!(histogram.max(), 60);
    }

    #[test]
    fn merging_is_counting_together() {
        let (low, high) = (histogram(0..1_000), histogram(1_000..50_000));
        let together = shown(&histogram(0..50_000));
        let mut merged = low.clone();
        merged.merge(&high);
        assert_eq!(shown(&merged), together);
        let mut merged = high;
        merged.merge(&low);
        assert_eq!(shown(&merged), together);
    }

    #[test]
    fn another_process_reads_the_same() {
        // Nanoseconds of up to a minute.
        let histogram = histogram((0..60).map(|second| second * 1_000_000_007));
        let text = serde_json::to_string(&histogram).unwrap();
        let read: Histogram = serde_json::from_str(&text).unwrap();
        assert_eq!(shown(&read), shown(&histogram));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.99), 0);
    }
}
