//! What the layers may know of each other and of the world.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Frameworks and wire formats are the adapters' business.
const ADAPTERS_ONLY: &[&str] = &[
    "actix",
    "diesel",
    "tonic",
    "prost",
    "utoipa",
    "reqwest",
    "jsonwebtoken",
    "shared_proto",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The line's words, without what is only said in a comment.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    code.split(|character: char| !character.is_alphanumeric() && character != '_')
}

/// No file below `src/{layer}` has a word that is, or begins with, one of `banned`.
#[track_caller]
fn check_free_of(layer: &str, banned: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(layer);
    let files = sources(&folder);
    assert!(files.len() > 3, "{layer} has moved");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (index, line) in text.lines().enumerate() {
            let place = format!("{}:{}", file.display(), index + 1);
            for banned in banned {
                let known = words(line).any(|word| {
                    word.strip_prefix(banned)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
                });
                assert!(!known, "{place} knows of {banned}");
            }
        }
    }
}

#[test]
fn domain_and_application_know_no_framework() {
    check_free_of("domain", ADAPTERS_ONLY);
    check_free_of("application", ADAPTERS_ONLY);
}

#[test]
fn layers_point_inwards() {
    check_free_of("domain", &["application", "adapters", "config"]);
    check_free_of("application", &["adapters", "config"]);
}

#[test]
#[should_panic(expected = "knows of diesel")]
fn check_finds_what_it_looks_for() {
    check_free_of("adapters", &["diesel"]);
}
