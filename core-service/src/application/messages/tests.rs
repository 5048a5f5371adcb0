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
        event::{Effects, LoggedEvent},
        ids::{ConversationId, MessageId},
        message::{MENTIONS_MAX, MessageDenied, TextError},
        permission::Denied,
        time::Timestamp,
    },
};

const WINDOWS: Windows = Windows {
    edit_s: 900,
    delete_s: 7_200,
};

/// Answers what a test has prepared, and remembers what it was asked.
#[derive(Default)]
struct FakeMessages {
    edited: Mutex<Option<Result<Made<Message>, Refused>>>,
    changed: Mutex<Option<Changed>>,
    edits: Mutex<Vec<Edit>>,
    deletions: Mutex<Vec<Deletion>>,
    hidden: Mutex<Vec<(At, Timestamp)>>,
    reactions: Mutex<Vec<NewReaction>>,
    told: Mutex<Vec<(Timestamp, i64)>>,
    pins: Mutex<Vec<NewPin>>,
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
        Ok(Err(Refused::NoMessage))
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
        _: At,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Result<Vec<ReactionOf>, Refused>> {
        let from = after.map_or(0, |after| after.as_uuid().as_u128());
        let users = from + 1..=from + u128::try_from(limit).unwrap();
        let reaction = |n| ReactionOf {
            user: User {
                id: user(n),
                handle: Handle::stored("ada".to_owned()),
                display_name: DisplayName::stored("Ada".to_owned()),
            },
            emoji: Emoji::parse("👍").unwrap(),
            at: Timestamp::from_micros(1),
        };
        Ok(Ok(users.map(reaction).collect()))
    }

    fn pin_message(&self, new: &NewPin) -> Stored<Changed> {
        self.pins.lock().unwrap().push(*new);
        taken(&self.changed)
    }

    fn unpin_message(&self, _: At, _: Timestamp) -> Stored<Changed> {
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
}

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
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

#[test]
fn refusal_is_named_and_nothing_told() {
    #[track_caller]
    fn check(refused: Refused, is_right: impl Fn(&Error) -> bool) {
        let world = World::default();
        *world.store.changed.lock().unwrap() = Some(Err(refused));
        let error = world.messages().delete_for_everyone(at()).unwrap_err();
        assert!(is_right(&error), "{error:?}");
        assert_eq!(world.publisher.take_events(), []);
    }
    check(Refused::NoMessage, |error| {
        matches!(error, Error::NotFound("message"))
    });
    check(Denied::NotFound.into(), |error| {
        matches!(error, Error::NotFound("conversation"))
    });
    check(Denied::NotAuthor.into(), |error| {
        matches!(error, Error::Denied(Denied::NotAuthor))
    });
    check(MessageDenied::DeleteWindowOver.into(), |error| {
        matches!(error, Error::Message(MessageDenied::DeleteWindowOver))
    });
    let world = World::default();
    let failed = world.messages().delete_for_me(at());
    assert!(matches!(failed, Err(Error::Store(_))));
    assert!(matches!(
        world.messages().versions(at()),
        Err(Error::NotFound("message"))
    ));
}

#[test]
fn deletion_is_told_with_the_time_of_the_clock() {
    let world = World::default();
    world.clock.pass_seconds(5);
    *world.store.changed.lock().unwrap() = Some(Ok(vec![event(8)]));
    world.messages().delete_for_everyone(at()).unwrap();
    assert_eq!(world.publisher.take_events(), [event(8)]);
    let asked = world.store.deletions.lock().unwrap().pop().unwrap();
    let expected = Deletion {
        at: at(),
        windows: WINDOWS,
        now: world.clock.now(),
    };
    assert_eq!(asked, expected);
    *world.store.changed.lock().unwrap() = Some(Ok(vec![event(9)]));
    world.messages().delete_for_me(at()).unwrap();
    assert_eq!(world.publisher.take_events(), [event(9)]);
    let hidden = world.store.hidden.lock().unwrap().pop();
    assert_eq!(hidden, Some((at(), world.clock.now())));
}

#[test]
fn reaction_is_checked_and_told() {
    let world = World::default();
    let nothing = world.messages().react(at(), Some("thumbs up"));
    assert!(matches!(nothing, Err(Error::NotAnEmoji(_))));
    assert!(world.store.reactions.lock().unwrap().is_empty());
    for emoji in [Some("👍"), None] {
        *world.store.changed.lock().unwrap() = Some(Ok(vec![event(3)]));
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
    assert!(world.messages().tell_reactions().is_err());
}

#[test]
fn who_reacted_comes_part_by_part() {
    let world = World::default();
    let part = world.messages().reactions(at(), None, 3).unwrap();
    assert_eq!((part.items.len(), part.next), (3, Some(user(3))));
}

#[test]
fn pin_ends_when_its_time_is_over() {
    let world = World::default();
    let never = world.messages().pin(at(), 1);
    assert!(matches!(never, Err(Error::NotAPinTime(_))));
    *world.store.changed.lock().unwrap() = Some(Ok(vec![event(3)]));
    world.messages().pin(at(), 86_400).unwrap();
    let now = world.clock.now();
    let expected = NewPin {
        at: at(),
        until: now.plus_seconds(86_400),
        now,
    };
    assert_eq!(world.store.pins.lock().unwrap().pop(), Some(expected));
    *world.store.changed.lock().unwrap() = Some(Err(Refused::NoMessage));
    let nothing = world.messages().unpin(at());
    assert!(matches!(nothing, Err(Error::NotFound("message"))));
    assert_eq!(world.publisher.take_events(), [event(3)]);
}
