//! What the hub's actors share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tokio::runtime::Handle;

use crate::{
    config::Config,
    connection::{link::Link, registry::Users},
    cores::{delivered::AckCollector, gateway::CoreGateway},
    counters::Stats,
    identity::{Authority, api_keys::ApiKeys, ticket::Tickets},
    limits::{connect_pace::ConnectPace, places::ConnectionLimits},
    rooms::{directory::RoomDirectory, messages::Leave},
    session::emulation::Sessions,
    topic::{namespaces::Namespaces, room::Listener as _},
};

/// One hub.
pub struct Hub {
    /// What the operator set.
    pub config: Config,
    /// What topics may do.
    pub namespaces: Namespaces,
    /// Who says whose a token is.
    pub authority: Authority,
    /// Topic → room.
    pub directory: RoomDirectory,
    /// User → connections.
    pub users: Users,
    /// Sessions whose commands come by requests of their own.
    pub sessions: Sessions,
    /// What an `EventSource` presents instead of a token.
    pub tickets: Tickets,
    /// Delivery receipts on their way to a core.
    pub acks: AckCollector,
    /// How many connections there may be.
    pub limits: Arc<ConnectionLimits>,
    /// How fast they are let in.
    pub connect_pace: ConnectPace,
    /// What is counted.
    pub stats: Stats,
    /// Where work goes on that outlives a connection.
    pub runtime: Handle,
    /// Who may use the server API.
    pub api_keys: ApiKeys,
    /// When it was put together.
    pub started: Instant,
    leaving: AtomicBool,
}

/// Why a hub is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It sends its clients away.
    #[error("This hub is stopping.")]
    Draining,
    /// Tokens cannot be verified. Connections that are open live on.
    #[error("No core answers.")]
    CoreUnreachable,
}

impl NotReady {
    /// What programs go by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::CoreUnreachable => "core_unreachable",
        }
    }
}

impl Hub {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        config: Config,
        namespaces: Namespaces,
        authority: Authority,
        directory: RoomDirectory,
        tickets: Tickets,
        runtime: Handle,
    ) -> Arc<Self> {
        let users = Users::new(config.limits.per_user);
        let limits = &config.limits;
        let started = Instant::now();
        let connect_pace = ConnectPace::new(limits.connects_per_second, started);
        let limits = ConnectionLimits::new(limits.connections, limits.per_address);
        let api_keys = ApiKeys::new(config.admin_api_key.as_ref(), &config.api_keys);
        Arc::new(Self {
            config,
            namespaces,
            api_keys,
            authority,
            started,
            directory,
            users,
            sessions: Sessions::default(),
            tickets,
            acks: AckCollector::default(),
            limits,
            connect_pace,
            stats: Stats::default(),
            runtime,
            leaving: AtomicBool::new(false),
        })
    }

    /// The way to the cores, if there are any.
    #[must_use]
    pub fn core(&self) -> Option<&CoreGateway> {
        self.authority.core()
    }

    /// From now on new connections are refused.
    pub fn begin_leaving(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Whether load balancers may send clients here.
    ///
    /// # Errors
    /// [`NotReady`].
    pub fn check_ready(&self) -> Result<(), NotReady> {
        if self.is_leaving() {
            Err(NotReady::Draining)
        } else if self.authority.is_reachable() {
            Ok(())
        } else {
            Err(NotReady::CoreUnreachable)
        }
    }

    /// Whether new connections are refused.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }
}

/// A connection that the hub knows; dropping it takes the connection out of everything.
pub struct Registration {
    hub: Arc<Hub>,
    link: Arc<Link>,
}

impl Registration {
    /// For a connection that [`Users::register`] has taken in.
    #[must_use]
    pub fn new(hub: Arc<Hub>, link: Arc<Link>) -> Self {
        Self { hub, link }
    }

    /// The connection.
    #[must_use]
    pub fn link(&self) -> &Arc<Link> {
        &self.link
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.users.unregister(&self.link);
        let (topics, connection) = (self.link.end(), self.link.id());
        let hub = self.hub.clone();
        self.hub.runtime.spawn(async move {
            for topic in topics {
                if let Some(room) = hub.directory.find(&topic) {
                    // A room that has stopped has no members.
                    let _ = room.send(Leave { connection }).await;
                }
            }
        });
    }
}
