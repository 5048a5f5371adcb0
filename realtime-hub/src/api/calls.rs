//! Calls of the server API, by method and by what became of them.

use crate::{api::Method, counters::Counter};

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiOutcome {
    /// It was carried out.
    Done,
    /// It could not be carried out.
    Failed,
    /// The caller may not make it.
    Refused,
}

impl ApiOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Refused];

    /// As it is called in statistics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// A counter for each method and outcome.
#[derive(Debug, Default)]
pub struct ApiCalls([[Counter; ApiOutcome::ALL.len()]; Method::ALL.len()]);

impl ApiCalls {
    /// Takes note of a call.
    pub fn count(&self, method: Method, outcome: ApiOutcome) {
        self.0[method as usize][outcome as usize].add(1);
    }

    /// How many calls of a method ended so.
    #[must_use]
    pub fn get(&self, method: Method, outcome: ApiOutcome) -> u64 {
        self.0[method as usize][outcome as usize].get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_by_itself() {
        let calls = ApiCalls::default();
        calls.count(Method::Info, ApiOutcome::Done);
        calls.count(Method::Info, ApiOutcome::Done);
        calls.count(Method::Publish, ApiOutcome::Refused);
        for (method, outcome, count) in [
            (Method::Info, ApiOutcome::Done, 2),
            (Method::Publish, ApiOutcome::Refused, 1),
            (Method::Publish, ApiOutcome::Done, 0),
        ] {
            assert_eq!(calls.get(method, outcome), count);
        }
    }
}
