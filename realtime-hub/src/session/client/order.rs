//! In which order the commands of one connection are carried out: as if one after the other. Those
//! that are about different channels cannot conflict, and overlap.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

/// What commands conflict about: at most one is carried out in a lane at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// A channel: who is in it, and what is said there.
    Channel(String),
    /// The connection's own token.
    Token,
}

/// Something that a connection is told to do.
pub(super) trait Task {
    /// What it may conflict about; `None` if it conflicts with nothing.
    fn lane(&self) -> Option<Lane>;

    /// Whether it takes one of the places that a connection has for subscriptions. Some tasks give
    /// places back when they are finished.
    fn needs_place(&self) -> bool;

    /// What it takes in memory while it waits.
    fn bytes(&self) -> usize;
}

/// What is to be done now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<T> {
    /// Carry it out, and say when it is finished.
    Start(T, Option<Lane>),
    /// Refuse it: there is no place for it.
    Refuse(T),
}

/// More waits than may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// The tasks of one connection that are under way or wait.
pub(super) struct Order<T> {
    /// Lanes in which a task is carried out, with those that wait for it.
    lanes: HashMap<Lane, VecDeque<T>>,
    /// From the first task on that found no place: they wait for everything before them, which may
    /// give places back.
    held: VecDeque<T>,
    /// What nothing stands in the way of.
    ready: VecDeque<Next<T>>,
    waiting_bytes: usize,
    waiting_bytes_max: usize,
}

