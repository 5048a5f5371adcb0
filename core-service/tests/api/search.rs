//! Messages that are found by what they say.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{Person, id, message, uuid},
    uploads::{carrying, sent},
};

/// What somebody types, as a query has it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn search(person: &Person<'_>, text: &str, rest: &str) -> Answer {
    person.get(&format!("/messages/search?q={}{rest}", encoded(text)))
}

/// What somebody finds; all of it is on one page.
#[track_caller]
fn found(person: &Person<'_>, text: &str, rest: &str) -> Vec<String> {
    let found = search(person, text, rest).ok(200);
    assert_eq!(found["next"], Value::Null);
    texts(&found)
}

fn texts(found: &Value) -> Vec<String> {
    let messages = found["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["text"].as_str().unwrap().to_owned())
        .collect()
}

const NOTHING: [&str; 0] = [];

pub(crate) fn messages_are_found_in_all_chats_of_their_reader(app: &TestApp) {
    let [ada, ben, eve] = ["ada", "ben", "eve"].map(|handle| Person::new(app, handle));
    let (group, direct) = (ada.group(&[&ben]), ada.befriend(&ben));
    let said = ada.say(&group, "Frühstück um neun?");
    ben.say(&direct, "FRUHSTUCK!");
    eve.say(&eve.group(&[]), "frühstück allein");
    assert_eq!(
        found(&ben, "fruhst", ""),
        ["FRUHSTUCK!", "Frühstück um neun?"]
    );
    assert_eq!(found(&ben, "neun fruehstueck", ""), ["Frühstück um neun?"]);
    assert_eq!(found(&eve, "frühstück", ""), ["frühstück allein"]);
    let all = search(&ben, "neun", "").ok(200);
    let page = ben.get(&format!("/conversations/{group}/messages")).ok(200);
    assert_eq!(all["messages"], page["messages"]);
    let narrowed = |rest: &str| found(&ben, "fruhstuck", rest);
    assert_eq!(
        narrowed(&format!("&conversation_id={direct}")),
        ["FRUHSTUCK!"]
    );
    assert_eq!(
        narrowed(&format!("&sender_id={}", ada.id)),
        ["Frühstück um neun?"]
    );
    assert_eq!(narrowed(&format!("&sender_id={}", uuid())), NOTHING);
    assert_eq!(narrowed("&kind=link"), NOTHING);
    let at = said["created_at"].as_str().unwrap();
    assert_eq!(narrowed(&format!("&until={at}")), NOTHING);
    assert_eq!(narrowed(&format!("&from={at}")).len(), 2);
    for refused in [&eve, &Person::new(app, "cat")] {
        search(refused, "neun", &format!("&conversation_id={group}"))
            .check_problem(404, "not_found");
    }
}

pub(crate) fn files_are_found_by_their_names_and_captions(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let path = format!("/conversations/{chat}/messages");
    let file = sent(&ada, "Bericht_2026.txt", b"a file");
    ada.post(&path, &carrying(&file, "the numbers"))
        .check_status(201);
    ada.say(
        &chat,
        "numbers without a file, see https://example.org/2026",
    );
    for typed in ["bericht", "2026 txt", "numb beri"] {
        assert_eq!(found(&ben, typed, "&kind=file"), ["the numbers"], "{typed}");
    }
    assert_eq!(found(&ben, "numbers", "&kind=picture"), NOTHING);
    let in_words = ["numbers without a file, see https://example.org/2026"];
    for kind in ["text", "link"] {
        assert_eq!(found(&ben, "2026", &format!("&kind={kind}")), in_words);
    }
}

pub(crate) fn nobody_finds_what_they_do_not_read(app: &TestApp) {
    let [ada, ben, cat] = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let chat = ada.group(&[&ben]);
    let at = |message: &Value| format!("/conversations/{chat}/messages/{}", id(message));
    let said = ["tea one", "tea two", "tea three"].map(|text| ada.say(&chat, text));
    ada.add(&chat, &cat);
    assert_eq!(found(&cat, "tea", ""), NOTHING);
    ada.delete(&format!("{}?for=everyone", at(&said[2])))
        .check_status(204);
    ben.delete(&format!("{}?for=me", at(&said[1])))
        .check_status(204);
    assert_eq!(found(&ben, "tea", ""), ["tea one"]);
    assert_eq!(found(&ada, "tea", ""), ["tea two", "tea one"]);
    let edit = json!({ "text": "coffee one", "client_op_id": uuid() });
    ada.patch(&at(&said[0]), &edit).check_status(200);
    assert_eq!(found(&ben, "tea", ""), NOTHING);
    assert_eq!(found(&ben, "coffee", ""), ["coffee one"]);
    ben.post(
        &format!("/conversations/{chat}/clear"),
        &json!({ "up_to_seq": 3 }),
    )
    .check_status(204);
    assert_eq!(found(&ben, "coffee", ""), NOTHING);
    ada.say(&chat, "tea four");
    for person in [&ben, &cat] {
        assert_eq!(found(person, "tea", ""), ["tea four"]);
    }
    ada.remove(&chat, &ben).check_status(204);
    assert_eq!(found(&ben, "tea", ""), NOTHING);
    ada.add(&chat, &ben);
    assert_eq!(found(&ben, "tea", ""), NOTHING);

    let direct = ada.befriend(&ben);
    ada.say(&direct, "water");
    assert_eq!(found(&ben, "water", ""), ["water"]);
    // A direct chat that is left is hidden.
    ben.remove(&direct, &ben).check_status(204);
    assert_eq!(found(&ben, "water", ""), NOTHING);
    search(&ben, "water", &format!("&conversation_id={direct}")).check_problem(404, "not_found");
}

pub(crate) fn search_takes_words_and_nothing_else(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let chat = ada.group(&[]);
    ada.say(&chat, "it's a \"quote\" or not; DROP TABLE messages");
    for typed in [
        "",
        " ",
        "👍🎉",
        "!?",
        "*",
        "\"\"",
        "'); --",
        "a\0b",
        &"x".repeat(201),
    ] {
        search(&ada, typed, "").check_problem(422, "invalid_search");
    }
    ada.get("/messages/search")
        .check_problem(422, "invalid_search");
    for typed in [
        "\"quote\" OR not",
        "quote*",
        "not AND drop",
        "'); DROP TABLE messages; --",
        "quote NEAR",
        "NEAR(quote, 2)",
        "terms: quote",
        "quote & | ! <->",
        "\\",
        "%",
        &"ä".repeat(200),
    ] {
        let answer = search(&ada, typed, "");
        assert!([200, 422].contains(&answer.status), "{typed}");
    }
    assert_eq!(found(&ada, "quote not drop", "").len(), 1);
    let nine = "it s a quote or not drop table nothing";
    assert_eq!(found(&ada, nine, "").len(), 1, "eight words count");
    for query in [
        "limit=0",
        "limit=51",
        "limit=x",
        "kind=svg",
        "conversation_id=x",
        "sender_id=1",
        "from=yesterday",
        "until=2026-13-01",
    ] {
        search(&ada, "quote", &format!("&{query}")).check_problem(400, "bad_query");
    }
    for cursor in ["1", "AAAA", &chat] {
        search(&ada, "quote", &format!("&cursor={cursor}")).check_problem(400, "bad_cursor");
    }
}

pub(crate) fn pages_of_what_is_found_go_on_where_they_ended(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let said: Vec<String> = (0..7).map(|n| format!("東京 {n}")).collect();
    for text in &said {
        let path = format!("/conversations/{chat}/messages");
        ada.post(&path, &message(text)).check_status(201);
    }
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = search(&ben, "東京", &format!("&limit=3{cursor}")).ok(200);
        read.extend(texts(&page));
        ada.say(&chat, "東京 later");
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    read.reverse();
    assert_eq!(read, said);
}
