//! Who is in a conversation, and as what. Each change is an event of the chat's log, so that the hub
//! changes who hears it at exactly that offset.

use std::collections::BTreeSet;

use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _, dsl::count_star,
};

use super::{
    Answer, accounts, chat_settings,
    connection::AnyConnection,
    contacts,
    conversations::{self, ConversationRow},
    corrupt, departures, drafts, log,
    rows::{MembershipRow, TopicRow},
    schema::{conversations as chats, memberships, topics},
    values::Key,
};
use crate::{
    application::ports::{Changed, MemberAct, MemberChange, Refused},
    domain::{
        contact,
        conversation::{GROUP_MAX_MEMBERS, Kind, MemberState, Role},
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, UserId},
        permission::{Act, Denied, Standing},
        time::Timestamp,
    },
};

/// A change of a conversation that is locked for it.
struct Locked<'a> {
    change: &'a MemberChange,
    chat: ConversationRow,
    topic: TopicRow,
    /// Of who acts, and of whom it is about.
    by: MembershipRow,
    user: Option<MembershipRow>,
}

pub(super) fn change(connection: &mut AnyConnection, change: &MemberChange) -> Answer<Changed> {
    // Strangers must not hold the lock that members wait for.
    if row(connection, change.conversation, change.by)?.is_none() {
        return Ok(Err(Denied::NotFound.into()));
    }
    let topic = log::lock(connection, &[Topic::Chat(change.conversation)])?.pop();
    let chat = conversations::lock(connection, BTreeSet::from([change.conversation]))?.pop();
    // Once more: a removal may have been committed while this waited for the lock.
    let by = row(connection, change.conversation, change.by)?;
    let user = row(connection, change.conversation, change.user)?;
    let (Some(topic), Some(chat), Some(by)) = (topic, chat, by) else {
        return Ok(Err(Denied::NotFound.into()));
    };
    let locked = Locked {
        change,
        chat,
        topic,
        by,
        user,
    };
    match locked.check() {
        Ok(()) => locked.carry_out(connection),
        Err(refused) => Ok(Err(refused)),
    }
}

