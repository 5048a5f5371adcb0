//! Pictures of people and groups: whose they are, what they were made of, and what becomes of those
//! that are replaced.

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    SelectableHelper as _,
    dsl::exists,
    prelude::{Insertable, Queryable, Selectable},
};

use super::{
    Answer,
    attachments::{self, remove_from, stored_size},
    connection::AnyConnection,
    group_info, members, profiles,
    schema::{attachments as files, blob_removals, conversations, pictures, uploads, users},
    uploads::{WRITTEN_WITHIN_S, is_carried},
};
use crate::{
    application::ports::{
        Changed, Kept, NewPicture, PictureOf, PictureSource, Refused, Removal, picture_folder,
    },
    domain::{
        attachment::Kind,
        event::{Effects, Event, LoggedEvent},
        ids::{AttachmentId, ConversationId, PictureId, UserId},
        profile::{PictureDenied, Profile},
        time::Timestamp,
    },
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = pictures, treat_none_as_default_value = false)]
struct PictureRow {
    id: PictureId,
    owner_id: UserId,
    made_of: AttachmentId,
    bytes: i32,
}

pub(super) fn is_there(connection: &mut AnyConnection, id: PictureId) -> Answer<bool> {
    diesel::select(exists(pictures::table.find(id))).get_result(connection)
}

fn find(connection: &mut AnyConnection, id: Option<PictureId>) -> Answer<Option<PictureRow>> {
    let Some(id) = id else { return Ok(None) };
    pictures::table
        .find(id)
        .select(PictureRow::as_select())
        .first(connection)
        .optional()
}

/// The picture that somebody or something has.
fn current(connection: &mut AnyConnection, of: PictureOf) -> Answer<Option<PictureRow>> {
    let id: Option<Option<PictureId>> = match of {
        PictureOf::User(user) => users::table
            .find(user)
            .select(users::picture_id)
            .first(connection)
            .optional()?,
        PictureOf::Group { conversation, .. } => conversations::table
            .find(conversation)
            .select(conversations::picture_id)
            .first(connection)
            .optional()?,
    };
    find(connection, id.flatten())
}

/// Removes the picture of a person who shows none from now on.
pub(super) fn drop_of_person(
    connection: &mut AnyConnection,
    user: UserId,
    now: Timestamp,
) -> Answer<()> {
    let before = current(connection, PictureOf::User(user))?;
    diesel::update(users::table.find(user))
        .set(users::picture_id.eq(None::<PictureId>))
        .execute(connection)?;
    let removals: Vec<Removal> = drop_row(connection, before, now)?.into_iter().collect();
    remove_from(connection, &removals)
}

/// What a picture would be made of, if it may be made.
pub(super) fn source(
    connection: &mut AnyConnection,
    of: PictureOf,
    attachment: AttachmentId,
) -> Answer<Result<PictureSource, Refused>> {
    if let PictureOf::Group { conversation, by } = of
        && let Err(refused) = group_info::check(connection, conversation, by)?
    {
        return Ok(Err(refused));
    }
    let current = current(connection, of)?;
    if current.is_some_and(|picture| picture.made_of == attachment) {
        return Ok(Ok(PictureSource::Made));
    }
    let file = attachments::find(connection, attachment)?;
    let checked = check(connection, of, file)?;
    Ok(checked.map(|file| PictureSource::File {
        folder: file.folder,
        size: file.attachment.size,
    }))
}

/// Whether a picture may be made of a file.
fn check(
    connection: &mut AnyConnection,
    of: PictureOf,
    file: Option<Kept>,
) -> Answer<Result<Kept, Refused>> {
    let Some(file) = file.filter(|file| file.owner == of.by()) else {
        return Ok(Err(Refused::NoAttachment));
    };
    if file.attachment.kind != Kind::Picture {
        return Ok(Err(PictureDenied::NotAPicture.into()));
    }
    if is_carried(connection, file.attachment.id)? {
        return Ok(Err(PictureDenied::WasSent.into()));
    }
    Ok(Ok(file))
}

/// Whose picture is changed, locked against other changes.
enum Locked {
    /// A person, and who is told.
    User(Profile, Vec<UserId>),
    Group {
        conversation: ConversationId,
        by: UserId,
    },
}

fn lock(connection: &mut AnyConnection, of: PictureOf) -> Answer<Result<Locked, Refused>> {
    match of {
        PictureOf::User(user) => {
            let told = profiles::lock(connection, user)?;
            let profile = profiles::find(connection, user)?.ok_or(Refused::NoUser);
            Ok(profile.map(|profile| Locked::User(profile, told)))
        }
        PictureOf::Group { conversation, by } => {
            let chat = group_info::lock(connection, conversation, by)?;
            Ok(chat.map(|_| Locked::Group { conversation, by }))
        }
    }
}

