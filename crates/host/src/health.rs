//! Is it alive, is it ready, how is it doing: `/healthz`, `/readyz`, `/metrics`.

use crate::migrate;
use crate::server::Host;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Duration;
use kernel::{Caller, RequestInfo, job, secret};
use secrecy::ExposeSecret;
use serde_json::json;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

/// The process answers.
pub fn alive() -> Response {
    (StatusCode::OK, "ok\n").into_response()
}

/// Database, migrations and worker; 503 until all are well.
pub async fn ready(host: &Host) -> Response {
    let app = &host.app;
    let look = async {
        let tx = app.db.begin(&Caller::system("readiness"), app.clock.now()).await?;
        let pending = migrate::pending(tx.db(), host.migrations).await?;
        let workers = job::store::alive(tx.db(), app.clock.now() - Duration::seconds(30)).await?;
        tx.rollback().await?;
        Ok::<_, kernel::Problem>((pending, workers))
    };
    // Whoever asks has a limit of their own, and would only say that nobody answered.
    let looked = tokio::time::timeout(PATIENCE, look).await;
    let looked = looked.unwrap_or_else(|_| Err(kernel::Problem::unavailable("The database doesn't answer.")));
    let (database, migrations, worker, reason) = match looked {
        Ok((pending, workers)) => {
            let reason = if !pending.is_empty() {
                Some(format!("{} migrations are missing; run quarterdeck migrate", pending.len()))
            } else if workers == 0 {
                Some("no worker has been seen for 30 s; run quarterdeck worker, or serve without --no-worker".into())
            } else {
                None
            };
            (true, pending.is_empty(), workers > 0, reason)
        }
        Err(problem) => (false, false, false, Some(problem.detail().to_owned())),
    };
    let status = if reason.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({"ready": reason.is_none(), "database": database, "migrations": migrations, "worker": worker, "reason": reason});
    (status, axum::Json(body)).into_response()
}

/// Prometheus' text format, for this machine or with the token.
pub fn metrics(host: &Host, request: &RequestInfo, headers: &HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let allowed = match &host.metrics_token {
        Some(token) => bearer.is_some_and(|given| secret::same(given.as_bytes(), token.expose_secret().as_bytes())),
        None => request.local,
    };
    if !allowed {
        return (StatusCode::FORBIDDEN, "Metrics are for this machine, or with QUARTERDECK_METRICS_TOKEN as a bearer token\n")
            .into_response();
    }
    let pool = host.app.db.status();
    #[expect(clippy::cast_precision_loss, reason = "pools have few connections")]
    for (name, value) in [
        ("quarterdeck_db_pool_size", pool.size),
        ("quarterdeck_db_pool_available", pool.available),
        ("quarterdeck_db_pool_waiting", pool.waiting),
    ] {
        metrics::gauge!(name).set(value as f64);
    }
    let text = host.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
