//! Files that people send and load.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    super::cursor::{self, MediaPlace},
    Message, all,
};
use crate::{
    application::{media, paging::Part},
    domain::{
        attachment::{self, FileName, Variant},
        ids::AttachmentId,
        message,
        time::Timestamp,
        upload,
    },
};

/// A file that is being sent, or was.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Upload {
    #[schema(value_type = Uuid)]
    id: AttachmentId,
    /// Where the next part begins.
    offset: i64,
    /// Of the whole file, in bytes.
    size: i64,
    /// Bytes of each part but the last.
    part_bytes: i64,
    /// When it is forgotten, unless more of it comes.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Where an upload goes on.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Offset {
    pub(in crate::adapters::inbound::http) offset: i64,
}

/// What is done with an attachment. A `file` is saved and never shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::adapters::inbound::http) enum AttachmentKind {
    Picture,
    Video,
    Audio,
    Voice,
    File,
}

/// What a message carries. It is loaded by links.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Attachment {
    #[schema(value_type = Uuid)]
    id: AttachmentId,
    kind: AttachmentKind,
    #[schema(value_type = String)]
    name: FileName,
    /// What its bytes say that it is.
    r#type: String,
    /// In bytes.
    size: i64,
    /// A picture's, in pixels.
    #[schema(required)]
    width: Option<i64>,
    /// A picture's, in pixels.
    #[schema(required)]
    height: Option<i64>,
    /// A picture's colours until it is there: <https://blurha.sh>.
    #[schema(required)]
    blurhash: Option<String>,
    /// A voice note's.
    #[schema(required)]
    duration_ms: Option<i64>,
    /// How loud a voice note is, from its beginning to its end: bars from 0 to 100.
    #[schema(required)]
    waveform: Option<Vec<u8>>,
    /// Whether there is a small picture of it.
    thumbnail: bool,
}

/// The links to an attachment.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Links {
    #[schema(value_type = Uuid)]
    id: AttachmentId,
    /// A path on the server that answers this.
    url: String,
    /// A path on the server that answers this; null where there is no small picture.
    #[schema(required)]
    thumbnail_url: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Links to attachments; those that the caller may not load are left out.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct LinkList {
    links: Vec<Links>,
}

/// Messages of a conversation that carry something, the newest first.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct MediaList {
    messages: Vec<Message>,
    /// The next request's `cursor`; null at the end.
    #[schema(required)]
    next: Option<String>,
}

impl From<upload::Upload> for Upload {
    fn from(upload: upload::Upload) -> Self {
        let upload::Upload {
            id,
            owner: _,
            client_upload_id: _,
            name: _,
            claimed_type: _,
            size,
            voice: _,
            received,
            expires_at,
        } = upload;
        Self {
            id,
            offset: received,
            size,
            part_bytes: upload::PART_BYTES,
            expires_at,
        }
    }
}

impl From<attachment::Kind> for AttachmentKind {
    fn from(kind: attachment::Kind) -> Self {
        match kind {
            attachment::Kind::Picture => Self::Picture,
            attachment::Kind::Video => Self::Video,
            attachment::Kind::Audio => Self::Audio,
            attachment::Kind::Voice => Self::Voice,
            attachment::Kind::File => Self::File,
        }
    }
}

impl From<attachment::Attachment> for Attachment {
    fn from(attachment: attachment::Attachment) -> Self {
        let attachment::Attachment {
            id,
            kind,
            name,
            media_type,
            size,
            width,
            height,
            blurhash,
            duration_ms,
            waveform,
            thumbnail,
        } = attachment;
        Self {
            id,
            kind: kind.into(),
            name,
            r#type: media_type,
            size,
            width,
            height,
            blurhash,
            duration_ms,
            waveform,
            thumbnail,
        }
    }
}

impl From<media::Links> for Links {
    fn from(links: media::Links) -> Self {
        let media::Links {
            id,
            expires_s,
            content,
            thumbnail,
        } = links;
        let url = |variant: Variant, signature: String| {
            let variant = variant.as_str();
            format!("/media/{id}?variant={variant}&expires={expires_s}&signature={signature}")
        };
        Self {
            id,
            url: url(Variant::Content, content),
            thumbnail_url: thumbnail.map(|signature| url(Variant::Thumbnail, signature)),
            expires_at: Timestamp::from_micros(0).plus_seconds(expires_s),
        }
    }
}

impl From<Vec<media::Links>> for LinkList {
    fn from(links: Vec<media::Links>) -> Self {
        Self { links: all(links) }
    }
}

impl From<Part<message::Message, i64>> for MediaList {
    fn from(part: Part<message::Message, i64>) -> Self {
        let Part { items, next } = part;
        Self {
            messages: all(items),
            next: next.map(|seq| cursor::to_text(&MediaPlace(seq))),
        }
    }
}
