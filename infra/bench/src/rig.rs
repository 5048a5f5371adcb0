//! A server, its clients and its publisher, ready to be measured.

use std::{sync::atomic::AtomicBool, time::Duration};

use anyhow::{Result, bail};

use crate::{
    clock::{ms, now_ns},
    fleet::Fleet,
    orders::{Opening, Order, Tally},
    proc,
    publish::Load,
    servers::Server,
};

/// Connections that open within a second at least, on any machine.
const OPEN_PER_SECOND: u64 = 300;

/// How long events may be under way after the last one was published.
const ARRIVED_WITHIN: Duration = Duration::from_secs(20);

/// A server with connected clients and a publisher.
pub(crate) struct Rig {
    pub(crate) fleet: Fleet,
    pub(crate) load: Load,
    /// Process ids of the server.
    pub(crate) processes: Vec<u32>,
}

/// What one run has shown.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// Deliveries a second, from the first event's being due to the last one's arrival.
    pub(crate) per_second: f64,
    /// CPU time of all the server's processes, in microseconds.
    pub(crate) cpu_us: f64,
    /// What the clients counted.
    pub(crate) tally: Tally,
    /// Everything that was offered was published, and has arrived or was dropped.
    pub(crate) is_complete: bool,
}

impl Rig {
    /// Opens connections and waits until all of them hear everything.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub(crate) fn open(server: &dyn Server, opening: Opening, shards: usize) -> Result<Self> {
        let (connections, topics) = (opening.connections.len() as u64, opening.topics.len());
        let mut fleet = Fleet::start(opening, shards)?;
        fleet.wait_until_open(Duration::from_secs(20 + connections / OPEN_PER_SECOND))?;
        Ok(Self {
            fleet,
            load: Load::new(server.publisher()?, topics),
            processes: proc::with_descendants(&server.processes()?)?,
        })
    }

    /// Publishes at a rate for a time and waits until everything has arrived.
    ///
    /// # Errors
    /// When a process has ended.
    pub(crate) fn measure(&mut self, per_second: f64, time: Duration) -> Result<Measured> {
        self.fleet.tell(&Order::Measure)?;
        let (start, cpu_before) = (now_ns(), proc::cpu_us(&self.processes)?);
        let offered = self.load.run(per_second, time, &AtomicBool::new(false))?;
        // A server that is overloaded is found by what has not arrived.
        let is_taken = self.load.flush(ARRIVED_WITHIN).is_ok();
        let is_settled = self.fleet.settle(ARRIVED_WITHIN)?;
        let cpu_after = proc::cpu_us(&self.processes)?;
        let tally = self.fleet.report(&self.load.published)?;
        let took_ms = ms(tally.last_at.saturating_sub(start)).max(time.as_secs_f64() * 1e3);
        Ok(Measured {
            per_second: float(tally.deliveries) / took_ms * 1e3,
            cpu_us: float(cpu_after - cpu_before),
            is_complete: is_taken && is_settled && offered.is_whole,
            tally,
        })
    }

    /// As [`Self::measure`], for a rate that every server must manage.
    ///
    /// # Errors
    /// When not everything has arrived, a connection or a process has ended.
    pub(crate) fn measure_whole(&mut self, per_second: f64, time: Duration) -> Result<Measured> {
        let measured = self.measure(per_second, time)?;
        let Tally {
            faults, endings, ..
        } = &measured.tally;
        if !measured.is_complete || !endings.is_empty() {
            bail!("not everything has arrived: {faults:?}, ended: {endings:?}");
        }
        Ok(measured)
    }
}

impl Measured {
    /// CPU time of the server for one delivery, in microseconds.
    pub(crate) fn cpu_per_delivery(&self) -> f64 {
        self.cpu_us / float(self.tally.deliveries)
    }

    /// The latency that this share of the deliveries does not exceed, in milliseconds.
    pub(crate) fn latency_ms(&self, share: f64) -> f64 {
        ms(self.tally.latency.quantile(share))
    }

    /// The greatest latency, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        ms(self.tally.latency.max())
    }
}

/// A count as what tables calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run, far below 2^53"
)]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
