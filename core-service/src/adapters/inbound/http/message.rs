//! One message of a conversation, after it was posted.

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
    conversations::{changed, conversation},
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::{error::Error, ports::At},
    domain::ids::{ClientId, UserId},
};

/// What a message is to say instead.
#[derive(Deserialize, ToSchema)]
pub(super) struct MessageEdit {
    text: String,
    /// Members whom it names, 50 at most; others are left out.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>)]
    mentions: Vec<UserId>,
    /// Made by the client; a repeat changes nothing.
    #[schema(value_type = Uuid)]
    client_op_id: ClientId,
}

/// For whom a message is deleted.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Audience {
    Everyone,
    Me,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct For {
    /// `everyone` leaves a place without content; `me` takes it out of what the caller reads.
    #[serde(rename = "for")]
    #[param(inline)]
    audience: Audience,
}

/// The message that a path names; what is no id names none.
pub(super) fn message(caller: &Caller, path: &(String, String)) -> Result<At, Problem> {
    Ok(At {
        conversation: conversation(&path.0)?,
        message: (path.1)
            .parse()
            .map_err(|_| Problem::from(Error::NotFound("message")))?,
        user: caller.0,
    })
}

/// Changes what the caller's own message says, within a time that `client-config` tells. What it said
/// before can be read as its versions.
#[utoipa::path(
    patch,
    path = "/api/v1/conversations/{id}/messages/{message}",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    request_body = MessageEdit,
    responses(
        (status = 200, description = "As it is now", body = views::Message),
        (status = 403, description = "`edit_window_over`, `not_author`, `blocked`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (
            status = 409,
            description = "`message_deleted`, `too_many_edits` (50), `not_accepted`, `blocking`",
        ),
        (
            status = 422,
            description = "`text_empty`, `text_too_long`, `text_invalid`, `too_many_mentions`",
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn edit_message(
    caller: Caller,
    path: Path<(String, String)>,
    Json(Object(edit)): Json<Object<MessageEdit>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    let (edited, origin) =
        blocking(move || messages.edit(at, edit.client_op_id, &edit.text, edit.mentions)).await?;
    Ok(changed(origin, &views::Message::from(edited)))
}

/// Deletes a message: for everyone, where the caller wrote it not long ago or is an admin of the group,
/// or for the caller alone. What is deleted already stays so.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/messages/{message}",
    params(("id" = Uuid, Path), ("message" = Uuid, Path), For),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 400, description = "`bad_query`"),
        (
            status = 403,
            description = "`delete_window_over`, `not_author`, `role_too_low`, `blocked`",
        ),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`, `blocking`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn delete_message(
    caller: Caller,
    path: Path<(String, String)>,
    query: Query<For>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    blocking(move || match query.audience {
        Audience::Everyone => messages.delete_for_everyone(at),
        Audience::Me => messages.delete_for_me(at),
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a message has said, the first text first; nothing of a deleted one.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/messages/{message}/versions",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    responses(
        (status = 200, body = views::VersionList),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_versions(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    let versions = blocking(move || messages.versions(at)).await?;
    Ok(Json(views::VersionList::from(versions)))
}
