//! Conversations and their members.

use actix_web::{
    HttpResponse, Responder,
    web::{Data, Json, Path},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Services,
    caller::Caller,
    problem::{Problem, blocking},
};
use crate::{
    application::{chats::Origin, error::Error},
    domain::{
        conversation::Kind,
        ids::{ClientId, ConversationId, UserId},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Direct,
    Group,
}

#[derive(Deserialize)]
pub(super) struct NewConversation {
    kind: KindName,
    member_ids: Vec<UserId>,
    title: Option<String>,
    client_id: ClientId,
}

#[derive(Deserialize)]
pub(super) struct NewMember {
    user_id: UserId,
}

/// A conversation that is named in the path; what is no id names none.
pub(super) fn conversation(text: &str) -> Result<ConversationId, Problem> {
    text.parse().map_err(|_| Error::NotFound("conversation").into())
}

pub(super) async fn list(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let chats = services.chats.clone();
    let (conversations, user_topic) = blocking(move || chats.list(caller.0)).await?;
    Ok(Json(json!({ "conversations": conversations, "user_topic": user_topic })))
}

pub(super) async fn create(
    caller: Caller,
    body: Json<NewConversation>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (chats, body) = (services.chats.clone(), body.into_inner());
    let (conversation, origin) = blocking(move || {
        let kind = match body.kind {
            KindName::Direct => Kind::Direct,
            KindName::Group => Kind::Group,
        };
        chats.create(caller.0, kind, body.member_ids, body.title.as_deref(), body.client_id)
    })
    .await?;
    Ok(made(origin, &conversation))
}

pub(super) async fn show(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    Ok(Json(blocking(move || chats.get(caller.0, id)).await?))
}

pub(super) async fn add_member(
    caller: Caller,
    id: Path<String>,
    body: Json<NewMember>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    Ok(Json(blocking(move || chats.add_member(caller.0, id, body.user_id)).await?))
}

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
        Origin::Replayed => {
            HttpResponse::Ok().insert_header(("Idempotent-Replayed", "true")).json(body)
        }
    }
}
