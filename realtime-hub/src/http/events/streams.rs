//! Plain event streams, for a browser's `EventSource` and for whoever reads `text/event-stream`.

use std::{collections::HashSet, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use bytes::BytesMut;

use super::{
    beginning::{Beginning, begin},
    credential::{Credential, credential, parameters},
};
use crate::{
    connection::outbox::Outbox,
    http::site::Site,
    http::{
        gate::{TurnedAway, admit},
        problem::{problem, unavailable},
        streaming::{EVENTS, head, no_socket, taken_over},
    },
    protocol::{events::COMMENT, topic_name::TOPIC_BYTES_MAX, wire::Wire},
    session::{
        admission::OpenRefused,
        event_stream::EventStream,
        listening::{self, Listening},
        registration::Registration,
    },
    socket::{Socket, reader::Reader, writer::Writer},
    topic::cursor::TOPICS_MAX,
};

/// After how long a browser comes back, in milliseconds; up to twice that, so that not all of them
/// come at once.
const RETRY_MS: u64 = 1_000;

/// `GET /user/sse/notification/{user_id}`: one's own `user:` topic.
pub(in crate::http) async fn stream_notifications(
    request: HttpRequest,
    user_id: Path<String>,
    site: Data<Site>,
) -> HttpResponse {
    let topic = format!("user:{user_id}");
    stream(
        &request,
        site.into_inner(),
        Wire::Notifications,
        vec![topic],
    )
    .await
}

/// `GET /sse?topic=…&topic=…`: several topics on one stream.
pub(in crate::http) async fn stream_topics(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    let mut seen = HashSet::new();
    let topics: Vec<String> = parameters(&request)
        .into_iter()
        .filter(|(name, topic)| name == "topic" && seen.insert(topic.clone()))
        .map(|(_, topic)| topic)
        .collect();
    if topics.is_empty() || topics.len() > TOPICS_MAX {
        let hint = format!("Name 1 to {TOPICS_MAX} topics, each as `topic`.");
        return problem(HttpResponse::BadRequest(), "topics_invalid", &hint);
    }
    if topics
        .iter()
        .any(|topic| topic.is_empty() || topic.len() > TOPIC_BYTES_MAX)
    {
        let hint = format!("A topic's name has 1 to {TOPIC_BYTES_MAX} bytes.");
        return problem(HttpResponse::BadRequest(), "topics_invalid", &hint);
    }
    stream(&request, site.into_inner(), Wire::Topics, topics).await
}

async fn stream(
    request: &HttpRequest,
    site: Arc<Site>,
    wire: Wire,
    topics: Vec<String>,
) -> HttpResponse {
    let Some(credential) = credential(request) else {
        let hint = "Send the access token as `Authorization: Bearer …`, or a ticket.";
        return problem(HttpResponse::Unauthorized(), "token_missing", hint);
    };
    let Some(token) = credential.token(&site.tickets) else {
        let hint = "Get a new ticket.";
        return problem(HttpResponse::Unauthorized(), "ticket_invalid", hint);
    };
    let place = match admit(&site, request) {
        Ok(place) => place,
        Err(turned_away) => return soften(turned_away.into(), &credential),
    };
    let last = last_event_id(request);
    let resumes = last.is_some();
    // What is no position of ours is one that is lost.
    let since = last.map(|last| last.parse().unwrap_or_default());
    let outbox = Arc::new(Outbox::new(site.services.connection.outbox_bytes));
    let listening = listening::listen(
        &site.services,
        outbox.clone(),
        wire,
        &token,
        topics,
        since.as_ref(),
    )
    .await;
    let Listening {
        registration,
        topics,
    } = match listening {
        Ok(listening) => listening,
        Err(refused) => return soften(refuse_token(refused), &credential),
    };
    if topics.iter().all(|(_, seated)| seated.is_err()) {
        let hint = "You may not hear that.";
        return problem(HttpResponse::Forbidden(), "topics_refused", hint);
    }
    // Half of the outbox stays for what comes while the client reads.
    let budget_bytes = site.services.connection.outbox_bytes / 2;
    let Beginning { first, cursor } = begin(wire, &topics, resumes, budget_bytes);
    let Some(socket) = Socket::of(request).await else {
        return no_socket();
    };
    socket.occupy(place);
    let mut opening = BytesMut::from(&*head(request, EVENTS));
    opening.extend_from_slice(&COMMENT);
    opening.extend_from_slice(retry().as_bytes());
    opening.extend_from_slice(&first);
    registration.link().begin(opening.freeze(), cursor);
    open(&site, socket, wire, outbox, Some(registration))
}

/// Starts the actor that writes what is in the outbox; an admin's stream has no registration.
pub(in crate::http) fn open(
    site: &Site,
    socket: Socket,
    wire: Wire,
    outbox: Arc<Outbox>,
    registration: Option<Registration>,
) -> HttpResponse {
    let reader = Reader::hangup(socket.clone());
    let writer = Writer::new(socket, wire, outbox.clone());
    EventStream::begin(
        site.services.counters.clone(),
        outbox,
        (reader, writer),
        registration,
    );
    taken_over()
}

/// Says why a token is not taken.
pub(super) fn refuse_token(refused: OpenRefused) -> HttpResponse {
    let unauthorized = |code, hint| problem(HttpResponse::Unauthorized(), code, hint);
    match refused {
        OpenRefused::Expired => unauthorized("token_expired", "Get a new access token."),
        OpenRefused::Invalid => unauthorized("token_invalid", "Sign in again."),
        OpenRefused::Unreachable => {
            let hint = "The token could not be verified; try again.";
            unavailable("core_unreachable", hint)
        }
        OpenRefused::Full(full) => TurnedAway::Full(full).into(),
        OpenRefused::Crowded => unavailable("crowded", "Too many come at once; try again."),
    }
}

/// An `EventSource` gives up for good on any answer but an event stream. Where a refusal is for
/// now alone, it is given a stream that ends at once, and comes back.
fn soften(refusal: HttpResponse, credential: &Credential) -> HttpResponse {
    if refusal.status() == StatusCode::SERVICE_UNAVAILABLE && credential.is_an_event_sources() {
        return HttpResponse::Ok().content_type(EVENTS).body(retry());
    }
    refusal
}

fn retry() -> String {
    let ms = RETRY_MS + rand::random_range(0..=RETRY_MS);
    format!("retry: {ms}\n\n")
}

/// Where the client was. An `EventSource` that comes back sends the header, which is newer than
/// what its address says.
fn last_event_id(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("last-event-id");
    let last = match header {
        Some(header) => Some(String::from_utf8_lossy(header.as_bytes()).into_owned()),
        None => parameters(request)
            .into_iter()
            .find_map(|(name, value)| (name == "last_event_id").then_some(value)),
    };
    last.filter(|last| !last.is_empty())
}
