//! Errors as RFC 9457 problems. The one table from error kind to status and code.

use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    error::{BlockingError, JsonPayloadError, PathError, QueryPayloadError},
    http::{StatusCode, header},
    web,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    application::error::{Error, LinkDenied, TokenError, Wait},
    domain::{
        account::AccountError,
        chat_settings::SettingsDenied,
        contact::ContactDenied,
        conversation::ConversationError,
        invite::InviteDenied,
        message::{MessageDenied, TextError},
        permission::Denied,
        profile::PictureDenied,
        second_factor::SecondFactorDenied,
        upload::UploadDenied,
    },
    lifecycle::NotReady,
};

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    r#type: &'static str,
    title: String,
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// A sentence for people.
    detail: String,
    /// What programs go by: it stays the same.
    code: &'static str,
    /// Of an upload: where its next part begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    #[serde(skip)]
    retry_after: Option<Wait>,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status,
            detail: detail.into(),
            code,
            offset: None,
            retry_after: None,
        }
    }

    /// With a `Retry-After` header.
    pub(super) fn retry_after(self, wait: Wait) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// Nobody knows what became of the request.
    pub(super) fn late() -> Self {
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        let detail = "The database did not answer in time.";
        Self::new(unavailable, "store_unavailable", detail).retry_after(Wait::seconds(1))
    }

    pub(super) fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no_such_route",
            "There is nothing at this address.",
        )
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        use StatusCode as S;
        let (status, code) = match &error {
            Error::HandleTaken => (S::CONFLICT, "handle_taken"),
            Error::SignUpClosed => (S::FORBIDDEN, "sign_up_closed"),
            Error::InvalidCredentials => (S::UNAUTHORIZED, "invalid_credentials"),
            Error::WrongPassword => (S::FORBIDDEN, "wrong_password"),
            Error::SecondFactor(denied) => of_second_factor(*denied),
            Error::TooManyAttempts(_) => (S::TOO_MANY_REQUESTS, "too_many_attempts"),
            Error::RefreshInvalid => (S::UNAUTHORIZED, "refresh_invalid"),
            Error::Unauthenticated(TokenError::Expired) => (S::UNAUTHORIZED, "token_expired"),
            Error::Unauthenticated(TokenError::Invalid) => (S::UNAUTHORIZED, "token_invalid"),
            Error::Unauthenticated(TokenError::Revoked) => (S::UNAUTHORIZED, "token_revoked"),
            Error::NotFound(_) => (S::NOT_FOUND, "not_found"),
            Error::Denied(Denied::NotFound) => (S::NOT_FOUND, "not_found"),
            Error::Denied(Denied::NotAGroup) => (S::CONFLICT, "not_a_group"),
            Error::Denied(Denied::NotAccepted) => (S::CONFLICT, "not_accepted"),
            Error::Denied(Denied::NotAuthor) => (S::FORBIDDEN, "not_author"),
            Error::Denied(Denied::RoleTooLow) => (S::FORBIDDEN, "role_too_low"),
            Error::Contact(ContactDenied::Blocked) => (S::FORBIDDEN, "blocked"),
            Error::Contact(ContactDenied::Blocking) => (S::CONFLICT, "blocking"),
            Error::Contact(ContactDenied::MayNotAdd) => (S::FORBIDDEN, "may_not_be_added"),
            Error::Contact(ContactDenied::RequestFull) => (S::FORBIDDEN, "request_full"),
            Error::Contact(ContactDenied::RequestWithoutFiles) => {
                (S::FORBIDDEN, "request_without_files")
            }
            Error::Contact(ContactDenied::AskedRecently) => (S::FORBIDDEN, "asked_recently"),
            Error::Contact(ContactDenied::TooManyBlocks) => {
                (S::UNPROCESSABLE_ENTITY, "too_many_blocks")
            }
            Error::Contact(ContactDenied::Unanswered) => (S::CONFLICT, "not_accepted"),
            Error::Message(MessageDenied::EditWindowOver) => (S::FORBIDDEN, "edit_window_over"),
            Error::Message(MessageDenied::DeleteWindowOver) => (S::FORBIDDEN, "delete_window_over"),
            Error::Message(MessageDenied::Deleted) => (S::CONFLICT, "message_deleted"),
            Error::Message(MessageDenied::TooManyEdits) => (S::CONFLICT, "too_many_edits"),
            Error::Message(MessageDenied::TooManyEmoji) => (S::CONFLICT, "too_many_emoji"),
            Error::Message(MessageDenied::TooManyPins) => (S::CONFLICT, "too_many_pins"),
            Error::NotAnEmoji(_) => (S::UNPROCESSABLE_ENTITY, "not_an_emoji"),
            Error::NotAPinTime(_) => (S::UNPROCESSABLE_ENTITY, "bad_pin_time"),
            Error::NotALifetime(_) => (S::UNPROCESSABLE_ENTITY, "bad_lifetime"),
            Error::Settings(SettingsDenied::MuteTime) => (S::UNPROCESSABLE_ENTITY, "bad_mute_time"),
            Error::Settings(SettingsDenied::ArchivedAndPinned) => {
                (S::UNPROCESSABLE_ENTITY, "archived_and_pinned")
            }
            Error::Settings(SettingsDenied::TooManyPinned) => {
                (S::UNPROCESSABLE_ENTITY, "too_many_pinned_chats")
            }
            Error::Invite(InviteDenied::Life) => (S::UNPROCESSABLE_ENTITY, "bad_invite_life"),
            Error::Invite(InviteDenied::Uses) => (S::UNPROCESSABLE_ENTITY, "bad_invite_uses"),
            Error::Invite(InviteDenied::TooMany) => (S::UNPROCESSABLE_ENTITY, "too_many_invites"),
            Error::Invite(InviteDenied::Removed) => (S::FORBIDDEN, "removed"),
            Error::NoForwardOf => (S::UNPROCESSABLE_ENTITY, "no_forward_of"),
            Error::ForwardWithText => (S::UNPROCESSABLE_ENTITY, "forward_with_text"),
            Error::NoAttachment => (S::UNPROCESSABLE_ENTITY, "no_attachment"),
            Error::Upload(denied) => of_upload(*denied),
            Error::Link(LinkDenied::Expired) => (S::FORBIDDEN, "link_expired"),
            Error::Link(LinkDenied::Forged) => (S::FORBIDDEN, "bad_signature"),
            Error::Picture(PictureDenied::NotAPicture) => {
                (S::UNPROCESSABLE_ENTITY, "not_a_picture")
            }
            Error::Picture(PictureDenied::WasSent) => (S::CONFLICT, "picture_was_sent"),
            Error::NoReplyTo => (S::UNPROCESSABLE_ENTITY, "no_reply_to"),
            Error::TooManyMentions(_) => (S::UNPROCESSABLE_ENTITY, "too_many_mentions"),
            Error::ClientMsgIdReused => (S::CONFLICT, "client_msg_id_reused"),
            Error::Conversation(ConversationError::Title) => {
                (S::UNPROCESSABLE_ENTITY, "invalid_title")
            }
            Error::Conversation(ConversationError::Description) => {
                (S::UNPROCESSABLE_ENTITY, "invalid_description")
            }
            Error::Conversation(ConversationError::DirectMembers) => {
                (S::UNPROCESSABLE_ENTITY, "invalid_members")
            }
            Error::Conversation(ConversationError::TooManyMembers) => {
                (S::UNPROCESSABLE_ENTITY, "too_many_members")
            }
            Error::Conversation(ConversationError::TooManyChats) => {
                (S::UNPROCESSABLE_ENTITY, "too_many_chats")
            }
            Error::Account(AccountError::Handle) => (S::UNPROCESSABLE_ENTITY, "invalid_handle"),
            Error::Account(AccountError::HandleReserved) => {
                (S::UNPROCESSABLE_ENTITY, "handle_reserved")
            }
            Error::Account(AccountError::DisplayName) => {
                (S::UNPROCESSABLE_ENTITY, "invalid_display_name")
            }
            Error::Account(AccountError::About) => (S::UNPROCESSABLE_ENTITY, "invalid_about"),
            Error::Account(AccountError::Password) => (S::UNPROCESSABLE_ENTITY, "invalid_password"),
            Error::Account(AccountError::PasswordWeak(_)) => {
                (S::UNPROCESSABLE_ENTITY, "weak_password")
            }
            Error::Text(TextError::Empty) => (S::UNPROCESSABLE_ENTITY, "text_empty"),
            Error::Text(TextError::TooLong) => (S::UNPROCESSABLE_ENTITY, "text_too_long"),
            Error::Text(TextError::Nul) => (S::UNPROCESSABLE_ENTITY, "text_invalid"),
            Error::Search(_) => (S::UNPROCESSABLE_ENTITY, "invalid_search"),
            Error::Store(_) => (S::SERVICE_UNAVAILABLE, "store_unavailable"),
        };
        if matches!(error, Error::Store(_)) {
            tracing::error!(error = &error as &dyn std::error::Error, "request failed");
        }
        let retry_after = match error {
            Error::TooManyAttempts(wait) => Some(wait),
            Error::Store(_) => Some(Wait::seconds(1)),
            _ => None,
        };
        let offset = match error {
            Error::Upload(
                UploadDenied::WrongOffset { received } | UploadDenied::Incomplete { received },
            ) => Some(received),
            _ => None,
        };
        Self {
            retry_after,
            offset,
            ..Self::new(status, code, error.to_string())
        }
    }
}

