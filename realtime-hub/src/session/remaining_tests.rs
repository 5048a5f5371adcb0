use serde_json::{Value, json};
use shared_proto::core::v1::{Grant, ListGrantsResponse, MembershipChange};
use tokio::time::Instant;

use super::{
    super::{
        admission::{Opened, open},
        testing::{World, identity, world, world_with_held_parts},
    },
    *,
};
use crate::{
    connection::{outbox::Outbox, testing::take},
    protocol::wire::Wire,
    rooms::testing::{grant, namespaces, setup},
};

fn part(grants: Vec<Grant>, next: &str) -> ListGrantsResponse {
    ListGrantsResponse {
        grants,
        next: next.to_owned(),
    }
}

/// Ada's connection; `user:ada` and `chat:1` came with her token, and there are more.
async fn connect(world: &World) -> Opened {
    let mut granted = identity("ada", &["user:ada", "chat:1"]);
    granted.next_grants = "second".to_owned();
    world.authority.answer("token", Ok(granted));
    let outbox = Arc::new(Outbox::new(1 << 20));
    let opened = open(&world.services, outbox, Wire::JsonLines, "token", |_| None).await;
    let opened = opened.unwrap();
    // The connect's reply.
    opened.registration.link().outbox().open_with("{}".into());
    opened
}

fn topics(opened: &Opened) -> Vec<String> {
    let topics = opened.registration.link().topics();
    let mut topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
    topics.sort_unstable();
    topics
}

/// What the connection was told after the connect's reply.
fn told(opened: &Opened) -> Vec<Value> {
    let (told, ended) = take(opened.registration.link().outbox());
    assert_eq!(ended, None);
    let told = told.into_iter().filter(|frame| *frame != json!({}));
    told.map(|frame| frame["push"]["pub"]["data"].clone())
        .collect()
}

fn complete() -> Value {
    json!({ "topic": "feed", "event": { "type": "feed.complete" } })
}

async fn follow_all(world: &World, opened: &Opened) {
    let link = opened.registration.link();
    follow(&world.services, link, opened.remaining.clone()).await;
}

#[actix_rt::test]
async fn connect_is_answered_before_the_further_chats_come_and_they_are_heard_then() {
    let world = world_with_held_parts(setup(namespaces(json!({}))));
    let first = part(vec![grant("chat:2", 0), grant("chat:1", 0)], "third");
    world.core.answer("second", first);
    world
        .core
        .answer("third", part(vec![grant("chat:3", 0)], ""));
    // No part was released: it does not wait for any.
    let opened = connect(&world).await;
    assert_eq!(topics(&opened), ["chat:1", "user:ada"]);
    assert_eq!(opened.remaining, "second");

    world.core.release();
    world.core.release();
    follow_all(&world, &opened).await;
    assert_eq!(topics(&opened), ["chat:1", "chat:2", "chat:3", "user:ada"]);
    assert_eq!(told(&opened), [complete()]);
    let event = world.logs.append("chat:3");
    world.services.rooms.publish(event, |_| false).await;
    assert_eq!(told(&opened)[0]["topic"], "chat:3");
    assert_eq!(world.core.asked(), ["second", "third"]);
}

#[actix_rt::test]
async fn removal_in_between_wins_over_a_later_part() {
    tokio::time::pause();
    for is_live in [false, true] {
        let world = world(setup(namespaces(json!({}))));
        let opened = connect(&world).await;
        // Somebody else keeps the room alive, or nobody does.
        let mut somebody = identity("eve", &["user:eve", "chat:2"]);
        somebody
            .grants
            .retain(|grant| is_live || grant.topic != "chat:2");
        world.authority.answer("eve's", Ok(somebody));
        let outbox = Arc::new(Outbox::new(1 << 20));
        let others = open(&world.services, outbox, Wire::JsonLines, "eve's", |_| None).await;
        let _others = others.unwrap();

        // Read before the removal, which arrives first.
        let read = part(vec![grant("chat:2", 0)], "");
        world.core.answer("second", read);
        let removal = world.logs.append_change(
            "chat:2",
            MembershipChange {
                removed_user_ids: vec!["ada".to_owned()],
                member_count: 1,
                ..MembershipChange::default()
            },
        );
        world.services.rooms.publish(removal, |_| false).await;
        follow_all(&world, &opened).await;
        let later = world.logs.append("chat:2");
        world.services.rooms.publish(later, |_| false).await;
        // A room that knows that it has missed something reads the log.
        sleep(Duration::from_secs(1)).await;
        assert_eq!(topics(&opened), ["chat:1", "user:ada"], "live: {is_live}");
        let told = told(&opened);
        let secrets = told.iter().filter(|item| item["offset"] == 2);
        assert_eq!(secrets.count(), 0, "{told:?}");
    }
}

#[actix_rt::test]
async fn connection_that_ends_midway_leaves_nothing_behind() {
    tokio::time::pause();
    let world = world_with_held_parts(setup(namespaces(json!({}))));
    world
        .core
        .answer("second", part(vec![grant("chat:2", 0)], "third"));
    let opened = connect(&world).await;
    let (services, link) = (world.services.clone(), opened.registration.link().clone());
    let remaining = opened.remaining.clone();
    let following = actix_rt::spawn(async move { follow(&services, &link, remaining).await });
    tokio::task::yield_now().await;
    drop(opened);
    world.core.release();
    // It ends, though the core has more.
    following.await.unwrap();
    assert_eq!(world.core.asked(), ["second"]);
    sleep(Duration::from_millis(10)).await;
    assert!(world.services.counters.rooms.occupied().is_empty());
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn part_that_no_core_gives_is_asked_for_again_while_the_connection_lives() {
    tokio::time::pause();
    let world = world(setup(namespaces(json!({}))));
    world
        .core
        .answer("second", part(vec![grant("chat:2", 0)], ""));
    let opened = connect(&world).await;
    world.core.fall_silent();
    let begun = Instant::now();
    let silence = async {
        sleep(Duration::from_secs(60)).await;
        world.core.speak();
    };
    tokio::join!(follow_all(&world, &opened), silence);
    assert_eq!(topics(&opened), ["chat:1", "chat:2", "user:ada"]);
    assert_eq!(told(&opened), [complete()]);
    let asked = world.core.asked().len();
    assert!((5..=14).contains(&asked), "asked {asked} times");
    assert!(begun.elapsed() <= Duration::from_secs(60) + PAUSE_MAX);
}
