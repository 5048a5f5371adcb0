//! Conversations with their members, messages and marks, and what people are to each other.

use super::Stored;
use crate::domain::{
    account::User,
    chat_settings::SettingsDenied,
    contact::{ContactDenied, WhoMayAdd},
    conversation::{
        Blueprint, ChatHead, Conversation, Kind, ListPlace, Member, Role, TopicPosition,
    },
    event::{LoggedEvent, ReceiptsMoved},
    ids::{AttachmentId, ClientId, ConversationId, MessageId, PreviewId, UserId},
    invite::InviteDenied,
    message::{Message, MessageDenied, Text},
    permission::{Denied, Standing},
    profile::PictureDenied,
    receipt::Watermarks,
    time::Timestamp,
};

/// Something that was made now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made<T> {
    /// Now; these events say so.
    New(T, Vec<LoggedEvent>),
    /// Before, by the same client with the same id.
    Replayed(T),
    /// Before, by whomever; these events say what changed all the same.
    Existing(T, Vec<LoggedEvent>),
}

/// A new conversation.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// Which, if it is new.
    pub id: ConversationId,
    /// What.
    pub blueprint: Blueprint,
    /// By whom.
    pub creator: UserId,
    /// What its creator's client calls it.
    pub client_id: ClientId,
    /// When.
    pub created_at: Timestamp,
    /// Chats that one person may be in.
    pub chats_max: i64,
}

/// Why a conversation is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such user.
    NoUser,
    /// There is no such message, or not for this user.
    NoMessage,
    /// The message that is to be answered is not there, or not for this user.
    NoReplyTo,
    /// The message that is to be forwarded is not there, or not for this user.
    NoForwardOf,
    /// What is to be sent is not there, not whole, or not this user's.
    NoAttachment,
    /// The group is full.
    Full,
    /// One of the people is in as many chats as a person may be.
    TooManyChats,
    /// By what the acting user is to the conversation.
    Denied(Denied),
    /// By what the two people are to each other.
    Contact(ContactDenied),
    /// By what the message is.
    Message(MessageDenied),
    /// By how the user has arranged their chats.
    Settings(SettingsDenied),
    /// There is no such link, or it brings nobody any more.
    NoInvite,
    /// By what links are for.
    Invite(InviteDenied),
    /// By what the file is that is to become a picture.
    Picture(PictureDenied),
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<MessageDenied> for Refused {
    fn from(denied: MessageDenied) -> Self {
        Self::Message(denied)
    }
}

impl From<SettingsDenied> for Refused {
    fn from(denied: SettingsDenied) -> Self {
        Self::Settings(denied)
    }
}

impl From<InviteDenied> for Refused {
    fn from(denied: InviteDenied) -> Self {
        Self::Invite(denied)
    }
}

impl From<PictureDenied> for Refused {
    fn from(denied: PictureDenied) -> Self {
        Self::Picture(denied)
    }
}

impl From<ContactDenied> for Refused {
    fn from(denied: ContactDenied) -> Self {
        Self::Contact(denied)
    }
}

/// What came of a change of a conversation's people: these events say so, none when it was so before.
pub type Changed = Result<Vec<LoggedEvent>, Refused>;

/// What a member does to another one, or to oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAct {
    /// Adds them. Who has left before is asked first.
    Add,
    /// Removes them; oneself: leaves, hides or declines.
    Remove,
    /// Gives them a role.
    SetRole(Role),
    /// Oneself: accepts having been asked in.
    Accept,
}

/// A change of a conversation's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberChange {
    /// Where.
    pub conversation: ConversationId,
    /// Who acts.
    pub by: UserId,
    /// On whom.
    pub user: UserId,
    /// What.
    pub act: MemberAct,
    /// When.
    pub now: Timestamp,
    /// Chats that one person may be in.
    pub chats_max: i64,
}

/// A new message.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Which, if it is new.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// By whom.
    pub sender: UserId,
    /// What its sender's client calls it.
    pub client_msg_id: ClientId,
    /// What it says; of one that is forwarded, nothing.
    pub text: Text,
    /// The message of any conversation whose text it is to have, as its sender can read it.
    pub forward_of: Option<MessageId>,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// Whom it is to name; those who are no members are left out.
    pub mentions: Vec<UserId>,
    /// What it is to carry: its sender's.
    pub attachment: Option<AttachmentId>,
    /// What is shown of the page that its text links to; left out where it cannot be had.
    pub preview: Option<PreviewId>,
    /// When.
    pub created_at: Timestamp,
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every answer is the large one, and none is kept"
)]
pub enum Posted {
    /// It is in the conversation.
    Made(Made<Message>),
    /// The sender may not write there.
    Refused(Refused),
    /// The id names a message in another conversation.
    ClientMsgIdReused,
}

/// Which messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// The newest.
    Latest,
    /// Older ones, from this one on.
    Before(i64),
    /// Newer ones, from this one on.
    After(i64),
    /// This one, and those on both sides of it.
    Around(Anchor),
}

