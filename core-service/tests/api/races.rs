//! The same thing at the same time on both replicas.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    invites::{invite, link},
    person::{Person, handles, id, kinds, message, registration},
};

/// Runs `act` on as many threads at once, which take turns in the replica they are for.
pub(crate) fn at_once<T: Send>(threads: usize, act: impl Fn(usize, usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let (act, barrier) = (&act, &barrier);
        let run = |thread| {
            scope.spawn(move || {
                barrier.wait();
                act(thread, thread % 2)
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

pub(crate) fn one_of_many_gets_a_handle(app: &TestApp) {
    let body = registration("ada").to_string();
    let answers = at_once(16, |_, replica| {
        let headers = [("content-type", "application/json")];
        let path = "/api/v1/auth/register";
        loop {
            let answer = app.send_to(replica, "POST", path, &headers, body.as_bytes());
            // Passwords are hashed in turn: on a busy machine, somebody has to come again.
            if answer.status != 503 {
                return answer;
            }
        }
    });
    assert_eq!(with_status(&answers, 201), 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.check_problem(409, "handle_taken");
    }
}

pub(crate) fn both_sides_create_one_direct_chat(app: &TestApp) {
    let people = [Person::new(app, "ada"), Person::new(app, "ben")];
    let answers = at_once(8, |thread, replica| {
        let (one, other) = (&people[thread / 2 % 2], &people[1 - thread / 2 % 2]);
        let client_id = crate::person::uuid();
        let body = json!({ "kind": "direct", "member_ids": [other.id], "client_id": client_id });
        one.post_to(replica, "/conversations", &body)
    });
    assert_eq!(with_status(&answers, 201), 1);
    assert_eq!(with_status(&answers, 200), 7);
    let mut ids: Vec<String> = answers.iter().map(|answer| id(&answer.json())).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        kinds(&people[0].changes(&ids[0], "")),
        [(1, "conversation.created")]
    );
}

pub(crate) fn chat_with_oneself_is_made_once(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let answers = at_once(8, |_, replica| {
        ada.put_to(replica, "/users/me/chat", &json!({}))
    });
    assert_eq!(with_status(&answers, 201), 1);
    assert_eq!(with_status(&answers, 200), 7);
    let mut ids: Vec<String> = answers.iter().map(|answer| id(&answer.json())).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        kinds(&ada.changes(&ids[0], "")),
        [(1, "conversation.created")]
    );
}

pub(crate) fn message_sent_to_both_replicas_is_posted_once(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let path = format!("/conversations/{chat}/messages");
    for round in 1..=5 {
        let body = message("hi");
        let answers = at_once(4, |_, replica| ada.post_to(replica, &path, &body));
        assert_eq!(with_status(&answers, 201), 1);
        assert_eq!(
            answers.iter().filter(|answer| answer.is_replay()).count(),
            3
        );
        for answer in &answers {
            assert_eq!(answer.json(), answers[0].json());
            assert_eq!(answer.json()["seq"], round);
        }
    }
    assert_eq!(ben.seqs(&chat, "after_seq=0"), ((1..=5).collect(), false));
}

pub(crate) fn many_senders_leave_no_gap(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let path = format!("/conversations/{chat}/messages");
    let sent = at_once(8, |thread, replica| {
        let sender = if thread < 4 { &ada } else { &ben };
        let post = |n: i32| {
            sender
                .post_to(replica, &path, &message(&n.to_string()))
                .ok(201)
        };
        let seqs: Vec<i64> = (0..25).map(|n| post(n)["seq"].as_i64().unwrap()).collect();
        assert!(
            seqs.is_sorted(),
            "a sender's messages are in the order of sending"
        );
        seqs
    });
    let mut seqs: Vec<i64> = sent.into_iter().flatten().collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>());

    let changes = ada.changes(&chat, "limit=500");
    let log = changes["changes"].as_array().unwrap();
    assert_eq!(log.len(), 201);
    for (index, change) in log.iter().enumerate() {
        assert_eq!(change["offset"], index + 1);
        // One topic, one order: messages are in the log in the order of their seq.
        let seq = change["event"]["message"]["seq"].as_i64().unwrap_or(0);
        assert_eq!(usize::try_from(seq).unwrap(), index);
    }
    assert_eq!(ben.conversation(&chat)["last_message"]["seq"], 200);
}

pub(crate) fn members_added_and_removed_at_once_stay_consistent(app: &TestApp) {
    let people = ["ada", "ben", "cat"].map(|handle| Person::new(app, handle));
    let [ada, ben, cat] = &people;
    let chat = ada.group(&[ben]);
    ada.set_role(&chat, ben, "admin").check_status(200);
    let members = format!("/conversations/{chat}/members");
    at_once(6, |thread, replica| {
        let by = if thread < 3 { ada } else { ben };
        for _ in 0..5 {
            if thread % 3 == 0 {
                by.remove(&chat, cat).check_status(204);
            } else {
                by.post_to(replica, &members, &json!({ "user_id": cat.id }))
                    .check_status(200);
            }
        }
    });
    let changes = ada.changes(&chat, "limit=500");
    let mut inside = false;
    for (index, (offset, kind)) in kinds(&changes).into_iter().enumerate() {
        assert_eq!(usize::try_from(offset).unwrap(), index + 1);
        match kind {
            "member.added" => assert!(!std::mem::replace(&mut inside, true), "added twice"),
            "member.removed" => assert!(std::mem::replace(&mut inside, false), "removed twice"),
            "conversation.created" => assert_eq!(index, 0),
            other => assert_eq!((index, other), (1, "member.role_changed")),
        }
    }
    assert_eq!(handles(&ada.conversation(&chat)).contains(&"cat"), inside);
    let list = cat.get("/conversations").ok(200);
    assert_eq!(
        list["conversations"].as_array().unwrap().len(),
        usize::from(inside)
    );
}

/// Who asks while they are removed is answered as of before or as of after: a member's answer that
/// tells of the own removal would be read after the membership was looked at.
pub(crate) fn nobody_reads_of_their_own_removal(app: &TestApp) {
    let (ada, cat) = (Person::new(app, "ada"), Person::new(app, "cat"));
    let chat = ada.group(&[]);
    let members = format!("/conversations/{chat}/members");
    let changes = format!("/conversations/{chat}/changes?after_offset=0&limit=500");
    let is_over = AtomicBool::new(false);
    let answers = at_once(4, |thread, replica| {
        if thread == 0 {
            for _ in 0..40 {
                ada.post_to(replica, &members, &json!({ "user_id": cat.id }))
                    .check_status(200);
                ada.remove(&chat, &cat).check_status(204);
            }
            is_over.store(true, Ordering::Relaxed);
            return 0;
        }
        let mut answered = 0;
        while !is_over.load(Ordering::Relaxed) {
            let answer = cat.get(&changes);
            if answer.status == 404 {
                continue;
            }
            answered += 1;
            let read = answer.ok(200);
            let told = kinds(&read);
            assert_eq!(told.first().map(|(_, kind)| *kind), Some("member.added"));
            assert!(
                told.iter().all(|(_, kind)| *kind != "member.removed"),
                "{read}"
            );
        }
        answered
    });
    assert!(
        answers.iter().sum::<u32>() > 0,
        "nobody asked while cat was a member"
    );
}

pub(crate) fn refresh_on_both_replicas_has_one_successor(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let answers = at_once(6, |_, replica| {
        app.send_to(
            replica,
            "POST",
            "/api/v1/auth/refresh",
            &[("cookie", &ada.cookie)],
            b"",
        )
    });
    let successor = answers[0].cookie();
    for answer in &answers {
        let again = Person::signed_in(app, answer, 200);
        assert_eq!(again.cookie, successor);
        again.get("/users/me").check_status(200);
    }
}

/// A tab repeats a refresh while another tab goes on with its answer: the repeat comes before the
/// successor is used, or after it and ends the session. There is nothing in between.
pub(crate) fn repeated_refresh_beside_the_next_one_has_one_outcome(app: &TestApp) {
    for round in 0..8 {
        let ada = Person::new(app, &format!("ada{round}"));
        let refresh = |replica, cookie: &str| {
            let headers = [("cookie", cookie)];
            app.send_to(replica, "POST", "/api/v1/auth/refresh", &headers, b"")
        };
        let second = refresh(0, &ada.cookie).cookie();
        let answers = at_once(2, |thread, replica| {
            refresh(replica, if thread == 0 { &ada.cookie } else { &second })
        });
        let [repeated, next] = &answers[..] else {
            unreachable!("there are two threads")
        };
        if repeated.status == 200 {
            assert_eq!(repeated.cookie(), second);
            Person::signed_in(app, next, 200)
                .get("/users/me")
                .check_status(200);
        } else {
            repeated.check_problem(401, "refresh_invalid");
            ada.get("/users/me").check_problem(401, "token_revoked");
        }
        // Whichever came first, the successor is used now.
        refresh(0, &ada.cookie).check_problem(401, "refresh_invalid");
    }
}

pub(crate) fn edit_against_deletion_ends_in_one_truth(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    for _ in 0..8 {
        let said = ada.say(&chat, "zwiebelfisch");
        let path = format!("/conversations/{chat}/messages/{}", id(&said));
        let found = || ben.get("/messages/search?q=zwiebelfisch").ok(200);
        let answers = at_once(5, |thread, replica| match thread {
            0 | 1 => {
                let body =
                    json!({ "text": "zwiebelfisch!", "client_op_id": crate::person::uuid() });
                ada.patch_to(replica, &path, &body)
            }
            2 | 3 => ada.delete_at(replica, &format!("{path}?for=everyone")),
            _ => ben.get("/messages/search?q=zwiebelfisch"),
        });
        assert_eq!(with_status(&answers, 204), 2);
        for message in answers[4].ok(200)["messages"].as_array().unwrap() {
            assert_eq!(message["deleted"], false, "{message}");
        }
        for edited in answers[..2].iter().filter(|answer| answer.status != 200) {
            edited.check_problem(409, "message_deleted");
        }
        let seen = ben.get(&format!("/conversations/{chat}/messages")).ok(200);
        let changes = ben.changes(&chat, "limit=500");
        for read in [&seen, &changes, &found()] {
            assert!(!read.to_string().contains("zwiebelfisch"), "{read}");
        }
        // Nothing happens to a message after it was deleted.
        let last = kinds(&changes).pop().map(|(_, kind)| kind);
        assert_eq!(last, Some("message.deleted"));
    }
}

pub(crate) fn reactions_of_one_person_at_once_leave_one(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    for _ in 0..5 {
        let said = ada.say(&chat, "hi");
        let path = format!("/conversations/{chat}/messages/{}/reaction", id(&said));
        let emojis = ["👍", "❤️", "😂", "😮"];
        let answers = at_once(4, |thread, replica| {
            ben.put_to(replica, &path, &json!({ "emoji": emojis[thread] }))
        });
        assert_eq!(with_status(&answers, 204), 4);
        let page = ben.get(&format!("/conversations/{chat}/messages")).ok(200);
        let seen = page["messages"].as_array().unwrap().last().unwrap();
        let left = json!([{ "emoji": seen["my_reaction"], "count": 1, "user_ids": [ben.id] }]);
        assert_eq!(seen["reactions"], left);
        // The log ends with what a page shows.
        let changes = ada.changes(&chat, "limit=500");
        let last = &changes["changes"].as_array().unwrap().last().unwrap()["event"];
        assert_eq!(last["reactions"], left);
    }
}

pub(crate) fn last_pins_are_given_once(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.group(&[&ben]);
    let said: Vec<Value> = (0..6).map(|n| ada.say(&chat, &n.to_string())).collect();
    let path = |n: usize| format!("/conversations/{chat}/messages/{}/pin", id(&said[n]));
    for _ in 0..3 {
        let answers = at_once(said.len(), |thread, replica| {
            let person = if thread < 3 { &ada } else { &ben };
            person.put_to(replica, &path(thread), &json!({ "for_s": 86_400 }))
        });
        assert_eq!(with_status(&answers, 204), 3);
        for refused in answers.iter().filter(|answer| answer.status != 204) {
            refused.check_problem(409, "too_many_pins");
        }
        let view = ben.conversation(&chat);
        let pins = view["pins"].as_array().unwrap();
        assert_eq!(pins.len(), 3);
        let removed = at_once(said.len(), |thread, replica| {
            ada.delete_at(replica, &path(thread))
        });
        assert_eq!(with_status(&removed, 204), 6);
        assert_eq!(ben.conversation(&chat)["pins"], json!([]));
    }
    // Each pin and its end were told once.
    let told = |kind: &str| {
        let changes = ada.changes(&chat, "limit=500");
        let kinds = kinds(&changes).into_iter();
        kinds.filter(|(_, told)| *told == kind).count()
    };
    assert_eq!((told("message.pinned"), told("message.unpinned")), (9, 9));
}

pub(crate) fn last_place_above_the_chats_is_given_once(app: &TestApp) {
    let ada = Person::new(app, "ada");
    let chats: Vec<String> = (0..6).map(|_| ada.group(&[])).collect();
    let path = |n: usize| format!("/conversations/{}/settings", chats[n]);
    let pinned = || {
        let list = ada.get("/conversations").ok(200);
        list["pinned"].as_array().unwrap().len()
    };
    for _ in 0..3 {
        let answers = at_once(chats.len(), |thread, replica| {
            ada.patch_to(replica, &path(thread), &json!({ "pinned": true }))
        });
        assert_eq!(with_status(&answers, 200), 3);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.check_problem(422, "too_many_pinned_chats");
        }
        assert_eq!(pinned(), 3);
        let removed = at_once(chats.len(), |thread, replica| {
            ada.patch_to(replica, &path(thread), &json!({ "pinned": false }))
        });
        assert_eq!(with_status(&removed, 200), 6);
        assert_eq!(pinned(), 0);
    }
}

pub(crate) fn last_use_of_a_link_is_one_persons(app: &TestApp) {
    let people: Vec<Person<'_>> = (0..4)
        .map(|n| Person::new(app, &format!("person{n}")))
        .collect();
    let ada = Person::new(app, "ada");
    for round in 0..4 {
        let chat = ada.group(&[]);
        let uses = 1 + round % 2;
        let made = invite(&ada, &chat, &json!({ "max_uses": uses }));
        let answers = at_once(people.len(), |thread, replica| {
            people[thread].post_to(replica, &link(&made), &json!({}))
        });
        assert_eq!(with_status(&answers, 200), uses);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.check_problem(404, "not_found");
        }
        let seen = ada.conversation(&chat);
        assert_eq!(seen["member_count"], 1 + uses);
        let changes = ada.changes(&chat, "");
        let told = kinds(&changes).into_iter();
        assert_eq!(
            told.filter(|(_, kind)| *kind == "member.added").count(),
            uses
        );
    }
}

pub(crate) fn marks_do_not_fall_while_their_owner_writes(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let chat = ada.befriend(&ben);
    let messages = format!("/conversations/{chat}/messages");
    let receipts = format!("/conversations/{chat}/receipts");
    at_once(4, |thread, replica| match thread {
        0 => {
            for n in 0..25 {
                ada.post_to(replica, &messages, &message(&n.to_string()))
                    .check_status(201);
            }
        }
        1 => {
            for n in 0..25 {
                ben.post_to(replica, &messages, &message(&n.to_string()))
                    .check_status(201);
            }
        }
        _ => {
            let mut before = 0;
            for _ in 0..25 {
                let everything = json!({ "read_seq": i64::MAX });
                let moved: Value = ben.post_to(replica, &receipts, &everything).ok(200);
                for seen in [moved, ben.conversation(&chat)] {
                    let read = seen["read_seq"].as_i64().unwrap();
                    assert!(read >= before, "{read} after {before}");
                    before = read;
                }
            }
        }
    });
}
