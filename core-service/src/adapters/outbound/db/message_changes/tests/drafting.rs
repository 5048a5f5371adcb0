//! What people have begun to write.

use super::*;
use crate::{
    application::ports::{KeepStore as _, NewDraft},
    domain::draft::{Draft, DraftText},
};

fn draft(text: &str, reply_to: Option<MessageId>, after_s: i64) -> Draft {
    Draft {
        text: DraftText::parse(text.to_owned()).unwrap(),
        reply_to,
        updated_at: NOW.plus_seconds(after_s),
    }
}

impl World {
    fn keep(&self, user: UserId, draft: &Draft) -> Changed {
        let new = NewDraft {
            conversation: self.chat,
            user,
            draft: draft.clone(),
        };
        self.database.keep_draft(&new).unwrap()
    }

    fn draft(&self, user: UserId) -> Option<Draft> {
        let chat = self.database.conversation(user, self.chat).unwrap();
        let (listed, _) = self.database.conversations(user, None, 9).unwrap();
        let chat = chat.unwrap().draft;
        assert_eq!(listed[0].draft, chat);
        chat
    }

    fn log_of(&self, user: UserId) -> Vec<LoggedEvent> {
        let range = LogRange {
            topic: Topic::User(user).to_string(),
            epoch: String::new(),
            after: 0,
            up_to: None,
            limit: 999,
        };
        self.database.read_log(&range).unwrap().unwrap().events
    }
}

fn latest_draft_counts_and_the_others_are_gone(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let asked = world.say(ada, "when?").id;
    assert_eq!(world.draft(ben), None);
    assert_eq!(world.keep(ben, &draft("", None, 0)), Ok(Vec::new()));
    let first = draft(SECRET, Some(asked), 1);
    let told = world.keep(ben, &first).unwrap();
    assert_eq!(told[0].topic, Topic::User(ben).to_string());
    let event: serde_json::Value = serde_json::from_str(&told[0].payload).unwrap();
    let expected = serde_json::json!({
        "type": "draft.changed", "conversation_id": world.chat, "text": SECRET,
        "reply_to": asked, "updated_at": first.updated_at,
    });
    assert_eq!(event, expected);
    assert_eq!(world.draft(ben), Some(first));
    assert_eq!(world.draft(ada), None);
    // The same again is nothing new, whenever it was written.
    let again = draft(SECRET, Some(asked), 2);
    assert_eq!(world.keep(ben, &again), Ok(Vec::new()));
    for next in [
        draft("other words", Some(asked), 3),
        draft("", Some(asked), 4),
    ] {
        let events = world.keep(ben, &next).unwrap();
        assert_eq!(events[0].effects.redacts, [events[0].offset - 1]);
        assert_eq!(world.draft(ben), Some(next));
    }
    let log = world.log_of(ben);
    assert!(log.iter().all(|event| !event.payload.contains(SECRET)));
    assert!(log.iter().all(|event| !event.payload.contains("other")));
    assert_eq!(world.keep(ben, &draft("", None, 5)).unwrap().len(), 1);
    assert_eq!(world.draft(ben), None);
    assert_eq!(world.keep(ben, &draft("", None, 6)), Ok(Vec::new()));
    // The next draft takes nothing out of events that are not its own.
    let next = world.keep(ben, &draft("new", None, 7)).unwrap();
    assert_eq!(next[0].effects.redacts, [0; 0]);
    // Nobody else hears of it.
    assert!(
        world
            .log()
            .iter()
            .all(|event| !event.payload.contains("draft"))
    );
}

fn draft_answers_what_its_writer_can_read(url: &str) {
    let world = World::new(url);
    let early = world.say(world.ada, "early").id;
    let [cat, eve] = ["cat", "eve"].map(|handle| user(&world.database, handle));
    world.change(world.chat, cat, MemberAct::Add);
    let nothing = MessageId::new(Uuid::now_v7());
    for reply_to in [early, nothing] {
        let refused = world.keep(cat, &draft("so far", Some(reply_to), 0));
        assert_eq!(refused, Err(Refused::NoReplyTo));
    }
    assert_eq!(world.draft(cat), None);
    let outside = world.keep(eve, &draft("so far", None, 0));
    assert_eq!(outside, Err(Denied::NotFound.into()));
    // What is deleted since can still be answered: the answer holds no text of it.
    let message = world.say(world.ada, "late");
    world.delete(world.at(world.ada, &message), 0).unwrap();
    let answering = draft("why?", Some(message.id), 0);
    assert_eq!(world.keep(cat, &answering).unwrap().len(), 1);
}

fn drafts_of_two_devices_end_in_the_last_event(url: &str) {
    let world = World::new(url);
    let ben = world.ben;
    let other = Database::new(url, 2).unwrap();
    thread::scope(|scope| {
        for number in 0..6 {
            let replica = if number % 2 == 0 {
                &world.database
            } else {
                &other
            };
            scope.spawn(move || {
                // Some give up what the others write.
                let text = if number < 4 {
                    number.to_string()
                } else {
                    String::new()
                };
                let new = NewDraft {
                    conversation: world.chat,
                    user: ben,
                    draft: draft(&text, None, number),
                };
                replica.keep_draft(&new).unwrap().unwrap();
            });
        }
    });
    let log = world.log_of(ben);
    let told = |event: &LoggedEvent| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(&event.payload).unwrap()["text"].take()
    };
    let (last, before) = log.split_last().unwrap();
    let kept = world.draft(ben);
    assert_eq!(
        told(last),
        kept.map_or("".into(), |kept| kept.text.as_str().to_owned())
    );
    // The first event is of the chat itself.
    assert!(before[1..].iter().all(|event| told(event) == ""));
}

/// As long as its writer keeps it, and no longer.
#[test]
fn draft_that_was_given_up_is_in_no_file_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(&sqlite_url(&folder));
    world.keep(world.ben, &draft(SECRET, None, 0)).unwrap();
    world.keep(world.ben, &draft("", None, 1)).unwrap();
    world.keep(world.ada, &draft("kept", None, 1)).unwrap();
    let checkpoint = |connection: &mut AnyConnection| {
        connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
    };
    world.database.read_one(checkpoint).unwrap();
    assert!(files_contain(&folder, "kept"), "the search finds text");
    assert!(!files_contain(&folder, SECRET));
}

facts! {
    latest_draft_counts_and_the_others_are_gone,
    draft_answers_what_its_writer_can_read,
    drafts_of_two_devices_end_in_the_last_event,
}
