use std::time::Duration;

use serde_json::json;
use shared_proto::core::v1::MembershipChange;

use super::{
    super::testing::{World, identity, world, world_of_tokens},
    *,
};
use crate::{
    connection::{link::Subject, testing::take},
    rooms::testing::{grant, namespaces, setup},
};

fn chats() -> World {
    world(setup(namespaces(json!({}))))
}

async fn open_with(world: &World, token: &str) -> Result<Opened, OpenRefused> {
    let outbox = Arc::new(Outbox::new(1 << 20));
    open(&world.services, outbox, Wire::JsonLines, token, |_| None).await
}

/// The topics whose rooms the connection is in.
fn topics(opened: &Opened) -> Vec<String> {
    let topics = opened.registration.link().topics();
    let mut topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
    topics.sort_unstable();
    topics
}

#[actix_rt::test]
async fn connection_joins_everything_that_its_user_was_granted() {
    let world = chats();
    let granted = identity("ada", &["user:ada", "chat:1", "chat:2"]);
    world.authority.answer("token", Ok(granted));
    let opened = open_with(&world, "token").await.unwrap();
    assert_eq!(topics(&opened), ["chat:1", "chat:2", "user:ada"]);
    let mut seats: Vec<&str> = opened.subs.keys().map(String::as_str).collect();
    seats.sort_unstable();
    assert_eq!(seats, [FEED, "user:ada"]);
    assert_eq!(world.services.users.online(), 1);
    assert!(
        world.core.asked().is_empty(),
        "what the token grants is enough"
    );
}

