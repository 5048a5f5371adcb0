//! Counts of values in buckets that grow with the value, as latencies want it.

use serde::{Deserialize, Serialize};

/// Buckets per doubling: a value is known to within 1.6 %.
const STEPS: u64 = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// How often which value was seen. Values below [`STEPS`] are exact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    max: u64,
}

impl Histogram {
    /// Counts one value.
    pub(crate) fn record(&mut self, value: u64) {
        let bucket = bucket(value);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.max = self.max.max(value);
    }

    /// Adds what another one counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (own, others) in self.counts.iter_mut().zip(&other.counts) {
            *own += others;
        }
        self.max = self.max.max(other.max);
    }

    /// How many values were counted.
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The greatest value, exactly.
    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    /// The value that this share of all values does not exceed, rounded up to its bucket's end;
    /// 0 when nothing was counted.
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a count far below 2^53 times a share"
        )]
        let rank = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return end(bucket).min(self.max);
            }
        }
        self.max
    }
}

/// Which bucket a value belongs to.
fn bucket(value: u64) -> usize {
    // How far the value must be shifted for its first bits to fit into the steps of a doubling.
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(STEP_BITS + 1);
    let bucket = u64::from(shift) * STEPS + (value >> shift);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The greatest value of a bucket.
fn end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket / STEPS).saturating_sub(1);
    ((bucket - shift * STEPS + 1) << shift) - 1
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

    #[test]
    fn buckets_follow_each_other_and_hold_their_values() {
        let mut before = 0;
        for value in (0..5_000).chain((13..63).map(|bits| (1 << bits) + 12_345)) {
            let bucket = bucket(value);
            let step = bucket - before;
            assert!(step <= 1 || value > 5_000, "{value}");
            assert!(value <= end(bucket), "{value} > {}", end(bucket));
            assert!(bucket == 0 || value > end(bucket - 1), "{value}");
            before = bucket;
        }
    }

    #[test]
    fn quantile_is_within_its_bucket() {
        let histogram = histogram(1..=100_000);
        for (share, exact) in [(0.5, 50_000.0), (0.99, 99_000.0), (1.0, 100_000.0)] {
            let found = histogram.quantile(share);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let error = (found as f64 - exact) / exact;
            assert!((0.0..0.016).contains(&error), "{share}: {found}");
        }
        assert_eq!(histogram.max(), 100_000);
    }

    #[test]
    fn one_slow_value_in_a_hundred_is_the_p99() {
        let mut values = vec![1; 98];
        values.extend([50, 60]);
        let histogram = histogram(values);
        assert_eq!(histogram.quantile(0.98), 1);
        assert_eq!(histogram.quantile(0.99), 50);
        assert_eq!(histogram.quantile(0.0), 1);
    }

    #[test]
    fn merging_is_counting_together() {
        let (low, high) = (histogram(0..1_000), histogram(1_000..50_000));
        let mut merged = low.clone();
        merged.merge(&high);
        assert_eq!(merged, histogram(0..50_000));
        let mut merged = high;
        merged.merge(&low);
        assert_eq!(merged, histogram(0..50_000));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.99), 0);
    }
}
