//! Thin shells around the hub's state: they decide nothing, they carry out.
//!
//! Awaited messages form a tree, never a cycle: connection → room, ingress → room. A room answers
//! connections by their outboxes, which never block.

pub mod admin;
pub mod client_session;
pub mod event_stream;
pub mod ingress;
pub mod topic_room;
