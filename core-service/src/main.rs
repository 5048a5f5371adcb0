//! The core: configuration → adapters → serve → drain.
//!
//! Long because it is the one place that puts every use case together with what it drives.

mod jobs;

use std::{
    error::Error,
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web::Data};
use clap::{Parser, Subcommand};
use core_service::{
    adapters::{
        inbound::{grpc::HubServices, grpc_server, http},
        outbound::{
            argon2::Argon2Hasher,
            blobs::FolderBlobs,
            db::{Database, MigrateError},
            hub,
            jwt::JwtKeys,
            links::HmacLinks,
            pages::WebPages,
            pictures::MediaFiles,
            sealing::SealingKeys,
            system::{RandomIds, SharedClock},
            web::Web,
        },
    },
    application::{
        accounts::{self, AccountRules, Accounts, second_factor},
        chats::Chats,
        contacts::Contacts,
        deletion::AccountRemoval,
        disappearing::Disappearing,
        invites::Invites,
        keeping::Keeping,
        media::Media,
        messages::Messages,
        ports::PageReader,
        posting::Posting,
        previews::Previews,
        profiles::Profiles,
        relay::Relay,
        retention::Retention,
        search::{Indexing, Search},
        topics::Topics,
        uploads::{Uploads, sweep::UploadSweep},
    },
    config::Config,
    lifecycle::{Ended, Lifecycle, serve_until},
};
use futures_util::FutureExt as _;
use rookery_kit::{
    config::{Configuration as _, command_line::ConfigOptions},
    ed25519::Ed25519Key,
    grpc::{DemandCredential, PresentCredential},
    health,
    http::KEEP_ALIVE,
    memory,
    secret::Secret,
    shutdown, telemetry,
    trace::Traces,
};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

/// Pause before a database that did not answer is asked again.
const MIGRATE_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long the last events may take to reach the hub.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

#[derive(Parser)]
#[command(version, about = "Rookery's core: HTTP for clients, gRPC for the hub")]
struct Arguments {
    #[command(flatten)]
    config: ConfigOptions,
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
    /// Lets somebody sign in at once whose account was guessed at and has to wait.
    Unlock {
        /// The account.
        handle: String,
    },
    /// Lets somebody sign in with their password alone who has lost their second factor.
    SecondFactorOff {
        /// The account.
        handle: String,
    },
    /// Asks the core that runs here with this configuration whether it is ready.
    Health,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::GenerateKey { out }) => generate_key(out),
        Some(Command::Health) => arguments
            .config
            .of_running(|config: Config| Ok(health::ask(config.http_listen, false)?)),
        Some(Command::Unlock { handle }) => arguments
            .config
            .of_running(|config: Config| unlock(&config, handle)),
        Some(Command::SecondFactorOff { handle }) => arguments
            .config
            .of_running(|config: Config| second_factor_off(&config, handle)),
        None => arguments.config.with(run),
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
    Ok(file.write_all(Ed25519Key::generate()?.to_pem()?.as_bytes())?)
}

fn unlock(config: &Config, handle: &str) -> Result<(), Failure> {
    let database = Database::new(&config.database_url, 2)?;
    accounts::unlock(&database, &database, handle)?;
    Ok(())
}

fn second_factor_off(config: &Config, handle: &str) -> Result<(), Failure> {
    let database = Database::new(&config.database_url, 2)?;
    second_factor::turn_second_factor_off(&database, &database, handle)?;
    Ok(())
}

fn run(config: Config) -> Result<(), Failure> {
    memory::take_small_pages();
    let clients = bind(config.http_listen, "http_listen")?;
    let hub = bind(config.grpc_listen, "grpc_listen")?;
    // gRPC has a runtime of its own, so that hub and clients do not wait for each other.
    let grpc = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .thread_name("grpc")
        .enable_all()
        .build()?;
    let traces = {
        let _inside = grpc.enter();
        Traces::new(&config.trace, Config::PROGRAM, &config.instance_id)?
    };
    telemetry::init(&config.log, &traces)?;
    // Requests that read or write a file wait for these threads, so that these wait for nobody.
    let disk = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .thread_name("disk")
        .build()?;
    let blobs = FolderBlobs::new(config.blobs_folder()?, disk.handle().clone());
    // Looks names up, which may take long.
    let web = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("web")
        .build()?;
    let pages = pages(&config, web.handle());
    let served = actix_web::rt::System::new().block_on(serve(
        config,
        clients,
        hub,
        grpc.handle(),
        blobs,
        pages,
    ));
    drop(traces);
    disk.shutdown_timeout(Duration::from_secs(1));
    // A name server that does not answer is not waited for.
    web.shutdown_background();
    grpc.shutdown_timeout(Duration::from_secs(1));
    served
}

