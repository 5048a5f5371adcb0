//! Somebody who is signed in.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Answer, TestApp};

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Person<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) cookie: String,
}

pub(crate) fn uuid() -> String {
    Uuid::new_v4().to_string()
}

pub(crate) fn registration(handle: &str) -> Value {
    json!({ "handle": handle, "display_name": handle, "password": PASSWORD })
}

impl<'a> Person<'a> {
    #[track_caller]
    pub(crate) fn new(app: &'a TestApp, handle: &str) -> Self {
        Self::signed_in(
            app,
            &app.post("/api/v1/auth/register", &registration(handle)),
            201,
        )
    }

    #[track_caller]
    pub(crate) fn signed_in(app: &'a TestApp, answer: &Answer, status: u16) -> Self {
        let session = answer.ok(status);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, token) = (text(&session["user"]["id"]), text(&session["access_token"]));
        Self {
            app,
            id,
            token,
            cookie: answer.cookie(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(self.app.next(), "GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.app.next(), "POST", path, Some(body))
    }

    pub(crate) fn post_to(&self, replica: usize, path: &str, body: &Value) -> Answer {
        self.send(replica, "POST", path, Some(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.app.next(), "PUT", path, Some(body))
    }

    pub(crate) fn put_to(&self, replica: usize, path: &str, body: &Value) -> Answer {
        self.send(replica, "PUT", path, Some(body))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.app.next(), "PATCH", path, Some(body))
    }

    pub(crate) fn patch_to(&self, replica: usize, path: &str, body: &Value) -> Answer {
        self.send(replica, "PATCH", path, Some(body))
    }

    pub(crate) fn delete_at(&self, replica: usize, path: &str) -> Answer {
        self.send(replica, "DELETE", path, None)
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send(self.app.next(), "DELETE", path, None)
    }

    pub(crate) fn delete_with(&self, path: &str, body: &Value) -> Answer {
        self.send(self.app.next(), "DELETE", path, Some(body))
    }

    fn send(&self, replica: usize, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let headers = &headers[..1 + usize::from(body.is_some())];
        let body = body.map(Value::to_string).unwrap_or_default();
        self.app.send_to(
            replica,
            method,
            &format!("/api/v1{path}"),
            headers,
            body.as_bytes(),
        )
    }

    /// A request whose body is no JSON.
    pub(crate) fn send_bytes(
        &self,
        replica: usize,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        let path = format!("/api/v1{path}");
        self.app.send_to(replica, method, &path, &headers, body)
    }

    pub(crate) fn create_direct(&self, other: &Self) -> Answer {
        let body = json!({ "kind": "direct", "member_ids": [other.id], "client_id": uuid() });
        self.post("/conversations", &body)
    }

    /// A direct chat's id.
    #[track_caller]
    pub(crate) fn direct(&self, other: &Self) -> String {
        id(&self.create_direct(other).ok(201))
    }

    /// The id of a direct chat that the other person has accepted.
    #[track_caller]
    pub(crate) fn befriend(&self, other: &Self) -> String {
        let chat = self.direct(other);
        other.accept(&chat).check_status(200);
        chat
    }

    pub(crate) fn accept(&self, chat: &str) -> Answer {
        self.post(&format!("/conversations/{chat}/accept"), &json!({}))
    }

    #[track_caller]
    pub(crate) fn set_block(&self, other: &Self, on: bool) {
        let path = format!("/users/me/blocks/{}", other.id);
        let answer = if on {
            self.put(&path, &json!({}))
        } else {
            self.delete(&path)
        };
        answer.check_status(204);
    }

    /// A new group's id.
    #[track_caller]
    pub(crate) fn group(&self, members: &[&Self]) -> String {
        let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let body =
            json!({ "kind": "group", "title": "Rooks", "member_ids": ids, "client_id": uuid() });
        id(&self.post("/conversations", &body).ok(201))
    }

    /// Posts a message.
    #[track_caller]
    pub(crate) fn say(&self, chat: &str, text: &str) -> Value {
        self.post(&format!("/conversations/{chat}/messages"), &message(text))
            .ok(201)
    }

    #[track_caller]
    pub(crate) fn conversation(&self, chat: &str) -> Value {
        self.get(&format!("/conversations/{chat}")).ok(200)
    }

    #[track_caller]
    pub(crate) fn seqs(&self, chat: &str, query: &str) -> (Vec<i64>, bool) {
        let page = self
            .get(&format!("/conversations/{chat}/messages?{query}"))
            .ok(200);
        let messages = page["messages"].as_array().unwrap();
        let seqs = messages
            .iter()
            .map(|message| message["seq"].as_i64().unwrap());
        (seqs.collect(), page["has_more"].as_bool().unwrap())
    }

    #[track_caller]
    pub(crate) fn changes(&self, chat: &str, query: &str) -> Value {
        self.get(&format!("/conversations/{chat}/changes?{query}"))
            .ok(200)
    }

    #[track_caller]
    pub(crate) fn add(&self, chat: &str, user: &Self) -> Value {
        self.post(
            &format!("/conversations/{chat}/members"),
            &json!({ "user_id": user.id }),
        )
        .ok(200)
    }

    pub(crate) fn remove(&self, chat: &str, user: &Self) -> Answer {
        self.delete(&format!("/conversations/{chat}/members/{}", user.id))
    }

    pub(crate) fn set_role(&self, chat: &str, user: &Self, role: &str) -> Answer {
        self.put(
            &format!("/conversations/{chat}/members/{}/role", user.id),
            &json!({ "role": role }),
        )
    }

    #[track_caller]
    pub(crate) fn read(&self, chat: &str, seq: i64) -> Value {
        self.post(
            &format!("/conversations/{chat}/receipts"),
            &json!({ "read_seq": seq }),
        )
        .ok(200)
    }
}

pub(crate) fn message(text: &str) -> Value {
    json!({ "client_msg_id": uuid(), "text": text })
}

#[track_caller]
pub(crate) fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

/// Offset and type of each change.
pub(crate) fn kinds(changes: &Value) -> Vec<(i64, &str)> {
    let changes = changes["changes"].as_array().unwrap().iter();
    let kind = |change: &'_ Value| change["offset"].as_i64().unwrap();
    changes
        .map(|change| (kind(change), change["event"]["type"].as_str().unwrap()))
        .collect()
}

/// Handles of a conversation's members.
pub(crate) fn handles(conversation: &Value) -> Vec<&str> {
    let members = conversation["members"].as_array().unwrap().iter();
    members
        .map(|member| member["handle"].as_str().unwrap())
        .collect()
}
