//! The HTTP server: every endpoint of the registry under `/api/v1`, the documents, health, and the UI for the rest.

use crate::meter::Meter;
use crate::migrate::Migration;
use crate::request::{Network, hex};
use crate::{assets, docs, guard, health, openapi};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodFilter, MethodRouter, get};
use bytes::Bytes;
use futures::StreamExt as _;
use kernel::body::StreamError;
use kernel::endpoint::{Access, Call, Endpoint};
use kernel::problem::{Kind, Problem, Result};
use kernel::secret::random_bytes;
use kernel::{App, Caller, RequestInfo, runner};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, Receiver};

/// How long the database may take to say who somebody is.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long any read may take: a little longer than the longest limit that a server keeps itself.
const READ: Duration = Duration::from_secs(35);

/// What the server serves.
pub struct Host {
    pub app: Arc<App>,
    pub network: Network,
    pub migrations: &'static [Migration],
    pub metrics: Option<PrometheusHandle>,
    pub metrics_token: Option<SecretString>,
}

/// An endpoint with its meters.
struct Served {
    endpoint: Endpoint,
    meter: Meter,
}

/// The whole router.
pub fn router(host: Arc<Host>) -> Router {
    let (mut api, mut outside) = (Router::new(), Router::new());
    for endpoint in host.app.registry.endpoints() {
        let endpoint = Arc::new(Served { meter: Meter::of(endpoint), endpoint: endpoint.clone() });
        let (path, filter) = (endpoint.endpoint.path.clone(), filter_of(&endpoint.endpoint.method));
        let served = endpoint.clone();
        let serve = move |State(host): State<Arc<Host>>, params: RawPathParams, request: Request| {
            let endpoint = served.clone();
            async move { dispatch(host, endpoint, params, request).await }
        };
        if let Some(address) = endpoint.endpoint.also_at {
            let serve = serve.clone();
            let page_or_endpoint = move |state: State<Arc<Host>>, headers: HeaderMap, params: RawPathParams, request: Request| async move {
                if is_link(&request) { ui(state, headers, request).await } else { serve(state, params, request).await }
            };
            outside = outside.route(address, MethodRouter::new().on(filter, page_or_endpoint));
        }
        api = api.route(&path, MethodRouter::new().on(filter, serve));
    }
    let api = api.fallback(no_endpoint).method_not_allowed_fallback(wrong_method);
    outside
        .nest("/api/v1", api)
        .route("/api/openapi.json", get(document))
        .route("/api/docs", get(docs_page))
        .route("/api/{*rest}", axum::routing::any(no_endpoint))
        .route("/healthz", get(|| async { health::alive() }))
        .route("/readyz", get(|State(host): State<Arc<Host>>| async move { health::ready(&host).await }))
        .route("/metrics", get(metrics))
        .route("/administration", get(|| async { Redirect::permanent("/admin") }))
        .route("/administration/", get(moved))
        .route("/administration/{*rest}", get(moved))
        .fallback(ui)
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
        .with_state(host)
}

/// `/auth/verify` is two things by promise: the page behind a link in a mail, which has a token, and what proxies ask.
fn is_link(request: &Request) -> bool {
    request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("token=")))
}

fn filter_of(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET)
}

fn peer(request: &Request) -> Option<SocketAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}

/// One request to one endpoint, from bytes to bytes.
async fn dispatch(host: Arc<Host>, served: Arc<Served>, params: RawPathParams, request: Request) -> Response<Body> {
    let started = Instant::now();
    let endpoint = &served.endpoint;
    let info = host.network.describe(peer(&request), request.headers(), request.uri());
    let path = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut caller = None;
    let outcome = answer(&host, endpoint, path, request, &info, &mut caller).await;
    let mut response = finish(outcome, &info);
    if let Some(caller) = caller {
        let status = response.status();
        host.app.auth.answered(&host.app, &caller, &info, endpoint, status, response.headers_mut());
    }
    let elapsed = started.elapsed();
    let status = response.status();
    served.meter.count(status.as_u16(), elapsed);
    if endpoint.mutates() || !status.is_success() {
        tracing::info!(request.id = %info.id, http.operation = endpoint.id, http.status = status.as_u16(), http.ms = elapsed.as_millis(), "request answered");
    } else {
        tracing::debug!(request.id = %info.id, http.operation = endpoint.id, http.status = status.as_u16(), http.ms = elapsed.as_millis(), "request answered");
    }
    response
}

async fn answer(
    host: &Arc<Host>,
    endpoint: &Endpoint,
    path: Vec<(String, String)>,
    request: Request,
    info: &RequestInfo,
    known: &mut Option<Caller>,
) -> Result<kernel::Response> {
    let (parts, body) = request.into_parts();
    guard::same_site(&parts.method, &parts.headers, &parts.uri, &host.app.site.base_url)?;
    // Nearly every request asks the database who this is before anything else, so one that is frozen is found here. The
    // limits of statements are no help: the server itself would have to keep them.
    let who = host.app.auth.authenticate(&host.app, &parts.headers, info);
    let caller = match tokio::time::timeout(PATIENCE, who).await.map_err(|_| silent())? {
        // What is open to everybody doesn't ask whether a credential is good.
        Err(problem)
            if endpoint.access == Access::Public && matches!(problem.kind(), Kind::Unauthenticated | Kind::Forbidden | Kind::StepUp) =>
        {
            None
        }
        other => other?,
    };
    if let Some(caller) = &caller {
        *known = Some(caller.clone());
        host.app.auth.admit(&host.app, caller)?;
    }
    // Every endpoint checks its permission on the loaded object; this is the second lock on the same door.
    if let Err(problem) = endpoint.admit(caller.as_ref()) {
        if let Some(caller) = caller.filter(|_| endpoint.mutates()) {
            runner::note_refusal(&host.app, &caller, info, &endpoint.id, None, &problem).await;
        }
        return Err(problem);
    }
    let (body, stream) = if endpoint.streams { (Bytes::new(), Some(read(body))) } else { (whole(body, endpoint.body_limit).await?, None) };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let operation = endpoint.id.clone();
    let call = Call { app: host.app.clone(), operation, caller, path, query, headers: parts.headers, body, stream, request: info.clone() };
    let handled = (endpoint.handler)(call);
    if endpoint.mutates() {
        // It has limits of its own where it begins and where it commits; in between only it knows.
        return handled.await;
    }
    tokio::time::timeout(READ, handled).await.map_err(|_| silent())?
}

