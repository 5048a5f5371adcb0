//! [`ChatStore`], and the making of conversations.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    dsl::exists,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    contacts, corrupt, listing, log, members, messages,
    rows::MembershipRow,
    schema::{conversations, memberships, users},
    topics, unread,
    values::Key,
};
use crate::{
    application::ports::{
        Changed, ChatStore, Cursor, Made, MarkReport, MarksMoved, MemberChange, MemberSlice,
        NewConversation, NewMessage, Page, Posted, Refused, Stored,
    },
    domain::{
        contact::WhoMayAdd,
        conversation::{
            Blueprint, ChatHead, Conversation, Kind, ListPlace, Member, MemberState, Role,
            TopicPosition,
        },
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ClientId, ConversationId, MessageId, PictureId, UserId},
        message::Message,
        permission::Standing,
        profile::Description,
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = conversations, treat_none_as_default_value = false)]
pub(super) struct ConversationRow {
    pub(super) id: ConversationId,
    pub(super) kind: Kind,
    pub(super) title: Option<String>,
    creator_id: UserId,
    client_id: ClientId,
    pair_low: Option<UserId>,
    pair_high: Option<UserId>,
    pub(super) member_count: i64,
    pub(super) created_at: Timestamp,
    pub(super) description: Description,
    pub(super) picture_id: Option<PictureId>,
}

impl ChatStore for Database {
    fn create_conversation(
        &self,
        new: &NewConversation,
    ) -> Stored<Result<Made<ConversationId>, Refused>> {
        self.write(|connection| {
            if let Some(before) = by_client_id(connection, new)? {
                return Ok(Ok(Made::Replayed(before)));
            }
            if let Some(before) = by_pair(connection, new)? {
                let events = reopen(connection, before, new)?;
                return Ok(Ok(Made::Existing(before, events)));
            }
            if let Err(refused) = check(connection, new)? {
                return Ok(Err(refused));
            }
            let events = insert(connection, new)?;
            Ok(Ok(Made::New(new.id, events)))
        })
    }

    fn conversation(&self, user: UserId, id: ConversationId) -> Stored<Option<Conversation>> {
        self.read(|connection| listing::one(connection, user, id))
    }

    fn conversations(
        &self,
        user: UserId,
        after: Option<ListPlace>,
        limit: i64,
    ) -> Stored<(Vec<Conversation>, TopicPosition)> {
        self.read(|connection| listing::list(connection, user, after, limit))
    }

    fn pinned_conversations(&self, user: UserId) -> Stored<Vec<Conversation>> {
        self.read(|connection| listing::pinned(connection, user))
    }

    fn chat_heads(
        &self,
        user: UserId,
        after: Option<ConversationId>,
        limit: i64,
    ) -> Stored<(Vec<ChatHead>, TopicPosition)> {
        self.read(|connection| listing::heads(connection, user, after, limit))
    }

    fn members(
        &self,
        conversation: ConversationId,
        user: UserId,
        after: Option<UserId>,
        limit: i64,
    ) -> Stored<Option<Vec<Member>>> {
        self.read(|connection| listing::members(connection, conversation, user, after, limit))
    }

    fn change_member(&self, change: &MemberChange) -> Stored<Changed> {
        self.write(|connection| members::change(connection, change))
    }

