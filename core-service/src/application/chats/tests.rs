//! The use cases of chats against a store that follows a script.
//!
//! Long because each use case is tried with each answer of its store.

use std::sync::Mutex;

use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{Changed, MarksMoved, MemberSlice, Stored},
        testing::{CountedIds, FakeClock, RecordingPublisher},
    },
    domain::{
        account::{DisplayName, Handle, User},
        chat_settings::{ChatSettings, Mute},
        contact::ContactDenied,
        conversation::MemberState,
        event::{Effects, LoggedEvent, ReceiptsMoved},
        message::TextError,
        permission::Standing,
        profile::{Description, PictureDenied},
        reaction::Pin,
        time::Timestamp,
    },
};

/// What a store answers to each question, and what it was told to do.
struct Script {
    created: Result<Made<ConversationId>, Refused>,
    chats: Vec<Conversation>,
    pinned: Vec<Conversation>,
    members: Option<Vec<Member>>,
    standing: Option<(Kind, Standing)>,
    changed: Changed,
    posted: Option<Posted>,
    page: Option<Page<Message>>,
    mentions: Option<Vec<(MessageId, i64)>>,
    slice: Option<MemberSlice>,
    moved: MarksMoved,
    limits: Vec<i64>,
    changes: Vec<MemberChange>,
    /// Questions that are answered before the store fails.
    answers: usize,
}

/// A store of chats that follows a script.
struct Scripted(Mutex<Script>);

impl Scripted {
    fn answer<T>(&self, answer: impl FnOnce(&mut Script) -> T) -> Stored<T> {
        let mut script = self.0.lock().unwrap();
        match script.answers.checked_sub(1) {
            None => Err(StoreError::Unavailable("the network is down".into())),
            Some(left) => {
                script.answers = left;
                Ok(answer(&mut script))
            }
        }
    }
}

impl ChatStore for Scripted {
    fn create_conversation(
        &self,
        new: &NewConversation,
    ) -> Stored<Result<Made<ConversationId>, Refused>> {
        self.answer(|script| {
            script.limits.push(new.chats_max);
            script.created.clone()
        })
    }

    fn conversation(&self, _: UserId, id: ConversationId) -> Stored<Option<Conversation>> {
        self.answer(|script| script.chats.iter().find(|chat| chat.id == id).cloned())
    }

    fn conversations(
        &self,
        _: UserId,
        _: Option<ListPlace>,
        limit: i64,
    ) -> Stored<(Vec<Conversation>, TopicPosition)> {
        self.answer(|script| {
            script.limits.push(limit);
            (script.chats.clone(), position())
        })
    }

    fn pinned_conversations(&self, _: UserId) -> Stored<Vec<Conversation>> {
        self.answer(|script| script.pinned.clone())
    }

    fn chat_heads(
        &self,
        _: UserId,
        _: Option<ConversationId>,
        limit: i64,
    ) -> Stored<(Vec<ChatHead>, TopicPosition)> {
        self.answer(|script| {
            script.limits.push(limit);
            let head = |chat: &Conversation| ChatHead {
                id: chat.id,
                epoch: chat.topic.epoch.clone(),
                offset: chat.topic.offset,
            };
            (script.chats.iter().map(head).collect(), position())
        })
    }

    fn members(
        &self,
        _: ConversationId,
        _: UserId,
        _: Option<UserId>,
        limit: i64,
    ) -> Stored<Option<Vec<Member>>> {
        self.answer(|script| {
            script.limits.push(limit);
            script.members.clone()
        })
    }

    fn standing(&self, _: ConversationId, _: UserId) -> Stored<Option<(Kind, Standing)>> {
        self.answer(|script| script.standing)
    }

    fn change_member(&self, change: &MemberChange) -> Stored<Changed> {
        self.answer(|script| {
            script.changes.push(*change);
            script.changed.clone()
        })
    }

    fn post_messages(&self, _: &[NewMessage]) -> Stored<Vec<Posted>> {
        self.answer(|script| script.posted.clone().into_iter().collect())
    }

    fn messages(
        &self,
        _: ConversationId,
        _: UserId,
        _: Cursor,
        _: i64,
    ) -> Stored<Option<Page<Message>>> {
        self.answer(|script| script.page.clone())
    }

