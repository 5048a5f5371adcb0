//! One message after it was posted: answered, edited, deleted.

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    person::{Person, id, kinds, message, uuid},
};

/// A word that is nowhere else.
const SECRET: &str = "zwiebelfisch";

fn path(chat: &str, message: &Value) -> String {
    format!("/conversations/{chat}/messages/{}", id(message))
}

fn edit(person: &Person<'_>, chat: &str, message: &Value, text: &str) -> Answer {
    let body = json!({ "text": text, "client_op_id": uuid() });
    person.patch(&path(chat, message), &body)
}

fn delete(person: &Person<'_>, chat: &str, message: &Value, audience: &str) -> Answer {
    person.delete(&format!("{}?for={audience}", path(chat, message)))
}

/// A message that answers another one.
fn answer_to(other: &Value, text: &str) -> Value {
    let mut body = message(text);
    body["reply_to"] = other["id"].clone();
    body
}

pub(crate) fn reply_names_a_message_that_its_writer_may_read(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let cat = Person::new(app, "cat");
    let (chat, other) = (ada.group(&[&ben]), ada.group(&[&ben]));
    let at = |chat: &str| format!("/conversations/{chat}/messages");
    let asked = ada.say(&chat, "when?");
    let answered = ben.post(&at(&chat), &answer_to(&asked, "at nine")).ok(201);
    assert_eq!(answered["reply_to"], asked["id"]);
    assert_eq!(asked["reply_to"], Value::Null);
    let logged = &ada.changes(&chat, "after_offset=2")["changes"][0]["event"];
    assert_eq!(logged["message"], answered);
    // The answer names the other message and has nothing of it.
    assert!(!logged.to_string().contains("when?"));

    let elsewhere = ben.post(&at(&other), &answer_to(&asked, "no"));
    elsewhere.check_problem(422, "no_reply_to");
    let nothing = json!({ "id": uuid() });
    let nothing = ben.post(&at(&chat), &answer_to(&nothing, "no"));
    nothing.check_problem(422, "no_reply_to");
    let stranger = cat.post(&at(&chat), &answer_to(&asked, "no"));
    stranger.check_problem(404, "not_found");
    // Who came later cannot name what was before.
    ada.add(&chat, &cat);
    let late = cat.post(&at(&chat), &answer_to(&asked, "what?"));
    late.check_problem(422, "no_reply_to");
    assert_eq!(ben.seqs(&chat, ""), (vec![1, 2], false));
}

pub(crate) fn forwarded_message_says_what_its_sender_can_read(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let cat = Person::new(app, "cat");
    let (chat, other) = (ada.befriend(&ben), ben.group(&[&cat]));
    let at = |chat: &str| format!("/conversations/{chat}/messages");
    let forward = |of: &Value| json!({ "client_msg_id": uuid(), "forward_of": of["id"] });
    let said = ada.say(&chat, "the news");
    let body = forward(&said);
    let copy = ben.post(&at(&other), &body).ok(201);
    assert_eq!(
        (&copy["text"], &copy["forwarded"], &copy["sender_id"]),
        (&json!("the news"), &json!(1), &json!(ben.id))
    );
    let again = cat.post(&at(&other), &forward(&copy)).ok(201);
    assert_eq!(again["forwarded"], 2);
    let page = cat.get(&at(&other)).ok(200);
    assert_eq!(page["messages"], json!([copy, again]));

    cat.post(&at(&other), &forward(&said))
        .check_problem(422, "no_forward_of");
    // Nor does somebody outside learn that there is one.
    cat.post(&at(&chat), &forward(&said))
        .check_problem(404, "not_found");
    let mut with_text = forward(&copy);
    with_text["text"] = json!("look");
    ben.post(&at(&other), &with_text)
        .check_problem(422, "forward_with_text");
    let nothing = json!({ "client_msg_id": uuid() });
    ben.post(&at(&other), &nothing)
        .check_problem(422, "text_empty");
    let delete = format!("{}?for=everyone", path(&chat, &said));
    ada.delete(&delete).check_status(204);
    ben.post(&at(&other), &forward(&said))
        .check_problem(422, "no_forward_of");
    let repeated = ben.post(&at(&other), &body);
    assert!(repeated.is_replay());
    assert_eq!(repeated.ok(200), copy);
}

