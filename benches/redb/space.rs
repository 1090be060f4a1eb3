//! Where the bytes of a data directory's file are, as redb and the file system count them.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use novahouse::store::FILE_NAME;
use redb::{Database, ReadableDatabase, ReadableTableMetadata, TableHandle};

/// Bytes.
#[derive(Default)]
pub struct Space {
    pub length: u64,
    pub on_disk: u64,
    /// In pages that hold something, of whichever table or of redb itself.
    pub allocated: u64,
    pub tables: Vec<TableSpace>,
}

pub struct TableSpace {
    pub name: String,
    /// Keys and values.
    pub stored: u64,
    /// What leads to them.
    pub metadata: u64,
    /// Room in its pages.
    pub room: u64,
}

impl Space {
    /// Of a directory that no one has open.
    pub fn of(data: &Path) -> Self {
        let path = data.join(FILE_NAME);
        let database = Database::open(&path).expect("it was closed");
        let tables = tables(&database);
        let transaction = database.begin_write().expect("no one else writes");
        let stats = transaction.stats().expect("it can be read");
        let allocated = stats.allocated_pages() * stats.page_size() as u64;
        transaction.abort().expect("nothing was written");
        drop(database);
        let file = std::fs::metadata(&path).expect("a file");
        Self { length: file.len(), on_disk: file.blocks() * 512, allocated, tables }
    }

    pub fn sum(&self, figure: impl Fn(&TableSpace) -> u64) -> u64 {
        self.tables.iter().map(figure).sum()
    }

    /// Of what is on disk, the pages that hold nothing any more.
    pub fn free(&self) -> u64 {
        self.on_disk.saturating_sub(self.allocated)
    }
}

fn tables(database: &Database) -> Vec<TableSpace> {
    let transaction = database.begin_read().expect("it can be read");
    let handles = transaction.list_tables().expect("it can be read");
    let each = handles.map(|handle| {
        let name = handle.name().to_owned();
        let stats = transaction.open_untyped_table(handle).expect("a table").stats().expect("it can be read");
        TableSpace {
            name,
            stored: stats.stored_bytes(),
            metadata: stats.metadata_bytes(),
            room: stats.fragmented_bytes(),
        }
    });
    each.collect()
}
