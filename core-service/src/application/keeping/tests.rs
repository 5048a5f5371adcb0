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
        chat_settings::{Mute, SettingsDenied},
        event::{Effects, LoggedEvent},
        ids::{ClientId, ConversationId, MessageId},
        message::{Message, MessageDenied, Text, TextError},
        permission::Denied,
        time::Timestamp,
    },
};

/// Answers what a test has prepared, and remembers what it was asked. Fails where nothing is prepared.
#[derive(Default)]
struct FakeKept {
    changed: Mutex<Option<Changed>>,
    listed: Mutex<Option<Vec<Starred>>>,
    stars: Mutex<Vec<StarChange>>,
    drafts: Mutex<Vec<NewDraft>>,
    arranged: Mutex<Option<Arranged>>,
    arrangements: Mutex<Vec<Arrangement>>,
    clearings: Mutex<Vec<Clearing>>,
    parts: Mutex<Vec<(UserId, Option<StarPlace>, i64)>>,
}

type Arranged = Result<(ChatSettings, Vec<LoggedEvent>), Refused>;

fn taken<T>(answer: &Mutex<Option<T>>) -> Stored<T> {
    let prepared = answer.lock().unwrap().take();
    prepared.ok_or_else(|| StoreError::Unavailable("nothing was prepared".into()))
}

impl KeepStore for FakeKept {
    fn star(&self, change: &StarChange) -> Stored<Changed> {
        self.stars.lock().unwrap().push(*change);
        taken(&self.changed)
    }

    fn starred(&self, user: UserId, after: Option<StarPlace>, limit: i64) -> Stored<Vec<Starred>> {
        self.parts.lock().unwrap().push((user, after, limit));
        taken(&self.listed)
    }

    fn keep_draft(&self, new: &NewDraft) -> Stored<Changed> {
        self.drafts.lock().unwrap().push(new.clone());
        taken(&self.changed)
    }

    fn arrange(&self, arrangement: &Arrangement) -> Stored<Arranged> {
        self.arrangements.lock().unwrap().push(*arrangement);
        taken(&self.arranged)
    }

    fn clear(&self, clearing: &Clearing) -> Stored<Changed> {
        self.clearings.lock().unwrap().push(*clearing);
        taken(&self.changed)
    }
}

#[derive(Default)]
struct World {
    store: Arc<FakeKept>,
    publisher: Arc<RecordingPublisher>,
    clock: Arc<FakeClock>,
}

impl World {
    fn keeping(&self) -> Keeping {
        Keeping {
            store: self.store.clone(),
            publisher: self.publisher.clone(),
            clock: self.clock.clone(),
        }
    }

    fn keep(&self, text: &str) -> Result<(), Error> {
        let At {
            conversation,
            message,
            user,
        } = at();
        self.keeping()
            .keep_draft(user, conversation, text.to_owned(), Some(message))
    }

    fn arrange(&self, change: SettingsChange) -> Result<ChatSettings, Error> {
        self.keeping().arrange(at().user, at().conversation, change)
    }

    fn clear(&self) -> Result<(), Error> {
        self.keeping().clear(at().user, at().conversation, 5)
    }

    fn prepare(&self, changed: Changed) {
        *self.store.changed.lock().unwrap() = Some(changed);
    }
}

fn at() -> At {
    At {
        conversation: ConversationId::new(Uuid::from_u128(1)),
        message: MessageId::new(Uuid::from_u128(2)),
        user: UserId::new(Uuid::from_u128(3)),
    }
}

fn event(offset: i64) -> LoggedEvent {
    LoggedEvent {
        topic: "user:x".to_owned(),
        epoch: "e".to_owned(),
        offset,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(1),
        effects: Effects::default(),
    }
}

fn starred(n: u128) -> Starred {
    Starred {
        message: Message {
            id: MessageId::new(Uuid::from_u128(n)),
            conversation_id: at().conversation,
            seq: 1,
            sender_id: at().user,
            client_msg_id: ClientId::new(Uuid::nil()),
            text: Text::parse("a").unwrap(),
            reply_to: None,
            mentions: Vec::new(),
            forwarded: 0,
            created_at: Timestamp::from_micros(1),
            edited_at: None,
            deleted: false,
            reactions: Vec::new(),
            my_reaction: None,
            attachment: None,
            expires_at: None,
            preview: None,
            starred: true,
        },
        starred_at: Timestamp::from_micros(i64::try_from(n).unwrap()),
    }
}

#[test]
fn star_is_told_with_the_time_of_the_clock() {
    let world = World::default();
    for on in [true, false] {
        world.clock.pass_seconds(5);
        world.prepare(Ok(vec![event(7)]));
        world.keeping().star(at(), on).unwrap();
        assert_eq!(world.publisher.take_events(), [event(7)]);
        let asked = world.store.stars.lock().unwrap().pop();
        let now = world.clock.now();
        assert_eq!(asked, Some(StarChange { at: at(), on, now }));
    }
}

#[test]
fn starred_messages_come_part_by_part() {
    let world = World::default();
    let read = |found: Vec<Starred>, after| {
        *world.store.listed.lock().unwrap() = Some(found);
        let part = world.keeping().starred(at().user, after, 2).unwrap();
        // One more than is answered tells whether there is more.
        let asked = world.store.parts.lock().unwrap().pop();
        assert_eq!(asked, Some((at().user, after, 3)));
        (part.items, part.next)
    };
    let place = StarPlace {
        starred_at: Timestamp::from_micros(8),
        message: MessageId::new(Uuid::from_u128(8)),
    };
    let first = read(vec![starred(9), starred(8), starred(7)], None);
    assert_eq!(first, (vec![starred(9), starred(8)], Some(place)));
    let rest = read(vec![starred(7)], Some(place));
    assert_eq!(rest, (vec![starred(7)], None));
}

