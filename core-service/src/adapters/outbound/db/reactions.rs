//! Reactions: who reacts how, and what a message shows of that.

use std::collections::{BTreeMap, HashMap};

use diesel::{
    BoolExpressionMethods as _, BoxableExpression, ExpressionMethods as _, OptionalExtension as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::{count_star, min},
    sql_types::Bool,
    upsert::excluded,
};

use super::{
    Answer,
    connection::{AnyConnection, MultiBackend, on_either},
    log,
    message_changes::Locked,
    profiles,
    rows::UserRow,
    schema::{conversations, reactions, reactions_due, users},
    values::Key,
};
use crate::{
    application::ports::{Changed, NewReaction, ReactionOf},
    domain::{
        event::{Effects, Event, LoggedEvent, Topic},
        ids::{ConversationId, MessageId, UserId},
        message::{Message, MessageDenied},
        reaction::{EMOJI_MAX, Emoji, GATHER_MILLIS, NAMED_MAX_MEMBERS, Reaction},
        time::Timestamp,
    },
};

/// Where a message is.
pub(super) type Place = (ConversationId, i64);

type OnReactions = Box<dyn BoxableExpression<reactions::table, MultiBackend, SqlType = Bool>>;

/// Places by their conversations.
fn by_chat(places: &[Place]) -> BTreeMap<ConversationId, Vec<i64>> {
    let mut seqs: BTreeMap<ConversationId, Vec<i64>> = BTreeMap::new();
    for (conversation, seq) in places {
        seqs.entry(*conversation).or_default().push(*seq);
    }
    seqs
}

/// The reactions to messages; nothing of no messages.
fn of(places: &[Place]) -> Option<OnReactions> {
    let in_one = |(conversation, seqs): (ConversationId, Vec<i64>)| -> OnReactions {
        Box::new(
            reactions::conversation_id
                .eq(conversation)
                .and(reactions::seq.eq_any(seqs)),
        )
    };
    by_chat(places)
        .into_iter()
        .map(in_one)
        .reduce(|one, other| Box::new(one.or(other)))
}

/// What each message shows of the reactions to it, the emoji that came first first.
pub(super) fn summaries(
    connection: &mut AnyConnection,
    places: &[Place],
) -> Answer<HashMap<Place, Vec<Reaction>>> {
    let Some(counted) = of(places) else {
        return Ok(HashMap::new());
    };
    let counts: Vec<(ConversationId, i64, Emoji, i64, Option<Timestamp>)> = reactions::table
        .filter(counted)
        .group_by((reactions::conversation_id, reactions::seq, reactions::emoji))
        .select((
            reactions::conversation_id,
            reactions::seq,
            reactions::emoji,
            count_star(),
            min(reactions::reacted_at),
        ))
        .load(connection)?;
    let mut totals: HashMap<Place, i64> = HashMap::new();
    for (conversation, seq, _, count, _) in &counts {
        *totals.entry((*conversation, *seq)).or_default() += count;
    }
    // A group that was larger once may have more reactions to a message than members.
    totals.retain(|_, total| *total <= NAMED_MAX_MEMBERS);
    let few: Vec<Place> = totals.into_keys().collect();
    let mut named = names(connection, &few)?;
    let mut shown: HashMap<Place, Vec<(Option<Timestamp>, Reaction)>> = HashMap::new();
    for (conversation, seq, emoji, count, first) in counts {
        let place = (conversation, seq);
        let user_ids = named
            .get_mut(&place)
            .map(|by_emoji| by_emoji.remove(&emoji).unwrap_or_default());
        let reaction = Reaction {
            emoji,
            count,
            user_ids,
        };
        shown.entry(place).or_default().push((first, reaction));
    }
    let sorted = |(place, mut shown): (Place, Vec<(Option<Timestamp>, Reaction)>)| {
        shown.sort_by(|one, other| (one.0, &one.1.emoji).cmp(&(other.0, &other.1.emoji)));
        (place, shown.into_iter().map(|(_, of)| of).collect())
    };
    Ok(shown.into_iter().map(sorted).collect())
}

