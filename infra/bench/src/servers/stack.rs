//! A whole Rookery: nginx, cores, hub and database, started as people start it.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;
use rookery_kit::secret::Secret;

use super::{Door, Server, launched::Launched};
use crate::{
    clock::unix_s,
    database::{Database, Seeded, World},
    orders::{Dialect, Plan},
    patience,
    publish::{Publisher, grpc::HubPublisher},
    tokens::TokenSigner,
};

/// Where clients that speak the client protocol connect.
const WEBSOCKET_PATH: &str = "/connection/websocket";

/// What nginx's configuration says where calls of the hub are not logged.
const CALLS_UNLOGGED: &str = "access_log off;";

/// How long nginx may take to use another configuration.
const RELOADED_WITHIN: Duration = Duration::from_secs(2);

/// How long nginx keeps lines before it writes them, doubled.
const LOGGED_WITHIN: Duration = Duration::from_secs(1);

/// A running stack with its people and chats. It stops when this is dropped.
pub(crate) struct Stack {
    launched: Launched,
    seeded: Seeded,
    topics: Vec<String>,
    tokens: Vec<String>,
    event_streams: bool,
}

impl Stack {
    /// Starts everything and makes the world's people and chats. `hub_env` sets keys of the hub.
    ///
    /// # Errors
    /// When something does not start.
    pub(crate) fn start(world: &World, hub_env: &[(String, String)]) -> Result<Self> {
        let mut stack = Self {
            launched: Launched::start(&[], hub_env)?,
            seeded: Seeded::default(),
            topics: Vec::new(),
            tokens: Vec::new(),
            event_streams: false,
        };
        stack.seeded = stack.database()?.seed(world)?;
        let chats = stack.seeded.chats.iter();
        stack.topics = chats.map(|chat| format!("chat:{chat}")).collect();
        let signer = TokenSigner::new(&stack.launched.secret("jwt.pem")?, unix_s())?;
        let people = stack.seeded.people.iter();
        stack.tokens = people
            .map(|(user, session)| signer.sign(user, session))
            .collect::<Result<_>>()?;
        Ok(stack)
    }

    /// The same stack, whose clients are event streams of the first person.
    pub(crate) fn with_event_streams(mut self) -> Self {
        self.topics = vec![format!("user:{}", self.seeded.people[0].0)];
        self.event_streams = true;
        self
    }

    /// The token of a person.
    pub(crate) fn token(&self, person: usize) -> String {
        self.tokens[person].clone()
    }

    /// The id of a chat.
    pub(crate) fn chat(&self, chat: usize) -> &str {
        &self.seeded.chats[chat]
    }

    /// One connection for everyone, who subscribes to the chats that `subscribes` (person, chat)
    /// names and hears the others of theirs by the feed.
    pub(crate) fn plans(&self, world: &World, subscribes: impl Fn(u32, u32) -> bool) -> Vec<Plan> {
        let mut plans: Vec<Plan> = (0..world.people)
            .map(|person| Plan {
                token: Some(self.token(person)),
                ..Plan::default()
            })
            .collect();
        for (chat, members) in (0_u32..).zip(&world.chats) {
            for member in members {
                let plan = &mut plans[*member as usize];
                if subscribes(*member, chat) {
                    plan.subscribed.push(chat);
                } else {
                    plan.watched.push(chat);
                }
            }
        }
        plans
    }

    /// Where the API is.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn public_url(&self) -> Result<String> {
        self.launched.public_url()
    }

    /// Sends a signal to the hub.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn signal_hub(&self, signal: Signal) -> Result<()> {
        self.launched.signal("hub", signal)
    }

    /// The hub's process id; another one after it was started again.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn hub_pid(&self) -> Result<u32> {
        Ok(self.launched.process("hub")?.pid)
    }

    /// The cores' process ids.
    ///
    /// # Errors
    /// When the stack is gone.
    pub(crate) fn cores(&self) -> Result<Vec<u32>> {
        let processes = self.launched.processes()?.into_iter();
        let cores = processes.filter(|process| process.name.starts_with("core-"));
        Ok(cores.map(|process| process.pid).collect())
    }

    /// From now on nginx logs what the hub asks the cores.
    ///
    /// # Errors
    /// When nginx cannot be told.
    pub(crate) fn log_core_calls(&self) -> Result<()> {
        let path = self.launched.path("nginx/nginx.conf");
        let text = fs::read_to_string(&path)?;
        let log = self.calls_log();
        let logged = format!(
            "access_log \"{}\" plain buffer=64k flush=500ms;",
            log.display()
        );
        if text.matches(CALLS_UNLOGGED).count() != 1 {
            bail!("nginx.conf does not say `{CALLS_UNLOGGED}` exactly once");
        }
        fs::write(&path, text.replace(CALLS_UNLOGGED, &logged))?;
        self.launched.signal("nginx", Signal::SIGHUP)?;
        if !patience::becomes(RELOADED_WITHIN, || Ok(log.exists()))? {
            bail!("nginx did not take the changed configuration");
        }
        Ok(())
    }

    /// How often the hub has called which method of the cores since
    /// [`Self::log_core_calls`].
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) fn core_calls(&self) -> Result<BTreeMap<String, u64>> {
        patience::pause(LOGGED_WITHIN)?;
        let mut calls = BTreeMap::new();
        for line in fs::read_to_string(self.calls_log())?.lines() {
            let path = line.split(' ').nth(3).unwrap_or_default();
            let method = path
                .trim_start_matches("/rookery.core.v1.")
                .replace('/', ".");
            *calls.entry(method).or_default() += 1;
        }
        Ok(calls)
    }

    fn calls_log(&self) -> PathBuf {
        self.launched.path("log/core-calls.log")
    }

    fn database(&self) -> Result<Database> {
        Database::open(&self.launched.path("rookery.db"), unix_s())
    }
}

impl Server for Stack {
    fn door(&self) -> Result<Door> {
        Ok(Door {
            address: self.launched.hub_address()?,
            dialect: if self.event_streams {
                Dialect::EventStream
            } else {
                Dialect::Rookery
            },
            path: if self.event_streams {
                format!("/user/sse/notification/{}", self.seeded.people[0].0)
            } else {
                WEBSOCKET_PATH.into()
            },
            topics: self.topics.clone(),
        })
    }

    fn processes(&self) -> Result<Vec<u32>> {
        let processes = self.launched.processes()?;
        Ok(processes.iter().map(|process| process.pid).collect())
    }

    fn holders(&self) -> Result<Vec<u32>> {
        Ok(vec![self.hub_pid()?])
    }

    fn publisher(&self) -> Result<Box<dyn Publisher>> {
        let ingress = self.launched.process("hub")?.ports["grpc"];
        let secret = self.launched.secret("internal")?;
        Ok(Box::new(HubPublisher::connect(
            &format!("http://127.0.0.1:{ingress}"),
            &Secret::new(secret),
            self.topics.clone(),
            self.database()?,
        )?))
    }
}