impl Locked<'_> {
    fn check(&self) -> Result<(), Refused> {
        let standing = |row: &MembershipRow| Standing::from((row.state, row.role));
        let role = self.user.as_ref().map(|row| row.role);
        let own = self.change.by == self.change.user;
        let act = match self.change.act {
            MemberAct::Add => Act::Add,
            MemberAct::Accept => Act::Accept,
            MemberAct::Remove if own => Act::Leave,
            MemberAct::Remove => Act::Remove(role.unwrap_or(Role::Member)),
            MemberAct::SetRole(to) => Act::SetRole {
                from: role.unwrap_or(Role::Member),
                to,
            },
        };
        act.check(self.chat.kind, standing(&self.by))?;
        if matches!(act, Act::SetRole { .. }) && !self.is_active(self.user.as_ref()) {
            return Err(Refused::NoUser);
        }
        Ok(())
    }

    fn is_active(&self, row: Option<&MembershipRow>) -> bool {
        row.is_some_and(|row| row.state == MemberState::Active)
    }

    fn carry_out(&self, connection: &mut AnyConnection) -> Answer<Changed> {
        match (self.change.act, &self.user) {
            (MemberAct::Add, Some(_)) | (MemberAct::Remove, None) => Ok(Ok(Vec::new())),
            (MemberAct::Add, None) => self.add(connection),
            (MemberAct::Remove, Some(_)) if self.chat.kind == Kind::Direct => {
                self.hide(connection).map(Ok)
            }
            (MemberAct::Remove, Some(row)) if row.state == MemberState::Requested => {
                self.decline(connection).map(Ok)
            }
            (MemberAct::Remove, Some(row)) => self.remove(connection, row).map(Ok),
            (MemberAct::SetRole(role), _) => self.set_role(connection, role).map(Ok),
            (MemberAct::Accept, _) => match self.by.state {
                MemberState::Active => Ok(Ok(Vec::new())),
                MemberState::Contacted => {
                    accept_contact(connection, self.chat.id, self.change.by, self.change.now)
                        .map(Ok)
                }
                MemberState::Requested => self.join(connection, Some(&self.by)),
            },
        }
    }

    fn add(&self, connection: &mut AnyConnection) -> Answer<Changed> {
        let MemberChange { by, user, .. } = *self.change;
        let Some(setting) = contacts::setting(connection, user)? else {
            return Ok(Err(Refused::NoUser));
        };
        let between = contacts::between(connection, by, user)?;
        if let Err(denied) = between.check_add(setting) {
            return Ok(Err(denied.into()));
        }
        let departure = departures::find(connection, self.chat.id, user)?;
        let left = departure.filter(|departure| departure.by_self);
        if let Some(left) = &left
            && let Err(denied) = contact::check_ask(left.asked_at, self.change.now)
        {
            return Ok(Err(denied.into()));
        }
        if is_somebody_full(connection, &[user], self.change.chats_max)? {
            return Ok(Err(Refused::TooManyChats));
        }
        if left.is_none() {
            return self.join(connection, None);
        }
        let request = MembershipRow {
            state: MemberState::Requested,
            requested_by: Some(by),
            ..MembershipRow::new(self.chat.id, user, Role::Member, 0, self.topic.last_seq)
        };
        diesel::insert_into(memberships::table)
            .values(request)
            .execute(connection)?;
        departures::note_asked(connection, self.chat.id, user, self.change.now)?;
        self.tell_user(
            connection,
            Event::ChatAdded {
                conversation_id: self.chat.id,
            },
        )
        .map(Ok)
    }

    /// Makes a member of the user, who was asked before or not.
    fn join(
        &self,
        connection: &mut AnyConnection,
        asked: Option<&MembershipRow>,
    ) -> Answer<Changed> {
        let by = asked
            .and_then(|row| row.requested_by)
            .unwrap_or(self.change.by);
        join(
            connection,
            &self.chat,
            &self.topic,
            self.change.user,
            by,
            self.change.now,
        )
    }

    fn remove(
        &self,
        connection: &mut AnyConnection,
        row: &MembershipRow,
    ) -> Answer<Vec<LoggedEvent>> {
        let MemberChange { by, user, now, .. } = *self.change;
        let left = self.append(
            connection,
            Event::MemberRemoved { user_id: user, by },
            Effects {
                removed: vec![user],
                member_count: self.chat.member_count - 1,
                ..Effects::default()
            },
        )?;
        diesel::delete(memberships::table.find((self.chat.id, user))).execute(connection)?;
        departures::note(connection, self.chat.id, user, by == user, now)?;
        count(connection, &self.chat, -1)?;
        let mut events = vec![left];
        if row.role == Role::Owner
            && let Some(heir) = heir(connection, self.chat.id)?
        {
            events.push(self.give_role(connection, heir, Role::Owner)?);
        }
        events.extend(self.tell_removed(connection)?);
        Ok(events)
    }

    /// A request is answered with no, or taken back.
    fn decline(&self, connection: &mut AnyConnection) -> Answer<Vec<LoggedEvent>> {
        diesel::delete(memberships::table.find((self.chat.id, self.change.user)))
            .execute(connection)?;
        self.tell_removed(connection)
    }

    /// A direct chat is left until the next message.
    fn hide(&self, connection: &mut AnyConnection) -> Answer<Vec<LoggedEvent>> {
        let MemberChange { user, now, .. } = *self.change;
        diesel::update(memberships::table.find((self.chat.id, user)))
            .set(memberships::hidden_at.eq(now))
            .execute(connection)?;
        chat_settings::forget(connection, self.chat.id, user)?;
        let effects = Effects {
            removed: vec![user],
            ..contacts::effects(connection, self.chat.id)?
        };
        let mut events = vec![self.append(connection, Event::ContactChanged, effects)?];
        events.extend(self.tell_removed(connection)?);
        Ok(events)
    }

    fn set_role(&self, connection: &mut AnyConnection, role: Role) -> Answer<Vec<LoggedEvent>> {
        let MemberChange { by, user, .. } = *self.change;
        if self.user.as_ref().is_some_and(|row| row.role == role) {
            return Ok(Vec::new());
        }
        let mut events = Vec::with_capacity(2);
        if role == Role::Owner {
            events.push(self.give_role(connection, by, Role::Admin)?);
        }
        events.push(self.give_role(connection, user, role)?);
        Ok(events)
    }

    fn give_role(
        &self,
        connection: &mut AnyConnection,
        user_id: UserId,
        role: Role,
    ) -> Answer<LoggedEvent> {
        diesel::update(memberships::table.find((self.chat.id, user_id)))
            .set(memberships::role.eq(role))
            .execute(connection)?;
        let event = Event::MemberRoleChanged {
            user_id,
            role,
            by: self.change.by,
        };
        self.append(connection, event, Effects::default())
    }

    fn append(
        &self,
        connection: &mut AnyConnection,
        event: Event,
        effects: Effects,
    ) -> Answer<LoggedEvent> {
        append(
            connection,
            self.chat.id,
            event,
            self.change.user,
            effects,
            self.change.now,
        )
    }

    fn tell_user(&self, connection: &mut AnyConnection, event: Event) -> Answer<Vec<LoggedEvent>> {
        let MemberChange { user, now, .. } = *self.change;
        tell_user(connection, self.chat.id, user, event, now)
    }

    /// Tells a user that a chat is theirs no longer, with what they had begun to write in it.
    fn tell_removed(&self, connection: &mut AnyConnection) -> Answer<Vec<LoggedEvent>> {
        let user = self.change.user;
        let redacts = drafts::forget(connection, user, self.chat.id)?;
        let entry = log::Entry {
            topic: Topic::User(user),
            event: Event::ChatRemoved {
                conversation_id: self.chat.id,
            },
            subject: Key::new(*self.chat.id.as_uuid()),
            effects: Effects {
                redacts,
                ..Effects::default()
            },
        };
        log::append(connection, vec![entry], self.change.now)
    }
}

