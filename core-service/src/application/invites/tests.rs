use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{Entered, Refused, Stored},
        testing::{CountedIds, FakeClock, RecordingPublisher},
    },
    domain::{
        contact::ContactDenied,
        conversation::ConversationError,
        event::{Effects, LoggedEvent},
        invite::InviteDenied,
        permission::Denied,
        time::Timestamp,
    },
};

const CHATS_MAX: i64 = 7;

/// Answers every question with one refusal, or does what it is asked; fails where nothing is prepared.
#[derive(Default)]
struct FakeInvites {
    answer: Mutex<Option<Result<(), Refused>>>,
    made: Mutex<Vec<NewInvite>>,
    entries: Mutex<Vec<Entry>>,
    asked: Mutex<Vec<Timestamp>>,
}

impl FakeInvites {
    fn answer<T>(&self, right: T) -> Stored<Result<T, Refused>> {
        let prepared = self.answer.lock().unwrap().take();
        let prepared = prepared.ok_or_else(|| StoreError::Unavailable("not prepared".into()))?;
        Ok(prepared.map(|()| right))
    }
}

impl InviteStore for FakeInvites {
    fn create_invite(&self, new: &NewInvite) -> Stored<Result<(), Refused>> {
        self.made.lock().unwrap().push(new.clone());
        self.answer(())
    }

    fn invites(
        &self,
        _: ConversationId,
        _: UserId,
        now: Timestamp,
    ) -> Stored<Result<Vec<Invite>, Refused>> {
        self.asked.lock().unwrap().push(now);
        self.answer(Vec::new())
    }

    fn revoke_invite(
        &self,
        _: ConversationId,
        _: UserId,
        _: InviteId,
    ) -> Stored<Result<(), Refused>> {
        self.answer(())
    }

    fn invitation(&self, _: &str, _: UserId, now: Timestamp) -> Stored<Option<Invitation>> {
        self.asked.lock().unwrap().push(now);
        self.answer(invitation()).map(Result::ok)
    }

    fn enter(&self, entry: &Entry) -> Stored<Entered> {
        self.entries.lock().unwrap().push(entry.clone());
        self.answer((chat(), vec![event()]))
    }
}

fn invitation() -> Invitation {
    Invitation {
        title: Some("Rooks".to_owned()),
        member_count: 3,
        is_member: false,
        expires_at: None,
    }
}

fn chat() -> ConversationId {
    ConversationId::new(Uuid::from_u128(1))
}

fn ada() -> UserId {
    UserId::new(Uuid::from_u128(2))
}

fn event() -> LoggedEvent {
    LoggedEvent {
        topic: "chat:x".to_owned(),
        epoch: "e".to_owned(),
        offset: 7,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(1),
        effects: Effects::default(),
    }
}

#[derive(Default)]
struct World {
    store: Arc<FakeInvites>,
    publisher: Arc<RecordingPublisher>,
    clock: Arc<FakeClock>,
}

impl World {
    fn prepared(answer: Result<(), Refused>) -> Self {
        let world = Self::default();
        *world.store.answer.lock().unwrap() = Some(answer);
        world.clock.pass_seconds(5);
        world
    }

    fn invites(&self) -> Invites {
        Invites {
            store: self.store.clone(),
            publisher: self.publisher.clone(),
            clock: self.clock.clone(),
            ids: Arc::<CountedIds>::default(),
            chats_max: CHATS_MAX,
        }
    }

    fn create(&self, life: Option<i64>, uses: Option<i64>) -> Result<Invite, Error> {
        self.invites().create(ada(), chat(), life, uses)
    }

    fn accept(&self) -> Result<ConversationId, Error> {
        self.invites().accept(ada(), "token".to_owned())
    }
}

#[test]
fn link_is_made_with_a_secret_and_its_terms() {
    let world = World::prepared(Ok(()));
    let invite = world.create(Some(60), Some(2)).unwrap();
    let now = world.clock.now();
    assert_eq!(
        invite.terms,
        Terms {
            expires_at: Some(now.plus_seconds(60)),
            max_uses: Some(2)
        }
    );
    assert_eq!((invite.created_by, invite.created_at), (ada(), now));
    assert_eq!((invite.token.as_str(), invite.uses), ("secret-2", 0));
    let made = world.store.made.lock().unwrap().pop();
    let expected = NewInvite {
        conversation: chat(),
        invite,
    };
    assert_eq!(made, Some(expected));
}