    fn unread_mentions(
        &self,
        _: ConversationId,
        _: UserId,
    ) -> Stored<Option<Vec<(MessageId, i64)>>> {
        self.answer(|script| script.mentions.clone())
    }

    fn changes(
        &self,
        _: ConversationId,
        _: UserId,
        _: &str,
        _: i64,
        _: i64,
    ) -> Stored<Option<MemberSlice>> {
        self.answer(|script| script.slice.clone())
    }

    fn move_marks(&self, _: &[MarkReport], _: Timestamp) -> Stored<MarksMoved> {
        self.answer(|script| script.moved.clone())
    }
}

struct World {
    store: Arc<Scripted>,
    publisher: Arc<RecordingPublisher>,
    chats: Chats,
}

impl World {
    /// A store with one group, in which everything that is asked is done.
    fn new() -> Self {
        let script = Script {
            created: Ok(Made::New(chat(1), vec![event(1)])),
            chats: vec![group(1)],
            pinned: Vec::new(),
            members: Some(vec![member(1)]),
            standing: None,
            changed: Ok(vec![event(2)]),
            posted: Some(Posted::Made(Made::New(message(), vec![event(3)]))),
            page: Some(Page {
                items: vec![message()],
                has_more: false,
                has_newer: None,
                topic: position(),
            }),
            mentions: Some(vec![(message().id, 4)]),
            slice: Some(slice(0, 1..=10)),
            moved: MarksMoved {
                marks: vec![Some(Watermarks::default())],
                events: vec![event(4)],
                receipts: vec![ReceiptsMoved {
                    conversation_id: chat(1),
                    receipts: Vec::new(),
                }],
            },
            limits: Vec::new(),
            changes: Vec::new(),
            answers: usize::MAX,
        };
        let store = Arc::new(Scripted(Mutex::new(script)));
        let publisher = Arc::<RecordingPublisher>::default();
        let chats = Chats {
            chats: store.clone(),
            posting: Posting::to(store.clone(), publisher.clone()),
            publisher: publisher.clone(),
            clock: Arc::<FakeClock>::default(),
            ids: Arc::<CountedIds>::default(),
            chats_max: 7,
        };
        Self {
            store,
            publisher,
            chats,
        }
    }

    fn script(&self, write: impl FnOnce(&mut Script)) {
        write(&mut self.store.0.lock().unwrap());
    }

    /// Offsets of what was published since the last call.
    fn published(&self) -> Vec<i64> {
        let events = self.publisher.take_events().into_iter();
        events.map(|event| event.offset).collect()
    }

    fn create(&self) -> Result<(Conversation, Origin), Error> {
        let client_id = ClientId::new(Uuid::nil());
        let members = vec![user(2)];
        self.chats
            .create(user(1), Kind::Group, members, Some("Rooks"), client_id)
    }

    fn post(&self, text: &str) -> Result<(Message, Origin), Error> {
        self.post_with(text, Vec::new())
    }

    fn post_with(&self, text: &str, mentions: Vec<UserId>) -> Result<(Message, Origin), Error> {
        self.post_draft(Draft {
            mentions,
            ..draft(text)
        })
    }

    fn forward(&self, text: &str, mentions: Vec<UserId>) -> Result<(Message, Origin), Error> {
        self.post_draft(Draft {
            forward_of: Some(MessageId::new(Uuid::from_u128(5))),
            mentions,
            ..draft(text)
        })
    }

    fn post_draft(&self, draft: Draft) -> Result<(Message, Origin), Error> {
        self.chats.post(user(1), chat(1), draft)
    }

    fn read(&self) -> Result<Page<Message>, Error> {
        self.chats.messages(user(1), chat(1), Cursor::Latest, 9)
    }

    fn catch_up(&self) -> Result<Changes, Error> {
        self.chats.changes(user(1), chat(1), "now", 3, 9)
    }

    fn mark(&self) -> Result<Watermarks, Error> {
        self.chats.move_marks(user(1), chat(1), 1, 1)
    }
}

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

fn chat(n: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128(n))
}

