//! Hearing what is said on a channel (`LISTEN`), on a connection of its own.

use crate::{ConnectorError, TlsMode, why};
use futures::{FutureExt, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, NoTls};

/// Why nothing is heard any more.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    #[error("{}", why(.0))]
    Lost(#[from] Error),
    #[error("the server closed the connection")]
    Closed,
}

/// Hears what is said until the connection is lost. `listen` is the whole statement.
///
/// # Errors
/// Always, in the end: why nothing is heard any more.
pub async fn listen(config: &Config, tls: &TlsMode, listen: &str, heard: impl Fn() + Send) -> Result<(), ListenError> {
    match tls {
        TlsMode::Disable => hear(config.connect(NoTls).await?, listen, heard).await,
        tls => hear(config.connect(tls.connector()?).await?, listen, heard).await,
    }
}

async fn hear<S, T>(connected: (Client, Connection<S, T>), listen: &str, heard: impl Fn()) -> Result<(), ListenError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let (client, mut connection) = connected;
    let mut messages = stream::poll_fn(|context| connection.poll_message(context));
    let mut asked = std::pin::pin!(client.batch_execute(listen).fuse());
    loop {
        futures::select! {
            answer = asked => answer?,
            message = messages.next().fuse() => match message {
                Some(Ok(AsyncMessage::Notification(_))) => heard(),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(ListenError::Closed),
            },
        }
    }
}
