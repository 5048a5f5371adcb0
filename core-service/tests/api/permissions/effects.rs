//! Each cell of the tables, tried by its effect over HTTP and the hub's gRPC.
//!
//! Long because every act stands beside its effect.

use std::collections::BTreeMap;

use core_service::domain::{
    contact::WhoMayAdd,
    conversation::{Kind, Role},
    permission::{Act, Standing, Whose},
};
use serde_json::{Value, json};
use shared_proto::core::v1::{AuthorizeRequest, auth_client::AuthClient};

use super::{
    BETWEEN, Cell, acts, columns, is_impossible, may_add, may_follow, may_open, page::words,
};
use crate::{
    app::{Answer, SECRET, TestApp},
    grpc::{connect, runtime},
    person::{Person, message},
    profiles::{load, set_picture},
    uploads::{PHOTOGRAPH, carrying, sent},
};

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
    /// What the first of the actors said, where they could.
    own: Value,
    /// What the witness said, after that.
    others: Value,
}

/// What an actor has uploaded; who is nobody has uploaded nothing.
fn sent_by(actor: &Person<'_>, name: &str, bytes: &[u8]) -> Value {
    if actor.token.is_empty() {
        json!({ "id": crate::person::uuid() })
    } else {
        sent(actor, name, bytes)
    }
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
            Act::Read => {
                let found = format!("/messages/search?q=us&conversation_id={}", self.chat);
                let paths = [
                    "/messages",
                    "/messages?after_seq=0",
                    "/mentions",
                    "/changes",
                    "/members",
                    "/media",
                ];
                let asked = paths.map(at).into_iter().chain([found]);
                asked.map(|path| actor.get(&path)).collect()
            }
            // The hub asks on their behalf: see `hears`.
            Act::Hear => Vec::new(),
            Act::Post => vec![actor.post(&at("/messages"), &message("me too"))],
            Act::Attach => {
                let file = sent_by(actor, "a.txt", b"a file");
                vec![actor.post(&at("/messages"), &carrying(&file, ""))]
            }
            Act::Edit(whose) => {
                let body = json!({ "text": "edited", "client_op_id": crate::person::uuid() });
                vec![actor.patch(&at(&self.message(whose)), &body)]
            }
            Act::Delete(whose) => {
                vec![actor.delete(&at(&format!("{}?for=everyone", self.message(whose))))]
            }
            Act::Hide => {
                vec![actor.delete(&at(&format!("{}?for=me", self.message(Whose::Others))))]
            }
            Act::React => {
                let at = at(&format!("{}/reaction", self.message(Whose::Others)));
                vec![actor.delete(&at), actor.put(&at, &json!({ "emoji": "👍" }))]
            }
            Act::Pin => {
                let at = at(&format!("{}/pin", self.message(Whose::Others)));
                vec![
                    actor.delete(&at),
                    actor.put(&at, &json!({ "for_s": 86_400 })),
                ]
            }
            Act::Star => {
                let at = at(&format!("{}/star", self.message(Whose::Others)));
                vec![actor.delete(&at), actor.put(&at, &json!({}))]
            }
            Act::Info(whose) => vec![actor.get(&at(&format!("{}/info", self.message(whose))))],
            Act::Draft => vec![actor.put(&at("/draft"), &json!({ "text": "so far" }))],
            Act::Arrange => {
                let body = json!({ "muted_until": "always", "archived": true });
                vec![actor.patch(&at("/settings"), &body)]
            }
            Act::Clear => {
                let body = json!({ "up_to_seq": self.others["seq"] });
                vec![actor.post(&at("/clear"), &body)]
            }
            Act::Mark => {
                let body = json!({ "read_seq": self.others["seq"] });
                vec![actor.post(&at("/receipts"), &body)]
            }
            Act::Accept => vec![actor.accept(&self.chat)],
            Act::Leave => vec![actor.remove(&self.chat, actor)],
            Act::Add => {
                let body = json!({ "user_id": self.newcomer.id });
                vec![actor.post(&at("/members"), &body)]
            }
            Act::EditInfo => {
                let body = json!({ "title": "Owls", "description": "of the night" });
                let change = actor.patch(&at(""), &body);
                let attachment = sent_by(actor, "a.jpg", PHOTOGRAPH);
                let body = json!({ "attachment_id": attachment["id"] });
                vec![
                    change,
                    actor.delete(&at("/picture")),
                    actor.put(&at("/picture"), &body),
                ]
            }
            Act::SetLifetime => {
                let body = json!({ "seconds": 86_400 });
                vec![actor.put(&at("/disappearing"), &body)]
            }
            Act::Invite => {
                let at = at("/invites");
                vec![actor.get(&at), actor.post(&at, &json!({}))]
            }
            Act::Remove(role) => vec![actor.remove(&self.chat, self.target(actor, role))],
            Act::SetRole { from, to } => {
                let target = self.target(actor, from);
                vec![actor.set_role(&self.chat, target, to.as_str())]
            }
        }
    }

    fn said(&self, whose: Whose) -> &Value {
        match whose {
            Whose::Own if !self.own.is_null() => &self.own,
            // Who could not say anything tries it on what was said.
            Whose::Own | Whose::Others => &self.others,
        }
    }

    /// The address of a message.
    fn message(&self, whose: Whose) -> String {
        format!("/messages/{}", self.said(whose)["id"].as_str().unwrap())
    }

    /// A message as somebody sees it; null where they see none.
    fn seen(&self, person: &Person<'_>, whose: Whose) -> Value {
        let page = person.get(&format!("/conversations/{}/messages", self.chat));
        let page = page.ok(200);
        let id = &self.said(whose)["id"];
        let mut messages = page["messages"].as_array().unwrap().iter();
        messages
            .find(|message| message["id"] == *id)
            .cloned()
            .unwrap_or_default()
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
            Act::Read => {
                let (seqs, has_more) = actor.seqs(&self.chat, "");
                seqs.last().map(|seq| json!(seq)) == Some(self.others["seq"].clone()) && !has_more
            }
            Act::Hear => self.hears(actor),
            Act::Post => {
                self.witness.conversation(&self.chat)["last_message"]["text"] == json!("me too")
            }
            Act::Attach => {
                let last = &self.witness.conversation(&self.chat)["last_message"];
                last["attachment"]["name"] == json!("a.txt")
            }
            Act::Edit(whose) => self.seen(self.witness, whose)["text"] == "edited",
            Act::Delete(whose) => self.seen(self.witness, whose)["deleted"] == true,
            Act::Hide => {
                self.seen(actor, Whose::Others).is_null()
                    && self.seen(self.witness, Whose::Others)["text"] == SAID
            }
            Act::React => {
                let reactions = &self.seen(self.witness, Whose::Others)["reactions"];
                *reactions == json!([{ "emoji": "👍", "count": 1, "user_ids": [actor.id] }])
            }
            Act::Pin => {
                let pin = &self.witness.conversation(&self.chat)["pins"][0];
                (&pin["by"], &pin["message_id"]) == (&json!(actor.id), &self.others["id"])
            }
            Act::Star => {
                let list = actor.get("/starred").ok(200);
                list["starred"][0]["message"]["id"] == self.others["id"]
                    && self.seen(actor, Whose::Others)["starred"] == true
                    && self.seen(self.witness, Whose::Others)["starred"] == false
            }
            Act::Info(_) => {
                let told = answers[0].json()["members"].clone();
                let told = told.as_array().unwrap().iter();
                let told: Vec<String> = told
                    .map(|member| member["user"]["id"].as_str().unwrap().to_owned())
                    .collect();
                let mut others: Vec<String> = self.roles().into_iter().map(|role| role.0).collect();
                others.retain(|id| *id != actor.id);
                others.sort();
                // Behind a block nobody is told of the other.
                let is_told =
                    self.kind == Kind::Group || own()["receipts"].as_array().unwrap().len() == 2;
                told == if is_told { others } else { Vec::new() }
            }
            Act::Draft => {
                let others = self.witness.conversation(&self.chat)["draft"].clone();
                own()["draft"]["text"] == "so far" && others.is_null()
            }
            Act::Arrange => {
                let of = |seen: &Value| (seen["muted_until"].clone(), seen["archived"].clone());
                let others = of(&self.witness.conversation(&self.chat));
                of(&own()) == (json!("always"), json!(true))
                    && others == (Value::Null, json!(false))
            }
            Act::Clear => {
                self.seen(actor, Whose::Others).is_null()
                    && self.seen(self.witness, Whose::Others)["text"] == SAID
            }
            Act::Mark => own()["read_seq"] == self.others["seq"],
            Act::Accept => own()["state"] == json!("active"),
            Act::Leave => {
                let gone = actor.get(&format!("/conversations/{}", self.chat));
                gone.status == 404 && !self.hears(actor)
            }
            Act::Add => self.role(self.newcomer).as_deref() == Some("member"),
            Act::EditInfo => {
                let seen = self.witness.conversation(&self.chat);
                let shown = load(actor.app, &seen["picture_id"], "?size=96");
                (&seen["title"], &seen["description"]) == (&json!("Owls"), &json!("of the night"))
                    && shown.status == 200
            }
            Act::SetLifetime => {
                self.witness.conversation(&self.chat)["disappear_s"] == json!(86_400)
            }
            Act::Invite => {
                let token = answers[1].json()["token"].as_str().unwrap().to_owned();
                let entered = self
                    .newcomer
                    .post(&format!("/invites/{token}/accept"), &json!({}));
                entered.status == 200 && self.role(self.newcomer).as_deref() == Some("member")
            }
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
    let own = match standing {
        Standing::Outside | Standing::Requested => Value::Null,
        Standing::Inside(_) => actor.say(&chat, "mine"),
    };
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
    // Nobody but the owner removes an admin, and an owner is in no group of another's.
    let other = if standing == Standing::Inside(Role::Owner) {
        member
    } else {
        owner
    };
    let others = other.say(&chat, SAID);
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
        own,
        others,
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
            let is_own_affair = matches!(
                act,
                Act::Leave | Act::Hide | Act::Star | Act::Draft | Act::Arrange | Act::Clear
            );
            if is_own_affair && column.standing == Standing::Inside(Role::Owner) {
                scene.witness = &people["admin"];
            }
            let label = format!("{} by {}", words(act), column.name);
            scene.check(act, column.cell(Kind::Group, act), &label);
        }
    }
}

