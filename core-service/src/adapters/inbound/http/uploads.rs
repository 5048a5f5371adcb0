//! Files that people send, part by part.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::StatusCode,
    web::{Data, Json, Path, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::made,
    problem::{Problem, blocking},
    views,
};
use crate::{
    application::{error::Error, uploads::Claim},
    domain::{
        ids::{AttachmentId, ClientId},
        upload::PART_BYTES,
    },
};

/// Parts that one person sends to this process at the same time: a client sends one after the other,
/// and some again whose answer was lost.
const PARTS_OF_ONE: usize = 4;

/// Uploads that one person completes in this process at the same time, with those asked for again
/// because the answer was lost.
pub(super) const COMPLETIONS_OF_ONE: usize = 4;

/// RFC 9530.
const CONTENT_DIGEST: &str = "content-digest";

/// What the recorder of a voice note has measured.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewVoice {
    /// Four hours at most.
    duration_ms: i64,
    /// How loud it is, from its beginning to its end: 64 bars from 0 to 100 at most.
    waveform: Vec<u8>,
}

/// A file to be sent.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewUpload {
    /// Made by the client; a repeat answers what the first request made.
    #[schema(value_type = Uuid)]
    client_upload_id: ClientId,
    /// What people are shown; folders before it and what cannot be seen are left out.
    name: String,
    /// In bytes.
    size: i64,
    /// What the client takes it for. What it is, its bytes say.
    #[serde(default, rename = "type")]
    media_type: String,
    /// Of a voice note.
    #[serde(default)]
    voice: Option<NewVoice>,
}

/// The upload that a path names; what is no id names none.
fn named(id: &str) -> Result<AttachmentId, Problem> {
    id.parse().map_err(|_| Error::NotFound("upload").into())
}

