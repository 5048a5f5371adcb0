//! Signing up, in, on and out; people.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    cookie::{Cookie, SameSite, time::Duration},
    http::StatusCode,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::{Caller, bearer},
    device::device_name,
    limits::{address, network},
    problem::{Problem, blocking},
    views,
};
use crate::application::{
    accounts::{Origin, SignedIn},
    error::Error,
};

/// Browsers keep no cookie for longer.
const DEVICE_IS_KNOWN_FOR: Duration = Duration::days(400);

/// A new account.
#[derive(Deserialize, ToSchema)]
pub(super) struct Registration {
    handle: String,
    display_name: String,
    password: String,
}

/// What one signs in with.
#[derive(Deserialize, ToSchema)]
pub(super) struct Credentials {
    handle: String,
    password: String,
    /// Where a second factor is on: what the app shows, or a recovery code.
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// How a handle begins, or words of a name.
    query: String,
}

/// Makes an account and signs it in.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    request_body = Registration,
    responses(
        (status = 201, description = "Signed in; the refresh token is in the cookie", body = views::Session),
        (status = 403, description = "`sign_up_closed`"),
        (status = 409, description = "`handle_taken`"),
        (status = 422, description = "`invalid_handle`, `handle_reserved`, `invalid_display_name`, `invalid_password` or `weak_password`"),
        (
            status = 429,
            description = "`too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
        (
            status = 503,
            description = "`busy`: too many people sign in at once",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
)]
pub(super) async fn register(
    request: HttpRequest,
    Json(Object(body)): Json<Object<Registration>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.sign_ups.count(&request)?;
    let turn = services.hashing.take().await?;
    let accounts = services.accounts.clone();
    let from = origin(&request, &services);
    let signed_in = turn.run(move |_turn| {
        accounts.register(&body.handle, &body.display_name, body.password, &from)
    });
    Ok(session(&services, StatusCode::CREATED, signed_in.await?))
}

/// Signs in.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    request_body = Credentials,
    responses(
        (status = 200, description = "Signed in; the refresh token is in the cookie", body = views::Session),
        (status = 401, description = "`invalid_credentials`; `second_factor_required`: the password is right, and `code` is missing"),
        (status = 403, description = "`wrong_code`: it is another one, or was used before"),
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
)]
pub(super) async fn log_in(
    request: HttpRequest,
    Json(Object(body)): Json<Object<Credentials>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    services.limits.sign_ins.count(&request)?;
    let turn = services.hashing.take().await?;
    let accounts = services.accounts.clone();
    let from = origin(&request, &services);
    let signed_in = turn.run(move |_turn| {
        let Credentials {
            handle,
            password,
            code,
        } = body;
        accounts.log_in(&handle, &password, code.as_deref(), &from)
    });
    Ok(session(&services, StatusCode::OK, signed_in.await?))
}

/// Replaces the refresh token and makes a new access token.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    responses(
        (status = 200, description = "Signed in; the new refresh token is in the cookie", body = views::Session),
        (status = 401, description = "`refresh_invalid`"),
    ),
    security(("refresh" = [])),
)]
pub(super) async fn refresh(
    request: HttpRequest,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let token = refresh_token(&request, &services).ok_or(Error::RefreshInvalid)?;
    let accounts = services.accounts.clone();
    let signed_in = blocking(move || accounts.refresh(&token));
    Ok(session(&services, StatusCode::OK, signed_in.await?))
}

/// Ends the session that either token names.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    responses((status = 204, description = "Signed out, or was not signed in")),
    security((), ("bearer" = []), ("refresh" = [])),
)]
pub(super) async fn log_out(
    request: HttpRequest,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (access, refresh) = (bearer(&request), refresh_token(&request, &services));
    let accounts = services.accounts.clone();
    blocking(move || accounts.log_out(access.as_deref(), refresh.as_deref())).await?;
    Ok(signed_out(&services))
}

/// Takes the refresh token away.
pub(super) fn signed_out(services: &Services) -> HttpResponse {
    let mut gone = refresh_cookie(services, String::new());
    gone.make_removal();
    HttpResponse::NoContent().cookie(gone).finish()
}

/// People whose handle begins like that, then those whose name has words that do, whatever capitals
/// and accents they are written with; 20 at most, without the caller.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    params(Search),
    responses(
        (status = 200, body = views::UserList),
        (
            status = 429,
            description = "`too_many_requests`: from this address",
            headers(("Retry-After" = i64, description = "Seconds")),
        ),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn search_users(
    request: HttpRequest,
    caller: Caller,
    search: Query<Search>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    services.limits.people_searches.count(&request)?;
    let accounts = services.accounts.clone();
    let users = blocking(move || accounts.search(&search.query, caller.0)).await?;
    Ok(Json(views::UserList::from(users)))
}

fn session(services: &Services, status: StatusCode, mut signed_in: SignedIn) -> HttpResponse {
    let refresh_token = std::mem::take(&mut signed_in.refresh_token);
    let mut response = HttpResponse::build(status);
    response.cookie(refresh_cookie(services, refresh_token));
    if let Some(token) = signed_in.device_token.take() {
        let name = device_cookie_name(services);
        response.cookie(cookie(services, name, token, DEVICE_IS_KNOWN_FOR));
    }
    response.json(views::Session::from(signed_in))
}

/// Where a request with a password comes from.
pub(super) fn origin(request: &HttpRequest, services: &Services) -> Origin {
    Origin {
        address: network(&address(request)).to_string(),
        device_token: read_cookie(request, device_cookie_name(services)),
        device: device_name(request),
    }
}

fn refresh_token(request: &HttpRequest, services: &Services) -> Option<String> {
    read_cookie(request, refresh_cookie_name(services))
}

fn read_cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let cookie = request.cookie(name)?;
    Some(cookie.value().to_owned())
}

fn refresh_cookie(services: &Services, token: String) -> Cookie<'static> {
    let life = Duration::seconds(services.accounts.rules.refresh_ttl_s);
    cookie(services, refresh_cookie_name(services), token, life)
}

fn cookie(
    services: &Services,
    name: &'static str,
    token: String,
    life: Duration,
) -> Cookie<'static> {
    Cookie::build(name, token)
        .path(cookie_path(services))
        .http_only(true)
        .secure(services.addresses.is_secure())
        .same_site(SameSite::Strict)
        .max_age(life)
        .finish()
}

/// Browsers keep the prefix's promises, and refuse the prefix without https.
fn refresh_cookie_name(services: &Services) -> &'static str {
    if services.addresses.is_secure() {
        "__Host-rookery_refresh"
    } else {
        "rookery_refresh"
    }
}

fn device_cookie_name(services: &Services) -> &'static str {
    if services.addresses.is_secure() {
        "__Host-rookery_device"
    } else {
        "rookery_device"
    }
}

/// Other programs on this host's ports do not get to see the cookie, unless their paths are the same.
/// The prefix demands `/`; what it promises is worth more.
fn cookie_path(services: &Services) -> &'static str {
    if services.addresses.is_secure() {
        "/"
    } else {
        "/api/v1/auth"
    }
}