/// What looks at pages, if that is wanted and possible: a chat without previews is better than none.
fn pages(config: &Config, runtime: &tokio::runtime::Handle) -> Option<Arc<dyn PageReader>> {
    if !config.web.link_previews {
        return None;
    }
    match Web::new(config.web.allow_private_addresses, runtime.clone()) {
        Ok(web) => Some(Arc::new(WebPages::new(web))),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn Error,
                "links have no previews; install the certificates of authorities (ca-certificates)"
            );
            None
        }
    }
}

async fn serve(
    config: Config,
    clients: TcpListener,
    hub_listener: TcpListener,
    grpc: &tokio::runtime::Handle,
    blobs: FolderBlobs,
    pages: Option<Arc<dyn PageReader>>,
) -> Result<(), Failure> {
    shutdown::outlive_hangups()?;
    let secret = config.internal_secret()?.clone();
    let tls = config.grpc_tls.read()?;
    let database = Arc::new(Database::new(&config.database_url, config.database_pool)?);
    let lifecycle = Arc::new(Lifecycle::new(database.clone()));
    let clock = Arc::new(SharedClock::default());
    let keys = Arc::new(JwtKeys::new(
        config.signing_key()?.reveal(),
        config.jwt.verification_keys_file.clone(),
        clock.clone(),
    )?);
    let (publisher, connection) = {
        let _inside = grpc.enter();
        let credential = PresentCredential::new(&secret)?;
        hub::connect(
            &config.hub.grpc_url,
            tls.as_ref(),
            &config.instance_id,
            credential,
            database.clone(),
        )?
    };
    let publisher = Arc::new(publisher);
    let accounts = Arc::new(Accounts {
        accounts: database.clone(),
        sessions: database.clone(),
        attempts: database.clone(),
        factors: database.clone(),
        deletions: database.clone(),
        sealer: Arc::new(SealingKeys::new(
            config.signing_key()?.reveal(),
            config.jwt.former_signing_key.as_ref().map(Secret::reveal),
        )?),
        devices: keys.clone(),
        hasher: Arc::new(Argon2Hasher::new()?),
        issuer: keys.clone(),
        verifier: keys,
        publisher: publisher.clone(),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
        rules: AccountRules {
            sign_up_open: config.sign_up_open,
            access_ttl_s: config.jwt.access_ttl_s,
            refresh_ttl_s: config.jwt.refresh_ttl_days * 24 * 60 * 60,
            sessions_max: config.sessions_per_person,
        },
    });
    let chats = Arc::new(Chats {
        chats: database.clone(),
        posting: Posting::to(database.clone(), publisher.clone()),
        publisher: publisher.clone(),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
        chats_max: config.chats_per_person,
    });
    let hub_services = HubServices {
        topics: Arc::new(Topics {
            accounts: accounts.clone(),
            topics: database.clone(),
        }),
        chats: chats.clone(),
        instance: config.instance_id.as_str().into(),
    };
    let retention = Arc::new(Retention {
        leases: database.clone(),
        store: database.clone(),
        clock: clock.clone(),
        instance: config.instance_id.clone(),
        refresh_ttl_s: config.jwt.refresh_ttl_days * 24 * 60 * 60,
    });
    let relay = Arc::new(Relay {
        leases: database.clone(),
        topics: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
        instance: config.instance_id.clone(),
    });
    let messages = Arc::new(Messages {
        messages: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
        windows: config.messages.windows(),
    });
    let reactions = messages.clone();
    let contacts = Arc::new(Contacts {
        contacts: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
        blocks_max: config.blocks_per_person,
    });
    let keeping = Arc::new(Keeping {
        store: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
    });
    let invites = Arc::new(Invites {
        store: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
        chats_max: config.chats_per_person,
    });
    let blobs = Arc::new(blobs);
    let uploads = Arc::new(Uploads {
        uploads: database.clone(),
        attachments: database.clone(),
        blobs: blobs.clone(),
        reader: Arc::new(MediaFiles),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
        rules: config.uploads.rules(),
    });
    let media = Arc::new(Media {
        attachments: database.clone(),
        blobs: blobs.clone(),
        signer: Arc::new(HmacLinks::new(config.signing_key()?.reveal())?),
        clock: clock.clone(),
        link_ttl_s: config.uploads.link_ttl_s,
    });
    let profiles = Arc::new(Profiles {
        profiles: database.clone(),
        uploads: database.clone(),
        blobs: blobs.clone(),
        reader: Arc::new(MediaFiles),
        publisher: publisher.clone(),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
    });
    let previews = Arc::new(Previews {
        previews: database.clone(),
        pages,
        uploads: database.clone(),
        blobs: blobs.clone(),
        reader: Arc::new(MediaFiles),
        clock: clock.clone(),
        ids: Arc::new(RandomIds),
    });
    let upload_sweep = Arc::new(UploadSweep {
        leases: database.clone(),
        uploads: database.clone(),
        previews: database.clone(),
        blobs,
        clock: clock.clone(),
        instance: config.instance_id.clone(),
    });
    let indexing = Arc::new(Indexing {
        leases: database.clone(),
        store: database.clone(),
        clock: clock.clone(),
        instance: config.instance_id.clone(),
    });
    let account_removal = Arc::new(AccountRemoval {
        leases: database.clone(),
        store: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
        instance: config.instance_id.clone(),
    });
    let disappearing = Arc::new(Disappearing {
        leases: database.clone(),
        store: database.clone(),
        publisher: publisher.clone(),
        clock: clock.clone(),
        instance: config.instance_id.clone(),
    });
    let services = Data::new(http::Services::new(
        http::UseCases {
            accounts,
            chats,
            disappearing: disappearing.clone(),
            messages,
            keeping,
            invites,
            contacts,
            uploads,
            media,
            search: Arc::new(Search {
                store: database.clone(),
            }),
            profiles,
            previews,
        },
        config.public_addresses()?,
        &config.limits.allowances(),
        config.hashing.as_http(),
        config.uploads.pictures_at_once,
    ));
    let server = serve_clients(&config, clients, services, lifecycle.clone())?;
    let handle = server.handle();
    let mut server = actix_web::rt::spawn(server);

    let stop = shutdown::requested();
    tokio::pin!(stop);
    let migrated = tokio::select! {
        // Not on this thread's runtime: a stop need not wait for a connection attempt.
        migrated = grpc.spawn(prepare(database.clone(), clock.clone())) => migrated?.map(|()| true)?,
        stopped = &mut stop => stopped.map(|()| false)?,
    };
    let (stop_hub, stopped) = oneshot::channel::<()>();
    let mut ended = Ok(());
    if migrated {
        // The first one tells load balancers that this core can be used.
        let first = database.clone();
        grpc.spawn_blocking(move || jobs::beat(&first)).await?;
        lifecycle.migrated();
        grpc.spawn(connection.run());
        jobs::spawn(
            grpc,
            jobs::Jobs {
                database,
                clock,
                relay,
                reactions,
                retention,
                uploads: upload_sweep,
                indexing,
                account_removal,
                disappearing,
                remove_files_every: Duration::from_secs(config.uploads.sweep_every_s),
            },
        );
        let credential = DemandCredential::new(&secret);
        let hub_server = grpc.spawn(async move {
            // Nothing is sent: the sender's end is the sign.
            let stop = stopped.map(|_| ());
            grpc_server::serve(hub_listener, hub_services, credential, tls.as_ref(), stop).await
        });
        tracing::info!(
            core = config.instance_id,
            http = %config.http_listen,
            grpc = %config.grpc_listen,
            database = config.database_url.split(':').next().unwrap_or_default(),
            "core is ready"
        );
        ended = serve_until(&mut stop, hub_server, &mut server).await;
        if let Err(error) = &ended {
            tracing::error!(%error, "the core ends, too");
        }
        if matches!(ended, Err(Ended::Http(_))) {
            // Nothing is under way that could be answered.
            return Ok(ended?);
        }
    }

    // No new requests, then no new events, then no more questions.
    lifecycle.drain();
    sleep(Duration::from_millis(config.drain_ms)).await;
    handle.stop(true).await;
    server.await??;
    if timeout(FLUSH_WITHIN, publisher.flushed()).await.is_err() {
        tracing::warn!("the hub was not told of everything; another replica will do so");
    }
    drop(stop_hub);
    tracing::info!("core has stopped");
    Ok(ended?)
}

