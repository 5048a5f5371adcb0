//! Who may do what. `docs/permissions.md` is the print of the tables that decide, and every cell of it
//! is tried by its effect.
//!
//! Long because every cell of the matrix is tried by its effect.

use std::{collections::BTreeMap, fmt::Write as _};

use core_service::domain::{
    contact::{Between, ContactDenied, WhoMayAdd},
    conversation::{Kind, Role},
    permission::{Act, Denied, Standing},
};
use serde_json::{Value, json};
use shared_proto::core::v1::{AuthorizeRequest, auth_client::AuthClient};

use crate::{
    app::{Answer, SECRET, TestApp},
    grpc::{connect, runtime},
    person::{Person, message},
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md");
const MARK: &str =
    "<!-- The tables below are written by `UPDATE_SNAPSHOTS=1 cargo test -p core-service`. -->\n";

/// What a cell says: nothing, or status and code of the refusal.
type Cell = Result<(), (u16, &'static str)>;

/// A column of a table: what a user is to a conversation and, in a direct chat, to the other person.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    standing: Standing,
    between: Between,
}

const STRANGERS: Between = Between {
    blocks: false,
    is_blocked: false,
    are_contacts: false,
};
const CONTACTS: Between = Between {
    are_contacts: true,
    ..STRANGERS
};
const BLOCKED: Between = Between {
    is_blocked: true,
    ..CONTACTS
};
const BLOCKING: Between = Between {
    blocks: true,
    ..CONTACTS
};

const GROUP: [Column; 5] = [
    column("outside", Standing::Outside),
    column("requested", Standing::Requested),
    column("member", Standing::Inside(Role::Member)),
    column("admin", Standing::Inside(Role::Admin)),
    column("owner", Standing::Inside(Role::Owner)),
];

/// Nobody has a role in a direct chat.
const DIRECT: [Column; 5] = [
    column("outside", Standing::Outside),
    column("requested", Standing::Requested),
    column("accepted", Standing::Inside(Role::Member)),
    Column {
        between: BLOCKED,
        ..column("blocked", Standing::Inside(Role::Member))
    },
    Column {
        between: BLOCKING,
        ..column("has blocked", Standing::Inside(Role::Member))
    },
];

const BETWEEN: [(&str, Between); 4] = [
    ("no accepted chat", STRANGERS),
    ("accepted chat", CONTACTS),
    ("blocked", BLOCKED),
    ("has blocked", BLOCKING),
];

const fn column(name: &'static str, standing: Standing) -> Column {
    Column {
        name,
        standing,
        between: STRANGERS,
    }
}

fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Group => &GROUP,
        Kind::Direct => &DIRECT,
    }
}

/// The rows of a table.
fn acts(kind: Kind) -> Vec<Act> {
    let has_roles = |act: &Act| match act {
        Act::Remove(role) => *role != Role::Member,
        Act::SetRole { from, .. } => *from != Role::Member,
        _ => false,
    };
    let mut acts = Act::all();
    acts.retain(|act| kind == Kind::Group || !has_roles(act));
    acts
}

impl Column {
    fn cell(&self, kind: Kind, act: Act) -> Cell {
        act.check(kind, self.standing).map_err(of_denied)?;
        if kind == Kind::Direct && act == Act::Post {
            self.between.check_write().map_err(of_contact)?;
        }
        Ok(())
    }
}

fn of_denied(denied: Denied) -> (u16, &'static str) {
    match denied {
        Denied::NotFound => (404, "not_found"),
        Denied::NotAGroup => (409, "not_a_group"),
        Denied::NotAccepted => (409, "not_accepted"),
        Denied::RoleTooLow => (403, "role_too_low"),
    }
}

fn of_contact(denied: ContactDenied) -> (u16, &'static str) {
    match denied {
        ContactDenied::Blocked => (403, "blocked"),
        ContactDenied::Blocking => (409, "blocking"),
        ContactDenied::MayNotAdd => (403, "may_not_be_added"),
        ContactDenied::RequestFull => (403, "request_full"),
        ContactDenied::AskedRecently => (403, "asked_recently"),
        ContactDenied::TooManyBlocks => (422, "too_many_blocks"),
    }
}

