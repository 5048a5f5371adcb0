//! What people and groups show of themselves.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    files::eventually,
    person::{Person, id, kinds, uuid},
    races::at_once,
    uploads::{PHOTOGRAPH, carrying, sent},
};

/// A picture, by whoever knows its id.
pub(crate) fn load(app: &TestApp, picture: &Value, query: &str) -> Answer {
    let picture = picture.as_str().unwrap_or("none");
    app.send(
        "GET",
        &format!("/api/v1/pictures/{picture}{query}"),
        &[],
        &[],
    )
}

fn choose(person: &Person<'_>, place: &str, attachment: &Value) -> Answer {
    let body = json!({ "attachment_id": attachment["id"] });
    person.put(&format!("{place}/picture"), &body)
}

/// Sends a picture and shows it: `/users/me`, or a group's address.
pub(crate) fn set_picture(person: &Person<'_>, place: &str, bytes: &[u8]) -> Answer {
    choose(person, place, &sent(person, "a.jpg", bytes))
}

/// Width and height of a JPEG, from its frame header.
#[track_caller]
fn pixels(jpeg: &[u8]) -> (u16, u16) {
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    let number = |at: usize| u16::from_be_bytes([jpeg[frame + at], jpeg[frame + at + 1]]);
    (number(7), number(5))
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).unwrap().to_str().unwrap()
}

