//! What a topic may do, by its namespace: the part of its name before the first `:`. A topic
//! without one has its own name as namespace.

mod settings;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::settings::{NamespaceConfig, NamespaceError};
use crate::{limits::rate_limit::Rate, protocol::topic_name::namespace_name};

/// Who gives a publication its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A core, which keeps it for ever: a room is the live tail of that log.
    Logged,
    /// The hub, which keeps the newest in a ring.
    Sequenced,
    /// Nobody: who is not there misses it.
    Ephemeral,
}

/// What a subscriber is given of what it missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Recovery {
    /// Everything since its position, or nothing.
    Stream,
    /// The newest publication, also when it comes for the first time.
    Cache,
}

/// Whose client may subscribe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MaySubscribe {
    /// Nobody's: the hub seats whom it wants.
    Nobody,
    /// Whom a core grants the topic; where there is none, whom a token for it does.
    Granted,
    /// Everybody who is signed in.
    Authenticated,
}

/// Whose client may publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MayPublish {
    /// Nobody's.
    Nobody,
    /// Whoever is subscribed.
    Subscribers,
    /// Everybody who is signed in.
    Authenticated,
}

/// What those in a topic may learn of who else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresencePolicy {
    /// Nothing.
    Off,
    /// How many connections and users.
    Counts,
    /// Which, up to [`Namespace::presence_max_members`]; above that how many.
    Full,
}

/// What a room keeps of its newest publications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingLimits {
    /// Publications.
    pub events: usize,
    /// Payload bytes.
    pub bytes: usize,
    /// How long one is kept; a logged topic's are kept as long as the room.
    pub age: Duration,
}

/// The rules of one namespace, checked and whole; [`NamespaceConfig`] says what each means.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "NamespaceConfig documents each")]
pub struct Namespace {
    pub name: Box<str>,
    pub kind: Kind,
    pub ring: RingLimits,
    pub recovery: Recovery,
    pub subscribe: MaySubscribe,
    pub publish: MayPublish,
    pub client_event_kinds: Vec<String>,
    pub publishes: Rate,
    pub publication_bytes: usize,
    pub presence: PresencePolicy,
    pub presence_max_members: u32,
    pub join_leave: bool,
    pub tags_filter: bool,
    pub delta: bool,
    pub conflate: bool,
    pub topics_max: usize,
    pub epoch_age: Duration,
}

impl Namespace {
    /// Whether anything is told of who is in a topic.
    #[must_use]
    pub fn has_presence(&self) -> bool {
        self.presence != PresencePolicy::Off
    }

    /// Whether anything is kept of what was published.
    #[must_use]
    pub fn has_history(&self) -> bool {
        self.kind != Kind::Ephemeral
    }
}

/// Every namespace there is, by name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Namespaces(Arc<HashMap<Box<str>, Arc<Namespace>>>);

impl Namespaces {
    /// The built-in ones, overlaid and completed by what an operator wrote.
    ///
    /// # Errors
    /// The first key that is missing, unusable or contradicts another one.
    pub fn new(written: &BTreeMap<String, NamespaceConfig>) -> Result<Self, NamespaceError> {
        Self::overlaid(settings::built_in().collect(), written)
    }

    /// Those of a hub without a core: nothing is logged, and the names of what a core would log are
    /// free.
    ///
    /// # Errors
    /// As [`Self::new`], and any logged namespace.
    pub fn without_core(
        written: &BTreeMap<String, NamespaceConfig>,
    ) -> Result<Self, NamespaceError> {
        let own = settings::built_in().filter(|(_, base)| base.kind != Some(Kind::Logged));
        let namespaces = Self::overlaid(own.collect(), written)?;
        match namespaces.0.values().find(|of| of.kind == Kind::Logged) {
            Some(logged) => Err(settings::logged_without_core(&logged.name)),
            None => Ok(namespaces),
        }
    }

    fn overlaid(
        bases: Vec<(&'static str, NamespaceConfig)>,
        written: &BTreeMap<String, NamespaceConfig>,
    ) -> Result<Self, NamespaceError> {
        let others = written
            .iter()
            .filter(|(name, _)| bases.iter().all(|(known, _)| known != *name))
            .map(|(name, config)| settings::resolve(name, config));
        let others: Vec<_> = others.collect();
        let built_in = bases.into_iter().map(|(name, base)| {
            let config = match written.get(name) {
                Some(over) => over.clone().on_top_of(name, base)?,
                None => base,
            };
            settings::resolve(name, &config)
        });
        let all = built_in.chain(others).map(|namespace| {
            let namespace = namespace?;
            Ok((namespace.name.clone(), Arc::new(namespace)))
        });
        Ok(Self(Arc::new(all.collect::<Result<_, NamespaceError>>()?)))
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Namespace> {
        self.0.values().map(|namespace| &**namespace)
    }

    /// The namespace of `topic`, if there is one of that name.
    #[must_use]
    pub fn of(&self, topic: &str) -> Option<&Arc<Namespace>> {
        self.0.get(namespace_name(topic))
    }

    /// The namespace of `topic`, if a core logs it.
    #[must_use]
    pub fn of_logged(&self, topic: &str) -> Option<&Arc<Namespace>> {
        self.of(topic)
            .filter(|namespace| namespace.kind == Kind::Logged)
    }
}
