//! `cargo xtask compose-check`: everything in containers, while parts of it are taken away.

use std::{os::unix::process::CommandExt as _, process::Command};

use anyhow::{Context as _, Result};
use rookery_bootstrap::{
    build_all,
    cargo::{self, PROGRAMS, Profile},
    repository, run, tools,
};

use crate::verify;

/// Builds what the images are made of and becomes the script that does the rest, so that an
/// interrupt reaches the one who cleans up.
///
/// # Errors
/// When something is missing or cannot be built.
pub(crate) fn compose_check() -> Result<()> {
    tools::ensure(&[tools::TO_CERTIFY, tools::TO_CONTAIN])?;
    build_all(&PROGRAMS, Profile::Release)?;
    let scripts = repository().join("client/e2e");
    verify::install(&scripts)?;
    let certificates = repository().join("target/compose-check/tls");
    run(
        &repository(),
        "infra/tls/make-certificates.sh",
        &[&certificates.display().to_string()],
    )?;
    let failure = Command::new("node")
        .arg("compose-check.mjs")
        .current_dir(&scripts)
        .env("ROOKERY_PROGRAMS", cargo::folder(Profile::Release)?)
        .env("ROOKERY_TLS_FOLDER", certificates.canonicalize()?)
        // Node reads it once, when it starts.
        .env("NODE_EXTRA_CA_CERTS", certificates.join("ca.crt"))
        .exec();
    Err(failure).context("cannot run node")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(file: &str) -> String {
        fs::read_to_string(repository().join(file)).unwrap()
    }

    #[test]
    fn images_are_built_with_the_toolchain_of_the_repository() {
        let toolchain = read("rust-toolchain.toml");
        let version = toolchain.split('"').nth(1).unwrap();
        let image = format!("rust:{version}-bookworm");
        for file in ["compose.yaml", "infra/docker/programs.Dockerfile"] {
            assert!(read(file).contains(&image), "{file} does not name {image}");
        }
    }

    #[test]
    fn ports_are_published_on_the_loopback_interface_unless_told_otherwise() {
        let published: Vec<String> = ["compose.yaml", "compose.tls.yaml"]
            .iter()
            .flat_map(|file| ports(&read(file)))
            .collect();
        assert_eq!(published.len(), 3, "nginx twice and the hub: {published:?}");
        for port in published {
            assert!(port.contains("BIND:-127.0.0.1}:"), "{port}");
        }
    }

    /// The default that `${NAME:-default}` names.
    fn default_of<'a>(compose: &'a str, name: &str) -> &'a str {
        let (_, after) = compose.split_once(&format!("${{{name}:-")).unwrap();
        after.split('}').next().unwrap()
    }

    #[test]
    fn limits_of_the_containers_agree() {
        let (compose, nginx) = (read("compose.yaml"), read("infra/nginx/nginx.conf"));
        let number = |text: &str| text.parse::<u64>().unwrap();
        let files = number(default_of(&compose, "ROOKERY_OPEN_FILES"));
        let connections = number(default_of(&compose, "ROOKERY_HUB_CONNECTIONS"));
        assert!(connections + 1_000 <= files, "{connections} of {files}");
        let setting = |name: &str| {
            let line = nginx
                .lines()
                .find_map(|line| line.trim().strip_prefix(name));
            number(line.unwrap().trim().trim_end_matches(';'))
        };
        assert!(setting("worker_connections") < setting("worker_rlimit_nofile"));
        assert!(setting("worker_rlimit_nofile") < files);
        let drain_ms = number(default_of(&compose, "ROOKERY_HUB_DRAIN_MS"));
        let killed_after = default_of(&compose, "ROOKERY_HUB_STOP_WITHIN");
        let killed_after_s = number(killed_after.trim_end_matches('s'));
        assert!(drain_ms + 5_000 < killed_after_s * 1_000, "{drain_ms}");
    }

    /// What stands below `ports:` anywhere.
    fn ports(compose: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut is_inside = false;
        for line in compose.lines().map(str::trim) {
            is_inside = line == "ports:" || (is_inside && line.starts_with("- "));
            if is_inside && line != "ports:" {
                found.push(line.to_owned());
            }
        }
        found
    }
}
