//! What hostile clients do.

use std::{net::Ipv4Addr, time::Duration};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{interval, sleep, timeout},
};
use uuid::Uuid;

use super::attack::Attack;
use crate::{
    people::{
        http::connect,
        socket::{Ending, Socket, UPGRADE, connect_command, named},
    },
    wire::{self, TEXT},
};

/// Nothing may hold a connection longer than this that says nothing of use.
const WITHIN: Duration = Duration::from_secs(90);

/// Between two bytes that trickle.
const TRICKLE_EVERY: Duration = Duration::from_secs(1);

/// Bytes of a body that trickles, as announced.
const TRICKLE_BYTES: usize = 4_096;

/// Bytes of useless commands in one frame.
const FLOOD_BYTES: usize = 64 * 1024;

/// A frame that announces more than it brings.
const HALF_FRAME: &[u8] = b"\x81\xfe\x01\x00\0\0\0\0half";

/// A kind of hostile client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A forged token, and waiting for what becomes of it.
    Forged,
    /// A forged token, and gone before the answer.
    ForgedAndGone,
    /// A token of an account of its own, and no answer to any ping.
    Mute,
    /// A WebSocket on which nothing is said.
    Silent,
    /// Half of a request.
    HalfRequest,
    /// A request whose body comes byte by byte.
    Trickle,
    /// Gone after any step.
    HangUp,
    /// A frame full of commands before signing in.
    Flood,
    /// A message with a forged token, at the API.
    ForgedPost,
    /// Half of a request, at the API.
    HalfPost,
    /// A sign-in whose body comes byte by byte, at the API.
    TricklePost,
}

/// How many of a hundred are of each kind. Most that hold their place last some ten seconds, so that
/// ten thousand places see about a thousand new ones a second.
const SHARES: [(Kind, u64); 11] = [
    (Kind::Forged, 26),
    (Kind::ForgedAndGone, 8),
    (Kind::Mute, 14),
    (Kind::Silent, 14),
    (Kind::HalfRequest, 8),
    (Kind::Trickle, 8),
    (Kind::HangUp, 12),
    (Kind::Flood, 2),
    (Kind::ForgedPost, 4),
    (Kind::HalfPost, 2),
    (Kind::TricklePost, 2),
];

/// A connection that counts as open while it lives.
struct Open<'a>(&'a Attack);

impl<'a> Open<'a> {
    fn new(attack: &'a Attack) -> Self {
        attack.tally.borrow_mut().open += 1;
        Self(attack)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.tally.borrow_mut().open -= 1;
    }
}

impl Kind {
    /// The kind that has this number below 100.
    pub(super) fn any(mut number: u64) -> Self {
        for (kind, share) in SHARES {
            if number < share {
                return kind;
            }
            number -= share;
        }
        Self::Forged
    }