/// Makes a member of somebody who was asked before or not; the group's topic and row are locked.
pub(super) fn join(
    connection: &mut AnyConnection,
    chat: &ConversationRow,
    topic: &TopicRow,
    user: UserId,
    by: UserId,
    now: Timestamp,
) -> Answer<Changed> {
    if usize::try_from(chat.member_count).unwrap_or(usize::MAX) >= GROUP_MAX_MEMBERS {
        return Ok(Err(Refused::Full));
    }
    let person = accounts::user(connection, user)?.ok_or_else(|| corrupt("member"))?;
    let joined = append(
        connection,
        chat.id,
        Event::MemberAdded { user: person, by },
        user,
        Effects {
            added: vec![user],
            member_count: chat.member_count + 1,
            ..Effects::default()
        },
        now,
    )?;
    let member = MembershipRow::new(chat.id, user, Role::Member, joined.offset, topic.last_seq);
    diesel::delete(memberships::table.find((chat.id, user))).execute(connection)?;
    diesel::insert_into(memberships::table)
        .values(member)
        .execute(connection)?;
    departures::forget(connection, chat.id, user)?;
    count(connection, chat, 1)?;
    let mut events = vec![joined];
    let added = Event::ChatAdded {
        conversation_id: chat.id,
    };
    events.extend(tell_user(connection, chat.id, user, added, now)?);
    Ok(Ok(events))
}

/// Counts members of a conversation that is locked.
fn count(connection: &mut AnyConnection, chat: &ConversationRow, more: i64) -> Answer<()> {
    diesel::update(chats::table.find(chat.id))
        .set(chats::member_count.eq(chat.member_count + more))
        .execute(connection)?;
    Ok(())
}

fn tell_user(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
    event: Event,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let subject = Key::new(*conversation.as_uuid());
    let entry = log::Entry::plain(Topic::User(user), event, subject);
    log::append(connection, vec![entry], now)
}

/// Appends an event about a person to a chat's log.
pub(super) fn append(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    event: Event,
    about: UserId,
    effects: Effects,
    now: Timestamp,
) -> Answer<LoggedEvent> {
    let entry = log::Entry {
        topic: Topic::Chat(conversation),
        event,
        subject: Key::new(*about.as_uuid()),
        effects,
    };
    let appended = log::append(connection, vec![entry], now)?.pop();
    appended.ok_or_else(|| corrupt("topic"))
}

