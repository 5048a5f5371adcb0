//! A few people and chats, so that the first look is alive. Seeding twice changes nothing: accounts
//! are recognised by their handles, chats and messages by their client ids.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::{Agent, http::Response};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "rookery-demo";

/// Handles and names.
pub(crate) const PEOPLE: &[(&str, &str)] = &[
    ("ada", "Ada Lovelace"),
    ("grace", "Grace Hopper"),
    ("linus", "Linus Torvalds"),
    ("margaret", "Margaret Hamilton"),
    ("dennis", "Dennis Ritchie"),
];

/// Whose account the demo shows: has not read what came after the own messages.
const FIRST: usize = 0;

/// A chat between people, who are named by their places in [`PEOPLE`].
struct Chat {
    /// None for a direct chat.
    title: Option<&'static str>,
    /// The first one makes it.
    members: &'static [usize],
    /// Who says what.
    lines: &'static [(usize, &'static str)],
}

const CHATS: &[Chat] = &[
    Chat {
        title: Some("Weekend hike 🥾"),
        members: &[1, 0, 2, 3, 4],
        lines: &[
            (1, "Saturday looks dry. Who is in?"),
            (3, "Me! I can bring a thermos and far too many sandwiches"),
            (2, "In. Can we start after nine, please?"),
            (4, "Nine is early for a Saturday 😴"),
            (1, "Nine thirty at the station, then. Final offer."),
            (4, "Deal 🤝"),
            (
                0,
                "Count me in. I will work out the route, the last one went in circles",
            ),
        ],
    },
    Chat {
        title: Some("Release 1.0"),
        members: &[3, 0, 1, 2],
        lines: &[
            (3, "All checks are green on my side."),
            (
                2,
                "I read through the change. One variable name made me sad, fixed it.",
            ),
            (
                1,
                "Found a moth in the test rig again. It is taped into the log book now.",
            ),
            (3, "Then we ship today at four 🚀"),
        ],
    },
    Chat {
        title: None,
        members: &[2, 0],
        lines: &[
            (2, "Do you still have the notes from Tuesday?"),
            (0, "Yes, I will send them tonight"),
        ],
    },
    Chat {
        title: None,
        members: &[1, 0],
        lines: &[
            (1, "Did you see what the engine printed this morning?"),
            (0, "Not yet! What did it say?"),
            (
                1,
                "Exactly what you wrote down in your note G. Every single number.",
            ),
            (0, "I knew it 😊"),
            (1, "We should celebrate. Coffee at three?"),
            (0, "Three is perfect ☕"),
            (1, "See you at the corner place then"),
        ],
    },
];

struct Session {
    api: String,
    agent: Agent,
    token: String,
    user_id: String,
}

#[derive(Deserialize)]
struct SignedIn {
    access_token: String,
    user: Named,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Posted {
    seq: u64,
}

/// Adds them through the public API.
///
/// # Errors
/// When the API refuses.
pub(crate) fn seed(public_url: &str) -> Result<()> {
    let people: Vec<Session> = PEOPLE
        .iter()
        .map(|(handle, name)| Session::open(public_url, handle, name))
        .collect::<Result<_>>()?;
    for (chat, number) in CHATS.iter().zip(1..) {
        let others: Vec<&str> = chat.members[1..]
            .iter()
            .map(|who| people[*who].user_id.as_str())
            .collect();
        let made: Named = people[chat.members[0]].post(
            "/conversations",
            &json!({
                "kind": if chat.title.is_some() { "group" } else { "direct" },
                "title": chat.title,
                "member_ids": others,
                "client_id": id(number, 0),
            }),
        )?;
        let path = format!("/conversations/{}", made.id);
        let mut last = 0;
        let mut last_of_first = 0;
        for ((who, text), line) in chat.lines.iter().zip(1..) {
            let message = json!({"client_msg_id": id(number, line), "text": text});
            let Posted { seq } = people[*who].post(&format!("{path}/messages"), &message)?;
            last = seq;
            if *who == FIRST {
                last_of_first = seq;
            }
        }
        for who in chat.members {
            let read_seq = if *who == FIRST { last_of_first } else { last };
            people[*who].tell(&format!("{path}/receipts"), &json!({"read_seq": read_seq}))?;
        }
    }
    Ok(())
}

/// The same at every seeding.
fn id(chat: u32, line: u32) -> String {
    format!("de300000-0000-4000-8000-{chat:06}{line:06}")
}

impl Session {
    fn open(public_url: &str, handle: &str, name: &str) -> Result<Self> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut session = Self {
            api: format!("{public_url}/api/v1"),
            agent,
            token: String::new(),
            user_id: String::new(),
        };
        let person = json!({"handle": handle, "display_name": name, "password": PASSWORD});
        let mut answer = session.send("/auth/register", &person)?;
        if answer.status() == 409 {
            answer = session.send("/auth/login", &person)?;
        }
        let SignedIn { access_token, user } =
            read(answer).with_context(|| format!("somebody else has the handle {handle}"))?;
        session.token = access_token;
        session.user_id = user.id;
        Ok(session)
    }

    fn post<T: serde::de::DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T> {
        read(self.send(path, body)?)
    }

    /// Posts what is answered with nothing that matters.
    fn tell(&self, path: &str, body: &Value) -> Result<()> {
        check(self.send(path, body)?).map(drop)
    }

    fn send(&self, path: &str, body: &Value) -> Result<Response<ureq::Body>> {
        let mut request = self.agent.post(format!("{}{path}", self.api));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        Ok(request.send_json(body)?)
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: Response<ureq::Body>) -> Result<T> {
    Ok(check(answer)?.body_mut().read_json()?)
}

fn check(mut answer: Response<ureq::Body>) -> Result<Response<ureq::Body>> {
    if !answer.status().is_success() {
        bail!(
            "{}: {}",
            answer.status(),
            answer.body_mut().read_to_string()?
        );
    }
    Ok(answer)
}
