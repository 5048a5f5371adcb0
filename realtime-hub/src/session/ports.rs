//! What sessions need from whoever decides what a user may hear.

use futures_util::future::BoxFuture;
use shared_proto::core::v1::{Grant, ListGrantsResponse};

use crate::{identity::jwt::Permission, protocol::codes::Refusal, topic::namespaces::Namespace};

/// Nobody could be asked: try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

/// Who may hear what. A core decides by grants; where there is none, tokens do.
pub trait Grants: Send + Sync {
    /// Whether the hub seats every connection on the feed and on its user's own topic.
    fn seats_users(&self) -> bool;

    /// A part of the user's chats beyond those that came with the token: those that follow `cursor`.
    fn remaining<'a>(
        &'a self,
        user: &'a str,
        cursor: &'a str,
    ) -> BoxFuture<'a, Result<ListGrantsResponse, Unreachable>>;

    /// The user's fresh grant on one topic, if there is one.
    fn authorize<'a>(
        &'a self,
        user: &'a str,
        topic: &'a str,
    ) -> BoxFuture<'a, Result<Option<Grant>, Unreachable>>;

    /// What the token of a subscribe command permits; `None` where tokens do not decide.
    ///
    /// # Errors
    /// [`Refusal`].
    fn permission(
        &self,
        user: &str,
        namespace: &Namespace,
        topic: &str,
        token: &str,
    ) -> Result<Option<Permission>, Refusal>;

    /// What another token permits in place of the one that a subscription was made with.
    ///
    /// # Errors
    /// [`Refusal`].
    fn renewal(&self, user: &str, topic: &str, token: &str) -> Result<Permission, Refusal>;
}
