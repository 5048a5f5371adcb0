//! [`ProfileStore`]: what people show of themselves, and to whom.

use std::collections::BTreeSet;

use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _,
};

use super::{
    Answer, Database,
    connection::AnyConnection,
    contacts::Among,
    group_info, log, portraits,
    rows::UserRow,
    schema::{conversations, memberships, topics, users},
    values::Key,
};
use crate::{
    application::ports::{
        Changed, InfoChange, NewPicture, PictureOf, PictureSource, ProfileChange, ProfileStore,
        Refused, Stored,
    },
    domain::{
        account::User,
        conversation::{Kind, MemberState},
        event::{Event, LoggedEvent, Topic},
        ids::{AttachmentId, ConversationId, PictureId, UserId},
        profile::{About, Profile, TOLD_MAX},
        search,
        time::Timestamp,
    },
};

impl ProfileStore for Database {
    fn profile(&self, user: UserId, asker: UserId) -> Stored<Option<Profile>> {
        self.read(|connection| {
            let (people, nobody) = (BTreeSet::from([user]), BTreeSet::new());
            if user != asker && visible(connection, asker, &people, &nobody)?.is_empty() {
                return Ok(None);
            }
            find(connection, user)
        })
    }

    fn change_profile(&self, change: &ProfileChange) -> Stored<Changed> {
        self.write(|connection| change_profile(connection, change))
    }

    fn change_info(&self, change: &InfoChange) -> Stored<Changed> {
        self.write(|connection| group_info::change(connection, change))
    }

    fn picture_source(
        &self,
        of: PictureOf,
        attachment: AttachmentId,
    ) -> Stored<Result<PictureSource, Refused>> {
        self.read(|connection| portraits::source(connection, of, attachment))
    }

    fn set_picture(&self, new: &NewPicture) -> Stored<Changed> {
        self.write(|connection| portraits::set(connection, new))
    }

    fn remove_picture(&self, of: PictureOf, now: Timestamp) -> Stored<Changed> {
        self.write(|connection| portraits::remove(connection, of, now))
    }

    fn has_picture(&self, id: PictureId) -> Stored<bool> {
        self.read_one(|connection| portraits::is_there(connection, id))
    }
}

pub(super) fn find(connection: &mut AnyConnection, user: UserId) -> Answer<Option<Profile>> {
    let row: Option<(UserRow, About)> = users::table
        .find(user)
        .select((UserRow::as_select(), users::about))
        .first(connection)
        .optional()?;
    Ok(row.map(|(user, about)| Profile {
        user: user.into(),
        about,
    }))
}

fn change_profile(connection: &mut AnyConnection, change: &ProfileChange) -> Answer<Changed> {
    let ProfileChange { user, now, .. } = *change;
    let told = lock(connection, user)?;
    let Some(before) = find(connection, user)? else {
        return Ok(Err(Refused::NoUser));
    };
    let mut after = before.clone();
    if let Some(name) = &change.display_name {
        after.user.display_name.clone_from(name);
    }
    if let Some(about) = &change.about {
        after.about.clone_from(about);
    }
    if after == before {
        return Ok(Ok(Vec::new()));
    }
    diesel::update(users::table.find(user))
        .set((
            users::display_name.eq(&after.user.display_name),
            users::search_terms.eq(search::terms(after.user.display_name.as_str())),
            users::about.eq(&after.about),
        ))
        .execute(connection)?;
    // Nobody but themselves is told what they say about themselves.
    let others = if after.user == before.user {
        Vec::new()
    } else {
        told
    };
    tell(connection, &after, others, now).map(Ok)
}

/// Locks a person against other changes of what they show; those who are told of such a change, and
/// whose topics are locked, too.
pub(super) fn lock(connection: &mut AnyConnection, user: UserId) -> Answer<Vec<UserId>> {
    let others = contacts_told(connection, user)?;
    // All at once: two contacts who change at the same time would wait for each other.
    let mut locked: Vec<Topic> = others.iter().copied().map(Topic::User).collect();
    locked.push(Topic::User(user));
    log::lock(connection, &locked)?;
    // Once more: a block may have come while this waited.
    let still: BTreeSet<UserId> = contacts_told(connection, user)?.into_iter().collect();
    Ok(others
        .into_iter()
        .filter(|other| still.contains(other))
        .collect())
}

