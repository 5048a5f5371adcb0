//! A process of people who chat all the time, in groups of ten, and how that goes for them.
//!
//! Half of them stay connected and must hear every message of their groups exactly once; the other
//! half leave and come back, as phones do, and measure how long that takes.
//!
//! Long because what honest people do and what is measured of it go together.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    mem,
    net::{Ipv4Addr, SocketAddrV4},
    rc::Rc,
    time::Duration,
};

use anyhow::{Result, bail};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::{
    runtime::Builder,
    sync::{Mutex, watch},
    task::{LocalSet, spawn_local},
    time::{Instant, sleep, sleep_until, timeout},
};
use uuid::Uuid;

use super::{
    account::Account,
    socket::{Socket, named},
};
use crate::{
    clock::now_ns,
    histogram::Histogram,
    random::Random,
    worker::{orders, say},
};

/// Members of a group.
pub(crate) const GROUP: usize = 10;

/// Addresses that people share.
const ADDRESSES: u8 = 20;

/// How long those stay who leave and come back: from this to twice this.
const STAY: Duration = Duration::from_secs(15);

/// How long nobody waits for anything, in a system that works.
const WITHIN: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Between two tries of a message or a connection.
const PAUSE: Duration = Duration::from_millis(250);

/// What such a process is told; each order is answered once it is done.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Order {
    /// Makes accounts and groups, connects everybody and begins to write. Answered by `null`.
    Begin(Household),
    /// Forgets what was measured so far. Answered by that, a [`Tally`].
    Measure,
    /// Stops writing and waits for what is under way. Answered by a [`Tally`], with what was lost.
    Report,
    /// Everybody leaves, comes back and writes one message. Answered by a [`Roll`].
    ComeBack,
}

/// Who is there, and where they go.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Household {
    pub(crate) api: SocketAddrV4,
    pub(crate) hub: SocketAddrV4,
    /// How many people, a multiple of [`GROUP`].
    pub(crate) people: usize,
    /// From one message of somebody to their next.
    pub(crate) pause_ms: u64,
}

/// What people met.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    /// From the first try of a message to its being accepted, in ns.
    pub(crate) sends: Histogram,
    /// From the first try of a message to each screen of those who stay, in ns.
    pub(crate) seen: Histogram,
    /// How long coming back took, in ns.
    pub(crate) connects: Histogram,
    /// Tries of a message that were not accepted, by what they met.
    pub(crate) repeated: BTreeMap<String, u64>,
    /// Tries to connect that failed, by what they met.
    pub(crate) not_in: BTreeMap<String, u64>,
    /// Connections that ended though their owner stayed, by how.
    pub(crate) ended: BTreeMap<String, u64>,
    /// Messages that were never accepted.
    pub(crate) unsent: u64,
    /// Of those who stay: messages that were accepted and not heard, and those heard twice.
    pub(crate) lost: u64,
    pub(crate) twice: u64,
}

/// Who is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Roll {
    /// People with a connection.
    pub(crate) connected: usize,
    /// Messages that every member of a group heard, of one for each person.
    pub(crate) heard_by_all: usize,
}

/// A message on its way.
struct Post {
    begun_at: u64,
    /// Index of the first member of its group.
    group_at: usize,
    accepted: bool,
    /// How often each member heard it.
    heard: [u8; GROUP],
}

/// What all tasks share, on one thread.
#[derive(Default)]
struct Table {
    tally: Tally,
    posts: HashMap<String, Post>,
    /// Whether people write.
    writes: bool,
    /// Messages that are being posted.
    under_way: usize,
    people: Vec<Person>,
}

/// What the tasks know of each other's owner.
#[derive(Default)]
struct Person {
    connected: bool,
    /// Whether the connection was away since the measurement began: something may have been missed.
    was_away: bool,
}

type Shared = Rc<RefCell<Table>>;

/// Somebody as a sender.
#[derive(Clone)]
struct Writer {
    index: usize,
    account: Rc<Mutex<Account>>,
    group_id: Rc<str>,
    table: Shared,
}

/// Somebody as a listener.
struct Listener {
    index: usize,
    source: Ipv4Addr,
    hub: SocketAddrV4,
    token: String,
    /// Changes when everybody is to leave and come back.
    round: watch::Receiver<u32>,
    table: Shared,
    random: Random,
}

/// Runs until standard input ends.
///
/// # Errors
/// When an order cannot be carried out.
pub(crate) fn run() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, obey())
}

async fn obey() -> Result<()> {
    let mut orders = orders();
    let table = Shared::default();
    let (round, _) = watch::channel(0);
    let mut writers = Vec::new();
    while let Some(order) = orders.recv().await {
        match order? {
            Order::Begin(household) => {
                writers = begin(&household, &table, &round).await?;
                say(&())?;
            }
            Order::Measure => say(&measure(&mut table.borrow_mut()))?,
            Order::Report => say(&report(&table).await?)?,
            Order::ComeBack => say(&come_back(&table, &round, &writers).await?)?,
        }
    }
    Ok(())
}