/// Who reacted how to these messages, in small conversations.
fn names(
    connection: &mut AnyConnection,
    places: &[Place],
) -> Answer<HashMap<Place, HashMap<Emoji, Vec<UserId>>>> {
    let chats: Vec<ConversationId> = places.iter().map(|place| place.0).collect();
    let small: Vec<ConversationId> = conversations::table
        .filter(conversations::id.eq_any(chats))
        .filter(conversations::member_count.le(NAMED_MAX_MEMBERS))
        .select(conversations::id)
        .load(connection)?;
    let mut in_small = places.to_vec();
    in_small.retain(|place| small.contains(&place.0));
    let mut named: HashMap<Place, HashMap<Emoji, Vec<UserId>>> = HashMap::new();
    let Some(few) = of(&in_small) else {
        return Ok(named);
    };
    let rows: Vec<(ConversationId, i64, Emoji, UserId)> = reactions::table
        .filter(few)
        .order((reactions::reacted_at, reactions::user_id))
        .select((
            reactions::conversation_id,
            reactions::seq,
            reactions::emoji,
            reactions::user_id,
        ))
        .load(connection)?;
    for (conversation, seq, emoji, user) in rows {
        let by_emoji = named.entry((conversation, seq)).or_default();
        by_emoji.entry(emoji).or_default().push(user);
    }
    Ok(named)
}

/// Adds to messages what `reader` sees of the reactions to them.
pub(super) fn attach(
    connection: &mut AnyConnection,
    reader: UserId,
    messages: &mut [&mut Message],
) -> Answer<()> {
    let place = |message: &Message| (message.conversation_id, message.seq);
    let places: Vec<Place> = messages.iter().map(|message| place(message)).collect();
    let mut shown = summaries(connection, &places)?;
    let reacted: Vec<Place> = shown.keys().copied().collect();
    let mut own: HashMap<Place, Emoji> = HashMap::new();
    if let Some(reacted) = of(&reacted) {
        let rows: Vec<(ConversationId, i64, Emoji)> = reactions::table
            .filter(reacted)
            .filter(reactions::user_id.eq(reader))
            .select((reactions::conversation_id, reactions::seq, reactions::emoji))
            .load(connection)?;
        own.extend(
            rows.into_iter()
                .map(|(chat, seq, emoji)| ((chat, seq), emoji)),
        );
    }
    for message in messages {
        let place = place(message);
        message.reactions = shown.remove(&place).unwrap_or_default();
        message.my_reaction = own.remove(&place);
    }
    Ok(())
}

/// Somebody reacts to a message whose conversation is locked, or takes that back.
pub(super) fn react(
    connection: &mut AnyConnection,
    locked: &Locked,
    new: &NewReaction,
) -> Answer<Changed> {
    if locked.message.deleted_at.is_some() {
        return Ok(Err(MessageDenied::Deleted.into()));
    }
    let (conversation, seq) = (locked.at.conversation, locked.message.seq);
    let own = || reactions::table.find((conversation, seq, locked.at.user));
    let before: Option<Emoji> = own()
        .select(reactions::emoji)
        .first(connection)
        .optional()?;
    if before == new.emoji {
        return Ok(Ok(Vec::new()));
    }
    match &new.emoji {
        None => {
            diesel::delete(own()).execute(connection)?;
        }
        Some(emoji) => {
            let others: Vec<Emoji> = reactions::table
                .filter(reactions::conversation_id.eq(conversation))
                .filter(reactions::seq.eq(seq))
                .filter(reactions::user_id.ne(locked.at.user))
                .select(reactions::emoji)
                .distinct()
                .load(connection)?;
            if others.len() >= EMOJI_MAX && !others.contains(emoji) {
                return Ok(Err(MessageDenied::TooManyEmoji.into()));
            }
            on_either!(connection, |connection| diesel::insert_into(
                reactions::table
            )
            .values((
                reactions::conversation_id.eq(conversation),
                reactions::seq.eq(seq),
                reactions::user_id.eq(locked.at.user),
                reactions::emoji.eq(emoji),
                reactions::reacted_at.eq(new.now),
            ))
            .on_conflict((
                reactions::conversation_id,
                reactions::seq,
                reactions::user_id
            ))
            .do_update()
            .set((
                reactions::emoji.eq(excluded(reactions::emoji)),
                reactions::reacted_at.eq(excluded(reactions::reacted_at)),
            ))
            .execute(connection))?;
        }
    }
    let members: i64 = conversations::table
        .find(conversation)
        .select(conversations::member_count)
        .first(connection)?;
    if members <= NAMED_MAX_MEMBERS {
        let places = [(conversation, seq, locked.at.message)];
        return tell(connection, &places, new.now).map(Ok);
    }
    on_either!(connection, |connection| diesel::insert_into(
        reactions_due::table
    )
    .values((
        reactions_due::conversation_id.eq(conversation),
        reactions_due::seq.eq(seq),
        reactions_due::message_id.eq(locked.at.message),
        reactions_due::due_at.eq(new.now.plus_millis(GATHER_MILLIS)),
    ))
    .on_conflict_do_nothing()
    .execute(connection))?;
    let event = Event::ReactionMine {
        conversation_id: conversation,
        message_id: locked.at.message,
        emoji: new.emoji.clone(),
    };
    let subject = Key::new(*locked.at.message.as_uuid());
    let entry = log::Entry::plain(Topic::User(locked.at.user), event, subject);
    log::append(connection, vec![entry], new.now).map(Ok)
}

