//! Messages that are found by what they say.

use std::str::FromStr;

use actix_web::{
    Responder,
    http::StatusCode,
    web::{Data, Json, Query},
};
use serde::Deserialize;

use super::{Services, caller::Caller, cursor, messages::limit, problem::Problem, views};
use crate::{
    application::{error::Error, paging::FOUND_MAX, ports::Wanted},
    domain::{
        message_search::{MessageSearch, SearchKind},
        time::Timestamp,
    },
};

/// Searches of one person that wait or run at a time: what was typed a moment ago may still be under way.
const SEARCHES_OF_ONE: usize = 3;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// One to eight words, in at most 200 characters; further words do not count. A message is found when
    /// it has, for each of them, a word that begins so; accents and capitals do not matter. The name
    /// of a file and the caption of a picture are searched as a text is.
    #[serde(default)]
    #[param(value_type = String, required, max_length = 200)]
    q: String,
    /// Only messages of this conversation.
    #[param(value_type = Option<Uuid>)]
    conversation_id: Option<String>,
    /// Only messages that this person wrote.
    #[param(value_type = Option<Uuid>)]
    sender_id: Option<String>,
    /// Only these: `text` carries nothing, `link` has the address of a page, the others carry an attachment
    /// of this kind: `picture`, `video`, `audio`, `voice` or `file`.
    kind: Option<String>,
    /// Only messages of then or later, as RFC 3339 writes it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Only messages of before, as RFC 3339 writes it.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// The `next` of the answer before; left out for the newest.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 50, default = 20)]
    limit: Option<i64>,
}

/// Messages of any conversation that the caller can read, found by the beginnings of their words, the
/// newest first. Also a page that is not full may have a next one.
#[utoipa::path(
    get,
    path = "/api/v1/messages/search",
    params(Asked),
    responses(
        (status = 200, body = views::FoundMessages),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
        (status = 404, description = "`not_found`: the conversation does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
        (status = 422, description = "`invalid_search`: there is no word in it, or it is too long"),
        (status = 429, description = "`too_many_requests`"),
        (status = 503, description = "`busy`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn search_messages(
    caller: Caller,
    asked: Query<Asked>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let wanted = wanted(&caller, asked.into_inner())?;
    services.limits.message_searches.count_of(caller.0)?;
    let turn = services
        .searches
        .take_for(caller.0, SEARCHES_OF_ONE)
        .await?;
    let search = services.search.clone();
    let found = turn.run(move |_turn| search.find(wanted)).await?;
    Ok(Json(views::FoundMessages::from(found)))
}

fn wanted(caller: &Caller, asked: Asked) -> Result<Wanted, Problem> {
    let limit = limit(asked.limit, 20, FOUND_MAX)?;
    let after = cursor::from_text(asked.cursor.as_deref())?;
    let mut search = MessageSearch::parse(&asked.q).map_err(Error::from)?;
    search.conversation = id(
        asked.conversation_id,
        "conversation_id is a conversation's id",
    )?;
    search.sender = id(asked.sender_id, "sender_id is a person's id")?;
    let kinds = "kind is one of text, link, picture, video, audio, voice and file";
    search.kind = read(asked.kind, SearchKind::parse, kinds)?;
    search.from = moment(asked.from, "from is a time such as 2026-11-30T12:00:00Z")?;
    search.until = moment(asked.until, "until is a time such as 2026-11-30T12:00:00Z")?;
    Ok(Wanted {
        reader: caller.0,
        search,
        after,
        limit,
    })
}

fn id<T: FromStr>(text: Option<String>, expected: &str) -> Result<Option<T>, Problem> {
    read(text, |text| text.parse().ok(), expected)
}

fn moment(text: Option<String>, expected: &str) -> Result<Option<Timestamp>, Problem> {
    read(text, Timestamp::parse, expected)
}

/// A value that may be left out.
fn read<T>(
    text: Option<String>,
    parse: impl FnOnce(&str) -> Option<T>,
    expected: &str,
) -> Result<Option<T>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bad_query = || Problem::new(StatusCode::BAD_REQUEST, "bad_query", expected);
    parse(&text).map(Some).ok_or_else(bad_query)
}
