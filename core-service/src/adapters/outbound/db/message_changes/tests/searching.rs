//! Messages that are found by what they say.

use diesel::dsl::count_star;

use super::*;
use crate::{
    adapters::outbound::db::schema::message_terms,
    application::ports::{Found, SearchPlace, SearchStore as _, Wanted},
    domain::message_search::{MessageSearch, SearchKind},
};

/// More than any of these tests finds.
const ALL: i64 = 50;

fn looking_for(text: &str) -> MessageSearch {
    MessageSearch::parse(text).unwrap()
}

impl World {
    fn look(
        &self,
        reader: UserId,
        search: MessageSearch,
        after: Option<SearchPlace>,
        limit: i64,
    ) -> Result<Found, Refused> {
        let wanted = Wanted {
            reader,
            search,
            after,
            limit,
        };
        self.database.search_messages(&wanted).unwrap()
    }

    /// What somebody finds; all of it is on one page.
    fn find(&self, reader: UserId, search: MessageSearch) -> Vec<String> {
        let found = self.look(reader, search, None, ALL).unwrap();
        assert_eq!(found.next, None);
        let messages = found.messages.into_iter();
        messages
            .map(|message| message.text.as_str().to_owned())
            .collect()
    }

    pub(super) fn finds(&self, reader: UserId, text: &str) -> Vec<String> {
        self.find(reader, looking_for(text))
    }

    /// SQLite's index has the words of the table, and no others.
    fn check_words(&self) {
        let check = |connection: &mut AnyConnection| match connection {
            AnyConnection::Sqlite(connection) => connection.batch_execute(CHECK),
            AnyConnection::Postgres(_) => Ok(()),
        };
        self.database.write(check).unwrap();
    }

    fn rows_of_terms(&self) -> i64 {
        let count = |connection: &mut AnyConnection| {
            message_terms::table.select(count_star()).first(connection)
        };
        self.database.read_one(count).unwrap()
    }
}

const CHECK: &str = "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)";

fn messages_are_found_by_the_beginnings_of_their_words(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    for text in [
        "Zürich, Crème brûlée!",
        "the mueller-report is e-mailed",
        "東京タワーに行きました",
        "مُحَمَّد كتب أهلاً",
        "Hello World",
    ] {
        world.say(ada, text);
    }
    for (typed, found) in [
        ("zurich", "Zürich, Crème brûlée!"),
        ("ZUERI brulee", "Zürich, Crème brûlée!"),
        ("brûl cre", "Zürich, Crème brûlée!"),
        ("report muell", "the mueller-report is e-mailed"),
        ("e-mail", "the mueller-report is e-mailed"),
        ("東京", "東京タワーに行きました"),
        ("京タワー", "東京タワーに行きました"),
        ("行", "東京タワーに行きました"),
        ("محمد", "مُحَمَّد كتب أهلاً"),
        ("اهلا", "مُحَمَّد كتب أهلاً"),
        ("h", "Hello World"),
        ("wor hel", "Hello World"),
    ] {
        assert_eq!(world.finds(ben, typed), [found], "{typed}");
    }
    for typed in ["urich", "hello zurich", "京東", "ello", "worlds", "北京"] {
        assert_eq!(world.finds(ben, typed), [""; 0], "{typed}");
    }
}

fn what_is_typed_is_no_query(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    world.say(ada, "or not and near");
    world.say(ada, "robert'); DROP TABLE messages;--");
    for (typed, found) in [
        ("OR", "or not and near"),
        ("NOT and", "or not and near"),
        ("\"near", "or not and near"),
        ("NEAR(or, 2)", ""),
        ("near*", "or not and near"),
        ("terms:near", ""),
        ("rowid : or", ""),
        ("^near", "or not and near"),
        ("!near", "or not and near"),
        ("near:*X", ""),
        ("near & !not", "or not and near"),
        ("near | (and", "or not and near"),
        ("near <-> not", "or not and near"),
        ("'near'", "or not and near"),
        ("\\near", "or not and near"),
        ("near'' \\' \" ); --", "or not and near"),
        ("robert'); DROP", "robert'); DROP TABLE messages;--"),
        ("%near_", "or not and near"),
    ] {
        let expected: Vec<&str> = Some(found)
            .filter(|found| !found.is_empty())
            .into_iter()
            .collect();
        assert_eq!(world.finds(ben, typed), expected, "{typed}");
    }
    assert_eq!(world.texts(ben).len(), 2);
}

