use serde_json::{Value, json};
use shared_proto::client::v1::FilterNode;

use super::{
    super::testing::{World, token, world, world_of_tokens},
    *,
};
use crate::{
    connection::testing::{link, take},
    rooms::testing::{namespaces, setup},
};

fn sections() -> Value {
    json!({
        "news": { "kind": "sequenced", "subscribe": "authenticated" },
        "club": { "kind": "sequenced" },
        "flat": { "kind": "ephemeral", "subscribe": "authenticated", "tags_filter": false },
        "full": { "kind": "sequenced", "subscribe": "authenticated", "topics_max": 1 },
        "shut": { "kind": "sequenced", "subscribe": "nobody" },
    })
}

fn of_cores() -> World {
    world(setup(namespaces(sections())))
}

fn of_tokens() -> World {
    world_of_tokens(setup(namespaces(sections())))
}

fn request(channel: &str, token: &str) -> SubscribeRequest {
    SubscribeRequest {
        channel: channel.to_owned(),
        token: token.to_owned(),
        ..SubscribeRequest::default()
    }
}

async fn ask(world: &World, link: &Arc<Link>, channel: &str) -> Result<Option<i64>, Refusal> {
    subscribe(&world.services, link, 7, &request(channel, "")).await
}

#[actix_rt::test]
async fn channel_that_cannot_be_subscribed_is_refused_by_its_reason() {
    let (world, ada) = (of_cores(), link("ada"));
    for (channel, refusal) in [
        ("", Refusal::BAD_REQUEST),
        (&*"n".repeat(TOPIC_BYTES_MAX + 1), Refusal::BAD_REQUEST),
        ("unknown:1", Refusal::UNKNOWN_CHANNEL),
        ("shut:1", Refusal::PERMISSION_DENIED),
        // The hub has seated it there.
        (FEED, Refusal::ALREADY_SUBSCRIBED),
        ("user:ada", Refusal::ALREADY_SUBSCRIBED),
        ("user:eve", Refusal::PERMISSION_DENIED),
        ("control", Refusal::PERMISSION_DENIED),
    ] {
        assert_eq!(ask(&world, &ada, channel).await, Err(refusal), "{channel}");
    }
    let of_another_type = SubscribeRequest {
        r#type: 1,
        ..request("news:1", "")
    };
    let refused = subscribe(&world.services, &ada, 7, &of_another_type).await;
    assert_eq!(refused, Err(Refusal::NOT_AVAILABLE));
    let filtered = SubscribeRequest {
        tf: Some(FilterNode::default()),
        ..request("flat:1", "")
    };
    let refused = subscribe(&world.services, &ada, 7, &filtered).await;
    assert_eq!(refused, Err(Refusal::BAD_REQUEST));
    assert!(ada.topics().is_empty() && world.core.asked().is_empty());
    assert_eq!(world.services.rooms.count(), 0);
}

#[actix_rt::test]
async fn core_is_asked_once_about_who_is_not_in_the_room() {
    let (world, ada) = (of_cores(), link("ada"));
    assert_eq!(
        ask(&world, &ada, "chat:1").await,
        Err(Refusal::PERMISSION_DENIED)
    );
    world.core.grant("ada", "chat:1");
    assert_eq!(ask(&world, &ada, "chat:1").await, Ok(None));
    assert_eq!(world.core.asked(), ["chat:1", "chat:1"]);
    let again = ask(&world, &ada, "chat:1").await;
    assert_eq!(again, Err(Refusal::ALREADY_SUBSCRIBED));
    assert!(world.core.asked().is_empty(), "the room knows its members");
    let (told, _) = take(ada.outbox());
    assert_eq!(told.len(), 1, "the room wrote the reply: {told:?}");
    assert_eq!(told[0]["id"], 7);
}

#[actix_rt::test]
async fn silent_core_is_no_answer_about_a_right() {
    let (world, ada) = (of_cores(), link("ada"));
    world.core.grant("ada", "club:1");
    assert_eq!(ask(&world, &ada, "club:1").await, Ok(None));
    world.core.fall_silent();
    assert_eq!(ask(&world, &ada, "club:2").await, Err(Refusal::INTERNAL));
    assert_eq!(ask(&world, &ada, "chat:1").await, Err(Refusal::INTERNAL));
    // What everybody may hear needs no core.
    assert_eq!(ask(&world, &ada, "news:1").await, Ok(None));
}

