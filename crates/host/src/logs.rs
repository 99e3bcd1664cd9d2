//! Logs: pretty on a terminal, one JSON object a line otherwise. What to write is in `docs/logging.md`.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts logging to standard error. `filter` is `EnvFilter`'s grammar, already checked by the configuration.
pub fn start(filter: &str) {
    // The driver repeats the server's notices, and the pool every connection that ends; neither says anything that
    // isn't said where it matters. Naming them in the filter brings them back.
    let filter = EnvFilter::try_new(format!("tokio_postgres=warn,deadpool=error,deadpool.postgres=error,{filter}"))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process, as in tests, keeps the first.
    let started = if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    };
    drop(started);
}
