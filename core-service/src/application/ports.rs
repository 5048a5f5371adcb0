//! What the use cases need of the world. The stores have two databases; the fakes in `testing` stand
//! in for the ports of accounts, topics and leases.
//!
//! Long because all ports stand in one place, each with what it promises.

use super::error::{StoreError, TokenError};
use crate::domain::{
    account::{Handle, Password, User},
    attempt::{Attempts, Subject},
    contact::{ContactDenied, WhoMayAdd},
    conversation::{
        Blueprint, ChatHead, Conversation, Kind, ListPlace, Member, Role, TopicPosition,
    },
    event::{LoggedEvent, ReceiptsMoved},
    ids::{ClientId, ConversationId, MessageId, SessionId, UserId},
    message::{Message, Text},
    permission::{Denied, Standing},
    receipt::{Receipt, Watermarks},
    search::PeopleSearch,
    time::Timestamp,
};

/// What stores answer.
pub type Stored<T> = Result<T, StoreError>;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Makes names and secrets.
pub trait IdGenerator: Send + Sync {
    /// A UUIDv7.
    fn uuid(&self) -> uuid::Uuid;
    /// A secret that nobody guesses: at least 240 random bits.
    fn secret(&self) -> String;
}

/// Passwords in the form in which they are kept.
pub trait PasswordHasher: Send + Sync {
    /// The form to keep.
    ///
    /// # Errors
    /// When hashing fails.
    fn hash(&self, password: &Password) -> Stored<String>;
    /// Whether `password` is the one that was kept. Without one it takes as long and says no.
    fn verify(&self, password: &str, kept: Option<&str>) -> bool;
}

/// An access token's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whose.
    pub user: UserId,
    /// Of which sign-in.
    pub session: SessionId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Makes access tokens.
pub trait TokenIssuer: Send + Sync {
    /// A signed token.
    ///
    /// # Errors
    /// When signing fails.
    fn issue(&self, identity: &Identity) -> Stored<String>;
    /// What a refresh token is replaced with: the same for the same token, on every replica, and
    /// known to nobody else.
    fn successor(&self, refresh_token: &str) -> String;
}

/// What an owner's device shows to be known again. It opens nothing by itself.
pub trait DeviceTokens: Send + Sync {
    /// A token for a device on which this account has signed in.
    fn issue_device(&self, account: &Handle) -> String;
    /// Which device shows it; nothing when it was not made here for this account.
    fn device(&self, token: &str, account: &Handle) -> Option<String>;
}

/// Reads access tokens.
pub trait AuthVerifier: Send + Sync {
    /// Whose token it is; whether its session still exists is the store's to say.
    ///
    /// # Errors
    /// [`TokenError`].
    fn verify(&self, token: &str) -> Result<Identity, TokenError>;
}

/// Hands committed events to the hub. Never blocks and never fails: what is lost here, the relay
/// finds in the log.
pub trait EventPublisher: Send + Sync {
    /// Logged events.
    fn publish(&self, events: Vec<LoggedEvent>);
    /// Watermarks.
    fn tell_receipts(&self, moved: ReceiptsMoved);
}

/// A new account with its first session.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Who.
    pub user: User,
    /// See [`PasswordHasher`].
    pub password_hash: String,
    /// When.
    pub created_at: Timestamp,
}

/// People.
pub trait AccountStore: Send + Sync {
    /// Adds an account and its `user:` topic. [`StoreError::Exists`] when the handle is taken.
    fn create_account(&self, account: &NewAccount) -> Stored<()>;
    /// An account and its password hash.
    fn credentials(&self, handle: &Handle) -> Stored<Option<(User, String)>>;
    /// An account.
    fn user(&self, id: UserId) -> Stored<Option<User>>;
    /// Accounts that `search` finds, those by their handle first, each in alphabetical order of the
    /// handles; without `except`.
    fn search_users(&self, search: &PeopleSearch, except: UserId, limit: i64) -> Stored<Vec<User>>;
}

/// An attempt to sign in.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// Names it.
    pub id: uuid::Uuid,
    /// What it counts for.
    pub subjects: Vec<Subject>,
    /// When it was made.
    pub at: Timestamp,
}

/// Attempts to sign in, counted over all replicas. They are noted before a password is looked at, so
/// that attempts at the same time count each other.
pub trait AttemptStore: Send + Sync {
    /// Notes an attempt. Whoever counts after this call counts it.
    fn note_attempt(&self, attempt: &NewAttempt) -> Stored<()>;
    /// Attempts of a subject after `since`, without the one named `but`.
    fn attempts(&self, subject: &Subject, since: Timestamp, but: uuid::Uuid) -> Stored<Attempts>;
    /// Forgets one attempt: it was not carried out, or it was right.
    fn withdraw_attempt(&self, id: uuid::Uuid) -> Stored<()>;
    /// Forgets the attempts of a subject.
    fn forget_attempts(&self, subject: &Subject) -> Stored<()>;
    /// Forgets every attempt on an account, from wherever it was made.
    fn unlock_account(&self, handle: &Handle) -> Stored<()>;
}

