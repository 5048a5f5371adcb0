//! What sessions do their work with.

use std::sync::Arc;

use super::{emulation::Sessions, ports::Grants};
use crate::{
    config::ConnectionConfig, connection::registry::Users, cores::delivered::DeliveredMarks,
    counters::Stats, identity::Authority, limits::connect_pace::ConnectPace,
    limits::inbound::InboundBudget, rooms::Rooms,
};

/// Everything that a session does goes through one of these.
pub struct Services {
    /// Whose a token is.
    pub authority: Arc<dyn Authority>,
    /// What they may hear.
    pub grants: Arc<dyn Grants>,
    /// Where it is said.
    pub rooms: Rooms,
    /// Whose connections are here.
    pub users: Arc<Users>,
    /// Delivery receipts on their way to a core; `None` in a hub without a core.
    pub receipts: Option<Arc<DeliveredMarks>>,
    /// Sessions whose commands come by requests of their own.
    pub emulated: Sessions,
    /// What clients have sent and the hub has not carried out.
    pub inbound: Arc<InboundBudget>,
    /// How fast connections are let in.
    pub pace: ConnectPace,
    /// What is counted.
    pub counters: Arc<Stats>,
    /// Bounds of a connection.
    pub connection: ConnectionConfig,
    /// How the hub calls itself.
    pub instance_id: String,
}
