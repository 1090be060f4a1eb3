//! Whether every page of a file is what was written, beside whoever writes it: its image is read, the file as a crash at this
//! moment would leave it. What opening that writes stays in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use parking_lot::Mutex;
use redb::{Builder, StorageBackend};

use super::RedbEngine;
use super::snapshot::{Db, caught, damaged, unusable};
use crate::error::Result;
use crate::limits::{COPY_CACHE_BYTES, VERIFIED_WHEN_OPENED_BYTES_MAX};

/// What is kept of a write, and read of the head of the file, which says which of its pages count.
const PIECE_BYTES: u64 = 4096;

/// Reads every page of an open file against its checksum.
///
/// # Errors
/// `Unusable` where a page is not what was written, or cannot be read.
pub fn verify_pages(db: &Db, path: &Path) -> Result<()> {
    // While there is a snapshot, nothing that is written takes a page that is looked at.
    let verify = || db.reading(|_snapshot| verify_image(path));
    // A smaller file may have come into its place as it was looked at: then that one is.
    verify().or_else(|_| verify())
}

impl RedbEngine {
    /// Reads every page of a file that was too large to be read whole as it was opened. Where one is not what was written, health and
    /// the log say so from then on.
    pub fn look_at_pages(&self) {
        let Some(path) = self.watch.file() else { return };
        let is_large = std::fs::metadata(path).is_ok_and(|known| known.len() > VERIFIED_WHEN_OPENED_BYTES_MAX);
        if let Some(error) = is_large.then(|| verify_pages(&self.db, path)).and_then(Result::err) {
            tracing::error!(%error, "answers may be wrong until the data is repaired");
            self.watch.found_damage();
        }
    }
}

fn verify_image(path: &Path) -> Result<()> {
    let image = Image::of(File::open(path)?)?;
    let mut builder = Builder::new();
    builder.set_cache_size(COPY_CACHE_BYTES).set_check_integrity_on_open(true);
    // Closing it is looked after, too: redb may panic over what is damaged.
    match caught(|| builder.create_with_backend(image).map(drop)) {
        Some(opened) => opened.map_err(|error| unusable(error, path)),
        None => Err(damaged(path)),
    }
}

#[derive(Debug)]
struct Image {
    file: File,
    written: Mutex<Written>,
}

/// What is in the place of what the file holds.
#[derive(Debug)]
struct Written {
    bytes: u64,
    /// By their place in the file.
    pieces: BTreeMap<u64, Vec<u8>>,
}

impl Image {
    fn of(file: File) -> io::Result<Self> {
        let before = file.metadata()?.len();
        let mut head = vec![0; PIECE_BYTES as usize];
        read_at(&file, 0, &mut head)?;
        // Where it has become shorter meanwhile, the end is what no page takes.
        let bytes = before.max(file.metadata()?.len());
        Ok(Self { file, written: Mutex::new(Written { bytes, pieces: BTreeMap::from([(0, head)]) }) })
    }
}

/// What a file holds there; zeros beyond its end.
fn read_at(file: &File, offset: u64, out: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < out.len() {
        match file.read_at(&mut out[filled..], offset + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    out[filled..].fill(0);
    Ok(())
}

/// Places of the pieces that bytes from `offset` on lie in.
fn places(offset: u64, bytes: usize) -> impl Iterator<Item = u64> {
    let end = offset + bytes as u64;
    (offset / PIECE_BYTES..end.div_ceil(PIECE_BYTES)).map(|number| number * PIECE_BYTES)
}

/// The bytes that a piece and what lies from `offset` on share: where they are in each.
fn shared(place: u64, offset: u64, bytes: usize) -> (Range<usize>, Range<usize>) {
    let (from, to) = (place.max(offset), (place + PIECE_BYTES).min(offset + bytes as u64));
    let seen_from = |begin: u64| (from - begin) as usize..(to - begin) as usize;
    (seen_from(place), seen_from(offset))
}

impl StorageBackend for Image {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written.lock().bytes)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written.lock();
        if offset + out.len() as u64 > written.bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read_at(&self.file, offset, out)?;
        for place in places(offset, out.len()) {
            if let Some(piece) = written.pieces.get(&place) {
                let (here, there) = shared(place, offset, out.len());
                out[there].copy_from_slice(&piece[here]);
            }
        }
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.written.lock().bytes = bytes;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written.lock();
        for place in places(offset, data.len()) {
            let piece = match written.pieces.entry(place) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(room) => {
                    let mut piece = vec![0; PIECE_BYTES as usize];
                    read_at(&self.file, place, &mut piece)?;
                    room.insert(piece)
                }
            };
            let (here, there) = shared(place, offset, data.len());
            piece[here].copy_from_slice(&data[there]);
        }
        Ok(())
    }
}
