//! Whose connections are here.
//!
//! A connection is verified, then registered. What changes between the two (the user is added to
//! a chat, the session is revoked) would be missed by both, so it is remembered for a while.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use shared_proto::core::v1::Grant;

use crate::{
    connection::link::{Link, Subject},
    limits::places::Full,
    protocol::codes::Close,
    topic::listener::{Audience, Listener as _},
};

/// Longer than a verification takes, repeats included.
const REMEMBER_FOR: Duration = Duration::from_secs(30);

/// Additions, and revocations, that are remembered at most.
const REMEMBERED_MAX: usize = 20_000;

/// Why a connection is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRegistered {
    /// The session or the user lost access while the connection was being verified.
    Revoked,
    /// There is no room.
    Full(Full),
}

/// Which connections somebody means; what is empty is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Whose.
    pub user: &'a str,
    /// The connection's name on the wire.
    pub client: &'a str,
    /// Of which sign-in.
    pub session: &'a str,
}

impl Selection<'_> {
    /// Whether everybody is meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.user.is_empty() && self.client.is_empty() && self.session.is_empty()
    }

    fn means(&self, link: &Arc<Link>) -> bool {
        let meant = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        meant(self.user, link.user())
            && meant(self.client, link.client())
            && meant(self.session, &link.owner().session)
    }
}

impl fmt::Display for Selection<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("user", self.user),
            ("client", self.client),
            ("session", self.session),
        ];
        let named = parts.into_iter().filter(|(_, value)| !value.is_empty());
        let named: Vec<String> = named
            .map(|(name, value)| format!("{name} {value:?}"))
            .collect();
        formatter.write_str(&named.join(", "))
    }
}

#[derive(Default)]
struct State {
    links: HashMap<Arc<str>, Vec<Arc<Link>>>,
    additions: VecDeque<(Instant, String, Grant)>,
    revocations: VecDeque<(Instant, Subject)>,
}

/// The registered connections by user, with what changed in the last moments.
pub struct Users {
    state: Mutex<State>,
    per_user_max: Option<usize>,
}

impl Users {
    /// Nobody is here yet. Without `per_user_max` one user may have any number of connections.
    #[must_use]
    pub fn new(per_user_max: Option<usize>) -> Self {
        Self {
            state: Mutex::default(),
            per_user_max,
        }
    }

