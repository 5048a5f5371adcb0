//! What tests of rooms need.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    mem,
    rc::Rc,
    sync::Arc,
    time::Instant,
};

use serde::Deserialize as _;
use serde_json::{Value, json};
use shared_proto::{client::v1::SubscribeResult, core::v1::Grant};

use super::{ConnectionId, Listener, Published, Room, RoomId, Seat, Wish};
use crate::{
    protocol::{frame::Frame, wire::Wire},
    topic::{
        log::LogLimits,
        namespaces::{Namespace, NamespaceConfig, Namespaces},
        sequence::NewPublication,
    },
};

/// Something that a connection was handed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    /// As JSON clients read it.
    pub(super) push: Value,
    /// It may take the place of one that waits.
    pub(super) latest: bool,
}

/// A connection that remembers what it hears.
#[derive(Clone)]
pub(super) struct Ear(Rc<State>);

struct State {
    id: ConnectionId,
    user: &'static str,
    client: String,
    heard: RefCell<Vec<Heard>>,
    inside: Cell<bool>,
    ended: Cell<u32>,
    invalidated: Cell<bool>,
}

impl Ear {
    pub(super) fn new(id: ConnectionId, user: &'static str) -> Self {
        Self(Rc::new(State {
            id,
            user,
            client: format!("{user}-{id}"),
            heard: RefCell::default(),
            inside: Cell::default(),
            ended: Cell::default(),
            invalidated: Cell::default(),
        }))
    }

    /// Everything that was heard since the last time.
    pub(super) fn take(&self) -> Vec<Heard> {
        mem::take(&mut *self.0.heard.borrow_mut())
    }

    pub(super) fn is_inside(&self) -> bool {
        self.0.inside.get()
    }

    /// Subscriptions that have ended.
    pub(super) fn ended(&self) -> u32 {
        self.0.ended.get()
    }

    pub(super) fn is_invalidated(&self) -> bool {
        self.0.invalidated.get()
    }

    fn hear(&self, frame: &Frame, latest: bool) {
        let bytes = frame.bytes(Wire::Json);
        // An unmasked WebSocket header (RFC 6455, section 5.2).
        let header_bytes = match bytes[1] {
            0..=125 => 2,
            126 => 4,
            _ => 10,
        };
        let mut reply: Value = serde_json::from_slice(&bytes[header_bytes..]).unwrap();
        let push = reply["push"].take();
        self.0.heard.borrow_mut().push(Heard { push, latest });
    }
}

impl Listener for Ear {
    fn id(&self) -> ConnectionId {
        self.0.id
    }

    fn user(&self) -> &str {
        self.0.user
    }

    fn client(&self) -> &str {
        &self.0.client
    }

    fn is_json(&self) -> bool {
        true
    }

    fn deliver(&self, frame: &Frame) {
        self.hear(frame, false);
    }

    fn deliver_latest(&self, _: RoomId, frame: &Frame) {
        self.hear(frame, true);
    }

    fn enter(&self, _: &Arc<str>) -> bool {
        self.0.inside.set(true);
        true
    }

    fn exit(&self, _: &str) {
        self.0.inside.set(false);
    }

    fn unsubscribed(&self) {
        self.0.ended.set(self.ended() + 1);
    }

    fn invalidate(&self) {
        self.0.invalidated.set(true);
    }
}

/// The namespace of `topic` where that is what is written of it.
pub(super) fn namespace(topic: &str, section: &Value) -> Arc<Namespace> {
    let name = topic.split(':').next().unwrap();
    let written = json!({ name: section });
    let written = BTreeMap::<String, NamespaceConfig>::deserialize(written).unwrap();
    let namespaces = Namespaces::new(&written).unwrap();
    namespaces.of(topic).unwrap().clone()
}

/// Room 7, of topic `x:1`, in a namespace of which that is written.
pub(super) fn own_room<L: Listener>(section: &Value) -> Room<L> {
    Room::own(7, namespace("x:1", section), "x:1", "e")
}

/// Room 7, of a chat whose log stands at `head`, in a namespace of which that is written.
pub(super) fn chat_room<L: Listener>(section: &Value, head: u64, member_count: u32) -> Room<L> {
    let namespace = namespace("chat:1", section);
    let limits = LogLimits::from(namespace.ring);
    Room::logged(7, namespace, &grant(head, 0, member_count), limits)
}

/// A grant for that chat.
pub(super) fn grant(head: u64, readable_from: u64, member_count: u32) -> Grant {
    Grant {
        topic: "chat:1".into(),
        epoch: "e".into(),
        head,
        readable_from,
        member_count,
        presence_withheld: false,
    }
}

pub(super) fn subscribe<L: Listener>(
    room: &mut Room<L>,
    listener: &L,
    wish: Wish,
) -> SubscribeResult {
    room.subscribe(listener, Seat::Subscriber, wish, &[])
        .unwrap()
}

pub(super) fn post<L: Listener>(room: &mut Room<L>, data: &str) -> Published {
    post_tagged(room, data, "")
}

pub(super) fn post_tagged<L: Listener>(room: &mut Room<L>, data: &str, tag: &str) -> Published {
    let publication = NewPublication {
        data: data.to_owned().into(),
        tags: [("tag".to_owned(), tag.to_owned())]
            .into_iter()
            .filter(|(_, tag)| !tag.is_empty())
            .collect(),
        ..NewPublication::default()
    };
    room.post(publication, false, Instant::now()).unwrap()
}
