//! What the caller keeps of conversations for themselves.

use actix_web::{
    HttpResponse, Responder,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::conversation,
    cursor,
    message::message,
    messages::limit,
    problem::{Problem, blocking},
    views,
};
use crate::{application::paging::STARRED_MAX, domain::ids::MessageId};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StarredPart {
    /// The `next` of the answer before; left out for the beginning.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

/// What the caller has begun to write.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewDraft {
    /// Up to 4096 characters, as they were typed. Without a text and `reply_to` there is no draft.
    text: String,
    /// The message of this conversation that it is to answer.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    reply_to: Option<MessageId>,
}

/// Keeps what the caller has begun to write in a conversation, for all their devices. The latest one
/// counts; what was sent or given up is taken away by an empty one.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/draft",
    params(("id" = Uuid, Path)),
    request_body = NewDraft,
    responses(
        (status = 204, description = "It is kept"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
        (status = 422, description = "`text_too_long`, `text_invalid`, `no_reply_to`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn keep_draft(
    caller: Caller,
    id: Path<String>,
    Json(Object(new)): Json<Object<NewDraft>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (keeping, id) = (services.keeping.clone(), conversation(&id)?);
    blocking(move || keeping.keep_draft(caller.0, id, new.text, new.reply_to)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Stars a message for the caller.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/messages/{message}/star",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    responses(
        (status = 204, description = "It is starred"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`message_deleted`, `not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn star(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    change(&caller, &path, &services, true).await
}

/// Takes the caller's star from a message.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/messages/{message}/star",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    responses(
        (status = 204, description = "It is not starred"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn unstar(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    change(&caller, &path, &services, false).await
}

async fn change(
    caller: &Caller,
    path: &(String, String),
    services: &Services,
    on: bool,
) -> Result<HttpResponse, Problem> {
    let (keeping, at) = (services.keeping.clone(), message(caller, path)?);
    blocking(move || keeping.star(at, on)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Messages of any conversation that the caller has starred and can read, the last one first.
#[utoipa::path(
    get,
    path = "/api/v1/starred",
    params(StarredPart),
    responses(
        (status = 200, body = views::StarredList),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_starred(
    caller: Caller,
    part: Query<StarredPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let keeping = services.keeping.clone();
    let limit = limit(part.limit, 50, STARRED_MAX)?;
    let after = cursor::from_text(part.cursor.as_deref())?;
    let part = blocking(move || keeping.starred(caller.0, after, limit)).await?;
    Ok(Json(views::StarredList::from(part)))
}
