use uuid::Uuid;

use super::*;
use crate::{
    adapters::outbound::db::{
        Database,
        tests::{postgres_url, sqlite_url},
    },
    application::ports::{
        AccountStore as _, ChatStore as _, Made, MemberAct, MemberChange, NewAccount,
        NewConversation, NewMessage, Posted, Refused,
    },
    domain::{
        account::{DisplayName, Handle},
        conversation::{Blueprint, Title, UNREAD_MAX},
        ids::{ClientId, MessageId},
        message::Text,
        time::Timestamp,
    },
};

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

/// A database with people in it, the first of whom looks at the lists.
struct Scene {
    database: Database,
    people: Vec<UserId>,
}

impl Scene {
    fn new(url: &str, people: usize) -> Self {
        let database = Database::new(url, 2).unwrap();
        database.migrate().unwrap();
        let person = |n: usize| {
            let id = UserId::new(Uuid::now_v7());
            let account = NewAccount {
                user: User {
                    id,
                    handle: Handle::parse(&format!("person{n:03}")).unwrap(),
                    display_name: DisplayName::parse("Somebody").unwrap(),
                    picture: None,
                },
                password_hash: "hash".to_owned(),
                created_at: NOW,
            };
            database.create_account(&account).unwrap();
            id
        };
        let people = (0..people).map(person).collect();
        Self { database, people }
    }

    fn reader(&self) -> UserId {
        self.people[0]
    }

    /// A group of the first so many people, made so many seconds after the beginning.
    fn group(&self, members: usize, made_s: i64) -> ConversationId {
        let new = self.new_group(members, made_s);
        self.database.create_conversation(&new).unwrap().unwrap();
        new.id
    }

    fn new_group(&self, members: usize, made_s: i64) -> NewConversation {
        let id = ConversationId::new(Uuid::now_v7());
        let others = self.people[1..members].to_vec();
        NewConversation {
            id,
            blueprint: Blueprint::Group(Title::parse("Rooks").unwrap(), others),
            creator: self.reader(),
            client_id: ClientId::new(Uuid::now_v7()),
            created_at: NOW.plus_seconds(made_s),
            chats_max: 99,
        }
    }

    fn say(&self, chat: ConversationId, sender: usize, said_s: i64) {
        let new = NewMessage {
            id: MessageId::new(Uuid::now_v7()),
            conversation: chat,
            sender: self.people[sender],
            client_msg_id: ClientId::new(Uuid::now_v7()),
            forward_of: None,
            reply_to: None,
            mentions: Vec::new(),
            attachment: None,
            preview: None,
            text: Text::parse("hi").unwrap(),
            created_at: NOW.plus_seconds(said_s),
        };
        let posted = self.database.post_messages(&[new]).unwrap();
        assert!(matches!(posted[..], [Posted::Made(_)]), "{posted:?}");
    }

    fn list(&self, after: Option<ListPlace>, limit: i64) -> Vec<Conversation> {
        let listed = self.database.conversations(self.reader(), after, limit);
        listed.unwrap().0
    }

    fn one(&self, chat: ConversationId) -> Conversation {
        let found = self.database.conversation(self.reader(), chat);
        found.unwrap().unwrap()
    }

    fn members_after(&self, chat: ConversationId, after: Option<UserId>) -> Vec<UserId> {
        let found = self.database.members(chat, self.reader(), after, 10);
        let found = found.unwrap().unwrap().into_iter();
        found.map(|member| member.user.id).collect()
    }
}

fn ids(list: &[Conversation]) -> Vec<ConversationId> {
    list.iter().map(|chat| chat.id).collect()
}

fn place(chat: &Conversation) -> ListPlace {
    ListPlace {
        active_at: chat.active_at,
        id: chat.id,
    }
}

fn check_order(url: &str) {
    let scene = Scene::new(url, 2);
    // The second and the third of one moment.
    let chats = [0, 1, 1, 2, 3].map(|made_s| scene.group(2, made_s));
    let newest_first: Vec<_> = chats.iter().rev().copied().collect();
    let first = scene.list(None, 2);
    assert_eq!(ids(&first), newest_first[..2]);
    // Something happens before and behind the place where the next part begins.
    scene.say(chats[4], 0, 10);
    scene.say(chats[0], 0, 11);
    let second = scene.list(Some(place(&first[1])), 2);
    assert_eq!(ids(&second), newest_first[2..4], "nothing twice");
    assert_eq!(scene.list(Some(place(&second[1])), 2), [], "it moved up");
    assert_eq!(ids(&scene.list(None, 2)), [chats[0], chats[4]]);

    // In the order of ids nothing moves.
    let heads = |after| {
        let heads = scene.database.chat_heads(scene.reader(), after, 3).unwrap();
        let heads = heads.0.into_iter();
        heads.map(|head| (head.id, head.offset)).collect::<Vec<_>>()
    };
    let [one, two, three, four, five] = chats;
    assert_eq!(heads(None), [(one, 2), (two, 1), (three, 1)]);
    assert_eq!(heads(Some(three)), [(four, 1), (five, 2)]);
    assert_eq!(heads(Some(five)), []);
}

