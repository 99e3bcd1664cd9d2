//! What an answer carries, and what a stream breaks off with.

use bytes::Bytes;
use std::fmt;
use tokio::sync::mpsc::Receiver;

/// Bytes that are there, or bytes that are still being made.
pub enum Body {
    Whole(Bytes),
    /// Sent as they come, at the pace of the reader. After an error the connection is cut off, so that nobody takes a
    /// part for the whole.
    Stream(Receiver<Result<Bytes, StreamError>>),
}

/// That a stream ended early. Who made it has said so where it matters; the reader just sees it end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the stream ended early")]
pub struct StreamError;

impl Body {
    /// The bytes; none of a stream, which nobody may keep.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes.clone(),
            Self::Stream(_) => Bytes::new(),
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => bytes.fmt(f),
            Self::Stream(_) => f.write_str("a stream"),
        }
    }
}
