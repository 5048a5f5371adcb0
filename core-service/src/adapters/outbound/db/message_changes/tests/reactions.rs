//! Reactions and pins.

use std::iter;

use diesel::{TextExpressionMethods as _, dsl::count_star};
use serde_json::{Value, json};

use super::*;
use crate::{
    adapters::outbound::db::{
        schema::{pins as pinned, reactions as reacted, reactions_due, topic_log},
        scrubbing::SCRUBBED_AT_ONCE,
    },
    domain::reaction::{EMOJI_MAX, Emoji, NAMED_MAX_MEMBERS, PINS_MAX, Reaction},
};

const DAY_S: i64 = 86_400;

fn emoji(text: &str) -> Emoji {
    Emoji::parse(text).unwrap()
}

fn after_ms(ms: i64) -> Timestamp {
    NOW.plus_millis(ms)
}

fn topics(events: &[LoggedEvent]) -> Vec<&str> {
    events.iter().map(|event| event.topic.as_str()).collect()
}

fn payload(event: &LoggedEvent) -> Value {
    serde_json::from_str(&event.payload).unwrap()
}

impl World {
    fn try_react(&self, at: At, text: Option<&str>, ms: i64) -> Changed {
        let new = NewReaction {
            at,
            emoji: text.map(emoji),
            now: after_ms(ms),
        };
        self.database.react(&new).unwrap()
    }

    #[track_caller]
    fn react(&self, at: At, text: &str, ms: i64) -> Vec<LoggedEvent> {
        self.try_react(at, Some(text), ms).unwrap()
    }

    fn tell(&self, ms: i64) -> Vec<LoggedEvent> {
        self.database.tell_reactions(after_ms(ms), 9).unwrap()
    }

    fn grow(&self, member_count: i64) {
        let grow = |connection: &mut AnyConnection| {
            diesel::update(conversations::table.find(self.chat))
                .set(conversations::member_count.eq(member_count))
                .execute(connection)
        };
        self.database.write(grow).unwrap();
    }

    fn pin(&self, at: At, for_s: i64, now: Timestamp) -> Changed {
        let new = NewPin {
            at,
            until: now.plus_seconds(for_s),
            now,
        };
        self.database.pin_message(&new).unwrap()
    }

    /// Which messages stand above the chat for somebody.
    fn pins(&self, user: UserId) -> Vec<MessageId> {
        let chat = self.database.conversation(user, self.chat).unwrap();
        let pins = chat.unwrap().pins.into_iter();
        pins.map(|pin| pin.message_id).collect()
    }

    /// The only message, as somebody reads it.
    fn read(&self, user: UserId) -> Message {
        let page = self.database.messages(self.chat, user, Cursor::Latest, 1);
        page.unwrap().unwrap().items.remove(0)
    }

    /// Rows about messages of the chat: reactions, reactions to be told, pins.
    fn rows(&self) -> [i64; 3] {
        let count = |connection: &mut AnyConnection| {
            Ok([
                reacted::table.select(count_star()).first(connection)?,
                reactions_due::table
                    .select(count_star())
                    .first(connection)?,
                pinned::table.select(count_star()).first(connection)?,
            ])
        };
        self.database.read(count).unwrap()
    }
}

fn reaction(text: &str, users: &[UserId]) -> Reaction {
    Reaction {
        emoji: emoji(text),
        count: i64::try_from(users.len()).unwrap(),
        user_ids: Some(users.to_vec()),
    }
}

