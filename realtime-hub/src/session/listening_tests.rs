use serde_json::json;

use super::{
    super::testing::{World, identity, world},
    *,
};
use crate::{
    connection::testing::take,
    identity::Identity,
    rooms::testing::{EPOCH, namespaces, setup},
    topic::cursor::Cursor,
};

/// A hub of Ada's, who is in `chat:1` and may subscribe to `news`.
fn hub_of_ada() -> World {
    let world = world(setup(namespaces(json!({
        "news": { "kind": "sequenced", "subscribe": "authenticated" },
    }))));
    let ada = identity("ada", &["user:ada", "chat:1"]);
    world.authority.answer("token", Ok(ada));
    world
}

async fn listen_to(
    world: &World,
    topics: &[&str],
    since: Option<&Marks>,
) -> Result<Listening, OpenRefused> {
    let outbox = Arc::new(Outbox::new(1 << 20));
    let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
    listen(
        &world.services,
        outbox,
        Wire::Topics,
        "token",
        topics,
        since,
    )
    .await
}

fn refusal(listening: &Listening, at: usize) -> Option<&Refusal> {
    listening.topics[at].1.as_ref().err()
}

#[actix_rt::test]
async fn stream_hears_what_it_may_and_is_told_what_it_may_not() {
    let world = hub_of_ada();
    let topics = ["user:ada", "chat:1", "news:1", "chat:2", "nowhere:1"];
    let listening = listen_to(&world, &topics, None).await.unwrap();
    let heard = listening.topics[..3]
        .iter()
        .all(|(_, seated)| seated.is_ok());
    assert!(heard);
    assert_eq!(refusal(&listening, 3), Some(&Refusal::PERMISSION_DENIED));
    assert_eq!(refusal(&listening, 4), Some(&Refusal::UNKNOWN_CHANNEL));
    // What the token does not grant, a core was asked.
    assert_eq!(world.core.asked(), ["chat:2"]);
    drop(listening);
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn stream_goes_on_where_its_cursor_says() {
    let world = hub_of_ada();
    for _ in 0..3 {
        world.logs.append("chat:1");
    }
    let ada = Identity {
        grants: vec![
            crate::rooms::testing::grant("user:ada", 0),
            crate::rooms::testing::grant("chat:1", 3),
        ],
        ..identity("ada", &[])
    };
    world.authority.answer("token", Ok(ada));
    let mut cursor = Cursor::default();
    cursor.place("chat:1", EPOCH, 1);
    let marks: Marks = cursor.to_string().parse().unwrap();
    let topics = ["chat:1", "user:ada"];
    let listening = listen_to(&world, &topics, Some(&marks)).await.unwrap();
    let (_, chat) = &listening.topics[0];
    let chat = chat.as_ref().unwrap();
    let missed: Vec<u64> = chat
        .publications
        .iter()
        .map(|missed| missed.offset)
        .collect();
    assert_eq!((chat.recovered, missed), (true, vec![2, 3]));
    let (_, own) = &listening.topics[1];
    assert!(!own.as_ref().unwrap().was_recovering, "it has no mark");
}

#[actix_rt::test]
async fn token_that_a_core_was_lenient_with_begins_no_stream() {
    let world = hub_of_ada();
    let late = Identity {
        expires_at_ms: clock::now_ms() - 1,
        ..identity("ada", &["user:ada"])
    };
    world.authority.answer("token", Ok(late));
    let refused = listen_to(&world, &["user:ada"], None).await.err();
    assert_eq!(refused, Some(OpenRefused::Expired));
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn stream_is_not_begun_while_no_core_can_say_what_it_may_hear() {
    let world = hub_of_ada();
    world.core.fall_silent();
    let refused = listen_to(&world, &["user:ada", "chat:2"], None).await.err();
    assert_eq!(refused, Some(OpenRefused::Unreachable));
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn nothing_is_sent_before_the_stream_is_told_to_begin() {
    let world = hub_of_ada();
    let listening = listen_to(&world, &["user:ada"], None).await.unwrap();
    let outbox = listening.registration.link().outbox();
    assert!(take(outbox).0.is_empty());
}
