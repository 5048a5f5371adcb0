//! The core: the chat's domain behind HTTP and gRPC, stateless, any number of copies.
//!
//! # Layout
//! - [`domain`]: words and rules
//! - [`application`]: use cases and the ports they need
//! - [`adapters`]: `inbound` (HTTP, gRPC) drives use cases, `outbound` is driven by them
//! - [`config`]: what an operator sets
//! - [`lifecycle`]: starting, serving, stopping

pub mod adapters;
pub mod application;
pub mod config;
pub mod domain;
pub mod lifecycle;
