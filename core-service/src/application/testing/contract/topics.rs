//! What every store of topics and leases must do.

use uuid::Uuid;

use super::{NOW, Stores};
use crate::{
    application::ports::Grant,
    domain::{
        event::Topic,
        ids::{ConversationId, UserId},
        time::Timestamp,
    },
};

/// Puts users into chats, in whatever way the implementation does that.
pub(crate) trait Seats: Send + Sync {
    /// A new chat, which begins with one event at that moment.
    fn seat(&self, user: UserId, chat: ConversationId, now: Timestamp);
}

fn chat(n: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128(n))
}

fn name(n: u128) -> String {
    Topic::Chat(chat(n)).to_string()
}

fn names(grants: Vec<Grant>) -> Vec<String> {
    let names = grants.into_iter().map(|grant| grant.position.name);
    names.collect()
}

pub(crate) fn grants_come_newest_first_and_in_the_order_of_ids(stores: &Stores) {
    let [ada, eve] = ["ada", "eve"].map(|handle| stores.user(handle).id);
    for (n, made_s) in [(1, 3), (2, 1), (3, 2), (4, 2)] {
        stores.seats.seat(ada, chat(n), NOW.plus_seconds(made_s));
    }
    stores.seats.seat(eve, chat(5), NOW);
    let newest = |limit| names(stores.topics.newest_grants(ada, limit).unwrap());
    let own = Topic::User(ada).to_string();
    let all = [own.clone(), name(1), name(4), name(3), name(2)];
    assert_eq!(newest(9), all);
    assert_eq!(newest(3), all[..3]);
    let before = |n, limit| names(stores.topics.grants_before(ada, chat(n), limit).unwrap());
    assert_eq!(before(u128::MAX, 2), [name(4), name(3)]);
    assert_eq!(before(3, 9), [name(2), name(1)]);
    assert_eq!(before(1, 9), [""; 0]);

    let asked = [name(2), name(5), own.clone(), "control".into(), "?".into()];
    let mut granted = names(stores.topics.authorize(ada, &asked).unwrap());
    granted.sort_unstable();
    assert_eq!(granted, [name(2), own]);
}

pub(crate) fn events_are_overdue_until_they_are_acknowledged(stores: &Stores) {
    let ada = stores.user("ada").id;
    let at = |seconds| NOW.plus_seconds(seconds);
    for n in 1..=3 {
        let moment = i64::try_from(n).unwrap();
        stores.seats.seat(ada, chat(n), at(moment));
    }
    let overdue = |from, to, limit| {
        let events = stores.topics.unacknowledged(at(from), at(to), limit);
        let topics = events.unwrap().into_iter().map(|event| event.topic);
        // What else an implementation logs of a chat is the user's.
        let chats = topics.filter(|topic| topic.starts_with("chat:"));
        chats.collect::<Vec<_>>()
    };
    assert_eq!(overdue(0, 9, 99), [name(1), name(2), name(3)]);
    assert_eq!(overdue(1, 2, 99), [name(2)]);
    assert_eq!(overdue(0, 9, 1), [name(1)]);
    let acks = [(name(1), 1), (name(2), 0), ("nonsense".into(), 7)];
    stores.topics.ack_topics(&acks).unwrap();
    assert_eq!(overdue(0, 9, 99), [name(2), name(3)]);
    // An acknowledgement that comes late takes nothing back.
    stores.topics.ack_topics(&[(name(1), 0)]).unwrap();
    assert_eq!(overdue(0, 9, 99), [name(2), name(3)]);
}

pub(crate) fn lease_is_one_replicas_until_it_runs_out(stores: &Stores) {
    let until = NOW.plus_seconds(5);
    let hold = |job: &str, holder: &str, now| {
        let held = stores.leases.hold_lease(job, holder, now, until);
        held.unwrap()
    };
    assert!(hold("relay", "core-1", NOW));
    assert!(hold("relay", "core-1", NOW), "it is renewed");
    assert!(!hold("relay", "core-2", NOW));
    assert!(hold("retention", "core-2", NOW), "another job");
    assert!(!hold("relay", "core-2", NOW.plus_seconds(4)));
    assert!(hold("relay", "core-2", until));
}
