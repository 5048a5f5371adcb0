//! What drives the use cases: HTTP for clients, gRPC for the hub.

pub mod grpc;
pub mod grpc_server;
pub mod http;
