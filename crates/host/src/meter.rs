//! What `/metrics` counts: requests by operation and status, and how long they took.

use kernel::endpoint::Endpoint;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Samples wait in memory until they are put into buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the recorder that `/metrics` prints; none when the process has one already.
#[must_use]
pub fn install() -> Option<PrometheusHandle> {
    let handle = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?.install_recorder().ok()?;
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Some(handle)
}

/// The meters of one operation, looked up once rather than for every request.
pub struct Meter {
    operation: String,
    ok: Counter,
    seconds: Histogram,
}

impl Meter {
    #[must_use]
    pub fn of(endpoint: &Endpoint) -> Self {
        let operation = endpoint.id.clone();
        Self {
            ok: metrics::counter!("quarterdeck_http_requests_total", "operation" => operation.clone(), "status" => "200"),
            seconds: metrics::histogram!("quarterdeck_http_request_seconds", "operation" => operation.clone()),
            operation,
        }
    }

    pub fn count(&self, status: u16, elapsed: Duration) {
        if status == 200 {
            self.ok.increment(1);
        } else {
            metrics::counter!("quarterdeck_http_requests_total", "operation" => self.operation.clone(), "status" => status.to_string())
                .increment(1);
        }
        self.seconds.record(elapsed.as_secs_f64());
    }
}
