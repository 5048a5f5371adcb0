//! One port for the HTTP application and for the sockets that are taken over at an upgrade.

use std::{io, net::TcpListener, sync::Arc, time::Duration};

use actix::Addr;
use actix_codec::Framed;
use actix_http::{
    HttpMessage as _, HttpService, Request, Response,
    body::{BodySize, BoxBody, MessageBody as _},
    error::DispatchError,
    h1,
    header::{self, HeaderValue},
};
use actix_rt::net::TcpStream;
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{App, HttpResponse, dev::AppConfig, middleware, web};
use futures_util::SinkExt as _;
use rookery_kit::http::KEEP_ALIVE;
use rustls::ServerConfig;
use socket2::SockRef;

use super::{cors, gate, handshake, routes};
use crate::{
    admin::stream::Admin,
    connection::outbox::Outbox,
    http::site::Site,
    limits::{origins::Origins, places::Place, pressure::Queue},
    protocol::websocket::FrameReader,
    session::client::ClientSession,
    socket::{self, BEGIN_WITHIN, HttpSocket, reader::Reader, tls::TlsStream, writer::Writer},
};

/// How long unacknowledged data may stay in the socket of a peer that stopped reading.
const USER_TIMEOUT: Duration = Duration::from_secs(25);

/// Serves clients, by TLS if it is given, until the returned handle stops it.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    site: &Arc<Site>,
    admin: &Addr<Admin>,
) -> io::Result<(Server, ServerHandle)> {
    let origins = site.origins.clone();
    let (data, admin) = (web::Data::from(site.clone()), web::Data::new(admin.clone()));
    let (site, workers) = (site.clone(), site.workers);
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(1)
        .listen("clients", listener, move || {
            for answer in site
                .services
                .rooms
                .turnstile()
                .pressure()
                .watch(Queue::Writers)
            {
                actix_rt::spawn(answer);
            }
            let routes = routes::routes(origins.clone());
            let app = App::new()
                .app_data(data.clone())
                .app_data(admin.clone())
                .configure(routes)
                .wrap(middleware::from_fn(cors::check))
                .wrap(middleware::from_fn(socket::time));
            let (serving, origins) = (site.clone(), origins.clone());
            let upgrade = fn_service(move |(request, framed)| {
                let (site, origins) = (serving.clone(), origins.clone());
                async move { upgrade(&site, &origins, &request, framed).await }
            });
            let http = HttpService::build()
                .keep_alive(KEEP_ALIVE)
                .client_request_timeout(BEGIN_WITHIN)
                .on_connect_ext(|socket: &HttpSocket, data| {
                    data.insert(socket.handle());
                })
                .upgrade(upgrade)
                .h1(map_config(app.into_factory(), |()| AppConfig::default()));
            let (tls, site) = (tls.clone(), site.clone());
            let accept = fn_service(move |socket: TcpStream| {
                let tls = tls.clone();
                let place = gate::admit_socket(&site, socket.peer_addr().ok());
                async move {
                    let place = place.map_err(|full| io::Error::other(full.to_string()));
                    let accepted = async { accept(socket, tls, place?).await };
                    let socket = accepted.await.map_err(DispatchError::Io)?;
                    let peer = socket.peer();
                    Ok((socket, peer))
                }
            });
            accept.and_then(http)
        })?
        .run();
    let handle = server.handle();
    Ok((server, handle))
}

/// A socket that is ready for HTTP.
async fn accept(
    socket: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    place: Place,
) -> io::Result<HttpSocket> {
    prepare(&socket);
    let Some(tls) = tls else {
        return Ok(HttpSocket::new(socket, place));
    };
    let agreed = tokio::time::timeout(BEGIN_WITHIN, TlsStream::accept(socket, tls))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    match agreed {
        Ok(stream) => Ok(HttpSocket::new(stream, place)),
        Err(error) => {
            tracing::debug!(%error, "no TLS was agreed on");
            Err(error)
        }
    }
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
    site: &Arc<Site>,
    origins: &Origins,
    request: &Request,
    mut framed: Framed<HttpSocket, h1::Codec>,
) -> Result<(), actix_web::Error> {
    let place = gate::admit_peer(site, request.peer_addr(), request.headers());
    let (response, wire) = match &place {
        Ok(_) => handshake::answer(request, origins, site.transport.websocket_deflate),
        Err(turned_away) => (HttpResponse::from(*turned_away).into(), None),
    };
    answer(&mut framed, response, wire.is_some())
        .await
        .map_err(actix_web::error::ErrorBadRequest)?;
    if let (Some(wire), Ok(place)) = (wire, place) {
        let parts = framed.into_parts();
        let socket = parts.io.handle();
        socket.occupy(place);
        let outbox = Arc::new(Outbox::new(site.services.connection.outbox_bytes));
        // What the client sent right behind its handshake is its first frame.
        let frames = FrameReader::new(wire.is_deflated(), site.services.connection.frame_bytes);
        let charge = site.services.inbound.open();
        let reader = Reader::websocket(socket.clone(), parts.read_buf, frames, charge);
        let writer = Writer::new(socket, wire, outbox.clone());
        ClientSession::begin(site.services.clone(), wire, outbox, (reader, writer), None);
    }
    Ok(())
}

/// Writes the answer to an upgrade. One that is refused has a body, and its connection ends.
async fn answer(
    framed: &mut Framed<HttpSocket, h1::Codec>,
    mut response: Response<BoxBody>,
    is_accepted: bool,
) -> io::Result<()> {
    if is_accepted {
        let head = (response.drop_body(), BodySize::None);
        return framed.send(h1::Message::Item(head)).await;
    }
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    let (response, body) = response.into_parts();
    // A problem's body is in memory.
    let body = body.try_into_bytes().unwrap_or_default();
    let length = BodySize::Sized(body.len() as u64);
    framed.feed(h1::Message::Item((response, length))).await?;
    framed.feed(h1::Message::Chunk(Some(body))).await?;
    framed.send(h1::Message::Chunk(None)).await
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use tokio::{io::AsyncReadExt as _, time::Instant};

    use super::*;
    use crate::socket::testing::{Tls, connection, place};

    #[actix_rt::test]
    async fn who_says_nothing_is_not_waited_for() {
        let (ours, mut peer) = connection();
        let tls = Tls::new().server;
        tokio::time::pause();
        let begun = Instant::now();
        let refused = accept(ours, Some(tls), place()).await;
        assert_eq!(refused.err().unwrap().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= BEGIN_WITHIN);
        assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0);
    }

    #[actix_rt::test]
    async fn http_waits_for_no_request_for_ever() {
        let (ours, _peer) = connection();
        tokio::time::pause();
        let begun = Instant::now();
        let mut socket = accept(ours, None, place()).await.unwrap();
        let late = socket.read(&mut [0; 8]).await;
        assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= BEGIN_WITHIN);
    }
}
