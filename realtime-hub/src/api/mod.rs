//! The server API: what back-ends ask of the hub. The same use cases by HTTP and by gRPC.
//!
//! # Layout
//! - this file: the methods and who may call them
//! - [`publishing`], [`subscriptions`], [`connections`], [`topics`], [`history`]: the use cases
//! - [`pattern`]: patterns for names of channels
//! - [`error`]: what can be wrong, and what that is called
//! - [`calls`]: how many were made of each method
//! - [`grpc`]: the thin shell for gRPC; that for HTTP is [`crate::http::api`]

pub mod calls;
mod connections;
pub mod error;
pub mod grpc;
mod history;
mod pattern;
mod publishing;
mod subscriptions;
#[cfg(test)]
mod tests;
mod topics;

use std::{sync::Arc, time::Instant};

use tokio::runtime::Handle;

use self::{
    calls::{ApiCalls, ApiOutcome},
    error::ApiError,
};
use crate::{
    connection::registry::Users,
    counters::{Stats, journal},
    identity::{
        Authority,
        api_keys::{ApiKeys, Caller, Scope},
    },
    rooms::Rooms,
    session::services::Services,
    topic::namespaces::{Kind, Namespace},
};

/// Connections or channels in one answer.
const LISTED_MAX: usize = 10_000;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A publication in one channel.
    Publish,
    /// The same in several.
    Broadcast,
    /// A subscription that the server makes.
    Subscribe,
    /// Its end, or that of a client's own.
    Unsubscribe,
    /// The end of connections.
    Disconnect,
    /// Another expiry of connections.
    Refresh,
    /// The end of sessions.
    Revoke,
    /// Forgetting what was published.
    HistoryRemove,
    /// Who is in a channel.
    Presence,
    /// How many are.
    PresenceStats,
    /// What was published.
    History,
    /// Who is connected.
    Connections,
    /// Which channels there are.
    Channels,
    /// How the hub is.
    Info,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 14] = [
        Self::Publish,
        Self::Broadcast,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Disconnect,
        Self::Refresh,
        Self::Revoke,
        Self::HistoryRemove,
        Self::Presence,
        Self::PresenceStats,
        Self::History,
        Self::Connections,
        Self::Channels,
        Self::Info,
    ];

    /// As it is called by HTTP and in statistics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Broadcast => "broadcast",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Disconnect => "disconnect",
            Self::Refresh => "refresh",
            Self::Revoke => "revoke",
            Self::HistoryRemove => "history_remove",
            Self::Presence => "presence",
            Self::PresenceStats => "presence_stats",
            Self::History => "history",
            Self::Connections => "connections",
            Self::Channels => "channels",
            Self::Info => "info",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The scope that a key must have. Of channels that a core logs, `presence`,
    /// `presence_stats` and `history` also demand [`Scope::Content`].
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            Self::Publish | Self::Broadcast => Scope::Publish,
            Self::Subscribe
            | Self::Unsubscribe
            | Self::Disconnect
            | Self::Refresh
            | Self::Revoke
            | Self::HistoryRemove => Scope::Manage,
            Self::Presence
            | Self::PresenceStats
            | Self::History
            | Self::Connections
            | Self::Channels => Scope::Read,
            Self::Info => Scope::Stats,
        }
    }
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct ServerApi {
    /// Where it is published and heard.
    pub rooms: Rooms,
    /// Whose connections are here.
    pub users: Arc<Users>,
    /// Who verifies tokens, and learns which are good no longer.
    pub authority: Arc<dyn Authority>,
    /// Who may call.
    pub api_keys: Arc<ApiKeys>,
    /// Calls that were made.
    pub api_calls: Arc<ApiCalls>,
    /// What is counted.
    pub counters: Arc<Stats>,
    /// Where work goes on that outlives a call.
    pub runtime: Handle,
    /// How the hub calls itself.
    pub hub_id: String,
    /// When it was put together.
    pub started: Instant,
}

impl ServerApi {
    /// What callers with these keys may ask of the hub whose sessions these are.
    #[must_use]
    pub fn new(services: &Services, api_keys: Arc<ApiKeys>, runtime: Handle) -> Self {
        Self {
            rooms: services.rooms.clone(),
            users: services.users.clone(),
            authority: services.authority.clone(),
            api_keys,
            api_calls: Arc::default(),
            counters: services.counters.clone(),
            runtime,
            hub_id: services.instance_id.clone(),
            started: Instant::now(),
        }
    }

    /// Makes a call if the caller's key has the method's scope, and counts the outcome. The call
    /// is a closure because some use cases act before their first await: nothing of them may run
    /// before the scope was checked.
    ///
    /// # Errors
    /// Those of the call, and [`ApiError::Key`].
    pub(crate) async fn perform<T>(
        &self,
        caller: &Caller,
        method: Method,
        call: impl AsyncFnOnce() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let answer = match self.api_keys.allow(caller, method.scope()) {
            Ok(()) => call().await,
            Err(refused) => Err(refused.into()),
        };
        self.api_calls.count(
            method,
            match answer {
                Ok(_) => ApiOutcome::Done,
                Err(ApiError::Key(_)) => ApiOutcome::Refused,
                Err(_) => ApiOutcome::Failed,
            },
        );
        answer
    }

    /// The rules of a channel that `caller` wants to look into. What a core logs are people's
    /// messages: only [`Scope::Content`] opens it.
    fn namespace_shown(&self, caller: &Caller, channel: &str) -> Result<&Arc<Namespace>, ApiError> {
        let namespace = self.namespace(channel)?;
        if namespace.kind == Kind::Logged {
            self.api_keys.allow(caller, Scope::Content)?;
        }
        Ok(namespace)
    }

    /// Whether lists show `caller` the name of `topic`.
    fn is_listed(&self, caller: &Caller, topic: &str) -> bool {
        caller.has(Scope::Content) || self.rooms.namespaces().of_logged(topic).is_none()
    }

    /// Takes note of a decision for operators.
    fn decided(&self, caller: &Caller, what: impl std::fmt::Display) {
        tracing::info!(caller = &*caller.name, "{what}");
        let text = format!("{}: {what}", caller.name);
        self.counters.lifecycle.note(journal::Kind::Api, text);
    }
}
