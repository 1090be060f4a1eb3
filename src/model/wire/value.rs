//! JSON values, read before it is known what they should be.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::limits::PAGES_PER_EVENT_MAX;

/// Any JSON value, as far as validation needs to know it.
#[derive(Debug, Default)]
pub enum Value<'a> {
    /// Absent or null.
    #[default]
    None,
    Bool(bool),
    Whole(i64),
    Fraction(f64),
    Text(Cow<'a, str>),
    Array(Box<[Value<'a>]>),
    Object,
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Fraction(value) => write!(f, "{value}"),
            Self::Text(text) if text.len() > 60 => write!(f, "a text of {} bytes", text.len()),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Array(_) => f.write_str("an array"),
            Self::Object => f.write_str("an object"),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::None;
        Slot(&mut value).deserialize(deserializer)?;
        Ok(value)
    }
}

/// Where a value is to be put. Handed back from call to call instead, it would be copied several times over.
pub struct Slot<'s, 'de>(pub &'s mut Value<'de>);

impl<'de> DeserializeSeed<'de> for Slot<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Slot<'_, 'de> {
    fn put<E>(self, value: Value<'de>) -> Result<(), E> {
        *self.0 = value;
        Ok(())
    }
}

impl<'de> Visitor<'de> for Slot<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Value::None)
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(Value::Whole(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(i64::try_from(value).map_or(Value::Fraction(value as f64), Value::Whole))
    }
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.put(Value::Fraction(value))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.put(Value::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(Value::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            if values.len() > PAGES_PER_EVENT_MAX {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
            values.push(value);
        }
        self.put(Value::Array(values.into()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.put(Value::Object)
    }
}
