//! An object's fields, as found.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::names::Field;
use super::value::{Slot, Value};

/// The fields any event may have, as found. One that nobody takes is left over.
pub struct Fields<'a> {
    /// In the order they came in, and then none.
    values: Vec<Value<'a>>,
    /// How many came.
    used: u8,
    /// By field: where its value is, counted from one; zero where none came.
    places: [u8; Field::COUNT],
    pub entities: Option<&'a RawValue>,
    pub additional_info: Option<&'a RawValue>,
    pub contact: Option<&'a RawValue>,
    unknown: Vec<String>,
}

/// As many as events usually have: a place for each of all that are known would cost more than the reading.
const USUAL_FIELDS: usize = 16;
/// Of the name of an unknown field, characters that are kept.
const UNKNOWN_NAME_CHARS_MAX: usize = 64;

impl<'a> Fields<'a> {
    pub fn new() -> Self {
        Self {
            values: Vec::new(),
            used: 0,
            places: [0; Field::COUNT],
            entities: None,
            additional_info: None,
            contact: None,
            unknown: Vec::new(),
        }
    }

    /// Fills in what a JSON object has. It is not made from it: as large as it is, it would be moved about.
    pub fn read(&mut self, json: &'a str) -> serde_json::Result<()> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        (&mut deserializer).deserialize_map(FieldsVisitor(self))?;
        deserializer.end()
    }

    /// What there is of a field, once.
    pub fn take(&mut self, field: Field) -> Value<'a> {
        match self.places[field as usize] {
            0 => Value::None,
            place => std::mem::take(&mut self.values[usize::from(place) - 1]),
        }
    }

    fn slot(&mut self, field: Field) -> &mut Value<'a> {
        let place = &mut self.places[field as usize];
        if *place == 0 {
            if usize::from(self.used) == self.values.len() {
                self.values.resize_with(self.values.len() + USUAL_FIELDS, || Value::None);
            }
            self.used += 1;
            *place = self.used;
        }
        &mut self.values[usize::from(*place) - 1]
    }

    fn read_value<A: MapAccess<'a>>(&mut self, field: Field, entries: &mut A) -> Result<(), A::Error> {
        let slot = self.slot(field);
        if matches!(slot, Value::None) {
            return entries.next_value_seed(Slot(slot));
        }
        entries.next_value::<Value<'_>>()?;
        Err(A::Error::custom(format_args!("{}: given twice", field.name())))
    }

    /// The names of the fields that are there and that no one has taken.
    pub fn left_over(&mut self) -> Vec<String> {
        let mut names = std::mem::take(&mut self.unknown);
        let is_left = |value: &Value<'_>| !matches!(value, Value::None);
        if self.values.iter().any(is_left) {
            let left = Field::ALL.iter().filter(|field| is_left(&self.take(**field)));
            names.extend(left.map(|field| field.name().to_owned()));
        }
        let raw = [
            (self.entities, Field::EntitiesExtracted),
            (self.additional_info, Field::AdditionalInfo),
            (self.contact, Field::Contact),
        ];
        names.extend(raw.iter().filter(|(raw, _)| raw.is_some()).map(|(_, field)| field.name().to_owned()));
        names
    }
}

struct FieldsVisitor<'f, 'de>(&'f mut Fields<'de>);

impl<'de> Visitor<'de> for FieldsVisitor<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self(fields) = self;
        while let Some(field) = entries.next_key_seed(Key(&mut fields.unknown))? {
            match field {
                Some(Field::EntitiesExtracted) => fields.entities = not_null(entries.next_value()?),
                Some(Field::AdditionalInfo) => fields.additional_info = not_null(entries.next_value()?),
                Some(Field::Contact) => fields.contact = not_null(entries.next_value()?),
                Some(field) => fields.read_value(field, &mut entries)?,
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

fn not_null(raw: &RawValue) -> Option<&RawValue> {
    (raw.get() != "null").then_some(raw)
}

/// Reads which field a name is of; one of none is kept among the unknown, cut.
struct Key<'s>(&'s mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Field>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<Field>, E> {
        let field = Field::of(name);
        if field.is_none() {
            self.0.push(name.chars().take(UNKNOWN_NAME_CHARS_MAX).collect());
        }
        Ok(field)
    }
}
