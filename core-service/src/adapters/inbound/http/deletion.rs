//! Deleting the caller's account.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Json},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    accounts::{origin, signed_out},
    caller::Caller,
    problem::Problem,
};

/// What deletes an account.
#[derive(Deserialize, ToSchema)]
pub(super) struct AccountDeletion {
    password: String,
    /// Where a second factor is on: what the app shows, or a recovery code.
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    messages: OwnMessages,
}

/// What becomes of the messages of a deleted account.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OwnMessages {
    /// Others keep them, by a “Deleted account”.
    #[default]
    Keep,
    /// They are deleted for everyone, wherever they are.
    Delete,
}

/// Deletes the caller's account for good. All their sessions end at once, their profile is gone, and nobody
/// gets their handle. Their groups, and their messages if they ask for it, follow within seconds to minutes.
/// Others see a user whose handle begins with `deleted-`.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me",
    request_body = AccountDeletion,
    responses(
        (status = 204, description = "It is deleted"),
        (status = 401, description = "`second_factor_required`: `code` is missing"),
        (status = 403, description = "`wrong_password`, `wrong_code`"),
        (
            status = 429,
            description = "`too_many_attempts`: they failed; `too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
        (
            status = 503,
            description = "`busy`: too many people sign in at once",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn delete_account(
    request: HttpRequest,
    caller: Caller,
    Json(Object(body)): Json<Object<AccountDeletion>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.sign_ins.count(&request)?;
    let turn = services.hashing.take().await?;
    let accounts = services.accounts.clone();
    let from = origin(&request, &services);
    turn.run(move |_turn| {
        let AccountDeletion {
            password,
            code,
            messages,
        } = body;
        let erases = messages == OwnMessages::Delete;
        accounts.delete_account(caller.0, &password, code.as_deref(), erases, &from)
    })
    .await?;
    Ok(signed_out(&services))
}