    /// Makes a connection known whose token began to be verified at `asked_at`: what was revoked
    /// after that is revoked for it, too. Returns what its user was granted in the last moments.
    ///
    /// # Errors
    /// [`NotRegistered`].
    pub fn register(
        &self,
        link: &Arc<Link>,
        asked_at: Instant,
    ) -> Result<Vec<Grant>, NotRegistered> {
        let mut state = self.lock();
        state.forget_old(Instant::now());
        if state
            .revocations
            .iter()
            .any(|(at, subject)| *at >= asked_at && subject.means(link.owner()))
        {
            return Err(NotRegistered::Revoked);
        }
        let user = &link.owner().user;
        let has = state.links.get(user).map_or(0, Vec::len);
        if self.per_user_max.is_some_and(|max| has >= max) {
            return Err(NotRegistered::Full(Full::User));
        }
        let links = state.links.entry(user.clone()).or_default();
        links.push(link.clone());
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
    pub fn revoke(&self, subjects: &[Subject]) {
        let mut state = self.lock();
        let now = Instant::now();
        state.forget_old(now);
        let revoked = subjects.iter().map(|subject| (now, subject.clone()));
        state.revocations.extend(revoked);
        let excess = state.revocations.len().saturating_sub(REMEMBERED_MAX);
        state.revocations.drain(..excess);
        let links = state.links.values().flatten();
        let is_meant = |link: &&Arc<Link>| {
            let owner = link.owner();
            subjects.iter().any(|subject| subject.means(owner))
        };
        for link in links.filter(is_meant) {
            link.outbox().close(Close::STATE_INVALIDATED);
        }
    }

    /// The connections that are meant.
    #[must_use]
    pub fn select(&self, selection: &Selection<'_>) -> Vec<Arc<Link>> {
        let state = self.lock();
        if selection.user.is_empty() {
            let links = state.links.values().flatten();
            links
                .filter(|link| selection.means(link))
                .cloned()
                .collect()
        } else {
            let links = state.links.get(selection.user).into_iter().flatten();
            links
                .filter(|link| selection.means(link))
                .cloned()
                .collect()
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Audience<Arc<Link>> for Users {
    fn added(&self, user: &str, grant: &Grant) -> Vec<Arc<Link>> {
        let mut state = self.lock();
        state
            .additions
            .push_back((Instant::now(), user.to_owned(), grant.clone()));
        if state.additions.len() > REMEMBERED_MAX {
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{Barrier, LazyLock},
        thread,
    };

    use super::*;
    use crate::connection::testing::link_of as link;

    /// Before everything that a test does.
    fn asked_at() -> Instant {
        static ASKED_AT: LazyLock<Instant> = LazyLock::new(Instant::now);
        *ASKED_AT
    }

    fn grant(topic: &str) -> Grant {
        Grant {
            topic: topic.into(),
            ..Grant::default()
        }
    }

    #[test]
    fn addition_during_verification_is_found_at_registration() {
        let users = Users::new(None);
        assert!(users.added("ada", &grant("chat:1")).is_empty());
        assert!(users.added("ada", &grant("chat:2")).is_empty());
        users.removed("ada", "chat:2");
        let link = link("ada", "s");
        assert_eq!(
            users.register(&link, asked_at()).unwrap(),
            [grant("chat:1")]
        );
        assert_eq!(users.added("ada", &grant("chat:3")).len(), 1);
        users.unregister(&link);
        assert_eq!(users.online(), 0);
    }

    #[test]
    fn connections_are_selected_by_all_that_is_named() {
        let users = Users::new(None);
        let links = [link("ada", "1"), link("ada", "2"), link("eve", "1")];
        for link in &links {
            users.register(link, asked_at()).unwrap();
        }
        let count = |user, session, client| {
            let selection = Selection {
                user,
                client,
                session,
            };
            users.select(&selection).len()
        };
        assert_eq!(count("ada", "", ""), 2);
        assert_eq!(count("ada", "2", ""), 1);
        assert_eq!(count("", "1", ""), 2);
        assert_eq!(count("", "", links[2].client()), 1);
        assert_eq!(count("ada", "", links[2].client()), 0);
        assert_eq!(count("nobody", "", ""), 0);
    }

    #[test]
    fn user_with_enough_connections_gets_no_more_until_one_ends() {
        let users = Users::new(Some(2));
        let links = [link("ada", "1"), link("ada", "1"), link("ada", "2")];
        users.register(&links[0], asked_at()).unwrap();
        users.register(&links[1], asked_at()).unwrap();
        let full = Err(NotRegistered::Full(Full::User));
        assert_eq!(users.register(&links[2], asked_at()), full);
        users.register(&link("eve", "1"), asked_at()).unwrap();
        // Who was not taken in takes nobody's place along.
        users.unregister(&links[2]);
        assert_eq!(users.register(&links[2], asked_at()), full);
        users.unregister(&links[0]);
        users.register(&links[2], asked_at()).unwrap();
    }

    #[test]
    fn connects_of_one_moment_do_not_get_past_the_limit() {
        let users = Users::new(Some(3));
        let links: Vec<_> = (0..24).map(|_| link("ada", "s")).collect();
        let start = Barrier::new(links.len());
        let register = |link| {
            start.wait();
            users.register(link, asked_at()).is_ok()
        };
        let taken_in = thread::scope(|scope| {
            let register = &register;
            let threads: Vec<_> = links
                .iter()
                .map(|link| scope.spawn(move || register(link)))
                .collect();
            let taken_in = threads.into_iter().map(|thread| thread.join().unwrap());
            taken_in.filter(|taken_in| *taken_in).count()
        });
        assert_eq!((taken_in, users.all().len()), (3, 3));
    }

    #[test]
    fn revocation_during_verification_is_found_at_registration() {
        let users = Users::new(None);
        let (stolen, other) = (link("ada", "stolen"), link("ada", "other"));
        let asked_at = asked_at();
        users.register(&other, asked_at).unwrap();
        users.revoke(&[Subject::Session("stolen".into())]);
        let during = users.register(&stolen, asked_at);
        assert_eq!(during, Err(NotRegistered::Revoked));
        // Who asks afterwards was told by those who verify.
        users.register(&stolen, Instant::now()).unwrap();
        assert!(other.outbox().push("still open".into()));
        users.revoke(&[Subject::User("ada".into())]);
        assert!(!other.outbox().push("closed".into()));
    }

    #[test]
    fn what_is_remembered_of_revocations_is_bounded_and_the_newest_stay() {
        let users = Users::new(None);
        let asked_at = asked_at();
        let sessions = 0..=REMEMBERED_MAX;
        let subjects: Vec<Subject> = sessions
            .map(|session| Subject::Session(session.to_string()))
            .collect();
        users.revoke(&subjects);
        assert_eq!(users.lock().revocations.len(), REMEMBERED_MAX);
        let newest = link("ada", &REMEMBERED_MAX.to_string());
        assert_eq!(
            users.register(&newest, asked_at),
            Err(NotRegistered::Revoked)
        );
    }
}
