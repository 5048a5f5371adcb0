//! Close codes and reasons that back-ends choose.

use std::borrow::Cow;

use super::codes::Close;

/// What a close frame has room for (RFC 6455, 5.5).
const REASON_MAX_BYTES: usize = 123;

/// Why a close cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseRefused {
    /// The protocol has no such code.
    #[error("disconnect.code is from 3000 to 4999")]
    Code,
    /// The reason does not fit, or SDKs would take it for something else.
    #[error("disconnect.reason has at most 123 bytes and is no JSON")]
    Reason,
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
    Ok(Close {
        code,
        reason: Cow::Owned(reason.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_client_understands_is_said() {
        let said = close(4001, "kicked").unwrap();
        assert_eq!((said.code, &*said.reason), (4001, "kicked"));
        for code in [0, 1000, 2999, 5000, 65_536 + 4001] {
            assert_eq!(close(code, "kicked"), Err(CloseRefused::Code));
        }
        let long = "x".repeat(REASON_MAX_BYTES + 1);
        for reason in [&long, "\"kicked\"", "{}", "17", "null"] {
            assert_eq!(close(4001, reason), Err(CloseRefused::Reason));
        }
    }

    #[test]
    fn every_reason_is_said_however_many_there_were() {
        for n in 0..5_000 {
            let reason = format!("the reason number {n}");
            assert_eq!(close(4001, &reason).unwrap().reason, reason);
        }
    }
}
