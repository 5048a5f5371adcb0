//! Files that people send: what is known of them, their bytes, and what is made of them.

use std::ops::Range;

use super::{Refused, Stored};
use crate::domain::{
    attachment::{Attachment, Content, FileName, Kind, PictureFormat, Variant, Voice},
    ids::{AttachmentId, ClientId, ConversationId, FolderId, UserId},
    message::Message,
    time::Timestamp,
    upload::{Upload, UploadDenied, charged_bytes},
};

/// A file that somebody wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpload {
    /// Which, if it is new.
    pub id: AttachmentId,
    /// By whom.
    pub owner: UserId,
    /// What their client calls it.
    pub client_upload_id: ClientId,
    /// What the file is called.
    pub name: FileName,
    /// What the client says that it is.
    pub claimed_type: String,
    /// In bytes.
    pub size: i64,
    /// What the recorder of a voice note has measured.
    pub voice: Option<Voice>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
    /// Bytes that all files of one person have at most.
    pub quota_bytes: i64,
    /// Files that one person sends at a time at most.
    pub open_max: i64,
}

/// An upload that was begun now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// As it is.
    pub upload: Upload,
    /// It was begun now.
    pub is_new: bool,
}

/// An attachment with what serving it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What people are shown.
    pub attachment: Attachment,
    /// Whose it is.
    pub owner: UserId,
    /// Where its bytes are.
    pub folder: FolderId,
    /// The type of the small picture, if there is one.
    pub thumbnail_type: Option<String>,
}

impl Kept {
    /// The removal of what it has in the blob store.
    #[must_use]
    pub fn removal(&self, due_at: Timestamp) -> Removal {
        Removal::new(self.folder, self.owner, self.attachment.size, due_at)
    }
}

/// What becomes of a request to forget an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It is gone, with what was made of it.
    Gone,
    /// There is none.
    NotThere,
    /// A message has it.
    Sent,
}

/// A folder of the blob store that is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Which folder.
    pub folder: FolderId,
    /// In whose quota it counts until then.
    pub owner: UserId,
    /// What it counts as.
    pub bytes: i64,
    /// From when on.
    pub due_at: Timestamp,
}

impl Removal {
    /// The removal of a file of so many bytes.
    #[must_use]
    pub fn new(folder: FolderId, owner: UserId, bytes: i64, due_at: Timestamp) -> Self {
        Self {
            folder,
            owner,
            bytes: charged_bytes(bytes),
            due_at,
        }
    }
}

/// A folder that is to be removed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueFolder {
    /// Which.
    pub folder: FolderId,
    /// How often removing it has failed.
    pub failures: i64,
}

/// Uploads, and what becomes of them. What somebody has given up counts in their quota until its folder
/// was removed. A folder of the blob store is known here before anything is
/// written into it.
pub trait UploadStore: Send + Sync {
    /// Begins an upload, or gives the one of that name.
    fn begin_upload(&self, new: &NewUpload) -> Stored<Result<Begun, UploadDenied>>;
    /// Somebody's upload.
    fn upload(&self, owner: UserId, id: AttachmentId) -> Stored<Option<Upload>>;
    /// A part has been stored: moves an upload from one offset to the next, unless it has moved on
    /// already. Returns where it is then; nothing when it is gone.
    fn move_upload(
        &self,
        id: AttachmentId,
        from: i64,
        to: i64,
        expires_at: Timestamp,
    ) -> Stored<Option<i64>>;
    /// Forgets somebody's upload and what was made of it, unless a message has it.
    fn cancel_upload(&self, owner: UserId, id: AttachmentId, now: Timestamp) -> Stored<Cancelled>;
    /// Names a folder that is removed at a time, unless an attachment has it by then.
    fn reserve_folder(&self, removal: &Removal) -> Stored<()>;
    /// Makes an attachment of an upload, which waits until a time for its message. The first one counts,
    /// whichever replica makes it: returns that one; nothing when the upload is gone. What is not needed
    /// any more is due to be removed.
    fn complete_upload(
        &self,
        kept: &Kept,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Stored<Option<Kept>>;
    /// Forgets uploads that have expired, `limit` at most, and what was made of them unless a message
    /// has it. Returns how many.
    fn expire_uploads(&self, now: Timestamp, limit: i64) -> Stored<usize>;
    /// Folders that are to be removed by now, `limit` at most.
    fn due_folders(&self, now: Timestamp, limit: i64) -> Stored<Vec<DueFolder>>;
    /// Folders could not be removed: each is due later, the later the more often that was so.
    fn put_off_folders(&self, folders: &[DueFolder], now: Timestamp) -> Stored<()>;
    /// Folders were removed.
    fn forget_folders(&self, folders: &[FolderId]) -> Stored<()>;
}

/// Attachments, and who may load them.
pub trait AttachmentStore: Send + Sync {
    /// One of them.
    fn attachment(&self, id: AttachmentId) -> Stored<Option<Kept>>;
    /// Those of `ids` that are in a message that a user may read, and whether there is a small picture.
    fn readable_attachments(
        &self,
        user: UserId,
        ids: &[AttachmentId],
    ) -> Stored<Vec<(AttachmentId, bool)>>;
    /// Messages of a conversation that carry something of these kinds and that a member may read, the
    /// newest first, those before a place.
    fn messages_with_attachments(
        &self,
        conversation: ConversationId,
        user: UserId,
        kinds: &[Kind],
        before: Option<i64>,
        limit: i64,
    ) -> Stored<Result<Vec<Message>, Refused>>;
}

/// What a folder of the blob store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobName {
    /// A piece of a content, by its place: 0, 1, 2 …
    Piece(i64),
    /// The small picture.
    Thumbnail,
}

