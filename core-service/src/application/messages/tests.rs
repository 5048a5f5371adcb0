use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{Changed, Refused, Stored},
        testing::{FakeClock, RecordingPublisher},
    },
    domain::{
        account::{DisplayName, Handle, User},
        contact::ContactDenied,
        event::{Effects, LoggedEvent},
        ids::{ConversationId, MessageId},
        message::{MENTIONS_MAX, MessageDenied, TextError},
        permission::Denied,
        receipt::Reached,
        time::Timestamp,
    },
};

const WINDOWS: Windows = Windows {
    edit_s: 900,
    delete_s: 7_200,
};

/// Answers what a test has prepared, and remembers what it was asked. Fails where nothing is prepared.
#[derive(Default)]
struct FakeMessages {
    edited: Mutex<Option<Result<Made<Message>, Refused>>>,
    changed: Mutex<Option<Changed>>,
    said: Mutex<Option<Result<Vec<Version>, Refused>>>,
    reacted: Mutex<Option<Result<Vec<ReactionOf>, Refused>>>,
    reached: Mutex<Option<Result<Vec<Reach>, Refused>>>,
    edits: Mutex<Vec<Edit>>,
    deletions: Mutex<Vec<Deletion>>,
    hidden: Mutex<Vec<(At, Timestamp)>>,
    reactions: Mutex<Vec<NewReaction>>,
    told: Mutex<Vec<(Timestamp, i64)>>,
    pins: Mutex<Vec<NewPin>>,
    unpinned: Mutex<Vec<(At, Timestamp)>>,
    parts: Mutex<Vec<(At, Option<UserId>, i64)>>,
}

fn taken<T>(answer: &Mutex<Option<T>>) -> Stored<T> {
    let prepared = answer.lock().unwrap().take();
    prepared.ok_or_else(|| StoreError::Unavailable("nothing was prepared".into()))
}

impl MessageStore for FakeMessages {
    fn edit_message(&self, edit: &Edit) -> Stored<Result<Made<Message>, Refused>> {
        self.edits.lock().unwrap().push(edit.clone());
        taken(&self.edited)
    }

    fn delete_message(&self, deletion: &Deletion) -> Stored<Changed> {
        self.deletions.lock().unwrap().push(*deletion);
        taken(&self.changed)
    }

    fn hide_message(&self, at: At, now: Timestamp) -> Stored<Changed> {
        self.hidden.lock().unwrap().push((at, now));
        taken(&self.changed)
    }

    fn versions(&self, _: At) -> Stored<Result<Vec<Version>, Refused>> {
        taken(&self.said)
    }

    fn react(&self, new: &NewReaction) -> Stored<Changed> {
        self.reactions.lock().unwrap().push(new.clone());
        taken(&self.changed)
    }

    fn tell_reactions(&self, now: Timestamp, limit: i64) -> Stored<Vec<LoggedEvent>> {
        self.told.lock().unwrap().push((now, limit));
        taken(&self.changed).map(Result::unwrap)
    }

