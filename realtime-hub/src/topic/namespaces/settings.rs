//! Section `namespaces.NAME` of the configuration, and what of it contradicts itself.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, MayPublish, MaySubscribe, Namespace, PresencePolicy, Recovery, RingLimits};
use crate::{limits::rate_limit::Rate, protocol::topic_name::FEED};

/// Names a namespace, or an ephemeral kind, at most this long.
const NAME_BYTES_MAX: usize = 64;

/// Ephemeral events that the hub makes by itself: a client that could say them would lie.
const HUB_EVENTS: [&str; 2] = ["presence", "receipts.moved"];

/// A configuration of namespaces that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("namespaces.{name}.{key} {reason}")]
pub struct NamespaceError {
    name: String,
    key: &'static str,
    reason: &'static str,
}

/// Section `namespaces.NAME`, as written: what is not there has its default. `chat`, `user`,
/// `control`, `feed` and `admin` are built in; a section of that name changes them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NamespaceConfig {
    /// Who gives a publication its place: a core (`logged`), the hub (`sequenced`), nobody
    /// (`ephemeral`).
    #[schemars(extend("x-default" = "must be set, except in `chat`, `user`, `control`, `admin` and `feed`"))]
    pub kind: Option<Kind>,
    /// Publications that a room keeps for those who come back.
    #[schemars(range(min = 1, max = 100_000), extend("x-default" = "`128`"))]
    pub ring_events: Option<usize>,
    /// Payload bytes that a room keeps.
    #[schemars(extend("x-default" = "`65536` if logged, `262144` if sequenced"))]
    pub ring_bytes: Option<usize>,
    /// How long a room keeps a publication, where the hub numbers it.
    #[schemars(range(min = 1), extend("x-default" = "`300`"))]
    pub ring_age_s: Option<u32>,
    /// What a subscriber is given of what it missed, where the hub numbers: all or nothing
    /// (`stream`) or the newest, also the first time (`cache`).
    #[schemars(extend("x-default" = "`stream`; `cache` with `conflate`"))]
    pub recovery: Option<Recovery>,
    /// Whose client may subscribe: nobody's, whom a core grants the topic (without a core: whom a
    /// subscription's token does), all who are signed in.
    #[schemars(extend("x-default" = "`granted`"))]
    pub subscribe: Option<MaySubscribe>,
    /// Whose client may publish: nobody's, whoever is subscribed, all who are signed in.
    #[schemars(extend("x-default" = "`nobody`"))]
    pub publish: Option<MayPublish>,
    /// Ephemeral events of a logged topic that everybody in it may cause by publishing
    /// `{"type": …}`; the hub adds who.
    #[schemars(extend("x-default" = "none; `typing` in `chat`"))]
    pub client_event_kinds: Option<Vec<String>>,
    /// How often one connection may publish in this namespace; more is answered with error 111.
    #[schemars(extend("x-default" = {"burst": 20, "per_second": 5}))]
    pub publishes: Option<Rate>,
    /// The largest payload that clients and servers may publish.
    #[schemars(range(min = 1), extend("x-default" = "`65536`"))]
    pub publication_bytes: Option<usize>,
    /// What those in a topic may learn of who else is.
    #[schemars(extend("x-default" = "`off`; `full` in `chat` and `user`"))]
    pub presence: Option<PresencePolicy>,
    /// Members of a chat, or connections of another topic, above which `full` presence answers
    /// counts and nobody is told who joins and leaves.
    #[schemars(extend("x-default" = "`1000`; `32` in `chat`"))]
    pub presence_max_members: Option<u32>,
    /// Whether subscribers that ask for it are told who joins and leaves.
    #[schemars(extend("x-default" = "`false`"))]
    pub join_leave: Option<bool>,
    /// Whether a subscriber may filter by tags.
    #[schemars(extend("x-default" = "`false` if logged, else `true`"))]
    pub tags_filter: Option<bool>,
    /// Whether a subscriber may ask for differences (Fossil deltas).
    #[schemars(extend("x-default" = "`false`"))]
    pub delta: Option<bool>,
    /// Whether a subscriber that is slow is given only the newest publication.
    #[schemars(extend("x-default" = "`false`"))]
    pub conflate: Option<bool>,
    /// Topics of this namespace that exist at the same time, unless a core logs them.
    #[schemars(range(min = 1), extend("x-default" = "`100000`"))]
    pub topics_max: Option<usize>,
    /// How long the epoch and the offset of a topic outlive the last listener and the last
    /// publication that is kept, where the hub numbers: a client that comes back in that time and
    /// missed nothing is recovered. The positions of all such topics may take 64 MiB; of more the oldest are
    /// forgotten before their time.
    #[schemars(range(min = 1), extend("x-default" = "`86400`"))]
    pub epoch_age_s: Option<u32>,
}

