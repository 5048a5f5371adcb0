//! What every store of chats and contacts must do. How their lists are ordered and cut is tested with
//! the lists (`adapters/outbound/db/listing`).
//!
//! Long because it is the whole contract of two stores, which one person or chat needs together.

use std::sync::Arc;

use uuid::Uuid;

use super::{NOW, person};
use crate::{
    application::ports::{
        AccountStore, Anchor, BlockChange, Changed, ChatStore, ContactStore, Cursor, Made,
        MarkReport, MarksMoved, MemberAct, MemberChange, NewAccount, NewConversation, NewMessage,
        Posted, Refused,
    },
    domain::{
        contact::{ASKED_AGAIN_AFTER_S, ContactDenied, WhoMayAdd},
        conversation::{Blueprint, Kind, MemberState, Role, Title},
        event::LoggedEvent,
        ids::{ClientId, ConversationId, MessageId, UserId},
        message::Text,
        permission::{Denied, Standing},
        receipt::Watermarks,
        time::Timestamp,
    },
};

/// One implementation.
pub(crate) struct ChatStores {
    accounts: Arc<dyn AccountStore>,
    chats: Arc<dyn ChatStore>,
    contacts: Arc<dyn ContactStore>,
    /// Where the implementation keeps its files.
    _folder: Option<tempfile::TempDir>,
}

impl ChatStores {
    pub(crate) fn of<Store>(store: Arc<Store>, folder: Option<tempfile::TempDir>) -> Self
    where
        Store: AccountStore + ChatStore + ContactStore + 'static,
    {
        Self {
            accounts: store.clone(),
            chats: store.clone(),
            contacts: store,
            _folder: folder,
        }
    }

    fn people<const N: usize>(&self, handles: [&str; N]) -> [UserId; N] {
        handles.map(|handle| {
            let account = NewAccount {
                user: person(handle),
                password_hash: "hash".to_owned(),
                created_at: NOW,
            };
            self.accounts.create_account(&account).unwrap();
            account.user.id
        })
    }

    fn create(&self, new: &NewConversation) -> Result<Made<ConversationId>, Refused> {
        self.chats.create_conversation(new).unwrap()
    }

    #[track_caller]
    fn make(&self, new: &NewConversation) -> ConversationId {
        assert!(matches!(self.create(new), Ok(Made::New(..))));
        new.id
    }

    #[track_caller]
    fn group(&self, owner: UserId, others: &[UserId]) -> ConversationId {
        self.make(&group(owner, others))
    }

    /// A direct chat that both have accepted.
    #[track_caller]
    fn befriend(&self, one: UserId, other: UserId) -> ConversationId {
        let chat = self.make(&direct(one, other));
        self.change(other, chat, other, MemberAct::Accept).unwrap();
        chat
    }

    fn change(&self, by: UserId, chat: ConversationId, user: UserId, act: MemberAct) -> Changed {
        self.change_at(NOW, by, chat, user, act)
    }

    fn change_at(
        &self,
        now: Timestamp,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
        act: MemberAct,
    ) -> Changed {
        let change = MemberChange {
            conversation,
            by,
            user,
            act,
            now,
            chats_max: 99,
        };
        self.chats.change_member(&change).unwrap()
    }

    fn standing(&self, chat: ConversationId, user: UserId) -> Standing {
        let found = self.chats.standing(chat, user).unwrap();
        found.map_or(Standing::Outside, |(_, standing)| standing)
    }

    fn post(&self, chat: ConversationId, sender: UserId) -> Posted {
        let new = message(chat, sender, Uuid::now_v7().as_u128());
        let mut posted = self.chats.post_messages(&[new]).unwrap();
        posted.pop().unwrap()
    }

    /// Events of a message that was posted.
    #[track_caller]
    fn say(&self, chat: ConversationId, sender: UserId) -> Vec<LoggedEvent> {
        match self.post(chat, sender) {
            Posted::Made(Made::New(_, events)) => events,
            other => panic!("{other:?}"),
        }
    }