#[actix_rt::test]
async fn namespace_with_enough_topics_takes_no_subscriber_to_another() {
    let (world, ada) = (of_cores(), link("ada"));
    assert_eq!(ask(&world, &ada, "full:1").await, Ok(None));
    assert_eq!(
        ask(&world, &ada, "full:2").await,
        Err(Refusal::LIMIT_EXCEEDED)
    );
}

#[actix_rt::test]
async fn token_decides_where_there_is_no_core() {
    let (world, ada) = (of_tokens(), link("ada"));
    let subscribe = async |channel: &str, token: &str| {
        subscribe(&world.services, &ada, 7, &request(channel, token)).await
    };
    let of = |user: &str, channel: &str| token(json!({ "sub": user, "channel": channel }));
    assert_eq!(
        subscribe("club:1", "").await,
        Err(Refusal::PERMISSION_DENIED)
    );
    for wrong in [
        of("eve", "club:1"),
        of("ada", "club:2"),
        "no.token.at-all".to_owned(),
    ] {
        let refused = subscribe("club:1", &wrong).await;
        assert_eq!(refused, Err(Refusal::PERMISSION_DENIED), "{wrong}");
        // One that is there must be good, also where none is needed.
        assert!(subscribe("news:1", &wrong).await.is_err(), "{wrong}");
    }
    assert_eq!(
        subscribe("shut:1", &of("ada", "shut:1")).await,
        Err(Refusal::PERMISSION_DENIED)
    );
    assert_eq!(subscribe("news:1", "").await, Ok(None));
    assert!(
        subscribe("club:1", &of("ada", "club:1"))
            .await
            .unwrap()
            .is_some()
    );
    let mut topics = ada.topics();
    topics.sort_unstable();
    assert_eq!(topics, ["club:1".into(), "news:1".into()] as [Arc<str>; 2]);
}

#[actix_rt::test]
async fn subscription_is_refreshed_by_a_token_for_it_alone() {
    let (world, ada) = (of_tokens(), link("ada"));
    let good = token(json!({ "sub": "ada", "channel": "club:1" }));
    let refresh = |channel: &str, token: &str| {
        let request = SubRefreshRequest {
            channel: channel.to_owned(),
            token: token.to_owned(),
        };
        refresh(&world.services, &ada, &request)
    };
    let not_subscribed = refresh("club:1", &good);
    assert_eq!(not_subscribed, Err(Refusal::PERMISSION_DENIED));
    subscribe(&world.services, &ada, 7, &request("club:1", &good))
        .await
        .unwrap();
    assert_eq!(refresh("club:1", ""), Err(Refusal::BAD_REQUEST));
    let other = token(json!({ "sub": "eve", "channel": "club:1" }));
    assert_eq!(refresh("club:1", &other), Err(Refusal::PERMISSION_DENIED));
    assert!(refresh("club:1", &good).unwrap().is_some());

    let request = SubRefreshRequest::default();
    let refused = super::refresh(&of_cores().services, &ada, &request);
    assert_eq!(
        refused,
        Err(Refusal::NOT_AVAILABLE),
        "a core's rooms know no tokens"
    );
}

#[actix_rt::test]
async fn server_seats_connections_on_what_no_core_logs() {
    let (world, ada) = (of_cores(), link("ada"));
    let seat = async |channel: &str| {
        let told = Told::Push("{}".into());
        seat_by_server(
            &world.services.rooms,
            &ada,
            channel,
            &Wish::default(),
            &told,
        )
        .await
    };
    assert_eq!(seat("chat:1").await, Err(Refusal::PERMISSION_DENIED));
    assert_eq!(seat("unknown:1").await, Err(Refusal::UNKNOWN_CHANNEL));
    assert_eq!(seat("shut:1").await, Ok(None));
    let (told, _) = take(ada.outbox());
    assert_eq!(told[0]["push"]["channel"], "shut:1");
    assert!(ada.is_in("shut:1"));
}
