//! What people and groups show of themselves.

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
    chat_settings::given,
    conversations::conversation,
    problem::{Problem, blocking},
    views,
};
use crate::{application::error::Error, domain::ids::UserId};

/// What the caller shows of themselves; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
pub(super) struct ProfileChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String)]
    display_name: Option<String>,
    /// 139 characters in 5 lines at most; nothing when it is empty.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String)]
    about: Option<String>,
}

/// What a group shows of itself; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
pub(super) struct InfoChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String)]
    title: Option<String>,
    /// 512 characters at most; nothing when it is empty.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String)]
    description: Option<String>,
}

/// The caller.
#[utoipa::path(
    get,
    path = "/api/v1/users/me",
    responses((status = 200, body = views::Profile)),
    security(("bearer" = [])),
)]
pub(super) async fn show_me(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let profiles = services.profiles.clone();
    Ok(Json(views::Profile::from(
        blocking(move || profiles.show(caller.0, caller.0)).await?,
    )))
}

/// Changes the caller's name, and what they say about themselves. Their other devices are told, and so are
/// people with whom they have a direct chat.
#[utoipa::path(
    patch,
    path = "/api/v1/users/me",
    request_body = ProfileChange,
    responses(
        (status = 200, description = "As it is now", body = views::Profile),
        (status = 422, description = "`invalid_display_name`, `invalid_about`"),
        (
            status = 429,
            description = "`too_many_requests`",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn change_profile(
    caller: Caller,
    Json(Object(change)): Json<Object<ProfileChange>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.profiles.count_of(caller.0)?;
    let profiles = services.profiles.clone();
    let changed = blocking(move || {
        let (name, about) = (change.display_name.as_deref(), change.about.as_deref());
        profiles.change(caller.0, name, about)
    });
    Ok(Json(views::Profile::from(changed.await?)))
}

/// Somebody with whom the caller is in a chat that both have accepted, unless one of them has blocked the
/// other; or the caller.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::Profile),
        (status = 404, description = "`not_found`: there is no such person, or not for the caller"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn show_user(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let profiles = services.profiles.clone();
    let user: UserId = id.parse().map_err(|_| Error::NotFound("user"))?;
    Ok(Json(views::Profile::from(
        blocking(move || profiles.show(caller.0, user)).await?,
    )))
}

/// Changes the title and the description of a group.
#[utoipa::path(
    patch,
    path = "/api/v1/conversations/{id}",
    params(("id" = Uuid, Path)),
    request_body = InfoChange,
    responses(
        (status = 200, description = "As it is now", body = views::Conversation),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
        (status = 422, description = "`invalid_title`, `invalid_description`"),
        (
            status = 429,
            description = "`too_many_requests`",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn change_info(
    caller: Caller,
    id: Path<String>,
    Json(Object(change)): Json<Object<InfoChange>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.profiles.count_of(caller.0)?;
    let (profiles, chats) = (services.profiles.clone(), services.chats.clone());
    let id = conversation(&id)?;
    let changed = blocking(move || {
        let (title, description) = (change.title.as_deref(), change.description.as_deref());
        profiles.change_info(caller.0, id, title, description)?;
        chats.get(caller.0, id)
    });
    Ok(Json(views::Conversation::from(changed.await?)))
}
