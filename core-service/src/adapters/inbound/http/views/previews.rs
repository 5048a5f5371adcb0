//! What is shown of pages to which messages link.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ids::PreviewId, link_preview};

/// What is shown of a page. Its picture is at `/api/v1/link-previews/{id}/image`.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct LinkPreview {
    #[schema(value_type = Uuid)]
    id: PreviewId,
    /// The address as it stands in the text.
    url: String,
    /// What the page calls itself.
    title: String,
    /// What it says of itself; may be empty.
    description: String,
    /// Whose it is; may be empty.
    site_name: String,
    #[schema(required)]
    image: Option<PreviewImage>,
}

/// A picture that a page shows of itself: its own size in pixels. What is loaded has at most 480 on either
/// side.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct PreviewImage {
    width: i64,
    height: i64,
}

impl From<link_preview::LinkPreview> for LinkPreview {
    fn from(preview: link_preview::LinkPreview) -> Self {
        let link_preview::LinkPreview {
            id,
            url,
            title,
            description,
            site_name,
            image,
        } = preview;
        Self {
            id,
            url,
            title,
            description,
            site_name,
            image: image.map(|image| PreviewImage {
                width: image.width,
                height: image.height,
            }),
        }
    }
}
