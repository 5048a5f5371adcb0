//! A stack with the keys and the memory that `compose.yaml` gives it, as processes on loopback: in
//! containers, Docker's proxy makes one address of all clients.

use std::fs;

use anyhow::{Context as _, Result};
use rookery_harness::postgres::Postgres;

use super::launched::Launched;
use crate::proc;

/// Bytes of a mebibyte.
pub(crate) const MIB: u64 = 1024 * 1024;

/// What `mem_limit` is, in bytes.
pub(crate) const HUB_BYTES: u64 = 1024 * MIB;
pub(crate) const CORE_BYTES: u64 = 512 * MIB;
pub(crate) const NGINX_BYTES: u64 = 1024 * MIB;

/// Keys that compose sets to something else than their defaults.
const HUB_KEYS: [(&str, &str); 2] = [
    ("ROOKERY_HUB_LIMITS__CONNECTIONS", "60000"),
    ("ROOKERY_HUB_DRAIN_MS", "5000"),
];

/// Names of the cores.
pub(crate) const CORES: [&str; 2] = ["core-1", "core-2"];

/// The stack. It stops when this is dropped, and then its database.
pub(crate) struct Composed {
    pub(crate) stack: Launched,
    /// Of the stack's own database.
    pub(crate) database_url: String,
    /// Goes last.
    pub(crate) database: Postgres,
}

/// The most memory that was seen, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peaks {
    pub(crate) hub: u64,
    /// Of the core that had most.
    pub(crate) core: u64,
    /// Of all of nginx's processes together.
    pub(crate) nginx: u64,
}

impl Composed {
    /// Starts everything.
    ///
    /// # Errors
    /// When something does not start.
    pub(crate) fn start() -> Result<Self> {
        let database = Postgres::start_durable()?;
        let url = database.create_database()?;
        let keys = HUB_KEYS.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let stack = Launched::start(&["--database-url", &url], &keys)?;
        Ok(Self {
            stack,
            database_url: url,
            database,
        })
    }

    /// The hub's metrics now.
    ///
    /// # Errors
    /// When the hub does not answer.
    pub(crate) fn metrics(&self) -> Result<Metrics> {
        let port = self.stack.process("hub")?.ports["api"];
        let mut answer = ureq::get(format!("http://127.0.0.1:{port}/metrics")).call()?;
        Ok(Metrics(answer.body_mut().read_to_string()?))
    }

    /// How often a core or the hub says in its log that it panicked.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub(crate) fn panics(&self) -> Result<usize> {
        let mut panics = 0;
        for name in CORES.iter().chain(&["hub"]) {
            let log = fs::read_to_string(self.stack.process(name)?.log)?;
            panics += log.matches("panicked").count();
        }
        Ok(panics)
    }

    /// Raises the peaks to what there is now. A process that has just been killed is not asked.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn watch(&self, peaks: &mut Peaks) -> Result<()> {
        let raise = |peak: &mut u64, bytes: Result<u64>| *peak = (*peak).max(bytes.unwrap_or(0));
        raise(
            &mut peaks.hub,
            proc::peak_bytes(self.stack.process("hub")?.pid),
        );
        for core in CORES {
            raise(
                &mut peaks.core,
                proc::peak_bytes(self.stack.process(core)?.pid),
            );
        }
        let nginx = proc::with_descendants(&[self.stack.process("nginx")?.pid])?;
        raise(&mut peaks.nginx, proc::pss_bytes(&nginx));
        Ok(())
    }
}

/// The hub's metrics at a moment.
pub(crate) struct Metrics(String);

impl Metrics {
    /// The value of a metric, summed over its labels.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(crate) fn get(&self, name: &str) -> Result<f64> {
        let mut values = self.0.lines().filter_map(|line| {
            let (sample, value) = line.rsplit_once(' ')?;
            let found = sample.split('{').next()?;
            (found == name).then(|| value.parse::<f64>().ok()).flatten()
        });
        let first = values.next();
        let first = first.with_context(|| format!("the hub has no metric {name}"))?;
        Ok(values.fold(first, |sum, value| sum + value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_memory_are_those_of_compose() {
        let compose = include_str!("../../../../compose.yaml");
        for set in [
            "ROOKERY_HUB_LIMITS__CONNECTIONS: ${ROOKERY_HUB_CONNECTIONS:-60000}",
            "ROOKERY_HUB_DRAIN_MS: ${ROOKERY_HUB_DRAIN_MS:-5000}",
            "mem_limit: ${ROOKERY_HUB_MEMORY:-1g}",
            "mem_limit: ${ROOKERY_CORE_MEMORY:-512m}",
            "mem_limit: ${ROOKERY_NGINX_MEMORY:-1g}",
            "scale: 2",
        ] {
            assert!(compose.contains(set), "compose.yaml no longer says {set}");
        }
    }

    #[test]
    fn metric_is_summed_over_its_labels() {
        let metrics = Metrics("# TYPE a gauge\na{of=\"x\"} 1\na{of=\"y\"} 2\nab 5\n".into());
        assert!((metrics.get("a").unwrap() - 3.0).abs() < 1e-9);
        assert!(metrics.get("b").is_err());
    }
}
