//! Logs: one line per fact on standard output, for people or for machines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::trace::Traces;

/// Section `log` of a program's configuration.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Which events are logged: a level, and `target=level` for parts of the program that differ,
    /// separated by commas.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            // The server's own lines say what ours say better, and whoever sends it what is no
            // HTTP could fill the log with errors.
            filter: "info,actix_server=warn,actix_http::h1::dispatcher=off".into(),
            format: LogFormat::Text,
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Time, level and text, for people to read.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

/// Starts logging for this process, and passes spans on to `traces`.
///
/// # Errors
/// When the filter cannot be parsed or logging was started before.
pub fn init(
    config: &LogConfig,
    traces: &Traces,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter: Targets = config.filter.parse()?;
    let lines = fmt::layer().with_target(false);
    let lines = match config.format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(traces.layer())
        .with(lines)
        .try_init()?;
    Ok(())
}
