//! What official SDKs fall back to where no WebSocket gets through: replies stream down one
//! response, commands come up by requests of their own.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Payload, Query},
};
use bytes::Bytes;
use prost::Message as _;
use serde::Deserialize;
use shared_proto::{client::v1::EmulationRequest, json::Object};

use super::{
    body::{self, BodyRefused},
    gate::admit,
    problem::problem,
    streaming::{EVENTS, head, no_socket, taken_over},
};
use crate::{
    connection::outbox::Outbox,
    http::site::Site,
    limits::places::Place,
    protocol::wire::Wire,
    session::client::{ClientSession, Emulate},
    socket::{Socket, reader::Reader, writer::Writer},
};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/octet-stream";

/// What an emulation has beside its commands. Those are inside a JSON string, where each quote takes
/// two bytes.
const ENVELOPE_BYTES: usize = 1024;

/// `POST /connection/http_stream`: the body is the first commands, the response streams replies.
pub(super) async fn open_http_stream(
    request: HttpRequest,
    body: Payload,
    site: Data<Site>,
) -> HttpResponse {
    let wire = match content_type(&request).as_deref() {
        Some(JSON) => Wire::JsonLines,
        Some(PROTOBUF) => Wire::ProtobufStream,
        _ => return refuse_type(),
    };
    let content_type = if wire.is_json() { JSON } else { PROTOBUF };
    // Before the body is read: it may take its time.
    let place = match admit(&site, &request) {
        Ok(place) => place,
        Err(turned_away) => return turned_away.into(),
    };
    let mut charge = site.services.inbound.open();
    let max_bytes = site.services.connection.frame_bytes;
    match body::read(body, max_bytes, &mut charge, declared_bytes(&request)).await {
        Ok(commands) => {
            let site = site.into_inner();
            open(&request, site, wire, content_type, commands, place).await
        }
        Err(refused) => refused.into(),
    }
}

/// What the SDK's event stream says with its request.
#[derive(Deserialize)]
pub(super) struct Connect {
    cf_connect: String,
}

/// `GET /connection/sse`: the first commands are in the query, and with them the token.
pub(super) async fn open_sse(
    request: HttpRequest,
    query: Result<Query<Connect>, actix_web::Error>,
    site: Data<Site>,
) -> HttpResponse {
    if !site.transport.sdk_sse {
        let hint = "This hub takes no tokens in addresses; use http_stream.";
        return problem(HttpResponse::Forbidden(), "sdk_sse_off", hint);
    }
    let Ok(query) = query else {
        let hint = "Send the connect command as `cf_connect`.";
        return problem(HttpResponse::BadRequest(), "connect_missing", hint);
    };
    let place = match admit(&site, &request) {
        Ok(place) => place,
        Err(turned_away) => return turned_away.into(),
    };
    let (site, commands) = (site.into_inner(), query.into_inner().cf_connect.into());
    open(&request, site, Wire::JsonEvents, EVENTS, commands, place).await
}

async fn open(
    request: &HttpRequest,
    site: Arc<Site>,
    wire: Wire,
    content_type: &str,
    commands: Bytes,
    place: Place,
) -> HttpResponse {
    let Some(socket) = Socket::of(request).await else {
        return no_socket();
    };
    socket.occupy(place);
    let outbox = Arc::new(Outbox::new(site.services.connection.outbox_bytes));
    outbox.push(head(request, content_type));
    let reader = Reader::hangup(socket.clone());
    let writer = Writer::new(socket, wire, outbox.clone());
    ClientSession::begin(
        site.services.clone(),
        wire,
        outbox,
        (reader, writer),
        Some(commands),
    );
    taken_over()
}

/// `POST /emulation`: commands of a client whose replies stream down another connection.
pub(super) async fn emulate(request: HttpRequest, body: Payload, site: Data<Site>) -> HttpResponse {
    let is_json = match content_type(&request).as_deref() {
        Some(JSON) => true,
        Some(PROTOBUF) => false,
        _ => return refuse_type(),
    };
    let frame_bytes = site.services.connection.frame_bytes;
    let mut charge = site.services.inbound.open();
    let max_bytes = 2 * frame_bytes + ENVELOPE_BYTES;
    let body = body::read(body, max_bytes, &mut charge, declared_bytes(&request)).await;
    let emulated = match body {
        Ok(body) => decode(is_json, body),
        Err(refused) => return refused.into(),
    };
    let Some(emulated) = emulated else {
        let hint = "Send an EmulationRequest: node, session and data.";
        return problem(HttpResponse::BadRequest(), "bad_request", hint);
    };
    if emulated.data.len() > frame_bytes {
        return BodyRefused::TooLarge.into();
    }
    // With one hub, the session of another is one that ended when this one was started.
    let session = site.services.emulated.find(&emulated.session);
    if let Some(session) = session.filter(|_| emulated.node == site.services.instance_id)
        && session.send(Emulate(emulated.data)).await.is_ok()
    {
        return HttpResponse::NoContent().finish();
    }
    let hint = "This session has ended; connect again.";
    problem(HttpResponse::NotFound(), "session_unknown", hint)
}

fn decode(is_json: bool, body: Bytes) -> Option<EmulationRequest> {
    if !is_json {
        return EmulationRequest::decode(body).ok();
    }
    let Object(emulated) = serde_json::from_slice(&body).ok()?;
    Some(emulated)
}

/// The media type without parameters, in lower case: case makes no difference in it.
fn content_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or(value).trim();
    Some(media_type.to_ascii_lowercase())
}

fn refuse_type() -> HttpResponse {
    let hint = "Send application/json or application/octet-stream.";
    problem(
        HttpResponse::UnsupportedMediaType(),
        "unsupported_media_type",
        hint,
    )
}

/// How long a request says that its body is.
fn declared_bytes(request: &HttpRequest) -> Option<usize> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}
