//! A second factor at sign-in: codes by time (TOTP, RFC 6238) and recovery codes.

use std::fmt;

use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};

use super::{account::Handle, time::Timestamp};

/// As RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;

/// Codes that somebody gets who turns the second factor on.
pub const RECOVERY_CODES: usize = 10;

/// 80 bits: nobody finds one by trying, not even with the hashes at hand.
const RECOVERY_BYTES: usize = 10;
/// In base 32.
const RECOVERY_CHARS: usize = 16;
const TOTP_CHARS: usize = 6;

/// Who issues the codes, as authenticator apps show it.
const ISSUER: &str = "Rookery";

/// Why something is refused that has to do with a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecondFactorDenied {
    /// The password was right.
    #[error("a code is needed as well; take it from your authenticator app")]
    Required,
    /// Another code, or one that was used before.
    #[error("the code is wrong or was used before; wait for the next one")]
    WrongCode,
    /// It was confirmed before.
    #[error("the second factor is on already; turn it off first")]
    On,
    /// None is on, or none is to be confirmed.
    #[error("there is no second factor; begin with a new one")]
    Off,
}

/// What an authenticator app and the core share; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; SECRET_BYTES]);

impl TotpSecret {
    /// Of random bytes.
    #[must_use]
    pub fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into an app.
    #[must_use]
    pub fn to_base32(&self) -> String {
        Secret::from(self.0.to_vec()).to_base32()
    }

    /// As apps read it from a QR code. No part of it needs to be escaped.
    #[must_use]
    pub fn to_url(&self, account: &Handle) -> String {
        let (account, secret) = (account.as_str(), self.to_base32());
        format!("otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}")
    }

    /// The step of 30 seconds since 1970 that a code is of: the present one, the one before or the one
    /// behind it. Compares in constant time.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let now_s = u64::try_from(now.seconds()).ok()?;
        let step = self.totp()?.check(code, now_s)?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Option<Totp> {
        // Apps know SHA-1, six digits and 30 seconds; many ignore that a URL says something else.
        Builder::new().with_secret(self.0.to_vec()).build().ok()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// A code that is good once, for whoever has lost their app.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Of random bytes.
    #[must_use]
    pub fn new(bytes: [u8; RECOVERY_BYTES]) -> Self {
        Self(Secret::from(bytes.to_vec()).to_base32())
    }

    /// What is kept of it. It is random, so a plain hash does.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[code]")
    }
}

impl fmt::Display for RecoveryCode {
    /// In groups of four, as people copy it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, character) in self.0.char_indices() {
            if index > 0 && index.is_multiple_of(4) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{}", character.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

/// What somebody has typed.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// Of an app.
    Totp(String),
    /// From paper.
    Recovery(RecoveryCode),
}

impl Code {
    /// Blanks and hyphens do not count, nor do capitals. Nothing where it has no form of a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_filler = |c: &char| c.is_whitespace() || *c == '-';
        let code: String = text
            .chars()
            .filter(|c| !is_filler(c))
            // One more than any code has.
            .take(RECOVERY_CHARS + 1)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let is_base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
        if code.len() == TOTP_CHARS && code.chars().all(|c| c.is_ascii_digit()) {
            Some(Self::Totp(code))
        } else if code.len() == RECOVERY_CHARS && code.chars().all(is_base32) {
            Some(Self::Recovery(RecoveryCode(code)))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the test vectors in RFC 6238, appendix B.
    fn secret() -> TotpSecret {
        TotpSecret::new(*b"12345678901234567890")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // Its codes have eight digits, of which ours are the last six.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().step_of(code, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn code_is_good_a_step_before_and_after() {
        let step = 1_234_567_890 / 30;
        for (late, is_good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = secret().step_of("005924", at((step + late) * 30));
            assert_eq!(found, is_good.then_some(step), "{late}");
        }
        for wrong in ["", "005925", "5924", "0059240", "００５９２４"] {
            assert_eq!(secret().step_of(wrong, at(step * 30)), None, "{wrong}");
        }
        assert_eq!(secret().step_of("005924", at(-1)), None);
    }

    #[test]
    fn app_is_told_whose_secret_it_is() {
        let handle = Handle::parse("ada_l.1").unwrap();
        assert_eq!(
            secret().to_url(&handle),
            "otpauth://totp/Rookery:ada_l.1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rookery"
        );
        assert_eq!(format!("{:?}", secret()), "[secret]");
    }

    #[test]
    fn code_is_read_however_it_is_typed() {
        assert!(matches!(Code::parse(" 287 082 "), Some(Code::Totp(code)) if code == "287082"));
        let recovery = RecoveryCode::new(*b"0123456789");
        let shown = recovery.to_string();
        assert_eq!(shown, "gayt-emzu-gu3d-oobz");
        for typed in [shown.to_uppercase(), shown.replace('-', " "), shown] {
            let Some(Code::Recovery(code)) = Code::parse(&typed) else {
                panic!("{typed}");
            };
            assert_eq!(code.digest(), recovery.digest());
        }
        for nothing in ["", "28708", "2870822", "gayt-emzu-gu3d-oob1", "٢٨٧٠٨٢"] {
            assert!(Code::parse(nothing).is_none(), "{nothing}");
        }
        assert!(Code::parse(&"a".repeat(100_000)).is_none());
    }
}
