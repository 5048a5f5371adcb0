//! The cores as those who say whose a token is.

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};

use super::gateway::CoreGateway;
use crate::{
    counters::VerifyStats,
    identity::{Authority, Identity, VerifyError},
};

impl Authority for CoreGateway {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, VerifyError>> {
        async move {
            let verified = Self::verify(self, token).await?;
            Ok(Identity {
                user: verified.user_id.clone(),
                session: verified.session_id.clone(),
                info: Bytes::new(),
                expires_at_ms: verified.expires_at_ms,
                grants: verified.grants.clone(),
                next_grants: verified.next_grants.clone(),
                channels: Vec::new(),
            })
        }
        .boxed()
    }

    fn is_reachable(&self) -> bool {
        Self::is_reachable(self)
    }

    fn verifies(&self) -> bool {
        Self::verifies(self)
    }

    fn verify_stats(&self) -> &VerifyStats {
        Self::verify_stats(self)
    }
}
