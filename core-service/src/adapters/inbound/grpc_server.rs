//! The server of the services in [`super::grpc`], on the private network.

use std::{error::Error, net::TcpListener};

use rookery_kit::{
    grpc::{DemandCredential, reflection},
    grpc_peers::incoming,
    mutual_tls::{self, MutualTls},
};
use shared_proto::{
    DESCRIPTORS,
    core::v1::{
        auth_server::AuthServer, diagnostics_server::DiagnosticsServer, log_server::LogServer,
        receipts_server::ReceiptsServer,
    },
};
use tonic::service::interceptor::InterceptedService;

use super::grpc::HubServices;

/// Serves until `stop` resolves and what is under way has been answered.
///
/// # Errors
/// When the listener or the certificates cannot be used.
pub async fn serve(
    listener: TcpListener,
    services: HubServices,
    credential: DemandCredential,
    tls: Option<&MutualTls>,
    stop: impl Future<Output = ()>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AuthServer<HubServices>>().await;
    let guarded = || credential.clone();
    mutual_tls::server(tls)?
        .add_service(health_service)
        .add_service(InterceptedService::new(reflection(DESCRIPTORS)?, guarded()))
        .add_service(AuthServer::with_interceptor(services.clone(), guarded()))
        .add_service(LogServer::with_interceptor(services.clone(), guarded()))
        .add_service(ReceiptsServer::with_interceptor(
            services.clone(),
            guarded(),
        ))
        .add_service(DiagnosticsServer::with_interceptor(services, guarded()))
        .serve_with_incoming_shutdown(incoming(listener)?, stop)
        .await?;
    Ok(())
}