pub(crate) fn person_shows_a_name_a_text_and_a_picture(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let mut own = ada.get("/users/me").ok(200);
    assert_eq!(
        (&own["about"], &own["picture_id"]),
        (&json!(""), &Value::Null)
    );
    let change = json!({ "display_name": " Ada  Lovelace ", "about": "Busy\r\n\r\n\r\nmills " });
    own["display_name"] = json!("Ada Lovelace");
    own["about"] = json!("Busy\n\nmills");
    assert_eq!(ada.patch("/users/me", &change).ok(200), own);
    // What is left out stays.
    assert_eq!(ada.patch("/users/me", &json!({})).ok(200), own);
    // Who is found by the new name.
    let found = ben.get("/users?query=lovelace").ok(200);
    assert_eq!(found["users"][0]["id"], own["id"]);

    let shown = set_picture(&ada, "/users/me", PHOTOGRAPH).ok(200);
    let picture = &shown["picture_id"];
    own["picture_id"] = picture.clone();
    assert_eq!(shown, own);
    assert_eq!(ada.get("/users/me").ok(200), own);
    ben.get(&format!("/users/{}", ada.id))
        .check_problem(404, "not_found");
    let chat = ben.befriend(&ada);
    assert_eq!(ben.get(&format!("/users/{}", ada.id)).ok(200), own);
    let member = &ben.conversation(&chat)["members"][0];
    assert_eq!(&member["picture_id"], picture);

    for (query, side) in [("", 640), ("?size=640", 640), ("?size=96", 96)] {
        let loaded = load(app, picture, query);
        loaded.check_status(200);
        assert_eq!(pixels(&loaded.body), (side, side));
        assert!(!loaded.body.windows(4).any(|four| four == b"Exif"));
        for (name, value) in [
            ("content-type", "image/jpeg"),
            ("cache-control", "private, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&loaded, name), value);
        }
        assert!(header(&loaded, "content-security-policy").starts_with("sandbox;"));
    }
    for query in ["?size=97", "?size=x", "?size=-1"] {
        load(app, picture, query).check_problem(400, "bad_query");
    }
    for nobody in [json!(uuid()), json!("x"), json!(own["id"])] {
        let missing = load(app, &nobody, "");
        missing.check_problem(404, "not_found");
        assert_eq!(header(&missing, "cache-control"), "no-store");
    }

    for about in [
        "x".repeat(140),
        "a\u{202E}b".into(),
        "1\n2\n3\n4\n5\n6".into(),
    ] {
        ada.patch("/users/me", &json!({ "about": about }))
            .check_problem(422, "invalid_about");
    }
    ada.patch(
        "/users/me",
        &json!({ "display_name": "\u{200B}", "about": "" }),
    )
    .check_problem(422, "invalid_display_name");
    for field in ["display_name", "about"] {
        ada.patch("/users/me", &json!({ field: null }))
            .check_problem(400, "bad_json");
    }
    assert_eq!(ada.get("/users/me").ok(200), own);
}

pub(crate) fn group_shows_a_title_a_description_and_a_picture(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let place = format!("/conversations/{chat}");
    let seen = ben.conversation(&chat);
    assert_eq!(
        (&seen["description"], &seen["picture_id"]),
        (&json!(""), &Value::Null)
    );
    let change = json!({ "title": "Owls", "description": "of the night\nand the day" });
    let changed = ada.patch(&place, &change).ok(200);
    let shown = set_picture(&ada, &place, PHOTOGRAPH).ok(200);
    let picture = &shown["picture_id"];
    load(app, picture, "?size=96").check_status(200);
    ada.patch(&place, &json!({ "title": "Owls" }))
        .check_status(200);
    let removed = ada.delete(&format!("{place}/picture")).ok(200);
    assert_eq!(removed["picture_id"], Value::Null);
    load(app, picture, "").check_problem(404, "not_found");
    let list = ben.get("/conversations").ok(200);
    let seen = &list["conversations"][0];
    for field in ["title", "description"] {
        assert_eq!(
            (&seen[field], &changed[field]),
            (&change[field], &change[field])
        );
    }
    let log = ben.changes(&chat, "");
    let events: Vec<&Value> = log["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["event"])
        .collect();
    let kind = "conversation.changed";
    assert_eq!(kinds(&log)[1..], [(2, kind), (3, kind), (4, kind)]);
    let said = json!({
        "type": kind, "by": ada.id, "title": "Owls", "description": "of the night\nand the day",
    });
    assert_eq!(events[1], &said);
    for (event, picture) in [(events[2], picture), (events[3], &Value::Null)] {
        assert_eq!(
            event,
            &json!({ "type": kind, "by": ada.id, "picture_id": picture })
        );
    }

    for title in ["", "a\u{202E}b"] {
        ada.patch(&place, &json!({ "title": title }))
            .check_problem(422, "invalid_title");
    }
    for description in ["x".repeat(513), "a\0b".into()] {
        ada.patch(&place, &json!({ "description": description }))
            .check_problem(422, "invalid_description");
    }
    for field in ["title", "description"] {
        ada.patch(&place, &json!({ field: null }))
            .check_problem(400, "bad_json");
    }
    for chat in [&uuid(), "x"] {
        let place = format!("/conversations/{chat}");
        ada.patch(&place, &json!({ "title": "Owls" }))
            .check_problem(404, "not_found");
        choose(&ada, &place, &json!({ "id": uuid() })).check_problem(404, "not_found");
    }
}

pub(crate) fn picture_is_made_of_ones_own_picture_alone(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let group = format!("/conversations/{chat}");
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
    let in_message = sent(&ada, "a.jpg", PHOTOGRAPH);
    let said = ada.post(&format!("{group}/messages"), &carrying(&in_message, ""));
    said.check_status(201);
    for place in ["/users/me", &group] {
        for (attachment, status, code) in [
            (&sent(&ada, "a.svg", svg), 422, "not_a_picture"),
            (&sent(&ada, "a.jpg", b"just text"), 422, "not_a_picture"),
            (&sent(&ben, "a.jpg", PHOTOGRAPH), 422, "no_attachment"),
            (&json!({ "id": uuid() }), 422, "no_attachment"),
            (&in_message, 409, "picture_was_sent"),
        ] {
            choose(&ada, place, attachment).check_problem(status, code);
        }
        ada.put(
            &format!("{place}/picture"),
            &json!({ "attachment_id": "x" }),
        )
        .check_problem(400, "bad_json");
    }
    assert_eq!(ada.get("/users/me").ok(200)["picture_id"], Value::Null);
    let seen = ben.get(&format!("{group}/messages")).ok(200);
    assert_eq!(seen["messages"][0]["attachment"], in_message);

    // The first frame of what moves.
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let shown = set_picture(&ada, "/users/me", gif).ok(200);
    let loaded = load(app, &shown["picture_id"], "?size=96");
    assert_eq!(pixels(&loaded.body), (96, 96));
}

pub(crate) fn picture_that_is_replaced_is_gone(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let attachment = sent(&ada, "a.jpg", PHOTOGRAPH);
    let first = choose(&ada, "/users/me", &attachment).ok(200);
    // A lost answer is asked for again, at any replica.
    for _ in 0..2 {
        assert_eq!(choose(&ada, "/users/me", &attachment).ok(200), first);
    }
    // The file has gone into the picture.
    let chat = ada.group(&[]);
    ada.post(
        &format!("/conversations/{chat}/messages"),
        &carrying(&attachment, ""),
    )
    .check_problem(422, "no_attachment");
    ada.get(&format!("/uploads/{}", id(&attachment)))
        .check_problem(404, "not_found");
    let second = set_picture(&ada, "/users/me", PHOTOGRAPH).ok(200);
    assert_ne!(first["picture_id"], second["picture_id"]);
    load(app, &first["picture_id"], "").check_problem(404, "not_found");
    load(app, &second["picture_id"], "").check_status(200);
    for _ in 0..2 {
        let removed = ada.delete("/users/me/picture").ok(200);
        assert_eq!(removed["picture_id"], Value::Null);
    }
    load(app, &second["picture_id"], "").check_problem(404, "not_found");
}

pub(crate) fn pictures_set_at_once_end_in_one(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    ada.set_role(&chat, &ben, "admin").check_status(200);
    let group = format!("/conversations/{chat}");
    for place in ["/users/me", &group] {
        let files: Vec<Value> = (0..2).map(|_| sent(&ada, "a.jpg", PHOTOGRAPH)).collect();
        // Each file twice, at both replicas.
        let answers = at_once(4, |thread, replica| {
            let body = json!({ "attachment_id": files[thread / 2]["id"] });
            ada.put_to(replica, &format!("{place}/picture"), &body)
        });
        let shown = ada.get(place).ok(200)["picture_id"].clone();
        load(app, &shown, "").check_status(200);
        let mut made = 0;
        for answer in &answers {
            // A file that went into a picture which was replaced meanwhile is gone.
            if answer.status == 422 {
                answer.check_problem(422, "no_attachment");
                continue;
            }
            let picture = answer.ok(200)["picture_id"].clone();
            let status = if picture == shown { 200 } else { 404 };
            load(app, &picture, "").check_status(status);
            made += 1;
        }
        assert!(made >= 2, "each file made a picture");
    }
    // Of two titles one stays, and both were told.
    let before = ben.conversation(&chat)["topic"]["offset"].clone();
    let people = [&ada, &ben];
    at_once(2, |thread, replica| {
        let title = json!({ "title": format!("Title {thread}") });
        let changed = people[thread].patch_to(replica, &group, &title);
        changed.check_status(200);
    });
    let log = ben.changes(&chat, &format!("after_offset={before}"));
    let last = &log["changes"][1]["event"]["title"];
    assert_eq!(log["changes"].as_array().unwrap().len(), 2);
    assert_eq!(&ada.conversation(&chat)["title"], last);
}

pub(crate) fn group_that_is_left_gets_no_picture(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    for round in 0..4 {
        let chat = ada.group(&[&ben]);
        ada.set_role(&chat, &ben, "admin").check_status(200);
        let body = json!({ "attachment_id": sent(&ben, "a.jpg", PHOTOGRAPH)["id"] });
        let path = format!("/conversations/{chat}/picture");
        let by = if round % 2 == 0 { &ada } else { &ben };
        let answers = at_once(2, |thread, replica| {
            if thread == 0 {
                ben.put_to(replica, &path, &body)
            } else {
                let path = format!("/conversations/{chat}/members/{}", ben.id);
                by.delete_at(replica, &path)
            }
        });
        answers[1].check_status(204);
        let log = ada.changes(&chat, "");
        let place = |kind: &str| {
            let mut kinds = kinds(&log).into_iter();
            kinds.find(|(_, of)| *of == kind).map(|(offset, _)| offset)
        };
        let (changed, removed) = (place("conversation.changed"), place("member.removed"));
        let picture = &ada.conversation(&chat)["picture_id"];
        assert_eq!(changed.is_some(), picture.is_string());
        // Nobody changes what they are not in.
        assert!(changed.is_none_or(|changed| Some(changed) < removed));
        match changed {
            Some(_) => load(app, picture, "").check_status(200),
            None => answers[0].check_problem(404, "not_found"),
        }
    }
}

/// Folders in which something is kept.
fn folders(app: &TestApp) -> usize {
    let groups = std::fs::read_dir(app.path("blobs")).unwrap();
    let count = |group: std::io::Result<std::fs::DirEntry>| {
        // It goes with its last folder.
        group
            .ok()
            .and_then(|group| std::fs::read_dir(group.path()).ok())
            .map_or(0, Iterator::count)
    };
    groups.map(count).sum()
}

#[test]
fn pictures_that_nobody_shows_are_swept() {
    let app = TestApp::on_sqlite_with(&[
        ("ROOKERY_CORE_UPLOADS__SWEEP_EVERY_S", "1"),
        // The first file, the picture made of it, and its file, which is removed some minutes later.
        ("ROOKERY_CORE_UPLOADS__USER_QUOTA_BYTES", "1048576"),
    ]);
    let ada = Person::new(&app, "ada");
    let pictures: Vec<Value> = (0..3)
        .map(|_| set_picture(&ada, "/users/me", PHOTOGRAPH).ok(200)["picture_id"].clone())
        .collect();
    let is_kept = |picture: &Value| {
        let name = picture.as_str().unwrap().replace('-', "");
        let group = app.path("blobs").join(&name[name.len() - 2..]);
        group.join(name).is_dir()
    };
    eventually(|| pictures.iter().map(is_kept).eq([false, false, true]));
    assert!(folders(&app) >= 1);
    ada.delete("/users/me/picture").check_status(200);
    eventually(|| !is_kept(&pictures[2]));
}

#[test]
fn whoever_changes_their_profile_again_and_again_has_to_wait() {
    let limit = [("ROOKERY_CORE_LIMITS__PROFILE_CHANGES_PER_10_MIN", "2")];
    let app = TestApp::on_sqlite_with(&limit);
    let (ada, ben) = (Person::new(&app, "ada"), Person::new(&app, "ben"));
    let change = |person: &Person<'_>| person.patch("/users/me", &json!({ "about": "Busy" }));
    // Each replica counts for itself.
    for _ in 0..4 {
        change(&ada).check_status(200);
    }
    for _ in 0..2 {
        let refused = change(&ada);
        refused.check_problem(429, "too_many_requests");
        assert!(refused.headers.contains_key("retry-after"));
    }
    ada.delete("/users/me/picture")
        .check_problem(429, "too_many_requests");
    change(&ben).check_status(200);
}
