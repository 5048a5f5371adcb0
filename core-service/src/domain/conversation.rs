//! Direct chats and groups.

use serde::Serialize;

use super::{
    account::User,
    chat_settings::ChatSettings,
    disappearing::Lifetime,
    draft::Draft,
    ids::{ConversationId, PictureId, UserId},
    message::Message,
    profile::Description,
    reaction::Pin,
    receipt::{Receipt, Watermarks},
    shown,
    time::Timestamp,
};

/// Most members of a group.
pub const GROUP_MAX_MEMBERS: usize = 1000;

/// A conversation with more members is shown with a few of them, so that a list of conversations has
/// a bound; the others come in pages.
pub const SHOWN_MEMBERS_MAX: i64 = 20;

/// Unread messages are counted up to here, so that a long absence does not make a list slow.
pub const UNREAD_MAX: i64 = 1_000;

/// Unread messages that name their reader are counted, and listed, up to here.
pub const UNREAD_MENTIONS_MAX: i64 = 100;

const TITLE_MAX_CHARS: usize = 100;

/// What kind of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Two people, for ever; one per pair. One person alone: what they write to themselves.
    Direct,
    /// People come and go.
    Group,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Direct, Self::Group]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What a member of a group may do; a later one may do all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, writes, adds people.
    Member,
    /// Removes members, too.
    Admin,
    /// Removes admins and gives roles. A group has exactly one; both people of a direct chat are
    /// members.
    Owner,
}

impl Role {
    /// Every role, the lowest first.
    pub const ALL: [Self; 3] = [Self::Member, Self::Admin, Self::Owner];

    /// As stored and as clients see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Whether somebody is in a conversation or is only asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// A member.
    Active,
    /// A stranger has opened a direct chat with them: they hear and read it, and have not accepted.
    Contacted,
    /// Must accept before coming back to a group; counts as a member nowhere.
    Requested,
}

impl MemberState {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Contacted => "contacted",
            Self::Requested => "requested",
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Contacted, Self::Requested]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// Why a conversation cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConversationError {
    /// See [`Title`].
    #[error(
        "a group's title has 1 to 100 characters that can be seen, and none that turns text round"
    )]
    Title,
    /// See [`Description`].
    #[error(
        "a group's description has at most 512 characters, and none that is invisible or turns \
         text round"
    )]
    Description,
    /// A direct chat is with exactly one other person.
    #[error("a direct chat has exactly one other member")]
    DirectMembers,
    /// A group has an end.
    #[error("a group has at most 1000 members")]
    TooManyMembers,
    /// So has what one person may be in.
    #[error(
        "you, or somebody whom you add, is in as many chats as a person may be; leave some of them"
    )]
    TooManyChats,
}

/// A group's name: 1 to 100 characters that can be seen, see [`shown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Title(String);

impl Title {
    /// # Errors
    /// [`ConversationError::Title`].
    pub fn parse(text: &str) -> Result<Self, ConversationError> {
        let title = shown::parse(text, TITLE_MAX_CHARS);
        title.map(Self).ok_or(ConversationError::Title)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A conversation that is to be made: its kind with what that kind needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blueprint {
    /// With oneself.
    Own,
    /// With this person.
    Direct(UserId),
    /// With these people besides its creator, who may be among them.
    Group(Title, Vec<UserId>),
}

impl Blueprint {
    /// # Errors
    /// [`ConversationError`].
    pub fn new(
        kind: Kind,
        creator: UserId,
        mut others: Vec<UserId>,
        title: Option<&str>,
    ) -> Result<Self, ConversationError> {
        others.retain(|user| *user != creator);
        others.sort_unstable();
        others.dedup();
        match kind {
            Kind::Direct => match others[..] {
                [other] => Ok(Self::Direct(other)),
                _ => Err(ConversationError::DirectMembers),
            },
            Kind::Group if others.len() >= GROUP_MAX_MEMBERS => {
                Err(ConversationError::TooManyMembers)
            }
            Kind::Group => Ok(Self::Group(
                Title::parse(title.unwrap_or_default())?,
                others,
            )),
        }
    }

    /// The two users of a direct chat, in an order that does not depend on who asks; of a chat with
    /// oneself, the one twice.
    #[must_use]
    pub fn pair(&self, creator: UserId) -> Option<(UserId, UserId)> {
        match self {
            Self::Own => Some((creator, creator)),
            Self::Direct(other) => Some((creator.min(*other), creator.max(*other))),
            Self::Group(..) => None,
        }
    }

    /// Everyone but the creator.
    #[must_use]
    pub fn others(&self) -> &[UserId] {
        match self {
            Self::Own => &[],
            Self::Direct(other) => std::slice::from_ref(other),
            Self::Group(_, others) => others,
        }
    }
}

/// Where a topic's log stood when something was read: subscribe from here and nothing is missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicPosition {
    /// Which topic.
    pub name: String,
    /// Changes when the database was restored.
    pub epoch: String,
    /// The last event.
    pub offset: i64,
}

/// Somebody in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// With which role.
    pub role: Role,
}

