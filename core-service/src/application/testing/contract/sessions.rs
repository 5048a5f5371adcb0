//! Sign-ins: sessions, their refresh tokens and the password behind them.

use super::*;

pub(crate) fn session_is_active_until_it_is_revoked(stores: &Stores) {
    let (_, session) = stores.session("ada");
    let is_active = |id| stores.sessions.is_session_active(id).unwrap();
    assert!(is_active(session));
    assert!(!is_active(SessionId::new(Uuid::now_v7())));
    let found = stores.sessions.session_of_refresh("ada-1").unwrap();
    assert_eq!(found, Some(session));
    assert_eq!(stores.sessions.session_of_refresh("no").unwrap(), None);
    stores.sessions.revoke_session(session, NOW).unwrap();
    assert!(!is_active(session));
}

pub(crate) fn session_unused_for_longest_ends_when_there_are_too_many(stores: &Stores) {
    let (_, others) = stores.session("ben");
    let user = stores.user("ada").id;
    let sign_in = |token, at_s, max| stores.sign_in(user, token, NOW.plus_seconds(at_s), max);
    let (first, _) = sign_in("1", 0, 3);
    let (second, _) = sign_in("2", 1, 3);
    let (third, ended) = sign_in("3", 2, 3);
    assert_eq!(ended, []);
    // The first one is used, so the second one is the one that was not used for longest.
    stores.rotate("1", "1+", NOW.plus_seconds(3));
    let (fourth, ended) = sign_in("4", 4, 3);
    assert_eq!(ended, [second]);
    let is_active = |id| stores.sessions.is_session_active(id).unwrap();
    assert!([first, third, fourth, others].into_iter().all(is_active));
    assert!(!is_active(second));
    // An operator has lowered the limit.
    let (last, ended) = sign_in("5", 5, 1);
    let mut all = [first, third, fourth];
    all.sort_unstable();
    assert_eq!(ended, all);
    assert!(is_active(last) && is_active(others));
    // What has run out counts no more.
    let (_, ended) = sign_in("6", DAY_S + 5, 1);
    assert_eq!(ended, []);
}

pub(crate) fn revocation_is_logged_once(stores: &Stores) {
    let (_, session) = stores.session("ada");
    let events = stores.sessions.revoke_session(session, NOW).unwrap();
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(event.topic, "control");
    assert_eq!(event.offset, 1);
    assert_eq!(event.effects.revoked_sessions, [session]);
    let again = stores.sessions.revoke_session(session, NOW).unwrap();
    assert_eq!(again, []);
    let nobodys = SessionId::new(Uuid::now_v7());
    assert_eq!(stores.sessions.revoke_session(nobodys, NOW).unwrap(), []);
}

pub(crate) fn living_sessions_are_listed_the_last_one_used_first(stores: &Stores) {
    stores.session("ben");
    let user = stores.user("ada").id;
    let sign_in = |token, at_s| stores.sign_in(user, token, NOW.plus_seconds(at_s), 9).0;
    let (first, second, third) = (sign_in("1", 0), sign_in("2", 1), sign_in("3", 2));
    stores.rotate("1", "1+", NOW.plus_seconds(3));
    stores.sessions.revoke_session(second, NOW).unwrap();
    let living = |at_s| {
        let now = NOW.plus_seconds(at_s);
        stores.sessions.living_sessions(user, now).unwrap()
    };
    let session = |id, created_s, used_s| LivingSession {
        id,
        device: DeviceName::of_claim("Firefox, Linux"),
        created_at: NOW.plus_seconds(created_s),
        used_at: NOW.plus_seconds(used_s),
    };
    assert_eq!(living(3), [session(first, 0, 3), session(third, 2, 2)]);
    assert_eq!(living(DAY_S + 2), [session(first, 0, 3)]);
    assert_eq!(living(DAY_S + 3), []);
    let nobody = UserId::new(Uuid::now_v7());
    let none = stores.sessions.living_sessions(nobody, NOW).unwrap();
    assert_eq!(none, []);
}

pub(crate) fn session_is_ended_by_whose_it_is(stores: &Stores) {
    let (ada, first) = stores.session("ada");
    let (ben, others) = stores.session("ben");
    let (second, _) = stores.sign_in(ada.id, "ada-b", NOW, 9);
    let (third, _) = stores.sign_in(ada.id, "ada-c", NOW, 9);
    let ended = |events: Vec<LoggedEvent>| -> Vec<SessionId> {
        let revoked = events.into_iter();
        revoked
            .flat_map(|event| event.effects.revoked_sessions)
            .collect()
    };
    let end = |user, session| stores.sessions.end_session(user, session, NOW).unwrap();
    assert_eq!(end(ben.id, first), None);
    assert_eq!(end(ada.id, SessionId::new(Uuid::now_v7())), None);
    assert_eq!(end(ada.id, first).map(ended), Some(vec![first]));
    assert_eq!(end(ada.id, first), Some(Vec::new()));
    let end_others = |user, keep| {
        let events = stores.sessions.end_other_sessions(user, keep, NOW);
        ended(events.unwrap())
    };
    assert_eq!(end_others(ada.id, third), [second]);
    assert_eq!(end_others(ada.id, third), []);
    let is_active = |id| stores.sessions.is_session_active(id).unwrap();
    assert!(is_active(third) && is_active(others));
    assert!(!is_active(first) && !is_active(second));
}