fn position() -> TopicPosition {
    TopicPosition {
        name: "chat:x".to_owned(),
        epoch: "now".to_owned(),
        offset: 10,
    }
}

fn member(n: u128) -> Member {
    Member {
        user: User {
            id: user(n),
            handle: Handle::parse("ada").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
            picture: None,
        },
        role: Role::Owner,
    }
}

fn group(n: u128) -> Conversation {
    Conversation {
        id: chat(n),
        kind: Kind::Group,
        title: Some("Rooks".to_owned()),
        description: Description::default(),
        picture: None,
        members: vec![member(1)],
        member_count: 1,
        role: Role::Owner,
        state: MemberState::Active,
        awaits_other: false,
        blocked: false,
        created_at: Timestamp::from_micros(0),
        last_message: None,
        unread_count: 0,
        unread_mentions: 0,
        marks: Watermarks::default(),
        receipts: Vec::new(),
        pins: Vec::new(),
        draft: None,
        first_seq: 1,
        settings: ChatSettings::default(),
        lifetime: None,
        topic: position(),
        active_at: Timestamp::from_micros(i64::try_from(n).unwrap()),
    }
}

fn draft(text: &str) -> Draft {
    Draft {
        client_msg_id: ClientId::new(Uuid::nil()),
        text: text.to_owned(),
        forward_of: None,
        reply_to: None,
        mentions: Vec::new(),
        attachment: None,
        preview: None,
    }
}

fn message() -> Message {
    Message {
        id: MessageId::new(Uuid::nil()),
        conversation_id: chat(1),
        seq: 1,
        sender_id: user(1),
        client_msg_id: ClientId::new(Uuid::nil()),
        text: Text::parse("hi").unwrap(),
        reply_to: None,
        mentions: Vec::new(),
        forwarded: 0,
        created_at: Timestamp::from_micros(0),
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
        epoch: "now".to_owned(),
        offset,
        payload: "{}".to_owned(),
        committed_at: Timestamp::from_micros(0),
        effects: Effects::default(),
    }
}

/// What somebody is told.
#[track_caller]
fn told<T: std::fmt::Debug>(done: Result<T, Error>) -> String {
    done.unwrap_err().to_string()
}

const STORE_FAILED: &str = "the store failed";
const NOT_FOUND: &str = "there is no such conversation";
const ACCEPT_FIRST: &str = "you were asked to join this conversation; accept first";

#[test]
fn what_is_made_is_published_once_and_a_repeat_is_not() {
    let world = World::new();
    let (made, origin) = world.create().unwrap();
    assert_eq!((made.id, origin), (chat(1), Origin::New));
    assert_eq!(world.published(), [1]);
    let (own, origin) = world.chats.own(user(1)).unwrap();
    assert_eq!((own.id, origin), (chat(1), Origin::New));
    assert_eq!(world.published(), [1]);
    world.script(|script| script.created = Ok(Made::Replayed(chat(1))));
    assert_eq!(world.create().unwrap().1, Origin::Replayed);
    assert_eq!(world.published(), [0; 0]);
    // A direct chat that was left is shown again.
    let existing = Made::Existing(chat(1), vec![event(5)]);
    world.script(|script| script.created = Ok(existing));
    assert_eq!(world.create().unwrap().1, Origin::Existing);
    assert_eq!(world.published(), [5]);
    world.script(|script| assert_eq!(script.limits, [7; 4], "the configured limit"));
}

/// Each reason for which a store refuses, and what is said.
const REFUSALS: [(Refused, &str); 10] = [
    (Refused::NoUser, "there is no such user"),
    (
        Refused::Picture(PictureDenied::NotAPicture),
        "this file is no picture; choose a JPEG, PNG, WebP or GIF",
    ),
    (Refused::Full, "a group has at most 1000 members"),
    (
        Refused::TooManyChats,
        "you, or somebody whom you add, is in as many chats as a person may be; leave some of them",
    ),
    (Refused::Denied(Denied::NotFound), NOT_FOUND),
    (
        Refused::Denied(Denied::NotAGroup),
        "this is a direct chat; only groups have a title, a picture, and members to add, remove and \
         give roles",
    ),
    (Refused::Denied(Denied::NotAccepted), ACCEPT_FIRST),
    (
        Refused::Denied(Denied::RoleTooLow),
        "your role in this group does not allow this; ask its owner or an admin",
    ),
    (
        Refused::Contact(ContactDenied::Blocking),
        "you have blocked this person; unblock them first",
    ),
    (
        Refused::Contact(ContactDenied::AskedRecently),
        "this person left the group and was asked back within the last seven days; \
         send them a message instead, or ask again later",
    ),
];

