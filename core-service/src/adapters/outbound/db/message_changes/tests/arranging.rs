//! How people arrange chats for themselves.

use serde_json::json;

use super::*;
use crate::{
    application::ports::{Arrangement, KeepStore as _, MarkReport},
    domain::chat_settings::{ChatSettings, Mute, PINNED_CHATS_MAX, SettingsChange, SettingsDenied},
};

type Arranged = Result<(ChatSettings, Vec<LoggedEvent>), Refused>;

const NOTHING: SettingsChange = SettingsChange {
    muted_until: None,
    archived: None,
    pinned: None,
    marked_unread: None,
};
const PIN: SettingsChange = SettingsChange {
    pinned: Some(true),
    ..NOTHING
};
const UNREAD: SettingsChange = SettingsChange {
    marked_unread: Some(true),
    ..NOTHING
};

fn arrangement(user: UserId, conversation: ConversationId, change: SettingsChange) -> Arrangement {
    Arrangement {
        conversation,
        user,
        change,
        now: NOW,
    }
}

impl World {
    fn arrange(&self, user: UserId, chat: ConversationId, change: SettingsChange) -> Arranged {
        let arrangement = arrangement(user, chat, change);
        self.database.arrange(&arrangement).unwrap()
    }

    fn settings(&self, user: UserId) -> ChatSettings {
        let chat = self.database.conversation(user, self.chat).unwrap();
        chat.unwrap().settings
    }

    fn read_to(&self, user: UserId, read_seq: i64) -> Vec<String> {
        let report = MarkReport {
            conversation: self.chat,
            user,
            delivered_seq: 0,
            read_seq,
        };
        let moved = self.database.move_marks(&[report], NOW).unwrap();
        moved.events.iter().map(kind).collect()
    }

    fn pinned(&self, user: UserId) -> Vec<ConversationId> {
        let pinned = self.database.pinned_conversations(user).unwrap();
        pinned.into_iter().map(|chat| chat.id).collect()
    }
}

pub(super) fn kind(event: &LoggedEvent) -> String {
    let event: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
    event["type"].as_str().unwrap().to_owned()
}

fn settings_are_one_persons(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let until = NOW.plus_seconds(8 * 3_600);
    let change = SettingsChange {
        muted_until: Some(Some(Mute::Until(until))),
        pinned: Some(true),
        marked_unread: Some(true),
        ..NOTHING
    };
    let (settings, told) = world.arrange(ben, chat, change).unwrap();
    let expected = ChatSettings {
        muted_until: Some(Mute::Until(until)),
        archived: false,
        pinned_at: Some(NOW),
        marked_unread: true,
    };
    assert_eq!((settings, world.settings(ben)), (expected, expected));
    assert_eq!(world.settings(ada), ChatSettings::default());
    assert_eq!(told[0].topic, Topic::User(ben).to_string());
    let event: serde_json::Value = serde_json::from_str(&told[0].payload).unwrap();
    let expected = json!({
        "type": "chat.settings_changed", "conversation_id": chat, "muted_until": until,
        "archived": false, "pinned_at": NOW, "marked_unread": true,
    });
    assert_eq!(event, expected);
    // The same again is nothing new, and nobody else hears of any.
    assert_eq!(world.arrange(ben, chat, change), Ok((settings, Vec::new())));
    assert_eq!(world.log().len(), 1);
    let always = SettingsChange {
        muted_until: Some(Some(Mute::Always)),
        ..NOTHING
    };
    let (settings, _) = world.arrange(ben, chat, always).unwrap();
    assert_eq!(settings.muted_until, Some(Mute::Always));
    assert_eq!(world.settings(ben), settings);
    let (listed, _) = world.database.conversations(ben, None, 9).unwrap();
    assert_eq!(listed[0].settings, settings);
    let none = SettingsChange {
        muted_until: Some(None),
        archived: Some(false),
        pinned: Some(false),
        marked_unread: Some(false),
    };
    world.arrange(ben, chat, none).unwrap();
    assert_eq!(world.settings(ben), ChatSettings::default());
}

