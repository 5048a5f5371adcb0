//! The use cases over a hub without sockets: what is refused, and what becomes of the rest.

use serde_json::json;
use shared_proto::hub::api::v1::{
    Disconnect, DisconnectRequest, HistoryRemoveRequest, HistoryRequest, RefreshRequest,
    RevokeRequest, SubscribeRequest, UnsubscribeRequest,
};

use super::*;
use crate::{
    clock,
    connection::{
        link::Link,
        testing::{link_of, take},
    },
    protocol::codes::Close,
    rooms::testing::{namespaces, setup},
    session::testing::world,
    topic::listener::Listener as _,
};

const NEWS: &str = "news:1";

/// A hub of `news`, which it numbers, and `live`, which nobody keeps.
fn api() -> ServerApi {
    let world = world(setup(namespaces(json!({
        "news": { "kind": "sequenced" },
        "live": { "kind": "ephemeral" },
    }))));
    let keys = ApiKeys::new(None, None, &std::collections::BTreeMap::new());
    ServerApi::new(&world.services, Arc::new(keys), Handle::current())
}

fn caller() -> Caller {
    Caller::everything("back-end")
}

/// A connection that is known to the hub.
fn connected(api: &ServerApi, user: &str, session: &str) -> Arc<Link> {
    let link = link_of(user, session);
    api.users.register(&link, Instant::now()).unwrap();
    link
}

fn end(link: &Link) -> Option<Close> {
    take(link.outbox()).1
}

async fn subscribe(api: &ServerApi, channel: &str, user: &str) -> Result<(), ApiError> {
    let request = SubscribeRequest {
        channel: channel.to_owned(),
        user: user.to_owned(),
        ..SubscribeRequest::default()
    };
    api.subscribe(&caller(), request).await.map(|_| ())
}

#[actix_rt::test]
async fn nobody_is_meant_by_a_request_that_names_nobody() {
    let api = api();
    let ada = connected(&api, "ada", "a");
    let unnamed = Err(ApiError::BadRequest("name a user, a client or a session"));
    assert_eq!(subscribe(&api, NEWS, "").await, unnamed);
    let disconnected = api.disconnect(&caller(), &DisconnectRequest::default());
    assert_eq!(disconnected.map(|_| ()), unnamed);
    let refreshed = api.refresh(&caller(), &RefreshRequest::default());
    assert_eq!(refreshed.map(|_| ()), unnamed);
    let unsubscribe = UnsubscribeRequest {
        channel: NEWS.to_owned(),
        ..UnsubscribeRequest::default()
    };
    let unsubscribed = api.unsubscribe(&caller(), unsubscribe).await;
    assert_eq!(unsubscribed.map(|_| ()), unnamed);
    assert_eq!(end(&ada), None);
}

#[actix_rt::test]
async fn server_subscribes_to_what_no_core_logs() {
    let api = api();
    let ada = connected(&api, "ada", "a");
    subscribe(&api, NEWS, "ada").await.unwrap();
    subscribe(&api, NEWS, "ada")
        .await
        .expect("it is there already");
    subscribe(&api, "live:1", "ada").await.unwrap();
    assert_eq!(ada.topics().len(), 2);
    for (channel, code) in [("chat:1", 108), ("feed", 108), ("nowhere", 102), ("", 107)] {
        let refused = subscribe(&api, channel, "ada").await.unwrap_err();
        assert_eq!(refused.code(), code, "{channel:?}");
    }
    let unsubscribe = UnsubscribeRequest {
        channel: NEWS.to_owned(),
        user: "ada".to_owned(),
        ..UnsubscribeRequest::default()
    };
    api.unsubscribe(&caller(), unsubscribe).await.unwrap();
    assert_eq!(ada.topics().len(), 1);
}

