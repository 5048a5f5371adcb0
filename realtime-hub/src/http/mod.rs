//! What is served by HTTP: to clients, to operators, to back-ends.
//!
//! # Layout
//! - [`server`]: one port for the HTTP application and for sockets that are taken over at an upgrade
//! - [`site`]: what it answers with
//! - [`routes`]: the application's routes; [`cors`] is asked before each
//! - [`gate`]: whether there is room for another connection
//! - [`handshake`]: a WebSocket's beginning
//! - [`sdk_streams`]: SDKs without a WebSocket; [`streaming`]: responses that last
//! - [`body`]: bodies of requests, bounded in bytes and in time
//! - [`events`]: plain event streams
//! - [`admin`], [`health`]: operators and monitoring
//! - [`api`]: the server API, with a listener of its own
//! - [`problem`]: how refusals are answered

pub(crate) mod admin;
pub mod api;
mod body;
mod cors;
mod events;
mod gate;
pub mod handshake;
mod health;
mod problem;
mod routes;
#[cfg(test)]
mod scope_tests;
mod sdk_streams;
pub mod server;
pub mod site;
mod streaming;
