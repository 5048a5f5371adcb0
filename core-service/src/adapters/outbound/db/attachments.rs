//! [`AttachmentStore`], and what messages show of what they carry.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer, Database,
    connection::{AnyConnection, on_either},
    message_changes::standing,
    messages::{complete, inside, not_hidden},
    rows::MessageRow,
    schema::{attachments, blob_removals, memberships, messages, uploads},
    values::VoiceJson,
};
use crate::{
    application::ports::{AttachmentStore, Kept, Refused, Removal, Stored},
    domain::{
        attachment::{Attachment, FileName, Kind, Voice},
        ids::{AttachmentId, ConversationId, FolderId, MessageId, UserId},
        message::Message,
        permission::{Act, Denied, Standing},
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub(super) struct AttachmentRow {
    id: AttachmentId,
    owner_id: UserId,
    folder: FolderId,
    kind: Kind,
    name: FileName,
    media_type: String,
    size: i32,
    width: Option<i32>,
    height: Option<i32>,
    blurhash: Option<String>,
    thumbnail_type: Option<String>,
    voice: Option<VoiceJson>,
    completed_at: Timestamp,
}

/// A size as it is stored: the domain lets no larger one pass.
pub(super) fn stored_size(size: i64) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}

impl AttachmentRow {
    pub(super) fn of(kept: &Kept, completed_at: Timestamp) -> Self {
        let Attachment {
            id,
            kind,
            name,
            media_type,
            size,
            width,
            height,
            blurhash,
            duration_ms,
            waveform,
            thumbnail: _,
        } = kept.attachment.clone();
        let voice = duration_ms.map(|duration_ms| Voice {
            duration_ms,
            waveform: waveform.unwrap_or_default(),
        });
        Self {
            id,
            owner_id: kept.owner,
            folder: kept.folder,
            kind,
            name,
            media_type,
            size: stored_size(size),
            width: width.map(stored_size),
            height: height.map(stored_size),
            blurhash,
            thumbnail_type: kept.thumbnail_type.clone(),
            voice: VoiceJson::of(voice.as_ref()),
            completed_at,
        }
    }

    pub(super) fn kept(self) -> Kept {
        let voice = self.voice.as_ref().and_then(VoiceJson::voice);
        Kept {
            attachment: Attachment {
                id: self.id,
                kind: self.kind,
                name: self.name,
                media_type: self.media_type,
                size: self.size.into(),
                width: self.width.map(i64::from),
                height: self.height.map(i64::from),
                blurhash: self.blurhash,
                duration_ms: voice.as_ref().map(|voice| voice.duration_ms),
                waveform: voice.map(|voice| voice.waveform),
                thumbnail: self.thumbnail_type.is_some(),
            },
            owner: self.owner_id,
            folder: self.folder,
            thumbnail_type: self.thumbnail_type,
        }
    }
}

impl AttachmentStore for Database {
    fn attachment(&self, id: AttachmentId) -> Stored<Option<Kept>> {
        self.read_one(|connection| find(connection, id))
    }

    fn readable_attachments(
        &self,
        user: UserId,
        ids: &[AttachmentId],
    ) -> Stored<Vec<(AttachmentId, bool)>> {
        self.read_one(|connection| {
            let found: Vec<(AttachmentId, Option<String>)> = messages::table
                .inner_join(attachments::table)
                .inner_join(
                    memberships::table
                        .on(memberships::conversation_id.eq(messages::conversation_id)),
                )
                .filter(attachments::id.eq_any(ids))
                .filter(memberships::user_id.eq(user))
                .filter(messages::seq.ge(memberships::first_seq))
                .filter(inside())
                .filter(not_hidden(user))
                .order(attachments::id)
                .select((attachments::id, attachments::thumbnail_type))
                .distinct()
                .load(connection)?;
            let shown = |(id, small): (AttachmentId, Option<String>)| (id, small.is_some());
            Ok(found.into_iter().map(shown).collect())
        })
    }

    fn messages_with_attachments(
        &self,
        conversation: ConversationId,
        user: UserId,
        kinds: &[Kind],
        before: Option<i64>,
        limit: i64,
    ) -> Stored<Result<Vec<Message>, Refused>> {
        self.read(|connection| {
            let Some((kind, member)) = standing(connection, conversation, user)? else {
                return Ok(Err(Denied::NotFound.into()));
            };
            let standing = Standing::from((member.state, member.role));
            if let Err(denied) = Act::Read.check(kind, standing) {
                return Ok(Err(denied.into()));
            }
            let rows: Vec<MessageRow> = messages::table
                .inner_join(attachments::table)
                .filter(messages::conversation_id.eq(conversation))
                .filter(messages::seq.ge(member.first_seq))
                .filter(messages::seq.lt(before.unwrap_or(i64::MAX)))
                .filter(attachments::kind.eq_any(kinds))
                .filter(not_hidden(user))
                .order(messages::seq.desc())
                .limit(limit)
                .select(MessageRow::as_select())
                .load(connection)?;
            let mut found: Vec<Message> = rows.into_iter().map(Message::from).collect();
            complete(connection, user, found.iter_mut())?;
            Ok(Ok(found))
        })
    }
}

pub(super) fn find(connection: &mut AnyConnection, id: AttachmentId) -> Answer<Option<Kept>> {
    let row: Option<AttachmentRow> = attachments::table
        .find(id)
        .select(AttachmentRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(AttachmentRow::kept))
}

/// Those of `ids` that there are, and whose they are.
pub(super) fn named(
    connection: &mut AnyConnection,
    ids: &[AttachmentId],
) -> Answer<HashMap<AttachmentId, (UserId, Attachment)>> {
    let rows: Vec<AttachmentRow> = attachments::table
        .filter(attachments::id.eq_any(ids))
        .select(AttachmentRow::as_select())
        .load(connection)?;
    let keyed = |row: AttachmentRow| (row.id, (row.owner_id, row.kept().attachment));
    Ok(rows.into_iter().map(keyed).collect())
}

/// Adds to messages what they carry.
pub(super) fn attach(connection: &mut AnyConnection, messages: &mut [&mut Message]) -> Answer<()> {
    let there = messages.iter().filter(|message| !message.deleted);
    let ids: Vec<MessageId> = there.map(|message| message.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(MessageId, AttachmentRow)> = messages::table
        .inner_join(attachments::table)
        .filter(messages::id.eq_any(ids))
        .select((messages::id, AttachmentRow::as_select()))
        .load(connection)?;
    let keyed = |(id, row): (MessageId, AttachmentRow)| (id, row.kept().attachment);
    let mut carried: HashMap<MessageId, Attachment> = rows.into_iter().map(keyed).collect();
    for message in messages {
        message.attachment = carried.remove(&message.id);
    }
    Ok(())
}

/// A message does not carry an attachment any more: it goes with the last one that did, and its bytes
/// at once. While others carry what its owner has deleted, it counts for one of them.
pub(super) fn release(
    connection: &mut AnyConnection,
    id: AttachmentId,
    now: Timestamp,
) -> Answer<()> {
    // Of two messages that let go of it at once, the second one sees what the first one did.
    let owner: Option<UserId> = diesel::update(attachments::table.find(id))
        .set(attachments::size.eq(attachments::size))
        .returning(attachments::owner_id)
        .get_result(connection)
        .optional()?;
    let Some(owner) = owner else {
        return Ok(());
    };
    let carrier: Option<UserId> = messages::table
        .filter(messages::attachment_id.eq(id))
        // Its owner, while one of their messages has it.
        .order(messages::sender_id.ne(owner))
        .select(messages::sender_id)
        .first(connection)
        .optional()?;
    if let Some(carrier) = carrier {
        diesel::update(attachments::table.find(id))
            .set(attachments::owner_id.eq(carrier))
            .execute(connection)?;
        return Ok(());
    }
    let (folder, owner, size): (FolderId, UserId, i32) =
        diesel::delete(attachments::table.find(id))
            .returning((
                attachments::folder,
                attachments::owner_id,
                attachments::size,
            ))
            .get_result(connection)?;
    diesel::delete(uploads::table.find(id)).execute(connection)?;
    remove_from(connection, &[Removal::new(folder, owner, size.into(), now)])
}

#[derive(Insertable)]
#[diesel(table_name = blob_removals, treat_none_as_default_value = false)]
struct RemovalRow {
    folder: FolderId,
    due_at: Timestamp,
    owner_id: Option<UserId>,
    bytes: i32,
}

/// Has folders removed, whatever was said before.
pub(super) fn remove_from(connection: &mut AnyConnection, removals: &[Removal]) -> Answer<()> {
    let folders: Vec<FolderId> = removals.iter().map(|removal| removal.folder).collect();
    diesel::delete(blob_removals::table.filter(blob_removals::folder.eq_any(folders)))
        .execute(connection)?;
    let row = |removal: &Removal| RemovalRow {
        folder: removal.folder,
        due_at: removal.due_at,
        owner_id: Some(removal.owner),
        bytes: stored_size(removal.bytes),
    };
    let rows: Vec<RemovalRow> = removals.iter().map(row).collect();
    on_either!(connection, |connection| diesel::insert_into(
        blob_removals::table
    )
    .values(&rows)
    .execute(connection))?;
    Ok(())
}
