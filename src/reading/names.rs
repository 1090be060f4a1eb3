//! Packages, kinds of property and cities, by the words that name them. The words come folded: `w Łodzi` is `w`, `lodzi`.

use std::sync::LazyLock;

use crate::reading::trie::{Known, Place, Trie};

static ROLES: LazyLock<Trie<Roles>> = LazyLock::new(|| {
    let words = WORDS.iter().flat_map(|(bits, words)| {
        words.split_whitespace().map(|word| (word, Roles { bits: *bits, ..Roles::default() }))
    });
    let cities = (1..)
        .zip(cities())
        .flat_map(|(city, (_, forms))| forms.split(',').map(move |form| (form, Roles { city, ..Roles::default() })));
    Trie::new(words.chain(cities))
});

/// Names of the forty cities, by number from one.
static CITIES: LazyLock<Vec<&str>> = LazyLock::new(|| cities().map(|(name, _)| name).collect());

fn cities() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("cities.tsv").lines().filter_map(|line| line.split_once('\t'))
}

/// All that a word may mean to the questions below.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Roles {
    bits: u32,
    city: u8,
}

impl Known for Roles {
    fn learn(&mut self, more: Self) {
        self.bits |= more.bits;
        if more.city > 0 {
            self.city = more.city;
        }
    }
}

const BASIC: u32 = 1;
const COMFORT: u32 = 1 << 1;
const PREMIUM: u32 = 1 << 2;
/// It names a package by itself.
const SURE: u32 = 1 << 3;
/// It makes a package of the words around it.
const OFFER: u32 = 1 << 4;
/// Behind "basic" it makes no package of it.
const TALK: u32 = 1 << 5;
const APARTMENT: u32 = 1 << 6;
const HOUSE: u32 = 1 << 7;
const COMMERCIAL: u32 = 1 << 8;
const OFFICE: u32 = 1 << 9;
/// Before a house it may say where a person is.
const WHERE: u32 = 1 << 10;
/// "lokal mieszkalny".
const PREMISES: u32 = 1 << 11;
const DWELLING: u32 = 1 << 12;
/// "flat rate".
const FLAT: u32 = 1 << 13;
const NO_HOME: u32 = 1 << 14;
const STREET: u32 = 1 << 15;
/// "do poznania się" is getting to know one another.
const POZNANIA: u32 = 1 << 16;
const SIE: u32 = 1 << 17;

/// A stem stands for all that begins with it.
const WORDS: &[(u32, &str)] = &[
    (BASIC | SURE, "basic basica basicu basicem"),
    (PREMIUM | SURE, "premium"),
    (BASIC, "podstawow*"),
    (COMFORT, "komfort* comfort*"),
    (OFFER, "pakie* package* wariant* wersj* opcj* option* plan* standard*"),
    (TALK, "question* info* idea* thing* understand* need* insurance*"),
    (
        APARTMENT,
        "mieszkan mieszkanie mieszkania mieszkaniu mieszkaniem mieszkaniach mieszkaniami mieszkanko mieszkanka flat flats \
         apartment apartments condo apartament* kawalerk*",
    ),
    (
        HOUSE,
        "dom domu domem domowi domy domow domach domami domek domku domki domkiem house houses villa willa willi wille \
         blizniak blizniaka blizniaku szeregowiec szeregowca szeregowiecu szeregowka szeregowke",
    ),
    (
        COMMERCIAL,
        "lokal lokalu lokale lokali lokalem lokalach biuro biura biurze biurem biurowiec office offices commercial",
    ),
    (OFFICE, "biur* office*"),
    (WHERE, "w do z po at godziny godzinach adres otwarcia wasz* panstwa* your* nova*"),
    (PREMISES, "lokal*"),
    (DWELLING, "mieszkaln*"),
    (FLAT, "flat"),
    (NO_HOME, "rate roof screen fee surface tv price"),
    (STREET, "ul ulica ulicy ulice al aleja alei os plac"),
    (POZNANIA, "poznania"),
    (SIE, "sie"),
];

