//! One run: its statements one after another, what they say as frames, and what becomes of the whole.

use super::ask::{Mode, Plan};
use super::frame::{Failed, Frame, Rows};
use super::log::{Ended, Log};
use super::out::{Gone, Out};
use super::rules;
use super::session::{Halt, Session, Step};
use super::split::{Sent, Statement, line_and_column};
use kernel::Problem;
use std::time::Instant;

/// Rows that are asked for at once: between, the reader may fall behind without the server waiting in the middle.
const STEP: usize = 200;
/// Bytes that are sent together.
const CHUNK: usize = 64 << 10;
/// Bytes of rows that are shown of all statements together.
const MOST: usize = 32 << 20;
/// Characters of a statement that its frame repeats.
const SHOWN: usize = 200;

/// What ends a run before its end.
enum Stop {
    Failed(Box<Failed>),
    Gone(Gone),
    Broken(Problem),
}

impl From<Gone> for Stop {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(Problem::internal(error))
    }
}

pub struct Run {
    pub plan: Plan,
    pub log: Log,
    pub out: Out,
    began: Instant,
    /// Statements that came to their end.
    done: usize,
    /// Rows that were shown, and bytes of them.
    rows: u64,
    bytes: usize,
    /// Why the connection must not go on.
    lost: bool,
}

impl Run {
    #[must_use]
    pub fn new(plan: Plan, log: Log, out: Out) -> Self {
        Self { plan, log, out, began: Instant::now(), done: 0, rows: 0, bytes: 0, lost: false }
    }

    /// Runs it to its end; the end is in the log before the reader sees it.
    pub async fn go(mut self, mut session: Session) {
        let stop = self.all(&mut session).await;
        let cancelled = session.is_cancelled() || self.is_stopped(&stop);
        let keep = stop.is_ok() && self.plan.keeps() && !cancelled;
        let open = session.is_open();
        let mut failed = match stop {
            Ok(()) => None,
            Err(Stop::Failed(failed)) => Some(*failed),
            Err(Stop::Gone(Gone(why))) => Some(Failed::of(why, None)),
            Err(Stop::Broken(problem)) => Some(Failed::of(problem.detail(), None)),
        };
        let mut kept = false;
        if self.lost {
            session.abandon().await;
        } else {
            match session.close(keep).await {
                Ok(done) => kept = done,
                Err(halt) => failed = failed.or_else(|| Some(self.failed(halt, None, None))),
            }
        }
        let outcome = if cancelled {
            "cancelled"
        } else if failed.is_some() {
            "failed"
        } else {
            "ok"
        };
        let kept = match self.plan.mode {
            Mode::Read => "nothing",
            Mode::Autocommit if open => "open",
            Mode::Autocommit if self.done > 0 => "each",
            Mode::Transaction if kept => "all",
            _ => "nothing",
        };
        self.end(outcome, kept, failed).await;
    }

    /// Whether somebody had PostgreSQL cancel it, from another node or by hand, before its time was over.
    fn is_stopped(&self, stop: &Result<(), Stop>) -> bool {
        let code = match stop {
            Err(Stop::Failed(failed)) => failed.code.as_deref(),
            _ => None,
        };
        let in_time = self.began.elapsed().as_secs() < u64::from(self.plan.timeout_seconds);
        code == Some("57P01") || code == Some("57014") && in_time
    }

    async fn end(mut self, outcome: &'static str, kept: &'static str, failed: Option<Failed>) {
        let milliseconds = passed(self.began);
        let ended = Ended { outcome, done: self.done, rows: self.rows, milliseconds, error: failed.as_ref().map(|f| f.message.clone()) };
        self.log.end(ended).await;
        let mut last = Vec::new();
        let error = failed.map_or(Ok(()), |failed| Frame::Error(failed).line(&mut last));
        let written = error.and_then(|()| Frame::End { outcome, kept, done: self.done, milliseconds }.line(&mut last));
        match written {
            // Who doesn't read any more misses nothing.
            Ok(()) => drop(self.out.give(last).await),
            Err(error) => {
                tracing::error!(error = %error, "a run's last words could not be written");
                self.out.cut().await;
            }
        }
    }

    async fn all(&mut self, session: &mut Session) -> Result<(), Stop> {
        let first = Frame::Run { run: self.log.id, mode: self.plan.mode.name(), statements: self.plan.statements.len() };
        self.frame(&first).await?;
        let statements = std::mem::take(&mut self.plan.statements);
        for (index, statement) in statements.iter().enumerate() {
            let sent = statement.sent(&self.plan.text, self.plan.prefix(), |name| self.plan.parameters.contains_key(name));
            self.say_begin(index, statement).await?;
            if session.is_in_place() {
                self.out.hold();
            }
            match self.one(session, index, statement, &sent).await {
                Ok(()) => self.out.release().await?,
                Err(stop) => {
                    self.out.forget();
                    return Err(stop);
                }
            }
            self.done += 1;
            if session.is_cancelled() {
                return Err(Stop::Failed(Box::new(Failed::of("The run was cancelled", None))));
            }
        }
        Ok(())
    }

