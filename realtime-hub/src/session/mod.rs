//! What a client's connection does between its socket and the rooms.
//!
//! # Layout
//! - [`admission`]: who gets in, and into which rooms
//! - [`seating`]: who may subscribe to what, and how a connection gets its seat
//! - [`publishing`]: publications that no core logs
//! - [`client`]: the client protocol's state machine, an actor for each connection
//! - [`emulation`]: clients whose commands come by requests of their own
//! - [`event_stream`], [`listening`]: plain event streams

pub mod admission;
pub mod client;
pub mod emulation;
pub mod event_stream;
pub mod listening;
pub mod publishing;
pub mod seating;
