//! The realtime hub: configuration → parts → serve → drain.

use std::{
    error::Error,
    io::Write as _,
    net::TcpListener,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor as _, Arbiter};
use actix_rt::System;
use clap::{Parser, Subcommand};
use realtime_hub::{
    admin::stream::{Admin, TellNews},
    api::{ServerApi, grpc::HubService},
    config::Config,
    connection::registry::Users,
    cores::{control, gateway::CoreGateway, start_up_check::StartUpCheck},
    counters::{Stats, journal::Kind},
    http::{self, server, site::Site},
    identity::{
        Authority,
        api_keys::{self, Scope},
        ticket::Tickets,
    },
    ingress::{service::IngressService, stream::Destination},
    lifecycle::{self, Readiness},
    limits::{connect_pace::ConnectPace, inbound::InboundBudget},
    rooms::{
        Rooms,
        ports::{LogSource, NoLogs},
    },
    session::{emulation::Sessions, ports::Grants, services::Services},
};
use rookery_kit::{
    config::{Configuration as _, command_line::ConfigOptions},
    grpc::{DemandCredential, PresentCredential, reflection},
    grpc_peers::incoming,
    health, memory,
    mutual_tls::{self, MutualTls},
    process,
    public_tls::ShownCertificate,
    secret::Secret,
    shutdown, telemetry,
    trace::Traces,
};
use shared_proto::{
    DESCRIPTORS,
    hub::{api::v1::hub_server::HubServer, v1::ingress_server::IngressServer},
};
use tokio::{sync::watch, task::JoinSet};
use tonic::service::interceptor::InterceptedService;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Parser)]
#[command(
    version,
    about = "Rookery's realtime hub: holds every WebSocket and event stream"
)]
struct Arguments {
    #[command(flatten)]
    config: ConfigOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Asks the hub that runs here with this configuration whether it is ready.
    Health,
    /// Makes an API key: prints it, once, and the lines of the configuration that make it known.
    GenerateApiKey {
        /// What the key is called: letters, digits, `_` and `-`.
        #[arg(long, value_parser = api_keys::parse_name)]
        name: String,
        /// What the key is for: `stats`, `read`, `content`, `publish`, `manage`.
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<Scope>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Some(Command::Health) => arguments
            .config
            .of_running(|config: Config| Ok(health::ask(config.listen, config.tls.is_on())?)),
        Some(Command::GenerateApiKey { name, scopes }) => generate_api_key(&name, &scopes),
        None => arguments.config.with(run),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the log may not have started yet")]
            {
                eprintln!("realtime-hub: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn generate_api_key(name: &str, scopes: &[Scope]) -> Result<(), Failure> {
    let (key, lines) = api_keys::generate(name, scopes);
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "# The key, which nobody can show again:\n# {}\n{lines}",
        key.reveal()
    )?;
    Ok(())
}

fn run(config: Config) -> Result<(), Failure> {
    memory::take_small_pages();
    let listeners = Listeners::bind(&config)?;
    // gRPC has a runtime of its own, so that cores and clients do not wait for each other.
    let grpc = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("grpc")
        .enable_all()
        .build()?;
    let traces = {
        let _inside = grpc.enter();
        Traces::new(&config.trace, Config::PROGRAM, &config.instance_id)?
    };
    telemetry::init(&config.log, &traces)?;
    allow_connections(config.limits.connections);
    let served = System::new().block_on(serve(config, listeners, grpc.handle().clone()));
    drop(traces);
    grpc.shutdown_timeout(Duration::from_secs(1));
    served
}

/// Files that a hub opens beside its connections: listeners, streams of cores, certificates, logs.
const OTHER_FILES: u64 = 1_000;

/// A connection is an open file: says so when the system allows fewer files than the configuration
/// does connections. Those that are too many would be dropped without an answer.
fn allow_connections(connections: usize) {
    match process::allow_open_files() {
        Ok(files) if files < connections as u64 + OTHER_FILES => tracing::warn!(
            files,
            connections,
            "the system allows fewer open files than limits.connections needs: raise the limit \
             (`ulimit -n`, LimitNOFILE=, compose's nofile) or lower the key"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

async fn serve(
    config: Config,
    listeners: Listeners,
    grpc: tokio::runtime::Handle,
) -> Result<(), Failure> {
    shutdown::outlive_hangups()?;
    let secret = config.internal_secret()?;
    let tls = config.grpc_tls.read()?;
    let threads: Vec<Arbiter> = (0..config.room_threads).map(|_| Arbiter::new()).collect();
    let Deciders {
        authority,
        grants,
        logs,
        core,
    } = {
        let _inside = grpc.enter();
        Deciders::new(&config, &secret, tls.as_ref())?
    };
    let counters = Arc::<Stats>::default();
    let users = Arc::new(Users::new(config.limits.per_user));
    let rooms = Rooms::new(
        config.namespaces()?,
        threads.iter().map(Arbiter::handle).collect(),
        counters.clone(),
        users.clone(),
        logs,
    );
    let readiness = Arc::new(Readiness::new(authority.clone()));
    let services = Arc::new(Services {
        authority,
        grants,
        rooms,
        users,
        receipts: core.is_some().then(Arc::default),
        emulated: Sessions::default(),
        inbound: InboundBudget::new(config.limits.inbound_bytes),
        pace: ConnectPace::new(config.limits.connects_per_second, Instant::now()),
        counters,
        connection: config.connection.clone(),
        instance_id: config.instance_id.clone(),
    });

    let mut essential = JoinSet::new();
    let ingress = core
        .as_ref()
        .map(|core| work_with(core, &services, &grpc, &mut essential));
    let credential = DemandCredential::new(&secret);
    let api = ServerApi::new(&services, Arc::new(config.api_keys()), grpc.clone());
    let tickets = Tickets::new(&secret);
    let site = Site::new(&config, services, &api, readiness, tickets)?;
    let grpc_api = HubService::new(api.clone(), Some(secret.fingerprint()));
    essential.spawn_on(
        serve_grpc(listeners.cores, ingress, grpc_api, credential, tls),
        &grpc,
    );
    if let Some(listener) = listeners.back_ends {
        // Ends with the process: a back-end's call is short.
        let served = http::api::serve(listener, api, &site)?;
        essential.spawn_local(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the server API is not served any more");
            }
        });
    }

    let admin = Admin::new(site.sources.clone()).start();
    let certificate = ShownCertificate::new(&config.tls)?;
    let clients_tls = certificate
        .as_ref()
        .map(ShownCertificate::server)
        .transpose()?;
    if let Some(certificate) = certificate {
        grpc.spawn(certificate.follow_files());
    }
    let (server, handle) = server::serve(listeners.clients, clients_tls, &site, &admin)?;
    let server = actix_rt::spawn(server);
    tracing::info!(
        hub = config.instance_id,
        clients = %config.listen,
        tls = config.tls.is_on(),
        cores = %config.grpc_listen,
        core = core.as_ref().map(|_| config.core.url().to_owned()),
        "hub is open"
    );
    let journal = &site.services.counters.lifecycle;
    journal.note(Kind::HubStarted, "ready");

    tokio::select! {
        requested = shutdown::requested() => requested?,
        // A hub that lacks a part of itself would look ready and be none: whoever supervises it
        // starts it anew.
        Some(_) = essential.join_next() => {
            return Err("a part of the hub has ended; the log says which".into());
        }
    }
    journal.note(Kind::HubLeaving, "asked to stop");
    // Without admins there is nobody to tell.
    let _ = admin.send(TellNews).await;
    let over = Duration::from_millis(config.drain_ms);
    lifecycle::drain(&site.readiness, &site.services.users, over).await;
    if let (Some(core), Some(receipts)) = (&core, &site.services.receipts) {
        receipts.flush_to(core).await;
    }
    handle.stop(false).await;
    server.await??;
    tracing::info!("hub has stopped");
    Ok(())
}

/// Everything that is listened on.
struct Listeners {
    clients: TcpListener,
    cores: TcpListener,
    back_ends: Option<TcpListener>,
}

impl Listeners {
    fn bind(config: &Config) -> Result<Self, Failure> {
        let back_ends = config.api_listen.map(|address| bind(address, "api_listen"));
        Ok(Self {
            clients: bind(config.listen, "listen")?,
            cores: bind(config.grpc_listen, "grpc_listen")?,
            back_ends: back_ends.transpose()?,
        })
    }
}

/// Whoever decides whose a token is and what its owner may hear, and keeps what was said.
struct Deciders {
    authority: Arc<dyn Authority>,
    grants: Arc<dyn Grants>,
    logs: Arc<dyn LogSource>,
    /// The cores, if it is they.
    core: Option<CoreGateway>,
}

impl Deciders {
    /// Keys that an operator has configured, or the cores. Inside the runtime that the calls to
    /// cores are made on.
    fn new(config: &Config, secret: &Secret, tls: Option<&MutualTls>) -> Result<Self, Failure> {
        if let Some(keys) = config.standalone.keys()? {
            let keys = Arc::new(keys.remembering(&config.standalone)?);
            return Ok(Self {
                authority: keys.clone(),
                grants: keys,
                logs: Arc::new(NoLogs),
                core: None,
            });
        }
        let credential = PresentCredential::new(secret)?;
        let core = CoreGateway::new(&config.core, tls, credential)?;
        Ok(Self {
            authority: Arc::new(core.clone()),
            grants: Arc::new(core.clone()),
            logs: Arc::new(core.clone()),
            core: Some(core),
        })
    }
}

/// Starts what a hub does with its cores, with what it cannot do without; returns where they publish.
fn work_with(
    core: &CoreGateway,
    services: &Services,
    grpc: &tokio::runtime::Handle,
    essential: &mut JoinSet<()>,
) -> IngressService {
    let Services {
        rooms,
        users,
        counters,
        receipts,
        instance_id,
        ..
    } = services;
    if let Some(receipts) = receipts {
        let (receipts, core) = (receipts.clone(), core.clone());
        essential.spawn_on(async move { receipts.report_to(&core).await }, grpc);
    }
    essential.spawn_on(core.clone().watch(), grpc);
    grpc.spawn(note_cores(counters.clone(), core.reachability()));
    grpc.spawn(control::follow(rooms.clone()));
    let check = {
        let _inside = grpc.enter();
        StartUpCheck::start(counters.clone(), core.clone())
    };
    IngressService {
        to: Destination {
            rooms: rooms.clone(),
            users: users.clone(),
            counters: counters.clone(),
        },
        hub_id: instance_id.clone(),
        thread: Arbiter::new().handle(),
        check,
    }
}

async fn serve_grpc(
    listener: TcpListener,
    ingress: Option<IngressService>,
    api: HubService,
    credential: DemandCredential,
    tls: Option<MutualTls>,
) {
    let (health, health_service) = tonic_health::server::health_reporter();
    if ingress.is_some() {
        health.set_serving::<IngressServer<IngressService>>().await;
    }
    health.set_serving::<HubServer<HubService>>().await;
    let served =
        async {
            mutual_tls::server(tls.as_ref())?
                .http2_keepalive_interval(Some(Duration::from_secs(10)))
                .add_service(health_service)
                .add_service(InterceptedService::new(
                    reflection(DESCRIPTORS)?,
                    credential.clone(),
                ))
                .add_optional_service(ingress.map(|ingress| {
                    InterceptedService::new(IngressServer::new(ingress), credential)
                }))
                .add_service(HubServer::new(api))
                .serve_with_incoming(incoming(listener)?)
                .await?;
            Ok::<(), Failure>(())
        };
    if let Err(error) = served.await {
        tracing::error!(%error, "gRPC is not served any more");
    }
}

/// Takes note of when cores can be asked and when not.
async fn note_cores(counters: Arc<Stats>, mut reachable: watch::Receiver<bool>) {
    while reachable.changed().await.is_ok() {
        let (kind, text) = if *reachable.borrow_and_update() {
            (Kind::CoreReachable, "a core answers")
        } else {
            (Kind::CoreUnreachable, "no core answers")
        };
        counters.lifecycle.note(kind, text);
    }
}

fn bind(address: std::net::SocketAddr, key: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address} ({key}): {error}").into())
}
