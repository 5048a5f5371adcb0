//! How people arrange chats for themselves.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, id, uuid},
};

fn settings(seen: &Value) -> Value {
    json!({
        "muted_until": seen["muted_until"], "archived": seen["archived"],
        "pinned_at": seen["pinned_at"], "marked_unread": seen["marked_unread"],
    })
}

fn untouched() -> Value {
    json!({ "muted_until": null, "archived": false, "pinned_at": null, "marked_unread": false })
}

pub(crate) fn chat_is_arranged_for_one_person(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (first, second) = (ada.group(&[&ben]), ada.group(&[&ben]));
    let path = format!("/conversations/{first}/settings");
    let change = |body: Value| ben.patch(&path, &body).ok(200);
    assert_eq!(change(json!({})), untouched());

    let pinned = change(json!({ "pinned": true, "marked_unread": true }));
    assert!(pinned["pinned_at"].is_string() && pinned["marked_unread"] == true);
    assert_eq!(settings(&ben.conversation(&first)), pinned);
    assert_eq!(settings(&ada.conversation(&first)), untouched());
    // What was pinned is on the first page, however far down it is, and on no other.
    ada.say(&second, "hi");
    let page = ben.get("/conversations?limit=1").ok(200);
    assert_eq!(id(&page["conversations"][0]), second);
    assert_eq!(id(&page["pinned"][0]), first);
    let next = page["next"].as_str().unwrap();
    let rest = ben
        .get(&format!("/conversations?limit=1&cursor={next}"))
        .ok(200);
    assert_eq!(settings(&rest["conversations"][0]), pinned);
    assert_eq!(rest["pinned"], json!([]));

    // New messages leave an archived chat where it is.
    let archived = change(json!({ "archived": true }));
    assert_eq!(archived["pinned_at"], Value::Null);
    let said = ada.say(&first, "hi");
    assert_eq!(settings(&ben.conversation(&first)), archived);
    ben.read(&first, said["seq"].as_i64().unwrap());
    let read = settings(&ben.conversation(&first));
    assert_eq!(
        (&read["archived"], &read["marked_unread"]),
        (&json!(true), &json!(false))
    );

    // Whoever leaves and comes back finds it as it is for all.
    ada.remove(&first, &ben).check_status(204);
    ada.add(&first, &ben);
    assert_eq!(settings(&ben.conversation(&first)), untouched());

    ben.patch(&path, &json!({ "archived": true, "pinned": true }))
        .check_problem(422, "archived_and_pinned");
    for field in ["archived", "pinned", "marked_unread"] {
        ben.patch(&path, &json!({ field: null }))
            .check_problem(400, "bad_json");
    }
    for chat in [&uuid(), "x"] {
        ben.patch(&format!("/conversations/{chat}/settings"), &json!({}))
            .check_problem(404, "not_found");
    }
    assert_eq!(settings(&ben.conversation(&first)), untouched());
}

pub(crate) fn chat_is_muted_for_a_while_or_for_ever(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let path = format!("/conversations/{chat}/settings");
    let mute = |until: Value| {
        let changed = ada.patch(&path, &json!({ "muted_until": until })).ok(200);
        let seen = ada.conversation(&chat)["muted_until"].clone();
        assert_eq!(changed["muted_until"], seen);
        seen
    };
    assert_eq!(mute(json!("always")), json!("always"));
    // Every test ends before this century does; a year is checked where the clock is a fake.
    let now = ada.conversation(&chat)["created_at"].clone();
    assert_eq!(mute(now), Value::Null);
    assert_eq!(mute(json!("always")), json!("always"));
    assert_eq!(mute(Value::Null), Value::Null);
    for until in ["2999-01-01T00:00:00Z", "tomorrow", ""] {
        ada.patch(&path, &json!({ "muted_until": until }))
            .check_problem(422, "bad_mute_time");
    }
    // A chat that was left comes back as all are.
    mute(json!("always"));
    ada.remove(&chat, &ada).check_status(204);
    ben.say(&chat, "hi");
    assert_eq!(settings(&ada.conversation(&chat)), untouched());
}

pub(crate) fn cleared_chat_is_empty_for_one_person(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let said = ada.say(&chat, "one");
    ada.say(&chat, "two");
    ben.put(
        &format!("/conversations/{chat}/draft"),
        &json!({ "text": "so far" }),
    )
    .check_status(204);
    let path = format!("/conversations/{chat}/clear");
    let log = ada.changes(&chat, "");
    for _ in 0..2 {
        ben.post(&path, &json!({ "up_to_seq": 2 }))
            .check_status(204);
        let seen = ben.conversation(&chat);
        assert_eq!(seen["last_message"], Value::Null);
        assert_eq!(seen["draft"], Value::Null);
        assert_eq!(
            (&seen["first_seq"], &seen["unread_count"]),
            (&json!(3), &json!(0))
        );
        assert_eq!(ben.seqs(&chat, ""), (Vec::new(), false));
    }
    ben.get(&format!(
        "/conversations/{chat}/messages?around={}",
        id(&said)
    ))
    .check_problem(404, "not_found");
    // Nobody else notices.
    assert_eq!(ada.changes(&chat, ""), log);
    assert_eq!(ada.seqs(&chat, ""), (vec![1, 2], false));
    assert_eq!(ada.conversation(&chat)["first_seq"], 1);
    ada.say(&chat, "three");
    assert_eq!(ben.seqs(&chat, ""), (vec![3], false));
    assert_eq!(ben.conversation(&chat)["unread_count"], 1);
    for chat in [&uuid(), "x"] {
        let path = format!("/conversations/{chat}/clear");
        ben.post(&path, &json!({ "up_to_seq": 1 }))
            .check_problem(404, "not_found");
    }
}
