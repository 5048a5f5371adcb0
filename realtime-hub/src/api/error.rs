//! Every way a call of the server API can fail, in one table. The numbers are those of
//! Centrifugo's server API, which back-end libraries know.

use shared_proto::hub::api::v1::Error;
use tonic::{Code, Status};

use crate::{
    identity::{api_keys::KeyRefused, revocations::RevokeRefused},
    protocol::reasons::CloseRefused,
    session::publishing::PublishRefused,
    topic::room::{HistoryRefused, PresenceRefused},
};

/// Why a call failed. What is shown says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The hub could not do it now.
    #[error("the hub cannot do that now; try again")]
    Unavailable,
    /// There is no such namespace.
    #[error("the channel's namespace is not configured")]
    UnknownChannel,
    /// It was not published.
    #[error(transparent)]
    Publish(#[from] PublishRefused),
    /// A close cannot be said like that.
    #[error(transparent)]
    Close(#[from] CloseRefused),
    /// The caller's key is for something else.
    #[error(transparent)]
    Key(#[from] KeyRefused),
    /// There is no such method.
    #[error("there is no such method")]
    UnknownMethod,
    /// More than allowed.
    #[error("{0}")]
    LimitExceeded(&'static str),
    /// A parameter is missing or cannot be used.
    #[error("{0}")]
    BadRequest(&'static str),
    /// The request cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// The namespace does not offer that.
    #[error("{0}")]
    NotAvailable(&'static str),
    /// The position is none of the channel's.
    #[error("the position is one of another epoch")]
    Unrecoverable,
}

impl From<RevokeRefused> for ApiError {
    fn from(refused: RevokeRefused) -> Self {
        match refused {
            RevokeRefused::Full => Self::LimitExceeded(
                "as many revocations are kept as may be; name an earlier expire_at",
            ),
            RevokeRefused::File(error) => {
                tracing::error!(%error, "revocations cannot be written");
                Self::Unavailable
            }
        }
    }
}

impl ApiError {
    /// Its number.
    #[must_use]
    pub fn code(&self) -> u32 {
        match self {
            Self::Unavailable | Self::Publish(PublishRefused::Unavailable) => 100,
            Self::UnknownChannel | Self::Publish(PublishRefused::UnknownNamespace) => 102,
            Self::Key(_) => 103,
            Self::UnknownMethod => 104,
            Self::LimitExceeded(_)
            | Self::Publish(PublishRefused::TooLarge | PublishRefused::TooManyTopics) => 106,
            Self::BadRequest(_)
            | Self::Malformed(_)
            | Self::Close(CloseRefused::Code | CloseRefused::Reason)
            | Self::Publish(
                PublishRefused::TopicUnusable
                | PublishRefused::Payload(_)
                | PublishRefused::KeyTooLong,
            ) => 107,
            Self::NotAvailable(_)
            | Self::Publish(PublishRefused::Logged | PublishRefused::BreaksDelta) => 108,
            Self::Publish(PublishRefused::Busy) => 111,
            Self::Unrecoverable => 112,
        }
    }

    fn grpc_code(&self) -> Code {
        match (self.code(), self) {
            (100 | 111, _) => Code::Unavailable,
            (102, _) => Code::NotFound,
            (_, Self::Key(KeyRefused::Missing | KeyRefused::Unknown)) => Code::Unauthenticated,
            (103, _) => Code::PermissionDenied,
            (104, _) => Code::Unimplemented,
            (106, _) => Code::ResourceExhausted,
            (107, _) => Code::InvalidArgument,
            (108, _) => Code::FailedPrecondition,
            (112, _) => Code::OutOfRange,
            _ => Code::Unknown,
        }
    }
}

impl From<PresenceRefused> for ApiError {
    fn from(refused: PresenceRefused) -> Self {
        match refused {
            PresenceRefused::NotAvailable => Self::NotAvailable(
                "the namespace has no presence, or the channel is too large for it",
            ),
            PresenceRefused::NotInside => Self::Unavailable,
        }
    }
}

impl From<HistoryRefused> for ApiError {
    fn from(refused: HistoryRefused) -> Self {
        match refused {
            HistoryRefused::NotAvailable => Self::NotAvailable("nothing of this channel is kept"),
            HistoryRefused::Unrecoverable => Self::Unrecoverable,
            HistoryRefused::NotInside | HistoryRefused::Unreachable => Self::Unavailable,
        }
    }
}

impl From<&ApiError> for Error {
    fn from(error: &ApiError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
        }
    }
}

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        Self::new(error.grpc_code(), error.to_string())
    }
}
