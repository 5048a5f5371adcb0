use serde_json::json;

use super::*;
use crate::{
    connection::testing::{link, take},
    rooms::testing::{Setup, namespaces, setup},
    session::{seating, testing::world},
    topic::room::Wish,
};

fn rooms() -> Setup {
    setup(namespaces(json!({
        "news": { "kind": "sequenced", "publication_bytes": 100 },
        "full": { "kind": "sequenced", "topics_max": 1 },
        "flat": { "kind": "ephemeral" },
        "delta": { "kind": "sequenced", "delta": true },
    })))
}

fn new(data: &str) -> NewPublication {
    NewPublication {
        data: data.to_owned().into(),
        ..NewPublication::default()
    }
}

#[actix_rt::test]
async fn what_cannot_be_published_is_refused_by_its_reason() {
    let setup = rooms();
    let rooms = &setup.rooms;
    let long = "k".repeat(KEY_BYTES_MAX + 1);
    let key = || NewPublication {
        idempotency_key: long.clone(),
        ..new("{}")
    };
    let tags = || NewPublication {
        tags: [("tag".to_owned(), "t".repeat(TAGS_BYTES_MAX))].into(),
        ..new("{}")
    };
    let name = "n".repeat(TOPIC_BYTES_MAX + 1);
    for (topic, publication, ephemeral, refused) in [
        ("", new("{}"), false, PublishRefused::TopicUnusable),
        (&*name, new("{}"), false, PublishRefused::TopicUnusable),
        (
            "unknown:1",
            new("{}"),
            false,
            PublishRefused::UnknownNamespace,
        ),
        (
            "news:1",
            new("no JSON"),
            false,
            PublishRefused::Payload(BadPayload::NotJson),
        ),
        (
            "news:1",
            new(&format!("\"{}\"", "x".repeat(99))),
            false,
            PublishRefused::TooLarge,
        ),
        ("news:1", key(), false, PublishRefused::KeyTooLong),
        ("news:1", tags(), false, PublishRefused::KeyTooLong),
        ("chat:1", new("{}"), false, PublishRefused::Logged),
    ] {
        let published = publish(rooms, topic, publication, ephemeral).await;
        assert_eq!(published.err(), Some(refused), "{topic}");
    }
    assert_eq!(rooms.count(), 0, "no room was started for them");
    publish(rooms, "full:1", new("{}"), false).await.unwrap();
    let refused = publish(rooms, "full:2", new("{}"), false).await.err();
    assert_eq!(refused, Some(PublishRefused::TooManyTopics));
    publish(rooms, "delta:1", new("{}"), false).await.unwrap();
    let refused = publish(rooms, "delta:1", new("{}"), true).await.err();
    assert_eq!(refused, Some(PublishRefused::BreaksDelta));
}

#[actix_rt::test]
async fn sequenced_publication_has_a_place_and_needs_no_listener() {
    let setup = rooms();
    for offset in 1..=3 {
        let published = publish(&setup.rooms, "news:1", new("{}"), false)
            .await
            .unwrap();
        assert_eq!((published.offset, published.delivered), (offset, 0));
    }
    let unheard = publish(&setup.rooms, "flat:1", new("{}"), false)
        .await
        .unwrap();
    assert_eq!((unheard.offset, unheard.delivered), (0, 0));
    let ephemeral = publish(&setup.rooms, "news:2", new("{}"), true)
        .await
        .unwrap();
    assert_eq!(ephemeral.offset, 0);
    assert_eq!(setup.rooms.count(), 1, "what nobody hears needs no room");
}

#[actix_rt::test]
async fn publication_reaches_who_listens_on_one_line() {
    let world = world(rooms());
    let (rooms, ada) = (&world.services.rooms, link("ada"));
    let told = crate::rooms::messages::Told::Caller;
    seating::seat_by_server(rooms, &ada, "flat:1", &Wish::default(), &told)
        .await
        .unwrap();
    let published = publish(rooms, "flat:1", new("{\n\"a\":\r\n1}"), false)
        .await
        .unwrap();
    assert_eq!(published.delivered, 1);
    let (told, _) = take(ada.outbox());
    assert_eq!(told[0]["push"]["pub"]["data"], json!({ "a": 1 }));
    assert_eq!(world.services.counters.publications.get(), 1);
}
