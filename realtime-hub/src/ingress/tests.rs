use serde_json::json;
use shared_proto::core::v1::{MembershipChange, ReceiptMark};

use super::*;
use crate::{
    connection::testing::{link, take},
    rooms::{
        messages::Join,
        testing::{EPOCH, Setup, grant, namespaces, setup},
    },
    topic::room::Seat,
};

fn destination() -> (Destination, Setup) {
    let setup = setup(namespaces(json!({})));
    let to = Destination {
        rooms: setup.rooms.clone(),
        users: setup.users.clone(),
        counters: setup.counters.clone(),
    };
    (to, setup)
}

fn logged(event: LoggedEvent) -> Envelope {
    Envelope {
        body: Some(Body::Logged(event)),
    }
}

/// Topics and offsets that a core need not publish again.
fn acknowledged(ack: &PublishAck) -> Vec<(&str, u64)> {
    let acks = ack.acks.iter();
    acks.map(|ack| (&*ack.topic, ack.offset)).collect()
}

async fn join(to: &Destination, user: &str, topic: &str) -> Arc<crate::connection::link::Link> {
    let link = link(user);
    let namespace = to.rooms.namespaces().of_logged(topic).unwrap();
    let start = grant(topic, 0);
    let join = || Join {
        link: link.clone(),
        grant: start.clone(),
        seat: Seat::ServerSide,
    };
    let joined = to.rooms.ask_logged(&start, namespace, join).await;
    joined.unwrap().unwrap();
    link
}

#[actix_rt::test]
async fn batch_is_heard_in_order_and_acknowledged_once_per_topic() {
    let (to, setup) = destination();
    let ada = join(&to, "ada", "user:ada").await;
    take(ada.outbox());
    let mut batch: Vec<Envelope> = (0..3)
        .map(|_| logged(setup.logs.append("user:ada")))
        .collect();
    batch.push(logged(setup.logs.append("chat:nobody")));
    batch.push(Envelope::default());
    let ack = publish(&to, "core-1", batch).await;
    assert_eq!(acknowledged(&ack), [("chat:nobody", 1), ("user:ada", 3)]);
    let (heard, _) = take(ada.outbox());
    let offsets: Vec<u64> = heard
        .iter()
        .map(|reply| reply["push"]["pub"]["offset"].as_u64().unwrap())
        .collect();
    assert_eq!(offsets, [1, 2, 3]);
    assert_eq!(to.counters.streams()["core-1"].published, 4);
}

#[actix_rt::test]
async fn event_that_waits_for_others_is_not_acknowledged() {
    let (to, setup) = destination();
    let ada = join(&to, "ada", "user:ada").await;
    let [first, second] = [(); 2].map(|()| setup.logs.append("user:ada"));
    let ack = publish(&to, "core-1", vec![logged(second)]).await;
    assert_eq!(acknowledged(&ack), [("user:ada", 0)]);
    let ack = publish(&to, "core-2", vec![logged(first)]).await;
    assert_eq!(acknowledged(&ack), [("user:ada", 2)]);
    drop(ada);
}

#[actix_rt::test]
async fn payload_is_put_on_one_line() {
    let (to, setup) = destination();
    let ada = join(&to, "ada", "user:ada").await;
    take(ada.outbox());
    let mut event = setup.logs.append("user:ada");
    event.data = "{\n\"a\":\r\n1}".into();
    publish(&to, "core-1", vec![logged(event)]).await;
    // A line break inside would have been the end of a line of the wire.
    let (heard, _) = take(ada.outbox());
    assert_eq!(heard[0]["push"]["pub"]["data"], json!({ "a": 1 }));
}

#[actix_rt::test]
async fn addition_starts_a_room_only_for_somebody_who_is_online() {
    let (to, setup) = destination();
    let ada = link("ada");
    to.users.register(&ada, Instant::now()).unwrap();
    let adds = |topic: &str, user: &str| {
        let mut event = setup.logs.append(topic);
        event.membership = Some(MembershipChange {
            added_user_ids: vec![user.to_owned()],
            member_count: 2,
            ..MembershipChange::default()
        });
        vec![logged(event)]
    };
    publish(&to, "core-1", adds("chat:1", "eve")).await;
    assert_eq!(to.rooms.count(), 0);
    // She is told of it when she signs in a moment later.
    let eve = link("eve");
    let added = to.users.register(&eve, Instant::now()).unwrap();
    assert_eq!(added.len(), 1);
    assert_eq!((&*added[0].topic, &*added[0].epoch), ("chat:1", EPOCH));

    publish(&to, "core-1", adds("chat:2", "ada")).await;
    assert!(to.rooms.has("chat:2") && ada.is_in("chat:2"));
    let (heard, _) = take(ada.outbox());
    assert_eq!(heard[0]["push"]["pub"]["data"]["topic"], "chat:2");
}

#[actix_rt::test]
async fn receipts_reach_the_rooms_that_there_are() {
    let (to, setup) = destination();
    let ada = join(&to, "ada", "chat:1").await;
    take(ada.outbox());
    let moved = |topic: &str| Envelope {
        body: Some(Body::Receipts(ReceiptUpdate {
            topic: topic.to_owned(),
            marks: vec![ReceiptMark {
                user_id: Some("eve".to_owned()),
                delivered_seq: 5,
                read_seq: 3,
            }],
        })),
    };
    let ack = publish(&to, "core-1", vec![moved("chat:1"), moved("chat:2")]).await;
    assert!(ack.acks.is_empty());
    let (heard, _) = take(ada.outbox());
    assert!(heard[0].to_string().contains("receipts.moved"), "{heard:?}");
    assert_eq!(to.rooms.count(), 1);
    assert_eq!(setup.counters.streams()["core-1"].receipts, 2);
}
