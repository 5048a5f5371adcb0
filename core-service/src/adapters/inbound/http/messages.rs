//! Messages, changes and receipts of a conversation.

use actix_web::{
    HttpResponse, Responder,
    http::StatusCode,
    web::{Data, Json, Path, Query},
};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use super::{
    Services,
    caller::Caller,
    conversations::{conversation, made},
    problem::{Problem, blocking},
    views::Messages,
};
use crate::{application::ports::Cursor, domain::ids::ClientId};

#[derive(Deserialize)]
pub(super) struct Page {
    before_seq: Option<i64>,
    after_seq: Option<i64>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Since {
    #[serde(default)]
    after_offset: i64,
    #[serde(default)]
    epoch: String,
    limit: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct NewMessage {
    client_msg_id: ClientId,
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Marks {
    delivered_seq: Option<i64>,
    read_seq: Option<i64>,
}

#[derive(Serialize)]
struct Change {
    offset: i64,
    event: Box<RawValue>,
}

fn limit(asked: Option<i64>, default: i64, max: i64) -> Result<i64, Problem> {
    match asked.unwrap_or(default) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        _ => {
            let detail = format!("limit is a number from 1 to {max}");
            Err(Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail))
        }
    }
}

pub(super) async fn list(
    caller: Caller,
    id: Path<String>,
    page: Query<Page>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let limit = limit(page.limit, 50, 100)?;
    let cursor = match (page.after_seq, page.before_seq) {
        (Some(seq), _) => Cursor::After(seq),
        (None, Some(seq)) => Cursor::Before(seq),
        (None, None) => Cursor::Latest,
    };
    let page = blocking(move || chats.messages(caller.0, id, cursor, limit)).await?;
    Ok(Json(Messages { messages: page.items, has_more: page.has_more, topic: page.topic }))
}

pub(super) async fn post(
    caller: Caller,
    id: Path<String>,
    body: Json<NewMessage>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let (message, origin) =
        blocking(move || chats.post(caller.0, id, body.client_msg_id, &body.text)).await?;
    Ok(made(origin, &message))
}

pub(super) async fn list_changes(
    caller: Caller,
    id: Path<String>,
    since: Query<Since>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let limit = limit(since.limit, 200, 500)?;
    let changes = blocking(move || {
        chats.changes(caller.0, id, &since.epoch, since.after_offset, limit)
    })
    .await?;
    let events: Vec<Change> = changes
        .events
        .into_iter()
        .filter_map(|(offset, event)| {
            // It was written by us; what is no JSON was not.
            Some(Change { offset, event: RawValue::from_string(event).ok()? })
        })
        .collect();
    Ok(Json(json!({
        "reset": changes.reset,
        "changes": events,
        "has_more": changes.has_more,
        "topic": changes.topic,
    })))
}

pub(super) async fn move_marks(
    caller: Caller,
    id: Path<String>,
    marks: Json<Marks>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let (delivered, read) = (marks.delivered_seq.unwrap_or(0), marks.read_seq.unwrap_or(0));
    Ok(Json(blocking(move || chats.move_marks(caller.0, id, delivered, read)).await?))
}
