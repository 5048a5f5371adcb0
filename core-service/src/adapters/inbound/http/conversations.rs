//! Conversations and their members.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    web::{Data, Json, Path},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::{chats::Origin, error::Error},
    domain::ids::{ClientId, ConversationId, UserId},
};

/// A conversation to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewConversation {
    kind: views::Kind,
    /// Besides the caller: one other person (direct), or anybody (group).
    #[schema(value_type = Vec<Uuid>)]
    member_ids: Vec<UserId>,
    /// A group needs one.
    title: Option<String>,
    /// Made by the client; a repeat answers what the first request made.
    #[schema(value_type = Uuid)]
    client_id: ClientId,
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMember {
    #[schema(value_type = Uuid)]
    user_id: UserId,
}

/// A conversation that is named in the path; what is no id names none.
pub(super) fn conversation(text: &str) -> Result<ConversationId, Problem> {
    text.parse()
        .map_err(|_| Error::NotFound("conversation").into())
}

/// All conversations of the caller, and where the caller's own topic stands.
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    responses((status = 200, body = views::ConversationList)),
    security(("bearer" = [])),
)]
pub(super) async fn list_conversations(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let chats = services.chats.clone();
    let (conversations, user_topic) = blocking(move || chats.list(caller.0)).await?;
    Ok(Json(views::ConversationList::new(
        conversations,
        user_topic,
    )))
}

/// Makes a conversation, or answers the one that there is.
#[utoipa::path(
    post,
    path = "/api/v1/conversations",
    request_body = NewConversation,
    responses(
        (status = 201, description = "It is new", body = views::Conversation),
        (
            status = 200,
            description = "There was one",
            body = views::Conversation,
            headers(("Idempotent-Replayed" = String, description = "`true` when this request made it before")),
        ),
        (status = 404, description = "`not_found`: a member does not exist"),
        (status = 422, description = "`invalid_title`, `invalid_members` or `too_many_members`"),
        (
            status = 429,
            description = "`too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn create_conversation(
    request: HttpRequest,
    caller: Caller,
    Json(Object(body)): Json<Object<NewConversation>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    match body.kind {
        views::Kind::Direct => services.limits.direct_chats.count(&request)?,
        views::Kind::Group => services.limits.groups.count(&request)?,
    }
    let chats = services.chats.clone();
    let (conversation, origin) = blocking(move || {
        let (kind, title) = (body.kind.into(), body.title.as_deref());
        chats.create(caller.0, kind, body.member_ids, title, body.client_id)
    })
    .await?;
    Ok(made(origin, &views::Conversation::from(conversation)))
}

/// One conversation.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::Conversation),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn show_conversation(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    Ok(Json(views::Conversation::from(
        blocking(move || chats.get(caller.0, id)).await?,
    )))
}

/// Adds a person to a group; one who is in it stays.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/members",
    params(("id" = Uuid, Path)),
    request_body = NewMember,
    responses(
        (status = 200, body = views::Conversation),
        (status = 404, description = "`not_found`: the conversation or the person"),
        (status = 409, description = "`not_a_group`"),
        (status = 422, description = "`too_many_members`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn add_member(
    caller: Caller,
    id: Path<String>,
    Json(Object(body)): Json<Object<NewMember>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let changed = blocking(move || chats.add_member(caller.0, id, body.user_id)).await?;
    Ok(Json(views::Conversation::from(changed)))
}

/// Removes a person from a group, or leaves it.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/members/{user}",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses(
        (status = 204, description = "The person is not in it"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_a_group`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn remove_member(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (id, user) = path.into_inner();
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let user: UserId = user.parse().map_err(|_| Error::NotFound("user"))?;
    blocking(move || chats.remove_member(caller.0, id, user)).await?;
    Ok(HttpResponse::NoContent())
}

/// 201 for what is new, 200 for what there was, and a header for a repeat.
pub(super) fn made(origin: Origin, body: &impl serde::Serialize) -> HttpResponse {
    match origin {
        Origin::New => HttpResponse::Created().json(body),
        Origin::Existing => HttpResponse::Ok().json(body),
        Origin::Replayed => HttpResponse::Ok()
            .insert_header(("Idempotent-Replayed", "true"))
            .json(body),
    }
}
