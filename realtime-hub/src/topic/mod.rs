//! What the hub decides, without a socket, a clock or an actor in it: state in, effects out.

pub mod connect_pace;
pub mod cursor;
pub mod filter;
pub mod idempotency;
pub mod limits;
pub mod namespaces;
pub mod ping_tally;
pub mod presence;
pub mod rate_limit;
pub mod receipts;
pub mod ring;
pub mod room;
pub mod sequence;
pub mod topic_log;
