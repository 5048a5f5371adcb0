//! What no other tool looks at: promises that the repository makes about itself.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::conformance;

/// A file this long wants to be two; one that does not says why in its first lines with this word.
const LINES_MAX: usize = 500;
const LENGTH_REASON: &str = "Long because";

const TODO_SECTIONS: &[&str] = &["Guidelines", "Completed", "Fixes", "Todo"];

/// Checks everything and reports every finding.
///
/// # Errors
/// The findings.
pub(crate) fn check(repository: &Path) -> Result<()> {
    let files = tracked_files(repository)?;
    let mut findings = Vec::new();
    for path in &files {
        let Ok(text) = fs::read_to_string(repository.join(path)) else {
            continue;
        };
        findings.extend(length(path, &text).into_iter().chain(manifest(path, &text)));
    }
    let todo = fs::read_to_string(repository.join("TODO.md"))?;
    findings.extend(todo_sections(&todo));
    findings.extend(unused_dependencies(repository)?);
    findings.extend(conformance::findings(repository)?);
    if findings.is_empty() {
        Ok(())
    } else {
        bail!("{}", findings.join("\n"))
    }
}

fn tracked_files(repository: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository)
        .output()
        .context("git is missing")?;
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(PathBuf::from)
        .collect())
}

fn length(path: &Path, text: &str) -> Option<String> {
    let is_code = path.extension().is_some_and(|extension| {
        ["rs", "ts", "tsx", "mjs", "css"]
            .iter()
            .any(|code| extension == *code)
    });
    let is_made = text.starts_with("// Generated from ");
    let lines = text.lines().count();
    let says_why = text
        .lines()
        .take(20)
        .any(|line| line.contains(LENGTH_REASON));
    (is_code && lines > LINES_MAX && !says_why && !is_made)
        .then(|| format!("{}: {lines} lines; split it or say why", path.display()))
}

/// Versions stand in the workspace's manifest alone.
fn manifest(path: &Path, text: &str) -> Option<String> {
    let is_member = path.ends_with("Cargo.toml") && path.components().count() > 1;
    let sections = text.split("\n[").filter(|section| {
        section
            .split(']')
            .next()
            .is_some_and(|name| name.ends_with("dependencies"))
    });
    let line = sections
        .flat_map(|section| section.lines().skip(1))
        .find(|line| line.contains('=') && !line.contains("workspace = true"))?;
    is_member.then(|| format!("{}: `{line}` names a version of its own", path.display()))
}

fn todo_sections(text: &str) -> Option<String> {
    let found: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    (found != TODO_SECTIONS)
        .then(|| format!("TODO.md has the sections {found:?}, not {TODO_SECTIONS:?}"))
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

/// Dependencies that no source of their package mentions.
fn unused_dependencies(repository: &Path) -> Result<Vec<String>> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(repository)
        .output()?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let mut findings = Vec::new();
    for Package {
        name,
        manifest_path,
        dependencies,
    } in &metadata.packages
    {
        let folder = manifest_path
            .parent()
            .context("a manifest lies in a folder")?;
        let sources = sources(folder)?;
        for dependency in dependencies {
            let word = dependency.name.replace('-', "_");
            if !sources.contains(&word) && !IMPLIED.contains(&dependency.name.as_str()) {
                findings.push(format!("{name} does not use {}", dependency.name));
            }
        }
    }
    Ok(findings)
}

/// Dependencies that are there for what they bring along: generated code's, features of another's.
const IMPLIED: &[&str] = &[
    "libsqlite3-sys",
    "prost",
    "prost-types",
    "tonic-prost",
    "actix-rt",
];

fn sources(folder: &Path) -> Result<String> {
    let mut text = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            text += &sources(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path)?;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlong_file_is_found_unless_it_says_why() {
        let long = "line\n".repeat(LINES_MAX + 1);
        assert!(length(Path::new("a.rs"), &long).is_some());
        assert!(length(Path::new("a.md"), &long).is_none());
        assert!(
            length(
                Path::new("a.rs"),
                &format!("//! {LENGTH_REASON} it is a table\n{long}")
            )
            .is_none()
        );
    }

    #[test]
    fn version_outside_the_workspace_is_found() {
        let path = Path::new("hub/Cargo.toml");
        let good =
            "[package]\nversion.workspace = true\n\n[dependencies]\nserde.workspace = true\n";
        assert_eq!(manifest(path, good), None);
        assert!(manifest(path, &format!("{good}hex = \"0.4\"\n")).is_some());
        let member = "[dependencies]\nhex = { workspace = true }\n";
        assert_eq!(manifest(path, &format!("\n{member}")), None);
    }

    #[test]
    fn todo_needs_its_four_sections() {
        let good = "# TODO\n## Guidelines\n## Completed\n## Fixes\n## Todo\n";
        assert_eq!(todo_sections(good), None);
        assert!(todo_sections("# TODO\n## Todo\n").is_some());
    }
}