/// A message in the middle of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// By its place; none has to be there.
    Seq(i64),
    /// By its name.
    Message(MessageId),
}

/// A part of something longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In ascending order.
    pub items: Vec<T>,
    /// There is more in the direction of the cursor; around a message, there are older ones.
    pub has_more: bool,
    /// Around a message: there are newer ones.
    pub has_newer: Option<bool>,
    /// Where the topic stood before the items were read.
    pub topic: TopicPosition,
}

/// A report of how far somebody has got somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkReport {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub user: UserId,
    /// On a device.
    pub delivered_seq: i64,
    /// Seen.
    pub read_seq: i64,
}

/// What came of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarksMoved {
    /// Where each reported membership stands now; nothing for those that do not exist.
    pub marks: Vec<Option<Watermarks>>,
    /// For the user's other devices.
    pub events: Vec<LoggedEvent>,
    /// For the rooms.
    pub receipts: Vec<ReceiptsMoved>,
}

/// The part of a conversation's log that was read for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSlice {
    /// Where the log stands.
    pub position: TopicPosition,
    /// The member may read, and the log still has, what comes after this offset.
    pub readable_after: i64,
    /// Without a gap between them.
    pub events: Vec<LoggedEvent>,
}

/// Conversations, their members, messages and marks.
pub trait ChatStore: Send + Sync {
    /// Makes a conversation. A direct chat waits for the other person to accept it; a group is made
    /// with everybody or not at all.
    fn create_conversation(
        &self,
        new: &NewConversation,
    ) -> Stored<Result<Made<ConversationId>, Refused>>;
    /// One conversation of a user.
    fn conversation(&self, user: UserId, id: ConversationId) -> Stored<Option<Conversation>>;
    /// A user's conversations, newest activity first, after a place in that order; and where the
    /// user's own topic stood before.
    fn conversations(
        &self,
        user: UserId,
        after: Option<ListPlace>,
        limit: i64,
    ) -> Stored<(Vec<Conversation>, TopicPosition)>;
    /// The conversations that a user has pinned, the last one first.
    fn pinned_conversations(&self, user: UserId) -> Stored<Vec<Conversation>>;
    /// Where a user's conversations stand, in the order of their ids, after one of them; and where the
    /// user's own topic stood before.
    fn chat_heads(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: i64,
    ) -> Stored<(Vec<ChatHead>, TopicPosition)>;
    /// Members in the order of their ids, after one of them; nothing for others than members.
    fn members(
        &self,
        conversation: ConversationId,
        user: UserId,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Option<Vec<Member>>>;
    /// What a user is to a conversation, and of which kind that is; nothing when there is none.
    fn standing(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Stored<Option<(Kind, Standing)>>;
    /// Changes who is in a conversation, and as what.
    fn change_member(&self, change: &MemberChange) -> Stored<Changed>;
    /// Posts messages, of whomever and wherever; what came of each. They are committed together, and
    /// those of one conversation are numbered in their order.
    fn post_messages(&self, new: &[NewMessage]) -> Stored<Vec<Posted>>;
    /// Messages that a member may read; nothing for others. None around a message that the member may
    /// not read.
    fn messages(
        &self,
        conversation: ConversationId,
        user: UserId,
        cursor: Cursor,
        limit: i64,
    ) -> Stored<Option<Page<Message>>>;
    /// Unread messages that name a member and their places, the oldest first, at most
    /// [`UNREAD_MENTIONS_MAX`](crate::domain::conversation::UNREAD_MENTIONS_MAX); nothing for others.
    fn unread_mentions(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Stored<Option<Vec<(MessageId, i64)>>>;
    /// What a member may read of the log after an offset, `limit` events at most; nothing for
    /// others. No events when the log has another epoch than `epoch`, which is empty for any.
    fn changes(
        &self,
        conversation: ConversationId,
        user: UserId,
        epoch: &str,
        after: i64,
        limit: i64,
    ) -> Stored<Option<MemberSlice>>;
    /// Moves watermarks up.
    fn move_marks(&self, reports: &[MarkReport], now: Timestamp) -> Stored<MarksMoved>;
}

/// A person is blocked or unblocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockChange {
    /// By whom.
    pub blocker: UserId,
    /// Whom.
    pub blocked: UserId,
    /// Whether they are blocked afterwards.
    pub on: bool,
    /// When.
    pub now: Timestamp,
    /// People whom one person may have blocked.
    pub blocks_max: i64,
}

/// What people have chosen about others.
pub trait ContactStore: Send + Sync {
    /// Whom a user lets add them to groups.
    fn who_may_add(&self, user: UserId) -> Stored<WhoMayAdd>;
    /// Changes that.
    fn set_who_may_add(&self, user: UserId, who: WhoMayAdd) -> Stored<()>;
    /// Blocks or unblocks a person; these events say so, none when it was so before.
    fn set_block(&self, change: &BlockChange) -> Stored<Changed>;
    /// People whom a user has blocked, in the order of their ids, after one of them.
    fn blocked(&self, blocker: UserId, after: Option<UserId>, limit: i64) -> Stored<Vec<User>>;
}
