//! All tables, and why they are laid out so.
//!
//! The log is the truth: `blocks` and `log_tail`. Every other table but `meta`, `bots`, `imports`, `event_ids`,
//! `idempotency`, `horizons`, `digests` and `erasures` is a fold of it up to `meta.checkpoint`, written only by checkpoints. Sessions and users are stored by
//! number, in order of first appearance, so that live traffic changes neighbours; names find numbers through a hash
//! (`names`).

use std::sync::Arc;

use redb::{ReadOnlyTable, ReadableTableMetadata, TableDefinition, TableError};

use super::opened::Opened;
pub use super::opened::Reading;
pub use super::transaction::{Table, Transaction};
use crate::error::Result;

/// The layout this program writes. Raised with every change of a table or of an encoding.
pub const LAYOUT: u64 = 8;

pub type Bytes = &'static [u8];
/// Kind of what has the name, slice of all hashes, and number of the leaf in it.
pub type NameLeafKey = (u8, u8, u32);
/// Kind of what has the name, and slice of all hashes.
pub type NameSliceKey = (u8, u8);
/// A slice's leaves, and the first number of a name that is not in them.
pub type NameSlice = (u32, u64);
/// First sequence number of a block, and number of the part.
pub type PartKey = (u64, u32);
/// A block's events, their first and their last timestamp (epoch ms).
pub type BlockInfo = (u32, i64, i64);
/// Bot, time (epoch ms) and sequence number.
pub type LeadKey = (u32, i64, u64);
/// Bot, hour (hours since 1970 in UTC, so that a bot's zone can change without it) and number of the chunk in the hour.
pub type TraceKey = (u32, i64, u64);
/// What is digested (`digests::Of`), bot, and day or number of the thousand; of thousands the bot is 0.
pub type DigestKey = (u8, u32, i64);

