//! Why a use case did not do what it was asked.

use crate::domain::{account::AccountError, conversation::ConversationError, message::TextError};

/// One kind per fact; `adapters::inbound::http::problem` maps them to HTTP.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody has that handle.
    #[error("this handle is taken; choose another one")]
    HandleTaken,
    /// The operator admits nobody new.
    #[error("this server does not accept new accounts")]
    SignUpClosed,
    /// No such account, or another password.
    #[error("handle or password is wrong")]
    InvalidCredentials,
    /// Too many failed logins.
    #[error("too many failed attempts; try again in {retry_after_s} s")]
    TooManyAttempts {
        /// When to try again.
        retry_after_s: i64,
    },
    /// The refresh token is unknown, old or was used before.
    #[error("the session has ended; sign in again")]
    RefreshInvalid,
    /// The access token is not good.
    #[error("{0}")]
    Unauthenticated(#[from] TokenError),
    /// It does not exist, or not for this user.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Members of a direct chat do not change.
    #[error("only groups have members to add and remove")]
    NotAGroup,
    /// The client used the id for something in another chat.
    #[error("this client_msg_id was used in another conversation; make a new one")]
    ClientMsgIdReused,
    /// The group is full.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// A name or password cannot be used.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A text cannot be sent.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The database failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// Why an access token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It ran out.
    #[error("the access token has expired; refresh it")]
    Expired,
    /// It was not made here, or was changed.
    #[error("the access token is not valid; sign in")]
    Invalid,
    /// Its session was ended.
    #[error("the session was ended; sign in again")]
    Revoked,
}

/// What a store reports beyond its answers.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something that must be unique exists.
    #[error("it exists already")]
    Exists,
    /// The database cannot be used; the source says why.
    #[error("the database cannot be used")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
