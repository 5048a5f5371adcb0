//! Messages, changes and receipts of a conversation.

use actix_web::{
    HttpResponse, Responder,
    http::StatusCode,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::{conversation, made},
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::{
        chats::Draft,
        ports::{Anchor, Cursor},
    },
    domain::ids::{AttachmentId, ClientId, MessageId, PreviewId, UserId},
};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Only older ones, the newest of them first of all.
    before_seq: Option<i64>,
    /// Only newer ones, the oldest of them first of all.
    after_seq: Option<i64>,
    /// Those on both sides of this `seq` or of the message with this id, and itself. Stands alone.
    around: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// The last event that the client has.
    #[serde(default)]
    after_offset: i64,
    /// As the client knows it; empty for any.
    #[serde(default)]
    epoch: String,
    #[param(minimum = 1, maximum = 500, default = 200)]
    limit: Option<i64>,
}

/// A message to be posted.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMessage {
    /// Made by the client; a repeat answers what the first request made.
    #[schema(value_type = Uuid)]
    client_msg_id: ClientId,
    /// Left out where a message is forwarded.
    #[serde(default)]
    text: String,
    /// A message of any conversation of the caller's. Its text is copied and `forwarded` counts one up;
    /// its mentions and what it answers stay behind.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    forward_of: Option<MessageId>,
    /// The message of this conversation that it answers.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    reply_to: Option<MessageId>,
    /// Members whom it names, 50 at most; others are left out.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>)]
    mentions: Vec<UserId>,
    /// What it carries: an upload of the caller's that is complete. The text is the caption then, and
    /// may be empty.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    attachment_id: Option<AttachmentId>,
    /// What is shown of the page that the text links to: an answer to `POST /link-previews` of the last hour.
    /// Left out where it is of nobody's asking, older, or of an address that the text has not.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    preview_id: Option<PreviewId>,
}

/// How far the caller has got. Marks that are lower than before or left out stay.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMarks {
    delivered_seq: Option<i64>,
    read_seq: Option<i64>,
}

/// How many items an answer is to have at most.
pub(super) fn limit(asked: Option<i64>, default: i64, max: i64) -> Result<i64, Problem> {
    match asked.unwrap_or(default) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(bad_query(format!("limit is a number from 1 to {max}"))),
    }
}

fn bad_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
}

/// A message by its `seq` or its id.
fn anchor(text: &str) -> Result<Anchor, Problem> {
    let by_seq = text.parse().map(Anchor::Seq).ok();
    let by_id = || text.parse().map(Anchor::Message).ok();
    by_seq
        .or_else(by_id)
        .ok_or_else(|| bad_query("around is the seq or the id of a message"))
}

/// Messages of a conversation, in the order of their `seq`; the newest unless asked otherwise.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/messages",
    params(("id" = Uuid, Path), Page),
    responses(
        (status = 200, body = views::MessagePage),
        (status = 400, description = "`bad_query`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_messages(
    caller: Caller,
    id: Path<String>,
    page: Query<Page>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let limit = limit(page.limit, 50, 100)?;
    let cursor = match (page.after_seq, page.before_seq, &page.around) {
        (None, None, Some(around)) => Cursor::Around(anchor(around)?),
        (_, _, Some(_)) => return Err(bad_query("around, before_seq and after_seq stand alone")),
        (Some(seq), _, None) => Cursor::After(seq),
        (None, Some(seq), None) => Cursor::Before(seq),
        (None, None, None) => Cursor::Latest,
    };
    let page = blocking(move || chats.messages(caller.0, id, cursor, limit)).await?;
    Ok(Json(views::MessagePage::from(page)))
}

/// Posts a message.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/messages",
    params(("id" = Uuid, Path)),
    request_body = NewMessage,
    responses(
        (status = 201, description = "It is in the conversation", body = views::Message),
        (
            status = 200,
            description = "It was in the conversation",
            body = views::Message,
            headers(("Idempotent-Replayed" = String, description = "`true`")),
        ),
        (status = 403, description = "`blocked`, `request_full`, `request_without_files`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`client_msg_id_reused`, `blocking`, `not_accepted`"),
        (
            status = 422,
            description = "`text_empty`, `text_too_long`, `text_invalid`, `no_reply_to`, \
                `no_forward_of`, `forward_with_text`, `no_attachment` or `too_many_mentions`",
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn post_message(
    caller: Caller,
    id: Path<String>,
    Json(Object(body)): Json<Object<NewMessage>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let draft = Draft {
        client_msg_id: body.client_msg_id,
        text: body.text,
        forward_of: body.forward_of,
        reply_to: body.reply_to,
        mentions: body.mentions,
        attachment: body.attachment_id,
        preview: body.preview_id,
    };
    let (message, origin) = blocking(move || chats.post(caller.0, id, draft)).await?;
    Ok(made(origin, &views::Message::from(message)))
}

/// Unread messages that name the caller, the oldest first, 100 at most.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/mentions",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::MentionList),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_mentions(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let mentions = blocking(move || chats.unread_mentions(caller.0, id)).await?;
    Ok(Json(views::MentionList::from(mentions)))
}

/// What happened in a conversation after an offset, as far as the caller may read.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/changes",
    params(("id" = Uuid, Path), Since),
    responses(
        (status = 200, body = views::Changes),
        (status = 400, description = "`bad_query`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_changes(
    caller: Caller,
    id: Path<String>,
    since: Query<Since>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let limit = limit(since.limit, 200, 500)?;
    let changes =
        blocking(move || chats.changes(caller.0, id, &since.epoch, since.after_offset, limit))
            .await?;
    Ok(Json(views::Changes::from(changes)))
}

/// Moves the caller's own marks up.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/receipts",
    params(("id" = Uuid, Path)),
    request_body = NewMarks,
    responses(
        (status = 200, description = "Where they stand", body = views::Watermarks),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn move_marks(
    caller: Caller,
    id: Path<String>,
    Json(Object(marks)): Json<Object<NewMarks>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (chats, id) = (services.chats.clone(), conversation(&id)?);
    let (delivered, read) = (
        marks.delivered_seq.unwrap_or(0),
        marks.read_seq.unwrap_or(0),
    );
    let marks = blocking(move || chats.move_marks(caller.0, id, delivered, read)).await?;
    Ok(Json(views::Watermarks::from(marks)))
}
