//! Conversations and their members.

use serde_json::json;

use crate::{
    app::TestApp,
    person::{Person, handles, id, kinds, message, uuid},
};

pub(crate) fn direct_chat_is_one_whoever_asks_first(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let made = ada.create_direct(&ben).ok(201);
    let found = ben.create_direct(&ada);
    assert_eq!(id(&found.ok(200)), id(&made));
    assert!(!found.is_replay());
    assert_eq!(made["kind"], "direct");
    assert_eq!(handles(&made), ["ada", "ben"]);
    for person in [&ada, &ben] {
        let list = person.get("/conversations").ok(200);
        assert_eq!(list["conversations"].as_array().unwrap().len(), 1);
        assert_eq!(list["user_topic"]["name"], format!("user:{}", person.id));
    }

    let chat = id(&made);
    let members = format!("/conversations/{chat}/members");
    ada.post(&members, &json!({ "user_id": ben.id }))
        .check_problem(409, "not_a_group");
    ada.remove(&chat, &ben).check_problem(409, "not_a_group");
}

pub(crate) fn group_members_come_and_go(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[ben]);
    assert_eq!(handles(&ben.conversation(&chat)), ["ada", "ben"]);
    assert_eq!(handles(&ben.add(&chat, cat)), ["ada", "ben", "cat"]);
    // Once more changes nothing.
    assert_eq!(handles(&ada.add(&chat, cat)), ["ada", "ben", "cat"]);
    ada.remove(&chat, ben).check_status(204);
    ada.remove(&chat, ben).check_status(204);
    cat.remove(&chat, cat).check_status(204);
    assert_eq!(handles(&ada.conversation(&chat)), ["ada"]);
    let expected = [
        (1, "conversation.created"),
        (2, "member.added"),
        (3, "member.removed"),
        (4, "member.removed"),
    ];
    assert_eq!(kinds(&ada.changes(&chat, "after_offset=0")), expected);
    let nobody = json!({ "user_id": uuid() });
    ada.post(&format!("/conversations/{chat}/members"), &nobody)
        .check_problem(404, "not_found");
}

pub(crate) fn new_member_sees_nothing_from_before(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[ben]);
    ada.say(&chat, "one");
    ada.say(&chat, "two");
    let seen = ada.add(&chat, cat);
    let joined = seen["topic"]["offset"].as_i64().unwrap();

    let first = cat.conversation(&chat);
    assert!(first["last_message"].is_null());
    assert_eq!(first["unread_count"], 0);
    for query in ["", "before_seq=3", "after_seq=0", "after_seq=-9"] {
        assert_eq!(cat.seqs(&chat, query), (vec![], false), "{query}");
    }
    assert_eq!(
        kinds(&cat.changes(&chat, "after_offset=0")),
        [(joined, "member.added")]
    );

    ada.say(&chat, "three");
    assert_eq!(cat.seqs(&chat, "before_seq=9"), (vec![3], false));
    assert_eq!(cat.conversation(&chat)["unread_count"], 1);

    // Who comes back begins anew.
    ada.remove(&chat, cat).check_status(204);
    ada.say(&chat, "four");
    ada.add(&chat, cat);
    assert_eq!(cat.seqs(&chat, ""), (vec![], false));
    assert_eq!(kinds(&cat.changes(&chat, "")).len(), 1);
}

pub(crate) fn changes_that_begin_behind_a_hole_say_reset(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[ben, cat]);
    let is_reset = |person: &Person<'_>, after: i64| {
        let changes = person.changes(&chat, &format!("after_offset={after}"));
        changes["reset"].as_bool().unwrap()
    };
    ada.say(&chat, "two");
    ada.remove(&chat, cat).check_status(204);
    ada.add(&chat, cat);
    ada.say(&chat, "five");

    // What cat has ends with the second event; from the fourth on cat may read again.
    for after in [0, 1, 2] {
        let changes = cat.changes(&chat, &format!("after_offset={after}"));
        let readable = [(4, "member.added"), (5, "message.posted")];
        assert_eq!(kinds(&changes), readable);
        assert_eq!(changes["reset"], true, "after {after}");
    }
    for after in 3..=5 {
        assert!(!is_reset(cat, after), "after {after}");
    }
    assert!(!is_reset(ben, 0), "who stayed misses nothing");
    assert!(!is_reset(ben, -3), "nothing precedes the first event");
    // A client that is ahead of the log knows another log.
    let ahead = ben.changes(&chat, "after_offset=6");
    assert_eq!((kinds(&ahead), &ahead["reset"]), (vec![], &json!(true)));
    assert_eq!(ahead["has_more"], false);
}

pub(crate) fn removed_member_sees_nothing_at_all(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    ben.say(&chat, "hi");
    ada.remove(&chat, &ben).check_status(204);
    let at = |rest: &str| format!("/conversations/{chat}{rest}");
    for path in [
        "",
        "/messages",
        "/messages?after_seq=0",
        "/changes",
        "/changes?after_offset=1",
    ] {
        ben.get(&at(path)).check_problem(404, "not_found");
    }
    ben.post(&at("/messages"), &message("still here"))
        .check_problem(404, "not_found");
    ben.post(&at("/receipts"), &json!({ "read_seq": 1 }))
        .check_problem(404, "not_found");
    ben.post(&at("/members"), &json!({ "user_id": ben.id }))
        .check_problem(404, "not_found");
    ben.remove(&chat, &ada).check_problem(404, "not_found");
    let list = ben.get("/conversations").ok(200);
    assert!(list["conversations"].as_array().unwrap().is_empty());
    assert_eq!(ada.seqs(&chat, ""), (vec![1], false));
}

pub(crate) fn repeated_creation_answers_the_first_one(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let body = json!({
        "kind": "group", "title": " Rooks ", "client_id": uuid(),
        "member_ids": [ben.id, ada.id, ben.id],
    });
    let first = ada.post("/conversations", &body);
    let second = ada.post("/conversations", &body);
    assert_eq!(first.ok(201), second.ok(200));
    assert!(second.is_replay() && !first.is_replay());
    assert_eq!(first.json()["title"], "Rooks");
    // Another person's client may have made the same id.
    assert_ne!(
        id(&ben.post("/conversations", &body).ok(201)),
        id(&first.json())
    );
}
