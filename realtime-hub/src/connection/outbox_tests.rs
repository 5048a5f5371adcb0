use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{clock, counters::latency::Latency};

fn poll(outbox: &Outbox) -> Poll<Next> {
    outbox.poll_next(&Context::from_waker(Waker::noop()))
}

/// The socket takes nothing more now.
fn stand_still(outbox: &Outbox) {
    outbox.watch(&Context::from_waker(Waker::noop()));
}

fn frames<const N: usize>(frames: [&'static str; N]) -> Poll<Next> {
    Poll::Ready(Next::Frames(frames.map(Bytes::from).into()))
}

#[test]
fn first_frame_goes_before_what_was_pushed_meanwhile() {
    let outbox = Outbox::new(100);
    outbox.cork();
    outbox.push("push".into());
    assert_eq!(poll(&outbox), Poll::Pending);
    outbox.open_with("reply".into());
    assert_eq!(poll(&outbox), frames(["reply", "push"]));
    assert_eq!(poll(&outbox), Poll::Pending);
}

#[test]
fn overflow_counts_what_the_socket_has_not_taken() {
    let outbox = Outbox::new(10);
    outbox.push("12345678".into());
    assert_eq!(poll(&outbox), frames(["12345678"]));
    outbox.written(4);
    stand_still(&outbox);
    assert!(outbox.push("123456".into()));
    assert_eq!(outbox.cut(), None);
    assert!(!outbox.push("1".into()));
    assert_eq!(outbox.cut(), Some(Close::SLOW));
    assert_eq!(poll(&outbox), Poll::Ready(Next::Cut(Close::SLOW)));
    assert!(!outbox.push("late".into()));
}

#[test]
fn peer_is_not_blamed_for_what_the_hub_has_not_written_yet() {
    let outbox = Outbox::new(10);
    for _ in 0..UNWRITTEN_LIMITS {
        assert!(
            outbox.push("1234567890".into()),
            "the writer did not come to it"
        );
    }
    assert!(matches!(poll(&outbox), Poll::Ready(Next::Frames(_))));
    outbox.written(10 * UNWRITTEN_LIMITS);
    stand_still(&outbox);
    assert!(outbox.push("1234567890".into()));
    assert!(!outbox.push("1".into()), "its socket stands still");

    let outbox = Outbox::new(10);
    let fit = (0..100).take_while(|_| outbox.push("1234567890".into()));
    assert_eq!(
        fit.count(),
        UNWRITTEN_LIMITS,
        "there is a bound all the same"
    );
}

#[test]
fn newer_frame_of_a_room_takes_the_place_of_one_that_waits() {
    let outbox = Outbox::new(9);
    outbox.cork();
    outbox.push_latest(1, "a1".into());
    outbox.push_latest(2, "b1".into());
    outbox.push("x".into());
    outbox.push_latest(1, "a2".into());
    outbox.push_latest(1, "a3".into());
    outbox.open_with("r".into());
    outbox.push_latest(2, "b2".into());
    assert_eq!(poll(&outbox), frames(["r", "x", "a3", "b2"]));
    // What the writer has taken goes out.
    outbox.written(7);
    outbox.push_latest(1, "a4".into());
    assert_eq!(poll(&outbox), frames(["a4"]));
    assert_eq!(outbox.cut(), None);
}

#[test]
fn room_that_is_never_read_costs_one_frame() {
    let outbox = Outbox::new(10);
    for _ in 0..1_000 {
        assert!(outbox.push_latest(1, "12345678".into()));
    }
    assert_eq!(outbox.lock().queue.len(), 1);
}

#[test]
fn close_lets_the_queue_out_first_and_the_first_reason_stays() {
    let outbox = Outbox::new(100);
    outbox.push("last words".into());
    outbox.close(Close::SHUTDOWN);
    outbox.close(Close::NO_PONG);
    assert_eq!(poll(&outbox), frames(["last words"]));
    assert_eq!(poll(&outbox), Poll::Ready(Next::End(Close::SHUTDOWN)));
}
#[test]
fn stopwatch_stops_when_everything_before_it_is_written() {
    let (outbox, latency) = (Outbox::new(100), Arc::new(Latency::default()));
    let measured = || latency.buckets().iter().sum::<u64>();
    let watch = || Stopwatch::new(clock::now_us(), latency.clone());
    outbox.push("12345678".into());
    outbox.time(watch());
    outbox.push("behind it".into());
    outbox.time(watch());
    outbox.written(7);
    assert_eq!(measured(), 0);
    outbox.written(1);
    assert_eq!(measured(), 1);
    assert_eq!(outbox.queued_bytes(), 9);
    outbox.written(9);
    outbox.time(watch());
    assert_eq!(measured(), 2, "it was written before anybody looked");
    outbox.push("never written".into());
    outbox.time(watch());
    stand_still(&outbox);
    outbox.push("x".repeat(100).into());
    outbox.time(watch());
    assert_eq!(measured(), 2);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A frame of so many bytes.
    Push(usize),
    /// A frame that makes its room's earlier one needless.
    PushLatest(RoomId, usize),
    /// The writer takes what there is.
    Take,
    /// The socket takes so many bytes of that.
    Write(usize),
    /// It takes no more.
    StandStill,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bytes = || 1..40_usize;
    let step = prop_oneof![
        6 => bytes().prop_map(Step::Push),
        4 => (0..3_i64, bytes()).prop_map(|(room, bytes)| Step::PushLatest(room, bytes)),
        3 => Just(Step::Take),
        4 => (1..80_usize).prop_map(Step::Write),
        2 => Just(Step::StandStill),
        1 => Just(Step::Close),
    ];
    prop::collection::vec(step, 1..100)
}

/// What should become of what is pushed: a frame has its number in its bytes.
#[derive(Default)]
struct Model {
    /// Room, if it may be replaced, number and bytes of what waits.
    queue: Vec<(Option<RoomId>, u8, usize)>,
    /// Bytes that the writer has taken and not written.
    taken: usize,
    stands_still: bool,
    has_ended: bool,
    is_cut: bool,
}

impl Model {
    fn bytes(&self) -> usize {
        self.taken + self.queue.iter().map(|(_, _, bytes)| bytes).sum::<usize>()
    }

    fn limit(&self) -> usize {
        if self.stands_still {
            LIMIT
        } else {
            LIMIT * UNWRITTEN_LIMITS
        }
    }

    fn push(&mut self, room: Option<RoomId>, number: u8, bytes: usize) -> bool {
        if self.has_ended {
            return false;
        }
        self.queue
            .retain(|(waiting, ..)| room.is_none() || *waiting != room);
        if self.bytes() + bytes > self.limit() {
            self.queue.clear();
            (self.has_ended, self.is_cut) = (true, true);
            return false;
        }
        self.queue.push((room, number, bytes));
        true
    }
}

const LIMIT: usize = 100;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn frames_leave_in_order_and_within_the_bound(steps in steps()) {
        let (outbox, mut model) = (Outbox::new(LIMIT), Model::default());
        for (step, number) in steps.into_iter().zip(0_u8..) {
            let frame = |bytes| Bytes::from(vec![number; bytes]);
            match step {
                Step::Push(bytes) => {
                    prop_assert_eq!(outbox.push(frame(bytes)), model.push(None, number, bytes));
                }
                Step::PushLatest(room, bytes) => {
                    let is_queued = model.push(Some(room), number, bytes);
                    prop_assert_eq!(outbox.push_latest(room, frame(bytes)), is_queued);
                }
                Step::Take => {
                    let waiting = mem::take(&mut model.queue);
                    model.stands_still = false;
                    model.taken += waiting.iter().map(|(_, _, bytes)| bytes).sum::<usize>();
                    let frames = waiting.iter().map(|(_, number, bytes)| vec![*number; *bytes]);
                    let frames: VecDeque<Bytes> = frames.map(Bytes::from).collect();
                    let expected = match (frames.is_empty(), model.has_ended) {
                        (false, _) => Poll::Ready(Next::Frames(frames)),
                        (true, false) => Poll::Pending,
                        (true, true) if model.is_cut => {
                            Poll::Ready(Next::Cut(Close::SLOW))
                        }
                        (true, true) => Poll::Ready(Next::End(Close::SHUTDOWN)),
                    };
                    prop_assert_eq!(poll(&outbox), expected);
                }
                Step::Write(bytes) => {
                    let bytes = bytes.min(model.taken);
                    model.taken -= bytes;
                    outbox.written(bytes);
                }
                Step::StandStill => {
                    stand_still(&outbox);
                    model.stands_still = true;
                }
                Step::Close => {
                    outbox.close(Close::SHUTDOWN);
                    model.has_ended = true;
                }
            }
            prop_assert!(model.is_cut || outbox.queued_bytes() == model.bytes());
            prop_assert!(model.is_cut || outbox.queued_bytes() <= LIMIT * UNWRITTEN_LIMITS);
        }
    }
}
