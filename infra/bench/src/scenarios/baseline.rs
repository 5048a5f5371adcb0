//! The hub beside another build of it: what a change costs.

use super::Results;
use crate::{servers::Subject, stats::Values, table::Table};

/// What the hub may take of what the baseline takes.
const WANTED: &str = "≤ 1.05";

/// A number that is compared, and what it is called.
pub(super) type Number<'a, T> = (&'a str, fn(&T) -> f64);

/// The hub's numbers over the baseline's, round by round; nothing without a baseline. Of each number
/// less is better.
pub(super) fn beside<T>(results: &[Results<Subject, T>], numbers: &[Number<'_, T>]) -> Vec<Table> {
    let of = |subject| results.iter().find(|result| result.of == subject);
    let (Some(hub), Some(baseline)) = (of(Subject::Hub), of(Subject::Baseline)) else {
        return Vec::new();
    };
    let mut table = Table::new(["hub / baseline, within each round", "median", "wanted"]);
    for (name, number) in numbers {
        let values =
            |of: &Results<Subject, T>| -> Values { of.rounds.iter().map(number).collect() };
        let ratio = values(hub).ratios(&values(baseline)).show(3);
        table.row([(*name).to_owned(), ratio, WANTED.to_owned()]);
    }
    vec![table]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(of: Subject, rounds: [f64; 3]) -> Results<Subject, f64> {
        Results {
            of,
            rounds: rounds.into(),
        }
    }

    #[test]
    fn ratio_is_the_median_of_the_rounds() {
        let hub = measured(Subject::Hub, [11.0, 40.0, 9.0]);
        let baseline = measured(Subject::Baseline, [10.0, 20.0, 10.0]);
        let tables = beside(&[hub, baseline], &[("CPU", |number| *number)]);
        let text = tables[0].markdown();
        assert!(
            text.contains("| CPU | 1.100 (0.900–2.000) | ≤ 1.05 |"),
            "{text}"
        );
    }

    #[test]
    fn hub_alone_is_compared_with_nothing() {
        let hub = measured(Subject::Hub, [1.0; 3]);
        assert!(beside(&[hub], &[("CPU", |number| *number)]).is_empty());
    }
}
