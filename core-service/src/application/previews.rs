//! What is shown of pages to which messages link.
//!
//! Whoever writes a message asks for the preview, sees it, and sends it along or not: nobody's device asks
//! a page only because it was sent a link, and no core does so behind its writer's back.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    error::Error,
    ports::{
        BlobName, BlobStore, Clock, IdGenerator, MediaReader, NewPreview, PageReader, Picture,
        PreviewStore, UploadStore, WebPage, preview_folder,
    },
    uploads::completion::{HEAD_BYTES, MADE_WITHIN_S},
};
use crate::domain::{
    attachment::Content,
    ids::{PreviewId, UserId},
    link_preview::{ADDRESS_MAX_BYTES, LinkPreview, PreviewImage},
};

/// More than any picture of a preview has.
const IMAGE_MAX_BYTES: u64 = 4 * 1024 * 1024;

const NO_PICTURE: Error = Error::NotFound("picture");

/// The use cases.
pub struct Previews {
    /// Which there are.
    pub previews: Arc<dyn PreviewStore>,
    /// Looks at pages; nothing where that is off.
    pub pages: Option<Arc<dyn PageReader>>,
    /// Knows folders before something is written into them.
    pub uploads: Arc<dyn UploadStore>,
    /// The bytes of pictures.
    pub blobs: Arc<dyn BlobStore>,
    /// Makes pictures.
    pub reader: Arc<dyn MediaReader>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn IdGenerator>,
}

impl Previews {
    /// What clients are told that this server does.
    #[must_use]
    pub fn features(&self) -> Vec<String> {
        let is_on = self.pages.is_some();
        is_on
            .then(|| "link_previews".to_owned())
            .into_iter()
            .collect()
    }

    /// Looks at the page of an address; nothing where there is nothing to show.
    pub async fn look(&self, address: &str) -> Option<WebPage> {
        let is_asked = !address.is_empty()
            && address.len() <= ADDRESS_MAX_BYTES
            && !address.chars().any(|c| c.is_whitespace() || c.is_control());
        match &self.pages {
            Some(pages) if is_asked => pages.read_page(address).await,
            Some(_) | None => None,
        }
    }

    /// Makes a preview of a page, for its owner's next message with that address. A picture that cannot
    /// be read is left out. Takes a while where there is one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn keep(&self, owner: UserId, address: &str, page: WebPage) -> Result<LinkPreview, Error> {
        let picture = page.image.and_then(|bytes| self.picture(&bytes));
        let size = picture
            .as_ref()
            .map(|picture| i64::try_from(picture.thumbnail.len()).unwrap_or(i64::MAX));
        let new = NewPreview {
            preview: LinkPreview {
                id: PreviewId::new(self.ids.random()),
                url: address.to_owned(),
                title: page.words.title,
                description: page.words.description,
                site_name: page.words.site_name,
                image: picture.as_ref().map(|picture| PreviewImage {
                    width: picture.width.into(),
                    height: picture.height.into(),
                }),
            },
            owner,
            image: picture
                .as_ref()
                .zip(size)
                .map(|(picture, size)| (picture.thumbnail_type, size)),
            now: self.clock.now(),
        };
        if let Some(picture) = picture {
            let removed_at = new.now.plus_seconds(MADE_WITHIN_S);
            self.uploads.reserve_folder(&new.removal(removed_at))?;
            let folder = preview_folder(new.preview.id);
            self.blobs
                .put_blob(folder, BlobName::Thumbnail, picture.thumbnail)?;
        }
        self.previews.keep_preview(&new)?;
        Ok(new.preview)
    }

    fn picture(&self, bytes: &[u8]) -> Option<Picture> {
        let head_bytes = usize::try_from(HEAD_BYTES).unwrap_or(usize::MAX);
        match self.reader.sniff(&bytes[..bytes.len().min(head_bytes)]) {
            Content::Picture(format) => self.reader.picture(format, bytes).ok(),
            _ => None,
        }
    }

    /// The picture of a preview, and its type.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn image(&self, id: PreviewId) -> Result<(String, Vec<u8>), Error> {
        let media_type = self.previews.preview_image(id)?.ok_or(NO_PICTURE)?;
        let folder = preview_folder(id);
        let bytes = self
            .blobs
            .blob(folder, BlobName::Thumbnail, 0..IMAGE_MAX_BYTES)?;
        Ok((media_type, bytes.ok_or(NO_PICTURE)?))
    }
}
