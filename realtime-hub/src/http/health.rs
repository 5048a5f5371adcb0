//! Whether load balancers may send clients here.

use actix_web::{HttpResponse, web::Data};

use super::problem::unavailable;
use crate::http::site::Site;

/// `GET /health/ready`.
pub(crate) async fn show_readiness(site: Data<Site>) -> HttpResponse {
    match site.readiness.check() {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(not_ready) => unavailable(not_ready.code(), &not_ready.to_string()),
    }
}
