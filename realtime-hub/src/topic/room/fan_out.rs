//! One publication to every member: encoded at most once per form, whoever wants it.

use std::cell::OnceCell;

use bytes::Bytes;
use shared_proto::client::v1::Publication;

use super::{Delta, Listener, Member, Room, Seat, Tail};
use crate::protocol::{
    fossil,
    frame::{Channel, Frame},
};

/// A publication in every form in which a member may want it, each made for the first that does.
struct Forms<'a> {
    room: i64,
    topic: &'a str,
    /// Of a publication that has a place.
    epoch: Option<&'a str>,
    publication: &'a Publication,
    /// The payload before this one.
    base: Option<&'a Bytes>,
    feed: OnceCell<Frame>,
    /// By the channel's name and by its number, each without differences, before and in a chain of
    /// them.
    own: [[OnceCell<Frame>; 3]; 2],
}

impl Forms<'_> {
    fn for_member<L>(&self, member: &Member<L>) -> &Frame {
        if member.seat == Seat::Watcher {
            let feed = || Frame::feed(self.topic, self.epoch, self.publication);
            return self.feed.get_or_init(feed);
        }
        let (compact, delta) = (member.form.compact, member.form.delta);
        self.own[usize::from(compact)][delta as usize].get_or_init(|| {
            let channel = if compact {
                Channel::Number(self.room)
            } else {
                Channel::Topic(self.topic)
            };
            let whole = self.publication.clone();
            match delta {
                Delta::None => Frame::publication(channel, self.epoch, whole),
                Delta::Fresh => Frame::in_delta_chain(channel, self.epoch, whole),
                Delta::Following => {
                    let shorter = self.difference().unwrap_or(whole);
                    Frame::in_delta_chain(channel, self.epoch, shorter)
                }
            }
        })
    }

    /// The publication as a difference to the one before, if that is shorter.
    fn difference(&self) -> Option<Publication> {
        let delta = fossil::delta(self.base?, &self.publication.data);
        (delta.len() < self.publication.data.len()).then(|| Publication {
            data: delta.into(),
            delta: true,
            ..self.publication.clone()
        })
    }
}

impl<L: Listener> Room<L> {
    /// Hands a publication to every member that may hear it; returns how many those are. One
    /// delivery is timed from `committed_at_us`, to another member each time.
    pub(super) fn spread(&mut self, publication: &Publication, committed_at_us: i64) -> u64 {
        let offset = publication.offset;
        let mut left = offset % (self.members.len() as u64).max(1);
        let delivered = self.spread_to(
            publication,
            |member| offset == 0 || offset >= member.readable_from,
            |member| {
                if left == 0 {
                    member.listener.time(committed_at_us);
                }
                left = left.wrapping_sub(1);
            },
        );
        if self.namespace.delta {
            self.base = Some(publication.data.clone());
        }
        delivered
    }

    /// Hands a publication to every member that `hears` it, after each of which `delivered_to` is
    /// called; returns how many those are.
    pub(super) fn spread_to(
        &mut self,
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
            room: self.id,
            topic: &self.topic,
            epoch: (publication.offset > 0).then_some(epoch),
            publication,
            base: self.base.as_ref(),
            feed: OnceCell::new(),
            own: Default::default(),
        };
        let conflate = self.namespace.conflate;
        let mut delivered = 0;
        for (connection, member) in &mut self.members {
            let is_wanted = !member.form.filtered
                || (self.filters.get(connection))
                    .is_none_or(|filter| filter.passes(&publication.tags));
            if !(is_wanted && hears(member)) {
                if member.form.delta == Delta::Following {
                    // It has not the publication that the next is a difference to.
                    member.form.delta = Delta::Fresh;
                }
                continue;
            }
            let frame = forms.for_member(member);
            if conflate {
                member.listener.deliver_latest(self.id, frame);
            } else {
                member.listener.deliver(frame);
            }
            if member.form.delta == Delta::Fresh {
                member.form.delta = Delta::Following;
            }
            delivered_to(member);
            delivered += 1;
        }
        delivered
    }
}

#[cfg(test)]
mod tests {
    use std::{mem::size_of, sync::Arc};

    use serde_json::{Value, json};

    use super::*;
    use crate::topic::room::{
        Wish,
        testing::{Ear, own_room, post, post_tagged, subscribe},
    };

    fn pushes(ear: &Ear) -> Vec<Value> {
        ear.take().into_iter().map(|heard| heard.push).collect()
    }

    #[test]
    fn member_costs_few_bytes() {
        // A connection is held by a pointer.
        assert_eq!(size_of::<Member<Arc<()>>>(), 24);
    }

    #[test]
    fn channel_is_named_as_each_wants_it() {
        let mut room = own_room(&json!({ "kind": "sequenced" }));
        let (plain, compact) = (Ear::new(1, "ada"), Ear::new(2, "ben"));
        assert_eq!(subscribe(&mut room, &plain, Wish::default()).id, 0);
        let wish = Wish {
            compact: true,
            ..Wish::default()
        };
        assert_eq!(subscribe(&mut room, &compact, wish).id, 7);
        post(&mut room, "1");
        let publication = json!({ "data": 1, "offset": 1 });
        assert_eq!(
            pushes(&plain),
            [json!({ "channel": "x:1", "pub": publication })]
        );
        assert_eq!(pushes(&compact), [json!({ "id": 7, "pub": publication })]);
    }

    #[test]
    fn difference_is_sent_to_those_who_have_what_it_is_to() {
        let mut room = own_room(&json!({ "kind": "sequenced", "delta": true }));
        let wish = || Wish {
            delta: true,
            ..Wish::default()
        };
        let (early, late, plain) = (Ear::new(1, "a"), Ear::new(2, "b"), Ear::new(3, "c"));
        assert!(subscribe(&mut room, &early, wish()).delta);
        assert!(!subscribe(&mut room, &plain, Wish::default()).delta);
        let long =
            |number: u32| format!(r#"{{"number":{number},"what stays":"{}"}}"#, "x".repeat(50));
        post(&mut room, &long(1));
        subscribe(&mut room, &late, wish());
        post(&mut room, &long(2));
        post(&mut room, "3");

        let kinds = |ear: &Ear| -> Vec<(bool, bool)> {
            let of = |push: &Value| {
                let publication = &push["pub"];
                (
                    publication["data"].is_string(),
                    publication["delta"] == true,
                )
            };
            pushes(ear).iter().map(of).collect()
        };
        let (whole, difference, plainly) = ((true, false), (true, true), (false, false));
        // What would not be shorter as a difference is sent whole.
        assert_eq!(kinds(&early), [whole, difference, whole]);
        assert_eq!(kinds(&late), [whole, whole]);
        assert_eq!(kinds(&plain), [plainly; 3]);
    }

    #[test]
    fn filter_excludes_differences_and_what_it_does_not_want() {
        let mut room = own_room(&json!({ "kind": "sequenced", "delta": true }));
        let filter = json!({ "key": "tag", "cmp": "eq", "val": "a" });
        let filter = crate::topic::filter::Filter::new(&serde_json::from_value(filter).unwrap());
        let ear = Ear::new(1, "ada");
        let wish = Wish {
            delta: true,
            filter: Some(filter.unwrap()),
            ..Wish::default()
        };
        assert!(!subscribe(&mut room, &ear, wish).delta);
        for tag in ["a", "b", "a"] {
            post_tagged(&mut room, "1", tag);
        }
        let offsets = pushes(&ear)
            .into_iter()
            .map(|push| push["pub"]["offset"].clone());
        assert_eq!(offsets.collect::<Vec<_>>(), [1, 3]);
    }
}
