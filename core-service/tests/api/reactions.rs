//! Reactions to messages, and messages that are pinned.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{Person, id},
};

fn at(chat: &str, message: &Value, what: &str) -> String {
    format!("/conversations/{chat}/messages/{}/{what}", id(message))
}

fn react(person: &Person<'_>, chat: &str, message: &Value, emoji: &str) -> Answer {
    person.put(&at(chat, message, "reaction"), &json!({ "emoji": emoji }))
}

/// The events of a chat of one type.
fn told(person: &Person<'_>, chat: &str, kind: &str) -> Vec<Value> {
    let changes = person.changes(chat, "limit=500");
    let events = changes["changes"].as_array().unwrap().iter();
    let events = events.map(|change| change["event"].clone());
    events.filter(|event| event["type"] == kind).collect()
}

fn first(person: &Person<'_>, chat: &str) -> Value {
    let page = person.get(&format!("/conversations/{chat}/messages"));
    page.ok(200)["messages"][0].clone()
}

pub(crate) fn reaction_is_one_and_replaceable(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let said = ada.say(&chat, "hi");
    assert_eq!(
        (&said["reactions"], &said["my_reaction"]),
        (&json!([]), &Value::Null)
    );
    for emoji in ["👍", "👍", "❤"] {
        react(&ben, &chat, &said, emoji).check_status(204);
    }
    react(&ada, &chat, &said, "👍").check_status(204);
    let reactions = json!([
        { "emoji": "❤️", "count": 1, "user_ids": [ben.id] },
        { "emoji": "👍", "count": 1, "user_ids": [ada.id] },
    ]);
    for (person, own) in [(&ada, "👍"), (&ben, "❤️")] {
        for seen in [
            first(person, &chat),
            person.conversation(&chat)["last_message"].clone(),
        ] {
            assert_eq!(
                (&seen["reactions"], &seen["my_reaction"]),
                (&reactions, &json!(own))
            );
        }
        assert_eq!(
            person.conversation(&chat)["unread_count"],
            json!(i32::from(own != "👍"))
        );
    }
    // Nothing is told of what was so before.
    let events = told(&ada, &chat, "message.reacted");
    assert_eq!(events.len(), 3);
    let event = json!({
        "type": "message.reacted", "message_id": said["id"], "reactions": reactions,
    });
    assert_eq!(events[2], event);

    let list = |query: &str| {
        ben.get(&at(&chat, &said, &format!("reactions{query}")))
            .ok(200)
    };
    let page = list("?limit=1");
    let cursor = page["next"].as_str().unwrap();
    let rest = list(&format!("?limit=1&cursor={cursor}"));
    assert_eq!(rest["next"], Value::Null);
    let of = |page: &Value| {
        let reaction = &page["reactions"][0];
        (reaction["user"]["id"].clone(), reaction["emoji"].clone())
    };
    let mut all = [of(&page), of(&rest)];
    all.sort_by_key(|(_, emoji)| emoji.to_string());
    assert_eq!(
        all,
        [(json!(ben.id), json!("❤️")), (json!(ada.id), json!("👍"))]
    );

    ben.delete(&at(&chat, &said, "reaction")).check_status(204);
    assert_eq!(first(&ben, &chat)["my_reaction"], Value::Null);
    assert_eq!(first(&ben, &chat)["reactions"][0]["emoji"], "👍");
    for text in ["", "x", "👍👍", "👍 "] {
        react(&ben, &chat, &said, text).check_problem(422, "not_an_emoji");
    }
    let delete = format!(
        "{}?for=everyone",
        at(&chat, &said, "").trim_end_matches('/')
    );
    ada.delete(&delete).check_status(204);
    assert_eq!(first(&ben, &chat)["reactions"], json!([]));
    react(&ben, &chat, &said, "👍").check_problem(409, "message_deleted");
}

/// Waits for what a core does by itself.
#[track_caller]
fn eventually(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "it has not come about");
        thread::yield_now();
    }
}

pub(crate) fn large_group_hears_of_gathered_reactions_once(app: &TestApp) {
    let people: Vec<Person<'_>> = (0..33)
        .map(|n| Person::new(app, &format!("person{n}")))
        .collect();
    let members: Vec<&Person<'_>> = people[1..].iter().collect();
    let chat = people[0].group(&members);
    let said = people[0].say(&chat, "hi");
    for person in &people[..6] {
        react(person, &chat, &said, "👍").check_status(204);
    }
    // A snapshot has it at once.
    let summary = json!([{ "emoji": "👍", "count": 6 }]);
    let seen = first(&people[1], &chat);
    assert_eq!(
        (&seen["reactions"], &seen["my_reaction"]),
        (&summary, &json!("👍"))
    );
    let is_told = || {
        let events = told(&people[9], &chat, "message.reacted");
        events
            .last()
            .is_some_and(|event| event["reactions"] == summary)
    };
    eventually(is_told);
    people[0].remove(&chat, &people[32]).check_status(204);
    // The group is small enough now to be told who it was.
    react(&people[0], &chat, &said, "❤️").check_status(204);
    let last = told(&people[9], &chat, "message.reacted").pop().unwrap();
    assert_eq!(
        last["reactions"][0]["user_ids"].as_array().unwrap().len(),
        5
    );
}

