//! A process of people who come in all at once: half of them register, half sign in.

use std::net::{Ipv4Addr, SocketAddrV4};

use anyhow::{Context as _, Result};
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;

use super::account::{Account, Door};
use crate::{
    clock::now_ns,
    histogram::Histogram,
    worker::{orders, say},
};

/// Addresses that they come from.
pub(crate) const ADDRESSES: usize = 20;

/// Accounts that are made at the same time before anybody is in a hurry.
const AT_ONCE: usize = 4;

/// What such a process is told; each order is answered once it is done.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Order {
    /// Makes accounts to sign in to later, without haste. Answered by `null`.
    Prepare { api: SocketAddrV4, accounts: usize },
    /// As many people register, and as many sign in, all at once. Answered by a [`Tally`].
    Rush,
}

/// What became of them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    /// From the first try to being in, in ns.
    pub(crate) took: Histogram,
    /// How often somebody was told to come again.
    pub(crate) refused: u64,
    /// What went wrong for good.
    pub(crate) failures: Vec<String>,
}

/// Runs until standard input ends.
///
/// # Errors
/// When an order cannot be carried out.
pub(crate) fn run() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(obey())
}

async fn obey() -> Result<()> {
    let mut orders = orders();
    let mut known = None;
    while let Some(order) = orders.recv().await {
        match order? {
            Order::Prepare { api, accounts } => {
                known = Some((api, prepare(api, accounts).await?));
                say(&())?;
            }
            Order::Rush => {
                let (api, handles) = known.take().context("nobody is prepared")?;
                say(&rush(api, handles).await)?;
            }
        }
    }
    Ok(())
}

async fn prepare(api: SocketAddrV4, accounts: usize) -> Result<Vec<String>> {
    let mut handles = Vec::new();
    while handles.len() < accounts {
        let first = handles.len();
        let some = first..(first + AT_ONCE).min(accounts);
        let made = try_join_all(some.map(|n| Account::register(source(n), api))).await?;
        handles.extend(made.into_iter().map(|account| account.handle));
    }
    Ok(handles)
}

async fn rush(api: SocketAddrV4, handles: Vec<String>) -> Tally {
    let enter = |n: usize, door, handle| async move {
        let begun_at = now_ns();
        let entered = Account::enter(door, source(n), api, handle).await;
        (now_ns() - begun_at, entered)
    };
    let registering = (0..handles.len()).map(|n| enter(n, Door::Register, Account::new_handle()));
    let registering: Vec<_> = registering.collect();
    let signing_in = (0..)
        .zip(handles)
        .map(|(n, handle)| enter(n, Door::LogIn, handle));
    let all = registering.into_iter().chain(signing_in);
    let mut tally = Tally::default();
    for (took_ns, entered) in join_all(all).await {
        match entered {
            Ok((_, refused)) => {
                tally.took.record(took_ns);
                tally.refused += u64::from(refused);
            }
            Err(error) => tally.failures.push(format!("{error:#}")),
        }
    }
    tally
}

fn source(index: usize) -> Ipv4Addr {
    let address = u8::try_from(index % ADDRESSES).unwrap_or(0);
    Ipv4Addr::new(127, 0, 2, 1 + address)
}