    fn seqs(&self, chat: ConversationId, user: UserId, cursor: Cursor) -> Option<(Vec<i64>, bool)> {
        let page = self.chats.messages(chat, user, cursor, 2).unwrap()?;
        let seqs = page.items.into_iter().map(|message| message.seq);
        Some((seqs.collect(), page.has_more))
    }

    fn block(&self, blocker: UserId, blocked: UserId, on: bool, blocks_max: i64) -> Changed {
        let change = BlockChange {
            blocker,
            blocked,
            on,
            now: NOW,
            blocks_max,
        };
        self.contacts.set_block(&change).unwrap()
    }

    fn report(
        &self,
        conversation: ConversationId,
        user: UserId,
        delivered_seq: i64,
        read_seq: i64,
    ) -> MarksMoved {
        let report = MarkReport {
            conversation,
            user,
            delivered_seq,
            read_seq,
        };
        self.chats.move_marks(&[report], NOW).unwrap()
    }
}

fn new(creator: UserId, blueprint: Blueprint) -> NewConversation {
    NewConversation {
        id: ConversationId::new(Uuid::now_v7()),
        blueprint,
        creator,
        client_id: ClientId::new(Uuid::now_v7()),
        created_at: NOW,
        chats_max: 99,
    }
}

fn direct(creator: UserId, other: UserId) -> NewConversation {
    new(creator, Blueprint::Direct(other))
}

fn group(creator: UserId, others: &[UserId]) -> NewConversation {
    let title = Title::parse("Rooks").unwrap();
    new(creator, Blueprint::Group(title, others.to_vec()))
}

fn message(conversation: ConversationId, sender: UserId, name: u128) -> NewMessage {
    NewMessage {
        id: MessageId::new(Uuid::now_v7()),
        conversation,
        sender,
        client_msg_id: ClientId::new(Uuid::from_u128(name)),
        forward_of: None,
        reply_to: None,
        mentions: Vec::new(),
        attachment: None,
        preview: None,
        text: Text::parse("hi").unwrap(),
        created_at: NOW,
    }
}

fn nobody() -> UserId {
    UserId::new(Uuid::now_v7())
}

/// Kind of topic and type of each event.
fn kinds(events: &[LoggedEvent]) -> Vec<String> {
    let kind = |event: &LoggedEvent| {
        let payload: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
        let (topic, _) = event.topic.split_once(':').unwrap();
        format!("{topic} {}", payload["type"].as_str().unwrap())
    };
    events.iter().map(kind).collect()
}

#[track_caller]
fn check_kinds(changed: &Changed, expected: &[&str]) {
    let events = changed.as_ref().unwrap();
    assert_eq!(kinds(events), expected);
}

#[track_caller]
fn check_denied(changed: &Changed, denied: Denied) {
    assert_eq!(*changed, Err(Refused::Denied(denied)));
}

pub(crate) fn direct_chat_is_one_and_waits_for_the_other(stores: &ChatStores) {
    let [ada, ben, eve] = stores.people(["ada", "ben", "eve"]);
    let asked = direct(ada, ben);
    let Ok(Made::New(chat, events)) = stores.create(&asked) else {
        panic!("it is new")
    };
    assert_eq!(
        kinds(&events),
        [
            "chat conversation.created",
            "user chat.added",
            "user chat.added"
        ]
    );
    assert_eq!(stores.create(&asked), Ok(Made::Replayed(chat)));
    let again = stores.create(&direct(ben, ada));
    assert_eq!(again, Ok(Made::Existing(chat, Vec::new())));
    let standings = || [ada, ben, eve].map(|user| stores.standing(chat, user));
    let member = Standing::Inside(Role::Member);
    assert_eq!(
        standings(),
        [member, Standing::Requested, Standing::Outside]
    );
    let unknown = ConversationId::new(Uuid::now_v7());
    assert_eq!(stores.chats.standing(unknown, ada).unwrap(), None);
    assert_eq!(stores.chats.conversation(eve, chat).unwrap(), None);

    let accept = |user| stores.change(user, chat, user, MemberAct::Accept);
    check_kinds(&accept(ben), &["chat request.accepted"]);
    check_kinds(&accept(ben), &[]);
    check_denied(&accept(eve), Denied::NotFound);
    assert_eq!(standings()[1], member);
    let third = stores.change(ada, chat, eve, MemberAct::Add);
    check_denied(&third, Denied::NotAGroup);
    assert_eq!(
        stores.create(&direct(ada, nobody())),
        Err(Refused::NoUser),
        "there is nobody to ask"
    );
}

