//! What the HTTP application answers with.

use std::sync::Arc;

use rookery_kit::config::ConfigError;

use crate::{
    admin::Sources,
    api::ServerApi,
    config::{Config, LimitsConfig, TransportConfig},
    identity::{api_keys::ApiKeys, ticket::Tickets},
    lifecycle::Readiness,
    limits::{origins::Origins, places::ConnectionLimits},
    session::services::Services,
};

/// Everything that a request can be answered with; all workers share one.
pub struct Site {
    /// What sessions do their work with.
    pub services: Arc<Services>,
    /// Whether the hub takes clients.
    pub readiness: Arc<Readiness>,
    /// How many connections there may be.
    pub places: Arc<ConnectionLimits>,
    /// How many sockets there may be, with those that are no connection yet.
    pub sockets: Arc<ConnectionLimits>,
    /// Whose word about an address is believed, among other limits.
    pub limits: LimitsConfig,
    /// Whose pages may ask.
    pub origins: Arc<Origins>,
    /// How clients are reached.
    pub transport: TransportConfig,
    /// Whether clients come by TLS that ends here.
    pub is_tls: bool,
    /// Threads that own connections.
    pub workers: usize,
    /// What an `EventSource` presents instead of a token.
    pub tickets: Tickets,
    /// Who may use the server API and see statistics.
    pub api_keys: Arc<ApiKeys>,
    /// What operators are shown.
    pub sources: Arc<Sources>,
}

impl Site {
    /// Of a hub with these sessions and this server API.
    ///
    /// # Errors
    /// [`ConfigError`] when an allowed origin cannot be used.
    pub fn new(
        config: &Config,
        services: Arc<Services>,
        api: &ServerApi,
        readiness: Arc<Readiness>,
        tickets: Tickets,
    ) -> Result<Arc<Self>, ConfigError> {
        let limits = config.limits.clone();
        let sockets = ConnectionLimits::new(limits.sockets(), limits.sockets_per_address());
        let sources = Sources::new(&services, api, readiness.clone(), sockets.clone());
        Ok(Arc::new(Self {
            services,
            readiness,
            places: ConnectionLimits::new(limits.connections, limits.per_address),
            sockets,
            limits,
            origins: Arc::new(config.origins()?),
            transport: config.transport.clone(),
            is_tls: config.tls.is_on(),
            workers: config.workers,
            tickets,
            api_keys: api.api_keys.clone(),
            sources: Arc::new(sources),
        }))
    }
}
