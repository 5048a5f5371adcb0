//! Clients whose transport goes one way only: what they say comes as requests of their own.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix::Addr;
use uuid::Uuid;

use crate::session::client::ClientSession;

/// The sessions that requests may speak for. Whoever knows a session's name speaks for it, so names
/// cannot be guessed.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<Uuid, Addr<ClientSession>>>);

impl Sessions {
    /// Takes a session in and names it.
    pub fn add(&self, session: Addr<ClientSession>) -> Uuid {
        // 122 bits of the system's randomness.
        let name = Uuid::new_v4();
        self.lock().insert(name, session);
        name
    }

    /// Forgets a session that has ended.
    pub fn remove(&self, name: Uuid) {
        self.lock().remove(&name);
    }

    /// The session of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Addr<ClientSession>> {
        let name = Uuid::try_parse(name).ok()?;
        self.lock().get(&name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Addr<ClientSession>>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
