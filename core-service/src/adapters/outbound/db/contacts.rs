//! What two people are to each other: blocks, accepted direct chats, who may add whom.

use std::collections::BTreeSet;

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::{count_star, exists, not},
    prelude::Insertable,
};

use super::{
    Answer, Database, accounts,
    connection::AnyConnection,
    corrupt, log, members, profiles,
    rows::{TopicRow, UserRow},
    schema::{blocks, conversations, memberships, topics, users},
    values::Key,
};
use crate::{
    application::ports::{BlockChange, Changed, ContactStore, Refused, Stored},
    domain::{
        account::User,
        contact::{self, Between, WhoMayAdd},
        conversation::MemberState,
        event::{Effects, Event, Topic},
        ids::{ConversationId, UserId},
        time::Timestamp,
    },
};

#[derive(Insertable)]
#[diesel(table_name = blocks)]
struct BlockRow {
    blocker_id: UserId,
    blocked_id: UserId,
    created_at: Timestamp,
}

impl ContactStore for Database {
    fn who_may_add(&self, user: UserId) -> Stored<WhoMayAdd> {
        self.read_one(|connection| setting(connection, user)?.ok_or_else(|| corrupt("user")))
    }

    fn set_who_may_add(&self, user: UserId, who: WhoMayAdd) -> Stored<()> {
        self.write(|connection| {
            diesel::update(users::table.find(user))
                .set(users::who_may_add.eq(who))
                .execute(connection)?;
            Ok(())
        })
    }

    fn set_block(&self, change: &BlockChange) -> Stored<Changed> {
        self.write(|connection| set_block(connection, change))
    }

    fn blocked(&self, blocker: UserId, after: Option<UserId>, limit: i64) -> Stored<Vec<User>> {
        self.read(|connection| blocked(connection, blocker, after, limit))
    }
}

/// Whom a user lets add them to groups; nothing when there is no such user.
pub(super) fn setting(connection: &mut AnyConnection, user: UserId) -> Answer<Option<WhoMayAdd>> {
    users::table
        .find(user)
        .filter(users::deleted_at.is_null())
        .select(users::who_may_add)
        .first(connection)
        .optional()
}

/// What is known of two people when `one` wants something of `other`.
pub(super) fn between(
    connection: &mut AnyConnection,
    one: UserId,
    other: UserId,
) -> Answer<Between> {
    let facts = Among::load(connection, one, &[other])?;
    Ok(facts.between(other))
}

/// What is known of one person and several others.
pub(super) struct Among {
    blocks: BTreeSet<UserId>,
    blocked_by: BTreeSet<UserId>,
    contacts: BTreeSet<UserId>,
}

impl Among {
    pub(super) fn load(
        connection: &mut AnyConnection,
        one: UserId,
        others: &[UserId],
    ) -> Answer<Self> {
        let is_accepted = not(exists(
            memberships::table
                .filter(memberships::conversation_id.eq(conversations::id))
                .filter(memberships::state.ne(MemberState::Active)),
        ));
        let accepted: Vec<(Option<UserId>, Option<UserId>)> = conversations::table
            .filter(
                (conversations::pair_low
                    .eq(one)
                    .and(conversations::pair_high.eq_any(others)))
                .or(conversations::pair_high
                    .eq(one)
                    .and(conversations::pair_low.eq_any(others))),
            )
            .filter(is_accepted)
            .select((conversations::pair_low, conversations::pair_high))
            .load(connection)?;
        Ok(Self {
            contacts: accepted
                .into_iter()
                .flat_map(|(low, high)| [low, high])
                .flatten()
                .filter(|user| *user != one)
                .collect(),
            ..Self::load_blocks(connection, one, others)?
        })
    }

    /// Blocks alone, as though nobody had a direct chat.
    pub(super) fn load_blocks(
        connection: &mut AnyConnection,
        one: UserId,
        others: &[UserId],
    ) -> Answer<Self> {
        let pairs: Vec<(UserId, UserId)> = blocks::table
            .filter(
                (blocks::blocker_id
                    .eq(one)
                    .and(blocks::blocked_id.eq_any(others)))
                .or(blocks::blocked_id
                    .eq(one)
                    .and(blocks::blocker_id.eq_any(others))),
            )
            .select((blocks::blocker_id, blocks::blocked_id))
            .load(connection)?;
        let of_pairs = |mine: fn(&(UserId, UserId)) -> UserId,
                        theirs: fn(&(UserId, UserId)) -> UserId| {
            let own = pairs.iter().filter(move |pair| mine(pair) == one);
            own.map(theirs).collect()
        };
        Ok(Self {
            blocks: of_pairs(|pair| pair.0, |pair| pair.1),
            blocked_by: of_pairs(|pair| pair.1, |pair| pair.0),
            contacts: BTreeSet::new(),
        })
    }

