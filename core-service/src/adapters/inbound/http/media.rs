//! Files that people load: links, and what they lead to.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::{
        StatusCode,
        header::{
            self, ByteRangeSpec, Charset, ContentDisposition, ContentRange, ContentRangeSpec,
            DispositionParam, DispositionType, ETag, EntityTag, ExtendedValue, Header as _,
            IfNoneMatch, Range,
        },
    },
    web::{Bytes, Data, Json, Path, Query},
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use shared_proto::json::Object;
use utoipa::ToSchema;

use super::{
    Services,
    caller::Caller,
    conversations::conversation,
    cursor::{self, MediaPlace},
    messages::limit,
    problem::{Problem, blocking},
    turns::Turn,
    views,
};
use crate::{
    application::{
        error::{Error, LinkDenied},
        media::{LINKS_MAX, Media, Served},
        paging::MEDIA_MAX,
        ports::{Kept, Link},
    },
    domain::{
        attachment::{Kind, Variant},
        ids::AttachmentId,
    },
};

/// Nothing of it runs, whatever it is, and it loads nothing.
pub(super) const POLICY: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'";

/// Downloads from this process at the same time of files of one owner: somebody who makes many slow
/// readers of their own files leaves most turns to others.
const DOWNLOADS_OF_ONE: usize = 128;

/// Attachments that the caller wants to load.
#[derive(Deserialize, ToSchema)]
pub(super) struct WantedLinks {
    /// 100 at most.
    #[schema(value_type = Vec<Uuid>)]
    ids: Vec<AttachmentId>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MediaPart {
    /// Kinds of attachments, separated by commas; all of them where it is left out.
    kind: Option<String>,
    /// The `next` of the answer before; left out for the newest.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<i64>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Signed {
    /// `content` or `thumbnail`.
    #[serde(default)]
    variant: String,
    /// Seconds since 1970.
    #[serde(default)]
    expires: i64,
    #[serde(default)]
    signature: String,
}

/// Links to those of the attachments that the caller may load: those in messages that they read.
/// Others are left out. A link needs no token and holds for a while.
#[utoipa::path(
    post,
    path = "/api/v1/media/links",
    request_body = WantedLinks,
    responses(
        (status = 200, body = views::LinkList),
        (status = 422, description = "`too_many_links`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn make_links(
    caller: Caller,
    Json(Object(body)): Json<Object<WantedLinks>>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let media = services.media.clone();
    if body.ids.len() > LINKS_MAX {
        let detail = format!("ask for at most {LINKS_MAX} links at a time");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Problem::new(status, "too_many_links", detail));
    }
    let links = blocking(move || media.links(caller.0, &body.ids)).await?;
    Ok(Json(views::LinkList::from(links)))
}

/// Messages of a conversation that carry something, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/media",
    params(("id" = Uuid, Path), MediaPart),
    responses(
        (status = 200, body = views::MediaList),
        (status = 400, description = "`bad_query`, `bad_cursor`"),
        (status = 404, description = "`not_found`: it does not exist, or not for the caller"),
        (status = 409, description = "`not_accepted`"),
    ),
    security(("bearer" = [])),
)]
pub(super) async fn list_media(
    caller: Caller,
    id: Path<String>,
    part: Query<MediaPart>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    let (media, id) = (services.media.clone(), conversation(&id)?);
    let limit = limit(part.limit, 50, MEDIA_MAX)?;
    let kinds = kinds(part.kind.as_deref())?;
    let before = cursor::from_text(part.cursor.as_deref())?.map(|MediaPlace(seq)| seq);
    let part = blocking(move || media.list(caller.0, id, &kinds, before, limit)).await?;
    Ok(Json(views::MediaList::from(part)))
}

fn kinds(text: Option<&str>) -> Result<Vec<Kind>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(Kind::ALL.into());
    };
    let kinds: Option<Vec<Kind>> = text.split(',').map(Kind::parse).collect();
    kinds.ok_or_else(|| {
        let detail = "kind is one or more of picture, video, audio, voice and file";
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })
}

