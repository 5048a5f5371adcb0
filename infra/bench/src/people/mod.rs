//! People as the web client makes them: each has an address, an account, and one connection to the
//! hub.
//!
//! - [`http`], [`account`]: requests to the API
//! - [`socket`]: the connection to the hub
//! - [`honest`]: a process of people who chat all the time, and how that goes for them
//! - [`crowd`]: a process of people who come in all at once
//! - [`senders`]: a process of people who write as fast as they can

pub(crate) mod account;
pub(crate) mod crowd;
pub(crate) mod honest;
pub(crate) mod http;
pub(crate) mod senders;
pub(crate) mod socket;
