//! Messages that are starred.

use diesel::dsl::count_star;
use serde_json::{Value, json};

use super::*;
use crate::{
    adapters::outbound::db::schema::stars,
    application::ports::{KeepStore as _, StarChange, Starred},
    domain::message::StarPlace,
};

impl World {
    fn star(&self, at: At, on: bool, after_s: i64) -> Changed {
        let now = NOW.plus_seconds(after_s);
        self.database.star(&StarChange { at, on, now }).unwrap()
    }

    fn stars(&self, user: UserId) -> Vec<Starred> {
        self.database.starred(user, None, 99).unwrap()
    }

    fn starred(&self, user: UserId) -> Vec<String> {
        let stars = self.stars(user).into_iter();
        stars
            .map(|starred| starred.message.text.as_str().to_owned())
            .collect()
    }

    fn rows_of_stars(&self) -> i64 {
        let count =
            |connection: &mut AnyConnection| stars::table.select(count_star()).first(connection);
        self.database.read_one(count).unwrap()
    }
}

fn star_is_one_persons(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let said = ["one", "two"].map(|text| world.say(ada, text));
    let at = said.each_ref().map(|message| world.at(ben, message));
    let events = world.star(at[1], true, 0).unwrap();
    assert_eq!(events[0].topic, Topic::User(ben).to_string());
    let event = json!({
        "type": "message.starred", "conversation_id": world.chat, "message_id": said[1].id,
        "starred": true,
    });
    assert_eq!(
        serde_json::from_str::<Value>(&events[0].payload).unwrap(),
        event
    );
    // The first time counts.
    assert_eq!(world.star(at[1], true, 9), Ok(Vec::new()));
    let starred = |user| {
        let page = world.database.messages(world.chat, user, Cursor::Latest, 9);
        let items = page.unwrap().unwrap().items.into_iter();
        let shown: Vec<bool> = items.map(|message| message.starred).collect();
        (shown, world.last(user).unwrap().starred)
    };
    assert_eq!(starred(ben), (vec![false, true], true));
    assert_eq!(starred(ada), (vec![false, false], false));
    assert_eq!(world.stars(ben)[0].starred_at, NOW);
    assert!(world.stars(ben)[0].message.starred);
    assert_eq!(world.stars(ada), []);
    // The chat's log says nothing of it.
    assert_eq!(world.log().len(), 3);
    assert_eq!(world.star(at[1], false, 10).unwrap().len(), 1);
    assert_eq!(world.star(at[1], false, 11), Ok(Vec::new()));
    assert_eq!(world.star(at[0], false, 12), Ok(Vec::new()));
    assert_eq!(starred(ben), (vec![false, false], false));
    assert_eq!(world.rows_of_stars(), 0);
}

fn list_goes_from_the_last_star_to_the_first(url: &str) {
    let world = World::new(url);
    let ben = world.ben;
    let said = ["one", "two", "three", "four"].map(|text| world.say(world.ada, text));
    // Two of one moment.
    for (n, after_s) in [(2, 1), (0, 2), (3, 2), (1, 3)] {
        let at = world.at(ben, &said[n]);
        world.star(at, true, after_s).unwrap();
    }
    let all = world.stars(ben);
    let moments: Vec<i64> = [3, 2, 2, 1].into();
    let starred: Vec<Timestamp> = all.iter().map(|starred| starred.starred_at).collect();
    let expected: Vec<Timestamp> = moments.iter().map(|s| NOW.plus_seconds(*s)).collect();
    assert_eq!(starred, expected);
    let mut after = None;
    for starred in &all {
        let part = world.database.starred(ben, after, 1).unwrap();
        assert_eq!(part, std::slice::from_ref(starred));
        after = Some(StarPlace {
            starred_at: starred.starred_at,
            message: starred.message.id,
        });
    }
    assert_eq!(world.database.starred(ben, after, 1).unwrap(), []);
}

fn what_cannot_be_read_is_not_in_the_list(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let said = ["deleted", "hidden", "stays"].map(|text| world.say(ada, text));
    for message in &said {
        world.star(world.at(ben, message), true, 0).unwrap();
        world.star(world.at(ada, message), true, 0).unwrap();
    }
    world.delete(world.at(ada, &said[0]), 0).unwrap();
    assert_eq!(world.rows_of_stars(), 4);
    let gone = world.star(world.at(ben, &said[0]), true, 0);
    assert_eq!(gone, Err(MessageDenied::Deleted.into()));
    world.hide(world.at(ben, &said[1]));
    assert_eq!(world.starred(ben), ["stays"]);
    assert_eq!(world.starred(ada).len(), 2);
    world.change(world.chat, ben, MemberAct::Remove);
    assert_eq!(world.starred(ben), [""; 0]);
    let outside = world.star(world.at(ben, &said[2]), true, 0);
    assert_eq!(outside, Err(Denied::NotFound.into()));
    // Who came later finds nothing of before.
    let cat = user(&world.database, "cat");
    world.change(world.chat, cat, MemberAct::Add);
    let before = world.star(world.at(cat, &said[2]), true, 0);
    assert_eq!(before, Err(Refused::NoMessage));
}

facts! {
    star_is_one_persons,
    list_goes_from_the_last_star_to_the_first,
    what_cannot_be_read_is_not_in_the_list,
}
