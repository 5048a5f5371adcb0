//! Messages that disappear by themselves.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{arranging::kind, *};
use crate::{
    application::ports::{
        DisappearingStore as _, KeepStore as _, LifetimeChange, MarkReport, StarChange,
    },
    domain::{
        conversation::{Conversation, Role},
        disappearing::{LIFETIMES_S, Lifetime},
        reaction::Emoji,
    },
};

const DAY_S: i64 = LIFETIMES_S[0];

impl World {
    fn let_disappear(&self, by: UserId, seconds: i64) -> Changed {
        let change = LifetimeChange {
            conversation: self.chat,
            by,
            lifetime: Lifetime::parse(seconds).unwrap(),
            now: NOW,
        };
        self.database.set_lifetime(&change).unwrap()
    }

    fn expire(&self, after_s: i64) -> Vec<LoggedEvent> {
        let now = NOW.plus_seconds(after_s);
        self.database.expire_messages(now, 9).unwrap()
    }

    fn shown(&self, user: UserId) -> Conversation {
        let chat = self.database.conversation(user, self.chat).unwrap();
        chat.unwrap()
    }
}

fn admins_choose_for_a_group(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let denied = world.let_disappear(ben, DAY_S);
    assert_eq!(denied, Err(Denied::RoleTooLow.into()));
    let stranger = user(&world.database, "eve");
    let denied = world.let_disappear(stranger, DAY_S);
    assert_eq!(denied, Err(Denied::NotFound.into()));
    assert_eq!(world.shown(ben).lifetime, None);

    let events = world.let_disappear(ada, DAY_S).unwrap();
    assert_eq!(kind(&events[0]), "conversation.changed");
    assert!(events[0].payload.contains(r#""disappear_s":86400"#));
    assert_eq!(world.let_disappear(ada, DAY_S), Ok(Vec::new()));
    assert_eq!(world.shown(ben).lifetime, Some(Lifetime::stored(DAY_S)));
    world.change(chat, ben, MemberAct::SetRole(Role::Admin));
    let events = world.let_disappear(ben, 0).unwrap();
    assert!(events[0].payload.contains(r#""disappear_s":null"#));
    assert_eq!(world.shown(ada).lifetime, None);
}

fn only_what_is_posted_from_then_on_disappears(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let kept = world.say(ada, "stays");
    world.let_disappear(ada, DAY_S).unwrap();
    let first = world.say(ada, "goes");
    assert_eq!(kept.expires_at, None);
    assert_eq!(first.expires_at, Some(NOW.plus_seconds(DAY_S)));
    world.let_disappear(ada, LIFETIMES_S[1]).unwrap();
    let second = world.say(ben, "goes later");
    world.let_disappear(ada, 0).unwrap();
    let last = world.post(NewMessage {
        reply_to: Some(second.id),
        ..world.new_message(ben, "stays, too")
    });
    assert_eq!(last.expires_at, None);
    // What is forwarded is a message of its own.
    let copy = world.post(NewMessage {
        forward_of: Some(first.id),
        text: Text::gone(),
        ..world.new_message(ben, "x")
    });
    assert_eq!((copy.text.as_str(), copy.expires_at), ("goes", None));

    assert_eq!(world.expire(DAY_S - 1), []);
    let events = world.expire(DAY_S);
    assert_eq!(events.len(), 1);
    assert_eq!(kind(&events[0]), "message.expired");
    assert_eq!(world.expire(DAY_S), []);
    assert_eq!(
        world.texts(ben),
        ["stays", "goes later", "stays, too", "goes"]
    );
    assert_eq!(world.expire(LIFETIMES_S[1]).len(), 1);
    assert_eq!(world.texts(ada), ["stays", "stays, too", "goes"]);
    let gone = world.database.versions(world.at(ada, &second)).unwrap();
    assert_eq!(gone, Err(Refused::NoMessage));
}

fn rows_and_counts_go_on_without_what_disappeared(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    world.say(ada, "stays");
    world.let_disappear(ada, DAY_S).unwrap();
    world.say(ada, "goes");
    world.post(NewMessage {
        mentions: vec![ben],
        ..world.new_message(ada, "goes, too")
    });
    let counts = |user| {
        let seen = world.shown(user);
        (seen.unread_count, seen.unread_mentions)
    };
    assert_eq!(counts(ben), (3, 1));
    assert_eq!(world.expire(DAY_S).len(), 2);
    assert_eq!(counts(ben), (1, 0));
    assert_eq!(world.last(ben).unwrap().text.as_str(), "stays");
    // Places are not given twice, and marks move over those that are gone.
    assert_eq!(world.say(ada, "next").seq, 4);
    let report = MarkReport {
        conversation: chat,
        user: ben,
        delivered_seq: 4,
        read_seq: 4,
    };
    world.database.move_marks(&[report], NOW).unwrap();
    assert_eq!(counts(ben), (0, 0));
}

fn disappeared_text_is_nowhere(url: &str) -> World {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    world.let_disappear(ada, DAY_S).unwrap();
    let message = world.post(NewMessage {
        mentions: vec![ben],
        ..world.new_message(ada, &format!("{SECRET} {}", "long ".repeat(800)))
    });
    let (adas, bens) = (world.at(ada, &message), world.at(ben, &message));
    let edited = world.edit_as(adas, op(), &format!("{SECRET} again"), 60);
    assert!(edited.is_ok());
    let star = StarChange {
        at: bens,
        on: true,
        now: NOW,
    };
    world.database.star(&star).unwrap().unwrap();
    let pin = NewPin {
        at: bens,
        until: NOW.plus_seconds(LIFETIMES_S[2]),
        now: NOW,
    };
    world.database.pin_message(&pin).unwrap().unwrap();
    let reaction = NewReaction {
        at: bens,
        emoji: Some(Emoji::parse("👍").unwrap()),
        now: NOW,
    };
    world.database.react(&reaction).unwrap().unwrap();
    world.let_disappear(ada, 0).unwrap();
    world.post(NewMessage {
        reply_to: Some(message.id),
        ..world.new_message(ben, "a quote")
    });

    let events = world.expire(DAY_S);
    // Posted, edited and reacted to; nobody may repeat these as they were.
    assert_eq!(events[0].effects.redacts, [3, 4, 6]);
    assert_eq!(world.texts(ben), ["a quote"]);
    assert_eq!(world.finds(ben, SECRET), [""; 0]);
    assert!(world.shown(ben).pins.is_empty());
    assert!(world.database.starred(ben, None, 9).unwrap().is_empty());
    let log = world.log();
    assert_eq!(log.last(), events.last());
    assert!(log.iter().all(|event| !event.payload.contains(SECRET)));
    assert_eq!(kind(&log[2]), "message.posted", "without what it said");
    world
}

#[test]
fn disappeared_text_is_in_no_file_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let world = disappeared_text_is_nowhere(&sqlite_url(&folder));
    let checkpoint = |connection: &mut AnyConnection| {
        connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
    };
    world.database.read_one(checkpoint).unwrap();
    assert!(files_contain(&folder, "a quote"), "the search finds text");
    assert!(!files_contain(&folder, SECRET));
}

#[test]
fn disappeared_text_is_nowhere_on_postgres() {
    disappeared_text_is_nowhere(&postgres_url());
}

fn message_expires_once_whoever_removes_it(url: &str) {
    let world = World::new(url);
    world.let_disappear(world.ada, DAY_S).unwrap();
    world.say(world.ada, "goes");
    let removed = AtomicUsize::new(0);
    let remove = || {
        removed.fetch_add(world.expire(DAY_S).len(), Ordering::SeqCst);
    };
    one_after_the_other(&world, remove, remove);
    assert_eq!(removed.into_inner(), 1);
    let expired = |event: &LoggedEvent| kind(event) == "message.expired";
    assert_eq!(world.log().iter().filter(|event| expired(event)).count(), 1);
}

facts! {
    admins_choose_for_a_group,
    only_what_is_posted_from_then_on_disappears,
    rows_and_counts_go_on_without_what_disappeared,
    message_expires_once_whoever_removes_it,
}
