//! What people and groups show of themselves, and their pictures.

use super::{Changed, Refused, Removal, Stored};
use crate::domain::{
    account::DisplayName,
    conversation::Title,
    ids::{AttachmentId, ConversationId, FolderId, PictureId, UserId},
    profile::{About, Description, Profile},
    time::Timestamp,
};

/// Somebody shows something else of themselves. What is nothing stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileChange {
    /// Who.
    pub user: UserId,
    /// Their new name.
    pub display_name: Option<DisplayName>,
    /// What they say about themselves now.
    pub about: Option<About>,
    /// When.
    pub now: Timestamp,
}

/// A group shows something else of itself. What is nothing stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InfoChange {
    /// Which group.
    pub conversation: ConversationId,
    /// Who acts.
    pub by: UserId,
    /// Its new title.
    pub title: Option<Title>,
    /// Its new description.
    pub description: Option<Description>,
    /// When.
    pub now: Timestamp,
}

/// Whose picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureOf {
    /// A person's, who acts.
    User(UserId),
    /// A group's.
    Group {
        /// Which.
        conversation: ConversationId,
        /// Who acts.
        by: UserId,
    },
}

impl PictureOf {
    /// Who acts.
    #[must_use]
    pub fn by(self) -> UserId {
        match self {
            Self::User(user) => user,
            Self::Group { by, .. } => by,
        }
    }
}

/// A picture whose bytes are in the blob store, to be shown in place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPicture {
    /// Which.
    pub id: PictureId,
    /// Whose.
    pub of: PictureOf,
    /// What it was made of.
    pub made_of: AttachmentId,
    /// Bytes of all its sizes.
    pub bytes: i64,
    /// When.
    pub now: Timestamp,
}

impl NewPicture {
    /// The removal of what it has in the blob store.
    #[must_use]
    pub fn removal(&self, due_at: Timestamp) -> Removal {
        Removal::new(picture_folder(self.id), self.of.by(), self.bytes, due_at)
    }
}

/// Where the bytes of a picture are.
#[must_use]
pub fn picture_folder(id: PictureId) -> FolderId {
    FolderId::new(*id.as_uuid())
}

/// What a picture is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureSource {
    /// The picture that is shown was made of it: nothing is left to do.
    Made,
    /// This file.
    File {
        /// Where its bytes are.
        folder: FolderId,
        /// How many.
        size: i64,
    },
}

/// What people and groups show of themselves.
pub trait ProfileStore: Send + Sync {
    /// What a person shows to somebody; nothing when there is no such person, or not for who asks.
    fn profile(&self, user: UserId, asker: UserId) -> Stored<Option<Profile>>;
    /// Changes what a person shows; these events say so, none when it was so before.
    fn change_profile(&self, change: &ProfileChange) -> Stored<Changed>;
    /// Changes what a group shows; these events say so, none when it was so before.
    fn change_info(&self, change: &InfoChange) -> Stored<Changed>;
    /// What a picture would be made of, where it may be made of that.
    fn picture_source(
        &self,
        of: PictureOf,
        attachment: AttachmentId,
    ) -> Stored<Result<PictureSource, Refused>>;
    /// Shows a picture and drops the file that it was made of. Of several requests with one file, the
    /// first one counts. What is not needed any more, this picture when it is refused, is due to be
    /// removed.
    fn set_picture(&self, new: &NewPicture) -> Stored<Changed>;
    /// Shows no picture any more.
    fn remove_picture(&self, of: PictureOf, now: Timestamp) -> Stored<Changed>;
    /// Whether somebody or something shows this picture.
    fn has_picture(&self, id: PictureId) -> Stored<bool>;
}
