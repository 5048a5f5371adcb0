//! A whole Rookery as the launcher starts it: nginx, cores, hub and database.

use std::{
    collections::BTreeMap,
    env, fs,
    net::SocketAddrV4,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rookery_harness::ports::free_ports;
use serde::Deserialize;
use tempfile::TempDir;

/// A running stack over a data folder of its own. It stops when this is dropped.
pub(crate) struct Launched {
    /// The launcher, beside this program.
    xtask: PathBuf,
    folder: TempDir,
}

/// `stack.json`, as far as it is needed.
#[derive(Deserialize)]
struct StackFile {
    public_url: String,
    hub_url: String,
    processes: Vec<ProcessEntry>,
}

/// A process of the stack.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ProcessEntry {
    pub(crate) name: String,
    pub(crate) pid: u32,
    pub(crate) ports: BTreeMap<String, u16>,
    pub(crate) log: PathBuf,
}

impl Launched {
    /// Starts everything. `args` go to the launcher, `env` to every process.
    ///
    /// # Errors
    /// When something does not start.
    pub(crate) fn start(args: &[&str], env: &[(String, String)]) -> Result<Self> {
        let stack = Self {
            xtask: env::current_exe()?.with_file_name("xtask"),
            folder: tempfile::tempdir()?,
        };
        let [http, hub] = free_ports()?.map(|port| port.to_string());
        let own = [
            "up",
            "--detach",
            "--no-build",
            "--http-port",
            &http,
            "--hub-port",
            &hub,
        ];
        stack.run(&[&own, args].concat(), env)?;
        Ok(stack)
    }

    /// Where people open the client.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn public_url(&self) -> Result<String> {
        Ok(self.file()?.public_url)
    }

    /// Where browsers reach the API.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn api_address(&self) -> Result<SocketAddrV4> {
        address(&self.file()?.public_url)
    }

    /// Where clients connect to the hub.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn hub_address(&self) -> Result<SocketAddrV4> {
        address(&self.file()?.hub_url)
    }

    /// Everything that runs.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn processes(&self) -> Result<Vec<ProcessEntry>> {
        Ok(self.file()?.processes)
    }

    /// What runs under this name now; another process id after it was started again.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn process(&self, name: &str) -> Result<ProcessEntry> {
        let mut processes = self.processes()?.into_iter();
        let found = processes.find(|process| process.name == name);
        found.with_context(|| format!("the stack has no process {name}"))
    }

    /// Sends a signal to one of them.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        let pid = self.process(name)?.pid;
        kill(Pid::from_raw(pid.cast_signed()), signal)?;
        Ok(())
    }

    /// A secret of the stack.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(crate) fn secret(&self, name: &str) -> Result<String> {
        let path = self.path(format!("secrets/{name}"));
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        Ok(text.trim().to_owned())
    }

    /// A file of the data folder.
    pub(crate) fn path(&self, file: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(file)
    }

    fn file(&self) -> Result<StackFile> {
        let json = fs::read(self.path("stack.json"))?;
        Ok(serde_json::from_slice(&json)?)
    }

    fn run(&self, args: &[&str], env: &[(String, String)]) -> Result<()> {
        let output = Command::new(&self.xtask)
            .args(args)
            .arg("--data-dir")
            .arg(self.folder.path())
            .envs(env.iter().map(|(key, value)| (key, value)))
            .output()
            .with_context(|| format!("cannot run {}", self.xtask.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`xtask {}` failed: {said}", args.join(" "));
        }
        Ok(())
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // Nobody is left to whom a failure could be told.
        let _ = self.run(&["down"], &[]);
    }
}

fn address(url: &str) -> Result<SocketAddrV4> {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    Ok(address.parse()?)
}
