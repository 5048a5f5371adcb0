//! A client process: thousands of connections on one thread and one epoll.
//!
//! It does what [`Order`]s on its standard input say, and ends when that ends.

mod connection;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    fs::File,
    io::{self, Read as _, Write as _},
    net::Ipv4Addr,
    os::fd::AsFd as _,
    time::Duration,
};

use anyhow::{Context as _, Result};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use self::connection::{Connection, Ending, Shared, Stage};
use crate::{
    clock::{SECOND_NS, now_ns},
    orders::{Answer, Opening, Order, Progress, Published, Tally},
    random::Random,
};

/// Bytes that one read takes.
const SCRATCH_BYTES: usize = 256 * 1024;

/// Readiness that one wait reports.
const EVENTS_MAX: usize = 1024;

/// Names the orders among the connections.
const ORDERS: u64 = u64::MAX;

/// The official SDK gives a command this long.
const OPEN_WITHIN_NS: u64 = 5 * SECOND_NS;

/// The official SDK's backoff: the least pause and the greatest.
const RETRY_MIN_NS: u64 = SECOND_NS / 2;
const RETRY_MAX_NS: u64 = 20 * SECOND_NS;

/// Connections that share a source address: no address runs out of ports, whatever is left of
/// earlier connections.
const PER_ADDRESS: usize = 250;

/// Runs until standard input ends; `index` tells the shards of a fleet apart.
///
/// # Errors
/// When an order cannot be understood, or the system refuses what it never should.
pub(crate) fn run(index: u8) -> Result<()> {
    let orders = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&orders, EpollEvent::new(EpollFlags::EPOLLIN, ORDERS))?;
    let mut shard = Shard::new(index, epoll);
    let mut reader = OrderReader {
        orders,
        buffer: Vec::new(),
    };
    let mut events = vec![EpollEvent::empty(); EVENTS_MAX];
    loop {
        shard.try_more();
        let ready = match shard.epoll.wait(&mut events, shard.timeout()) {
            Err(nix::Error::EINTR) => 0,
            ready => ready?,
        };
        for event in &events[..ready] {
            if event.data() != ORDERS {
                let at = usize::try_from(event.data()).unwrap_or(usize::MAX);
                shard.serve(at, event.events());
                continue;
            }
            let Some(received) = reader.read()? else {
                return Ok(());
            };
            for order in received {
                let answer = serde_json::to_string(&shard.obey(order))?;
                let mut output = io::stdout().lock();
                writeln!(output, "{answer}")?;
                output.flush()?;
            }
        }
    }
}

struct OrderReader {
    orders: File,
    /// The beginning of an order.
    buffer: Vec<u8>,
}

impl OrderReader {
    /// The orders that are whole; nothing when no more will come.
    fn read(&mut self) -> Result<Option<Vec<Order>>> {
        let start = self.buffer.len();
        self.buffer.resize(start + SCRATCH_BYTES, 0);
        let read = self.orders.read(&mut self.buffer[start..])?;
        self.buffer.truncate(start + read);
        if read == 0 {
            return Ok(None);
        }
        if memchr::memchr(b'\n', &self.buffer[start..]).is_none() {
            return Ok(Some(Vec::new()));
        }
        let end = memchr::memrchr(b'\n', &self.buffer).map_or(0, |end| end + 1);
        let orders = serde_json::Deserializer::from_slice(&self.buffer[..end])
            .into_iter()
            .collect::<Result<_, _>>()
            .context("an order is not understood")?;
        self.buffer.drain(..end);
        Ok(Some(orders))
    }
}

struct Shard {
    index: u8,
    epoll: Epoll,
    opening: Option<Opening>,
    connections: Vec<Connection>,
    tally: Tally,
    ended: u64,
    open: u64,
    /// Connections to be tried now, as soon as there is room.
    waiting: VecDeque<usize>,
    /// Connections that are being opened.
    trying: usize,
    /// When which try has taken too long, in that order.
    deadlines: VecDeque<(u64, usize, u32)>,
    /// When which connection is tried again.
    retries: BinaryHeap<Reverse<(u64, usize)>>,
    random: Random,
    scratch: Vec<u8>,
}

