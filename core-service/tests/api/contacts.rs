//! First contact, blocks, leaving and coming back.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, handles, kinds, message, uuid},
};

pub(crate) fn request_takes_three_messages_until_it_is_accepted(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    let messages = format!("/conversations/{chat}/messages");
    let first = message("one");
    ada.post(&messages, &first).check_status(201);
    ada.say(&chat, "two");
    ada.say(&chat, "three");
    ada.post(&messages, &message("four"))
        .check_problem(403, "request_full");
    // A repeat is no message more.
    assert!(ada.post(&messages, &first).is_replay());
    let seen = ben.conversation(&chat);
    assert_eq!(
        (&seen["state"], &seen["unread_count"]),
        (&json!("contacted"), &json!(3))
    );
    assert_eq!(seen["awaits_other"], false);
    let asking = ada.conversation(&chat);
    assert_eq!(
        (&asking["state"], &asking["awaits_other"]),
        (&json!("active"), &json!(true))
    );

    ben.accept(&chat).check_status(200);
    assert_eq!(ada.conversation(&chat)["awaits_other"], false);
    // Once more changes nothing.
    assert_eq!(ben.accept(&chat).ok(200)["state"], "active");
    ada.say(&chat, "four");
    assert_eq!(
        kinds(&ada.changes(&chat, "after_offset=4")),
        [(5, "request.accepted"), (6, "message.posted")]
    );
}

pub(crate) fn reply_accepts_a_request(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    ben.say(&chat, "hi");
    assert_eq!(ben.conversation(&chat)["state"], "active");
    for text in ["one", "two", "three", "four"] {
        ada.say(&chat, text);
    }
    let expected = [
        (1, "conversation.created"),
        (2, "request.accepted"),
        (3, "message.posted"),
        (4, "message.posted"),
    ];
    assert_eq!(kinds(&ada.changes(&chat, ""))[..4], expected);
}

pub(crate) fn hidden_chat_comes_back_with_the_next_message(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    ada.say(&chat, "one");
    ben.say(&chat, "two");
    ben.remove(&chat, &ben).check_status(204);
    let list = ben.get("/conversations").ok(200);
    assert!(list["conversations"].as_array().unwrap().is_empty());
    assert_eq!(ada.seqs(&chat, ""), (vec![1, 2], false));

    ada.say(&chat, "three");
    let seen = ben.conversation(&chat);
    assert_eq!(seen["last_message"]["text"], "three");
    assert_eq!(seen["unread_count"], 1);
    assert_eq!(
        ben.seqs(&chat, ""),
        (vec![3], false),
        "what was left is gone"
    );
    assert_eq!(ada.seqs(&chat, ""), (vec![1, 2, 3], false));

    // Whoever has left may open it as well.
    ben.remove(&chat, &ben).check_status(204);
    assert_eq!(ben.create_direct(&ada).ok(200)["id"], json!(chat));
    assert_eq!(ben.seqs(&chat, ""), (vec![], false));
    ben.say(&chat, "four");
    assert_eq!(ada.conversation(&chat)["unread_count"], 2);
}

pub(crate) fn whoever_left_is_asked_before_coming_back(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[ben, cat]);
    ada.say(&chat, "hi");
    ben.remove(&chat, ben).check_status(204);

    assert_eq!(handles(&cat.add(&chat, ben)), ["ada", "cat"]);
    let asked = ben.conversation(&chat);
    assert_eq!(
        (&asked["state"], &asked["title"]),
        (&json!("requested"), &json!("Rooks"))
    );
    assert_eq!(handles(&asked), ["cat"], "of the group, who asks");
    assert!(asked["last_message"].is_null() && asked["unread_count"] == 0);
    ben.remove(&chat, ben).check_status(204);
    ben.get(&format!("/conversations/{chat}")).check_status(404);
    ben.accept(&chat).check_problem(404, "not_found");
    // Nobody asks them over and over again.
    let members = format!("/conversations/{chat}/members");
    for member in [ada, cat] {
        member
            .post(&members, &json!({ "user_id": ben.id }))
            .check_problem(403, "asked_recently");
    }
    ben.get(&format!("/conversations/{chat}")).check_status(404);
}

pub(crate) fn whoever_accepts_is_in_again(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[ben, cat]);
    ben.remove(&chat, ben).check_status(204);
    cat.add(&chat, ben);
    assert_eq!(handles(&ben.accept(&chat).ok(200)), ["ada", "ben", "cat"]);
    let changes = ada.changes(&chat, "after_offset=1");
    assert_eq!(
        kinds(&changes),
        [(2, "member.removed"), (3, "member.added")]
    );
    assert_eq!(changes["changes"][1]["event"]["by"], json!(cat.id));
    // Whoever was removed is simply added again.
    ada.remove(&chat, ben).check_status(204);
    assert_eq!(handles(&cat.add(&chat, ben)), ["ada", "ben", "cat"]);
}

