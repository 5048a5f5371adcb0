//! Servers that others wrote, each with one room that everyone who connects is in.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddrV4},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use rookery_harness::{
    ports::free_ports,
    process::{Process, Program},
};
use tempfile::TempDir;

use super::{Door, Server, Subject};
use crate::{
    orders::Dialect,
    publish::{Publisher, http::HttpPublisher},
};

const NCHAN_TEMPLATE: &str = include_str!("../../peers/nchan.conf");

/// Where Debian's package puts the module.
const NCHAN_MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// As many as the hub has.
const NCHAN_WORKERS: usize = 2;

/// How long a server may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// A server of somebody else's, beside which the hub is measured.
pub(crate) struct Peer {
    address: SocketAddrV4,
    dialect: Dialect,
    path: &'static str,
    process: Process,
    _folder: TempDir,
}

impl Peer {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When it is not installed or does not become ready.
    pub(crate) fn start(subject: Subject) -> Result<Self> {
        if let Some(missing) = missing(subject) {
            bail!(missing);
        }
        let folder = tempfile::tempdir()?;
        let [port] = free_ports()?;
        let (executable, args, dialect, path) = match subject {
            Subject::Nchan => {
                let configuration = nchan_configuration(folder.path(), port)?;
                let nginx = find("nginx").context("nginx is missing")?;
                let args = ["-c", &configuration, "-e", "stderr"].map(str::to_owned);
                (nginx, args.to_vec(), Dialect::Plain, "/websocket")
            }
            Subject::Ws => (node()?, script("ws.mjs", port), Dialect::Plain, "/"),
            Subject::SocketIo => (
                node()?,
                script("socket-io.mjs", port),
                Dialect::SocketIo,
                "/socket.io/?EIO=4&transport=websocket",
            ),
            Subject::Floor => {
                let args = vec!["floor".into(), port.to_string()];
                (env::current_exe()?, args, Dialect::Plain, "/")
            }
            Subject::Hub | Subject::Baseline => bail!("the hub is no peer of itself"),
        };
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let program = Program {
            name: subject.name().into(),
            executable,
            args,
            env: Vec::new(),
            log: folder.path().join("log"),
            ready_url: format!("http://{address}/ready"),
        };
        let mut process = program.start()?;
        process.wait_until_ready(READY_WITHIN)?;
        Ok(Self {
            address,
            dialect,
            path,
            process,
            _folder: folder,
        })
    }

    /// The same server, spoken to by event streams.
    pub(crate) fn with_event_streams(mut self) -> Self {
        self.dialect = Dialect::EventStream;
        self.path = "/sse";
        self
    }
}

impl Server for Peer {
    fn door(&self) -> Result<Door> {
        Ok(Door {
            address: self.address,
            dialect: self.dialect,
            path: self.path.into(),
            topics: vec!["room".into()],
        })
    }

    fn processes(&self) -> Result<Vec<u32>> {
        Ok(vec![self.process.pid()])
    }

    fn holders(&self) -> Result<Vec<u32>> {
        self.processes()
    }

    fn publisher(&self) -> Result<Box<dyn Publisher>> {
        Ok(Box::new(HttpPublisher::connect(self.address, "/publish")?))
    }
}

/// What has to be installed before a subject can be measured.
pub(crate) fn missing(subject: Subject) -> Option<String> {
    match subject {
        Subject::Nchan if !Path::new(NCHAN_MODULE).is_file() => {
            Some("nchan is missing: `apt-get install libnginx-mod-nchan`".into())
        }
        Subject::Ws | Subject::SocketIo if !peers().join("node_modules").is_dir() => {
            let folder = "infra/bench/peers";
            Some(format!(
                "{} is missing: `npm ci` in {folder}",
                subject.name()
            ))
        }
        _ => None,
    }
}

fn peers() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"))
}

fn script(name: &str, port: u16) -> Vec<String> {
    vec![peers().join(name).display().to_string(), port.to_string()]
}

fn node() -> Result<PathBuf> {
    find("node").context("node is missing")
}

fn nchan_configuration(folder: &Path, port: u16) -> Result<String> {
    // As root, nginx would give its rights away to somebody who cannot enter our folder.
    let user_line = if nix::unistd::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let values = [
        ("MODULE", NCHAN_MODULE.to_owned()),
        ("USER_LINE", user_line.to_owned()),
        ("WORKERS", NCHAN_WORKERS.to_string()),
        ("FOLDER", folder.display().to_string()),
        ("PORT", port.to_string()),
    ];
    let text = values
        .iter()
        .fold(NCHAN_TEMPLATE.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        });
    let path = folder.join("nginx.conf");
    fs::write(&path, text)?;
    Ok(path.display().to_string())
}

/// Where a program is.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Where Debian has the programs that only root has in its path.
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
