//! One port for the HTTP application and for the sockets that are taken over at an upgrade.

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix::{Actor as _, Addr};
use actix_codec::Framed;
use actix_http::{
    HttpMessage as _, HttpService, Request, Response, StatusCode,
    body::{BodySize, BoxBody},
    h1,
    header::{self, HeaderMap, HeaderValue},
    ws as handshake,
};
use actix_rt::net::TcpStream;
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory as _, fn_service, map_config};
use actix_web::{App, dev::AppConfig, web};
use futures_util::SinkExt as _;
use socket2::SockRef;

use super::{http, outbox::Outbox, ws};
use crate::{
    actors::{admin::Admin, ws_connection::WsConnection},
    config::Origins,
    context::Hub,
    protocol::codec::Wire,
};

/// Where official SDKs connect.
const WEBSOCKET_PATH: &str = "/connection/websocket";

/// How long unacknowledged data may stay in the socket of a peer that stopped reading.
const USER_TIMEOUT: Duration = Duration::from_secs(25);

/// Sub-protocol of clients that speak Protobuf.
const PROTOBUF: &str = "centrifuge-protobuf";

/// Serves clients until the returned handle stops it.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    hub: &Arc<Hub>,
    admin: &Addr<Admin>,
) -> io::Result<(Server, ServerHandle)> {
    let origins = Arc::new(Origins::new(&hub.config.allowed_origins));
    let (data, admin) = (web::Data::from(hub.clone()), web::Data::new(admin.clone()));
    let (hub, workers) = (hub.clone(), hub.config.workers);
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(1)
        .listen("clients", listener, move || {
            let routes = http::routes(origins.clone());
            let app = App::new()
                .app_data(data.clone())
                .app_data(admin.clone())
                .configure(routes);
            let (hub, origins) = (hub.clone(), origins.clone());
            let upgrade = fn_service(move |(request, framed)| {
                let (hub, origins) = (hub.clone(), origins.clone());
                async move { upgrade(&hub, &origins, &request, framed).await }
            });
            HttpService::build()
                .client_request_timeout(Duration::from_secs(10))
                .on_connect_ext(|socket: &TcpStream, _| prepare(socket))
                .upgrade(upgrade)
                .h1(map_config(app.into_factory(), |()| AppConfig::default()))
                .tcp()
        })?
        .run();
    let handle = server.handle();
    Ok((server, handle))
}

/// Pushes go out at once, and a peer that went away does not keep its socket.
fn prepare(socket: &TcpStream) {
    let prepared = socket
        .set_nodelay(true)
        .and_then(|()| SockRef::from(socket).set_tcp_user_timeout(Some(USER_TIMEOUT)));
    if let Err(error) = prepared {
        tracing::debug!(%error, "socket options were refused");
    }
}

async fn upgrade(
    hub: &Arc<Hub>,
    origins: &Origins,
    request: &Request,
    mut framed: Framed<TcpStream, h1::Codec>,
) -> Result<(), actix_web::Error> {
    let refusal = refuse(hub, origins, request);
    let response = refusal.map_or_else(
        || accept(request),
        |status| {
            Response::build(status)
                .insert_header((header::CONNECTION, "close"))
                .finish()
                .drop_body()
        },
    );
    let accepted = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let head = h1::Message::Item((response, BodySize::None));
    framed
        .send(head)
        .await
        .map_err(actix_web::error::ErrorBadRequest)?;
    if accepted {
        let wire = if speaks_protobuf(request) {
            Wire::Protobuf
        } else {
            Wire::Json
        };
        let parts = framed.into_parts();
        let outbox = Arc::new(Outbox::new(hub.config.connection.outbox_bytes));
        // What the client sent right behind its handshake is its first frame.
        let halves = ws::take_over(parts.io, parts.read_buf, outbox.clone());
        WsConnection::new(hub.clone(), wire, outbox, halves).start();
    }
    Ok(())
}

fn refuse(hub: &Hub, origins: &Origins, request: &Request) -> Option<StatusCode> {
    if request.path() != WEBSOCKET_PATH {
        Some(StatusCode::NOT_FOUND)
    } else if hub.is_leaving() {
        Some(StatusCode::SERVICE_UNAVAILABLE)
    } else if !admits(origins, request.headers()) {
        Some(StatusCode::FORBIDDEN)
    } else {
        None
    }
}

fn accept(request: &Request) -> Response<()> {
    match handshake::handshake(request.head()) {
        Err(error) => Response::<BoxBody>::from(error).drop_body(),
        Ok(mut response) => {
            if speaks_protobuf(request) {
                response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, PROTOBUF));
            }
            response.finish().drop_body()
        }
    }
}

fn speaks_protobuf(request: &Request) -> bool {
    let offered = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    offered
        .and_then(text)
        .is_some_and(|offered| offered.split(',').any(|one| one.trim() == PROTOBUF))
}

/// Whether a browser's page may connect; what is no browser names no origin.
pub(super) fn admits(origins: &Origins, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(text).unwrap_or_default();
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => text(origin).is_some_and(|origin| origins.admit(origin, host)),
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}
