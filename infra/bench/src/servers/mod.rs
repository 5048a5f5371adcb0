//! The servers that are measured: ours, others', and the least that any server has to do.

pub(crate) mod composed;
pub(crate) mod launched;
pub(crate) mod peer;
pub(crate) mod stack;

use std::net::SocketAddrV4;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    orders::{Dialect, Opening, Plan, Published},
    publish::Publisher,
};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Our hub, with its cores and nginx.
    Hub,
    /// Another build of the hub, in a stack like the first.
    #[value(skip)]
    Baseline,
    /// nchan, a module of nginx.
    Nchan,
    /// A small server on Node.js' `ws`.
    Ws,
    /// A small server on socket.io.
    SocketIo,
    /// A bare epoll loop with one `send` per delivery.
    Floor,
}

impl Subject {
    /// As tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hub => "Rookery hub",
            Self::Baseline => "baseline hub",
            Self::Nchan => "nchan",
            Self::Ws => "ws (Node.js)",
            Self::SocketIo => "socket.io",
            Self::Floor => "epoll floor",
        }
    }

    /// Whether it is a hub in a stack of its own.
    pub(crate) fn is_hub(self) -> bool {
        matches!(self, Self::Hub | Self::Baseline)
    }

    /// What it does not do that the hub does: what numbers beside each other do not show.
    pub(crate) fn omits(self) -> &'static str {
        match self {
            Self::Hub | Self::Baseline => "",
            Self::Nchan => {
                "checks no tokens and no membership; events have ids that a client can resume \
                 from, while the buffer (in memory) lasts"
            }
            Self::Ws => {
                "checks no tokens, keeps no history, numbers nothing, and queues without bound for \
                 a client that does not read"
            }
            Self::SocketIo => {
                "checks no tokens here, keeps no history and numbers nothing as configured by \
                 default"
            }
            Self::Floor => "does nothing at all but send the same bytes to every socket",
        }
    }
}

/// A running server; it stops when this is dropped.
pub(crate) trait Server {
    /// Where clients connect, how they talk, what they ask for.
    ///
    /// # Errors
    /// When it is gone.
    fn door(&self) -> Result<Door>;

    /// The first of the processes whose work counts; what they have started counts, too.
    ///
    /// # Errors
    /// When it is gone.
    fn processes(&self) -> Result<Vec<u32>>;

    /// The first of the processes that hold the connections.
    ///
    /// # Errors
    /// When it is gone.
    fn holders(&self) -> Result<Vec<u32>>;

    /// A way to publish.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn publisher(&self) -> Result<Box<dyn Publisher>>;
}

/// Where and how clients connect.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) address: SocketAddrV4,
    /// Protocol that clients speak.
    pub(crate) dialect: Dialect,
    /// Path of the first request.
    pub(crate) path: String,
    /// Names of the topics.
    pub(crate) topics: Vec<String>,
}

/// Connections that are being opened at the same time, where the opening is not what is measured:
/// as many as the shortest queue of a listener holds.
const IN_FLIGHT: usize = 256;

impl Door {
    /// Connections of these plans; nothing was published yet.
    pub(crate) fn opening(self, connections: Vec<Plan>) -> Opening {
        let published: Published = vec![0; self.topics.len()];
        Opening {
            dialect: self.dialect,
            address: self.address,
            path: self.path,
            topics: self.topics,
            published,
            connections,
            in_flight: IN_FLIGHT,
            reconnect: false,
            acknowledge: false,
        }
    }
}
