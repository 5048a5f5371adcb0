//! Messages, changes and receipts.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    person::{Person, id, kinds, message},
};

pub(crate) fn repeated_message_answers_the_first_one(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (chat, group) = (ada.direct(&ben), ada.group(&[&ben]));
    let path = format!("/conversations/{chat}/messages");
    let body = message(" hi \u{1F426} ");
    let first = ada.post(&path, &body);
    assert_eq!(first.ok(201)["text"], " hi \u{1F426}");
    assert!(!first.is_replay());
    for _ in 0..2 {
        let again = ada.post(&path, &body);
        assert_eq!(again.ok(200), first.json());
        assert!(again.is_replay());
    }
    let elsewhere = ada.post(&format!("/conversations/{group}/messages"), &body);
    elsewhere.check_problem(409, "client_msg_id_reused");
    // Ids are each person's own.
    assert_eq!(ben.post(&path, &body).ok(201)["seq"], 2);
    assert_eq!(ada.seqs(&group, ""), (vec![], false));
}

pub(crate) fn pages_are_found_from_either_side(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    for n in 1..=7 {
        ada.say(&chat, &n.to_string());
    }
    #[track_caller]
    fn check(person: &Person<'_>, chat: &str, query: &str, seqs: &[i64], has_more: bool) {
        assert_eq!(
            person.seqs(chat, query),
            (seqs.to_vec(), has_more),
            "{query}"
        );
    }
    check(&ben, &chat, "limit=3", &[5, 6, 7], true);
    check(&ben, &chat, "before_seq=5&limit=3", &[2, 3, 4], true);
    check(&ben, &chat, "before_seq=4&limit=3", &[1, 2, 3], false);
    check(&ben, &chat, "before_seq=1", &[], false);
    check(&ben, &chat, "after_seq=0&limit=3", &[1, 2, 3], true);
    check(&ben, &chat, "after_seq=4&limit=3", &[5, 6, 7], false);
    check(&ben, &chat, "after_seq=7", &[], false);
    check(&ben, &chat, "after_seq=9223372036854775807", &[], false);
    check(&ben, &chat, "before_seq=-9223372036854775808", &[], false);
}

pub(crate) fn quoted_message_is_found_among_others(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let (chat, other) = (ada.group(&[&ben]), ada.group(&[]));
    let said: Vec<Value> = (1..=7).map(|n| ada.say(&chat, &n.to_string())).collect();
    let path = |query: &str| format!("/conversations/{chat}/messages?{query}");
    let fourth = id(&said[3]);
    for around in ["4", &fourth] {
        let page = ben.get(&path(&format!("around={around}&limit=3"))).ok(200);
        assert_eq!(page["messages"], json!(said[2..5]));
        let (older, newer) = (&page["has_more"], &page["has_newer"]);
        assert_eq!((older, newer), (&json!(true), &json!(true)));
    }
    let latest = ben.get(&path("limit=3")).ok(200);
    assert!(latest.get("has_newer").is_none());
    for query in [
        "around=".to_owned(),
        "around=x".to_owned(),
        "around=1.5".to_owned(),
        format!("around={fourth}x"),
        "around=4&before_seq=4".to_owned(),
        "around=4&after_seq=4".to_owned(),
        "around=4&limit=101".to_owned(),
    ] {
        ben.get(&path(&query)).check_problem(400, "bad_query");
    }
    let elsewhere = format!("/conversations/{other}/messages?around={fourth}");
    ada.get(&elsewhere).check_problem(404, "not_found");
    ben.get(&elsewhere).check_problem(404, "not_found");
    let hide = format!("/conversations/{chat}/messages/{fourth}?for=me");
    ben.delete(&hide).check_status(204);
    let hidden = ben.get(&path(&format!("around={fourth}")));
    hidden.check_problem(404, "not_found");
    assert_eq!(ben.seqs(&chat, "around=4&limit=4").0, [2, 3, 5, 6]);
}

