//! Starts the server, watches it, and starts it again when it ends unasked.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::sleep;

use super::State;
use super::error::Error;
use super::lock::Lock;
use super::orphan;
use super::server::{Server, Spec};

/// Recovery of a large database after a crash takes its time; only beyond this is it given up.
const READY_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How often a long recovery is mentioned in the log.
const STILL_WAITING: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);
/// How long obstacles that go away by themselves are waited for.
const PATIENCE: Duration = Duration::from_secs(45);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A server that ran this long was well; the pauses start short again.
const WELL: Duration = Duration::from_secs(60);

/// Signs of an obstacle that goes away by itself: after a crash the dead server keeps its number until the system
/// reaps it, and its last processes keep the shared memory until they have noticed.
const PASSING: [&str; 3] = ["\" already exists", "pre-existing shared memory block", "Address already in use"];

/// Starts the server and waits until it takes connections.
pub(super) async fn bring_up(spec: &Spec, stop: &mut watch::Receiver<bool>) -> Result<Server, Error> {
    let since = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        orphan::stop(&spec.place.cluster).await;
        match attempt(spec, stop).await {
            Err(error) if is_passing(&error) && since.elapsed() < PATIENCE => {
                tracing::info!(target: "postgres", "PostgreSQL can't start yet, an earlier one has not quite ended; trying again");
                pause_or_stop(&mut pause, stop).await?;
            }
            result => return result,
        }
    }
}

async fn attempt(spec: &Spec, stop: &mut watch::Receiver<bool>) -> Result<Server, Error> {
    let mut server = Server::spawn(spec)?;
    let pid = server.pid();
    tokio::select! {
        within_limit = ready(&spec.place.cluster, pid) => {
            if within_limit {
                return Ok(server);
            }
            let said = server.said();
            server.stop().await;
            Err(Error::TooSlow { what: "Starting PostgreSQL", seconds: READY_LIMIT.as_secs(), said })
        }
        status = server.exited() => {
            Err(Error::failed("Starting PostgreSQL", status, server.said(), &spec.place.data_dir))
        }
        () = asked(stop) => {
            server.stop().await;
            Err(Error::Stopped)
        }
    }
}

/// Waits until the server's own state file says that this very process is ready. Knocking at the socket instead would
/// fill the log with refusals, and might be answered by an older server on its way out.
async fn ready(cluster: &Path, pid: u32) -> bool {
    let file = cluster.join("postmaster.pid");
    let pid = pid.to_string();
    let since = Instant::now();
    let mut mentioned = since;
    while since.elapsed() < READY_LIMIT {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut lines = text.lines().map(str::trim);
        // Its first line is the process, the eighth the state.
        if lines.next() == Some(&pid) && lines.nth(6) == Some("ready") {
            return true;
        }
        if mentioned.elapsed() > STILL_WAITING {
            mentioned = Instant::now();
            tracing::info!(target: "postgres", "PostgreSQL is not ready after {} s, it is probably recovering; waiting", since.elapsed().as_secs());
        }
        sleep(POLL).await;
    }
    false
}

/// Keeps the server running until it is asked to stop. The lock is held to the end.
pub(super) async fn keep(spec: Spec, mut server: Server, state: watch::Sender<State>, mut stop: watch::Receiver<bool>, lock: Lock) {
    let mut pause = FIRST_PAUSE;
    loop {
        let since = Instant::now();
        state.send_replace(State::Ready { pid: server.pid() });
        let status = tokio::select! {
            status = server.exited() => status,
            () = asked(&mut stop) => {
                server.stop().await;
                break;
            }
        };
        let ended = Error::failed("PostgreSQL", status, server.said(), &spec.place.data_dir);
        tracing::error!(target: "postgres", "PostgreSQL ended unasked, starting it again. {ended}");
        state.send_replace(State::Down { reason: ended.to_string() });
        if since.elapsed() > WELL {
            pause = FIRST_PAUSE;
        }
        match bring_back(&spec, &state, &mut stop, &mut pause).await {
            Some(again) => server = again,
            None => break,
        }
    }
    state.send_replace(State::Stopped);
    drop(lock);
}

/// Tries for as long as it takes: a full disk is emptied some time, and the panel says meanwhile what is wrong.
async fn bring_back(spec: &Spec, state: &watch::Sender<State>, stop: &mut watch::Receiver<bool>, pause: &mut Duration) -> Option<Server> {
    loop {
        pause_or_stop(pause, stop).await.ok()?;
        match bring_up(spec, stop).await {
            Ok(server) => {
                tracing::info!(target: "postgres", pid = server.pid(), "PostgreSQL runs again");
                return Some(server);
            }
            Err(Error::Stopped) => return None,
            Err(error) => {
                tracing::error!(target: "postgres", "PostgreSQL can't be started again yet. {error}");
                state.send_replace(State::Down { reason: error.to_string() });
            }
        }
    }
}

/// Sleeps for the pause and doubles it.
async fn pause_or_stop(pause: &mut Duration, stop: &mut watch::Receiver<bool>) -> Result<(), Error> {
    tokio::select! {
        () = sleep(*pause) => {
            *pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            Ok(())
        }
        () = asked(stop) => Err(Error::Stopped),
    }
}

/// Waits until stopping is asked for, or nobody is left to ask.
async fn asked(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn is_passing(error: &Error) -> bool {
    let Error::Failed { said, .. } = error else {
        return false;
    };
    said.iter().any(|line| PASSING.iter().any(|sign| line.contains(sign)))
}