fn reaction_is_one_and_taken_back(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let message = world.say(ada, "hi");
    let (by_ada, by_ben) = (world.at(ada, &message), world.at(ben, &message));
    assert_eq!(world.try_react(by_ben, None, 0), Ok(Vec::new()));
    world.react(by_ben, "👍", 1);
    world.react(by_ada, "👍", 2);
    // The same again is nothing new.
    assert_eq!(world.react(by_ada, "👍", 3), []);
    let both = [reaction("👍", &[ben, ada])];
    for (user, own) in [(ada, "👍"), (ben, "👍")] {
        let read = world.read(user);
        assert_eq!(read.reactions, both);
        assert_eq!(read.my_reaction, Some(emoji(own)));
        let last = world.last(user).unwrap();
        assert_eq!(
            (last.reactions, last.my_reaction),
            (read.reactions, read.my_reaction)
        );
    }
    let replaced = world.react(by_ben, "❤️", 4);
    assert_eq!(topics(&replaced), [Topic::Chat(world.chat).to_string()]);
    // Ada's is the older one by now.
    let expected = [reaction("👍", &[ada]), reaction("❤️", &[ben])];
    assert_eq!(world.read(ada).reactions, expected);
    assert_eq!(
        payload(&replaced[0])["reactions"],
        serde_json::to_value(&expected).unwrap()
    );
    let part = |after, limit| world.database.reactions(by_ada, after, limit).unwrap();
    let listed = part(None, 9).unwrap();
    let listed: Vec<(UserId, Emoji)> = listed
        .into_iter()
        .map(|reaction| (reaction.user.id, reaction.emoji))
        .collect();
    let mut people = [(ada, emoji("👍")), (ben, emoji("❤️"))];
    people.sort();
    assert_eq!(listed, people);
    assert_eq!(part(Some(people[0].0), 9).unwrap()[0].user.id, people[1].0);
    assert_eq!(part(None, 1).unwrap().len(), 1);
    // Editing leaves reactions where they are.
    let edited = world.edit_as(by_ada, op(), "ho", 5).unwrap();
    let Made::New(edited, _) = edited else {
        panic!("it is new")
    };
    assert_eq!(edited.reactions, expected);
    for at in [by_ada, by_ben] {
        assert_eq!(world.try_react(at, None, 6).unwrap().len(), 1);
    }
    assert_eq!(world.read(ada).reactions, []);
    assert_eq!(world.rows(), [0; 3]);
}

fn nobody_reacts_or_pins_where_they_are_not(url: &str) {
    let world = World::new(url);
    let message = world.say(world.ada, "hi");
    let stranger = user(&world.database, "eve");
    let by_stranger = world.at(stranger, &message);
    let nothing = At {
        message: MessageId::new(Uuid::now_v7()),
        ..world.at(world.ada, &message)
    };
    for (at, expected) in [
        (by_stranger, Refused::from(Denied::NotFound)),
        (nothing, Refused::NoMessage),
    ] {
        assert_eq!(world.try_react(at, Some("👍"), 0), Err(expected));
        assert_eq!(world.pin(at, DAY_S, NOW), Err(expected));
        let unpinned = world.database.unpin_message(at, NOW);
        assert_eq!(unpinned.unwrap(), Err(expected));
        let listed = world.database.reactions(at, None, 9);
        assert_eq!(listed.unwrap(), Err(expected));
    }
    assert_eq!(world.rows(), [0; 3]);
}

fn reactions_of_a_large_group_are_gathered(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let message = world.say(ada, "hi");
    let (by_ada, by_ben) = (world.at(ada, &message), world.at(ben, &message));
    let chat = Topic::Chat(world.chat).to_string();
    // Two people: at once, and nothing is left to tell.
    assert_eq!(topics(&world.react(by_ada, "👍", 0)), [chat.as_str()]);
    assert_eq!(world.tell(9_999), []);

    world.grow(NAMED_MAX_MEMBERS + 1);
    let own = world.react(by_ada, "❤️", 0);
    assert_eq!(topics(&own), [Topic::User(ada).to_string()]);
    let mine = json!({
        "type": "reaction.mine", "conversation_id": world.chat, "message_id": message.id,
        "emoji": "❤️",
    });
    assert_eq!(payload(&own[0]), mine);
    world.react(by_ben, "❤️", 400);
    assert_eq!(world.tell(499), []);
    // Two replicas look at the same time.
    let told: Vec<LoggedEvent> = thread::scope(|scope| {
        let look = || scope.spawn(|| world.tell(500));
        let both = [look(), look()];
        both.into_iter()
            .flat_map(|looking| looking.join().unwrap())
            .collect()
    });
    assert_eq!(topics(&told), [chat]);
    let summary = json!([{ "emoji": "❤️", "count": 2 }]);
    assert_eq!(payload(&told[0])["reactions"], summary);
    assert_eq!(world.tell(9_999), []);
}

fn gathered_reactions_outlive_the_core_that_took_them(url: &str) {
    let world = World::new(url);
    world.grow(NAMED_MAX_MEMBERS + 1);
    for text in ["one", "two", "three"] {
        let message = world.say(world.ada, text);
        world.react(world.at(world.ben, &message), "👍", 0);
    }
    let World { database, chat, .. } = world;
    drop(database);
    let next = Database::new(url, 2).unwrap();
    let tell = |limit| next.tell_reactions(after_ms(500), limit).unwrap();
    // No more at once than was asked for.
    let told = [tell(2), tell(2), tell(2)];
    assert_eq!(told.each_ref().map(Vec::len), [2, 1, 0]);
    for event in told.iter().flatten() {
        assert_eq!(event.topic, Topic::Chat(chat).to_string());
        let summary = json!([{ "emoji": "👍", "count": 1 }]);
        assert_eq!(payload(event)["reactions"], summary);
    }
}