    fn reactions(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<ReactionOf>, Refused>> {
        self.parts.lock().unwrap().push((at, after, limit));
        taken(&self.reacted)
    }

    fn reach(
        &self,
        at: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<Reach>, Refused>> {
        self.parts.lock().unwrap().push((at, after, limit));
        taken(&self.reached)
    }

    fn pin_message(&self, new: &NewPin) -> Stored<Changed> {
        self.pins.lock().unwrap().push(*new);
        taken(&self.changed)
    }

    fn unpin_message(&self, at: At, now: Timestamp) -> Stored<Changed> {
        self.unpinned.lock().unwrap().push((at, now));
        taken(&self.changed)
    }
}

#[derive(Default)]
struct World {
    store: Arc<FakeMessages>,
    publisher: Arc<RecordingPublisher>,
    clock: Arc<FakeClock>,
}

impl World {
    fn messages(&self) -> Messages {
        Messages {
            messages: self.store.clone(),
            publisher: self.publisher.clone(),
            clock: self.clock.clone(),
            windows: WINDOWS,
        }
    }

    fn edit(&self, text: &str, mentions: Vec<UserId>) -> Result<(Message, Origin), Error> {
        self.messages().edit(at(), op(), text, mentions)
    }

    /// A store that refuses whatever it is asked.
    fn refusing(refused: Refused) -> Self {
        let world = Self::default();
        *world.store.edited.lock().unwrap() = Some(Err(refused));
        *world.store.changed.lock().unwrap() = Some(Err(refused));
        *world.store.said.lock().unwrap() = Some(Err(refused));
        *world.store.reacted.lock().unwrap() = Some(Err(refused));
        *world.store.reached.lock().unwrap() = Some(Err(refused));
        world
    }

    fn change(&self, offset: i64) {
        *self.store.changed.lock().unwrap() = Some(Ok(vec![event(offset)]));
    }
}

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

fn person(n: u128) -> User {
    User {
        id: user(n),
        handle: Handle::stored("ada".to_owned()),
        display_name: DisplayName::stored("Ada".to_owned()),
        picture: None,
    }
}

fn at() -> At {
    At {
        conversation: ConversationId::new(Uuid::from_u128(1)),
        message: MessageId::new(Uuid::from_u128(2)),
        user: user(3),
    }
}

fn op() -> ClientId {
    ClientId::new(Uuid::from_u128(4))
}

fn message(text: &str) -> Message {
    Message {
        id: at().message,
        conversation_id: at().conversation,
        seq: 1,
        sender_id: at().user,
        client_msg_id: op(),
        text: Text::parse(text).unwrap(),
        reply_to: None,
        mentions: Vec::new(),
        forwarded: 0,
        created_at: Timestamp::from_micros(1),
        edited_at: None,
        deleted: false,
        reactions: Vec::new(),
        my_reaction: None,
        starred: false,
        attachment: None,
        expires_at: None,
        preview: None,
    }
}

fn event(offset: i64) -> LoggedEvent {
    LoggedEvent {
        topic: "chat:x".to_owned(),
        epoch: "e".to_owned(),
        offset,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(1),
        effects: Effects::default(),
    }
}

#[test]
fn edit_is_told_once_and_a_repeat_answered() {
    let world = World::default();
    let made = Made::New(message("b"), vec![event(7)]);
    *world.store.edited.lock().unwrap() = Some(Ok(made));
    let mentions = vec![user(9), user(8), user(9)];
    let (edited, origin) = world.edit(" b ", mentions).unwrap();
    assert_eq!((edited.text.as_str(), origin), ("b", Origin::New));
    assert_eq!(world.publisher.take_events(), [event(7)]);
    let asked = world.store.edits.lock().unwrap().pop().unwrap();
    let expected = Edit {
        at: at(),
        client_op_id: op(),
        text: Text::parse(" b").unwrap(),
        mentions: vec![user(9), user(8)],
        windows: WINDOWS,
        now: world.clock.now(),
    };
    assert_eq!(asked, expected);

    *world.store.edited.lock().unwrap() = Some(Ok(Made::Replayed(message("b"))));
    assert_eq!(world.edit("b", Vec::new()).unwrap().1, Origin::Replayed);
    assert_eq!(world.publisher.take_events(), []);
}

#[test]
fn what_cannot_be_said_reaches_no_store() {
    let world = World::default();
    let empty = world.edit(" \n", Vec::new());
    assert!(matches!(empty, Err(Error::Text(TextError::Empty))));
    let many = (0..=MENTIONS_MAX).map(|n| user(n as u128)).collect();
    let many = world.edit("all of you", many);
    assert!(matches!(many, Err(Error::TooManyMentions(_))));
    assert!(world.store.edits.lock().unwrap().is_empty());
}

/// What a use case answers, when it is asked for something that can be done.
type Act = fn(&Messages) -> Result<(), Error>;

/// Every use case that somebody asks for.
const ACTS: [(&str, Act); 10] = [
    ("edit", |messages| {
        messages.edit(at(), op(), "b", Vec::new()).map(drop)
    }),
    ("delete for everyone", |messages| {
        messages.delete_for_everyone(at())
    }),
    ("delete for me", |messages| messages.delete_for_me(at())),
    ("react", |messages| messages.react(at(), Some("👍"))),
    ("take a reaction back", |messages| {
        messages.react(at(), None)
    }),
    ("reactions", |messages| {
        messages.reactions(at(), None, 9).map(drop)
    }),
    ("reach", |messages| messages.reach(at(), None, 9).map(drop)),
    ("pin", |messages| messages.pin(at(), 86_400)),
    ("unpin", |messages| messages.unpin(at())),
    ("versions", |messages| messages.versions(at()).map(drop)),
];

#[test]
fn refusal_is_named_and_nothing_told() {
    #[track_caller]
    fn check(refused: Refused, is_right: impl Fn(&Error) -> bool) {
        for (name, act) in ACTS {
            let world = World::refusing(refused);
            let error = act(&world.messages()).unwrap_err();
            assert!(is_right(&error), "{name}: {error:?}");
            assert_eq!(world.publisher.take_events(), [], "{name}");
        }
    }
    check(Refused::NoMessage, |error| {
        matches!(error, Error::NotFound("message"))
    });
    check(Denied::NotFound.into(), |error| {
        matches!(error, Error::NotFound("conversation"))
    });
    for denied in [Denied::NotAccepted, Denied::NotAuthor, Denied::RoleTooLow] {
        check(
            denied.into(),
            |error| matches!(error, Error::Denied(named) if *named == denied),
        );
    }
    for denied in [
        ContactDenied::Blocked,
        ContactDenied::Blocking,
        ContactDenied::Unanswered,
    ] {
        check(
            denied.into(),
            |error| matches!(error, Error::Contact(named) if *named == denied),
        );
    }
    for denied in [
        MessageDenied::EditWindowOver,
        MessageDenied::DeleteWindowOver,
        MessageDenied::Deleted,
        MessageDenied::TooManyEdits,
        MessageDenied::TooManyEmoji,
        MessageDenied::TooManyPins,
    ] {
        check(
            denied.into(),
            |error| matches!(error, Error::Message(named) if *named == denied),
        );
    }
}

#[test]
fn failing_store_is_reported_and_nothing_told() {
    for (name, act) in ACTS {
        let world = World::default();
        let error = act(&world.messages()).unwrap_err();
        assert!(matches!(error, Error::Store(_)), "{name}: {error:?}");
        assert_eq!(world.publisher.take_events(), [], "{name}");
    }
    let world = World::default();
    let untold = world.messages().tell_reactions();
    assert!(matches!(untold, Err(Error::Store(_))));
}

#[test]
fn deletion_is_told_with_the_time_of_the_clock() {
    let world = World::default();
    world.clock.pass_seconds(5);
    world.change(8);
    world.messages().delete_for_everyone(at()).unwrap();
    assert_eq!(world.publisher.take_events(), [event(8)]);
    let asked = world.store.deletions.lock().unwrap().pop().unwrap();
    let expected = Deletion {
        at: at(),
        windows: WINDOWS,
        now: world.clock.now(),
    };
    assert_eq!(asked, expected);
    world.change(9);
    world.messages().delete_for_me(at()).unwrap();
    assert_eq!(world.publisher.take_events(), [event(9)]);
    let hidden = world.store.hidden.lock().unwrap().pop();
    assert_eq!(hidden, Some((at(), world.clock.now())));
}

#[test]
fn reaction_is_checked_and_told() {
    let world = World::default();
    for text in ["thumbs up", "", "👍👍"] {
        let nothing = world.messages().react(at(), Some(text));
        assert!(matches!(nothing, Err(Error::NotAnEmoji(_))));
    }
    assert!(world.store.reactions.lock().unwrap().is_empty());
    for emoji in [Some("👍"), None] {
        world.change(3);
        world.messages().react(at(), emoji).unwrap();
        assert_eq!(world.publisher.take_events(), [event(3)]);
        let asked = world.store.reactions.lock().unwrap().pop().unwrap();
        let expected = NewReaction {
            at: at(),
            emoji: emoji.map(|emoji| Emoji::parse(emoji).unwrap()),
            now: world.clock.now(),
        };
        assert_eq!(asked, expected);
    }
}

#[test]
fn gathered_reactions_are_told_as_of_now() {
    let world = World::default();
    *world.store.changed.lock().unwrap() = Some(Ok(vec![event(1), event(2)]));
    assert_eq!(world.messages().tell_reactions().unwrap(), 2);
    assert_eq!(world.publisher.take_events(), [event(1), event(2)]);
    let asked = world.store.told.lock().unwrap().pop();
    assert_eq!(asked, Some((world.clock.now(), TOLD_AT_ONCE)));
}

#[test]
fn who_reacted_comes_part_by_part() {
    let reaction = |n| ReactionOf {
        user: person(n),
        emoji: Emoji::parse("👍").unwrap(),
        at: Timestamp::from_micros(1),
    };
    let world = World::default();
    let read = |found: std::ops::RangeInclusive<u128>, after| {
        *world.store.reacted.lock().unwrap() = Some(Ok(found.map(reaction).collect()));
        let part = world.messages().reactions(at(), after, 3).unwrap();
        // One more than is answered tells whether there is more.
        let asked = world.store.parts.lock().unwrap().pop();
        assert_eq!(asked, Some((at(), after, 4)));
        let users: Vec<UserId> = part.items.iter().map(|of| of.user.id).collect();
        (users, part.next)
    };
    let first = read(1..=4, None);
    assert_eq!(first, (vec![user(1), user(2), user(3)], Some(user(3))));
    assert_eq!(read(4..=4, Some(user(3))), (vec![user(4)], None));
}

#[test]
fn who_has_got_a_message_comes_part_by_part() {
    let reach = |n| Reach {
        user: person(n),
        delivered: Reached::At(Timestamp::from_micros(5)),
        read: Reached::No,
    };
    let world = World::default();
    let found = vec![reach(1), reach(2), reach(3)];
    *world.store.reached.lock().unwrap() = Some(Ok(found.clone()));
    let part = world.messages().reach(at(), Some(user(9)), 2).unwrap();
    assert_eq!((&part.items[..], part.next), (&found[..2], Some(user(2))));
    let asked = world.store.parts.lock().unwrap().pop();
    assert_eq!(asked, Some((at(), Some(user(9)), 3)));
}

#[test]
fn pin_ends_when_its_time_is_over() {
    let world = World::default();
    for for_s in [0, 1, -86_400, i64::MAX] {
        let never = world.messages().pin(at(), for_s);
        assert!(matches!(never, Err(Error::NotAPinTime(_))));
    }
    assert!(world.store.pins.lock().unwrap().is_empty());
    world.change(3);
    world.messages().pin(at(), 86_400).unwrap();
    let now = world.clock.now();
    let expected = NewPin {
        at: at(),
        until: now.plus_seconds(86_400),
        now,
    };
    assert_eq!(world.store.pins.lock().unwrap().pop(), Some(expected));
    world.change(4);
    world.messages().unpin(at()).unwrap();
    let unpinned = world.store.unpinned.lock().unwrap().pop();
    assert_eq!(unpinned, Some((at(), now)));
    assert_eq!(world.publisher.take_events(), [event(3), event(4)]);
}

#[test]
fn versions_are_what_the_store_has() {
    let world = World::default();
    let version = |text: &str| Version {
        text: Text::parse(text).unwrap(),
        mentions: vec![user(9)],
        written_at: Timestamp::from_micros(1),
    };
    let versions = vec![version("a"), version("b")];
    *world.store.said.lock().unwrap() = Some(Ok(versions.clone()));
    assert_eq!(world.messages().versions(at()).unwrap(), versions);
}
