//! The WebSocket handshake: whether a client may upgrade, and what both sides speak after that.

use actix_http::{
    HttpMessage as _, Request, Response,
    body::BoxBody,
    header::{self, HeaderName},
    ws::{self, HandshakeError},
};
use actix_web::HttpResponse;

use super::{
    cors::{admits, refuse_origin},
    problem::{problem, refuse_method},
};
use crate::{limits::origins::Origins, protocol::wire::Wire};

/// Where official SDKs connect.
pub(super) const WEBSOCKET_PATH: &str = "/connection/websocket";

/// Sub-protocol of clients that speak Protobuf.
const PROTOBUF: &str = "centrifuge-protobuf";

/// Said to the same end in the address.
const PROTOBUF_QUERY: &str = "format=protobuf";

const DEFLATE: &str = "permessage-deflate";

/// Neither side keeps a window from one message to the next: see [`crate::protocol::deflate`].
const DEFLATE_ACCEPTED: &str =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The same, for a client that wants to hear which window we use: the full one.
const DEFLATE_ACCEPTED_FULL: &str = "permessage-deflate; server_no_context_takeover; \
                                     client_no_context_takeover; server_max_window_bits=15";

/// Answers an upgrade. With a wire, it is accepted; without, the body says why not.
#[must_use]
pub fn answer(
    request: &Request,
    origins: &Origins,
    deflates: bool,
) -> (Response<BoxBody>, Option<Wire>) {
    let refused = |response: HttpResponse| (response.into(), None);
    if request.path() != WEBSOCKET_PATH {
        let hint = format!("Only {WEBSOCKET_PATH} upgrades here.");
        return refused(problem(HttpResponse::NotFound(), "no_such_route", &hint));
    }
    if !admits(origins, request.headers()) {
        return refused(refuse_origin(request.headers()));
    }
    let mut response = match ws::handshake(request.head()) {
        Ok(response) => response,
        Err(error) => return refused(refuse(&error)),
    };
    let by_subprotocol =
        list(request, header::SEC_WEBSOCKET_PROTOCOL).any(|subprotocol| subprotocol == PROTOBUF);
    if by_subprotocol {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, PROTOBUF));
    }
    let by_query = request
        .uri()
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair == PROTOBUF_QUERY));
    let accepted = list(request, header::SEC_WEBSOCKET_EXTENSIONS)
        .find_map(accept_deflate)
        .filter(|_| deflates);
    if let Some(accepted) = accepted {
        response.insert_header((header::SEC_WEBSOCKET_EXTENSIONS, accepted));
    }
    let wire = match (by_subprotocol || by_query, accepted.is_some()) {
        (false, false) => Wire::Json,
        (false, true) => Wire::JsonDeflated,
        (true, false) => Wire::Protobuf,
        (true, true) => Wire::ProtobufDeflated,
    };
    (response.finish().map_into_boxed_body(), Some(wire))
}

/// What a client did wrong that wants a WebSocket.
fn refuse(error: &HandshakeError) -> HttpResponse {
    match error {
        HandshakeError::GetMethodRequired => refuse_method("GET"),
        HandshakeError::NoWebsocketUpgrade => refuse_upgrade("Ask for an upgrade to a WebSocket."),
        HandshakeError::NoVersionHeader | HandshakeError::UnsupportedVersion => {
            let mut response = HttpResponse::UpgradeRequired();
            response.insert_header((header::SEC_WEBSOCKET_VERSION, "13"));
            let hint = "Ask for version 13 of the WebSocket protocol.";
            problem(response, "websocket_version", hint)
        }
        HandshakeError::NoConnectionUpgrade | HandshakeError::BadWebsocketKey => problem(
            HttpResponse::BadRequest(),
            "bad_handshake",
            &error.to_string(),
        ),
    }
}

/// Said where a request should have asked for an upgrade.
pub(super) fn refuse_upgrade(hint: &str) -> HttpResponse {
    let mut response = HttpResponse::UpgradeRequired();
    response.insert_header((header::UPGRADE, "websocket"));
    problem(response, "upgrade_required", hint)
}

/// The members of a header that is a list, which may stand on several lines.
fn list(request: &Request, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = request.headers().get_all(name);
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

/// What to answer to one offer of an extension (RFC 7692, section 7.1), if it can be kept.
fn accept_deflate(offer: &str) -> Option<&'static str> {
    let mut parts = offer.split(';').map(str::trim);
    if parts.next() != Some(DEFLATE) {
        return None;
    }
    let mut seen = Vec::new();
    let mut accepted = DEFLATE_ACCEPTED;
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(value.trim().trim_matches('"'))),
            None => (part, None),
        };
        if seen.contains(&name) {
            return None;
        }
        seen.push(name);
        match (name, value) {
            (
                "server_no_context_takeover"
                | "client_no_context_takeover"
                | "client_max_window_bits",
                None,
            ) => {}
            // We understand every window.
            ("client_max_window_bits", Some(bits)) if is_window(bits) => {}
            // One message for all connections cannot have the window of one.
            ("server_max_window_bits", Some("15")) => accepted = DEFLATE_ACCEPTED_FULL,
            _ => return None,
        }
    }
    Some(accepted)
}

fn is_window(bits: &str) -> bool {
    matches!(bits, "8" | "9" | "10" | "11" | "12" | "13" | "14" | "15")
}

#[cfg(test)]
mod tests {
    use actix_http::{StatusCode, body::MessageBody as _, h1, test::TestRequest};
    use bytes::BytesMut;
    use proptest::{collection::vec, prelude::*};
    use tokio_util::codec::Decoder as _;

    use super::*;

    const KEY: (&str, &str) = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");

