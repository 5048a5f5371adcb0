//! Connections for tests, with hardly any room in them.

use std::{net, sync::Arc, thread};

use actix_rt::net::TcpStream;
use rookery_harness::certificates::Certificates;
use rookery_kit::public_tls::{PublicTlsConfig, ShownCertificate};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use socket2::SockRef;

use super::tls::TlsStream;
use crate::limits::places::{ConnectionLimits, Place};

/// A place where there is no lack of them.
pub(crate) fn place() -> Place {
    ConnectionLimits::new(1, None).admit(None).unwrap()
}

/// A connection, and its peer.
pub(crate) fn connection() -> (TcpStream, net::TcpStream) {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
    let ours = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    SockRef::from(&ours).set_send_buffer_size(4096).unwrap();
    ours.set_nonblocking(true).unwrap();
    let (peer, _) = listener.accept().unwrap();
    (TcpStream::from_std(ours).unwrap(), peer)
}

/// A peer under TLS.
pub(crate) type TlsPeer = StreamOwned<ClientConnection, net::TcpStream>;

/// What both ends of a connection under TLS know.
pub(crate) struct Tls {
    pub(crate) server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Tls {
    pub(crate) fn new() -> Self {
        let certificates = Certificates::make().unwrap();
        let config = PublicTlsConfig {
            certificate_file: Some(certificates.certificate("hub")),
            key_file: Some(certificates.key("hub")),
            ..PublicTlsConfig::default()
        };
        let shown = ShownCertificate::new(&config).unwrap().unwrap();
        let authority = CertificateDer::from_pem_file(certificates.certificate("ca")).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(authority).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            server: shown.server().unwrap(),
            client: Arc::new(client),
        }
    }

    /// A connection whose ends have agreed on a key.
    pub(crate) async fn connection(&self) -> (TlsStream, TlsPeer) {
        let (ours, peer) = connection();
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(self.client.clone(), name).unwrap();
        let peer = thread::spawn(move || {
            let mut peer = StreamOwned::new(client, peer);
            while peer.conn.is_handshaking() {
                peer.conn.complete_io(&mut peer.sock).unwrap();
            }
            peer
        });
        let stream = TlsStream::accept(ours, self.server.clone()).await.unwrap();
        (stream, peer.join().unwrap())
    }
}
