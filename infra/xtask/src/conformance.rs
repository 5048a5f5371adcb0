//! `docs/conformance.md` names a test for each feature of the protocol, `docs/features.md` one for each
//! feature of the chat that works. This keeps them from rotting.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

use anyhow::Result;

const LIST: &str = "docs/conformance.md";
const CHAT: &str = "docs/features.md";
const CODES: &str = "realtime-hub/src/protocol/codes.rs";
const MESSAGES: &str = "shared-proto/proto/rookery/client/v1/client.proto";

/// Between a file and the name of a test in it.
const POINTER: &str = " › ";

/// Every finding: a test that does not exist, and what the list does not have.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn findings(repository: &Path) -> Result<Vec<String>> {
    let read = |path: &str| fs::read_to_string(repository.join(path));
    let (list, chat) = (read(LIST)?, read(CHAT)?);
    let mut files = HashMap::new();
    let mut findings = Vec::new();
    for (name, text) in [(LIST, &list), (CHAT, &chat)] {
        for (file, test) in proofs(text) {
            let source = files
                .entry(path_of(file))
                .or_insert_with_key(|path| read(path).unwrap_or_default());
            if !has_test(source, test) {
                findings.push(format!("{name}: there is no test `{test}` in {file}"));
            }
        }
    }
    findings
        .extend(undecided(&chat).map(|row| format!("{CHAT}: neither a test nor `open`: {row}")));
    let described = features(&list);
    let (messages, table) = (read(MESSAGES)?, read(CODES)?);
    let named = fields(&messages, "Command").chain(fields(&messages, "Push"));
    let missing = codes(&table)
        .chain(named.map(|name| format!("`{name}`")))
        .filter(|feature| !described.contains(feature.as_str()));
    findings.extend(missing.map(|feature| format!("{LIST} does not have {feature}")));
    Ok(findings)
}

/// Where a file is that a list names.
fn path_of(file: &str) -> String {
    match file.split('/').next() {
        Some("src") => format!("realtime-hub/{file}"),
        Some(name) if name == file => format!("client/e2e/{file}"),
        _ => file.to_owned(),
    }
}

/// The features that have neither a test nor the word `open`.
fn undecided(list: &str) -> impl Iterator<Item = &str> {
    let rows = list.lines().filter_map(|line| line.strip_prefix("| "));
    // The first two are the head of the table.
    rows.filter(|row| !row.starts_with("---") && !row.starts_with("feature |"))
        .filter(|row| !row.contains(POINTER) && !row.contains("| open"))
}

/// Every file and test that the list names.
fn proofs(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let rows = list.lines().filter(|line| line.starts_with('|'));
    let cells = rows.flat_map(|row| row.split(" | ").skip(1));
    cells
        .flat_map(|cell| cell.trim_end_matches([' ', '|']).split("<br>"))
        .filter_map(|proof| {
            let (file, test) = proof.split_once(POINTER)?;
            let file = file.trim_end_matches('`').rsplit('`').next()?;
            Some((file, test))
        })
}

/// Whether a source has a test of this name.
fn has_test(text: &str, name: &str) -> bool {
    let names = [
        format!("fn {name}("),
        format!("('{name}'"),
        format!("(`{name}`"),
        format!(" '{name}',"),
    ];
    names.iter().any(|name| text.contains(name))
}

/// What the first cells of all rows say: names in backquotes, and numbers.
fn features(list: &str) -> BTreeSet<&str> {
    let rows = list.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| cell.split([' ', ','])).collect()
}

/// The names of a message's fields that are messages; what is not names the reply or the channel.
fn fields<'a>(messages: &'a str, message: &str) -> impl Iterator<Item = &'a str> {
    let begin = format!("message {message} {{\n");
    let body = messages.split_once(&begin).map_or("", |(_, rest)| rest);
    let body = body.split('}').next().unwrap_or_default();
    body.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_message = words.next()?.starts_with(char::is_uppercase);
        words.next().filter(|_| is_message)
    })
}

/// The numbers in the table of codes.
fn codes(source: &str) -> impl Iterator<Item = String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    source.lines().filter_map(|line| {
        let (_, after) = line
            .split_once(" = ")
            .or_else(|| line.split_once("code: "))?;
        let (number, _) = after.split_once(',')?;
        number.parse::<u16>().ok().map(|number| number.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_read_and_looked_up() {
        let row = "| `ping` | here: `a.test.mjs` › one, two<br>`src/b.rs` › three_four |\n";
        let found: Vec<_> = proofs(row).collect();
        assert_eq!(
            found,
            [("a.test.mjs", "one, two"), ("src/b.rs", "three_four")]
        );
        assert!(has_test("test('one, two', () => 1)", "one, two"));
        assert!(has_test("    fn three_four() {", "three_four"));
        assert!(!has_test("test('one, two, three', () => 1)", "one, two"));
        assert!(features(row).contains("`ping`"));
        assert_eq!(path_of("a.test.mjs"), "client/e2e/a.test.mjs");
        assert_eq!(path_of("src/b.rs"), "realtime-hub/src/b.rs");
        assert_eq!(path_of("client/src/c.ts"), "client/src/c.ts");
        let table =
            "| feature | proof |\n| --- | --- |\n| a | open |\n| b | `c` › d |\n| e | later |\n";
        assert_eq!(undecided(table).collect::<Vec<_>>(), ["e | later |"]);
    }

    #[test]
    fn what_the_list_must_have_is_read() {
        let messages = "message Push {\n  int64 id = 1;\n  Publication pub = 4;\n}\n";
        assert_eq!(fields(messages, "Push").collect::<Vec<_>>(), ["pub"]);
        let source = "    SLOW = 3008, \"slow\";\n        code: 2000,\n    let a = 1;\n";
        assert_eq!(codes(source).collect::<Vec<_>>(), ["3008", "2000"]);
    }
}
