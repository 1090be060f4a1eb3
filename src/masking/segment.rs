//! Numbers that are a segment of a path, such as /pesel/44051401359. Most of those name a page: the segment before says
//! what they are.

/// Segments, whole, behind which a number is that of a telephone: phone-cases are things.
const TELEPHONES: &[&str] = &[
    "tel",
    "telefon",
    "nr-tel",
    "nr-telefonu",
    "numer-telefonu",
    "phone",
    "telephone",
    "phonenumber",
    "phone-number",
    "msisdn",
    "call",
    "callback",
    "sms",
    "whatsapp",
    "wa",
    "wa.me",
    "fax",
    "faks",
    "zadzwon",
    "oddzwon",
];
/// Beginnings of words behind which it is that of a thing, whatever its digits prove by chance.
const THING_BEGINNINGS: &[&str] = &[
    "prod", "item", "ofert", "offer", "angebot", "artyk", "artic", "artik", "towar", "order", "zamow", "zamów",
    "bestell", "auftrag", "faktur", "invoice", "rechnung", "ogłosz", "oglosz", "listing", "aukcj", "auction", "paczk",
    "przesył", "przesyl", "shipment", "track", "sendung", "ticket", "zgłosz", "zglosz", "categor", "kategor", "blog",
    "wpis",
];
/// The same of whole words.
const THINGS: &[&str] = &[
    "p", "i", "dp", "id", "ref", "sku", "ean", "gtin", "isbn", "imei", "serial", "post", "posts", "news", "media",
    "image", "images", "img", "file", "files", "static", "assets",
];
/// Words behind which four numbers with dots are a version.
const RELEASES: &[&str] = &[
    "download",
    "downloads",
    "releases",
    "versions",
    "wersje",
    "docs",
    "tag",
    "tags",
    "dist",
    "package",
    "packages",
    "npm",
    "cdn",
    "lib",
    "libs",
    "sdk",
    "plugin",
    "plugins",
    "update",
    "updates",
    "changelog",
];

/// The segment before the one that begins here, if one does.
fn before(text: &str, start: usize) -> Option<&str> {
    let path = text[..start].strip_suffix('/')?;
    let segment = &path[path.rfind(|letter| !is_of_segment(letter))?..];
    // Chrome/120.0.0.0 is no path.
    segment.strip_prefix('/').filter(|name| !name.is_empty())
}

fn is_of_segment(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '~' | '%')
}

/// Whether any word of a segment is one that `is` is true of.
fn says(segment: &str, is: impl Fn(&str) -> bool) -> bool {
    segment.split(|letter: char| !letter.is_alphanumeric()).any(|word| is(&word.to_lowercase()))
}

/// Whether a segment begins here that may be a person's number, which proves itself.
pub fn may_be_of_a_person(text: &str, start: usize) -> bool {
    let is_of_thing =
        |word: &str| THINGS.contains(&word) || THING_BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    before(text, start).is_some_and(|segment| !says(segment, is_of_thing))
}

/// Whether one begins here that the segment before says is a telephone number.
pub fn is_called(text: &str, start: usize) -> bool {
    before(text, start).is_some_and(|segment| TELEPHONES.contains(&&*segment.to_lowercase()))
}

/// Whether one begins here that may be the address of a machine.
pub fn may_be_an_address(text: &str, start: usize) -> bool {
    before(text, start).is_some_and(|segment| !says(segment, |word| RELEASES.contains(&word)))
}

/// Whether a segment ends here: 44051401359.html and 44051401359-table are names of pages.
pub fn ends(text: &str, end: usize) -> bool {
    let mut after = text[end..].chars();
    match after.next() {
        Some('.' | '-' | '~') => !after.next().is_some_and(char::is_alphanumeric),
        Some(letter) => letter != '_' && !letter.is_alphanumeric(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_known_by_the_one_before_it() {
        let of = |text: &'static str| before(text, text.len());
        assert_eq!(of("https://sklep.example/konto/"), Some("konto"));
        assert_eq!(of("https://sklep.example/"), Some("sklep.example"));
        for text in ["Chrome/", "a b/", "konto/", "https://", "/", "", "/konto", "12:30/"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
