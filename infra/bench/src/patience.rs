//! Waiting that ends when somebody asks the bench to stop.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

static ASKED_TO_STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on a signal makes every wait fail, so that all that was started is stopped.
///
/// # Errors
/// When the system refuses.
pub(crate) fn heed_signals() -> Result<()> {
    let asked = ASKED_TO_STOP.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, asked.clone())?;
    }
    Ok(())
}

/// Lets a measurement end early.
///
/// # Errors
/// Once SIGINT or SIGTERM has come.
pub(crate) fn check() -> Result<()> {
    let asked = ASKED_TO_STOP.get();
    if asked.is_some_and(|asked| asked.load(Ordering::Relaxed)) {
        bail!("somebody asked to stop");
    }
    Ok(())
}

/// Lets time pass.
///
/// # Errors
/// When somebody asks to stop.
pub(crate) fn pause(time: Duration) -> Result<()> {
    let start = Instant::now();
    while let Some(left) = time.checked_sub(start.elapsed())
        && !left.is_zero()
    {
        check()?;
        thread::sleep(left.min(LOOK_EVERY));
    }
    Ok(())
}

/// Whether something becomes true within a time.
///
/// # Errors
/// When it cannot be looked at, or somebody asks to stop.
pub(crate) fn becomes(
    within: Duration,
    mut condition: impl FnMut() -> Result<bool>,
) -> Result<bool> {
    let start = Instant::now();
    loop {
        if condition()? {
            return Ok(true);
        }
        if start.elapsed() > within {
            return Ok(false);
        }
        pause(LOOK_EVERY)?;
    }
}
