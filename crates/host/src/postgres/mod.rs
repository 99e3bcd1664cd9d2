//! The private PostgreSQL: found, made, started, watched and stopped with the panel, so that nobody has to set up a
//! database first.
//!
//! | file | is |
//! |---|---|
//! | `programs` | finds the server programs, of the version that the cluster needs |
//! | `account` | who the server runs as |
//! | `place`, `lock` | paths, the socket's folder; one panel per data directory |
//! | `cluster`, `settings`, `disk` | makes the cluster; what it starts with; free space |
//! | `leash`, `server`, `log` | one run of it, tied to the panel's life |
//! | `supervise`, `orphan` | starts it again; clears away what a killed panel left |
//! | `endpoint`, `upgrade`, `error` | how to reach it; what to do about another version; what can be wrong |
//!
//! It listens on a Unix socket only, in a folder that only its own account and root may enter.

mod account;
mod cluster;
mod disk;
mod endpoint;
mod error;
mod leash;
mod lock;
mod log;
mod orphan;
mod place;
mod programs;
mod server;
mod settings;
mod supervise;
mod upgrade;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use endpoint::Endpoint;
pub use error::Error;
pub use upgrade::OtherMajor;

use account::Account;
use lock::Lock;
use place::Place;
use server::{Server, Spec};

use crate::config::{Config, create_data_dir};

/// The superuser of the private cluster.
pub const OWNER: &str = "quarterdeck";

/// What the private server is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It takes connections.
    Ready {
        /// The postmaster's process id; another one after a restart.
        pid: u32,
    },
    /// It ended unasked and is being started again; it comes back by itself.
    Down {
        /// Why, in a sentence for people.
        reason: String,
    },
    /// It was stopped on request.
    Stopped,
}

/// A running private PostgreSQL. Call [`Private::stop`] to wait for its clean end; when this is just dropped, or the
/// panel is killed, the server stops as well, only nobody waits for it.
#[derive(Debug)]
pub struct Private {
    endpoint: Endpoint,
    state: watch::Receiver<State>,
    stop: watch::Sender<bool>,
    supervisor: JoinHandle<()>,
}

impl Private {
    /// Starts the private server with a database of this name, making the cluster first if there is none.
    /// Returns when it takes connections and the extensions are there.
    ///
    /// # Errors
    /// [`Error`] with what to do: no or other programs, a data directory in use, a full disk, a missing permission.
    pub async fn start(config: &Config, database: &str) -> Result<Self, Error> {
        create_data_dir(&config.data_dir).map_err(Error::io("made", &config.data_dir))?;
        let place = Place::of(config);
        // Before the lock, so that a stranger hears whose it is and not that a file can't be opened.
        let account = Account::choose(&place.cluster)?;
        let mut lock = Lock::take(&config.data_dir).await?;
        let spec = prepare(config, place, account).await?;
        let (stop, mut stopping) = watch::channel(false);
        let server = supervise::bring_up(&spec, &mut stopping).await?;
        let endpoint = Endpoint { socket_dir: spec.socket_dir.clone(), database: database.to_owned(), bin_dir: spec.programs.dir.clone() };
        if let Err(error) = first_steps(&endpoint, &mut lock).await {
            server.stop().await;
            return Err(error);
        }
        announce(&server, &spec);
        let (state, watched) = watch::channel(State::Ready { pid: server.pid() });
        let supervisor = tokio::spawn(supervise::keep(spec, server, state, stopping, lock));
        Ok(Self { endpoint, state: watched, stop, supervisor })
    }

    /// How to reach it.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it is doing, now and whenever that changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Stops it: connections are ended, everything is written. Waits for at most about 40 s, then uses force.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.supervisor.await {
            tracing::error!(target: "postgres", "The supervisor of PostgreSQL ended badly: {error}");
        }
    }
}

/// Everything before the first start: programs, cluster, settings, socket.
async fn prepare(config: &Config, place: Place, account: Account) -> Result<Spec, Error> {
    account.check_can_reach(&place.cluster)?;
    let major = cluster::major(&place.cluster)?;
    let programs = programs::find(config, &account, &place.cluster, major)?;
    if major.is_none() {
        tracing::info!(
            target: "postgres",
            "Making a new database in {} with PostgreSQL {}",
            place.cluster.display(),
            programs.major
        );
        cluster::make(&place, &account, &programs).await?;
    }
    settings::write(&place.settings, &account, &programs)?;
    let socket_dir = place.make_socket_dir(&account)?;
    Ok(Spec { place, account, programs, socket_dir })
}

async fn first_steps(endpoint: &Endpoint, lock: &mut Lock) -> Result<(), Error> {
    endpoint.prepare().await?;
    lock.tell(&endpoint.socket_dir, &endpoint.bin_dir)
}

fn announce(server: &Server, spec: &Spec) {
    tracing::info!(
        target: "postgres",
        pid = server.pid(),
        account = spec.account.name,
        "PostgreSQL {} runs on {}",
        spec.programs.major,
        spec.place.cluster.display()
    );
}
