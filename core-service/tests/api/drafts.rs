//! What somebody has begun to write.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, id, uuid},
};

pub(crate) fn draft_is_on_all_devices_of_its_writer(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (chat, other) = (ada.befriend(&ben), ada.group(&[]));
    let said = ada.say(&chat, "when?");
    let path = format!("/conversations/{chat}/draft");
    let of = |person: &Person<'_>| person.conversation(&chat)["draft"].clone();
    assert_eq!(of(&ben), Value::Null);
    let draft = json!({ "text": " at eight? ", "reply_to": said["id"] });
    for _ in 0..2 {
        ben.put(&path, &draft).check_status(204);
        let kept = of(&ben);
        assert_eq!(
            (&kept["text"], &kept["reply_to"]),
            (&draft["text"], &draft["reply_to"])
        );
        assert!(kept["updated_at"].is_string());
    }
    let listed = ben.get("/conversations").ok(200);
    assert_eq!(listed["conversations"][0]["draft"], of(&ben));
    assert_eq!(of(&ada), Value::Null);
    // Behind a block it is kept, too: nobody but its writer hears of it.
    ada.set_block(&ben, true);
    ben.put(&path, &json!({ "text": "at nine" }))
        .check_status(204);
    assert_eq!(of(&ben)["reply_to"], Value::Null);
    ben.put(&path, &json!({ "text": "" })).check_status(204);
    assert_eq!(of(&ben), Value::Null);

    let refuse = |text: &str, reply_to: Value, code: &str| {
        let body = json!({ "text": text, "reply_to": reply_to });
        ben.put(&path, &body).check_problem(422, code);
    };
    refuse(&"x".repeat(4097), Value::Null, "text_too_long");
    refuse("a\0", Value::Null, "text_invalid");
    refuse("a", json!(uuid()), "no_reply_to");
    let elsewhere = ada.say(&other, "hi");
    refuse("a", json!(id(&elsewhere)), "no_reply_to");
    for chat in [&other, &uuid(), "x"] {
        ben.put(&format!("/conversations/{chat}/draft"), &draft)
            .check_problem(404, "not_found");
    }
    assert_eq!(of(&ben), Value::Null);
}

pub(crate) fn draft_goes_with_its_writer(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (direct, group) = (ada.befriend(&ben), ada.group(&[&ben]));
    let keep = |chat: &str| {
        let path = format!("/conversations/{chat}/draft");
        ben.put(&path, &json!({ "text": "zwiebelfisch" }))
            .check_status(204);
        assert_eq!(ben.conversation(chat)["draft"]["text"], "zwiebelfisch");
    };
    keep(&group);
    ada.remove(&group, &ben).check_status(204);
    ada.add(&group, &ben);
    assert_eq!(ben.conversation(&group)["draft"], Value::Null);
    keep(&direct);
    ben.remove(&direct, &ben).check_status(204);
    ada.say(&direct, "are you there?");
    assert_eq!(ben.conversation(&direct)["draft"], Value::Null);
}
