//! The HTTP contract as a reviewable file, from which the client's types are generated.

use core_service::adapters::inbound::http;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// Clients of another version depend on it, so a change must be seen.
/// `UPDATE_SNAPSHOTS=1 cargo test -p core-service` accepts one.
#[test]
fn document_is_as_reviewed() {
    let text = format!("{}\n", http::document());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(SNAPSHOT, &text).expect("snapshot is writable");
    }
    let reviewed = std::fs::read_to_string(SNAPSHOT).expect("openapi.json exists");
    assert!(
        text == reviewed,
        "the HTTP contract changed; review it, then accept it with \
         UPDATE_SNAPSHOTS=1 cargo test -p core-service, and `npm run generate` in client/"
    );
}