/// Reactions of people who have left since.
fn react_once(world: &World, message: &Message, emojis: impl Iterator<Item = Emoji>) {
    for (number, emoji) in emojis.enumerate() {
        let once = user(&world.database, &format!("once{number}"));
        let insert = |connection: &mut AnyConnection| {
            diesel::insert_into(reacted::table)
                .values((
                    reacted::conversation_id.eq(world.chat),
                    reacted::seq.eq(message.seq),
                    reacted::user_id.eq(once),
                    reacted::emoji.eq(&emoji),
                    reacted::reacted_at.eq(NOW),
                ))
                .execute(connection)
        };
        world.database.write(insert).unwrap();
    }
}

fn message_takes_so_many_different_emoji(url: &str) {
    let world = World::new(url);
    let message = world.say(world.ada, "hi");
    let at = world.at(world.ben, &message);
    let known: Vec<Emoji> = emojis::iter()
        .map(|known| emoji(known.as_str()))
        .take(EMOJI_MAX + 1)
        .collect();
    react_once(&world, &message, known[..EMOJI_MAX].iter().cloned());
    let full = world.try_react(at, Some(known[EMOJI_MAX].as_str()), 0);
    assert_eq!(full, Err(MessageDenied::TooManyEmoji.into()));
    assert_eq!(world.rows()[0], NAMED_MAX_MEMBERS);
    world.react(at, known[3].as_str(), 0);
    let shown = world.read(world.ben).reactions;
    assert_eq!(shown.len(), EMOJI_MAX);
    // One more than are named: it is not told who they were, although the group is small.
    assert!(shown.iter().all(|reaction| reaction.user_ids.is_none()));
}

fn deletion_takes_reactions_and_pins_along(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let message = world.say(ada, "hi");
    let at = world.at(ada, &message);
    world.react(world.at(ben, &message), "👍", 60_000);
    world.react(world.at(ben, &message), "❤️", 70_000);
    world.pin(at, DAY_S, NOW).unwrap();
    world.grow(NAMED_MAX_MEMBERS + 1);
    world.react(at, "😂", 80_000);
    assert_eq!(world.rows(), [2, 1, 1]);

    let events = world.delete(at, 90).unwrap();
    assert_eq!(events[0].effects.redacts, [2, 3, 4]);
    assert_eq!(world.rows(), [0; 3]);
    for event in world.log() {
        let event = payload(&event);
        if event["type"] == "message.reacted" {
            assert_eq!(event["reactions"], json!([]));
        }
    }
    assert_eq!(world.read(ben), message.tombstone());
    assert_eq!(world.pins(ben), []);
    // What was gathered is not told any more.
    assert_eq!(world.tell(999_999), []);
    let listed = world.database.reactions(at, None, 9).unwrap();
    assert_eq!(listed, Ok(Vec::new()));
    let gone = Err(MessageDenied::Deleted.into());
    assert_eq!(world.try_react(at, Some("👍"), 0), gone);
    assert_eq!(world.pin(at, DAY_S, NOW), gone);
    assert_eq!(world.database.unpin_message(at, NOW).unwrap(), Ok(vec![]));
}

/// More events than one statement scrubs.
fn reactions_without_end_keep_no_message(url: &str) {
    let world = World::new(url);
    let message = world.say(world.ada, "hi");
    let at = world.at(world.ben, &message);
    let events = i64::try_from(SCRUBBED_AT_ONCE).unwrap() + 2;
    for n in 0..events {
        world.react(at, if n % 2 == 0 { "👍" } else { "❤️" }, 0);
    }
    let deleted = world.delete(world.at(world.ada, &message), 90).unwrap();
    // The last of them are enough for the hub.
    let last: Vec<i64> = (events + 3 - 100..events + 3).collect();
    assert_eq!(deleted[0].effects.redacts[1..], last);
    let told = world.database.read(|connection| {
        topic_log::table
            .filter(topic_log::kind.eq("message.reacted"))
            .filter(topic_log::payload.like("%user_ids%"))
            .count()
            .get_result::<i64>(connection)
    });
    assert_eq!(told.unwrap(), 0);
}

