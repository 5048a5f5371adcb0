//! What every store must do. `store_contract!` and `chat_store_contract!` make a test of each fact for
//! one implementation.

mod chats;
mod files;
mod profiles;
mod second_factors;
mod sessions;
mod topics;

use std::sync::Arc;

use uuid::Uuid;

pub(crate) use self::chats::{
    ChatStores, batch_is_answered_message_by_message, blocks_are_told_once_and_have_an_end,
    changes_begin_where_the_member_came_in, chat_with_oneself_is_one_and_open,
    direct_chat_is_one_and_waits_for_the_other,
    direct_chat_that_was_left_comes_back_with_a_message,
    group_is_made_with_everybody_or_not_at_all, marks_only_move_up_and_are_told,
    members_change_as_their_roles_allow, page_is_found_around_a_message,
    pages_are_cut_from_either_side, request_takes_three_messages_and_an_answer_accepts_it,
    who_left_is_asked_back_once_a_week,
};
pub(crate) use self::files::{
    Carries, UploadStores, attachment_goes_with_the_last_message_that_carries_it,
    blob_is_written_once, blob_store_contract, expired_uploads_go_unless_they_were_sent,
    first_completion_counts, folder_is_removed, folder_that_cannot_be_removed_is_due_later,
    folders_are_due_from_their_time_on, part_moves_an_upload_once,
    person_has_so_much_at_a_time_and_in_all, upload_is_begun_once_and_is_its_owners,
    upload_is_cancelled_unless_it_was_sent, upload_store_contract,
    what_is_given_up_counts_until_it_is_removed,
};
pub(crate) use self::profiles::{
    ProfileStores, file_becomes_a_picture_once, group_tells_what_it_shows,
    person_tells_contacts_what_they_show, picture_counts_in_the_quota_of_who_chose_it,
    picture_is_made_of_an_unsent_picture_of_ones_own, profile_is_for_those_in_a_common_chat,
    replaced_picture_is_due_to_be_removed,
};
pub(crate) use self::second_factors::{
    confirmed_factor_is_asked_for_until_it_is_turned_off, recovery_code_is_used_once,
    step_is_used_once_and_takes_those_before_it,
};
pub(crate) use self::sessions::{
    expired_revoked_and_unknown_refresh_tokens_are_refused,
    living_sessions_are_listed_the_last_one_used_first,
    nobody_signs_in_with_a_password_that_was_changed,
    password_changes_once_and_ends_the_other_sessions,
    refresh_token_is_replaced_and_the_answer_repeated,
    replaced_refresh_tokens_of_a_session_are_bounded, reuse_after_the_successor_was_used_revokes,
    revocation_is_logged_once, session_is_active_until_it_is_revoked,
    session_is_ended_by_whose_it_is, session_unused_for_longest_ends_when_there_are_too_many,
    successor_of_another_key_is_refused,
};
pub(crate) use self::topics::{
    Seats, events_are_overdue_until_they_are_acknowledged,
    grants_come_newest_first_and_in_the_order_of_ids, lease_is_one_replicas_until_it_runs_out,
};
use crate::{
    application::{
        error::StoreError,
        ports::{
            AccountStore, AttemptStore, LeaseStore, NewAccount, NewAttempt, NewSession,
            PasswordChange, REPLACED_TOKENS_MAX, Rotation, SecondFactorStore, SessionStore, Stored,
            TopicStore,
        },
    },
    domain::{
        account::{DisplayName, Handle, User},
        attempt::{Attempts, Subject},
        event::LoggedEvent,
        ids::{SessionId, UserId},
        search::PeopleSearch,
        session::{DeviceName, LivingSession},
        time::Timestamp,
    },
};