impl<T: Task> Order<T> {
    /// Nothing yet; at most so much may wait.
    pub(super) fn new(waiting_bytes_max: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            held: VecDeque::new(),
            ready: VecDeque::new(),
            waiting_bytes: 0,
            waiting_bytes_max,
        }
    }

    /// Takes the next task. `take_place` sets one of the connection's places aside.
    ///
    /// # Errors
    /// [`TooMuch`].
    pub(super) fn arrive(
        &mut self,
        task: T,
        take_place: impl FnMut() -> bool,
    ) -> Result<(), TooMuch> {
        if self.held.is_empty() || task.lane().is_none() {
            self.admit(task, take_place);
        } else {
            self.hold(task);
        }
        if self.waiting_bytes > self.waiting_bytes_max {
            return Err(TooMuch);
        }
        Ok(())
    }

    /// What tasks take that wait.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// What is to be done now, if there is anything.
    pub(super) fn next(&mut self) -> Option<Next<T>> {
        let next = self.ready.pop_front();
        if next.is_none() {
            // Most connections are idle most of the time, and hold nothing for that.
            self.ready.shrink_to_fit();
        }
        next
    }

    /// A task that was started in `lane` is finished, with everything that it changed.
    pub(super) fn finished(&mut self, lane: &Lane, mut take_place: impl FnMut() -> bool) {
        let next = self.lanes.get_mut(lane).and_then(VecDeque::pop_front);
        match next {
            Some(task) => {
                self.waiting_bytes -= task.bytes();
                self.ready.push_back(Next::Start(task, Some(lane.clone())));
            }
            None => {
                self.lanes.remove(lane);
            }
        }
        if !self.lanes.is_empty() {
            return;
        }
        self.lanes.shrink_to_fit();
        for task in mem::take(&mut self.held) {
            self.waiting_bytes -= task.bytes();
            if self.held.is_empty() {
                self.admit(task, &mut take_place);
            } else {
                self.hold(task);
            }
        }
    }

    fn admit(&mut self, task: T, mut take_place: impl FnMut() -> bool) {
        if task.needs_place() && !take_place() {
            if self.lanes.is_empty() {
                self.ready.push_back(Next::Refuse(task));
            } else {
                self.hold(task);
            }
            return;
        }
        let Some(lane) = task.lane() else {
            return self.ready.push_back(Next::Start(task, None));
        };
        if let Some(waiting) = self.lanes.get_mut(&lane) {
            self.waiting_bytes += task.bytes();
            waiting.push_back(task);
        } else {
            self.lanes.insert(lane.clone(), VecDeque::new());
            self.ready.push_back(Next::Start(task, Some(lane)));
        }
    }

    fn hold(&mut self, task: T) {
        self.waiting_bytes += task.bytes();
        self.held.push_back(task);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;

    /// Nobody may subscribe there.
    const FORBIDDEN: u8 = 3;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Act {
        Subscribe,
        Unsubscribe,
        Publish,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Command {
        id: usize,
        act: Act,
        channel: u8,
    }

    impl Task for Command {
        fn lane(&self) -> Option<Lane> {
            Some(Lane::Channel(self.channel.to_string()))
        }

        fn needs_place(&self) -> bool {
            self.act == Act::Subscribe
        }

        fn bytes(&self) -> usize {
            1
        }
    }

    /// A hub that has one client.
    struct Services {
        places: usize,
        inside: BTreeSet<u8>,
        published: Vec<(u8, usize)>,
    }

    impl Services {
        fn new(places: usize) -> Self {
            Self {
                places,
                inside: BTreeSet::new(),
                published: Vec::new(),
            }
        }

        fn take_place(&mut self) -> bool {
            let free = self.places > 0;
            self.places -= usize::from(free);
            free
        }

        /// Carries out a command that has a place if it needs one; returns the error's code.
        fn perform(&mut self, command: Command) -> u32 {
            let is_inside = self.inside.contains(&command.channel);
            let code = match command.act {
                Act::Subscribe if is_inside => 105,
                Act::Subscribe if command.channel == FORBIDDEN => 103,
                Act::Publish if !is_inside => 103,
                Act::Subscribe | Act::Unsubscribe | Act::Publish => 0,
            };
            match command.act {
                Act::Subscribe if code == 0 => {
                    self.inside.insert(command.channel);
                }
                Act::Subscribe => self.places += 1,
                Act::Unsubscribe => {
                    self.places += usize::from(self.inside.remove(&command.channel));
                }
                Act::Publish if code == 0 => self.published.push((command.channel, command.id)),
                Act::Publish => {}
            }
            code
        }
    }

    /// What comes of the commands when each waits for the one before.
    fn one_after_the_other(places: usize, commands: &[Command]) -> (Vec<u32>, Services) {
        let mut services = Services::new(places);
        let codes = commands.iter().map(|command| {
            if command.needs_place() && !services.take_place() {
                106
            } else {
                services.perform(*command)
            }
        });
        let codes = codes.collect();
        (codes, services)
    }

    /// What comes of them in [`Order`] when those under way end in the order of `picks`.
    fn overlapping(places: usize, commands: &[Command], picks: &[Index]) -> (Vec<u32>, Services) {
        let (mut services, mut order) = (Services::new(places), Order::new(commands.len()));
        let mut codes = vec![u32::MAX; commands.len()];
        let mut under_way: Vec<(Command, Lane)> = Vec::new();
        let (mut arriving, mut picks) = (commands.iter(), picks.iter());
        loop {
            while let Some(next) = order.next() {
                match next {
                    Next::Start(command, lane) => under_way.push((command, lane.unwrap())),
                    Next::Refuse(command) => codes[command.id] = 106,
                }
            }
            let pick = picks
                .next()
                .map_or(0, |pick| pick.index(under_way.len() + 1));
            if pick == under_way.len()
                && let Some(command) = arriving.next()
            {
                order.arrive(*command, || services.take_place()).unwrap();
            } else if under_way.is_empty() {
                match arriving.next() {
                    Some(command) => order.arrive(*command, || services.take_place()).unwrap(),
                    None => break,
                }
            } else {
                let (command, lane) = under_way.remove(pick.min(under_way.len() - 1));
                codes[command.id] = services.perform(command);
                order.finished(&lane, || services.take_place());
            }
        }
        assert!(order.lanes.is_empty() && order.held.is_empty());
        assert_eq!(order.waiting_bytes, 0);
        (codes, services)
    }

    fn any_commands() -> impl Strategy<Value = Vec<Command>> {
        let act = prop_oneof![
            Just(Act::Subscribe),
            Just(Act::Unsubscribe),
            Just(Act::Publish)
        ];
        vec((act, 0..=FORBIDDEN), 0..30).prop_map(|commands| {
            let numbered = commands.into_iter().enumerate();
            let named = numbered.map(|(id, (act, channel))| Command { id, act, channel });
            named.collect()
        })
    }

    fn in_channel(published: &[(u8, usize)], channel: u8) -> Vec<usize> {
        let there = published.iter().filter(|(into, _)| *into == channel);
        there.map(|(_, id)| *id).collect()
    }

    proptest! {
        #[test]
        fn commands_end_as_if_one_after_the_other(
            places in 0_usize..4,
            commands in any_commands(),
            picks in vec(any::<Index>(), 0..80),
        ) {
            let (expected, alone) = one_after_the_other(places, &commands);
            let (codes, services) = overlapping(places, &commands, &picks);
            prop_assert_eq!(codes, expected);
            prop_assert_eq!(services.inside, alone.inside);
            prop_assert_eq!(services.places, alone.places);
            for channel in 0..=FORBIDDEN {
                prop_assert_eq!(
                    in_channel(&services.published, channel),
                    in_channel(&alone.published, channel)
                );
            }
        }
    }

    fn command(id: usize, act: Act, channel: u8) -> Command {
        Command { id, act, channel }
    }

    fn started(order: &mut Order<Command>) -> Vec<usize> {
        let next = std::iter::from_fn(|| order.next());
        next.map(|next| match next {
            Next::Start(command, _) => command.id,
            Next::Refuse(command) => panic!("{command:?} was refused"),
        })
        .collect()
    }

    #[test]
    fn channels_do_not_wait_for_each_other() {
        let mut order = Order::new(10);
        for (id, channel) in [(0, 1), (1, 1), (2, 2)] {
            let publish = command(id, Act::Publish, channel);
            order.arrive(publish, || true).unwrap();
        }
        assert_eq!(started(&mut order), [0, 2]);
        order.finished(&Lane::Channel("1".into()), || true);
        assert_eq!(started(&mut order), [1]);
    }

    #[test]
    fn nothing_is_held_for_a_client_that_rests() {
        let mut order = Order::new(10);
        for channel in 0..9 {
            let publish = command(channel.into(), Act::Publish, channel);
            order.arrive(publish, || true).unwrap();
        }
        assert_eq!(started(&mut order).len(), 9);
        for channel in 0..9 {
            order.finished(&Lane::Channel(channel.to_string()), || true);
        }
        let capacities = [
            order.lanes.capacity(),
            order.held.capacity(),
            order.ready.capacity(),
        ];
        assert_eq!(capacities, [0; 3]);
    }

    #[test]
    fn no_more_waits_than_may() {
        let mut order = Order::new(2);
        let mut arrive = |id| order.arrive(command(id, Act::Publish, 1), || true);
        assert_eq!([0, 1, 2].map(&mut arrive), [Ok(()); 3]);
        assert_eq!(arrive(3), Err(TooMuch));
    }

    #[test]
    fn what_is_held_counts_as_well() {
        let mut order = Order::new(1);
        order
            .arrive(command(0, Act::Unsubscribe, 1), || false)
            .unwrap();
        order
            .arrive(command(1, Act::Subscribe, 2), || false)
            .unwrap();
        let held = order.arrive(command(2, Act::Publish, 3), || false);
        assert_eq!(held, Err(TooMuch));
    }
}