pub(crate) fn unread_messages_that_name_their_reader_are_counted_and_found(app: &TestApp) {
    let [ada, ben, cat] = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let group = ada.group(&[&ben, &cat]);
    let naming = |people: &[&Person<'_>]| {
        let mut body = message("all of you");
        body["mentions"] = people.iter().map(|person| json!(person.id)).collect();
        let said = ada.post(&format!("/conversations/{group}/messages"), &body);
        said.ok(201)
    };
    let count = |person: &Person<'_>| {
        let seen = person.conversation(&group);
        let listed = person.get("/conversations").ok(200);
        assert_eq!(
            listed["conversations"][0]["unread_mentions"],
            seen["unread_mentions"]
        );
        seen["unread_mentions"].as_i64().unwrap()
    };
    let found = |person: &Person<'_>| {
        let mentions = person.get(&format!("/conversations/{group}/mentions"));
        mentions.ok(200)["mentions"].clone()
    };
    let first = naming(&[&ben, &cat]);
    ada.say(&group, "nobody");
    let second = naming(&[&ben]);
    let place = |said: &Value| json!({ "message_id": said["id"], "seq": said["seq"] });
    assert_eq!([&ada, &ben, &cat].map(count), [0, 2, 1]);
    assert_eq!(found(&ben), json!([place(&first), place(&second)]));
    assert_eq!(found(&ada), json!([]), "one's own is nothing to be told of");

    // What is said instead names whom it names; what is deleted names nobody.
    let body = json!({ "text": "you", "mentions": [cat.id], "client_op_id": uuid() });
    ada.patch(&path(&group, &second), &body).check_status(200);
    assert_eq!([&ben, &cat].map(count), [1, 2]);
    delete(&cat, &group, &second, "me").check_status(204);
    assert_eq!((count(&cat), found(&cat)), (1, json!([place(&first)])));
    delete(&ada, &group, &first, "everyone").check_status(204);
    assert_eq!([&ben, &cat].map(count), [0, 0]);

    naming(&[&ben]);
    assert_eq!(count(&ben), 1);
    ben.read(&group, 4);
    assert_eq!((count(&ben), found(&ben)), (0, json!([])));
    naming(&[&ben]);
    ben.post(
        &format!("/conversations/{group}/clear"),
        &json!({ "up_to_seq": 5 }),
    )
    .check_status(204);
    assert_eq!((count(&ben), found(&ben)), (0, json!([])));
}

pub(crate) fn mentions_are_members(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let cat = Person::new(app, "cat");
    let chat = ada.group(&[&ben]);
    let path = format!("/conversations/{chat}/messages");
    let mut body = message("@ben @cat hi");
    body["mentions"] = json!([ben.id, cat.id, ben.id]);
    let said = ada.post(&path, &body).ok(201);
    assert_eq!(said["mentions"], json!([ben.id]));
    body = message("everybody");
    body["mentions"] = (0..51).map(|_| json!(uuid())).collect();
    ada.post(&path, &body)
        .check_problem(422, "too_many_mentions");
    let edit = json!({
        "text": "@ada hi", "mentions": [ada.id, cat.id], "client_op_id": uuid(),
    });
    let edited = ada.patch(&self::path(&chat, &said), &edit).ok(200);
    assert_eq!(edited["mentions"], json!([ada.id]));
}

