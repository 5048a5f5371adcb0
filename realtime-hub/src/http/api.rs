//! The server API by HTTP: `POST /api/{method}` with JSON, as back-end libraries for Centrifugo
//! send it. It has a listener of its own, for the private network.
//!
//! Who has no key, or sends what is no request, is answered with a problem (RFC 9457); a call that
//! fails is answered with status 200 and `{"error": …}`, which is what those libraries look for.

use std::{collections::BTreeMap, future::ready, io, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    web::{self, Bytes, Data, Path, Payload, ServiceConfig},
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};
use shared_proto::{hub::api::v1::Error, json::Object};

use crate::{
    api::{Method, ServerApi, error::ApiError},
    http::site::Site,
    http::{
        admin::{metrics_response, refuse},
        body::{self, BodyRefused},
        health::show_readiness,
        problem::{problem, refuse_route, unavailable},
        routes::{reads, takes},
    },
    identity::api_keys::{self, Caller, KeyRefused},
    session::publishing::PublishRefused,
};

/// The largest request.
const BODY_MAX_BYTES: usize = 4 * 1024 * 1024;

/// How long a request's head may take.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Serves back-ends, Prometheus and health checks until its handle stops it.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, api: ServerApi, site: &Arc<Site>) -> io::Result<Server> {
    let site = Data::from(site.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(site.clone())
            .app_data(Data::new(api.clone()))
            .configure(routes)
    });
    let server = server
        // A call waits for rooms; it computes next to nothing.
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .client_request_timeout(HEAD_WITHIN)
        .listen(listener)?;
    Ok(server.run())
}

pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(takes("/api", call_several))
        .service(takes("/api/batch", call_batch))
        .service(takes("/api/{method}", call))
        .service(reads("/metrics", show_metrics))
        .service(reads("/health/live", HttpResponse::NoContent))
        .service(reads("/health/ready", show_readiness))
        .default_service(web::to(refuse_route));
}

/// The metrics need no key here: who reaches this listener is inside.
async fn show_metrics(site: Data<Site>) -> HttpResponse {
    metrics_response(&site)
}

/// Why a request is not looked at any further.
enum Refused {
    Key(KeyRefused),
    Body(BodyRefused),
    Malformed(serde_json::Error),
}

impl From<Refused> for HttpResponse {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Key(refused) => refuse(refused),
            Refused::Body(BodyRefused::TooLarge) => problem(
                Self::PayloadTooLarge(),
                "body_too_large",
                "A request has at most 4 MiB.",
            ),
            Refused::Body(BodyRefused::BrokenOff) => {
                problem(Self::BadRequest(), "body_unread", "The body broke off.")
            }
            Refused::Body(refused) => refused.into(),
            Refused::Malformed(error) => {
                problem(Self::BadRequest(), "malformed", &error.to_string())
            }
        }
    }
}

/// Who calls, and what they say. Nobody without a key gets a body read.
async fn receive(
    request: &HttpRequest,
    body: Payload,
    site: &Site,
) -> Result<(Caller, Bytes), Refused> {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.and_then(|value| value.to_str().ok())
    };
    let caller = site.api_keys.identify(api_keys::presented(header));
    let caller = caller.map_err(Refused::Key)?;
    let body = body::read_in_time(body, BODY_MAX_BYTES).await;
    Ok((caller, body.map_err(Refused::Body)?))
}

/// What is answered to one call.
#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
}

impl From<Result<Box<RawValue>, ApiError>> for Answer {
    fn from(result: Result<Box<RawValue>, ApiError>) -> Self {
        Self {
            error: result.as_ref().err().map(Error::from),
            result: result.ok(),
        }
    }
}

/// `POST /api/{method}`.
async fn call(
    request: HttpRequest,
    name: Path<String>,
    body: Payload,
    site: Data<Site>,
    api: Data<ServerApi>,
) -> HttpResponse {
    let (caller, body) = match receive(&request, body, &site).await {
        Ok(received) => received,
        Err(refused) => return refused.into(),
    };
    let Some(method) = Method::named(&name) else {
        let hint = "The server API has no such method.";
        return problem(HttpResponse::NotFound(), "no_such_method", hint);
    };
    match perform(&api, &caller, method, &body).await {
        Err(ApiError::Key(refused)) => refuse(refused),
        Err(error @ ApiError::Publish(PublishRefused::Busy)) => {
            unavailable("busy", &error.to_string())
        }
        Err(ApiError::Malformed(detail)) => {
            problem(HttpResponse::BadRequest(), "malformed", &detail)
        }
        result => HttpResponse::Ok().json(Answer::from(result)),
    }
}

#[derive(Deserialize)]
struct Batch {
    commands: Vec<BTreeMap<String, Box<RawValue>>>,
    #[serde(default)]
    parallel: bool,
}

/// `POST /api/batch`: `{"commands": [{"publish": {…}}, …]}`.
async fn call_batch(
    request: HttpRequest,
    body: Payload,
    site: Data<Site>,
    api: Data<ServerApi>,
) -> HttpResponse {
    let received = receive(&request, body, &site).await;
    let received = received.and_then(|(caller, body)| {
        let batch: Object<Batch> = serde_json::from_slice(&body).map_err(Refused::Malformed)?;
        Ok((caller, batch))
    });
    let (caller, Object(batch)) = match received {
        Ok(received) => received,
        Err(refused) => return refused.into(),
    };
    let calls = batch
        .commands
        .iter()
        .map(|command| perform_command(&api, &caller, command));
    let replies = in_turn(calls, batch.parallel).await;
    HttpResponse::Ok().json(BTreeMap::from([("replies", replies)]))
}

