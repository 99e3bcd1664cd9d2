//! What every connection to a source begins with.

use deadpool_postgres::{ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use kernel::list::quote;
use kernel::{Problem, Result};
use pgtls::TlsMode;
use std::time::Duration;
use tokio_postgres::{Config, NoTls};

const CONNECT: Duration = Duration::from_secs(5);

/// Text forms don't depend on the database's own settings, and nothing hangs for ever. Only a transaction that says
/// so may write.
const SETTINGS: &str = "set statement_timeout = '30s'; set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '60s'; \
     set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set bytea_output = 'hex'; set extra_float_digits = 1; \
     set default_transaction_read_only = on";

/// With no more rights than this role has, where there is one; otherwise the login's own.
pub fn hook(role: Option<&'static str>) -> Hook {
    Hook::async_fn(move |client: &mut ClientWrapper, _| {
        Box::pin(async move {
            client.batch_execute(SETTINGS).await.map_err(HookError::Backend)?;
            if let Some(role) = role {
                client.batch_execute(&format!("set role {}", quote(role))).await.map_err(HookError::Backend)?;
            }
            Ok(())
        })
    })
}

/// How every connection to a source is made.
pub(crate) fn prepared(mut config: Config, mode: TlsMode) -> (Config, TlsMode) {
    let mode = mode.over(&config);
    config.ssl_mode(mode.ssl_mode());
    config.connect_timeout(CONNECT).application_name("quarterdeck explorer");
    (config, mode)
}

/// Connections to a source.
///
/// # Errors
/// When its certificates can't be read.
pub(crate) fn pool(config: Config, mode: TlsMode, size: usize, role: Option<&'static str>) -> Result<Pool> {
    let (config, mode) = prepared(config, mode);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match mode {
        TlsMode::Disable => Manager::from_config(config, NoTls, recycling),
        mode => Manager::from_config(config, mode.connector().map_err(|e| Problem::unavailable(e.to_string()))?, recycling),
    };
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_secs(10)))
        .create_timeout(Some(CONNECT))
        .post_create(hook(role))
        .build()
        .map_err(Problem::internal)
}
