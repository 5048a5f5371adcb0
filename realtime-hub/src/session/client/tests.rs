//! A session between a socket and rooms of its own: what its client is told.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    net::TcpStream,
    time::timeout,
};

use super::*;
use crate::{
    identity::VerifyError,
    rooms::testing::{namespaces, setup},
    session::testing::{World, identity, world},
    socket::{
        HttpSocket,
        testing::{connection, place},
    },
};

/// How long anything may take.
const SOON: Duration = Duration::from_secs(10);

/// A client that is told JSON, a line each, and speaks by requests of its own.
struct Client {
    told: Lines<BufReader<TcpStream>>,
    services: Arc<Services>,
    session: String,
}

impl Client {
    /// Connects with a token, and returns what is answered to that.
    async fn connect(world: &World, token: &str) -> (Self, Value) {
        let (ours, peer) = connection();
        peer.set_nonblocking(true).unwrap();
        let peer = TcpStream::from_std(peer).unwrap();
        let socket = HttpSocket::new(ours, place()).handle();
        let outbox = Arc::new(Outbox::new(1 << 20));
        let reader = Reader::hangup(socket.clone());
        let writer = Writer::new(socket, Wire::JsonLines, outbox.clone());
        let connect = json!({ "id": 1, "connect": { "token": token } });
        ClientSession::begin(
            world.services.clone(),
            Wire::JsonLines,
            outbox,
            (reader, writer),
            Some(connect.to_string().into()),
        );
        let mut client = Self {
            told: BufReader::new(peer).lines(),
            services: world.services.clone(),
            session: String::new(),
        };
        let reply = client.next().await;
        let session = reply["connect"]["session"].as_str();
        client.session = session.unwrap_or_default().to_owned();
        (client, reply)
    }

    /// What the client is told next.
    async fn next(&mut self) -> Value {
        let line = timeout(SOON, self.told.next_line()).await;
        let line = line.expect("something is told").unwrap();
        serde_json::from_str(&line.expect("the connection goes on")).unwrap()
    }

    async fn say(&self, command: &Value) {
        let session = self.services.emulated.find(&self.session).unwrap();
        session
            .send(Emulate(command.to_string().into()))
            .await
            .unwrap();
    }

    /// Says something and returns what is told next.
    async fn ask(&mut self, command: Value) -> Value {
        self.say(&command).await;
        self.next().await
    }

    /// The code of the error that is the answer.
    async fn refused(&mut self, command: Value) -> u64 {
        let reply = self.ask(command).await;
        reply["error"]["code"].as_u64().unwrap_or_default()
    }
}

/// The code by which a connection is told that it ends.
fn end(told: &Value) -> u64 {
    told["push"]["disconnect"]["code"]
        .as_u64()
        .unwrap_or_default()
}

/// A hub with Ada in it, who is in `chat:1` and may subscribe to and publish in `news`.
fn hub_of_ada() -> World {
    let world = world(setup(namespaces(json!({
        "news": { "kind": "sequenced", "subscribe": "authenticated", "publish": "subscribers" },
    }))));
    let ada = identity("ada", &["user:ada", "chat:1"]);
    world.authority.answer("token", Ok(ada));
    world
}