/// What a link leads to. Pictures, videos and sound are shown, anything else is saved.
#[utoipa::path(
    get,
    path = "/media/{id}",
    params(("id" = Uuid, Path), Signed),
    responses(
        (status = 200, content_type = "*/*", body = Vec<u8>),
        (status = 206, description = "A part of it (RFC 9110, one range)", content_type = "*/*", body = Vec<u8>),
        (status = 304, description = "The client has it"),
        (status = 403, description = "`link_expired`, `bad_signature`: ask for a new link"),
        (status = 404, description = "`not_found`: it was deleted"),
        (status = 416, description = "`bad_range`"),
        (status = 503, description = "`busy`"),
    ),
)]
pub(super) async fn load(
    id: Path<String>,
    signed: Query<Signed>,
    request: HttpRequest,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let forged = || Problem::from(Error::from(LinkDenied::Forged));
    let Signed {
        variant,
        expires,
        signature,
    } = signed.into_inner();
    let link = Link {
        id: id.parse().map_err(|_| forged())?,
        variant: Variant::parse(&variant).ok_or_else(forged)?,
        expires_s: expires,
    };
    let turn = services.downloads.take().await?;
    let media = services.media.clone();
    let opened = turn.run(move |turn| Ok((media.open(link, &signature)?, turn)));
    let (served, turn) = opened.await?;
    let downloads = &services.downloads;
    let turn = downloads.count_for(turn, served.kept.owner, DOWNLOADS_OF_ONE)?;
    answer(&request, served, &services.media, turn)
}

fn answer(
    request: &HttpRequest,
    served: Served,
    media: &Arc<Media>,
    turn: Turn,
) -> Result<HttpResponse, Problem> {
    // What is behind a link never changes.
    let tag = EntityTag::new_strong(format!(
        "{}-{}",
        served.kept.attachment.id,
        if served.small.is_some() {
            "small"
        } else {
            "whole"
        }
    ));
    if is_known(request, &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header(ETag(tag))
            .insert_header((header::CACHE_CONTROL, "private, max-age=86400, immutable"))
            .finish());
    }
    let size = served.size;
    let range = wanted(request, &tag, size)?;
    let (from, last) = range.unwrap_or((0, size.saturating_sub(1)));
    let mut response = match range {
        None => HttpResponse::Ok(),
        Some(_) => {
            let mut response = HttpResponse::PartialContent();
            response.insert_header(ContentRange(ContentRangeSpec::Bytes {
                range,
                instance_length: Some(size),
            }));
            response
        }
    };
    response
        .insert_header(ETag(tag))
        .insert_header((header::CONTENT_TYPE, served.media_type.as_str()))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=86400, immutable"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header(disposition(&served.kept));
    let end = last + 1;
    if let Some(small) = served.small {
        let part = Bytes::from(small).slice(place(from)..place(end));
        return Ok(response.body(part));
    }
    let body = content(media.clone(), served.kept, from, end, turn);
    Ok(response.no_chunking(end - from).streaming(body))
}

/// A place in something that is in memory.
fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Err(_) => false,
    }
}

/// The first and the last byte that are wanted; nothing for all of them. Several ranges are answered
/// with everything, as RFC 9110 allows.
fn wanted(
    request: &HttpRequest,
    tag: &EntityTag,
    size: u64,
) -> Result<Option<(u64, u64)>, Problem> {
    let Some(range) = request.headers().get(header::RANGE) else {
        return Ok(None);
    };
    if let Some(of) = request.headers().get(header::IF_RANGE)
        && of.to_str().ok() != Some(tag.to_string().as_str())
    {
        return Ok(None);
    }
    let range = range.to_str().ok().and_then(|text| text.parse().ok());
    let Some(Range::Bytes(ranges)) = range else {
        return Ok(None);
    };
    let [range] = &ranges[..] else {
        return Ok(None);
    };
    let range: &ByteRangeSpec = range;
    range.to_satisfiable_range(size).map(Some).ok_or_else(|| {
        let detail = format!("it has {size} bytes");
        Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "bad_range", detail)
    })
}

/// Whether a browser shows it or saves it, and under which name.
fn disposition(kept: &Kept) -> ContentDisposition {
    let disposition = match kept.attachment.kind {
        Kind::Picture | Kind::Video | Kind::Audio | Kind::Voice => DispositionType::Inline,
        Kind::File => DispositionType::Attachment,
    };
    let name = kept.attachment.name.as_str();
    let plain: String = name
        .chars()
        .map(|one| match one {
            '"' | '\\' => '_',
            one if one.is_ascii_graphic() || one == ' ' => one,
            _ => '_',
        })
        .collect();
    let mut parameters = vec![DispositionParam::Filename(plain.clone())];
    if plain != name {
        parameters.push(DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.as_bytes().to_vec(),
        }));
    }
    ContentDisposition {
        disposition,
        parameters,
    }
}

