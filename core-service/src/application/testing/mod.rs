//! Fakes of the ports that accounts, topics and the relay need, so that their use cases are tested
//! without a database, a clock or a network.
//!
//! # Layout
//! - `memory`: [`MemoryStore`], their stores in memory; it is also the reference for the others
//! - `world`: clock, ids, passwords, tokens and a publisher that records
//! - `broken`: the same stores, failing
//! - `contract`: what each store must do, run on [`MemoryStore`] and on every database

mod broken;
pub(crate) mod contract;
mod memory;
mod world;

pub(crate) use self::{
    broken::Broken,
    memory::MemoryStore,
    world::{CountedIds, FakeClock, FakeTokens, PlainHasher, RecordingPublisher},
};
