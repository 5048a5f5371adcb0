//! [`UploadStore`].

use std::collections::BTreeMap;

use diesel::{
    ExpressionMethods as _, IntoSql as _, NullableExpressionMethods as _, OptionalExtension as _,
    QueryDsl as _, RunQueryDsl as _, SelectableHelper as _,
    dsl::{case_when, count_star, exists, not, sum},
    prelude::{Insertable, Queryable, Selectable},
    sql_types::Integer,
};

use super::{
    Answer, Database,
    attachments::{AttachmentRow, find, remove_from, stored_size},
    connection::AnyConnection,
    corrupt, log,
    schema::{attachments, blob_removals, messages, pictures, uploads},
    values::VoiceJson,
};
use crate::{
    application::ports::{
        Begun, Cancelled, DueFolder, Kept, NewUpload, Removal, Stored, UploadStore,
    },
    domain::{
        attachment::FileName,
        event::Topic,
        ids::{AttachmentId, ClientId, FolderId, UserId},
        time::Timestamp,
        upload::{FILE_MIN_BYTES, Upload, UploadDenied, charged_bytes, put_off_s, stored_bytes},
    },
};

/// Longer than any request that is writing a part when its upload is forgotten.
pub(super) const WRITTEN_WITHIN_S: i64 = 180;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = uploads, treat_none_as_default_value = false)]
struct UploadRow {
    id: AttachmentId,
    owner_id: UserId,
    client_upload_id: ClientId,
    name: FileName,
    claimed_type: String,
    size: i32,
    voice: Option<VoiceJson>,
    received: i32,
    expires_at: Timestamp,
}

impl From<UploadRow> for Upload {
    fn from(row: UploadRow) -> Self {
        Self {
            id: row.id,
            owner: row.owner_id,
            client_upload_id: row.client_upload_id,
            name: row.name,
            claimed_type: row.claimed_type,
            size: row.size.into(),
            voice: row.voice.as_ref().and_then(VoiceJson::voice),
            received: row.received.into(),
            expires_at: row.expires_at,
        }
    }
}

impl UploadStore for Database {
    fn begin_upload(&self, new: &NewUpload) -> Stored<Result<Begun, UploadDenied>> {
        self.write(|connection| begin(connection, new))
    }

    fn upload(&self, owner: UserId, id: AttachmentId) -> Stored<Option<Upload>> {
        self.read_one(|connection| {
            let row: Option<UploadRow> = uploads::table
                .filter(uploads::id.eq(id))
                .filter(uploads::owner_id.eq(owner))
                .select(UploadRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(Upload::from))
        })
    }

    fn move_upload(
        &self,
        id: AttachmentId,
        from: i64,
        to: i64,
        expires_at: Timestamp,
    ) -> Stored<Option<i64>> {
        self.write(|connection| {
            let is_next = uploads::received.eq(stored_size(from));
            diesel::update(uploads::table.find(id).filter(is_next))
                .set((
                    uploads::received.eq(stored_size(to)),
                    uploads::expires_at.eq(expires_at),
                ))
                .execute(connection)?;
            let received: Option<i32> = uploads::table
                .find(id)
                .select(uploads::received)
                .first(connection)
                .optional()?;
            Ok(received.map(i64::from))
        })
    }

    fn cancel_upload(&self, owner: UserId, id: AttachmentId, now: Timestamp) -> Stored<Cancelled> {
        self.write(|connection| {
            let is_there: Option<AttachmentId> = uploads::table
                .filter(uploads::id.eq(id))
                .filter(uploads::owner_id.eq(owner))
                .select(uploads::id)
                .first(connection)
                .optional()?;
            if is_there.is_none() {
                return Ok(Cancelled::NotThere);
            }
            if is_carried(connection, id)? {
                return Ok(Cancelled::Sent);
            }
            forget(connection, &[id], now)?;
            Ok(Cancelled::Gone)
        })
    }

    fn reserve_folder(&self, removal: &Removal) -> Stored<()> {
        self.write(|connection| remove_from(connection, &[*removal]))
    }

