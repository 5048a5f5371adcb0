//! What a store of second factors must do.

use super::{NOW, Stores};
use crate::{
    application::ports::{Factor, NewFactor, StepUse},
    domain::ids::UserId,
};

fn new(user: UserId, sealed_secret: &str) -> NewFactor {
    NewFactor {
        user,
        sealed_secret: sealed_secret.to_owned(),
        step: 7,
        code_hashes: vec!["one".to_owned(), "two".to_owned()],
        now: NOW,
    }
}

impl Stores {
    fn use_step(&self, user: UserId, sealed: &str, step: i64, resealed: Option<&str>) -> bool {
        let used = self.factors.use_step(&StepUse {
            user,
            sealed_secret: sealed,
            step,
            resealed,
        });
        used.unwrap()
    }

    #[track_caller]
    fn with_factor(&self, handle: &str) -> UserId {
        let user = self.user(handle).id;
        assert!(self.factors.offer_secret(user, "sealed", NOW).unwrap());
        assert!(self.factors.turn_on(&new(user, "sealed")).unwrap());
        user
    }
}

pub(crate) fn confirmed_factor_is_asked_for_until_it_is_turned_off(stores: &Stores) {
    let (ada, ben) = (stores.user("ada").id, stores.user("ben").id);
    let factors = &stores.factors;
    assert_eq!(factors.second_factor(ada).unwrap(), None);
    assert!(!factors.turn_on(&new(ada, "first")).unwrap());
    for sealed in ["first", "second"] {
        assert!(factors.offer_secret(ada, sealed, NOW).unwrap());
    }
    let factor = |sealed: &str, is_on, codes_left| {
        Some(Factor {
            sealed_secret: sealed.to_owned(),
            is_on,
            codes_left,
        })
    };
    assert_eq!(
        factors.second_factor(ada).unwrap(),
        factor("second", false, 0)
    );
    // What was not confirmed opens nothing, and what was replaced is confirmed no more.
    assert!(!stores.use_step(ada, "second", 9, None));
    assert!(!factors.turn_off(ada).unwrap());
    assert!(!factors.turn_on(&new(ada, "first")).unwrap());
    assert!(factors.turn_on(&new(ada, "second")).unwrap());
    assert_eq!(
        factors.second_factor(ada).unwrap(),
        factor("second", true, 2)
    );
    assert!(!factors.turn_on(&new(ada, "second")).unwrap());
    assert!(!factors.offer_secret(ada, "third", NOW).unwrap());
    assert_eq!(
        factors.second_factor(ada).unwrap(),
        factor("second", true, 2)
    );

    assert!(!factors.turn_off(ben).unwrap());
    assert!(factors.turn_off(ada).unwrap());
    assert!(!factors.turn_off(ada).unwrap());
    assert_eq!(factors.second_factor(ada).unwrap(), None);
    assert!(!factors.use_recovery_code(ada, "one").unwrap());
    stores.factors.offer_secret(ada, "third", NOW).unwrap();
    assert_eq!(
        factors.second_factor(ada).unwrap(),
        factor("third", false, 0)
    );
}

pub(crate) fn step_is_used_once_and_takes_those_before_it(stores: &Stores) {
    let (ada, ben) = (stores.with_factor("ada"), stores.with_factor("ben"));
    for (step, is_used) in [(7, false), (8, true), (8, false), (10, true), (9, false)] {
        assert_eq!(
            stores.use_step(ada, "sealed", step, None),
            is_used,
            "{step}"
        );
    }
    // Somebody else's steps are their own.
    assert!(stores.use_step(ben, "sealed", 8, None));
    assert!(!stores.use_step(ada, "another", 11, None));
    assert!(stores.use_step(ada, "sealed", 11, Some("sealed anew")));
    assert!(!stores.use_step(ada, "sealed", 12, None));
    assert!(stores.use_step(ada, "sealed anew", 12, None));
    let kept = stores.factors.second_factor(ada).unwrap().unwrap();
    assert_eq!(kept.sealed_secret, "sealed anew");
}

pub(crate) fn recovery_code_is_used_once(stores: &Stores) {
    let (ada, ben) = (stores.with_factor("ada"), stores.with_factor("ben"));
    let used = |user, hash| stores.factors.use_recovery_code(user, hash).unwrap();
    assert!(used(ada, "one"));
    assert!(!used(ada, "one"));
    assert!(!used(ada, "three"));
    assert!(used(ben, "one"));
    let left = |user| {
        stores
            .factors
            .second_factor(user)
            .unwrap()
            .unwrap()
            .codes_left
    };
    assert_eq!((left(ada), left(ben)), (1, 1));
}