async fn begin(
    household: &Household,
    table: &Shared,
    round: &watch::Sender<u32>,
) -> Result<Vec<Writer>> {
    let mut writers = Vec::new();
    table.borrow_mut().writes = true;
    while writers.len() < household.people {
        let first = writers.len();
        let entering = (first..first + GROUP).map(|n| Account::register(source(n), household.api));
        let mut accounts = try_join_all(entering).await?;
        let ids: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
        let group_id: Rc<str> = accounts[0].make_group(&ids[1..]).await?.into();
        for (index, account) in (first..).zip(accounts) {
            let token = account.http.token.clone();
            table.borrow_mut().people.push(Person::default());
            spawn_local(
                Listener {
                    index,
                    source: source(index),
                    hub: household.hub,
                    token,
                    round: round.subscribe(),
                    table: table.clone(),
                    random: Random::new(index as u64),
                }
                .stay(),
            );
            writers.push(Writer {
                index,
                account: Rc::new(Mutex::new(account)),
                group_id: group_id.clone(),
                table: table.clone(),
            });
        }
    }
    everybody_is_in(table).await?;
    for writer in &writers {
        spawn_local(
            writer
                .clone()
                .chat(Duration::from_millis(household.pause_ms)),
        );
    }
    Ok(writers)
}

/// The address of somebody; 127.0.0.1 is the servers'.
fn source(index: usize) -> Ipv4Addr {
    let address = u8::try_from(index % usize::from(ADDRESSES)).unwrap_or(0);
    Ipv4Addr::new(127, 0, 1, 1 + address)
}

fn measure(table: &mut Table) -> Tally {
    table.posts.retain(|_, post| !post.accepted);
    for person in &mut table.people {
        person.was_away = !person.connected;
    }
    mem::take(&mut table.tally)
}

async fn report(table: &Shared) -> Result<Tally> {
    table.borrow_mut().writes = false;
    becomes("every message is answered", || {
        table.borrow().under_way == 0
    })
    .await?;
    // What is still missing then is lost.
    let _ = becomes("everybody has heard all", || table.borrow().missed().0 == 0).await;
    let mut table = table.borrow_mut();
    (table.tally.lost, table.tally.twice) = table.missed();
    Ok(mem::take(&mut table.tally))
}

async fn come_back(table: &Shared, round: &watch::Sender<u32>, writers: &[Writer]) -> Result<Roll> {
    for person in &mut table.borrow_mut().people {
        person.connected = false;
    }
    round.send_modify(|round| *round += 1);
    // Who is not in is not counted.
    let _ = everybody_is_in(table).await;
    table.borrow_mut().posts.clear();
    for writer in writers {
        writer.write().await;
    }
    let heard = |post: &&Post| post.heard.iter().all(|times| *times > 0);
    let heard_by_all = || table.borrow().posts.values().filter(heard).count();
    let _ = becomes("everybody has heard all", || {
        heard_by_all() == writers.len()
    })
    .await;
    Ok(Roll {
        connected: table.borrow().connected(),
        heard_by_all: heard_by_all(),
    })
}

async fn everybody_is_in(table: &Shared) -> Result<()> {
    let people = table.borrow().people.len();
    becomes("everybody is connected", || {
        table.borrow().connected() == people
    })
    .await
}