/// Nobody can try this: a group has one owner.
fn is_impossible(column: &Column, act: Act) -> bool {
    act == Act::Remove(Role::Owner) && column.standing == Standing::Inside(Role::Owner)
}

// The page.

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
    let shows = BETWEEN.map(|(_, between)| {
        if between.shows_presence() {
            "yes"
        } else {
            "no"
        }
    });
    row(
        &mut text,
        "presence, typing and marks in the direct chat",
        shows.map(str::to_owned),
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

fn words(act: Act) -> String {
    match act {
        Act::See => "see it".into(),
        Act::Read => "read messages, changes and members".into(),
        Act::Hear => "hear it: WebSocket, event streams".into(),
        Act::Post => "post a message".into(),
        Act::Mark => "move one's own marks".into(),
        Act::Accept => "accept".into(),
        Act::Leave => "leave, hide or decline".into(),
        Act::Add => "add a person".into(),
        Act::Remove(role) => format!("remove a person: {}", role.as_str()),
        Act::SetRole { from, to } => {
            format!("give a person a role: {} → {}", from.as_str(), to.as_str())
        }
    }
}

fn may_open(between: Between) -> Cell {
    between.check_write().map_err(of_contact)
}

fn may_add(between: Between, setting: WhoMayAdd) -> Cell {
    between.check_add(setting).map_err(of_contact)
}

/// Written by hand, so that a change of the table that was not meant is seen here, too.
#[test]
fn nobody_stands_above_the_owner_and_requests_give_nothing_away() {
    for standing in Standing::ALL {
        for to in Role::ALL {
            let from = Role::Owner;
            let act = Act::SetRole { from, to };
            assert!(act.check(Kind::Group, standing).is_err());
        }
        let act = Act::Remove(Role::Owner);
        assert!(act.check(Kind::Group, standing).is_err());
    }
    for act in [Act::Read, Act::Hear, Act::Post, Act::Mark, Act::Add] {
        let checked = act.check(Kind::Group, Standing::Requested);
        assert_eq!(checked, Err(Denied::NotAccepted));
    }
    for act in Act::all() {
        for kind in [Kind::Direct, Kind::Group] {
            assert_eq!(act.check(kind, Standing::Outside), Err(Denied::NotFound));
        }
    }
}

// The effects.

/// A conversation in which somebody acts.
struct Scene<'a> {
    chat: String,
    kind: Kind,
    /// Whoever has the standing that is tried.
    actors: Vec<&'a Person<'a>>,
    /// Is in it throughout.
    witness: &'a Person<'a>,
    /// Who has which role, for acts on somebody else.
    targets: BTreeMap<Role, &'a Person<'a>>,
    newcomer: &'a Person<'a>,
}

/// What was said before anybody acts.
const SAID: &str = "between us";

