//! People, sessions and settings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::all;
use crate::{
    application::accounts::SignedIn,
    domain::{
        account::{self, DisplayName, Handle},
        contact,
        ids::{PictureId, SessionId, UserId},
        profile::{self, About},
        session::{DeviceName, LivingSession},
        time::Timestamp,
    },
};

/// A person as others see them.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct User {
    #[schema(value_type = Uuid)]
    id: UserId,
    /// Unique name to be found by.
    #[schema(value_type = String)]
    handle: Handle,
    /// Name to be shown.
    #[schema(value_type = String)]
    display_name: DisplayName,
    /// Loaded at `/api/v1/pictures/{picture_id}`; null when there is none, or not for the caller.
    #[schema(value_type = Option<Uuid>)]
    picture_id: Option<PictureId>,
}

/// A person with all that they show of themselves.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Profile {
    #[serde(flatten)]
    user: User,
    /// What they say about themselves, perhaps nothing.
    #[schema(value_type = String)]
    about: About,
}

/// People that a search found.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct UserList {
    users: Vec<User>,
}

/// A sign-in; the refresh token is in the cookie.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Session {
    user: User,
    access_token: String,
    /// Life of the access token, in seconds.
    expires_in: i64,
}

/// Where the caller is signed in.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct SessionList {
    sessions: Vec<DeviceSession>,
}

/// A sign-in that has not ended.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct DeviceSession {
    #[schema(value_type = Uuid)]
    id: SessionId,
    /// What the device called itself, as in `Firefox, Linux`. Nobody checks it.
    #[schema(value_type = Option<String>, required)]
    device: Option<DeviceName>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its tokens were last refreshed: while a device is connected, not long ago.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// It is the one that asks.
    current: bool,
}

/// Whom a person lets add them to groups; contacts have accepted their direct chat.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::adapters::inbound::http) enum WhoMayAdd {
    Everybody,
    Contacts,
    Nobody,
}

/// What a person has chosen.
#[derive(Deserialize, Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Settings {
    pub(in crate::adapters::inbound::http) who_may_add: WhoMayAdd,
}

/// People whom the caller has blocked.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct BlockedPage {
    users: Vec<User>,
    /// There are more after the last of them.
    has_more: bool,
}

/// What a client must know before it signs in.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct ClientConfig {
    pub(in crate::adapters::inbound::http) sign_up_open: bool,
    pub(in crate::adapters::inbound::http) realtime: Realtime,
    pub(in crate::adapters::inbound::http) limits: Limits,
    /// Names of optional features that this deployment has.
    pub(in crate::adapters::inbound::http) features: Vec<String>,
}

/// Where the hub is.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Realtime {
    pub(in crate::adapters::inbound::http) websocket_url: String,
    /// `/{user_id}` is added to it.
    pub(in crate::adapters::inbound::http) notification_sse_url: String,
}

/// What is refused beyond.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Limits {
    pub(in crate::adapters::inbound::http) message_max_chars: usize,
    pub(in crate::adapters::inbound::http) handle_max_chars: usize,
    pub(in crate::adapters::inbound::http) group_max_members: usize,
    /// Subscriptions that a client should hold at most; the rest it hears by the feed.
    pub(in crate::adapters::inbound::http) subscriptions_max: usize,
    /// People whom one message mentions.
    pub(in crate::adapters::inbound::http) mentions_max: usize,
    /// Seconds in which an author may edit a message.
    pub(in crate::adapters::inbound::http) edit_window_s: i64,
    /// Seconds in which an author may delete a message for everyone.
    pub(in crate::adapters::inbound::http) delete_window_s: i64,
    /// Bytes of a file.
    pub(in crate::adapters::inbound::http) upload_max_bytes: i64,
    /// Bytes of each part of a file but the last.
    pub(in crate::adapters::inbound::http) upload_part_bytes: i64,
    /// Bytes of a JPEG, PNG, WebP or GIF: a client makes a larger one smaller first.
    pub(in crate::adapters::inbound::http) picture_max_bytes: i64,
    /// Pixels of one.
    pub(in crate::adapters::inbound::http) picture_max_pixels: u64,
}

impl SessionList {
    pub(in crate::adapters::inbound::http) fn new(
        living: Vec<LivingSession>,
        current: SessionId,
    ) -> Self {
        let session = |living: LivingSession| {
            let LivingSession {
                id,
                device,
                created_at,
                used_at,
            } = living;
            DeviceSession {
                id,
                device,
                created_at,
                last_used_at: used_at,
                current: id == current,
            }
        };
        Self {
            sessions: living.into_iter().map(session).collect(),
        }
    }
}

impl From<account::User> for User {
    fn from(user: account::User) -> Self {
        let account::User {
            id,
            handle,
            display_name,
            picture,
        } = user;
        Self {
            id,
            handle,
            display_name,
            picture_id: picture,
        }
    }
}

impl From<profile::Profile> for Profile {
    fn from(profile: profile::Profile) -> Self {
        let profile::Profile { user, about } = profile;
        Self {
            user: user.into(),
            about,
        }
    }
}

impl From<Vec<account::User>> for UserList {
    fn from(users: Vec<account::User>) -> Self {
        Self { users: all(users) }
    }
}

impl From<SignedIn> for Session {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn {
            user,
            access_token,
            expires_in_s,
            refresh_token: _,
            device_token: _,
        } = signed_in;
        Self {
            user: user.into(),
            access_token,
            expires_in: expires_in_s,
        }
    }
}

impl From<contact::WhoMayAdd> for WhoMayAdd {
    fn from(who: contact::WhoMayAdd) -> Self {
        match who {
            contact::WhoMayAdd::Everybody => Self::Everybody,
            contact::WhoMayAdd::Contacts => Self::Contacts,
            contact::WhoMayAdd::Nobody => Self::Nobody,
        }
    }
}

impl From<WhoMayAdd> for contact::WhoMayAdd {
    fn from(who: WhoMayAdd) -> Self {
        match who {
            WhoMayAdd::Everybody => Self::Everybody,
            WhoMayAdd::Contacts => Self::Contacts,
            WhoMayAdd::Nobody => Self::Nobody,
        }
    }
}

impl BlockedPage {
    pub(in crate::adapters::inbound::http) fn new(
        users: Vec<account::User>,
        has_more: bool,
    ) -> Self {
        Self {
            users: all(users),
            has_more,
        }
    }
}