/// Health is told from the first moment on; requests wait for the database.
fn serve_clients(
    config: &Config,
    listener: TcpListener,
    services: Data<http::Services>,
    lifecycle: Arc<Lifecycle>,
) -> std::io::Result<Server> {
    let lifecycle = Data::from(lifecycle);
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(http::head_like_get))
            .configure(http::routes(services.clone(), lifecycle.clone()))
    });
    Ok(server
        .workers(config.workers)
        .worker_max_blocking_threads(8)
        .keep_alive(KEEP_ALIVE)
        .disable_signals()
        .shutdown_timeout(config.stop_within_ms.div_ceil(1_000))
        .listen(listener)?
        .run())
}

/// Brings the schema up to date, and takes the database's time before the first request needs it.
async fn prepare(database: Arc<Database>, clock: Arc<SharedClock>) -> Result<(), Failure> {
    migrate(database.clone()).await?;
    tokio::task::spawn_blocking(move || jobs::set_clock(&database, &clock)).await?;
    Ok(())
}

/// Brings the schema up to date, as soon as the database can be reached.
async fn migrate(database: Arc<Database>) -> Result<(), Failure> {
    let mut is_known = false;
    loop {
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.migrate()).await? {
            Err(MigrateError::Unreachable(error)) => {
                if !is_known {
                    tracing::warn!(%error, "the database cannot be reached; trying on");
                }
                is_known = true;
                sleep(MIGRATE_AGAIN_AFTER).await;
            }
            migrated => return Ok(migrated?),
        }
    }
}

fn bind(address: std::net::SocketAddr, key: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address} ({key}): {error}").into())
}