/// A new sign-in.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Hash of its first refresh token.
    pub refresh_hash: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it can be refreshed.
    pub expires_at: Timestamp,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was replaced by this successor, now or before.
    Rotated {
        /// Whose.
        user: User,
        /// Of which sign-in.
        session: SessionId,
    },
    /// Unknown, expired or revoked.
    Refused,
    /// Its successor has been used: two hold a copy of it. The session is revoked, and these events
    /// say so.
    Reused(Vec<LoggedEvent>),
}

/// Sign-ins.
pub trait SessionStore: Send + Sync {
    /// Adds one.
    fn create_session(&self, session: &NewSession) -> Stored<()>;
    /// Replaces a refresh token, and keeps its session until `expires_at`. A token that was replaced
    /// before is answered the same, however long ago that was, until its successor is replaced in
    /// its turn: the first answer may have been lost.
    fn rotate_refresh(
        &self,
        hash: &str,
        successor_hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Rotation>;
    /// Whether it has not been revoked.
    fn is_session_active(&self, session: SessionId) -> Stored<bool>;
    /// The session of a refresh token.
    fn session_of_refresh(&self, hash: &str) -> Stored<Option<SessionId>>;
    /// Revokes a session; the events that say so, none when it was revoked before.
    fn revoke_session(&self, session: SessionId, now: Timestamp) -> Stored<Vec<LoggedEvent>>;
}

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
    /// The group is full.
    Full,
    /// One of the people is in as many chats as a person may be.
    TooManyChats,
    /// By what the acting user is to the conversation.
    Denied(Denied),
    /// By what the two people are to each other.
    Contact(ContactDenied),
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
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
    /// What it says.
    pub text: Text,
    /// When.
    pub created_at: Timestamp,
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// A part of something longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In ascending order.
    pub items: Vec<T>,
    /// There is more in the direction of the cursor.
    pub has_more: bool,
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
    /// Messages that a member may read; nothing for others.
    fn messages(
        &self,
        conversation: ConversationId,
        user: UserId,
        cursor: Cursor,
        limit: i64,
    ) -> Stored<Option<Page<Message>>>;
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

/// The right to hear a topic, and where its log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where the log stands.
    pub position: TopicPosition,
    /// Nothing below may reach the user.
    pub readable_from: i64,
    /// Members of a conversation; 0 for a user's own topic.
    pub member_count: i64,
    /// The members of this direct chat hear nothing of each other's presence.
    pub presence_withheld: bool,
}

/// A range of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// Whose log.
    pub topic: String,
    /// As the reader knows it; empty for any.
    pub epoch: String,
    /// Exclusive.
    pub after: i64,
    /// Inclusive; everything when absent.
    pub up_to: Option<i64>,
    /// Events at most.
    pub limit: i64,
}

/// What a range holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSlice {
    /// Where the log stands.
    pub position: TopicPosition,
    /// The events; none when the epoch differs.
    pub events: Vec<LoggedEvent>,
    /// The range begins before what the log still has.
    pub trimmed: bool,
}

/// Where a log stands, and how far a conversation's members have got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicHead {
    /// Where the log stands.
    pub position: TopicPosition,
    /// Members of a conversation.
    pub member_count: i64,
    /// See [`Grant`].
    pub presence_withheld: bool,
    /// Both (direct), or the minimum (group).
    pub receipts: Vec<Receipt>,
}

/// The topic log.
pub trait TopicStore: Send + Sync {
    /// The user's own topic, and the chats with the newest activity, `limit` at most.
    fn newest_grants(&self, user: UserId, limit: i64) -> Stored<Vec<Grant>>;
    /// A user's chats below an id, the highest first.
    fn grants_before(&self, user: UserId, before: ConversationId, limit: i64)
    -> Stored<Vec<Grant>>;
    /// What of these topics a user may hear.
    fn authorize(&self, user: UserId, topics: &[String]) -> Stored<Vec<Grant>>;
    /// A range; nothing for an unknown topic.
    fn read_log(&self, range: &LogRange) -> Stored<Option<LogSlice>>;
    /// Heads of the topics that exist.
    fn heads(&self, topics: &[String]) -> Stored<Vec<TopicHead>>;
    /// The hub needs nothing more up to these offsets.
    fn ack_topics(&self, acks: &[(String, i64)]) -> Stored<()>;
    /// Events committed in this time that the hub has not acknowledged.
    fn unacknowledged(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: i64,
    ) -> Stored<Vec<LoggedEvent>>;
}

/// Jobs that one replica does for all.
pub trait LeaseStore: Send + Sync {
    /// Takes or keeps the lease on a job. False while another replica has it.
    fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Stored<bool>;
}

/// Before when something has ended for nobody to need it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Sessions that could be refreshed until then.
    pub sessions_before: Timestamp,
    /// Refresh tokens that were replaced.
    pub replaced_before: Timestamp,
    /// Attempts to sign in.
    pub attempts_before: Timestamp,
}

/// What is deleted when it has ended.
pub trait RetentionStore: Send + Sync {
    /// Deletes at most `limit` sessions with their tokens, `limit` replaced tokens and `limit`
    /// attempts, the oldest first. Returns how many rows.
    fn delete_ended(&self, ended: &Ended, limit: i64) -> Stored<usize>;
}