fn search_finds_what_its_reader_reads(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let [first, second, third] =
        ["tea one", "tea two", "tea three"].map(|text| world.say(ada, text));
    assert_eq!(world.finds(ben, "tea"), ["tea three", "tea two", "tea one"]);
    let [cat, eve] = ["cat", "eve"].map(|handle| user(&world.database, handle));
    assert_eq!(world.finds(eve, "tea"), [""; 0]);
    world.change(world.chat, cat, MemberAct::Add);
    assert_eq!(world.finds(cat, "tea"), [""; 0]);
    world.say(ada, "tea four");
    assert_eq!(world.finds(cat, "tea"), ["tea four"]);
    // Deleted for Ben, and for all.
    world.hide(world.at(ben, &second));
    world.delete(world.at(ada, &third), 0).unwrap();
    assert_eq!(world.finds(ben, "tea"), ["tea four", "tea one"]);
    assert_eq!(world.finds(ada, "tea"), ["tea four", "tea two", "tea one"]);
    world
        .edit_as(world.at(ada, &first), op(), "coffee", 5)
        .unwrap();
    assert_eq!(world.finds(ben, "tea"), ["tea four"]);
    assert_eq!(world.finds(ben, "coff"), ["coffee"]);
    world.change(world.chat, ben, MemberAct::Remove);
    assert_eq!(world.finds(ben, "tea"), [""; 0]);
    assert_eq!(world.finds(ben, "coffee"), [""; 0]);
    // Coming back does not bring back what was there.
    world.change(world.chat, ben, MemberAct::Add);
    assert_eq!(world.finds(ben, "coffee"), [""; 0]);
    assert_eq!(world.rows_of_terms(), 3);
    world.check_words();
}

fn search_is_narrowed(url: &str) {
    let world = World::new(url);
    let World { ada, ben, chat, .. } = world;
    let other = group(&world.database, ben, vec![ada]);
    let old = NewMessage {
        created_at: NOW.plus_seconds(-60),
        ..world.new_message(ada, "tea of old")
    };
    world.post(old);
    world.say(ben, "tea at www.example.org");
    world.post(NewMessage {
        conversation: other,
        ..world.new_message(ada, "tea elsewhere")
    });
    let tea = || looking_for("tea");
    let check = |search: MessageSearch, found: &[&str]| {
        assert_eq!(world.find(ada, search.clone()), found, "{search:?}");
    };
    check(
        tea(),
        &["tea elsewhere", "tea at www.example.org", "tea of old"],
    );
    let mut search = tea();
    search.conversation = Some(chat);
    check(search.clone(), &["tea at www.example.org", "tea of old"]);
    search.sender = Some(ada);
    check(search.clone(), &["tea of old"]);
    search.kind = Some(SearchKind::Link);
    check(search, &[]);
    let mut search = tea();
    search.kind = Some(SearchKind::Link);
    check(search.clone(), &["tea at www.example.org"]);
    search.kind = Some(SearchKind::Text);
    search.sender = Some(ben);
    check(search, &["tea at www.example.org"]);
    let mut search = tea();
    search.from = Some(NOW);
    check(search.clone(), &["tea elsewhere", "tea at www.example.org"]);
    search.until = Some(NOW);
    check(search.clone(), &[]);
    search.from = None;
    check(search, &["tea of old"]);
    let mut search = tea();
    search.conversation = Some(ConversationId::new(Uuid::now_v7()));
    let refused = world.look(ada, search, None, ALL);
    assert_eq!(refused, Err(Denied::NotFound.into()));
}