pub(crate) fn changes_continue_after_an_offset(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    let posted = ada.say(&chat, "one");
    ada.say(&chat, "two");
    let all = ben.changes(&chat, "");
    let topic = &ben.conversation(&chat)["topic"];
    let kinds_of_all = [
        (1, "conversation.created"),
        (2, "message.posted"),
        (3, "message.posted"),
    ];
    assert_eq!(kinds(&all), kinds_of_all);
    assert_eq!((&all["topic"], &all["has_more"]), (topic, &json!(false)));
    assert_eq!(all["changes"][1]["event"]["message"], posted);

    let epoch = topic["epoch"].as_str().unwrap();
    let some = ben.changes(&chat, &format!("after_offset=1&limit=1&epoch={epoch}"));
    assert_eq!(kinds(&some), [(2, "message.posted")]);
    assert_eq!(
        (&some["has_more"], &some["reset"]),
        (&json!(true), &json!(false))
    );
    let none = ben.changes(&chat, &format!("after_offset=3&epoch={epoch}"));
    assert_eq!((kinds(&none), &none["has_more"]), (vec![], &json!(false)));

    let other = ben.changes(&chat, "after_offset=1&epoch=restored");
    assert_eq!((kinds(&other), &other["reset"]), (vec![], &json!(true)));
    assert_eq!(
        (&other["topic"], &other["has_more"]),
        (topic, &json!(false))
    );
}

pub(crate) fn changes_that_do_not_fit_are_announced(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let long = "\u{1F426}".repeat(4096);
    for _ in 0..70 {
        ada.say(&chat, &long);
    }
    let mut after = 0;
    let mut rounds = 0;
    loop {
        let changes = ben.changes(&chat, &format!("after_offset={after}&limit=500"));
        let offsets: Vec<i64> = kinds(&changes)
            .into_iter()
            .map(|(offset, _)| offset)
            .collect();
        let reached = after + i64::try_from(offsets.len()).unwrap();
        assert_eq!(offsets, (after + 1..=reached).collect::<Vec<_>>());
        (after, rounds) = (reached, rounds + 1);
        if changes["has_more"] == false {
            break;
        }
        assert!(!offsets.is_empty());
    }
    assert_eq!(after, 71);
    assert!(rounds > 1, "the test must exceed what fits in an answer");
}

pub(crate) fn receipts_only_move_up(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    for n in 1..=5 {
        ada.say(&chat, &n.to_string());
    }
    let report = |body: Value| {
        ben.post(&format!("/conversations/{chat}/receipts"), &body)
            .ok(200)
    };
    let marks = |delivered: i64, read: i64| json!({ "delivered_seq": delivered, "read_seq": read });
    assert_eq!(report(json!({ "delivered_seq": 4 })), marks(4, 0));
    assert_eq!(report(json!({ "read_seq": 3 })), marks(4, 3));
    assert_eq!(report(marks(1, 1)), marks(4, 3));
    assert_eq!(report(marks(-5, i64::MIN)), marks(4, 3));
    assert_eq!(report(json!({})), marks(4, 3));
    assert_eq!(report(json!({ "read_seq": i64::MAX })), marks(5, 5));
    let receipts = ada.conversation(&chat)["receipts"].clone();
    for person in [&ada, &ben] {
        let receipt = json!({ "user_id": person.id, "delivered_seq": 5, "read_seq": 5 });
        assert!(
            receipts.as_array().unwrap().contains(&receipt),
            "{receipts}"
        );
    }

    let group = ada.group(&[&ben]);
    ada.say(&group, "hi");
    let least = |delivered: i64, read: i64| json!([{ "user_id": null, "delivered_seq": delivered, "read_seq": read }]);
    assert_eq!(ada.conversation(&group)["receipts"], least(0, 0));
    ben.read(&group, 1);
    assert_eq!(ada.conversation(&group)["receipts"], least(1, 1));
}

pub(crate) fn unread_counts_what_others_wrote(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.direct(&ben);
    let unread = |person: &Person<'_>| person.conversation(&chat)["unread_count"].as_i64().unwrap();
    for n in 1..=3 {
        ada.say(&chat, &n.to_string());
    }
    assert_eq!((unread(&ada), unread(&ben)), (0, 3));
    ben.read(&chat, 1);
    assert_eq!(unread(&ben), 2);
    // Answering does not read what was not seen.
    ben.say(&chat, "an answer");
    assert_eq!((unread(&ada), unread(&ben)), (1, 2));
    ben.read(&chat, 4);
    assert_eq!(unread(&ben), 0);
    let list = ada.get("/conversations").ok(200);
    assert_eq!(list["conversations"][0]["unread_count"], 1);
    assert_eq!(
        list["conversations"][0]["last_message"]["text"],
        "an answer"
    );
}
