//! What the store promises, on both databases.

use std::{fs, sync::mpsc, thread};

use diesel::{connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use uuid::Uuid;

use super::*;
use crate::{
    adapters::outbound::db::tests::{postgres_url, sqlite_url},
    application::{
        ports::{
            AccountStore as _, ChatStore as _, Cursor, LogRange, MemberAct, MemberChange,
            NewAccount, NewConversation, NewMessage, Posted, TopicStore as _,
        },
        testing::contract::person,
    },
    domain::{
        conversation::{Blueprint, Title},
        ids::{ConversationId, UserId},
        message::{EDITS_MAX, MessageDenied, Text, Windows},
    },
};

macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $fact() {
                let folder = tempfile::tempdir().unwrap();
                super::$fact(&super::sqlite_url(&folder));
            })+
        }
        mod postgres {
            $(#[test]
            fn $fact() {
                super::$fact(&super::postgres_url());
            })+
        }
    };
}

mod arranging;
mod clearing;
mod disappearing;
mod drafting;
mod forwarding;
mod moving;
mod reactions;
mod searching;
mod starring;

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

const WINDOWS: Windows = Windows {
    edit_s: 900,
    delete_s: 7_200,
};

/// A word that is nowhere else.
const SECRET: &str = "zwiebelfisch";

struct World {
    database: Database,
    chat: ConversationId,
    ada: UserId,
    ben: UserId,
}

fn user(database: &Database, handle: &str) -> UserId {
    let account = NewAccount {
        user: person(handle),
        password_hash: "hash".to_owned(),
        created_at: NOW,
    };
    database.create_account(&account).unwrap();
    account.user.id
}

/// A new group.
fn group(database: &Database, creator: UserId, others: Vec<UserId>) -> ConversationId {
    let id = ConversationId::new(Uuid::now_v7());
    let new = NewConversation {
        id,
        blueprint: Blueprint::Group(Title::parse("Rooks").unwrap(), others),
        creator,
        client_id: op(),
        chats_max: 100,
        created_at: NOW,
    };
    database.create_conversation(&new).unwrap().unwrap();
    id
}

fn op() -> ClientId {
    ClientId::new(Uuid::now_v7())
}

/// A number of tries of one thing.
const FEW: usize = 3;

impl World {
    /// Ada's group with Ben.
    fn new(url: &str) -> Self {
        let database = Database::new(url, 6).unwrap();
        database.migrate().unwrap();
        let [ada, ben] = ["ada", "ben"].map(|handle| user(&database, handle));
        let chat = group(&database, ada, vec![ben]);
        Self {
            database,
            chat,
            ada,
            ben,
        }
    }

    fn new_message(&self, sender: UserId, text: &str) -> NewMessage {
        NewMessage {
            id: MessageId::new(Uuid::now_v7()),
            conversation: self.chat,
            sender,
            client_msg_id: op(),
            text: Text::parse(text).unwrap(),
            forward_of: None,
            reply_to: None,
            mentions: Vec::new(),
            attachment: None,
            preview: None,
            created_at: NOW,
        }
    }

    fn post(&self, new: NewMessage) -> Message {
        match self.database.post_messages(&[new]).unwrap().pop() {
            Some(Posted::Made(Made::New(message, _))) => message,
            other => panic!("{other:?}"),
        }
    }

    fn say(&self, sender: UserId, text: &str) -> Message {
        self.post(self.new_message(sender, text))
    }

    fn at(&self, user: UserId, message: &Message) -> At {
        At {
            conversation: self.chat,
            message: message.id,
            user,
        }
    }

    fn edit_as(&self, at: At, name: ClientId, text: &str, after_s: i64) -> Outcome {
        self.database
            .edit_message(&Edit {
                at,
                client_op_id: name,
                text: Text::parse(text).unwrap(),
                mentions: Vec::new(),
                windows: WINDOWS,
                now: NOW.plus_seconds(after_s),
            })
            .unwrap()
    }

