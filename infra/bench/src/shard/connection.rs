//! One connection of a client process: what it says, and what it makes of what it hears.

use std::{
    io::{self, Read as _, Write as _},
    mem,
    net::{Ipv4Addr, SocketAddrV4, TcpStream},
};

use shared_proto::client::v1::{Reply, SubscribeResult};
use socket2::{Domain, Socket, Type};

use crate::{
    clock::now_ns,
    dialect,
    orders::{Dialect, Opening, Plan, Published, Tally},
    payload::{Mark, marks},
    sequence::Track,
    wire::{self, CLOSE, PING, PONG, TEXT},
};

/// Receive buffer of a connection that is to stall, in bytes: the server is to notice soon.
const STALLED_BUFFER: usize = 4096;

/// How a push on the server-side channel begins.
const FEED_PUSH: &[u8] = br#"{"push":{"channel":"feed""#;

/// How far a connection has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none.
    Ended,
    /// The socket is being connected.
    Connecting,
    /// The request is out.
    Upgrading,
    /// So many answers are still to come.
    Joining(usize),
    /// It hears everything that it is to hear.
    Open,
}

/// Why a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ending(pub(super) String);

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        Self(match error.kind() {
            io::ErrorKind::ConnectionRefused => "refused".into(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "reset".into(),
            _ => error.to_string(),
        })
    }
}

/// What connections share.
pub(super) struct Shared<'a> {
    pub(super) opening: &'a Opening,
    pub(super) tally: &'a mut Tally,
}

/// One client's connection.
pub(super) struct Connection {
    plan: Plan,
    pub(super) socket: Option<TcpStream>,
    pub(super) stage: Stage,
    /// Received and not yet understood.
    carry: Vec<u8>,
    /// Said and not yet taken by the socket.
    unsent: Vec<u8>,
    /// Of the subscribed topics, then of the watched ones.
    tracks: Vec<Track>,
    /// Tries since it was open last.
    pub(super) failures: u32,
    /// Tries ever, so that a deadline of an earlier one is recognised.
    pub(super) tries: u32,
    was_open: bool,
    next_id: u32,
}

impl Connection {
    pub(super) fn new(plan: Plan, published: &Published) -> Self {
        let mut connection = Self {
            plan,
            socket: None,
            stage: Stage::Ended,
            carry: Vec::new(),
            unsent: Vec::new(),
            tracks: Vec::new(),
            failures: 0,
            tries: 0,
            was_open: false,
            next_id: 1_000,
        };
        connection.start_after(published);
        connection
    }

    /// What was published until now is none of its business.
    pub(super) fn start_after(&mut self, published: &Published) {
        self.was_open = false;
        self.tracks = self
            .topics()
            .map(|topic| Track::after(published[topic as usize]))
            .collect();
    }

    /// Begins to connect from an address of its own.
    pub(super) fn connect(&mut self, source: Ipv4Addr, to: SocketAddrV4) -> Result<(), Ending> {
        self.tries += 1;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        if self.plan.stalls {
            socket.set_recv_buffer_size(STALLED_BUFFER)?;
        }
        socket.bind(&SocketAddrV4::new(source, 0).into())?;
        match socket.connect(&to.into()) {
            Err(error) if error.raw_os_error() != Some(nix::Error::EINPROGRESS as i32) => {
                return Err(error.into());
            }
            _ => {}
        }
        self.socket = Some(socket.into());
        self.stage = Stage::Connecting;
        Ok(())
    }

    /// Gives the socket up.
    pub(super) fn end(&mut self) {
        self.socket = None;
        self.stage = Stage::Ended;
        self.carry = Vec::new();
        self.unsent = Vec::new();
    }

    /// The socket can be written to. True when everything is written.
    pub(super) fn write(&mut self, opening: &Opening) -> Result<bool, Ending> {
        if self.stage == Stage::Connecting {
            if let Some(error) = self.socket().take_error()? {
                return Err(error.into());
            }
            self.socket().set_nodelay(true)?;
            self.stage = Stage::Upgrading;
            self.say(&dialect::request(opening, &self.plan))?;
        } else {
            let unsent = mem::take(&mut self.unsent);
            self.say(&unsent)?;
        }
        Ok(self.unsent.is_empty())
    }

