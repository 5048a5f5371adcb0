//! A connection's place in the hub, from its sign-in to its end.

use std::sync::Arc;

use actix::Arbiter;

use crate::{
    connection::{link::Link, registry::Users},
    rooms::{Rooms, messages::Leave},
    topic::listener::Listener as _,
};

/// A connection that the hub knows; dropping it takes the connection out of everything.
pub struct Registration {
    users: Arc<Users>,
    rooms: Rooms,
    link: Arc<Link>,
}

impl Registration {
    /// For a connection that [`Users::register`] has taken in.
    #[must_use]
    pub fn new(users: Arc<Users>, rooms: Rooms, link: Arc<Link>) -> Self {
        Self { users, rooms, link }
    }

    /// The connection.
    #[must_use]
    pub fn link(&self) -> &Arc<Link> {
        &self.link
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.users.unregister(&self.link);
        let (topics, connection) = (self.link.end(), self.link.id());
        let rooms = self.rooms.clone();
        let leave = async move {
            for topic in topics {
                // A room that has stopped has no members.
                let _ = rooms.ask(&topic, || Leave { connection }).await;
            }
        };
        // On the connection's own thread: when many leave at once, no other work waits for them.
        if let Some(thread) = Arbiter::try_current() {
            thread.spawn(leave);
        }
    }
}
