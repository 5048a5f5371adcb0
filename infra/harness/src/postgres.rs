//! A PostgreSQL server of our own, thrown away afterwards.

use std::{
    env,
    fs::{self, File},
    io::{self, Read as _, Seek as _},
    net::Ipv4Addr,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::unistd::Uid;

use crate::ports::free_ports;

/// How long it may take to make a cluster and to start.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How often it is asked whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// PostgreSQL refuses to run as root.
const UNPRIVILEGED_USER: &str = "postgres";

/// Makes a cluster, runs the server, and takes both away when standard input ends: when the
/// [`Postgres`] is dropped, or its process is gone, however it ended.
const SUPERVISE: &str = r#"
set -e
data=$(mktemp -d "${TMPDIR:-/tmp}/rookery-postgres.XXXXXX")
trap 'rm -rf "$data"' EXIT
"$1/initdb" --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync
"$1/postgres" -D "$data" -h 127.0.0.1 -p "$2" -k "" \
    -c fsync="$3" -c full_page_writes="$3" -c max_connections=300 -c shared_buffers=64MB &
read -r _ || true
kill -INT $!
wait $!
"#;

/// Why there is no PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// It is not installed.
    #[error(
        "PostgreSQL's server is neither in PATH nor in /usr/lib/postgresql; \
         install it, on Debian with `apt-get install postgresql`"
    )]
    NotInstalled,
    /// It runs and is not usable.
    #[error("PostgreSQL is not ready; its last words:\n{0}")]
    NotReady(String),
    /// One of its tools reports an error.
    #[error("{tool} failed: {words}")]
    Tool {
        /// Name of the tool.
        tool: &'static str,
        /// What it said.
        words: String,
    },
    /// A process or a file cannot be made.
    #[error("cannot run PostgreSQL: {0}")]
    System(#[from] io::Error),
}

/// A running server. It stops when this is dropped, and when this process ends.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    supervisor: Child,
    /// Its end tells the supervisor to stop.
    hold: Option<ChildStdin>,
}

/// Whether a commit waits until the disk has it.
#[derive(Clone, Copy)]
enum Disk {
    Ignored,
    Awaited,
}

impl Postgres {
    /// Makes a cluster and starts its server on a free port of 127.0.0.1. It never waits for a disk:
    /// nobody needs its data after a power cut.
    ///
    /// # Errors
    /// [`PostgresError`], with what to do.
    pub fn start() -> Result<Self, PostgresError> {
        Self::start_with(Disk::Ignored)
    }

    /// The same, for measurements: a commit waits for the disk, as in production.
    ///
    /// # Errors
    /// [`PostgresError`], with what to do.
    pub fn start_durable() -> Result<Self, PostgresError> {
        Self::start_with(Disk::Awaited)
    }

    fn start_with(disk: Disk) -> Result<Self, PostgresError> {
        let programs = programs().ok_or(PostgresError::NotInstalled)?;
        let [port] = free_ports()?;
        let mut log = tempfile::tempfile()?;
        let mut supervisor = supervise(&programs, port, disk, &log)?;
        let hold = supervisor.stdin.take();
        let databases = AtomicU32::new(0);
        let mut postgres = Self {
            programs,
            port,
            databases,
            supervisor,
            hold,
        };
        if postgres.becomes_ready()? {
            return Ok(postgres);
        }
        let mut words = String::new();
        log.rewind()?;
        log.read_to_string(&mut words)?;
        Err(PostgresError::NotReady(words))
    }

    /// The server that all tests of this process share.
    ///
    /// # Errors
    /// [`PostgresError`], the same for everyone who asks.
    pub fn shared() -> Result<&'static Self, &'static PostgresError> {
        static SHARED: OnceLock<Result<Postgres, PostgresError>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Errors
    /// [`PostgresError::Tool`].
    pub fn create_database(&self) -> Result<String, PostgresError> {
        let name = format!("rookery_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = self.tool("createdb").arg(&name).output()?;
        if !made.status.success() {
            let words = String::from_utf8_lossy(&made.stderr).into_owned();
            return Err(PostgresError::Tool {
                tool: "createdb",
                words,
            });
        }
        Ok(format!(
            "postgres://postgres@{}:{}/{name}",
            Ipv4Addr::LOCALHOST,
            self.port
        ))
    }

    fn becomes_ready(&mut self) -> io::Result<bool> {
        let start = Instant::now();
        while start.elapsed() < READY_WITHIN && self.supervisor.try_wait()?.is_none() {
            if self.tool("pg_isready").arg("--quiet").status()?.success() {
                return Ok(true);
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(false)
    }

    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(self.programs.join(name));
        tool.args(["--host=127.0.0.1", "--username=postgres"]);
        tool.arg(format!("--port={}", self.port))
            .stdin(Stdio::null());
        tool
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.hold.take());
        // Nobody is left to whom a failure could be told.
        let _ = self.supervisor.wait();
    }
}

fn supervise(programs: &Path, port: u16, disk: Disk, log: &File) -> io::Result<Child> {
    let mut command = if Uid::effective().is_root() {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={UNPRIVILEGED_USER}"))
            .arg(format!("--regid={UNPRIVILEGED_USER}"))
            .args(["--init-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command
        .args(["-c", SUPERVISE, "postgres-supervisor"])
        .arg(programs)
        .arg(port.to_string())
        .arg(match disk {
            Disk::Ignored => "off",
            Disk::Awaited => "on",
        })
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        // A Ctrl-C at the terminal must leave it alive until it has stopped the server.
        .process_group(0)
        .spawn()
}

/// The newest installation's folder of programs.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut installed: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    installed.sort_by_key(|path| {
        let version = path
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str());
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    env::split_paths(&path).chain(installed).find(|folder| {
        ["initdb", "postgres", "createdb"]
            .iter()
            .all(|name| folder.join(name).is_file())
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn server_lives_as_long_as_its_value() {
        let postgres = Postgres::start().unwrap();
        let first = postgres.create_database().unwrap();
        assert_ne!(first, postgres.create_database().unwrap());
        let address = (Ipv4Addr::LOCALHOST, postgres.port);
        assert!(TcpStream::connect(address).is_ok());
        drop(postgres);
        assert!(TcpStream::connect(address).is_err());
    }
}
