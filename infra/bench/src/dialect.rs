//! What each server wants to hear from a client.

use std::fmt::Write as _;

use crate::{
    orders::{Dialect, Opening, Plan},
    sequence::Track,
    wire::{self, TEXT},
};

/// Any 16 bytes in base64 do; no server of ours is judged by how random they are.
const WEBSOCKET_KEY: &str = "cm9va2VyeS1iZW5jaC0tLQ==";

/// The epoch that every seeded topic has.
pub(crate) const EPOCH: &str = "bench";

/// The request that opens a connection.
pub(crate) fn request(opening: &Opening, plan: &Plan) -> Vec<u8> {
    let Opening { address, path, .. } = opening;
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n");
    if opening.dialect == Dialect::EventStream {
        request += "Accept: text/event-stream\r\n";
        if let Some(token) = &plan.token {
            // Writing into a String cannot fail.
            let _ = write!(request, "Authorization: Bearer {token}\r\n");
        }
    } else {
        let _ = write!(
            request,
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: {WEBSOCKET_KEY}\r\n"
        );
    }
    request += "\r\n";
    request.into_bytes()
}

/// The status that lets a client in.
pub(crate) fn welcome(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::EventStream => "200",
        Dialect::Rookery | Dialect::Plain | Dialect::SocketIo => "101",
    }
}

/// What a client says once it is let in: everything in one frame, as the official SDK does. With
/// `tracks` (in the order of [`Plan::subscribed`]) it asks for what it has missed.
pub(crate) fn commands(opening: &Opening, plan: &Plan, tracks: Option<&[Track]>) -> Vec<u8> {
    let token = plan.token.as_deref().unwrap_or_default();
    let mut commands = format!(r#"{{"id":1,"connect":{{"token":"{token}","name":"bench"}}}}"#);
    for (at, topic) in plan.subscribed.iter().enumerate() {
        let channel = &opening.topics[*topic as usize];
        let _ = write!(
            commands,
            "\n{{\"id\":{},\"subscribe\":{{\"channel\":\"{channel}\"",
            at + 2
        );
        if let Some(track) = tracks.map(|tracks| &tracks[at]) {
            let last = track.last();
            let _ = write!(
                commands,
                r#","recover":true,"epoch":"{EPOCH}","offset":{last}"#
            );
        }
        commands += "}}";
    }
    wire::masked(TEXT, commands.as_bytes())
}

/// Says that a message has arrived.
pub(crate) fn acknowledgement(id: u32, conversation: &str, seq: u64) -> Vec<u8> {
    let command = format!(
        r#"{{"id":{id},"rpc":{{"method":"ack","data":{{"conversation_id":"{conversation}","seq":{seq}}}}}}}"#
    );
    wire::masked(TEXT, command.as_bytes())
}

/// The conversation and the number of the message in a push of the client protocol.
pub(crate) fn message(push: &str) -> Option<(&str, u64)> {
    let (_, rest) = push.split_once(r#""conversation_id":""#)?;
    let (conversation, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once(r#""seq":"#)?;
    let digits = rest.split(|byte: char| !byte.is_ascii_digit()).next()?;
    Some((conversation, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};

    use shared_proto::client::v1::Command;

    use super::*;

    fn opening() -> Opening {
        Opening {
            dialect: Dialect::Rookery,
            address: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1),
            path: "/".into(),
            topics: vec!["chat:a".into(), "chat:b".into()],
            published: vec![0, 0],
            connections: Vec::new(),
            in_flight: 1,
            reconnect: false,
            acknowledge: false,
        }
    }

    #[test]
    fn commands_are_what_the_protocol_defines() {
        let plan = Plan {
            token: Some("t.o.k".into()),
            subscribed: vec![1, 0],
            ..Plan::default()
        };
        let tracks = [Track::after(7), Track::after(0)];
        let frame = commands(&opening(), &plan, Some(&tracks));
        // The header of a masked frame that is longer than 125 bytes.
        let json = &frame[8..];
        let commands: Vec<Command> = serde_json::Deserializer::from_slice(json)
            .into_iter()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(commands[0].connect.as_ref().unwrap().token, "t.o.k");
        let subscribe = commands[1].subscribe.as_ref().unwrap();
        assert_eq!((commands[1].id, subscribe.channel.as_str()), (2, "chat:b"));
        assert_eq!((subscribe.recover, subscribe.offset), (true, 7));
        assert_eq!(commands[2].subscribe.as_ref().unwrap().channel, "chat:a");
    }

    #[test]
    fn message_is_found_in_a_push() {
        let push = r#"{"push":{"channel":"feed","pub":{"data":{"event":{"type":"message.posted","message":{"conversation_id":"c-1","seq":42,"text":"x"}}}}}}"#;
        assert_eq!(message(push), Some(("c-1", 42)));
        assert_eq!(message(r#"{"push":{"channel":"feed"}}"#), None);
    }
}