impl Shard {
    fn new(index: u8, epoll: Epoll) -> Self {
        Self {
            index,
            epoll,
            opening: None,
            connections: Vec::new(),
            tally: Tally::default(),
            ended: 0,
            open: 0,
            waiting: VecDeque::new(),
            trying: 0,
            deadlines: VecDeque::new(),
            retries: BinaryHeap::new(),
            random: Random::new(u64::from(index)),
            scratch: vec![0; SCRATCH_BYTES],
        }
    }

    fn obey(&mut self, order: Order) -> Answer {
        match order {
            Order::Open(opening) => self.open(*opening),
            Order::Reopen(published) => self.reopen(&published),
            Order::Drop => self.drop_all(),
            Order::Resume => self.resume(),
            Order::Measure => {
                let faults = self.tally.faults;
                self.tally = Tally {
                    faults,
                    ..Tally::default()
                };
            }
            Order::Progress => return Answer::Progress(self.progress()),
            Order::Report(published) => return Answer::Report(Box::new(self.report(&published))),
        }
        Answer::Done
    }

    fn open(&mut self, mut opening: Opening) {
        let plans = std::mem::take(&mut opening.connections);
        self.connections = plans
            .into_iter()
            .map(|plan| Connection::new(plan, &opening.published))
            .collect();
        self.waiting = (0..self.connections.len()).collect();
        self.opening = Some(opening);
    }

    fn reopen(&mut self, published: &Published) {
        for (at, connection) in self.connections.iter_mut().enumerate() {
            if connection.stage == Stage::Ended && !connection.stalls() {
                connection.start_after(published);
                self.waiting.push_back(at);
                self.ended -= 1;
            }
        }
    }

    fn drop_all(&mut self) {
        for at in 0..self.connections.len() {
            if self.connections[at].stage == Stage::Open {
                self.end(at, &Ending("dropped".into()));
            }
        }
    }

    fn resume(&mut self) {
        let stalled = self
            .connections
            .iter_mut()
            .enumerate()
            .filter(|(_, connection)| connection.stalls());
        for (at, connection) in stalled {
            if let Some(socket) = &connection.socket {
                // What cannot be watched shows as an end that never comes.
                let _ = self
                    .epoll
                    .modify(socket, &mut interest(EpollFlags::EPOLLIN, at));
            }
        }
    }

    fn progress(&self) -> Progress {
        Progress {
            open: self.open,
            ended: self.ended,
            deliveries: self.tally.deliveries,
        }
    }

    fn report(&self, published: &Published) -> Tally {
        let mut tally = self.tally.clone();
        tally.faults.lost = self
            .connections
            .iter()
            .filter(|connection| connection.stage == Stage::Open && !connection.stalls())
            .map(|connection| connection.lost(published))
            .sum();
        tally
    }

    /// Begins tries that are due, and gives up those that take too long.
    fn try_more(&mut self) {
        let now = now_ns();
        while let Some(Reverse((due, at))) = self.retries.peek()
            && *due <= now
        {
            self.waiting.push_back(*at);
            self.retries.pop();
        }
        while let Some((due, at, tries)) = self.deadlines.front().copied()
            && due <= now
        {
            self.deadlines.pop_front();
            let connection = &self.connections[at];
            let is_late = connection.tries == tries
                && !matches!(connection.stage, Stage::Open | Stage::Ended);
            if is_late {
                self.end(at, &Ending("took too long".into()));
            }
        }
        let Some((in_flight, address)) = self
            .opening
            .as_ref()
            .map(|opening| (opening.in_flight, opening.address))
        else {
            return;
        };
        while self.trying < in_flight
            && let Some(at) = self.waiting.pop_front()
        {
            let source = self.source(at);
            let connection = &mut self.connections[at];
            self.trying += 1;
            self.tally.tried_at.push(now_ns());
            let connected = connection.connect(source, address).and_then(|()| {
                let socket = connection
                    .socket
                    .as_ref()
                    .map(|socket| self.epoll.add(socket, interest(EpollFlags::EPOLLOUT, at)));
                socket
                    .transpose()
                    .map_err(|error| Ending(error.to_string()))
            });
            match connected {
                Ok(_) => {
                    self.deadlines
                        .push_back((now_ns() + OPEN_WITHIN_NS, at, connection.tries));
                }
                Err(ending) => self.end(at, &ending),
            }
        }
    }

