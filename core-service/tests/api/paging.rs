//! Lists that come in pages.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, id, uuid},
};

/// Ids in a list of an answer.
fn ids(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(id).collect()
}

/// The lists of all pages, by `next`, and how many pages there were.
#[track_caller]
fn pages(person: &Person<'_>, path: &str, list: &str) -> (Vec<String>, usize) {
    let (mut all, mut count, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = person.get(&format!("{path}{separator}cursor={cursor}"));
        let page = page.ok(200);
        all.extend(ids(&page[list]));
        count += 1;
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (all, count),
        }
    }
}

pub(crate) fn lists_come_in_pages_to_their_end(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let mut chats: Vec<String> = (0..5).map(|_| ada.group(&[ben, cat])).collect();
    ada.say(&chats[0], "the oldest is the newest now");
    chats.rotate_left(1);
    chats.reverse();
    let (listed, count) = pages(ada, "/conversations?limit=2", "conversations");
    assert_eq!((listed, count), (chats.clone(), 3));
    // The last page is full, and it is the last one.
    assert_eq!(pages(ada, "/conversations?limit=5", "conversations").1, 1);

    let heads = ada.get("/conversations/heads").ok(200);
    chats.sort_unstable();
    assert_eq!(ids(&heads["heads"]), chats);
    assert_eq!(heads["user_topic"]["name"], format!("user:{}", ada.id));
    assert!(heads["next"].is_null());
    for head in heads["heads"].as_array().unwrap() {
        let topic = &ada.conversation(&id(head))["topic"];
        assert_eq!(
            (&head["epoch"], &head["offset"]),
            (&topic["epoch"], &topic["offset"])
        );
    }

    let members = format!("/conversations/{}/members", chats[0]);
    let (listed, count) = pages(cat, &format!("{members}?limit=2"), "members");
    let mut everybody = people.each_ref().map(|person| person.id.clone());
    everybody.sort_unstable();
    assert_eq!((&listed[..], count), (&everybody[..], 2));
    let shown = cat.get(&members).ok(200);
    let owner = shown["members"].as_array().unwrap().iter();
    let owner = owner.filter(|member| member["role"] == "owner").map(id);
    assert_eq!(owner.collect::<Vec<_>>(), [ada.id.as_str()]);
    assert_eq!(cat.conversation(&chats[0])["member_count"], 3);
}

pub(crate) fn page_that_nobody_was_given_is_refused(app: &TestApp) {
    let (ada, eve) = (Person::new(app, "ada"), Person::new(app, "eve"));
    let chat = ada.group(&[]);
    ada.group(&[]);
    let members = format!("/conversations/{chat}/members");
    let said = id(&ada.say(&chat, "hi"));
    let reactions = format!("/conversations/{chat}/messages/{said}/reactions");
    let next = ada.get("/conversations?limit=1").ok(200)["next"].clone();
    let next = next.as_str().unwrap();
    for path in [
        "/conversations",
        "/conversations/heads",
        &members,
        &reactions,
    ] {
        for cursor in ["1", "%00", "%F0%9F%99%82", "AAAA", &next[1..], &chat] {
            ada.get(&format!("{path}?cursor={cursor}"))
                .check_problem(400, "bad_cursor");
        }
    }
    // A cursor is good for the list that gave it.
    for path in ["/conversations/heads", &members, &reactions] {
        ada.get(&format!("{path}?cursor={next}"))
            .check_problem(400, "bad_cursor");
    }
    for (path, max) in [("/conversations", 100), (&members, 200), (&reactions, 100)] {
        ada.get(&format!("{path}?limit={max}")).check_status(200);
        for limit in ["0", "-1", "x", "1e3", &(max + 1).to_string()] {
            ada.get(&format!("{path}?limit={limit}"))
                .check_problem(400, "bad_query");
        }
    }
    // It says nothing of who may read: it is another's list that it goes on in.
    let elsewhere = eve.get(&format!("/conversations?cursor={next}")).ok(200);
    assert_eq!(ids(&elsewhere["conversations"]), [""; 0]);
    eve.get(&members).check_problem(404, "not_found");
    eve.get(&reactions).check_problem(404, "not_found");
    eve.get("/conversations/x/members")
        .check_problem(404, "not_found");
    assert!(!app.logs().contains("ERROR"), "{}", app.logs());
}

#[test]
fn who_is_in_as_many_chats_as_may_be_is_told() {
    let app = TestApp::on_sqlite_with(&[("ROOKERY_CORE_CHATS_PER_PERSON", "2")]);
    let (ada, ben) = (Person::new(&app, "ada"), Person::new(&app, "ben"));
    ada.group(&[]);
    ada.group(&[]);
    let group = |members: &[&str]| json!({ "kind": "group", "title": "x", "member_ids": members, "client_id": uuid() });
    ada.post("/conversations", &group(&[]))
        .check_problem(422, "too_many_chats");
    ada.create_direct(&ben).check_problem(422, "too_many_chats");
    ben.post("/conversations", &group(&[&ada.id]))
        .check_problem(422, "too_many_chats");
    let chat = ben.group(&[]);
    ben.post(
        &format!("/conversations/{chat}/members"),
        &json!({ "user_id": ada.id }),
    )
    .check_problem(422, "too_many_chats");
}