/// Namespaces that the hub and the chat core rely on.
pub(super) fn built_in() -> impl Iterator<Item = (&'static str, NamespaceConfig)> {
    let of = |kind, subscribe| NamespaceConfig {
        kind: Some(kind),
        subscribe: Some(subscribe),
        ..NamespaceConfig::default()
    };
    let chat = NamespaceConfig {
        client_event_kinds: Some(vec!["typing".into()]),
        presence: Some(PresencePolicy::Full),
        presence_max_members: Some(32),
        ..of(Kind::Logged, MaySubscribe::Granted)
    };
    let user = NamespaceConfig {
        presence: Some(PresencePolicy::Full),
        ..of(Kind::Logged, MaySubscribe::Nobody)
    };
    [
        ("chat", chat),
        ("user", user),
        ("control", of(Kind::Logged, MaySubscribe::Nobody)),
        ("admin", of(Kind::Sequenced, MaySubscribe::Nobody)),
        (FEED, of(Kind::Ephemeral, MaySubscribe::Nobody)),
    ]
    .into_iter()
}

impl NamespaceConfig {
    /// What is written, and for the rest `base`.
    pub(super) fn on_top_of(self, name: &str, base: Self) -> Result<Self, NamespaceError> {
        if self.kind.is_some_and(|kind| base.kind != Some(kind)) {
            return Err(NamespaceError {
                name: name.to_owned(),
                key: "kind",
                reason: "cannot be changed: the namespace is built in",
            });
        }
        Ok(Self {
            kind: base.kind,
            ring_events: self.ring_events.or(base.ring_events),
            ring_bytes: self.ring_bytes.or(base.ring_bytes),
            ring_age_s: self.ring_age_s.or(base.ring_age_s),
            recovery: self.recovery.or(base.recovery),
            subscribe: self.subscribe.or(base.subscribe),
            publish: self.publish.or(base.publish),
            client_event_kinds: self.client_event_kinds.or(base.client_event_kinds),
            publishes: self.publishes.or(base.publishes),
            publication_bytes: self.publication_bytes.or(base.publication_bytes),
            presence: self.presence.or(base.presence),
            presence_max_members: self.presence_max_members.or(base.presence_max_members),
            join_leave: self.join_leave.or(base.join_leave),
            tags_filter: self.tags_filter.or(base.tags_filter),
            delta: self.delta.or(base.delta),
            conflate: self.conflate.or(base.conflate),
            topics_max: self.topics_max.or(base.topics_max),
            epoch_age_s: self.epoch_age_s.or(base.epoch_age_s),
        })
    }
}

/// A hub without a core has nobody who keeps a log.
pub(super) fn logged_without_core(name: &str) -> NamespaceError {
    NamespaceError {
        name: name.to_owned(),
        key: "kind",
        reason: "contradicts standalone: without a core nothing is logged",
    }
}

/// The rules that a section means, if it does not contradict itself.
pub(super) fn resolve(name: &str, set: &NamespaceConfig) -> Result<Namespace, NamespaceError> {
    let refuse = |key, reason| NamespaceError {
        name: name.to_owned(),
        key,
        reason,
    };
    let kind = set
        .kind
        .ok_or_else(|| refuse("kind", "is not set: logged, sequenced or ephemeral"))?;
    let namespace = complete(name, kind, set);
    let mut contradictions = unusable(&namespace)
        .into_iter()
        .chain(against_the_kind(set, kind))
        .chain(against_each_other(&namespace));
    match contradictions.find(|(holds, ..)| *holds) {
        Some((_, key, reason)) => Err(refuse(key, reason)),
        None => Ok(namespace),
    }
}

fn complete(name: &str, kind: Kind, set: &NamespaceConfig) -> Namespace {
    let conflate = set.conflate.unwrap_or(false);
    let (ring_events, ring_bytes) = match kind {
        Kind::Logged => (128, 64 * 1024),
        Kind::Sequenced => (128, 256 * 1024),
        Kind::Ephemeral => (0, 0),
    };
    let recovery = if conflate {
        Recovery::Cache
    } else {
        Recovery::Stream
    };
    Namespace {
        name: name.into(),
        kind,
        ring: RingLimits {
            events: set.ring_events.unwrap_or(ring_events),
            bytes: set.ring_bytes.unwrap_or(ring_bytes),
            age: Duration::from_secs(set.ring_age_s.unwrap_or(300).into()),
        },
        recovery: set.recovery.unwrap_or(recovery),
        subscribe: set.subscribe.unwrap_or(MaySubscribe::Granted),
        publish: set.publish.unwrap_or(MayPublish::Nobody),
        client_event_kinds: set.client_event_kinds.clone().unwrap_or_default(),
        publishes: set.publishes.unwrap_or(Rate {
            per_second: 5,
            burst: 20,
        }),
        publication_bytes: set.publication_bytes.unwrap_or(64 * 1024),
        presence: set.presence.unwrap_or(PresencePolicy::Off),
        presence_max_members: set.presence_max_members.unwrap_or(1_000),
        join_leave: set.join_leave.unwrap_or(false),
        tags_filter: set.tags_filter.unwrap_or(kind != Kind::Logged),
        delta: set.delta.unwrap_or(false),
        conflate,
        topics_max: set.topics_max.unwrap_or(100_000),
        epoch_age: Duration::from_secs(set.epoch_age_s.unwrap_or(86_400).into()),
    }
}

