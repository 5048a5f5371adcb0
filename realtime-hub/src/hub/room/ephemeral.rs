//! Events without an offset: they tell of a state, and nobody needs one that was missed.

use std::{
    cell::LazyCell,
    time::{Duration, Instant},
};

use serde::Serialize;
use shared_proto::core::v1::ReceiptMark;

use super::{ConnectionId, Listener, Member, Room, Seat};
use crate::{
    hub::receipts::{Moved, Receipt},
    protocol::frame::Frame,
};

#[derive(Serialize)]
#[serde(tag = "type")]
enum Event<'a> {
    #[serde(rename = "typing")]
    Typing { user_id: &'a str },
    #[serde(rename = "presence")]
    Presence { user_id: &'a str, online: bool },
    #[serde(rename = "receipts.moved")]
    ReceiptsMoved { receipts: &'a [Receipt] },
}

impl<L: Listener> Room<L> {
    /// A member is writing; the others are told. False when the connection is not in the room.
    pub fn typing(&self, from: ConnectionId) -> bool {
        let Some(writer) = self.members.get(&from).map(|member| member.listener.user()) else {
            return false;
        };
        self.tell(&Event::Typing { user_id: writer }, |member| {
            member.listener.user() != writer
        });
        true
    }

    /// Watermarks moved. Returns after what time to call [`Self::tell_receipts`], if at all.
    pub fn move_receipts(&mut self, marks: Vec<ReceiptMark>, now: Instant) -> Option<Duration> {
        match self.receipts.offer(marks, now) {
            Moved::Nothing => None,
            Moved::Later(wait) => Some(wait),
            Moved::Now(receipts) => {
                self.tell(
                    &Event::ReceiptsMoved {
                        receipts: &receipts,
                    },
                    |_| true,
                );
                None
            }
        }
    }

    /// Tells a group's minimum after it waited.
    pub fn tell_receipts(&mut self, now: Instant) {
        let receipts = self.receipts.due(now);
        self.tell(
            &Event::ReceiptsMoved {
                receipts: &receipts,
            },
            |_| true,
        );
    }

    /// Tells who has been gone long enough to be offline.
    pub fn settle_presence(&mut self, now: Instant) {
        for user in self.presence.settle(now) {
            self.tell_presence(&user, false);
        }
    }

    pub(super) fn arrived(&mut self, user: &str) {
        if self.presence.arrive(user) {
            self.tell_presence(user, true);
        }
    }

    /// Only those who look at the chat are told: a subscriber learns who is online when it
    /// subscribes, so that a user with thousands of chats arrives without thousands of events.
    fn tell_presence(&self, user: &str, online: bool) {
        if self.tells_presence() {
            self.tell(
                &Event::Presence {
                    user_id: user,
                    online,
                },
                |member| member.seat == Seat::Subscriber && member.listener.user() != user,
            );
        }
    }

    fn tell(&self, event: &Event<'_>, hears: impl Fn(&Member<L>) -> bool) {
        let data = LazyCell::new(|| serde_json::to_vec(event).unwrap_or_default());
        let own = LazyCell::new(|| Frame::ephemeral(&self.topic, data.clone().into()));
        let feed = LazyCell::new(|| Frame::feed(&self.topic, None, &data));
        for member in self.members.values().filter(|member| hears(member)) {
            member.listener.deliver(if member.seat == Seat::Watcher {
                &feed
            } else {
                &own
            });
        }
    }
}