/// Those of a person's direct chats who hear of what they show, in the chats that were active last.
fn contacts_told(connection: &mut AnyConnection, user: UserId) -> Answer<Vec<UserId>> {
    let chats: Vec<(Option<UserId>, Option<UserId>)> = memberships::table
        .inner_join(conversations::table)
        .inner_join(topics::table.on(topics::id.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(conversations::kind.eq(Kind::Direct))
        // Behind a request and a block nothing is told.
        .filter(topics::guarded.eq(false))
        .order(topics::active_at.desc())
        .limit(TOLD_MAX)
        .select((conversations::pair_low, conversations::pair_high))
        .load(connection)?;
    let people = chats.into_iter().flat_map(|(low, high)| [low, high]);
    Ok(people.flatten().filter(|other| *other != user).collect())
}

/// Tells a person's own devices and others what they show now.
pub(super) fn tell(
    connection: &mut AnyConnection,
    profile: &Profile,
    others: Vec<UserId>,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let User {
        id,
        display_name,
        picture,
        ..
    } = &profile.user;
    let entry = |user: UserId, about: Option<About>| {
        let event = Event::UserChanged {
            user_id: *id,
            display_name: display_name.clone(),
            picture_id: *picture,
            about,
        };
        log::Entry::plain(Topic::User(user), event, Key::new(*id.as_uuid()))
    };
    let mut entries = vec![entry(*id, Some(profile.about.clone()))];
    entries.extend(others.into_iter().map(|other| entry(other, None)));
    log::append(connection, entries, now)
}

/// Takes away the pictures of those who do not show theirs to a reader. `together` are people of whom
/// it is known that they are in a chat with the reader which both have accepted.
pub(super) fn hide_pictures<'a>(
    connection: &mut AnyConnection,
    reader: UserId,
    together: &BTreeSet<UserId>,
    people: impl Iterator<Item = &'a mut User>,
) -> Answer<()> {
    let of_others = |user: &&mut User| user.picture.is_some() && user.id != reader;
    let pictured: Vec<&mut User> = people.filter(of_others).collect();
    if pictured.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<UserId> = pictured.iter().map(|user| user.id).collect();
    let visible = visible(connection, reader, &ids, together)?;
    for user in pictured {
        if !visible.contains(&user.id) {
            user.picture = None;
        }
    }
    Ok(())
}

/// As [`hide_pictures`], of people whom a reader meets in a conversation.
pub(super) fn hide_pictures_in<'a>(
    connection: &mut AnyConnection,
    reader: UserId,
    conversation: ConversationId,
    people: impl Iterator<Item = &'a mut User>,
) -> Answer<()> {
    let people: Vec<&mut User> = people.filter(|user| user.picture.is_some()).collect();
    if people.is_empty() {
        return Ok(());
    }
    let asked = people.iter().map(|user| user.id).chain([reader]);
    let inside: Vec<UserId> = memberships::table
        .filter(memberships::conversation_id.eq(conversation))
        .filter(memberships::user_id.eq_any(asked.collect::<BTreeSet<_>>()))
        .filter(memberships::state.eq(MemberState::Active))
        .filter(memberships::hidden_at.is_null())
        .select(memberships::user_id)
        .load(connection)?;
    let together = if inside.contains(&reader) {
        inside.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    hide_pictures(connection, reader, &together, people.into_iter())
}

/// Those of `people`, who are others than the reader, whose profile the reader sees.
fn visible(
    connection: &mut AnyConnection,
    reader: UserId,
    people: &BTreeSet<UserId>,
    together: &BTreeSet<UserId>,
) -> Answer<BTreeSet<UserId>> {
    let (mut met, strangers): (BTreeSet<UserId>, BTreeSet<UserId>) =
        people.iter().partition(|user| together.contains(user));
    if !strangers.is_empty() {
        let own = diesel::alias!(memberships as own);
        let own_chats = own
            .filter(own.field(memberships::user_id).eq(reader))
            .filter(own.field(memberships::state).eq(MemberState::Active))
            .filter(own.field(memberships::hidden_at).is_null())
            .select(own.field(memberships::conversation_id));
        let found: Vec<UserId> = memberships::table
            .filter(memberships::user_id.eq_any(strangers))
            .filter(memberships::state.eq(MemberState::Active))
            .filter(memberships::hidden_at.is_null())
            .filter(memberships::conversation_id.eq_any(own_chats))
            .select(memberships::user_id)
            .distinct()
            .load(connection)?;
        met.extend(found);
    }
    let others: Vec<UserId> = people.iter().copied().collect();
    let blocks = Among::load_blocks(connection, reader, &others)?;
    let shows = |user: &UserId| blocks.between(*user).shows_profile(met.contains(user));
    Ok(others.into_iter().filter(shows).collect())
}