impl Scene<'_> {
    /// What an act that is refused must leave as it is.
    fn state(&self) -> (Value, Value, Vec<(String, String)>) {
        let seen = self.witness.conversation(&self.chat);
        (
            seen["topic"].clone(),
            seen["last_message"].clone(),
            self.roles(),
        )
    }

    fn roles(&self) -> Vec<(String, String)> {
        let seen = self.witness.conversation(&self.chat);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let members = seen["members"].as_array().unwrap().iter();
        members
            .map(|member| (text(&member["id"]), text(&member["role"])))
            .collect()
    }

    fn role(&self, person: &Person<'_>) -> Option<String> {
        let roles = self.roles();
        let found = roles.into_iter().find(|(id, _)| *id == person.id);
        found.map(|(_, role)| role)
    }

    fn target(&self, actor: &Person<'_>, role: Role) -> &Person<'_> {
        let other = self.targets.get(&role);
        let other = other.filter(|target| target.id != actor.id);
        other.copied().unwrap_or(self.actors[0])
    }

    /// The answers of every route for it.
    fn act(&self, actor: &Person<'_>, act: Act) -> Vec<Answer> {
        let at = |rest: &str| format!("/conversations/{}{rest}", self.chat);
        match act {
            Act::See => vec![actor.get(&at(""))],
            Act::Read => ["/messages", "/messages?after_seq=0", "/changes", "/members"]
                .map(|path| actor.get(&at(path)))
                .into(),
            // The hub asks on their behalf: see `hears`.
            Act::Hear => Vec::new(),
            Act::Post => vec![actor.post(&at("/messages"), &message("me too"))],
            Act::Mark => vec![actor.post(&at("/receipts"), &json!({ "read_seq": 1 }))],
            Act::Accept => vec![actor.accept(&self.chat)],
            Act::Leave => vec![actor.remove(&self.chat, actor)],
            Act::Add => {
                let body = json!({ "user_id": self.newcomer.id });
                vec![actor.post(&at("/members"), &body)]
            }
            Act::Remove(role) => vec![actor.remove(&self.chat, self.target(actor, role))],
            Act::SetRole { from, to } => {
                let target = self.target(actor, from);
                vec![actor.set_role(&self.chat, target, to.as_str())]
            }
        }
    }

    fn hears(&self, actor: &Person<'_>) -> bool {
        let request = AuthorizeRequest {
            user_id: actor.id.clone(),
            topics: vec![format!("chat:{}", self.chat)],
        };
        runtime().block_on(async {
            let mut auth = AuthClient::new(connect(actor.app, 0, SECRET).await);
            let granted = auth.authorize(request).await.unwrap().into_inner();
            !granted.grants.is_empty()
        })
    }

    /// Whether an act that was allowed did what it is for.
    fn check_effect(&self, actor: &Person<'_>, act: Act, answers: &[Answer], label: &str) {
        let own = || actor.conversation(&self.chat);
        let is_there = match act {
            Act::See => answers[0].json()["id"] == json!(self.chat),
            Act::Read => actor.seqs(&self.chat, "") == (vec![1], false),
            Act::Hear => self.hears(actor),
            Act::Post => {
                self.witness.conversation(&self.chat)["last_message"]["text"] == json!("me too")
            }
            Act::Mark => own()["read_seq"] == json!(1),
            Act::Accept => own()["state"] == json!("active"),
            Act::Leave => {
                let gone = actor.get(&format!("/conversations/{}", self.chat));
                gone.status == 404 && !self.hears(actor)
            }
            Act::Add => self.role(self.newcomer).as_deref() == Some("member"),
            Act::Remove(role) => self.role(self.target(actor, role)).is_none(),
            Act::SetRole { from, to } => {
                self.role(self.target(actor, from)).as_deref() == Some(to.as_str())
            }
        };
        assert!(is_there, "{label}: allowed, and nothing came of it");
        if act == Act::Leave && self.kind == Kind::Group {
            assert_eq!(self.role(actor), None, "{label}");
        }
    }

    #[track_caller]
    fn check(&self, act: Act, expected: Cell, label: &str) {
        for actor in &self.actors {
            let before = self.state();
            let answers = self.act(actor, act);
            match expected {
                Ok(()) => {
                    for answer in &answers {
                        assert!(answer.status < 300, "{label}: {}", answer.status);
                    }
                    self.check_effect(actor, act, &answers, label);
                }
                Err((status, code)) => {
                    for answer in &answers {
                        assert_eq!(answer.status, status, "{label}");
                        answer.check_problem(status, code);
                    }
                    if act == Act::Hear {
                        assert!(!self.hears(actor), "{label}");
                    }
                    assert_eq!(
                        self.state(),
                        before,
                        "{label}: refused, and changed something"
                    );
                }
            }
        }
    }
}

