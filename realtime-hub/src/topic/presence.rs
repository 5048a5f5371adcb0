//! Who of a room's members is online, told where the room is small enough.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a user stays online after the last connection left: a reload is not an absence.
pub const OFFLINE_AFTER: Duration = Duration::from_secs(5);

/// Connections by user. Small: a chat has an entry for everyone who is online.
#[derive(Debug, Default)]
pub struct Presence {
    /// User → connections; who has none is about to be offline.
    users: HashMap<Arc<str>, u32>,
    /// When the last connection of those left.
    left_at: HashMap<Arc<str>, Instant>,
}

impl Presence {
    /// A connection of `user` arrived. True when the user was offline before.
    pub fn arrive(&mut self, user: Arc<str>) -> bool {
        if let Some(connections) = self.users.get_mut(&user) {
            *connections += 1;
            self.left_at.remove(&user);
            return false;
        }
        self.users.insert(user, 1);
        true
    }

    /// A connection of `user` left. True when it was the last: call [`Self::settle`] after
    /// [`OFFLINE_AFTER`].
    pub fn leave(&mut self, user: &Arc<str>, now: Instant) -> bool {
        let Some(connections) = self.users.get_mut(user) else {
            return false;
        };
        *connections = connections.saturating_sub(1);
        if *connections > 0 {
            return false;
        }
        self.left_at.insert(user.clone(), now);
        true
    }

    /// The user is no member any more.
    pub fn forget(&mut self, user: &str) {
        self.users.remove(user);
        self.left_at.remove(user);
    }

    /// Users who have been gone for [`OFFLINE_AFTER`]: they are offline from now on.
    pub fn settle(&mut self, now: Instant) -> Vec<Arc<str>> {
        let gone = |(_, left): &(&Arc<str>, &Instant)| now.duration_since(**left) >= OFFLINE_AFTER;
        let offline: Vec<Arc<str>> = self
            .left_at
            .iter()
            .filter(gone)
            .map(|(user, _)| user.clone())
            .collect();
        for user in &offline {
            self.forget(user);
        }
        if self.left_at.is_empty() {
            self.left_at = HashMap::new();
        }
        offline
    }

    /// Users who have a connection at this moment.
    #[must_use]
    pub fn connected_users(&self) -> usize {
        self.users.len() - self.left_at.len()
    }

    /// Everyone who is online.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(|user| &**user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_device_is_no_arrival() {
        let mut presence = Presence::default();
        let now = Instant::now();
        assert!(presence.arrive("ada".into()));
        assert!(!presence.arrive("ada".into()));
        assert!(!presence.leave(&"ada".into(), now));
        assert!(presence.leave(&"ada".into(), now));
    }

    #[test]
    fn reload_is_no_absence() {
        let mut presence = Presence::default();
        let now = Instant::now();
        presence.arrive("ada".into());
        presence.leave(&"ada".into(), now);
        assert_eq!(presence.connected_users(), 0);
        assert!(presence.settle(now + OFFLINE_AFTER / 2).is_empty());
        assert!(!presence.arrive("ada".into()));
        assert_eq!(presence.connected_users(), 1);
        assert!(presence.settle(now + OFFLINE_AFTER * 2).is_empty());
        presence.leave(&"ada".into(), now);
        assert_eq!(presence.settle(now + OFFLINE_AFTER), ["ada".into()]);
        assert_eq!(
            (presence.online().count(), presence.connected_users()),
            (0, 0)
        );
    }
}
