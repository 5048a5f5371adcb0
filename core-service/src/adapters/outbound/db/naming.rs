//! What messages that are to be posted name: others that they answer or forward, and people.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{exists, not},
};

use super::{
    Answer, attachments,
    connection::AnyConnection,
    messages::{Pair, inside, members_among},
    posting::pair,
    schema::{hidden_messages, memberships, messages},
};
use crate::{
    application::ports::{NewMessage, Refused},
    domain::{
        attachment::Attachment,
        ids::{AttachmentId, ConversationId, MessageId, PreviewId, UserId},
        message::Text,
    },
};

/// What messages name: other messages and people.
#[derive(Default)]
pub(super) struct Named {
    /// Messages that senders may read.
    messages: HashSet<(Pair, MessageId)>,
    /// Messages that senders may forward.
    forwarded: HashMap<(UserId, MessageId), Copied>,
    members: BTreeSet<Pair>,
    /// What is to be carried, and whose it is.
    attachments: HashMap<AttachmentId, (UserId, Attachment)>,
}

/// What is taken over from a message that is forwarded.
struct Copied {
    text: Text,
    hops: i64,
    attachment: Option<AttachmentId>,
    preview: Option<PreviewId>,
}

/// Who may forward a message, which, and what is taken over of it.
type ForwardedRow = (
    UserId,
    MessageId,
    Text,
    i64,
    Option<AttachmentId>,
    Option<PreviewId>,
);

impl Named {
    /// Nearly no message names anything.
    pub(super) fn by(connection: &mut AnyConnection, new: &[NewMessage]) -> Answer<Self> {
        let mut named = Self::default();
        let replies = || new.iter().filter(|message| message.reply_to.is_some());
        let targets: Vec<MessageId> = replies().filter_map(|message| message.reply_to).collect();
        if !targets.is_empty() {
            let senders: HashSet<UserId> = replies().map(|message| message.sender).collect();
            let rows: Vec<(ConversationId, UserId, MessageId)> = messages::table
                .inner_join(
                    memberships::table
                        .on(memberships::conversation_id.eq(messages::conversation_id)),
                )
                .filter(messages::id.eq_any(targets))
                .filter(memberships::user_id.eq_any(senders))
                .filter(messages::seq.ge(memberships::first_seq))
                .filter(inside())
                .select((
                    messages::conversation_id,
                    memberships::user_id,
                    messages::id,
                ))
                .load(connection)?;
            let readable = rows.into_iter().map(|(chat, user, id)| ((chat, user), id));
            named.messages = readable.collect();
        }
        named.forwarded = forwarded(connection, new)?;
        let own = new.iter().filter_map(|message| message.attachment);
        let copied = named.forwarded.values().filter_map(|of| of.attachment);
        let carried: Vec<AttachmentId> = own.chain(copied).collect();
        if !carried.is_empty() {
            named.attachments = attachments::named(connection, &carried)?;
        }
        let naming = || new.iter().filter(|message| !message.mentions.is_empty());
        let users: BTreeSet<UserId> = naming()
            .flat_map(|message| message.mentions.clone())
            .collect();
        if !users.is_empty() {
            let chats = naming().map(|message| message.conversation).collect();
            named.members = members_among(connection, chats, users.into_iter().collect())?;
        }
        Ok(named)
    }

    /// Whether everything is there that a message names.
    pub(super) fn check(&self, message: &NewMessage) -> Result<(), Refused> {
        let is_answered = |id| self.messages.contains(&(pair(message), id));
        let is_forwarded = |id| self.forwarded.contains_key(&(message.sender, id));
        if !message.reply_to.is_none_or(is_answered) {
            return Err(Refused::NoReplyTo);
        }
        if !message.forward_of.is_none_or(is_forwarded) {
            return Err(Refused::NoForwardOf);
        }
        if message.attachment.is_some() && self.carried(message).is_none() {
            return Err(Refused::NoAttachment);
        }
        Ok(())
    }

    /// What a message carries: of its sender's, or what the one carries that is forwarded.
    pub(super) fn carried(&self, message: &NewMessage) -> Option<&Attachment> {
        if let Some(id) = message.attachment {
            let (owner, attachment) = self.attachments.get(&id)?;
            return (*owner == message.sender).then_some(attachment);
        }
        let copied = self.forwarded.get(&(message.sender, message.forward_of?))?;
        let (_, attachment) = self.attachments.get(&copied.attachment?)?;
        Some(attachment)
    }

    /// The preview that a message is to show: of its sender's, or that of the one that is forwarded.
    pub(super) fn preview(&self, message: &NewMessage) -> Option<PreviewId> {
        match message.forward_of {
            Some(id) => self.forwarded.get(&(message.sender, id))?.preview,
            None => message.preview,
        }
    }

    /// What a message says, and how often that was forwarded.
    pub(super) fn text(&self, message: &NewMessage) -> (Text, i64) {
        let copied = message
            .forward_of
            .and_then(|id| self.forwarded.get(&(message.sender, id)));
        match copied {
            Some(copied) => (copied.text.clone(), copied.hops.saturating_add(1)),
            None => (message.text.clone(), 0),
        }
    }

    /// The members whom a message mentions.
    pub(super) fn mentioned(&self, message: &NewMessage) -> Vec<UserId> {
        let mut users = message.mentions.clone();
        users.retain(|user| self.members.contains(&(message.conversation, *user)));
        users
    }
}

/// What the messages that are to be forwarded say. Each has to be in a conversation of its sender's,
/// where the sender reads it.
fn forwarded(
    connection: &mut AnyConnection,
    new: &[NewMessage],
) -> Answer<HashMap<(UserId, MessageId), Copied>> {
    let forwards = || new.iter().filter(|message| message.forward_of.is_some());
    let sources: HashSet<MessageId> = forwards()
        .filter_map(|message| message.forward_of)
        .collect();
    if sources.is_empty() {
        return Ok(HashMap::new());
    }
    let senders: HashSet<UserId> = forwards().map(|message| message.sender).collect();
    let is_hidden = exists(
        hidden_messages::table
            .filter(hidden_messages::user_id.eq(memberships::user_id))
            .filter(hidden_messages::conversation_id.eq(messages::conversation_id))
            .filter(hidden_messages::seq.eq(messages::seq)),
    );
    let rows: Vec<ForwardedRow> = messages::table
        .inner_join(
            memberships::table.on(memberships::conversation_id.eq(messages::conversation_id)),
        )
        .filter(messages::id.eq_any(sources))
        .filter(memberships::user_id.eq_any(senders))
        .filter(messages::seq.ge(memberships::first_seq))
        .filter(messages::deleted_at.is_null())
        .filter(inside())
        .filter(not(is_hidden))
        .select((
            memberships::user_id,
            messages::id,
            messages::text,
            messages::forwarded,
            messages::attachment_id,
            messages::preview_id,
        ))
        .load(connection)?;
    let found = |(user, id, text, hops, attachment, preview): ForwardedRow| {
        let copied = Copied {
            text,
            hops,
            attachment,
            preview,
        };
        ((user, id), copied)
    };
    Ok(rows.into_iter().map(found).collect())
}
