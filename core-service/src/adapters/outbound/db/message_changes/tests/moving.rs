//! When marks moved.

use super::*;
use crate::{
    application::ports::{Ended, MarkReport, RetentionStore as _},
    domain::receipt::{Reach, Reached},
};

/// A minute begins at `NOW`.
const LATE_S: i64 = 59;

impl World {
    fn mark(&self, user: UserId, delivered: i64, read: i64, after_s: i64) {
        let report = MarkReport {
            conversation: self.chat,
            user,
            delivered_seq: delivered,
            read_seq: read,
        };
        let now = NOW.plus_seconds(after_s);
        self.database.move_marks(&[report], now).unwrap();
    }

    #[track_caller]
    fn reach(&self, at: At) -> Vec<Reach> {
        self.database.reach(at, None, 9).unwrap().unwrap()
    }

    /// How far Ben has got with a message of Ada's.
    fn bens(&self, message: &Message) -> (Reached, Reached) {
        let reach = self.reach(self.at(self.ada, message));
        let of_ben: Vec<&Reach> = reach
            .iter()
            .filter(|reach| reach.user.id == self.ben)
            .collect();
        assert_eq!(of_ben.len(), 1);
        (of_ben[0].delivered, of_ben[0].read)
    }
}

fn at(after_s: i64) -> Reached {
    Reached::At(NOW.plus_seconds(after_s))
}

fn writer_learns_when_marks_came_over_a_message(url: &str) {
    let world = World::new(url);
    let ben = world.ben;
    let said = ["one", "two", "three", "four"].map(|text| world.say(world.ada, text));
    assert_eq!(world.bens(&said[0]), (Reached::No, Reached::No));
    world.mark(ben, 1, 0, 60);
    world.mark(ben, 3, 2, 120);
    // A report that moves nothing changes no time.
    world.mark(ben, 3, 2, 300);
    assert_eq!(world.bens(&said[0]), (at(60), at(120)));
    assert_eq!(world.bens(&said[1]), (at(120), at(120)));
    assert_eq!(world.bens(&said[2]), (at(120), Reached::No));
    assert_eq!(world.bens(&said[3]), (Reached::No, Reached::No));
    // Of a minute it is known when the last move was.
    world.mark(ben, 4, 2, 600);
    world.mark(ben, 4, 3, 600 + 10);
    world.mark(ben, 4, 4, 600 + LATE_S);
    assert_eq!(world.bens(&said[3]), (at(600), at(600 + LATE_S)));
    assert_eq!(world.bens(&said[2]), (at(120), at(600 + LATE_S)));
    world.say(world.ada, "five");
    world.mark(ben, 5, 5, 600 + LATE_S + 1);
    assert_eq!(world.bens(&said[3]), (at(600), at(600 + LATE_S)));
}

fn moves_of_thirty_days_are_told(url: &str) {
    let world = World::new(url);
    let message = world.say(world.ada, "hi");
    world.mark(world.ben, 1, 0, 60);
    world.mark(world.ben, 1, 1, 120);
    let forget = |before_s| {
        let ended = Ended {
            sessions_before: NOW,
            replaced_before: NOW,
            attempts_before: NOW,
            moves_before: NOW.plus_seconds(before_s),
        };
        world.database.delete_ended(&ended, 9).unwrap()
    };
    assert_eq!((forget(60), forget(120), forget(120)), (0, 1, 0));
    // It is not forgotten that it came there.
    assert_eq!(world.bens(&message), (Reached::Yes, at(120)));
    assert_eq!(forget(999), 1);
    assert_eq!(world.bens(&message), (Reached::Yes, Reached::Yes));
}

fn only_the_writer_is_told_and_of_those_who_can_read_it(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let early = world.say(ada, "early");
    let cat = user(&world.database, "cat");
    world.change(world.chat, cat, MemberAct::Add);
    let late = world.say(ada, "late");
    let told = |message| -> Vec<UserId> {
        let reach = world.reach(world.at(ada, message)).into_iter();
        reach.map(|reach| reach.user.id).collect()
    };
    assert_eq!(told(&early), [ben]);
    let mut both = [ben, cat];
    both.sort();
    assert_eq!(told(&late), both);
    let part = |after, limit| {
        let part = world.database.reach(world.at(ada, &late), after, limit);
        part.unwrap().unwrap()
    };
    assert_eq!(part(None, 1)[0].user.id, both[0]);
    assert_eq!(part(Some(both[0]), 1)[0].user.id, both[1]);
    assert_eq!(part(Some(both[1]), 1), []);

    let refused = |user, message| world.database.reach(world.at(user, message), None, 9);
    let others = refused(ben, &late).unwrap();
    assert_eq!(others, Err(Denied::NotAuthor.into()));
    assert_eq!(refused(cat, &early).unwrap(), Err(Refused::NoMessage));
    let eve = user(&world.database, "eve");
    let outside = refused(eve, &late).unwrap();
    assert_eq!(outside, Err(Denied::NotFound.into()));
}

facts! {
    writer_learns_when_marks_came_over_a_message,
    moves_of_thirty_days_are_told,
    only_the_writer_is_told_and_of_those_who_can_read_it,
}
