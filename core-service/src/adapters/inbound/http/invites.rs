//! Links by which people come into groups.

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
    conversations::conversation,
    problem::{Problem, blocking},
    views,
};
use crate::{application::error::Error, domain::ids::InviteId};

/// A link to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewInvite {
    /// How long it holds, in seconds: 60 to 31622400; without an end where it is left out.
    expires_in_s: Option<i64>,
    /// How many people it brings: 1 to 1000; as many as the group takes where it is left out.
    max_uses: Option<i64>,
}

/// Makes a link by which people come into a group. Its token is shown to the group's owner and admins as
/// long as it can be used.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/invites",
    params(("id" = Uuid, Path)),
    request_body = NewInvite,
    responses(
        (status = 201, body = views::Invite),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
        (
            status = 422,
            description = "`bad_invite_life`, `bad_invite_uses`, `too_many_invites` (20)",
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn create_invite(
    caller: Caller,
    id: Path<String>,
    Json(Object(new)): Json<Object<NewInvite>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (invites, id) = (services.invites.clone(), conversation(&id)?);
    let made = blocking(move || invites.create(caller.0, id, new.expires_in_s, new.max_uses));
    Ok(HttpResponse::Created().json(views::Invite::from(made.await?)))
}

/// The links of a group that can be used, the last one first; 20 at most.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/invites",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::InviteList),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_invites(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (invites, id) = (services.invites.clone(), conversation(&id)?);
    let found = blocking(move || invites.list(caller.0, id)).await?;
    Ok(Json(views::InviteList::from(found)))
}

/// Revokes a link. Those whom it has brought stay.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/invites/{invite}",
    params(("id" = Uuid, Path), ("invite" = Uuid, Path)),
    responses(
        (status = 204, description = "It brings nobody any more"),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: the group or the link"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn revoke_invite(
    caller: Caller,
    path: Path<(String, String)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (id, invite) = path.into_inner();
    let (invites, id) = (services.invites.clone(), conversation(&id)?);
    let invite: InviteId = invite.parse().map_err(|_| Error::NotFound("invite"))?;
    blocking(move || invites.revoke(caller.0, id, invite)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a link leads to.
#[utoipa::path(
    get,
    path = "/api/v1/invites/{token}",
    params(("token" = String, Path)),
    responses(
        (status = 200, body = views::Invitation),
        (
            status = 404,
            description = "`not_found`: there was none, it is revoked, its time is over, or it has \
                brought as many as it may",
        ),
        (
            status = 429,
            description = "`too_many_requests`: from this address, searches of people included",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn show_invitation(
    request: HttpRequest,
    caller: Caller,
    token: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.people_searches.count(&request)?;
    let invites = services.invites.clone();
    let found = blocking(move || invites.show(caller.0, &token)).await?;
    Ok(Json(views::Invitation::from(found)))
}

/// Makes a member of the caller. Who is one already stays so, and is not counted.
#[utoipa::path(
    post,
    path = "/api/v1/invites/{token}/accept",
    params(("token" = String, Path)),
    responses(
        (status = 200, description = "The caller is in it", body = views::Conversation),
        (
            status = 403,
            description = "`removed`: from this group, by somebody in it; `blocked`: by who made the link",
        ),
        (status = 404, description = "`not_found`: as of `GET`"),
        (status = 409, description = "`blocking`: who made the link"),
        (status = 422, description = "`too_many_members` or `too_many_chats`"),
        (
            status = 429,
            description = "`too_many_requests`: from this address, searches of people included",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn accept_invitation(
    request: HttpRequest,
    caller: Caller,
    token: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.people_searches.count(&request)?;
    let (invites, chats) = (services.invites.clone(), services.chats.clone());
    let entered = blocking(move || {
        let group = invites.accept(caller.0, token.into_inner())?;
        chats.get(caller.0, group)
    });
    Ok(Json(views::Conversation::from(entered.await?)))
}
