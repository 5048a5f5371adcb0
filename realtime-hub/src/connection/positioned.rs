//! The way of a plain event stream's events into its outbox. Each carries the stream's whole
//! position, so that the stream can be resumed after any of them.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::outbox::Outbox;
use crate::{
    protocol::{codes::Close, frame::Frame, wire::Wire},
    topic::{cursor::Cursor, listener::RoomId},
};

#[derive(Debug)]
enum State {
    /// The stream's topics are being found; what they push meanwhile waits.
    Opening { waiting: Vec<Frame>, bytes: usize },
    /// The stream has begun, and stands here.
    Open(Cursor),
}

/// Puts the stream's position on each event before it enters the outbox.
#[derive(Debug)]
pub struct Positioned {
    state: Mutex<State>,
    wire: Wire,
}

impl Positioned {
    /// For a stream that is about to begin.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        let opening = State::Opening {
            waiting: Vec::new(),
            bytes: 0,
        };
        Self {
            state: Mutex::new(opening),
            wire,
        }
    }

    /// Begins the stream: `first` goes out, then whatever came meanwhile and is after `cursor`.
    pub fn begin(&self, outbox: &Outbox, first: Bytes, cursor: Cursor) {
        let mut state = self.lock();
        outbox.open_with(first);
        let before = mem::replace(&mut *state, State::Open(cursor));
        if let State::Opening { waiting, .. } = before {
            for frame in waiting {
                self.push_into(&mut state, outbox, &frame, None);
            }
        }
    }

    /// Queues an event, unless the stream had it.
    pub fn push(&self, outbox: &Outbox, frame: &Frame) {
        self.push_into(&mut self.lock(), outbox, frame, None);
    }

    /// Queues an event in place of the one of the same room that still waits.
    pub fn push_latest(&self, outbox: &Outbox, room: RoomId, frame: &Frame) {
        self.push_into(&mut self.lock(), outbox, frame, Some(room));
    }

    /// The stream does not carry `topic` any more.
    pub fn forget(&self, topic: &str) {
        if let State::Open(cursor) = &mut *self.lock() {
            cursor.remove(topic);
        }
    }

    /// `replaces` is the room whose waiting event becomes needless.
    fn push_into(
        &self,
        state: &mut State,
        outbox: &Outbox,
        frame: &Frame,
        replaces: Option<RoomId>,
    ) {
        let event = frame.bytes(self.wire);
        match state {
            State::Opening { waiting, bytes } => {
                *bytes += event.len();
                if *bytes > outbox.limit_bytes() {
                    outbox.close(Close::SLOW);
                } else {
                    waiting.push(frame.clone());
                }
            }
            State::Open(cursor) => {
                let event = match frame.position() {
                    Some((topic, offset)) if !cursor.advance(topic, offset) => return,
                    Some(_) if cursor.is_of_one_topic() => {
                        frame.identified(self.wire, || identified(cursor, &event))
                    }
                    Some(_) => identified(cursor, &event),
                    None => event,
                };
                match replaces {
                    Some(room) => outbox.push_latest(room, event),
                    None => outbox.push(event),
                };
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event that says where the stream stands after it.
fn identified(cursor: &Cursor, event: &[u8]) -> Bytes {
    if event.is_empty() {
        return Bytes::new();
    }
    [format!("id: {cursor}\n").as_bytes(), event]
        .concat()
        .into()
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::connection::outbox::Next;

    fn event(topic: &str, offset: u64) -> Frame {
        Frame::logged(topic, "e", offset, &format!("{{\"n\":{offset}}}"))
    }

    fn cursor(places: &[(&str, u64)]) -> Cursor {
        let mut cursor = Cursor::default();
        for (topic, offset) in places {
            cursor.place(topic, "e", *offset);
        }
        cursor
    }

    fn text(outbox: &Outbox) -> String {
        match outbox.poll_next(&Context::from_waker(Waker::noop())) {
            Poll::Ready(Next::Frames(frames)) => {
                String::from_utf8(Vec::from(frames).concat()).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_came_before_the_stream_began_is_sent_once_and_after_its_beginning() {
        let (outbox, stream) = (Outbox::new(1024), Positioned::new(Wire::Notifications));
        outbox.cork();
        for frame in [event("a", 3), event("b", 1), event("a", 4), event("c", 1)] {
            stream.push(&outbox, &frame);
        }
        stream.begin(&outbox, "first\n\n".into(), cursor(&[("a", 3), ("b", 0)]));
        stream.push(&outbox, &event("a", 4));
        stream.push(&outbox, &Frame::ephemeral("a", "{}"));
        stream.push(&outbox, &event("b", 2));
        let ids = [
            [("a", 3), ("b", 1)],
            [("a", 4), ("b", 1)],
            [("a", 4), ("b", 2)],
        ];
        let [one, two, three] = ids.map(|places| cursor(&places).to_string());
        assert_eq!(
            text(&outbox),
            format!(
                "first\n\nid: {one}\ndata: {{\"n\":1}}\n\nid: {two}\ndata: {{\"n\":4}}\n\n\
                 data: {{}}\n\nid: {three}\ndata: {{\"n\":2}}\n\n"
            )
        );
    }

    #[test]
    fn streams_of_the_same_topic_alone_share_its_events() {
        let event = event("a", 1);
        let bytes = [Wire::Notifications, Wire::Notifications, Wire::Topics].map(|wire| {
            let (outbox, stream) = (Outbox::new(1024), Positioned::new(wire));
            stream.begin(&outbox, "first\n\n".into(), cursor(&[("a", 0)]));
            stream.push(&outbox, &event);
            match outbox.poll_next(&Context::from_waker(Waker::noop())) {
                Poll::Ready(Next::Frames(mut frames)) => frames.pop_back().unwrap(),
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(bytes[0].as_ptr(), bytes[1].as_ptr());
        assert_ne!(bytes[0], bytes[2]);
    }

    #[test]
    fn topic_that_was_left_is_in_no_position() {
        let (outbox, stream) = (Outbox::new(1024), Positioned::new(Wire::Notifications));
        stream.begin(&outbox, "first\n\n".into(), cursor(&[("a", 3), ("b", 0)]));
        stream.forget("a");
        stream.push(&outbox, &event("a", 4));
        stream.push(&outbox, &event("b", 1));
        let id = cursor(&[("b", 1)]);
        assert_eq!(
            text(&outbox),
            format!("first\n\nid: {id}\ndata: {{\"n\":1}}\n\n")
        );
    }

    #[test]
    fn stream_that_does_not_begin_holds_no_more_than_its_outbox_would() {
        let (outbox, stream) = (Outbox::new(100), Positioned::new(Wire::Notifications));
        for offset in 1..20 {
            stream.push(&outbox, &event("a", offset));
        }
        let next = outbox.poll_next(&Context::from_waker(Waker::noop()));
        assert_eq!(next, Poll::Ready(Next::End(Close::SLOW)));
    }

    #[test]
    fn newest_of_a_room_takes_the_place_of_what_waits_with_its_position() {
        let (outbox, stream) = (Outbox::new(1024), Positioned::new(Wire::Notifications));
        stream.begin(&outbox, "first\n\n".into(), cursor(&[("a", 0), ("b", 0)]));
        for (room, frame) in [(1, event("a", 1)), (2, event("b", 1)), (1, event("a", 2))] {
            stream.push_latest(&outbox, room, &frame);
        }
        let ids = [[("a", 1), ("b", 1)], [("a", 2), ("b", 1)]];
        let [one, two] = ids.map(|places| cursor(&places).to_string());
        assert_eq!(
            text(&outbox),
            format!("first\n\nid: {one}\ndata: {{\"n\":1}}\n\nid: {two}\ndata: {{\"n\":2}}\n\n")
        );
    }
}
