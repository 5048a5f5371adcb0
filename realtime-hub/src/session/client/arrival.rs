//! Commands that come by requests of their own, in the order in which their client made them.
//!
//! An SDK sends each request without waiting for the one before, by several connections if need be,
//! so one can overtake another. Commands are numbered one by one, and that tells.

use std::{collections::BTreeMap, mem};

use shared_proto::client::v1::Command;

/// Requests that may wait for one that they have overtaken.
const EARLY_MAX: usize = 64;

/// What those may hold together.
const EARLY_BYTES: usize = 256 * 1024;

/// The requests of one client.
#[derive(Default)]
pub(super) struct Arrival {
    /// The highest number of a command that was carried out.
    last: u32,
    /// Requests that have overtaken another, by their first number.
    early: BTreeMap<u32, Vec<Command>>,
    early_bytes: usize,
}

impl Arrival {
    /// A command of that number is carried out.
    pub(super) fn saw(&mut self, id: u32) {
        self.last = id.max(self.last);
    }

    /// Takes the commands of a request; returns those that are to be carried out now.
    pub(super) fn arrive(&mut self, commands: Vec<Command>, bytes: usize) -> Vec<Command> {
        let numbered = commands.iter().map(|command| command.id);
        let Some(first) = numbered.filter(|id| *id > 0).min() else {
            // Pongs and messages are not numbered.
            return commands;
        };
        self.early.entry(first).or_default().extend(commands);
        self.early_bytes += bytes;
        if self.early.len() > EARLY_MAX || self.early_bytes > EARLY_BYTES {
            return self.give_up();
        }
        self.in_order()
    }

    /// Whether requests wait for one that they have overtaken.
    pub(super) fn waits(&self) -> bool {
        !self.early.is_empty()
    }

    /// What waits is to be carried out without what is missing.
    pub(super) fn give_up(&mut self) -> Vec<Command> {
        self.early_bytes = 0;
        let early = mem::take(&mut self.early).into_values().flatten();
        let commands: Vec<Command> = early.collect();
        commands.iter().for_each(|command| self.saw(command.id));
        commands
    }

    fn in_order(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(entry) = self.early.first_entry()
            && *entry.key() <= self.last.saturating_add(1)
        {
            for command in entry.remove() {
                self.last = command.id.max(self.last);
                commands.push(command);
            }
        }
        if self.early.is_empty() {
            self.early_bytes = 0;
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(ids: &[u32]) -> Vec<Command> {
        let commands = ids.iter().map(|id| Command {
            id: *id,
            ..Command::default()
        });
        commands.collect()
    }

    fn ids(commands: &[Command]) -> Vec<u32> {
        commands.iter().map(|command| command.id).collect()
    }

    #[test]
    fn request_that_overtook_another_waits_for_it() {
        let mut arrival = Arrival::default();
        arrival.saw(1);
        assert_eq!(arrival.arrive(request(&[4, 5]), 10), []);
        assert_eq!(arrival.arrive(request(&[3]), 10), []);
        assert!(arrival.waits());
        assert_eq!(ids(&arrival.arrive(request(&[0]), 10)), [0]);
        assert_eq!(ids(&arrival.arrive(request(&[2]), 10)), [2, 3, 4, 5]);
        assert!(!arrival.waits());
        // Numbers need not grow.
        assert_eq!(ids(&arrival.arrive(request(&[2]), 10)), [2]);
    }

    #[test]
    fn what_never_comes_is_not_waited_for() {
        let mut arrival = Arrival::default();
        arrival.saw(1);
        assert_eq!(arrival.arrive(request(&[3]), 10), []);
        assert_eq!(ids(&arrival.give_up()), [3]);
        assert_eq!(ids(&arrival.arrive(request(&[4]), 10)), [4]);
    }

    #[test]
    fn no_more_waits_than_may() {
        let mut arrival = Arrival::default();
        assert_eq!(arrival.arrive(request(&[3]), EARLY_BYTES), []);
        assert_eq!(ids(&arrival.arrive(request(&[5]), 1)), [3, 5]);
        let early = u32::try_from(EARLY_MAX).unwrap();
        for id in 0..early {
            assert_eq!(arrival.arrive(request(&[100 + 2 * id]), 1), []);
        }
        assert_eq!(arrival.arrive(request(&[90]), 1).len(), EARLY_MAX + 1);
    }

    proptest! {
        #[test]
        fn requests_come_out_in_order_however_they_arrive(
            order in Just((2_u32..20).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut arrival = Arrival::default();
            arrival.saw(1);
            let arrived = order.iter().flat_map(|id| arrival.arrive(request(&[*id]), 1));
            let arrived: Vec<Command> = arrived.collect();
            prop_assert_eq!(ids(&arrived), (2..20).collect::<Vec<_>>());
        }
    }
}
