//! The facts a customer names in passing: how to reach them, what they want finished, how large, where and for how much.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::reading::fold::fold;
use crate::reading::names::Names;
use crate::reading::numbers;

/// What was found in one message: the first of each kind. As JSON, only what was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entities {
    /// As it was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Box<str>>,
    /// With its country, without spaces: `+48600700800`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Box<str>>,
    /// `basic`, `comfort` or `premium`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<&'static str>,
    /// `apartment`, `house` or `commercial`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "some_number")]
    pub size_m2: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// One of Poland's forty largest, by its Polish name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'static str>,
}

/// An amount and the code of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Money {
    #[serde(serialize_with = "number")]
    pub amount: f64,
    pub currency: &'static str,
}

impl Entities {
    /// `None` where nothing was found.
    pub fn to_json(&self) -> Option<Map<String, Value>> {
        match serde_json::to_value(self) {
            Ok(Value::Object(found)) if !found.is_empty() => Some(found),
            _ => None,
        }
    }

    /// The same as text.
    pub fn to_json_text(&self) -> Option<String> {
        (*self != Self::default()).then(|| serde_json::to_string(self).ok()).flatten()
    }
}

/// A whole number without a fraction, as people write it: 50, not 50.0.
fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 && *value < 1e15 {
        serializer.serialize_u64(*value as u64)
    } else {
        serializer.serialize_f64(*value)
    }
}

fn some_number<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// Reads a message. Each kind of number is taken out of the text before the next is looked for, the most certain first:
/// what stands before "zł" is no telephone.
pub fn entities(text: &str) -> Entities {
    let (email, rest) = numbers::email(text);
    let rest = fold(&rest);
    let (money, rest) = numbers::money(&rest);
    let (size_m2, rest) = numbers::size(&rest);
    let names = Names::of(&rest);
    Entities {
        email: email.map(Into::into),
        phone: numbers::phone(&rest).map(Into::into),
        package: names.package(),
        property_type: names.property_type(size_m2.is_some()),
        size_m2,
        money,
        city: names.city(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_of_the_table() {
        let mut wrong = Vec::new();
        let mut cases = 0;
        for line in include_str!("entities_cases.tsv").lines() {
            let (text, expected) = line.split_once('\t').expect(line);
            let expected: Value = serde_json::from_str(expected).expect(line);
            let found = entities(text).to_json().map_or(Value::Null, Value::Object);
            cases += 1;
            if found != expected {
                wrong.push(format!("{text}: {found}, not {expected}"));
            }
        }
        assert!(cases >= 60);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn any_text_of_32_kib_is_read_soon() {
        for part in
            ["1", "1 ", "a@", "a", "+48 ", "600 700 80", "(", "1,000", "50 m", "$", "bielsko ", "a.", "ą", "www."]
        {
            let text = part.repeat(32 * 1024 / part.len());
            let begin = std::time::Instant::now();
            entities(&text);
            assert!(begin.elapsed().as_millis() < 1000, "{part}: {:?}", begin.elapsed());
        }
    }
}
