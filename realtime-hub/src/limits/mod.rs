//! How often something may happen, how fast clients come in, how many there may be, and whose
//! pages and load balancers are believed.

pub mod connect_pace;
pub mod inbound;
pub mod networks;
pub mod origins;
pub mod places;
pub mod pressure;
pub mod rate_limit;
pub mod turnstile;