#[actix_rt::test]
async fn connect_is_answered_first_and_says_what_is_heard() {
    let world = hub_of_ada();
    let (client, reply) = Client::connect(&world, "token").await;
    assert_eq!(reply["id"], 1);
    let mut heard: Vec<&String> = reply["connect"]["subs"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    heard.sort_unstable();
    assert_eq!(heard, ["feed", "user:ada"]);
    assert_eq!(reply["connect"]["node"], "hub-1");
    assert!(!client.session.is_empty());
}

#[actix_rt::test]
async fn token_that_ran_out_may_be_replaced_and_one_that_is_none_ends_the_connection() {
    let world = hub_of_ada();
    world.authority.answer("old", Err(VerifyError::Expired));
    let (_client, reply) = Client::connect(&world, "old").await;
    assert_eq!(reply["error"]["code"], 109);
    let (_client, reply) = Client::connect(&world, "forged").await;
    assert_eq!(end(&reply), 3500);
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn subscriber_hears_what_it_publishes_and_nothing_after_it_left() {
    let world = hub_of_ada();
    let (mut ada, _) = Client::connect(&world, "token").await;
    let early = json!({ "id": 2, "publish": { "channel": "news:1", "data": 1 } });
    assert_eq!(ada.refused(early).await, 103, "only subscribers publish");
    let subscribed = ada
        .ask(json!({ "id": 3, "subscribe": { "channel": "news:1" } }))
        .await;
    assert!(subscribed["subscribe"].is_object(), "{subscribed}");
    ada.say(&json!({ "id": 4, "publish": { "channel": "news:1", "data": { "n": 1 } } }))
        .await;
    let told = [ada.next().await, ada.next().await];
    let push = told.iter().find(|told| told["push"].is_object()).unwrap();
    assert_eq!(push["push"]["pub"]["data"], json!({ "n": 1 }));
    assert!(told.iter().any(|told| told["id"] == 4));

    let history = json!({ "id": 5, "history": { "channel": "news:1", "limit": 10 } });
    let history = ada.ask(history).await;
    assert_eq!(
        history["history"]["publications"].as_array().unwrap().len(),
        1
    );

    let left = ada
        .ask(json!({ "id": 6, "unsubscribe": { "channel": "news:1" } }))
        .await;
    assert_eq!(left["id"], 6);
    let late = json!({ "id": 7, "publish": { "channel": "news:1", "data": 1 } });
    assert_eq!(ada.refused(late).await, 103);
    assert_eq!(world.services.counters.publications.get(), 1);
}

#[actix_rt::test]
async fn only_those_in_a_chat_acknowledge_and_cause_events_there() {
    let world = hub_of_ada();
    let (mut ada, _) = Client::connect(&world, "token").await;
    let ack = |id: u32, conversation: &str| {
        let data = json!({ "conversation_id": conversation, "seq": 4 });
        json!({ "id": id, "rpc": { "method": "ack", "data": data } })
    };
    assert!(ada.ask(ack(2, "1")).await["rpc"].is_object());
    assert_eq!(world.services.counters.acks.get(), 1);
    assert_eq!(ada.refused(ack(3, "2")).await, 103);
    assert_eq!(world.services.counters.acks.get(), 1);
    let unknown = json!({ "id": 4, "rpc": { "method": "whoami", "data": {} } });
    assert_eq!(ada.refused(unknown).await, 104);

    let typing = |id: u32, topic: &str, kind: &str| json!({ "id": id, "publish": { "channel": topic, "data": { "type": kind } } });
    assert_eq!(ada.refused(typing(5, "chat:2", "typing")).await, 103);
    assert_eq!(
        ada.refused(typing(6, "chat:1", "message.posted")).await,
        103
    );
}

#[actix_rt::test]
async fn command_that_no_client_sends_ends_the_connection() {
    for wrong in [
        json!({ "subscribe": { "channel": "news:1" } }),
        json!({ "id": 2, "connect": { "token": "token" } }),
    ] {
        let world = hub_of_ada();
        let (mut ada, _) = Client::connect(&world, "token").await;
        assert_eq!(end(&ada.ask(wrong.clone()).await), 3501, "{wrong}");
    }
}

#[actix_rt::test]
async fn refreshed_token_must_be_of_the_same_user() {
    let world = hub_of_ada();
    world
        .authority
        .answer("newer", Ok(identity("ada", &["user:ada"])));
    world
        .authority
        .answer("hers", Ok(identity("eve", &["user:eve"])));
    let (mut ada, _) = Client::connect(&world, "token").await;
    let refresh = |id: u32, token: &str| json!({ "id": id, "refresh": { "token": token } });
    let refreshed = ada.ask(refresh(2, "newer")).await;
    assert_eq!(refreshed["refresh"]["expires"], true);
    assert_eq!(end(&ada.ask(refresh(3, "hers")).await), 3500);
}

#[actix_rt::test]
async fn client_that_hangs_up_is_forgotten() {
    let world = hub_of_ada();
    let (ada, _) = Client::connect(&world, "token").await;
    assert_eq!(world.services.users.online(), 1);
    drop(ada);
    let gone = async {
        while world.services.users.online() > 0
            || !world.services.counters.rooms.occupied().is_empty()
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, gone).await.expect("nobody is there any more");
}
