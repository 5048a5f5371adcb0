//! Names of things: UUIDv7 in text form.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that names nothing, because it is no UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID that was made for this.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )*};
}

ids! {
    /// A person's account.
    UserId
    /// A sign-in on one device.
    SessionId
    /// A direct chat or a group.
    ConversationId
    /// A message.
    MessageId
    /// A picture, a voice note or a file, and the upload that it was.
    AttachmentId
    /// A folder of the blob store.
    FolderId
    /// A link into a group.
    InviteId
    /// A picture of a person or a group. 128 random bits: whoever knows it may load the picture.
    PictureId
    /// What is shown of a page to which a message links. 128 random bits: whoever knows it may load its
    /// picture.
    PreviewId
    /// What a client calls something that it creates, so that a repeat is recognised.
    ClientId
}
