//! The facts a customer names in passing: how to reach them, what they want finished, how large, where and for how much.

use serde_json::{Map, Value};

use crate::reading::fold::fold;
use crate::reading::{names, numbers};

/// What was found in one message: the first of each kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entities {
    /// As it was typed.
    pub email: Option<Box<str>>,
    /// With its country, without spaces: `+48600700800`.
    pub phone: Option<Box<str>>,
    /// `basic`, `comfort` or `premium`.
    pub package: Option<Box<str>>,
    /// `apartment`, `house` or `commercial`.
    pub property_type: Option<Box<str>>,
    pub size_m2: Option<f64>,
    pub money: Option<Money>,
    /// One of Poland's forty largest, by its Polish name.
    pub city: Option<Box<str>>,
}

/// An amount and the code of its currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Money {
    pub amount: f64,
    pub currency: &'static str,
}

impl Entities {
    /// Only what was found; `None` where nothing was.
    pub fn to_json(&self) -> Option<Map<String, Value>> {
        let money = self.money.map(|money| {
            let fields = [("amount", number(money.amount)), ("currency", Value::from(money.currency))];
            Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
        });
        let text = |field: &Option<Box<str>>| field.as_deref().map(Value::from);
        let fields = [
            ("email", text(&self.email)),
            ("phone", text(&self.phone)),
            ("package", text(&self.package)),
            ("property_type", text(&self.property_type)),
            ("size_m2", self.size_m2.map(number)),
            ("money", money),
            ("city", text(&self.city)),
        ];
        let found: Map<String, Value> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        (!found.is_empty()).then_some(found)
    }
}

/// A whole number without a fraction, as people write it: 50, not 50.0.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value < 1e15 { Value::from(value as u64) } else { Value::from(value) }
}

/// Reads a message. Each kind of number is taken out of the text before the next is looked for, the most certain first:
/// what stands before "zł" is no telephone.
pub fn entities(text: &str) -> Entities {
    let (email, rest) = numbers::email(text);
    let rest = fold(&rest);
    let (money, rest) = numbers::money(&rest);
    let (size_m2, rest) = numbers::size(&rest);
    let phone = numbers::phone(&rest);
    let words: Vec<&str> = rest.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    Entities {
        email: email.map(Into::into),
        phone: phone.map(Into::into),
        package: names::package(&words).map(Into::into),
        property_type: names::property_type(&words, size_m2.is_some()).map(Into::into),
        size_m2,
        money,
        city: names::city(&words).map(Into::into),
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
