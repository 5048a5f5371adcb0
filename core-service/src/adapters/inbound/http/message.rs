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
    cursor,
    messages::limit,
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::{
        error::Error,
        paging::{MEMBERS_MAX, REACTIONS_MAX},
        ports::At,
    },
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

/// How somebody reacts.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewReaction {
    /// Exactly one.
    emoji: String,
}

/// For how long a message is pinned.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPin {
    /// Seconds: 86400, 604800 or 2592000.
    for_s: i64,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReactionsPart {
    /// The `next` of the answer before; left out for the beginning.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<i64>,
}

/// Sets the caller's reaction to a message: one, which takes the place of the one before.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/messages/{message}/reaction",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    request_body = NewReaction,
    responses(
        (status = 204, description = "It is so now"),
        (status = 403, description = "`blocked`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (
            status = 409,
            description = "`too_many_emoji` (32 different ones), `message_deleted`, `not_accepted`, \
                `blocking`",
        ),
        (status = 422, description = "`not_an_emoji`"),
        (status = 429, description = "`too_many_requests`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn react(
    caller: Caller,
    path: Path<(String, String)>,
    Json(Object(new)): Json<Object<NewReaction>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.reactions.count_of(caller.0)?;
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    blocking(move || messages.react(at, Some(&new.emoji))).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the caller's reaction to a message back.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/messages/{message}/reaction",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    responses(
        (status = 204, description = "There is none"),
        (status = 403, description = "`blocked`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`message_deleted`, `not_accepted`, `blocking`"),
        (status = 429, description = "`too_many_requests`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn take_reaction_back(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.reactions.count_of(caller.0)?;
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    blocking(move || messages.react(at, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who has reacted to a message and how, in the order of their ids.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/messages/{message}/reactions",
    params(("id" = Uuid, Path), ("message" = Uuid, Path), ReactionsPart),
    responses(
        (status = 200, body = views::ReactionList),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_reactions(
    caller: Caller,
    path: Path<(String, String)>,
    part: Query<ReactionsPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    let limit = limit(part.limit, REACTIONS_MAX, REACTIONS_MAX)?;
    let after = cursor::from_text(part.cursor.as_deref())?;
    let part = blocking(move || messages.reactions(at, after, limit)).await?;
    Ok(Json(views::ReactionList::from(part)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InfoPart {
    /// The `next` of the answer before; left out for the beginning.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 200)]
    limit: Option<i64>,
}

/// How far the others have got with the caller's own message, in the order of their ids. When is known
/// for thirty days, to a minute. Nobody is named in a direct chat whose people are not told of each
/// other.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/messages/{message}/info",
    params(("id" = Uuid, Path), ("message" = Uuid, Path), InfoPart),
    responses(
        (status = 200, body = views::MessageInfo),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
        (status = 403, description = "`not_author`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn show_message_info(
    caller: Caller,
    path: Path<(String, String)>,
    part: Query<InfoPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    let limit = limit(part.limit, MEMBERS_MAX, MEMBERS_MAX)?;
    let after = cursor::from_text(part.cursor.as_deref())?;
    let part = blocking(move || messages.reach(at, after, limit)).await?;
    Ok(Json(views::MessageInfo::from(part)))
}

/// Pins a message above its conversation; three are there at most.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/messages/{message}/pin",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    request_body = NewPin,
    responses(
        (status = 204, description = "It is pinned"),
        (status = 403, description = "`blocked`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (
            status = 409,
            description = "`too_many_pins`, `message_deleted`, `not_accepted`, `blocking`",
        ),
        (status = 422, description = "`bad_pin_time`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn pin_message(
    caller: Caller,
    path: Path<(String, String)>,
    Json(Object(new)): Json<Object<NewPin>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    blocking(move || messages.pin(at, new.for_s)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Unpins a message.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/messages/{message}/pin",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    responses(
        (status = 204, description = "It is not pinned"),
        (status = 403, description = "`blocked`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`, `blocking`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn unpin_message(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (messages, at) = (services.messages.clone(), message(&caller, &path)?);
    blocking(move || messages.unpin(at)).await?;
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
