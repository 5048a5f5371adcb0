//! Whose connections are here.
//!
//! A connection is verified, then registered. What changes between the two (the user is added to
//! a chat, the session is revoked) would be missed by both, so it is remembered for a while.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use shared_proto::core::v1::{Grant, Revocation};

use crate::{
    hub::room::{Audience, Listener as _},
    protocol::codes::Close,
    transport::link::Link,
};

/// Longer than a verification takes, repeats included.
const REMEMBER_FOR: Duration = Duration::from_secs(30);

/// Additions that are remembered at most.
const ADDITIONS_MAX: usize = 20_000;

/// The session or the user lost access while the connection was being verified.
#[derive(Debug, PartialEq, Eq)]
pub struct Revoked;

#[derive(Default)]
struct State {
    links: HashMap<Arc<str>, Vec<Arc<Link>>>,
    additions: VecDeque<(Instant, String, Grant)>,
    revocations: VecDeque<(Instant, Revocation)>,
}

/// See the module's description.
#[derive(Default)]
pub struct Users(Mutex<State>);

impl Users {
    /// Makes a connection known. Returns what its user was granted in the last moments.
    ///
    /// # Errors
    /// [`Revoked`].
    pub fn register(&self, link: &Arc<Link>) -> Result<Vec<Grant>, Revoked> {
        let mut state = self.lock();
        state.forget_old(Instant::now());
        if state
            .revocations
            .iter()
            .any(|(_, revocation)| revokes(revocation, link))
        {
            return Err(Revoked);
        }
        let user = &link.owner().user;
        state
            .links
            .entry(user.clone())
            .or_default()
            .push(link.clone());
        let additions = state
            .additions
            .iter()
            .filter(|(_, added, _)| **added == **user);
        Ok(additions.map(|(_, _, grant)| grant.clone()).collect())
    }

    /// Forgets a connection.
    pub fn unregister(&self, link: &Arc<Link>) {
        let mut state = self.lock();
        let user = &link.owner().user;
        if let Some(links) = state.links.get_mut(user) {
            links.retain(|other| other.id() != link.id());
            if links.is_empty() {
                state.links.remove(user);
            }
        }
    }

    /// Ends the connections that lose access.
    pub fn revoke(&self, revocation: &Revocation) {
        let mut state = self.lock();
        state
            .revocations
            .push_back((Instant::now(), revocation.clone()));
        for link in state
            .links
            .values()
            .flatten()
            .filter(|link| revokes(revocation, link))
        {
            link.outbox().close(Close::STATE_INVALIDATED);
        }
    }

    /// Every connection that has an owner.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Link>> {
        self.lock().links.values().flatten().cloned().collect()
    }

    /// Users with at least one connection.
    #[must_use]
    pub fn online(&self) -> usize {
        self.lock().links.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Audience<Arc<Link>> for Users {
    fn added(&self, user: &str, grant: &Grant) -> Vec<Arc<Link>> {
        let mut state = self.lock();
        state
            .additions
            .push_back((Instant::now(), user.to_owned(), grant.clone()));
        if state.additions.len() > ADDITIONS_MAX {
            state.additions.pop_front();
        }
        let links = state.links.get(user).into_iter().flatten();
        links.filter(|link| link.follows_chats()).cloned().collect()
    }

    fn removed(&self, user: &str, topic: &str) {
        self.lock()
            .additions
            .retain(|(_, added, grant)| added != user || grant.topic != topic);
    }
}

impl State {
    fn forget_old(&mut self, now: Instant) {
        let old = |at: Instant| now.duration_since(at) > REMEMBER_FOR;
        while self.additions.front().is_some_and(|(at, ..)| old(*at)) {
            self.additions.pop_front();
        }
        while self.revocations.front().is_some_and(|(at, _)| old(*at)) {
            self.revocations.pop_front();
        }
    }
}

fn revokes(revocation: &Revocation, link: &Link) -> bool {
    let owner = link.owner();
    revocation
        .session_ids
        .iter()
        .any(|session| **session == *owner.session)
        || revocation.user_ids.iter().any(|user| **user == *owner.user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        protocol::codec::Wire,
        transport::{link::Owner, outbox::Outbox},
    };

    fn link(user: &str, session: &str) -> Arc<Link> {
        let owner = Owner {
            user: user.into(),
            session: session.into(),
        };
        let outbox = Arc::new(Outbox::new(1024));
        Link::new(owner, Wire::Json, outbox, Arc::default())
    }

    fn grant(topic: &str) -> Grant {
        Grant {
            topic: topic.into(),
            ..Grant::default()
        }
    }

    #[test]
    fn addition_during_verification_is_found_at_registration() {
        let users = Users::default();
        assert!(users.added("ada", &grant("chat:1")).is_empty());
        assert!(users.added("ada", &grant("chat:2")).is_empty());
        users.removed("ada", "chat:2");
        let link = link("ada", "s");
        assert_eq!(users.register(&link).unwrap(), [grant("chat:1")]);
        assert_eq!(users.added("ada", &grant("chat:3")).len(), 1);
        users.unregister(&link);
        assert_eq!(users.online(), 0);
    }

    #[test]
    fn revocation_during_verification_is_found_at_registration() {
        let users = Users::default();
        let (stolen, other) = (link("ada", "stolen"), link("ada", "other"));
        users.register(&other).unwrap();
        users.revoke(&Revocation {
            session_ids: vec!["stolen".into()],
            user_ids: vec![],
        });
        assert_eq!(users.register(&stolen), Err(Revoked));
        assert!(other.outbox().push("still open".into()));
        users.revoke(&Revocation {
            session_ids: vec![],
            user_ids: vec!["ada".into()],
        });
        assert!(!other.outbox().push("closed".into()));
    }
}
