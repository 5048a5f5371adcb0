use bytes::Bytes;
use serde_json::json;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{
    super::{
        listening::{Listening, listen},
        testing::{World, identity, world},
    },
    *,
};
use crate::{
    connection::link::Link,
    identity::Identity,
    protocol::wire::Wire,
    rooms::testing::{namespaces, setup},
    socket::{
        HttpSocket,
        testing::{connection, place},
    },
    topic::cursor::Cursor,
};

/// How long anything may take.
const SOON: Duration = Duration::from_secs(15);

/// What a stream begins with.
const FIRST: &[u8] = b"event: ready\n\n";

const HOUR_MS: i64 = 3_600_000;

/// A stream that a client listens to.
struct Streaming {
    peer: TcpStream,
    outbox: Arc<Outbox>,
    counters: Arc<Stats>,
}

impl Streaming {
    /// What the client is told until the end of the stream.
    async fn read_to_end(&mut self) -> Vec<u8> {
        let mut told = Vec::new();
        let read = timeout(SOON, self.peer.read_to_end(&mut told)).await;
        read.expect("the stream ends").unwrap();
        told
    }

    /// Reads what the stream begins with.
    async fn has_begun(&mut self) {
        let mut first = vec![0; FIRST.len()];
        let read = timeout(SOON, self.peer.read_exact(&mut first)).await;
        read.expect("the stream begins").unwrap();
        assert_eq!(first, FIRST);
    }

    /// How many users' streams there are.
    fn open(&self) -> u64 {
        self.counters.connections.open(Transport::Sse)
    }

    /// How often each code has ended a stream.
    fn ended(&self) -> Vec<(u16, u64)> {
        let counts = self.counters.closes.counts().into_iter();
        counts.map(|close| (close.code, close.count)).collect()
    }

    async fn is_over(&self) {
        eventually(|| self.open() == 0).await;
    }
}

async fn eventually(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(SOON, waiting).await.expect("it comes to that");
}

fn hub() -> World {
    world(setup(namespaces(json!({}))))
}

fn streaming(counters: &Arc<Stats>, outbox: &Arc<Outbox>, of: Option<Registration>) -> Streaming {
    let (ours, peer) = connection();
    peer.set_nonblocking(true).unwrap();
    let socket = HttpSocket::new(ours, place()).handle();
    let reader = Reader::hangup(socket.clone());
    let writer = Writer::new(socket, Wire::Topics, outbox.clone());
    EventStream::begin(counters.clone(), outbox.clone(), (reader, writer), of);
    Streaming {
        peer: TcpStream::from_std(peer).unwrap(),
        outbox: outbox.clone(),
        counters: counters.clone(),
    }
}

/// A stream of Ada's on her own topic, and what the hub knows of it.
async fn stream_of_ada(world: &World, expires_at_ms: i64) -> (Streaming, Arc<Link>) {
    let ada = Identity {
        expires_at_ms,
        ..identity("ada", &["user:ada"])
    };
    world.authority.answer("token", Ok(ada));
    let outbox = Arc::new(Outbox::new(1 << 20));
    let topics = vec!["user:ada".to_owned()];
    let listening = listen(
        &world.services,
        outbox.clone(),
        Wire::Topics,
        "token",
        topics,
        None,
    );
    let Listening { registration, .. } = listening.await.unwrap();
    let link = registration.link().clone();
    link.begin(Bytes::from_static(FIRST), Cursor::default());
    let stream = streaming(&world.services.counters, &outbox, Some(registration));
    (stream, link)
}

#[actix_rt::test]
async fn client_that_hangs_up_leaves_everything() {
    let world = hub();
    let (mut stream, link) = stream_of_ada(&world, clock::now_ms() + HOUR_MS).await;
    stream.has_begun().await;
    assert_eq!((stream.open(), world.services.users.online()), (1, 1));
    // What a client says that has only to listen is of no interest.
    stream
        .peer
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    assert!(!link.has_ended());
    stream.peer.shutdown().await.unwrap();
    stream.is_over().await;
    assert_eq!(world.services.users.online(), 0);
    assert!(link.has_ended());
    assert_eq!(stream.ended(), [(1006, 1)]);
}

#[actix_rt::test]
async fn stream_ends_with_its_token() {
    let world = hub();
    let (mut stream, link) = stream_of_ada(&world, clock::now_ms() + 50).await;
    assert_eq!(stream.read_to_end().await, FIRST);
    stream.is_over().await;
    assert_eq!(stream.ended(), [(Close::EXPIRED.code, 1)]);
    assert!(link.has_ended());
}

#[actix_rt::test]
async fn moment_of_the_end_can_be_moved_on() {
    let world = hub();
    let (mut stream, link) = stream_of_ada(&world, clock::now_ms() + 50).await;
    let moved_to = clock::now_ms() + 300;
    link.expire_at(moved_to);
    stream.read_to_end().await;
    assert!(clock::now_ms() >= moved_to, "it ended too early");
}

#[actix_rt::test]
async fn client_that_does_not_read_is_cut_off_and_named() {
    let world = hub();
    let (stream, link) = stream_of_ada(&world, clock::now_ms() + HOUR_MS).await;
    let frame = Bytes::from(vec![b'x'; 64 * 1024]);
    while stream.outbox.push(frame.clone()) {
        tokio::task::yield_now().await;
    }
    stream.is_over().await;
    assert_eq!(stream.ended(), [(Close::SLOW.code, 1)]);
    let noted = stream.counters.lifecycle.after(0);
    assert!(noted.iter().any(|entry| entry.text.contains(link.client())));
    assert_eq!(world.services.users.online(), 0);
}

#[actix_rt::test]
async fn stream_of_an_admin_counts_among_no_users_and_says_when_it_is_over() {
    let (counters, outbox) = (Arc::<Stats>::default(), Arc::new(Outbox::new(1024)));
    outbox.push(Bytes::from_static(FIRST));
    let mut stream = streaming(&counters, &outbox, None);
    stream.has_begun().await;
    assert_eq!(stream.open(), 0);
    stream.peer.shutdown().await.unwrap();
    // Whoever pushes statistics into it looks at what a push answers.
    eventually(|| !outbox.push(Bytes::from_static(b"\n"))).await;
    assert_eq!(stream.ended(), []);
}

#[actix_rt::test]
async fn quiet_stream_is_kept_alive() {
    let world = hub();
    let (mut stream, _link) = stream_of_ada(&world, clock::now_ms() + HOUR_MS).await;
    stream.has_begun().await;
    // Nothing else is to be done, so the time until the next heartbeat passes at once.
    tokio::time::pause();
    let mut comments = [0; 6];
    stream.peer.read_exact(&mut comments).await.unwrap();
    assert_eq!(comments, *b":\n\n:\n\n");
}

#[actix_rt::test]
async fn stream_of_a_broken_socket_is_over() {
    let world = hub();
    let (mut stream, _link) = stream_of_ada(&world, clock::now_ms() + HOUR_MS).await;
    stream.has_begun().await;
    let Streaming { peer, counters, .. } = stream;
    // A reset instead of an end.
    let linger = SockRef::from(&peer).set_linger(Some(Duration::ZERO));
    linger.unwrap();
    drop(peer);
    eventually(|| counters.connections.open(Transport::Sse) == 0).await;
    let [lost] = &counters.closes.counts()[..] else {
        panic!("one stream was lost");
    };
    assert_eq!((lost.code, lost.count), (1006, 1));
    assert_eq!(world.services.users.online(), 0);
}
