//! Who may do what in a conversation. One table decides; `docs/permissions.md` is its print.
//!
//! The table knows nothing of blocks and of who may add whom to groups: those are facts about two
//! people and not about a conversation, see [`super::contact`].

use super::conversation::{Kind, MemberState, Role};

/// What a user is to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Never was in it, left it or was removed.
    Outside,
    /// Was asked in and has not answered yet.
    Requested,
    /// Is in it.
    Inside(Role),
}

impl From<(MemberState, Role)> for Standing {
    fn from((state, role): (MemberState, Role)) -> Self {
        match state {
            MemberState::Active => Self::Inside(role),
            MemberState::Contacted | MemberState::Requested => Self::Requested,
        }
    }
}

impl Standing {
    /// Every standing, the one with the fewest rights first.
    pub const ALL: [Self; 5] = [
        Self::Outside,
        Self::Requested,
        Self::Inside(Role::Member),
        Self::Inside(Role::Admin),
        Self::Inside(Role::Owner),
    ];
}

/// Who wrote the message that somebody wants to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// They did.
    Own,
    /// Somebody else did.
    Others,
}

/// What somebody wants to do in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// See that it exists, and its title.
    See,
    /// Read messages, changes and members, by HTTP.
    Read,
    /// Hear its topic, by WebSocket or event stream.
    Hear,
    /// Post a message.
    Post,
    /// Post a picture, a voice note or a file.
    Attach,
    /// Edit a message.
    Edit(Whose),
    /// Delete a message for everyone.
    Delete(Whose),
    /// Delete a message for oneself.
    Hide,
    /// React to a message.
    React,
    /// Pin a message, or unpin it.
    Pin,
    /// Star a message for oneself, or not any more.
    Star,
    /// See who has got a message and who has read it.
    Info(Whose),
    /// Keep what one has begun to write.
    Draft,
    /// Mute, archive, pin the conversation, or mark it as unread, for oneself.
    Arrange,
    /// Clear it for oneself.
    Clear,
    /// Move one's own marks.
    Mark,
    /// Say yes to being asked in.
    Accept,
    /// Leave it, or say no to being asked in. A direct chat is hidden until the next message.
    Leave,
    /// Add a person.
    Add,
    /// Change its title, description and picture.
    EditInfo,
    /// Have messages disappear after a time, or not any more.
    SetLifetime,
    /// Make, see and revoke links by which people come in.
    Invite,
    /// Remove somebody else who has this role.
    Remove(Role),
    /// Give somebody else another role. Giving away `Owner` makes the giver an admin.
    SetRole {
        /// The role that the other person has.
        from: Role,
        /// The role that the other person gets.
        to: Role,
    },
}

/// Why an act is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Denied {
    /// For those outside a conversation does not exist.
    #[error("there is no such conversation")]
    NotFound,
    /// The people of a direct chat do not change and have no roles, and it shows nothing of its own.
    #[error(
        "this is a direct chat; only groups have a title, a picture, and members to add, remove and \
         give roles"
    )]
    NotAGroup,
    /// The user was asked in and has to say yes first.
    #[error("you were asked to join this conversation; accept first")]
    NotAccepted,
    /// A message is its author's.
    #[error("only who wrote a message may do this")]
    NotAuthor,
    /// Somebody with a higher role may do this.
    #[error("your role in this group does not allow this; ask its owner or an admin")]
    RoleTooLow,
}

impl Act {
    /// Every act, as `docs/permissions.md` lists them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut acts = vec![
            Self::See,
            Self::Read,
            Self::Hear,
            Self::Post,
            Self::Attach,
            Self::Edit(Whose::Own),
            Self::Edit(Whose::Others),
            Self::Delete(Whose::Own),
            Self::Delete(Whose::Others),
            Self::Hide,
            Self::React,
            Self::Pin,
            Self::Star,
            Self::Info(Whose::Own),
            Self::Info(Whose::Others),
            Self::Draft,
            Self::Arrange,
            Self::Clear,
            Self::Mark,
            Self::Accept,
            Self::Leave,
            Self::Add,
            Self::EditInfo,
            Self::SetLifetime,
            Self::Invite,
        ];
        acts.extend(Role::ALL.map(Self::Remove));
        for from in Role::ALL {
            acts.extend(Role::ALL.map(|to| Self::SetRole { from, to }));
        }
        acts
    }

    /// Whether somebody of this standing may do it in a conversation of this kind.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn check(self, kind: Kind, standing: Standing) -> Result<(), Denied> {
        let role = match standing {
            Standing::Outside => return Err(Denied::NotFound),
            Standing::Requested => return self.check_requested(kind),
            Standing::Inside(role) => role,
        };
        let needed = match self {
            Self::See
            | Self::Read
            | Self::Hear
            | Self::Post
            | Self::Attach
            | Self::Edit(Whose::Own)
            | Self::Delete(Whose::Own)
            | Self::Hide
            | Self::React
            | Self::Pin
            | Self::Star
            | Self::Info(Whose::Own)
            | Self::Draft
            | Self::Arrange
            | Self::Clear
            | Self::Mark
            | Self::Accept
            | Self::Leave => return Ok(()),
            Self::Edit(Whose::Others) | Self::Info(Whose::Others) => {
                return Err(Denied::NotAuthor);
            }
            Self::Delete(Whose::Others) if kind == Kind::Direct => return Err(Denied::NotAuthor),
            Self::Delete(Whose::Others) => Role::Admin,
            Self::Add | Self::EditInfo | Self::Invite | Self::Remove(_) | Self::SetRole { .. }
                if kind == Kind::Direct =>
            {
                return Err(Denied::NotAGroup);
            }
            Self::SetLifetime if kind == Kind::Direct => return Ok(()),
            Self::Add => Role::Member,
            Self::EditInfo | Self::SetLifetime | Self::Invite | Self::Remove(Role::Member) => {
                Role::Admin
            }
            Self::Remove(Role::Admin) => Role::Owner,
            Self::SetRole { from, .. } if from != Role::Owner => Role::Owner,
            // There is one owner: nobody else stands above.
            Self::Remove(Role::Owner) | Self::SetRole { .. } => return Err(Denied::RoleTooLow),
        };
        if role >= needed {
            Ok(())
        } else {
            Err(Denied::RoleTooLow)
        }
    }

    /// A request for a direct chat shows what was written, so that one can decide; writing back is
    /// saying yes. A group shows itself only to those who are in it.
    fn check_requested(self, kind: Kind) -> Result<(), Denied> {
        match (self, kind) {
            (Self::See | Self::Accept | Self::Leave, _)
            | (
                Self::Read
                | Self::Hear
                | Self::Post
                | Self::Attach
                | Self::Hide
                | Self::Draft
                | Self::Arrange
                | Self::Clear
                | Self::Mark,
                Kind::Direct,
            ) => Ok(()),
            (
                Self::Add | Self::EditInfo | Self::Invite | Self::Remove(_) | Self::SetRole { .. },
                Kind::Direct,
            ) => Err(Denied::NotAGroup),
            (
                Self::Edit(_)
                | Self::Delete(_)
                | Self::React
                | Self::Pin
                | Self::Star
                | Self::Info(_)
                | Self::SetLifetime,
                Kind::Direct,
            )
            | (_, Kind::Group) => Err(Denied::NotAccepted),
        }
    }
}