#[test]
fn what_a_store_refuses_is_said_and_not_published() {
    let world = World::new();
    let (ada, ben, id) = (user(1), user(2), chat(1));
    for (refused, why) in REFUSALS {
        world.script(|script| {
            script.created = Err(refused);
            script.changed = Err(refused);
            script.posted = Some(Posted::Refused(refused));
        });
        for said in [
            told(world.create()),
            told(world.chats.own(ada)),
            told(world.chats.add_member(ada, id, ben)),
            told(world.chats.remove_member(ada, id, ben)),
            told(world.chats.set_role(ada, id, ben, Role::Admin)),
            told(world.chats.accept(ada, id)),
            told(world.post("hi")),
        ] {
            assert_eq!(said, why);
        }
    }
    assert_eq!(world.published(), [0; 0]);
}

#[test]
fn conversation_that_nobody_can_make_does_not_reach_the_store() {
    let world = World::new();
    let create = |kind, members, title| {
        let client_id = ClientId::new(Uuid::nil());
        told(world.chats.create(user(1), kind, members, title, client_id))
    };
    let untitled = create(Kind::Group, Vec::new(), None);
    assert!(untitled.starts_with("a group's title"), "{untitled}");
    let alone = create(Kind::Direct, Vec::new(), None);
    assert_eq!(alone, "a direct chat has exactly one other member");
    let many = (2..1_002).map(user).collect();
    let many = create(Kind::Group, many, Some("Rooks"));
    assert_eq!(many, "a group has at most 1000 members");
    world.script(|script| assert_eq!(script.limits, [0; 0]));
}

#[test]
fn each_change_of_members_is_asked_for_and_published() {
    let world = World::new();
    let (ada, ben, id) = (user(1), user(2), chat(1));
    assert_eq!(world.chats.add_member(ada, id, ben).unwrap().id, id);
    world.chats.remove_member(ada, id, ben).unwrap();
    let admin = world.chats.set_role(ada, id, ben, Role::Admin);
    assert_eq!(admin.unwrap().id, id);
    assert_eq!(world.chats.accept(ben, id).unwrap().id, id);
    assert_eq!(world.published(), [2; 4]);
    world.script(|script| {
        let asked = script.changes.iter();
        let asked: Vec<_> = asked
            .map(|change| (change.by, change.user, change.act, change.chats_max))
            .collect();
        let expected = [
            (ada, ben, MemberAct::Add, 7),
            (ada, ben, MemberAct::Remove, 7),
            (ada, ben, MemberAct::SetRole(Role::Admin), 7),
            (ben, ben, MemberAct::Accept, 7),
        ];
        assert_eq!(asked, expected);
    });
}

#[test]
fn message_is_published_once() {
    let world = World::new();
    assert_eq!(world.post("hi").unwrap().1, Origin::New);
    assert_eq!(world.published(), [3]);
    let replayed = Posted::Made(Made::Replayed(message()));
    world.script(|script| script.posted = Some(replayed));
    assert_eq!(world.post("hi").unwrap().1, Origin::Replayed);
    assert_eq!(world.published(), [0; 0]);
    assert!(matches!(world.post(""), Err(Error::Text(_))));
    world.script(|script| script.posted = Some(Posted::ClientMsgIdReused));
    assert!(matches!(world.post("hi"), Err(Error::ClientMsgIdReused)));
}

