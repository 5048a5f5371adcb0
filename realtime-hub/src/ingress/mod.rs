//! Where cores publish: a gRPC service, and an actor for each of its streams.

pub mod service;
pub mod stream;
