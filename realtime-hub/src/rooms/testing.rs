//! Rooms for tests: their logs are in memory, and they live on the test's own thread.

use std::{
    collections::{BTreeMap, HashMap},
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use actix::Arbiter;
use futures_util::{FutureExt as _, future::BoxFuture};
use serde::Deserialize as _;
use serde_json::Value;
use shared_proto::core::v1::{Grant, LoggedEvent, MembershipChange, TopicHead, TopicSlice};

use super::{Rooms, ports::LogSource};
use crate::{
    connection::registry::Users,
    counters::Stats,
    topic::{
        log::Gap,
        namespaces::{NamespaceConfig, Namespaces},
    },
};

/// The epoch of every log before a restore.
pub(crate) const EPOCH: &str = "e";

/// Logs that are kept in memory.
#[derive(Default)]
pub(crate) struct FakeLogs {
    topics: Mutex<HashMap<String, Vec<LoggedEvent>>>,
    silent: AtomicBool,
    /// The epoch since a restore.
    restored_as: Mutex<Option<&'static str>>,
}

impl FakeLogs {
    /// The next event of a topic; it is in the log and nobody was told of it.
    pub(crate) fn append(&self, topic: &str) -> LoggedEvent {
        let mut topics = self.topics.lock().unwrap();
        let log = topics.entry(topic.to_owned()).or_default();
        let offset = log.len() as u64 + 1;
        log.push(LoggedEvent {
            topic: topic.to_owned(),
            epoch: self.epoch().to_owned(),
            offset,
            data: format!("{{\"n\":{offset}}}").into(),
            ..LoggedEvent::default()
        });
        log[log.len() - 1].clone()
    }

    /// The next event of a topic, which changes who hears it.
    pub(crate) fn append_change(&self, topic: &str, change: MembershipChange) -> LoggedEvent {
        let offset = self.append(topic).offset;
        let mut topics = self.topics.lock().unwrap();
        let log = topics.entry(topic.to_owned()).or_default();
        let event = log.iter_mut().find(|event| event.offset == offset).unwrap();
        event.membership = Some(change);
        event.clone()
    }

    /// Where the log of a topic stands.
    pub(crate) fn len(&self, topic: &str) -> u64 {
        self.topics.lock().unwrap().get(topic).map_or(0, Vec::len) as u64
    }

    /// A topic's log is what it was when it had so many events, and all have another epoch.
    pub(crate) fn restore(&self, topic: &str, len: usize, epoch: &'static str) {
        let mut topics = self.topics.lock().unwrap();
        topics.get_mut(topic).unwrap().truncate(len);
        *self.restored_as.lock().unwrap() = Some(epoch);
    }

    fn epoch(&self) -> &'static str {
        self.restored_as.lock().unwrap().unwrap_or(EPOCH)
    }

    /// From now on no core answers.
    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    fn answer<T>(&self, answer: impl FnOnce(&[LoggedEvent]) -> T, topic: &str) -> Option<T> {
        if self.silent.load(Ordering::Relaxed) {
            return None;
        }
        let topics = self.topics.lock().unwrap();
        Some(answer(topics.get(topic).map_or(&[], Vec::as_slice)))
    }
}

impl LogSource for FakeLogs {
    fn head(&self, topic: &str) -> BoxFuture<'static, Option<TopicHead>> {
        let head = |log: &[LoggedEvent]| TopicHead {
            topic: topic.to_owned(),
            epoch: self.epoch().to_owned(),
            offset: log.len() as u64,
            ..TopicHead::default()
        };
        ready(self.answer(head, topic)).boxed()
    }

    fn read(&self, topic: &str, epoch: &str, gap: Gap) -> BoxFuture<'static, Option<TopicSlice>> {
        let is_ours = epoch == self.epoch();
        let slice = |log: &[LoggedEvent]| TopicSlice {
            topic: topic.to_owned(),
            epoch: self.epoch().to_owned(),
            head: log.len() as u64,
            events: log
                .iter()
                .filter(|event| is_ours && gap.after < event.offset && event.offset <= gap.up_to)
                .cloned()
                .collect(),
        };
        ready(self.answer(slice, topic)).boxed()
    }
}

/// The built-in namespaces, and what is written here besides.
pub(crate) fn namespaces(sections: Value) -> Namespaces {
    let written = BTreeMap::<String, NamespaceConfig>::deserialize(sections).unwrap();
    Namespaces::new(&written).unwrap()
}

/// Rooms, and what they are made with.
pub(crate) struct Setup {
    pub(crate) rooms: Rooms,
    pub(crate) users: Arc<Users>,
    pub(crate) counters: Arc<Stats>,
    pub(crate) logs: Arc<FakeLogs>,
}

/// Rooms of these namespaces, on this thread.
pub(crate) fn setup(namespaces: Namespaces) -> Setup {
    let (users, logs) = (Arc::new(Users::new(None)), Arc::<FakeLogs>::default());
    let counters = Arc::<Stats>::default();
    let threads = vec![Arbiter::current()];
    let rooms = Rooms::new(
        namespaces,
        threads,
        counters.clone(),
        users.clone(),
        logs.clone(),
    );
    Setup {
        rooms,
        users,
        counters,
        logs,
    }
}

/// The right to hear a topic whose log stands at `head`, from its beginning on.
pub(crate) fn grant(topic: &str, head: u64) -> Grant {
    Grant {
        topic: topic.to_owned(),
        epoch: EPOCH.to_owned(),
        head,
        readable_from: 1,
        member_count: 2,
        presence_withheld: false,
    }
}
