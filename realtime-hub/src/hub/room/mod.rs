//! A topic's live tail: who listens, what they hear, and when they stop hearing it.
//!
//! # Layout
//! - this file: members, logged events, membership
//! - [`subscription`]: positions and recovery
//! - [`ephemeral`]: typing, receipts, presence

mod ephemeral;
#[cfg(test)]
mod properties;
mod subscription;

use std::{
    cell::LazyCell,
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Instant,
};

use shared_proto::core::v1::{Grant, LoggedEvent, MembershipChange, Revocation};

pub use self::subscription::{Position, RECOVERY_BYTES, RECOVERY_EVENTS};
use super::{
    presence::{PRESENCE_MAX_MEMBERS, Presence},
    receipts::Receipts,
    topic_log::{Gap, HeadVerdict, LogLimits, Offered, TopicLog},
};
use crate::protocol::{codes::Unsubscribed, frame::Frame};

/// Names a connection within this hub's life.
pub type ConnectionId = u64;

/// Removals that a room remembers, so that a grant from before one is recognised.
const REMOVALS_MAX: usize = 1024;

/// A connection as a room sees it.
pub trait Listener: Clone {
    /// Which connection.
    fn id(&self) -> ConnectionId;
    /// Whose connection.
    fn user(&self) -> &str;
    /// The connection's name on the wire.
    fn client(&self) -> &str;
    /// Hands a push over; never blocks.
    fn deliver(&self, frame: &Frame);
    /// Measures how long what was just delivered takes from its commit (UTC microseconds since
    /// 1970-01-01) to the socket.
    fn time(&self, committed_at_us: i64);
    /// Notes that it is in the room of `topic`. False when the connection has ended already.
    fn enter(&self, topic: &Arc<str>) -> bool;
    /// Notes that it is not in that room any more.
    fn exit(&self, topic: &str);
    /// Ends the connection because its server-side position is void.
    fn invalidate(&self);
}

/// Who is online beyond this room.
pub trait Audience<L> {
    /// `user` hears `topic` from `readable_from` on: the connections that must join now. Ones
    /// that register a moment later find the addition by themselves.
    fn added(&self, user: &str, grant: &Grant) -> Vec<L>;
    /// `user` does not hear `topic` any more.
    fn removed(&self, user: &str, topic: &str);
}

/// How a member hears the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// By the feed.
    Watcher,
    /// On the topic's own channel, at its client's wish.
    Subscriber,
    /// On the topic's own channel, by the hub's doing.
    ServerSide,
}

/// Why a connection may not join with the grant it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinRefused {
    /// The user was removed after the grant was made.
    Removed,
    /// The room cannot tell what happened since: ask for a fresh grant.
    Stale,
    /// The connection has ended.
    Gone,
}

/// What a room needs after it took something in.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// Another epoch was seen: ask a core for the head.
    pub check_head: bool,
    /// Sessions and users that lose access (topic `control`).
    pub revocations: Vec<Revocation>,
    /// Events that were accepted, for the statistics.
    pub accepted: u64,
    /// Pushes that were handed to connections.
    pub delivered: u64,
}

struct Member<L> {
    listener: L,
    readable_from: u64,
    seat: Seat,
}

/// See the module's description.
pub struct Room<L> {
    topic: Arc<str>,
    log: TopicLog,
    members: HashMap<ConnectionId, Member<L>>,
    member_count: u32,
    /// Every event after this offset went through this room.
    seen_from: u64,
    /// User → offset of the removal.
    removals: HashMap<String, u64>,
    receipts: Receipts,
    presence: Presence,
}

impl<L: Listener> Room<L> {
    /// A room that goes on after the grant's head.
    #[must_use]
    pub fn new(start: &Grant, limits: LogLimits) -> Self {
        Self {
            topic: start.topic.as_str().into(),
            log: TopicLog::new(&start.epoch, start.head, limits),
            members: HashMap::new(),
            member_count: start.member_count,
            seen_from: start.head,
            removals: HashMap::new(),
            receipts: Receipts::default(),
            presence: Presence::default(),
        }
    }

    /// Which topic.
    #[must_use]
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// The log's tail.
    #[must_use]
    pub fn log(&self) -> &TopicLog {
        &self.log
    }

    /// Connections in the room.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody listens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Lets a connection hear the room. A connection that is here keeps its seat.
    ///
    /// # Errors
    /// [`JoinRefused`] when the grant cannot be relied on.
    pub fn join(&mut self, listener: L, grant: &Grant, seat: Seat) -> Result<(), JoinRefused> {
        if self
            .removals
            .get(listener.user())
            .is_some_and(|removed| *removed > grant.head)
        {
            return Err(JoinRefused::Removed);
        }
        if grant.head < self.seen_from || *grant.epoch != **self.log.epoch() {
            return Err(JoinRefused::Stale);
        }
        match self.members.entry(listener.id()) {
            Entry::Occupied(mut member) => {
                let readable_from = &mut member.get_mut().readable_from;
                *readable_from = grant.readable_from.max(*readable_from);
            }
            Entry::Vacant(place) => {
                if !listener.enter(&self.topic) {
                    return Err(JoinRefused::Gone);
                }
                let user = listener.user().to_owned();
                place.insert(Member {
                    listener,
                    readable_from: grant.readable_from,
                    seat,
                });
                self.arrived(&user);
            }
        }
        Ok(())
    }

