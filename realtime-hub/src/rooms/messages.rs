//! What a room is told and asked.

use std::sync::Arc;

use actix::Message;
use bytes::Bytes;
use shared_proto::{
    client::v1::{HistoryResult, PresenceResult, PresenceStatsResult, SubscribeResult},
    core::v1::{Grant, LoggedEvent, ReceiptMark},
};

use crate::{
    connection::link::Link,
    protocol::codes::Unsubscribed,
    topic::{
        listener::ConnectionId,
        room::{
            HistoryRefused, HistoryWish, JoinRefused, PostRefused, PresenceRefused, Published,
            Seat, SubscribeRefused, Wish,
        },
        sequence::NewPublication,
    },
};

/// Lets a connection hear the room of a logged topic.
#[derive(Message)]
#[rtype(result = "Result<(), JoinRefused>")]
pub struct Join {
    /// Who.
    pub link: Arc<Link>,
    /// By which right.
    pub grant: Grant,
    /// How.
    pub seat: Seat,
}

/// Seats a connection on the topic's own channel.
#[derive(Message)]
#[rtype(result = "Result<Option<SubscribeResult>, SubscribeRefused>")]
pub struct Subscribe {
    /// Who.
    pub link: Arc<Link>,
    /// Where.
    pub seat: Seat,
    /// How.
    pub wish: Wish,
    /// Who is told of it.
    pub told: Told,
}

/// Who is told of a subscription. What the client is told, the room writes itself, so that
/// everything that it pushes later comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The client, by the reply to a command.
    Reply {
        /// Which command.
        id: u32,
        /// When the subscription ends, in UTC milliseconds since 1970-01-01, if it does.
        expires_at_ms: Option<i64>,
    },
    /// The client, by a push with this payload, which may be empty.
    Push(Bytes),
    /// Whoever asked: the result is returned.
    Caller,
}

/// Ends a subscription. False when there was none.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Unsubscribe {
    /// Who.
    pub connection: ConnectionId,
}

/// Ends a subscription, whoever made it, and tells the client. False when there was none.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Dismiss {
    /// Whose.
    pub connection: ConnectionId,
    /// What the client is told.
    pub why: Unsubscribed,
}

/// The connection has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Leave {
    /// Which.
    pub connection: ConnectionId,
}

/// A logged event; returns the offset up to which the room needs nothing more.
#[derive(Message)]
#[rtype(result = "u64")]
pub struct Publish(
    /// The event.
    pub LoggedEvent,
);

/// An event went by before the room was there.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LearnPublished {
    /// Of which epoch of the topic.
    pub epoch: String,
    /// Its offset.
    pub offset: u64,
}

/// A publication that no core logs. Its payload is JSON on one line.
#[derive(Message)]
#[rtype(result = "Result<Published, PostRefused>")]
pub struct Post {
    /// What.
    pub publication: NewPublication,
    /// Without a place, whatever the topic's kind.
    pub ephemeral: bool,
}

/// Watermarks moved.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MoveReceipts(
    /// How far who has got.
    pub Vec<ReceiptMark>,
);

/// A member does something that the others are told of, typing for example. False when the
/// connection is not in the room.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Cause {
    /// Who.
    pub connection: ConnectionId,
    /// One of the namespace's `client_event_kinds`.
    pub kind: String,
}

/// Who is in the room?
#[derive(Message)]
#[rtype(result = "Result<PresenceResult, PresenceRefused>")]
pub struct ShowPresence {
    /// The connection that asks, if it is a client.
    pub asker: Option<ConnectionId>,
}

/// How many are in the room?
#[derive(Message)]
#[rtype(result = "Result<PresenceStatsResult, PresenceRefused>")]
pub struct CountPresence {
    /// The connection that asks, if it is a client.
    pub asker: Option<ConnectionId>,
}

/// What did the topic bring before?
#[derive(Message)]
#[rtype(result = "Result<HistoryResult, HistoryRefused>")]
pub struct ShowHistory {
    /// The connection that asks, if it is a client.
    pub asker: Option<ConnectionId>,
    /// Which part.
    pub wish: HistoryWish,
}

/// Keep nothing of what was published so far.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ForgetHistory;
