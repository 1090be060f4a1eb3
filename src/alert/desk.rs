//! All that a server needs to notice and to tell: the rules' watch, the post office, and the book that both write in.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use super::watch::Watch;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::Result;
use crate::ingest::Ingest;
use crate::notify::{Book, Office};
use crate::settings::Settings;

#[derive(Clone)]
pub struct Desk {
    pub book: Arc<Book>,
    pub office: Arc<Office>,
    pub watch: Arc<Watch>,
}

impl Desk {
    /// With what lies in a data directory. `public_url` is where people reach this server, without a slash at its end.
    ///
    /// # Errors
    /// Where the book can be neither read nor put aside, or what a backup held of it cannot be taken over.
    pub fn open(
        dir: &Path,
        engine: Arc<dyn Engine>,
        ingest: Ingest,
        settings: Arc<Settings>,
        clock: Clock,
        public_url: Option<String>,
    ) -> Result<Self> {
        let book = Arc::new(Book::load(dir, clock.now_ms())?);
        let office = Arc::new(Office::new(book.clone(), settings.clone(), clock.clone()));
        let watch = Arc::new(Watch::new(engine, ingest, settings, book.clone(), clock, public_url));
        Ok(Self { book, office, watch })
    }

    /// Notices and tells, for as long as it is polled.
    pub async fn run(&self) -> Infallible {
        tokio::select! {
            never = self.watch.clone().run() => never,
            never = self.office.clone().run() => never,
        }
    }
}