fn three_chats_are_pinned_whoever_asks_at_once(url: &str) {
    let world = World::new(url);
    let (ada, ben) = (world.ada, world.ben);
    let chats: Vec<ConversationId> = (0..6)
        .map(|_| group(&world.database, ada, vec![ben]))
        .collect();
    let other = Database::new(url, 3).unwrap();
    thread::scope(|scope| {
        for (number, chat) in chats.iter().enumerate() {
            let replica = if number % 2 == 0 {
                &world.database
            } else {
                &other
            };
            scope.spawn(move || {
                let answer = replica.arrange(&arrangement(ben, *chat, PIN)).unwrap();
                assert!(matches!(
                    answer,
                    Ok(_) | Err(Refused::Settings(SettingsDenied::TooManyPinned))
                ));
            });
        }
    });
    let pinned = world.pinned(ben);
    assert_eq!(i64::try_from(pinned.len()), Ok(PINNED_CHATS_MAX));
    assert_eq!(world.pinned(ada), []);
    // A place is free again when a chat is left, and the chat comes back as all are.
    world.change(pinned[0], ben, MemberAct::Remove);
    assert_eq!(world.pinned(ben), pinned[1..]);
    world.arrange(ben, world.chat, PIN).unwrap();
    world.change(pinned[0], ben, MemberAct::Add);
    assert!(!world.pinned(ben).contains(&pinned[0]));
}

fn pinned_chats_are_listed_the_last_one_first(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let later = group(&world.database, ada, vec![ben]);
    world.arrange(ben, chat, PIN).unwrap();
    let second = Arrangement {
        now: NOW.plus_seconds(1),
        ..arrangement(ben, later, PIN)
    };
    world.database.arrange(&second).unwrap().unwrap();
    assert_eq!(world.pinned(ben), [later, chat]);
    let archived = SettingsChange {
        archived: Some(true),
        ..NOTHING
    };
    world.arrange(ben, later, archived).unwrap();
    assert_eq!(world.pinned(ben), [chat]);
}

fn reading_takes_the_mark_away(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    for text in ["one", "two"] {
        world.say(ada, text);
    }
    let is_marked = || world.settings(ben).marked_unread;
    world.arrange(ben, chat, UNREAD).unwrap();
    assert_eq!(world.read_to(ben, 0), [""; 0]);
    assert!(is_marked(), "what is delivered is not read");
    let told = ["read.moved", "chat.settings_changed"];
    assert_eq!(world.read_to(ben, 2), told);
    assert!(!is_marked());
    // Whoever reads what is read already has opened the chat; a late report of less has not.
    world.arrange(ben, chat, UNREAD).unwrap();
    assert_eq!(world.read_to(ben, 1), [""; 0]);
    assert!(is_marked());
    assert_eq!(world.read_to(ada, 2), [""; 0]);
    assert!(is_marked(), "another person has read");
    assert_eq!(world.read_to(ben, 2), ["chat.settings_changed"]);
    assert_eq!(world.read_to(ben, 2), [""; 0]);
    assert!(!is_marked());
}

fn whoever_is_not_inside_arranges_nothing(url: &str) {
    let world = World::new(url);
    let cat = user(&world.database, "cat");
    let nowhere = ConversationId::new(Uuid::now_v7());
    for (user, chat) in [(cat, world.chat), (world.ada, nowhere)] {
        let refused = world.arrange(user, chat, PIN);
        assert_eq!(refused, Err(Denied::NotFound.into()));
    }
    assert_eq!(world.pinned(cat), []);
}

facts! {
    settings_are_one_persons,
    three_chats_are_pinned_whoever_asks_at_once,
    pinned_chats_are_listed_the_last_one_first,
    reading_takes_the_mark_away,
    whoever_is_not_inside_arranges_nothing,
}
