//! Real servers on free ports of the loopback interface: for the launcher and for tests.
//!
//! # Layout
//! - [`certificates`]: a private authority's, which is thrown away
//! - [`ports`]: where they listen
//! - [`postgres`]: a database server that is thrown away
//! - [`process`]: starting, watching and stopping one

pub mod certificates;
pub mod ports;
pub mod postgres;
pub mod process;