async fn becomes(what: &str, holds: impl Fn() -> bool) -> Result<()> {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > WITHIN {
            bail!("not within {WITHIN:?}: {what}");
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

impl Table {
    fn connected(&self) -> usize {
        self.people.iter().filter(|person| person.connected).count()
    }

    /// How many accepted messages those who stayed all the time did not hear, and how many they
    /// heard more than once.
    fn missed(&self) -> (u64, u64) {
        let accepted = self.posts.values().filter(|post| post.accepted);
        let heard = accepted.flat_map(|post| (post.group_at..).zip(post.heard));
        let (mut lost, mut twice) = (0, 0);
        for (_, times) in heard.filter(|(index, _)| self.stayed(*index)) {
            lost += u64::from(times == 0);
            twice += u64::from(times > 1);
        }
        (lost, twice)
    }

    fn stayed(&self, index: usize) -> bool {
        stays(index) && !self.people[index].was_away
    }

    fn hear(&mut self, index: usize, push: &[u8]) {
        let id = message_id(push).and_then(|id| std::str::from_utf8(id).ok());
        let Some(post) = id.and_then(|id| self.posts.get_mut(id)) else {
            return;
        };
        let times = &mut post.heard[index - post.group_at];
        *times = times.saturating_add(1);
        if stays(index) {
            self.tally.seen.record(now_ns() - post.begun_at);
        }
    }
}

/// Every second one.
fn stays(index: usize) -> bool {
    index.is_multiple_of(2)
}

/// The client's id of the message in a push.
fn message_id(push: &[u8]) -> Option<&[u8]> {
    const FIELD: &[u8] = br#""client_msg_id":""#;
    let begin = memchr::memmem::find(push, FIELD)? + FIELD.len();
    let length = memchr::memchr(b'"', &push[begin..])?;
    Some(&push[begin..begin + length])
}

impl Writer {
    /// Writes again and again.
    async fn chat(self, pause: Duration) {
        let mut random = Random::new(1_000 + self.index as u64);
        let twice_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX).max(1) * 2;
        loop {
            // Anywhere between nothing and twice the pause, so that nobody writes in step.
            sleep(Duration::from_millis(random.below(twice_ms))).await;
            if self.table.borrow().writes {
                self.write().await;
            }
        }
    }

    /// Writes one message, and says it again while it is not accepted, as the client does.
    async fn write(&self) {
        let id = Uuid::new_v4().to_string();
        let begun_at = now_ns();
        let post = Post {
            begun_at,
            group_at: self.index - self.index % GROUP,
            accepted: false,
            heard: [0; GROUP],
        };
        self.table.borrow_mut().posts.insert(id.clone(), post);
        self.table.borrow_mut().under_way += 1;
        let mut account = self.account.lock().await;
        let sent = timeout(WITHIN, async {
            while let Err(why) = self.try_to_post(&mut account, &id).await {
                *self
                    .table
                    .borrow_mut()
                    .tally
                    .repeated
                    .entry(why)
                    .or_default() += 1;
                sleep(PAUSE).await;
            }
        });
        let is_sent = sent.await.is_ok();
        let mut table = self.table.borrow_mut();
        table.under_way -= 1;
        if is_sent {
            table.tally.sends.record(now_ns() - begun_at);
        } else {
            table.tally.unsent += 1;
        }
        if let Some(post) = table.posts.get_mut(&id) {
            post.accepted = is_sent;
        }
    }

    async fn try_to_post(&self, account: &mut Account, id: &str) -> Result<(), String> {
        match account.post(&self.group_id, id).await {
            Ok(answer) if [200, 201].contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("HTTP {}", answer.status)),
            Err(error) => Err(named(&error)),
        }
    }
}

impl Listener {
    /// Listens, and comes back whenever the connection has ended.
    async fn stay(mut self) {
        loop {
            let begun_at = now_ns();
            self.round.mark_unchanged();
            match Socket::open(self.source, self.hub, &self.token).await {
                Ok(socket) => {
                    self.is_in(now_ns() - begun_at);
                    self.listen(socket).await;
                    let person = &mut self.table.borrow_mut().people[self.index];
                    *person = Person {
                        connected: false,
                        was_away: true,
                    };
                }
                Err(why) => {
                    *self.table.borrow_mut().tally.not_in.entry(why).or_default() += 1;
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn is_in(&self, after_ns: u64) {
        let mut table = self.table.borrow_mut();
        table.people[self.index].connected = true;
        table.tally.connects.record(after_ns);
    }

    /// Until the connection ends, or its owner leaves.
    async fn listen(&mut self, mut socket: Socket) {
        let span = u64::try_from(STAY.as_millis()).unwrap_or(u64::MAX);
        let stay = STAY + Duration::from_millis(self.random.below(span));
        let leaves_at = Instant::now() + stay;
        loop {
            tokio::select! {
                push = socket.next() => match push {
                    Ok(push) => self.table.borrow_mut().hear(self.index, &push),
                    Err(why) => {
                        *self.table.borrow_mut().tally.ended.entry(why).or_default() += 1;
                        return;
                    }
                },
                () = sleep_until(leaves_at), if !stays(self.index) => return,
                // Its sender lives as long as this process.
                _ = self.round.changed() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(heard: [u8; GROUP]) -> Table {
        let mut table = Table::default();
        table.people.resize_with(GROUP, Person::default);
        let post = Post {
            begun_at: 0,
            group_at: 0,
            accepted: true,
            heard,
        };
        table.posts.insert("one".into(), post);
        table
    }

    #[test]
    fn those_who_stay_must_hear_everything_once() {
        assert_eq!(table([1; GROUP]).missed(), (0, 0));
        // The first stays, the second comes and goes.
        assert_eq!(table([0, 0, 1, 1, 2, 2, 1, 1, 1, 1]).missed(), (1, 1));
        let mut away = table([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
        away.people[0].was_away = true;
        assert_eq!(away.missed(), (0, 0));
    }

    #[test]
    fn message_is_recognised_in_a_push() {
        let mut table = table([0; GROUP]);
        table.hear(
            4,
            br#"{"push":{"pub":{"data":{"client_msg_id":"one","seq":1}}}}"#,
        );
        table.hear(
            4,
            br#"{"push":{"pub":{"data":{"client_msg_id":"two","seq":2}}}}"#,
        );
        assert_eq!(table.posts["one"].heard, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        assert_eq!(message_id(b"{}"), None);
    }
}
