//! Amounts of money.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{NUMBER, TAKEN, digits, next_digit, pattern, value};
use crate::reading::entities::Money;

/// The first amount that names its currency, and the text without any.
pub fn money(text: &str) -> (Option<Money>, Cow<'_, str>) {
    static MONEY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)
            (?<before>^|[^0-9.,a-z])
            (?: (?<sign>[$€£]|pln|eur|usd|gbp)\ ?(?<n1>NUMBER)(?:\ ?(?<scale1>k|tys|mln|thousand|million|m)\b)?
              | (?<n2>NUMBER)\ ?(?:(?<scale2>k|tys\w*|mln|milion\w*|thousand|million)\b\.?\ ?)?
                (?<unit>[$€£]|(?:zl|zlot[yae]|zlotych|zlotowk\w*|pln|eur|euro|euros|usd|dol|dolar\w*|dollars?|gbp|funt\w*|pounds?|chf|frank\w*|czk|uah)\b)
            )"
            .replace("NUMBER", &NUMBER.replace("[ ", r"[\ "))
            .as_str(),
        )
    });
    // In Poland "budżet 150 tys." needs no currency; a number of inhabitants does not follow "budżet".
    static BUDGET: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:budzet|kwot|koszt|wyda|cen)\w*[: ]\W?(?:[a-z]+ ){0,3}(?<n2>NUMBER) ?(?<scale2>tys|mln|k)\b")
    });
    if !may_be_named(text) {
        return (None, text.into());
    }
    let found = MONEY.captures(text).or_else(|| BUDGET.captures(text));
    let found = found.and_then(|found| amount(&found));
    let rest = MONEY.replace_all(text, |found: &Captures| format!("{}{TAKEN}", &found["before"]));
    (found, BUDGET.replace_all(&rest, TAKEN).into_owned().into())
}

/// Whether a number stands beside what begins like a currency or a scale, or ends like a currency.
fn may_be_named(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(start) = next_digit(bytes, from) {
        let end = start + digits(bytes, start);
        if ends_like_a_currency(&bytes[..start]) || begins_like_a_unit(&bytes[end..]) {
            return true;
        }
        from = end;
    }
    false
}

fn ends_like_a_currency(before: &[u8]) -> bool {
    let before = before.strip_suffix(b" ").unwrap_or(before);
    let signs: [&[u8]; 7] = [b"$", "€".as_bytes(), "£".as_bytes(), b"pln", b"eur", b"usd", b"gbp"];
    signs.iter().any(|sign| before.ends_with(sign))
}

/// Of two letters, unless one tells.
fn begins_like_a_unit(after: &[u8]) -> bool {
    let after = after.strip_prefix(b" ").unwrap_or(after);
    match after {
        [b'k' | b'$', ..] => true,
        [0x80..=0xff, ..] => after.starts_with("€".as_bytes()) || after.starts_with("£".as_bytes()),
        [one, two, ..] => matches!(
            &[*one, *two],
            b"ty"
                | b"ml"
                | b"mi"
                | b"th"
                | b"zl"
                | b"pl"
                | b"eu"
                | b"us"
                | b"do"
                | b"gb"
                | b"fu"
                | b"po"
                | b"ch"
                | b"fr"
                | b"cz"
                | b"ua"
        ),
        _ => false,
    }
}

fn amount(found: &Captures) -> Option<Money> {
    let group = |names: [&str; 2]| names.iter().find_map(|name| Some(found.name(name)?.as_str()));
    let times = group(["scale1", "scale2"]).map_or(1.0, |scale| match scale {
        "m" | "mln" | "million" => 1e6,
        scale if scale.starts_with("milion") => 1e6,
        _ => 1e3,
    });
    let currency = match group(["sign", "unit"]).unwrap_or("pln") {
        "$" => "USD",
        "€" => "EUR",
        "£" => "GBP",
        unit => match unit.get(..2)? {
            "zl" | "pl" => "PLN",
            "eu" => "EUR",
            "us" | "do" => "USD",
            "gb" | "fu" | "po" => "GBP",
            "ch" | "fr" => "CHF",
            "cz" => "CZK",
            _ => "UAH",
        },
    };
    Some(Money { amount: value(group(["n1", "n2"])?)? * times, currency })
}
