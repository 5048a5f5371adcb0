//! The first events of a plain stream: where it stands, what was missed, what is lost.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use shared_proto::client::v1::SubscribeResult;

use crate::{
    protocol::{
        events,
        frame::{Channel, Frame},
        wire::Wire,
    },
    session::listening::Seated,
    topic::cursor::Cursor,
};

/// Where a topic stands.
#[derive(Serialize)]
struct Place<'a> {
    topic: &'a str,
    epoch: &'a str,
    offset: u64,
}

/// What a stream begins with.
pub(super) struct Beginning {
    /// The bytes.
    pub(super) first: Bytes,
    /// Where the stream stands after them.
    pub(super) cursor: Cursor,
}

/// Makes the beginning of a stream on `topics`. `resumes` when the client wants to go on from
/// somewhere: then a topic that is not recovered, or that would need more than is left of
/// `budget_bytes`, is lost, and said to be.
pub(super) fn begin(
    wire: Wire,
    topics: &[(String, Seated)],
    resumes: bool,
    budget_bytes: usize,
) -> Beginning {
    let (mut recovered, mut lost, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut left_bytes = budget_bytes;
    for (topic, seated) in topics {
        let seated = match seated {
            Ok(seated) => seated,
            Err(refusal) => {
                refused.push((topic, *refusal));
                continue;
            }
        };
        let missed = &seated.publications;
        let bytes: usize = missed.iter().map(|missed| missed.data.len()).sum();
        // Where nothing has a place, nothing can be missed.
        if resumes && seated.positioned && (!seated.recovered || bytes > left_bytes) {
            lost.push((topic, seated));
        } else {
            left_bytes -= bytes;
            recovered.push((topic, seated));
        }
    }

    let mut cursor = Cursor::default();
    let mut places = Vec::new();
    for (topic, seated) in &recovered {
        let missed = seated.publications.first();
        let before = missed.map_or(seated.offset, |missed| missed.offset - 1);
        cursor.place(topic, &seated.epoch, before);
        places.push(place(topic, seated, before));
    }
    let mut text = Text::default();
    // A topic that is lost is in no position before the client knows of that.
    text.event(&cursor, &events::event("ready", &Ready { topics: places }));
    for (topic, seated) in &recovered {
        for missed in &seated.publications {
            cursor.advance(topic, missed.offset);
            let frame =
                Frame::publication(Channel::Topic(topic), Some(&seated.epoch), missed.clone());
            text.event(&cursor, &frame.bytes(wire));
        }
    }
    for (topic, seated) in lost {
        cursor.place(topic, &seated.epoch, seated.offset);
        let reset = events::event("reset", &place(topic, seated, seated.offset));
        text.event(&cursor, &reset);
    }
    for (topic, refusal) in refused {
        let ended = Frame::unsubscribe(topic, refusal.into());
        text.0.extend_from_slice(&ended.bytes(wire));
    }
    Beginning {
        first: text.0.freeze(),
        cursor,
    }
}

#[derive(Serialize)]
struct Ready<'a> {
    topics: Vec<Place<'a>>,
}

fn place<'a>(topic: &'a str, seated: &'a SubscribeResult, offset: u64) -> Place<'a> {
    Place {
        topic,
        epoch: &seated.epoch,
        offset,
    }
}

#[derive(Default)]
struct Text(BytesMut);

