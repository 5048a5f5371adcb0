//! Use cases and the ports they need.
//!
//! Everything here is synchronous: a use case runs on a thread that may block, and driving
//! adapters see to it. One port method is one transaction.

pub mod accounts;
pub mod chats;
pub mod contacts;
pub mod deletion;
pub mod disappearing;
pub mod error;
pub mod group_commit;
pub mod invites;
pub mod keeping;
pub mod media;
pub mod messages;
pub mod paging;
pub mod ports;
pub mod posting;
pub mod previews;
pub mod profiles;
pub mod relay;
pub mod retention;
pub mod search;
#[cfg(test)]
pub(crate) mod testing;
pub mod topics;
pub mod uploads;