#[test]
fn who_is_outside_finds_nothing_and_who_was_asked_is_to_accept() {
    let world = World::new();
    world.script(|script| {
        script.posted = Some(Posted::Refused(Denied::NotFound.into()));
        (script.page, script.slice, script.members) = (None, None, None);
        script.mentions = None;
        script.moved.marks = vec![None];
        script.chats.clear();
    });
    let each = || {
        [
            told(world.post("hi")),
            told(world.read()),
            told(world.catch_up()),
            told(world.mark()),
            told(world.chats.members(user(1), chat(1), None, 9)),
            told(world.chats.unread_mentions(user(1), chat(1))),
        ]
    };
    // There is no such conversation, or the user was never in it.
    for standing in [None, Some((Kind::Group, Standing::Outside))] {
        world.script(|script| script.standing = standing);
        assert_eq!(each(), [NOT_FOUND; 6]);
    }
    world.script(|script| script.standing = Some((Kind::Group, Standing::Requested)));
    assert_eq!(each(), [ACCEPT_FIRST; 6]);
    assert_eq!(told(world.chats.get(user(1), chat(1))), NOT_FOUND);
}

#[test]
fn message_that_answers_nothing_is_refused_to_those_inside_alone() {
    let world = World::new();
    let no_reply_to = Posted::Refused(Refused::NoReplyTo);
    world.script(|script| {
        script.posted = Some(no_reply_to);
        script.standing = Some((Kind::Group, Standing::Inside(Role::Member)));
    });
    assert!(matches!(world.post("hi"), Err(Error::NoReplyTo)));
    world.script(|script| script.standing = Some((Kind::Group, Standing::Outside)));
    assert_eq!(told(world.post("hi")), NOT_FOUND);
    let many = (0..51).map(user).collect();
    let many = world.post_with("all of you", many);
    assert!(matches!(many, Err(Error::TooManyMentions(_))));
    assert_eq!(world.published(), [0; 0]);
}

#[test]
fn forwarded_message_has_nothing_of_its_own() {
    let world = World::new();
    assert_eq!(world.forward("", Vec::new()).unwrap().1, Origin::New);
    assert_eq!(world.published(), [3]);
    for (text, mentions) in [("look", Vec::new()), (" ", Vec::new()), ("", vec![user(2)])] {
        let refused = world.forward(text, mentions);
        assert!(matches!(refused, Err(Error::ForwardWithText)));
    }
    world.script(|script| {
        script.posted = Some(Posted::Refused(Refused::NoForwardOf));
        script.standing = Some((Kind::Group, Standing::Inside(Role::Member)));
    });
    let gone = world.forward("", Vec::new());
    assert!(matches!(gone, Err(Error::NoForwardOf)));
    // Who is outside learns nothing of messages.
    world.script(|script| script.standing = None);
    assert_eq!(told(world.forward("", Vec::new())), NOT_FOUND);
    assert_eq!(world.published(), [0; 0]);
}

#[test]
fn message_that_is_not_there_has_none_around_it() {
    let world = World::new();
    let around = |anchor| {
        let cursor = Cursor::Around(anchor);
        world.chats.messages(user(1), chat(1), cursor, 9)
    };
    let named = Anchor::Message(MessageId::new(Uuid::from_u128(5)));
    assert_eq!(around(named).unwrap().items.len(), 1);
    world.script(|script| script.page.as_mut().unwrap().items.clear());
    assert_eq!(told(around(named)), "there is no such message");
    // Places count through; there may be no message yet.
    assert!(around(Anchor::Seq(5)).unwrap().items.is_empty());
    world.script(|script| script.page = None);
    assert_eq!(told(around(named)), NOT_FOUND);
}

#[test]
fn caption_may_be_empty_and_a_file_that_is_not_there_is_refused() {
    let world = World::new();
    let carrying = |text| {
        world.post_draft(Draft {
            attachment: Some(AttachmentId::new(Uuid::nil())),
            ..draft(text)
        })
    };
    world.script(|script| {
        script.posted = Some(Posted::Made(Made::Replayed(message())));
    });
    assert!(carrying("").is_ok());
    assert!(matches!(world.post(""), Err(Error::Text(TextError::Empty))));
    assert!(matches!(carrying("a\0b"), Err(Error::Text(TextError::Nul))));
    world.script(|script| {
        script.posted = Some(Posted::Refused(Refused::NoAttachment));
        script.standing = Some((Kind::Group, Standing::Inside(Role::Member)));
    });
    assert!(matches!(carrying(""), Err(Error::NoAttachment)));
    world.script(|script| script.standing = Some((Kind::Group, Standing::Requested)));
    assert_eq!(told(carrying("")), ACCEPT_FIRST);
    let asked = Refused::Contact(ContactDenied::RequestWithoutFiles);
    world.script(|script| script.posted = Some(Posted::Refused(asked)));
    let refused = carrying("");
    assert!(matches!(
        refused,
        Err(Error::Contact(ContactDenied::RequestWithoutFiles))
    ));
}