pub(crate) fn password_changes_once_and_ends_the_other_sessions(stores: &Stores) {
    let (ada, first) = stores.session("ada");
    let (_, others) = stores.session("ben");
    let (second, _) = stores.sign_in(ada.id, "ada-b", NOW, 9);
    assert_eq!(stores.change_password(&ada, "hash of ben", second), None);
    let ended = stores.change_password(&ada, "hash of ada", second);
    assert_eq!(ended, Some(vec![first]));
    let kept = stores.accounts.credentials(&ada.handle).unwrap();
    assert_eq!(kept, Some((ada.clone(), "another".to_owned())));
    // A second device that changes it at the same time has to say the new one.
    assert_eq!(stores.change_password(&ada, "hash of ada", first), None);
    let is_active = |id| stores.sessions.is_session_active(id).unwrap();
    assert!(is_active(second) && is_active(others) && !is_active(first));
}

pub(crate) fn nobody_signs_in_with_a_password_that_was_changed(stores: &Stores) {
    let (ada, first) = stores.session("ada");
    let waiting = stores.new_session(ada.id);
    stores.change_password(&ada, "hash of ada", first).unwrap();
    assert_eq!(stores.sessions.create_session(&waiting).unwrap(), None);
    assert!(!stores.sessions.is_session_active(waiting.id).unwrap());
    let found = stores
        .sessions
        .session_of_refresh(&waiting.refresh_hash)
        .unwrap();
    assert_eq!(found, None);
}

pub(crate) fn refresh_token_is_replaced_and_the_answer_repeated(stores: &Stores) {
    let (user, session) = stores.session("ada");
    let rotated = Rotation::Rotated { user, session };
    assert_eq!(stores.rotate("ada-1", "ada-2", NOW), rotated);
    // The answer was lost; the repeat comes while the session lasts, however late.
    let late = NOW.plus_seconds(DAY_S - 1);
    assert_eq!(stores.rotate("ada-1", "ada-2", late), rotated);
    assert_eq!(stores.rotate("ada-2", "ada-3", late), rotated);
    assert_eq!(stores.rotate("ada-2", "ada-3", late), rotated);
    let current = stores.sessions.session_of_refresh("ada-3").unwrap();
    assert_eq!(current, Some(session));
}

pub(crate) fn reuse_after_the_successor_was_used_revokes(stores: &Stores) {
    let (_, session) = stores.session("ada");
    let (other, others) = stores.session("ben");
    stores.rotate("ada-1", "ada-2", NOW);
    stores.rotate("ada-2", "ada-3", NOW);
    let Rotation::Reused(events) = stores.rotate("ada-1", "ada-2", NOW) else {
        panic!("two hold a copy")
    };
    assert_eq!(events[0].effects.revoked_sessions, [session]);
    for (token, successor) in [("ada-1", "ada-2"), ("ada-2", "ada-3"), ("ada-3", "ada-4")] {
        assert_eq!(stores.rotate(token, successor, NOW), Rotation::Refused);
    }
    assert!(!stores.sessions.is_session_active(session).unwrap());
    let untouched = Rotation::Rotated {
        user: other,
        session: others,
    };
    assert_eq!(stores.rotate("ben-1", "ben-2", NOW), untouched);
}

pub(crate) fn replaced_refresh_tokens_of_a_session_are_bounded(stores: &Stores) {
    let (_, session) = stores.session("ada");
    let known = |n: usize| {
        let session = stores.sessions.session_of_refresh(&format!("ada-{n}"));
        session.unwrap().is_some()
    };
    let newest = REPLACED_TOKENS_MAX + 3;
    for (n, later) in (1..newest).zip(0..) {
        let (token, successor) = (format!("ada-{n}"), format!("ada-{}", n + 1));
        let rotated = stores.rotate(&token, &successor, NOW.plus_seconds(later));
        assert!(matches!(rotated, Rotation::Rotated { .. }), "{n}");
    }
    assert_eq!([1, 2, 3, newest].map(known), [false, false, true, true]);
    // Nobody ends a session with a token that is not known.
    assert_eq!(stores.rotate("ada-1", "ada-2", NOW), Rotation::Refused);
    assert!(stores.sessions.is_session_active(session).unwrap());
}

pub(crate) fn successor_of_another_key_is_refused(stores: &Stores) {
    let (_, session) = stores.session("ada");
    stores.rotate("ada-1", "ada-2", NOW);
    assert_eq!(stores.rotate("ada-1", "foreign", NOW), Rotation::Refused);
    let foreign = stores.sessions.session_of_refresh("foreign").unwrap();
    assert_eq!(foreign, None);
    assert!(stores.sessions.is_session_active(session).unwrap());
    // Once the successor was used it is reuse, whatever the key.
    stores.rotate("ada-2", "ada-3", NOW);
    let reused = stores.rotate("ada-1", "foreign", NOW);
    assert!(matches!(reused, Rotation::Reused(_)), "{reused:?}");
}

pub(crate) fn expired_revoked_and_unknown_refresh_tokens_are_refused(stores: &Stores) {
    stores.session("ada");
    let expired = NOW.plus_seconds(DAY_S);
    assert_eq!(stores.rotate("ada-1", "ada-2", expired), Rotation::Refused);
    // A refusal replaces nothing.
    let in_time = stores.rotate("ada-1", "ada-2", NOW);
    assert!(matches!(in_time, Rotation::Rotated { .. }), "{in_time:?}");

    let (_, session) = stores.session("ben");
    stores.sessions.revoke_session(session, NOW).unwrap();
    assert_eq!(stores.rotate("ben-1", "ben-2", NOW), Rotation::Refused);
    assert_eq!(stores.rotate("unknown", "new", NOW), Rotation::Refused);
}
