//! The way to the reader, at the reader's pace.

use bytes::Bytes;
use kernel::body::StreamError;
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// A reader that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Out {
    sender: Sender<Result<Bytes, StreamError>>,
    /// Kept back until it is certain that they may be seen.
    held: Option<Vec<u8>>,
}

/// Nobody reads any more.
#[derive(Clone, Copy, Debug)]
pub struct Gone(pub &'static str);

impl Out {
    #[must_use]
    pub fn new(sender: Sender<Result<Bytes, StreamError>>) -> Self {
        Self { sender, held: None }
    }

    /// # Errors
    /// When nobody reads any more.
    pub async fn give(&mut self, bytes: Vec<u8>) -> Result<(), Gone> {
        if let Some(held) = &mut self.held {
            held.extend_from_slice(&bytes);
            return Ok(());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        match tokio::time::timeout(PATIENCE, self.sender.send(Ok(bytes.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Gone("the reader went away")),
            Err(_) => Err(Gone("the reader took nothing for a minute")),
        }
    }

    /// Keeps back what comes, until it is released or dropped.
    pub fn hold(&mut self) {
        self.held = Some(Vec::new());
    }

    /// # Errors
    /// When nobody reads any more.
    pub async fn release(&mut self) -> Result<(), Gone> {
        match self.held.take() {
            Some(held) => self.give(held).await,
            None => Ok(()),
        }
    }

    /// Forgets what was kept back.
    pub fn forget(&mut self) {
        self.held = None;
    }

    /// Until nobody reads any more.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }

    /// The end of what is no whole: the reader doesn't take it for one.
    pub async fn cut(self) {
        drop(self.sender.send(Err(StreamError)).await);
    }
}
