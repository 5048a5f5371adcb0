//! What is shown of pages to which messages link.

use std::{future::Future, pin::Pin};

use super::{Removal, Stored};
use crate::domain::{
    ids::{FolderId, PreviewId, UserId},
    link_preview::{LinkPreview, Words},
    time::Timestamp,
};

/// What was found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebPage {
    /// What it says.
    pub words: Words,
    /// The file of a picture that it shows of itself, as it came.
    pub image: Option<Vec<u8>>,
}

/// What comes of looking at a page; nothing where there is none, where it says nothing of itself, or
/// where it may not be asked.
pub type ReadPage<'a> = Pin<Box<dyn Future<Output = Option<WebPage>> + Send + 'a>>;

/// Looks at pages of the web.
pub trait PageReader: Send + Sync {
    /// Looks at the page of an address. Ends within some seconds.
    fn read_page<'a>(&'a self, address: &'a str) -> ReadPage<'a>;
}

/// A preview that a message may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPreview {
    /// What is shown.
    pub preview: LinkPreview,
    /// Who may send it.
    pub owner: UserId,
    /// The type and the size of its picture.
    pub image: Option<(&'static str, i64)>,
    /// When.
    pub now: Timestamp,
}

impl NewPreview {
    /// The removal of its picture.
    #[must_use]
    pub fn removal(&self, due_at: Timestamp) -> Removal {
        let bytes = self.image.map_or(0, |(_, bytes)| bytes);
        Removal::new(preview_folder(self.preview.id), self.owner, bytes, due_at)
    }
}

/// Where the picture of a preview lies in the blob store.
#[must_use]
pub fn preview_folder(id: PreviewId) -> FolderId {
    FolderId::new(*id.as_uuid())
}

/// Previews, and which messages have them.
pub trait PreviewStore: Send + Sync {
    /// Keeps a preview for a while, until a message takes it.
    fn keep_preview(&self, new: &NewPreview) -> Stored<()>;
    /// The type of a preview's picture; nothing where there is none.
    fn preview_image(&self, id: PreviewId) -> Stored<Option<String>>;
    /// Forgets previews that no message took in time, `limit` at most. Returns how many.
    fn expire_previews(&self, now: Timestamp, limit: i64) -> Stored<usize>;
}