pub(crate) fn direct_chat_is_as_the_table_says(app: &TestApp) {
    // There is one chat of two people: each cell takes another pair.
    let people: Vec<Person<'_>> = (0..18)
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
            let own = match column.standing {
                Standing::Inside(_) => actor.say(&chat, "mine"),
                Standing::Outside | Standing::Requested => Value::Null,
            };
            let others = witness.say(&chat, SAID);
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
                own,
                others,
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
        let others = ada.say(&chat, SAID);
        let scene = Scene {
            chat,
            kind,
            actors: vec![&nobody],
            witness: &ada,
            targets: Role::ALL.into_iter().map(|role| (role, &ben)).collect(),
            newcomer: &ben,
            own: Value::Null,
            others,
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
        let [ada, ben, eve] =
            ["ada", "ben", "eve"].map(|handle| Person::new(app, &format!("{handle}{number}")));
        set_picture(&ben, "/users/me", PHOTOGRAPH).check_status(200);
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
        check_profile(
            &ada,
            &ben,
            between.shows_profile(between.are_contacts),
            name,
        );
        let common = eve.group(&[&ada, &ben]);
        check_profile(&ada, &ben, between.shows_profile(true), name);
        eve.remove(&common, &ben).check_status(204);
        check_profile(
            &ada,
            &ben,
            between.shows_profile(between.are_contacts),
            name,
        );
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
        choose(&ben, WhoMayAdd::Nobody);
        let others = ben.group(&[]);
        let invites = format!("/conversations/{others}/invites");
        let invite = ben.post(&invites, &json!({})).ok(201);
        let follow = format!("/invites/{}/accept", invite["token"].as_str().unwrap());
        let expected = may_follow(between);
        check(&ada.post(&follow, &json!({})), expected, "follow");
        let is_in = ada.get(&format!("/conversations/{others}")).status == 200;
        assert_eq!(is_in, expected.is_ok(), "{name}");
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

/// Whether one person sees the picture of another and what they say about themselves, wherever they find
/// them.
#[track_caller]
fn check_profile(person: &Person<'_>, other: &Person<'_>, is_shown: bool, label: &str) {
    let path = format!("/users/{}", other.id);
    let own = other.get(&path).ok(200);
    assert_eq!(own, other.get("/users/me").ok(200));
    let seen = person.get(&path);
    if is_shown {
        assert_eq!(seen.ok(200), own, "{label}");
    } else {
        seen.check_problem(404, "not_found");
    }
    let handle = own["handle"].as_str().unwrap();
    let search = person.get(&format!("/users?query={handle}")).ok(200);
    let chats = person.get("/conversations").ok(200);
    let chats = chats["conversations"].as_array().unwrap().iter();
    let members = chats.flat_map(|chat| chat["members"].as_array().unwrap());
    let mut found: Vec<&Value> = members.filter(|member| member["id"] == other.id).collect();
    found.push(&search["users"][0]);
    for user in found {
        let picture = if is_shown {
            &own["picture_id"]
        } else {
            &Value::Null
        };
        assert_eq!(&user["picture_id"], picture, "{label}: {user}");
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
