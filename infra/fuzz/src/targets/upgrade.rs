//! The request that asks for a WebSocket.

use actix_http::{
    ServiceConfig, StatusCode,
    h1::{Codec, Message},
    header,
};
use actix_rt::Runtime;
use bytes::BytesMut;
use realtime_hub::{http::handshake, limits::origins::Origins, protocol::wire::Wire};
use tokio_util::codec::Decoder as _;

thread_local! {
    /// What parses requests has a clock that runs beside it, one for all of a thread's connections.
    static PARSER: (Runtime, ServiceConfig) = {
        let runtime = Runtime::new().expect("a runtime starts");
        let config = runtime.block_on(async { ServiceConfig::default() });
        (runtime, config)
    };
}

/// Any bytes on the hub's port: where they ask for an upgrade, they are answered by one, or by what
/// keeps them out.
pub(crate) fn upgrade(input: &[u8]) {
    PARSER.with(|(runtime, config)| runtime.block_on(async { check(input, config.clone()) }));
}

fn check(input: &[u8], config: ServiceConfig) {
    let mut codec = Codec::new(config);
    let Ok(Some(Message::Item(request))) = codec.decode(&mut BytesMut::from(input)) else {
        return;
    };
    let origins =
        Origins::parse("https://chat.example, http://{host}:8080").expect("origins are good");
    for deflates in [false, true] {
        let (response, wire) = handshake::answer(&request, &origins, deflates);
        let upgrades = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        assert_eq!(upgrades, wire.is_some());
        let headers = response.headers();
        assert_eq!(upgrades, headers.contains_key(header::SEC_WEBSOCKET_ACCEPT));
        let is_deflated = headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS);
        assert_eq!(is_deflated, wire.is_some_and(Wire::is_deflated));
        assert!(deflates || !is_deflated);
        if headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
            assert!(wire.is_some_and(|wire| !wire.is_json()));
        }
    }
}
