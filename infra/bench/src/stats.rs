//! A few values of the same thing.

/// Values of several rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(Vec<f64>);

impl Values {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The middle one, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            odd if odd % 2 == 1 => sorted[odd / 2],
            even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
        }
    }

    /// The least one.
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The greatest one.
    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Round by round, these divided by those: what disturbed a round disturbed both.
    pub(crate) fn ratios(&self, others: &Self) -> Self {
        Self(
            self.0
                .iter()
                .zip(&others.0)
                .map(|(own, other)| own / other)
                .collect(),
        )
    }

    /// The median, and from where to where they reach when there are several.
    pub(crate) fn show(&self, decimals: usize) -> String {
        match self.0.len() {
            0 => "–".into(),
            1 => grouped(self.median(), decimals),
            _ => format!(
                "{} ({}–{})",
                grouped(self.median(), decimals),
                grouped(self.min(), decimals),
                grouped(self.max(), decimals)
            ),
        }
    }
}

impl FromIterator<f64> for Values {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = digits;
    while rest.len() > 3 {
        let (before, group) = rest.split_at(rest.len() - 3);
        groups.insert(0, group);
        rest = before;
    }
    groups.insert(0, rest);
    format!("{sign}{}{fraction}", groups.join(" "))
}

/// The most events within any span of that length, times in any order.
pub(crate) fn peak(times: &[u64], span: u64) -> u64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (at, time) in sorted.iter().enumerate() {
        while time - sorted[first] >= span {
            first += 1;
        }
        most = most.max(at + 1 - first);
    }
    most as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<const N: usize>(values: [f64; N]) -> Values {
        values.into_iter().collect()
    }

    #[test]
    fn median_does_not_mind_the_order() {
        assert_eq!(values([9.0, 1.0, 5.0]).show(0), "5 (1–9)");
        assert_eq!(values([4.0, 1.0, 2.0, 9.0]).show(1), "3.0 (1.0–9.0)");
        assert_eq!(values([7.0]).show(2), "7.00");
        assert_eq!(values([]).show(2), "–");
    }

    #[test]
    fn ratio_is_taken_within_each_round() {
        let ratios = values([10.0, 30.0]).ratios(&values([5.0, 10.0]));
        assert_eq!(ratios, values([2.0, 3.0]));
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567.89, 1), "1 234 567.9");
        assert_eq!(grouped(999.4, 0), "999");
        assert_eq!(grouped(-12_000.0, 0), "-12 000");
    }

    #[test]
    fn peak_is_the_densest_span() {
        assert_eq!(peak(&[0, 5, 9, 10, 11, 30], 10), 4);
        assert_eq!(peak(&[30, 0, 10, 20], 10), 1);
        assert_eq!(peak(&[], 10), 0);
    }
}
