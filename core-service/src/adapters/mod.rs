//! The world around the use cases.

pub mod inbound;
pub mod outbound;
