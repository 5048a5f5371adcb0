//! gRPC between core and hub with the certificates that `infra/tls/make-certificates.sh` makes.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use rookery_harness::certificates::Certificates;
use rookery_kit::{
    grpc_peers::incoming,
    mutual_tls::{self, GrpcTlsConfig, MutualTls},
};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

fn tls(certificates: &Certificates, name: &str) -> MutualTls {
    GrpcTlsConfig {
        ca_file: Some(certificates.certificate("ca")),
        certificate_file: Some(certificates.certificate(name)),
        key_file: Some(certificates.key(name)),
    }
    .read()
    .unwrap()
    .unwrap()
}

/// A server that shows the hub's certificate.
fn serve(tls: &MutualTls) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (_, health) = tonic_health::server::health_reporter();
    let server = mutual_tls::server(Some(tls)).unwrap().add_service(health);
    tokio::spawn(server.serve_with_incoming(incoming(listener).unwrap()));
    address
}

async fn is_answered(address: SocketAddr, tls: Option<&MutualTls>) -> bool {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{}", address.port());
    answers(mutual_tls::endpoint(&url, tls).unwrap()).await
}

async fn answers(endpoint: Endpoint) -> bool {
    let channel = endpoint.timeout(Duration::from_secs(5)).connect_lazy();
    let asked = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    asked.is_ok()
}

#[tokio::test]
async fn only_those_of_the_same_authority_are_answered() {
    let (ours, others) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let address = serve(&tls(&ours, "hub"));
    assert!(is_answered(address, Some(&tls(&ours, "core"))).await);
    // Another authority's certificate, and none at all.
    assert!(!is_answered(address, Some(&tls(&others, "core"))).await);
    assert!(!is_answered(address, None).await);
    // Somebody who knows the authority and has no certificate of it.
    let authority = Certificate::from_pem(fs::read(ours.certificate("ca")).unwrap());
    let stranger = Endpoint::from_shared(format!("https://localhost:{}", address.port()))
        .unwrap()
        .tls_config(ClientTlsConfig::new().ca_certificate(authority))
        .unwrap();
    assert!(!answers(stranger).await);
    // Our client talks to nobody of another authority.
    let impostor = serve(&tls(&others, "hub"));
    assert!(!is_answered(impostor, Some(&tls(&ours, "core"))).await);
}
