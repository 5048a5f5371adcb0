//! Files that people load.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{Person, id, message, uuid},
    uploads::{PART_BYTES, PHOTOGRAPH, carrying, noise, sent},
};

#[track_caller]
fn links(person: &Person<'_>, attachments: &[&Value]) -> Vec<Value> {
    let ids: Vec<&Value> = attachments
        .iter()
        .map(|attachment| &attachment["id"])
        .collect();
    let answer = person.post("/media/links", &json!({ "ids": ids })).ok(200);
    answer["links"].as_array().unwrap().clone()
}

/// Somebody who has nothing but a link.
fn follow(app: &TestApp, link: &Value, headers: &[(&str, &str)]) -> Answer {
    app.send("GET", link.as_str().unwrap(), headers, &[])
}

/// What somebody loads who reads the message that carries it.
#[track_caller]
pub(crate) fn load(person: &Person<'_>, attachment: &Value) -> Answer {
    let links = links(person, &[attachment]);
    let answer = follow(person.app, &links[0]["url"], &[]);
    answer.check_status(200);
    answer
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).unwrap().to_str().unwrap()
}

#[track_caller]
fn post(person: &Person<'_>, chat: &str, body: &Value) -> Value {
    person
        .post(&format!("/conversations/{chat}/messages"), body)
        .ok(201)
}

/// Waits for what a core does by itself.
#[track_caller]
pub(crate) fn eventually(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "it has not come about");
        thread::yield_now();
    }
}