    /// A connection ended. True when its user may now be offline: see [`Self::settle_presence`].
    pub fn leave(&mut self, connection: ConnectionId, now: Instant) -> bool {
        self.members
            .remove(&connection)
            .is_some_and(|member| self.presence.leave(member.listener.user(), now))
    }

    /// Takes a logged event in, in whatever order it comes.
    pub fn offer(&mut self, event: LoggedEvent, audience: &impl Audience<L>) -> Outcome {
        let mut outcome = Outcome::default();
        match self.log.offer(event) {
            Offered::Accepted(events) => {
                for event in events {
                    outcome.accepted += 1;
                    outcome.delivered += self.apply(&event, audience);
                    outcome.revocations.extend(event.revocation.clone());
                }
            }
            Offered::ForeignEpoch => outcome.check_head = true,
            Offered::Known | Offered::Held => {}
        }
        outcome
    }

    /// What has to be read from a core before the room is whole.
    #[must_use]
    pub fn gap(&self) -> Option<Gap> {
        self.log.gap()
    }

    /// Compares with a head that was read from a core; see [`TopicLog::learn_head`]. After a
    /// restore everyone starts anew.
    pub fn learn_head(&mut self, epoch: &str, head: u64, asked_at: u64) -> HeadVerdict {
        let verdict = self.log.learn_head(epoch, head, asked_at);
        if verdict == HeadVerdict::Restored {
            self.restart(epoch, head);
        }
        verdict
    }

    fn restart(&mut self, epoch: &str, head: u64) {
        self.log.reset(epoch, head);
        self.seen_from = head;
        self.removals.clear();
        let ended = Frame::unsubscribe(&self.topic, Unsubscribed::STATE_INVALIDATED);
        for member in self.members.values_mut() {
            match member.seat {
                Seat::Watcher => {}
                Seat::Subscriber => {
                    member.listener.deliver(&ended);
                    member.seat = Seat::Watcher;
                }
                Seat::ServerSide => member.listener.invalidate(),
            }
        }
    }

    fn apply(&mut self, event: &LoggedEvent, audience: &impl Audience<L>) -> u64 {
        if let Some(change) = &event.membership {
            self.add(event, change, audience);
        }
        let delivered = self.broadcast(event);
        if let Some(change) = &event.membership {
            self.remove(event.offset, &change.removed_user_ids, audience);
        }
        delivered
    }

    fn broadcast(&self, event: &LoggedEvent) -> u64 {
        let LoggedEvent {
            epoch,
            offset,
            data,
            committed_at_us,
            ..
        } = event;
        let own = LazyCell::new(|| Frame::logged(&self.topic, epoch, *offset, data.clone()));
        let feed = LazyCell::new(|| Frame::feed(&self.topic, Some((epoch, *offset)), data));
        // One delivery of each event is timed, to another member each time.
        let timed = *offset % (self.members.len() as u64).max(1);
        let mut delivered = 0;
        for member in self
            .members
            .values()
            .filter(|member| *offset >= member.readable_from)
        {
            member.listener.deliver(if member.seat == Seat::Watcher {
                &feed
            } else {
                &own
            });
            if delivered == timed {
                member.listener.time(*committed_at_us);
            }
            delivered += 1;
        }
        delivered
    }

    fn add(&mut self, event: &LoggedEvent, change: &MembershipChange, audience: &impl Audience<L>) {
        self.member_count = change.member_count;
        let grant = Grant {
            topic: self.topic.to_string(),
            epoch: event.epoch.clone(),
            head: event.offset,
            readable_from: event.offset,
            member_count: change.member_count,
        };
        for user in &change.added_user_ids {
            self.removals.remove(user);
            for listener in audience.added(user, &grant) {
                // It can only be refused when the connection is ending.
                let _ = self.join(listener, &grant, Seat::Watcher);
            }
        }
    }

    fn remove(&mut self, offset: u64, users: &[String], audience: &impl Audience<L>) {
        let ended = LazyCell::new(|| Frame::unsubscribe(&self.topic, Unsubscribed::REMOVED));
        for user in users {
            self.members.retain(|_, member| {
                let stays = member.listener.user() != user;
                if !stays {
                    if member.seat == Seat::Subscriber {
                        member.listener.deliver(&ended);
                    }
                    member.listener.exit(&self.topic);
                }
                stays
            });
            self.presence.forget(user);
            audience.removed(user, &self.topic);
            self.removals.insert(user.clone(), offset);
        }
        if self.removals.len() > REMOVALS_MAX {
            self.removals.clear();
            self.seen_from = offset;
        }
    }

    fn tells_presence(&self) -> bool {
        (1..=PRESENCE_MAX_MEMBERS).contains(&self.member_count)
    }
}