#[test]
fn draft_is_kept_as_of_now_and_told() {
    let world = World::default();
    for text in ["", " so far "] {
        world.clock.pass_seconds(5);
        world.prepare(Ok(vec![event(7)]));
        world.keep(text).unwrap();
        assert_eq!(world.publisher.take_events(), [event(7)]);
        let asked = world.store.drafts.lock().unwrap().pop();
        let expected = NewDraft {
            conversation: at().conversation,
            user: at().user,
            draft: Draft {
                text: DraftText::stored(text.to_owned()),
                reply_to: Some(at().message),
                updated_at: world.clock.now(),
            },
        };
        assert_eq!(asked, Some(expected));
    }
}

#[test]
fn draft_that_is_no_text_reaches_no_store() {
    let world = World::default();
    let nul = world.keep("a\0");
    assert!(matches!(nul, Err(Error::Text(TextError::Nul))));
    let long = world.keep(&"x".repeat(4097));
    assert!(matches!(long, Err(Error::Text(TextError::TooLong))));
    assert!(world.store.drafts.lock().unwrap().is_empty());
}

const PINNED: SettingsChange = SettingsChange {
    muted_until: None,
    archived: None,
    pinned: Some(true),
    marked_unread: None,
};

#[test]
fn chat_is_arranged_at_the_time_of_the_clock_and_that_is_told() {
    let world = World::default();
    world.clock.pass_seconds(5);
    let now = world.clock.now();
    let settings = ChatSettings {
        pinned_at: Some(now),
        ..ChatSettings::default()
    };
    *world.store.arranged.lock().unwrap() = Some(Ok((settings, vec![event(7)])));
    assert_eq!(world.arrange(PINNED).unwrap(), settings);
    assert_eq!(world.publisher.take_events(), [event(7)]);
    let asked = world.store.arrangements.lock().unwrap().pop();
    let expected = Arrangement {
        conversation: at().conversation,
        user: at().user,
        change: PINNED,
        now,
    };
    assert_eq!(asked, Some(expected));
}

#[test]
fn chat_that_cannot_be_arranged_so_reaches_no_store() {
    let world = World::default();
    let far = Mute::Until(world.clock.now().plus_seconds(400 * 86_400));
    let long = world.arrange(SettingsChange {
        muted_until: Some(Some(far)),
        ..PINNED
    });
    assert!(matches!(
        long,
        Err(Error::Settings(SettingsDenied::MuteTime))
    ));
    let both = world.arrange(SettingsChange {
        archived: Some(true),
        ..PINNED
    });
    assert!(matches!(
        both,
        Err(Error::Settings(SettingsDenied::ArchivedAndPinned))
    ));
    assert!(world.store.arrangements.lock().unwrap().is_empty());
}

#[test]
fn chat_is_cleared_at_the_time_of_the_clock_and_that_is_told() {
    let world = World::default();
    world.clock.pass_seconds(5);
    world.prepare(Ok(vec![event(7), event(8)]));
    world.clear().unwrap();
    assert_eq!(world.publisher.take_events(), [event(7), event(8)]);
    let asked = world.store.clearings.lock().unwrap().pop();
    let expected = Clearing {
        conversation: at().conversation,
        user: at().user,
        up_to_seq: 5,
        now: world.clock.now(),
    };
    assert_eq!(asked, Some(expected));
}

/// A change that somebody asks for.
type Act = fn(&World) -> Result<(), Error>;

#[test]
fn refusal_is_named_and_nothing_told() {
    #[track_caller]
    fn check(refused: Refused, is_right: impl Fn(&Error) -> bool) {
        let acts: [Act; 5] = [
            |world| world.keeping().star(at(), true),
            |world| world.keeping().star(at(), false),
            |world| world.keep("so far"),
            |world| world.clear(),
            |world| world.arrange(PINNED).map(|_| ()),
        ];
        for act in acts {
            let world = World::default();
            world.prepare(Err(refused));
            *world.store.arranged.lock().unwrap() = Some(Err(refused));
            let error = act(&world).unwrap_err();
            assert!(is_right(&error), "{error:?}");
            assert_eq!(world.publisher.take_events(), []);
        }
    }
    check(Refused::NoMessage, |error| {
        matches!(error, Error::NotFound("message"))
    });
    check(Denied::NotFound.into(), |error| {
        matches!(error, Error::NotFound("conversation"))
    });
    check(Denied::NotAccepted.into(), |error| {
        matches!(error, Error::Denied(Denied::NotAccepted))
    });
    check(Refused::NoReplyTo, |error| {
        matches!(error, Error::NoReplyTo)
    });
    check(SettingsDenied::TooManyPinned.into(), |error| {
        matches!(error, Error::Settings(SettingsDenied::TooManyPinned))
    });
    check(MessageDenied::Deleted.into(), |error| {
        matches!(error, Error::Message(MessageDenied::Deleted))
    });
}

#[test]
fn failing_store_is_reported_and_nothing_told() {
    let world = World::default();
    let star = world.keeping().star(at(), true);
    assert!(matches!(star, Err(Error::Store(_))));
    assert!(matches!(world.keep("so far"), Err(Error::Store(_))));
    assert!(matches!(world.arrange(PINNED), Err(Error::Store(_))));
    assert!(matches!(world.clear(), Err(Error::Store(_))));
    let listed = world.keeping().starred(at().user, None, 9);
    assert!(matches!(listed, Err(Error::Store(_))));
    assert_eq!(world.publisher.take_events(), []);
}
