//! Where the caller is signed in, and the password.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    web::{Data, Json, Path},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    accounts::origin,
    caller::Caller,
    problem::{Problem, blocking},
    views,
};
use crate::{application::error::Error, domain::ids::SessionId};

/// A new password.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPassword {
    current_password: String,
    /// As strong as a new account's.
    new_password: String,
}

/// Where the caller is signed in, the session that was used last first; a thousand at most.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/sessions",
    responses((status = 200, body = views::SessionList)),
    security(("bearer" = [])),
)]
pub(super) async fn list_sessions(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let accounts = services.accounts.clone();
    let Caller(user, current) = caller;
    let living = blocking(move || accounts.sessions(user)).await?;
    Ok(Json(views::SessionList::new(living, current)))
}

/// Ends one session of the caller, which may be this one: its tokens are refused from then on, and its
/// connections to the hub end.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/sessions/{id}",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It has ended"),
        (status = 404, description = "`not_found`: the caller has no such session"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn end_session(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let accounts = services.accounts.clone();
    let session: SessionId = id.parse().map_err(|_| Error::NotFound("session"))?;
    blocking(move || accounts.end_session(caller.0, session)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all sessions of the caller but this one.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/sessions",
    responses((status = 204, description = "This one is the only one")),
    security(("bearer" = [])),
)]
pub(super) async fn end_other_sessions(
    caller: Caller,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let accounts = services.accounts.clone();
    let Caller(user, session) = caller;
    blocking(move || accounts.end_other_sessions(user, session)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes the caller's password. All their sessions but this one end.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/password",
    request_body = NewPassword,
    responses(
        (status = 204, description = "It is changed"),
        (status = 403, description = "`wrong_password`: the current one is another one"),
        (status = 422, description = "`invalid_password`, `weak_password`: the new one"),
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
pub(super) async fn change_password(
    request: HttpRequest,
    caller: Caller,
    Json(Object(new)): Json<Object<NewPassword>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.sign_ins.count(&request)?;
    let turn = services.hashing.take().await?;
    let accounts = services.accounts.clone();
    let (Caller(user, session), from) = (caller, origin(&request, &services));
    turn.run(move |_turn| {
        let NewPassword {
            current_password,
            new_password,
        } = new;
        accounts.change_password(user, session, &current_password, new_password, &from)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
