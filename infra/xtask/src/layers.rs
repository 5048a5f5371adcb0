//! The hub's layers: each imports from those above it alone (see docs/adr/0015).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

/// Where the layers are.
const SOURCES: &str = "realtime-hub/src";

/// Folders and files below [`SOURCES`], in order: what stands below may import what stands above.
const LAYERS: &[&str] = &[
    "clock",
    "protocol",
    "counters",
    "limits",
    "topic",
    "connection",
    "socket",
    "rooms",
    "identity",
    "config",
    "lifecycle",
    "cores",
    "session",
    "ingress",
    "api",
    "admin",
    "http",
];

/// How the name of a file with the tests of another one ends.
const TESTS: &str = "_tests";

/// Files that put the layers together and may import all of them.
const ROOTS: &[&str] = &["lib", "main"];

/// Every import against the order, and every file that has no place in it.
///
/// # Errors
/// When the sources cannot be read.
pub(crate) fn findings(repository: &Path) -> Result<Vec<String>> {
    let sources = repository.join(SOURCES);
    let mut findings = Vec::new();
    for path in rust_files(&sources)? {
        let text = fs::read_to_string(&path)?;
        findings.extend(against_the_order(path.strip_prefix(&sources)?, &text));
    }
    Ok(findings)
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What is wrong with the file at `path` below [`SOURCES`].
fn against_the_order(path: &Path, text: &str) -> Vec<String> {
    let first = path.iter().next().and_then(|first| first.to_str());
    let own = first.map_or("", |first| first.strip_suffix(".rs").unwrap_or(first));
    let own = own.strip_suffix(TESTS).unwrap_or(own);
    if ROOTS.contains(&own) {
        return Vec::new();
    }
    let finding = |what: String| format!("{SOURCES}/{}: {what}", path.display());
    let Some(line) = line_of(own) else {
        return vec![finding(format!("`{own}` is no layer; see layers.rs"))];
    };
    let mut findings = Vec::new();
    for imported in imports(text) {
        match line_of(imported) {
            Some(other) if other <= line => {}
            Some(_) => findings.push(finding(format!(
                "`{own}` imports from `{imported}`, which is below it"
            ))),
            None => findings.push(finding(format!("imports `{imported}`, which is no layer"))),
        }
    }
    if climbs(path, text) {
        findings.push(finding("leaves its layer by `super`; write `crate`".into()));
    }
    findings.dedup();
    findings
}

/// Whether a path climbs out of its layer, where its first name would not be seen. Tests are inside a
/// module of their own, so theirs climb one more and are not looked at.
fn climbs(path: &Path, text: &str) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.unwrap_or_default();
    // The module of a folder is one level up, the tests of a file are one level further down.
    let depth = path.components().count() + usize::from(stem.ends_with(TESTS));
    let depth = depth - usize::from(stem == "mod");
    let climb = "super::".repeat(depth);
    let outside = text.split("#[cfg(test)]\nmod tests {").next();
    let lines = outside.unwrap_or_default().lines();
    lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.contains(&climb))
}

fn line_of(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|known| *known == layer)
}

/// The first names of all paths that begin with `crate::`, in order.
fn imports(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    // Line by line would lose groups; comments inside a group name nothing.
    for (at, _) in text.match_indices("crate::") {
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        if text[line..].trim_start().starts_with("//") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.push(name(rest)),
        }
    }
    names
}

/// The first names of a group's members; `group` is what follows its opening brace.
fn heads(group: &str) -> Vec<&str> {
    let (mut depth, mut expects, mut names) = (0, true, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects = true,
            _ if expects && !character.is_whitespace() => {
                names.push(name(&group[at..]));
                expects = false;
            }
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> &str {
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let end = text.find(|character| !is_name(character));
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rookery_bootstrap::repository;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(against_the_order(Path::new(path), text), expected);
    }

    #[test]
    fn import_from_above_is_as_it_should_be() {
        let text = "use crate::{\n    clock,\n    protocol::{codes::Close, wire::Wire},\n    topic::room::Room,\n};\nfn f() { crate::limits::places::x() }\n";
        check("rooms/actor.rs", text, &[]);
        check("rooms/actor.rs", "use super::{ports, directory::X};", &[]);
        check("main.rs", "use crate::http;", &[]);
    }

    #[test]
    fn import_from_below_is_found_wherever_it_stands() {
        let found =
            "realtime-hub/src/topic/room/mod.rs: `topic` imports from `session`, which is below it";
        for text in [
            "use crate::session::client::ClientSession;",
            "use crate::{\n    protocol::{codes::Close, wire::Wire},\n    session::Services,\n};",
            "fn f(of: &crate::session::Services) {}",
            "#[cfg(test)]\nmod tests {\n    use crate::session::Services;\n}",
        ] {
            check("topic/room/mod.rs", text, &[found]);
        }
        check(
            "topic/room/mod.rs",
            "/// See [`crate::session`].\n// crate::session\n",
            &[],
        );
    }

    #[test]
    fn way_around_the_order_is_found() {
        let unknown = "realtime-hub/src/helpers/mod.rs: `helpers` is no layer; see layers.rs";
        check("helpers/mod.rs", "", &[unknown]);
        let unlisted = "realtime-hub/src/api/mod.rs: imports `helpers`, which is no layer";
        check("api/mod.rs", "use crate::helpers::help;", &[unlisted]);
        let climbing = "realtime-hub/src/api/grpc.rs: leaves its layer by `super`; write `crate`";
        check("api/grpc.rs", "use super::super::http::x;", &[climbing]);
        check("topic/room/mod.rs", "use super::log::x;", &[]);
        check("topic/room/posted.rs", "use super::super::log::x;", &[]);
        check("clock_tests.rs", "use super::*;", &[]);
        check("identity/jwt_tests.rs", "use super::super::ticket::x;", &[]);
    }

    #[test]
    fn hub_keeps_the_order() {
        assert_eq!(findings(&repository()).unwrap(), Vec::<String>::new());
    }
}
