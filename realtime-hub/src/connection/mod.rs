//! What the hub holds of a connection, whatever carries it.
//!
//! # Layout
//! - [`outbox`]: what waits to be written, bounded in bytes
//! - [`link`]: what rooms hold of a connection; [`positioned`] gives events of streams their ids
//! - [`registry`]: whose connections are here

pub mod link;
pub mod outbox;
pub mod positioned;
pub mod registry;
#[cfg(test)]
pub(crate) mod testing;