    pub(super) fn between(&self, other: UserId) -> Between {
        Between {
            blocks: self.blocks.contains(&other),
            is_blocked: self.blocked_by.contains(&other),
            are_contacts: self.contacts.contains(&other),
        }
    }
}

/// Guards a direct chat, whose topic is locked, or ends that, as its people are to each other now;
/// what the hub must know of it.
pub(super) fn effects(
    connection: &mut AnyConnection,
    conversation: ConversationId,
) -> Answer<Effects> {
    let (low, high): (Option<UserId>, Option<UserId>) = conversations::table
        .find(conversation)
        .select((conversations::pair_low, conversations::pair_high))
        .first(connection)?;
    let (Some(low), Some(high)) = (low, high) else {
        return Err(corrupt("direct chat"));
    };
    let is_left = exists(
        memberships::table
            .filter(memberships::conversation_id.eq(conversation))
            .filter(memberships::hidden_at.is_not_null()),
    );
    // Whoever writes to themselves asks nobody.
    let is_own = low == high;
    let guarded = !(is_own || between(connection, low, high)?.shows_presence())
        || diesel::select(is_left).get_result(connection)?;
    diesel::update(topics::table.find(Key::new(*conversation.as_uuid())))
        .set(topics::guarded.eq(guarded))
        .execute(connection)?;
    Ok(Effects {
        member_count: if is_own { 1 } else { 2 },
        presence_withheld: guarded,
        ..Effects::default()
    })
}

fn set_block(connection: &mut AnyConnection, change: &BlockChange) -> Answer<Changed> {
    let BlockChange {
        blocker,
        blocked,
        on,
        now,
        blocks_max,
    } = *change;
    if accounts::user(connection, blocked)?.is_none() {
        return Ok(Err(Refused::NoUser));
    }
    let (low, high) = (blocker.min(blocked), blocker.max(blocked));
    let chat: Option<ConversationId> = conversations::table
        .filter(conversations::pair_low.eq(low))
        .filter(conversations::pair_high.eq(high))
        .select(conversations::id)
        .first(connection)
        .optional()?;
    let topic: Option<TopicRow> = match chat {
        Some(chat) => log::lock(connection, &[Topic::Chat(chat)])?.pop(),
        None => None,
    };
    // Who blocks many people at once is counted one by one.
    log::lock(connection, &[Topic::User(blocker)])?;
    let block = blocks::table.find((blocker, blocked));
    let was_on: bool = diesel::select(exists(block)).get_result(connection)?;
    if was_on == on {
        return Ok(Ok(Vec::new()));
    }
    if on {
        let count: i64 = blocks::table
            .filter(blocks::blocker_id.eq(blocker))
            .select(count_star())
            .first(connection)?;
        if let Err(denied) = contact::check_block(count, blocks_max) {
            return Ok(Err(denied.into()));
        }
        let row = BlockRow {
            blocker_id: blocker,
            blocked_id: blocked,
            created_at: now,
        };
        diesel::insert_into(blocks::table)
            .values(row)
            .execute(connection)?;
    } else {
        diesel::delete(block).execute(connection)?;
    }
    let mut events = Vec::new();
    if let (Some(chat), Some(topic)) = (chat, topic) {
        let effects = effects(connection, chat)?;
        // Who is blocked learns nothing from a block that changes nothing for them.
        if effects.presence_withheld != topic.guarded {
            let event = Event::ContactChanged;
            events.push(members::append(
                connection, chat, event, blocker, effects, now,
            )?);
        }
    }
    let event = Event::BlockChanged {
        user_id: blocked,
        blocked: on,
    };
    let entry = log::Entry::plain(Topic::User(blocker), event, Key::new(*blocked.as_uuid()));
    events.extend(log::append(connection, vec![entry], now)?);
    Ok(Ok(events))
}

fn blocked(
    connection: &mut AnyConnection,
    blocker: UserId,
    after: Option<UserId>,
    limit: i64,
) -> Answer<Vec<User>> {
    let mut query = blocks::table
        .inner_join(users::table.on(users::id.eq(blocks::blocked_id)))
        .filter(blocks::blocker_id.eq(blocker))
        .order(blocks::blocked_id)
        .limit(limit)
        .select(UserRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(blocks::blocked_id.gt(after));
    }
    let rows: Vec<UserRow> = query.load(connection)?;
    let mut blocked: Vec<User> = rows.into_iter().map(User::from).collect();
    profiles::hide_pictures(connection, blocker, &BTreeSet::new(), blocked.iter_mut())?;
    Ok(blocked)
}