#[test]
fn pin_is_gone_when_its_time_is_over() {
    let world = World::new();
    let now = world.chats.clock.now();
    let pin = |n, until| Pin {
        message_id: MessageId::new(Uuid::from_u128(n)),
        by: user(1),
        until,
    };
    let later = pin(2, now.plus_millis(1));
    let pins = vec![pin(1, now), later.clone()];
    world.script(|script| script.chats[0].pins = pins);
    let read = world.chats.get(user(1), chat(1)).unwrap();
    let listed = world.chats.list(user(1), None, 9).unwrap();
    for chat in [&read, &listed.part.items[0]] {
        assert_eq!(chat.pins, std::slice::from_ref(&later));
    }
}

#[test]
fn mute_is_gone_when_its_time_is_over() {
    let world = World::new();
    let now = world.chats.clock.now();
    for (mute, is_over) in [
        (Mute::Until(now), true),
        (Mute::Until(now.plus_millis(1)), false),
        (Mute::Always, false),
    ] {
        world.script(|script| {
            script.chats[0].settings.muted_until = Some(mute);
            script.pinned = vec![script.chats[0].clone()];
        });
        let read = world.chats.get(user(1), chat(1)).unwrap();
        let listed = world.chats.list(user(1), None, 9).unwrap();
        for chat in [&read, &listed.part.items[0], &listed.pinned[0]] {
            assert_eq!(chat.settings.muted_until.is_none(), is_over, "{mute:?}");
        }
    }
}

#[test]
fn first_part_has_the_pinned_chats() {
    let world = World::new();
    world.script(|script| script.pinned = vec![group(9)]);
    let first = world.chats.list(user(1), None, 9).unwrap();
    assert_eq!(first.pinned, [group(9)]);
    let place = ListPlace {
        active_at: Timestamp::from_micros(9),
        id: chat(9),
    };
    let next = world.chats.list(user(1), Some(place), 9).unwrap();
    assert_eq!(next.pinned, []);
    // A list without them would be taken for one in which nothing is pinned.
    world.script(|script| script.answers = 1);
    assert_eq!(told(world.chats.list(user(1), None, 9)), STORE_FAILED);
}

#[test]
fn lists_ask_for_one_item_more_than_they_give() {
    let world = World::new();
    world.script(|script| {
        script.chats = vec![group(3), group(2), group(1)];
        script.members = Some(vec![member(1), member(2), member(3)]);
    });
    let ChatList { part, own, .. } = world.chats.list(user(1), None, 2).unwrap();
    let place = ListPlace {
        active_at: Timestamp::from_micros(2),
        id: chat(2),
    };
    assert_eq!((part.items.len(), part.next), (2, Some(place)));
    assert_eq!(own, position());
    let members = world.chats.members(user(1), chat(1), None, 2).unwrap();
    assert_eq!((members.items.len(), members.next), (2, Some(user(2))));
    let (heads, _) = world.chats.heads(user(1), None).unwrap();
    assert_eq!((heads.items.len(), heads.next), (3, None));
    world.script(|script| assert_eq!(script.limits, [3, 3, HEADS_MAX + 1]));
}

#[test]
fn moved_marks_are_told_to_devices_and_rooms() {
    let world = World::new();
    assert_eq!(world.mark().unwrap(), Watermarks::default());
    assert_eq!(world.published(), [4]);
    assert_eq!(world.publisher.take_receipts().len(), 1);
    assert!(world.read().is_ok() && world.catch_up().is_ok());
    let mentions = world.chats.unread_mentions(user(1), chat(1));
    assert_eq!(mentions.unwrap(), [(message().id, 4)]);
    // What the hub reports of somebody who has left is passed over.
    world.script(|script| script.moved.marks = vec![None]);
    assert_eq!(world.chats.report(&[]).unwrap(), [None]);
}