fn of_second_factor(denied: SecondFactorDenied) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match denied {
        SecondFactorDenied::Required => (S::UNAUTHORIZED, "second_factor_required"),
        SecondFactorDenied::WrongCode => (S::FORBIDDEN, "wrong_code"),
        SecondFactorDenied::On => (S::CONFLICT, "second_factor_on"),
        SecondFactorDenied::Off => (S::CONFLICT, "no_second_factor"),
    }
}

fn of_upload(denied: UploadDenied) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match denied {
        UploadDenied::Empty => (S::UNPROCESSABLE_ENTITY, "file_empty"),
        UploadDenied::FileTooLarge { .. } => (S::PAYLOAD_TOO_LARGE, "file_too_large"),
        UploadDenied::QuotaExceeded { .. } => (S::INSUFFICIENT_STORAGE, "quota_exceeded"),
        UploadDenied::TooManyOpen { .. } => (S::TOO_MANY_REQUESTS, "too_many_uploads"),
        UploadDenied::Voice(_) => (S::UNPROCESSABLE_ENTITY, "bad_voice"),
        UploadDenied::WrongOffset { .. } => (S::CONFLICT, "wrong_offset"),
        UploadDenied::WrongPartSize { .. } => (S::UNPROCESSABLE_ENTITY, "wrong_part_size"),
        UploadDenied::OtherBytes => (S::CONFLICT, "part_differs"),
        UploadDenied::Incomplete { .. } => (S::CONFLICT, "upload_incomplete"),
        UploadDenied::PictureTooLarge => (S::UNPROCESSABLE_ENTITY, "picture_too_large"),
        UploadDenied::PictureBroken => (S::UNPROCESSABLE_ENTITY, "picture_broken"),
        UploadDenied::Sent => (S::CONFLICT, "file_was_sent"),
    }
}

