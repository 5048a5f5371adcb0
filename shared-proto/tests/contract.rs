//! The contracts as a reviewable text: one line per field, method and value.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::fmt::Write as _;

use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet, field_descriptor_proto::Label};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract.txt");

/// A field number that changes or a method that disappears breaks processes of another version,
/// so it must be seen. `UPDATE_SNAPSHOTS=1 cargo test -p shared-proto` accepts a change.
#[test]
fn contract_is_as_reviewed() {
    let set = FileDescriptorSet::decode(shared_proto::DESCRIPTORS).expect("descriptors decode");
    let mut text = String::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                let stream = |on| if on { "stream " } else { "" };
                writeln!(
                    text,
                    "{}.{}/{}({}{}) -> {}{}",
                    file.package(),
                    service.name(),
                    method.name(),
                    stream(method.client_streaming()),
                    method.input_type(),
                    stream(method.server_streaming()),
                    method.output_type()
                )
                .unwrap();
            }
        }
        for message in &file.message_type {
            describe(&mut text, file.package(), message);
        }
    }
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(SNAPSHOT, &text).expect("snapshot is writable");
    }
    let reviewed = std::fs::read_to_string(SNAPSHOT).expect("tests/contract.txt exists");
    assert!(
        text == reviewed,
        "the contract changed; review it, then accept it with \
         UPDATE_SNAPSHOTS=1 cargo test -p shared-proto\n{text}"
    );
}

fn describe(text: &mut String, scope: &str, message: &DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    writeln!(text, "{name}").unwrap();
    for field in &message.field {
        let kind = match field.type_name() {
            "" => format!("{:?}", field.r#type()),
            message => message.to_owned(),
        };
        let repeated = if field.label() == Label::Repeated {
            "repeated "
        } else {
            ""
        };
        let optional = if field.proto3_optional() {
            "optional "
        } else {
            ""
        };
        writeln!(
            text,
            "  {} {repeated}{optional}{kind} = {}",
            field.name(),
            field.number()
        )
        .unwrap();
    }
    for nested in &message.nested_type {
        describe(text, &name, nested);
    }
}
