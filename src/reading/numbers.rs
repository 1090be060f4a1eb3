//! E-mail addresses, amounts, sizes and telephone numbers. Each is taken out of the text it was found in, and a mark left
//! in its place so that its neighbours do not grow together.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::reading::entities::Money;

const TAKEN: &str = " ; ";
/// `3000`, `3 000`, `1.200,50`.
const NUMBER: &str = r"\d{1,3}(?:[ .,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?";

fn pattern(pattern: &str) -> Regex {
    Regex::new(&pattern.replace("NUMBER", NUMBER)).expect("a pattern of this file")
}

/// The first address as typed, and the text without any address and link: their digits and names mean nothing else.
pub fn email(text: &str) -> (Option<String>, String) {
    static EMAIL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}"));
    static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:https?://|www\.)\S+"));
    let found = EMAIL.find(text).map(|found| found.as_str().to_owned());
    let rest = EMAIL.replace_all(text, TAKEN);
    (found, LINK.replace_all(&rest, TAKEN).into_owned())
}

/// The first amount that names its currency.
pub fn money(text: &str) -> (Option<Money>, String) {
    static MONEY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)
            (?<before>^|[^\d.,a-z])
            (?: (?<sign>[$€£]|pln|eur|usd|gbp)\ ?(?<n1>NUMBER)(?:\ ?(?<scale1>k|tys|mln|thousand|million|m)\b)?
              | (?<n2>NUMBER)\ ?(?:(?<scale2>k|tys\w*|mln|milion\w*|thousand|million)\b\.?\ ?)?
                (?<unit>[$€£]|(?:zl|zlot[yae]|zlotych|zlotowk\w*|pln|eur|euro|euros|usd|dol|dolar\w*|dollars?|gbp|funt\w*|pounds?|chf|frank\w*|czk|uah)\b)
            )"
            .replace("NUMBER", &NUMBER.replace(' ', r"\ "))
            .as_str(),
        )
    });
    // In Poland "budżet 150 tys." needs no currency; a number of inhabitants does not follow "budżet".
    static BUDGET: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:budzet|kwot|koszt|wyda|cen)\w*[: ]\W?(?:[a-z]+ ){0,3}(?<n2>NUMBER) ?(?<scale2>tys|mln|k)\b")
    });
    let found = MONEY.captures(text).or_else(|| BUDGET.captures(text));
    let rest = MONEY.replace_all(text, |found: &Captures| format!("{}{TAKEN}", &found["before"])).into_owned();
    (found.and_then(|found| amount(&found)), BUDGET.replace_all(&rest, TAKEN).into_owned())
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

/// Three digits after a separator are thousands, fewer are a fraction.
fn value(number: &str) -> Option<f64> {
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    match number.rsplit_once(['.', ',']) {
        Some((whole, fraction)) if fraction.len() < 3 => format!("{}.{fraction}", digits(whole)).parse().ok(),
        _ => digits(number).parse().ok(),
    }
}

/// The first area in square metres. A bare "metrów" is one too, unless it says of what: a way, a height, a volume.
pub fn size(text: &str) -> (Option<f64>, String) {
    static SIZE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:^|[^\d.,a-z])(?<n>\d{1,3}(?:[ .]\d{3})+(?:,\d{1,2})?|\d+(?:[.,]\d{1,2})?) ?-?(?:m ?\^?2\b|m\.? ?kw\b|mkw\b|sqm\b|sq\.? ?m(?:et\w*)?\b|square met\w+|met(?:r|er|re)\w*(?<kw> kw\w*)?)",
        )
    });
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\.? ?(?:od|do|dalej|stad|wysok|dlug|szerok|glebok|biez|szesc|from|away|tall|long|wide|high|deep|to)\w*\b",
        )
    });
    let mut found = None;
    let rest = SIZE.replace_all(text, |captures: &Captures| {
        let whole = captures.get(0).expect("the whole match");
        let bare = whole.as_str().contains("met") && !whole.as_str().contains("sq") && captures.name("kw").is_none();
        let after = text.get(whole.end()..(whole.end() + 16).min(text.len())).unwrap_or("");
        let size = value(&captures["n"]).filter(|size| (1.0..=100_000.0).contains(size));
        if !(bare && OTHER.is_match(after)) {
            found = found.or(size);
        }
        TAKEN
    });
    (found, rest.into_owned())
}

/// The first telephone number: nine Polish digits in one of the usual groupings, or any with its country.
pub fn phone(text: &str) -> Option<String> {
    static PHONE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?x)
            (?<polish> (?:(?:\+|00)\ ?48|\(\+?48\)|48)?[\ -]?
              (?: [1-9]\d{2}[\ .-]?\d{3}[\ .-]?\d{3} | \(?0?[1-9]\d\)?[\ -]?\d{3}[\ -]?\d{2}[\ -]?\d{2} | [1-9]\d{2}[\ -]\d{2}[\ -]\d{2}[\ -]\d{2} ) )
            | (?<abroad> (?:\+|00)[1-9](?:[\ ().-]{0,2}\d){7,14} )",
        )
    });
    let mut from = 0;
    while let Some(found) = PHONE.captures_at(text, from) {
        let whole = found.get(0)?;
        let digits: String = whole.as_str().chars().filter(char::is_ascii_digit).collect();
        if stands_alone(text, whole.start(), whole.end()) {
            return Some(match found.name("polish") {
                Some(_) => format!("+48{}", &digits[digits.len() - 9..]),
                None => format!("+{}", digits.trim_start_matches("00")),
            });
        }
        // Every character a match begins with is one byte long.
        from = whole.start() + 1;
    }
    None
}

/// Whether what was found is not a piece of a longer number, nor one that a word before it calls something else.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    const OTHER: &[&str] =
        &["nip", "regon", "pesel", "krs", "kont", "umow", "zamow", "zlecen", "faktur", "order", "invoice"];
    let mut before = text[..start].chars().rev();
    let attached = match before.next() {
        Some(c @ ('-' | '.' | '/' | ',' | '+')) => c == '+' || before.next().is_some_and(|c| c.is_ascii_digit()),
        Some(' ') => {
            before.next().is_some_and(|c| c.is_ascii_digit()) && !text[start..].starts_with(['+', '(']) && {
                // Four digits and a space may be the middle of an account's number.
                text[..start].trim_end().chars().rev().take_while(char::is_ascii_digit).count() > 3
            }
        }
        Some(c) => c.is_alphanumeric(),
        None => false,
    };
    let mut after = text[end..].chars();
    let continued = match after.next() {
        Some('-' | '.' | '/' | ',') => after.next().is_some_and(|c| c.is_ascii_digit()),
        Some(' ') => after.take(3).filter(char::is_ascii_digit).count() == 3,
        Some(c) => c.is_alphanumeric(),
        None => false,
    };
    let words = text[..start].char_indices().rev().nth(19).map_or(0, |(at, _)| at);
    let last = text[words..start].rsplit([';', ',', '\n']).next().unwrap_or("");
    let other = |word: &str| OTHER.iter().any(|other| word.starts_with(other)) && !word.starts_with("kontakt");
    !attached && !continued && !last.split(|letter: char| !letter.is_alphanumeric()).any(other)
}
