//! What is asked of the caller at sign-in besides the password.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    accounts::origin,
    caller::Caller,
    problem::{Problem, blocking},
};

/// The password again.
#[derive(Deserialize, ToSchema)]
pub(super) struct KnownPassword {
    password: String,
}

/// What the app shows.
#[derive(Deserialize, ToSchema)]
pub(super) struct ShownCode {
    /// Six digits.
    code: String,
}

/// What turns a second factor off.
#[derive(Deserialize, ToSchema)]
pub(super) struct BothFactors {
    password: String,
    /// What the app shows, or a recovery code.
    code: String,
}

/// Whether a code is asked for at sign-in.
#[derive(Serialize, ToSchema)]
pub(super) struct SecondFactor {
    on: bool,
    /// Recovery codes that were not used.
    recovery_codes_left: i64,
}

/// What an authenticator app needs (RFC 6238: SHA-1, six digits, 30 seconds).
#[derive(Serialize, ToSchema)]
pub(super) struct TotpSecret {
    /// In base 32, to be typed.
    secret: String,
    /// The same for a QR code, `otpauth://totp/...`.
    url: String,
}

/// Codes that are good once each, and told once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Whether a code is asked for when the caller signs in.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/second-factor",
    responses((status = 200, body = SecondFactor)),
    security(("bearer" = [])),
)]
pub(super) async fn show_second_factor(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let accounts = services.accounts.clone();
    let state = blocking(move || accounts.second_factor(caller.0)).await?;
    Ok(Json(SecondFactor {
        on: state.is_on,
        recovery_codes_left: state.codes_left,
    }))
}

/// Makes a secret for the caller's authenticator app, in the place of one that was not confirmed. Nothing
/// is asked for until it is.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/second-factor",
    request_body = KnownPassword,
    responses(
        (status = 200, body = TotpSecret),
        (status = 403, description = "`wrong_password`"),
        (status = 409, description = "`second_factor_on`: turn it off first"),
        (
            status = 429,
            description = "`too_many_attempts`: they failed; `too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
        (
            status = 503,
            description = "`busy`: too many people sign in at once",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn offer_second_factor(
    request: HttpRequest,
    caller: Caller,
    Json(Object(body)): Json<Object<KnownPassword>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.sign_ins.count(&request)?;
    let turn = services.hashing.take().await?;
    let accounts = services.accounts.clone();
    let from = origin(&request, &services);
    let offered = turn
        .run(move |_turn| accounts.offer_second_factor(caller.0, &body.password, &from))
        .await?;
    Ok(Json(TotpSecret {
        secret: offered.secret,
        url: offered.url,
    }))
}

/// Turns the second factor on whose app shows this code. Sessions that exist go on.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/second-factor/confirm",
    request_body = ShownCode,
    responses(
        (status = 200, description = "From now on a code is asked for at sign-in", body = RecoveryCodes),
        (status = 403, description = "`wrong_code`"),
        (status = 409, description = "`no_second_factor`: no secret was made; `second_factor_on`: it is on already"),
        (
            status = 429,
            description = "`too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn confirm_second_factor(
    request: HttpRequest,
    caller: Caller,
    Json(Object(body)): Json<Object<ShownCode>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.sign_ins.count(&request)?;
    let accounts = services.accounts.clone();
    let codes = blocking(move || accounts.confirm_second_factor(caller.0, &body.code)).await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: codes.iter().map(ToString::to_string).collect(),
    }))
}

/// Turns the caller's second factor off. Its recovery codes are good no more.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/second-factor",
    request_body = BothFactors,
    responses(
        (status = 204, description = "The password alone is asked for"),
        (status = 403, description = "`wrong_password`, `wrong_code`"),
        (status = 409, description = "`no_second_factor`: none is on"),
        (
            status = 429,
            description = "`too_many_attempts`: they failed; `too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
        (
            status = 503,
            description = "`busy`: too many people sign in at once",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn end_second_factor(
    request: HttpRequest,
    caller: Caller,
    Json(Object(body)): Json<Object<BothFactors>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.sign_ins.count(&request)?;
    let turn = services.hashing.take().await?;
    let accounts = services.accounts.clone();
    let from = origin(&request, &services);
    turn.run(move |_turn| accounts.end_second_factor(caller.0, &body.password, &body.code, &from))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
