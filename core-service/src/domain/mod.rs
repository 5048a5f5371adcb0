//! The chat's own words and rules. Knows of no framework, database or wire format.

pub mod account;
pub mod attempt;
pub mod conversation;
pub mod event;
pub mod ids;
pub mod message;
pub mod receipt;
pub mod shown;
pub mod time;
