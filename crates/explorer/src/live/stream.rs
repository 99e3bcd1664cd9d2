//! The stream of one grid, in the form that browsers know as server-sent events. At most a few events a second: the first
//! leaves at once, what comes meanwhile is put together. Who reads slowly is told less often, never too much.

use super::names;
use super::seen;
use super::viewer::{Now, Viewer};
use super::watcher::{Status, Watching, Way};
use bytes::Bytes;
use kernel::body::StreamError;
use kernel::{Problem, Result};
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// Between two events.
const APART: Duration = Duration::from_millis(300);
/// How often it is asked whether the viewer still may.
const ASK: Duration = Duration::from_secs(1);
/// How often the table is looked at again: partitions come and go.
const LOOK: Duration = Duration::from_secs(5);
/// Something is said at least so often, so that no proxy takes the stream for dead.
const ALIVE: Duration = Duration::from_secs(15);
/// A reader that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Stream {
    pub viewer: Viewer,
    pub watching: Watching,
    pub sender: Sender<Result<Bytes, StreamError>>,
    shown: String,
    said: Instant,
}

/// Why it ends.
enum Stop {
    Gone,
    Told(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

/// How it is, for the grid.
#[derive(Serialize)]
struct State<'a> {
    state: &'static str,
    /// How changes are learnt.
    way: Option<&'static str>,
    /// What stands against it, or against a better way.
    why: Option<&'a str>,
    /// Whether every change is told; otherwise the grid has to read its page again now and then.
    complete: bool,
}

impl Stream {
    #[must_use]
    pub fn new(viewer: Viewer, watching: Watching, sender: Sender<Result<Bytes, StreamError>>) -> Self {
        Self { viewer, watching, sender, shown: String::new(), said: Instant::now() }
    }

    /// To its end, of which the reader learns why.
    pub async fn go(mut self) {
        if let Err(Stop::Told(problem)) = self.follow().await {
            let body = problem.body(&self.viewer.call.request.id);
            drop(self.give(&event("end", &body)).await);
        }
    }

    async fn follow(&mut self) -> Result<(), Stop> {
        let mut stopping = self.viewer.call.app.stopping.subscribe();
        let mut status = self.watching.status.clone();
        let mut ask = interval(ASK);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut again, mut looked) = (Instant::now(), None::<Instant>);
        loop {
            tokio::select! {
                biased;
                () = self.sender.closed() => return Err(Stop::Gone),
                () = async { drop(stopping.wait_for(|stop| *stop).await) } => return Err(Problem::unavailable("The panel is restarting").into()),
                changed = status.changed() => {
                    changed.map_err(Problem::internal)?;
                    let now = self.viewer.now().await?;
                    self.look(&now).await?;
                    looked = Some(Instant::now());
                }
                () = async { sleep_until(again).await; self.watching.mailbox().rung().await } => {
                    self.tell().await?;
                    again = Instant::now() + APART;
                }
                _ = ask.tick() => {
                    let now = self.viewer.now().await?;
                    if looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
                        self.look(&now).await?;
                        looked = Some(Instant::now());
                    }
                    if self.said.elapsed() >= ALIVE {
                        self.give(":\n\n").await?;
                    }
                }
            }
        }
    }

    async fn tell(&mut self) -> Result<(), Stop> {
        let waiting = self.watching.mailbox().take();
        if waiting.is_empty() {
            return Ok(());
        }
        let now = self.viewer.now().await?;
        let at = self.viewer.call.app.clock.now();
        if let Some(told) = seen::event(&now.target, &now.caller, at, &waiting).await? {
            self.give(&event("change", &told)).await?;
        }
        Ok(())
    }

    /// Looks at the table again, and says how it is when that has changed.
    async fn look(&mut self, now: &Now) -> Result<(), Stop> {
        let tree = names::tree(&now.source, &now.target.table).await?;
        self.watching.wants(&tree.wanted);
        let complete = !seen::is_bound(&now.target).await?;
        let status = self.watching.status.borrow().clone();
        let state = |state, way: Option<Way>, why| State { state, way: way.map(Way::name), why, complete };
        let unlogged = "This table is unlogged: its changes are not in the server's log";
        let shown = match &status {
            Status::Starting => state("starting", None, None),
            Status::Waiting => state("starting", None, Some("A transaction that began before has to end first")),
            Status::Away(why) => state("away", None, Some(why.as_str())),
            Status::Live { way: Way::Log, .. } if !tree.is_logged => state("off", None, Some(unlogged)),
            Status::Live { way: Way::Triggers, why } if !tree.has_trigger => state("off", None, why.as_deref()),
            Status::Live { way, why } => state("live", Some(*way), why.as_deref()),
        };
        let shown = event("state", &shown);
        if shown != self.shown {
            self.give(&shown).await?;
            self.shown = shown;
        }
        Ok(())
    }

    async fn give(&mut self, text: &str) -> Result<(), Stop> {
        self.said = Instant::now();
        match tokio::time::timeout(PATIENCE, self.sender.send(Ok(Bytes::copy_from_slice(text.as_bytes())))).await {
            Ok(Ok(())) => Ok(()),
            // Away, or asleep for a minute.
            Ok(Err(_)) | Err(_) => Err(Stop::Gone),
        }
    }
}

/// One event, whose JSON has no line breaks.
fn event(name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_value(data).unwrap_or_else(|_| json!({}));
    format!("event: {name}\ndata: {data}\n\n")
}
