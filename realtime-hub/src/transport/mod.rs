//! Between an actor and its socket.
//!
//! # Layout
//! - [`server`]: one port for the HTTP application and for upgraded sockets; [`gate`] counts them
//! - [`socket`]: a socket that serves HTTP until an actor takes it over; [`reader`] and [`writer`]
//! - [`stream`]: its bytes, as they are or under [`tls`]
//! - [`outbox`]: what waits to be written, bounded in bytes
//! - [`link`]: what rooms hold of a connection; [`positioned`] gives events of streams their ids
//! - WebSocket: [`handshake`], [`frames`]
//! - [`http`]: the HTTP application; [`cors`], [`streaming`]
//! - SDKs without a WebSocket: [`sdk_streams`], [`emulation`]
//! - admins and monitoring: [`admin`]
//! - plain event streams: [`event_streams`], [`beginning`], [`credential`], [`ticket`], [`tickets`]

pub(crate) mod admin;
mod beginning;
mod cors;
mod credential;
pub mod emulation;
mod event_streams;
pub mod frames;
mod gate;
pub mod handshake;
pub mod http;
pub mod link;
pub mod outbox;
pub mod positioned;
pub mod reader;
mod sdk_streams;
pub mod server;
pub mod socket;
pub mod stream;
mod streaming;
#[cfg(test)]
mod testing;
pub mod ticket;
mod tickets;
pub mod tls;
pub mod writer;