pub(super) fn set(connection: &mut AnyConnection, new: &NewPicture) -> Answer<Changed> {
    let locked = match lock(connection, new.of)? {
        Ok(locked) => locked,
        Err(refused) => return give_up(connection, new, Err(refused)),
    };
    let before = current(connection, new.of)?;
    if before
        .as_ref()
        .is_some_and(|picture| picture.made_of == new.made_of)
    {
        // Another replica was faster with the same request.
        return give_up(connection, new, Ok(Vec::new()));
    }
    let file = match take_file(connection, new)? {
        Ok(file) => file,
        Err(refused) => return give_up(connection, new, Err(refused)),
    };
    diesel::insert_into(pictures::table)
        .values(PictureRow {
            id: new.id,
            owner_id: new.of.by(),
            made_of: new.made_of,
            bytes: stored_size(new.bytes),
        })
        .execute(connection)?;
    // It is needed now, so it is not removed as something that nobody has finished.
    diesel::delete(blob_removals::table.find(picture_folder(new.id))).execute(connection)?;
    let events = show(connection, locked, Some(new.id), new.now)?;
    // Another replica may be reading the file to make the same picture.
    let mut removals = vec![file.removal(new.now.plus_seconds(WRITTEN_WITHIN_S))];
    removals.extend(drop_row(connection, before, new.now)?);
    remove_from(connection, &removals)?;
    Ok(Ok(events))
}

/// What was written of a picture is not needed.
fn give_up(connection: &mut AnyConnection, new: &NewPicture, answer: Changed) -> Answer<Changed> {
    remove_from(connection, &[new.removal(new.now)])?;
    Ok(answer)
}

/// Takes the file of which a picture was made, unless a message has it by now.
fn take_file(connection: &mut AnyConnection, new: &NewPicture) -> Answer<Result<Kept, Refused>> {
    // In the order of whoever completes or cancels it.
    diesel::update(uploads::table.find(new.made_of))
        .set(uploads::size.eq(uploads::size))
        .execute(connection)?;
    let wanted = files::table.find(new.made_of).select(files::id);
    let _locked: Option<AttachmentId> = match connection {
        // A message that is being posted with it is waited for.
        AnyConnection::Postgres(connection) => wanted.for_update().first(connection).optional()?,
        // The transaction is the only one that writes.
        AnyConnection::Sqlite(connection) => wanted.first(connection).optional()?,
    };
    let file = attachments::find(connection, new.made_of)?;
    let checked = check(connection, new.of, file)?;
    if checked.is_ok() {
        diesel::delete(files::table.find(new.made_of)).execute(connection)?;
        diesel::delete(uploads::table.find(new.made_of)).execute(connection)?;
    }
    Ok(checked)
}

pub(super) fn remove(
    connection: &mut AnyConnection,
    of: PictureOf,
    now: Timestamp,
) -> Answer<Changed> {
    let locked = match lock(connection, of)? {
        Ok(locked) => locked,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(before) = current(connection, of)? else {
        return Ok(Ok(Vec::new()));
    };
    let events = show(connection, locked, None, now)?;
    let removals: Vec<Removal> = drop_row(connection, Some(before), now)?
        .into_iter()
        .collect();
    remove_from(connection, &removals)?;
    Ok(Ok(events))
}

/// Writes down which picture somebody or something shows now, and tells of it.
fn show(
    connection: &mut AnyConnection,
    locked: Locked,
    picture: Option<PictureId>,
    now: Timestamp,
) -> Answer<Vec<LoggedEvent>> {
    match locked {
        Locked::User(mut profile, told) => {
            diesel::update(users::table.find(profile.user.id))
                .set(users::picture_id.eq(picture))
                .execute(connection)?;
            profile.user.picture = picture;
            profiles::tell(connection, &profile, told, now)
        }
        Locked::Group { conversation, by } => {
            diesel::update(conversations::table.find(conversation))
                .set(conversations::picture_id.eq(picture))
                .execute(connection)?;
            let event = Event::ConversationChanged {
                by,
                title: None,
                description: None,
                picture_id: Some(picture),
                disappear_s: None,
            };
            let effects = Effects::default();
            members::append(connection, conversation, event, by, effects, now)
                .map(|event| vec![event])
        }
    }
}

/// A picture that nobody shows any more, and the removal of its bytes.
fn drop_row(
    connection: &mut AnyConnection,
    before: Option<PictureRow>,
    now: Timestamp,
) -> Answer<Option<Removal>> {
    let Some(before) = before else {
        return Ok(None);
    };
    diesel::delete(pictures::table.find(before.id)).execute(connection)?;
    let folder = picture_folder(before.id);
    Ok(Some(Removal::new(
        folder,
        before.owner_id,
        before.bytes.into(),
        now,
    )))
}