#[actix_rt::test]
async fn who_is_refused_is_not_known_to_anybody() {
    let world = chats();
    for (error, refused) in [
        (VerifyError::Expired, OpenRefused::Expired),
        (VerifyError::Invalid, OpenRefused::Invalid),
        (VerifyError::Revoked, OpenRefused::Invalid),
        (VerifyError::Unreachable, OpenRefused::Unreachable),
    ] {
        world.authority.answer("token", Err(error));
        assert_eq!(open_with(&world, "token").await.err(), Some(refused));
    }
    // A token that does not grant its user's own topic is none of ours.
    world
        .authority
        .answer("token", Ok(identity("ada", &["chat:1"])));
    let refused = open_with(&world, "token").await.err();
    assert_eq!(refused, Some(OpenRefused::Invalid));
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn connection_that_ends_leaves_its_rooms() {
    tokio::time::pause();
    let world = chats();
    world
        .authority
        .answer("token", Ok(identity("ada", &["user:ada", "chat:1"])));
    let opened = open_with(&world, "token").await.unwrap();
    assert_eq!(world.services.counters.rooms.occupied().len(), 2);
    drop(opened);
    assert_eq!(world.services.users.online(), 0);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(world.services.counters.rooms.occupied().is_empty());
}

#[actix_rt::test]
async fn chat_that_the_user_was_removed_from_meanwhile_is_no_reason_to_stay_out() {
    let world = chats();
    world
        .authority
        .answer("token", Ok(identity("ada", &["user:ada", "chat:1"])));
    let somebody = identity("eve", &["user:eve", "chat:1"]);
    world.authority.answer("other", Ok(somebody));
    let _listener = open_with(&world, "other").await.unwrap();
    let mut removal = world.logs.append("chat:1");
    removal.membership = Some(MembershipChange {
        removed_user_ids: vec!["ada".to_owned()],
        member_count: 1,
        ..MembershipChange::default()
    });
    world.services.rooms.publish(removal, |_| false).await;
    let opened = open_with(&world, "token").await.unwrap();
    assert_eq!(topics(&opened), ["user:ada"]);
    assert_eq!(world.core.asked(), ["chat:1"]);
}

#[actix_rt::test]
async fn nobody_comes_in_by_a_grant_that_no_core_confirms() {
    tokio::time::pause();
    let world = chats();
    world.authority.answer(
        "token",
        Ok(identity("ada", &["user:ada", "chat:1", "chat:2"])),
    );
    let first = open_with(&world, "token").await.unwrap();
    // The room has seen more than the grant knows, and begins after it.
    drop(first);
    tokio::time::sleep(Duration::from_millis(10)).await;
    let mut stale = identity("ada", &["user:ada", "chat:2"]);
    let mut foreign = grant("chat:1", 0);
    foreign.epoch = "another".to_owned();
    stale.grants.push(foreign);
    world.authority.answer("token", Ok(stale));
    world.core.fall_silent();
    let refused = open_with(&world, "token").await.err();
    assert_eq!(refused, Some(OpenRefused::Unreachable));
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(
        world.services.counters.rooms.occupied().is_empty(),
        "it left the rooms again"
    );
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn revocation_during_verification_keeps_the_connection_out() {
    let world = chats();
    world
        .authority
        .answer("token", Ok(identity("ada", &["user:ada"])));
    let users = world.services.users.clone();
    world.authority.meanwhile(move || {
        users.revoke(&[Subject::Session("ada's".to_owned())]);
    });
    let refused = open_with(&world, "token").await.err();
    assert_eq!(refused, Some(OpenRefused::Invalid));
}

#[actix_rt::test]
async fn addition_during_verification_is_joined() {
    let world = chats();
    world
        .authority
        .answer("token", Ok(identity("ada", &["user:ada"])));
    let users = world.services.users.clone();
    world.authority.meanwhile(move || {
        use crate::topic::listener::Audience as _;
        assert!(users.added("ada", &grant("chat:9", 0)).is_empty());
    });
    let opened = open_with(&world, "token").await.unwrap();
    assert_eq!(topics(&opened), ["chat:9", "user:ada"]);
}

#[actix_rt::test]
async fn those_who_come_too_fast_wait_and_then_are_sent_away() {
    tokio::time::pause();
    let mut world = chats();
    let services = Arc::get_mut(&mut world.services).unwrap();
    services.pace = crate::limits::connect_pace::ConnectPace::new(Some(1), Instant::now());
    world
        .authority
        .answer("token", Ok(identity("ada", &["user:ada"])));
    let begun = tokio::time::Instant::now();
    let _first = open_with(&world, "token").await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let _second = open_with(&world, "token").await.unwrap();
    assert!(begun.elapsed() > Duration::from_millis(900));
    let mut turns = Vec::new();
    while let Ok(turn) = world.services.pace.take_turn(Instant::now()) {
        turns.push(turn);
    }
    let refused = open_with(&world, "token").await.err();
    assert_eq!(refused, Some(OpenRefused::Crowded));
}

fn of_tokens() -> World {
    let sections = json!({ "news": { "kind": "sequenced" } });
    world_of_tokens(setup(namespaces(sections)))
}

#[actix_rt::test]
async fn token_that_names_channels_seats_its_connection_on_them() {
    let world = of_tokens();
    let mut named = identity("ada", &[]);
    named.channels = vec!["news:1".to_owned(), "news:2".to_owned()];
    world.authority.answer("token", Ok(named));
    let opened = open_with(&world, "token").await.unwrap();
    assert_eq!(topics(&opened), ["news:1", "news:2"]);
    assert_eq!(opened.subs.len(), 2);
    let (told, ended) = take(opened.registration.link().outbox());
    assert!(told.is_empty() && ended.is_none(), "the reply comes first");
}

#[actix_rt::test]
async fn token_that_names_what_cannot_be_is_refused() {
    let world = of_tokens();
    for channel in ["unknown:1", "chat:1"] {
        let mut named = identity("ada", &[]);
        named.channels = vec![channel.to_owned()];
        world.authority.answer("token", Ok(named));
        let refused = open_with(&world, "token").await.err();
        assert_eq!(refused, Some(OpenRefused::Invalid), "{channel}");
    }
}

#[test]
fn every_refusal_has_an_answer_or_an_end() {
    assert_eq!(OpenRefused::Expired.answer(), Ok(Refusal::TOKEN_EXPIRED));
    assert_eq!(OpenRefused::Unreachable.answer(), Ok(Refusal::INTERNAL));
    assert_eq!(
        OpenRefused::Crowded.answer(),
        Ok(Refusal::TOO_MANY_REQUESTS)
    );
    assert_eq!(OpenRefused::Invalid.answer(), Err(Close::INVALID_TOKEN));
    let full = OpenRefused::Full(Full::User);
    assert_eq!(full.answer(), Err(Close::CONNECTION_LIMIT));
}
