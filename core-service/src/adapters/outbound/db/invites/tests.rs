//! What the store promises, on both databases.

use std::thread;

use uuid::Uuid;

use super::*;
use crate::{
    adapters::outbound::db::tests::{postgres_url, sqlite_url},
    application::ports::{
        AccountStore as _, ChatStore as _, MemberAct, MemberChange, NewAccount, NewConversation,
    },
    domain::{
        account::{DisplayName, Handle, User},
        conversation::{Blueprint, Title},
        event::LoggedEvent,
        ids::ClientId,
    },
};

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);
const CHATS_MAX: i64 = 100;

struct World {
    database: Database,
    chat: ConversationId,
    /// The owner.
    ada: UserId,
}

impl World {
    fn new(url: &str) -> Self {
        let database = Database::new(url, 4).unwrap();
        database.migrate().unwrap();
        let ada = user(&database, "ada");
        let chat = ConversationId::new(Uuid::now_v7());
        let new = NewConversation {
            id: chat,
            blueprint: Blueprint::Group(Title::parse("Rooks").unwrap(), Vec::new()),
            creator: ada,
            client_id: ClientId::new(Uuid::now_v7()),
            chats_max: CHATS_MAX,
            created_at: NOW,
        };
        database.create_conversation(&new).unwrap().unwrap();
        Self {
            database,
            chat,
            ada,
        }
    }

    fn create(&self, by: UserId, terms: Terms, at_s: i64) -> Result<Invite, Refused> {
        let invite = Invite {
            id: InviteId::new(Uuid::now_v7()),
            token: Uuid::now_v7().to_string(),
            created_by: by,
            created_at: NOW.plus_seconds(at_s),
            terms,
            uses: 0,
        };
        let new = NewInvite {
            conversation: self.chat,
            invite,
        };
        self.database
            .create_invite(&new)
            .unwrap()
            .map(|()| new.invite)
    }

    fn list(&self, at_s: i64) -> Vec<Invite> {
        let now = NOW.plus_seconds(at_s);
        let found = self.database.invites(self.chat, self.ada, now);
        found.unwrap().unwrap()
    }

    fn enter(&self, user: UserId, invite: &Invite, at_s: i64) -> Entered {
        self.database.enter(&entry(user, invite, at_s)).unwrap()
    }

    fn change(&self, user: UserId, by: UserId, act: MemberAct) {
        let change = MemberChange {
            conversation: self.chat,
            by,
            user,
            act,
            now: NOW,
            chats_max: CHATS_MAX,
        };
        self.database.change_member(&change).unwrap().unwrap();
    }

    fn members(&self) -> i64 {
        let chat = self.database.conversation(self.ada, self.chat).unwrap();
        chat.unwrap().member_count
    }
}

fn user(database: &Database, handle: &str) -> UserId {
    let id = UserId::new(Uuid::now_v7());
    let account = NewAccount {
        user: User {
            id,
            handle: Handle::parse(handle).unwrap(),
            display_name: DisplayName::parse(handle).unwrap(),
            picture: None,
        },
        password_hash: "hash".to_owned(),
        created_at: NOW,
    };
    database.create_account(&account).unwrap();
    id
}

fn entry(user: UserId, invite: &Invite, at_s: i64) -> Entry {
    Entry {
        token: invite.token.clone(),
        user,
        now: NOW.plus_seconds(at_s),
        chats_max: CHATS_MAX,
    }
}

fn terms(life_s: Option<i64>, max_uses: Option<i64>) -> Terms {
    Terms {
        expires_at: life_s.map(|life| NOW.plus_seconds(life)),
        max_uses,
    }
}

const ENDLESS: Terms = Terms {
    expires_at: None,
    max_uses: None,
};

