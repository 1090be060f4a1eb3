//! Answers that are written while they are sent, in memory that does not grow with them.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use warp::Reply;
use warp::http::HeaderValue;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use warp::reply::Response;

use super::request_id::{along, told};
use crate::error::{Error, Result};
use crate::limits::CLIENT_STALL_MAX;

/// A piece of the answer, bytes, and how many of them may wait for a slow client.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES_WAITING_MAX: usize = 4;

type Piece = std::io::Result<bytes::Bytes>;

/// What is to be sent, and what it is called.
pub struct Download<'a> {
    pub content_type: &'static str,
    pub file_name: &'a str,
}

/// Sends what `write` writes, on a thread of its own; `place` is held until it is done. Waits for the first piece, or the end:
/// what fails before is an answer of its own.
///
/// # Errors
/// Those of `write` before there was a first piece.
pub fn download(
    place: OwnedSemaphorePermit,
    download: &Download<'_>,
    write: impl FnOnce(&mut dyn std::io::Write) -> Result<()> + Send + 'static,
) -> Result<Response> {
    let (sender, receiver) = mpsc::channel::<Piece>(PIECES_WAITING_MAX);
    let (begun, begins) = oneshot::channel();
    let write = along(move || {
        let mut pieces = Pieces { buffer: Vec::with_capacity(PIECE_BYTES), sender, begun: Some(begun) };
        let written = write(&mut pieces).and_then(|()| pieces.pass_on().map_err(Error::from));
        if let Err(error) = written {
            match pieces.begun.take() {
                // An error says that the client has gone.
                Some(begun) => drop(begun.send(Err(error))),
                None if pieces.sender.is_closed() => {
                    tracing::debug!(request = told(), "the client of an export went away");
                }
                None => {
                    tracing::warn!(%error, request = told(), "an export ended early");
                    // Breaking the connection off is the only way left to say that the answer is not whole.
                    let _ = pieces.sender.try_send(Err(std::io::Error::other("the export failed")));
                }
            }
        }
        drop(place);
    });
    tokio::task::spawn_blocking(write);
    begins.blocking_recv().map_err(|_| Error::Storage("a thread panicked".into()))??;
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let mut response = warp::reply::stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(download.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", download.file_name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Gathers small writes into pieces of the answer.
struct Pieces {
    buffer: Vec<u8>,
    sender: mpsc::Sender<Piece>,
    /// Until the first piece.
    begun: Option<oneshot::Sender<Result<()>>>,
}

impl Pieces {
    fn pass_on(&mut self) -> std::io::Result<()> {
        if let Some(begun) = self.begun.take() {
            begun.send(Ok(())).map_err(|_| std::io::Error::other("the client has gone"))?;
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        let sent = self.sender.send_timeout(Ok(piece.into()), CLIENT_STALL_MAX);
        // Who takes nothing would hold a snapshot for ever, and with it all that the file would free.
        tokio::runtime::Handle::current().block_on(sent).map_err(|error| match error {
            SendTimeoutError::Closed(_) => std::io::Error::other("the client has gone"),
            SendTimeoutError::Timeout(_) => std::io::Error::other("the client took nothing for too long"),
        })
    }
}

impl std::io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
