//! How the caller arranges chats for themselves.

use actix_web::{
    HttpResponse, Responder,
    web::{Data, Json, Path},
};
use serde::{Deserialize, Deserializer};
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::conversation,
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::error::Error,
    domain::chat_settings::{Mute, SettingsChange},
};

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChatSettingsChange {
    /// Muted until this time (RFC 3339, within a year) or `always`; null: not muted any more.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    muted_until: Option<Option<String>>,
    /// Archiving unpins.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool)]
    archived: Option<bool>,
    /// Pinning takes out of the archive.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool)]
    pinned: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool)]
    marked_unread: Option<bool>,
}

/// What a field says that is there: null is something else than nothing.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    field: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

/// Up to where a chat is cleared.
#[derive(Deserialize, ToSchema)]
pub(super) struct Clearing {
    /// The last message that goes: the last one that the device shows.
    up_to_seq: i64,
}

/// Mutes, archives or pins a chat for the caller, or marks it as unread, and the contrary; on all of the
/// caller's devices, and for nobody else. Reading it takes the mark away.
#[utoipa::path(
    patch,
    path = "/api/v1/conversations/{id}/settings",
    params(("id" = Uuid, Path)),
    request_body = ChatSettingsChange,
    responses(
        (status = 200, description = "As it is now", body = views::ChatSettings),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
        (
            status = 422,
            description = "`bad_mute_time`, `archived_and_pinned`, `too_many_pinned_chats` (3)",
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn change_chat_settings(
    caller: Caller,
    id: Path<String>,
    Json(Object(new)): Json<Object<ChatSettingsChange>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (keeping, id) = (services.keeping.clone(), conversation(&id)?);
    let mute = |text: Option<String>| text.as_deref().map(Mute::parse).transpose();
    let change = SettingsChange {
        muted_until: new.muted_until.map(mute).transpose().map_err(Error::from)?,
        archived: new.archived,
        pinned: new.pinned,
        marked_unread: new.marked_unread,
    };
    let settings = blocking(move || keeping.arrange(caller.0, id, change)).await?;
    Ok(Json(views::ChatSettings::from(settings)))
}

/// Clears a chat for the caller: messages up to one, stars on them and the draft are gone on all of the
/// caller's devices. Nobody else notices; what comes later is there.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/clear",
    params(("id" = Uuid, Path)),
    request_body = Clearing,
    responses(
        (status = 204, description = "It is cleared"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn clear_chat(
    caller: Caller,
    id: Path<String>,
    Json(Object(clearing)): Json<Object<Clearing>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (keeping, id) = (services.keeping.clone(), conversation(&id)?);
    blocking(move || keeping.clear(caller.0, id, clearing.up_to_seq)).await?;
    Ok(HttpResponse::NoContent().finish())
}
