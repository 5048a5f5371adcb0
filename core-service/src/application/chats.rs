//! Conversations, members, messages and receipts.

use std::sync::Arc;

use super::{
    error::Error,
    ports::{
        Changed, ChatStore, Clock, Cursor, EventPublisher, IdGenerator, LogRange, LogSlice, Made,
        MarkReport, NewConversation, NewMessage, Page, Posted, TopicStore,
    },
};
use crate::domain::{
    conversation::{Blueprint, Conversation, ConversationError, Kind, TopicPosition},
    event::Topic,
    ids::{ClientId, ConversationId, MessageId, UserId},
    message::{Message, Text},
    receipt::Watermarks,
};

const NO_CONVERSATION: Error = Error::NotFound("conversation");

/// Whether something was made now, by a repeat, or was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Now.
    New,
    /// By the same request before.
    Replayed,
    /// By somebody before.
    Existing,
}

/// Events that a client missed.
#[derive(Debug)]
pub struct Changes {
    /// The log cannot say what the client missed: load the conversation anew.
    pub reset: bool,
    /// Offset and JSON of each event.
    pub events: Vec<(i64, String)>,
    /// There is more after these.
    pub has_more: bool,
    /// Where the log stands.
    pub topic: TopicPosition,
}

/// See the module's description.
pub struct Chats {
    /// Conversations.
    pub chats: Arc<dyn ChatStore>,
    /// Their logs.
    pub topics: Arc<dyn TopicStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn IdGenerator>,
}

impl Chats {
    /// Makes a conversation, or gives the one that there is.
    ///
    /// # Errors
    /// [`Error::Conversation`], [`Error::NotFound`] for members who do not exist.
    pub fn create(
        &self,
        creator: UserId,
        kind: Kind,
        members: Vec<UserId>,
        title: Option<&str>,
        client_id: ClientId,
    ) -> Result<(Conversation, Origin), Error> {
        let new = NewConversation {
            id: ConversationId::new(self.ids.uuid()),
            blueprint: Blueprint::new(kind, creator, members, title)?,
            creator,
            client_id,
            created_at: self.clock.now(),
        };
        let made = self
            .chats
            .create_conversation(&new)?
            .ok_or(Error::NotFound("user"))?;
        let (id, origin) = self.publish(made);
        Ok((self.get(creator, id)?, origin))
    }

    /// All conversations of a user, and where the user's own topic stands.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn list(&self, user: UserId) -> Result<(Vec<Conversation>, TopicPosition), Error> {
        Ok(self.chats.conversations(user, None)?)
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, user: UserId, id: ConversationId) -> Result<Conversation, Error> {
        let (found, _) = self.chats.conversations(user, Some(id))?;
        found.into_iter().next().ok_or(NO_CONVERSATION)
    }

    /// Adds a person to a group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAGroup`], [`Error::Conversation`].
    pub fn add_member(
        &self,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Conversation, Error> {
        let changed = self
            .chats
            .add_member(conversation, by, user, self.clock.now())?;
        self.publish_change(changed)?;
        self.get(by, conversation)
    }

    /// Removes a person from a group, or leaves it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotAGroup`].
    pub fn remove_member(
        &self,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<(), Error> {
        let changed = self
            .chats
            .remove_member(conversation, by, user, self.clock.now())?;
        self.publish_change(changed)
    }

    /// Posts a message.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::ClientMsgIdReused`], [`Error::Text`].
    pub fn post(
        &self,
        sender: UserId,
        conversation: ConversationId,
        client_msg_id: ClientId,
        text: &str,
    ) -> Result<(Message, Origin), Error> {
        let new = NewMessage {
            id: MessageId::new(self.ids.uuid()),
            conversation,
            sender,
            client_msg_id,
            text: Text::parse(text)?,
            created_at: self.clock.now(),
        };
        match self.chats.post_message(&new)? {
            Posted::Made(made) => Ok(self.publish(made)),
            Posted::NoConversation => Err(NO_CONVERSATION),
            Posted::ClientMsgIdReused => Err(Error::ClientMsgIdReused),
        }
    }

    /// Messages of a conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn messages(
        &self,
        user: UserId,
        conversation: ConversationId,
        cursor: Cursor,
        limit: i64,
    ) -> Result<Page<Message>, Error> {
        self.chats
            .messages(conversation, user, cursor, limit)?
            .ok_or(NO_CONVERSATION)
    }

    /// What happened in a conversation after an offset, as far as the user may read.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn changes(
        &self,
        user: UserId,
        conversation: ConversationId,
        epoch: &str,
        after: i64,
        limit: i64,
    ) -> Result<Changes, Error> {
        let topic = Topic::Chat(conversation).to_string();
        let granted = self.topics.authorize(user, std::slice::from_ref(&topic))?;
        let grant = granted.into_iter().next().ok_or(NO_CONVERSATION)?;
        let range = LogRange {
            topic,
            epoch: epoch.to_owned(),
            after: after.max(grant.readable_from - 1),
            up_to: None,
            limit,
        };
        let slice = self.topics.read_log(&range)?.ok_or(NO_CONVERSATION)?;
        Ok(changes(slice, &range))
    }

    /// Moves the user's own watermarks.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn move_marks(
        &self,
        user: UserId,
        conversation: ConversationId,
        delivered_seq: i64,
        read_seq: i64,
    ) -> Result<Watermarks, Error> {
        let report = MarkReport {
            conversation,
            user,
            delivered_seq,
            read_seq,
        };
        let marks = self.report(&[report])?;
        marks.into_iter().flatten().next().ok_or(NO_CONVERSATION)
    }

    /// Moves many users' watermarks; those without a membership are passed over.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn report(&self, reports: &[MarkReport]) -> Result<Vec<Option<Watermarks>>, Error> {
        let moved = self.chats.move_marks(reports, self.clock.now())?;
        self.publisher.publish(moved.events);
        for receipts in moved.receipts {
            self.publisher.tell_receipts(receipts);
        }
        Ok(moved.marks)
    }

    fn publish<T>(&self, made: Made<T>) -> (T, Origin) {
        match made {
            Made::New(made, events) => {
                self.publisher.publish(events);
                (made, Origin::New)
            }
            Made::Replayed(made) => (made, Origin::Replayed),
            Made::Existing(made) => (made, Origin::Existing),
        }
    }

    fn publish_change(&self, changed: Changed) -> Result<(), Error> {
        match changed {
            Changed::Done(events) => {
                self.publisher.publish(events);
                Ok(())
            }
            Changed::NoConversation => Err(NO_CONVERSATION),
            Changed::NoUser => Err(Error::NotFound("user")),
            Changed::NotAGroup => Err(Error::NotAGroup),
            Changed::Full => Err(ConversationError::TooManyMembers.into()),
        }
    }
}

fn changes(slice: LogSlice, range: &LogRange) -> Changes {
    let LogSlice {
        position,
        events,
        trimmed,
    } = slice;
    let reset = trimmed || (!range.epoch.is_empty() && range.epoch != position.epoch);
    // A slice has a limit in bytes, too, so the number of its events does not tell.
    let reached = events.last().map_or(range.after, |event| event.offset);
    let has_more = !reset && reached < position.offset;
    let events = events
        .into_iter()
        .map(|event| (event.offset, event.payload));
    Changes {
        reset,
        events: events.collect(),
        has_more,
        topic: position,
    }
}