    fn source(&self, at: usize) -> Ipv4Addr {
        let block = u8::try_from(at / PER_ADDRESS % 256).unwrap_or(0);
        // 127.0.0.1 is the servers'.
        let again = u8::try_from(self.connections[at].tries % 200).unwrap_or(0);
        Ipv4Addr::new(127, 1 + self.index, block, 1 + again)
    }

    fn timeout(&self) -> EpollTimeout {
        let next = self.retries.peek().map(|Reverse((due, _))| *due);
        let next = next
            .into_iter()
            .chain(self.deadlines.front().map(|(due, ..)| *due));
        let wait = next
            .min()
            .map_or(SECOND_NS, |due| due.saturating_sub(now_ns()));
        // Rounded up, so that it is due when the wait ends.
        let ms = Duration::from_nanos(wait).as_millis().min(1_000) + 1;
        EpollTimeout::try_from(ms).unwrap_or(EpollTimeout::ZERO)
    }

    fn serve(&mut self, at: usize, ready: EpollFlags) {
        if self.connections[at].socket.is_none() {
            // It was ended by an event of the same wait.
            return;
        }
        if let Err(ending) = self.try_serve(at, ready) {
            self.end(at, &ending);
        }
    }

    fn try_serve(&mut self, at: usize, ready: EpollFlags) -> Result<(), Ending> {
        let Some(opening) = &self.opening else {
            return Ok(());
        };
        let connection = &mut self.connections[at];
        let (could_write, was_open) = (
            ready.contains(EpollFlags::EPOLLOUT),
            connection.stage == Stage::Open,
        );
        if could_write {
            connection.write(opening)?;
        }
        if ready.intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR) {
            let mut shared = Shared {
                opening,
                tally: &mut self.tally,
            };
            if connection.read(&mut self.scratch, &mut shared)? {
                self.open += 1;
                self.trying -= 1;
            }
        }
        let opened = !was_open && connection.stage == Stage::Open;
        let wanted = match connection.wants_to_write() {
            true => EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT,
            false if opened && connection.stalls() => EpollFlags::empty(),
            false => EpollFlags::EPOLLIN,
        };
        if could_write || connection.wants_to_write() || (opened && connection.stalls()) {
            let socket = connection.socket.as_ref();
            let changed = socket.map(|socket| {
                self.epoll
                    .modify(socket, &mut interest(wanted, at))
                    .map_err(|error| Ending(error.to_string()))
            });
            changed.transpose()?;
        }
        Ok(())
    }

    fn end(&mut self, at: usize, Ending(why): &Ending) {
        let connection = &mut self.connections[at];
        if connection.stage == Stage::Open {
            self.open -= 1;
        } else {
            self.trying -= 1;
        }
        connection.end();
        let why = if connection.stalls() {
            format!("stalled, {why}")
        } else {
            why.clone()
        };
        let comes_back = self
            .opening
            .as_ref()
            .is_some_and(|opening| opening.reconnect)
            && !is_final(&why);
        *self.tally.endings.entry(why).or_default() += 1;
        if comes_back {
            let most = RETRY_MIN_NS
                .saturating_mul(1 << connection.failures.min(16))
                .min(RETRY_MAX_NS);
            connection.failures += 1;
            let pause = (RETRY_MIN_NS + self.random.below(most)).min(RETRY_MAX_NS);
            self.retries.push(Reverse((now_ns() + pause, at)));
        } else {
            self.ended += 1;
        }
    }
}

/// Whether the official SDK does not come back after that.
fn is_final(why: &str) -> bool {
    let code = why
        .strip_prefix("close ")
        .and_then(|code| code.parse().ok());
    code.is_some_and(|code: u16| matches!(code, 3500..=3999 | 4500..=4999))
}

fn interest(flags: EpollFlags, at: usize) -> EpollEvent {
    EpollEvent::new(flags, at as u64)
}
