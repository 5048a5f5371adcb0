//! Conversations and their members.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    cursor,
    messages::limit,
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::{
        chats::Origin,
        error::Error,
        paging::{CONVERSATIONS_MAX, MEMBERS_MAX},
    },
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

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListPart {
    /// The `next` of the answer before; left out for the beginning.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MembersPart {
    /// The `next` of the answer before; left out for the beginning.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 200)]
    limit: Option<i64>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HeadsPart {
    /// The `next` of the answer before; left out for the beginning.
    cursor: Option<String>,
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMember {
    #[schema(value_type = Uuid)]
    user_id: UserId,
}

/// A member's new role.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewRole {
    role: views::Role,
}

/// A conversation that is named in the path; what is no id names none.
pub(super) fn conversation(text: &str) -> Result<ConversationId, Problem> {
    text.parse()
        .map_err(|_| Error::NotFound("conversation").into())
}

/// Conversations of the caller, newest activity first, and where the caller's own topic stands. One in
/// which something happens while the pages are read moves before them; its event says so. The first page
/// has the pinned ones besides, wherever they are in this order.
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    params(ListPart),
    responses(
        (status = 200, body = views::ConversationList),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_conversations(
    caller: Caller,
    part: Query<ListPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let chats = services.chats.clone();
    let limit = limit(part.limit, 50, CONVERSATIONS_MAX)?;
    let after = cursor::from_text(part.cursor.as_deref())?;
    let list = blocking(move || chats.list(caller.0, after, limit)).await?;
    Ok(Json(views::ConversationList::from(list)))
}

/// Where the logs of the caller's conversations stand, 2000 a page, in an order that nothing changes:
/// who compares them with what it has knows what to load. A conversation that is missing here says
/// nothing; that it is gone, the caller's own topic says.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/heads",
    params(HeadsPart),
    responses(
        (status = 200, body = views::HeadList),
        (status = 400, description = "`bad_cursor`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_heads(
    caller: Caller,
    part: Query<HeadsPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let chats = services.chats.clone();
    let after = cursor::from_text(part.cursor.as_deref())?;
    let (part, user_topic) = blocking(move || chats.heads(caller.0, after)).await?;
    Ok(Json(views::HeadList::new(part, user_topic)))
}

/// Members of a conversation.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/members",
    params(("id" = Uuid, Path), MembersPart),
    responses(
        (status = 200, body = views::MemberList),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_members(
    caller: Caller,
    id: Path<String>,
    part: Query<MembersPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let limit = limit(part.limit, MEMBERS_MAX, MEMBERS_MAX)?;
    let after = cursor::from_text(part.cursor.as_deref())?;
    let part = blocking(move || chats.members(caller.0, id, after, limit)).await?;
    Ok(Json(views::MemberList::from(part)))
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
        (status = 403, description = "`blocked`, `may_not_be_added`"),
        (status = 404, description = "`not_found`: a member does not exist"),
        (status = 409, description = "`blocking`"),
        (status = 422, description = "`invalid_title`, `invalid_members`, `too_many_members` or `too_many_chats`"),
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

/// The caller's chat with themselves, which is made when it is first asked for. It is a direct chat with
/// one member.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/chat",
    responses(
        (status = 201, description = "It is made", body = views::Conversation),
        (status = 200, description = "There was one", body = views::Conversation),
        (status = 422, description = "`too_many_chats`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn open_own_chat(
    caller: Caller,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let chats = services.chats.clone();
    let (conversation, origin) = blocking(move || chats.own(caller.0)).await?;
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

/// Adds a person to a group; one who is in it stays, and one who left it is asked first: once in seven
/// days, whatever they answer.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/members",
    params(("id" = Uuid, Path)),
    request_body = NewMember,
    responses(
        (status = 200, body = views::Conversation),
        (status = 403, description = "`blocked`, `may_not_be_added`, `asked_recently`"),
        (status = 404, description = "`not_found`: the conversation or the person"),
        (status = 409, description = "`not_a_group`, `not_accepted`, `blocking`"),
        (status = 422, description = "`too_many_members` or `too_many_chats`"),
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

/// Removes a person from a group. Of the caller: leaves it, hides a direct chat until the next message,
/// or declines a request.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/members/{user}",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    responses(
        (status = 204, description = "The person is not in it"),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
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

/// Gives a member of a group another role. Making somebody the owner makes the caller an admin.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/members/{user}/role",
    params(("id" = Uuid, Path), ("user" = Uuid, Path)),
    request_body = NewRole,
    responses(
        (status = 200, body = views::Conversation),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: the conversation or the member"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn set_role(
    caller: Caller,
    path: Path<(String, String)>,
    Json(Object(body)): Json<Object<NewRole>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (id, user) = path.into_inner();
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let user: UserId = user.parse().map_err(|_| Error::NotFound("user"))?;
    let changed = blocking(move || chats.set_role(caller.0, id, user, body.role.into())).await?;
    Ok(Json(views::Conversation::from(changed)))
}

/// Accepts a direct chat that a stranger opened, or coming back to a group.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/accept",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::Conversation),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 422, description = "`too_many_members`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn accept(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    Ok(Json(views::Conversation::from(
        blocking(move || chats.accept(caller.0, id)).await?,
    )))
}

/// 201 for what is new, 200 for what there was, and a header for a repeat.
pub(super) fn made(origin: Origin, body: &impl serde::Serialize) -> HttpResponse {
    match origin {
        Origin::New => HttpResponse::Created().json(body),
        Origin::Existing | Origin::Replayed => changed(origin, body),
    }
}

/// 200, and a header for a repeat.
pub(super) fn changed(origin: Origin, body: &impl serde::Serialize) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if origin == Origin::Replayed {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
    response.json(body)
}
