//! The client processes of one server, as the bench sees them.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::{
    orders::{Answer, Opening, Order, Progress, Published, Tally},
    patience,
    worker::Worker,
};

/// How long nothing may come before everything has come.
const QUIET_FOR: Duration = Duration::from_millis(500);

/// The client processes. They end when this is dropped.
pub(crate) struct Fleet {
    shards: Vec<Worker>,
    connections: u64,
}

impl Fleet {
    /// Begins to open connections, spread over so many processes.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub(crate) fn start(mut opening: Opening, shards: usize) -> Result<Self> {
        let plans = std::mem::take(&mut opening.connections);
        let connections = plans.len() as u64;
        let mut fleet = Self {
            shards: (0..shards)
                .map(|index| Worker::start(&["shard", &index.to_string()]))
                .collect::<Result<_>>()?,
            connections,
        };
        let part = plans.len().div_ceil(shards).max(1);
        let mut parts = plans.chunks(part);
        opening.in_flight = opening.in_flight.div_ceil(shards);
        for shard in &mut fleet.shards {
            let connections = parts.next().unwrap_or_default().to_vec();
            let opening = Opening {
                connections,
                ..opening.clone()
            };
            shard.tell(&Order::Open(Box::new(opening)))?;
        }
        fleet.answers()?;
        Ok(fleet)
    }

    /// Waits until every connection is open.
    ///
    /// # Errors
    /// With the reasons, when one is not.
    pub(crate) fn wait_until_open(&mut self, within: Duration) -> Result<()> {
        let connections = self.connections;
        patience::becomes(within, || {
            let progress = self.progress()?;
            Ok(progress.open + progress.ended >= connections)
        })?;
        let open = self.progress()?.open;
        if open < connections {
            let endings = self.report(&Published::new())?.endings;
            bail!("only {open} of {connections} connections are open: {endings:?}");
        }
        Ok(())
    }

    /// Waits until nothing comes any more, at most so long. False when something still comes.
    ///
    /// # Errors
    /// When a client process has ended.
    pub(crate) fn settle(&mut self, within: Duration) -> Result<bool> {
        let mut before = None;
        patience::becomes(within, || {
            patience::pause(QUIET_FOR)?;
            let now = Some(self.progress()?.deliveries);
            let settled = now == before;
            before = now;
            Ok(settled)
        })
    }

    /// How far they are.
    ///
    /// # Errors
    /// When a client process has ended.
    pub(crate) fn progress(&mut self) -> Result<Progress> {
        let mut sum = Progress::default();
        for answer in self.ask(&Order::Progress)? {
            if let Answer::Progress(progress) = answer {
                sum.add(progress);
            }
        }
        Ok(sum)
    }

    /// What was counted; `published` says what should have come. Without it, only what is missing
    /// between two that came is lost.
    ///
    /// # Errors
    /// When a client process has ended.
    pub(crate) fn report(&mut self, published: &Published) -> Result<Tally> {
        let mut sum = Tally::default();
        for answer in self.ask(&Order::Report(published.clone()))? {
            if let Answer::Report(tally) = answer {
                sum.add(*tally);
            }
        }
        Ok(sum)
    }

    /// Tells all of them something that is answered by its being done.
    ///
    /// # Errors
    /// When a client process has ended.
    pub(crate) fn tell(&mut self, order: &Order) -> Result<()> {
        self.ask(order).map(|_| ())
    }

    fn ask(&mut self, order: &Order) -> Result<Vec<Answer>> {
        for shard in &mut self.shards {
            shard.tell(order)?;
        }
        self.answers()
    }

    fn answers(&mut self) -> Result<Vec<Answer>> {
        self.shards.iter_mut().map(Worker::answer).collect()
    }
}
