//! Links by which people come into groups.

use serde::Serialize;
use utoipa::ToSchema;

use super::all;
use crate::domain::{
    ids::{InviteId, UserId},
    invite,
    time::Timestamp,
};

/// A link into a group, as its owner and admins see it.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Invite {
    #[schema(value_type = Uuid)]
    id: InviteId,
    /// What makes the link: a client's address for it ends so.
    token: String,
    #[schema(value_type = Uuid)]
    created_by: UserId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Null: without an end.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
    /// Null: as many as the group takes.
    #[schema(required)]
    max_uses: Option<i64>,
    /// How many people it has brought.
    uses: i64,
}

/// Links of a group.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct InviteList {
    invites: Vec<Invite>,
}

/// What a link leads to, as whoever follows it sees it.
#[derive(Serialize, ToSchema)]
pub(in crate::adapters::inbound::http) struct Invitation {
    /// The group's name.
    #[schema(required)]
    title: Option<String>,
    member_count: i64,
    /// The caller is in it.
    is_member: bool,
    /// Null: without an end.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
}

impl From<invite::Invite> for Invite {
    fn from(invite: invite::Invite) -> Self {
        let invite::Invite {
            id,
            token,
            created_by,
            created_at,
            terms,
            uses,
        } = invite;
        Self {
            id,
            token,
            created_by,
            created_at,
            expires_at: terms.expires_at,
            max_uses: terms.max_uses,
            uses,
        }
    }
}

impl From<Vec<invite::Invite>> for InviteList {
    fn from(invites: Vec<invite::Invite>) -> Self {
        Self {
            invites: all(invites),
        }
    }
}

impl From<invite::Invitation> for Invitation {
    fn from(invitation: invite::Invitation) -> Self {
        let invite::Invitation {
            title,
            member_count,
            is_member,
            expires_at,
        } = invitation;
        Self {
            title,
            member_count,
            is_member,
            expires_at,
        }
    }
}