    /// As reports call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Forged => "forged token",
            Self::ForgedAndGone => "forged token, gone at once",
            Self::Mute => "own account, mute",
            Self::Silent => "silent WebSocket",
            Self::HalfRequest => "half request",
            Self::Trickle => "trickled body",
            Self::HangUp => "hang-up",
            Self::Flood => "flood before signing in",
            Self::ForgedPost => "API, forged token",
            Self::HalfPost => "API, half request",
            Self::TricklePost => "API, trickled body",
        }
    }

    /// Does it. Both ways it ends in a word for what it met.
    pub(super) async fn attack(self, attack: &Attack, from: Ipv4Addr) -> Result<Ending, Ending> {
        let (hub, api) = (attack.plan.hub, attack.plan.api);
        let open = |to| async move {
            let stream = connect(from, to).await.map_err(|error| named(&error))?;
            Ok::<_, Ending>((stream, Open::new(attack)))
        };
        match self {
            Self::Forged => {
                let _open = Open::new(attack);
                let mut socket = Socket::upgrade(from, hub).await?;
                attack.tally.borrow_mut().forged += 1;
                socket.say(&connect_command(&attack.forger.token())).await?;
                within(async { Ok(told(&socket.next().await?)) }).await
            }
            Self::ForgedAndGone => {
                let _open = Open::new(attack);
                let mut socket = Socket::upgrade(from, hub).await?;
                attack.tally.borrow_mut().forged += 1;
                socket.say(&connect_command(&attack.forger.token())).await?;
                sleep(Duration::from_millis(attack.below(20))).await;
                Ok(hang_up(socket.stream(), attack))
            }
            Self::Mute => {
                let _open = Open::new(attack);
                let mut socket = Socket::upgrade(from, hub).await?;
                attack.tally.borrow_mut().genuine += 1;
                let of = usize::try_from(attack.below(attack.tokens.len() as u64)).unwrap_or(0);
                socket.say(&connect_command(&attack.tokens[of])).await?;
                within(async { Ok(socket.ending().await) }).await
            }
            Self::Silent => {
                let _open = Open::new(attack);
                let socket = Socket::upgrade(from, hub).await?;
                within(async { Ok(socket.ending().await) }).await
            }
            Self::Flood => {
                let _open = Open::new(attack);
                let mut socket = Socket::upgrade(from, hub).await?;
                let commands = "{}\n".repeat(FLOOD_BYTES / 3);
                socket
                    .write(&wire::masked(TEXT, commands.as_bytes()))
                    .await?;
                within(async { Ok(socket.ending().await) }).await
            }
            Self::HalfRequest | Self::HalfPost => {
                let to = if self == Self::HalfPost { api } else { hub };
                let (mut stream, _open) = open(to).await?;
                let half = &UPGRADE[..UPGRADE.len() / 2];
                stream
                    .write_all(half)
                    .await
                    .map_err(|error| named(&error))?;
                within(answer(stream)).await
            }
            Self::Trickle => {
                let paths = ["/connection/http_stream", "/emulation", "/sse/ticket"];
                let at = usize::try_from(attack.below(3)).unwrap_or(0);
                let (stream, _open) = open(hub).await?;
                within(trickle(stream, paths[at])).await
            }
            Self::TricklePost => {
                let (stream, _open) = open(api).await?;
                within(trickle(stream, "/api/v1/auth/login")).await
            }
            Self::HangUp => {
                let (mut stream, _open) = open(hub).await?;
                let step = attack.below(5);
                let said = match step {
                    0 => &[],
                    1 => &UPGRADE[..UPGRADE.len() / 2],
                    _ => UPGRADE,
                };
                stream
                    .write_all(said)
                    .await
                    .map_err(|error| named(&error))?;
                if step >= 3 {
                    // The answer to the handshake.
                    let mut answer = [0; 512];
                    let read = async {
                        let read = stream.read(&mut answer).await;
                        read.map_err(|error| named(&error))
                    };
                    within(read).await?;
                }
                if step == 4 {
                    let written = stream.write_all(HALF_FRAME).await;
                    written.map_err(|error| named(&error))?;
                }
                Ok(hang_up(&stream, attack))
            }
            Self::ForgedPost => {
                let (mut stream, _open) = open(api).await?;
                let body = r#"{"client_msg_id":"00000000-0000-4000-8000-000000000000","text":"!"}"#;
                let request = format!(
                    "POST /api/v1/conversations/{}/messages HTTP/1.1\r\nHost: {api}\r\n\
                     Authorization: Bearer {}\r\nConnection: close\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    Uuid::new_v4(),
                    attack.forger.token(),
                    body.len(),
                );
                let written = stream.write_all(request.as_bytes()).await;
                written.map_err(|error| named(&error))?;
                within(answer(stream)).await
            }
        }
    }
}

/// What a reply says: the code of its error.
fn told(reply: &[u8]) -> Ending {
    let reply: serde_json::Value = serde_json::from_slice(reply).unwrap_or_default();
    match reply["error"]["code"].as_u64() {
        Some(code) => format!("error {code}"),
        None => "let in".into(),
    }
}

/// What a server answers, or how it ends the connection.
async fn answer(mut stream: impl AsyncRead + Unpin) -> Result<Ending, Ending> {
    let mut received = Vec::new();
    loop {
        if let Some(head) = wire::head(&received) {
            return Ok(format!("HTTP {}", head.status()));
        }
        match stream.read_buf(&mut received).await {
            Ok(0) => return Ok("ended".into()),
            Ok(_) => {}
            Err(error) => return Err(named(&error)),
        }
    }
}

/// Posts a body byte by byte.
async fn trickle(mut stream: TcpStream, path: &str) -> Result<Ending, Ending> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         Content-Length: {TRICKLE_BYTES}\r\n\r\n{{"
    );
    let written = stream.write_all(head.as_bytes()).await;
    written.map_err(|error| named(&error))?;
    let (reader, mut writer) = stream.into_split();
    let writer = async {
        let mut every = interval(TRICKLE_EVERY);
        // What cannot be written any more shows in what is read.
        while writer.write_all(b" ").await.is_ok() {
            every.tick().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ending = answer(reader) => ending,
        () = writer => Ok("ended".into()),
    }
}

/// Prepares what its owner drops next: every second connection ends with a reset.
fn hang_up(stream: &TcpStream, attack: &Attack) -> Ending {
    if attack.below(2) == 0 {
        // A connection that is gone already needs no reset.
        let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    }
    "hung up".into()
}

async fn within<T>(what: impl Future<Output = Result<T, Ending>>) -> Result<T, Ending> {
    let done = timeout(WITHIN, what).await;
    done.unwrap_or_else(|_| Err("still open after 90 s".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_a_hundred() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 100);
        assert_eq!(Kind::any(0), Kind::Forged);
        assert_eq!(Kind::any(99), Kind::TricklePost);
    }
}
