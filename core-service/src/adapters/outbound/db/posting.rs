//! Posting messages: a batch of them in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    mem,
};

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, NullableExpressionMethods as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::{case_when, count_star, exists, max},
    result::Error as DieselError,
};

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    contacts, conversations, corrupt, log, members,
    messages::{Pair, among, complete, inside},
    naming::Named,
    previews,
    rows::{MembershipRow, Mentions, MessageRow, TopicRow, key},
    schema::{memberships, messages, topics},
    search,
    values::Key,
};
use crate::{
    application::ports::{Made, NewMessage, Posted, Refused, Stored},
    domain::{
        contact::{self, ContactDenied},
        conversation::MemberState,
        event::{Event, LoggedEvent, Topic},
        ids::{ClientId, ConversationId, PreviewId, UserId},
        message::Message,
        permission::Denied,
        time::Timestamp,
    },
};

/// What a client calls a message that it sends.
type Name = (UserId, ClientId);

impl Database {
    pub(super) fn post(&self, new: &[NewMessage]) -> Stored<Vec<Posted>> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        self.write_attempts(|connection, attempt| {
            // Nearly every message is new, its sender a member and its conversation open. What is not
            // so fails when it is written; the second attempt looks first.
            let mut looked = if attempt == 1 {
                Looked {
                    members: pairs(new),
                    ..Looked::default()
                }
            } else {
                Looked::at(connection, new)?
            };
            let named = Named::by(connection, new)?;
            if attempt == 1 && !new.iter().all(|message| named.check(message).is_ok()) {
                // A repeat is answered, also when what it named is gone by then.
                return Err(DieselError::RollbackTransaction);
            }
            let mut names = HashSet::new();
            let fresh: Vec<&NewMessage> = new
                .iter()
                .filter(|message| looked.members.contains(&pair(message)))
                .filter(|message| !looked.refused.contains_key(&pair(message)))
                .filter(|message| !looked.known.contains_key(&name(message)))
                .filter(|message| named.check(message).is_ok())
                .filter(|message| !looked.is_refused_file(message, &named))
                .filter(|message| names.insert(name(message)))
                .collect();
            let mut before = mem::take(&mut looked.events);
            let mut written = insert(connection, &fresh, &looked.open, &named)?;
            let answer = |message: &NewMessage| {
                if let Some(before) = looked.known.get(&name(message)) {
                    return repeated(message, before);
                }
                if let Some(refused) = looked.refused.get(&pair(message)) {
                    return Posted::Refused(*refused);
                }
                if looked.is_refused_file(message, &named) {
                    return Posted::Refused(ContactDenied::RequestWithoutFiles.into());
                }
                if let Err(refused) = named.check(message) {
                    return Posted::Refused(refused);
                }
                match written.get_mut(&name(message)) {
                    Some((made, event)) => match event.take() {
                        Some(event) => {
                            let mut events = mem::take(&mut before);
                            events.push(event);
                            Posted::Made(Made::New(made.clone(), events))
                        }
                        None => repeated(message, made),
                    },
                    None => Posted::Refused(Denied::NotFound.into()),
                }
            };
            Ok(new.iter().map(answer).collect())
        })
    }
}

/// What is known of messages before they are written.
#[derive(Default)]
struct Looked {
    /// Those that there are already, by their names.
    known: HashMap<Name, Message>,
    /// Senders who are inside.
    members: BTreeSet<Pair>,
    /// Guarded chats that take the messages.
    open: Vec<Key>,
    /// Senders whose messages a guarded chat does not take.
    refused: BTreeMap<Pair, Refused>,
    /// Senders whose request is not accepted: it carries words alone.
    requests: BTreeSet<Pair>,
    /// What had to change in guarded chats first.
    events: Vec<LoggedEvent>,
}

