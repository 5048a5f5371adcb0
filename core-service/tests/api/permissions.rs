//! Who may do what. `docs/permissions.md` is the print of the tables that decide, and every cell of it
//! is tried by its effect.

mod effects;
mod page;

use core_service::domain::{
    contact::{Between, ContactDenied, WhoMayAdd},
    conversation::{Kind, Role},
    permission::{Act, Denied, Standing, Whose},
};

pub(crate) use self::effects::{
    direct_chat_is_as_the_table_says, group_is_as_the_table_says, nobody_may_do_anything,
    people_are_to_each_other_as_the_table_says,
};

/// What a cell says: nothing, or status and code of the refusal.
type Cell = Result<(), (u16, &'static str)>;

/// A column of a table: what a user is to a conversation and, in a direct chat, to the other person.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    standing: Standing,
    between: Between,
}

const STRANGERS: Between = Between {
    blocks: false,
    is_blocked: false,
    are_contacts: false,
};
const CONTACTS: Between = Between {
    are_contacts: true,
    ..STRANGERS
};
const BLOCKED: Between = Between {
    is_blocked: true,
    ..CONTACTS
};
const BLOCKING: Between = Between {
    blocks: true,
    ..CONTACTS
};

const GROUP: [Column; 5] = [
    column("outside", Standing::Outside),
    column("requested", Standing::Requested),
    column("member", Standing::Inside(Role::Member)),
    column("admin", Standing::Inside(Role::Admin)),
    column("owner", Standing::Inside(Role::Owner)),
];

/// Nobody has a role in a direct chat.
const DIRECT: [Column; 5] = [
    column("outside", Standing::Outside),
    column("requested", Standing::Requested),
    column("accepted", Standing::Inside(Role::Member)),
    Column {
        between: BLOCKED,
        ..column("blocked", Standing::Inside(Role::Member))
    },
    Column {
        between: BLOCKING,
        ..column("has blocked", Standing::Inside(Role::Member))
    },
];

const BETWEEN: [(&str, Between); 4] = [
    ("no accepted chat", STRANGERS),
    ("accepted chat", CONTACTS),
    ("blocked", BLOCKED),
    ("has blocked", BLOCKING),
];

const fn column(name: &'static str, standing: Standing) -> Column {
    Column {
        name,
        standing,
        between: STRANGERS,
    }
}

fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Group => &GROUP,
        Kind::Direct => &DIRECT,
    }
}

/// The rows of a table.
fn acts(kind: Kind) -> Vec<Act> {
    let has_roles = |act: &Act| match act {
        Act::Remove(role) => *role != Role::Member,
        Act::SetRole { from, .. } => *from != Role::Member,
        _ => false,
    };
    let mut acts = Act::all();
    acts.retain(|act| kind == Kind::Group || !has_roles(act));
    acts
}

impl Column {
    fn cell(&self, kind: Kind, act: Act) -> Cell {
        act.check(kind, self.standing).map_err(of_denied)?;
        if kind == Kind::Direct && is_said_to_the_other(act) {
            self.between.check_write().map_err(of_contact)?;
        }
        Ok(())
    }
}

/// What a block keeps from the other person of a direct chat.
fn is_said_to_the_other(act: Act) -> bool {
    matches!(
        act,
        Act::Post
            | Act::Attach
            | Act::Edit(_)
            | Act::Delete(_)
            | Act::React
            | Act::Pin
            | Act::SetLifetime
    )
}

fn of_denied(denied: Denied) -> (u16, &'static str) {
    match denied {
        Denied::NotFound => (404, "not_found"),
        Denied::NotAGroup => (409, "not_a_group"),
        Denied::NotAccepted => (409, "not_accepted"),
        Denied::NotAuthor => (403, "not_author"),
        Denied::RoleTooLow => (403, "role_too_low"),
    }
}

fn of_contact(denied: ContactDenied) -> (u16, &'static str) {
    match denied {
        ContactDenied::Blocked => (403, "blocked"),
        ContactDenied::Blocking => (409, "blocking"),
        ContactDenied::MayNotAdd => (403, "may_not_be_added"),
        ContactDenied::Unanswered => (409, "not_accepted"),
        ContactDenied::RequestFull => (403, "request_full"),
        ContactDenied::RequestWithoutFiles => (403, "request_without_files"),
        ContactDenied::AskedRecently => (403, "asked_recently"),
        ContactDenied::TooManyBlocks => (422, "too_many_blocks"),
    }
}

/// Nobody can try this: a group has one owner.
fn is_impossible(column: &Column, act: Act) -> bool {
    act == Act::Remove(Role::Owner) && column.standing == Standing::Inside(Role::Owner)
}

fn may_open(between: Between) -> Cell {
    between.check_write().map_err(of_contact)
}

/// Who follows a link wants something of who made it, and chooses for themselves.
fn may_follow(between: Between) -> Cell {
    between.check_write().map_err(of_contact)
}

fn may_add(between: Between, setting: WhoMayAdd) -> Cell {
    between.check_add(setting).map_err(of_contact)
}

/// Written by hand, so that a change of the table that was not meant is seen here, too.
#[test]
fn nobody_stands_above_the_owner_and_requests_give_nothing_away() {
    for standing in Standing::ALL {
        for to in Role::ALL {
            let from = Role::Owner;
            let act = Act::SetRole { from, to };
            assert!(act.check(Kind::Group, standing).is_err());
        }
        let act = Act::Remove(Role::Owner);
        assert!(act.check(Kind::Group, standing).is_err());
    }
    for standing in Standing::ALL {
        let act = Act::Edit(Whose::Others);
        assert!(act.check(Kind::Group, standing).is_err());
    }
    for act in [
        Act::Read,
        Act::Hear,
        Act::Post,
        Act::Attach,
        Act::Edit(Whose::Own),
        Act::Delete(Whose::Own),
        Act::Hide,
        Act::React,
        Act::Pin,
        Act::Star,
        Act::Info(Whose::Own),
        Act::Draft,
        Act::Arrange,
        Act::Clear,
        Act::Mark,
        Act::Add,
        Act::EditInfo,
        Act::SetLifetime,
        Act::Invite,
    ] {
        let checked = act.check(Kind::Group, Standing::Requested);
        assert_eq!(checked, Err(Denied::NotAccepted));
    }
    for act in Act::all() {
        for kind in [Kind::Direct, Kind::Group] {
            assert_eq!(act.check(kind, Standing::Outside), Err(Denied::NotFound));
        }
    }
}
