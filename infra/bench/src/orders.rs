//! What the bench tells its client processes, and what they answer: one JSON line each.

use std::{collections::BTreeMap, net::SocketAddrV4};

use serde::{Deserialize, Serialize};

use crate::{histogram::Histogram, sequence::Faults};

/// How clients talk to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Dialect {
    /// The client protocol in JSON: connect with a token, subscribe, answer pings.
    Rookery,
    /// A WebSocket that brings events and asks for nothing.
    Plain,
    /// Engine.IO 4 and Socket.IO 5 over WebSocket.
    SocketIo,
    /// Server-sent events.
    EventStream,
}

/// What to do. Every order is answered by one [`Answer`], at once.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Order {
    /// Begins to open connections.
    Open(Box<Opening>),
    /// Opens again what has ended; it goes on after what was published.
    Reopen(Published),
    /// Ends every connection at once, as a network that fails.
    Drop,
    /// Reads again what stalled.
    Resume,
    /// Forgets what was counted so far, except faults.
    Measure,
    /// How far is it?
    Progress,
    /// What was counted?
    Report(Published),
}

/// The number of the last event of each topic, by the topic's index.
pub(crate) type Published = Vec<u32>;

/// A set of connections to one server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Opening {
    /// Protocol that clients speak.
    pub(crate) dialect: Dialect,
    pub(crate) address: SocketAddrV4,
    /// Path of the first request.
    pub(crate) path: String,
    /// Names of the topics, by index.
    pub(crate) topics: Vec<String>,
    /// The events before the first one that every subscriber is to see.
    pub(crate) published: Published,
    pub(crate) connections: Vec<Plan>,
    /// Connections that are being opened at the same time.
    pub(crate) in_flight: usize,
    /// Come back after an end, as the official SDK does.
    pub(crate) reconnect: bool,
    /// Acknowledge every message, as a chat's client does.
    pub(crate) acknowledge: bool,
}

/// What one connection does.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Plan {
    /// Access token; none where the server checks none.
    pub(crate) token: Option<String>,
    /// Indices of the topics that it subscribes to.
    pub(crate) subscribed: Vec<u32>,
    /// Indices of the topics that it hears without.
    pub(crate) watched: Vec<u32>,
    /// It stops reading once it is open.
    pub(crate) stalls: bool,
}

/// What came of an order.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Answer {
    /// It is done, or has begun.
    Done,
    /// To [`Order::Progress`].
    Progress(Progress),
    /// To [`Order::Report`].
    Report(Box<Tally>),
}

/// How far the clients are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Progress {
    /// Connections that hear everything they are to hear.
    pub(crate) open: u64,
    /// Connections that ended, or never opened, and will not be tried again.
    pub(crate) ended: u64,
    /// Events that came since [`Order::Measure`].
    pub(crate) deliveries: u64,
}

/// What clients counted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    /// Events that came as they happened, since [`Order::Measure`].
    pub(crate) deliveries: u64,
    /// From sending to receiving, in ns.
    pub(crate) latency: Histogram,
    /// When the last of them came, on [`crate::clock`].
    pub(crate) last_at: u64,
    /// Events that came in the reply to a subscription, since [`Order::Measure`].
    pub(crate) recovered: u64,
    /// Subscriptions that could not be recovered: the client would have to load everything.
    pub(crate) unrecovered: u64,
    /// Pushes without a mark, such as receipts, since [`Order::Measure`].
    pub(crate) other_pushes: u64,
    /// Faults since the connections were opened.
    pub(crate) faults: Faults,
    /// Why connections ended or could not be opened → how many, since [`Order::Measure`].
    pub(crate) endings: BTreeMap<String, u64>,
    /// When connections were tried, on [`crate::clock`].
    pub(crate) tried_at: Vec<u64>,
    /// When connections had everything.
    pub(crate) opened_at: Vec<u64>,
}

impl Progress {
    /// Adds that of others.
    pub(crate) fn add(&mut self, others: Self) {
        self.open += others.open;
        self.ended += others.ended;
        self.deliveries += others.deliveries;
    }
}

impl Tally {
    /// Adds that of others.
    pub(crate) fn add(&mut self, others: Self) {
        self.deliveries += others.deliveries;
        self.latency.merge(&others.latency);
        self.last_at = self.last_at.max(others.last_at);
        self.recovered += others.recovered;
        self.unrecovered += others.unrecovered;
        self.other_pushes += others.other_pushes;
        self.faults.add(others.faults);
        for (why, count) in others.endings {
            *self.endings.entry(why).or_default() += count;
        }
        self.tried_at.extend(others.tried_at);
        self.opened_at.extend(others.opened_at);
    }
}