/// A reply under the name of its method, or an error.
async fn perform_command(
    api: &ServerApi,
    caller: &Caller,
    command: &BTreeMap<String, Box<RawValue>>,
) -> BTreeMap<String, Box<RawValue>> {
    let mut commands = command.iter();
    let (Some((name, params)), None) = (commands.next(), commands.next()) else {
        let error = ApiError::BadRequest("a command of a batch names one method");
        return failed(&error);
    };
    // A library may write null for a command without parameters.
    let params = Some(params.get()).filter(|params| *params != "null");
    match perform_named(api, caller, name, params.unwrap_or("{}").as_bytes()).await {
        Ok(result) => [(name.clone(), result)].into(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &ApiError) -> BTreeMap<String, Box<RawValue>> {
    // An error has a number and a text, which can always be written.
    let error = to_raw_value(&Error::from(error)).into_iter();
    error.map(|error| ("error".to_owned(), error)).collect()
}

#[derive(Deserialize)]
struct Command {
    method: String,
    params: Option<Box<RawValue>>,
}

/// `POST /api`: one object `{"method": …, "params": …}` after the other, as older libraries send
/// them.
async fn call_several(
    request: HttpRequest,
    body: Payload,
    site: Data<Site>,
    api: Data<ServerApi>,
) -> HttpResponse {
    let received = receive(&request, body, &site).await;
    let received = received.and_then(|(caller, body)| {
        let commands = serde_json::Deserializer::from_slice(&body).into_iter();
        let commands: Result<Vec<Object<Command>>, _> = commands.collect();
        Ok((caller, commands.map_err(Refused::Malformed)?))
    });
    let (caller, commands) = match received {
        Ok(received) => received,
        Err(refused) => return refused.into(),
    };
    let calls = commands.iter().map(async |Object(command)| {
        let params = command.params.as_ref().map_or("{}", |params| params.get());
        perform_named(&api, &caller, &command.method, params.as_bytes()).await
    });
    let answers = in_turn(calls, false).await.into_iter();
    let lines = answers.map(|answer| serde_json::to_string(&Answer::from(answer)));
    match lines.collect::<Result<Vec<_>, _>>() {
        Ok(lines) => HttpResponse::Ok()
            .content_type("application/json")
            .body(lines.join("\n")),
        Err(error) => Refused::Malformed(error).into(),
    }
}

/// One after the other, unless their order does not matter.
async fn in_turn<T>(calls: impl Iterator<Item: Future<Output = T>>, parallel: bool) -> Vec<T> {
    if parallel {
        return join_all(calls).await;
    }
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await);
    }
    results
}

async fn perform_named(
    api: &ServerApi,
    caller: &Caller,
    name: &str,
    params: &[u8],
) -> Result<Box<RawValue>, ApiError> {
    let method = Method::named(name).ok_or(ApiError::UnknownMethod)?;
    perform(api, caller, method, params).await
}

async fn perform(
    api: &ServerApi,
    caller: &Caller,
    method: Method,
    params: &[u8],
) -> Result<Box<RawValue>, ApiError> {
    let call = async || match method {
        Method::Publish => answer(params, |request| api.publish(request)).await,
        Method::Broadcast => answer(params, |request| api.broadcast(request)).await,
        Method::Subscribe => answer(params, |request| api.subscribe(caller, request)).await,
        Method::Unsubscribe => answer(params, |request| api.unsubscribe(caller, request)).await,
        Method::Disconnect => {
            answer(params, |request| ready(api.disconnect(caller, &request))).await
        }
        Method::Refresh => answer(params, |request| ready(api.refresh(caller, &request))).await,
        Method::Revoke => answer(params, |request| ready(api.revoke(caller, request))).await,
        Method::HistoryRemove => {
            answer(params, |request| api.history_remove(caller, request)).await
        }
        Method::Presence => answer(params, |request| api.presence(caller, request)).await,
        Method::PresenceStats => {
            answer(params, |request| api.presence_stats(caller, request)).await
        }
        Method::History => answer(params, |request| api.history(caller, request)).await,
        Method::Connections => {
            answer(params, |request| ready(api.connections(caller, &request))).await
        }
        Method::Channels => answer(params, |request| ready(api.channels(caller, &request))).await,
        Method::Info => answer(params, |request| ready(Ok(api.info(request)))).await,
    };
    api.perform(caller, method, call).await
}

/// Reads a request, carries it out and writes the result.
async fn answer<Q: DeserializeOwned, R: Serialize, F>(
    params: &[u8],
    act: impl FnOnce(Q) -> F,
) -> Result<Box<RawValue>, ApiError>
where
    F: Future<Output = Result<R, ApiError>>,
{
    let Object(request) =
        serde_json::from_slice(params).map_err(|error| ApiError::Malformed(error.to_string()))?;
    let result = act(request).await?;
    to_raw_value(&result).map_err(|error| {
        tracing::error!(%error, "result cannot be written");
        ApiError::Unavailable
    })
}
