//! Whether load balancers may send clients here.

use actix_web::{HttpResponse, web::Data};

use super::problem::unavailable;
use crate::context::Hub;

/// `GET /health/ready`.
pub(crate) async fn show_readiness(hub: Data<Hub>) -> HttpResponse {
    match hub.readiness.check() {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(not_ready) => unavailable(not_ready.code(), &not_ready.to_string()),
    }
}