    async fn say_begin(&mut self, index: usize, statement: &Statement) -> Result<(), Stop> {
        let (line, column) = line_and_column(&self.plan.text, statement.at.start);
        let sql: String = self.plan.text.get(statement.at.clone()).unwrap_or_default().chars().take(SHOWN).collect();
        self.frame(&Frame::Statement { index, line, column, sql: &sql }).await
    }

    /// One statement, in reach of a reader who goes away.
    async fn one(&mut self, session: &mut Session, index: usize, statement: &Statement, sent: &Sent) -> Result<(), Stop> {
        if let Err(problem) = rules::check(&statement.words, self.plan.mode, session.is_in_place()) {
            return Err(Stop::Failed(Box::new(Failed::of(problem.detail(), Some(index)))));
        }
        let began = Instant::now();
        let values: Vec<Option<String>> = sent.parameters.iter().map(|name| self.plan.parameters.get(name).cloned().flatten()).collect();
        let columns = self.watched(session.prepare(&sent.sql), index, sent).await?;
        if let Some(columns) = &columns {
            self.frame(&Frame::Columns { index, columns }).await?;
        }
        let mut rows = Rows::new(index, self.plan.max_cell);
        let (mut shown, mut more, mut values) = (0, false, Some(values.as_slice()));
        let most = self.plan.max_rows;
        let tag = 'all: loop {
            // One more than is shown says whether there are more. What gives no rows runs to its end.
            let asked = columns.as_ref().map_or(0, |_| STEP.min(most + 1 - shown));
            self.watched(session.execute(values.take(), asked), index, sent).await?;
            loop {
                let step = self.watched(session.step(), index, sent).await;
                self.remarks(session, index).await?;
                match step? {
                    Step::Row(row) if shown < most && self.bytes < MOST => {
                        let before = rows.len();
                        rows.add(&row)?;
                        shown += 1;
                        self.bytes += rows.len() - before;
                        if rows.len() >= CHUNK {
                            self.out.give(rows.take().unwrap_or_default()).await?;
                        }
                    }
                    Step::Row(_) => more = true,
                    Step::Suspended => break,
                    Step::Complete(tag) => break 'all Some(tag),
                }
            }
            // What is there is shown while the next is made.
            self.out.give(rows.take().unwrap_or_default()).await?;
            if more || session.is_cancelled() {
                break 'all None;
            }
        };
        self.out.give(rows.take().unwrap_or_default()).await?;
        self.rows += shown as u64;
        self.watched(session.finish(tag.as_deref(), &statement.words), index, sent).await?;
        self.remarks(session, index).await?;
        let (command, count) = told(tag.as_deref());
        let done = Frame::Done { index, command, rows: count.or(columns.map(|_| shown as u64)), shown, more, milliseconds: passed(began) };
        self.frame(&done).await
    }

    /// What a statement does, unless the reader goes away first.
    async fn watched<T>(&mut self, doing: impl Future<Output = Result<T, Halt>>, index: usize, sent: &Sent) -> Result<T, Stop> {
        let done = tokio::select! {
            biased;
            done = doing => done,
            () = self.out.closed() => {
                self.lost = true;
                return Err(Stop::Gone(Gone("the reader went away")));
            }
        };
        done.map_err(|halt| Stop::Failed(Box::new(self.failed(halt, Some(index), Some(sent)))))
    }

    fn failed(&mut self, halt: Halt, index: Option<usize>, sent: Option<&Sent>) -> Failed {
        match halt {
            Halt::Refused(error) => Failed::told(*error, index, &self.plan.text, sent),
            Halt::Forbidden(why) => {
                self.lost = true;
                Failed::of(why, index)
            }
            Halt::Lost(fault) => {
                self.lost = true;
                Failed::of(format!("The connection was lost: {fault}"), index)
            }
        }
    }

    async fn remarks(&mut self, session: &mut Session, index: usize) -> Result<(), Stop> {
        for notice in std::mem::take(&mut session.notices) {
            let (severity, code, message) = (&notice.severity, &notice.code, &notice.message);
            self.frame(&Frame::Notice { index, severity, code, message, detail: &notice.detail, hint: &notice.hint }).await?;
        }
        Ok(())
    }

    async fn frame(&mut self, frame: &Frame<'_>) -> Result<(), Stop> {
        let mut line = Vec::with_capacity(128);
        frame.line(&mut line)?;
        Ok(self.out.give(line).await?)
    }
}

pub fn passed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The words of a tag, and the count at its end: `INSERT 0 5` is five rows.
fn told(tag: Option<&str>) -> (&str, Option<u64>) {
    let Some(tag) = tag else { return ("SELECT", None) };
    let Some((words, count)) = tag.rsplit_once(' ') else { return (tag, None) };
    let words = words.strip_suffix(" 0").filter(|words| *words == "INSERT").unwrap_or(words);
    count.parse().map_or((tag, None), |count| (words, Some(count)))
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_tag_says_what_was_done_and_to_how_many() {
        assert_eq!(told(Some("INSERT 0 5")), ("INSERT", Some(5)));
        assert_eq!(told(Some("UPDATE 7")), ("UPDATE", Some(7)));
        assert_eq!(told(Some("CREATE TABLE AS")), ("CREATE TABLE AS", None));
        assert_eq!(told(Some("VACUUM")), ("VACUUM", None));
        assert_eq!(told(Some("SELECT 0")), ("SELECT", Some(0)));
    }
}
