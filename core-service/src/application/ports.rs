//! What the use cases need of the world. The stores have two databases, SQLite and PostgreSQL.
//!
//! `testing` has a fake for every port but four, and the stores among them, in memory, pass the same
//! contract (`testing/contract`) as the databases. [`ChatStore`], [`ContactStore`], [`ProfileStore`] and
//! [`RetentionStore`] have no second implementation that would repeat their rules: the tests of their
//! use cases script their answers, and the databases pass a contract of their own.
//!
//! # Layout
//! - `accounts`: accounts, sign-ins, passwords and tokens
//! - `chats`: conversations with their members, messages and marks, and what people are to each other
//! - `deletions`: accounts that their people delete
//! - `messages`: what becomes of messages after they were posted
//! - `invites`: links by which people come into groups
//! - `keeping`: what one person keeps of conversations for themselves
//! - `previews`: what is shown of pages to which messages link
//! - `profiles`: what people and groups show of themselves, and their pictures
//! - `search`: messages that are found by what they say
//! - `second_factors`: what is asked for at sign-in besides the password
//! - `topics`: the topic log
//! - `uploads`: files that people send
//! - here: time, names, the hub, and jobs that one replica does for all

mod accounts;
mod chats;
mod deletions;
mod disappearing;
mod invites;
mod keeping;
mod messages;
mod previews;
mod profiles;
mod search;
mod second_factors;
mod topics;
mod uploads;

pub use self::{
    accounts::{
        AccountStore, AttemptStore, AuthVerifier, DeviceTokens, Identity, NewAccount, NewAttempt,
        NewSession, PasswordChange, PasswordHasher, REPLACED_TOKENS_MAX, Rotation, SessionStore,
        TokenIssuer,
    },
    chats::{
        Anchor, BlockChange, Changed, ChatStore, ContactStore, Cursor, Made, MarkReport,
        MarksMoved, MemberAct, MemberChange, MemberSlice, NewConversation, NewMessage, Page,
        Posted, Refused,
    },
    deletions::{AccountDeletion, DeletionStore, RemovalStep},
    disappearing::{DisappearingStore, LifetimeChange},
    invites::{Entered, Entry, InviteStore, NewInvite},
    keeping::{Arrangement, Clearing, KeepStore, NewDraft, StarChange, Starred},
    messages::{At, Deletion, Edit, MessageStore, NewPin, NewReaction, ReactionOf},
    previews::{NewPreview, PageReader, PreviewStore, ReadPage, WebPage, preview_folder},
    profiles::{
        InfoChange, NewPicture, PictureOf, PictureSource, ProfileChange, ProfileStore,
        picture_folder,
    },
    search::{Found, SearchPlace, SearchStore, Wanted},
    second_factors::{Factor, NewFactor, Opened, SecondFactorStore, SecretSealer, StepUse},
    topics::{Grant, LogRange, LogSlice, TopicHead, TopicStore},
    uploads::{
        AttachmentStore, Begun, BlobName, BlobStore, Cancelled, DueFolder, Kept, Link, LinkSigner,
        MediaReader, NewUpload, Picture, Portrait, Removal, UploadStore,
    },
};
use super::error::StoreError;
use crate::domain::{
    event::{LoggedEvent, ReceiptsMoved},
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
    /// 128 random bits.
    fn random(&self) -> uuid::Uuid;
    /// A secret that nobody guesses: at least 240 random bits.
    fn secret(&self) -> String;
}

/// Hands committed events to the hub. Never blocks and never fails: what is lost here, the relay
/// finds in the log.
pub trait EventPublisher: Send + Sync {
    /// Logged events.
    fn publish(&self, events: Vec<LoggedEvent>);
    /// Watermarks.
    fn tell_receipts(&self, moved: ReceiptsMoved);
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
    /// Moves of marks.
    pub moves_before: Timestamp,
}

/// What is deleted when it has ended.
pub trait RetentionStore: Send + Sync {
    /// Deletes at most `limit` sessions with their tokens, `limit` replaced tokens, `limit` attempts
    /// and about `limit` moves of marks, the oldest first. Returns how many rows.
    fn delete_ended(&self, ended: &Ended, limit: i64) -> Stored<usize>;
}