pub(crate) fn chat_with_oneself_is_one_and_open(stores: &ChatStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let own = |user| new(user, Blueprint::Own);
    let made = own(ada);
    let Ok(Made::New(chat, events)) = stores.create(&made) else {
        panic!("it is new")
    };
    assert_eq!(
        kinds(&events),
        ["chat conversation.created", "user chat.added"]
    );
    assert_eq!(events[0].effects.member_count, 1);
    assert_eq!(stores.create(&made), Ok(Made::Replayed(chat)));
    let again = Ok(Made::Existing(chat, Vec::new()));
    assert_eq!(stores.create(&own(ada)), again);
    assert_ne!(stores.make(&own(ben)), chat, "each has their own");
    let with_ben = stores.befriend(ada, ben);
    assert_ne!(with_ben, chat);

    // Nobody is asked, and what one writes one has read.
    stores.say(chat, ada);
    let seen = stores.chats.conversation(ada, chat).unwrap().unwrap();
    assert_eq!((seen.kind, seen.member_count), (Kind::Direct, 1));
    assert!(!seen.awaits_other && !seen.blocked);
    assert_eq!((seen.marks.read_seq, seen.unread_count), (1, 0));
    assert_eq!(stores.chats.conversation(ben, chat).unwrap(), None);
    let third = stores.change(ada, chat, ben, MemberAct::Add);
    check_denied(&third, Denied::NotAGroup);

    // Whoever leaves it comes back by opening it.
    let left = stores.change(ada, chat, ada, MemberAct::Remove);
    check_kinds(&left, &["chat contact.changed", "user chat.removed"]);
    assert_eq!(
        stores.post(chat, ada),
        Posted::Refused(Refused::Denied(Denied::NotFound))
    );
    let back = stores.create(&own(ada)).unwrap();
    let Made::Existing(same, events) = back else {
        panic!("it is there")
    };
    assert_eq!(same, chat);
    assert_eq!(kinds(&events), ["chat contact.changed", "user chat.added"]);
    stores.say(chat, ada);
    let read = stores.seqs(chat, ada, Cursor::Latest);
    assert_eq!(read, Some((vec![2], false)), "what was left is gone");
}

pub(crate) fn group_is_made_with_everybody_or_not_at_all(stores: &ChatStores) {
    let [ada, ben, eve] = stores.people(["ada", "ben", "eve"]);
    let nobody_may = WhoMayAdd::Nobody;
    stores.contacts.set_who_may_add(eve, nobody_may).unwrap();
    assert_eq!(stores.contacts.who_may_add(eve).unwrap(), nobody_may);
    assert_eq!(
        stores.contacts.who_may_add(ada).unwrap(),
        WhoMayAdd::Everybody
    );
    for (other, refused) in [
        (nobody(), Refused::NoUser),
        (eve, Refused::Contact(ContactDenied::MayNotAdd)),
    ] {
        let asked = group(ada, &[ben, other]);
        assert_eq!(stores.create(&asked), Err(refused));
        assert_eq!(stores.chats.conversation(ada, asked.id).unwrap(), None);
        // The same request may be made once the reason is gone.
        let without = NewConversation {
            blueprint: group(ada, &[ben]).blueprint,
            ..asked
        };
        assert_eq!(stores.make(&without), without.id);
    }
    let made = group(ada, &[ben]);
    stores.make(&made);
    let found = stores.chats.conversation(ben, made.id).unwrap().unwrap();
    assert_eq!((found.kind, found.member_count), (Kind::Group, 2));
    assert_eq!(
        (found.role, found.state),
        (Role::Member, MemberState::Active)
    );
    let full = NewConversation {
        chats_max: 3,
        ..group(ada, &[])
    };
    assert_eq!(stores.create(&full), Err(Refused::TooManyChats));
}

