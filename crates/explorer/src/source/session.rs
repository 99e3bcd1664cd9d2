//! What every connection to a source begins with.

use deadpool_postgres::{ClientWrapper, Hook, HookError};
use kernel::list::quote;

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
