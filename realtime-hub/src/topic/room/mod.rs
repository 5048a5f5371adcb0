//! A topic's live tail: who listens, what they hear, and when they stop hearing it.
//!
//! # Layout
//! - this file: members and the tail
//! - [`logged`]: events of a core's log, membership
//! - [`posted`]: publications that no core logs
//! - [`fan_out`]: one publication to every member
//! - [`subscription`]: seats on the topic's own channel
//! - [`recovery`]: what a subscriber is given of what it missed
//! - [`history`]: what the topic brought before
//! - [`who_is_there`]: presence, join and leave of the protocol
//! - [`ephemeral`]: typing, receipts, who of a chat is online

mod ephemeral;
mod fan_out;
mod history;
mod logged;
mod posted;
#[cfg(test)]
mod properties;
mod recovery;
#[cfg(test)]
mod sequenced_properties;
mod subscription;
#[cfg(test)]
mod testing;
mod who_is_there;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use shared_proto::core::v1::Grant;

pub use self::{
    history::{HistoryRefused, HistoryWish, Range},
    logged::Outcome,
    posted::{PostRefused, Published, Verdict},
    recovery::{Position, RECOVERY_BYTES, RECOVERY_EVENTS},
    subscription::{SubscribeRefused, Wish},
    who_is_there::PresenceRefused,
};
use super::{
    filter::Filter,
    idempotency::Idempotency,
    listener::{ConnectionId, Listener, RoomId},
    log::{LogLimits, TopicLog},
    namespaces::{Kind, Namespace},
    presence::Presence,
    quiet::Standing,
    receipts::Receipts,
    sequence::Sequence,
};
use crate::protocol::{codes::Unsubscribed, frame::Frame};

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

/// A connection in the room. Small: somebody with a thousand chats has a thousand of these.
struct Member<L> {
    listener: L,
    readable_from: u64,
    seat: Seat,
    form: Form,
}

/// How a subscriber takes its pushes.
#[derive(Clone, Copy, Default)]
struct Form {
    /// The channel's number is enough.
    compact: bool,
    delta: Delta,
    /// It wants to know who joins and leaves.
    join_leave: bool,
    /// [`Room::filters`] has what it wants to hear.
    filtered: bool,
}

/// Whether a subscriber takes differences.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Delta {
    #[default]
    None,
    /// Yes, and it needs a whole payload first.
    Fresh,
    /// Yes, and it has the publication before the next.
    Following,
}

impl<L: Listener> Member<L> {
    /// Back to the feed.
    fn stand_up(&mut self) {
        self.seat = Seat::Watcher;
        self.form = Form::default();
        self.listener.unsubscribed();
    }
}

/// What a room has of its topic's past.
enum Tail {
    /// The newest part of a core's log.
    Log(TopicLog),
    /// Everything there is, numbered here.
    Sequence(Sequence),
    /// Nothing.
    None,
}

/// A topic with those who listen to it.
pub struct Room<L> {
    id: RoomId,
    topic: Arc<str>,
    namespace: Arc<Namespace>,
    tail: Tail,
    members: HashMap<ConnectionId, Member<L>>,
    /// Of the few who have one.
    filters: HashMap<ConnectionId, Filter>,
    /// The payload before the next, where differences to it may be wanted.
    base: Option<Bytes>,
    /// People in the conversation that the topic belongs to; 0 where it belongs to none.
    member_count: u32,
    /// The members have not accepted each other; set by the core.
    presence_withheld: bool,
    /// The offset as of which those two are known.
    people_as_of: u64,
    /// Every event after this offset went through this room.
    seen_from: u64,
    /// User → offset of the removal.
    removals: HashMap<String, u64>,
    receipts: Receipts,
    presence: Presence,
    idempotency: Idempotency,
}

impl<L: Listener> Room<L> {
    /// The room of a logged topic; it goes on after the grant's head.
    #[must_use]
    pub fn logged(id: RoomId, namespace: Arc<Namespace>, start: &Grant, limits: LogLimits) -> Self {
        Self {
            member_count: start.member_count,
            presence_withheld: start.presence_withheld,
            people_as_of: start.head,
            seen_from: start.head,
            ..Self::with_tail(
                id,
                namespace,
                &start.topic,
                Tail::Log(TopicLog::new(&start.epoch, start.head, limits)),
            )
        }
    }

