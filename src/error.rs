//! What can go wrong, in the terms of whoever has to do something about it.

use std::fmt;

/// Result of every fallible operation of the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// The request is wrong; the sentence names the parameter and what was expected.
    Invalid(String),
    /// There is nothing of that name.
    NotFound(String),
    /// What is there does not allow it; the sentence says why.
    Conflict(String),
    /// The data directory cannot be used; the sentence says what to do.
    Unusable(String),
    /// Stored bytes are not what was written.
    Corrupt { table: &'static str, key: String, why: String },
    /// The disk or the store below failed.
    Storage(String),
    /// The queue to the writer is full; try again.
    Overloaded,
    /// The server is stopping; try again.
    Stopping,
}

impl Error {
    pub fn corrupt(table: &'static str, key: impl fmt::Debug, why: impl fmt::Display) -> Self {
        Self::Corrupt { table, key: format!("{key:?}"), why: why.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(sentence)
            | Self::NotFound(sentence)
            | Self::Conflict(sentence)
            | Self::Unusable(sentence) => f.write_str(sentence),
            Self::Corrupt { table, key, why } => write!(
                f,
                "the stored data is damaged: table {table}, key {key}: {why}; run `novahouse check --repair`, and where that does not \
                 help, restore a backup with `novahouse restore`"
            ),
            Self::Storage(why) => write!(f, "the storage failed: {why}"),
            Self::Overloaded => f.write_str("too many requests are waiting to be stored; try again in a second"),
            Self::Stopping => f.write_str("the server is stopping; try again in a moment"),
        }
    }
}

impl std::error::Error for Error {}

macro_rules! storage_errors {
    ($($kind:ty),+ $(,)?) => {$(
        impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                told(&redb::Error::from(error))
            }
        }
    )+};
}

storage_errors!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::CompactionError,
    redb::SetDurabilityError,
);

/// What redb met; bytes that are no longer there are no fault of the disk.
fn told(error: &redb::Error) -> Error {
    match error {
        redb::Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Error::Unusable(
            "the data file is cut off: run `novahouse check --repair`, and where that does not help, restore a backup with \
             `novahouse restore`"
                .into(),
        ),
        _ => Error::Storage(error.to_string()),
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Storage(error.to_string())
    }
}
