//! How files are loaded: by links that need nothing else and hold for a short while.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    chats::refused,
    error::{Error, LinkDenied},
    paging::Part,
    ports::{AttachmentStore, BlobName, BlobStore, Clock, Kept, Link, LinkSigner},
};
use crate::domain::{
    attachment::{Kind, Variant},
    ids::{AttachmentId, ConversationId, UserId},
    message::Message,
    upload::{PART_BYTES, piece_at},
};

/// Attachments that one request asks links for at most.
pub const LINKS_MAX: usize = 100;

/// Bytes that are read of a content at a time.
const READ_BYTES: u64 = 128 * 1024;

/// More than any small picture has.
const THUMBNAIL_MAX_BYTES: u64 = 4 * 1024 * 1024;

const NO_FILE: Error = Error::NotFound("file");

/// The links to an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Which attachment.
    pub id: AttachmentId,
    /// Until when they are good, in seconds since 1970.
    pub expires_s: i64,
    /// The signature of the link to all of it.
    pub content: String,
    /// That of the link to the small picture, if there is one.
    pub thumbnail: Option<String>,
}

/// The use cases.
pub struct Media {
    /// What there is.
    pub attachments: Arc<dyn AttachmentStore>,
    /// Its bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// Signs links.
    pub signer: Arc<dyn LinkSigner>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long a link holds at most. It holds for half of that at least.
    pub link_ttl_s: i64,
}

impl Media {
    /// Links to those of `ids` that the user may load: what is in a message that they read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn links(&self, user: UserId, ids: &[AttachmentId]) -> Result<Vec<Links>, Error> {
        let readable = self.attachments.readable_attachments(user, ids)?;
        let expires_s = self.expires_s();
        let links = readable.into_iter().map(|(id, has_thumbnail)| {
            let sign = |variant| {
                self.signer.sign_link(Link {
                    id,
                    variant,
                    expires_s,
                })
            };
            Links {
                id,
                expires_s,
                content: sign(Variant::Content),
                thumbnail: has_thumbnail.then(|| sign(Variant::Thumbnail)),
            }
        });
        Ok(links.collect())
    }

    /// The same for a while, so that whoever asks again gets the address that their browser has kept.
    fn expires_s(&self) -> i64 {
        let half = (self.link_ttl_s / 2).max(1);
        (self.clock.now().seconds() / half + 2) * half
    }

    /// What a link leads to.
    ///
    /// # Errors
    /// [`Error::Link`], [`Error::NotFound`] when it was deleted.
    pub fn open(&self, link: Link, signature: &str) -> Result<Served, Error> {
        if !self.signer.is_signed(link, signature) {
            return Err(LinkDenied::Forged.into());
        }
        if link.expires_s <= self.clock.now().seconds() {
            return Err(LinkDenied::Expired.into());
        }
        let kept = self.attachments.attachment(link.id)?.ok_or(NO_FILE)?;
        if link.variant == Variant::Content {
            return Ok(Served {
                size: u64::try_from(kept.attachment.size).unwrap_or_default(),
                media_type: kept.attachment.media_type.clone(),
                small: None,
                kept,
            });
        }
        let media_type = kept.thumbnail_type.clone().ok_or(NO_FILE)?;
        let small = self
            .blobs
            .blob(kept.folder, BlobName::Thumbnail, 0..THUMBNAIL_MAX_BYTES)?;
        let small = small.ok_or(NO_FILE)?;
        Ok(Served {
            size: u64::try_from(small.len()).unwrap_or(u64::MAX),
            media_type,
            small: Some(small),
            kept,
        })
    }

    /// Some bytes of an attachment's content, from `at` on and before `end`, at least one.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was deleted meanwhile.
    pub fn read(&self, kept: &Kept, at: u64, end: u64) -> Result<Vec<u8>, Error> {
        let piece_bytes = u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
        let index = piece_at(i64::try_from(at).unwrap_or(i64::MAX));
        let begins = at % piece_bytes;
        let length = (end.saturating_sub(at))
            .min(piece_bytes - begins)
            .min(READ_BYTES);
        let name = BlobName::Piece(index);
        let read = self
            .blobs
            .blob(kept.folder, name, begins..begins + length)?;
        read.filter(|bytes| !bytes.is_empty()).ok_or(NO_FILE)
    }

    /// Messages of a conversation that carry something of these kinds, the newest first, those before
    /// a place.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn list(
        &self,
        user: UserId,
        conversation: ConversationId,
        kinds: &[Kind],
        before: Option<i64>,
        limit: i64,
    ) -> Result<Part<Message, i64>, Error> {
        let found = self.attachments.messages_with_attachments(
            conversation,
            user,
            kinds,
            before,
            limit + 1,
        )?;
        Ok(Part::cut(found.map_err(refused)?, limit, |message| {
            Some(message.seq)
        }))
    }
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The attachment.
    pub kept: Kept,
    /// The type of what the link names.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// The small picture, where the link names that.
    pub small: Option<Vec<u8>>,
}
