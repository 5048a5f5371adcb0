//! What the rest of the hub holds of a connection.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shared_proto::client::v1::ClientInfo;
use uuid::Uuid;

use super::{outbox::Outbox, positioned::Positioned};
use crate::{
    counters::{
        connections::Transport,
        latency::{Latency, Stopwatch},
    },
    protocol::{codes::Close, frame::Frame, wire::Wire},
    topic::{
        cursor::Cursor,
        listener::{ConnectionId, Listener, RoomId},
    },
};

/// Whose connection it is, as a core or a token said.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The user.
    pub user: Arc<str>,
    /// The session the token belongs to.
    pub session: Arc<str>,
    /// What others are told of the user, JSON on one line; may be empty.
    pub info: Bytes,
}

/// Who loses access: what a revocation is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// All of a user's sessions.
    User(String),
    /// One sign-in.
    Session(String),
}

impl Subject {
    /// Whether a connection of `owner` is meant.
    #[must_use]
    pub fn means(&self, owner: &Owner) -> bool {
        match self {
            Self::User(user) => **user == *owner.user,
            Self::Session(session) => **session == *owner.session,
        }
    }
}

/// A connection that has an owner. Rooms push into it from any thread.
#[derive(Debug)]
pub struct Link {
    id: ConnectionId,
    client: String,
    owner: Owner,
    wire: Wire,
    outbox: Arc<Outbox>,
    latency: Arc<Latency>,
    /// When its token runs out, in UTC milliseconds since 1970-01-01.
    expires_at_ms: AtomicI64,
    /// Of a plain event stream.
    positioned: Option<Box<Positioned>>,
    /// Topics whose rooms it is in; `None` once it has ended.
    rooms: Mutex<Option<Vec<Arc<str>>>>,
    /// Topic → what those in it are told of this subscriber, where its token says something.
    infos: Mutex<BTreeMap<String, Bytes>>,
    /// Subscriptions that its client has or is about to have.
    subscriptions: AtomicUsize,
}

impl Link {
    /// A new connection of `owner`.
    #[must_use]
    pub fn new(owner: Owner, wire: Wire, outbox: Arc<Outbox>, latency: Arc<Latency>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            client: Uuid::new_v4().to_string(),
            owner,
            wire,
            outbox,
            latency,
            expires_at_ms: AtomicI64::new(i64::MAX),
            positioned: wire
                .is_plain_events()
                .then(|| Box::new(Positioned::new(wire))),
            rooms: Mutex::new(Some(Vec::new())),
            infos: Mutex::default(),
            subscriptions: AtomicUsize::new(0),
        })
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// How its frames look.
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// What it travels on.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.wire.into()
    }

    /// When its token runs out, in UTC milliseconds since 1970-01-01.
    #[must_use]
    pub fn expires_at_ms(&self) -> i64 {
        self.expires_at_ms.load(Ordering::Relaxed)
    }

    /// It has another token, or somebody decided so.
    pub fn expire_at(&self, moment_ms: i64) {
        self.expires_at_ms.store(moment_ms, Ordering::Relaxed);
    }

    /// What waits to be written to it.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Whether it hears all of its user's chats. A plain event stream hears what it asked for.
    #[must_use]
    pub fn follows_chats(&self) -> bool {
        !self.wire.is_plain_events()
    }

    /// Begins a plain event stream; see [`Positioned::begin`].
    pub fn begin(&self, first: Bytes, cursor: Cursor) {
        if let Some(positioned) = &self.positioned {
            positioned.begin(&self.outbox, first, cursor);
        }
    }

    /// Whether it is in the room of `topic`.
    #[must_use]
    pub fn is_in(&self, topic: &str) -> bool {
        self.with_rooms(|rooms| {
            rooms
                .as_ref()
                .is_some_and(|rooms| rooms.iter().any(|room| **room == *topic))
        })
    }

    /// The topics whose rooms it is in.
    #[must_use]
    pub fn topics(&self) -> Vec<Arc<str>> {
        self.with_rooms(|rooms| rooms.clone().unwrap_or_default())
    }

    /// Takes note of what those in `topic` are told of it; may be nothing.
    pub fn introduce(&self, topic: &str, info: Bytes) {
        let mut infos = self.infos();
        if info.is_empty() {
            infos.remove(topic);
        } else {
            infos.insert(topic.to_owned(), info);
        }
    }

    fn infos(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.infos.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets one of `limit` subscriptions aside; a room gives it back when it ends. False when there
    /// are that many.
    #[must_use]
    pub fn take_subscription(&self, limit: usize) -> bool {
        let more = |taken| (taken < limit).then_some(taken + 1);
        self.subscriptions
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    /// Whether it has ended: no room takes it in any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.with_rooms(|rooms| rooms.is_none())
    }

    /// Ends its part in every room; returns the rooms that must be told. No room takes it in
    /// after that.
    pub fn end(&self) -> Vec<Arc<str>> {
        self.with_rooms(Option::take).unwrap_or_default()
    }

    fn with_rooms<T>(&self, act: impl FnOnce(&mut Option<Vec<Arc<str>>>) -> T) -> T {
        act(&mut self.rooms.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Listener for Arc<Link> {
    fn id(&self) -> ConnectionId {
        self.id
    }

    fn user(&self) -> &str {
        &self.owner.user
    }

    fn shared_user(&self) -> Arc<str> {
        self.owner.user.clone()
    }

    fn client(&self) -> &str {
        &self.client
    }

    fn info(&self, topic: &str) -> ClientInfo {
        ClientInfo {
            user: self.user().to_owned(),
            client: self.client.clone(),
            conn_info: self.owner.info.clone(),
            chan_info: self.infos().get(topic).cloned().unwrap_or_default(),
        }
    }

    fn is_json(&self) -> bool {
        self.wire.is_json()
    }

    fn deliver(&self, frame: &Frame) {
        match &self.positioned {
            None => {
                self.outbox.push(frame.bytes(self.wire));
            }
            Some(positioned) => positioned.push(&self.outbox, frame),
        }
    }

    fn deliver_latest(&self, room: RoomId, frame: &Frame) {
        match &self.positioned {
            None => {
                self.outbox.push_latest(room, frame.bytes(self.wire));
            }
            Some(positioned) => positioned.push_latest(&self.outbox, room, frame),
        }
    }

    fn time(&self, committed_at_us: i64) {
        let stopwatch = Stopwatch::new(committed_at_us, self.latency.clone());
        self.outbox.time(stopwatch);
    }

    fn enter(&self, topic: &Arc<str>) -> bool {
        self.with_rooms(|rooms| {
            rooms
                .as_mut()
                .map(|rooms| rooms.push(topic.clone()))
                .is_some()
        })
    }

    fn exit(&self, topic: &str) {
        if let Some(positioned) = &self.positioned {
            positioned.forget(topic);
        }
        self.infos().remove(topic);
        self.with_rooms(|rooms| {
            if let Some(rooms) = rooms {
                rooms.retain(|room| **room != *topic);
            }
        });
    }

    fn unsubscribed(&self) {
        self.subscriptions.fetch_sub(1, Ordering::Relaxed);
    }

    fn invalidate(&self) {
        self.outbox.close(Close::INSUFFICIENT_STATE);
    }
}
