//! Why tokens were refused: counted, and logged as often as somebody can read it.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::clock;

/// Pause between two lines about the same reason: anybody can send any number of bad tokens.
const LOG_EVERY_MS: i64 = 1_000;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $label:literal;)*) => {
        /// Why a token was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: [Self; [$($label),*].len()] = [$(Self::$name),*];

            /// Its name in metrics and logs.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)*
                }
            }
        }
    };
}

reasons! {
    /// It is no JWT, or its claims have other types than they should.
    Malformed = "malformed";
    /// No key is for its algorithm, or none has the name it says.
    NoKey = "no_key";
    /// None of the keys has signed it.
    Signature = "signature";
    /// It ran out.
    Expired = "expired";
    /// It is good from a later moment on.
    NotYet = "not_yet";
    /// It is of another issuer.
    Issuer = "issuer";
    /// It is for another audience.
    Audience = "audience";
    /// It lacks a claim that must be there.
    ClaimMissing = "claim_missing";
    /// It has a claim that the hub does not carry out.
    ClaimUnsupported = "claim_unsupported";
    /// It is for another user, for another channel, or for a subscription and not a connection.
    ForAnother = "for_another";
    /// Its user or session was revoked after it was issued.
    Revoked = "revoked";
    /// A core refused it.
    Core = "core";
}

/// How often tokens were refused for each reason.
#[derive(Debug, Default)]
pub struct RefusedTokens {
    counts: [AtomicU64; Reason::ALL.len()],
    /// When each was logged last, in UTC milliseconds since 1970-01-01.
    logged_at_ms: Mutex<[i64; Reason::ALL.len()]>,
}

impl RefusedTokens {
    /// Counts a refusal; `detail` says more to whoever reads the log. It holds nothing of the token
    /// that would let anybody in.
    pub fn note(&self, reason: Reason, detail: &str) {
        let count = self.counts[reason as usize].fetch_add(1, Ordering::Relaxed) + 1;
        if self.may_log(reason, clock::now_ms()) {
            tracing::info!(reason = reason.name(), detail, count, "token refused");
        }
    }

    /// How often that was.
    #[must_use]
    pub fn count(&self, reason: Reason) -> u64 {
        self.counts[reason as usize].load(Ordering::Relaxed)
    }

    fn may_log(&self, reason: Reason, now_ms: i64) -> bool {
        let mut logged_at_ms = self
            .logged_at_ms
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let last_ms = &mut logged_at_ms[reason as usize];
        let may = now_ms.saturating_sub(*last_ms) >= LOG_EVERY_MS;
        if may {
            *last_ms = now_ms;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_counted_and_a_flood_is_a_line_a_second() {
        let refused = RefusedTokens::default();
        for _ in 0..3 {
            refused.note(Reason::Signature, "");
        }
        assert_eq!(refused.count(Reason::Signature), 3);
        assert_eq!(refused.count(Reason::Expired), 0);
        let logged = |now_ms| refused.may_log(Reason::Issuer, now_ms);
        assert_eq!([5_000, 5_999, 6_000].map(logged), [true, false, true]);
        assert!(refused.may_log(Reason::Audience, 6_000));
    }
}
