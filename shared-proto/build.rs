//! Compiles the `.proto` files in pure Rust, so that no machine needs `protoc`.

use std::{collections::HashMap, env, error::Error, fs, path::PathBuf};

use prost::Message as _;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

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

/// Fields whose bytes are a string in JSON.
const TEXTS: [&str; 1] = ["EmulationRequest.data"];

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
    for request in requests(&descriptors) {
        // What the hub cannot do is refused by name, and not left out with success.
        config = config.type_attribute(request, "#[serde(deny_unknown_fields)]");
    }
    for field in API_OPTIONAL {
        config = config.field_attribute(
            format!("{SERVER_API}.{field}"),
            "#[serde(skip_serializing_if = \"crate::json::is_zero\")]",
        );
    }
    let payloads = PAYLOADS.iter().map(|field| (CLIENT, field, "payload"));
    let api_payloads = API_PAYLOADS.iter();
    let api_payloads = api_payloads.map(|field| (SERVER_API, field, "payload"));
    let texts = TEXTS.iter().map(|field| (CLIENT, field, "text"));
    let special = payloads.chain(api_payloads).chain(texts);
    let special: HashMap<String, &str> = special
        .map(|(package, field, form)| (format!("{package}.{field}"), form))
        .collect();
    for (field, form) in &special {
        config = config.field_attribute(field, format!("#[serde(with = \"crate::json::{form}\")]"));
    }
    for package in [CLIENT, SERVER_API] {
        for (field, form) in other_fields(&descriptors, package, &special) {
            let attribute = format!("#[serde(deserialize_with = \"crate::json::{form}\")]");
            config = config.field_attribute(field, attribute);
        }
    }
    config.compile_fds(descriptors)?;
    Ok(())
}

/// What callers of the server API send.
fn requests(descriptors: &FileDescriptorSet) -> Vec<String> {
    let files = descriptors.file.iter();
    let messages = files
        .filter(|file| format!(".{}", file.package()) == SERVER_API)
        .flat_map(|file| &file.message_type)
        .map(DescriptorProto::name);
    let sent = messages.filter(|name| name.ends_with("Request") || *name == "Disconnect");
    sent.map(|name| format!("{SERVER_API}.{name}")).collect()
}

/// The fields of a package's messages that are not `special`, and how each is read.
fn other_fields(
    descriptors: &FileDescriptorSet,
    package: &str,
    special: &HashMap<String, &str>,
) -> Vec<(String, &'static str)> {
    let files = descriptors.file.iter();
    let messages = files
        .filter(|file| format!(".{}", file.package()) == package)
        .flat_map(|file| &file.message_type);
    let fields =
        messages.flat_map(|message| message.field.iter().map(move |field| (message, field)));
    let paths = fields.map(|(message, field)| {
        let path = format!("{package}.{}.{}", message.name(), field.name());
        (path, form(message, field))
    });
    paths
        .filter(|(path, _)| !special.contains_key(path))
        .collect()
}

fn form(message: &DescriptorProto, field: &FieldDescriptorProto) -> &'static str {
    if field.r#type() != Type::Message {
        return "or_default";
    }
    if field.label() != Label::Repeated {
        return "object::optional";
    }
    // A map is a list of entries, whose type lies inside the message: a key, and a value.
    let is_entry = |entry: &&DescriptorProto| {
        let end = format!(".{}.{}", message.name(), entry.name());
        field.type_name().ends_with(&end)
    };
    let entry = message.nested_type.iter().find(is_entry);
    let value = entry.and_then(|entry| entry.field.last());
    match value.map(FieldDescriptorProto::r#type) {
        None => "object::list",
        Some(Type::Message) => "object::map",
        Some(_) => "or_default",
    }
}
