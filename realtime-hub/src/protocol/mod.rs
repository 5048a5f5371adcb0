//! The Centrifuge client protocol: its codes, its encodings, and frames that are encoded once.

pub mod codec;
pub mod codes;
pub mod deflate;
pub mod events;
pub mod fossil;
pub mod frame;
pub mod payload;
pub mod reasons;
pub mod topic_name;
pub mod websocket;
pub mod wire;