/// Makes a module of tests; `$make` gives an empty store as [`Stores`].
macro_rules! store_contract {
    ($module:ident, $make:expr) => {
        store_contract! {
            $module, $make,
            account_is_found_by_handle_and_id,
            handle_is_given_once,
            search_is_by_handle_and_name_in_order_and_bounded,
            attempts_are_counted_by_subject_and_time,
            attempt_is_withdrawn_for_all_its_subjects,
            account_is_unlocked_from_everywhere,
            confirmed_factor_is_asked_for_until_it_is_turned_off,
            step_is_used_once_and_takes_those_before_it,
            recovery_code_is_used_once,
            session_is_active_until_it_is_revoked,
            session_unused_for_longest_ends_when_there_are_too_many,
            revocation_is_logged_once,
            living_sessions_are_listed_the_last_one_used_first,
            session_is_ended_by_whose_it_is,
            password_changes_once_and_ends_the_other_sessions,
            nobody_signs_in_with_a_password_that_was_changed,
            refresh_token_is_replaced_and_the_answer_repeated,
            reuse_after_the_successor_was_used_revokes,
            replaced_refresh_tokens_of_a_session_are_bounded,
            successor_of_another_key_is_refused,
            expired_revoked_and_unknown_refresh_tokens_are_refused,
            grants_come_newest_first_and_in_the_order_of_ids,
            events_are_overdue_until_they_are_acknowledged,
            lease_is_one_replicas_until_it_runs_out,
        }
    };
    ($module:ident, $make:expr, $($fact:ident),+ $(,)?) => {
        mod $module {
            use super::*;

            $(#[test]
            fn $fact() {
                crate::application::testing::contract::$fact(&$make);
            })+
        }
    };
}
pub(crate) use store_contract;

/// As [`store_contract`], with an empty store as [`ChatStores`].
macro_rules! chat_store_contract {
    ($module:ident, $make:expr) => {
        $crate::application::testing::contract::store_contract! {
            $module, $make,
            direct_chat_is_one_and_waits_for_the_other,
            chat_with_oneself_is_one_and_open,
            group_is_made_with_everybody_or_not_at_all,
            members_change_as_their_roles_allow,
            who_left_is_asked_back_once_a_week,
            direct_chat_that_was_left_comes_back_with_a_message,
            batch_is_answered_message_by_message,
            request_takes_three_messages_and_an_answer_accepts_it,
            pages_are_cut_from_either_side,
            page_is_found_around_a_message,
            changes_begin_where_the_member_came_in,
            marks_only_move_up_and_are_told,
            blocks_are_told_once_and_have_an_end,
        }
    };
}
pub(crate) use chat_store_contract;

/// As [`store_contract`], with an empty store as [`ProfileStores`].
macro_rules! profile_store_contract {
    ($module:ident, $make:expr) => {
        $crate::application::testing::contract::store_contract! {
            $module, $make,
            profile_is_for_those_in_a_common_chat,
            person_tells_contacts_what_they_show,
            group_tells_what_it_shows,
            file_becomes_a_picture_once,
            replaced_picture_is_due_to_be_removed,
            picture_is_made_of_an_unsent_picture_of_ones_own,
            picture_counts_in_the_quota_of_who_chose_it,
        }
    };
}
pub(crate) use profile_store_contract;

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);
const DAY_S: i64 = 24 * 60 * 60;

/// One implementation of every store.
pub(crate) struct Stores {
    accounts: Arc<dyn AccountStore>,
    sessions: Arc<dyn SessionStore>,
    factors: Arc<dyn SecondFactorStore>,
    attempts: Arc<dyn AttemptStore>,
    topics: Arc<dyn TopicStore>,
    leases: Arc<dyn LeaseStore>,
    seats: Arc<dyn Seats>,
    /// Where the implementation keeps its files.
    _folder: Option<tempfile::TempDir>,
}

impl Stores {
    pub(crate) fn of<Store>(store: Arc<Store>, folder: Option<tempfile::TempDir>) -> Self
    where
        Store: AccountStore
            + SessionStore
            + SecondFactorStore
            + AttemptStore
            + TopicStore
            + LeaseStore
            + Seats,
        Store: 'static,
    {
        Self {
            accounts: store.clone(),
            sessions: store.clone(),
            factors: store.clone(),
            attempts: store.clone(),
            topics: store.clone(),
            leases: store.clone(),
            seats: store,
            _folder: folder,
        }
    }

    #[track_caller]
    fn user(&self, handle: &str) -> User {
        let user = person(handle);
        self.create(&user).unwrap();
        user
    }

    fn create(&self, user: &User) -> Stored<()> {
        self.accounts.create_account(&NewAccount {
            user: user.clone(),
            password_hash: format!("hash of {}", user.handle.as_str()),
            created_at: NOW,
        })
    }

    /// A session of a new user, with the refresh token `{handle}-1`.
    #[track_caller]
    fn session(&self, handle: &str) -> (User, SessionId) {
        let user = self.user(handle);
        let (session, _) = self.sign_in(user.id, &format!("{handle}-1"), NOW, 99);
        (user, session)
    }

