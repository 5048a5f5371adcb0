//! What the hub's parts share that have no bundle of their own yet.

use std::{ops::Deref, sync::Arc, time::Instant};

use tokio::runtime::Handle;

use crate::{
    api::calls::ApiCalls,
    config::Config,
    counters::Stats,
    identity::{api_keys::ApiKeys, ticket::Tickets},
    lifecycle::Readiness,
    limits::places::ConnectionLimits,
    session::services::Services,
    topic::namespaces::Namespaces,
};

/// One hub.
pub struct Hub {
    /// What sessions do their work with.
    pub services: Arc<Services>,
    /// What the operator set.
    pub config: Config,
    /// What topics may do.
    pub namespaces: Namespaces,
    /// Whether it takes clients.
    pub readiness: Arc<Readiness>,
    /// What an `EventSource` presents instead of a token.
    pub tickets: Tickets,
    /// How many connections there may be.
    pub limits: Arc<ConnectionLimits>,
    /// How many sockets there may be, with those that are no connection yet.
    pub sockets: Arc<ConnectionLimits>,
    /// What is counted.
    pub stats: Arc<Stats>,
    /// Calls of the server API.
    pub api_calls: ApiCalls,
    /// Where work goes on that outlives a connection.
    pub runtime: Handle,
    /// Who may use the server API.
    pub api_keys: ApiKeys,
    /// When it was put together.
    pub started: Instant,
}

impl Hub {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        config: Config,
        services: Arc<Services>,
        readiness: Arc<Readiness>,
        tickets: Tickets,
        runtime: Handle,
    ) -> Arc<Self> {
        let (all, per_address) = (config.limits.sockets(), config.limits.sockets_per_address());
        let sockets = ConnectionLimits::new(all, per_address);
        let limits = ConnectionLimits::new(config.limits.connections, config.limits.per_address);
        let api_keys = ApiKeys::new(
            config.admin_api_key.as_ref(),
            config.dashboard_api_key.as_ref(),
            &config.api_keys,
        );
        Arc::new(Self {
            namespaces: services.rooms.namespaces().clone(),
            stats: services.counters.clone(),
            services,
            config,
            readiness,
            api_keys,
            started: Instant::now(),
            tickets,
            limits,
            sockets,
            api_calls: ApiCalls::default(),
            runtime,
        })
    }
}

impl Deref for Hub {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}
