//! Starting, and what is wrong with a configuration.

use std::process::Command;

use rookery_harness::ports::free_ports;

use crate::app::{CORE, READY_WITHIN, TestApp, generate_key, postgres_url, program};

/// What the core says about a configuration that it cannot use.
fn complaint(settings: &[(&str, &str)]) -> String {
    let mut core = Command::new(CORE);
    core.env_clear().envs(settings.iter().copied());
    let output = core.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn complaints_name_the_setting() {
    let (secret, key) = (
        ("ROOKERY_CORE_INTERNAL_SECRET", "x"),
        ("ROOKERY_CORE_JWT__SIGNING_KEY", "x"),
    );
    let usable = [secret, key];
    assert!(complaint(&[]).contains("internal_secret is not set"));
    assert!(complaint(&[secret]).contains("jwt.signing_key is not set"));
    for (variable, value, complaints) in [
        (
            "ROOKERY_CORE_HTTP_LISTN",
            "127.0.0.1:0",
            ["unknown field", "http_listn"],
        ),
        (
            "ROOKERY_CORE_HTTP_LISTEN",
            "here",
            ["invalid socket address", "HTTP_LISTEN"],
        ),
        ("ROOKERY_CORE_WORKERS", "many", ["invalid type", "WORKERS"]),
        (
            "ROOKERY_CORE_WORKERS",
            "0",
            ["workers is 0", "from 1 to 1024"],
        ),
        (
            "ROOKERY_CORE_JWT__ACCESS_TTL_S",
            "-1",
            ["jwt.access_ttl_s is -1", "from 30 to"],
        ),
        (
            "ROOKERY_CORE_INTERNAL_SECRET",
            "file:/nowhere",
            ["/nowhere", "INTERNAL_SECRET"],
        ),
        (
            "ROOKERY_CORE_HUB__GRPC_URL",
            "https://hub:1",
            ["hub.grpc_url", "without grpc_tls"],
        ),
        (
            "ROOKERY_CORE_GRPC_TLS__KEY_FILE",
            "key.pem",
            ["grpc_tls", "ca_file"],
        ),
        (
            "ROOKERY_CORE_CONFIG",
            "/nowhere.toml",
            ["/nowhere.toml", "does not exist"],
        ),
        (
            "DATABASE_URL",
            "postgre://nowhere",
            ["database_url", "sqlite:"],
        ),
    ] {
        let said = complaint(&[&usable[..], &[(variable, value)]].concat());
        for part in complaints {
            assert!(said.contains(part), "{variable}={value}: {said}");
        }
    }
}

#[test]
fn configuration_is_shown_without_its_secrets() {
    let mut core = Command::new(CORE);
    core.arg("--print-config").env_clear().envs([
        ("ROOKERY_CORE_INTERNAL_SECRET", "swordfish"),
        ("ROOKERY_CORE_JWT__SIGNING_KEY", "swordfish"),
        ("DATABASE_URL", "postgres://ada:swordfish@db/rookery"),
    ]);
    let output = core.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("database_url = \"postgres://ada:[secret]@db/rookery\""));
    assert!(!shown.contains("swordfish"), "{shown}");
}

#[test]
fn database_that_is_away_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    generate_key(folder.path().join("key.pem"));
    let [nobody] = free_ports().unwrap();
    let url = format!("postgres://ada@127.0.0.1:{nobody}/rookery");
    let (mut program, http, _) = program(&folder, "core", &[("DATABASE_URL", &url)]);
    program.ready_url = format!("http://127.0.0.1:{http}/health/live");
    let mut core = program.start().unwrap();
    core.wait_until_ready(READY_WITHIN).unwrap();
    let health = Command::new(CORE)
        .arg("health")
        .envs(program.env.iter().cloned())
        .output()
        .unwrap();
    assert!(!health.status.success());
    let reason = String::from_utf8(health.stderr).unwrap();
    assert!(reason.contains("\"code\":\"migrating\""), "{reason}");
    // A stop is heard meanwhile.
    core.stop().unwrap();
    let log = std::fs::read_to_string(folder.path().join("core.log")).unwrap();
    assert!(log.contains("core has stopped"), "{log}");
}

#[test]
fn database_url_without_prefix_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    generate_key(folder.path().join("key.pem"));
    let (program, ..) = program(&folder, "core", &[("DATABASE_URL", &postgres_url())]);
    let mut core = program.start().unwrap();
    core.wait_until_ready(READY_WITHIN).unwrap();
    // Its end brings the whole log.
    core.stop().unwrap();
    let log = std::fs::read_to_string(folder.path().join("core.log")).unwrap();
    assert!(log.contains("postgres"), "{log}");
    assert!(!log.contains("starting 2 workers"), "{log}");
}

#[test]
fn each_database_is_the_one_that_was_named() {
    for (app, name) in [
        (TestApp::on_sqlite(), "sqlite"),
        (TestApp::on_postgres(), "postgres"),
    ] {
        assert_eq!(
            app.logs().matches(&format!("database=\"{name}\"")).count(),
            2,
            "{}",
            app.logs()
        );
        assert_eq!(app.path("rookery.db").exists(), name == "sqlite");
        assert!(!app.logs().contains("ERROR"), "{}", app.logs());
    }
}

#[test]
fn document_is_served() {
    let app = TestApp::on_sqlite();
    let served = app.send("GET", "/api/openapi.json", &[], b"").ok(200);
    let paths = served["paths"].as_object().unwrap();
    for (path, operations) in paths {
        let path = path.replace("{id}", "0").replace("{user}", "0");
        for method in operations.as_object().unwrap().keys() {
            let answer = app.send(&method.to_uppercase(), &path, &[], b"");
            // What is documented exists.
            if answer.status >= 300 {
                assert_ne!(answer.problem_code(), "no_such_route", "{method} {path}");
            }
        }
    }
}

#[test]
fn core_without_certificates_of_authorities_serves_without_previews() {
    let app =
        TestApp::on_sqlite_with(&[("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/nowhere")]);
    let config = app.send("GET", "/api/v1/client-config", &[], &[]).ok(200);
    assert_eq!(config["features"], serde_json::json!([]));
    assert!(app.logs().contains("ca-certificates"));
}
