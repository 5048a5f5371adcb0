//! One publication to every member: encoded at most once per form, whoever wants it.

use std::cell::OnceCell;

use shared_proto::client::v1::Publication;

use super::{Listener, Member, Room, Seat, Tail};
use crate::protocol::frame::Frame;

/// A publication in every form in which a member may want it, each made for the first that does.
struct Forms<'a> {
    topic: &'a str,
    /// Of a publication that has a place.
    epoch: Option<&'a str>,
    publication: &'a Publication,
    feed: OnceCell<Frame>,
    own: OnceCell<Frame>,
}

impl Forms<'_> {
    fn for_member<L>(&self, member: &Member<L>) -> &Frame {
        let Self {
            topic,
            epoch,
            publication,
            feed,
            own,
        } = self;
        match member.seat {
            Seat::Watcher => feed.get_or_init(|| Frame::feed(topic, *epoch, publication)),
            Seat::Subscriber | Seat::ServerSide => {
                own.get_or_init(|| Frame::publication(topic, *epoch, (*publication).clone()))
            }
        }
    }
}

impl<L: Listener> Room<L> {
    /// Hands a publication to every member that may hear it; returns how many those are. One
    /// delivery is timed from `committed_at_us`, to another member each time.
    pub(super) fn spread(&self, publication: &Publication, committed_at_us: i64) -> u64 {
        let offset = publication.offset;
        let mut left = offset % (self.members.len() as u64).max(1);
        self.spread_to(
            publication,
            |member| offset == 0 || offset >= member.readable_from,
            |member| {
                if left == 0 {
                    member.listener.time(committed_at_us);
                }
                left = left.wrapping_sub(1);
            },
        )
    }

    /// Hands a publication to every member that `hears` it, after each of which `delivered_to` is
    /// called; returns how many those are.
    pub(super) fn spread_to(
        &self,
        publication: &Publication,
        hears: impl Fn(&Member<L>) -> bool,
        mut delivered_to: impl FnMut(&Member<L>),
    ) -> u64 {
        let epoch = match &self.tail {
            Tail::Log(log) => log.epoch(),
            Tail::Sequence(sequence) => sequence.epoch(),
            Tail::None => "",
        };
        let forms = Forms {
            topic: &self.topic,
            epoch: (publication.offset > 0).then_some(epoch),
            publication,
            feed: OnceCell::new(),
            own: OnceCell::new(),
        };
        let conflate = self.namespace.conflate;
        let mut delivered = 0;
        for member in self.members.values().filter(|member| hears(member)) {
            let frame = forms.for_member(member);
            if conflate {
                member.listener.deliver_latest(self.id, frame);
            } else {
                member.listener.deliver(frame);
            }
            delivered_to(member);
            delivered += 1;
        }
        delivered
    }
}
