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
