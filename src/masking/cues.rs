//! What the words beside a number say it is.

/// Words before a number that are looked at, and how far back, bytes.
const WORDS_MAX: usize = 5;
const BYTES_BACK_MAX: usize = 64;

/// What a word says of the number behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    Phone,
    /// An order, an account, an amount: anything else.
    Other,
}

/// Beginnings of words that say a telephone number follows.
const PHONE_BEGINNINGS: &[&str] = &[
    "tel",
    "phone",
    "mobil",
    "cell",
    "call",
    "dzwon",
    "dzwoń",
    "zadzwon",
    "zadzwoń",
    "oddzwon",
    "oddzwoń",
    "komór",
    "komor",
    "whatsapp",
    "infolini",
    "hotline",
    "handy",
    "rufnummer",
    "anruf",
    "kontakt",
];
const PHONE_WORDS: &[&str] = &[
    "fax", "faks", "kom", "sms", "viber", "signal", "ring", "rufen", "contact", "nummer", "dial", "reach", "wa",
    "phones", "numerem",
];
/// Beginnings of words that say something else does.
const OTHER_BEGINNINGS: &[&str] = &[
    "nip", "regon", "pesel", "krs", "kont", "umow", "umów", "zamow", "zamów", "zlece", "faktur", "order", "invoice",
    "rachun", "account", "klient", "customer", "produkt", "product", "artyku", "article", "artikel", "ofert", "ogłosz",
    "polis", "działk", "paczk", "przesył", "przesyl", "tracking", "sendung", "bestell", "auftrag", "rechnung",
    "kunden", "vertrag", "serial", "seryjn", "budżet", "budzet", "budget", "koszt", "kosten", "kwot", "prei", "price",
    "zgłosz", "zglosz", "reklam", "dowod",
];
const OTHER_WORDS: &[&str] = &[
    "id",
    "ref",
    "case",
    "kod",
    "kodu",
    "code",
    "sku",
    "ean",
    "isbn",
    "imei",
    "vin",
    "index",
    "indeks",
    "ticket",
    "cost",
    "costs",
    "suma",
    "sumę",
    "sum",
    "total",
    "cena",
    "cenę",
    "ceny",
    "cenie",
    "pln",
    "eur",
    "usd",
    "gbp",
    "zł",
    "steuernummer",
    "paszport",
    "passport",
    "dowód",
    "dowodu",
    "karty",
    "card",
    "licencja",
    "licencji",
    "wersja",
    "version",
    "księga",
    "ksiega",
    "nrb",
    "iban",
];
/// What follows an amount or a size. A word as a whole.
const UNITS: &[&str] = &[
    "zł",
    "zl",
    "zlotych",
    "złotych",
    "złote",
    "zloty",
    "złoty",
    "groszy",
    "gr",
    "pln",
    "eur",
    "euro",
    "usd",
    "gbp",
    "chf",
    "dolarów",
    "dollars",
    "pounds",
    "franken",
    "tys",
    "tysięcy",
    "tysiecy",
    "mln",
    "mld",
    "milion",
    "miliony",
    "milionów",
    "thousand",
    "million",
    "m2",
    "m²",
    "mkw",
    "metr",
    "metry",
    "metrów",
    "km",
    "cm",
    "mm",
    "kg",
    "szt",
    "sztuk",
    "stk",
    "stück",
    "pcs",
    "pieces",
    "items",
    "osób",
    "people",
    "leute",
    "kwh",
    "kw",
    "hz",
    "ghz",
    "mhz",
    "gb",
    "mb",
    "kb",
    "px",
    "dni",
    "days",
];
const SYMBOLS: [char; 6] = ['€', '$', '£', '%', '‰', '°'];

/// The words before a place, in small letters, the nearest first; what goes `before` the text is read on into.
pub fn words_before<'t>(before: &'t str, text: &'t str, place: usize) -> impl Iterator<Item = String> {
    let near = &text[back(text, place)..place];
    // Another clause speaks of something else.
    let cut = near.rfind([';', ',', '\n', '!', '?']).map(|at| at + 1);
    let before = if cut.is_none() && near.len() == place { &before[back(before, before.len())..] } else { "" };
    let near = &near[cut.unwrap_or(0)..];
    let words = |text: &'t str| text.rsplit(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words(near).chain(words(before)).take(WORDS_MAX).map(str::to_lowercase)
}

fn back(text: &str, place: usize) -> usize {
    text.floor_char_boundary(place.saturating_sub(BYTES_BACK_MAX))
}

/// What the nearest word that says anything says.
pub fn cue(before: &str, text: &str, place: usize) -> Option<Cue> {
    words_before(before, text, place).find_map(|word| {
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| word.starts_with(beginning));
        if PHONE_WORDS.contains(&&*word) || begins(PHONE_BEGINNINGS) {
            Some(Cue::Phone)
        } else if OTHER_WORDS.contains(&&*word) || begins(OTHER_BEGINNINGS) {
            Some(Cue::Other)
        } else {
            None
        }
    })
}

/// Whether what stands at a place makes the number before it an amount or a size.
pub fn unit_follows(text: &str, place: usize) -> bool {
    let rest = text[place..].trim_start_matches(super::chain::is_space);
    if rest.starts_with(SYMBOLS) {
        return true;
    }
    let word = rest.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    word.len() <= 12 && !word.is_empty() && UNITS.contains(&&*word.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_that_says_something_counts() {
        let cue_of = |text: &str| cue("", text, text.len());
        assert_eq!(cue_of("numer zamówienia "), Some(Cue::Other));
        assert_eq!(cue_of("zamówienie, mój numer to "), None);
        assert_eq!(cue_of("w sprawie zamówienia proszę o telefon "), Some(Cue::Phone));
        assert_eq!(cue("order_id ", "", 0), Some(Cue::Other));
        assert_eq!(cue_of("proszę o kontakt "), Some(Cue::Phone));
        assert_eq!(cue_of("konto "), Some(Cue::Other));
    }
}