    fn standing(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Stored<Option<(Kind, Standing)>> {
        self.read(|connection| members::standing(connection, conversation, user))
    }

    fn post_messages(&self, new: &[NewMessage]) -> Stored<Vec<Posted>> {
        self.post(new)
    }

    fn messages(
        &self,
        conversation: ConversationId,
        user: UserId,
        cursor: Cursor,
        limit: i64,
    ) -> Stored<Option<Page<Message>>> {
        self.page(conversation, user, cursor, limit)
    }

    fn unread_mentions(
        &self,
        conversation: ConversationId,
        user: UserId,
    ) -> Stored<Option<Vec<(MessageId, i64)>>> {
        self.read(|connection| unread::mentions(connection, conversation, user))
    }

    fn changes(
        &self,
        conversation: ConversationId,
        user: UserId,
        epoch: &str,
        after: i64,
        limit: i64,
    ) -> Stored<Option<MemberSlice>> {
        self.read(|connection| {
            let Some((member, topic)) = messages::member(connection, conversation, user)? else {
                return Ok(None);
            };
            let readable_after = topic.trimmed_to.max(member.readable_from - 1);
            let events = if epoch.is_empty() || epoch == topic.epoch {
                let after = after.max(readable_after);
                topics::events(connection, &topic, after, i64::MAX, limit)?
            } else {
                Vec::new()
            };
            Ok(Some(MemberSlice {
                position: topic.position(),
                readable_after,
                events,
            }))
        })
    }

    fn move_marks(&self, reports: &[MarkReport], now: Timestamp) -> Stored<MarksMoved> {
        self.move_all(reports, now)
    }
}

/// Locks conversations against changes of their members until the transaction ends.
pub(super) fn lock(
    connection: &mut AnyConnection,
    chats: BTreeSet<ConversationId>,
) -> Answer<Vec<ConversationRow>> {
    let wanted = conversations::table
        .filter(conversations::id.eq_any(chats))
        .order(conversations::id);
    match connection {
        AnyConnection::Postgres(connection) => wanted.for_no_key_update().load(connection),
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => wanted.load(connection),
    }
}

fn by_client_id(
    connection: &mut AnyConnection,
    new: &NewConversation,
) -> Answer<Option<ConversationId>> {
    conversations::table
        .filter(conversations::creator_id.eq(new.creator))
        .filter(conversations::client_id.eq(new.client_id))
        .select(conversations::id)
        .first(connection)
        .optional()
}

fn by_pair(
    connection: &mut AnyConnection,
    new: &NewConversation,
) -> Answer<Option<ConversationId>> {
    let Some((low, high)) = new.blueprint.pair(new.creator) else {
        return Ok(None);
    };
    conversations::table
        .filter(conversations::pair_low.eq(low))
        .filter(conversations::pair_high.eq(high))
        .select(conversations::id)
        .first(connection)
        .optional()
}

/// Whether the creator may make a conversation with all those people.
fn check(connection: &mut AnyConnection, new: &NewConversation) -> Answer<Result<(), Refused>> {
    let others = new.blueprint.others();
    let settings: HashMap<UserId, WhoMayAdd> = users::table
        .filter(users::id.eq_any(others))
        .filter(users::deleted_at.is_null())
        .select((users::id, users::who_may_add))
        .load(connection)?
        .into_iter()
        .collect();
    let among = contacts::Among::load(connection, new.creator, others)?;
    for other in others {
        let Some(setting) = settings.get(other) else {
            return Ok(Err(Refused::NoUser));
        };
        let between = among.between(*other);
        let checked = match new.blueprint {
            Blueprint::Own | Blueprint::Direct(_) => between.check_write(),
            Blueprint::Group(..) => between.check_add(*setting),
        };
        if let Err(denied) = checked {
            return Ok(Err(denied.into()));
        }
    }
    let everyone = [others, &[new.creator]].concat();
    if members::is_somebody_full(connection, &everyone, new.chats_max)? {
        return Ok(Err(Refused::TooManyChats));
    }
    Ok(Ok(()))
}

/// Shows a direct chat again to who opens it and has left it.
fn reopen(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    new: &NewConversation,
) -> Answer<Vec<LoggedEvent>> {
    let left = memberships::table
        .find((conversation, new.creator))
        .filter(memberships::hidden_at.is_not_null());
    if !diesel::select(exists(left)).get_result::<bool>(connection)? {
        return Ok(Vec::new());
    }
    let topic = log::lock(connection, &[Topic::Chat(conversation)])?.pop();
    let topic = topic.ok_or_else(|| corrupt("topic"))?;
    // Once more: a message may have shown it while this waited for the lock.
    if !diesel::select(exists(left)).get_result::<bool>(connection)? {
        return Ok(Vec::new());
    }
    members::show_again(
        connection,
        &topic,
        conversation,
        new.creator,
        new.created_at,
    )
}

fn insert(connection: &mut AnyConnection, new: &NewConversation) -> Answer<Vec<LoggedEvent>> {
    let (kind, title) = match &new.blueprint {
        Blueprint::Own | Blueprint::Direct(_) => (Kind::Direct, None),
        Blueprint::Group(title, _) => (Kind::Group, Some(title.as_str().to_owned())),
    };
    let mut everyone = new.blueprint.others().to_vec();
    everyone.push(new.creator);
    let member_count = i64::try_from(everyone.len()).unwrap_or(i64::MAX);
    let (pair_low, pair_high) = new.blueprint.pair(new.creator).unzip();
    let row = ConversationRow {
        id: new.id,
        kind,
        title,
        creator_id: new.creator,
        client_id: new.client_id,
        pair_low,
        pair_high,
        member_count,
        created_at: new.created_at,
        description: Description::default(),
        picture_id: None,
    };
    diesel::insert_into(conversations::table)
        .values(row)
        .execute(connection)?;

    let (topic, now) = (Topic::Chat(new.id), new.created_at);
    let subject = Key::new(*new.id.as_uuid());
    log::create_topic(connection, topic, now)?;
    let created = log::Entry {
        topic,
        event: Event::ConversationCreated {
            conversation_id: new.id,
        },
        subject,
        effects: Effects {
            added: everyone.clone(),
            member_count,
            presence_withheld: kind == Kind::Direct,
            ..Effects::default()
        },
    };
    let mut events = log::append(connection, vec![created], now)?;
    let readable_from = events[0].offset;
    let membership = |user: &UserId| {
        let role = match kind {
            Kind::Group if *user == new.creator => Role::Owner,
            Kind::Group | Kind::Direct => Role::Member,
        };
        let state = match kind {
            Kind::Direct if *user != new.creator => MemberState::Contacted,
            Kind::Group | Kind::Direct => MemberState::Active,
        };
        MembershipRow {
            state,
            ..MembershipRow::new(new.id, *user, role, readable_from, 0)
        }
    };
    let rows: Vec<MembershipRow> = everyone.iter().map(membership).collect();
    on_either!(connection, |connection| diesel::insert_into(
        memberships::table
    )
    .values(&rows)
    .execute(connection))?;
    if kind == Kind::Direct {
        contacts::effects(connection, new.id)?;
    }
    let told = everyone.into_iter().map(|user| {
        let added = Event::ChatAdded {
            conversation_id: new.id,
        };
        log::Entry::plain(Topic::User(user), added, subject)
    });
    events.extend(log::append(connection, told.collect(), now)?);
    Ok(events)
}
