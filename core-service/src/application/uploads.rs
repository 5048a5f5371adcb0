//! How files come: begun, part by part, completed; and what is left of those that nobody needs.

pub(super) mod completion;
pub mod sweep;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::Origin,
    error::Error,
    ports::{
        AttachmentStore, Begun, BlobName, BlobStore, Cancelled, Clock, IdGenerator, MediaReader,
        NewUpload, UploadStore,
    },
};
use crate::domain::{
    attachment::{FileName, Voice},
    ids::{AttachmentId, ClientId, FolderId, UserId},
    upload::{Part, Upload, UploadDenied, claimed_type, piece_at},
};

const NO_UPLOAD: Error = Error::NotFound("upload");

/// What an operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadRules {
    /// Bytes of one file at most.
    pub max_bytes: i64,
    /// Bytes of all files of one person at most.
    pub quota_bytes: i64,
    /// Files that one person sends at a time at most.
    pub open_max: i64,
    /// How long an upload waits for its next part, and what it became for its message.
    pub kept_s: i64,
}

/// What a client says of a file that it wants to send. Nothing of it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What the client calls it.
    pub client_upload_id: ClientId,
    /// What the file is called.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Duration in milliseconds, and waveform, of a voice note.
    pub voice: Option<(i64, Vec<u8>)>,
}

/// The use cases.
pub struct Uploads {
    /// What is known of uploads.
    pub uploads: Arc<dyn UploadStore>,
    /// What became of them.
    pub attachments: Arc<dyn AttachmentStore>,
    /// Their bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// Looks into them.
    pub reader: Arc<dyn MediaReader>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn IdGenerator>,
    /// What an operator allows.
    pub rules: UploadRules,
}

/// The folder of an upload's parts.
fn parts_of(id: AttachmentId) -> FolderId {
    FolderId::new(*id.as_uuid())
}

impl Uploads {
    /// Begins an upload, or gives the one that the client began before.
    ///
    /// # Errors
    /// [`Error::Upload`].
    pub fn begin(&self, owner: UserId, claim: Claim) -> Result<(Upload, Origin), Error> {
        if claim.size < 1 {
            return Err(UploadDenied::Empty.into());
        }
        let max_bytes = self.rules.max_bytes;
        if claim.size > max_bytes {
            return Err(UploadDenied::FileTooLarge { max_bytes }.into());
        }
        let voice = claim
            .voice
            .map(|(duration_ms, waveform)| Voice::new(duration_ms, waveform))
            .transpose()
            .map_err(UploadDenied::from)?;
        let new = NewUpload {
            id: AttachmentId::new(self.ids.uuid()),
            owner,
            client_upload_id: claim.client_upload_id,
            name: FileName::of_claim(&claim.name),
            claimed_type: claimed_type(&claim.media_type),
            size: claim.size,
            voice,
            expires_at: self.clock.now().plus_seconds(self.rules.kept_s),
            quota_bytes: self.rules.quota_bytes,
            open_max: self.rules.open_max,
        };
        let Begun { upload, is_new } = self.uploads.begin_upload(&new)??;
        let origin = if is_new {
            Origin::New
        } else {
            Origin::Replayed
        };
        Ok((upload, origin))
    }

    /// Somebody's upload: where it goes on.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, owner: UserId, id: AttachmentId) -> Result<Upload, Error> {
        self.uploads.upload(owner, id)?.ok_or(NO_UPLOAD)
    }

    /// Takes a part. One that has come already changes nothing. Returns where the next part begins.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Upload`].
    pub fn take_part(
        &self,
        owner: UserId,
        id: AttachmentId,
        offset: i64,
        bytes: &[u8],
    ) -> Result<i64, Error> {
        let upload = self.get(owner, id)?;
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let part = upload.part(offset, length)?;
        let (folder, name) = (parts_of(id), BlobName::Piece(piece_at(offset)));
        let is_new = part == Part::Next && self.blobs.put_blob(folder, name, bytes.to_vec())?;
        if !is_new {
            // It came before, and the answer was lost; or another request brings it at this moment.
            let whole = 0..u64::try_from(length).unwrap_or(u64::MAX);
            match self.blobs.blob(folder, name, whole)? {
                Some(before) if before != bytes => return Err(UploadDenied::OtherBytes.into()),
                // What was made into a picture has no parts any more.
                Some(_) | None => {}
            }
        }
        if part == Part::Repeated {
            return Ok(upload.received);
        }
        let expires_at = self.clock.now().plus_seconds(self.rules.kept_s);
        let moved = self
            .uploads
            .move_upload(id, offset, offset + length, expires_at)?;
        moved.ok_or(NO_UPLOAD)
    }

    /// Forgets an upload, and what was made of it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Upload`] when a message has it.
    pub fn cancel(&self, owner: UserId, id: AttachmentId) -> Result<(), Error> {
        match self.uploads.cancel_upload(owner, id, self.clock.now())? {
            Cancelled::Gone => Ok(()),
            Cancelled::NotThere => Err(NO_UPLOAD),
            Cancelled::Sent => Err(UploadDenied::Sent.into()),
        }
    }
}
