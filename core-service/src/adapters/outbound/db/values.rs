//! How the domain's values are kept. Ids and times have an SQL type of their own here, because the
//! two databases keep them differently (docs/adr/0016).

use std::io::Write as _;

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, HasSqlType, SqlOrd, SqlType, Text},
    sqlite::Sqlite,
};
use uuid::Uuid;

use super::{
    connection::MultiBackend,
    rows::{Mentions, TopicKind},
};
use crate::domain::{
    account::{DisplayName, Handle},
    attachment::{self, FileName, Voice},
    contact::WhoMayAdd,
    conversation::{Kind, MemberState, Role},
    draft::DraftText,
    ids::{
        AttachmentId, ClientId, ConversationId, FolderId, InviteId, MessageId, PictureId,
        PreviewId, SessionId, UserId,
    },
    message,
    profile::{About, Description},
    reaction::Emoji,
    session::DeviceName,
    time::Timestamp,
};

/// A UUID: `uuid` on PostgreSQL, 16 bytes on SQLite.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Id;

/// A point in time: `timestamptz` on PostgreSQL, UTC microseconds since 1970 on SQLite.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Moment;

impl SqlOrd for Moment {}

impl HasSqlType<Id> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Id>(lookup)
    }
}

impl HasSqlType<Moment> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Moment>(lookup)
    }
}

/// Lets either connection bind and read a type as both databases do.
macro_rules! on_either_connection {
    ($sql:ident: $($value:ty as $proxy:ident),+) => {$(
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(foreign_derive, sql_type = $sql)]
        #[expect(dead_code, reason = "it carries the derives of a type that is the domain's")]
        struct $proxy($value);

        impl ToSql<$sql, MultiBackend> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value(($sql::default(), self));
                Ok(IsNull::No)
            }
        }

        impl FromSql<$sql, MultiBackend> for $value {
            fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, $sql>()
            }
        }
    )+};
}

macro_rules! ids {
    ($($id:ident as $proxy:ident),+) => {
        on_either_connection! { Id: $($id as $proxy),+ }

        $(
            impl ToSql<Id, Pg> for $id {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    out.write_all(self.as_uuid().as_bytes())?;
                    Ok(IsNull::No)
                }
            }

            impl FromSql<Id, Pg> for $id {
                fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                    Ok(Self::new(Uuid::from_slice(value.as_bytes())?))
                }
            }

            impl ToSql<Id, Sqlite> for $id {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(self.as_uuid().as_bytes().as_slice());
                    Ok(IsNull::No)
                }
            }

            impl FromSql<Id, Sqlite> for $id {
                fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
                    Ok(Self::new(Uuid::from_slice(&bytes)?))
                }
            }
        )+
    };
}

ids! {
    UserId as UserIdProxy,
    SessionId as SessionIdProxy,
    ConversationId as ConversationIdProxy,
    MessageId as MessageIdProxy,
    ClientId as ClientIdProxy,
    AttachmentId as AttachmentIdProxy,
    FolderId as FolderIdProxy,
    InviteId as InviteIdProxy,
    PictureId as PictureIdProxy,
    PreviewId as PreviewIdProxy,
    Key as KeyProxy
}

/// The id of whatever it may be: a topic is named by what it belongs to, an event by its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(Uuid);

impl Key {
    pub(super) fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    pub(super) fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

/// A voice note as its recorder has measured it, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VoiceJson(String);

impl VoiceJson {
    /// Nothing of what is no voice note.
    pub(super) fn of(voice: Option<&Voice>) -> Option<Self> {
        serde_json::to_string(voice?).ok().map(Self)
    }

    /// The voice note; nothing when other hands have written there.
    pub(super) fn voice(&self) -> Option<Voice> {
        serde_json::from_str(&self.0).ok()
    }
}

/// PostgreSQL counts from 2000-01-01.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

on_either_connection! { Moment: Timestamp as TimestampProxy }

impl ToSql<Moment, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.micros().saturating_sub(POSTGRES_EPOCH_MICROS);
        out.write_all(&micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        Ok(Self::from_micros(
            micros.saturating_add(POSTGRES_EPOCH_MICROS),
        ))
    }
}

impl ToSql<Moment, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Sqlite> for Timestamp {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Sqlite>>::from_sql(value).map(Self::from_micros)
    }
}

/// Types that are text: how they are written and what reads them again.
macro_rules! texts {
    ($($value:ty as $proxy:ident: $write:expr, $read:expr;)+) => {$(
        on_either_connection! { Text: $value as $proxy }

        impl ToSql<Text, Pg> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let write: fn(&Self) -> &str = $write;
                out.write_all(write(self).as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl ToSql<Text, Sqlite> for $value {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let write: fn(&Self) -> &str = $write;
                out.set_value(write(self));
                Ok(IsNull::No)
            }
        }

        impl FromSql<Text, Pg> for $value {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                text(<String as FromSql<Text, Pg>>::from_sql(value)?, $read)
            }
        }

        impl FromSql<Text, Sqlite> for $value {
            fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                text(<String as FromSql<Text, Sqlite>>::from_sql(value)?, $read)
            }
        }
    )+};
}

/// A text that cannot be what its column keeps was written by other hands.
fn text<T>(text: String, read: fn(String) -> Option<T>) -> deserialize::Result<T> {
    read(text).ok_or_else(|| format!("stored {} is not usable", std::any::type_name::<T>()).into())
}

texts! {
    Handle as HandleProxy: Self::as_str, |text| Some(Handle::stored(text));
    DisplayName as DisplayNameProxy: Self::as_str, |text| Some(DisplayName::stored(text));
    About as AboutProxy: Self::as_str, |text| Some(About::stored(text));
    Description as DescriptionProxy: Self::as_str, |text| Some(Description::stored(text));
    message::Text as MessageTextProxy: Self::as_str, |text| Some(message::Text::stored(text));
    DeviceName as DeviceNameProxy: Self::as_str, |text| Some(DeviceName::stored(text));
    FileName as FileNameProxy: Self::as_str, |text| Some(FileName::stored(text));
    attachment::Kind as AttachmentKindProxy:
        |kind| kind.as_str(), |text| attachment::Kind::parse(&text);
    VoiceJson as VoiceJsonProxy: |voice| &voice.0, |text| Some(VoiceJson(text));
    Kind as KindProxy: |kind| kind.as_str(), |text| Kind::parse(&text);
    Role as RoleProxy: |role| role.as_str(), |text| Role::parse(&text);
    MemberState as MemberStateProxy: |state| state.as_str(), |text| MemberState::parse(&text);
    WhoMayAdd as WhoMayAddProxy: |who| who.as_str(), |text| WhoMayAdd::parse(&text);
    DraftText as DraftTextProxy: Self::as_str, |text| Some(DraftText::stored(text));
    Emoji as EmojiProxy: Self::as_str, |text| Some(Emoji::stored(text));
    Mentions as MentionsProxy: Self::as_str, Mentions::parse;
    TopicKind as TopicKindProxy: |kind| kind.as_str(), |text| TopicKind::parse(&text);
}
