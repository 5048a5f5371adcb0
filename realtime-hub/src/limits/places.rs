//! How many connections there may be, in all and from one address. How many one user may have is
//! known later, when there is an owner: see [`Users::register`](crate::connection::registry::Users::register).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// This hub has as many as it may have.
    #[error("This hub is full.")]
    Hub,
    /// This address has as many as it may have.
    #[error("Too many connections from this address.")]
    Address,
    /// This user has as many as one may have.
    #[error("Too many connections of this user.")]
    User,
}

#[derive(Debug, Default)]
struct State {
    total: usize,
    /// Kept only where there is a limit.
    by_address: HashMap<IpAddr, usize>,
}

/// Counts connections in all and by address, and refuses those beyond the limits.
#[derive(Debug)]
pub struct ConnectionLimits {
    state: Mutex<State>,
    total_max: usize,
    address_max: Option<usize>,
}

/// A connection's place; dropping it makes room for another.
#[derive(Debug)]
pub struct Place {
    limits: Arc<ConnectionLimits>,
    address: Option<IpAddr>,
}

impl ConnectionLimits {
    /// Nobody is here yet. Without `address_max` one address may have all places.
    #[must_use]
    pub fn new(total_max: usize, address_max: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            total_max,
            address_max,
        })
    }

    /// Takes a place for a connection from `address`; from `None` come any number.
    ///
    /// # Errors
    /// [`Full`].
    pub fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, Full> {
        let mut state = self.lock();
        if state.total >= self.total_max {
            return Err(Full::Hub);
        }
        if let (Some(max), Some(address)) = (self.address_max, address) {
            let connections = state.by_address.entry(address).or_default();
            if *connections >= max {
                return Err(Full::Address);
            }
            *connections += 1;
        }
        state.total += 1;
        Ok(Place {
            limits: self.clone(),
            address,
        })
    }

    /// Places that are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.lock().total
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.limits.lock();
        state.total -= 1;
        if let Some(address) = self.address
            && let Some(connections) = state.by_address.get_mut(&address)
        {
            *connections -= 1;
            if *connections == 0 {
                state.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([127, 0, 0, last]))
    }

    #[test]
    fn full_hub_lets_nobody_in_until_somebody_leaves() {
        let limits = ConnectionLimits::new(2, None);
        let first = limits.admit(address(1)).unwrap();
        let _second = limits.admit(address(1)).unwrap();
        assert_eq!(limits.admit(address(2)).unwrap_err(), Full::Hub);
        drop(first);
        assert!(limits.admit(address(2)).is_ok());
    }

    #[test]
    fn one_address_does_not_take_all_places() {
        let limits = ConnectionLimits::new(10, Some(1));
        let first = limits.admit(address(1)).unwrap();
        assert_eq!(limits.admit(address(1)).unwrap_err(), Full::Address);
        let _other = limits.admit(address(2)).unwrap();
        drop(first);
        assert!(limits.lock().by_address.len() == 1, "nobody is remembered");
        assert!(limits.admit(address(1)).is_ok());
    }

    #[test]
    fn from_nowhere_come_as_many_as_there_is_room_for() {
        let limits = ConnectionLimits::new(2, Some(1));
        let _both = [limits.admit(None).unwrap(), limits.admit(None).unwrap()];
        assert_eq!(limits.taken(), 2);
        assert_eq!(limits.admit(None).unwrap_err(), Full::Hub);
    }
}