/// Logs what messages show of the reactions to them now.
fn tell(
    connection: &mut AnyConnection,
    messages: &[(ConversationId, i64, MessageId)],
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let places: Vec<Place> = messages
        .iter()
        .map(|(chat, seq, _)| (*chat, *seq))
        .collect();
    let mut shown = summaries(connection, &places)?;
    let entry = |(conversation, seq, message_id): &(ConversationId, i64, MessageId)| log::Entry {
        topic: Topic::Chat(*conversation),
        event: Event::MessageReacted {
            message_id: *message_id,
            reactions: shown.remove(&(*conversation, *seq)).unwrap_or_default(),
        },
        subject: Key::new(*message_id.as_uuid()),
        effects: Effects::default(),
    };
    let entries = messages.iter().map(entry).collect();
    log::append(connection, entries, now)
}

/// Messages whose gathered reactions are to be told.
pub(super) fn due(
    connection: &mut AnyConnection,
    now: Timestamp,
    limit: i64,
) -> Answer<Vec<Place>> {
    reactions_due::table
        .filter(reactions_due::due_at.le(now))
        .order(reactions_due::due_at)
        .limit(limit)
        .select((reactions_due::conversation_id, reactions_due::seq))
        .load(connection)
}

/// Logs the gathered reactions to messages. Whichever replica locks a conversation first does it for
/// all.
pub(super) fn tell_due(
    connection: &mut AnyConnection,
    places: &[Place],
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    let seqs = by_chat(places);
    let chats: Vec<Topic> = seqs.keys().copied().map(Topic::Chat).collect();
    log::lock(connection, &chats)?;
    let mut taken: Vec<(ConversationId, i64, MessageId)> = Vec::with_capacity(places.len());
    // Nearly always these are messages of one chat.
    for (conversation, seqs) in seqs {
        let of_one: Vec<(ConversationId, i64, MessageId)> = diesel::delete(
            reactions_due::table
                .filter(reactions_due::conversation_id.eq(conversation))
                .filter(reactions_due::seq.eq_any(seqs))
                .filter(reactions_due::due_at.le(now)),
        )
        .returning((
            reactions_due::conversation_id,
            reactions_due::seq,
            reactions_due::message_id,
        ))
        .get_results(connection)?;
        taken.extend(of_one);
    }
    taken.sort_unstable();
    tell(connection, &taken, now)
}

/// Who reacted to a message and how, in the order of their ids, after one of them.
pub(super) fn list(
    connection: &mut AnyConnection,
    place: Place,
    reader: UserId,
    after: Option<UserId>,
    limit: i64,
) -> Answer<Vec<ReactionOf>> {
    let mut query = reactions::table
        .inner_join(users::table)
        .filter(reactions::conversation_id.eq(place.0))
        .filter(reactions::seq.eq(place.1))
        .order(reactions::user_id)
        .limit(limit)
        .select((
            UserRow::as_select(),
            reactions::emoji,
            reactions::reacted_at,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(reactions::user_id.gt(after));
    }
    let rows: Vec<(UserRow, Emoji, Timestamp)> = query.load(connection)?;
    let reaction = |(user, emoji, at): (UserRow, Emoji, Timestamp)| ReactionOf {
        user: user.into(),
        emoji,
        at,
    };
    let mut found: Vec<ReactionOf> = rows.into_iter().map(reaction).collect();
    let people = found.iter_mut().map(|reaction| &mut reaction.user);
    profiles::hide_pictures_in(connection, reader, place.0, people)?;
    Ok(found)
}

/// A message was deleted: nobody has reacted to it.
pub(super) fn forget(connection: &mut AnyConnection, place: Place) -> Answer<()> {
    diesel::delete(reactions::table)
        .filter(reactions::conversation_id.eq(place.0))
        .filter(reactions::seq.eq(place.1))
        .execute(connection)?;
    diesel::delete(reactions_due::table.find(place)).execute(connection)?;
    Ok(())
}
