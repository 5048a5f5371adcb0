//! Plain event streams, for a browser's `EventSource` and for whoever reads `text/event-stream`.
//!
//! # Layout
//! - [`streams`]: the routes
//! - [`beginning`]: the first events of a stream
//! - [`credential`]: how whoever wants a stream says who they are
//! - [`tickets`]: what an `EventSource` presents instead of a token

mod beginning;
mod credential;
pub(super) mod streams;
#[cfg(test)]
mod tests;
pub(super) mod tickets;