impl Looked {
    fn at(connection: &mut AnyConnection, new: &[NewMessage]) -> Answer<Self> {
        let mut looked = Self {
            known: known(connection, new)?,
            ..Self::default()
        };
        let chats: Vec<Topic> = new
            .iter()
            .map(|message| Topic::Chat(message.conversation))
            .collect();
        let mut guarded = log::lock(connection, &chats)?;
        guarded.retain(|topic| topic.guarded);
        for topic in guarded {
            let mut fresh: BTreeMap<UserId, Vec<&NewMessage>> = BTreeMap::new();
            for message in new {
                if key(Topic::Chat(message.conversation)) == topic.id
                    && !looked.known.contains_key(&name(message))
                {
                    fresh.entry(message.sender).or_default().push(message);
                }
            }
            for messages in fresh.values() {
                looked.open_up(connection, &topic, messages)?;
            }
        }
        looked.members = inside_of(connection, &pairs(new))?;
        Ok(looked)
    }

    fn is_refused_file(&self, message: &NewMessage, named: &Named) -> bool {
        self.requests.contains(&pair(message)) && named.carried(message).is_some()
    }

    /// Whether a direct chat that is guarded takes these messages of one sender, and what has to
    /// change for it: writing accepts a request, and shows a chat again to whom has left it.
    fn open_up(
        &mut self,
        connection: &mut AnyConnection,
        topic: &TopicRow,
        sent: &[&NewMessage],
    ) -> Answer<()> {
        let message = sent[0];
        let (conversation, sender, now) =
            (message.conversation, message.sender, message.created_at);
        let people: Vec<MembershipRow> = memberships::table
            .filter(memberships::conversation_id.eq(conversation))
            .select(MembershipRow::as_select())
            .load(connection)?;
        let of = |own: bool| people.iter().find(|row| (row.user_id == sender) == own);
        let (Some(own), Some(other)) = (of(true), of(false)) else {
            return Ok(());
        };
        if own.hidden_at.is_some() {
            // Whoever has left comes back by opening the chat anew.
            return Ok(());
        }
        let between = contacts::between(connection, sender, other.user_id)?;
        let mut check = between.check_write();
        if check.is_ok() && other.state == MemberState::Contacted {
            let written: i64 = messages::table
                .filter(messages::conversation_id.eq(conversation))
                .filter(messages::sender_id.eq(sender))
                .select(count_star())
                .first(connection)?;
            let of_words = sent.iter().filter(|message| message.attachment.is_none());
            let more = i64::try_from(of_words.count()).unwrap_or(i64::MAX);
            check = if more == 0 {
                Err(ContactDenied::RequestWithoutFiles)
            } else {
                contact::check_request(written.saturating_add(more) - 1)
            };
            self.requests.insert(pair(message));
        }
        if let Err(denied) = check {
            self.refused.insert(pair(message), denied.into());
            return Ok(());
        }
        self.open.push(topic.id);
        if own.state == MemberState::Contacted {
            let accepted = members::accept_contact(connection, conversation, sender, now)?;
            self.events.extend(accepted);
        }
        if other.hidden_at.is_some() {
            let topic = log::topic(connection, topic.topic())?.ok_or_else(|| corrupt("topic"))?;
            let shown = members::show_again(connection, &topic, conversation, other.user_id, now)?;
            self.events.extend(shown);
        }
        Ok(())
    }
}

pub(super) fn pair(message: &NewMessage) -> Pair {
    (message.conversation, message.sender)
}

fn pairs(new: &[NewMessage]) -> BTreeSet<Pair> {
    new.iter().map(pair).collect()
}

fn name(message: &NewMessage) -> Name {
    (message.sender, message.client_msg_id)
}

/// What is answered to a message whose name was used before.
fn repeated(message: &NewMessage, before: &Message) -> Posted {
    if message.conversation == before.conversation_id {
        Posted::Made(Made::Replayed(before.clone()))
    } else {
        Posted::ClientMsgIdReused
    }
}

