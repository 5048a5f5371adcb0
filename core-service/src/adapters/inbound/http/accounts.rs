//! Signing up, in, on and out; people.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    cookie::{Cookie, SameSite, time::Duration},
    http::StatusCode,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Services,
    caller::{Caller, bearer},
    problem::{Problem, blocking},
};
use crate::application::{accounts::SignedIn, error::Error};

#[derive(Deserialize)]
pub(super) struct Registration {
    handle: String,
    display_name: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct Login {
    handle: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct Search {
    query: String,
}

pub(super) async fn register(
    body: Json<Registration>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (accounts, body) = (services.accounts.clone(), body.into_inner());
    let signed_in = blocking(move || {
        accounts.register(&body.handle, &body.display_name, body.password)
    });
    Ok(session(&services, StatusCode::CREATED, signed_in.await?))
}

pub(super) async fn log_in(
    request: HttpRequest,
    body: Json<Login>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (accounts, body) = (services.accounts.clone(), body.into_inner());
    // Our own load balancer writes the header, and nobody else reaches this port.
    let address = request.connection_info().realip_remote_addr().unwrap_or_default().to_owned();
    let signed_in = blocking(move || accounts.log_in(&body.handle, &body.password, &address));
    Ok(session(&services, StatusCode::OK, signed_in.await?))
}

pub(super) async fn refresh(
    request: HttpRequest,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let token = refresh_token(&request, &services).ok_or(Error::RefreshInvalid)?;
    let accounts = services.accounts.clone();
    let signed_in = blocking(move || accounts.refresh(&token));
    Ok(session(&services, StatusCode::OK, signed_in.await?))
}

pub(super) async fn log_out(
    request: HttpRequest,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (access, refresh) = (bearer(&request), refresh_token(&request, &services));
    let accounts = services.accounts.clone();
    blocking(move || accounts.log_out(access.as_deref(), refresh.as_deref())).await?;
    let mut gone = cookie(&services, String::new());
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

pub(super) async fn show_me(
    caller: Caller,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let accounts = services.accounts.clone();
    Ok(Json(blocking(move || accounts.user(caller.0)).await?))
}

pub(super) async fn search_users(
    caller: Caller,
    search: Query<Search>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let accounts = services.accounts.clone();
    let users = blocking(move || accounts.search(&search.query, caller.0)).await?;
    Ok(Json(json!({ "users": users })))
}

fn session(services: &Services, status: StatusCode, signed_in: SignedIn) -> HttpResponse {
    HttpResponse::build(status).cookie(cookie(services, signed_in.refresh_token)).json(json!({
        "user": signed_in.user,
        "access_token": signed_in.access_token,
        "expires_in": signed_in.expires_in_s,
    }))
}

fn refresh_token(request: &HttpRequest, services: &Services) -> Option<String> {
    request.cookie(cookie_name(services)).map(|cookie| cookie.value().to_owned())
}

fn cookie(services: &Services, token: String) -> Cookie<'static> {
    Cookie::build(cookie_name(services), token)
        .path("/")
        .http_only(true)
        .secure(services.addresses.secure)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(services.accounts.rules.refresh_ttl_s))
        .finish()
}

/// Browsers keep the prefix's promises, and refuse the prefix without https.
fn cookie_name(services: &Services) -> &'static str {
    if services.addresses.secure { "__Host-rookery_refresh" } else { "rookery_refresh" }
}
