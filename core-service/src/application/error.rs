//! Why a use case did not do what it was asked.

use std::fmt;

use crate::domain::{
    account::AccountError,
    chat_settings::SettingsDenied,
    contact::ContactDenied,
    conversation::ConversationError,
    disappearing::NotALifetime,
    invite::InviteDenied,
    message::{MessageDenied, TextError, TooManyMentions},
    message_search::InvalidSearch,
    permission::Denied,
    profile::PictureDenied,
    reaction::{NotAPinTime, NotAnEmoji},
    second_factor::SecondFactorDenied,
    upload::UploadDenied,
};

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
    /// The password that is to be changed is another one.
    #[error("the current password is wrong")]
    WrongPassword,
    /// A code is missing or wrong, or there is no such factor.
    #[error(transparent)]
    SecondFactor(#[from] SecondFactorDenied),
    /// Too many failed logins.
    #[error("too many failed attempts; try again {0}")]
    TooManyAttempts(Wait),
    /// The refresh token is unknown, old or was used before.
    #[error("the session has ended; sign in again")]
    RefreshInvalid,
    /// The access token is not good.
    #[error("{0}")]
    Unauthenticated(#[from] TokenError),
    /// It does not exist, or not for this user.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What the user is to the conversation does not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What the two people are to each other does not allow it.
    #[error(transparent)]
    Contact(#[from] ContactDenied),
    /// What the message is does not allow it.
    #[error(transparent)]
    Message(#[from] MessageDenied),
    /// The message that is to be answered is not in the conversation, or not for the user.
    #[error("the message that you answer is not in this conversation")]
    NoReplyTo,
    /// The message that is to be forwarded does not exist, or not for the user.
    #[error("the message that you forward does not exist")]
    NoForwardOf,
    /// A forwarded message says what the other one says.
    #[error("a forwarded message has no text and no mentions of its own; write a second message")]
    ForwardWithText,
    /// What is to be sent is not there, not whole, or not the sender's.
    #[error("there is no such file of yours that was sent here as a whole; send it first")]
    NoAttachment,
    /// A file is not taken as it is.
    #[error(transparent)]
    Upload(#[from] UploadDenied),
    /// A link to a file is not good.
    #[error(transparent)]
    Link(#[from] LinkDenied),
    /// A reaction is no emoji.
    #[error(transparent)]
    NotAnEmoji(#[from] NotAnEmoji),
    /// A message cannot be pinned for that long.
    #[error(transparent)]
    NotAPinTime(#[from] NotAPinTime),
    /// See [`NotALifetime`].
    #[error(transparent)]
    NotALifetime(#[from] NotALifetime),
    /// A chat cannot be arranged so.
    #[error(transparent)]
    Settings(#[from] SettingsDenied),
    /// A link into a group is not made, or brings the user nowhere.
    #[error(transparent)]
    Invite(#[from] InviteDenied),
    /// A file does not become a picture of a person or a group.
    #[error(transparent)]
    Picture(#[from] PictureDenied),
    /// More people are mentioned than a message can.
    #[error(transparent)]
    TooManyMentions(#[from] TooManyMentions),
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
    /// No message can be found so.
    #[error(transparent)]
    Search(#[from] InvalidSearch),
    /// The database failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

/// How long to wait before trying again; shown in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    seconds: i64,
}

impl Wait {
    /// At least one second.
    #[must_use]
    pub fn seconds(seconds: i64) -> Self {
        Self {
            seconds: seconds.max(1),
        }
    }

    /// For `Retry-After`.
    #[must_use]
    pub fn as_seconds(self) -> i64 {
        self.seconds
    }
}

impl fmt::Display for Wait {
    /// Rounded up: whoever waits so long is admitted.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds {
            1 => formatter.write_str("in 1 second"),
            seconds @ ..=60 => write!(formatter, "in {seconds} seconds"),
            seconds => write!(formatter, "in {} minutes", (seconds + 59) / 60),
        }
    }
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

/// Why a link to a file is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkDenied {
    /// Its time is over.
    #[error("this link has expired; ask for a new one")]
    Expired,
    /// It was not made here, or was changed.
    #[error("this link was not made by this server; ask for a new one")]
    Forged,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_wait(seconds: i64, words: &str) {
        assert_eq!(Wait::seconds(seconds).to_string(), words);
    }

    #[test]
    fn wait_is_told_in_words_and_never_too_short() {
        check_wait(0, "in 1 second");
        check_wait(1, "in 1 second");
        check_wait(45, "in 45 seconds");
        check_wait(60, "in 60 seconds");
        check_wait(61, "in 2 minutes");
        check_wait(15 * 60, "in 15 minutes");
    }
}
