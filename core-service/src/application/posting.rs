//! How messages get into the store, and from there to the hub.

use std::{mem, sync::Arc};

use super::{
    group_commit::GroupCommit,
    ports::{ChatStore, EventPublisher, Made, NewMessage, Posted},
};

/// Posts messages; those that come together are written together.
pub type Posting = GroupCommit<NewMessage, Posted>;

impl Posting {
    /// Writes to the store, and tells the hub in the order in which it was written.
    pub fn to(chats: Arc<dyn ChatStore>, publisher: Arc<dyn EventPublisher>) -> Self {
        Self::new(
            move |new| chats.post_messages(new),
            move |posted| {
                if let Posted::Made(Made::New(_, events)) = posted {
                    publisher.publish(mem::take(events));
                }
            },
        )
    }
}
