//! Every message that crosses a process boundary in Rookery.
//!
//! # Layout
//! - [`core`]: what the core serves to the hub, and the topic log's own types
//! - [`hub`]: what the hub serves to the cores, and to back-ends
//! - [`client`]: the Centrifuge client protocol, in JSON and Protobuf
//! - [`json`]: stricter reading of JSON
//!
//! The sources are in `proto/`; `tests/contract.rs` keeps a snapshot of them, so that a change of
//! a contract is seen in review.

pub mod json;

/// Services and messages that the core offers to the hub.
pub mod core {
    /// Version 1.
    #[expect(
        missing_docs,
        reason = "generated; the .proto files carry the documentation"
    )]
    #[allow(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        unused_qualifications,
        reason = "generated code"
    )]
    pub mod v1 {
        tonic::include_proto!("rookery.core.v1");
    }
}

/// Services and messages that the hub offers to the cores.
pub mod hub {
    /// Version 1.
    #[expect(
        missing_docs,
        reason = "generated; the .proto files carry the documentation"
    )]
    #[allow(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        unused_qualifications,
        reason = "generated code"
    )]
    pub mod v1 {
        tonic::include_proto!("rookery.hub.v1");
    }

    /// The server API, which back-ends use.
    pub mod api {
        /// Version 1.
        #[expect(
            missing_docs,
            reason = "generated; the .proto files carry the documentation"
        )]
        #[allow(
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            unused_qualifications,
            reason = "generated code"
        )]
        pub mod v1 {
            tonic::include_proto!("rookery.hub.api.v1");
        }
    }
}

/// The wire protocol between clients and the hub.
pub mod client {
    /// Version 1 of our definition, version 2 of the protocol.
    #[expect(
        missing_docs,
        reason = "generated; the .proto files carry the documentation"
    )]
    pub mod v1 {
        tonic::include_proto!("rookery.client.v1");
    }
}

/// The encoded `FileDescriptorSet` of all packages, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