impl Text {
    fn event(&mut self, cursor: &Cursor, event: &(impl AsRef<[u8]> + ?Sized)) {
        let id = cursor.to_string();
        if !id.is_empty() {
            // Writing to memory does not fail.
            let _ = writeln!(self.0, "id: {id}");
        }
        self.0.extend_from_slice(event.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use shared_proto::client::v1::Publication;

    use super::*;
    use crate::protocol::codes::Refusal;

    fn seated(recovered: bool, offset: u64, missed: &[u64]) -> Seated {
        let publications = missed.iter().map(|offset| Publication {
            offset: *offset,
            data: format!("{{\"n\":{offset}}}").into(),
            ..Publication::default()
        });
        Ok(SubscribeResult {
            positioned: true,
            epoch: "e".into(),
            offset,
            recovered,
            publications: publications.collect(),
            ..SubscribeResult::default()
        })
    }

    /// `(id, rest)` of each event.
    fn events(beginning: &Beginning) -> Vec<(String, String)> {
        let text = String::from_utf8(beginning.first.to_vec()).unwrap();
        let blocks = text.trim_end().split("\n\n");
        blocks
            .map(|block| match block.strip_prefix("id: ") {
                Some(rest) => {
                    let (id, rest) = rest.split_once('\n').unwrap();
                    (id.to_owned(), rest.to_owned())
                }
                None => (String::new(), block.to_owned()),
            })
            .collect()
    }

    fn id(places: &[(&str, u64)]) -> String {
        let mut cursor = Cursor::default();
        for (topic, offset) in places {
            cursor.place(topic, "e", *offset);
        }
        cursor.to_string()
    }

    fn event(places: &[(&str, u64)], rest: &str) -> (String, String) {
        (id(places), rest.to_owned())
    }

    #[test]
    fn new_stream_begins_at_the_heads() {
        let topics = [
            ("a".into(), seated(false, 4, &[])),
            ("b".into(), seated(false, 0, &[])),
        ];
        let beginning = begin(Wire::Topics, &topics, false, 100);
        let ready = "event: ready\ndata: {\"topics\":[{\"topic\":\"a\",\"epoch\":\"e\",\"offset\":4},{\"topic\":\"b\",\"epoch\":\"e\",\"offset\":0}]}";
        let places = [("a", 4), ("b", 0)];
        assert_eq!(events(&beginning), [event(&places, ready)]);
        assert_eq!(beginning.cursor.to_string(), id(&places));
    }

    #[test]
    fn first_id_precedes_the_first_event_and_a_loss_is_told_before_it_is_left_behind() {
        let topics = [
            ("a".into(), seated(true, 4, &[3, 4])),
            ("b".into(), seated(false, 9, &[])),
            ("c".into(), seated(true, 2, &[])),
            ("d".into(), Err(Refusal::PERMISSION_DENIED)),
        ];
        let beginning = begin(Wire::Notifications, &topics, true, 100);
        let ready = "event: ready\ndata: {\"topics\":[{\"topic\":\"a\",\"epoch\":\"e\",\"offset\":2},{\"topic\":\"c\",\"epoch\":\"e\",\"offset\":2}]}";
        let reset = "event: reset\ndata: {\"topic\":\"b\",\"epoch\":\"e\",\"offset\":9}";
        let refused = "event: unsubscribed\ndata: {\"topic\":\"d\",\"code\":103,\"reason\":\"permission denied\"}";
        let end = [("a", 4), ("c", 2), ("b", 9)];
        assert_eq!(
            events(&beginning),
            [
                event(&[("a", 2), ("c", 2)], ready),
                event(&[("a", 3), ("c", 2)], "data: {\"n\":3}"),
                event(&[("a", 4), ("c", 2)], "data: {\"n\":4}"),
                event(&end, reset),
                event(&[], refused),
            ]
        );
        assert_eq!(beginning.cursor.to_string(), id(&end));
    }

    #[test]
    fn what_does_not_fit_is_lost_and_not_cut() {
        let topics = [
            ("a".into(), seated(true, 2, &[1, 2])),
            ("b".into(), seated(true, 2, &[1, 2])),
            ("c".into(), seated(true, 5, &[])),
        ];
        let beginning = begin(Wire::Topics, &topics, true, 20);
        let names: Vec<String> = events(&beginning)
            .into_iter()
            .map(|(_, rest)| {
                rest.lines()
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .take(20)
                    .collect()
            })
            .collect();
        assert_eq!(
            names,
            [
                "event: ready",
                "data: {\"topic\":\"a\",\"",
                "data: {\"topic\":\"a\",\"",
                "event: reset"
            ]
        );
        assert_eq!(
            beginning.cursor.to_string(),
            id(&[("a", 2), ("c", 5), ("b", 2)])
        );
    }
}
