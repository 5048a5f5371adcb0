//! A process of hostile clients: so many at the same time, each replaced as soon as it has ended.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddrV4},
    rc::Rc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_local},
    time::{Instant, sleep_until},
};

use super::{forger::Forger, kinds::Kind};
use crate::{
    people::account::Account,
    random::Random,
    worker::{orders, say},
};

/// Addresses that they come from.
const ADDRESSES: u8 = 100;

/// New ones in a second at most, so that refusals at once do not make a storm of this process's
/// own: its processor time is the server's.
const PER_SECOND_MAX: u32 = 1_500;

/// Accounts of their own, which hold many connections each.
const ACCOUNTS: usize = 20;

/// What such a process is told; each order is answered once it is done.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Order {
    /// Begins. Answered by `null`.
    Begin(Plan),
    /// What was done since the last time it was asked. Answered by a [`Tally`].
    Report,
}

/// Whom to attack.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Plan {
    pub(crate) api: SocketAddrV4,
    pub(crate) hub: SocketAddrV4,
    /// Connections that are tried to be held.
    pub(crate) hold: usize,
}

/// What they did and met.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    /// Connections that are open now.
    pub(crate) open: u64,
    /// New connections.
    pub(crate) begun: u64,
    /// Forged tokens that were shown to the hub, each another one.
    pub(crate) forged: u64,
    /// Other tokens that were shown to the hub.
    pub(crate) genuine: u64,
    /// How they ended: the kind and what it met → how often.
    pub(crate) endings: BTreeMap<String, u64>,
}

/// What all of them share, on one thread.
pub(super) struct Attack {
    pub(super) plan: Plan,
    pub(super) forger: Forger,
    /// Tokens of their own accounts.
    pub(super) tokens: Vec<String>,
    pub(super) tally: RefCell<Tally>,
    pub(super) random: RefCell<Random>,
    /// When the next one may begin.
    next_at: Cell<Instant>,
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
    let mut attack = None;
    while let Some(order) = orders.recv().await {
        match order? {
            Order::Begin(plan) => {
                attack = Some(begin(plan).await?);
                say(&())?;
            }
            Order::Report => {
                let attack: &Rc<Attack> = attack.as_ref().context("nothing has begun")?;
                say(&attack.report())?;
            }
        }
    }
    Ok(())
}

async fn begin(plan: Plan) -> Result<Rc<Attack>> {
    let mut tokens = Vec::new();
    for n in 0..ACCOUNTS {
        tokens.push(Account::register(source(n), plan.api).await?.http.token);
    }
    let attack = Rc::new(Attack {
        forger: Forger::of(&tokens[0])?,
        plan,
        tokens,
        tally: RefCell::default(),
        random: RefCell::new(Random::new(1)),
        next_at: Cell::new(Instant::now()),
    });
    for place in 0..plan.hold {
        spawn_local(attack.clone().hold(source(place)));
    }
    Ok(attack)
}

impl Attack {
    /// One place: as soon as a client has ended, the next one comes.
    async fn hold(self: Rc<Self>, source: Ipv4Addr) {
        loop {
            self.pace().await;
            let kind = Kind::any(self.below(100));
            self.tally.borrow_mut().begun += 1;
            let ending = kind.attack(&self, source).await;
            let ending = ending.unwrap_or_else(|ending| ending);
            let name = format!("{}: {ending}", kind.name());
            *self.tally.borrow_mut().endings.entry(name).or_default() += 1;
        }
    }

    async fn pace(&self) {
        let due = self.next_at.get().max(Instant::now());
        self.next_at
            .set(due + Duration::from_secs(1) / PER_SECOND_MAX);
        sleep_until(due).await;
    }

    /// A random number below `limit`.
    pub(super) fn below(&self, limit: u64) -> u64 {
        self.random.borrow_mut().below(limit)
    }

    fn report(&self) -> Tally {
        let mut tally = self.tally.borrow_mut();
        let next = Tally {
            open: tally.open,
            ..Tally::default()
        };
        std::mem::replace(&mut tally, next)
    }
}

/// The address of a place.
fn source(place: usize) -> Ipv4Addr {
    let address = u8::try_from(place % usize::from(ADDRESSES)).unwrap_or(0);
    Ipv4Addr::new(127, 0, 3, 1 + address)
}
