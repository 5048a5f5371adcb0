//! Messages that somebody has starred.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, id, uuid},
};

fn path(chat: &str, message: &Value) -> String {
    format!("/conversations/{chat}/messages/{}/star", id(message))
}

fn ids(person: &Person<'_>) -> Vec<String> {
    let list = person.get("/starred").ok(200);
    assert_eq!(list["next"], Value::Null);
    let starred = list["starred"].as_array().unwrap().iter();
    starred.map(|starred| id(&starred["message"])).collect()
}

pub(crate) fn stars_are_listed_over_all_chats(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chats = [ada.group(&[&ben]), ada.befriend(&ben)];
    let said = chats.each_ref().map(|chat| ada.say(chat, "hi"));
    for _ in 0..2 {
        for (chat, message) in chats.iter().zip(&said) {
            ben.put(&path(chat, message), &json!({})).check_status(204);
        }
    }
    let [first, second] = said.each_ref().map(id);
    assert_eq!(ids(&ben), [second.clone(), first.clone()]);
    assert_eq!(ids(&ada), [""; 0]);
    let seen = |person: &Person<'_>| {
        let page = person.get(&format!("/conversations/{}/messages", chats[0]));
        page.ok(200)["messages"][0]["starred"].clone()
    };
    assert_eq!((seen(&ben), seen(&ada)), (json!(true), json!(false)));
    let page = ben.get("/starred?limit=1").ok(200);
    assert_eq!(id(&page["starred"][0]["message"]), second);
    assert!(page["starred"][0]["starred_at"].is_string());
    let cursor = page["next"].as_str().unwrap();
    let rest = ben
        .get(&format!("/starred?limit=1&cursor={cursor}"))
        .ok(200);
    assert_eq!(id(&rest["starred"][0]["message"]), first);
    assert_eq!(rest["next"], Value::Null);
    for _ in 0..2 {
        ben.delete(&path(&chats[0], &said[0])).check_status(204);
    }
    assert_eq!(ids(&ben), [second]);
    let delete = format!("/conversations/{}/messages/{}", chats[1], id(&said[1]));
    ada.delete(&format!("{delete}?for=everyone"))
        .check_status(204);
    assert_eq!(ids(&ben), [""; 0]);
    ben.put(&path(&chats[1], &said[1]), &json!({}))
        .check_problem(409, "message_deleted");
}

pub(crate) fn nobody_stars_what_they_do_not_read(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (chat, other) = (ada.group(&[]), ada.group(&[]));
    let said = ada.say(&chat, "before");
    ada.add(&other, &ben);
    for (person, chat, message) in [
        (&ben, &chat, &said),
        (&ada, &other, &said),
        (&ada, &chat, &json!({ "id": uuid() })),
        (&ada, &chat, &json!({ "id": "x" })),
        (&ada, &uuid(), &said),
    ] {
        let path = path(chat, message);
        person
            .put(&path, &json!({}))
            .check_problem(404, "not_found");
        person.delete(&path).check_problem(404, "not_found");
    }
    ada.add(&chat, &ben);
    ben.put(&path(&chat, &said), &json!({}))
        .check_problem(404, "not_found");
    assert_eq!(ids(&ben), [""; 0]);
    for query in ["limit=0", "limit=101", "limit=x"] {
        ben.get(&format!("/starred?{query}"))
            .check_problem(400, "bad_query");
    }
    for cursor in ["1", "AAAA", &chat] {
        ben.get(&format!("/starred?cursor={cursor}"))
            .check_problem(400, "bad_cursor");
    }
}