fn pages_stay_where_they_are_while_new_ones_come(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let texts: Vec<String> = (0..5).map(|n| format!("tea {n}")).collect();
    for text in &texts {
        world.say(ada, text);
    }
    let (mut after, mut read) = (None, Vec::new());
    loop {
        let page = world.look(ben, looking_for("tea"), after, 2).unwrap();
        assert!(page.messages.len() <= 2);
        read.extend(
            page.messages
                .iter()
                .map(|message| message.text.as_str().to_owned()),
        );
        world.say(ada, "tea that came later");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    read.reverse();
    assert_eq!(read, texts);
}

/// As a core of 0.2.0 writes it.
fn forget_terms(world: &World, messages: &[Message]) {
    world
        .database
        .write(|connection| {
            for message in messages {
                search::remove(connection, message)?;
                diesel::update(messages::table.find((message.conversation_id, message.seq)))
                    .set(messages::indexed.eq(false))
                    .execute(connection)?;
            }
            Ok(())
        })
        .unwrap();
}

fn messages_of_before_are_made_findable_the_newest_first(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let day = 24 * 60 * 60;
    let said: Vec<Message> = (0..6)
        .map(|n| {
            world.post(NewMessage {
                created_at: NOW.plus_seconds(n * day),
                ..world.new_message(ada, &format!("tea {n}"))
            })
        })
        .collect();
    forget_terms(&world, &said);
    assert_eq!(world.finds(ben, "tea"), [""; 0]);
    let gone = world.delete(world.at(ada, &said[4]), 5 * day);
    gone.unwrap();
    assert_eq!(world.database.index_messages(3).unwrap(), 3);
    assert_eq!(world.finds(ben, "tea"), ["tea 5", "tea 3"]);
    // Edited before it is findable, and after.
    world
        .edit_as(world.at(ada, &said[0]), op(), "tea zero", 5)
        .unwrap();
    world.say(ada, "tea of today");
    assert_eq!(world.database.index_messages(99).unwrap(), 3);
    assert_eq!(world.database.index_messages(99).unwrap(), 0);
    let all = [
        "tea of today",
        "tea 5",
        "tea 3",
        "tea 2",
        "tea 1",
        "tea zero",
    ];
    assert_eq!(world.finds(ben, "tea"), all);
    // What another core writes beside this one comes before all that is old.
    let beside = world.post(NewMessage {
        created_at: NOW.plus_seconds(6 * day),
        ..world.new_message(ada, "tea beside")
    });
    forget_terms(&world, &[beside]);
    assert_eq!(world.database.index_messages(99).unwrap(), 1);
    assert_eq!(world.finds(ben, "tea")[..2], ["tea beside", "tea of today"]);
    world.check_words();
}

/// A reader who is in more chats than an index compares, and finds more than one look examines.
fn common_word_is_found_among_what_is_not_the_readers(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    for _ in 0..70 {
        group(&world.database, ben, Vec::new());
    }
    world.say(ada, "tea for both");
    let own = group(&world.database, ada, Vec::new());
    for _ in 0..5 {
        let many: Vec<NewMessage> = (0..20)
            .map(|_| NewMessage {
                conversation: own,
                ..world.new_message(ada, "tea alone")
            })
            .collect();
        world.database.post_messages(&many).unwrap();
    }
    assert_eq!(world.finds(ben, "tea"), ["tea for both"]);
}

/// More messages than PostgreSQL looks through at a time, in which a word is common and hardly ever of the
/// person who is looked for.
fn common_word_is_found_behind_many_messages(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    world.say(ben, "tea of long ago");
    for batch in 0..47 {
        let many: Vec<NewMessage> = (0..50)
            .map(|n| world.new_message(ada, if n == 0 { "tea" } else { "water" }))
            .collect();
        world.database.post_messages(&many).unwrap();
        if batch == 20 {
            world.say(ben, "tea in between");
        }
    }
    let mut bens = looking_for("tea");
    bens.sender = Some(ben);
    assert_eq!(world.find(ada, bens), ["tea in between", "tea of long ago"]);
    // Too many for a word that is rare in one part, and too few to fill a page there.
    assert_eq!(world.finds(ada, "tea").len(), 47 + 2);
}

facts! {
    messages_are_found_by_the_beginnings_of_their_words,
    what_is_typed_is_no_query,
    search_finds_what_its_reader_reads,
    search_is_narrowed,
    pages_stay_where_they_are_while_new_ones_come,
    messages_of_before_are_made_findable_the_newest_first,
    common_word_is_found_among_what_is_not_the_readers,
    common_word_is_found_behind_many_messages,
}
