//! Attempts to sign in, and how they are slowed down.
//!
//! Whoever guesses has to wait longer and longer, and nobody is shut out: an account that is being
//! guessed from elsewhere is open to its owner's own devices, and to everybody after a wait.

use std::fmt;

use super::{account::Handle, time::Timestamp};

/// Attempts count for this long.
pub const ATTEMPTS_COUNT_FOR_S: i64 = 15 * 60;

/// What attempts are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// One account, tried from one address.
    Pair,
    /// One account, tried from one of its owner's devices.
    Device,
    /// One account, tried from anywhere.
    Account,
    /// Any account, tried from one address: many people may share it.
    Address,
}

impl SubjectKind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Device => "device",
            Self::Account => "account",
            Self::Address => "address",
        }
    }

    /// Whether only the one who tries is counted.
    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(self, Self::Pair | Self::Device)
    }

    /// Failures without a wait, and the longest wait in seconds.
    fn pace(self) -> (i64, i64) {
        match self {
            Self::Pair | Self::Device => (5, 300),
            Self::Account => (30, 60),
            Self::Address => (50, 60),
        }
    }

    /// How long the next attempt has to wait after so many failures: twice as long each time.
    #[must_use]
    pub fn wait_s(self, failures: i64) -> i64 {
        let (free, longest) = self.pace();
        if failures < free {
            return 0;
        }
        let doublings = u32::try_from(failures - free).unwrap_or(u32::MAX);
        let wait = 1_i64.checked_shl(doublings);
        wait.filter(|wait| (1..longest).contains(wait))
            .unwrap_or(longest)
    }
}

/// Something that attempts are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Of which kind.
    pub kind: SubjectKind,
    /// The account, or nothing where it may be any.
    pub account: String,
    /// From where, or nothing where it may be anywhere.
    pub origin: String,
}

impl Subject {
    /// An account tried from an address.
    #[must_use]
    pub fn pair(account: &Handle, address: &str) -> Self {
        Self::new(SubjectKind::Pair, account.as_str(), address)
    }

    /// An account tried from a device of its owner's.
    #[must_use]
    pub fn device(account: &Handle, device: &str) -> Self {
        Self::new(SubjectKind::Device, account.as_str(), device)
    }

    /// An account tried from anywhere.
    #[must_use]
    pub fn account(account: &Handle) -> Self {
        Self::new(SubjectKind::Account, account.as_str(), "")
    }

    /// Any account tried from an address.
    #[must_use]
    pub fn address(address: &str) -> Self {
        Self::new(SubjectKind::Address, "", address)
    }

    fn new(kind: SubjectKind, account: &str, origin: &str) -> Self {
        Self {
            kind,
            account: account.to_owned(),
            origin: origin.to_owned(),
        }
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Attempts of one subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many count.
    pub count: i64,
    /// When the last one was.
    pub last: Option<Timestamp>,
}

impl Attempts {
    /// Seconds that an attempt at `now` has to wait; 0 when it need not.
    #[must_use]
    pub fn wait_s(self, kind: SubjectKind, now: Timestamp) -> i64 {
        let Some(last) = self.last else {
            return 0;
        };
        let free_at = last.plus_seconds(kind.wait_s(self.count));
        // Rounded up: whoever waits so long is admitted.
        let micros = (free_at.micros() - now.micros()).max(0);
        micros.saturating_add(999_999) / 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        let waits: Vec<i64> = (4..16).map(|n| SubjectKind::Pair.wait_s(n)).collect();
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(SubjectKind::Account.wait_s(29), 0);
        assert_eq!(SubjectKind::Account.wait_s(30), 1);
        assert_eq!(SubjectKind::Address.wait_s(i64::MAX), 60);
        assert_eq!(SubjectKind::Pair.wait_s(0), 0);
    }

    #[test]
    fn wait_runs_from_the_last_attempt() {
        let now = Timestamp::from_micros(1_000_000_000);
        let attempts = |count, ago_s: i64| Attempts {
            count,
            last: Some(now.plus_seconds(-ago_s)),
        };
        assert_eq!(attempts(8, 0).wait_s(SubjectKind::Pair, now), 8);
        assert_eq!(attempts(8, 5).wait_s(SubjectKind::Pair, now), 3);
        assert_eq!(attempts(8, 9).wait_s(SubjectKind::Pair, now), 0);
        assert_eq!(Attempts::default().wait_s(SubjectKind::Pair, now), 0);
    }
}
