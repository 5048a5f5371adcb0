//! What is asked for at sign-in besides the password: turning it on and off, and the question itself.

use sha2::{Digest as _, Sha256};

use super::{Accounts, Known, Origin};
use crate::{
    application::{
        error::{Error, StoreError},
        ports::{AccountStore, Factor, IdGenerator, NewFactor, SecondFactorStore, StepUse, Stored},
    },
    domain::{
        account::Handle,
        ids::UserId,
        second_factor::{
            Code, RECOVERY_CODES, RecoveryCode, SECRET_BYTES, SecondFactorDenied, TotpSecret,
        },
    },
};

/// A secret for somebody's authenticator app.
#[derive(Debug)]
pub struct OfferedSecret {
    /// To be typed.
    pub secret: String,
    /// To be scanned.
    pub url: String,
}

/// How somebody's second factor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactorState {
    /// Whether a code is asked for at sign-in.
    pub is_on: bool,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

impl Accounts {
    /// How somebody's second factor stands.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn second_factor(&self, user: UserId) -> Result<FactorState, Error> {
        let on = self.factors.second_factor(user)?;
        let on = on.filter(|factor| factor.is_on);
        Ok(on.map_or_else(FactorState::default, |factor| FactorState {
            is_on: true,
            codes_left: factor.codes_left,
        }))
    }

    /// Makes a secret for somebody who knows their password; [`Accounts::confirm_second_factor`] turns it
    /// on.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooManyAttempts`], [`SecondFactorDenied::On`].
    pub fn offer_second_factor(
        &self,
        user: UserId,
        password: &str,
        from: &Origin,
    ) -> Result<OfferedSecret, Error> {
        let known = self.known(user, password, from)?;
        self.forget_failures(&known.attempt)?;
        let secret = TotpSecret::new(random(&*self.ids));
        let sealed = self.sealer.seal(user, secret.reveal())?;
        if !self.factors.offer_secret(user, &sealed, self.clock.now())? {
            return Err(SecondFactorDenied::On.into());
        }
        Ok(OfferedSecret {
            secret: secret.to_base32(),
            url: secret.to_url(&known.user.handle),
        })
    }

    /// Turns on the second factor whose app shows the right code. The recovery codes are told this once.
    ///
    /// # Errors
    /// [`SecondFactorDenied::On`], [`SecondFactorDenied::Off`] where no secret was made,
    /// [`SecondFactorDenied::WrongCode`].
    pub fn confirm_second_factor(
        &self,
        user: UserId,
        code: &str,
    ) -> Result<Vec<RecoveryCode>, Error> {
        let factor = self.factors.second_factor(user)?;
        let factor = factor.ok_or(SecondFactorDenied::Off)?;
        if factor.is_on {
            return Err(SecondFactorDenied::On.into());
        }
        let (secret, _) = self.secret(user, &factor)?;
        let now = self.clock.now();
        let step = match Code::parse(code) {
            Some(Code::Totp(code)) => secret.step_of(&code, now),
            Some(Code::Recovery(_)) | None => None,
        };
        let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES)
            .map(|_| RecoveryCode::new(random(&*self.ids)))
            .collect();
        let is_turned_on = self.factors.turn_on(&NewFactor {
            user,
            sealed_secret: factor.sealed_secret,
            step: step.ok_or(SecondFactorDenied::WrongCode)?,
            code_hashes: codes.iter().map(RecoveryCode::digest).collect(),
            now,
        })?;
        // Another device may have confirmed it, or begun anew, while this one was waiting.
        if is_turned_on {
            Ok(codes)
        } else {
            Err(SecondFactorDenied::On.into())
        }
    }

    /// Turns the second factor off for somebody who passes it.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooManyAttempts`], [`SecondFactorDenied::Off`],
    /// [`SecondFactorDenied::WrongCode`].
    pub fn end_second_factor(
        &self,
        user: UserId,
        password: &str,
        code: &str,
        from: &Origin,
    ) -> Result<(), Error> {
        let known = self.known(user, password, from)?;
        if !self.check_second_factor(&known, Some(code))? {
            self.forget_failures(&known.attempt)?;
            return Err(SecondFactorDenied::Off.into());
        }
        self.forget_failures(&known.attempt)?;
        self.factors.turn_off(user)?;
        Ok(())
    }

    /// Somebody who is signed in, with their password. The attempt counts until it is forgotten.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooManyAttempts`].
    pub(super) fn known(
        &self,
        user: UserId,
        password: &str,
        from: &Origin,
    ) -> Result<Known, Error> {
        let user = self.user(user)?;
        let known = self.try_password(&user.handle, password, from)?;
        known.ok_or(Error::WrongPassword)
    }

    /// Asks somebody whose password was right for a code. False where no second factor is on. A wrong code
    /// counts as an attempt; a missing one does not, and lets no earlier failure be forgotten, so that
    /// codes are guessed no faster than passwords.
    ///
    /// # Errors
    /// [`SecondFactorDenied::Required`], [`SecondFactorDenied::WrongCode`].
    pub(super) fn check_second_factor(
        &self,
        known: &Known,
        code: Option<&str>,
    ) -> Result<bool, Error> {
        let checked = self.use_code(known.user.id, code);
        match &checked {
            Err(Error::SecondFactor(SecondFactorDenied::WrongCode)) => {
                let account = known.user.handle.as_str();
                tracing::info!(account, "sign-in failed: wrong code");
            }
            Err(_) => self.attempts.withdraw_attempt(known.attempt.id)?,
            Ok(_) => {}
        }
        checked
    }

    fn use_code(&self, user: UserId, code: Option<&str>) -> Result<bool, Error> {
        let factor = self.factors.second_factor(user)?;
        let Some(factor) = factor.filter(|factor| factor.is_on) else {
            return Ok(false);
        };
        let code = code.ok_or(SecondFactorDenied::Required)?;
        let is_used = match Code::parse(code) {
            Some(Code::Totp(code)) => self.use_step(user, &factor, &code)?,
            Some(Code::Recovery(code)) => self.factors.use_recovery_code(user, &code.digest())?,
            None => false,
        };
        if is_used {
            Ok(true)
        } else {
            Err(SecondFactorDenied::WrongCode.into())
        }
    }

    fn use_step(&self, user: UserId, factor: &Factor, code: &str) -> Stored<bool> {
        let (secret, resealed) = self.secret(user, factor)?;
        let Some(step) = secret.step_of(code, self.clock.now()) else {
            return Ok(false);
        };
        self.factors.use_step(&StepUse {
            user,
            sealed_secret: &factor.sealed_secret,
            step,
            resealed: resealed.as_deref(),
        })
    }

    /// A factor's secret, and the secret sealed anew where the key of today has not sealed it.
    fn secret(&self, user: UserId, factor: &Factor) -> Stored<(TotpSecret, Option<String>)> {
        let opened = self.sealer.open(user, &factor.sealed_secret)?;
        let bytes: [u8; SECRET_BYTES] = opened.secret.as_slice().try_into().map_err(|_| {
            StoreError::Unavailable("the secret of a second factor has another length".into())
        })?;
        let resealed = if opened.is_current {
            None
        } else {
            Some(self.sealer.seal(user, &bytes)?)
        };
        Ok((TotpSecret::new(bytes), resealed))
    }
}

/// Lets somebody sign in with their password alone.
///
/// # Errors
/// [`Error::Account`] for what is no handle, [`Error::NotFound`] for the account,
/// [`SecondFactorDenied::Off`], [`Error::Store`].
pub fn turn_second_factor_off(
    accounts: &dyn AccountStore,
    factors: &dyn SecondFactorStore,
    handle: &str,
) -> Result<(), Error> {
    let handle = Handle::parse(handle)?;
    let known = accounts.credentials(&handle)?;
    let (user, _) = known.ok_or(Error::NotFound("account"))?;
    if factors.turn_off(user.id)? {
        Ok(())
    } else {
        Err(SecondFactorDenied::Off.into())
    }
}

/// Random bytes, at most 30: a secret has 240 random bits.
fn random<const BYTES: usize>(ids: &dyn IdGenerator) -> [u8; BYTES] {
    let digest = Sha256::digest(ids.secret().as_bytes());
    let mut bytes = [0; BYTES];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    bytes
}
