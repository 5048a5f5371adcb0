//! Whether a program that runs on this machine is ready, for health checks of containers: their
//! images hold nothing that could ask.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::public_tls::provider;

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// An answer is a status line, some headers and a short reason.
const ANSWER_MAX_BYTES: u64 = 8 * 1024;

/// Why a program is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It does not answer.
    #[error("nothing answers at {0}: {1}")]
    Silent(SocketAddr, #[source] io::Error),
    /// It says so itself.
    #[error("not ready: {0}")]
    Refused(String),
}

/// Asks `/health/ready` of the program that listens at `listen`, by TLS if it does so.
///
/// # Errors
/// [`NotReady`].
pub fn ask(listen: SocketAddr, by_tls: bool) -> Result<(), NotReady> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let answer = connect(address)
        .and_then(|stream| {
            if by_tls {
                get(secured(address, stream)?, address)
            } else {
                get(stream, address)
            }
        })
        .map_err(|error| NotReady::Silent(address, error))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(())
    } else {
        Err(NotReady::Refused(format!("{status} {body}")))
    }
}

/// Where to reach a program that listens on every address.
fn reachable(listen: IpAddr) -> IpAddr {
    match listen {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    Ok(stream)
}

fn secured(
    address: SocketAddr,
    stream: TcpStream,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), ServerName::from(address.ip()))
        .map_err(io::Error::other)?;
    Ok(StreamOwned::new(client, stream))
}

fn get(mut stream: impl Read + Write, address: SocketAddr) -> io::Result<String> {
    let request =
        format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Believes whoever answers. Nothing secret is said to a program on this machine, the certificate
/// names others than this address, and a program that is ready shows the old one for a while after
/// its files were renewed.
#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use rookery_harness::certificates::Certificates;
    use rustls::{ServerConfig, ServerConnection};

    use super::*;
    use crate::public_tls::{ShownCertificate, tests::config};

    /// Answers one request and returns it.
    fn answer(mut stream: impl Read + Write, answer: &str) -> String {
        let mut request = [0; 256];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    }

    /// What [`ask`] makes of a program that answers so.
    fn asked(said: &'static str, tls: Option<Arc<ServerConfig>>) -> Result<(), NotReady> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let by_tls = tls.is_some();
        let program = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let Some(tls) = tls else {
                return answer(stream, said);
            };
            let mut stream = StreamOwned::new(ServerConnection::new(tls).unwrap(), stream);
            let request = answer(&mut stream, said);
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            request
        });
        let asked = ask(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)), by_tls);
        assert!(program.join().unwrap().starts_with("GET /health/ready "));
        asked
    }

    #[test]
    fn program_that_serves_by_tls_is_asked_by_tls() {
        let certificates = Certificates::make().unwrap();
        let config = config(certificates.certificate("hub"), certificates.key("hub"));
        let shown = ShownCertificate::new(&config).unwrap().unwrap();
        let tls = || Some(shown.server().unwrap());
        assert!(asked("HTTP/1.1 204 No Content\r\n\r\n", tls()).is_ok());
        let refused = asked("HTTP/1.1 503 Service Unavailable\r\n\r\n", tls());
        assert!(matches!(refused, Err(NotReady::Refused(_))));
    }

    #[test]
    fn answer_is_understood() {
        assert!(asked("HTTP/1.1 204 No Content\r\n\r\n", None).is_ok());
        let draining = "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"code\":\"draining\"}";
        let refused = asked(draining, None);
        let reason = refused.unwrap_err().to_string();
        assert_eq!(reason, "not ready: 503 {\"code\":\"draining\"}");
    }

    #[test]
    fn silence_is_not_readiness() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(matches!(ask(address, false), Err(NotReady::Silent(..))));
    }
}