    fn delete(&self, at: At, after_s: i64) -> Changed {
        let deletion = Deletion {
            at,
            windows: WINDOWS,
            now: NOW.plus_seconds(after_s),
        };
        self.database.delete_message(&deletion).unwrap()
    }

    fn hide(&self, at: At) -> Vec<LoggedEvent> {
        self.database.hide_message(at, NOW).unwrap().unwrap()
    }

    /// Ada changes who is in a group.
    fn change(&self, chat: ConversationId, user: UserId, act: MemberAct) {
        let change = MemberChange {
            conversation: chat,
            by: self.ada,
            user,
            act,
            now: NOW,
            chats_max: 100,
        };
        self.database.change_member(&change).unwrap().unwrap();
    }

    /// What somebody reads.
    fn texts(&self, user: UserId) -> Vec<String> {
        let page = self.database.messages(self.chat, user, Cursor::Latest, 99);
        let messages = page.unwrap().unwrap().items.into_iter();
        messages
            .map(|message| message.text.as_str().to_owned())
            .collect()
    }

    fn last(&self, user: UserId) -> Option<Message> {
        let chat = self.database.conversation(user, self.chat).unwrap();
        chat.unwrap().last_message
    }

    fn log(&self) -> Vec<LoggedEvent> {
        let range = LogRange {
            topic: Topic::Chat(self.chat).to_string(),
            epoch: String::new(),
            after: 0,
            up_to: None,
            limit: 999,
        };
        self.database.read_log(&range).unwrap().unwrap().events
    }
}

type Outcome = Result<Made<Message>, Refused>;

#[track_caller]
fn refused(outcome: &Outcome, expected: impl Into<Refused>) {
    assert_eq!(*outcome, Err(expected.into()));
}

fn edits_are_kept_and_repeats_answered(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let message = world.say(ada, "one");
    let (at, first) = (world.at(ada, &message), op());
    let versions = || world.database.versions(world.at(ben, &message)).unwrap();
    let texts = || -> Vec<String> {
        let versions = versions().unwrap().into_iter();
        versions
            .map(|version| version.text.as_str().to_owned())
            .collect()
    };
    assert_eq!(texts(), ["one"]);
    let Ok(Made::New(edited, events)) = world.edit_as(at, first, "two", 10) else {
        panic!("it is new")
    };
    assert_eq!(edited.edited_at, Some(NOW.plus_seconds(10)));
    assert_eq!(events[0].offset, 3);
    assert!(events[0].payload.contains("message.edited"));
    // Another device edits; the repeat of the first edit does not undo that.
    world.edit_as(at, op(), "three", 20).unwrap();
    for _ in 0..FEW {
        // However late.
        let Ok(Made::Replayed(now)) = world.edit_as(at, first, "two", 9_999) else {
            panic!("it is known")
        };
        assert_eq!(now.text.as_str(), "three");
    }
    assert_eq!(texts(), ["one", "two", "three"]);
    assert_eq!(world.texts(ben), ["three"]);
    assert_eq!(world.log().len(), 4);

    refused(
        &world.edit_as(at, op(), "late", 901),
        MessageDenied::EditWindowOver,
    );
    let by_ben = world.at(ben, &message);
    refused(&world.edit_as(by_ben, op(), "mine", 30), Denied::NotAuthor);
    for _ in 2..EDITS_MAX {
        world.edit_as(at, op(), "again", 30).unwrap();
    }
    refused(
        &world.edit_as(at, op(), "again", 30),
        MessageDenied::TooManyEdits,
    );
    assert_eq!(versions().unwrap().len(), 51);
    world.delete(at, 40).unwrap();
    assert_eq!(versions(), Ok(Vec::new()));
    refused(&world.edit_as(at, first, "two", 50), MessageDenied::Deleted);
}

