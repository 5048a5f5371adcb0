//! What people and groups show of themselves, and their pictures.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::Error,
    ports::{
        BlobName, BlobStore, Clock, EventPublisher, IdGenerator, InfoChange, MediaReader,
        NewPicture, PictureOf, PictureSource, ProfileChange, ProfileStore, UploadStore,
        picture_folder,
    },
    uploads::completion::{HEAD_BYTES, MADE_WITHIN_S, read_whole},
};
use crate::domain::{
    account::DisplayName,
    attachment::Content,
    conversation::Title,
    ids::{AttachmentId, ConversationId, PictureId, UserId},
    profile::{About, Description, PictureDenied, PictureSize, Profile},
};

/// More than any picture of [`PictureSize::Large`] has.
const PICTURE_MAX_BYTES: u64 = 4 * 1024 * 1024;

const NO_USER: Error = Error::NotFound("user");
const NO_PICTURE: Error = Error::NotFound("picture");

/// The use cases.
pub struct Profiles {
    /// What people and groups show.
    pub profiles: Arc<dyn ProfileStore>,
    /// Knows folders before something is written into them.
    pub uploads: Arc<dyn UploadStore>,
    /// The bytes of pictures, and of what they are made of.
    pub blobs: Arc<dyn BlobStore>,
    /// Makes pictures.
    pub reader: Arc<dyn MediaReader>,
    /// Tells the hub.
    pub publisher: Arc<dyn EventPublisher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn IdGenerator>,
}

impl Profiles {
    /// What a person shows.
    ///
    /// # Errors
    /// [`Error::NotFound`], also where they do not show it to who asks.
    pub fn show(&self, asker: UserId, user: UserId) -> Result<Profile, Error> {
        self.profiles.profile(user, asker)?.ok_or(NO_USER)
    }

    /// Changes what a person shows; what is nothing stays as it is.
    ///
    /// # Errors
    /// [`Error::Account`].
    pub fn change(
        &self,
        user: UserId,
        display_name: Option<&str>,
        about: Option<&str>,
    ) -> Result<Profile, Error> {
        let change = ProfileChange {
            user,
            display_name: display_name.map(DisplayName::parse).transpose()?,
            about: about.map(About::parse).transpose()?,
            now: self.clock.now(),
        };
        let events = self.profiles.change_profile(&change)?.map_err(refused)?;
        self.publisher.publish(events);
        self.show(user, user)
    }

    /// Changes title and description of a group; what is nothing stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Conversation`].
    pub fn change_info(
        &self,
        by: UserId,
        conversation: ConversationId,
        title: Option<&str>,
        description: Option<&str>,
    ) -> Result<(), Error> {
        let change = InfoChange {
            conversation,
            by,
            title: title.map(Title::parse).transpose()?,
            description: description.map(Description::parse).transpose()?,
            now: self.clock.now(),
        };
        let events = self.profiles.change_info(&change)?.map_err(refused)?;
        self.publisher.publish(events);
        Ok(())
    }

    /// Makes a picture of somebody's file and shows it in place of the one before; the file is gone
    /// then. A repeat changes nothing. Takes a while.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::NoAttachment`], [`Error::Picture`],
    /// [`Error::Upload`] for what cannot be read as a picture.
    pub fn set_picture(&self, of: PictureOf, attachment: AttachmentId) -> Result<(), Error> {
        let source = self.profiles.picture_source(of, attachment)?;
        let PictureSource::File { folder, size } = source.map_err(refused)? else {
            return Ok(());
        };
        let bytes = read_whole(&*self.blobs, folder, size);
        let made = bytes.and_then(|bytes| self.make(of, attachment, &bytes));
        // Another replica may have been faster with the same request, and have removed the file.
        if made.is_err()
            && let Ok(PictureSource::Made) = self.profiles.picture_source(of, attachment)?
        {
            return Ok(());
        }
        let events = self.profiles.set_picture(&made?)?.map_err(refused)?;
        self.publisher.publish(events);
        Ok(())
    }

    fn make(
        &self,
        of: PictureOf,
        made_of: AttachmentId,
        bytes: &[u8],
    ) -> Result<NewPicture, Error> {
        let head_bytes = usize::try_from(HEAD_BYTES).unwrap_or(usize::MAX);
        let head = &bytes[..bytes.len().min(head_bytes)];
        let Content::Picture(format) = self.reader.sniff(head) else {
            return Err(PictureDenied::NotAPicture.into());
        };
        let portrait = self.reader.portrait(format, bytes)?;
        let size = portrait.large.len() + portrait.small.len();
        let new = NewPicture {
            id: PictureId::new(self.ids.random()),
            of,
            made_of,
            bytes: i64::try_from(size).unwrap_or(i64::MAX),
            now: self.clock.now(),
        };
        let removed_at = new.now.plus_seconds(MADE_WITHIN_S);
        self.uploads.reserve_folder(&new.removal(removed_at))?;
        for (size, bytes) in [
            (PictureSize::Large, portrait.large),
            (PictureSize::Small, portrait.small),
        ] {
            let folder = picture_folder(new.id);
            self.blobs.put_blob(folder, blob_of(size), bytes)?;
        }
        Ok(new)
    }

    /// Shows no picture any more.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn remove_picture(&self, of: PictureOf) -> Result<(), Error> {
        let removed = self.profiles.remove_picture(of, self.clock.now())?;
        self.publisher.publish(removed.map_err(refused)?);
        Ok(())
    }

    /// The bytes of a picture: a JPEG.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody shows it any more.
    pub fn picture(&self, id: PictureId, size: PictureSize) -> Result<Vec<u8>, Error> {
        if !self.profiles.has_picture(id)? {
            return Err(NO_PICTURE);
        }
        let folder = picture_folder(id);
        let bytes = self
            .blobs
            .blob(folder, blob_of(size), 0..PICTURE_MAX_BYTES)?;
        bytes.ok_or(NO_PICTURE)
    }
}

/// Under which name a size is kept.
fn blob_of(size: PictureSize) -> BlobName {
    match size {
        PictureSize::Large => BlobName::Piece(0),
        PictureSize::Small => BlobName::Thumbnail,
    }
}
