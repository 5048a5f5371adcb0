//! Where clients reach the system, by the operator's word alone.

use actix_web::http::{
    Uri,
    uri::{InvalidUri, Scheme},
};

/// Names of this machine. Whoever came by one of them is here, and reaches the hub here.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Where clients reach the system.
#[derive(Clone, Debug)]
pub struct PublicAddresses {
    /// Scheme, host and port of the client's pages.
    origin: String,
    host: String,
    is_secure: bool,
    websocket_url: String,
    notification_sse_url: String,
}

/// Why an address is none.
#[derive(Debug, thiserror::Error)]
pub enum PublicUrlError {
    /// It does not parse.
    #[error("public_url is no address: {0}")]
    Form(#[from] InvalidUri),
    /// It is relative, or of another kind.
    #[error("public_url needs http:// or https:// and a host, such as https://chat.example")]
    Incomplete,
}

impl PublicAddresses {
    /// `public_url` is where people open the client. In the hub's addresses `{host}` stands for its
    /// host.
    ///
    /// # Errors
    /// [`PublicUrlError`].
    pub fn new(
        public_url: &str,
        websocket_url: &str,
        notification_sse_url: &str,
    ) -> Result<Self, PublicUrlError> {
        let url: Uri = public_url.parse()?;
        let (Some(scheme), Some(authority)) = (url.scheme(), url.authority()) else {
            return Err(PublicUrlError::Incomplete);
        };
        if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) || authority.host().is_empty() {
            return Err(PublicUrlError::Incomplete);
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}").to_ascii_lowercase(),
            host: authority.host().to_owned(),
            is_secure: *scheme == Scheme::HTTPS,
            websocket_url: websocket_url.to_owned(),
            notification_sse_url: notification_sse_url.to_owned(),
        })
    }

    /// Whether cookies travel by https alone.
    pub(super) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The origin of the client's pages.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The hub's WebSocket, for a client whose request named this host.
    pub(super) fn websocket_url(&self, host: Option<&str>) -> String {
        self.websocket_url.replace("{host}", self.host(host))
    }

    /// The hub's event stream, to which `/{user_id}` is added, for such a client.
    pub(super) fn notification_sse_url(&self, host: Option<&str>) -> String {
        self.notification_sse_url.replace("{host}", self.host(host))
    }

    fn host<'a>(&'a self, asked: Option<&'a str>) -> &'a str {
        let name = asked.map(without_port);
        name.filter(|name| LOOPBACK.contains(name))
            .unwrap_or(&self.host)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(public_url: &str) -> Result<PublicAddresses, PublicUrlError> {
        PublicAddresses::new(public_url, "ws://{host}:8081/ws", "http://{host}:8081/sse")
    }

    #[track_caller]
    fn check_hub(asked: Option<&str>, websocket_url: &str) {
        let addresses = addresses("https://chat.example:8443").unwrap();
        assert_eq!(addresses.websocket_url(asked), websocket_url);
    }

    #[test]
    fn host_is_the_operators_word_or_this_machine() {
        check_hub(None, "ws://chat.example:8081/ws");
        check_hub(Some("chat.example:8443"), "ws://chat.example:8081/ws");
        check_hub(Some("evil.example"), "ws://chat.example:8081/ws");
        check_hub(Some("localhost:8080"), "ws://localhost:8081/ws");
        check_hub(Some("[::1]:8080"), "ws://[::1]:8081/ws");
        check_hub(Some("[::1]"), "ws://[::1]:8081/ws");
        let sse = addresses("http://192.0.2.1:8080").unwrap();
        let url = sse.notification_sse_url(Some("192.0.2.9"));
        assert_eq!(url, "http://192.0.2.1:8081/sse");
    }

    #[test]
    fn public_url_has_a_scheme_and_a_host() {
        assert!(addresses("https://Chat.Example/").unwrap().is_secure());
        let origin = addresses("https://Chat.Example/").unwrap();
        assert_eq!(origin.origin(), "https://chat.example");
        for wrong in [
            "",
            "chat.example",
            "/chat",
            "ftp://chat.example",
            "http://",
            "http:// x",
        ] {
            assert!(addresses(wrong).is_err(), "{wrong}");
        }
    }
}
