//! Starting, and what is wrong with a configuration.

use std::{process::Command, time::Duration};

use crate::app::{CORE, TestApp, generate_key, postgres_url, program};

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
    assert!(complaint(&[]).contains("internal_secret"));
    let secret = ("ROOKERY_CORE_INTERNAL_SECRET", "x");
    assert!(complaint(&[secret]).contains("jwt.signing_key"));
    let key = ("ROOKERY_CORE_JWT__SIGNING_KEY", "x");
    let typo = ("ROOKERY_CORE_HTTP_LISTN", "127.0.0.1:0");
    assert!(complaint(&[secret, key, typo]).contains("http_listn"));
    let database = ("DATABASE_URL", "postgre://nowhere");
    let free = ("ROOKERY_CORE_HTTP_LISTEN", "127.0.0.1:0");
    let grpc = ("ROOKERY_CORE_GRPC_LISTEN", "127.0.0.1:0");
    assert!(complaint(&[secret, key, free, grpc, database]).contains("database_url"));
}

#[test]
fn database_url_without_prefix_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    generate_key(folder.path().join("key.pem"));
    let (program, ..) = program(&folder, "core", &[("DATABASE_URL", &postgres_url())]);
    let mut core = program.start().unwrap();
    core.wait_until_ready(Duration::from_secs(30)).unwrap();
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
