//! The rooms that are alive: an actor for each, and the way to it.
//!
//! Awaited messages form a tree, never a cycle: connection → room, ingress → room. A room answers
//! connections by their outboxes, which never block.
//!
//! # Layout
//! - this file: how everybody else asks a room
//! - [`directory`]: topic → room
//! - [`messages`]: what a room is told and asked
//! - [`actor`]: performs what [`Room`](crate::topic::room::Room) decides; `following` keeps it up with
//!   a core's log
//! - [`ports`]: what rooms need from outside

pub mod actor;
pub mod directory;
mod following;
pub mod messages;
pub mod ports;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Instant};

use actix::{Addr, ArbiterHandle, Handler, Message};
use shared_proto::core::v1::{Grant, LoggedEvent};
use tokio::runtime::Handle;

use self::{
    actor::TopicRoom,
    directory::{RoomDirectory, TooManyTopics},
    messages::{LearnPublished, Publish},
    ports::LogSource,
};
use crate::{
    connection::registry::Users,
    counters::Stats,
    limits::{
        pressure::{Pressure, Queue},
        turnstile::Turnstile,
    },
    topic::namespaces::{Namespace, Namespaces},
};

/// How often a room is looked for again that retired between being found and being asked. It
/// retires when it is idle, which the one that takes its place is not for a while.
const ATTEMPTS: usize = 3;

/// What a room is made with.
#[derive(Clone)]
pub struct RoomParts {
    /// What is counted.
    pub counters: Arc<Stats>,
    /// Who is online.
    pub users: Arc<Users>,
    /// Where logged events are read that a room has missed.
    pub logs: Arc<dyn LogSource>,
    /// Where the room is found until it retires.
    pub directory: Arc<RoomDirectory>,
}

/// Why a room was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// The namespace has as many topics as it may.
    #[error("the namespace has as many topics as it may")]
    TooManyTopics,
    /// Every room that was found had just retired.
    #[error("the topic's rooms retired one after the other")]
    Retired,
}

impl From<TooManyTopics> for NotAsked {
    fn from(TooManyTopics: TooManyTopics) -> Self {
        Self::TooManyTopics
    }
}

/// The way to every room. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    namespaces: Namespaces,
    turnstile: Arc<Turnstile>,
    parts: Arc<RoomParts>,
}

impl Rooms {
    /// No room is alive yet; those that will be live on `threads`. The runtime that this is called
    /// on is to be none of theirs, nor of those that write.
    #[must_use]
    pub fn new(
        namespaces: Namespaces,
        threads: Vec<ArbiterHandle>,
        counters: Arc<Stats>,
        users: Arc<Users>,
        logs: Arc<dyn LogSource>,
    ) -> Self {
        let pressure = Arc::new(Pressure::new(Instant::now()));
        for thread in &threads {
            for answer in pressure.watch(Queue::Rooms) {
                // A thread that has stopped has no rooms.
                let _ = thread.spawn(answer);
            }
        }
        Self {
            namespaces,
            turnstile: Arc::new(Turnstile::new(pressure, Handle::current())),
            parts: Arc::new(RoomParts {
                counters,
                users,
                logs,
                directory: Arc::new(RoomDirectory::new(threads)),
            }),
        }
    }

    /// What publications pass on their way here.
    #[must_use]
    pub fn turnstile(&self) -> &Turnstile {
        &self.turnstile
    }

    /// What topics may do.
    #[must_use]
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// Where the logs are read.
    #[must_use]
    pub fn logs(&self) -> &dyn LogSource {
        &*self.parts.logs
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.directory.rooms()
    }

    /// Whether `topic` has a room.
    #[must_use]
    pub fn has(&self, topic: &str) -> bool {
        self.parts.directory.find(topic).is_some()
    }

    /// Asks the room of `topic`; `None` where there is none.
    pub async fn ask<M>(&self, topic: &str, message: impl Fn() -> M) -> Option<M::Result>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        TopicRoom: Handler<M>,
    {
        let find = || Ok(self.parts.directory.find(topic));
        self.ask_found(topic, find, message).await.ok().flatten()
    }