#[test]
fn store_that_fails_is_reported_and_nothing_is_published() {
    let world = World::new();
    world.script(|script| script.answers = 0);
    let (ada, id) = (user(1), chat(1));
    for failed in [
        told(world.create()),
        told(world.chats.own(ada)),
        told(world.chats.list(ada, None, 9)),
        told(world.chats.heads(ada, None)),
        told(world.chats.members(ada, id, None, 9)),
        told(world.chats.get(ada, id)),
        told(world.chats.add_member(ada, id, user(2))),
        told(world.chats.remove_member(ada, id, user(2))),
        told(world.chats.set_role(ada, id, user(2), Role::Admin)),
        told(world.chats.accept(ada, id)),
        told(world.post("hi")),
        told(world.read()),
        told(world.catch_up()),
        told(world.mark()),
        told(world.chats.report(&[])),
        told(world.chats.unread_mentions(ada, id)),
    ] {
        assert_eq!(failed, STORE_FAILED);
    }
    assert_eq!(world.published(), [0; 0]);
    assert!(world.publisher.take_receipts().is_empty());
}

#[test]
fn what_was_committed_is_published_though_it_cannot_be_shown() {
    let world = World::new();
    let (ada, id) = (user(1), chat(1));
    // The store fails behind the first question.
    let then_down = || world.script(|script| script.answers = 1);
    then_down();
    assert_eq!(told(world.create()), STORE_FAILED);
    assert_eq!(world.published(), [1]);
    type Change = fn(&Chats, UserId, ConversationId) -> Result<Conversation, Error>;
    let changes: [Change; 3] = [
        |chats, ada, id| chats.add_member(ada, id, user(2)),
        |chats, ada, id| chats.set_role(ada, id, user(2), Role::Admin),
        |chats, ada, id| chats.accept(ada, id),
    ];
    for change in changes {
        then_down();
        assert_eq!(told(change(&world.chats, ada, id)), STORE_FAILED);
        assert_eq!(world.published(), [2]);
    }
}

#[test]
fn store_that_fails_when_it_is_asked_why_is_reported() {
    let world = World::new();
    world.script(|script| {
        script.posted = Some(Posted::Refused(Denied::NotFound.into()));
        (script.page, script.slice, script.members) = (None, None, None);
        script.moved.marks = vec![None];
    });
    let then_down = || world.script(|script| script.answers = 1);
    then_down();
    assert_eq!(told(world.post("hi")), STORE_FAILED);
    then_down();
    assert_eq!(told(world.read()), STORE_FAILED);
    then_down();
    assert_eq!(told(world.catch_up()), STORE_FAILED);
    then_down();
    assert_eq!(told(world.mark()), STORE_FAILED);
    then_down();
    let members = world.chats.members(user(1), chat(1), None, 9);
    assert_eq!(told(members), STORE_FAILED);
}

/// Of a log with ten events, of which a member may read those after `readable_after`.
fn slice(readable_after: i64, offsets: std::ops::RangeInclusive<i64>) -> MemberSlice {
    MemberSlice {
        position: position(),
        readable_after,
        events: offsets.map(event).collect(),
    }
}

#[track_caller]
fn check(slice: MemberSlice, epoch: &str, after: i64, reset: bool, has_more: bool) {
    let changes = changes(slice, epoch, after);
    assert_eq!((changes.reset, changes.has_more), (reset, has_more));
}

#[test]
fn changes_join_on_to_what_the_client_has_or_say_reset() {
    check(slice(0, 1..=10), "", 0, false, false);
    check(slice(0, 5..=7), "now", 4, false, true);
    check(slice(3, 4..=10), "now", 3, false, false);
    // Came in at 4, or the log begins there.
    check(slice(3, 4..=10), "now", 2, true, false);
    check(slice(3, 4..=5), "now", 0, true, true);
    #[expect(clippy::reversed_empty_ranges, reason = "no events")]
    let none = 1..=0;
    check(slice(0, none.clone()), "now", 10, false, false);
    check(slice(0, none.clone()), "now", 11, true, false);
    check(slice(0, none), "before", 4, true, false);
}
