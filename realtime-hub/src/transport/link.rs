//! What the rest of the hub holds of a connection.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use uuid::Uuid;

use super::outbox::Outbox;
use crate::{
    hub::room::{ConnectionId, Listener, RoomId},
    protocol::{codec::Wire, codes::Close, frame::Frame},
};

/// Whose connection it is, as a core said.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The user.
    pub user: Arc<str>,
    /// The session the token belongs to.
    pub session: Arc<str>,
}

/// A connection that has an owner. Rooms push into it from any thread.
#[derive(Debug)]
pub struct Link {
    id: ConnectionId,
    client: String,
    owner: Owner,
    wire: Wire,
    outbox: Arc<Outbox>,
    /// Topics whose rooms it is in; `None` once it has ended.
    rooms: Mutex<Option<Vec<Arc<str>>>>,
    /// Subscriptions that its client has or is about to have.
    subscriptions: AtomicUsize,
}

impl Link {
    /// A new connection of `owner`.
    #[must_use]
    pub fn new(owner: Owner, wire: Wire, outbox: Arc<Outbox>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Arc::new(Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            client: Uuid::new_v4().to_string(),
            owner,
            wire,
            outbox,
            rooms: Mutex::new(Some(Vec::new())),
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

    /// What waits to be written to it.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Whether it hears its user's chats. An event stream hears `user:{id}` alone.
    #[must_use]
    pub fn follows_chats(&self) -> bool {
        self.wire != Wire::EventStream
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

    /// Sets one of `limit` subscriptions aside; a room gives it back when it ends. False when there
    /// are that many.
    #[must_use]
    pub fn take_subscription(&self, limit: usize) -> bool {
        let more = |taken| (taken < limit).then_some(taken + 1);
        self.subscriptions
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
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

    fn client(&self) -> &str {
        &self.client
    }

    fn is_json(&self) -> bool {
        self.wire.is_json()
    }

    fn deliver(&self, frame: &Frame) {
        self.outbox.push(frame.bytes(self.wire));
    }

    fn deliver_latest(&self, room: RoomId, frame: &Frame) {
        self.outbox.push_latest(room, frame.bytes(self.wire));
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