    /// Asks the room of a topic that no core logs, which is started if there is none.
    ///
    /// # Errors
    /// [`NotAsked`].
    pub async fn ask_own<M>(
        &self,
        topic: &str,
        namespace: &Arc<Namespace>,
        message: impl Fn() -> M,
    ) -> Result<M::Result, NotAsked>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        TopicRoom: Handler<M>,
    {
        let find = || {
            let parts = &self.parts;
            let room = parts.directory.find_or_start_own(topic, namespace, parts)?;
            Ok(Some(room))
        };
        let answer = self.ask_found(topic, find, message).await?;
        answer.ok_or(NotAsked::Retired)
    }

    /// Asks the room of a topic that a core logs. If there is none, one is started that goes on
    /// after the head of `start`.
    ///
    /// # Errors
    /// [`NotAsked::Retired`].
    pub async fn ask_logged<M>(
        &self,
        start: &Grant,
        namespace: &Arc<Namespace>,
        message: impl Fn() -> M,
    ) -> Result<M::Result, NotAsked>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        TopicRoom: Handler<M>,
    {
        let find = || Ok(Some(self.start_logged(start, namespace)));
        let answer = self.ask_found(&start.topic, find, message).await?;
        answer.ok_or(NotAsked::Retired)
    }

    async fn ask_found<M>(
        &self,
        topic: &str,
        find: impl Fn() -> Result<Option<Addr<TopicRoom>>, TooManyTopics>,
        message: impl Fn() -> M,
    ) -> Result<Option<M::Result>, NotAsked>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        TopicRoom: Handler<M>,
    {
        for _ in 0..ATTEMPTS {
            let Some(room) = find()? else {
                return Ok(None);
            };
            match room.send(message()).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(_) => self.parts.directory.retire(topic, &room),
            }
        }
        Err(NotAsked::Retired)
    }

    fn start_logged(&self, start: &Grant, namespace: &Arc<Namespace>) -> Addr<TopicRoom> {
        let parts = &self.parts;
        parts.directory.find_or_start(start, namespace, parts)
    }

    /// Starts the room of a topic that a core logs, if there is none. It never retires.
    pub fn pin(&self, start: &Grant, namespace: &Arc<Namespace>) {
        self.parts.directory.pin(start, namespace, &self.parts);
    }

    /// Hands an event of a core's log to its room; returns the offset up to which nothing more is
    /// needed. Without a room nobody listens, and whoever comes later starts from a fresh head: a
    /// room is started only if the event `brings_listeners`.
    ///
    /// The event is in the room's mailbox when this is first polled.
    pub async fn publish(
        &self,
        event: LoggedEvent,
        brings_listeners: impl FnOnce(&LoggedEvent) -> bool,
    ) -> u64 {
        let directory = &self.parts.directory;
        let (topic, epoch, offset) = (event.topic.clone(), event.epoch.clone(), event.offset);
        let room = directory.route(&topic, &epoch, offset).or_else(|| {
            let namespace = self.namespaces.of_logged(&topic)?;
            brings_listeners(&event).then(|| self.start_logged(&before(&event), namespace))
        });
        let Some(room) = room else {
            return offset;
        };
        if let Ok(head) = room.send(Publish(event)).await {
            return head;
        }
        // It retired. One that was started in its place may have begun before this event; one that
        // will be started learns of it by the directory.
        directory.retire(&topic, &room);
        if let Some(next) = directory.route(&topic, &epoch, offset) {
            // A room that retires again had no listeners.
            let _ = next.send(LearnPublished { epoch, offset }).await;
        }
        offset
    }
}

/// Where a room starts that is to take this event in first.
fn before(event: &LoggedEvent) -> Grant {
    Grant {
        topic: event.topic.clone(),
        epoch: event.epoch.clone(),
        head: event.offset - 1,
        ..Grant::default()
    }
}
