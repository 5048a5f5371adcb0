//! Every code the hub answers with, in one table. The numbers are the protocol's: 3000–3499
//! make an SDK reconnect, 3500–3999 end it for good; unsubscribe codes below 2500 are final.

use std::borrow::Cow;

use shared_proto::client::v1::Error;

/// Why a connection ends: the WebSocket close code and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// Close code.
    pub code: u16,
    /// At most 123 bytes, and nothing that parses as JSON.
    pub reason: Cow<'static, str>,
}

impl Close {
    /// Whether an SDK comes back after it.
    #[must_use]
    pub fn reconnects(&self) -> bool {
        matches!(self.code, 3000..=3499 | 4000..=4499 | 5000..)
    }
}

macro_rules! closes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $reason:literal;)*) => {
        impl Close {
            $($(#[$doc])* pub const $name: Self = Self {
                code: $code,
                reason: Cow::Borrowed($reason),
            };)*
        }
    };
}

closes! {
    /// A frame or body that is larger than a client may send; what it says may be cut into several.
    TOO_LARGE = 4009, "message too large";
    /// The client said goodbye.
    CLOSED = 3000, "connection closed";
    /// The hub leaves; come back elsewhere or later.
    SHUTDOWN = 3001, "shutdown";
    /// Something broke on our side.
    SERVER_ERROR = 3004, "internal server error";
    /// The token ran out and was not refreshed in time, or the refresh was not good.
    EXPIRED = 3005, "connection expired";
    /// The outbox overflowed.
    SLOW = 3008, "slow";
    /// A server-side position can no longer be continued.
    INSUFFICIENT_STATE = 3010, "insufficient state";
    /// No pong in time.
    NO_PONG = 3012, "no pong";
    /// More commands than the limits allow.
    TOO_MANY_REQUESTS = 3013, "too many requests";
    /// The session was revoked; the user may sign in again.
    STATE_INVALIDATED = 3014, "state invalidated";
    /// The token belongs to nobody.
    INVALID_TOKEN = 3500, "invalid token";
    /// A frame or command that no correct client sends.
    BAD_REQUEST = 3501, "bad request";
    /// The server API ended it for good.
    FORCED = 3503, "force disconnect";
    /// No connect command in time.
    STALE = 3502, "stale";
    /// The user has as many connections as one may have.
    CONNECTION_LIMIT = 3504, "connection limit";
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Error code.
    pub code: u32,
    /// For developers.
    pub message: &'static str,
    /// Whether the SDK tries again.
    pub temporary: bool,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal, $temporary:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub const $name: Self =
                Self { code: $code, message: $message, temporary: $temporary };)*
        }
    };
}

refusals! {
    /// A core could not be asked.
    INTERNAL = 100, "internal server error", true;
    /// No namespace of that name.
    UNKNOWN_CHANNEL = 102, "unknown channel", false;
    /// Not allowed to do that here.
    PERMISSION_DENIED = 103, "permission denied", false;
    /// No such rpc.
    METHOD_NOT_FOUND = 104, "method not found", false;
    /// This connection has that subscription.
    ALREADY_SUBSCRIBED = 105, "already subscribed", false;
    /// More subscriptions than allowed.
    LIMIT_EXCEEDED = 106, "limit exceeded", false;
    /// The command cannot be understood.
    BAD_REQUEST = 107, "bad request", false;
    /// The payload is not one JSON value.
    NOT_JSON = 107, "bad request: a payload is one JSON value, binary ones are not supported", false;
    /// The hub does not offer that here.
    NOT_AVAILABLE = 108, "not available", false;
    /// The token ran out: get a new one and connect again.
    TOKEN_EXPIRED = 109, "token expired", false;
    /// Slow down.
    TOO_MANY_REQUESTS = 111, "too many requests", true;
    /// What was missed since that position is gone: load the state and start from there.
    UNRECOVERABLE = 112, "unrecoverable position", false;
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            message: refusal.message.to_owned(),
            temporary: refusal.temporary,
        }
    }
}

/// Why a subscription ends: code and reason of an unsubscribe push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribed {
    /// Below 2500 final; from 2500 on the SDK subscribes again.
    pub code: u32,
    /// For developers.
    pub reason: &'static str,
}

impl Unsubscribed {
    /// The user is no longer a member.
    pub const REMOVED: Self = Self {
        code: 2000,
        reason: "server unsubscribe",
    };
    /// The hub has lost the topic's state: the SDK subscribes again from where it is.
    pub const INSUFFICIENT_STATE: Self = Self {
        code: 2500,
        reason: "insufficient state",
    };
    /// The subscription's token ran out and was not refreshed in time.
    pub const EXPIRED: Self = Self {
        code: 2501,
        reason: "subscription expired",
    };
    /// The topic was restored to an earlier state: the SDK drops its position first.
    pub const STATE_INVALIDATED: Self = Self {
        code: 2502,
        reason: "state invalidated",
    };
}

impl From<Refusal> for Unsubscribed {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            reason: refusal.message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_reason_does_not_parse_as_json() {
        for close in [
            Close::SHUTDOWN,
            Close::SLOW,
            Close::INVALID_TOKEN,
            Close::BAD_REQUEST,
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(&close.reason).is_err());
            assert!(close.reason.len() <= 123);
        }
    }
}