/// The messages that there are by the names of `new`.
fn known(connection: &mut AnyConnection, new: &[NewMessage]) -> Answer<HashMap<Name, Message>> {
    let senders: HashSet<UserId> = new.iter().map(|message| message.sender).collect();
    let names: HashSet<ClientId> = new.iter().map(|message| message.client_msg_id).collect();
    let rows: Vec<MessageRow> = messages::table
        .filter(messages::sender_id.eq_any(senders))
        .filter(messages::client_msg_id.eq_any(names))
        .select(MessageRow::as_select())
        .load(connection)?;
    let mut known: Vec<Message> = rows.into_iter().map(Message::from).collect();
    known.sort_by_key(|message| message.sender_id);
    for of_one in known.chunk_by_mut(|one, other| one.sender_id == other.sender_id) {
        // Repeats are rare, and nearly always of one sender.
        complete(connection, of_one[0].sender_id, of_one.iter_mut())?;
    }
    let named = |message: Message| ((message.sender_id, message.client_msg_id), message);
    Ok(known.into_iter().map(named).collect())
}

fn inside_of(connection: &mut AnyConnection, pairs: &BTreeSet<Pair>) -> Answer<BTreeSet<Pair>> {
    let Some(among) = among(pairs) else {
        return Ok(BTreeSet::new());
    };
    let inside: Vec<Pair> = memberships::table
        .filter(among)
        .select((memberships::conversation_id, memberships::user_id))
        .load(connection)?;
    Ok(inside.into_iter().collect())
}

/// Writes messages of members under names that are new, in chats that are not guarded or are among
/// `open`; each with the event that says so. Ends the attempt when it finds that this is not so.
fn insert(
    connection: &mut AnyConnection,
    new: &[&NewMessage],
    open: &[Key],
    named: &Named,
) -> Answer<HashMap<Name, (Message, Option<LoggedEvent>)>> {
    let Some(now) = new.iter().map(|message| message.created_at).max() else {
        return Ok(HashMap::new());
    };
    let heads = take_places(connection, new, open, now)?;
    let mut next: HashMap<ConversationId, i64> = HashMap::new();
    for message in new {
        let topic = Topic::Chat(message.conversation);
        let head = heads.get(&topic).ok_or(DieselError::RollbackTransaction)?;
        *next
            .entry(message.conversation)
            .or_insert(head.last_seq + 1) -= 1;
    }
    let wanted: Vec<PreviewId> = new
        .iter()
        .filter_map(|message| named.preview(message))
        .collect();
    let previews = previews::take(connection, &wanted)?;
    // One that is gone, is somebody else's or belongs to another text keeps no message from being posted.
    let shown = |message: &NewMessage| {
        let (owner, preview) = previews.get(&named.preview(message)?)?;
        let (text, _) = named.text(message);
        let may_send = message.forward_of.is_some() || *owner == message.sender;
        (may_send && preview.is_of(text.as_str())).then_some(preview)
    };
    let taken: Vec<PreviewId> = new
        .iter()
        .filter_map(|message| shown(message))
        .map(|preview| preview.id)
        .collect();
    previews::keep(connection, &taken)?;
    let rows: Vec<MessageRow> = new
        .iter()
        .map(|message| {
            let seq = next.entry(message.conversation).or_default();
            *seq += 1;
            let head = heads.get(&Topic::Chat(message.conversation));
            let lifetime_s = head.and_then(|head| head.disappear_s);
            let (text, forwarded) = named.text(message);
            MessageRow {
                conversation_id: message.conversation,
                seq: *seq - 1,
                id: message.id,
                sender_id: message.sender,
                client_msg_id: message.client_msg_id,
                text,
                created_at: message.created_at,
                reply_to: message.reply_to,
                mentions: Mentions::of(&named.mentioned(message)),
                forwarded,
                edited_at: None,
                deleted_at: None,
                attachment_id: named.carried(message).map(|carried| carried.id),
                preview_id: shown(message).map(|preview| preview.id),
                indexed: true,
                expires_at: lifetime_s.map(|s| message.created_at.plus_seconds(s)),
            }
        })
        .collect();
    on_either!(connection, |connection| diesel::insert_into(
        messages::table
    )
    .values(&rows)
    .execute(connection))?;
    move_senders_marks(connection, new)?;
    let carrying = |(row, message): (MessageRow, &&NewMessage)| Message {
        attachment: named.carried(message).cloned(),
        preview: shown(message).cloned(),
        ..Message::from(row)
    };
    let messages: Vec<Message> = rows.into_iter().zip(new).map(carrying).collect();
    search::add(connection, &messages)?;
    let entry = |message: &Message| {
        let topic = Topic::Chat(message.conversation_id);
        let event = Event::MessagePosted {
            message: message.clone(),
        };
        log::Entry::plain(topic, event, Key::new(*message.id.as_uuid()))
    };
    let entries = messages.iter().map(entry).collect();
    let events = log::append_at(connection, entries, &heads, now)?;
    let written = messages.into_iter().zip(events);
    Ok(written
        .map(|(message, event)| {
            let name = (message.sender_id, message.client_msg_id);
            (name, (message, Some(event)))
        })
        .collect())
}

