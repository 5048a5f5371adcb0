//! What clients get to see.

use serde::Serialize;

use crate::domain::{conversation::TopicPosition, message::Message};

/// A part of a conversation.
#[derive(Serialize)]
pub(super) struct Messages {
    pub(super) messages: Vec<Message>,
    pub(super) has_more: bool,
    pub(super) topic: TopicPosition,
}
