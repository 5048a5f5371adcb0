//! Between an actor and its socket.
//!
//! # Layout
//! - [`outbox`]: what waits to be written, bounded in bytes
//! - [`link`]: what rooms hold of a connection
//! - [`ws`]: the socket that was taken over at the upgrade: handshake, reader, writer
//! - [`server`]: one port for the HTTP application and for upgraded sockets
//! - [`http`]: the HTTP application: SSE, health
//! - [`admin`]: statistics for admins and for Prometheus

pub mod admin;
pub mod http;
pub mod link;
pub mod outbox;
pub mod server;
pub mod ws;
