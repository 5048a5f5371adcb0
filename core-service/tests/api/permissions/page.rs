//! The print of the tables.

use std::fmt::Write as _;

use core_service::domain::{
    contact::{Between, WhoMayAdd},
    conversation::Kind,
    permission::{Act, Whose},
};

use super::{BETWEEN, Cell, acts, columns, is_impossible, may_add, may_follow, may_open};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md");
const MARK: &str =
    "<!-- The tables below are written by `UPDATE_SNAPSHOTS=1 cargo test -p core-service`. -->\n";

/// `UPDATE_SNAPSHOTS=1 cargo test -p core-service` writes the tables anew.
#[test]
fn page_has_the_tables_that_decide() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (words, tables) = page.split_once(MARK).unwrap();
    let printed = print();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(PAGE, format!("{words}{MARK}{printed}")).unwrap();
    } else {
        assert!(
            tables == printed,
            "who may do what changed; review it, then accept it with \
             UPDATE_SNAPSHOTS=1 cargo test -p core-service"
        );
    }
}

fn print() -> String {
    let mut text = String::new();
    for (kind, title) in [(Kind::Group, "Groups"), (Kind::Direct, "Direct chats")] {
        let columns = columns(kind);
        heading(&mut text, title, columns.iter().map(|column| column.name));
        for act in acts(kind) {
            let cells = columns.iter().map(|column| {
                let cell = column.cell(kind, act);
                if is_impossible(column, act) {
                    "–".to_owned()
                } else if act == Act::Hear && cell.is_err() {
                    // The hub answers, in the words of its protocols.
                    "no".to_owned()
                } else {
                    shown(cell)
                }
            });
            row(&mut text, &words(act), cells);
        }
    }
    heading(
        &mut text,
        "Between two people",
        BETWEEN.iter().map(|(name, _)| *name),
    );
    let cells = |check: &dyn Fn(Between) -> Cell| BETWEEN.map(|(_, between)| shown(check(between)));
    row(&mut text, "open a direct chat", cells(&may_open));
    for setting in WhoMayAdd::ALL {
        let act = format!("add the other, who chose `{}`", setting.as_str());
        row(&mut text, &act, cells(&|between| may_add(between, setting)));
    }
    row(
        &mut text,
        "come into a group by a link that the other made",
        cells(&may_follow),
    );
    let shows = |is_shown: fn(Between) -> bool| {
        BETWEEN.map(|(_, between)| if is_shown(between) { "yes" } else { "no" }.to_owned())
    };
    row(
        &mut text,
        "presence, typing and marks in the direct chat",
        shows(Between::shows_presence),
    );
    row(
        &mut text,
        "picture, and what the other says about themselves; they share no group",
        shows(|between| between.shows_profile(between.are_contacts)),
    );
    row(
        &mut text,
        "the same; they share a group",
        shows(|between| between.shows_profile(true)),
    );
    text
}

fn heading(text: &mut String, title: &str, columns: impl Iterator<Item = &'static str>) {
    let columns: Vec<&str> = columns.collect();
    writeln!(text, "\n## {title}\n").unwrap();
    writeln!(text, "| | {} |", columns.join(" | ")).unwrap();
    writeln!(text, "| --- |{}", " --- |".repeat(columns.len())).unwrap();
}

fn row(text: &mut String, name: &str, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().collect();
    writeln!(text, "| {name} | {} |", cells.join(" | ")).unwrap();
}

fn shown(cell: Cell) -> String {
    match cell {
        Ok(()) => "yes".to_owned(),
        Err((status, code)) => format!("{status} `{code}`"),
    }
}

pub(super) fn words(act: Act) -> String {
    match act {
        Act::See => "see it".into(),
        Act::Read => "read messages, changes and members".into(),
        Act::Hear => "hear it: WebSocket, event streams".into(),
        Act::Post => "post a message".into(),
        Act::Attach => "post a picture, a voice note or a file".into(),
        Act::Edit(Whose::Own) => "edit one's own message".into(),
        Act::Edit(Whose::Others) => "edit another's message".into(),
        Act::Delete(Whose::Own) => "delete one's own message for everyone".into(),
        Act::Delete(Whose::Others) => "delete another's message for everyone".into(),
        Act::Hide => "delete a message for oneself".into(),
        Act::React => "react to a message".into(),
        Act::Pin => "pin and unpin a message".into(),
        Act::Star => "star a message for oneself".into(),
        Act::Info(Whose::Own) => "see who has read one's own message".into(),
        Act::Info(Whose::Others) => "see who has read another's message".into(),
        Act::Draft => "keep a draft".into(),
        Act::Arrange => "mute, archive, pin it, mark it as unread, for oneself".into(),
        Act::Clear => "clear it for oneself".into(),
        Act::Mark => "move one's own marks".into(),
        Act::Accept => "accept".into(),
        Act::Leave => "leave, hide or decline".into(),
        Act::Add => "add a person".into(),
        Act::EditInfo => "change title, description and picture".into(),
        Act::SetLifetime => "have messages disappear after a time".into(),
        Act::Invite => "make, see and revoke invite links".into(),
        Act::Remove(role) => format!("remove a person: {}", role.as_str()),
        Act::SetRole { from, to } => {
            format!("give a person a role: {} → {}", from.as_str(), to.as_str())
        }
    }
}