macro_rules! tables {
    ($($constant:ident $field:ident: $name:literal, $key:ty => $value:ty, $row:literal;)+) => {
        $(pub const $constant: TableDefinition<'static, $key, $value> = TableDefinition::new($name);)+

        /// Every table of one snapshot, open for reading.
        pub struct Tables {
            $(pub $field: ReadOnlyTable<$key, $value>,)+
            /// Open as long as they are read.
            _file: Option<Arc<Opened>>,
        }

        impl Tables {
            pub fn open(reading: &Reading) -> Result<Self, TableError> {
                Ok(Self { $($field: reading.open_table($constant)?,)+ _file: reading.file() })
            }
        }

        /// Their names, in the order of their places.
        pub const NAMES: &[&str] = &[$($name),+];

        impl Tables {
            /// What the tables take of the file, with the parts of their pages that are empty.
            pub fn taken_bytes(&self) -> Result<u64> {
                let mut bytes = 0;
                $(
                    let stats = self.$field.stats()?;
                    bytes += stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
                )+
                Ok(bytes)
            }
        }

        /// Creates what is missing.
        pub fn create_all(transaction: &Transaction) -> Result<(), TableError> {
            $(transaction.open_table($constant)?;)+
            Ok(())
        }

        /// Calls `$body` for every table: `each_table!(|definition, name, row| …)`.
        macro_rules! each_table {
            (|$definition:ident, $table_name:ident, $row_text:ident| $body:expr) => {
                $({
                    let ($definition, $table_name, $row_text) = ($crate::store::tables::$constant, $name, $row);
                    $body;
                })+
            };
        }
        pub(super) use each_table;
    };
}

tables! {
    META meta: "meta", &'static str => u64, "one figure about the file: layout, checkpoint, next numbers";
    BOTS bots: "bots", u32 => Bytes, "one bot: its name and reporting zone";
    LOG_BLOCKS log_blocks: "blocks", PartKey => Bytes, "a part of 4,096 events, by the first one's sequence number; in columns, compressed, checksummed";
    LOG_INDEX log_index: "log_index", u64 => BlockInfo, "a block's events, first and last timestamp";
    LOG_TAIL log_tail: "log_tail", u64 => Bytes, "one commit's events that await their block";
    EVENT_IDS event_ids: "event_ids", (i64, u64) => Bytes, "hashes of one commit's event ids, by time of arrival; 24 hours";
    IDEMPOTENCY idempotency: "idempotency", (i64, u64) => Bytes, "an idempotency key and its answer, by time of arrival; 24 hours";
    IMPORTS imports: "imports", &'static [u8; 32] => u64, "rows taken from an imported file, by the file's BLAKE3";
    SESSIONS sessions: "sessions", u64 => Bytes, "32 sessions by number: what their events add up to; in columns";
    SESSION_STARTS session_starts: "session_starts", (u32, i64, u64) => u8, "a session by bot and beginning; lead and sentiments as bits";
    SESSION_EVENTS session_events: "session_events", (u64, u64) => Bytes, "places in the log of a long session's earlier events";
    USERS users: "users", u64 => Bytes, "32 persons by number: the days with an exchange; in columns";
    NAMES_NEW names_new: "names_new", (u8, u64) => Bytes, "hashes of 500 names of sessions, or of persons, by number, the latest ones";
    NAME_LEAVES name_leaves: "name_leaves", NameLeafKey => Bytes, "some 390 names of sessions, or of persons: hashes in order, and numbers";
    NAME_SLICES name_slices: "name_slices", NameSliceKey => NameSlice, "which names the leaves of a 64th of all hashes hold";
    LEADS leads: "leads", LeadKey => Bytes, "one lead by bot, time and sequence number";
    TRACES traces: "traces", TraceKey => Bytes, "some exchanges, visits and conversion events of a bot's hour, in order of arrival, without their texts, in columns";
    DAILY daily: "daily", (u32, i32) => Bytes, "a bot's day: conversations, sessions, intents, leads";
    QUESTIONS questions: "questions", (u32, i32) => Bytes, "a bot's day: what was asked";
    PERFORMANCE_DAILY performance_daily: "performance_daily", (u32, i32) => Bytes, "a bot's day: endpoints, errors, resources";
    PERFORMANCE_HOURLY performance_hourly: "performance_hourly", (u32, i64) => Bytes, "a bot's clock hour: endpoints, errors, resources";
    HORIZONS horizons: "horizons", u32 => Bytes, "how far a bot has let go of its texts, events, metrics and sessions";
    ERASURES erasures: "erasures", u64 => Bytes, "a receipt for what was erased, by its number";
    DIGESTS digests: "digests", DigestKey => u64, "a digest of what was counted of a day, or of a thousand sessions or persons, whose events may have gone";
}

pub fn place_of(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

/// Empties what is folded from the log, and has the next start fold it anew: readers see what there was until then.
pub fn recount_at_next_start(transaction: &Transaction) -> Result<()> {
    macro_rules! clear {
        ($($table:ident),+) => {
            $(transaction.delete_table($table)?;)+
        };
    }
    clear!(SESSIONS, SESSION_STARTS, SESSION_EVENTS, USERS, NAMES_NEW, NAME_LEAVES, NAME_SLICES, LEADS, TRACES);
    clear!(DAILY, QUESTIONS, PERFORMANCE_DAILY, PERFORMANCE_HOURLY);
    create_all(transaction)?;
    let mut meta = transaction.open_table(META)?;
    for figure in [meta::CHECKPOINT, meta::NEXT_SESSION, meta::NEXT_USER] {
        meta.insert(figure, 0)?;
    }
    Ok(())
}

/// Keys of `META`.
pub mod meta {
    pub const LAYOUT: &str = "layout";
    /// Sequence number up to which the fold's tables hold the log.
    pub const CHECKPOINT: &str = "checkpoint";
    pub const NEXT_SESSION: &str = "next_session";
    pub const NEXT_USER: &str = "next_user";
    /// From which event on sessions have sums of what experiments measure; absent where all have.
    pub const MEASURED_SINCE: &str = "measured_since";
    /// Erasures that took events out of the log; not there before the first one.
    pub const PURGES: &str = "purges";
}
