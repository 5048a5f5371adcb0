//! Topic → room.
//!
//! A map under a lock and not an actor: every published event asks it, and an answer must not
//! wait behind the starting of rooms (see docs/adr/0004).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use actix::{Actor as _, Addr, ArbiterHandle};
use shared_proto::core::v1::Grant;
use uuid::Uuid;

use super::{RoomParts, actor::TopicRoom};
use crate::{
    connection::link::Link,
    protocol::topic_name::namespace_name,
    topic::{listener::RoomId, namespaces::Namespace, quiet::QuietTopics, room::Room},
};

/// Published topics without a room whose offset is remembered; beyond that all are forgotten and
/// rooms rely on their regular comparison with the core.
const ORPHANS_MAX: usize = 65_536;

#[derive(Default)]
struct State {
    rooms: HashMap<Arc<str>, Addr<TopicRoom>>,
    /// Topic → last published epoch and offset, where nobody listened. A room that starts from an
    /// older grant knows by this that it has missed something.
    orphans: HashMap<String, (String, u64)>,
    /// Namespace → its rooms that no core logs.
    own: HashMap<Box<str>, usize>,
    quiet: QuietTopics,
    last_id: RoomId,
}

impl State {
    fn next_id(&mut self) -> RoomId {
        self.last_id += 1;
        self.last_id
    }
}

/// A namespace has as many topics as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyTopics;

/// The rooms that are alive, by topic.
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

    /// The room of the granted topic, which a core logs; a new one goes on after the grant's head.
    #[must_use]
    pub fn find_or_start(
        &self,
        grant: &Grant,
        namespace: &Arc<Namespace>,
        parts: &Arc<RoomParts>,
    ) -> Addr<TopicRoom> {
        self.find_or_start_logged(grant, namespace, parts, false)
    }

    /// Starts the room of the granted topic, if there is none. It never retires.
    pub fn pin(&self, grant: &Grant, namespace: &Arc<Namespace>, parts: &Arc<RoomParts>) {
        let _ = self.find_or_start_logged(grant, namespace, parts, true);
    }

    fn find_or_start_logged(
        &self,
        grant: &Grant,
        namespace: &Arc<Namespace>,
        parts: &Arc<RoomParts>,
        pinned: bool,
    ) -> Addr<TopicRoom> {
        let mut state = self.lock();
        if let Some(room) = state.rooms.get(grant.topic.as_str()) {
            return room.clone();
        }
        let published = state.orphans.remove(&grant.topic);
        let (namespace, limits) = (namespace.clone(), namespace.ring.into());
        let room = Room::logged(state.next_id(), namespace, grant, limits);
        let room = TopicRoom::new(room, parts.clone()).with_published(published);
        self.start(&mut state, if pinned { room.pinned() } else { room })
    }

    /// The room of a topic that no core logs.
    ///
    /// # Errors
    /// [`TooManyTopics`].
    pub fn find_or_start_own(
        &self,
        topic: &str,
        namespace: &Arc<Namespace>,
        parts: &Arc<RoomParts>,
    ) -> Result<Addr<TopicRoom>, TooManyTopics> {
        let mut state = self.lock();
        if let Some(room) = state.rooms.get(topic) {
            return Ok(room.clone());
        }
        let rooms = state.own.entry(namespace.name.clone()).or_default();
        if *rooms >= namespace.topics_max {
            return Err(TooManyTopics);
        }
        *rooms += 1;
        let (id, namespace) = (state.next_id(), namespace.clone());
        let room: Room<Arc<Link>> = match state.quiet.recall(topic, Instant::now()) {
            Some(standing) => Room::resumed(id, namespace, topic, standing),
            None => {
                let epoch = &Uuid::new_v4().simple().to_string()[..8];
                Room::own(id, namespace, topic, epoch)
            }
        };
        Ok(self.start(&mut state, TopicRoom::new(room, parts.clone())))
    }

    fn start(&self, state: &mut State, room: TopicRoom) -> Addr<TopicRoom> {
        let topic = room.topic().clone();
        let address = TopicRoom::start_in_arbiter(self.thread(&topic), |_| room);
        state.rooms.insert(topic, address.clone());
        address
    }

    /// Takes a room out that is about to stop because it is idle, and remembers where its topic
    /// stands.
    pub fn put_to_rest(&self, idle: &Room<Arc<Link>>, room: &Addr<TopicRoom>) {
        if let Some((standing, age)) = idle.standing() {
            let until = Instant::now() + age;
            self.lock().quiet.remember(idle.topic(), standing, until);
        }
        self.retire(idle.topic(), room);
    }

    /// Takes a room out that has stopped or is about to.
    pub fn retire(&self, topic: &str, room: &Addr<TopicRoom>) {
        let mut state = self.lock();
        if state.rooms.get(topic) == Some(room) {
            state.rooms.remove(topic);
            if let Some(rooms) = state.own.get_mut(namespace_name(topic)) {
                *rooms -= 1;
            }
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