/// A group of an owner, an admin and a member, and whoever has the standing.
fn group<'a>(people: &'a BTreeMap<&str, Person<'a>>, standing: Standing) -> Scene<'a> {
    let person = |name: &str| &people[name];
    let (admin, member) = (person("admin"), person("member"));
    let actor = person("actor");
    let owner = match standing {
        Standing::Inside(Role::Owner) => actor,
        _ => person("owner"),
    };
    let mut actors = vec![actor];
    let mut members = vec![admin, member];
    match standing {
        Standing::Outside => {
            actors.extend([person("left"), person("removed")]);
            members.extend(&actors[1..]);
        }
        Standing::Inside(Role::Owner) => {}
        Standing::Requested | Standing::Inside(_) => members.push(actor),
    }
    let chat = owner.group(&members);
    owner.set_role(&chat, admin, "admin").check_status(200);
    match standing {
        Standing::Outside => {
            actors[1].remove(&chat, actors[1]).check_status(204);
            owner.remove(&chat, actors[2]).check_status(204);
        }
        Standing::Requested => {
            actor.remove(&chat, actor).check_status(204);
            owner.add(&chat, actor);
        }
        Standing::Inside(Role::Admin) => {
            owner.set_role(&chat, actor, "admin").check_status(200);
        }
        Standing::Inside(_) => {}
    }
    owner.say(&chat, SAID);
    Scene {
        chat,
        kind: Kind::Group,
        actors,
        // Is removed in some of the acts; the others never are.
        witness: owner,
        targets: BTreeMap::from([
            (Role::Owner, owner),
            (Role::Admin, admin),
            (Role::Member, member),
        ]),
        newcomer: person("newcomer"),
    }
}

pub(crate) fn group_is_as_the_table_says(app: &TestApp) {
    let names = [
        "owner", "admin", "member", "actor", "left", "removed", "newcomer",
    ];
    let people: BTreeMap<&str, Person<'_>> = names
        .iter()
        .map(|name| (*name, Person::new(app, &format!("{name}_p"))))
        .collect();
    for column in columns(Kind::Group) {
        for act in acts(Kind::Group) {
            if is_impossible(column, act) {
                continue;
            }
            let mut scene = group(&people, column.standing);
            if act == Act::Leave && column.standing == Standing::Inside(Role::Owner) {
                scene.witness = &people["admin"];
            }
            let label = format!("{} by {}", words(act), column.name);
            scene.check(act, column.cell(Kind::Group, act), &label);
        }
    }
}

pub(crate) fn direct_chat_is_as_the_table_says(app: &TestApp) {
    // There is one chat of two people: each cell takes another pair.
    let people: Vec<Person<'_>> = (0..13)
        .map(|number| Person::new(app, &format!("person{number}")))
        .collect();
    let mut pairs =
        (0..people.len()).flat_map(|low| (low + 1..people.len()).map(move |high| (low, high)));
    for column in columns(Kind::Direct) {
        for act in acts(Kind::Direct) {
            let (low, high) = pairs.next().unwrap();
            let (witness, actor) = (&people[low], &people[high]);
            let strangers = people.iter().enumerate();
            let (_, stranger) = strangers
                .into_iter()
                .find(|(index, _)| ![low, high].contains(index))
                .unwrap();
            let chat = match column.standing {
                Standing::Requested => witness.direct(actor),
                Standing::Outside | Standing::Inside(_) => witness.befriend(actor),
            };
            let mut actors = vec![actor];
            witness.say(&chat, SAID);
            if column.standing == Standing::Outside {
                actor.remove(&chat, actor).check_status(204);
                actors.push(stranger);
            }
            if column.between.is_blocked {
                witness.set_block(actor, true);
            }
            if column.between.blocks {
                actor.set_block(witness, true);
            }
            let scene = Scene {
                chat,
                kind: Kind::Direct,
                actors,
                witness,
                targets: BTreeMap::from([(Role::Member, witness)]),
                newcomer: stranger,
            };
            let label = format!("{} in a direct chat by {}", words(act), column.name);
            scene.check(act, column.cell(Kind::Direct, act), &label);
        }
    }
}

