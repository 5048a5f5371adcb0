//! Who of a room's members is online, told where the room is small enough.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long a user stays online after the last connection left: a reload is not an absence.
pub const OFFLINE_AFTER: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Status {
    connections: usize,
    /// When the last connection left.
    left_at: Option<Instant>,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Presence {
    users: HashMap<String, Status>,
    /// How many of them have no connection any more.
    leaving: usize,
}

impl Presence {
    /// A connection of `user` arrived. True when the user was offline before.
    pub fn arrive(&mut self, user: &str) -> bool {
        if let Some(status) = self.users.get_mut(user) {
            status.connections += 1;
            if status.left_at.take().is_some() {
                self.leaving -= 1;
            }
            return false;
        }
        self.users.insert(
            user.to_owned(),
            Status {
                connections: 1,
                left_at: None,
            },
        );
        true
    }

    /// A connection of `user` left. True when it was the last: call [`Self::settle`] after
    /// [`OFFLINE_AFTER`].
    pub fn leave(&mut self, user: &str, now: Instant) -> bool {
        let Some(status) = self.users.get_mut(user) else {
            return false;
        };
        status.connections = status.connections.saturating_sub(1);
        if status.connections == 0 && status.left_at.replace(now).is_none() {
            self.leaving += 1;
        }
        status.connections == 0
    }

    /// The user is no member any more.
    pub fn forget(&mut self, user: &str) {
        let status = self.users.remove(user);
        if status.is_some_and(|status| status.left_at.is_some()) {
            self.leaving -= 1;
        }
    }

    /// Users who have been gone for [`OFFLINE_AFTER`]: they are offline from now on.
    pub fn settle(&mut self, now: Instant) -> Vec<String> {
        let gone = |status: &Status| {
            status
                .left_at
                .is_some_and(|left| now.duration_since(left) >= OFFLINE_AFTER)
        };
        let offline: Vec<String> = self
            .users
            .iter()
            .filter(|(_, status)| gone(status))
            .map(|(user, _)| user.clone())
            .collect();
        for user in &offline {
            self.forget(user);
        }
        offline
    }

    /// Users who have a connection at this moment.
    #[must_use]
    pub fn connected_users(&self) -> usize {
        self.users.len() - self.leaving
    }

    /// Everyone who is online.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_device_is_no_arrival() {
        let mut presence = Presence::default();
        let now = Instant::now();
        assert!(presence.arrive("ada"));
        assert!(!presence.arrive("ada"));
        assert!(!presence.leave("ada", now));
        assert!(presence.leave("ada", now));
    }

    #[test]
    fn reload_is_no_absence() {
        let mut presence = Presence::default();
        let now = Instant::now();
        presence.arrive("ada");
        presence.leave("ada", now);
        assert_eq!(presence.connected_users(), 0);
        assert!(presence.settle(now + OFFLINE_AFTER / 2).is_empty());
        assert!(!presence.arrive("ada"));
        assert_eq!(presence.connected_users(), 1);
        assert!(presence.settle(now + OFFLINE_AFTER * 2).is_empty());
        presence.leave("ada", now);
        assert_eq!(presence.settle(now + OFFLINE_AFTER), ["ada"]);
        assert_eq!(
            (presence.online().count(), presence.connected_users()),
            (0, 0)
        );
    }
}