#[test]
fn link_that_cannot_be_reaches_no_store() {
    let world = World::prepared(Ok(()));
    let short = world.create(Some(1), None);
    assert!(matches!(short, Err(Error::Invite(InviteDenied::Life))));
    let nobody = world.create(None, Some(0));
    assert!(matches!(nobody, Err(Error::Invite(InviteDenied::Uses))));
    assert!(world.store.made.lock().unwrap().is_empty());
}

#[test]
fn whoever_follows_a_link_is_in_and_that_is_told() {
    let world = World::prepared(Ok(()));
    assert_eq!(world.accept().unwrap(), chat());
    assert_eq!(world.publisher.take_events(), [event()]);
    let entry = world.store.entries.lock().unwrap().pop();
    let expected = Entry {
        token: "token".to_owned(),
        user: ada(),
        now: world.clock.now(),
        chats_max: CHATS_MAX,
    };
    assert_eq!(entry, Some(expected));
}

#[test]
fn links_are_looked_at_as_of_now() {
    let world = World::prepared(Ok(()));
    assert_eq!(world.invites().list(ada(), chat()).unwrap(), []);
    let world = World::prepared(Ok(()));
    assert_eq!(world.invites().show(ada(), "token").unwrap(), invitation());
    let asked = world.store.asked.lock().unwrap().clone();
    assert_eq!(asked, [world.clock.now()]);
    let world = World::prepared(Err(Refused::NoInvite));
    let none = world.invites().show(ada(), "token");
    assert!(matches!(none, Err(Error::NotFound("invite"))));
}

#[test]
fn what_is_no_token_reaches_no_store() {
    let world = World::prepared(Ok(()));
    for token in ["", "a\0", "../a"] {
        let shown = world.invites().show(ada(), token);
        assert!(matches!(shown, Err(Error::NotFound("invite"))));
        let entered = world.invites().accept(ada(), token.to_owned());
        assert!(matches!(entered, Err(Error::NotFound("invite"))));
    }
    assert!(world.store.asked.lock().unwrap().is_empty());
    assert!(world.store.entries.lock().unwrap().is_empty());
}

/// What somebody asks for.
type Act = fn(&World) -> Result<(), Error>;

const ACTS: [Act; 4] = [
    |world| world.create(None, None).map(|_| ()),
    |world| world.invites().list(ada(), chat()).map(|_| ()),
    |world| {
        let invite = InviteId::new(Uuid::nil());
        world.invites().revoke(ada(), chat(), invite)
    },
    |world| world.accept().map(|_| ()),
];

#[test]
fn refusal_is_named_and_nothing_told() {
    #[track_caller]
    fn check(refused: Refused, is_right: impl Fn(&Error) -> bool) {
        for act in ACTS {
            let world = World::prepared(Err(refused));
            let error = act(&world).unwrap_err();
            assert!(is_right(&error), "{error:?}");
            assert_eq!(world.publisher.take_events(), []);
        }
    }
    check(Refused::NoInvite, |error| {
        matches!(error, Error::NotFound("invite"))
    });
    check(Denied::NotFound.into(), |error| {
        matches!(error, Error::NotFound("conversation"))
    });
    check(Denied::RoleTooLow.into(), |error| {
        matches!(error, Error::Denied(Denied::RoleTooLow))
    });
    check(InviteDenied::TooMany.into(), |error| {
        matches!(error, Error::Invite(InviteDenied::TooMany))
    });
    check(InviteDenied::Removed.into(), |error| {
        matches!(error, Error::Invite(InviteDenied::Removed))
    });
    check(ContactDenied::Blocked.into(), |error| {
        matches!(error, Error::Contact(ContactDenied::Blocked))
    });
    check(Refused::Full, |error| {
        matches!(
            error,
            Error::Conversation(ConversationError::TooManyMembers)
        )
    });
    check(Refused::TooManyChats, |error| {
        matches!(error, Error::Conversation(ConversationError::TooManyChats))
    });
}

#[test]
fn failing_store_is_reported_and_nothing_told() {
    let world = World::default();
    for act in ACTS {
        assert!(matches!(act(&world), Err(Error::Store(_))));
    }
    let shown = world.invites().show(ada(), "token");
    assert!(matches!(shown, Err(Error::Store(_))));
    assert_eq!(world.publisher.take_events(), []);
}
