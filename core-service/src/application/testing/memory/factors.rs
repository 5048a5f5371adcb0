//! Second factors in memory.

use super::MemoryStore;
use crate::{
    application::ports::{Factor, NewFactor, SecondFactorStore, StepUse, Stored},
    domain::{ids::UserId, time::Timestamp},
};

/// Somebody's factor.
pub(super) struct Kept {
    factor: Factor,
    last_step: i64,
    code_hashes: Vec<String>,
}

impl SecondFactorStore for MemoryStore {
    fn second_factor(&self, user: UserId) -> Stored<Option<Factor>> {
        let state = self.state();
        let kept = state.factors.get(&user);
        Ok(kept.map(|kept| Factor {
            codes_left: i64::try_from(kept.code_hashes.len()).unwrap_or(i64::MAX),
            ..kept.factor.clone()
        }))
    }

    fn offer_secret(&self, user: UserId, sealed_secret: &str, _: Timestamp) -> Stored<bool> {
        let mut state = self.state();
        if state
            .factors
            .get(&user)
            .is_some_and(|kept| kept.factor.is_on)
        {
            return Ok(false);
        }
        let factor = Factor {
            sealed_secret: sealed_secret.to_owned(),
            is_on: false,
            codes_left: 0,
        };
        let kept = Kept {
            factor,
            last_step: 0,
            code_hashes: Vec::new(),
        };
        state.factors.insert(user, kept);
        Ok(true)
    }

    fn turn_on(&self, new: &NewFactor) -> Stored<bool> {
        let mut state = self.state();
        let offered = state
            .factors
            .get_mut(&new.user)
            .filter(|kept| !kept.factor.is_on && kept.factor.sealed_secret == new.sealed_secret);
        let Some(kept) = offered else {
            return Ok(false);
        };
        kept.factor.is_on = true;
        kept.last_step = new.step;
        kept.code_hashes.clone_from(&new.code_hashes);
        Ok(true)
    }

    fn use_step(&self, used: &StepUse<'_>) -> Stored<bool> {
        let mut state = self.state();
        let unused = state.factors.get_mut(&used.user).filter(|kept| {
            kept.factor.is_on
                && kept.factor.sealed_secret == used.sealed_secret
                && kept.last_step < used.step
        });
        let Some(kept) = unused else {
            return Ok(false);
        };
        kept.last_step = used.step;
        if let Some(resealed) = used.resealed {
            resealed.clone_into(&mut kept.factor.sealed_secret);
        }
        Ok(true)
    }

    fn use_recovery_code(&self, user: UserId, hash: &str) -> Stored<bool> {
        let mut state = self.state();
        let Some(kept) = state.factors.get_mut(&user) else {
            return Ok(false);
        };
        let before = kept.code_hashes.len();
        kept.code_hashes.retain(|kept| kept != hash);
        Ok(kept.code_hashes.len() < before)
    }

    fn turn_off(&self, user: UserId) -> Stored<bool> {
        let mut state = self.state();
        let is_on = state
            .factors
            .get(&user)
            .is_some_and(|kept| kept.factor.is_on);
        if is_on {
            state.factors.remove(&user);
        }
        Ok(is_on)
    }
}