/// No form of a city's name is as long, bytes.
const CITY_BYTES_MAX: usize = 40;

/// The words of a folded text.
pub struct Names<'a>(Vec<Word<'a>>);

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    roles: Roles,
    place: Option<Place>,
}

impl Word<'_> {
    /// Before the first word and behind the last.
    const NONE: Self = Self { text: "", roles: Roles { bits: 0, city: 0 }, place: None };

    fn is(self, role: u32) -> bool {
        self.roles.bits & role != 0
    }

    /// The package it may name.
    fn package(self) -> Option<&'static str> {
        match self.roles.bits & (BASIC | COMFORT | PREMIUM) {
            BASIC => Some("basic"),
            COMFORT => Some("comfort"),
            PREMIUM => Some("premium"),
            _ => None,
        }
    }
}

impl<'a> Names<'a> {
    pub fn of(text: &'a str) -> Self {
        let mut names = Vec::with_capacity(text.len() / 6 + 2);
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let (roles, place) = ROLES.find(word);
            names.push(Word { text: word, roles, place });
        }
        Self(names)
    }

    fn before(&self, at: usize) -> Word<'a> {
        if at > 0 { self.0[at - 1] } else { Word::NONE }
    }

    fn next(&self, at: usize) -> Word<'a> {
        self.0.get(at + 1).copied().unwrap_or(Word::NONE)
    }

    /// The first package named. "Basic" and "premium" name one by themselves; "podstawowy" and "komfort" are words of every
    /// day and need a word such as "pakiet" near, or a message that says little else.
    pub fn package(&self) -> Option<&'static str> {
        let words = &self.0;
        (0..words.len()).find_map(|at| {
            let name = words[at].package()?;
            let sure = words[at].is(SURE) && !self.next(at).is(TALK);
            let short = words.len() <= 3 && at + 1 == words.len();
            let near = &words[at.saturating_sub(3)..(at + 3).min(words.len())];
            // Another package's sure name also makes it an offer: "basic czy komfort".
            let offered = || near.iter().any(|word| word.is(OFFER | SURE) && word.text != words[at].text);
            (sure || short || offered()).then_some(name)
        })
    }

    /// The first kind of property named. Where a person may only be speaking of where they are ("jestem w domu", "wasze
    /// biuro"), it counts only with a size.
    pub fn property_type(&self, sized: bool) -> Option<&'static str> {
        (0..self.0.len()).find_map(|at| {
            let (word, next) = (self.0[at], self.next(at));
            let kind = match word.roles.bits & (APARTMENT | HOUSE | COMMERCIAL) {
                0 => return None,
                APARTMENT => "apartment",
                HOUSE => "house",
                _ => "commercial",
            };
            if word.is(FLAT) && next.is(NO_HOME) {
                return None;
            }
            if word.is(PREMISES) && next.is(DWELLING) {
                return Some("apartment");
            }
            let only_where = !sized && self.before(at).is(WHERE) && word.is(HOUSE | OFFICE);
            (!only_where).then_some(kind)
        })
    }

    /// The first of the forty largest cities named, in any case. A street named after one is not it.
    pub fn city(&self) -> Option<&'static str> {
        (0..self.0.len()).find_map(|at| {
            let (word, next) = (self.0[at], self.next(at));
            let street = self.before(at).is(STREET) || (word.is(POZNANIA) && next.is(SIE));
            if street || word.text.len() + next.text.len() > CITY_BYTES_MAX {
                return None;
            }
            let both = word.place.and_then(|place| ROLES.find_pair(place, next.text)).map_or(0, |roles| roles.city);
            let number = if both > 0 { both } else { word.roles.city };
            CITIES.get(usize::from(number).checked_sub(1)?).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_cities_each_in_three_forms() {
        assert_eq!(cities().count(), 40);
        for (name, forms) in cities() {
            assert!(forms.split(',').count() >= 3, "{name}");
            for form in forms.split(',') {
                assert_eq!(Names::of(form).city(), Some(name), "{form}");
            }
        }
    }
}
