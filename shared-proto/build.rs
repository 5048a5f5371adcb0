//! Compiles the `.proto` files in pure Rust, so that no machine needs `protoc`.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

const FILES: [&str; 4] = [
    "rookery/core/v1/topic.proto",
    "rookery/core/v1/core.proto",
    "rookery/hub/v1/hub.proto",
    "rookery/client/v1/client.proto",
];

const CLIENT: &str = ".rookery.client.v1";

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

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is set by cargo")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;

    let mut config = tonic_prost_build::configure()
        .bytes(".")
        // One set of types serves both encodings: the JSON names are the Protobuf field names,
        // absent means zero, and a zero is left out.
        .type_attribute(CLIENT, "#[derive(serde::Serialize, serde::Deserialize)]")
        .type_attribute(CLIENT, "#[serde(default)]")
        .field_attribute(
            CLIENT,
            "#[serde(skip_serializing_if = \"crate::json::is_zero\")]",
        );
    for payload in PAYLOADS {
        config = config.field_attribute(
            format!("{CLIENT}.{payload}"),
            "#[serde(with = \"crate::json::payload\")]",
        );
    }
    config.compile_fds(descriptors)?;
    Ok(())
}