pub(crate) fn group_is_never_without_an_owner(app: &TestApp) {
    let people = ["ada", "ben", "cat", "dan"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat, dan] = &people;
    let chat = ada.group(&[ben]);
    for late in [cat, dan] {
        ada.add(&chat, late);
    }
    let owner = |seen: &Value| -> Vec<String> {
        let members = seen["members"].as_array().unwrap().iter();
        let owners = members.filter(|member| member["role"] == "owner");
        owners
            .map(|member| member["handle"].as_str().unwrap().to_owned())
            .collect()
    };
    ada.set_role(&chat, dan, "admin").check_status(200);
    ada.remove(&chat, ada).check_status(204);
    assert_eq!(owner(&ben.conversation(&chat)), ["dan"], "the admin");
    dan.remove(&chat, dan).check_status(204);
    assert_eq!(owner(&cat.conversation(&chat)), ["ben"], "who came first");
    let given = ben.set_role(&chat, cat, "owner").ok(200);
    assert_eq!(owner(&given), ["cat"]);
    assert_eq!(given["role"], "admin", "of the caller");
    cat.remove(&chat, ben).check_status(204);
    cat.remove(&chat, cat).check_status(204);
}

pub(crate) fn blocked_person_learns_nothing_new(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    ada.say(&chat, "one");
    ben.set_block(&ada, true);
    ben.set_block(&ada, true);
    let seen = [&ada, &ben].map(|person| person.conversation(&chat)["blocked"].clone());
    assert_eq!(seen, [json!(false), json!(true)]);
    let offset = ada.conversation(&chat)["topic"]["offset"].as_i64().unwrap();
    let messages = format!("/conversations/{chat}/messages");
    let refused = message("two");
    ada.post(&messages, &refused).check_problem(403, "blocked");
    ben.post(&messages, &message("two"))
        .check_problem(409, "blocking");
    // What ben reads is not told.
    ben.read(&chat, 1);
    let receipts = ada.conversation(&chat)["receipts"].clone();
    assert_eq!(receipts.as_array().unwrap().len(), 1, "{receipts}");
    assert_eq!(ada.conversation(&chat)["topic"]["offset"], json!(offset));

    let blocks = ben.get("/users/me/blocks").ok(200);
    assert_eq!(blocks["users"][0]["handle"], "ada");
    assert_eq!(blocks["has_more"], false);
    let after = ben
        .get(&format!("/users/me/blocks?after={}", ada.id))
        .ok(200);
    assert_eq!(after["users"], json!([]));
    ben.set_block(&ada, false);
    ada.post(&messages, &refused).check_status(201);
    let receipts = ada.conversation(&chat)["receipts"].clone();
    assert_eq!(receipts.as_array().unwrap().len(), 2, "{receipts}");
    for nobody in [&uuid(), "x", &ben.id] {
        ben.put(&format!("/users/me/blocks/{nobody}"), &json!({}))
            .check_problem(404, "not_found");
    }
}

/// A block that comes while messages are on their way: each is in or refused, and none is in behind
/// the block.
pub(crate) fn no_message_comes_in_behind_a_block(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let messages = format!("/conversations/{chat}/messages");
    std::thread::scope(|scope| {
        for replica in [0, 1] {
            let (ada, messages) = (&ada, &messages);
            scope.spawn(
                move || {
                    while ada.post_to(replica, messages, &message("hi")).status == 201 {}
                },
            );
        }
        ada.say(&chat, "first");
        ben.set_block(&ada, true);
    });
    let changes = ben.changes(&chat, "after_offset=0&limit=500");
    let kinds = kinds(&changes);
    if changes["has_more"] == json!(false) {
        let (_, last) = kinds.last().unwrap();
        assert_eq!(*last, "contact.changed");
    }
}

#[test]
fn blocks_have_an_end() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_BLOCKS_PER_PERSON", "1")]);
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(&app, handle));
    let [ada, ben, cat] = &people;
    ada.set_block(ben, true);
    let path = format!("/users/me/blocks/{}", cat.id);
    ada.put(&path, &json!({}))
        .check_problem(422, "too_many_blocks");
    ada.set_block(ben, true);
    ada.set_block(ben, false);
    ada.set_block(cat, true);
}
