//! Seats on a topic's own channel.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use shared_proto::{
    client::v1::{ClientInfo, PresenceResult, SubscribeRequest, SubscribeResult},
    core::v1::{LoggedEvent, TopicHead},
};

use super::{
    ConnectionId, Listener, Room, Seat, Tail,
    recovery::{Position, RECOVERY_EVENTS},
};
use crate::{
    hub::{receipts::Receipt, topic_log::Gap},
    protocol::{codes::Unsubscribed, frame::Frame},
};

/// How a subscriber wants to hear a topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Where it was, if it wants what came since.
    pub since: Option<Position>,
}

impl From<&SubscribeRequest> for Wish {
    fn from(request: &SubscribeRequest) -> Self {
        Self {
            since: request.recover.then(|| Position {
                epoch: request.epoch.clone(),
                offset: request.offset,
            }),
        }
    }
}

/// Why a connection cannot be seated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscribeRefused {
    /// It is not in the room.
    NotAMember,
    /// It has that subscription.
    Already,
    /// No core could tell where the log stands.
    Unreachable,
}

/// State that ephemeral events move, as `SubscribeResult.data` of a chat.
#[derive(Serialize)]
struct Snapshot<'a> {
    receipts: &'a [Receipt],
    online: Option<Vec<&'a str>>,
}

impl<L: Listener> Room<L> {
    /// Whether a connection may be seated on the topic's own channel.
    ///
    /// # Errors
    /// [`SubscribeRefused`].
    pub fn may_subscribe(&self, connection: ConnectionId) -> Result<(), SubscribeRefused> {
        match self.seat(connection) {
            Some(Seat::Subscriber) => Err(SubscribeRefused::Already),
            None if self.log().is_some() => Err(SubscribeRefused::NotAMember),
            // Whoever may hear what no core logs may be seated without having joined.
            Some(Seat::Watcher | Seat::ServerSide) | None => Ok(()),
        }
    }

    /// What must be read from the log so that the connection can go on from `since`. `None` when
    /// the ring suffices, and when no reading would help.
    #[must_use]
    pub fn recovery_gap(&self, connection: ConnectionId, since: &Position) -> Option<Gap> {
        let member = self.members.get(&connection)?;
        let log = self.log()?;
        let helps = since.leads_to(log.epoch(), log.head())
            && since.offset + 1 >= member.readable_from
            && log.head() - since.offset <= RECOVERY_EVENTS
            && log.since(since.offset).is_none();
        helps.then_some(Gap {
            after: since.offset,
            up_to: log.head(),
        })
    }

    /// Seats a connection on the topic's own channel. `read` holds what [`Self::recovery_gap`]
    /// asked for.
    ///
    /// # Errors
    /// [`SubscribeRefused`].
    pub fn subscribe(
        &mut self,
        listener: &L,
        seat: Seat,
        wish: &Wish,
        read: &[LoggedEvent],
    ) -> Result<SubscribeResult, SubscribeRefused> {
        self.may_subscribe(listener.id())?;
        if self.log().is_none() {
            self.admit(listener.clone(), 0, seat)
                .map_err(|_| SubscribeRefused::NotAMember)?;
        }
        let member = self.members.get_mut(&listener.id());
        let member = member.ok_or(SubscribeRefused::NotAMember)?;
        member.seat = seat;
        let readable_from = member.readable_from;
        let readable = |since: &&Position| since.offset + 1 >= readable_from;
        let since = wish.since.as_ref().filter(readable);
        let beginning = self.tail.catch_up(self.namespace.recovery, since, read);
        let (epoch, offset) = match &self.tail {
            Tail::Log(log) => (log.epoch().to_string(), log.head()),
            Tail::Sequence(sequence) => (sequence.epoch().to_string(), sequence.head()),
            Tail::None => (String::new(), 0),
        };
        let has_positions = !matches!(self.tail, Tail::None);
        Ok(SubscribeResult {
            recoverable: has_positions,
            positioned: has_positions,
            epoch,
            offset,
            was_recovering: wish.since.is_some(),
            recovered: beginning.recovered,
            publications: beginning.publications,
            data: self.snapshot(),
            ..SubscribeResult::default()
        })
    }

    /// Ends a subscription: back to the feed, or out of a room that has none. False when the
    /// connection had no subscription.
    pub fn unsubscribe(&mut self, connection: ConnectionId, now: Instant) -> bool {
        let has_feed = self.log().is_some();
        match self.members.get_mut(&connection) {
            Some(member) if member.seat == Seat::Subscriber => {
                if has_feed {
                    member.seat = Seat::Watcher;
                } else {
                    member.listener.exit(&self.topic);
                    self.leave(connection, now);
                }
                true
            }
            _ => false,
        }
    }

    /// Ends a subscription that a client or the server made, and tells the client. False when there
    /// was none; what the hub itself has seated at a log stays.
    pub fn dismiss(&mut self, connection: ConnectionId, why: Unsubscribed, now: Instant) -> bool {
        let Some(member) = self.members.get_mut(&connection) else {
            return false;
        };
        let ended = Frame::unsubscribe(&self.topic, why);
        match (member.seat, &self.tail) {
            (Seat::Watcher, _) | (Seat::ServerSide, Tail::Log(_)) => return false,
            (Seat::Subscriber, Tail::Log(_)) => {
                member.seat = Seat::Watcher;
                member.listener.deliver(&ended);
            }
            (Seat::Subscriber | Seat::ServerSide, Tail::Sequence(_) | Tail::None) => {
                member.listener.exit(&self.topic);
                member.listener.deliver(&ended);
                self.leave(connection, now);
            }
        }
        true
    }

    /// The connections in the room, for its members alone.
    #[must_use]
    pub fn presence(&self) -> PresenceResult {
        let infos = self.members.values().map(|member| {
            let (user, client) = (member.listener.user(), member.listener.client());
            let info = ClientInfo {
                user: user.to_owned(),
                client: client.to_owned(),
                ..ClientInfo::default()
            };
            (client.to_owned(), info)
        });
        PresenceResult {
            presence: infos.collect(),
        }
    }

    /// Takes over what a core said about the topic beyond its head.
    /// Returns after what time to call [`Self::tell_receipts`], if at all.
    pub fn seed(&mut self, head: TopicHead, now: Instant) -> Option<Duration> {
        self.member_count = head.member_count;
        self.move_receipts(head.receipts, now)
    }

    fn snapshot(&self) -> Bytes {
        if self.member_count == 0 {
            // Not a chat.
            return Bytes::new();
        }
        let online = self
            .tells_presence()
            .then(|| self.presence.online().collect());
        let snapshot = Snapshot {
            receipts: self.receipts.all(),
            online,
        };
        serde_json::to_vec(&snapshot).unwrap_or_default().into()
    }
}
