//! What a room knows of those who listen, in it and beyond it.

use std::sync::Arc;

use shared_proto::{client::v1::ClientInfo, core::v1::Grant};

use crate::protocol::frame::Frame;

/// Names a connection within this hub's life.
pub type ConnectionId = u64;

/// Names a room within this hub's life.
pub type RoomId = i64;

/// A connection as a room sees it.
pub trait Listener: Clone {
    /// Which connection.
    fn id(&self) -> ConnectionId;
    /// Whose connection.
    fn user(&self) -> &str;
    /// The same, to be kept.
    fn shared_user(&self) -> Arc<str> {
        self.user().into()
    }
    /// The connection's name on the wire.
    fn client(&self) -> &str;
    /// Who it is, as those in `topic` are told.
    fn info(&self, _topic: &str) -> ClientInfo {
        ClientInfo {
            user: self.user().to_owned(),
            client: self.client().to_owned(),
            ..ClientInfo::default()
        }
    }
    /// Whether its payloads are JSON inside JSON.
    fn is_json(&self) -> bool;
    /// Hands a push over; never blocks.
    fn deliver(&self, frame: &Frame);
    /// Hands a push over that makes an earlier one of the same room needless, if that still waits.
    fn deliver_latest(&self, room: RoomId, frame: &Frame);
    /// Measures how long what was just handed over takes from its commit (UTC microseconds since
    /// 1970-01-01) to the socket, where that is measured.
    fn time(&self, _committed_at_us: i64) {}
    /// Notes that it is in the room of `topic`. False when the connection has ended already.
    fn enter(&self, topic: &Arc<str>) -> bool;
    /// Notes that it is not in that room any more.
    fn exit(&self, topic: &str);
    /// Notes that a subscription of its client has ended.
    fn unsubscribed(&self);
    /// Ends the connection because what it was let in with is void; its client comes back.
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