/// Where a conversation stands in a list that begins with the newest activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPlace {
    /// When its last message was written; without one, when it was made.
    pub active_at: Timestamp,
    /// Which, among those of one moment: the higher id comes first.
    pub id: ConversationId,
}

/// Where a conversation's log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatHead {
    /// Which.
    pub id: ConversationId,
    /// Changes when the database was restored.
    pub epoch: String,
    /// The last event.
    pub offset: i64,
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// Direct chat or group.
    pub kind: Kind,
    /// A group's name.
    pub title: Option<String>,
    /// What a group says of itself; nothing while this member has not accepted.
    pub description: Description,
    /// A group's picture, as its description.
    pub picture: Option<PictureId>,
    /// Who is in it: everybody up to [`SHOWN_MEMBERS_MAX`]; of more, this member and who wrote the
    /// last message; of a group that one has not accepted, who asks.
    pub members: Vec<Member>,
    /// How many are in it.
    pub member_count: i64,
    /// This member's role.
    pub role: Role,
    /// Whether this member has accepted.
    pub state: MemberState,
    /// The other person of the direct chat has not accepted it.
    pub awaits_other: bool,
    /// This member has blocked the other person of the direct chat.
    pub blocked: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The newest message this member may read.
    pub last_message: Option<Message>,
    /// Others' messages beyond `read_seq`, among the last [`UNREAD_MAX`].
    pub unread_count: i64,
    /// How many of these name this member, up to [`UNREAD_MENTIONS_MAX`].
    pub unread_mentions: i64,
    /// This member's own marks.
    #[serde(flatten)]
    pub marks: Watermarks,
    /// Everyone's marks (direct), or the minimum (group). A list leaves the minimum out where this
    /// member has not written the last message.
    pub receipts: Vec<Receipt>,
    /// Messages that stand above it.
    pub pins: Vec<Pin>,
    /// The first message that this member reads: those before it are from before them, or cleared.
    pub first_seq: i64,
    /// How this member has arranged it.
    #[serde(flatten)]
    pub settings: ChatSettings,
    /// What this member has begun to write there.
    pub draft: Option<Draft>,
    /// How long messages are kept that are posted now; nothing is for ever.
    pub lifetime: Option<Lifetime>,
    /// Where its log stands.
    pub topic: TopicPosition,
    /// When its last message was written; without one, when it was made.
    pub active_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    #[test]
    fn pair_is_the_same_from_both_sides() {
        let (ada, grace) = (user(1), user(2));
        let asked = |by, with| Blueprint::new(Kind::Direct, by, vec![with], None).unwrap();
        assert_eq!(asked(ada, grace).pair(ada), asked(grace, ada).pair(grace));
        assert_eq!(Blueprint::Own.pair(ada), Some((ada, ada)));
        assert!(Blueprint::Own.others().is_empty());
    }

    #[test]
    fn direct_chat_is_with_one_other_person() {
        let make = |others| Blueprint::new(Kind::Direct, user(1), others, None);
        assert_eq!(make(vec![user(1)]), Err(ConversationError::DirectMembers));
        assert_eq!(make(vec![]), Err(ConversationError::DirectMembers));
        assert_eq!(
            make(vec![user(2), user(3)]),
            Err(ConversationError::DirectMembers)
        );
        assert_eq!(
            make(vec![user(2), user(1), user(2)]),
            Ok(Blueprint::Direct(user(2)))
        );
    }

    #[test]
    fn title_is_shown_as_it_is() {
        assert_eq!(Title::parse(" Rooks  ♜ ").unwrap().as_str(), "Rooks ♜");
        for title in ["", "\u{200B}", "Rooks\n", "Rooks\u{202E}", &"x".repeat(101)] {
            assert_eq!(Title::parse(title), Err(ConversationError::Title));
        }
    }

    #[test]
    fn group_needs_a_title_and_has_an_end() {
        let make = |others, title| Blueprint::new(Kind::Group, user(0), others, title);
        assert_eq!(make(vec![user(1)], None), Err(ConversationError::Title));
        let everyone = (1..=1000).map(user).collect();
        assert_eq!(
            make(everyone, Some("All")),
            Err(ConversationError::TooManyMembers)
        );
    }
}
