//! What operators see of the hub.
//!
//! # Layout
//! - [`snapshot`]: everything at one moment; [`window`] has rates and percentiles of the last seconds
//! - [`stream`]: tells every admin who watches
//! - [`metrics`]: the counters as Prometheus reads them

pub mod metrics;
pub mod snapshot;
pub mod stream;
pub mod window;

use std::{sync::Arc, time::Instant};

use crate::{
    api::{ServerApi, calls::ApiCalls},
    connection::registry::Users,
    counters::Stats,
    identity::{Authority, api_keys::ApiKeys},
    lifecycle::Readiness,
    limits::{inbound::InboundBudget, places::ConnectionLimits},
    rooms::Rooms,
    session::services::Services,
};

/// What statistics are made of.
pub struct Sources {
    /// How the hub calls itself.
    pub hub_id: String,
    /// When it was put together.
    pub started: Instant,
    /// What is counted.
    pub counters: Arc<Stats>,
    /// Whose connections are here.
    pub users: Arc<Users>,
    /// The live rooms.
    pub rooms: Rooms,
    /// Who verifies tokens.
    pub authority: Arc<dyn Authority>,
    /// Whether the hub takes clients.
    pub readiness: Arc<Readiness>,
    /// Who may use the server API.
    pub api_keys: Arc<ApiKeys>,
    /// Calls of it.
    pub api_calls: Arc<ApiCalls>,
    /// Sockets, with those that are no connection yet.
    pub sockets: Arc<ConnectionLimits>,
    /// What clients have sent and the hub has not carried out.
    pub inbound: Arc<InboundBudget>,
}

impl Sources {
    /// Those of a hub whose sessions and server API these are.
    #[must_use]
    pub fn new(
        services: &Services,
        api: &ServerApi,
        readiness: Arc<Readiness>,
        sockets: Arc<ConnectionLimits>,
    ) -> Self {
        Self {
            hub_id: services.instance_id.clone(),
            started: api.started,
            counters: services.counters.clone(),
            users: services.users.clone(),
            rooms: services.rooms.clone(),
            authority: services.authority.clone(),
            readiness,
            api_keys: api.api_keys.clone(),
            api_calls: api.api_calls.clone(),
            sockets,
            inbound: services.inbound.clone(),
        }
    }
}
