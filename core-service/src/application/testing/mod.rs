//! Fakes of the ports, so that use cases are tested without a database, a clock or a network.
//!
//! # Layout
//! - `memory`: [`MemoryStore`], stores in memory for accounts, topics and leases
//! - `files`: uploads, attachments and blobs in memory, what looks into files, and a disk that fails
//! - `previews`: what is shown of pages, in memory
//! - `world`: clock, ids, passwords, tokens and a publisher that records
//! - `broken`: stores that fail
//! - `contract`: what each store must do, run on [`MemoryStore`] and on every database; that of chats
//!   and contacts on the databases, because the tests of their use cases script what these answer

mod broken;
pub(crate) mod contract;
mod files;
mod memory;
mod previews;
mod world;

pub(crate) use self::{
    broken::Broken,
    files::{BrokenDisk, MemoryBlobs, MemoryFiles, PlainReader, PlainSigner, StuckFolder},
    memory::MemoryStore,
    previews::MemoryPreviews,
    world::{CountedIds, FakeClock, FakeSealer, FakeTokens, PlainHasher, RecordingPublisher},
};
