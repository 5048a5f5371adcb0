//! Messages that disappear by themselves.

use actix_web::{
    Responder,
    web::{Data, Json, Path},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::conversation,
    problem::{Problem, blocking},
    views,
};

/// For how long the messages of a chat are kept.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewLifetime {
    /// 86400, 604800 or 7776000; 0 keeps them for ever.
    seconds: i64,
}

/// Has the messages that are posted from now on disappear after a time, or not any more. In a group admins do
/// that, in a direct chat either person.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/disappearing",
    params(("id" = Uuid, Path)),
    request_body = NewLifetime,
    responses(
        (status = 200, description = "As it is now", body = views::Conversation),
        (status = 403, description = "`role_too_low`, `blocked`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`, `blocking`"),
        (status = 422, description = "`bad_lifetime`"),
        (
            status = 429,
            description = "`too_many_requests`",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn set_lifetime(
    caller: Caller,
    id: Path<String>,
    Json(Object(new)): Json<Object<NewLifetime>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.profiles.count_of(caller.0)?;
    let (disappearing, chats) = (services.disappearing.clone(), services.chats.clone());
    let id = conversation(&id)?;
    let changed = blocking(move || {
        disappearing.set(caller.0, id, new.seconds)?;
        chats.get(caller.0, id)
    });
    Ok(Json(views::Conversation::from(changed.await?)))
}
