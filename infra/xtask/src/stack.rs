//! What a stack consists of: who runs where, with which configuration.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use rookery_bootstrap::{repository, tools};
use rookery_harness::{ports::free_ports, process::Program};

use crate::{
    artifacts::Artifacts,
    data_dir::{DataDir, Secrets},
    stack_file::{ProcessEntry, StackFile},
    supervisor,
    up::Options,
};

/// What a program may take to stop beyond what its own configuration says.
const STOP_RESERVE: Duration = Duration::from_secs(4);

/// Ports that only the stack itself uses.
struct InternalPorts {
    /// HTTP and gRPC of each core.
    cores: Vec<[u16; 2]>,
    /// The hub's ingress.
    hub_grpc: u16,
    /// The hub's server API.
    hub_api: u16,
    /// nginx's gRPC listener.
    nginx_grpc: u16,
}

/// Programs, their settings and their ports, before anything has started.
pub(crate) struct Stack {
    data_dir: DataDir,
    /// Process ids are still 0; [`Stack::remember`] fills them in.
    file: StackFile,
    /// In the same order as the file's processes.
    programs: Vec<Program>,
    /// How long each may take to stop.
    patience: Vec<Duration>,
}

struct Part {
    program: Program,
    stop_within: Duration,
    ports: BTreeMap<String, u16>,
}

impl Stack {
    /// Lays everything out in the data folder; starts nothing.
    ///
    /// # Errors
    /// A sentence: which port is taken, what cannot be written.
    pub(crate) fn prepare(
        options: &Options,
        data_dir: DataDir,
        artifacts: &Artifacts,
    ) -> Result<Self> {
        let listen = if options.host {
            Ipv4Addr::UNSPECIFIED
        } else {
            Ipv4Addr::LOCALHOST
        };
        let host = if options.host {
            address_in_the_network()?
        } else {
            Ipv4Addr::LOCALHOST.into()
        };
        for (port, option) in [
            (options.http_port, "--http-port"),
            (options.hub_port, "--hub-port"),
        ] {
            check_free(SocketAddr::from((listen, port)), option)?;
        }
        let layout = Layout {
            options,
            listen: listen.into(),
            public_url: format!("http://{host}:{}", options.http_port),
            secrets: data_dir.secrets(&artifacts.core)?,
            ports: InternalPorts::choose(options.cores)?,
            data_dir: &data_dir,
            artifacts,
        };
        let [watch, nginx] = layout.nginx()?;
        let mut parts = vec![watch, nginx];
        for index in 0..layout.ports.cores.len() {
            parts.push(layout.core(index)?);
        }
        parts.push(layout.hub()?);
        let file = StackFile {
            public_url: layout.public_url.clone(),
            hub_url: format!("http://{host}:{}", options.hub_port),
            admin_api_key_file: layout.secrets.admin_api_key.clone(),
            dashboard_api_key_file: layout.secrets.dashboard_api_key.clone(),
            supervisor_pid: std::process::id(),
            processes: parts.iter().map(Part::entry).collect::<Result<_>>()?,
        };
        let (programs, patience) = parts
            .into_iter()
            .map(|part| (part.program, part.stop_within))
            .unzip();
        Ok(Self {
            data_dir,
            file,
            programs,
            patience,
        })
    }

    /// The programs, in the order in which they are stopped: no new requests, then no new events,
    /// then no more connections.
    pub(crate) fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// How long each program may take to stop, in the programs' order.
    pub(crate) fn patience(&self) -> &[Duration] {
        &self.patience
    }

    /// Addresses and processes, without process ids.
    pub(crate) fn file(&self) -> &StackFile {
        &self.file
    }

    /// Writes down what runs: the process ids in the programs' order.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn remember(&self, pids: &[u32]) -> Result<()> {
        let mut file = self.file.clone();
        for (entry, pid) in file.processes.iter_mut().zip(pids) {
            entry.pid = *pid;
        }
        file.write(&self.data_dir)
    }

    /// Writes down that nothing runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn forget(&self) -> Result<()> {
        StackFile::remove(&self.data_dir)
    }
}

impl Part {
    fn entry(&self) -> Result<ProcessEntry> {
        let command = self
            .program
            .executable
            .file_name()
            .context("a program has a name")?;
        Ok(ProcessEntry {
            name: self.program.name.clone(),
            pid: 0,
            ports: self.ports.clone(),
            log: self.program.log.clone(),
            command: command.to_string_lossy().into_owned(),
            stop_within_ms: u64::try_from(self.stop_within.as_millis())?,
        })
    }
}

impl InternalPorts {
    fn choose(cores: usize) -> Result<Self> {
        let [hub_grpc, hub_api, nginx_grpc] = free_ports()?;
        let cores = (0..cores)
            .map(|_| free_ports())
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            cores,
            hub_grpc,
            hub_api,
            nginx_grpc,
        })
    }
}

struct Layout<'a> {
    options: &'a Options,
    listen: IpAddr,
    public_url: String,
    secrets: Secrets,
    ports: InternalPorts,
    data_dir: &'a DataDir,
    artifacts: &'a Artifacts,
}

