//! What each room counts, for the list of the busiest ones.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::Serialize;

use super::{Counter, per_second};

/// Rooms in the list.
const TOP: usize = 10;

/// One room's counters, which the room alone writes.
#[derive(Debug)]
pub struct RoomStats {
    topic: Arc<str>,
    connections: AtomicUsize,
    events: Counter,
    deliveries: Counter,
    told: Mutex<Told>,
}

/// What the counters were when the list was last made.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    events: u64,
    deliveries: u64,
}

impl RoomStats {
    /// That many connections are in the room now.
    pub fn set_connections(&self, connections: usize) {
        self.connections.store(connections, Ordering::Relaxed);
    }

    /// Events were accepted and pushed.
    pub fn count(&self, events: u64, deliveries: u64) {
        self.events.add(events);
        self.deliveries.add(deliveries);
    }

    fn busyness(&self, elapsed: Duration) -> BusyRoom {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Told {
            events: self.events.get(),
            deliveries: self.deliveries.get(),
        };
        let before = std::mem::replace(&mut *told, now);
        BusyRoom {
            topic: self.topic.to_string(),
            connections: self.connections.load(Ordering::Relaxed),
            events_per_s: per_second(now.events - before.events, elapsed),
            deliveries_per_s: per_second(now.deliveries - before.deliveries, elapsed),
        }
    }
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BusyRoom {
    topic: String,
    connections: usize,
    events_per_s: f64,
    deliveries_per_s: f64,
}

/// All rooms' counters.
#[derive(Debug, Default)]
pub struct Rooms(Mutex<Vec<Weak<RoomStats>>>);

impl Rooms {
    /// Counters for a new room. They are forgotten when the room drops them.
    pub fn register(&self, topic: &Arc<str>) -> Arc<RoomStats> {
        let room = Arc::new(RoomStats {
            topic: topic.clone(),
            connections: AtomicUsize::new(0),
            events: Counter::default(),
            deliveries: Counter::default(),
            told: Mutex::default(),
        });
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rooms.len() == rooms.capacity() {
            rooms.retain(|room| room.strong_count() > 0);
        }
        rooms.push(Arc::downgrade(&room));
        room
    }

    /// Every room's counters.
    fn all(&self) -> Vec<Arc<RoomStats>> {
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.iter().filter_map(Weak::upgrade).collect()
    }

    /// Topic and connections of every room that has some.
    #[must_use]
    pub fn occupied(&self) -> Vec<(Arc<str>, usize)> {
        let rooms = self.all().into_iter();
        let occupied = rooms.map(|room| {
            let connections = room.connections.load(Ordering::Relaxed);
            (room.topic.clone(), connections)
        });
        occupied
            .filter(|(_, connections)| *connections > 0)
            .collect()
    }

    /// The rooms with the most deliveries since the last call, which was `elapsed` ago; then those
    /// with the most connections.
    #[must_use]
    pub fn busiest(&self, elapsed: Duration) -> Vec<BusyRoom> {
        let mut rooms: Vec<BusyRoom> = self
            .all()
            .iter()
            .map(|room| room.busyness(elapsed))
            .collect();
        rooms.sort_by(|one, other| {
            let deliveries = other.deliveries_per_s.total_cmp(&one.deliveries_per_s);
            deliveries.then(other.connections.cmp(&one.connections))
        });
        rooms.truncate(TOP);
        rooms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn busiest_come_first_and_rates_are_of_the_last_interval() {
        let rooms = Rooms::default();
        let registered: Vec<_> = (0..TOP + 5)
            .map(|number| rooms.register(&format!("t:{number}").as_str().into()))
            .collect();
        registered[2].count(5, 50);
        registered[3].set_connections(7);
        let busiest = rooms.busiest(SECOND * 2);
        assert_eq!(busiest.len(), TOP);
        let row = |topic: &str, connections, events_per_s, deliveries_per_s| BusyRoom {
            topic: topic.to_owned(),
            connections,
            events_per_s,
            deliveries_per_s,
        };
        assert_eq!(busiest[0], row("t:2", 0, 2.5, 25.0));
        assert_eq!(busiest[1], row("t:3", 7, 0.0, 0.0));
        assert_eq!(rooms.busiest(SECOND)[0], row("t:3", 7, 0.0, 0.0));
    }

    #[test]
    fn room_that_is_gone_is_forgotten() {
        let rooms = Rooms::default();
        for number in 0..100 {
            drop(rooms.register(&format!("t:{number}").as_str().into()));
        }
        assert!(rooms.busiest(SECOND).is_empty());
        assert!(
            rooms.0.lock().unwrap().len() < 10,
            "no row per room that ever was"
        );
    }
}