async fn whole(body: Body, most: usize) -> Result<Bytes> {
    let read = axum::body::to_bytes(body, most).await;
    read.map_err(|_| Problem::new(Kind::TooLarge, format!("The body must have at most {most} bytes")))
}

/// A body as it comes, at the pace of whoever takes it; nothing more is read once they have gone.
fn read(body: Body) -> Receiver<Result<Bytes, StreamError>> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        let mut frames = body.into_data_stream();
        while let Some(frame) = frames.next().await {
            if sender.send(frame.map_err(|_| StreamError)).await.is_err() {
                break;
            }
        }
    });
    receiver
}

fn silent() -> Problem {
    Problem::unavailable("The database doesn't answer. Nothing was changed.")
}

/// Adds what every answer carries; a problem becomes its body, and is logged once, here, when it is ours.
fn finish(outcome: Result<kernel::Response>, info: &RequestInfo) -> Response<Body> {
    let mut response = match outcome {
        Ok(response) => response.map(sent),
        Err(problem) => refuse(&problem, info),
    };
    let out = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&info.id) {
        out.insert("x-request-id", value);
    }
    guard::headers(out, info.tls);
    response
}

fn sent(body: kernel::body::Body) -> Body {
    match body {
        kernel::body::Body::Whole(bytes) => bytes.into(),
        kernel::body::Body::Stream(chunks) => {
            Body::from_stream(futures::stream::unfold(chunks, |mut chunks| async { Some((chunks.recv().await?, chunks)) }))
        }
    }
}

fn refuse(problem: &Problem, info: &RequestInfo) -> Response<Body> {
    let status = problem.kind().status();
    if status.is_server_error() {
        let causes = causes(problem);
        tracing::error!(request.id = %info.id, error = %problem, error.causes = causes, "a request failed");
    }
    let mut response = Response::new(Body::from(problem.body(&info.id).to_string()));
    *response.status_mut() = status;
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = problem.seconds_to_wait() {
        out.insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        out.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

async fn no_endpoint(State(host): State<Arc<Host>>, request: Request) -> Response<Body> {
    let info = host.network.describe(peer(&request), request.headers(), request.uri());
    let problem =
        Problem::new(Kind::NotFound, format!("There is no {} {}. /api/docs lists what there is.", request.method(), request.uri().path()));
    finish(Err(problem), &info)
}

async fn wrong_method(State(host): State<Arc<Host>>, request: Request) -> Response<Body> {
    let info = host.network.describe(peer(&request), request.headers(), request.uri());
    let problem = Problem::new(Kind::Method, format!("{} can't be done to {}", request.method(), request.uri().path()));
    finish(Err(problem), &info)
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response<Body> {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    let info = RequestInfo { id: hex(&random_bytes::<16>()), ..RequestInfo::default() };
    finish(Err(Problem::internal(format!("panic: {text}"))), &info)
}

async fn document(State(host): State<Arc<Host>>) -> Response<Body> {
    let mut response = axum::Json(openapi::document(&host.app.registry, host.app.site.version)).into_response();
    guard::headers(response.headers_mut(), false);
    response
}

async fn docs_page(State(host): State<Arc<Host>>) -> Response<Body> {
    let nonce = hex(&random_bytes::<16>());
    let mut response = axum::response::Html(docs::page(&host.app.registry, &nonce)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&guard::page_policy(&nonce)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    guard::headers(response.headers_mut(), false);
    response
}

async fn metrics(State(host): State<Arc<Host>>, request: Request) -> Response<Body> {
    let info = host.network.describe(peer(&request), request.headers(), request.uri());
    health::metrics(&host, &info, request.headers())
}

async fn moved(request: Request) -> Redirect {
    let rest = request.uri().path().trim_start_matches("/administration");
    let query = request.uri().query().map(|q| format!("?{q}")).unwrap_or_default();
    // A second slash would make it an address of another host.
    let rest = match rest.trim_start_matches('/') {
        "" => String::new(),
        // The job board is ours.
        "bull-board" => "/jobs".to_owned(),
        rest => format!("/{rest}"),
    };
    Redirect::permanent(&format!("/admin{rest}{query}"))
}

async fn ui(State(host): State<Arc<Host>>, headers: HeaderMap, request: Request) -> Response<Body> {
    let info = host.network.describe(peer(&request), request.headers(), request.uri());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return finish(Err(Problem::new(Kind::Method, "Pages can only be read")), &info);
    }
    let path = request.uri().path();
    let mut response = match assets::file(path, &headers) {
        Some(file) => file,
        // A missing file is missing; everything else is a page of the UI, which says itself what it doesn't know.
        None if path.starts_with("/assets/") => (StatusCode::NOT_FOUND, "There is no such file\n").into_response(),
        None => assets::page(),
    };
    guard::headers(response.headers_mut(), info.tls);
    response
}