pub(crate) fn writer_learns_who_has_read_a_message(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    let said = ada.say(&chat, "hi");
    let info = format!("{}/info", path(&chat, &said));
    let members = || ada.get(&info).ok(200)["members"].clone();
    // Whoever has not accepted is not told of.
    ben.read(&chat, 1);
    assert_eq!(members(), json!([]));
    ben.accept(&chat).check_status(200);
    let told = members();
    let expected = json!([{
        "user": told[0]["user"], "delivered": true, "read": true,
        "delivered_at": told[0]["delivered_at"], "read_at": told[0]["read_at"],
    }]);
    assert_eq!(told, expected);
    assert_eq!(told[0]["user"]["id"], json!(ben.id));
    assert!(told[0]["read_at"].as_str() >= said["created_at"].as_str());
    let unread = ada.say(&chat, "there?");
    let unread = ada.get(&format!("{}/info", path(&chat, &unread))).ok(200);
    let of_ben = &unread["members"][0];
    assert_eq!(
        (&of_ben["read"], &of_ben["read_at"]),
        (&json!(false), &Value::Null)
    );
    ben.get(&info).check_problem(403, "not_author");
    ada.set_block(&ben, true);
    assert_eq!(members(), json!([]));

    let cat = Person::new(app, "cat");
    cat.get(&info).check_problem(404, "not_found");
    let nothing = path(&chat, &json!({ "id": uuid() }));
    ada.get(&format!("{nothing}/info"))
        .check_problem(404, "not_found");
    for query in ["limit=0", "limit=201", "limit=x"] {
        ada.get(&format!("{info}?{query}"))
            .check_problem(400, "bad_query");
    }
    ada.get(&format!("{info}?cursor=x"))
        .check_problem(400, "bad_cursor");
}

pub(crate) fn message_is_edited_and_its_versions_kept(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let before = ada.conversation(&chat)["topic"]["offset"].as_i64().unwrap();
    let said = ada.say(&chat, "helo");
    assert_eq!(
        (&said["edited_at"], &said["deleted"], &said["forwarded"]),
        (&Value::Null, &json!(false), &json!(0))
    );
    let body = json!({ "text": "hello ", "client_op_id": uuid() });
    let edited = ada.patch(&path(&chat, &said), &body);
    let now = edited.ok(200);
    assert!(!edited.is_replay());
    assert_eq!(now["text"], "hello");
    assert!(now["edited_at"].is_string());
    for _ in 0..2 {
        let again = ada.patch(&path(&chat, &said), &body);
        assert_eq!(again.ok(200), now);
        assert!(again.is_replay());
    }
    let changes = ben.changes(&chat, &format!("after_offset={before}"));
    let kinds_now: Vec<&str> = kinds(&changes).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds_now, ["message.posted", "message.edited"]);
    let event = json!({
        "type": "message.edited", "message_id": said["id"], "text": "hello", "mentions": [],
        "edited_at": now["edited_at"],
    });
    assert_eq!(changes["changes"][1]["event"], event);
    let versions = ben.get(&format!("{}/versions", path(&chat, &said))).ok(200);
    let texts: Vec<&Value> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["text"])
        .collect();
    assert_eq!(texts, ["helo", "hello"]);
    assert_eq!(versions["versions"][0]["written_at"], said["created_at"]);
    assert_eq!(ben.conversation(&chat)["last_message"], now);

    edit(&ben, &chat, &said, "mine").check_problem(403, "not_author");
    edit(&ada, &chat, &said, " ").check_problem(422, "text_empty");
    edit(&ada, &chat, &json!({ "id": uuid() }), "x").check_problem(404, "not_found");
    edit(&ada, &chat, &json!({ "id": "x" }), "x").check_problem(404, "not_found");
    let other = ada.group(&[]);
    edit(&ada, &other, &said, "x").check_problem(404, "not_found");
    delete(&ada, &chat, &said, "nobody").check_problem(400, "bad_query");
    assert_eq!(ben.conversation(&chat)["last_message"], now);
}

