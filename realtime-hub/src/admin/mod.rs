//! What operators see of the hub.
//!
//! # Layout
//! - [`snapshot`]: everything at one moment; [`window`] has rates and percentiles of the last seconds
//! - [`stream`]: tells every admin who watches
//! - [`metrics`]: the counters as Prometheus reads them

pub mod metrics;
pub mod snapshot;
pub mod stream;
pub mod window;