pub(crate) fn message_carries_a_file_that_its_readers_load(app: &TestApp) {
    let [ada, ben, cat] = ["ada", "ben", "cat"].map(|name| Person::new(app, name));
    let chat = ada.group(&[&ben]);
    let picture = sent(&ada, "écran \"1\".jpg", PHOTOGRAPH);
    let file = sent(
        &ada,
        "page.html",
        b"<!DOCTYPE html><script>alert(1)</script>",
    );
    // What nobody was sent, nobody loads.
    assert_eq!(links(&ada, &[&picture]), [Value::Null; 0]);
    let said = post(&ada, &chat, &carrying(&picture, "look"));
    assert_eq!(
        (&said["text"], &said["attachment"]),
        (&json!("look"), &picture)
    );
    post(&ada, &chat, &carrying(&file, ""));
    let page = ben.get(&format!("/conversations/{chat}/messages")).ok(200);
    assert_eq!(page["messages"][0]["attachment"], picture);
    assert_eq!(page["messages"][1]["text"], "");
    assert_eq!(ben.conversation(&chat)["last_message"]["attachment"], file);
    let changes = ben.changes(&chat, "after_offset=1");
    assert_eq!(
        changes["changes"][0]["event"]["message"]["attachment"],
        picture
    );
    // Who came later has not read it.
    ada.add(&chat, &cat);
    assert_eq!(links(&cat, &[&picture, &file]), [Value::Null; 0]);

    let given = links(&ben, &[&picture, &file]);
    assert_eq!(given.len(), 2);
    let of = |attachment: &Value| given.iter().find(|link| link["id"] == attachment["id"]);
    let (picture_link, file_link) = (of(&picture).unwrap(), of(&file).unwrap());
    assert_eq!(file_link["thumbnail_url"], Value::Null);
    let whole = follow(app, &picture_link["url"], &[]);
    whole.check_status(200);
    assert_eq!(header(&whole, "content-type"), "image/jpeg");
    assert_eq!(
        header(&whole, "content-disposition"),
        "inline; filename=\"_cran _1_.jpg\"; filename*=UTF-8''%C3%A9cran%20%221%22.jpg"
    );
    let small = follow(app, &picture_link["thumbnail_url"], &[]);
    small.check_status(200);
    assert!(small.body.starts_with(&[0xff, 0xd8]));
    let page = follow(app, &file_link["url"], &[]);
    page.check_status(200);
    assert!(header(&page, "content-disposition").starts_with("attachment; "));
    for answer in [&whole, &small, &page] {
        assert_eq!(header(answer, "x-content-type-options"), "nosniff");
        let policy = header(answer, "content-security-policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    }
    let tag = header(&whole, "etag");
    let known = follow(app, &picture_link["url"], &[("if-none-match", tag)]);
    known.check_status(304);
    assert!(known.body.is_empty());

    let url = picture_link["url"].as_str().unwrap();
    for (from, to) in [
        ("content", "thumbnail"),
        ("expires=1", "expires=2"),
        ("/media/", "/media/x"),
    ] {
        let forged = json!(url.replacen(from, to, 1));
        follow(app, &forged, &[]).check_problem(403, "bad_signature");
    }
    let bare = json!(url.split('?').next().unwrap());
    follow(app, &bare, &[]).check_problem(403, "bad_signature");
    let many: Vec<String> = (0..101).map(|_| uuid()).collect();
    ben.post("/media/links", &json!({ "ids": many }))
        .check_problem(422, "too_many_links");
    // A removed member is given no new link.
    ada.remove(&chat, &ben).check_status(204);
    assert_eq!(links(&ben, &[&picture]), [Value::Null; 0]);
}

pub(crate) fn file_is_loaded_in_ranges(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let chat = ada.group(&[]);
    let bytes = noise(PART_BYTES + 500);
    let file = sent(&ada, "noise", &bytes);
    post(&ada, &chat, &carrying(&file, ""));
    let url = links(&ada, &[&file])[0]["url"].clone();
    let ranged = |range: &str| follow(app, &url, &[("range", range)]);
    let check = |range: &str, from: usize, to: usize| {
        let answer = ranged(range);
        answer.check_status(206);
        assert!(answer.body == bytes[from..to], "{range}");
        let told = format!("bytes {from}-{}/{}", to - 1, bytes.len());
        assert_eq!(header(&answer, "content-range"), told);
        assert_eq!(header(&answer, "content-length"), (to - from).to_string());
    };
    let size = bytes.len();
    check("bytes=0-0", 0, 1);
    check("bytes=0-", 0, size);
    check("bytes=1000000-1100000", 1_000_000, size.min(1_100_001));
    check("bytes=-7", size - 7, size);
    check(&format!("bytes={}-{}", size - 1, size + 99), size - 1, size);
    ranged(&format!("bytes={size}-")).check_problem(416, "bad_range");
    for whole in ["bytes=0-1,5-6", "lines=1-2", "bytes=x"] {
        let answer = ranged(whole);
        answer.check_status(200);
        assert_eq!(answer.body.len(), size, "{whole}");
        assert_eq!(header(&answer, "accept-ranges"), "bytes");
    }
    let tag = follow(app, &url, &[]).headers.get("etag").cloned().unwrap();
    for (tag, status) in [(tag.to_str().unwrap(), 206), ("\"other\"", 200)] {
        let headers = [("range", "bytes=0-1"), ("if-range", tag)];
        follow(app, &url, &headers).check_status(status);
    }
    let head = app.send("HEAD", url.as_str().unwrap(), &[], &[]);
    head.check_status(200);
    assert_eq!(header(&head, "content-length"), size.to_string());
}

pub(crate) fn request_carries_no_file(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    let messages = format!("/conversations/{chat}/messages");
    let file = sent(&ada, "a.txt", b"a file");
    let refused = ada.post(&messages, &carrying(&file, "look"));
    refused.check_problem(403, "request_without_files");
    ada.say(&chat, "hi");
    ada.post(&messages, &carrying(&file, "look"))
        .check_problem(403, "request_without_files");
    assert_eq!(links(&ben, &[&file]), [Value::Null; 0]);
    ben.post(&messages, &carrying(&sent(&ben, "b.txt", b"yours"), ""))
        .check_status(201);
    ada.post(&messages, &carrying(&file, "look"))
        .check_status(201);
    assert_eq!(links(&ben, &[&file]).len(), 1);
    ada.post(&messages, &message(""))
        .check_problem(422, "text_empty");
}

pub(crate) fn deleted_file_is_gone(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let picture = sent(&ada, "photograph.jpg", PHOTOGRAPH);
    let said: Vec<Value> = (0..2)
        .map(|_| post(&ada, &chat, &carrying(&picture, "look")))
        .collect();
    let link = links(&ben, &[&picture]).remove(0);
    let delete = |said: &Value| {
        let path = format!("/conversations/{chat}/messages/{}", id(said));
        ada.delete(&format!("{path}?for=everyone"))
            .check_status(204);
    };
    delete(&said[0]);
    follow(app, &link["url"], &[]).check_status(200);
    delete(&said[1]);
    for url in [&link["url"], &link["thumbnail_url"]] {
        follow(app, url, &[]).check_problem(404, "not_found");
    }
    assert_eq!(links(&ben, &[&picture]), [Value::Null; 0]);
    let page = ben.get(&format!("/conversations/{chat}/messages")).ok(200);
    let changes = ben.changes(&chat, "limit=500");
    for seen in [page, changes] {
        assert!(!seen.to_string().contains("photograph.jpg"), "{seen}");
    }
    ada.post(
        &format!("/conversations/{chat}/messages"),
        &carrying(&picture, "again"),
    )
    .check_problem(422, "no_attachment");
}

pub(crate) fn media_of_a_chat_come_in_pages(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let picture = sent(&ada, "photograph.jpg", PHOTOGRAPH);
    let file = sent(&ada, "a.txt", b"a file");
    for attachment in [&picture, &file, &picture] {
        post(&ada, &chat, &carrying(attachment, ""));
    }
    ada.say(&chat, "words");
    let path = |query: &str| format!("/conversations/{chat}/media?{query}");
    let list = |query: &str| {
        let page = ben.get(&path(query)).ok(200);
        let messages = page["messages"].as_array().unwrap().iter();
        let seqs: Vec<i64> = messages.map(|one| one["seq"].as_i64().unwrap()).collect();
        (seqs, page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(list(""), (vec![3, 2, 1], None));
    assert_eq!(list("kind=picture,video"), (vec![3, 1], None));
    assert_eq!(list("kind=voice"), (vec![], None));
    let (first, next) = list("limit=2");
    assert_eq!(first, [3, 2]);
    let rest = list(&format!("limit=2&cursor={}", next.unwrap()));
    assert_eq!(rest, (vec![1], None));
    ben.get(&path("kind=link")).check_problem(400, "bad_query");
    ben.get(&path("limit=101")).check_problem(400, "bad_query");
    ben.get(&path("cursor=x")).check_problem(400, "bad_cursor");
}

#[test]
fn link_ends_and_bytes_are_swept() {
    let app = TestApp::on_sqlite_with(&[
        ("ROOKERY_CORE_UPLOADS__LINK_TTL_S", "2"),
        ("ROOKERY_CORE_UPLOADS__SWEEP_EVERY_S", "1"),
    ]);
    let ada = Person::new(&app, "ada");
    let chat = ada.group(&[]);
    let file = sent(&ada, "a.txt", b"a file");
    let said = post(&ada, &chat, &carrying(&file, ""));
    let url = links(&ada, &[&file])[0]["url"].clone();
    follow(&app, &url, &[]).check_status(200);
    eventually(|| follow(&app, &url, &[]).status != 200);
    follow(&app, &url, &[]).check_problem(403, "link_expired");
    let blobs = app.path("blobs");
    assert_eq!(fs::read_dir(&blobs).unwrap().count(), 1);
    let path = format!("/conversations/{chat}/messages/{}", id(&said));
    ada.delete(&format!("{path}?for=everyone"))
        .check_status(204);
    eventually(|| fs::read_dir(&blobs).unwrap().count() == 0);
}
