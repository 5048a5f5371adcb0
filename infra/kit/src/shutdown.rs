//! When to leave, and what is no reason to.

use tokio::signal::unix::{SignalKind, signal};

/// Keeps SIGHUP from ending the process, as it does by default: operators send it to whatever
/// reads its configuration again, and a terminal sends it when it closes. Call it first inside the
/// runtime.
///
/// # Errors
/// When the operating system refuses to register a handler.
pub fn outlive_hangups() -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::warn!("SIGHUP is ignored; restart to apply a changed configuration");
        }
    });
    Ok(())
}

/// Resolves when the process is asked to stop (SIGTERM or SIGINT).
///
/// # Errors
/// When the operating system refuses to register a handler.
pub async fn requested() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("asked to stop (SIGTERM)"),
        _ = interrupt.recv() => tracing::info!("asked to stop (SIGINT)"),
    }
    Ok(())
}
