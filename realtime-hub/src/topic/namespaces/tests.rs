use serde::Deserialize as _;
use serde_json::{Value, json};

use super::*;

fn namespaces(sections: Value) -> Result<Namespaces, String> {
    let written = BTreeMap::<String, NamespaceConfig>::deserialize(sections)
        .map_err(|error| error.to_string())?;
    Namespaces::new(&written).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(section: &Value, begins: &str) {
    let error = namespaces(json!({ "x": section })).unwrap_err();
    assert!(error.starts_with(begins), "{error}");
}

#[test]
fn namespace_is_what_stands_before_the_first_colon() {
    let all = namespaces(json!({ "news": { "kind": "sequenced" } })).unwrap();
    let name = |topic| all.of(topic).map(|namespace| &*namespace.name);
    assert_eq!(name("news:a:b"), Some("news"));
    assert_eq!(name("news"), Some("news"));
    assert_eq!(name("chat:"), Some("chat"));
    assert_eq!(name("newsroom:a"), None);
    assert_eq!(name(""), None);
    assert!(all.of_logged("chat:1").is_some());
    assert!(all.of_logged("news:1").is_none());
}

#[test]
fn chat_is_as_its_clients_know_it() {
    let all = namespaces(json!({})).unwrap();
    let chat = all.of("chat:1").unwrap();
    assert_eq!(chat.kind, Kind::Logged);
    assert_eq!((chat.ring.events, chat.ring.bytes), (128, 64 * 1024));
    assert_eq!(chat.subscribe, MaySubscribe::Granted);
    assert_eq!(chat.publish, MayPublish::Nobody);
    assert_eq!(chat.client_event_kinds, ["typing"]);
    assert_eq!((chat.publishes.per_second, chat.publishes.burst), (5, 20));
    assert_eq!(chat.presence, PresencePolicy::Full);
    assert_eq!(chat.presence_max_members, 32);
    assert!(!chat.join_leave && !chat.delta && !chat.conflate);
    for own in ["user:1", "control", "admin", "feed"] {
        assert_eq!(
            all.of(own).unwrap().subscribe,
            MaySubscribe::Nobody,
            "{own}"
        );
    }
}

#[test]
fn section_changes_what_it_names_of_a_built_in_namespace() {
    let all = namespaces(json!({ "chat": { "ring_events": 7, "presence_max_members": 3 } }));
    let all = all.unwrap();
    let chat = all.of("chat:1").unwrap();
    assert_eq!((chat.ring.events, chat.presence_max_members), (7, 3));
    assert_eq!(chat.client_event_kinds, ["typing"]);
    let error = namespaces(json!({ "chat": { "kind": "sequenced" } })).unwrap_err();
    assert!(error.starts_with("namespaces.chat.kind cannot"), "{error}");
    let error = namespaces(json!({ "chat": { "delta": true } })).unwrap_err();
    assert!(error.starts_with("namespaces.chat.client_event_kinds contradicts delta"));
}

#[test]
fn conflation_implies_that_the_newest_is_given_again() {
    let section = json!({ "kind": "sequenced", "conflate": true });
    let all = namespaces(json!({ "x": section })).unwrap();
    assert_eq!(all.of("x").unwrap().recovery, Recovery::Cache);
}

#[test]
fn value_that_makes_no_sense_is_named() {
    check_refused(&json!({}), "namespaces.x.kind is not set");
    let small = json!({ "kind": "sequenced", "ring_bytes": 65_535 });
    check_refused(&small, "namespaces.x.ring_bytes must hold");
    let event = |kind: &str| json!({ "kind": "logged", "client_event_kinds": [kind] });
    check_refused(
        &event("Typing"),
        "namespaces.x.client_event_kinds has a kind that is not",
    );
    check_refused(
        &event(""),
        "namespaces.x.client_event_kinds has a kind that is not",
    );
    check_refused(
        &event("presence"),
        "namespaces.x.client_event_kinds has a kind that only",
    );
    check_refused(
        &json!({ "kind": "sequenced", "rings": 1 }),
        "unknown field `rings`",
    );
    check_refused(&json!({ "kind": "logical" }), "unknown variant `logical`");
    for name in ["", "a b", "a:b"] {
        let error = namespaces(json!({ name: { "kind": "sequenced" } })).unwrap_err();
        assert!(error.contains("no topic can begin with"), "{name}: {error}");
    }
}

#[test]
fn ephemeral_topic_keeps_nothing() {
    for (key, value) in [
        ("ring_events", json!(1)),
        ("ring_bytes", json!(1)),
        ("ring_age_s", json!(1)),
        ("recovery", json!("stream")),
        ("delta", json!(true)),
    ] {
        let begins = format!("namespaces.x.{key} contradicts kind = \"ephemeral\"");
        check_refused(&json!({ "kind": "ephemeral", key: value }), &begins);
    }
}

#[test]
fn log_belongs_to_a_core() {
    for (key, value) in [
        ("ring_age_s", json!(1)),
        ("recovery", json!("cache")),
        ("conflate", json!(true)),
        ("tags_filter", json!(true)),
        ("subscribe", json!("authenticated")),
        ("publish", json!("subscribers")),
    ] {
        let begins = format!("namespaces.x.{key} contradicts kind = \"logged\"");
        check_refused(&json!({ "kind": "logged", key: value }), &begins);
    }
    let typing = json!({ "kind": "sequenced", "client_event_kinds": ["typing"] });
    check_refused(
        &typing,
        "namespaces.x.client_event_kinds is for kind = \"logged\"",
    );
}

#[test]
fn delta_needs_every_publication_in_its_place() {
    let typing = json!({ "kind": "logged", "delta": true, "client_event_kinds": ["typing"] });
    check_refused(&typing, "namespaces.x.client_event_kinds contradicts delta");
    let presence = json!({ "kind": "logged", "delta": true, "presence": "full" });
    check_refused(&presence, "namespaces.x.presence contradicts delta");
    let conflate = json!({ "kind": "sequenced", "delta": true, "conflate": true });
    check_refused(&conflate, "namespaces.x.conflate contradicts delta");
    let receipts =
        json!({ "chat": { "delta": true, "client_event_kinds": [], "presence": "counts" } });
    let error = namespaces(receipts).unwrap_err();
    assert!(error.starts_with("namespaces.chat.delta contradicts the receipts"));
    let fine = json!({ "x": { "kind": "sequenced", "delta": true, "presence": "full" } });
    assert!(namespaces(fine).unwrap().of("x").unwrap().delta);
}

#[test]
fn rule_without_effect_is_named() {
    let stream = json!({ "kind": "sequenced", "conflate": true, "recovery": "stream" });
    check_refused(&stream, "namespaces.x.recovery contradicts conflate");
    let nobody = json!({ "kind": "sequenced", "subscribe": "nobody", "publish": "subscribers" });
    check_refused(&nobody, "namespaces.x.publish contradicts subscribe");
}

#[test]
fn hub_without_a_core_logs_nothing() {
    let without_core = |sections: Value| {
        let written = BTreeMap::<String, NamespaceConfig>::deserialize(sections).unwrap();
        Namespaces::without_core(&written).map_err(|error| error.to_string())
    };
    let all = without_core(json!({ "chat": { "kind": "sequenced", "delta": true } })).unwrap();
    assert_eq!(all.of("chat:1").unwrap().kind, Kind::Sequenced);
    assert_eq!(all.of("chat:1").unwrap().client_event_kinds.len(), 0);
    assert!(all.of("user:1").is_none() && all.of("control").is_none());
    assert!(all.of("feed").is_some() && all.of("admin").is_some());
    let logged = without_core(json!({ "x": { "kind": "logged" } })).unwrap_err();
    assert!(logged.starts_with("namespaces.x.kind contradicts standalone"));
}
