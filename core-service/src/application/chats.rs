//! Conversations, members, messages and receipts.

mod changes;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::changes::Changes;
use self::changes::changes;
use super::{
    error::Error,
    paging::{HEADS_MAX, Part},
    ports::{
        Anchor, ChatStore, Clock, Cursor, EventPublisher, IdGenerator, Made, MarkReport, MemberAct,
        MemberChange, NewConversation, NewMessage, Page, Posted, Refused,
    },
    posting::Posting,
};
use crate::domain::{
    conversation::{
        Blueprint, ChatHead, Conversation, ConversationError, Kind, ListPlace, Member, Role,
        TopicPosition,
    },
    ids::{AttachmentId, ClientId, ConversationId, MessageId, PreviewId, UserId},
    message::{Message, Text, mentioned},
    permission::{Act, Denied},
    receipt::Watermarks,
    time::Timestamp,
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

/// A message that somebody wants to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What its sender's client calls it.
    pub client_msg_id: ClientId,
    /// What it is to say; nothing of its own when it is forwarded.
    pub text: String,
    /// The message that is forwarded.
    pub forward_of: Option<MessageId>,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// Whom it is to name.
    pub mentions: Vec<UserId>,
    /// What it is to carry; then the text may be empty.
    pub attachment: Option<AttachmentId>,
    /// What it is to show of the page that its text links to.
    pub preview: Option<PreviewId>,
}

/// A part of somebody's conversations.
#[derive(Debug)]
pub struct ChatList {
    /// Newest activity first.
    pub part: Part<Conversation, ListPlace>,
    /// Of the first part: those that are pinned, wherever in the list they are.
    pub pinned: Vec<Conversation>,
    /// Where the person's own topic stood before.
    pub own: TopicPosition,
}

/// The use cases around conversations.
pub struct Chats {
    /// Conversations.
    pub chats: Arc<dyn ChatStore>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// Posts messages, and tells the hub.
    pub posting: Posting,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn IdGenerator>,
    /// Chats that one person may be in, requests and hidden ones included.
    pub chats_max: i64,
}

impl Chats {
    /// Makes a conversation, or gives the one that there is.
    ///
    /// # Errors
    /// [`Error::Conversation`], [`Error::Contact`], [`Error::NotFound`] for members who do not exist.
    pub fn create(
        &self,
        creator: UserId,
        kind: Kind,
        members: Vec<UserId>,
        title: Option<&str>,
        client_id: ClientId,
    ) -> Result<(Conversation, Origin), Error> {
        self.make(&NewConversation {
            id: ConversationId::new(self.ids.uuid()),
            blueprint: Blueprint::new(kind, creator, members, title)?,
            creator,
            client_id,
            created_at: self.clock.now(),
            chats_max: self.chats_max,
        })
    }

    fn make(&self, new: &NewConversation) -> Result<(Conversation, Origin), Error> {
        let made = self.chats.create_conversation(new)?.map_err(refused)?;
        let (id, origin) = self.publish(made);
        Ok((self.get(new.creator, id)?, origin))
    }

    /// The chat of a user with themselves, which is made when it is first asked for.
    ///
    /// # Errors
    /// [`Error::Conversation`] when the user is in as many chats as a person may be.
    pub fn own(&self, user: UserId) -> Result<(Conversation, Origin), Error> {
        let id = self.ids.uuid();
        self.make(&NewConversation {
            id: ConversationId::new(id),
            blueprint: Blueprint::Own,
            creator: user,
            client_id: ClientId::new(id),
            created_at: self.clock.now(),
            chats_max: self.chats_max,
        })
    }

