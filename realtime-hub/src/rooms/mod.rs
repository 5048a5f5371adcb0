//! The rooms that are alive: an actor for each, and the way to it.
//!
//! Awaited messages form a tree, never a cycle: connection → room, ingress → room. A room answers
//! connections by their outboxes, which never block.
//!
//! # Layout
//! - [`directory`]: topic → room
//! - [`messages`]: what a room is told and asked
//! - [`actor`]: performs what [`Room`](crate::topic::room::Room) decides; `following` keeps it up with
//!   a core's log

pub mod actor;
pub mod directory;
mod following;
pub mod messages;
