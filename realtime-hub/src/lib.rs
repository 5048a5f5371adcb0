//! The realtime hub: holds every WebSocket and event stream, and no fact that it could lose.
//!
//! # Layout
//! - [`hub`]: pure state: topic logs, rooms, namespaces, presence, receipts, limits
//! - [`actors`]: one per connection, per room, per publishing core
//! - [`transport`]: sockets, outboxes, the HTTP application
//! - [`protocol`]: the client protocol's encodings and codes
//! - [`admission`]: who gets in, and into which rooms
//! - [`listening`]: what plain event streams hear
//! - [`subscribing`]: who may subscribe to what
//! - [`publishing`]: publications that no core logs
//! - [`ingress`]: the gRPC service that cores publish to
//! - [`api`]: what back-ends ask of the hub
//! - [`api_keys`]: who may use it
//! - [`metrics`]: the counters as Prometheus reads them
//! - [`core_gateway`], [`circuit_breaker`]: what the hub asks the cores, and not while none answers
//! - [`mod@drain`]: how it leaves
//! - [`directory`], [`users`], [`acks`], [`stats`]: what the actors share, held by [`context`]

pub mod acks;
pub mod actors;
pub mod admission;
pub mod api;
pub mod api_keys;
pub mod circuit_breaker;
pub mod clock;
pub mod config;
pub mod context;
pub mod core_gateway;
pub mod directory;
pub mod drain;
pub mod hub;
pub mod ingress;
pub mod listening;
pub mod metrics;
pub mod protocol;
pub mod publishing;
pub mod start_up_check;
pub mod stats;
pub mod subscribing;
pub mod transport;
pub mod users;