pub(crate) fn members_change_as_their_roles_allow(stores: &ChatStores) {
    let [ada, ben, cat, eve] = stores.people(["ada", "ben", "cat", "eve"]);
    let chat = stores.group(ada, &[ben]);
    let change = |by, user, act| stores.change(by, chat, user, act);
    let joined = ["chat member.added", "user chat.added"];
    let gone = ["chat member.removed", "user chat.removed"];
    check_denied(&change(eve, cat, MemberAct::Add), Denied::NotFound);
    assert_eq!(change(ben, nobody(), MemberAct::Add), Err(Refused::NoUser));
    check_kinds(&change(ben, cat, MemberAct::Add), &joined);
    check_kinds(&change(ben, cat, MemberAct::Add), &[]);
    check_denied(&change(ben, cat, MemberAct::Remove), Denied::RoleTooLow);
    check_kinds(&change(ada, cat, MemberAct::Remove), &gone);
    check_kinds(&change(ada, cat, MemberAct::Remove), &[]);
    check_kinds(&change(ada, cat, MemberAct::Add), &joined);

    let role = MemberAct::SetRole;
    let one = ["chat member.role_changed"];
    assert_eq!(change(ada, eve, role(Role::Admin)), Err(Refused::NoUser));
    check_kinds(&change(ada, cat, role(Role::Admin)), &one);
    check_kinds(&change(ada, cat, role(Role::Admin)), &[]);
    // The giver of ownership becomes an admin.
    check_kinds(&change(ada, ben, role(Role::Owner)), &[one[0], one[0]]);
    assert_eq!(stores.standing(chat, ada), Standing::Inside(Role::Admin));
    let left = change(ben, ben, MemberAct::Remove);
    check_kinds(&left, &[gone[0], one[0], gone[1]]);
    let owners = [ada, cat].map(|user| stores.standing(chat, user));
    let by_role = [Role::Owner, Role::Admin].map(Standing::Inside);
    assert_eq!(owners, by_role, "who was first");
}

pub(crate) fn who_left_is_asked_back_once_a_week(stores: &ChatStores) {
    let [ada, ben, cat] = stores.people(["ada", "ben", "cat"]);
    let chat = stores.group(ada, &[ben, cat]);
    let at = |seconds, by, user, act| {
        let now = NOW.plus_seconds(seconds);
        stores.change_at(now, by, chat, user, act)
    };
    at(0, cat, cat, MemberAct::Remove).unwrap();
    check_kinds(&at(0, ben, cat, MemberAct::Add), &["user chat.added"]);
    assert_eq!(stores.standing(chat, cat), Standing::Requested);
    check_kinds(&at(1, ada, cat, MemberAct::Add), &[]);
    let read = stores.seqs(chat, cat, Cursor::Latest);
    assert_eq!(read, None, "it shows what is in it once they accept");

    // Neither who declines is asked again, nor whose request was taken back, by anybody.
    let declined = at(1, cat, cat, MemberAct::Remove);
    check_kinds(&declined, &["user chat.removed"]);
    let recently = Err(Refused::Contact(ContactDenied::AskedRecently));
    for by in [ada, ben] {
        assert_eq!(at(2, by, cat, MemberAct::Add), recently);
        assert_eq!(
            at(ASKED_AGAIN_AFTER_S - 1, by, cat, MemberAct::Add),
            recently
        );
    }
    let second = at(ASKED_AGAIN_AFTER_S, ben, cat, MemberAct::Add);
    check_kinds(&second, &["user chat.added"]);
    at(ASKED_AGAIN_AFTER_S, ada, cat, MemberAct::Remove).unwrap();
    assert_eq!(
        at(ASKED_AGAIN_AFTER_S + 1, ada, cat, MemberAct::Add),
        recently
    );

    // Who has come back and leaves again is asked anew.
    let third = 2 * ASKED_AGAIN_AFTER_S;
    at(third, ada, cat, MemberAct::Add).unwrap();
    let accepted = at(third, cat, cat, MemberAct::Accept);
    check_kinds(&accepted, &["chat member.added", "user chat.added"]);
    at(third, cat, cat, MemberAct::Remove).unwrap();
    check_kinds(&at(third, ada, cat, MemberAct::Add), &["user chat.added"]);
}

