//! Bodies of requests, bounded in bytes and in time.

use std::time::Duration;

use actix_web::{HttpResponse, web::Payload};
use bytes::Bytes;
use tokio::time::timeout;

use super::problem::{problem, unavailable};
use crate::limits::inbound::Charge;

/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum BodyRefused {
    /// It is larger than this route takes.
    TooLarge,
    /// It did not arrive in time.
    Late,
    /// The client left in the middle of it.
    BrokenOff,
    /// The hub holds as much of what clients have sent as it may.
    Crowded,
}

/// Reads a body of up to `max_bytes`, which `charge` accounts for.
///
/// # Errors
/// [`BodyRefused`].
pub(in crate::http) async fn read(
    body: Payload,
    max_bytes: usize,
    charge: &mut Charge,
    declared_bytes: Option<usize>,
) -> Result<Bytes, BodyRefused> {
    let expected_bytes = declared_bytes.unwrap_or(max_bytes);
    if expected_bytes > max_bytes {
        return Err(BodyRefused::TooLarge);
    }
    if !charge.set(expected_bytes) {
        return Err(BodyRefused::Crowded);
    }
    read_in_time(body, max_bytes).await
}

/// Reads a body of up to `max_bytes` from somebody who is trusted with the memory.
///
/// # Errors
/// [`BodyRefused`].
pub(in crate::http) async fn read_in_time(
    body: Payload,
    max_bytes: usize,
) -> Result<Bytes, BodyRefused> {
    match timeout(BODY_WITHIN, body.to_bytes_limited(max_bytes)).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(BodyRefused::BrokenOff),
        Ok(Err(_)) => Err(BodyRefused::TooLarge),
        Err(_) => Err(BodyRefused::Late),
    }
}

impl From<BodyRefused> for HttpResponse {
    fn from(refused: BodyRefused) -> Self {
        match refused {
            BodyRefused::TooLarge => {
                let hint = "This is more than a client may say at once.";
                problem(Self::PayloadTooLarge(), "too_large", hint)
            }
            BodyRefused::Late => {
                let hint = "The body did not arrive in time.";
                let mut response = Self::RequestTimeout();
                response.force_close();
                problem(response, "body_late", hint)
            }
            BodyRefused::BrokenOff => problem(
                Self::BadRequest(),
                "bad_request",
                "The body did not arrive.",
            ),
            BodyRefused::Crowded => unavailable("crowded", "The hub has much to read; try again."),
        }
    }
}