#[actix_rt::test]
async fn only_those_that_are_named_are_disconnected() {
    let api = api();
    let (phone, laptop) = (connected(&api, "ada", "a"), connected(&api, "ada", "b"));
    let eve = connected(&api, "eve", "e");
    let request = DisconnectRequest {
        user: "ada".to_owned(),
        whitelist: vec![laptop.client().to_owned()],
        disconnect: Some(Disconnect {
            code: 4_700,
            reason: "maintenance".to_owned(),
        }),
        ..DisconnectRequest::default()
    };
    api.disconnect(&caller(), &request).unwrap();
    let said = end(&phone).unwrap();
    assert_eq!(
        (u32::from(said.code), &*said.reason),
        (4_700, "maintenance")
    );
    assert_eq!((end(&laptop), end(&eve)), (None, None));
    let unsayable = DisconnectRequest {
        disconnect: Some(Disconnect {
            code: 12,
            ..Disconnect::default()
        }),
        ..request
    };
    let refused = api.disconnect(&caller(), &unsayable).unwrap_err();
    assert_eq!(refused.code(), 107);
    assert_eq!(end(&laptop), None);
}

#[actix_rt::test]
async fn expiry_moves_on_or_is_now() {
    let api = api();
    let ada = connected(&api, "ada", "a");
    let mut request = RefreshRequest {
        user: "ada".to_owned(),
        expire_at: 4_000_000_000,
        ..RefreshRequest::default()
    };
    api.refresh(&caller(), &request).unwrap();
    assert_eq!(ada.expires_at_ms(), 4_000_000_000_000);
    request.expire_at = 0;
    api.refresh(&caller(), &request).unwrap();
    assert_eq!(ada.expires_at_ms(), i64::MAX, "without an end");
    request.expired = true;
    api.refresh(&caller(), &request).unwrap();
    assert_eq!(end(&ada), Some(Close::EXPIRED));
}

#[actix_rt::test]
async fn revocation_names_whom_and_until_when() {
    let api = api();
    let (stolen, other) = (
        connected(&api, "ada", "stolen"),
        connected(&api, "ada", "b"),
    );
    let request = |users: &[&str], sessions: &[&str], expire_at| RevokeRequest {
        users: users.iter().map(ToString::to_string).collect(),
        sessions: sessions.iter().map(ToString::to_string).collect(),
        expire_at,
    };
    for refused in [
        request(&[], &[], 0),
        request(&["ada", ""], &[], 0),
        request(&["ada"], &[], clock::now_ms() / 1_000 - 1),
    ] {
        assert_eq!(api.revoke(&caller(), refused).unwrap_err().code(), 107);
    }
    assert_eq!((end(&stolen), end(&other)), (None, None));
    api.revoke(&caller(), request(&[], &["stolen"], 0)).unwrap();
    assert_eq!(end(&stolen), Some(Close::STATE_INVALIDATED));
    assert_eq!(end(&other), None);
    api.revoke(&caller(), request(&["ada"], &[], 0)).unwrap();
    assert_eq!(end(&other), Some(Close::STATE_INVALIDATED));
}

#[actix_rt::test]
async fn history_is_of_what_somebody_keeps() {
    let api = api();
    let history = async |channel: &str| {
        let request = HistoryRequest {
            channel: channel.to_owned(),
            limit: 10,
            ..HistoryRequest::default()
        };
        let shown = api.history(&caller(), request).await;
        shown.map(|shown| shown.publications.len())
    };
    let remove = async |channel: &str| {
        let request = HistoryRemoveRequest {
            channel: channel.to_owned(),
        };
        let removed = api.history_remove(&caller(), request).await;
        removed.map(|_| ()).map_err(|error| error.code())
    };
    let publish = serde_json::from_value(json!({ "channel": NEWS, "data": { "n": 1 } })).unwrap();
    api.publish(publish).await.unwrap();
    assert_eq!(history(NEWS).await, Ok(1));
    assert_eq!(remove(NEWS).await, Ok(()));
    assert_eq!(history(NEWS).await, Ok(0));
    assert_eq!(history("live:1").await.unwrap_err().code(), 108);
    assert_eq!(remove("live:1").await, Err(108));
    assert_eq!(remove("chat:1").await, Err(108), "a core keeps it");
}

#[test]
fn methods_are_found_by_their_names_alone() {
    for method in Method::ALL {
        assert_eq!(Method::named(method.name()), Some(method));
    }
    assert_eq!(Method::named("Publish"), None);
    assert_eq!(Method::named(""), None);
}