/// The user says yes to a direct chat, whose topic is locked.
pub(super) fn accept_contact(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user_id: UserId,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    diesel::update(memberships::table.find((conversation, user_id)))
        .set(memberships::state.eq(MemberState::Active))
        .execute(connection)?;
    let effects = contacts::effects(connection, conversation)?;
    let event = Event::RequestAccepted { user_id };
    append(connection, conversation, event, user_id, effects, now).map(|event| vec![event])
}

/// Shows a direct chat again that the user has left: what was written before stays gone for them.
/// The chat's topic is locked.
pub(super) fn show_again(
    connection: &mut AnyConnection,
    topic: &TopicRow,
    conversation: ConversationId,
    user: UserId,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    diesel::update(memberships::table.find((conversation, user)))
        .set((
            memberships::hidden_at.eq(None::<Timestamp>),
            memberships::readable_from.eq(topic.last_offset + 1),
            memberships::first_seq.eq(topic.last_seq + 1),
            memberships::joined_seq.eq(None::<i64>),
            memberships::delivered_seq.eq(topic.last_seq),
            memberships::read_seq.eq(topic.last_seq),
        ))
        .execute(connection)?;
    let effects = Effects {
        added: vec![user],
        ..contacts::effects(connection, conversation)?
    };
    let shown = append(
        connection,
        conversation,
        Event::ContactChanged,
        user,
        effects,
        now,
    )?;
    let event = Event::ChatAdded {
        conversation_id: conversation,
    };
    let entry = log::Entry::plain(Topic::User(user), event, Key::new(*conversation.as_uuid()));
    let mut events = vec![shown];
    events.extend(log::append(connection, vec![entry], now)?);
    Ok(events)
}

/// A user's membership in whatever state, unless they have hidden the chat.
pub(super) fn row(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<MembershipRow>> {
    memberships::table
        .find((conversation, user))
        .filter(memberships::hidden_at.is_null())
        .select(MembershipRow::as_select())
        .first(connection)
        .optional()
}

/// What a user is to a conversation, and of which kind that is.
pub(super) fn standing(
    connection: &mut AnyConnection,
    conversation: ConversationId,
    user: UserId,
) -> Answer<Option<(Kind, Standing)>> {
    let kind: Option<Kind> = chats::table
        .find(conversation)
        .select(chats::kind)
        .first(connection)
        .optional()?;
    let Some(kind) = kind else { return Ok(None) };
    let row = row(connection, conversation, user)?;
    let standing = row.map_or(Standing::Outside, |row| {
        Standing::from((row.state, row.role))
    });
    Ok(Some((kind, standing)))
}

/// Who owns a group when its owner has gone: the admin who has been in it longest, else the member.
fn heir(connection: &mut AnyConnection, conversation: ConversationId) -> Answer<Option<UserId>> {
    let oldest = |role: Role| {
        memberships::table
            .filter(memberships::conversation_id.eq(conversation))
            .filter(memberships::state.eq(MemberState::Active))
            .filter(memberships::role.eq(role))
            .order((memberships::readable_from, memberships::user_id))
            .select(memberships::user_id)
    };
    match oldest(Role::Admin).first(connection).optional()? {
        None => oldest(Role::Member).first(connection).optional(),
        admin => Ok(admin),
    }
}

/// Whether one of these people is in as many chats as a person may be. Those who are added to several at
/// the same moment may come to be in a few more.
pub(super) fn is_somebody_full(
    connection: &mut AnyConnection,
    people: &[UserId],
    chats_max: i64,
) -> Answer<bool> {
    let full: Vec<UserId> = memberships::table
        .inner_join(topics::table.on(topics::id.eq(memberships::user_id)))
        .filter(memberships::user_id.eq_any(people))
        // A user's own log tells of each of their chats: of most people nothing is counted.
        .filter(topics::last_offset.ge(chats_max))
        .group_by(memberships::user_id)
        .having(count_star().ge(chats_max))
        .select(memberships::user_id)
        .limit(1)
        .load(connection)?;
    Ok(!full.is_empty())
}
