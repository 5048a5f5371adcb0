//! What the hub asks the cores and tells them, by gRPC through their load balancer.
//!
//! The folder is called `cores` because `core` is the name of Rust's own crate.
//!
//! # Layout
//! - [`gateway`]: the calls; `batching` makes one of many, [`circuit_breaker`] makes none while no
//!   core answers
//! - `authority`: a core says whose a token is
//! - [`control`]: revocations
//! - [`delivered`]: receipts on their way to a core
//! - [`start_up_check`]: ten pings through the load balancer

mod authority;
mod batching;
pub mod circuit_breaker;
pub mod control;
pub mod delivered;
pub mod gateway;
pub mod start_up_check;