    /// A part of a user's conversations, newest activity first. A conversation in which something
    /// happens while the parts are read moves before them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn list(
        &self,
        user: UserId,
        after: Option<ListPlace>,
        limit: i64,
    ) -> Result<ChatList, Error> {
        let (mut found, own) = self.chats.conversations(user, after, limit + 1)?;
        let mut pinned = match after {
            None => self.chats.pinned_conversations(user)?,
            Some(_) => Vec::new(),
        };
        let now = self.clock.now();
        for chat in found.iter_mut().chain(&mut pinned) {
            pass_time(chat, now);
        }
        let place = |chat: &Conversation| {
            Some(ListPlace {
                active_at: chat.active_at,
                id: chat.id,
            })
        };
        Ok(ChatList {
            part: Part::cut(found, limit, place),
            pinned,
            own,
        })
    }

    /// Where a part of a user's conversations stands, in an order that nothing changes, and where the
    /// user's own topic stands.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn heads(
        &self,
        user: UserId,
        after: Option<ConversationId>,
    ) -> Result<(Part<ChatHead, ConversationId>, TopicPosition), Error> {
        let (found, own) = self.chats.chat_heads(user, after, HEADS_MAX + 1)?;
        Ok((Part::cut(found, HEADS_MAX, |head| Some(head.id)), own))
    }

    /// A part of a conversation's members, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn members(
        &self,
        user: UserId,
        conversation: ConversationId,
        after: Option<UserId>,
        limit: i64,
    ) -> Result<Part<Member, UserId>, Error> {
        let found = self.chats.members(conversation, user, after, limit + 1)?;
        let found = found.ok_or_else(|| self.why_not(Act::Read, user, conversation))?;
        Ok(Part::cut(found, limit, |member| Some(member.user.id)))
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, user: UserId, id: ConversationId) -> Result<Conversation, Error> {
        let mut chat = self.chats.conversation(user, id)?.ok_or(NO_CONVERSATION)?;
        pass_time(&mut chat, self.clock.now());
        Ok(chat)
    }

    /// Adds a person to a group. Somebody who left it is asked first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::Conversation`].
    pub fn add_member(
        &self,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Conversation, Error> {
        self.change_member(by, conversation, user, MemberAct::Add)?;
        self.get(by, conversation)
    }

    /// Removes a person from a group; oneself: leaves it, hides a direct chat, declines a request.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn remove_member(
        &self,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<(), Error> {
        self.change_member(by, conversation, user, MemberAct::Remove)
    }

    /// Gives a member of a group another role.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn set_role(
        &self,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
        role: Role,
    ) -> Result<Conversation, Error> {
        self.change_member(by, conversation, user, MemberAct::SetRole(role))?;
        self.get(by, conversation)
    }

    /// Says yes to a direct chat that a stranger opened, or to coming back to a group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conversation`] when the group is full by now.
    pub fn accept(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Conversation, Error> {
        self.change_member(user, conversation, user, MemberAct::Accept)?;
        self.get(user, conversation)
    }

    fn change_member(
        &self,
        by: UserId,
        conversation: ConversationId,
        user: UserId,
        act: MemberAct,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let change = MemberChange {
            conversation,
            by,
            user,
            act,
            now,
            chats_max: self.chats_max,
        };
        let events = self.chats.change_member(&change)?.map_err(refused)?;
        self.publisher.publish(events);
        Ok(())
    }

    /// Posts a message.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Contact`], [`Error::ClientMsgIdReused`],
    /// [`Error::Text`], [`Error::NoReplyTo`], [`Error::NoForwardOf`], [`Error::ForwardWithText`],
    /// [`Error::NoAttachment`], [`Error::TooManyMentions`].
    pub fn post(
        &self,
        sender: UserId,
        conversation: ConversationId,
        draft: Draft,
    ) -> Result<(Message, Origin), Error> {
        let Draft {
            client_msg_id,
            text,
            forward_of,
            reply_to,
            mentions,
            attachment,
            preview,
        } = draft;
        let (act, text) = match (forward_of, attachment) {
            (None, None) => (Act::Post, Text::parse(&text)?),
            (None, Some(_)) => (Act::Attach, Text::caption(&text)?),
            (Some(_), None) if text.is_empty() && mentions.is_empty() => (Act::Post, Text::gone()),
            (Some(_), _) => return Err(Error::ForwardWithText),
        };
        let new = NewMessage {
            id: MessageId::new(self.ids.uuid()),
            conversation,
            sender,
            client_msg_id,
            text,
            forward_of,
            reply_to,
            mentions: mentioned(mentions)?,
            attachment,
            preview,
            created_at: self.clock.now(),
        };
        match self.posting.write(new)? {
            Posted::Made(Made::New(message, _)) => Ok((message, Origin::New)),
            Posted::Made(Made::Replayed(message) | Made::Existing(message, _)) => {
                Ok((message, Origin::Replayed))
            }
            Posted::ClientMsgIdReused => Err(Error::ClientMsgIdReused),
            Posted::Refused(Refused::Denied(Denied::NotFound)) => {
                Err(self.why_not(act, sender, conversation))
            }
            Posted::Refused(
                reason @ (Refused::NoReplyTo | Refused::NoForwardOf | Refused::NoAttachment),
            ) => {
                // Who is not in the conversation learns nothing of messages.
                self.check(act, sender, conversation)?;
                Err(refused(reason))
            }
            Posted::Refused(reason) => Err(refused(reason)),
        }
    }

    /// Messages of a conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`], also of the message around which they are to be.
    pub fn messages(
        &self,
        user: UserId,
        conversation: ConversationId,
        cursor: Cursor,
        limit: i64,
    ) -> Result<Page<Message>, Error> {
        let page = self
            .chats
            .messages(conversation, user, cursor, limit)?
            .ok_or_else(|| self.why_not(Act::Read, user, conversation))?;
        if page.items.is_empty() && matches!(cursor, Cursor::Around(Anchor::Message(_))) {
            return Err(Error::NotFound("message"));
        }
        Ok(page)
    }

    /// Unread messages of a conversation that name the user and their places, the oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn unread_mentions(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Vec<(MessageId, i64)>, Error> {
        let found = self.chats.unread_mentions(conversation, user)?;
        found.ok_or_else(|| self.why_not(Act::Read, user, conversation))
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
        // No event precedes the first.
        let after = after.max(0);
        let slice = self
            .chats
            .changes(conversation, user, epoch, after, limit)?
            .ok_or_else(|| self.why_not(Act::Read, user, conversation))?;
        Ok(changes(slice, epoch, after))
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
        let own = marks.into_iter().flatten().next();
        own.ok_or_else(|| self.why_not(Act::Mark, user, conversation))
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

    /// Why a store has nothing for a user there.
    fn why_not(&self, act: Act, user: UserId, conversation: ConversationId) -> Error {
        // Who came in meanwhile asks again.
        let denied = self.check(act, user, conversation).err();
        denied.unwrap_or(NO_CONVERSATION)
    }

    fn check(&self, act: Act, user: UserId, conversation: ConversationId) -> Result<(), Error> {
        let checked = match self.chats.standing(conversation, user) {
            Ok(Some((kind, standing))) => act.check(kind, standing),
            Ok(None) => Err(Denied::NotFound),
            Err(error) => return Err(error.into()),
        };
        checked.map_err(|denied| refused(denied.into()))
    }

    fn publish<T>(&self, made: Made<T>) -> (T, Origin) {
        match made {
            Made::New(made, events) => {
                self.publisher.publish(events);
                (made, Origin::New)
            }
            Made::Replayed(made) => (made, Origin::Replayed),
            Made::Existing(made, events) => {
                self.publisher.publish(events);
                (made, Origin::Existing)
            }
        }
    }
}

/// What the use cases answer for a store's refusal.
pub(super) fn refused(refused: Refused) -> Error {
    match refused {
        Refused::NoUser => Error::NotFound("user"),
        Refused::NoMessage => Error::NotFound("message"),
        Refused::NoReplyTo => Error::NoReplyTo,
        Refused::NoForwardOf => Error::NoForwardOf,
        Refused::NoAttachment => Error::NoAttachment,
        Refused::Full => ConversationError::TooManyMembers.into(),
        Refused::TooManyChats => ConversationError::TooManyChats.into(),
        Refused::Denied(Denied::NotFound) => NO_CONVERSATION,
        Refused::Denied(denied) => Error::Denied(denied),
        Refused::Contact(denied) => Error::Contact(denied),
        Refused::Message(denied) => Error::Message(denied),
        Refused::Settings(denied) => Error::Settings(denied),
        Refused::NoInvite => Error::NotFound("invite"),
        Refused::Invite(denied) => Error::Invite(denied),
        Refused::Picture(denied) => Error::Picture(denied),
    }
}

/// Takes away what has ended by itself.
fn pass_time(chat: &mut Conversation, now: Timestamp) {
    chat.pins.retain(|pin| pin.until > now);
    chat.settings = chat.settings.at(now);
}
