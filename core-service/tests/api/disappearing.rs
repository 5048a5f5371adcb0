//! Messages that disappear by themselves. What becomes of them is tested where time can be chosen
//! (`db/message_changes/tests/disappearing.rs`): the shortest time is a day.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, id, kinds},
};

pub(crate) fn chat_lets_messages_disappear(app: &TestApp) {
    let [ada, ben, eve] = ["ada", "ben", "eve"].map(|handle| Person::new(app, handle));
    let chat = ada.befriend(&ben);
    let path = format!("/conversations/{chat}/disappearing");
    let set = |person: &Person<'_>, seconds: i64| person.put(&path, &json!({ "seconds": seconds }));
    let lifetime = |seen: &Value| seen["disappear_s"].clone();
    assert_eq!(lifetime(&ada.conversation(&chat)), Value::Null);
    let before = ada.say(&chat, "before");
    assert_eq!(before["expires_at"], Value::Null);

    // Either person chooses; both see it, and the log says who did.
    assert_eq!(lifetime(&set(&ben, 604_800).ok(200)), 604_800);
    assert_eq!(lifetime(&ada.conversation(&chat)), 604_800);
    set(&ada, 604_800).check_status(200);
    let changes = ada.changes(&chat, "");
    let changed: Vec<&Value> = changes["changes"].as_array().unwrap().iter().collect();
    let last = &changed.last().unwrap()["event"];
    let expected = json!({ "type": "conversation.changed", "by": ben.id, "disappear_s": 604_800 });
    assert_eq!(*last, expected, "{:?}", kinds(&changes));

    let said = ada.say(&chat, "goes");
    assert!(said["expires_at"].is_string());
    let read = ben
        .get(&format!(
            "/conversations/{chat}/messages?around={}",
            id(&said)
        ))
        .ok(200);
    let read = read["messages"].as_array().unwrap();
    assert_eq!(read.last().unwrap()["expires_at"], said["expires_at"]);
    assert_eq!(lifetime(&set(&ada, 0).ok(200)), Value::Null);
    assert_eq!(ben.say(&chat, "stays")["expires_at"], Value::Null);

    for seconds in [-1, 1, 86_401] {
        set(&ada, seconds).check_problem(422, "bad_lifetime");
    }
    for body in [
        json!({}),
        json!({ "seconds": "1" }),
        json!({ "seconds": null }),
    ] {
        ada.put(&path, &body).check_problem(400, "bad_json");
    }
    set(&eve, 0).check_problem(404, "not_found");
    assert_eq!(lifetime(&ada.conversation(&chat)), Value::Null);
}
