//! What is shown of pages to which messages link.

use actix_web::{
    HttpResponse,
    web::{Data, Json, Path},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    pictures::shown,
    problem::{Problem, blocking},
    uploads::COMPLETIONS_OF_ONE,
    views,
};
use crate::{application::error::Error, domain::ids::PreviewId};

/// Pages that one person has looked at at the same time.
const LOOKS_OF_ONE: usize = 2;

/// A page to look at.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPreview {
    /// As it stands in the text, with or without `https://`: up to 2048 bytes.
    url: String,
}

/// Looks at the page to which a message of the caller's is to link. The answer is kept for an hour, until a
/// message takes it along as its `preview_id`.
#[utoipa::path(
    post,
    path = "/api/v1/link-previews",
    request_body = NewPreview,
    responses(
        (status = 200, description = "What is shown of it", body = views::LinkPreview),
        (
            status = 204,
            description = "Nothing is shown: there is no such page, it says nothing of itself, or this \
                           server does not look at it",
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
pub(super) async fn make_preview(
    caller: Caller,
    Json(Object(new)): Json<Object<NewPreview>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.link_previews.count_of(caller.0)?;
    let previews = services.previews.clone();
    // Until the preview is kept: what was loaded is in memory.
    let _look = services.looks.take_for(caller.0, LOOKS_OF_ONE).await?;
    let Some(page) = previews.look(&new.url).await else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let has_image = page.image.is_some();
    let keep = move || previews.keep(caller.0, &new.url, page);
    let preview = if has_image {
        let turns = &services.pictures;
        let turn = turns.take_for(caller.0, COMPLETIONS_OF_ONE).await?;
        turn.run(move |_turn| keep()).await?
    } else {
        blocking(keep).await?
    };
    Ok(HttpResponse::Ok().json(views::LinkPreview::from(preview)))
}

/// The picture of a page. Who knows the preview's id needs nothing else.
#[utoipa::path(
    get,
    path = "/api/v1/link-previews/{id}/image",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, content_type = "image/*", body = Vec<u8>),
        (status = 404, description = "`not_found`: no message shows it any more"),
        (status = 503, description = "`busy`"),
    ),
)]
pub(super) async fn load_preview_image(
    id: Path<String>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let id: PreviewId = id.parse().map_err(|_| Error::NotFound("picture"))?;
    let turn = services.downloads.take().await?;
    let previews = services.previews.clone();
    let (media_type, bytes) = turn.run(move |_turn| previews.image(id)).await?;
    Ok(shown(&media_type, bytes))
}
