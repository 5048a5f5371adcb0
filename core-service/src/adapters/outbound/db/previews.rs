//! [`PreviewStore`], and what messages show of pages.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _, SelectableHelper as _,
    dsl::exists,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer, Database,
    attachments::{remove_from, stored_size},
    connection::AnyConnection,
    schema::{blob_removals, link_previews, messages},
};
use crate::{
    application::ports::{NewPreview, PreviewStore, Removal, Stored, preview_folder},
    domain::{
        ids::{MessageId, PreviewId, UserId},
        link_preview::{KEPT_S, LinkPreview, PreviewImage},
        message::Message,
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = link_previews, treat_none_as_default_value = false)]
struct PreviewRow {
    id: PreviewId,
    owner_id: UserId,
    url: String,
    title: String,
    description: String,
    site_name: String,
    image_type: Option<String>,
    image_width: Option<i32>,
    image_height: Option<i32>,
    image_bytes: Option<i32>,
    due_at: Option<Timestamp>,
}

impl PreviewRow {
    fn of(new: &NewPreview) -> Self {
        let LinkPreview {
            id,
            url,
            title,
            description,
            site_name,
            image,
        } = new.preview.clone();
        Self {
            id,
            owner_id: new.owner,
            url,
            title,
            description,
            site_name,
            image_type: new.image.map(|(media_type, _)| media_type.to_owned()),
            image_width: image.map(|image| stored_size(image.width)),
            image_height: image.map(|image| stored_size(image.height)),
            image_bytes: new.image.map(|(_, bytes)| stored_size(bytes)),
            due_at: Some(new.now.plus_seconds(KEPT_S)),
        }
    }

    fn preview(self) -> LinkPreview {
        let size = self.image_width.zip(self.image_height);
        LinkPreview {
            id: self.id,
            url: self.url,
            title: self.title,
            description: self.description,
            site_name: self.site_name,
            image: size.map(|(width, height)| PreviewImage {
                width: width.into(),
                height: height.into(),
            }),
        }
    }
}

impl PreviewStore for Database {
    fn keep_preview(&self, new: &NewPreview) -> Stored<()> {
        self.write(|connection| {
            diesel::insert_into(link_previews::table)
                .values(PreviewRow::of(new))
                .execute(connection)?;
            // Its picture is needed now, so it is not removed as something that nobody has finished.
            diesel::delete(blob_removals::table.find(preview_folder(new.preview.id)))
                .execute(connection)?;
            Ok(())
        })
    }

    fn preview_image(&self, id: PreviewId) -> Stored<Option<String>> {
        self.read_one(|connection| {
            let found: Option<Option<String>> = link_previews::table
                .find(id)
                .select(link_previews::image_type)
                .first(connection)
                .optional()?;
            Ok(found.flatten())
        })
    }

    fn expire_previews(&self, now: Timestamp, limit: i64) -> Stored<usize> {
        let expired = |connection: &mut AnyConnection| -> Answer<Vec<PreviewId>> {
            link_previews::table
                .filter(link_previews::due_at.lt(now))
                .order(link_previews::due_at)
                .limit(limit)
                .select(link_previews::id)
                .load(connection)
        };
        // Most of the time there is nothing, and reading keeps no writer out.
        if self.read_one(expired)?.is_empty() {
            return Ok(0);
        }
        self.write(|connection| {
            let ids = expired(connection)?;
            // One that a message has taken meanwhile is not due any more.
            let gone: Vec<Gone> = diesel::delete(
                link_previews::table.filter(
                    link_previews::id
                        .eq_any(ids)
                        .and(link_previews::due_at.lt(now)),
                ),
            )
            .returning(gone())
            .get_results(connection)?;
            let removals: Vec<Removal> =
                gone.iter().filter_map(|gone| removal(*gone, now)).collect();
            remove_from(connection, &removals)?;
            Ok(gone.len())
        })
    }
}

/// A preview that was forgotten, whose it was, and the bytes of its picture.
type Gone = (PreviewId, UserId, Option<i32>);

#[diesel::dsl::auto_type(no_type_alias)]
fn gone() -> _ {
    (
        link_previews::id,
        link_previews::owner_id,
        link_previews::image_bytes,
    )
}

fn removal((id, owner, bytes): Gone, now: Timestamp) -> Option<Removal> {
    let folder = preview_folder(id);
    Some(Removal::new(folder, owner, bytes?.into(), now))
}

/// Those of `ids` that there are, and whose they are, locked until they are in a message: they stay.
pub(super) fn take(
    connection: &mut AnyConnection,
    ids: &[PreviewId],
) -> Answer<HashMap<PreviewId, (UserId, LinkPreview)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = link_previews::table
        .filter(link_previews::id.eq_any(ids))
        // The order in which others lock them.
        .order(link_previews::id);
    let rows: Vec<PreviewRow> = match connection {
        AnyConnection::Postgres(connection) => wanted
            .select(PreviewRow::as_select())
            .for_update()
            .load(connection)?,
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => {
            wanted.select(PreviewRow::as_select()).load(connection)?
        }
    };
    let keyed = |row: PreviewRow| (row.id, (row.owner_id, row.preview()));
    Ok(rows.into_iter().map(keyed).collect())
}

/// Messages have these now.
pub(super) fn keep(connection: &mut AnyConnection, ids: &[PreviewId]) -> Answer<()> {
    if !ids.is_empty() {
        diesel::update(link_previews::table.filter(link_previews::id.eq_any(ids)))
            .set(link_previews::due_at.eq(None::<Timestamp>))
            .execute(connection)?;
    }
    Ok(())
}

/// Adds to messages what they show of pages.
pub(super) fn attach(connection: &mut AnyConnection, messages: &mut [&mut Message]) -> Answer<()> {
    let there = messages.iter().filter(|message| !message.deleted);
    let ids: Vec<MessageId> = there.map(|message| message.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(MessageId, PreviewRow)> = messages::table
        .inner_join(link_previews::table)
        .filter(messages::id.eq_any(ids))
        .select((messages::id, PreviewRow::as_select()))
        .load(connection)?;
    let keyed = |(id, row): (MessageId, PreviewRow)| (id, row.preview());
    let mut shown: HashMap<MessageId, LinkPreview> = rows.into_iter().map(keyed).collect();
    for message in messages {
        message.preview = shown.remove(&message.id);
    }
    Ok(())
}

/// A message does not have a preview any more: it goes with the last one that did, and its picture at once.
pub(super) fn release(connection: &mut AnyConnection, id: PreviewId, now: Timestamp) -> Answer<()> {
    // Of two messages that let go of it at once, the second one sees what the first one did.
    if take(connection, &[id])?.is_empty() {
        return Ok(());
    }
    let is_shown: bool =
        diesel::select(exists(messages::table.filter(messages::preview_id.eq(id))))
            .get_result(connection)?;
    if is_shown {
        return Ok(());
    }
    let gone: Gone = diesel::delete(link_previews::table.find(id))
        .returning(gone())
        .get_result(connection)?;
    let removals: Vec<Removal> = removal(gone, now).into_iter().collect();
    remove_from(connection, &removals)
}
