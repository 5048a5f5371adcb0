//! An account that its person deletes.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{PASSWORD, Person, message, registration, uuid},
    races::at_once,
    second_factor::{turn_on, until_checked},
};

/// Generous: the job looks every second, on a machine that may be busy.
const REMOVED_WITHIN: Duration = Duration::from_secs(30);

fn delete(person: &Person<'_>, body: &Value) -> Answer {
    until_checked(|| person.delete_with("/users/me", body))
}

fn gone(person: &Person<'_>) -> Value {
    json!(format!("deleted-{}", person.id.replace('-', "")))
}

/// Waits until something is as the job of the cores leaves it.
#[track_caller]
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < REMOVED_WITHIN, "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn member_ids(person: &Person<'_>, group: &str) -> Vec<Value> {
    let list = person
        .get(&format!("/conversations/{group}/members"))
        .ok(200);
    let members = list["members"].as_array().unwrap().iter();
    members.map(|member| member["id"].clone()).collect()
}

fn texts(person: &Person<'_>, chat: &str) -> Vec<Value> {
    let page = person
        .get(&format!("/conversations/{chat}/messages"))
        .ok(200);
    let messages = page["messages"].as_array().unwrap().iter();
    messages.map(|message| message["text"].clone()).collect()
}

pub(crate) fn deleted_account_is_gone_for_everybody(app: &TestApp) {
    let (ada, ben, cat) = (
        Person::new(app, "ada"),
        Person::new(app, "ben"),
        Person::new(app, "cat"),
    );
    let chat = ada.befriend(&ben);
    let group = ada.group(&[&ben, &cat]);
    ada.say(&chat, "hello ben");
    ada.say(&group, "hello all");
    let other_device = json!({ "handle": "ada", "password": PASSWORD });
    let other = until_checked(|| app.post("/api/v1/auth/login", &other_device));
    let other = Person::signed_in(app, &other, 200);
    let draft = json!({ "text": "not sent", "updated_at": "2026-01-05T10:00:00Z" });
    ada.put(&format!("/conversations/{chat}/draft"), &draft);

    delete(&ada, &json!({ "password": "wrong horse battery" }))
        .check_problem(403, "wrong_password");
    ada.delete_with("/users/me", &json!({}))
        .check_problem(400, "bad_json");
    ada.get("/users/me").check_status(200);
    let deleted = delete(&ada, &json!({ "password": PASSWORD }));
    deleted.check_status(204);

    // Nobody is signed in, signs in, or gets the handle.
    for device in [&ada, &other] {
        device.get("/users/me").check_problem(401, "token_revoked");
        let headers = [("cookie", device.cookie.as_str())];
        app.send("POST", "/api/v1/auth/refresh", &headers, b"")
            .check_problem(401, "refresh_invalid");
    }
    until_checked(|| app.post("/api/v1/auth/login", &other_device))
        .check_problem(401, "invalid_credentials");
    until_checked(|| app.post("/api/v1/auth/register", &registration("ada")))
        .check_problem(409, "handle_taken");
    // Who is not told of it is not found and not written to anew.
    let found = cat.get("/users?query=ada").ok(200);
    assert_eq!(found["users"], json!([]));
    assert_eq!(cat.get("/users?query=deleted").ok(200)["users"], json!([]));
    cat.create_direct(&ada).check_problem(404, "not_found");
    let add = json!({ "user_id": ada.id });
    let bens = ben.group(&[&cat]);
    ben.post(&format!("/conversations/{bens}/members"), &add)
        .check_problem(404, "not_found");

    // The chat of two stays, with what was said and another name.
    let kept = ben.conversation(&chat);
    let members = kept["members"].as_array().unwrap();
    let shown = members.iter().find(|one| one["id"] == *ada.id).unwrap();
    assert_eq!(shown["display_name"], "Deleted account");
    assert_eq!(shown["handle"], gone(&ada));
    assert_eq!(shown["picture_id"], Value::Null);
    assert_eq!(texts(&ben, &chat), [json!("hello ben")]);
    // They leave their groups, which somebody else owns then.
    eventually("the group is left", || member_ids(&ben, &group).len() == 2);
    let members = ben.get(&format!("/conversations/{group}/members")).ok(200);
    let owners = members["members"].as_array().unwrap().iter();
    assert_eq!(owners.filter(|one| one["role"] == "owner").count(), 1);
    assert!(texts(&cat, &group).contains(&json!("hello all")));
}

pub(crate) fn messages_go_with_an_account_whose_person_asks_for_it(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let (group, left) = (ada.group(&[&ben]), ben.group(&[&ada]));
    for (place, text) in [
        (&chat, "one"),
        (&chat, "two"),
        (&group, "three"),
        (&left, "four"),
    ] {
        ada.say(place, &format!("plumage {text}"));
    }
    ben.say(&chat, "mine");
    ada.remove(&left, &ada).check_status(204);
    ben.set_block(&ada, true);
    let body = json!({ "password": PASSWORD, "messages": "delete" });
    delete(&ada, &body).check_status(204);
    eventually("the messages are deleted", || {
        let found = ben.get("/messages/search?q=plumage").ok(200);
        let chats = [&chat, &group, &left].map(|chat| texts(&ben, chat));
        found["messages"] == json!([])
            && !chats
                .iter()
                .flatten()
                .any(|text| text.as_str().is_some_and(|text| text.contains("plumage")))
    });
    assert!(texts(&ben, &chat).contains(&json!("mine")));
    let changes = ben.changes(&chat, "after_offset=0").to_string();
    assert!(!changes.contains("plumage"), "{changes}");
}

pub(crate) fn second_factor_is_asked_for_at_a_deletion(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let (_, codes) = turn_on(&ada);
    let body = |code: Option<&str>| json!({ "password": PASSWORD, "code": code });
    delete(&ada, &body(None)).check_problem(401, "second_factor_required");
    delete(&ada, &body(Some("wrong"))).check_problem(403, "wrong_code");
    ada.get("/users/me").check_status(200);
    delete(&ada, &body(Some(&codes[0]))).check_status(204);
    ada.get("/users/me").check_problem(401, "token_revoked");
}

/// Whatever comes beside it on another replica: in the end the account is gone, and in no group.
pub(crate) fn deletion_beside_a_post_and_an_invitation_ends_in_one_truth(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let group = ben.group(&[&ada]);
    let others: Vec<String> = (0..3).map(|_| ben.group(&[])).collect();
    let answers = at_once(6, |thread, replica| match thread {
        0 | 1 => {
            let body = json!({ "password": PASSWORD, "messages": "delete" });
            until_checked(|| ada.delete_with("/users/me", &body))
        }
        2 => ada.post_to(
            replica,
            &format!("/conversations/{group}/messages"),
            &message("late"),
        ),
        _ => {
            let add = json!({ "user_id": ada.id });
            ben.post_to(
                replica,
                &format!("/conversations/{}/members", others[thread - 3]),
                &add,
            )
        }
    });
    let deleted = answers[..2].iter().filter(|answer| answer.status == 204);
    assert_eq!(deleted.count(), 1);
    eventually("the account is in no group", || {
        let all = others.iter().chain([&group]);
        all.into_iter()
            .all(|group| member_ids(&ben, group) == [json!(ben.id)])
    });
    eventually("no message is left", || {
        !texts(&ben, &group).contains(&json!("late"))
    });
    let again = json!({ "kind": "direct", "member_ids": [ada.id], "client_id": uuid() });
    ben.post("/conversations", &again)
        .check_problem(404, "not_found");
}
