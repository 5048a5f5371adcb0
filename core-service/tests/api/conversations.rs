//! Conversations and their members.

use serde_json::json;

use crate::{
    app::TestApp,
    person::{Person, handles, id, kinds, message, uuid},
    uploads::{carrying, sent},
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

pub(crate) fn chat_with_oneself_takes_everything(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let open = || ada.put("/users/me/chat", &json!({}));
    let made = open().ok(201);
    let own = id(&made);
    assert_eq!(id(&open().ok(200)), own);
    assert_eq!(
        (handles(&made), &made["kind"]),
        (vec!["ada"], &json!("direct"))
    );
    assert_eq!(made["awaits_other"], false);

    // Words, files, what others have said, stars, pins, reactions, edits; and it is found.
    let at = format!("/conversations/{own}/messages");
    let said = ada.say(&own, "to remember");
    let file = sent(&ada, "list.txt", b"milk");
    ada.post(&at, &carrying(&file, "shopping"))
        .check_status(201);
    let chat = ben.befriend(&ada);
    let hint = ben.say(&chat, "a good idea");
    let forward = json!({ "client_msg_id": uuid(), "forward_of": hint["id"] });
    assert_eq!(ada.post(&at, &forward).ok(201)["text"], "a good idea");
    let message = format!("{at}/{}", id(&said));
    ada.put(&format!("{message}/star"), &json!({}))
        .check_status(204);
    ada.put(&format!("{message}/pin"), &json!({ "for_s": 86_400 }))
        .check_status(204);
    ada.put(&format!("{message}/reaction"), &json!({ "emoji": "👍" }))
        .check_status(204);
    let edit = json!({ "text": "to remember well", "client_op_id": uuid() });
    ada.patch(&message, &edit).check_status(200);
    let found = ada.get("/messages/search?q=remember").ok(200);
    assert_eq!(
        found["messages"].as_array().map(Vec::len),
        Some(1),
        "{found}"
    );

    // Nothing of it is unread, and all of it is read by whom it is for.
    let seen = ada.conversation(&own);
    assert_eq!(
        (&seen["unread_count"], &seen["read_seq"]),
        (&json!(0), &json!(3))
    );
    let own_marks = json!([{ "user_id": ada.id, "delivered_seq": 3, "read_seq": 3 }]);
    assert_eq!(seen["receipts"], own_marks);
    // It is nobody else's, and nobody comes in.
    ben.get(&format!("/conversations/{own}"))
        .check_problem(404, "not_found");
    ada.post(
        &format!("/conversations/{own}/members"),
        &json!({ "user_id": ben.id }),
    )
    .check_problem(409, "not_a_group");
    // It is asked for by its own name alone.
    let with_nobody = json!({ "kind": "direct", "member_ids": [ada.id], "client_id": uuid() });
    ada.post("/conversations", &with_nobody)
        .check_problem(422, "invalid_members");
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