fn three_messages_stand_above_a_chat(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let said = ["one", "two", "three", "four"].map(|text| world.say(ada, text));
    let at = said.each_ref().map(|message| world.at(ben, message));
    let events = world.pin(at[0], DAY_S, NOW).unwrap();
    let pinned = json!({
        "type": "message.pinned", "message_id": said[0].id, "by": ben,
        "until": NOW.plus_seconds(DAY_S),
    });
    assert_eq!(payload(&events[0]), pinned);
    for at in &at[1..3] {
        world.pin(*at, 7 * DAY_S, NOW).unwrap();
    }
    let full = Err(MessageDenied::TooManyPins.into());
    assert_eq!(world.pin(at[3], DAY_S, NOW), full);
    // One that is there takes another time.
    world.pin(at[0], 30 * DAY_S, NOW).unwrap();
    assert_eq!(world.pins(ada), [said[1].id, said[2].id, said[0].id]);
    // Two are over.
    let later = NOW.plus_seconds(7 * DAY_S);
    world.pin(at[3], DAY_S, later).unwrap();
    assert_eq!(world.pins(ada), [said[3].id, said[0].id]);

    let unpin = || world.database.unpin_message(at[3], later).unwrap().unwrap();
    let unpinned = json!({ "type": "message.unpinned", "message_id": said[3].id, "by": ben });
    assert_eq!(payload(&unpin()[0]), unpinned);
    assert_eq!(unpin(), []);
    // What somebody has deleted for themselves does not stand there for them.
    world.hide(world.at(ada, &said[0]));
    assert_eq!(world.pins(ada), []);
    assert_eq!(world.pins(ben), [said[0].id]);
    // Nor what was before them.
    let cat = user(&world.database, "cat");
    world.change(world.chat, cat, MemberAct::Add);
    assert_eq!(world.pins(cat), []);
    let before = At { user: cat, ..at[0] };
    assert_eq!(world.pin(before, DAY_S, later), Err(Refused::NoMessage));
    let reacted = world.try_react(before, Some("👍"), 0);
    assert_eq!(reacted, Err(Refused::NoMessage));
}

fn last_place_above_a_chat_is_taken_once(url: &str) {
    let world = World::new(url);
    let places = usize::try_from(PINS_MAX).unwrap();
    let said: Vec<Message> = iter::repeat_with(|| world.say(world.ada, "hi"))
        .take(places + 1)
        .collect();
    for message in &said[..places - 1] {
        world.pin(world.at(world.ada, message), DAY_S, NOW).unwrap();
    }
    let pin = |user, message| world.pin(world.at(user, message), DAY_S, NOW);
    let (last, late) = (&said[places - 1], &said[places]);
    one_after_the_other(
        &world,
        || assert!(pin(world.ada, last).is_ok()),
        || {
            let full = Err(MessageDenied::TooManyPins.into());
            assert_eq!(pin(world.ben, late), full);
        },
    );
    let pins = world.pins(world.ada);
    assert_eq!(pins.len(), places);
    assert!(pins.contains(&last.id));
}

fn two_reactions_of_one_person_end_in_the_later_one(url: &str) {
    let world = World::new(url);
    let message = world.say(world.ada, "hi");
    let at = world.at(world.ben, &message);
    let react = |text| drop(world.react(at, text, 0));
    one_after_the_other(&world, || react("👍"), || react("❤️"));
    let left = [reaction("❤️", &[world.ben])];
    assert_eq!(world.read(world.ada).reactions, left);
    let told = payload(world.log().last().unwrap());
    assert_eq!(told["reactions"], serde_json::to_value(left).unwrap());
    assert_eq!(world.rows()[0], 1);
}

fn reaction_behind_a_deletion_is_refused(url: &str) {
    let world = World::new(url);
    let message = world.say(world.ada, "hi");
    let (by_ada, by_ben) = (world.at(world.ada, &message), world.at(world.ben, &message));
    one_after_the_other(
        &world,
        || drop(world.delete(by_ada, 0).unwrap()),
        || {
            let gone = Err(MessageDenied::Deleted.into());
            assert_eq!(world.try_react(by_ben, Some("👍"), 0), gone);
        },
    );
    assert_eq!(world.rows(), [0; 3]);
}

facts! {
    reaction_is_one_and_taken_back,
    nobody_reacts_or_pins_where_they_are_not,
    reactions_of_a_large_group_are_gathered,
    gathered_reactions_outlive_the_core_that_took_them,
    message_takes_so_many_different_emoji,
    deletion_takes_reactions_and_pins_along,
    reactions_without_end_keep_no_message,
    three_messages_stand_above_a_chat,
    last_place_above_a_chat_is_taken_once,
    two_reactions_of_one_person_end_in_the_later_one,
    reaction_behind_a_deletion_is_refused,
}
