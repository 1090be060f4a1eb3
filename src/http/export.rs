//! GET /api/analytics/export: streamed, in memory that does not grow with what is exported.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;
use warp::Reply;
use warp::http::HeaderValue;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};

use super::App;
use super::analytics::range;
use super::entry::forbidden;
use super::params::Params;
use super::request_id::{along, told};
use super::respond::{Answered, Failure};
use crate::access::Needs;
use crate::error::Error;
use crate::limits::CLIENT_STALL_MAX;
use crate::model::day::rfc3339;
use crate::transfer::format::{ExportFormat, ExportPlan, ExportSelection, write_export};

const DEFAULT_DAYS: u32 = 30;
/// A piece of the answer, bytes, and how many of them may wait for a slow client.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES_WAITING_MAX: usize = 4;

type Piece = Result<bytes::Bytes, std::io::Error>;

pub fn export(app: &App, mut params: Params) -> Answered {
    let bot = params.bot()?;
    let what = "one of overview, leads, engagement, intents, performance, events, all";
    let selection = params.parsed("type", what, ExportSelection::named)?.unwrap_or(ExportSelection::Overview);
    let format =
        params.parsed("format", "one of json, csv, ndjson", ExportFormat::named)?.unwrap_or(ExportFormat::Json);
    let window = params.window(DEFAULT_DAYS)?;
    params.finish()?;
    let of_people = matches!(selection, ExportSelection::Leads | ExportSelection::Engagement);
    if !app.caller.asker.may(if of_people { Needs::People } else { Needs::Figures }) {
        return Err(forbidden("your role exports sessions and leads only: type=engagement or type=leads"));
    }
    let plan = ExportPlan {
        period_days: range(app, &bot, window)?.len(),
        exported_at: rfc3339(app.clock.now_ms()),
        bot,
        selection,
        format,
        window,
    };
    plan.validate().map_err(Failure::invalid)?;

    let place = app.readers.export()?;
    let (sender, receiver) = mpsc::channel::<Piece>(PIECES_WAITING_MAX);
    let engine = app.engine.clone();
    let disposition = format!("attachment; filename=\"{}\"", plan.file_name());
    let write = along(move || {
        let mut pieces = Pieces { buffer: Vec::with_capacity(PIECE_BYTES), sender };
        let written = write_export(&*engine, &plan, &mut pieces).and_then(|()| pieces.pass_on().map_err(Error::from));
        if let Err(error) = written {
            tracing::warn!(%error, request = told(), "an export ended early");
            // Breaking the connection off is the only way left to say that the answer is not whole.
            let _ = pieces.sender.try_send(Err(std::io::Error::other("the export failed")));
        }
        drop(place);
    });
    tokio::task::spawn_blocking(write);
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let mut response = warp::reply::stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Gathers small writes into pieces of the answer.
struct Pieces {
    buffer: Vec<u8>,
    sender: mpsc::Sender<Piece>,
}

impl Pieces {
    fn pass_on(&mut self) -> std::io::Result<()> {
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