pub(crate) fn three_messages_are_pinned_at_a_time(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let said: Vec<Value> = (1..=4).map(|n| ada.say(&chat, &n.to_string())).collect();
    let pin = |message: &Value, for_s: i64| {
        ben.put(&at(&chat, message, "pin"), &json!({ "for_s": for_s }))
    };
    for message in &said[..3] {
        pin(message, 604_800).check_status(204);
    }
    pin(&said[3], 86_400).check_problem(409, "too_many_pins");
    pin(&said[0], 60).check_problem(422, "bad_pin_time");
    // For another time.
    pin(&said[0], 2_592_000).check_status(204);
    let pinned = |person: &Person<'_>| -> Vec<Value> {
        let chat = person.conversation(&chat);
        let pins = chat["pins"].as_array().unwrap().iter();
        pins.map(|pin| pin["message_id"].clone()).collect()
    };
    let ids = |of: &[usize]| -> Vec<Value> { of.iter().map(|n| said[*n]["id"].clone()).collect() };
    assert_eq!(pinned(&ada), ids(&[1, 2, 0]));
    for _ in 0..2 {
        ada.delete(&at(&chat, &said[1], "pin")).check_status(204);
    }
    let delete = format!(
        "{}?for=everyone",
        at(&chat, &said[2], "").trim_end_matches('/')
    );
    ada.delete(&delete).check_status(204);
    assert_eq!(pinned(&ben), ids(&[0]));
    assert_eq!(told(&ben, &chat, "message.pinned").len(), 4);
    let unpinned = told(&ben, &chat, "message.unpinned");
    let event = json!({
        "type": "message.unpinned", "message_id": said[1]["id"], "by": ada.id,
    });
    assert_eq!(unpinned, [event]);
    for nothing in ["x", "1e3", "null", "\"86400\"", "-86400"] {
        let path = at(&chat, &said[3], "pin");
        let body = json!({ "for_s": nothing });
        ben.put(&path, &body).check_problem(400, "bad_json");
    }
    // Who came later sees no pin of what was before.
    let cat = Person::new(app, "cat");
    ada.add(&chat, &cat);
    assert_eq!(pinned(&cat), ids(&[]));
}

pub(crate) fn nobody_reacts_to_or_pins_what_they_do_not_read(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (cat, eve) = (Person::new(app, "cat"), Person::new(app, "eve"));
    let (chat, other) = (ada.group(&[&ben]), ada.group(&[]));
    let said = ada.say(&chat, "before");
    react(&ada, &chat, &said, "👍").check_status(204);
    let before = ada.changes(&chat, "")["topic"].clone();
    #[track_caller]
    fn check(person: &Person<'_>, chat: &str, message: &Value, status: u16, code: &str) {
        let at = |what: &str| at(chat, message, what);
        for answer in [
            react(person, chat, message, "👍"),
            person.delete(&at("reaction")),
            person.get(&at("reactions")),
            person.put(&at("pin"), &json!({ "for_s": 86_400 })),
            person.delete(&at("pin")),
        ] {
            answer.check_problem(status, code);
        }
    }
    // A stranger, a message that is elsewhere, and what names none.
    check(&eve, &chat, &said, 404, "not_found");
    check(&ada, &other, &said, 404, "not_found");
    for nothing in [crate::person::uuid().as_str(), "x"] {
        check(&ada, &chat, &json!({ "id": nothing }), 404, "not_found");
        check(&ada, nothing, &said, 404, "not_found");
    }
    assert_eq!(ada.changes(&chat, "")["topic"], before);
    // What was said before somebody came.
    ada.add(&chat, &cat);
    check(&cat, &chat, &said, 404, "not_found");
    assert_eq!(first(&ada, &chat)["reactions"][0]["count"], 1);
}

#[test]
fn reactions_without_end_are_refused() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_LIMITS__REACTIONS_PER_10_MIN", "3")]);
    let (ada, ben) = (Person::new(&app, "ada"), Person::new(&app, "ben"));
    let chat = ada.befriend(&ben);
    let said = ada.say(&chat, "hi");
    let path = at(&chat, &said, "reaction");
    let set = |person: &Person<'_>| person.put_to(0, &path, &json!({ "emoji": "👍" }));
    for _ in 0..2 {
        set(&ada).check_status(204);
    }
    ada.delete_at(0, &path).check_status(204);
    set(&ada).check_problem(429, "too_many_requests");
    ada.delete_at(0, &path)
        .check_problem(429, "too_many_requests");
    // Others behind the same address go on.
    set(&ben).check_status(204);
}
