//! Links by which people come into groups.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, handles, id, kinds, uuid},
};

pub(crate) fn invite(person: &Person<'_>, chat: &str, terms: &Value) -> Value {
    let path = format!("/conversations/{chat}/invites");
    person.post(&path, terms).ok(201)
}

fn token(invite: &Value) -> &str {
    invite["token"].as_str().unwrap()
}

pub(crate) fn link(invite: &Value) -> String {
    format!("/invites/{}/accept", token(invite))
}

pub(crate) fn link_brings_people_into_a_group(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[]);
    ada.say(&chat, "before");
    let made = invite(ada, &chat, &json!({ "expires_in_s": 3600, "max_uses": 2 }));
    assert_eq!((&made["max_uses"], &made["uses"]), (&json!(2), &json!(0)));
    assert!(made["expires_at"].is_string() && token(&made).len() >= 32);
    let path = format!("/invites/{}", token(&made));
    let shown = ben.get(&path).ok(200);
    let expected = json!({
        "title": "Rooks", "member_count": 1, "is_member": false,
        "expires_at": made["expires_at"],
    });
    assert_eq!(shown, expected);

    for _ in 0..2 {
        let entered = ben.post(&link(&made), &json!({})).ok(200);
        assert_eq!(
            (id(&entered), handles(&entered)),
            (chat.clone(), vec!["ada", "ben"])
        );
    }
    assert_eq!(ben.get(&path).ok(200)["is_member"], true);
    // They see nothing of before, and everybody hears of them once.
    assert_eq!(ben.seqs(&chat, ""), (Vec::new(), false));
    let changes = ada.changes(&chat, "");
    assert_eq!(kinds(&changes).last(), Some(&(3, "member.added")));
    let told = &changes["changes"][2]["event"];
    assert_eq!(
        (&told["user"]["id"], &told["by"]),
        (&json!(ben.id), &json!(ben.id))
    );

    let list = |person: &Person<'_>| person.get(&format!("/conversations/{chat}/invites"));
    assert_eq!(list(ada).ok(200)["invites"][0]["uses"], 1);
    list(ben).check_problem(403, "role_too_low");
    ada.set_role(&chat, ben, "admin").check_status(200);
    assert_eq!(token(&list(ben).ok(200)["invites"][0]), token(&made));
    // Left by oneself and come back; then the link has brought two.
    ben.remove(&chat, ben).check_status(204);
    ben.post(&link(&made), &json!({})).check_status(200);
    cat.post(&link(&made), &json!({}))
        .check_problem(404, "not_found");
    cat.get(&path).check_problem(404, "not_found");
    assert_eq!(list(ada).ok(200)["invites"], json!([]));
}

pub(crate) fn link_is_revoked_or_refused_for_a_reason(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (chat, other) = (ada.group(&[]), ada.group(&[]));
    let made = invite(&ada, &chat, &json!({}));
    assert_eq!(
        (&made["expires_at"], &made["max_uses"]),
        (&Value::Null, &Value::Null)
    );
    let of = |chat: &str, invite: &str| format!("/conversations/{chat}/invites/{invite}");
    for nothing in [
        &of(&other, &id(&made)),
        &of(&chat, &uuid()),
        &of(&chat, "x"),
    ] {
        ada.delete(nothing).check_problem(404, "not_found");
    }
    ben.delete(&of(&chat, &id(&made)))
        .check_problem(404, "not_found");
    ben.post(&link(&made), &json!({})).check_status(200);
    // Who was removed does not undo it by a link.
    ada.remove(&chat, &ben).check_status(204);
    ben.post(&link(&made), &json!({}))
        .check_problem(403, "removed");
    ada.delete(&of(&chat, &id(&made))).check_status(204);
    ben.post(&link(&made), &json!({}))
        .check_problem(404, "not_found");

    let path = format!("/conversations/{chat}/invites");
    for (terms, code) in [
        (json!({ "expires_in_s": 59 }), "bad_invite_life"),
        (json!({ "expires_in_s": 31_622_401 }), "bad_invite_life"),
        (json!({ "max_uses": 0 }), "bad_invite_uses"),
        (json!({ "max_uses": 1001 }), "bad_invite_uses"),
    ] {
        ada.post(&path, &terms).check_problem(422, code);
    }
    ada.post(&path, &json!({ "max_uses": "2" }))
        .check_problem(400, "bad_json");
    for _ in 0..20 {
        ada.post(&path, &json!({})).check_status(201);
    }
    ada.post(&path, &json!({}))
        .check_problem(422, "too_many_invites");
    let direct = ada.befriend(&ben);
    ada.post(&format!("/conversations/{direct}/invites"), &json!({}))
        .check_problem(409, "not_a_group");
    for nothing in ["x", &"x".repeat(5_000), "%00", "%2e%2e"] {
        ben.get(&format!("/invites/{nothing}"))
            .check_problem(404, "not_found");
    }
}
