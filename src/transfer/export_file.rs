//! The JSON of an export: arrays of records, read one record at a time.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::import::{Outcome, Place, Row, event, record_events};
use crate::error::{Error, Result};
use crate::model::wire::Context;

/// Reads the arrays of an export of this program, or of the first system.
///
/// # Errors
/// Where it is no JSON; whatever `take` returns.
pub(super) fn read(
    file: File,
    context: Context,
    bot_is_given: bool,
    take: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let mut failed = None;
    let bytes = Cell::new(0);
    let file = BufReader::new(Counted { file, bytes: &bytes });
    let mut reader = ExportReader { context, bot_is_given, bytes: &bytes, take, failed: &mut failed };
    let read = serde_json::Deserializer::from_reader(file).deserialize_map(Envelope(&mut reader));
    match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(Error::Unusable(format!("the export is not valid JSON: {error}"))),
        (None, Ok(())) => Ok(()),
    }
}

/// A file that says how much of it has been read.
struct Counted<'a> {
    file: File,
    bytes: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.bytes.set(self.bytes.get() + bytes as u64);
        Ok(bytes)
    }
}

/// Reads the arrays of an export one record at a time, so that memory stays flat.
struct ExportReader<'a, 'b> {
    context: Context,
    /// Whoever imports named the bot; what the export says does not count.
    bot_is_given: bool,
    bytes: &'a Cell<u64>,
    take: &'a mut (dyn FnMut(Row) -> Result<()> + 'b),
    /// Why `take` wants no more.
    failed: &'a mut Option<Error>,
}

struct Envelope<'r, 'a, 'b>(&'r mut ExportReader<'a, 'b>);

impl<'de> Visitor<'de> for Envelope<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an export of NovaHouse")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            if key == "data" {
                entries.next_value_seed(Data(&mut *self.0))?;
            } else if key == "bot" && !self.0.bot_is_given {
                self.0.context.bot = entries.next_value::<Box<str>>()?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Data<'r, 'a, 'b>(&'r mut ExportReader<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the arrays of an export")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(Records { key, reader: &mut *self.0 })?;
        }
        Ok(())
    }
}

struct Records<'r, 'a, 'b> {
    key: String,
    reader: &'r mut ExportReader<'a, 'b>,
}

impl<'de> DeserializeSeed<'de> for Records<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let array: Arc<str> = self.key.into();
        let context = &self.reader.context;
        let mut index = 0;
        while let Some(value) = items.next_element::<Value>()? {
            let outcome = match (value, &*array) {
                (value, "events") => event(&value.to_string(), context),
                (Value::Object(fields), array) => record_events(singular(array), fields, context),
                (other, _) => Outcome::Rejected(format!("expected an object, found {other}")),
            };
            let place = Place::Item(array.clone(), index);
            index += 1;
            if let Err(error) = (self.reader.take)(Row { place, outcome, read: self.reader.bytes.get() }) {
                *self.reader.failed = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn singular(key: &str) -> &str {
    match key {
        "performance" => key,
        _ => key.strip_suffix('s').unwrap_or(key),
    }
}