/// Everything that a person can read of a chat.
fn all(person: &Person<'_>, chat: &str, message: &Value) -> String {
    let paths = [
        String::new(),
        "/messages".to_owned(),
        "/changes?limit=500".to_owned(),
        format!("/messages/{}/versions", id(message)),
    ];
    let mut read = person.get("/conversations").ok(200).to_string();
    let search = format!("/messages/search?q={SECRET}");
    read.push_str(&person.get(&search).ok(200).to_string());
    for rest in paths {
        let answer = person.get(&format!("/conversations/{chat}{rest}"));
        read.push_str(&answer.ok(200).to_string());
    }
    read
}

pub(crate) fn deleted_text_is_in_no_answer(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let body = message(SECRET);
    let messages = format!("/conversations/{chat}/messages");
    let said = ben.post(&messages, &body).ok(201);
    edit(&ben, &chat, &said, &format!("{SECRET}!")).check_status(200);
    let quote = ada.post(&messages, &answer_to(&said, "what?")).ok(201);
    assert!(all(&ada, &chat, &said).contains(SECRET));

    delete(&ben, &chat, &quote, "everyone").check_problem(403, "role_too_low");
    delete(&ben, &chat, &said, "everyone").check_status(204);
    // Again, and by somebody else who may.
    delete(&ben, &chat, &said, "everyone").check_status(204);
    delete(&ada, &chat, &said, "everyone").check_status(204);
    for person in [&ada, &ben] {
        assert!(!all(person, &chat, &said).contains(SECRET));
    }
    // Nor is it in the answer to the request that brought it.
    let repeated = ben.post(&messages, &body);
    let tombstone = repeated.ok(200);
    assert!(repeated.is_replay());
    assert_eq!(
        (&tombstone["text"], &tombstone["deleted"]),
        (&json!(""), &json!(true))
    );
    let page = ada.get(&messages).ok(200);
    assert_eq!(page["messages"][0], tombstone);
    assert_eq!(page["messages"][1]["reply_to"], said["id"]);
    let changes = ada.changes(&chat, "limit=500");
    let last = changes["changes"].as_array().unwrap().last().unwrap();
    let event = json!({ "type": "message.deleted", "message_id": said["id"], "by": ben.id });
    assert_eq!(last["event"], event);
    edit(&ben, &chat, &said, "undo").check_problem(409, "message_deleted");
    let versions = ada.get(&format!("{}/versions", path(&chat, &said))).ok(200);
    assert_eq!(versions["versions"], json!([]));
}

pub(crate) fn message_is_deleted_for_one_person(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    ada.say(&chat, "one");
    let said = ada.say(&chat, "two");
    // Also what somebody wrote who has not been accepted.
    for _ in 0..2 {
        delete(&ben, &chat, &said, "me").check_status(204);
    }
    assert_eq!(ben.seqs(&chat, ""), (vec![1], false));
    assert_eq!(ben.seqs(&chat, "after_seq=0"), (vec![1], false));
    assert_eq!(ben.conversation(&chat)["last_message"]["text"], "one");
    let listed = ben.get("/conversations").ok(200);
    assert_eq!(listed["conversations"][0]["last_message"]["text"], "one");
    assert_eq!(ada.seqs(&chat, ""), (vec![1, 2], false));
    edit(&ben, &chat, &said, "x").check_problem(409, "not_accepted");
    // A request carries messages, and nothing is done to them.
    edit(&ada, &chat, &said, "x").check_problem(409, "not_accepted");
}

pub(crate) fn nobody_changes_what_was_before_them(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[]);
    let said = ada.say(&chat, "before");
    ada.add(&chat, &ben);
    ada.set_role(&chat, &ben, "admin").check_status(200);
    for audience in ["everyone", "me"] {
        delete(&ben, &chat, &said, audience).check_problem(404, "not_found");
    }
    let versions = format!("{}/versions", path(&chat, &said));
    ben.get(&versions).check_problem(404, "not_found");
    assert_eq!(ada.conversation(&chat)["last_message"], said);
}