fn link_brings_people_into_its_group(url: &str) {
    let world = World::new(url);
    let invite = world
        .create(world.ada, terms(Some(60), Some(9)), 0)
        .unwrap();
    assert_eq!(world.list(0), std::slice::from_ref(&invite));
    let ben = user(&world.database, "ben");
    let shown = || {
        let shown = world.database.invitation(&invite.token, ben, NOW);
        shown.unwrap().unwrap()
    };
    let expected = Invitation {
        title: Some("Rooks".to_owned()),
        member_count: 1,
        is_member: false,
        expires_at: invite.terms.expires_at,
    };
    assert_eq!(shown(), expected);
    let (chat, events) = world.enter(ben, &invite, 0).unwrap();
    assert_eq!(chat, world.chat);
    let [joined, told] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(joined.topic, Topic::Chat(chat).to_string());
    assert_eq!(joined.effects.added, [ben]);
    let event: serde_json::Value = serde_json::from_str(&joined.payload).unwrap();
    assert_eq!(
        (&event["type"], &event["by"]),
        (&"member.added".into(), &serde_json::json!(ben))
    );
    assert_eq!(told.topic, Topic::User(ben).to_string());
    // A second device finds them in it, and nobody is counted twice.
    assert_eq!(
        world.enter(ben, &invite, 1),
        Ok((chat, Vec::<LoggedEvent>::new()))
    );
    assert_eq!((world.members(), world.list(0)[0].uses), (2, 1));
    assert_eq!(
        shown(),
        Invitation {
            member_count: 2,
            is_member: true,
            ..expected
        }
    );
}

fn link_that_is_over_brings_nobody(url: &str) {
    let world = World::new(url);
    let ben = user(&world.database, "ben");
    let cat = user(&world.database, "cat");
    let short = world.create(world.ada, terms(Some(60), None), 0).unwrap();
    let once = world.create(world.ada, terms(None, Some(1)), 1).unwrap();
    let revoked = world.create(world.ada, ENDLESS, 2).unwrap();
    let endless = world.create(world.ada, ENDLESS, 3).unwrap();
    world.enter(ben, &once, 3).unwrap();
    let revoke = || {
        let answer = world
            .database
            .revoke_invite(world.chat, world.ada, revoked.id);
        answer.unwrap()
    };
    assert_eq!(revoke(), Ok(()));
    assert_eq!(revoke(), Err(Refused::NoInvite));
    for over in [&short, &once, &revoked] {
        assert_eq!(world.enter(cat, over, 60), Err(Refused::NoInvite));
        let now = NOW.plus_seconds(60);
        let shown = world.database.invitation(&over.token, cat, now);
        assert_eq!(shown.unwrap(), None);
    }
    assert_eq!(world.members(), 2);
    assert_eq!(world.list(60), std::slice::from_ref(&endless));
    let unknown = Invite {
        token: "unknown".to_owned(),
        ..endless
    };
    assert_eq!(world.enter(cat, &unknown, 60), Err(Refused::NoInvite));
}

fn group_has_so_many_links_that_can_be_used(url: &str) {
    let world = World::new(url);
    world.create(world.ada, terms(Some(60), None), 0).unwrap();
    let invites: Vec<Invite> = (1..INVITES_MAX)
        .map(|at_s| world.create(world.ada, ENDLESS, at_s).unwrap())
        .collect();
    let one_more = |at_s| world.create(world.ada, ENDLESS, at_s).map(|_| ());
    assert_eq!(one_more(59), Err(InviteDenied::TooMany.into()));
    // The first one is over, and then one is revoked.
    assert_eq!(one_more(60), Ok(()));
    assert_eq!(one_more(61), Err(InviteDenied::TooMany.into()));
    let revoked = world
        .database
        .revoke_invite(world.chat, world.ada, invites[0].id);
    assert_eq!(revoked.unwrap(), Ok(()));
    assert_eq!(one_more(62), Ok(()));
}

