//! What PostgreSQL writes, passed on to the panel's log under the target `postgres`, with the last lines kept to
//! explain a failure.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};
use tracing::Level;

/// Lines kept.
const KEPT: usize = 12;
/// Bytes of one line that are passed on; the rest of a longer one is left out.
const LONGEST_LINE: usize = 4096;

/// The last lines, shared between the reader and whoever explains a failure.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Reads until the writer is gone.
pub(super) async fn follow(mut from: impl AsyncRead + Unpin, tail: Tail) {
    let mut block = [0_u8; 4096];
    let mut line = Vec::new();
    while let Ok(read) = from.read(&mut block).await {
        if read == 0 {
            break;
        }
        for byte in block.iter().take(read) {
            match byte {
                b'\n' => pass_on(&mut line, &tail),
                _ if line.len() < LONGEST_LINE => line.push(*byte),
                _ => {}
            }
        }
    }
    pass_on(&mut line, &tail);
}

fn pass_on(line: &mut Vec<u8>, tail: &Tail) {
    if line.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(line).into_owned();
    line.clear();
    // `tracing` wants the level at compile time.
    match level(&text) {
        Level::ERROR => tracing::error!(target: "postgres", "{text}"),
        Level::WARN => tracing::warn!(target: "postgres", "{text}"),
        Level::INFO => tracing::info!(target: "postgres", "{text}"),
        Level::DEBUG => tracing::debug!(target: "postgres", "{text}"),
        Level::TRACE => tracing::trace!(target: "postgres", "{text}"),
    }
    tail.push(text);
}

/// A statement that fails is told by the code that sent it, so the server's own word on it is a detail; so are its
/// notes about checkpoints. What nobody asked for is not.
fn level(line: &str) -> Level {
    const LEVELS: [(&str, Level); 4] =
        [("PANIC:  ", Level::ERROR), ("FATAL:  ", Level::WARN), ("WARNING:  ", Level::WARN), ("ERROR:  ", Level::DEBUG)];
    // How every connection ends when the server is stopped, which is told as one event.
    if line.contains("FATAL:  terminating connection due to administrator command") {
        return Level::DEBUG;
    }
    let first = LEVELS.iter().filter_map(|(word, level)| line.find(word).map(|at| (at, *level))).min_by_key(|(at, _)| *at);
    let own_word = line.find("LOG:  ").or_else(|| line.find("STATEMENT:  "));
    match (first, own_word) {
        (Some((at, _)), Some(own)) if own < at => Level::DEBUG,
        (Some((_, level)), _) => level,
        _ => Level::DEBUG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_become_levels() {
        assert_eq!(level("[12] PANIC:  could not write to file"), Level::ERROR);
        assert_eq!(level("[12] quarterdeck@quarterdeck FATAL:  too many connections"), Level::WARN);
        assert_eq!(level("[12] a@b FATAL:  terminating connection due to administrator command"), Level::DEBUG);
        assert_eq!(level("[12] a@b ERROR:  duplicate key"), Level::DEBUG);
        assert_eq!(level("[12] LOG:  a statement with FATAL:  in it"), Level::DEBUG);
        assert_eq!(level("anything else"), Level::DEBUG);
    }

    #[tokio::test]
    async fn only_the_last_lines_are_kept_and_long_ones_are_cut() {
        let tail = Tail::default();
        let mut text: String = (0..30).map(|n| format!("line {n}\n")).collect();
        text.push_str(&"x".repeat(LONGEST_LINE * 3));
        follow(text.as_bytes(), tail.clone()).await;
        let lines = tail.lines();
        assert_eq!(lines.len(), KEPT);
        assert_eq!(lines.first().unwrap(), "line 19");
        assert_eq!(lines.last().unwrap().len(), LONGEST_LINE);
    }
}