    /// A session with that refresh token, and those that ended because of it.
    #[track_caller]
    fn sign_in(
        &self,
        user: UserId,
        token: &str,
        now: Timestamp,
        sessions_max: i64,
    ) -> (SessionId, Vec<SessionId>) {
        let session = NewSession {
            refresh_hash: token.to_owned(),
            created_at: now,
            expires_at: now.plus_seconds(DAY_S),
            sessions_max,
            ..self.new_session(user)
        };
        let events = self.sessions.create_session(&session).unwrap();
        let ended = events
            .unwrap()
            .into_iter()
            .flat_map(|event| event.effects.revoked_sessions);
        (session.id, ended.collect())
    }

    #[track_caller]
    fn new_session(&self, user: UserId) -> NewSession {
        let person = self.accounts.user(user).unwrap().unwrap();
        NewSession {
            id: SessionId::new(Uuid::now_v7()),
            user,
            password_hash: format!("hash of {}", person.handle.as_str()),
            device: DeviceName::of_claim("Firefox, Linux"),
            refresh_hash: Uuid::now_v7().to_string(),
            created_at: NOW,
            expires_at: NOW.plus_seconds(DAY_S),
            sessions_max: 99,
        }
    }

    fn change_password(
        &self,
        user: &User,
        before: &str,
        keep: SessionId,
    ) -> Option<Vec<SessionId>> {
        let changed = self.accounts.change_password(&PasswordChange {
            user: user.id,
            before: before.to_owned(),
            after: "another".to_owned(),
            keep,
            now: NOW,
        });
        let events = changed.unwrap()?.into_iter();
        let ended = events.flat_map(|event| event.effects.revoked_sessions);
        Some(ended.collect())
    }

    #[track_caller]
    fn rotate(&self, hash: &str, successor: &str, now: Timestamp) -> Rotation {
        let until = now.plus_seconds(DAY_S);
        self.sessions
            .rotate_refresh(hash, successor, now, until)
            .unwrap()
    }
}

pub(crate) fn person(handle: &str) -> User {
    User {
        id: UserId::new(Uuid::now_v7()),
        handle: Handle::parse(handle).unwrap(),
        display_name: DisplayName::parse(handle).unwrap(),
        picture: None,
    }
}

pub(crate) fn account_is_found_by_handle_and_id(stores: &Stores) {
    let ada = stores.user("ada");
    stores.user("ben");
    assert_eq!(stores.accounts.user(ada.id).unwrap(), Some(ada.clone()));
    let known = stores.accounts.credentials(&ada.handle).unwrap();
    assert_eq!(known, Some((ada, "hash of ada".to_owned())));
    let nobody = person("nobody");
    assert_eq!(stores.accounts.user(nobody.id).unwrap(), None);
    assert_eq!(stores.accounts.credentials(&nobody.handle).unwrap(), None);
}

pub(crate) fn handle_is_given_once(stores: &Stores) {
    let first = stores.user("ada");
    let second = person("ada");
    let refused = stores.create(&second);
    assert!(matches!(refused, Err(StoreError::Exists)), "{refused:?}");
    assert_eq!(stores.accounts.user(second.id).unwrap(), None);
    let (kept, _) = stores.accounts.credentials(&first.handle).unwrap().unwrap();
    assert_eq!(kept, first);
}

pub(crate) fn search_is_by_handle_and_name_in_order_and_bounded(stores: &Stores) {
    let asker = stores.user("gr");
    for handle in ["grace", "gra_ham", "graxham", "linus"] {
        stores.user(handle);
    }
    for (handle, name) in [("aaa", "Jürgen Grabowski"), ("zzz", "Grażyna 50% \\o_/")] {
        let user = User {
            display_name: DisplayName::parse(name).unwrap(),
            picture: None,
            ..person(handle)
        };
        stores.create(&user).unwrap();
    }
    let search = |text: &str, limit| -> Vec<String> {
        let search = PeopleSearch::parse(text).unwrap();
        let found = stores.accounts.search_users(&search, asker.id, limit);
        let handles = found.unwrap().into_iter();
        handles
            .map(|user| user.handle.as_str().to_owned())
            .collect()
    };
    // Who has such a handle comes before who is only called so.
    let handles = ["gra_ham", "grace", "graxham"];
    assert_eq!(search("gra", 9), [&handles[..], &["aaa", "zzz"]].concat());
    assert_eq!(search("gra", 2), ["gra_ham", "grace"]);
    for text in ["jurgen", "Juergen", "grab JÜR"] {
        assert_eq!(search(text, 9), ["aaa"], "{text}");
    }
    assert_eq!(search("grazyna", 9), ["zzz"]);
    assert!(search("urgen", 9).is_empty());
    // Nothing that is typed is a pattern.
    assert_eq!(search("50%", 9), ["zzz"]);
    for text in ["\\", "\\o_"] {
        assert_eq!(search(text, 9), ["zzz"], "{text}");
    }
    assert_eq!(search("gra_", 9), ["gra_ham"]);
    assert!(search("5%", 9).is_empty());
    assert!(search("%", 9).is_empty());
}

