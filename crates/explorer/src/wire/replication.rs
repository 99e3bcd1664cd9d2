//! The stream of what a server writes (manual, "Streaming Replication Protocol").

use super::message::Message;
use super::{Fault, Way, Wire, strange};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use postgres_protocol::message::frontend;

/// Values are written alike whatever the database's own settings are, and nothing is quoted that needn't be.
const SETTINGS: &str = "-c datestyle=ISO,MDY -c timezone=UTC -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1 \
     -c quote_all_identifiers=off -c client_encoding=UTF8";

/// What the server sends.
pub enum Said {
    /// One piece of what a plugin wrote, and its place in the log.
    Piece { at: u64, data: Bytes },
    /// That it is there, and how far it has read.
    Alive { at: u64, wants_answer: bool },
}

impl Wire {
    /// A connection that can stream.
    ///
    /// # Errors
    /// As [`Wire::connect`]; also when the login may not.
    pub async fn replicating(way: &Way, name: &str) -> Result<Self, Fault> {
        let mut way = way.clone();
        let options = [way.config.get_options().unwrap_or_default(), SETTINGS].join(" ");
        way.config.options(options);
        Self::connect_as(&way, name, true).await
    }

    /// One command whose answer is of no interest.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn command(&mut self, command: &str) -> Result<(), Fault> {
        frontend::query(command, &mut self.write)?;
        self.flush().await?;
        let mut failed = None;
        loop {
            match self.next().await? {
                Message::Error(error) => failed = Some(error),
                Message::Ready { .. } => return failed.map_or(Ok(()), |error| Err(error.into())),
                _ => {}
            }
        }
    }

    /// Begins to stream.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn stream(&mut self, command: &str) -> Result<(), Fault> {
        frontend::query(command, &mut self.write)?;
        self.flush().await?;
        loop {
            match self.next().await? {
                Message::CopyBoth => return Ok(()),
                Message::Error(error) => return Err(error.into()),
                Message::Ready { .. } => return Err(strange()),
                _ => {}
            }
        }
    }

    /// What is said next. May be given up while it waits; nothing is lost.
    ///
    /// # Errors
    /// When the stream ends.
    pub async fn said(&mut self) -> Result<Said, Fault> {
        loop {
            match self.next().await? {
                Message::Data(mut data) => match data.try_get_u8().map_err(|_| strange())? {
                    b'w' if data.len() >= 24 => {
                        let at = data.get_u64();
                        data.advance(16);
                        return Ok(Said::Piece { at, data });
                    }
                    b'k' if data.len() >= 17 => {
                        let at = data.get_u64();
                        data.advance(8);
                        return Ok(Said::Alive { at, wants_answer: data.get_u8() == 1 });
                    }
                    _ => return Err(strange()),
                },
                Message::Error(error) => return Err(error.into()),
                Message::Complete(_) | Message::Ready { .. } => return Err(Fault::Unable("the server ended the stream".into())),
                _ => {}
            }
        }
    }

    /// Says that everything up to here was read, so that the server need not keep it.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn confirm(&mut self, at: u64) -> Result<(), Fault> {
        let mut status = BytesMut::with_capacity(34);
        status.put_u8(b'r');
        for place in [at, at, at, 0] {
            status.put_u64(place);
        }
        status.put_u8(0);
        frontend::CopyData::new(status)?.write(&mut self.write);
        self.flush().await
    }
}
