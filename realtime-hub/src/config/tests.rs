use rookery_kit::config::schema::{reference, unexplained};

use super::*;
use crate::topic::namespaces::Kind;

#[test]
fn reference_is_what_the_docs_show() {
    let shown = include_str!("../../../docs/configuration/hub.md");
    assert_eq!(shown, reference::<Config>(), "write it anew");
    assert_eq!(unexplained::<Config>(), [""; 0], "what holds without it?");
}

#[test]
fn origin_that_no_page_has_is_named_at_the_start() {
    let config = Config {
        internal_secret: Some(Secret::new("s")),
        allowed_origins: "https://*.chat.example".into(),
        ..Config::default()
    };
    let error = config.check().unwrap_err().to_string();
    assert!(error.contains("allowed_origins"), "{error}");
    assert!(error.contains("*.chat.example"), "{error}");
}

#[test]
fn contradiction_is_named() {
    let config = Config {
        internal_secret: Some(Secret::new("s")),
        connection: ConnectionConfig {
            pong_wait_s: 30,
            ..ConnectionConfig::default()
        },
        ..Config::default()
    };
    let error = config.check().unwrap_err().to_string();
    assert!(error.contains("connection.pong_wait_s"), "{error}");
    assert!(Config::default().check().is_err(), "a secret is demanded");
}

#[test]
fn bounds_of_a_connection_go_together() {
    let complaint = |change: fn(&mut Config)| {
        let mut config = Config {
            internal_secret: Some(Secret::new("s")),
            ..Config::default()
        };
        config.check().unwrap();
        change(&mut config);
        config.check().unwrap_err().to_string()
    };
    let burst = complaint(|config| config.connection.subscriptions = 400);
    assert!(
        burst.contains("connection.commands.burst is 400"),
        "{burst}"
    );
    let frame = complaint(|config| config.connection.frame_bytes = 128 * 1024 - 1);
    assert!(frame.contains("must be at least 131072"), "{frame}");
    let news = |bytes, publish| NamespaceConfig {
        kind: Some(Kind::Sequenced),
        publication_bytes: Some(bytes),
        publish: Some(publish),
        ring_bytes: Some(4 * bytes),
        ..NamespaceConfig::default()
    };
    let mut config = Config {
        internal_secret: Some(Secret::new("s")),
        ..Config::default()
    };
    let mut check = |bytes, publish| {
        config
            .namespaces
            .insert("news".into(), news(bytes, publish));
        config.check()
    };
    check(300_000, MayPublish::Nobody).unwrap();
    let frame = check(300_000, MayPublish::Subscribers).unwrap_err();
    assert!(
        frame.to_string().contains("connection.frame_bytes"),
        "{frame}"
    );
    let outbox = check(600_000, MayPublish::Nobody).unwrap_err();
    assert!(
        outbox.to_string().contains("connection.outbox_bytes"),
        "{outbox}"
    );
}

#[test]
fn hub_has_a_core_or_checks_tokens_by_itself() {
    let alone = || Config {
        standalone: StandaloneConfig {
            hmac_secret: Some(Secret::new("0123456789abcdef0123456789abcdef")),
            ..StandaloneConfig::default()
        },
        ..Config::default()
    };
    alone().check().unwrap();
    let complaint = |config: Config| config.check().unwrap_err().to_string();
    let mut both = alone();
    both.core.url = Some("http://core:9201".into());
    assert!(complaint(both).contains("core.url contradicts standalone"));
    let mut logged = alone();
    let section = NamespaceConfig {
        kind: Some(Kind::Logged),
        ..NamespaceConfig::default()
    };
    logged.namespaces.insert("news".into(), section);
    assert!(complaint(logged).contains("namespaces.news.kind contradicts standalone"));
    let mut neither = alone();
    neither.standalone.hmac_secret = None;
    assert!(complaint(neither).contains("internal_secret is not set"));
}

/// What the reference of keys says of a namespace's defaults is what is at work where nothing is set.
#[test]
fn reference_shows_the_defaults_that_are_at_work() {
    let sequenced = NamespaceConfig {
        kind: Some(Kind::Sequenced),
        ..NamespaceConfig::default()
    };
    let all = Namespaces::new(&BTreeMap::from([("x".to_owned(), sequenced)])).unwrap();
    let x = all.of("x:1").unwrap();
    let reference = reference::<Config>();
    for (key, value) in [
        ("ring_events", x.ring.events.to_string()),
        ("ring_bytes", x.ring.bytes.to_string()),
        ("ring_age_s", x.ring.age.as_secs().to_string()),
        ("publishes.per_second", x.publishes.per_second.to_string()),
        ("publishes.burst", x.publishes.burst.to_string()),
        ("publication_bytes", x.publication_bytes.to_string()),
        ("presence_max_members", x.presence_max_members.to_string()),
        ("topics_max", x.topics_max.to_string()),
        ("epoch_age_s", x.epoch_age.as_secs().to_string()),
        ("join_leave", x.join_leave.to_string()),
        ("delta", x.delta.to_string()),
        ("conflate", x.conflate.to_string()),
        ("tags_filter", x.tags_filter.to_string()),
    ] {
        let begins = format!("| `namespaces.NAME.{key}` | ");
        let row = reference.lines().find(|row| row.starts_with(&begins));
        let default = row.and_then(|row| row.split(" | ").nth(1)).unwrap();
        assert!(default.contains(&format!("`{value}`")), "{key}: {default}");
    }
}
