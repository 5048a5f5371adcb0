//! What a topic is and what becomes of what is said in it: state in, effects out, without a socket,
//! a clock or an actor.
//!
//! # Layout
//! - [`namespaces`]: what a topic may do
//! - [`room`]: its live tail: who listens, and what they hear
//! - [`listener`]: what a room knows of those who listen
//! - [`log`], [`sequence`], [`ring`]: what is kept of what was published
//! - [`idempotency`], [`filter`], [`presence`], [`receipts`]: parts of a room's state
//! - [`quiet`]: where topics stand that have no room
//! - [`cursor`]: where an event stream of several topics stands

pub mod cursor;
pub mod filter;
pub mod idempotency;
pub mod listener;
pub mod log;
pub mod namespaces;
pub mod presence;
pub mod quiet;
pub mod receipts;
pub mod ring;
pub mod room;
pub mod sequence;
