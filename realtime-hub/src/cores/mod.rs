//! What the hub asks the cores and tells them, by gRPC through their load balancer.
//!
//! The folder is called `cores` because `core` is the name of Rust's own crate.
//!
//! # Layout
//! - [`gateway`]: the calls; `batching` makes one of many, `single_flight` one of those that ask the
//!   same, `patience` repeats them in time, [`circuit_breaker`] makes none while `standing` says that
//!   no core answers
//! - `authority`: a core says whose a token is
//! - [`control`]: what cores revoke
//! - [`delivered`]: receipts on their way to a core
//! - [`start_up_check`]: ten pings through the load balancer

mod authority;
mod batching;
pub mod circuit_breaker;
pub mod control;
pub mod delivered;
pub mod gateway;
mod patience;
mod single_flight;
mod standing;
pub mod start_up_check;