fn check_members(url: &str) {
    let scene = Scene::new(url, 26);
    let shown = |chat: &Conversation| {
        let shown = chat.members.iter().map(|member| member.user.id);
        shown.collect::<Vec<_>>()
    };
    let (small, large) = (scene.group(20, 0), scene.group(21, 1));
    assert_eq!(shown(&scene.one(small)), scene.people[..20]);
    let alone = scene.one(large);
    assert_eq!(
        (shown(&alone), alone.member_count),
        (vec![scene.reader()], 21)
    );
    assert_eq!(alone.members[0].role, Role::Owner);
    scene.say(large, 7, 2);
    let with_writer = [scene.reader(), scene.people[7]];
    assert_eq!(shown(&scene.one(large)), with_writer);
    let listed = scene.list(None, 9);
    assert_eq!(shown(&listed[0]), with_writer);
    assert_eq!(shown(&listed[1]), scene.people[..20]);

    let mut members = scene.people[..21].to_vec();
    members.sort_unstable();
    let first = scene.members_after(large, None);
    assert_eq!(first, members[..10]);
    assert_eq!(
        scene.members_after(large, Some(members[9])),
        members[10..20]
    );
    assert_eq!(scene.members_after(large, Some(members[19])), members[20..]);
    let stranger = scene.people[25];
    let found = scene.database.members(large, stranger, None, 10).unwrap();
    assert_eq!(found, None);
}

fn check_marks(url: &str) {
    let scene = Scene::new(url, 3);
    let chat = scene.group(3, 0);
    let minima = |chat: &Conversation| {
        let receipts = chat.receipts.iter();
        receipts
            .map(|receipt| (receipt.user_id, receipt.marks.read_seq))
            .collect::<Vec<_>>()
    };
    scene.say(chat, 0, 1);
    assert_eq!(minima(&scene.list(None, 9)[0]), [(None, 0)]);
    scene.say(chat, 1, 2);
    let listed = scene.list(None, 9);
    assert_eq!(minima(&listed[0]), [], "no mark is shown beside it");
    assert_eq!(minima(&scene.one(chat)), [(None, 0)]);
    assert_eq!(listed[0].unread_count, 1);
    // Who was away for long is not counted for long.
    scene
        .database
        .write(|connection| {
            let last_seq = UNREAD_MAX + 2;
            diesel::update(topics::table.find(Key::new(*chat.as_uuid())))
                .set(topics::last_seq.eq(last_seq))
                .execute(connection)
        })
        .unwrap();
    assert_eq!(scene.one(chat).unread_count, 0);
}

fn check_limit(url: &str) {
    let scene = Scene::new(url, 3);
    let limited = |members, chats_max| NewConversation {
        chats_max,
        ..scene.new_group(members, 0)
    };
    let make = |new: &NewConversation| scene.database.create_conversation(new).unwrap();
    let last = limited(1, 2);
    scene.group(2, 0);
    assert!(matches!(make(&last), Ok(Made::New(..))));
    assert_eq!(make(&limited(1, 2)), Err(Refused::TooManyChats));
    // A repeat is answered as ever.
    assert_eq!(make(&last), Ok(Made::Replayed(last.id)));
    assert!(matches!(make(&limited(1, 3)), Ok(Made::New(..))));

    // The second person is in one chat; whoever adds them is told.
    let [_, second, third] = scene.people[..] else {
        panic!("three people")
    };
    let of_third = NewConversation {
        creator: third,
        ..limited(1, 9)
    };
    assert!(matches!(make(&of_third), Ok(Made::New(..))));
    let add = |chats_max| {
        let change = MemberChange {
            conversation: of_third.id,
            by: third,
            user: second,
            act: MemberAct::Add,
            now: NOW,
            chats_max,
        };
        scene.database.change_member(&change).unwrap()
    };
    assert_eq!(add(1), Err(Refused::TooManyChats));
    assert!(add(2).is_ok());
    assert_eq!(add(2), Ok(Vec::new()), "who is in it stays");
}

fn on_sqlite(check: fn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    check(&sqlite_url(&folder));
}

#[test]
fn parts_of_the_list_go_on_where_the_last_one_ended_on_sqlite() {
    on_sqlite(check_order);
}

#[test]
fn parts_of_the_list_go_on_where_the_last_one_ended_on_postgres() {
    check_order(&postgres_url());
}

#[test]
fn large_group_is_shown_with_few_members_and_paged_on_sqlite() {
    on_sqlite(check_members);
}

#[test]
fn large_group_is_shown_with_few_members_and_paged_on_postgres() {
    check_members(&postgres_url());
}

#[test]
fn list_reads_no_more_marks_and_messages_than_it_shows_on_sqlite() {
    on_sqlite(check_marks);
}

#[test]
fn list_reads_no_more_marks_and_messages_than_it_shows_on_postgres() {
    check_marks(&postgres_url());
}

#[test]
fn person_is_in_so_many_chats_at_most_on_sqlite() {
    on_sqlite(check_limit);
}

#[test]
fn person_is_in_so_many_chats_at_most_on_postgres() {
    check_limit(&postgres_url());
}