    fn upgrade(headers: &[(&str, &str)], path: &str) -> (Response<BoxBody>, Option<Wire>) {
        let mut request = TestRequest::with_uri(path);
        let upgrade = [
            ("upgrade", "websocket"),
            ("connection", "upgrade"),
            ("sec-websocket-version", "13"),
            KEY,
        ];
        for header in upgrade.iter().chain(headers) {
            request.append_header(*header);
        }
        let origins = Origins::parse("https://chat.example").unwrap();
        answer(&request.finish(), &origins, true)
    }

    #[track_caller]
    fn check_deflate(offer: &str, accepted: Option<&str>) {
        let (response, wire) = upgrade(&[("sec-websocket-extensions", offer)], WEBSOCKET_PATH);
        let answered = response.headers().get(header::SEC_WEBSOCKET_EXTENSIONS);
        assert_eq!(
            answered.map(|answered| answered.to_str().unwrap()),
            accepted,
            "{offer}"
        );
        let expected = if accepted.is_some() {
            Wire::JsonDeflated
        } else {
            Wire::Json
        };
        assert_eq!(wire, Some(expected), "{offer}");
    }

    #[test]
    fn offers_of_browsers_are_accepted() {
        for offer in [
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate;client_max_window_bits=\"10\" ; server_no_context_takeover",
            "x-webkit-deflate-frame, permessage-deflate; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        ] {
            check_deflate(offer, Some(DEFLATE_ACCEPTED));
        }
        check_deflate(
            "permessage-deflate; server_max_window_bits=15",
            Some(DEFLATE_ACCEPTED_FULL),
        );
    }

    #[test]
    fn offer_that_cannot_be_kept_is_passed_over() {
        for offer in [
            "",
            "permessage-bzip2",
            "permessage-deflate; server_max_window_bits=9",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; level=9",
        ] {
            check_deflate(offer, None);
        }
    }

    #[test]
    fn client_chooses_protobuf_by_name_or_address() {
        let subprotocol = ("sec-websocket-protocol", "other, centrifuge-protobuf");
        let (response, wire) = upgrade(&[subprotocol], WEBSOCKET_PATH);
        assert_eq!(wire, Some(Wire::Protobuf));
        assert_eq!(
            response.headers().get("sec-websocket-protocol").unwrap(),
            PROTOBUF
        );
        let (response, wire) = upgrade(&[], "/connection/websocket?a=b&format=protobuf");
        assert_eq!(wire, Some(Wire::Protobuf));
        assert!(!response.headers().contains_key("sec-websocket-protocol"));
        let offer = ("sec-websocket-extensions", DEFLATE);
        assert_eq!(
            upgrade(&[subprotocol, offer], WEBSOCKET_PATH).1,
            Some(Wire::ProtobufDeflated)
        );
    }

    #[test]
    fn what_may_not_upgrade_is_told_why() {
        assert_eq!(
            upgrade(&[], "/health/live").0.status(),
            StatusCode::NOT_FOUND
        );
        let (response, wire) = upgrade(&[("origin", "https://evil.example")], WEBSOCKET_PATH);
        assert_eq!((response.status(), wire), (StatusCode::FORBIDDEN, None));
        let body = response.into_body().try_into_bytes().unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("https://evil.example"), "{body}");
        assert!(body.contains("allowed_origins"), "{body}");
        let request = TestRequest::with_uri(WEBSOCKET_PATH).finish();
        let (response, wire) = answer(&request, &Origins::parse("").unwrap(), true);
        assert_eq!(
            (response.status(), wire),
            (StatusCode::UPGRADE_REQUIRED, None)
        );
        assert_eq!(
            response.headers().get(header::UPGRADE).unwrap(),
            "websocket"
        );
        let mut old = TestRequest::with_uri(WEBSOCKET_PATH);
        old.insert_header(("upgrade", "websocket"))
            .insert_header(("connection", "upgrade"))
            .insert_header(("sec-websocket-version", "8"));
        let (response, _) = answer(&old.finish(), &Origins::parse("").unwrap(), true);
        assert_eq!(response.status(), StatusCode::UPGRADE_REQUIRED);
        let version = response.headers().get(header::SEC_WEBSOCKET_VERSION);
        assert_eq!(version.unwrap(), "13");
    }

    /// Lines of a request's head, of which any may be missing, doubled or garbage.
    fn any_line() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("upgrade: websocket".to_owned()),
            Just("connection: upgrade".to_owned()),
            Just("sec-websocket-version: 13".to_owned()),
            Just(format!("{}: {}", KEY.0, KEY.1)),
            "sec-websocket-extensions: (permessage-deflate|client_max_window_bits|[;,=\" 0-9]){0,6}",
            "sec-websocket-protocol: [a-z, \\-]{0,40}",
            "(origin|host): [ -~]{0,30}",
            "[a-z\\-]{1,20}: [ -~]{0,30}",
            "[ -~]{0,40}",
        ]
    }

    #[actix_rt::test]
    async fn no_request_makes_the_upgrade_panic() {
        let origins = Origins::parse("http://{host}:8080").unwrap();
        let target = "(/connection/websocket)?[!-~]{0,20}";
        let rest = vec(any::<u8>(), 0..40);
        proptest!(|(target in target, lines in vec(any_line(), 0..9), rest in rest)| {
            let head = format!("GET {target} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
            let mut bytes = BytesMut::from([head.as_bytes(), &rest].concat().as_slice());
            if let Ok(Some(h1::Message::Item(request))) = h1::Codec::default().decode(&mut bytes) {
                let (response, wire) = answer(&request, &origins, true);
                let upgrades = response.status() == StatusCode::SWITCHING_PROTOCOLS;
                prop_assert_eq!(upgrades, wire.is_some());
            }
        });
    }
}