fn who_left_comes_back_and_who_was_removed_does_not(url: &str) {
    let world = World::new(url);
    let invite = world.create(world.ada, ENDLESS, 0).unwrap();
    let [ben, cat] = ["ben", "cat"].map(|handle| user(&world.database, handle));
    for person in [ben, cat] {
        world.enter(person, &invite, 0).unwrap();
    }
    world.change(ben, ben, MemberAct::Remove);
    world.change(cat, world.ada, MemberAct::Remove);
    let removed = world.enter(cat, &invite, 0);
    assert_eq!(removed, Err(InviteDenied::Removed.into()));
    assert_eq!(world.enter(ben, &invite, 0).unwrap().1.len(), 2);
    // Who was asked back need not answer: following the link is saying yes.
    world.change(ben, ben, MemberAct::Remove);
    world.change(ben, world.ada, MemberAct::Add);
    assert_eq!(world.enter(ben, &invite, 0).unwrap().1.len(), 2);
    assert_eq!(world.members(), 2);
    // Who is added again after a removal is a member like any other.
    world.change(cat, world.ada, MemberAct::Add);
    world.change(cat, cat, MemberAct::Remove);
    assert!(world.enter(cat, &invite, 0).is_ok());
}

fn last_use_is_one_persons(url: &str) {
    let world = World::new(url);
    let other = Database::new(url, 3).unwrap();
    for round in 0..4 {
        let invite = world.create(world.ada, terms(None, Some(1)), 0).unwrap();
        let people: Vec<UserId> = (0..4)
            .map(|n| user(&world.database, &format!("p{round}_{n}")))
            .collect();
        let before = world.members();
        let entered = thread::scope(|scope| {
            let enter = |(n, person): (usize, &UserId)| {
                let replica = if n % 2 == 0 { &world.database } else { &other };
                let entry = entry(*person, &invite, 0);
                scope.spawn(move || replica.enter(&entry).unwrap())
            };
            let running: Vec<_> = people.iter().enumerate().map(enter).collect();
            let ends = running.into_iter().map(|thread| thread.join().unwrap());
            ends.collect::<Vec<_>>()
        });
        let (inside, outside): (Vec<_>, Vec<_>) = entered.into_iter().partition(Result::is_ok);
        assert_eq!((inside.len(), outside.len()), (1, 3));
        assert!(
            outside
                .iter()
                .all(|refused| *refused == Err(Refused::NoInvite))
        );
        assert_eq!(world.members(), before + 1);
    }
}

fn whoever_is_in_too_many_chats_comes_in_nowhere(url: &str) {
    let world = World::new(url);
    let invite = world.create(world.ada, ENDLESS, 0).unwrap();
    let ben = user(&world.database, "ben");
    world.enter(ben, &invite, 0).unwrap();
    let second = World {
        chat: ConversationId::new(Uuid::now_v7()),
        ..world
    };
    let new = NewConversation {
        id: second.chat,
        blueprint: Blueprint::Group(Title::parse("Ravens").unwrap(), Vec::new()),
        creator: second.ada,
        client_id: ClientId::new(Uuid::now_v7()),
        chats_max: CHATS_MAX,
        created_at: NOW,
    };
    second.database.create_conversation(&new).unwrap().unwrap();
    let invite = second.create(second.ada, ENDLESS, 0).unwrap();
    let entry = Entry {
        chats_max: 1,
        ..entry(ben, &invite, 0)
    };
    let full = second.database.enter(&entry).unwrap();
    assert_eq!(full, Err(Refused::TooManyChats));
    assert_eq!(second.list(0)[0].uses, 0);
}

macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $fact() {
                let folder = tempfile::tempdir().unwrap();
                super::$fact(&super::sqlite_url(&folder));
            })+
        }
        mod postgres {
            $(#[test]
            fn $fact() {
                super::$fact(&super::postgres_url());
            })+
        }
    };
}

facts! {
    link_brings_people_into_its_group,
    link_that_is_over_brings_nobody,
    group_has_so_many_links_that_can_be_used,
    who_left_comes_back_and_who_was_removed_does_not,
    last_use_is_one_persons,
    whoever_is_in_too_many_chats_comes_in_nowhere,
}