pub(crate) fn direct_chat_that_was_left_comes_back_with_a_message(stores: &ChatStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let chat = stores.befriend(ada, ben);
    stores.say(chat, ada);
    let left = stores.change(ben, chat, ben, MemberAct::Remove);
    check_kinds(&left, &["chat contact.changed", "user chat.removed"]);
    assert_eq!(stores.chats.conversation(ben, chat).unwrap(), None);
    assert_eq!(
        kinds(&stores.say(chat, ada)),
        [
            "chat contact.changed",
            "user chat.added",
            "chat message.posted"
        ]
    );
    let read = stores.seqs(chat, ben, Cursor::Latest);
    assert_eq!(read, Some((vec![2], false)), "what was left is gone");

    stores.change(ben, chat, ben, MemberAct::Remove).unwrap();
    let Ok(Made::Existing(same, events)) = stores.create(&direct(ben, ada)) else {
        panic!("it is there")
    };
    assert_eq!(same, chat);
    assert_eq!(kinds(&events), ["chat contact.changed", "user chat.added"]);
}

/// What came of a message, with its number and the offset of its event.
fn outcome(posted: &Posted) -> String {
    match posted {
        Posted::Made(Made::New(message, events)) => {
            format!("new {} at {}", message.seq, events[0].offset)
        }
        Posted::Made(Made::Replayed(message)) => format!("replayed {}", message.seq),
        Posted::Made(Made::Existing(..)) => "existing".to_owned(),
        Posted::Refused(refused) => format!("{refused:?}"),
        Posted::ClientMsgIdReused => "reused".to_owned(),
    }
}

pub(crate) fn batch_is_answered_message_by_message(stores: &ChatStores) {
    let [ada, ben, eve] = stores.people(["ada", "ben", "eve"]);
    let (both, alone) = (stores.group(ada, &[ben]), stores.group(ada, &[]));
    let batch = [
        message(both, ada, 1),
        message(both, ben, 1),
        message(alone, ada, 2),
        message(both, eve, 1),
        message(both, ada, 1),
        message(alone, ada, 1),
        message(both, ada, 3),
    ];
    let post = || {
        let posted = stores.chats.post_messages(&batch).unwrap();
        posted.iter().map(outcome).collect::<Vec<_>>()
    };
    assert_eq!(
        post(),
        [
            "new 1 at 2",
            "new 2 at 3",
            "new 1 at 2",
            "Denied(NotFound)",
            "replayed 1",
            "reused",
            "new 3 at 4"
        ]
    );
    assert_eq!(
        post(),
        [
            "replayed 1",
            "replayed 2",
            "replayed 1",
            "Denied(NotFound)",
            "replayed 1",
            "reused",
            "replayed 3"
        ]
    );
    let marks = |user, conversation| {
        let chat = stores.chats.conversation(user, conversation);
        let chat = chat.unwrap().unwrap();
        (chat.marks.delivered_seq, chat.unread_count)
    };
    // Ben's message came between Ada's, and Ada's before and after Ben's.
    assert_eq!(marks(ada, both), (3, 1));
    assert_eq!(marks(ben, both), (2, 2));
    assert_eq!(marks(ada, alone), (1, 0));
    assert!(stores.chats.post_messages(&[]).unwrap().is_empty());
}

pub(crate) fn request_takes_three_messages_and_an_answer_accepts_it(stores: &ChatStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let chat = stores.make(&direct(ada, ben));
    for _ in 0..3 {
        assert_eq!(kinds(&stores.say(chat, ada)), ["chat message.posted"]);
    }
    let full = Posted::Refused(Refused::Contact(ContactDenied::RequestFull));
    assert_eq!(stores.post(chat, ada), full);
    assert_eq!(
        kinds(&stores.say(chat, ben)),
        ["chat request.accepted", "chat message.posted"]
    );
    stores.say(chat, ada);
}

