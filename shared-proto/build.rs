//! Compiles the `.proto` files in pure Rust, so that no machine needs `protoc`.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

const FILES: [&str; 5] = [
    "rookery/core/v1/topic.proto",
    "rookery/core/v1/core.proto",
    "rookery/hub/v1/hub.proto",
    "rookery/hub/api/v1/api.proto",
    "rookery/client/v1/client.proto",
];

const CLIENT: &str = ".rookery.client.v1";

const SERVER_API: &str = ".rookery.hub.api.v1";

/// Fields of the client protocol that carry an application's payload: `bytes` in Protobuf, raw
/// JSON in a JSON frame.
const PAYLOADS: [&str; 13] = [
    "ClientInfo.conn_info",
    "ClientInfo.chan_info",
    "Publication.data",
    "Message.data",
    "Subscribe.data",
    "ConnectRequest.data",
    "ConnectResult.data",
    "SubscribeRequest.data",
    "SubscribeResult.data",
    "PublishRequest.data",
    "RpcRequest.data",
    "RpcResult.data",
    "SendRequest.data",
];

/// Such fields of the server API, and others that are left out when absent. The rest is always
/// written: back-end libraries look for it.
const API_PAYLOADS: [&str; 3] = [
    "PublishRequest.data",
    "BroadcastRequest.data",
    "SubscribeRequest.data",
];
const API_OPTIONAL: [&str; 4] = [
    "PublishResult.offset",
    "PublishResult.epoch",
    "PublishResponse.error",
    "PublishResponse.result",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is set by cargo")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;

    let mut config = tonic_prost_build::configure()
        .bytes(".")
        // One set of types serves both encodings: the JSON names are the Protobuf field names,
        // absent means zero, and a zero is left out.
        .field_attribute(
            CLIENT,
            "#[serde(skip_serializing_if = \"crate::json::is_zero\")]",
        );
    for message in [CLIENT, SERVER_API] {
        config = config
            .type_attribute(message, "#[derive(serde::Serialize, serde::Deserialize)]")
            .type_attribute(message, "#[serde(default)]");
    }
    for optional in API_OPTIONAL {
        config = config.field_attribute(
            format!("{SERVER_API}.{optional}"),
            "#[serde(skip_serializing_if = \"crate::json::is_zero\")]",
        );
    }
    let payloads = PAYLOADS.map(|field| format!("{CLIENT}.{field}"));
    let api_payloads = API_PAYLOADS.map(|field| format!("{SERVER_API}.{field}"));
    for payload in payloads.into_iter().chain(api_payloads) {
        config = config.field_attribute(payload, "#[serde(with = \"crate::json::payload\")]");
    }
    config.compile_fds(descriptors)?;
    Ok(())
}
