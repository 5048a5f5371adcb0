//! Commands, in JSON and in Protobuf.

use bytes::Bytes;
use prost::Message as _;
use realtime_hub::{
    protocol::{
        codec::{Commands, DecodeError},
        frame::{Channel, Frame},
        payload,
        wire::Wire,
    },
    topic::room::{HistoryWish, Wish},
};
use shared_proto::client::v1::{Command, Publication, Reply};

/// Commands in JSON: they mean the same when they are written again, in either encoding.
pub(crate) fn json(input: &[u8]) {
    let Ok(commands) = decode(Wire::Json, Bytes::copy_from_slice(input)) else {
        return;
    };
    let lines: Vec<String> = commands
        .iter()
        .map(|command| serde_json::to_string(command).expect("what was JSON is JSON"))
        .collect();
    let again = decode(Wire::JsonLines, lines.join("\n").into());
    assert_eq!(again.expect("written commands are read"), commands);

    let binary = decode(Wire::Protobuf, in_protobuf(&commands));
    assert_eq!(binary.expect("the other encoding says as much"), commands);
    commands.iter().for_each(check);
}

/// Commands in Protobuf: they mean the same when they are written again.
pub(crate) fn protobuf(input: &[u8]) {
    let Ok(commands) = decode(Wire::Protobuf, Bytes::copy_from_slice(input)) else {
        return;
    };
    let again = decode(Wire::ProtobufStream, in_protobuf(&commands));
    assert_eq!(again.expect("written commands are read"), commands);
    commands.iter().for_each(check);
}

fn decode(wire: Wire, frame: Bytes) -> Result<Vec<Command>, DecodeError> {
    Commands::new(wire, frame).collect()
}

fn in_protobuf(commands: &[Command]) -> Bytes {
    let messages = commands.iter().map(Command::encode_length_delimited_to_vec);
    messages.collect::<Vec<_>>().concat().into()
}

/// What the hub makes of a command before anything is looked up.
fn check(command: &Command) {
    let connect = command.connect.iter();
    let wishes = connect.flat_map(|connect| connect.subs.values());
    for request in wishes.chain(&command.subscribe) {
        let _ = Wish::try_from(request);
    }
    if let Some(request) = &command.history {
        let _ = HistoryWish::from(request);
    }
    if let Some(request) = &command.publish
        && payload::check(&request.data).is_ok()
    {
        check_spread(&request.channel, &request.data);
    }
}

/// A publication is one line for everyone who hears it as JSON, whatever its author wrote.
fn check_spread(channel: &str, data: &Bytes) {
    let publication = Publication {
        data: payload::on_one_line(data.clone()),
        ..Publication::default()
    };
    let whole = Frame::publication(Channel::Topic(channel), None, publication.clone());
    let chained = Frame::in_delta_chain(Channel::Topic(channel), None, publication.clone());
    let feed = Frame::feed(channel, None, &publication);
    for frame in [whole, chained, feed] {
        let line = frame.bytes(Wire::JsonLines);
        let breaks = line.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
        assert_eq!(breaks.count(), 1, "one at the end");
        // Payloads are not looked into: their numbers may be larger than any that Rust has.
        serde_json::from_slice::<Reply>(&line).expect("a line is a push");
    }
}