pub(crate) fn pages_are_cut_from_either_side(stores: &ChatStores) {
    let [ada, ben, cat] = stores.people(["ada", "ben", "cat"]);
    let chat = stores.group(ada, &[ben]);
    for _ in 0..3 {
        stores.say(chat, ada);
    }
    stores.change(ada, chat, cat, MemberAct::Add).unwrap();
    for _ in 0..2 {
        stores.say(chat, ben);
    }
    let page = |user, cursor| stores.seqs(chat, user, cursor);
    assert_eq!(page(ada, Cursor::Latest), Some((vec![4, 5], true)));
    assert_eq!(page(ada, Cursor::Before(3)), Some((vec![1, 2], false)));
    assert_eq!(page(ada, Cursor::Before(4)), Some((vec![2, 3], true)));
    assert_eq!(page(ada, Cursor::After(2)), Some((vec![3, 4], true)));
    assert_eq!(page(ada, Cursor::After(3)), Some((vec![4, 5], false)));
    // Who came later reads from there on.
    assert_eq!(page(cat, Cursor::Before(5)), Some((vec![4], false)));
    assert_eq!(page(cat, Cursor::After(0)), Some((vec![4, 5], false)));
    assert_eq!(page(nobody(), Cursor::Latest), None);
}

pub(crate) fn page_is_found_around_a_message(stores: &ChatStores) {
    let [ada, ben, cat] = stores.people(["ada", "ben", "cat"]);
    let (chat, other) = (stores.group(ada, &[ben]), stores.group(ada, &[]));
    for _ in 0..3 {
        stores.say(chat, ada);
    }
    stores.change(ada, chat, cat, MemberAct::Add).unwrap();
    for _ in 0..3 {
        stores.say(chat, ben);
    }
    let page = |chat, user, anchor, limit| {
        let cursor = Cursor::Around(anchor);
        let page = stores.chats.messages(chat, user, cursor, limit).unwrap();
        page.map(|page| {
            let seqs: Vec<i64> = page.items.iter().map(|message| message.seq).collect();
            (seqs, page.has_more, page.has_newer)
        })
    };
    let newest = |chat, user| {
        let page = stores.chats.messages(chat, user, Cursor::Latest, 9);
        page.unwrap().unwrap().items
    };
    let ids: Vec<MessageId> = newest(chat, ada).iter().map(|message| message.id).collect();
    let found = |seqs: &[i64], older, newer| Some((seqs.to_vec(), older, Some(newer)));
    for anchor in [Anchor::Seq(3), Anchor::Message(ids[2])] {
        assert_eq!(page(chat, ada, anchor, 1), found(&[3], true, true));
        assert_eq!(page(chat, ada, anchor, 2), found(&[3, 4], true, true));
        assert_eq!(page(chat, ada, anchor, 3), found(&[2, 3, 4], true, true));
        assert_eq!(
            page(chat, ada, anchor, 9),
            found(&[1, 2, 3, 4, 5, 6], false, false)
        );
    }
    // Beyond either end are the messages next to it.
    let [first, last] = [0, i64::MAX].map(Anchor::Seq);
    assert_eq!(page(chat, ada, first, 4), found(&[1, 2], false, true));
    assert_eq!(page(chat, ada, last, 4), found(&[5, 6], true, false));
    // What was before somebody came is not there for them.
    let before = Anchor::Message(ids[2]);
    assert_eq!(page(chat, cat, before, 9), found(&[], false, false));
    let nearest = page(chat, cat, Anchor::Seq(2), 4);
    assert_eq!(nearest, found(&[4, 5], false, true));
    let elsewhere = Anchor::Message(ids[0]);
    assert_eq!(page(other, ada, elsewhere, 9), found(&[], false, false));
    assert_eq!(page(chat, nobody(), before, 9), None);
}

pub(crate) fn changes_begin_where_the_member_came_in(stores: &ChatStores) {
    let [ada, ben] = stores.people(["ada", "ben"]);
    let chat = stores.group(ada, &[]);
    stores.say(chat, ada);
    stores.change(ada, chat, ben, MemberAct::Add).unwrap();
    stores.say(chat, ada);
    let changes = |user, epoch: &str, after, limit| {
        let slice = stores.chats.changes(chat, user, epoch, after, limit);
        slice.unwrap().map(|slice| {
            let offsets = slice.events.iter().map(|event| event.offset);
            let offsets: Vec<i64> = offsets.collect();
            (slice.readable_after, slice.position.offset, offsets)
        })
    };
    assert_eq!(changes(ada, "", 0, 9), Some((0, 4, vec![1, 2, 3, 4])));
    assert_eq!(changes(ada, "", 1, 2), Some((0, 4, vec![2, 3])));
    assert_eq!(changes(ben, "", 0, 9), Some((2, 4, vec![3, 4])));
    assert_eq!(changes(ben, "another", 0, 9), Some((2, 4, vec![])));
    assert_eq!(changes(nobody(), "", 0, 9), None);
}

