//! What a client's connection does between its socket and the rooms.
//!
//! # Layout
//! - [`services`]: what sessions do their work with
//! - [`ports`]: what they need from whoever decides; [`grants`]: who that is
//! - [`registration`]: a connection's place in the hub
//! - [`admission`]: who gets in, and into which rooms
//! - [`seating`]: everything that brings a connection into a room
//! - [`publishing`]: publications that no core logs
//! - [`client`]: the client protocol's state machine, an actor for each connection
//! - [`emulation`]: clients whose commands come by requests of their own
//! - [`event_stream`], [`listening`]: plain event streams

pub mod admission;
pub mod client;
pub mod emulation;
pub mod event_stream;
pub mod grants;
pub mod listening;
pub mod ports;
pub mod publishing;
pub mod registration;
pub mod remaining;
pub mod seating;
pub mod services;
#[cfg(test)]
pub(crate) mod testing;