impl From<NotReady> for Problem {
    fn from(not_ready: NotReady) -> Self {
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(unavailable, not_ready.code(), not_ready.to_string())
            .retry_after(Wait::seconds(1))
    }
}

impl From<BlockingError> for Problem {
    fn from(error: BlockingError) -> Self {
        tracing::error!(%error, "a use case panicked");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something broke on our side.",
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(wait) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, wait.as_seconds()));
        }
        response.content_type("application/problem+json");
        response.body(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl actix_web::Responder for Problem {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.error_response()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "actix-web calls it so")]
pub(super) fn json(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    let (status, code) = match &error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
        }
        JsonPayloadError::ContentType => {
            let detail = "the body must be JSON, with `Content-Type: application/json`";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Problem::new(status, "unsupported_media_type", detail).into();
        }
        _ => (StatusCode::BAD_REQUEST, "bad_json"),
    };
    Problem::new(status, code, error.to_string()).into()
}

#[expect(clippy::needless_pass_by_value, reason = "actix-web calls it so")]
pub(super) fn query(error: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", error.to_string()).into()
}

pub(super) fn path(_: PathError, _: &HttpRequest) -> actix_web::Error {
    Problem::no_route().into()
}

/// Runs a use case where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    let span = tracing::Span::current();
    Ok(web::block(move || span.in_scope(act)).await??)
}
