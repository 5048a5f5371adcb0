use std::time::{Duration, Instant};

use actix::{ActorContext as _, Context};
use serde_json::{Value, json};
use shared_proto::core::v1::Revocation;

use super::{
    messages::{ForgetHistory, Join, Leave, Post, Subscribe, Told},
    testing::{Setup, grant, namespaces, setup},
    *,
};
use crate::{
    connection::{
        link::Link,
        testing::{link, link_of, take},
    },
    protocol::codes::Close,
    topic::{
        listener::Listener as _,
        room::{Position, Published, Seat, SubscribeRefused, Wish},
        sequence::NewPublication,
    },
};

/// The room fails, and the directory does not know.
#[derive(Message)]
#[rtype(result = "()")]
struct Fail;

impl Handler<Fail> for TopicRoom {
    type Result = ();

    fn handle(&mut self, _: Fail, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

fn chats() -> Setup {
    setup(namespaces(json!({})))
}

async fn join(rooms: &Rooms, link: &Arc<Link>, grant: &Grant) {
    let namespace = rooms.namespaces().of_logged(&grant.topic).unwrap();
    let join = || Join {
        link: link.clone(),
        grant: grant.clone(),
        seat: Seat::Watcher,
    };
    rooms
        .ask_logged(grant, namespace, join)
        .await
        .unwrap()
        .unwrap();
}

async fn post(rooms: &Rooms, topic: &str) -> Result<Published, NotAsked> {
    let namespace = rooms.namespaces().of(topic).unwrap();
    let post = || Post {
        publication: NewPublication {
            data: "{}".into(),
            ..NewPublication::default()
        },
        ephemeral: false,
    };
    Ok(rooms.ask_own(topic, namespace, post).await?.unwrap())
}

/// What a connection hears next, in virtual time.
async fn heard(link: &Link, count: usize) -> Vec<Value> {
    let mut all = Vec::new();
    for _ in 0..1_000 {
        all.extend(take(link.outbox()).0);
        if all.len() >= count {
            return all;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} frames were expected: {all:?}");
}

fn offsets(heard: &[Value]) -> Vec<u64> {
    let publications = heard
        .iter()
        .map(|reply| &reply["push"]["pub"]["data"]["offset"]);
    publications
        .map(|offset| offset.as_u64().unwrap())
        .collect()
}

async fn publish(setup: &Setup, event: LoggedEvent) -> u64 {
    setup.rooms.publish(event, |_| false).await
}

#[actix_rt::test]
async fn missed_events_are_read_and_heard_in_order() {
    tokio::time::pause();
    let setup = chats();
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    let [_, _, third] = [(); 3].map(|()| setup.logs.append("chat:1"));
    assert_eq!(
        publish(&setup, third).await,
        0,
        "the room waits for the first two"
    );
    assert_eq!(offsets(&heard(&ada, 3).await), [1, 2, 3]);
    assert_eq!(setup.counters.repairs.get(), 1);
}

#[actix_rt::test]
async fn event_that_nobody_heard_is_known_to_the_room_that_starts_later() {
    tokio::time::pause();
    let setup = chats();
    let event = setup.logs.append("chat:1");
    assert_eq!(
        publish(&setup, event).await,
        1,
        "nothing more is needed of it"
    );
    assert!(!setup.rooms.has("chat:1"));
    let ada = link("ada");
    // Her grant was made before the event.
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    assert_eq!(offsets(&heard(&ada, 1).await), [1]);
}

#[actix_rt::test]
async fn event_that_met_a_retired_room_is_known_to_the_one_in_its_place() {
    tokio::time::pause();
    let setup = chats();
    join(&setup.rooms, &link("eve"), &grant("chat:1", 0)).await;
    setup.rooms.ask("chat:1", || Fail).await.unwrap();
    let event = setup.logs.append("chat:1");
    assert_eq!(publish(&setup, event).await, 1);
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    assert_eq!(offsets(&heard(&ada, 1).await), [1]);
}

#[actix_rt::test]
async fn room_that_retired_is_replaced_by_whoever_asks_next() {
    let setup = setup(namespaces(json!({ "x": { "kind": "sequenced" } })));
    let first = post(&setup.rooms, "x:1").await.unwrap();
    setup.rooms.ask("x:1", || Fail).await.unwrap();
    let second = post(&setup.rooms, "x:1").await.unwrap();
    assert_eq!((first.offset, second.offset), (1, 1));
    assert_ne!(first.epoch, second.epoch);
    setup.rooms.ask("x:1", || Fail).await.unwrap();
    let leave = || Leave { connection: 1 };
    assert!(setup.rooms.ask("x:1", leave).await.is_none());
    assert_eq!(setup.rooms.count(), 0);
}

#[actix_rt::test]
async fn namespace_with_enough_topics_starts_no_more() {
    let section = json!({ "kind": "sequenced", "topics_max": 1 });
    let setup = setup(namespaces(json!({ "x": section, "y": section })));
    post(&setup.rooms, "x:1").await.unwrap();
    let refused = post(&setup.rooms, "x:2").await;
    assert_eq!(refused.unwrap_err(), NotAsked::TooManyTopics);
    post(&setup.rooms, "x:1").await.unwrap();
    post(&setup.rooms, "y:1").await.unwrap();
    setup.rooms.ask("x:1", || Fail).await.unwrap();
    let leave = || Leave { connection: 1 };
    assert!(setup.rooms.ask("x:1", leave).await.is_none());
    post(&setup.rooms, "x:2").await.unwrap();
}

#[actix_rt::test]
async fn room_without_listeners_retires_unless_it_is_pinned() {
    tokio::time::pause();
    let setup = chats();
    let namespace = setup.rooms.namespaces().of_logged("control").unwrap();
    setup.rooms.pin(&grant("control", 0), namespace);
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(setup.rooms.count(), 2, "somebody listens to the chat");
    let leave = || Leave {
        connection: ada.id(),
    };
    setup.rooms.ask("chat:1", leave).await.unwrap();
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert!(!setup.rooms.has("chat:1") && setup.rooms.has("control"));
}

#[actix_rt::test]
async fn revocation_in_the_log_ends_the_connections_it_names() {
    let setup = chats();
    let namespace = setup.rooms.namespaces().of_logged("control").unwrap();
    setup.rooms.pin(&grant("control", 0), namespace);
    let (ada, eve) = (link("ada"), link_of("eve", "stolen"));
    for link in [&ada, &eve] {
        setup.users.register(link, Instant::now()).unwrap();
    }
    let mut event = setup.logs.append("control");
    event.revocation = Some(Revocation {
        session_ids: vec!["stolen".to_owned()],
    });
    assert_eq!(publish(&setup, event).await, 1);
    assert_eq!(take(eve.outbox()).1, Some(Close::STATE_INVALIDATED));
    assert_eq!(take(ada.outbox()).1, None);
}

/// How a connection ends, in virtual time.
async fn ended(link: &Link) -> Close {
    for _ in 0..10_000 {
        if let Some(close) = take(link.outbox()).1 {
            return close;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the connection does not end");
}

#[actix_rt::test]
async fn restored_topic_lets_everybody_in_anew() {
    tokio::time::pause();
    let setup = chats();
    let [ada, eve] = [link("ada"), link("eve")];
    for link in [&ada, &eve] {
        join(&setup.rooms, link, &grant("chat:1", 0)).await;
    }
    for _ in 0..3 {
        let event = setup.logs.append("chat:1");
        publish(&setup, event).await;
    }
    setup.logs.restore("chat:1", 1, "after");
    let [first, second] = [(); 2].map(|()| setup.logs.append("chat:1"));
    // Both ask a core, and the answers are one restore.
    for event in [first, second.clone()] {
        publish(&setup, event).await;
    }
    for link in [&ada, &eve] {
        assert_eq!(ended(link).await, Close::INSUFFICIENT_STATE);
    }
    assert_eq!(publish(&setup, second).await, 3, "the room follows the log");
    assert_eq!(setup.counters.resets.get(), 1);
}

#[actix_rt::test]
async fn restored_topic_is_noticed_where_nothing_happens() {
    tokio::time::pause();
    let setup = chats();
    let event = setup.logs.append("chat:1");
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    publish(&setup, event).await;
    setup.logs.restore("chat:1", 1, "after");
    assert_eq!(ended(&ada).await, Close::INSUFFICIENT_STATE);
}

#[actix_rt::test]
async fn another_event_at_a_known_offset_shows_a_restore() {
    tokio::time::pause();
    let setup = chats();
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    for _ in 0..3 {
        let event = setup.logs.append("chat:1");
        publish(&setup, event).await;
    }
    // Before a core has given the topics their new epochs.
    setup.logs.restore("chat:1", 1, testing::EPOCH);
    let [other, _, _] = [(); 3].map(|()| setup.logs.append("chat:1"));
    let other = LoggedEvent {
        committed_at_us: 1,
        data: b"{\"other\":1}".as_slice().into(),
        ..other
    };
    publish(&setup, other).await;
    assert_eq!(ended(&ada).await, Close::INSUFFICIENT_STATE);
}

#[actix_rt::test]
async fn lost_revocations_let_everybody_in_anew() {
    tokio::time::pause();
    let setup = chats();
    setup.logs.append("control");
    let namespace = setup.rooms.namespaces().of_logged("control").unwrap();
    setup.rooms.pin(&grant("control", 1), namespace);
    let ada = link("ada");
    setup.users.register(&ada, Instant::now()).unwrap();
    setup.logs.restore("control", 0, testing::EPOCH);
    assert_eq!(ended(&ada).await, Close::INSUFFICIENT_STATE);
}

async fn subscribe(
    rooms: &Rooms,
    link: &Arc<Link>,
    since: Option<u64>,
) -> Result<Vec<u64>, SubscribeRefused> {
    let since = since.map(|offset| Position {
        epoch: testing::EPOCH.to_owned(),
        offset,
    });
    let subscribe = || Subscribe {
        link: link.clone(),
        seat: Seat::Subscriber,
        wish: Wish {
            since: since.clone(),
            ..Wish::default()
        },
        told: Told::Caller,
    };
    let subscribed = rooms.ask("chat:1", subscribe).await.unwrap()?.unwrap();
    let missed = subscribed.publications.iter();
    Ok(missed.map(|publication| publication.offset).collect())
}

#[actix_rt::test]
async fn subscriber_is_given_what_the_log_has_since_its_position() {
    let setup = chats();
    for _ in 0..5 {
        setup.logs.append("chat:1");
    }
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 5)).await;
    assert_eq!(
        subscribe(&setup.rooms, &ada, Some(2)).await.unwrap(),
        [3, 4, 5]
    );
}

#[actix_rt::test]
async fn nobody_subscribes_while_no_core_says_where_the_log_stands() {
    let setup = chats();
    let ada = link("ada");
    join(&setup.rooms, &ada, &grant("chat:1", 0)).await;
    setup.logs.fall_silent();
    let refused = subscribe(&setup.rooms, &ada, None).await;
    assert_eq!(refused, Err(SubscribeRefused::Unreachable));
}

#[actix_rt::test]
async fn quiet_topic_keeps_its_epoch_when_its_room_has_gone() {
    tokio::time::pause();
    let setup = setup(namespaces(json!({ "news": { "kind": "sequenced" } })));
    let first = post(&setup.rooms, "news:1").await.unwrap();
    setup.rooms.ask("news:1", || ForgetHistory).await.unwrap();
    assert!(setup.rooms.has("news:1"));
    // It looks around twice before it retires.
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(!setup.rooms.has("news:1"));
    let next = post(&setup.rooms, "news:1").await.unwrap();
    assert_eq!((next.epoch, next.offset), (first.epoch, first.offset + 1));
}