fn handle(text: &str) -> Handle {
    Handle::parse(text).unwrap()
}

impl Stores {
    #[track_caller]
    fn attempt(&self, subjects: &[&Subject], at: Timestamp) -> Uuid {
        let id = Uuid::now_v7();
        let subjects = subjects.iter().copied().cloned().collect();
        let noted = self.attempts.note_attempt(&NewAttempt { id, subjects, at });
        noted.unwrap();
        id
    }

    /// How many attempts count since the day before.
    #[track_caller]
    fn count(&self, subject: &Subject) -> i64 {
        let since = NOW.plus_seconds(-DAY_S);
        let attempts = self.attempts.attempts(subject, since, Uuid::nil());
        attempts.unwrap().count
    }
}

pub(crate) fn attempts_are_counted_by_subject_and_time(stores: &Stores) {
    let ada = Subject::account(&handle("ada"));
    let pair = Subject::pair(&handle("ada"), "192.0.2.1");
    let address = Subject::address("192.0.2.1");
    let later = NOW.plus_seconds(60);
    let first = stores.attempt(&[&pair, &ada, &address], NOW);
    let second = stores.attempt(&[&ada], later);
    let attempts = |subject, since, but| stores.attempts.attempts(subject, since, but).unwrap();
    let before = NOW.plus_seconds(-1);
    let both = Attempts {
        count: 2,
        last: Some(later),
    };
    let one = |last| Attempts {
        count: 1,
        last: Some(last),
    };
    assert_eq!(attempts(&ada, before, Uuid::nil()), both);
    assert_eq!(attempts(&ada, NOW, Uuid::nil()), one(later));
    assert_eq!(attempts(&ada, before, second), one(NOW));
    assert_eq!(attempts(&pair, before, Uuid::nil()), one(NOW));
    assert_eq!(attempts(&pair, before, first), Attempts::default());
    // The same words as another kind are another subject.
    let device = Subject::device(&handle("ada"), "192.0.2.1");
    assert_eq!(stores.count(&device), 0);
    stores.attempts.forget_attempts(&pair).unwrap();
    assert_eq!(
        [&pair, &ada, &address].map(|of| stores.count(of)),
        [0, 2, 1]
    );
}

pub(crate) fn attempt_is_withdrawn_for_all_its_subjects(stores: &Stores) {
    let ada = Subject::account(&handle("ada"));
    let address = Subject::address("192.0.2.1");
    let first = stores.attempt(&[&ada, &address], NOW);
    stores.attempt(&[&ada, &address], NOW);
    stores.attempts.withdraw_attempt(first).unwrap();
    assert_eq!([&ada, &address].map(|of| stores.count(of)), [1, 1]);
    stores.attempts.withdraw_attempt(Uuid::now_v7()).unwrap();
}

pub(crate) fn account_is_unlocked_from_everywhere(stores: &Stores) {
    let of = |account: &Handle| {
        [
            Subject::pair(account, "192.0.2.1"),
            Subject::pair(account, "192.0.2.2"),
            Subject::device(account, "1"),
            Subject::account(account),
        ]
    };
    let (locked, other) = (of(&handle("a_a")), of(&handle("axa")));
    let address = Subject::address("192.0.2.1");
    for subject in locked.iter().chain(&other).chain([&address]) {
        stores.attempt(&[subject], NOW);
    }
    stores.attempts.unlock_account(&handle("a_a")).unwrap();
    assert_eq!(locked.map(|of| stores.count(&of)), [0; 4]);
    assert_eq!(other.map(|of| stores.count(&of)), [1; 4]);
    assert_eq!(stores.count(&address), 1);
}