/// Begins to send a file, which may take days. It is sent in parts, then completed, then named by a
/// message.
#[utoipa::path(
    post,
    path = "/api/v1/uploads",
    request_body = NewUpload,
    responses(
        (status = 201, description = "Where to begin", body = views::Upload),
        (
            status = 200,
            description = "It was begun before: where to go on",
            body = views::Upload,
            headers(("Idempotent-Replayed" = String, description = "`true`")),
        ),
        (status = 413, description = "`file_too_large`"),
        (status = 422, description = "`file_empty`, `bad_voice`"),
        (status = 429, description = "`too_many_uploads`: finish or cancel one of them"),
        (status = 507, description = "`quota_exceeded`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn begin(
    caller: Caller,
    Json(Object(body)): Json<Object<NewUpload>>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let uploads = services.uploads.clone();
    let claim = Claim {
        client_upload_id: body.client_upload_id,
        name: body.name,
        media_type: body.media_type,
        size: body.size,
        voice: body.voice.map(|voice| (voice.duration_ms, voice.waveform)),
    };
    let (upload, origin) = blocking(move || uploads.begin(caller.0, claim)).await?;
    Ok(made(origin, &views::Upload::from(upload)))
}

/// Where an upload goes on.
#[utoipa::path(
    get,
    path = "/api/v1/uploads/{id}",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::Upload),
        (status = 404, description = "`not_found`: it does not exist any more, or is not the caller's"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn show(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (uploads, id) = (services.uploads.clone(), named(&id)?);
    let upload = blocking(move || uploads.get(caller.0, id)).await?;
    Ok(Json(views::Upload::from(upload)))
}

/// Forgets an upload, and what was made of it, unless a message has it.
#[utoipa::path(
    delete,
    path = "/api/v1/uploads/{id}",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "`not_found`: it does not exist any more, or is not the caller's"),
        (status = 409, description = "`file_was_sent`: delete the message"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn cancel(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (uploads, id) = (services.uploads.clone(), named(&id)?);
    blocking(move || uploads.cancel(caller.0, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the part of a file that begins at `offset`. Each has `part_bytes` bytes and the last one the
/// rest. Any replica takes any part; a part that has come already changes nothing.
#[utoipa::path(
    put,
    path = "/api/v1/uploads/{id}/parts/{offset}",
    params(
        ("id" = Uuid, Path),
        ("offset" = i64, Path),
        ("Content-Digest" = String, Header, description = "`sha-256=:BASE64:` of the part (RFC 9530)"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Where the next part begins", body = views::Offset),
        (status = 400, description = "`digest_missing`, `bad_offset`"),
        (status = 404, description = "`not_found`: it does not exist any more, or is not the caller's"),
        (
            status = 409,
            description = "`wrong_offset`: `offset` of the problem says where the next part begins; \
                `part_differs`: the part has come with other bytes",
        ),
        (status = 413, description = "`part_too_large`"),
        (status = 422, description = "`digest_mismatch`: send it again; `wrong_part_size`"),
        (status = 503, description = "`busy`: send it again"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn take_part(
    caller: Caller,
    path: Path<(String, String)>,
    request: HttpRequest,
    payload: Payload,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (uploads, id) = (services.uploads.clone(), named(&path.0)?);
    let offset: i64 = path.1.parse().map_err(|_| {
        let detail = "a part's address ends with the number of bytes before it";
        Problem::new(StatusCode::BAD_REQUEST, "bad_offset", detail)
    })?;
    let digest = digest(&request)?;
    // Who may not send it takes no turn, and none of the body is read.
    let asked = uploads.clone();
    blocking(move || asked.get(caller.0, id)).await?;
    let turn = services.parts.take_for(caller.0, PARTS_OF_ONE).await?;
    let limit = usize::try_from(PART_BYTES).unwrap_or(usize::MAX);
    let bytes = payload.to_bytes_limited(limit).await.map_err(|_| {
        let detail = format!("a part has at most {PART_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "part_too_large", detail)
    })?;
    let bytes = bytes.map_err(|_| {
        let detail = "the part did not come whole; send it again";
        Problem::new(StatusCode::BAD_REQUEST, "part_cut_off", detail)
    })?;
    let taken = turn.run(move |_turn| {
        if Sha256::digest(&bytes)[..] != digest[..] {
            return Ok(None);
        }
        uploads.take_part(caller.0, id, offset, &bytes).map(Some)
    });
    let offset = taken.await?.ok_or_else(|| {
        let detail = "the part came with other bytes than Content-Digest says; send it again";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "digest_mismatch", detail)
    })?;
    Ok(Json(views::Offset { offset }))
}

/// The SHA-256 that a request says its body has.
fn digest(request: &HttpRequest) -> Result<Vec<u8>, Problem> {
    let values = request.headers().get_all(CONTENT_DIGEST);
    let mut digests = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let sha256 = digests.find_map(|digest| {
        let encoded = digest.trim().strip_prefix("sha-256=:")?.strip_suffix(':')?;
        STANDARD.decode(encoded).ok()
    });
    sha256.ok_or_else(|| {
        let detail = "send the header `Content-Digest: sha-256=:BASE64:` (RFC 9530) with each part";
        Problem::new(StatusCode::BAD_REQUEST, "digest_missing", detail)
    })
}

/// Makes an attachment of a file that has come whole. What it is, its bytes say. A picture is made
/// anew without what its camera has written into it. A repeat answers the same.
#[utoipa::path(
    post,
    path = "/api/v1/uploads/{id}/complete",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = views::Attachment),
        (status = 404, description = "`not_found`: it does not exist any more, or is not the caller's"),
        (status = 409, description = "`upload_incomplete`: `offset` of the problem says where to go on"),
        (status = 422, description = "`picture_too_large`, `picture_broken`"),
        (status = 503, description = "`busy`: ask again"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn complete(
    caller: Caller,
    id: Path<String>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (uploads, id) = (services.uploads.clone(), named(&id)?);
    let turn = services
        .pictures
        .take_for(caller.0, COMPLETIONS_OF_ONE)
        .await?;
    let attachment = turn.run(move |_turn| uploads.complete(caller.0, id));
    Ok(Json(views::Attachment::from(attachment.await?)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: Option<&[u8]>) {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((CONTENT_DIGEST, *value));
        }
        let found = digest(&request.to_http_request()).ok();
        assert_eq!(found.as_deref(), expected, "{values:?}");
    }

    #[test]
    fn digest_is_found_among_others() {
        check(&["sha-256=:AQID:"], Some(&[1, 2, 3]));
        check(&["sha-512=:AAAA:, sha-256=:AQID:"], Some(&[1, 2, 3]));
        check(&["sha-512=:AAAA:", " sha-256=:AQID: "], Some(&[1, 2, 3]));
        for none in ["", "AQID", "sha-256=AQID", "sha-256=:A:", "md5=:AQID:"] {
            check(&[none], None);
        }
        check(&[], None);
    }
}
