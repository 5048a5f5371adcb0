//! Events without an offset: they tell of a state, and nobody needs one that was missed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use shared_proto::{client::v1::Publication, core::v1::ReceiptMark};

use super::{ConnectionId, Listener, Member, Room, Seat};
use crate::topic::{
    namespaces::PresencePolicy,
    receipts::{Moved, Receipt},
};

/// What clients may cause: see `client_event_kinds` of a namespace.
#[derive(Serialize)]
struct Caused<'a> {
    r#type: &'a str,
    user_id: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Event<'a> {
    #[serde(rename = "presence")]
    Presence { user_id: &'a str, online: bool },
    #[serde(rename = "receipts.moved")]
    ReceiptsMoved { receipts: &'a [Receipt] },
}

impl<L: Listener> Room<L> {
    /// A member does something that the others are told of, typing for example. False when the
    /// connection is not in the room.
    pub fn cause(&mut self, from: ConnectionId, kind: &str) -> bool {
        let Some(member) = self.members.get(&from) else {
            return false;
        };
        if self.presence_withheld {
            return true;
        }
        let user = member.listener.user().to_owned();
        let event = Caused {
            r#type: kind,
            user_id: &user,
        };
        self.tell(&event, |member| member.listener.user() != user);
        true
    }

    /// Watermarks moved. Returns after what time to call [`Self::tell_receipts`], if at all.
    pub fn move_receipts(&mut self, marks: Vec<ReceiptMark>, now: Instant) -> Option<Duration> {
        match self.receipts.offer(marks, self.member_count, now) {
            Moved::Nothing => None,
            Moved::Later(wait) => Some(wait),
            Moved::Now(receipts) => {
                self.tell_moved(&receipts);
                None
            }
        }
    }

    /// Tells a group's minimum after it waited.
    pub fn tell_receipts(&mut self, now: Instant) {
        let receipts = self.receipts.due(now);
        self.tell_moved(&receipts);
    }

    fn tell_moved(&mut self, receipts: &[Receipt]) {
        self.tell(&Event::ReceiptsMoved { receipts }, |_| true);
    }

    /// Tells who has been gone long enough to be offline.
    pub fn settle_presence(&mut self, now: Instant) {
        for user in self.presence.settle(now) {
            self.tell_presence(&user, false);
        }
    }

    pub(super) fn arrived(&mut self, user: &Arc<str>) {
        if self.presence.arrive(user.clone()) {
            self.tell_presence(user, true);
        }
    }

    /// Whether the members of a chat are told who of them is online.
    pub(super) fn tells_presence(&self) -> bool {
        let bound = self.namespace.presence_max_members;
        !self.presence_withheld
            && self.namespace.presence == PresencePolicy::Full
            && (1..=bound).contains(&self.member_count)
    }

    /// Starts or ends telling the members of a chat who of them is online. Those who are there when
    /// it starts are told of each other; when it ends, that everybody is offline.
    pub(super) fn withhold_presence(&mut self, withheld: bool) {
        if self.presence_withheld == withheld {
            return;
        }
        let online: Vec<String> = self.presence.online().map(str::to_owned).collect();
        self.presence_withheld = false;
        for user in online {
            self.tell_presence(&user, !withheld);
        }
        self.presence_withheld = withheld;
    }

    /// Only those who look at the chat are told: a subscriber learns who is online when it
    /// subscribes, so that a user with thousands of chats arrives without thousands of events.
    fn tell_presence(&mut self, user: &str, online: bool) {
        if self.tells_presence() {
            let event = Event::Presence {
                user_id: user,
                online,
            };
            self.tell(&event, |member| {
                member.seat == Seat::Subscriber && member.listener.user() != user
            });
        }
    }

    fn tell(&mut self, event: &impl Serialize, hears: impl Fn(&Member<L>) -> bool) {
        if self.namespace.delta {
            // An event without an offset would break the next delta.
            return;
        }
        let publication = Publication {
            data: serde_json::to_vec(event).unwrap_or_default().into(),
            ..Publication::default()
        };
        self.spread_to(&publication, hears, |_| ());
    }
}
