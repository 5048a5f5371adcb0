//! The core: configuration → adapters → serve → drain.

use std::{
    error::Error,
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpServer, web::Data};
use clap::{Parser, Subcommand};
use core_service::{
    adapters::{
        inbound::{grpc::HubServices, http},
        outbound::{
            argon2::Argon2Hasher,
            db::Database,
            hub,
            jwt::{self, JwtKeys},
            system::{RandomIds, SystemClock},
        },
    },
    application::{
        accounts::{AccountRules, Accounts},
        chats::Chats,
        relay::Relay,
        topics::Topics,
    },
    config::Config,
};
use rookery_kit::{
    grpc::{DemandCredential, PresentCredential, reflection},
    memory, shutdown, telemetry,
};
use shared_proto::{
    DESCRIPTORS,
    core::v1::{
        auth_server::AuthServer, diagnostics_server::DiagnosticsServer, log_server::LogServer,
        receipts_server::ReceiptsServer,
    },
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::interceptor::InterceptedService;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

/// How often the relay looks for events that did not reach the hub.
const SWEEP_EVERY: Duration = Duration::from_millis(250);

#[derive(Parser)]
#[command(version, about = "Rookery's core: HTTP for clients, gRPC for the hub")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a new key for signing access tokens.
    GenerateKey {
        /// The file to write; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Some(Command::GenerateKey { out }) => generate_key(&out),
        None => run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the log may not have started yet")]
            {
                eprintln!("core-service: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn generate_key(out: &Path) -> Result<(), Failure> {
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)?;
    Ok(file.write_all(jwt::generate_key()?.as_bytes())?)
}

fn run() -> Result<(), Failure> {
    memory::take_small_pages();
    let config = Config::load()?;
    telemetry::init(&config.log)?;
    let clients = bind(config.http_listen, "http_listen")?;
    let hub = bind(config.grpc_listen, "grpc_listen")?;
    // gRPC has a runtime of its own, so that hub and clients do not wait for each other.
    let grpc = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .thread_name("grpc")
        .enable_all()
        .build()?;
    let served = actix_web::rt::System::new().block_on(serve(config, clients, hub, grpc.handle()));
    grpc.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn serve(
    config: Config,
    clients: TcpListener,
    hub_listener: TcpListener,
    grpc: &tokio::runtime::Handle,
) -> Result<(), Failure> {
    let secret = config.internal_secret()?.clone();
    let database = Arc::new(Database::open(&config.database_url, config.database_pool)?);
    let keys = Arc::new(JwtKeys::new(
        config.signing_key()?.reveal(),
        config.jwt.verification_keys_file.clone(),
    )?);
    let (publisher, connection) = {
        let _inside = grpc.enter();
        let credential = PresentCredential::new(&secret)?;
        hub::connect(
            &config.hub.grpc_url,
            &config.instance_id,
            credential,
            database.clone(),
        )?
    };
    let publisher = Arc::new(publisher);
    let accounts = Arc::new(Accounts {
        accounts: database.clone(),
        sessions: database.clone(),
        hasher: Arc::new(Argon2Hasher::new()?),
        issuer: keys.clone(),
        verifier: keys,
        publisher: publisher.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        rules: AccountRules {
            sign_up_open: config.sign_up_open,
            access_ttl_s: config.jwt.access_ttl_s,
            refresh_ttl_s: config.jwt.refresh_ttl_days * 24 * 60 * 60,
        },
    });
    let chats = Arc::new(Chats {
        chats: database.clone(),
        topics: database.clone(),
        publisher: publisher.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    });
    let services = HubServices {
        topics: Arc::new(Topics {
            accounts: accounts.clone(),
            topics: database.clone(),
        }),
        chats: chats.clone(),
        instance: config.instance_id.as_str().into(),
    };
    let relay = Arc::new(Relay {
        topics: database.clone(),
        publisher,
        clock: Arc::new(SystemClock),
        instance: config.instance_id.clone(),
    });
    grpc.spawn(connection.run());
    grpc.spawn(sweep(relay));
    grpc.spawn(serve_hub(
        hub_listener,
        services,
        DemandCredential::new(&secret),
    ));

    let leaving = Arc::new(AtomicBool::new(false));
    let services = Data::new(http::Services {
        accounts,
        chats,
        addresses: http::PublicAddresses {
            secure: config.public_url.starts_with("https:"),
            websocket_url: config.hub.websocket_url.clone(),
            notification_sse_url: config.hub.notification_sse_url.clone(),
        },
        is_ready: Box::new({
            let leaving = leaving.clone();
            move || !leaving.load(Ordering::Relaxed) && database.is_usable()
        }),
    });
    let server = HttpServer::new(move || App::new().configure(http::routes(services.clone())))
        .workers(config.workers)
        .worker_max_blocking_threads(8)
        .disable_signals()
        .shutdown_timeout(4)
        .listen(clients)?
        .run();
    let handle = server.handle();
    let server = actix_web::rt::spawn(server);
    tracing::info!(
        core = config.instance_id,
        http = %config.http_listen,
        grpc = %config.grpc_listen,
        database = config.database_url.split(':').next().unwrap_or_default(),
        "core is ready"
    );

    shutdown::requested().await?;
    leaving.store(true, Ordering::Relaxed);
    handle.stop(true).await;
    server.await??;
    tracing::info!("core has stopped");
    Ok(())
}

async fn serve_hub(listener: TcpListener, services: HubServices, credential: DemandCredential) {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<AuthServer<HubServices>>().await;
    let guarded = |credential: &DemandCredential| credential.clone();
    let served = async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tonic::transport::Server::builder()
            .tcp_nodelay(true)
            .add_service(health_service)
            .add_service(InterceptedService::new(
                reflection(DESCRIPTORS)?,
                guarded(&credential),
            ))
            .add_service(AuthServer::with_interceptor(
                services.clone(),
                guarded(&credential),
            ))
            .add_service(LogServer::with_interceptor(
                services.clone(),
                guarded(&credential),
            ))
            .add_service(ReceiptsServer::with_interceptor(
                services.clone(),
                guarded(&credential),
            ))
            .add_service(DiagnosticsServer::with_interceptor(services, credential))
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await?;
        Ok::<(), Failure>(())
    };
    if let Err(error) = served.await {
        tracing::error!(%error, "the hub is not served any more");
    }
}

async fn sweep(relay: Arc<Relay>) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let relay = relay.clone();
        match tokio::task::spawn_blocking(move || relay.sweep()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(events)) => tracing::info!(events, "published what had not reached the hub"),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn Error,
                    "relay could not look at the log"
                );
            }
            Err(error) => tracing::error!(%error, "relay panicked"),
        }
    }
}

fn bind(address: std::net::SocketAddr, key: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address} ({key}): {error}").into())
}