fn deleted_text_is_nowhere(url: &str) -> World {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let before = world.say(ben, "before");
    let message = world.post(NewMessage {
        reply_to: Some(before.id),
        mentions: vec![ben],
        ..world.new_message(ada, &format!("{SECRET} {}", "long ".repeat(800)))
    });
    assert_eq!(message.mentions, [ben]);
    let at = world.at(ada, &message);
    world
        .edit_as(at, op(), &format!("{SECRET} again"), 60)
        .unwrap();
    let quote = world.post(NewMessage {
        reply_to: Some(message.id),
        ..world.new_message(ben, "a quote")
    });
    let events = world.delete(at, 90).unwrap();
    assert_eq!(events[0].effects.redacts, [3, 4]);
    assert_eq!(world.finds(ben, SECRET), [""; 0]);
    assert_eq!(world.texts(ben), ["before", "", "a quote"]);
    let page = world
        .database
        .messages(world.chat, ben, Cursor::Latest, 9)
        .unwrap();
    let read = page.unwrap().items;
    assert_eq!(read[1], message.tombstone());
    assert_eq!(read[2].reply_to, Some(at.message));
    assert_eq!(read[2].id, quote.id);

    let log = world.log();
    let kinds = |event: &LoggedEvent| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(&event.payload).unwrap()["type"].take()
    };
    // Each event is still what it was, without what it said.
    assert_eq!(kinds(&log[2]), "message.posted");
    assert_eq!(kinds(&log[3]), "message.edited");
    assert_eq!(log.last(), events.last());
    assert!(log.iter().all(|event| !event.payload.contains(SECRET)));
    // A second deletion says nothing new.
    assert_eq!(world.delete(at, 95), Ok(Vec::new()));
    world
}

/// Where a batch is committed together, its events have the time of the newest message.
fn message_of_a_batch_is_scrubbed(url: &str) {
    let world = World::new(url);
    let old = world.new_message(world.ada, SECRET);
    let new = NewMessage {
        created_at: NOW.plus_seconds(6),
        ..world.new_message(world.ben, "beside it")
    };
    let posted = world.database.post_messages(&[old.clone(), new]).unwrap();
    assert_eq!(posted.len(), 2);
    let at = At {
        conversation: world.chat,
        message: old.id,
        user: world.ada,
    };
    let events = world.delete(at, 10).unwrap();
    assert_eq!(events[0].effects.redacts, [2]);
    let log = world.log();
    assert!(log.iter().all(|event| !event.payload.contains(SECRET)));
    assert!(log[2].payload.contains("beside it"));
}

fn deletion_is_the_authors_for_a_while_and_the_admins_always(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let (bens, adas) = (world.say(ben, "ben's"), world.say(ada, "ada's"));
    let late = 7_201;
    let denied = world.delete(world.at(ben, &bens), late);
    assert_eq!(denied, Err(MessageDenied::DeleteWindowOver.into()));
    let denied = world.delete(world.at(ben, &adas), 0);
    assert_eq!(denied, Err(Denied::RoleTooLow.into()));
    assert_eq!(world.texts(ada), ["ben's", "ada's"]);
    assert!(world.delete(world.at(ada, &bens), late).is_ok());
    assert!(world.delete(world.at(ada, &adas), late).is_ok());
    assert_eq!(world.texts(ben), ["", ""]);
    let elsewhere = At {
        conversation: ConversationId::new(Uuid::now_v7()),
        ..world.at(ada, &bens)
    };
    assert_eq!(world.delete(elsewhere, 0), Err(Denied::NotFound.into()));
    let nothing = At {
        message: MessageId::new(Uuid::now_v7()),
        ..world.at(ada, &bens)
    };
    assert_eq!(world.delete(nothing, 0), Err(Refused::NoMessage));
}

