//! Identity: who may come in and what they may do. Staff who administer the platform, the users of the platform that
//! is administered, organizations and memberships, roles, sessions, API keys.

mod account;
mod authenticate;
mod cache;
mod cookie;
mod email;
mod fact;
mod hasher;
mod key_text;
mod password;
mod permission;
mod role;
mod sessions;
pub mod setup;
mod sign_in;
mod throttle;

pub use authenticate::Authenticator;
use kernel::secret::Token;
use kernel::{Authenticate, Module, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_postgres::Client;

/// What the room needs to know from outside.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Lets the first administrator be made from elsewhere than this machine; the host prints it.
    pub setup_token: Option<Token>,
}

/// What sign-in and the authenticator share.
pub(crate) struct State {
    setup_token: Option<Vec<u8>>,
    hasher: hasher::Hasher,
    callers: cache::Cache,
    administered: AtomicBool,
}

impl State {
    /// Whether the first administrator exists. Once true it stays true, and is not asked again.
    async fn is_administered(&self, db: &Client) -> Result<bool> {
        if self.administered.load(Ordering::Acquire) {
            return Ok(true);
        }
        let any = account::store::any(db).await?;
        self.administered.store(any, Ordering::Release);
        Ok(any)
    }
}

/// The room: one per process, because the module and the authenticator share what is kept in memory.
pub struct Identity {
    state: Arc<State>,
}

impl Identity {
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            state: Arc::new(State {
                setup_token: config.setup_token.map(|token| token.hash()),
                hasher: hasher::Hasher::default(),
                callers: cache::Cache::default(),
                administered: AtomicBool::new(false),
            }),
        }
    }

    /// Who is asking, for the kernel.
    #[must_use]
    pub fn authenticator(&self) -> Arc<dyn Authenticate> {
        Arc::new(Authenticator { state: self.state.clone() })
    }

    /// The nouns, routes, settings and jobs.
    #[must_use]
    pub fn module(&self) -> Module {
        let mut module = Module::new("identity", "People", "users")
            .resource(sessions::resource())
            .route(setup::endpoint(&self.state))
            .event::<setup::PlatformSetUp>()
            .event::<sessions::SessionRevoked>()
            .event::<sessions::SessionsRevoked>();
        for endpoint in sign_in::endpoints(&self.state) {
            module = module.route(endpoint);
        }
        for setting in sessions::settings() {
            module = module.setting(setting);
        }
        module
    }
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [
        account::store::STATEMENTS,
        authenticate::store::STATEMENTS,
        role::store::STATEMENTS,
        sessions::store::STATEMENTS,
        sign_in::store::STATEMENTS,
        throttle::store::STATEMENTS,
    ]
    .concat()
}