/// Takes the next places of conversations, in their order of messages and in their logs, for
/// messages by their members; where they stand with them.
fn take_places(
    connection: &mut AnyConnection,
    new: &[&NewMessage],
    open: &[Key],
    now: Timestamp,
) -> Answer<HashMap<Topic, TopicRow>> {
    let mut counts = BTreeMap::new();
    for message in new {
        *counts
            .entry(Topic::Chat(message.conversation))
            .or_insert(0_i64) += 1;
    }
    let senders: Vec<UserId> = new.iter().map(|message| message.sender).collect();
    // Strangers must not hold the lock that members wait for.
    let has_sender = || {
        exists(
            memberships::table
                .filter(memberships::conversation_id.eq(topics::id))
                .filter(memberships::user_id.eq_any(senders.clone()))
                .filter(inside()),
        )
    };
    let is_open = || topics::guarded.eq(false).or(topics::id.eq_any(open));
    log::take(connection, &counts, |connection, keys, count| {
        diesel::update(
            topics::table
                .filter(topics::id.eq_any(keys))
                .filter(has_sender())
                .filter(is_open()),
        )
        .set((
            topics::last_offset.eq(topics::last_offset + count),
            topics::last_seq.eq(topics::last_seq + count),
            topics::active_at.eq(now),
        ))
        .returning(topics::all_columns)
        .get_results(connection)
    })
}

/// One's own message is on one's device, and it is read if nothing by others is unread before it.
/// Runs under the topics' locks, so that nobody who was removed meanwhile writes.
fn move_senders_marks(connection: &mut AnyConnection, new: &[&NewMessage]) -> Answer<()> {
    let pairs: BTreeSet<Pair> = new.iter().map(|message| pair(message)).collect();
    let names: Vec<ClientId> = new.iter().map(|message| message.client_msg_id).collect();
    if pairs.len() > 1 {
        let chats = pairs.iter().map(|pair| pair.0);
        conversations::lock(connection, chats.collect())?;
    }
    let own_last = || {
        messages::table
            .filter(messages::conversation_id.eq(memberships::conversation_id))
            .filter(messages::sender_id.eq(memberships::user_id))
            .filter(messages::client_msg_id.eq_any(names.clone()))
            .select(max(messages::seq))
            .single_value()
            .assume_not_null()
    };
    let by_others = messages::table
        .filter(messages::conversation_id.eq(memberships::conversation_id))
        .filter(messages::seq.gt(memberships::read_seq))
        .filter(messages::seq.ge(memberships::first_seq))
        .filter(messages::sender_id.ne(memberships::user_id));
    let among = among(&pairs).ok_or_else(|| corrupt("message"))?;
    let moved = diesel::update(memberships::table.filter(among))
        .set((
            memberships::delivered_seq.eq(own_last()),
            memberships::read_seq
                .eq(case_when(exists(by_others), memberships::read_seq).otherwise(own_last())),
        ))
        .execute(connection)?;
    if moved < pairs.len() {
        return Err(DieselError::RollbackTransaction);
    }
    Ok(())
}
