//! What a core does from time to time beside its requests.

use std::{error::Error, sync::Arc, time::Duration};

use core_service::{
    adapters::outbound::{
        db::Database,
        system::{SharedClock, SystemClock},
    },
    application::{
        deletion::AccountRemoval,
        disappearing::Disappearing,
        messages::Messages,
        ports::Clock as _,
        relay::Relay,
        retention::Retention,
        search::Indexing,
        uploads::sweep::{Swept, UploadSweep},
    },
};
use tokio::{
    runtime::Handle,
    time::{MissedTickBehavior, interval},
};

/// How often this core finds out whether it can write, and whether the database is the same.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// How often what has ended is deleted.
const RETAIN_EVERY: Duration = Duration::from_secs(60);

/// How often the relay looks for events that did not reach the hub.
const SWEEP_EVERY: Duration = Duration::from_millis(250);

/// How often this core looks for gathered reactions that are to be told.
const TELL_REACTIONS_EVERY: Duration = Duration::from_millis(250);

/// How often this core looks for messages that are not findable yet: 0.2.0 may write beside it, and after an
/// upgrade there are all of before.
const INDEX_EVERY: Duration = Duration::from_secs(1);

/// How often this core looks for deleted accounts that have left something.
const REMOVE_ACCOUNTS_EVERY: Duration = Duration::from_secs(1);
/// How often this core looks for messages whose time is over. Clients hide them by themselves.
const EXPIRE_EVERY: Duration = Duration::from_secs(5);

/// How often the clock is set by the database's: machines drift by milliseconds in that time.
const SET_CLOCK_EVERY: Duration = Duration::from_secs(10);

/// What the jobs work on.
pub(crate) struct Jobs {
    /// Whose heart beats, and whose clock is read.
    pub(crate) database: Arc<Database>,
    /// Set by the database's.
    pub(crate) clock: Arc<SharedClock>,
    /// Publishes what did not reach the hub.
    pub(crate) relay: Arc<Relay>,
    /// Tells gathered reactions.
    pub(crate) reactions: Arc<Messages>,
    /// Deletes what has ended.
    pub(crate) retention: Arc<Retention>,
    /// Removes files that nobody needs.
    pub(crate) uploads: Arc<UploadSweep>,
    /// Makes messages findable.
    pub(crate) indexing: Arc<Indexing>,
    /// Removes what deleted accounts have left.
    pub(crate) account_removal: Arc<AccountRemoval>,
    /// Removes messages whose time is over.
    pub(crate) disappearing: Arc<Disappearing>,
    /// The pause between two looks for such files.
    pub(crate) remove_files_every: Duration,
}

/// Starts every job; they end with the runtime.
pub(crate) fn spawn(runtime: &Handle, jobs: Jobs) {
    let Jobs {
        database,
        clock,
        relay,
        reactions,
        retention,
        uploads,
        indexing,
        account_removal,
        disappearing,
        remove_files_every,
    } = jobs;
    runtime.spawn(every(SET_CLOCK_EVERY, {
        let database = database.clone();
        move || set_clock(&database, &clock)
    }));
    runtime.spawn(every(BEAT_EVERY, move || beat(&database)));
    runtime.spawn(every(SWEEP_EVERY, move || sweep(&relay)));
    runtime.spawn(every(TELL_REACTIONS_EVERY, move || {
        tell_reactions(&reactions);
    }));
    runtime.spawn(every(RETAIN_EVERY, move || retain(&retention)));
    runtime.spawn(every(INDEX_EVERY, move || index(&indexing)));
    runtime.spawn(every(REMOVE_ACCOUNTS_EVERY, move || {
        remove_accounts(&account_removal);
    }));
    runtime.spawn(every(EXPIRE_EVERY, move || expire(&disappearing)));
    runtime.spawn(every(remove_files_every, move || remove_files(&uploads)));
}

/// Does a job for ever, where it may block.
async fn every(pause: Duration, job: impl Fn() + Clone + Send + 'static) {
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = tokio::task::spawn_blocking(job.clone()).await {
            tracing::error!(%error, "a job panicked");
        }
    }
}

/// Finds out whether this core can write, and whether the database is the same as before.
pub(crate) fn beat(database: &Database) {
    match database.beat(SystemClock.now()) {
        Ok(false) => {}
        Ok(true) => tracing::warn!("the database is another one than before; epochs are new"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "the database does not take what is written"
        ),
    }
}

fn sweep(relay: &Relay) {
    match relay.sweep() {
        Ok(0) => {}
        Ok(events) => tracing::info!(events, "published what had not reached the hub"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "relay could not look at the log"
        ),
    }
}

fn tell_reactions(messages: &Messages) {
    if let Err(error) = messages.tell_reactions() {
        tracing::warn!(
            error = &error as &dyn Error,
            "gathered reactions could not be told"
        );
    }
}

fn retain(retention: &Retention) {
    match retention.sweep() {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "deleted what has ended"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "what has ended could not be deleted"
        ),
    }
}

fn remove_accounts(removal: &AccountRemoval) {
    match removal.run() {
        Ok(0) => {}
        Ok(steps) => tracing::info!(steps, "removed what deleted accounts have left"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "what deleted accounts have left could not be removed"
        ),
    }
}

fn index(indexing: &Indexing) {
    match indexing.run() {
        Ok(0) => {}
        Ok(messages) => tracing::info!(messages, "made messages findable"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "messages could not be made findable"
        ),
    }
}

fn expire(disappearing: &Disappearing) {
    match disappearing.run() {
        Ok(0) => {}
        Ok(messages) => tracing::info!(messages, "removed messages whose time was over"),
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "messages whose time was over could not be removed"
        ),
    }
}

fn remove_files(sweep: &UploadSweep) {
    match sweep.sweep() {
        Ok(swept) if swept == Swept::default() => {}
        Ok(Swept {
            uploads,
            folders,
            put_off,
        }) => {
            tracing::info!(uploads, folders, put_off, "removed files that nobody needs");
        }
        Err(error) => tracing::warn!(
            error = &error as &dyn Error,
            "files that nobody needs could not be removed"
        ),
    }
}

/// Sets the clock by the database's.
pub(crate) fn set_clock(database: &Database, clock: &SharedClock) {
    let before = SystemClock.now();
    match database.time() {
        Ok(Some(time)) => clock.set(before, time, SystemClock.now()),
        // SQLite's clock is this machine's.
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn Error,
                "the database's clock cannot be read; the last difference holds"
            );
        }
    }
}
