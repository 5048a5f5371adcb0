//! What official SDKs fall back to where no WebSocket gets through: replies stream down one
//! response, commands come up by requests of their own.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Query},
};
use bytes::Bytes;
use prost::Message as _;
use serde::Deserialize;
use shared_proto::{client::v1::EmulationRequest, json::Object};

use super::{
    gate::admit,
    problem::problem,
    streaming::{EVENTS, head, no_socket, taken_over},
};
use crate::{
    connection::outbox::Outbox,
    context::Hub,
    protocol::{websocket::INBOUND_MAX_BYTES, wire::Wire},
    session::client::{ClientSession, Emulate},
    socket::{Socket, reader::Reader, writer::Writer},
};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/octet-stream";

/// The body of a request, or why it could not be read.
type Body = Result<Bytes, actix_web::Error>;

/// `POST /connection/http_stream`: the body is the first commands, the response streams replies.
pub(super) async fn open_http_stream(
    request: HttpRequest,
    body: Body,
    hub: Data<Hub>,
) -> HttpResponse {
    let wire = match content_type(&request).as_deref() {
        Some(JSON) => Wire::JsonLines,
        Some(PROTOBUF) => Wire::ProtobufStream,
        _ => return refuse_type(),
    };
    let content_type = if wire.is_json() { JSON } else { PROTOBUF };
    match body {
        Ok(commands) => open(&request, hub.into_inner(), wire, content_type, commands).await,
        Err(error) => refuse_body(&error),
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
    hub: Data<Hub>,
) -> HttpResponse {
    if !hub.config.transport.sdk_sse {
        let hint = "This hub takes no tokens in addresses; use http_stream.";
        return problem(HttpResponse::Forbidden(), "sdk_sse_off", hint);
    }
    match query {
        Ok(query) => {
            let commands = query.into_inner().cf_connect.into();
            open(
                &request,
                hub.into_inner(),
                Wire::JsonEvents,
                EVENTS,
                commands,
            )
            .await
        }
        Err(_) => {
            let hint = "Send the connect command as `cf_connect`.";
            problem(HttpResponse::BadRequest(), "connect_missing", hint)
        }
    }
}

async fn open(
    request: &HttpRequest,
    hub: Arc<Hub>,
    wire: Wire,
    content_type: &str,
    commands: Bytes,
) -> HttpResponse {
    let place = match admit(&hub, request) {
        Ok(place) => place,
        Err(turned_away) => return turned_away.into(),
    };
    let Some(socket) = Socket::of(request).await else {
        return no_socket();
    };
    socket.occupy(place);
    let outbox = Arc::new(Outbox::new(hub.config.connection.outbox_bytes));
    outbox.push(head(request, content_type));
    let reader = Reader::hangup(socket.clone());
    let writer = Writer::new(socket, wire, outbox.clone());
    ClientSession::begin(hub, wire, outbox, (reader, writer), Some(commands));
    taken_over()
}

/// `POST /emulation`: commands of a client whose replies stream down another connection.
pub(super) async fn emulate(request: HttpRequest, body: Body, hub: Data<Hub>) -> HttpResponse {
    let is_json = match content_type(&request).as_deref() {
        Some(JSON) => true,
        Some(PROTOBUF) => false,
        _ => return refuse_type(),
    };
    let emulated = match body {
        Ok(body) => decode(is_json, body),
        Err(error) => return refuse_body(&error),
    };
    let Some(emulated) = emulated else {
        let hint = "Send an EmulationRequest: node, session and data.";
        return problem(HttpResponse::BadRequest(), "bad_request", hint);
    };
    if emulated.data.len() > INBOUND_MAX_BYTES {
        return refuse_large();
    }
    // With one hub, the session of another is one that ended when this one was started.
    let session = hub.emulated.find(&emulated.session);
    if let Some(session) = session.filter(|_| emulated.node == hub.config.instance_id)
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

fn refuse_body(error: &actix_web::Error) -> HttpResponse {
    if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE {
        return refuse_large();
    }
    let hint = "The body did not arrive.";
    problem(HttpResponse::BadRequest(), "bad_request", hint)
}

fn refuse_large() -> HttpResponse {
    let hint = "This is more than a client may say at once.";
    problem(HttpResponse::PayloadTooLarge(), "too_large", hint)
}