    /// The room of a topic that no core logs. `epoch` has not been used for it before.
    #[must_use]
    pub fn own(id: RoomId, namespace: Arc<Namespace>, topic: &str, epoch: &str) -> Self {
        let tail = match namespace.kind {
            Kind::Sequenced => Tail::Sequence(Sequence::new(epoch, namespace.ring)),
            Kind::Logged | Kind::Ephemeral => Tail::None,
        };
        Self::with_tail(id, namespace, topic, tail)
    }

    /// The room of a topic that the hub numbers, going on from where the topic stood.
    #[must_use]
    pub fn resumed(id: RoomId, namespace: Arc<Namespace>, topic: &str, standing: Standing) -> Self {
        let sequence = Sequence::resume(standing, namespace.ring);
        Self::with_tail(id, namespace, topic, Tail::Sequence(sequence))
    }

    /// Where its topic stands, and for how long that is to be remembered when the room is gone. None
    /// where the hub numbers nothing.
    #[must_use]
    pub fn standing(&self) -> Option<(Standing, Duration)> {
        match &self.tail {
            Tail::Sequence(sequence) => Some((sequence.standing(), self.namespace.epoch_age)),
            Tail::Log(_) | Tail::None => None,
        }
    }

    fn with_tail(id: RoomId, namespace: Arc<Namespace>, topic: &str, tail: Tail) -> Self {
        Self {
            id,
            topic: topic.into(),
            namespace,
            tail,
            members: HashMap::new(),
            filters: HashMap::new(),
            base: None,
            member_count: 0,
            presence_withheld: false,
            people_as_of: 0,
            seen_from: 0,
            removals: HashMap::new(),
            receipts: Receipts::default(),
            presence: Presence::default(),
            idempotency: Idempotency::default(),
        }
    }

    /// Which topic.
    #[must_use]
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// The log's tail, where a core logs the topic.
    #[must_use]
    pub fn log(&self) -> Option<&TopicLog> {
        match &self.tail {
            Tail::Log(log) => Some(log),
            Tail::Sequence(_) | Tail::None => None,
        }
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

    /// Whether nobody listens and nothing is lost with the room.
    pub fn is_idle(&mut self, now: Instant) -> bool {
        self.idempotency.expire(now);
        let keeps = match &mut self.tail {
            Tail::Sequence(sequence) => {
                sequence.expire(now);
                !sequence.is_empty() || !self.idempotency.is_empty()
            }
            Tail::Log(_) | Tail::None => false,
        };
        self.is_empty() && !keeps
    }

    /// How a connection hears the room, if it does.
    #[must_use]
    pub fn seat(&self, connection: ConnectionId) -> Option<Seat> {
        self.members.get(&connection).map(|member| member.seat)
    }

    /// A connection ended. True when its user may now be offline: see [`Self::settle_presence`].
    pub fn leave(&mut self, connection: ConnectionId, now: Instant) -> bool {
        let Some(member) = self.members.remove(&connection) else {
            return false;
        };
        self.filters.remove(&connection);
        if member.seat == Seat::Subscriber {
            self.tell_left(&member.listener);
        }
        self.presence.leave(&member.listener.shared_user(), now)
    }

    /// The room is going down with its members in it: they are told to come back.
    pub fn abandon(&mut self) {
        let ended = Frame::unsubscribe(&self.topic, Unsubscribed::INSUFFICIENT_STATE);
        let has_feed = self.log().is_some();
        for (_, member) in self.members.drain() {
            if has_feed || member.seat != Seat::Subscriber {
                member.listener.invalidate();
            } else {
                member.listener.exit(&self.topic);
                member.listener.unsubscribed();
                member.listener.deliver(&ended);
            }
        }
    }

    fn admit(&mut self, listener: L, readable_from: u64, seat: Seat) -> Result<(), JoinRefused> {
        match self.members.entry(listener.id()) {
            Entry::Occupied(mut member) => {
                let known = &mut member.get_mut().readable_from;
                *known = readable_from.max(*known);
            }
            Entry::Vacant(place) => {
                if !listener.enter(&self.topic) {
                    return Err(JoinRefused::Gone);
                }
                let user = listener.shared_user();
                place.insert(Member {
                    listener,
                    readable_from,
                    seat,
                    form: Form::default(),
                });
                if self.namespace.has_presence() {
                    self.arrived(&user);
                }
            }
        }
        Ok(())
    }
}
