//! Chats that somebody clears for themselves.

use super::{arranging::kind, *};
use crate::{
    application::ports::{Arrangement, Clearing, KeepStore as _, MarkReport, NewDraft, StarChange},
    domain::{
        chat_settings::SettingsChange,
        conversation::{Conversation, Role},
        draft::{Draft, DraftText},
    },
};

impl World {
    fn clear(&self, user: UserId, up_to_seq: i64) -> Changed {
        let clearing = Clearing {
            conversation: self.chat,
            user,
            up_to_seq,
            now: NOW,
        };
        self.database.clear(&clearing).unwrap()
    }

    fn view(&self, user: UserId) -> Conversation {
        let chat = self.database.conversation(user, self.chat).unwrap();
        chat.unwrap()
    }

    fn star_of(&self, user: UserId, message: &Message) {
        let star = StarChange {
            at: self.at(user, message),
            on: true,
            now: NOW,
        };
        self.database.star(&star).unwrap().unwrap();
    }

    fn stars_of(&self, user: UserId) -> usize {
        self.database.starred(user, None, 9).unwrap().len()
    }
}

fn cleared_messages_are_gone_for_one_person(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let said = ["one", "two", "three"].map(|text| world.say(ada, text));
    for message in &said {
        world.star_of(ben, message);
        world.star_of(ada, message);
    }
    world.hide(world.at(ben, &said[0]));
    let draft = Draft {
        text: DraftText::parse("so far".to_owned()).unwrap(),
        reply_to: None,
        updated_at: NOW,
    };
    let kept = NewDraft {
        conversation: chat,
        user: ben,
        draft,
    };
    world.database.keep_draft(&kept).unwrap().unwrap();
    let unread = Arrangement {
        conversation: chat,
        user: ben,
        change: SettingsChange {
            marked_unread: Some(true),
            ..SettingsChange::default()
        },
        now: NOW,
    };
    world.database.arrange(&unread).unwrap().unwrap();
    let log = world.log();

    let told = world.clear(ben, 2).unwrap();
    let kinds: Vec<String> = told.iter().map(kind).collect();
    let expected = ["draft.changed", "chat.settings_changed", "chat.cleared"];
    assert_eq!(kinds, expected);
    assert!(
        told.iter()
            .all(|event| event.topic == Topic::User(ben).to_string())
    );
    let event: serde_json::Value = serde_json::from_str(&told[2].payload).unwrap();
    let expected = serde_json::json!({
        "type": "chat.cleared", "conversation_id": chat, "first_seq": 3,
    });
    assert_eq!(event, expected);
    assert_eq!(world.texts(ben), ["three"]);
    assert_eq!(world.stars_of(ben), 1);
    let view = world.view(ben);
    assert_eq!((view.first_seq, view.unread_count), (3, 1));
    assert_eq!((view.draft, view.settings.marked_unread), (None, false));
    // Others learn nothing of it, and have what they had.
    assert_eq!(world.log(), log);
    assert_eq!((world.texts(ada).len(), world.stars_of(ada)), (3, 3));
    // A repeat, and a device that clears less, change nothing.
    for up_to in [2, 1, 0, -7] {
        assert_eq!(world.clear(ben, up_to), Ok(Vec::new()));
    }
    assert_eq!(world.clear(ben, i64::MAX).unwrap().len(), 1);
    let view = world.view(ben);
    assert_eq!((view.first_seq, view.unread_count), (4, 0));
    assert_eq!(view.last_message, None);
    world.say(ada, "four");
    assert_eq!(world.texts(ben), ["four"]);
    assert_eq!(world.view(ben).unread_count, 1);
    let gone = world.at(ben, &said[2]);
    let star = StarChange {
        at: gone,
        on: true,
        now: NOW,
    };
    let refused = world.database.star(&star).unwrap();
    assert_eq!(refused, Err(Refused::NoMessage));
}

fn writer_learns_no_less_of_who_has_cleared(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let said = ["one", "two"].map(|text| world.say(ada, text));
    let report = MarkReport {
        conversation: chat,
        user: ben,
        delivered_seq: 2,
        read_seq: 1,
    };
    world.database.move_marks(&[report], NOW).unwrap();
    let reach = |message| {
        let at = world.at(ada, message);
        world.database.reach(at, None, 9).unwrap().unwrap()
    };
    let before = said.each_ref().map(reach);
    assert_eq!(before[0].len(), 1);
    for up_to in [1, 2] {
        world.clear(ben, up_to).unwrap();
        assert_eq!(said.each_ref().map(reach), before);
    }
    // Who came later could not read it, whatever they have cleared since.
    let cat = user(&world.database, "cat");
    world.change(chat, cat, MemberAct::Add);
    world.say(ada, "three");
    world.clear(cat, 3).unwrap();
    assert_eq!(said.each_ref().map(reach), before);
}

fn admin_who_has_cleared_inherits_all_the_same(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let cat = user(&world.database, "cat");
    world.change(chat, cat, MemberAct::Add);
    for admin in [ben, cat] {
        world.change(chat, admin, MemberAct::SetRole(Role::Admin));
    }
    world.say(ada, "one");
    world.clear(ben, 1).unwrap();
    world.change(chat, ada, MemberAct::Remove);
    assert_eq!(world.view(ben).role, Role::Owner);
}

fn clearing_on_two_devices_ends_at_the_later_message(url: &str) {
    let world = World::new(url);
    let ben = world.ben;
    for text in 0..8 {
        world.say(world.ada, &text.to_string());
    }
    let other = Database::new(url, 3).unwrap();
    thread::scope(|scope| {
        for up_to_seq in 1..=6 {
            let replica = if up_to_seq % 2 == 0 {
                &world.database
            } else {
                &other
            };
            scope.spawn(move || {
                let clearing = Clearing {
                    conversation: world.chat,
                    user: ben,
                    up_to_seq,
                    now: NOW,
                };
                replica.clear(&clearing).unwrap().unwrap();
            });
        }
    });
    assert_eq!(world.texts(ben), ["6", "7"]);
    assert_eq!(world.view(ben).first_seq, 7);
    // Who is not in it clears nothing.
    let cat = user(&world.database, "cat");
    assert_eq!(world.clear(cat, 9), Err(Denied::NotFound.into()));
}

facts! {
    cleared_messages_are_gone_for_one_person,
    writer_learns_no_less_of_who_has_cleared,
    admin_who_has_cleared_inherits_all_the_same,
    clearing_on_two_devices_ends_at_the_later_message,
}
