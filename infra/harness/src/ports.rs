//! Ports for servers that are started here.

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    sync::{Mutex, PoisonError},
};

/// Below the range from which Linux takes the ports of outgoing connections: while a server is
/// being restarted, no connection can have taken its port, and no client that tries to reach it can
/// connect to itself.
const RANGE: Range<u16> = 18_000..32_000;

/// What this process was given: a server may not listen yet when the next one asks for its port.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Different ports of the loopback interface on which nobody listens, and that this process was not
/// given before.
///
/// # Errors
/// When the system gives no randomness, or nearly every port is taken.
pub fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut held: Vec<TcpListener> = Vec::with_capacity(N);
    for _ in 0..N * 100 {
        if held.len() == N {
            break;
        }
        let mut random = [0; 2];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let port = RANGE.start + u16::from_le_bytes(random) % (RANGE.end - RANGE.start);
        if given.contains(&port) {
            continue;
        }
        // Held until all are found, so that they differ.
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            held.push(listener);
        }
    }
    let ports: Vec<u16> = held
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect::<io::Result<_>>()?;
    given.extend(&ports);
    ports
        .try_into()
        .map_err(|_| io::Error::other(format!("no {N} free ports in {RANGE:?} of 127.0.0.1")))
}
