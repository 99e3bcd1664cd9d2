//! The private PostgreSQL alone: starts it, says where it is, and stops it on SIGTERM or Ctrl-C.
//!
//! `QUARTERDECK_DATA_DIR=/tmp/q cargo run -p host --example private_postgres`; the tests of the supervisor kill it.

use std::io::Write;

use host::config::Config;
use host::postgres::{Private, State};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("info").init();
    // Before anything is started, so that being told to stop is never an abrupt end.
    let mut terminated = signal(SignalKind::terminate())?;
    let config = Config::load(None, std::env::vars())?;
    let private = Private::start(&config, "quarterdeck").await.inspect_err(|error| tracing::error!("{error}"))?;
    let State::Ready { pid } = *private.state().borrow() else {
        return Err("it ended at once".into());
    };
    writeln!(std::io::stdout(), "{pid} {}", private.endpoint().owner_url())?;
    tokio::select! {
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    private.stop().await;
    Ok(())
}