/// Whoever brings no token is told the same everywhere, whatever is there.
pub(crate) fn nobody_may_do_anything(app: &TestApp) {
    let (ada, ben) = (Person::new(app, "ada"), Person::new(app, "ben"));
    let nobody = Person {
        app,
        id: ada.id.clone(),
        token: String::new(),
        cookie: String::new(),
    };
    let chats = [
        (Kind::Group, ada.group(&[&ben])),
        (Kind::Direct, ada.befriend(&ben)),
    ];
    for (kind, chat) in chats {
        ada.say(&chat, SAID);
        let scene = Scene {
            chat,
            kind,
            actors: vec![&nobody],
            witness: &ada,
            targets: Role::ALL.into_iter().map(|role| (role, &ben)).collect(),
            newcomer: &ben,
        };
        for act in acts(kind).into_iter().filter(|act| *act != Act::Hear) {
            scene.check(act, Err((401, "token_invalid")), &words(act));
        }
    }
}

pub(crate) fn people_are_to_each_other_as_the_table_says(app: &TestApp) {
    let choose = |person: &Person<'_>, setting: WhoMayAdd| {
        let body = json!({ "who_may_add": setting.as_str() });
        person.put("/users/me/settings", &body).check_status(204);
        assert_eq!(person.get("/users/me/settings").ok(200), body);
    };
    for (number, (name, between)) in BETWEEN.into_iter().enumerate() {
        let [ada, ben] =
            ["ada", "ben"].map(|handle| Person::new(app, &format!("{handle}{number}")));
        let block = || {
            if between.blocks {
                ada.set_block(&ben, true);
            }
            if between.is_blocked {
                ben.set_block(&ada, true);
            }
        };
        let check = |answer: &Answer, expected: Cell, label: &str| match expected {
            Ok(()) => assert!(answer.status < 300, "{label}, {name}: {}", answer.status),
            Err((status, code)) => answer.check_problem(status, code),
        };
        if between.are_contacts && may_open(between).is_err() {
            // Whoever has a chat has it; a block keeps a new one from being opened.
            block();
            check(&ada.create_direct(&ben), may_open(between), "open");
            ada.set_block(&ben, false);
            ben.set_block(&ada, false);
        }
        let chat = if between.are_contacts {
            ada.befriend(&ben)
        } else {
            let opened = ada.create_direct(&ben);
            check(&opened, may_open(between), "open");
            opened.ok(201)["id"].as_str().unwrap().to_owned()
        };
        block();
        let group = ada.group(&[]);
        for setting in WhoMayAdd::ALL {
            choose(&ben, setting);
            let expected = may_add(between, setting);
            let make = json!({
                "kind": "group", "title": "Rooks", "member_ids": [ben.id],
                "client_id": crate::person::uuid(),
            });
            check(&ada.post("/conversations", &make), expected, "make");
            let add = json!({ "user_id": ben.id });
            let members = format!("/conversations/{group}/members");
            check(&ada.post(&members, &add), expected, "add");
            let is_in = ben.get(&format!("/conversations/{group}")).status == 200;
            assert_eq!(is_in, expected.is_ok(), "{name}, {}", setting.as_str());
            if is_in {
                ada.remove(&group, &ben).check_status(204);
            }
        }
        let withheld = presence_is_withheld(app, &ada, &chat);
        assert_eq!(withheld, !between.shows_presence(), "{name}");
        let receipts = ada.conversation(&chat)["receipts"].clone();
        let of = |person: &Person<'_>| {
            let receipts = receipts.as_array().unwrap();
            receipts
                .iter()
                .any(|receipt| receipt["user_id"] == json!(person.id))
        };
        assert!(of(&ada));
        assert_eq!(of(&ben), between.shows_presence(), "{name}: {receipts}");
    }
}

/// Whether the hub is told to tell nothing of presence and typing there.
fn presence_is_withheld(app: &TestApp, person: &Person<'_>, chat: &str) -> bool {
    let request = AuthorizeRequest {
        user_id: person.id.clone(),
        topics: vec![format!("chat:{chat}")],
    };
    runtime().block_on(async {
        let mut auth = AuthClient::new(connect(app, 1, SECRET).await);
        let granted = auth.authorize(request).await.unwrap().into_inner();
        granted.grants[0].presence_withheld
    })
}