/// Bytes in folders. What is there is never changed: it is written once and removed with its folder.
pub trait BlobStore: Send + Sync {
    /// Writes a blob; false when it is there already, and stays as it is. When this returns, it
    /// survives a power cut.
    fn put_blob(&self, folder: FolderId, name: BlobName, bytes: Vec<u8>) -> Stored<bool>;
    /// A part of a blob, as much of the range as there is; nothing when there is no such blob.
    fn blob(&self, folder: FolderId, name: BlobName, range: Range<u64>) -> Stored<Option<Vec<u8>>>;
    /// Removes a folder with all that it has; one that is not there is gone.
    fn remove_folder(&self, folder: FolderId) -> Stored<()>;
}

/// A picture that was made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The picture, without anything else that came with it.
    pub bytes: Vec<u8>,
    /// Its type.
    pub media_type: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Its colours until it is there.
    pub blurhash: String,
    /// A small one.
    pub thumbnail: Vec<u8>,
    /// The small one's type.
    pub thumbnail_type: &'static str,
}

/// A picture of a person or a group: the middle of another one, as a square without transparency, without
/// anything else that came with it. JPEG in both sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// See [`PictureSize::Large`](crate::domain::profile::PictureSize::Large).
    pub large: Vec<u8>,
    /// See [`PictureSize::Small`](crate::domain::profile::PictureSize::Small).
    pub small: Vec<u8>,
}

/// Looks into files.
pub trait MediaReader: Send + Sync {
    /// What a file is, by its first bytes.
    fn sniff(&self, head: &[u8]) -> Content;
    /// Makes a picture anew. Takes a while and some memory, both bounded.
    ///
    /// # Errors
    /// [`UploadDenied::PictureTooLarge`], [`UploadDenied::PictureBroken`].
    fn picture(&self, format: PictureFormat, bytes: &[u8]) -> Result<Picture, UploadDenied>;
    /// Makes a picture of a person or a group. Takes a while and some memory, both bounded.
    ///
    /// # Errors
    /// [`UploadDenied::PictureTooLarge`], [`UploadDenied::PictureBroken`].
    fn portrait(&self, format: PictureFormat, bytes: &[u8]) -> Result<Portrait, UploadDenied>;
}

/// What a link names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which attachment.
    pub id: AttachmentId,
    /// Which form of it.
    pub variant: Variant,
    /// Seconds since 1970 until when it is good.
    pub expires_s: i64,
}

/// Signs links, so that who has one needs nothing else.
pub trait LinkSigner: Send + Sync {
    /// A signature that all replicas know.
    fn sign_link(&self, link: Link) -> String;
    /// Whether it was made by this.
    fn is_signed(&self, link: Link, signature: &str) -> bool;
}