    fn complete_upload(
        &self,
        kept: &Kept,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Option<Kept>> {
        self.write(|connection| complete(connection, kept, now, expires_at))
    }

    fn expire_uploads(&self, now: Timestamp, limit: i64) -> Stored<usize> {
        let expired = |connection: &mut AnyConnection| -> Answer<Vec<AttachmentId>> {
            uploads::table
                .filter(uploads::expires_at.lt(now))
                .order(uploads::expires_at)
                .limit(limit)
                .select(uploads::id)
                .load(connection)
        };
        // Most of the time there is nothing, and reading keeps no writer out.
        if self.read_one(expired)?.is_empty() {
            return Ok(0);
        }
        self.write(|connection| {
            let ids = expired(connection)?;
            let is_carried =
                exists(messages::table.filter(messages::attachment_id.eq(uploads::id.nullable())));
            let carried: Vec<AttachmentId> = uploads::table
                .filter(uploads::id.eq_any(&ids))
                .filter(is_carried)
                .select(uploads::id)
                .load(connection)?;
            let (sent, unsent): (Vec<_>, Vec<_>) =
                ids.iter().copied().partition(|id| carried.contains(id));
            diesel::delete(uploads::table.filter(uploads::id.eq_any(sent))).execute(connection)?;
            forget(connection, &unsent, now)?;
            Ok(ids.len())
        })
    }

    fn due_folders(&self, now: Timestamp, limit: i64) -> Stored<Vec<DueFolder>> {
        self.read_one(|connection| {
            let rows: Vec<(FolderId, i32)> = blob_removals::table
                .filter(blob_removals::due_at.le(now))
                .order(blob_removals::due_at)
                .limit(limit)
                .select((blob_removals::folder, blob_removals::failures))
                .load(connection)?;
            let due = |(folder, failures): (FolderId, i32)| DueFolder {
                folder,
                failures: failures.into(),
            };
            Ok(rows.into_iter().map(due).collect())
        })
    }

    fn put_off_folders(&self, folders: &[DueFolder], now: Timestamp) -> Stored<()> {
        if folders.is_empty() {
            return Ok(());
        }
        // Those that are put off for the same time in one statement: there are few such times.
        let mut by_time: BTreeMap<i64, Vec<FolderId>> = BTreeMap::new();
        for due in folders {
            let later = by_time.entry(put_off_s(due.failures)).or_default();
            later.push(due.folder);
        }
        self.write(|connection| {
            for (seconds, folders) in &by_time {
                let named = blob_removals::folder.eq_any(folders);
                diesel::update(blob_removals::table.filter(named))
                    .set((
                        blob_removals::due_at.eq(now.plus_seconds(*seconds)),
                        blob_removals::failures.eq(blob_removals::failures + 1),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn forget_folders(&self, folders: &[FolderId]) -> Stored<()> {
        if folders.is_empty() {
            return Ok(());
        }
        self.write(|connection| {
            let named = blob_removals::folder.eq_any(folders);
            diesel::delete(blob_removals::table.filter(named)).execute(connection)?;
            Ok(())
        })
    }
}

fn begin(connection: &mut AnyConnection, new: &NewUpload) -> Answer<Result<Begun, UploadDenied>> {
    // One after the other, so that what somebody may have is counted right.
    log::lock(connection, &[Topic::User(new.owner)])?;
    let before: Option<UploadRow> = uploads::table
        .filter(uploads::owner_id.eq(new.owner))
        .filter(uploads::client_upload_id.eq(new.client_upload_id))
        .select(UploadRow::as_select())
        .first(connection)
        .optional()?;
    if let Some(before) = before {
        return Ok(Ok(Begun {
            upload: before.into(),
            is_new: false,
        }));
    }
    let is_made = || exists(attachments::table.filter(attachments::id.eq(uploads::id)));
    let open = || {
        uploads::table
            .filter(uploads::owner_id.eq(new.owner))
            .filter(not(is_made()))
    };
    let count: i64 = open().select(count_star()).first(connection)?;
    if count >= new.open_max {
        let open_max = new.open_max;
        return Ok(Err(UploadDenied::TooManyOpen { open_max }));
    }
    // As `charged_bytes` counts.
    let least = stored_size(FILE_MIN_BYTES).into_sql::<Integer>();
    let coming: Option<i64> = open()
        .select(sum(
            case_when(uploads::size.lt(least), least).otherwise(uploads::size)
        ))
        .first(connection)?;
    let kept: Option<i64> = attachments::table
        .filter(attachments::owner_id.eq(new.owner))
        .select(sum(
            case_when(attachments::size.lt(least), least).otherwise(attachments::size)
        ))
        .first(connection)?;
    let given_up: Option<i64> = blob_removals::table
        .filter(blob_removals::owner_id.eq(new.owner))
        .select(sum(blob_removals::bytes))
        .first(connection)?;
    let shown: Option<i64> = pictures::table
        .filter(pictures::owner_id.eq(new.owner))
        .select(sum(
            case_when(pictures::bytes.lt(least), least).otherwise(pictures::bytes)
        ))
        .first(connection)?;
    let has: i64 = [coming, kept, given_up, shown].into_iter().flatten().sum();
    if has + charged_bytes(new.size) > new.quota_bytes {
        let quota_bytes = new.quota_bytes;
        return Ok(Err(UploadDenied::QuotaExceeded { quota_bytes }));
    }
    let row = UploadRow {
        id: new.id,
        owner_id: new.owner,
        client_upload_id: new.client_upload_id,
        name: new.name.clone(),
        claimed_type: new.claimed_type.clone(),
        size: stored_size(new.size),
        voice: VoiceJson::of(new.voice.as_ref()),
        received: 0,
        expires_at: new.expires_at,
    };
    diesel::insert_into(uploads::table)
        .values(&row)
        .execute(connection)?;
    Ok(Ok(Begun {
        upload: row.into(),
        is_new: true,
    }))
}

fn complete(
    connection: &mut AnyConnection,
    kept: &Kept,
    now: Timestamp,
    expires_at: Timestamp,
) -> Answer<Option<Kept>> {
    let id = kept.attachment.id;
    // Whoever completes, cancels or forgets it waits here for the others.
    let upload_bytes: Option<i32> = diesel::update(uploads::table.find(id))
        .set(uploads::expires_at.eq(expires_at))
        .returning(uploads::size)
        .get_result(connection)
        .optional()?;
    let Some(upload_bytes) = upload_bytes else {
        remove_own(connection, kept, now)?;
        return Ok(None);
    };
    if let Some(before) = find(connection, id)? {
        if before.folder != kept.folder {
            remove_own(connection, kept, now)?;
        }
        return Ok(Some(before));
    }
    diesel::insert_into(attachments::table)
        .values(&AttachmentRow::of(kept, now))
        .execute(connection)?;
    let parts = FolderId::new(*id.as_uuid());
    if kept.folder != parts {
        remove_from(
            connection,
            &[Removal::new(
                parts,
                kept.owner,
                upload_bytes.into(),
                // Another replica may be reading them.
                now.plus_seconds(WRITTEN_WITHIN_S),
            )],
        )?;
        diesel::delete(blob_removals::table.find(kept.folder)).execute(connection)?;
    }
    let made = find(connection, id)?;
    made.ok_or_else(|| corrupt("attachment")).map(Some)
}

/// What this replica has made is not needed. Parts are no replica's own.
fn remove_own(connection: &mut AnyConnection, kept: &Kept, now: Timestamp) -> Answer<()> {
    if kept.folder.as_uuid() == kept.attachment.id.as_uuid() {
        return Ok(());
    }
    remove_from(connection, &[kept.removal(now)])
}

pub(super) fn is_carried(connection: &mut AnyConnection, id: AttachmentId) -> Answer<bool> {
    diesel::select(exists(
        messages::table.filter(messages::attachment_id.eq(id)),
    ))
    .get_result(connection)
}

/// Forgets uploads and what was made of them; no message carries any of it.
fn forget(connection: &mut AnyConnection, ids: &[AttachmentId], now: Timestamp) -> Answer<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let due_at = now.plus_seconds(WRITTEN_WITHIN_S);
    // First, so that what is being made of one of them at this moment is seen below.
    let uploads: Vec<(AttachmentId, UserId, i32, i32)> =
        diesel::delete(uploads::table.filter(uploads::id.eq_any(ids)))
            .returning((
                uploads::id,
                uploads::owner_id,
                uploads::size,
                uploads::received,
            ))
            .get_results(connection)?;
    let made: Vec<(FolderId, UserId, i32)> =
        diesel::delete(attachments::table.filter(attachments::id.eq_any(ids)))
            .returning((
                attachments::folder,
                attachments::owner_id,
                attachments::size,
            ))
            .get_results(connection)?;
    let parts = uploads.into_iter().map(|(id, owner, size, received)| {
        let bytes = stored_bytes(size.into(), received.into());
        Removal::new(FolderId::new(*id.as_uuid()), owner, bytes, due_at)
    });
    let made = made
        .into_iter()
        .map(|(folder, owner, size)| Removal::new(folder, owner, size.into(), due_at));
    // What is no picture has the folder of its parts.
    let removals: BTreeMap<FolderId, Removal> = parts
        .chain(made)
        .map(|removal| (removal.folder, removal))
        .collect();
    let removals: Vec<Removal> = removals.into_values().collect();
    remove_from(connection, &removals)
}