pub(crate) fn marks_only_move_up_and_are_told(stores: &ChatStores) {
    let [ada, ben, eve] = stores.people(["ada", "ben", "eve"]);
    let chat = stores.befriend(ada, ben);
    for _ in 0..3 {
        stores.say(chat, ada);
    }
    let marks = |delivered_seq, read_seq| {
        Some(Watermarks {
            delivered_seq,
            read_seq,
        })
    };
    let delivered = stores.report(chat, ben, 2, 0);
    assert_eq!(delivered.marks, [marks(2, 0)]);
    assert_eq!(delivered.events, []);
    let told = &delivered.receipts[0].receipts[0];
    assert_eq!((told.user_id, Some(told.marks)), (Some(ben), marks(2, 0)));
    // Nothing is beyond the last message, and what is read is delivered.
    let read = stores.report(chat, ben, 0, 99);
    assert_eq!(read.marks, [marks(3, 3)]);
    assert_eq!(kinds(&read.events), ["user read.moved"]);
    let lower = stores.report(chat, ben, 1, 1);
    assert_eq!(lower.marks, [marks(3, 3)]);
    assert!(lower.events.is_empty() && lower.receipts.is_empty());
    let strangers = stores.report(chat, eve, 1, 1);
    assert_eq!(strangers.marks, [None]);
    assert!(strangers.events.is_empty() && strangers.receipts.is_empty());

    // Of a group the minimum is told, when it moves.
    let group = stores.group(ada, &[ben, eve]);
    stores.say(group, ada);
    let told = |user| {
        let moved = stores.report(group, user, 1, 0).receipts;
        let receipts = moved.into_iter().flat_map(|moved| moved.receipts);
        receipts
            .map(|receipt| (receipt.user_id, receipt.marks.delivered_seq))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(ben), []);
    assert_eq!(told(eve), [(None, 1)]);
}

pub(crate) fn blocks_are_told_once_and_have_an_end(stores: &ChatStores) {
    let [ada, ben, cat, dan] = stores.people(["ada", "ben", "cat", "dan"]);
    let chat = stores.befriend(ada, ben);
    let told = ["chat contact.changed", "user block.changed"];
    check_kinds(&stores.block(ada, ben, true, 2), &told);
    check_kinds(&stores.block(ada, ben, true, 2), &[]);
    let refused = |denied| Posted::Refused(Refused::Contact(denied));
    assert_eq!(stores.post(chat, ada), refused(ContactDenied::Blocking));
    assert_eq!(stores.post(chat, ben), refused(ContactDenied::Blocked));
    // They need have nothing with each other.
    check_kinds(&stores.block(ada, cat, true, 2), &told[1..]);
    assert_eq!(stores.block(ada, nobody(), true, 2), Err(Refused::NoUser));

    let many = Err(Refused::Contact(ContactDenied::TooManyBlocks));
    assert_eq!(stores.block(ada, dan, true, 2), many);
    check_kinds(&stores.block(ada, ben, true, 2), &[]);
    check_kinds(&stores.block(ben, dan, true, 2), &told[1..]);
    let blocked = |after, limit| {
        let people = stores.contacts.blocked(ada, after, limit).unwrap();
        people.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    let mut both = [ben, cat];
    both.sort_unstable();
    assert_eq!(blocked(None, 9), both);
    assert_eq!(blocked(None, 1), both[..1]);
    assert_eq!(blocked(Some(both[0]), 9), both[1..]);

    check_kinds(&stores.block(ada, ben, false, 2), &told);
    check_kinds(&stores.block(ada, ben, false, 2), &[]);
    check_kinds(&stores.block(ada, dan, true, 2), &told[1..]);
    stores.say(chat, ben);
}
