//! Who decides what a user may hear: a core, or the tokens of subscriptions.

use futures_util::{
    FutureExt as _, TryFutureExt as _,
    future::{BoxFuture, ready},
};
use shared_proto::core::v1::{Grant, ListGrantsResponse};

use super::ports::{Grants, Unreachable};
use crate::{
    cores::gateway::CoreGateway,
    identity::{
        VerifyError,
        jwt::{Permission, TokenKeys},
    },
    protocol::codes::Refusal,
    topic::namespaces::{MaySubscribe, Namespace},
};

impl Grants for CoreGateway {
    fn seats_users(&self) -> bool {
        true
    }

    fn remaining<'a>(
        &'a self,
        user: &'a str,
        cursor: &'a str,
    ) -> BoxFuture<'a, Result<ListGrantsResponse, Unreachable>> {
        self.list_grants(user, cursor)
            .map_err(|_| Unreachable)
            .boxed()
    }

    fn authorize<'a>(
        &'a self,
        user: &'a str,
        topic: &'a str,
    ) -> BoxFuture<'a, Result<Option<Grant>, Unreachable>> {
        Self::authorize(self, user, topic)
            .map_err(|_| Unreachable)
            .boxed()
    }

    fn permission(
        &self,
        _: &str,
        _: &Namespace,
        _: &str,
        _: &str,
    ) -> Result<Option<Permission>, Refusal> {
        Ok(None)
    }

    fn renewal(&self, _: &str, _: &str, _: &str) -> Result<Permission, Refusal> {
        Err(Refusal::NOT_AVAILABLE)
    }
}

impl Grants for TokenKeys {
    fn seats_users(&self) -> bool {
        false
    }

    fn remaining<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<ListGrantsResponse, Unreachable>> {
        ready(Ok(ListGrantsResponse::default())).boxed()
    }

    fn authorize<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<Grant>, Unreachable>> {
        ready(Ok(None)).boxed()
    }

    /// A token that is there must be good, also where none is needed: it says when the subscription
    /// ends.
    fn permission(
        &self,
        user: &str,
        namespace: &Namespace,
        topic: &str,
        token: &str,
    ) -> Result<Option<Permission>, Refusal> {
        match namespace.subscribe {
            MaySubscribe::Nobody => Err(Refusal::PERMISSION_DENIED),
            MaySubscribe::Authenticated if token.is_empty() => Ok(Some(Permission::default())),
            MaySubscribe::Granted if token.is_empty() => Err(Refusal::PERMISSION_DENIED),
            MaySubscribe::Authenticated | MaySubscribe::Granted => {
                Ok(Some(self.permit(token, user, topic)?))
            }
        }
    }

    fn renewal(&self, user: &str, topic: &str, token: &str) -> Result<Permission, Refusal> {
        self.permit(token, user, topic).map_err(|error| Refusal {
            // Without that the SDK would give the subscription up instead of getting another token.
            temporary: error == VerifyError::Expired,
            ..error.into()
        })
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Expired => Self::TOKEN_EXPIRED,
            VerifyError::Invalid | VerifyError::Revoked => Self::PERMISSION_DENIED,
            VerifyError::Unreachable => Self::INTERNAL,
        }
    }
}
