//! What is made of a file that has come whole.

use super::{NO_UPLOAD, Uploads, parts_of};
use crate::{
    application::{
        error::{Error, StoreError},
        ports::{BlobName, BlobStore, Kept, Picture, Removal},
    },
    domain::{
        attachment::{Attachment, Content, Kind, PictureFormat},
        ids::{AttachmentId, FolderId, UserId},
        upload::{PART_BYTES, PICTURE_MAX_BYTES, Upload, UploadDenied, piece_at},
    },
};

/// Bytes that tell what a file is.
pub(in crate::application) const HEAD_BYTES: u64 = 8 * 1024;

/// How long a replica may take to make a picture. After that, what it has written of it is removed.
pub(in crate::application) const MADE_WITHIN_S: i64 = 60 * 60;

impl Uploads {
    /// Makes an attachment of an upload that has come whole. A repeat answers the same, whichever
    /// replica it asks. Takes a while for a picture.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Upload`].
    pub fn complete(&self, owner: UserId, id: AttachmentId) -> Result<Attachment, Error> {
        let upload = self.get(owner, id)?;
        upload.check_complete()?;
        if let Some(before) = self.attachments.attachment(id)? {
            return Ok(before.attachment);
        }
        let made = self.make(&upload);
        // Another replica may have been faster, and have removed the parts that this one wanted.
        if made.is_err()
            && let Some(before) = self.attachments.attachment(id)?
        {
            return Ok(before.attachment);
        }
        let now = self.clock.now();
        let expires_at = now.plus_seconds(self.rules.kept_s);
        let counts = self.uploads.complete_upload(&made?, now, expires_at)?;
        Ok(counts.ok_or(NO_UPLOAD)?.attachment)
    }

    fn make(&self, upload: &Upload) -> Result<Kept, Error> {
        let folder = parts_of(upload.id);
        let head = self.blobs.blob(folder, BlobName::Piece(0), 0..HEAD_BYTES)?;
        let content = self.reader.sniff(&head.ok_or_else(lost)?);
        if let Content::Picture(format) = content {
            return self.make_picture(upload, format);
        }
        let (kind, media_type) = content.kept(upload.voice.as_ref());
        let voice = upload.voice.as_ref().filter(|_| kind == Kind::Voice);
        Ok(Kept {
            attachment: Attachment {
                kind,
                media_type: media_type.to_owned(),
                duration_ms: voice.map(|voice| voice.duration_ms),
                waveform: voice.map(|voice| voice.waveform.clone()),
                ..bare(upload)
            },
            owner: upload.owner,
            folder,
            thumbnail_type: None,
        })
    }

    fn make_picture(&self, upload: &Upload, format: PictureFormat) -> Result<Kept, Error> {
        if upload.size > PICTURE_MAX_BYTES {
            return Err(UploadDenied::PictureTooLarge.into());
        }
        let whole = read_whole(&*self.blobs, parts_of(upload.id), upload.size)?;
        let picture = self.reader.picture(format, &whole)?;
        let folder = FolderId::new(self.ids.uuid());
        let Picture {
            bytes,
            media_type,
            width,
            height,
            blurhash,
            thumbnail,
            thumbnail_type,
        } = picture;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.uploads.reserve_folder(&Removal::new(
            folder,
            upload.owner,
            size,
            self.clock.now().plus_seconds(MADE_WITHIN_S),
        ))?;
        let piece_bytes = usize::try_from(PART_BYTES).unwrap_or(usize::MAX);
        for (index, piece) in (0..).zip(bytes.chunks(piece_bytes)) {
            self.blobs
                .put_blob(folder, BlobName::Piece(index), piece.to_vec())?;
        }
        self.blobs
            .put_blob(folder, BlobName::Thumbnail, thumbnail)?;
        Ok(Kept {
            attachment: Attachment {
                kind: Kind::Picture,
                media_type: media_type.to_owned(),
                size,
                width: Some(width.into()),
                height: Some(height.into()),
                blurhash: Some(blurhash),
                thumbnail: true,
                ..bare(upload)
            },
            owner: upload.owner,
            folder,
            thumbnail_type: Some(thumbnail_type.to_owned()),
        })
    }
}

/// A content of `size` bytes, which is not larger than what is read as a picture.
pub(in crate::application) fn read_whole(
    blobs: &dyn BlobStore,
    folder: FolderId,
    size: i64,
) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let whole_piece = 0..u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
    for index in 0..=piece_at(size - 1) {
        let piece = blobs.blob(folder, BlobName::Piece(index), whole_piece.clone())?;
        whole.extend(piece.ok_or_else(lost)?);
    }
    Ok(whole)
}

/// An attachment of which nothing is known yet.
fn bare(upload: &Upload) -> Attachment {
    Attachment {
        id: upload.id,
        kind: Kind::File,
        name: upload.name.clone(),
        media_type: String::new(),
        size: upload.size,
        width: None,
        height: None,
        blurhash: None,
        duration_ms: None,
        waveform: None,
        thumbnail: false,
    }
}

pub(in crate::application) fn lost() -> Error {
    StoreError::Unavailable("a part that was stored is not there".into()).into()
}
