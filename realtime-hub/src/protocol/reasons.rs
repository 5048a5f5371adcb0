//! Close reasons that somebody gave while the hub runs.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::codes::Close;

/// Different reasons that are kept; each takes at most 123 bytes.
const REASONS_MAX: usize = 1_024;

/// What a close frame has room for (RFC 6455, 5.5).
const REASON_MAX_BYTES: usize = 123;

/// Reasons live as long as the process, so that a [`Close`] stays two words that anything may
/// copy. Their number is bounded.
static REASONS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// Why a close cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseRefused {
    /// The protocol has no such code.
    #[error("disconnect.code is from 3000 to 4999")]
    Code,
    /// The reason does not fit, or SDKs would take it for something else.
    #[error("disconnect.reason has at most 123 bytes and is no JSON")]
    Reason,
    /// Too many different reasons were given since the start.
    #[error("too many different reasons were given; use one of those")]
    TooMany,
}

/// A close that the table of codes does not have.
///
/// # Errors
/// [`CloseRefused`].
pub fn close(code: u32, reason: &str) -> Result<Close, CloseRefused> {
    let code = u16::try_from(code).map_err(|_| CloseRefused::Code)?;
    if !(3000..=4999).contains(&code) {
        return Err(CloseRefused::Code);
    }
    // SDKs parse a reason that is JSON, and then even 3000 is final.
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(reason).is_ok();
    if reason.len() > REASON_MAX_BYTES || is_json {
        return Err(CloseRefused::Reason);
    }
    let reason = kept(reason).ok_or(CloseRefused::TooMany)?;
    Ok(Close { code, reason })
}

fn kept(reason: &str) -> Option<&'static str> {
    let mut reasons = REASONS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = reasons.get(reason) {
        return Some(known);
    }
    if reasons.len() >= REASONS_MAX {
        return None;
    }
    let reason: &'static str = Box::leak(reason.into());
    reasons.insert(reason);
    Some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_client_understands_is_said() {
        let said = close(4001, "kicked").unwrap();
        assert_eq!((said.code, said.reason), (4001, "kicked"));
        for code in [0, 1000, 2999, 5000, 65_536 + 4001] {
            assert_eq!(close(code, "kicked"), Err(CloseRefused::Code));
        }
        let long = "x".repeat(REASON_MAX_BYTES + 1);
        for reason in [&long, "\"kicked\"", "{}", "17", "null"] {
            assert_eq!(close(4001, reason), Err(CloseRefused::Reason));
        }
    }

    #[test]
    fn reason_is_kept_once() {
        let reason = String::from("the same");
        let one = close(4001, &reason).unwrap();
        let other = close(4002, &reason.clone()).unwrap();
        assert_eq!(one.reason.as_ptr(), other.reason.as_ptr());
    }
}
