//! The realtime hub: holds every WebSocket and event stream, and no fact that it could lose.
//!
//! # Layout
//! Each folder imports from those above it alone (`cargo xtask tidy` looks):
//! - [`protocol`]: bytes ⇄ values
//! - [`counters`]: what is counted, and what happened
//! - [`limits`]: how many, how often, how fast
//! - [`topic`]: what becomes of what is said in a topic: pure state
//! - [`connection`]: outboxes, and whose they are
//! - [`socket`]: what reads and writes a client's socket
//! - [`rooms`]: the rooms that are alive
//! - [`identity`]: whose a token, a ticket or a key is
//! - [`config`]: what an operator sets
//! - [`lifecycle`]: whether it takes clients, and how it leaves
//! - [`cores`]: what the hub asks the cores and tells them
//! - [`session`]: what a client's connection does between its socket and the rooms
//! - [`ingress`]: where cores publish
//! - [`api`]: what back-ends ask of the hub
//! - [`admin`]: what operators see of it
//! - [`http`]: what is served by HTTP

pub mod admin;
pub mod api;
pub mod clock;
pub mod config;
pub mod connection;
pub mod cores;
pub mod counters;
pub mod http;
pub mod identity;
pub mod ingress;
pub mod lifecycle;
pub mod limits;
pub mod protocol;
pub mod rooms;
pub mod session;
pub mod socket;
pub mod topic;
