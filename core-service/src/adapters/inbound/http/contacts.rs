//! Whom the caller blocks, and whom they let add them to groups.

use actix_web::{
    HttpResponse, Responder,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use shared_proto::json::Object;

use super::{
    Services,
    caller::Caller,
    problem::{Problem, blocking},
    views,
};
use crate::{application::error::Error, domain::ids::UserId};

/// Where a page begins.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AfterPerson {
    /// The last person of the page before.
    #[param(value_type = Option<Uuid>)]
    after: Option<UserId>,
}

fn person(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Error::NotFound("user").into())
}

/// People whom the caller has blocked, 100 at most, in the order of their ids.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/blocks",
    params(AfterPerson),
    responses((status = 200, body = views::BlockedPage)),
    security(("bearer" = [])),
)]
pub(super) async fn list_blocks(
    caller: Caller,
    page: Query<AfterPerson>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let contacts = services.contacts.clone();
    let (users, has_more) = blocking(move || contacts.blocked(caller.0, page.after)).await?;
    Ok(Json(views::BlockedPage::new(users, has_more)))
}

/// Blocks a person: neither writes to the other in their direct chat, or adds the other to a group.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/blocks/{user}",
    params(("user" = Uuid, Path)),
    responses(
        (status = 204, description = "The person is blocked"),
        (status = 404, description = "`not_found`: there is no such person, or it is the caller"),
        (status = 422, description = "`too_many_blocks`: the caller has blocked as many people as one may"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn block(
    caller: Caller,
    user: Path<String>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    set_block(caller, &user, services, true).await
}

/// Unblocks a person.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/blocks/{user}",
    params(("user" = Uuid, Path)),
    responses(
        (status = 204, description = "The person is not blocked"),
        (status = 404, description = "`not_found`: there is no such person, or it is the caller"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn unblock(
    caller: Caller,
    user: Path<String>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    set_block(caller, &user, services, false).await
}

async fn set_block(
    caller: Caller,
    user: &str,
    services: Data<Services>,
    on: bool,
) -> Result<HttpResponse, Problem> {
    let (contacts, user) = (services.contacts.clone(), person(user)?);
    blocking(move || contacts.set_block(caller.0, user, on)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the caller has chosen.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/settings",
    responses((status = 200, body = views::Settings)),
    security(("bearer" = [])),
)]
pub(super) async fn show_settings(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let contacts = services.contacts.clone();
    let who = blocking(move || contacts.who_may_add(caller.0)).await?;
    Ok(Json(views::Settings {
        who_may_add: who.into(),
    }))
}

/// Changes what the caller has chosen.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/settings",
    request_body = views::Settings,
    responses((status = 204, description = "It is so now")),
    security(("bearer" = [])),
)]
pub(super) async fn change_settings(
    caller: Caller,
    Json(Object(settings)): Json<Object<views::Settings>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let contacts = services.contacts.clone();
    blocking(move || contacts.set_who_may_add(caller.0, settings.who_may_add.into())).await?;
    Ok(HttpResponse::NoContent().finish())
}