    /// Whether it has something to write.
    pub(super) fn wants_to_write(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// The socket can be read. True when the connection is open by that.
    pub(super) fn read(
        &mut self,
        scratch: &mut [u8],
        shared: &mut Shared<'_>,
    ) -> Result<bool, Ending> {
        let read = match self.socket().read(scratch) {
            Ok(0) => return Err(Ending("closed without a word".into())),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let was_open = self.stage == Stage::Open;
        let received = &scratch[..read];
        if self.carry.is_empty() {
            let used = self.understand(received, shared)?;
            self.carry.extend_from_slice(&received[used..]);
        } else {
            let mut carry = mem::take(&mut self.carry);
            carry.extend_from_slice(received);
            let used = self.understand(&carry, shared)?;
            carry.drain(..used);
            self.carry = carry;
        }
        if was_open || self.stage != Stage::Open {
            return Ok(false);
        }
        (self.failures, self.was_open) = (0, true);
        shared.tally.opened_at.push(now_ns());
        Ok(true)
    }

    /// Whether it stops reading once it is open.
    pub(super) fn stalls(&self) -> bool {
        self.plan.stalls
    }

    /// How many of its events did not come.
    pub(super) fn lost(&self, published: &Published) -> u64 {
        let published = |topic: u32| published.get(topic as usize).copied().unwrap_or(0);
        self.topics()
            .zip(&self.tracks)
            .map(|(topic, track)| track.lost(published(topic)))
            .sum()
    }

    fn topics(&self) -> impl Iterator<Item = u32> + use<'_> {
        let Plan {
            subscribed,
            watched,
            ..
        } = &self.plan;
        subscribed.iter().chain(watched).copied()
    }

    fn socket(&self) -> &TcpStream {
        // Nothing is read or written without one.
        self.socket.as_ref().unwrap_or_else(|| unreachable!())
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        let written = if self.unsent.is_empty() {
            match self.socket().write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                written => written?,
            }
        } else {
            0
        };
        self.unsent.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    /// Takes whole messages from the bytes; returns how many bytes those were.
    fn understand(&mut self, bytes: &[u8], shared: &mut Shared<'_>) -> Result<usize, Ending> {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            if self.stage == Stage::Upgrading {
                let Some(head) = wire::head(rest) else {
                    return Ok(used);
                };
                if head.status() != dialect::welcome(shared.opening.dialect) {
                    return Err(Ending(format!("status {}", head.status())));
                }
                used += head.length;
                self.let_in(shared.opening)?;
            } else if shared.opening.dialect == Dialect::EventStream {
                let mut found = marks(rest);
                for mark in found.by_ref() {
                    self.hear(mark, shared.tally);
                }
                return Ok(used + found.looked_at());
            } else {
                let Some(frame) = wire::frame(rest) else {
                    return Ok(used);
                };
                used += frame.length;
                match frame.opcode {
                    CLOSE => {
                        let code = wire::close_code(frame.payload);
                        return Err(Ending(format!("close {code}")));
                    }
                    PING => self.say(&wire::masked(PONG, frame.payload))?,
                    PONG => {}
                    _ => self.take(frame.payload, shared)?,
                }
            }
        }
    }

    fn let_in(&mut self, opening: &Opening) -> Result<(), Ending> {
        self.stage = match opening.dialect {
            Dialect::Plain | Dialect::EventStream => Stage::Open,
            // Both of its layers say hello.
            Dialect::SocketIo => Stage::Joining(2),
            Dialect::Rookery => {
                let subscribed = self.plan.subscribed.len();
                let missed = self.was_open.then(|| &self.tracks[..subscribed]);
                let commands = dialect::commands(opening, &self.plan, missed);
                self.say(&commands)?;
                Stage::Joining(1 + subscribed)
            }
        };
        Ok(())
    }

    fn take(&mut self, message: &[u8], shared: &mut Shared<'_>) -> Result<(), Ending> {
        match shared.opening.dialect {
            Dialect::Plain | Dialect::EventStream => {
                self.hear_all(message, shared.tally);
                Ok(())
            }
            Dialect::SocketIo => self.take_packet(message, shared),
            Dialect::Rookery => message
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .try_for_each(|line| self.take_line(line, shared)),
        }
    }

    fn take_packet(&mut self, packet: &[u8], shared: &mut Shared<'_>) -> Result<(), Ending> {
        match (packet, self.stage) {
            ([b'0', ..], Stage::Joining(_)) => {
                self.answered();
                self.say(&wire::masked(TEXT, b"40"))
            }
            ([b'4', b'0', ..], Stage::Joining(_)) => {
                self.answered();
                Ok(())
            }
            ([b'2'], _) => self.say(&wire::masked(TEXT, b"3")),
            _ => {
                self.hear_all(packet, shared.tally);
                Ok(())
            }
        }
    }

    fn take_line(&mut self, line: &[u8], shared: &mut Shared<'_>) -> Result<(), Ending> {
        if line == b"{}" {
            return self.say(&wire::masked(TEXT, b"{}"));
        }
        if !line.starts_with(br#"{"push""#) {
            return self.take_reply(line, shared.tally);
        }
        if self.hear_push(line, shared.tally) {
            return if shared.opening.acknowledge {
                self.acknowledge(line)
            } else {
                Ok(())
            };
        }
        if memchr::memmem::find(line, br#""unsubscribe""#).is_some() {
            return Err(Ending("unsubscribed by the server".into()));
        }
        shared.tally.other_pushes += 1;
        Ok(())
    }

    fn take_reply(&mut self, line: &[u8], tally: &mut Tally) -> Result<(), Ending> {
        if !matches!(self.stage, Stage::Joining(_)) {
            // To an acknowledgement.
            return Ok(());
        }
        let reply: Reply = serde_json::from_slice(line)
            .map_err(|error| Ending(format!("a reply that is none: {error}")))?;
        if let Some(error) = reply.error {
            return Err(Ending(format!("error {}", error.code)));
        }
        if let Some(subscribed) = reply.subscribe {
            let at = reply.id.saturating_sub(2);
            self.subscribed(at as usize, &subscribed, tally);
        }
        self.answered();
        Ok(())
    }

    /// A topic is subscribed; what was missed comes with it.
    fn subscribed(&mut self, at: usize, result: &SubscribeResult, tally: &mut Tally) {
        let missed = result.publications.iter();
        for mark in missed.flat_map(|publication| marks(&publication.data)) {
            tally.recovered += 1;
            if let Some(track) = self.tracks.get_mut(at) {
                track.see(mark.number, &mut tally.faults);
            }
        }
        if result.was_recovering && !result.recovered {
            tally.unrecovered += 1;
            // The client loads everything up to here by HTTP.
            if let Some(track) = self.tracks.get_mut(at) {
                *track = Track::after(u32::try_from(result.offset).unwrap_or(u32::MAX));
            }
        }
    }

    fn answered(&mut self) {
        self.stage = match self.stage {
            Stage::Joining(awaited @ 2..) => Stage::Joining(awaited - 1),
            _ => Stage::Open,
        };
    }

    fn acknowledge(&mut self, push: &[u8]) -> Result<(), Ending> {
        let text = std::str::from_utf8(push).unwrap_or_default();
        let Some((conversation, seq)) = dialect::message(text) else {
            return Ok(());
        };
        self.next_id += 1;
        self.say(&dialect::acknowledgement(self.next_id, conversation, seq))
    }

    /// Hears every event in the bytes. False when there is none.
    fn hear_all(&mut self, bytes: &[u8], tally: &mut Tally) -> bool {
        let mut any = false;
        for mark in marks(bytes) {
            self.hear(mark, tally);
            any = true;
        }
        any
    }

    /// Hears the event of a push of the client protocol. What is subscribed counts when it comes on
    /// its own channel, everything else when it comes by the feed: a connection that comes back
    /// hears by the feed until its subscription is answered, and a client drops what it then gets
    /// again. False when nothing counted.
    fn hear_push(&mut self, push: &[u8], tally: &mut Tally) -> bool {
        let is_feed = push.starts_with(FEED_PUSH);
        match marks(push).next() {
            Some(mark) if self.plan.subscribed.contains(&mark.topic) != is_feed => {
                self.hear(mark, tally);
                true
            }
            _ => false,
        }
    }

    fn hear(&mut self, mark: Mark, tally: &mut Tally) {
        let now = now_ns();
        tally.deliveries += 1;
        tally.latency.record(now.saturating_sub(mark.sent_ns));
        tally.last_at = now;
        let at = self.topics().position(|topic| topic == mark.topic);
        match at {
            Some(at) => self.tracks[at].see(mark.number, &mut tally.faults),
            None => tally.faults.foreign += 1,
        }
    }
}