/// The bytes of a content, read as they are sent: a slow reader holds one bit of it.
fn content(
    media: Arc<Media>,
    kept: Kept,
    from: u64,
    end: u64,
    turn: Turn,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
    let kept = Arc::new(kept);
    stream::unfold(Some((from, turn)), move |state| {
        let (media, kept) = (media.clone(), kept.clone());
        async move {
            let (at, turn) = state.filter(|(at, _)| *at < end)?;
            let read = turn.run(move |turn| Ok((media.read(&kept, at, end)?, turn)));
            Some(match read.await {
                Ok((bytes, turn)) => {
                    let next = at + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    (Ok(Bytes::from(bytes)), Some((next, turn)))
                }
                // The connection ends: what was promised cannot be sent.
                Err(problem) => (Err(problem.into()), None),
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{
        ops::Range,
        sync::{Mutex, mpsc},
        time::Duration,
    };

    use futures_util::{FutureExt as _, StreamExt as _};
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::{super::turns::Turns, *};
    use crate::{
        application::{
            ports::{BlobName, BlobStore, Stored},
            testing::{FakeClock, MemoryFiles, PlainSigner},
        },
        domain::{
            attachment::{Attachment, FileName},
            ids::{FolderId, UserId},
        },
    };

    /// A disk that says that it is read, and reads when it is let go.
    struct HeldDisk {
        begun: Mutex<Option<oneshot::Sender<()>>>,
        let_go: Mutex<mpsc::Receiver<()>>,
    }

    impl BlobStore for HeldDisk {
        fn put_blob(&self, _: FolderId, _: BlobName, _: Vec<u8>) -> Stored<bool> {
            Ok(true)
        }

        fn blob(&self, _: FolderId, _: BlobName, _: Range<u64>) -> Stored<Option<Vec<u8>>> {
            if let Some(begun) = self.begun.lock().unwrap().take() {
                begun.send(()).unwrap();
            }
            let _ = self.let_go.lock().unwrap().recv();
            Ok(Some(b"bytes".to_vec()))
        }

        fn remove_folder(&self, _: FolderId) -> Stored<()> {
            Ok(())
        }
    }

    fn kept() -> Kept {
        let attachment = Attachment {
            id: AttachmentId::new(Uuid::from_u128(1)),
            kind: Kind::File,
            name: FileName::of_claim("a"),
            media_type: String::new(),
            size: 10,
            width: None,
            height: None,
            blurhash: None,
            duration_ms: None,
            waveform: None,
            thumbnail: false,
        };
        Kept {
            attachment,
            owner: UserId::new(Uuid::from_u128(2)),
            folder: FolderId::new(Uuid::from_u128(3)),
            thumbnail_type: None,
        }
    }

    #[tokio::test]
    async fn reader_who_goes_keeps_their_turn_until_the_disk_has_answered() {
        let (begun, has_begun) = oneshot::channel();
        let (let_go, wait) = mpsc::sync_channel(2);
        let media = Arc::new(Media {
            attachments: Arc::new(MemoryFiles::default()),
            blobs: Arc::new(HeldDisk {
                begun: Mutex::new(Some(begun)),
                let_go: Mutex::new(wait),
            }),
            signer: Arc::new(PlainSigner),
            clock: Arc::new(FakeClock::default()),
            link_ttl_s: 600,
        });
        let turns = Turns::new(1, Duration::from_secs(2), "people are loading files");
        let open = async || content(media.clone(), kept(), 0, 10, turns.take().await.unwrap());
        let mut gone = Box::pin(open().await);
        tokio::select! {
            _ = gone.next() => panic!("the disk is held"),
            begun = has_begun => begun.unwrap(),
        }
        drop(gone);
        assert!(turns.take().now_or_never().is_none());
        let_go.send(()).unwrap();
        // Whoever stays has it until the last byte.
        let mut stays = Box::pin(open().await);
        for _ in 0..2 {
            let_go.send(()).unwrap();
            assert_eq!(stays.next().await.unwrap().unwrap(), "bytes");
            assert!(turns.take().now_or_never().is_none());
        }
        assert!(stays.next().await.is_none());
        assert!(turns.take().await.is_ok());
    }
}
