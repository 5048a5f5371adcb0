//! Where a subscriber stands, and how it catches up.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde::Serialize;
use shared_proto::{
    client::v1::{ClientInfo, PresenceResult, Publication, SubscribeResult},
    core::v1::{LoggedEvent, TopicHead},
};

use super::{ConnectionId, Listener, Room, Seat};
use crate::hub::{receipts::Receipt, topic_log::Gap};

/// A recovery never replays more than this; the application reloads instead.
pub const RECOVERY_EVENTS: u64 = 500;

/// Payload bytes that a recovery may replay.
pub const RECOVERY_BYTES: usize = 256 * 1024;

/// Where a client says it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Epoch of the topic as the client knew it; empty is accepted as any.
    pub epoch: String,
    /// The last offset the client has.
    pub offset: u64,
}

/// State that ephemeral events move, as `SubscribeResult.data` of a chat.
#[derive(Serialize)]
struct Snapshot<'a> {
    receipts: &'a [Receipt],
    online: Option<Vec<&'a str>>,
}

impl<L: Listener> Room<L> {
    /// How a connection hears the room, if it does.
    #[must_use]
    pub fn seat(&self, connection: ConnectionId) -> Option<Seat> {
        self.members.get(&connection).map(|member| member.seat)
    }

    /// What must be read from the log so that the connection can go on from `since`. `None` when
    /// the ring suffices, and when no reading would help.
    #[must_use]
    pub fn recovery_gap(&self, connection: ConnectionId, since: &Position) -> Option<Gap> {
        let member = self.members.get(&connection)?;
        let head = self.log.head();
        let helps = self.continues(member.readable_from, since)
            && head - since.offset <= RECOVERY_EVENTS
            && self.log.since(since.offset).is_none();
        helps.then_some(Gap {
            after: since.offset,
            up_to: head,
        })
    }

    /// Seats a member on the topic's own channel. `read` holds what [`Self::recovery_gap`] asked
    /// for. `None` when the connection is not in the room.
    pub fn subscribe(
        &mut self,
        connection: ConnectionId,
        seat: Seat,
        since: Option<&Position>,
        read: &[LoggedEvent],
    ) -> Option<SubscribeResult> {
        let member = self.members.get_mut(&connection)?;
        member.seat = seat;
        let readable_from = member.readable_from;
        let missed = since.and_then(|since| self.missed(readable_from, since, read));
        Some(SubscribeResult {
            recoverable: true,
            positioned: true,
            epoch: self.log.epoch().to_string(),
            offset: self.log.head(),
            recovered: missed.is_some(),
            was_recovering: since.is_some(),
            publications: missed.unwrap_or_default(),
            data: self.snapshot(),
            ..SubscribeResult::default()
        })
    }

    /// Goes back to the feed. False when the connection had no subscription.
    pub fn unsubscribe(&mut self, connection: ConnectionId) -> bool {
        match self.members.get_mut(&connection) {
            Some(member) if member.seat == Seat::Subscriber => {
                member.seat = Seat::Watcher;
                true
            }
            _ => false,
        }
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

    fn continues(&self, readable_from: u64, since: &Position) -> bool {
        (since.epoch.is_empty() || *since.epoch == **self.log.epoch())
            && since.offset <= self.log.head()
            && since.offset + 1 >= readable_from
    }

    /// Everything after `since` up to the head, or nothing at all.
    fn missed(
        &self,
        readable_from: u64,
        since: &Position,
        read: &[LoggedEvent],
    ) -> Option<Vec<Publication>> {
        if !self.continues(readable_from, since) {
            return None;
        }
        let events = match self.log.since(since.offset) {
            Some(events) => events,
            None => self.joined(since.offset, read)?,
        };
        let bytes: usize = events.iter().map(|event| event.data.len()).sum();
        if events.len() as u64 > RECOVERY_EVENTS || bytes > RECOVERY_BYTES {
            return None;
        }
        Some(events.iter().map(|event| publication(event)).collect())
    }

    /// What was read, followed by what the ring has gained since.
    fn joined(&self, after: u64, read: &[LoggedEvent]) -> Option<Vec<Arc<LoggedEvent>>> {
        let head = self.log.head();
        let mut events = Vec::with_capacity(read.len());
        for event in read.iter().take_while(|event| event.offset <= head) {
            if event.offset != after + 1 + events.len() as u64 {
                return None;
            }
            events.push(Arc::new(event.clone()));
        }
        events.extend(self.log.since(after + events.len() as u64)?);
        Some(events)
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

fn publication(event: &LoggedEvent) -> Publication {
    Publication {
        data: event.data.clone(),
        offset: event.offset,
        ..Publication::default()
    }
}
