//! Pictures of people and groups.

use actix_web::{
    HttpResponse, Responder,
    http::{StatusCode, header},
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::conversation,
    media::POLICY,
    problem::{Problem, blocking},
    uploads::COMPLETIONS_OF_ONE,
    views,
};
use crate::{
    application::{error::Error, ports::PictureOf},
    domain::{
        ids::{AttachmentId, PictureId, UserId},
        profile::PictureSize,
    },
};

/// What a picture is to be made of.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPicture {
    /// A picture of the caller's that was uploaded and is in no message. It is gone then.
    #[schema(value_type = Uuid)]
    attachment_id: AttachmentId,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Width and height in pixels: 96 or 640.
    #[param(default = 640)]
    size: Option<u32>,
}

/// Shows a picture of the caller, made of the middle of one that they have uploaded. A repeat answers the
/// same.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/picture",
    request_body = NewPicture,
    responses(
        (status = 200, description = "As it is now", body = views::Profile),
        (status = 409, description = "`picture_was_sent`: a message carries it"),
        (
            status = 422,
            description = "`no_attachment`, `not_a_picture`, `picture_too_large`, `picture_broken`",
        ),
        (
            status = 429,
            description = "`too_many_requests`",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
        (status = 503, description = "`busy`: ask again"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn set_own_picture(
    caller: Caller,
    Json(Object(new)): Json<Object<NewPicture>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    set(&services, PictureOf::User(caller.0), new.attachment_id).await?;
    own(&services, caller.0).await
}

/// Shows no picture of the caller any more.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/picture",
    responses((status = 200, description = "As it is now", body = views::Profile)),
    security(("bearer" = [])),
)]
pub(super) async fn remove_own_picture(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    remove(&services, PictureOf::User(caller.0)).await?;
    own(&services, caller.0).await
}

/// Shows a picture of a group, made of the middle of one that the caller has uploaded. A repeat answers the
/// same.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/picture",
    params(("id" = Uuid, Path)),
    request_body = NewPicture,
    responses(
        (status = 200, description = "As it is now", body = views::Conversation),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (
            status = 409,
            description = "`not_a_group`, `not_accepted`; `picture_was_sent`: a message carries it",
        ),
        (
            status = 422,
            description = "`no_attachment`, `not_a_picture`, `picture_too_large`, `picture_broken`",
        ),
        (
            status = 429,
            description = "`too_many_requests`",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
        (status = 503, description = "`busy`: ask again"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn set_group_picture(
    caller: Caller,
    id: Path<String>,
    Json(Object(new)): Json<Object<NewPicture>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let of = of_group(&caller, &id)?;
    set(&services, of, new.attachment_id).await?;
    group(&services, caller.0, &id).await
}

/// Shows no picture of a group any more.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}/picture",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "As it is now", body = views::Conversation),
        (status = 403, description = "`role_too_low`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_a_group`, `not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn remove_group_picture(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let of = of_group(&caller, &id)?;
    remove(&services, of).await?;
    group(&services, caller.0, &id).await
}

/// A picture of a person or a group, a square. Who knows its id needs nothing else; another picture has
/// another id.
#[utoipa::path(
    get,
    path = "/api/v1/pictures/{id}",
    params(("id" = Uuid, Path), Wanted),
    responses(
        (status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = 400, description = "`bad_query`"),
        (status = 404, description = "`not_found`: it is not shown any more"),
        (status = 503, description = "`busy`"),
    ),
)]
pub(super) async fn load_picture(
    id: Path<String>,
    wanted: Query<Wanted>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let size = wanted
        .size
        .map_or(Some(PictureSize::Large), PictureSize::of_pixels);
    let size = size.ok_or_else(|| {
        let detail = "size is 96 or 640";
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })?;
    let id: PictureId = id.parse().map_err(|_| Error::NotFound("picture"))?;
    let turn = services.downloads.take().await?;
    let profiles = services.profiles.clone();
    let bytes = turn.run(move |_turn| profiles.picture(id, size)).await?;
    Ok(shown("image/jpeg", bytes))
}

/// A picture that is always the same at its address.
pub(super) fn shown(media_type: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        ))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(bytes)
}

fn of_group(caller: &Caller, id: &str) -> Result<PictureOf, Problem> {
    Ok(PictureOf::Group {
        conversation: conversation(id)?,
        by: caller.0,
    })
}

async fn set(services: &Services, of: PictureOf, file: AttachmentId) -> Result<(), Problem> {
    services.limits.profiles.count_of(of.by())?;
    let profiles = services.profiles.clone();
    let turns = &services.pictures;
    let turn = turns.take_for(of.by(), COMPLETIONS_OF_ONE).await?;
    turn.run(move |_turn| profiles.set_picture(of, file)).await
}

async fn remove(services: &Services, of: PictureOf) -> Result<(), Problem> {
    services.limits.profiles.count_of(of.by())?;
    let profiles = services.profiles.clone();
    blocking(move || profiles.remove_picture(of)).await
}

async fn group(
    services: &Services,
    user: UserId,
    id: &str,
) -> Result<Json<views::Conversation>, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(id)?);
    let chat = blocking(move || chats.get(user, id)).await?;
    Ok(Json(chat.into()))
}

async fn own(services: &Services, user: UserId) -> Result<Json<views::Profile>, Problem> {
    let profiles = services.profiles.clone();
    let profile = blocking(move || profiles.show(user, user)).await?;
    Ok(Json(profile.into()))
}
