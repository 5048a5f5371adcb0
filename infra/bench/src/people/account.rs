//! Accounts at the API: made, and signed in to.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::http::{Answer, Http};

const PASSWORD: &str = "correct horse battery staple";

/// A server that refuses for longer is not there any more.
const PERSIST_FOR: Duration = Duration::from_secs(120);

/// Where no `Retry-After` says how long to wait.
const PAUSE: Duration = Duration::from_secs(1);

/// Somebody who is signed in.
pub(crate) struct Account {
    pub(crate) http: Http,
    pub(crate) id: String,
    pub(crate) handle: String,
}

/// How to come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Register,
    LogIn,
}

impl Account {
    /// Makes an account.
    ///
    /// # Errors
    /// When it is refused, or not made within two minutes.
    pub(crate) async fn register(source: Ipv4Addr, api: SocketAddrV4) -> Result<Self> {
        let (account, _) = Self::enter(Door::Register, source, api, Self::new_handle()).await?;
        Ok(account)
    }

    /// A handle that nobody has.
    pub(crate) fn new_handle() -> String {
        let name = Uuid::new_v4().simple().to_string();
        format!("bench_{}", &name[..16])
    }

    /// Registers or signs in, and says again what was answered with 503 after as long as that
    /// answer said. With how often it was refused so.
    ///
    /// # Errors
    /// When anything else is answered, or nothing good within two minutes.
    pub(crate) async fn enter(
        door: Door,
        source: Ipv4Addr,
        api: SocketAddrV4,
        handle: String,
    ) -> Result<(Self, u32)> {
        let mut http = Http::new(source, api);
        let (path, body) = match door {
            Door::Register => (
                "/auth/register",
                json!({"handle": handle, "display_name": "Bench", "password": PASSWORD}),
            ),
            Door::LogIn => (
                "/auth/login",
                json!({"handle": handle, "password": PASSWORD}),
            ),
        };
        let (session, refused) = persist(&mut http, path, &body).await?;
        http.token = text(&session["access_token"])?;
        let id = text(&session["user"]["id"])?;
        Ok((Self { http, id, handle }, refused))
    }

    /// Makes a group of others and oneself; its id.
    ///
    /// # Errors
    /// As [`Self::register`].
    pub(crate) async fn make_group(&mut self, members: &[String]) -> Result<String> {
        let body = json!({
            "kind": "group",
            "title": "Bench",
            "member_ids": members,
            "client_id": Uuid::new_v4(),
        });
        let (group, _) = persist(&mut self.http, "/conversations", &body).await?;
        text(&group["id"])
    }

    /// Posts a message, once.
    ///
    /// # Errors
    /// When there is no answer.
    pub(crate) async fn post(&mut self, group: &str, id: &str) -> std::io::Result<Answer> {
        let body = json!({"client_msg_id": id, "text": "Nobody reads this, and still it counts."});
        self.http
            .post(&format!("/conversations/{group}/messages"), &body)
            .await
    }
}

async fn persist(http: &mut Http, path: &str, body: &Value) -> Result<(Value, u32)> {
    let begun = Instant::now();
    let mut refused = 0;
    loop {
        let answer = http.post(path, body).await;
        let answer = answer.with_context(|| format!("{path} was not answered"))?;
        match answer.status {
            200 | 201 => return Ok((answer.json(), refused)),
            503 if begun.elapsed() < PERSIST_FOR => {
                refused += 1;
                sleep(answer.retry_after.unwrap_or(PAUSE)).await;
            }
            status => bail!("{path} was answered with {status} {}", answer.json()),
        }
    }
}

fn text(value: &Value) -> Result<String> {
    let text = value.as_str().context("a field is missing in an answer")?;
    Ok(text.to_owned())
}
