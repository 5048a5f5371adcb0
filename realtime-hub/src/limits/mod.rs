//! How often something may happen, how fast clients come in, and how many there may be.

pub mod connect_pace;
pub mod places;
pub mod rate_limit;