/// Whether something is wrong, at which key, and what.
type Contradiction = (bool, &'static str, &'static str);

fn unusable(namespace: &Namespace) -> [Contradiction; 3] {
    let name = &namespace.name;
    let is_name = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control());
    let is_event = |event: &String| {
        let well_made = event
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
        well_made && !event.is_empty() && event.len() <= NAME_BYTES_MAX
    };
    let events = &namespace.client_event_kinds;
    [
        (
            !is_name,
            "kind",
            "has a section whose name no topic can begin with",
        ),
        (
            !events.iter().all(is_event),
            "client_event_kinds",
            "has a kind that is not made of a-z, 0-9, `.`, `_` and `-`",
        ),
        (
            events
                .iter()
                .any(|event| HUB_EVENTS.contains(&event.as_str())),
            "client_event_kinds",
            "has a kind that only the hub itself may say",
        ),
    ]
}

fn against_the_kind(set: &NamespaceConfig, kind: Kind) -> [Contradiction; 13] {
    let (logged, ephemeral) = (kind == Kind::Logged, kind == Kind::Ephemeral);
    let keeps_nothing = "contradicts kind = \"ephemeral\": nothing is kept";
    [
        (
            ephemeral && set.ring_events.is_some(),
            "ring_events",
            keeps_nothing,
        ),
        (
            ephemeral && set.ring_bytes.is_some(),
            "ring_bytes",
            keeps_nothing,
        ),
        (
            ephemeral && set.ring_age_s.is_some(),
            "ring_age_s",
            keeps_nothing,
        ),
        (
            ephemeral && set.recovery.is_some(),
            "recovery",
            keeps_nothing,
        ),
        (
            kind != Kind::Sequenced && set.epoch_age_s.is_some(),
            "epoch_age_s",
            "is for kind = \"sequenced\": in others the hub makes no epochs",
        ),
        (
            ephemeral && set.delta == Some(true),
            "delta",
            "contradicts kind = \"ephemeral\": a publication that was missed breaks the next delta",
        ),
        (
            logged && set.ring_age_s.is_some(),
            "ring_age_s",
            "contradicts kind = \"logged\": what the ring has lost is read from a core",
        ),
        (
            logged && set.recovery == Some(Recovery::Cache),
            "recovery",
            "contradicts kind = \"logged\": every event of a log counts",
        ),
        (
            logged && set.conflate == Some(true),
            "conflate",
            "contradicts kind = \"logged\": every event of a log counts",
        ),
        (
            logged && set.tags_filter == Some(true),
            "tags_filter",
            "contradicts kind = \"logged\": events of a log have no tags to filter by",
        ),
        (
            logged && set.subscribe == Some(MaySubscribe::Authenticated),
            "subscribe",
            "contradicts kind = \"logged\": only a core's grant says where a log may be read from",
        ),
        (
            logged
                && set
                    .publish
                    .is_some_and(|publish| publish != MayPublish::Nobody),
            "publish",
            "contradicts kind = \"logged\": a core writes its log; see client_event_kinds",
        ),
        (
            !logged
                && set
                    .client_event_kinds
                    .as_ref()
                    .is_some_and(|events| !events.is_empty()),
            "client_event_kinds",
            "is for kind = \"logged\"; publish says who may publish here",
        ),
    ]
}

fn against_each_other(namespace: &Namespace) -> [Contradiction; 7] {
    let (kind, delta) = (namespace.kind, namespace.delta);
    let base = "contradicts delta: an event without an offset breaks the next delta";
    [
        (
            delta && !namespace.client_event_kinds.is_empty(),
            "client_event_kinds",
            base,
        ),
        (
            delta && kind == Kind::Logged && namespace.presence == PresencePolicy::Full,
            "presence",
            base,
        ),
        (
            delta && namespace.conflate,
            "conflate",
            "contradicts delta: a publication that was left out breaks the next delta",
        ),
        (
            namespace.conflate && kind == Kind::Sequenced && namespace.recovery == Recovery::Stream,
            "recovery",
            "contradicts conflate: what was left out would come again",
        ),
        (
            kind == Kind::Sequenced && namespace.ring.bytes < namespace.publication_bytes,
            "ring_bytes",
            "must hold a publication: at least publication_bytes",
        ),
        (
            delta && kind == Kind::Logged && &*namespace.name == "chat",
            "delta",
            "contradicts the receipts of chats, which have no offset",
        ),
        (
            namespace.publish == MayPublish::Subscribers
                && namespace.subscribe == MaySubscribe::Nobody,
            "publish",
            "contradicts subscribe = \"nobody\": there are no subscribers",
        ),
    ]
}