fn what_is_hidden_is_gone_for_one_person(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let said = ["one", "two", "three"].map(|text| world.say(ada, text));
    let events = world.hide(world.at(ben, &said[2]));
    assert_eq!(events[0].topic, Topic::User(ben).to_string());
    assert!(events[0].payload.contains("message.hidden"));
    assert_eq!(world.hide(world.at(ben, &said[2])), []);
    assert_eq!(world.texts(ben), ["one", "two"]);
    assert_eq!(world.last(ben).unwrap().text.as_str(), "two");
    assert_eq!(world.texts(ada), ["one", "two", "three"]);
    assert_eq!(world.last(ada).unwrap().text.as_str(), "three");
    for message in &said[..2] {
        world.hide(world.at(ben, message));
    }
    assert_eq!(world.last(ben), None);
    assert_eq!(world.log().len(), 4);
}

#[derive(diesel::QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many transactions wait for what another one holds.
fn waiting(database: &Database) -> usize {
    if let Some(lock) = &database.write_lock {
        return lock.waiting();
    }
    // The builder has no table of what the server is doing.
    let waiting = "SELECT count(*) AS count FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let read = database.read_one(|connection| sql_query(waiting).get_result::<Waiting>(connection));
    usize::try_from(read.unwrap().count).unwrap()
}

/// Runs two changes that wait for the same conversation, in this order.
fn one_after_the_other(world: &World, first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    let (held, is_held) = mpsc::sync_channel(1);
    let (let_go, may_go) = mpsc::sync_channel::<()>(1);
    let may_go = std::sync::Mutex::new(may_go);
    thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let hold = |connection: &mut AnyConnection| {
                log::lock(connection, &[Topic::Chat(world.chat)])?;
                let _ = held.send(());
                let _ = may_go.lock().unwrap().recv();
                Ok(())
            };
            world.database.write(hold).unwrap();
        });
        is_held.recv().unwrap();
        let until = |count| {
            while waiting(&world.database) < count {
                thread::yield_now();
            }
        };
        let first = scope.spawn(first);
        until(1);
        let second = scope.spawn(second);
        until(2);
        let_go.send(()).unwrap();
        for thread in [holder, first, second] {
            thread.join().unwrap();
        }
    });
}

fn edit_against_deletion_has_one_truth(url: &str) {
    let world = World::new(url);
    let ada = world.ada;
    for is_edit_first in [true, false] {
        let message = world.say(ada, SECRET);
        let at = world.at(ada, &message);
        let edit = || {
            let edited = world.edit_as(at, op(), &format!("{SECRET} again"), 10);
            if is_edit_first {
                assert!(edited.is_ok(), "{edited:?}");
            } else {
                refused(&edited, MessageDenied::Deleted);
            }
        };
        let delete = || {
            let redacts = world.delete(at, 10).unwrap()[0].effects.redacts.len();
            assert_eq!(redacts, if is_edit_first { 2 } else { 1 });
        };
        if is_edit_first {
            one_after_the_other(&world, edit, delete);
        } else {
            one_after_the_other(&world, delete, edit);
        }
        assert_eq!(world.last(ada), Some(message.tombstone()));
        let log = world.log();
        assert!(log.last().unwrap().payload.contains("message.deleted"));
        assert!(log.iter().all(|event| !event.payload.contains(SECRET)));
    }
}

/// Whether any of a SQLite database's files has the bytes of a text.
fn files_contain(folder: &tempfile::TempDir, text: &str) -> bool {
    fs::read_dir(folder.path()).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[test]
fn deleted_text_is_in_no_file_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let world = deleted_text_is_nowhere(&sqlite_url(&folder));
    let checkpoint = |connection: &mut AnyConnection| {
        connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
    };
    world.database.read_one(checkpoint).unwrap();
    assert!(files_contain(&folder, "a quote"), "the search finds text");
    assert!(!files_contain(&folder, SECRET));
}

#[test]
fn deleted_text_is_nowhere_on_postgres() {
    deleted_text_is_nowhere(&postgres_url());
}

facts! {
    edits_are_kept_and_repeats_answered,
    message_of_a_batch_is_scrubbed,
    deletion_is_the_authors_for_a_while_and_the_admins_always,
    what_is_hidden_is_gone_for_one_person,
    edit_against_deletion_has_one_truth,
}