impl Layout<'_> {
    fn core(&self, index: usize) -> Result<Part> {
        let name = format!("core-{}", index + 1);
        let [http, grpc] = self.ports.cores[index];
        let hub = self.options.hub_port;
        let database_url = match &self.options.database_url {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", self.data_dir.join("rookery.db").display()),
        };
        let env = [
            ("HTTP_LISTEN", loopback(http)),
            ("GRPC_LISTEN", loopback(grpc)),
            ("INSTANCE_ID", name.clone()),
            ("DATABASE_URL", database_url),
            (
                "BLOBS__URL",
                format!("file:{}", self.data_dir.join("blobs").display()),
            ),
            ("PUBLIC_URL", self.public_url.clone()),
            (
                "HUB__GRPC_URL",
                format!("http://{}", loopback(self.ports.hub_grpc)),
            ),
            (
                "HUB__WEBSOCKET_URL",
                format!("ws://{{host}}:{hub}/connection/websocket"),
            ),
            (
                "HUB__NOTIFICATION_SSE_URL",
                format!("http://{{host}}:{hub}/user/sse/notification"),
            ),
            ("INTERNAL_SECRET", in_file(&self.secrets.internal)),
            ("JWT__SIGNING_KEY", in_file(&self.secrets.signing_key)),
        ];
        let program = Program {
            executable: self.artifacts.core.clone(),
            args: Vec::new(),
            env: with_prefix("ROOKERY_CORE_", env),
            log: self.data_dir.log(&name)?,
            ready_url: format!("http://{}/health/ready", loopback(http)),
            name,
        };
        Ok(Part {
            stop_within: stop_within(&program)?,
            program,
            ports: named_ports(http, grpc),
        })
    }

    fn hub(&self) -> Result<Part> {
        let (port, grpc) = (self.options.hub_port, self.ports.hub_grpc);
        let env = [
            ("LISTEN", SocketAddr::from((self.listen, port)).to_string()),
            ("GRPC_LISTEN", loopback(grpc)),
            ("API_LISTEN", loopback(self.ports.hub_api)),
            ("INSTANCE_ID", "hub".to_owned()),
            (
                "CORE__URL",
                format!("http://{}", loopback(self.ports.nginx_grpc)),
            ),
            ("INTERNAL_SECRET", in_file(&self.secrets.internal)),
            ("ADMIN_API_KEY", in_file(&self.secrets.admin_api_key)),
            (
                "ALLOWED_ORIGINS",
                format!("http://{{host}}:{}", self.options.http_port),
            ),
        ];
        let mut env = with_prefix("ROOKERY_HUB_", env);
        // An older hub refuses keys that it does not know; a comparison shows no dashboard.
        if self.options.hub_program.is_none() {
            let key = in_file(&self.secrets.dashboard_api_key);
            env.extend(with_prefix("ROOKERY_HUB_", [("DASHBOARD_API_KEY", key)]));
        }
        let program = Program {
            name: "hub".into(),
            executable: self.artifacts.hub.clone(),
            args: Vec::new(),
            env,
            log: self.data_dir.log("hub")?,
            // The port for clients may serve TLS.
            ready_url: format!("http://{}/health/ready", loopback(self.ports.hub_api)),
        };
        let mut ports = named_ports(port, grpc);
        ports.insert("api".to_owned(), self.ports.hub_api);
        Ok(Part {
            stop_within: stop_within(&program)?,
            program,
            ports,
        })
    }

    /// nginx, and the script that keeps its list of cores right.
    fn nginx(&self) -> Result<[Part; 2]> {
        let folder = self.data_dir.join("nginx");
        let log = self.data_dir.log("nginx")?;
        let (port, grpc) = (self.options.http_port, self.ports.nginx_grpc);
        let ready_url = format!("http://{}/", loopback(port));
        let script = repository().join("infra/nginx/watch.sh").canonicalize()?;
        let watch = Program {
            name: "watch".into(),
            executable: script,
            args: Vec::new(),
            env: self.nginx_settings(&folder, &log)?,
            log: self.data_dir.log("watch")?,
            // It serves nobody itself.
            ready_url: ready_url.clone(),
        };
        write_configuration(&watch)?;
        let nginx = Program {
            name: "nginx".into(),
            executable: self.artifacts.nginx.clone(),
            args: [
                "-p",
                &text(&folder),
                "-c",
                &text(&folder.join("nginx.conf")),
                "-e",
                &text(&log),
            ]
            .map(str::to_owned)
            .into(),
            env: Vec::new(),
            log,
            ready_url,
        };
        let part = |program, ports| Part {
            program,
            stop_within: STOP_RESERVE,
            ports,
        };
        Ok([
            part(watch, BTreeMap::new()),
            part(nginx, named_ports(port, grpc)),
        ])
    }

    fn nginx_settings(&self, folder: &Path, log: &Path) -> Result<Vec<(String, String)>> {
        // As root, nginx would give its rights away to somebody who cannot enter our folders.
        let user_line = if nix::unistd::geteuid().is_root() {
            "user root;"
        } else {
            ""
        };
        let cores = self.ports.cores.iter();
        let cores: Vec<String> = cores
            .map(|[http, grpc]| format!("{}/{}", loopback(*http), loopback(*grpc)))
            .collect();
        let http_listen = SocketAddr::from((self.listen, self.options.http_port));
        let settings = [
            ("USER_LINE", user_line.to_owned()),
            ("FOLDER", text(folder)),
            ("ERROR_LOG", text(log)),
            ("ACCESS_LOG", text(&self.data_dir.log("nginx-access")?)),
            ("MIME_TYPES", text(&tools::nginx_mime_types()?)),
            ("CLIENT_FOLDER", text(&self.artifacts.client)),
            ("HTTP_LISTEN", http_listen.to_string()),
            ("GRPC_LISTEN", loopback(self.ports.nginx_grpc)),
            // The launcher asks the port for browsers.
            ("HEALTH_LISTEN", String::new()),
            ("CORES", cores.join(" ")),
            ("HUB_SERVER", loopback(self.options.hub_port)),
            ("HUB_PORT", self.options.hub_port.to_string()),
        ];
        Ok(with_prefix("ROOKERY_NGINX_", settings))
    }
}

