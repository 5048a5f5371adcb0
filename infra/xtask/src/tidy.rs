//! What no other tool looks at: promises that the repository makes about itself.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{conformance, layers};

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
    let decisions = decisions(&files);
    let mut findings = Vec::new();
    for path in &files {
        let Ok(text) = fs::read_to_string(repository.join(path)) else {
            continue;
        };
        findings.extend(length(path, &text).into_iter().chain(manifest(path, &text)));
        findings.extend(citations(path, &text, &decisions));
        findings.extend(queries_without_reason(path, &text));
        findings.extend(empty_comments(path, &text));
    }
    let todo = fs::read_to_string(repository.join("TODO.md"))?;
    findings.extend(todo_sections(&todo));
    findings.extend(conformance::findings(repository)?);
    findings.extend(layers::findings(repository)?);
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

/// What stands before the reason for a query that is not checked against the schema.
const QUERY_REASON: &str = "The builder has no";

/// Queries as strings, where nothing in the lines above says why diesel cannot build them.
fn queries_without_reason(path: &Path, text: &str) -> Vec<String> {
    if !path.starts_with("core-service") || path.extension().is_none_or(|name| name != "rs") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let has_reason = |number: usize| {
        let above = &lines[number.saturating_sub(4)..number];
        above.iter().any(|line| line.contains(QUERY_REASON))
    };
    lines
        .iter()
        .enumerate()
        .filter(|(number, line)| line.contains("sql_query(") && !has_reason(*number))
        .map(|(number, _)| {
            let place = format!("{}:{}", path.display(), number + 1);
            format!("{place}: a query as a string; build it, or say above: {QUERY_REASON} …")
        })
        .collect()
}

/// What a comment says that says nothing.
const EMPTY_COMMENT: &str = "See the module";

/// Comments that send the reader to the top of the file instead of saying something.
fn empty_comments(path: &Path, text: &str) -> Vec<String> {
    // This file names what it looks for.
    if path.ends_with("tidy.rs") || path.extension().is_none_or(|name| name != "rs") {
        return Vec::new();
    }
    let lines = text.lines().enumerate();
    let empty = lines.filter(|(_, line)| {
        let comment = line.trim_start().strip_prefix("///");
        comment.is_some_and(|comment| comment.trim_start().starts_with(EMPTY_COMMENT))
    });
    empty
        .map(|(number, _)| {
            let place = format!("{}:{}", path.display(), number + 1);
            format!("{place}: a comment that points to another; say in a line what this is")
        })
        .collect()
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

/// The numbers of the decisions in `docs/adr`.
fn decisions(files: &[PathBuf]) -> BTreeSet<u32> {
    let records = files
        .iter()
        .filter_map(|file| file.strip_prefix("docs/adr").ok());
    records
        .filter_map(|file| file.to_str()?.split('-').next()?.parse().ok())
        .collect()
}

/// Decisions that a file cites and that do not exist: `adr/0007` or `ADR 7`.
fn citations(path: &Path, text: &str, decisions: &BTreeSet<u32>) -> Vec<String> {
    // Its tests cite what does not exist.
    if path.ends_with("tidy.rs") {
        return Vec::new();
    }
    let cited = ["adr/", "ADR "].into_iter().flat_map(|before| {
        text.split(before).skip(1).filter_map(|after| {
            let digits = after.split(|c: char| !c.is_ascii_digit()).next();
            digits?.parse().ok()
        })
    });
    let missing: BTreeSet<u32> = cited.filter(|number| !decisions.contains(number)).collect();
    missing
        .into_iter()
        .map(|number| {
            format!(
                "{} cites ADR {number}, which does not exist",
                path.display()
            )
        })
        .collect()
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
    fn query_as_a_string_needs_a_reason() {
        let path = Path::new("core-service/src/a.rs");
        let query = "let row = sql_query(";
        assert_eq!(queries_without_reason(path, query).len(), 1);
        let reason = format!("// {QUERY_REASON} function for that.\n{query}");
        assert!(queries_without_reason(path, &reason).is_empty());
        assert!(queries_without_reason(Path::new("docs/a.md"), query).is_empty());
    }

    #[test]
    fn comment_that_says_nothing_is_found() {
        let text = "/// See the module's description.\npub struct A;\n/// A ring.\npub struct B;\n";
        let found = empty_comments(Path::new("a/b.rs"), text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a/b.rs:1: "), "{}", found[0]);
        assert!(empty_comments(Path::new("a.md"), text).is_empty());
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
    fn cited_decision_that_does_not_exist_is_found() {
        let files = ["docs/adr/0007-a-thing.md", "docs/events.md"].map(PathBuf::from);
        let decisions = decisions(&files);
        let found = |text| citations(Path::new("a.rs"), text, &decisions);
        assert!(found("see ADR 7 and docs/adr/0007-a-thing.md, [ADRs](adr)").is_empty());
        assert_eq!(found("ADR 8, docs/adr/0008, ADR 8, adr/0012").len(), 2);
    }

    #[test]
    fn todo_needs_its_four_sections() {
        let good = "# TODO\n## Guidelines\n## Completed\n## Fixes\n## Todo\n";
        assert_eq!(todo_sections(good), None);
        assert!(todo_sections("# TODO\n## Todo\n").is_some());
    }
}
