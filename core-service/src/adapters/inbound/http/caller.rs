//! Who calls.

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};

use rookery_kit::credentials;

use super::{
    Services,
    problem::{Problem, blocking},
};
use crate::{
    application::error::{Error, TokenError},
    domain::ids::{SessionId, UserId},
};

/// The user whose access token came with the request, and the session that it is of.
pub(super) struct Caller(pub(super) UserId, pub(super) SessionId);

pub(super) fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    credentials::bearer(value).map(str::to_owned)
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = bearer(request);
        let services = request.app_data::<Data<Services>>().cloned();
        Box::pin(async move {
            let invalid = || Problem::from(Error::from(TokenError::Invalid));
            let (token, services) = (token.ok_or_else(invalid)?, services.ok_or_else(invalid)?);
            let accounts = services.accounts.clone();
            let identity = blocking(move || accounts.identify(&token)).await?;
            Ok(Self(identity.user, identity.session))
        })
    }
}
