//! What both programs need around their own work, written once.
//!
//! # Layout
//! - [`config`] defaults ← TOML file ← `ROOKERY_…` environment variables
//! - [`credentials`] what an `Authorization` header presents
//! - [`secret`] values that never appear in a log, and constant-time comparison
//! - [`telemetry`] logs
//! - [`trace`] spans for an OpenTelemetry collector, and how they hang together across processes
//! - [`jwks`] public keys in a file
//! - [`jwt_crypto`] how JSON Web Tokens are signed and verified
//! - [`ed25519`] the private keys that sign them
//! - [`grpc`] the internal credential and reflection
//! - [`grpc_peers`] the connections to a gRPC server
//! - [`mutual_tls`] certificates between core and hub
//! - [`public_tls`] the certificate that a server shows to everybody
//! - [`http`] what HTTP servers agree on with nginx
//! - [`health`] whether a program on this machine is ready
//! - [`process`] what the process uses
//! - [`memory`] how memory is taken from the system
//! - [`shutdown`] when to leave

pub mod config;
pub mod credentials;
pub mod ed25519;
pub mod grpc;
pub mod grpc_peers;
pub mod health;
pub mod http;
pub mod jwks;
pub mod jwt_crypto;
pub mod memory;
pub mod mutual_tls;
pub mod process;
pub mod public_tls;
pub mod secret;
pub mod shutdown;
pub mod telemetry;
pub mod trace;
