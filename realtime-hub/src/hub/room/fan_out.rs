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
    /// Hands a publication to every member that may hear it; returns how many those are.
    pub(super) fn spread(&self, publication: &Publication) -> u64 {
        let offset = publication.offset;
        self.spread_to(publication, |member| {
            offset == 0 || offset >= member.readable_from
        })
    }

    /// Hands a publication to every member that `hears` it; returns how many those are.
    pub(super) fn spread_to(
        &self,
        publication: &Publication,
        hears: impl Fn(&Member<L>) -> bool,
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
            delivered += 1;
        }
        delivered
    }
}
