//! Topic → room.
//!
//! A map under a lock and not an actor: every published event asks it, and an answer must not
//! wait behind the starting of rooms (see docs/adr/0004).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix::{Actor as _, Addr, ArbiterHandle};
use shared_proto::core::v1::Grant;

use crate::{actors::topic_room::TopicRoom, context::Hub};

/// Published topics without a room whose offset is remembered; beyond that all are forgotten and
/// rooms rely on their regular comparison with the core.
const ORPHANS_MAX: usize = 65_536;

#[derive(Default)]
struct State {
    rooms: HashMap<Arc<str>, Addr<TopicRoom>>,
    /// Topic → last published epoch and offset, where nobody listened. A room that starts from an
    /// older grant knows by this that it has missed something.
    orphans: HashMap<String, (String, u64)>,
}

/// See the module's description.
pub struct RoomDirectory {
    state: Mutex<State>,
    threads: Vec<ArbiterHandle>,
}

impl RoomDirectory {
    /// Rooms will live on these threads.
    #[must_use]
    pub fn new(threads: Vec<ArbiterHandle>) -> Self {
        Self {
            state: Mutex::default(),
            threads,
        }
    }

    /// The room of `topic`, if there is one.
    #[must_use]
    pub fn find(&self, topic: &str) -> Option<Addr<TopicRoom>> {
        self.lock().rooms.get(topic).cloned()
    }

    /// The room that a published event goes to. Without one its position is remembered.
    #[must_use]
    pub fn route(&self, topic: &str, epoch: &str, offset: u64) -> Option<Addr<TopicRoom>> {
        let mut state = self.lock();
        if let Some(room) = state.rooms.get(topic) {
            return Some(room.clone());
        }
        if state.orphans.len() >= ORPHANS_MAX {
            state.orphans.clear();
        }
        let orphan = state.orphans.entry(topic.to_owned()).or_default();
        if orphan.0 != epoch || orphan.1 < offset {
            *orphan = (epoch.to_owned(), offset);
        }
        None
    }

    /// The room of the granted topic; a new one goes on after the grant's head.
    #[must_use]
    pub fn find_or_start(&self, grant: &Grant, hub: &Arc<Hub>) -> Addr<TopicRoom> {
        let mut state = self.lock();
        if let Some(room) = state.rooms.get(grant.topic.as_str()) {
            return room.clone();
        }
        let topic: Arc<str> = grant.topic.as_str().into();
        let published = state.orphans.remove(&*topic);
        let room = TopicRoom::new(grant, published, hub.clone());
        let room = TopicRoom::start_in_arbiter(self.thread(&topic), |_| room);
        state.rooms.insert(topic, room.clone());
        room
    }

    /// Takes a room out that is about to stop.
    pub fn retire(&self, topic: &str, room: &Addr<TopicRoom>) {
        let mut state = self.lock();
        if state.rooms.get(topic) == Some(room) {
            state.rooms.remove(topic);
        }
    }

    /// How many rooms there are.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.lock().rooms.len()
    }

    fn thread(&self, topic: &str) -> &ArbiterHandle {
        let hash = topic.bytes().fold(0_usize, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        &self.threads[hash % self.threads.len()]
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
