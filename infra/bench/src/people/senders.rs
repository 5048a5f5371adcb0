//! A process of people of whom each writes one message after the other, in a group of their own.

use std::{
    cell::{Cell, RefCell},
    net::{Ipv4Addr, SocketAddrV4},
    rc::Rc,
    time::Duration,
};

use anyhow::{Result, bail};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::{
    runtime::Builder,
    task::{LocalSet, spawn_local},
    time::sleep,
};
use uuid::Uuid;

use super::account::Account;
use crate::{
    clock::now_ns,
    histogram::Histogram,
    worker::{orders, say},
};

/// What such a process is told; each order is answered once it is done.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Order {
    /// Makes accounts and groups. Answered by `null`.
    Begin { api: SocketAddrV4, senders: usize },
    /// Everybody writes for so long. Answered by a [`Histogram`] of how long each message took.
    Write { ms: u64 },
}

type Sender = Rc<(tokio::sync::Mutex<Account>, String)>;

/// Runs until standard input ends.
///
/// # Errors
/// When an order cannot be carried out, or a message is refused.
pub(crate) fn run() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, obey())
}

async fn obey() -> Result<()> {
    let mut orders = orders();
    let mut senders: Vec<Sender> = Vec::new();
    while let Some(order) = orders.recv().await {
        match order? {
            Order::Begin {
                api,
                senders: count,
            } => {
                for n in 0..count {
                    let mut account = Account::register(source(n), api).await?;
                    let group = account.make_group(&[]).await?;
                    senders.push(Rc::new((account.into(), group)));
                }
                say(&())?;
            }
            Order::Write { ms } => say(&write(&senders, Duration::from_millis(ms)).await?)?,
        }
    }
    Ok(())
}

async fn write(senders: &[Sender], time: Duration) -> Result<Histogram> {
    let took = Rc::new(RefCell::new(Histogram::default()));
    let is_over = Rc::new(Cell::new(false));
    let writing = senders.iter().map(|sender| {
        let (sender, took, is_over) = (sender.clone(), took.clone(), is_over.clone());
        spawn_local(async move {
            let (account, group) = &*sender;
            let mut account = account.lock().await;
            while !is_over.get() {
                let begun_at = now_ns();
                let answer = account.post(group, &Uuid::new_v4().to_string()).await?;
                if answer.status != 201 {
                    bail!("a message was answered with {}", answer.status);
                }
                // What ends later would count for a time in which others write no more.
                if !is_over.get() {
                    took.borrow_mut().record(now_ns() - begun_at);
                }
            }
            Ok(())
        })
    });
    let writing: Vec<_> = writing.collect();
    sleep(time).await;
    is_over.set(true);
    for ended in try_join_all(writing).await? {
        ended?;
    }
    Ok(took.take())
}

fn source(index: usize) -> Ipv4Addr {
    let address = u8::try_from(index % 20).unwrap_or(0);
    Ipv4Addr::new(127, 0, 4, 1 + address)
}
