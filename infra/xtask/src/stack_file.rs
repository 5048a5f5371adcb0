//! `stack.json`: what runs, for scripts and for the next start.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use rookery_harness::process;
use serde::{Deserialize, Serialize};

use crate::data_dir::DataDir;

const FILE: &str = "stack.json";

/// The content of `stack.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StackFile {
    /// Where people open the client.
    pub(crate) public_url: String,
    /// Where clients connect to the hub.
    pub(crate) hub_url: String,
    /// File with the key for the admin endpoints.
    pub(crate) admin_api_key_file: PathBuf,
    /// File with the key that the operator's page asks for. The file of an earlier version names
    /// none.
    #[serde(default)]
    pub(crate) dashboard_api_key_file: PathBuf,
    /// The launcher, which restarts what dies.
    pub(crate) supervisor_pid: u32,
    pub(crate) processes: Vec<ProcessEntry>,
}

/// A process of the stack.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ProcessEntry {
    /// `core-1`, `core-2` …, `hub`, `nginx`.
    pub(crate) name: String,
    /// Changes when it is restarted.
    pub(crate) pid: u32,
    /// Ports by what they serve: `http`, `grpc`.
    pub(crate) ports: BTreeMap<String, u16>,
    /// Where its log is.
    pub(crate) log: PathBuf,
    /// Name of the program's file: process ids are used again, so both are compared.
    pub(crate) command: String,
    /// How long it may take to stop, in milliseconds.
    #[serde(default)]
    pub(crate) stop_within_ms: u64,
}

impl StackFile {
    /// The file of a folder, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(data_dir: &DataDir) -> Result<Option<Self>> {
        let path = data_dir.join(FILE);
        match fs::read(&path) {
            Ok(json) => Ok(Some(
                serde_json::from_slice(&json).with_context(|| broken(&path))?,
            )),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| broken(&path)),
        }
    }

    /// Replaces the file as a whole: a reader sees the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, data_dir: &DataDir) -> Result<()> {
        let path = data_dir.join(FILE);
        let new = path.with_extension("json.new");
        fs::write(&new, serde_json::to_vec_pretty(self)?)
            .and_then(|()| fs::rename(&new, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes the file; nothing runs.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn remove(data_dir: &DataDir) -> Result<()> {
        match fs::remove_file(data_dir.join(FILE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// How long everything together may take to stop: one after the other.
    pub(crate) fn stop_within(&self) -> Duration {
        let all = self.processes.iter();
        Duration::from_millis(all.map(|process| process.stop_within_ms).sum())
    }

    /// Whether somebody looks after these processes.
    pub(crate) fn is_supervised(&self) -> bool {
        process::runs(self.supervisor_pid, crate::supervisor::COMMAND)
    }
}

fn broken(path: &Path) -> String {
    format!(
        "cannot read {}; stop what still runs and delete it",
        path.display()
    )
}