/// Writes nginx's configuration for the first time.
fn write_configuration(watch: &Program) -> Result<()> {
    let written = Command::new(&watch.executable)
        .arg("write")
        .envs(watch.env.iter().map(|(key, value)| (key, value)))
        .output()
        .with_context(|| format!("cannot run {}", watch.executable.display()))?;
    if written.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&written.stderr);
    bail!("nginx's configuration cannot be written: {}", said.trim())
}

/// How long a program may take to stop: what its own configuration allows it, and a reserve.
fn stop_within(program: &Program) -> Result<Duration> {
    let printed = Command::new(&program.executable)
        .arg("--print-config")
        .envs(program.env.iter().map(|(key, value)| (key, value)))
        .output()
        .with_context(|| format!("cannot run {}", program.executable.display()))?;
    if !printed.status.success() {
        bail!("{}", String::from_utf8_lossy(&printed.stderr).trim());
    }
    let stopping_ms = stopping_ms(&String::from_utf8_lossy(&printed.stdout));
    Ok(Duration::from_millis(stopping_ms) + STOP_RESERVE)
}

/// The sum of what a printed configuration says about stopping.
fn stopping_ms(configuration: &str) -> u64 {
    let own = configuration
        .lines()
        .take_while(|line| !line.starts_with('['));
    own.filter_map(|line| line.split_once(" = "))
        .filter(|(key, _)| ["drain_ms", "stop_within_ms"].contains(key))
        .filter_map(|(_, value)| value.parse::<u64>().ok())
        .sum()
}

fn with_prefix<const N: usize>(prefix: &str, env: [(&str, String); N]) -> Vec<(String, String)> {
    env.map(|(key, value)| (format!("{prefix}{key}"), value))
        .into()
}

fn named_ports(http: u16, grpc: u16) -> BTreeMap<String, u16> {
    [("http".to_owned(), http), ("grpc".to_owned(), grpc)].into()
}

fn loopback(port: u16) -> String {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string()
}

fn in_file(path: &Path) -> String {
    format!("file:{}", path.display())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn check_free(address: SocketAddr, option: &str) -> Result<()> {
    TcpListener::bind(address).map(|_| ()).with_context(|| {
        format!(
            "port {} cannot be used; choose another one with {option}, or see who has it with \
             `ss -tlnp`",
            address.port()
        )
    })
}

/// Our address as others in the network see it.
fn address_in_the_network() -> Result<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // Chooses the way to an address kept for documentation (RFC 5737); sends nothing.
    socket
        .connect((Ipv4Addr::new(192, 0, 2, 1), 9))
        .context("this machine has no network that others could use; start without --host")?;
    Ok(socket.local_addr()?.ip())
}

/// Stops what a supervisor left running when it was killed.
///
/// # Errors
/// When something does not stop.
pub(crate) fn stop_leftovers(file: &StackFile) -> Result<()> {
    for ProcessEntry {
        name,
        pid,
        command,
        stop_within_ms,
        ..
    } in &file.processes
    {
        let limit = Duration::from_millis(*stop_within_ms);
        rookery_harness::process::stop_by_pid(*pid, command, limit)
            .with_context(|| format!("cannot stop {name} (process {pid})"))?;
    }
    Ok(())
}

/// Asks a supervisor to stop everything, and waits.
///
/// # Errors
/// When it does not stop.
pub(crate) fn stop_supervisor(file: &StackFile) -> Result<()> {
    let pid = file.supervisor_pid;
    let limit = file.stop_within() + STOP_RESERVE;
    rookery_harness::process::stop_by_pid(pid, supervisor::COMMAND, limit)
        .with_context(|| format!("cannot stop process {pid}"))
}

#[cfg(test)]
#[path = "stack_tests.rs"]
mod tests;
