//! What is read from a text, to the last bit, of every text the tests have and of thousands that are put together from
//! pieces by a fixed seed. Whoever makes the reading faster must not change it unawares.
//!
//! Where a change is meant: `NOVAHOUSE_TEST_OUTPUTS=file cargo test reading::pinned` writes what is read now, a text a
//! line; the same before the change, a `diff` of the two, and once every line of it is wanted, the new figures below.

use std::fmt::Write as _;

use novahouse::model::{Event, Kind, Message};
use novahouse::reading::{complete, score};
use xxhash_rust::xxh3::xxh3_64;

use super::{HELD_OUT, POLISH};
use crate::support::reference::Reference;

const OF_THE_TESTS: u64 = 4_403_316_959_277_032_224;
const OF_PIECES: u64 = 12_582_291_034_945_196_853;

const LABELLED: [&str; 2] = [POLISH, HELD_OUT];
const QUESTIONS: [&str; 2] = [include_str!("../chat/held_out.txt"), include_str!("../chat/development.txt")];
const ENTITIES: &str = include_str!("../../src/reading/entities_cases.tsv");
const WORDS: [&str; 2] = [include_str!("../../src/reading/english.tsv"), include_str!("../../src/reading/polish.tsv")];
const CITIES: &str = include_str!("../../src/reading/cities.tsv");
const REFERENCE_TEXTS: u64 = 5_000;
const MADE_TEXTS: u64 = 20_000;

#[test]
fn the_texts_of_the_tests_are_read_as_ever() {
    let labelled =
        LABELLED.into_iter().flat_map(str::lines).filter_map(|line| Some(line.split_once('\t')?.1.to_owned()));
    let questions = QUESTIONS.into_iter().flat_map(str::lines).map(str::to_owned);
    let entities = ENTITIES.lines().filter_map(|line| Some(line.split_once('\t')?.0.to_owned()));
    let reference = Reference::new(REFERENCE_TEXTS, 1_774_951_200_000);
    let asked = (0..REFERENCE_TEXTS).map(|place| {
        let event: serde_json::Value = serde_json::from_str(&reference.line(place)).unwrap();
        event["user_message"].as_str().unwrap().to_owned()
    });
    let texts: Vec<String> = labelled.chain(questions).chain(entities).chain(asked).collect();
    assert!(texts.len() > 6_000);
    assert_eq!(hash("tests", &texts), OF_THE_TESTS);
}

#[test]
fn texts_of_pieces_are_read_as_ever() {
    let pieces = Pieces::new();
    let count = std::env::var("NOVAHOUSE_TEST_TEXTS").map_or(MADE_TEXTS, |count| count.parse().unwrap());
    let texts: Vec<String> = (0..count).map(|seed| pieces.text(&mut Random(seed))).collect();
    assert_eq!(hash("pieces", &texts), OF_PIECES);
}

/// Of all that is read from the texts, in their order.
fn hash(name: &str, texts: &[String]) -> u64 {
    let (mut all, mut shown) = (String::new(), String::new());
    for text in texts {
        let read = read(text);
        writeln!(shown, "{read} {text:?}").unwrap();
        all.push_str(&read);
    }
    if let Ok(path) = std::env::var("NOVAHOUSE_TEST_OUTPUTS") {
        std::fs::write(format!("{path}.{name}"), &shown).unwrap();
    }
    xxh3_64(all.as_bytes())
}

fn read(text: &str) -> String {
    let kind = Kind::Message(Message { user_message: Some(text.into()), ..Message::default() });
    let mut event = Event { bot: "b".into(), id: None, timestamp_ms: 0, session_id: None, user_id: None, kind };
    complete(&mut event);
    if let Kind::Message(message) | Kind::Introduction(message, _) = &mut event.kind {
        message.user_message = None;
    }
    // What a message has once its words have gone is not read from them.
    format!("{:016x} {:?}", score(text).to_bits(), event.kind).replace(", question: None", "")
}

/// SplitMix64 (G. Steele, D. Lea and C. Flood, 2014): the texts must not change with a version of a library.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// A number as people write it, in one of their many ways.
    fn number(&mut self) -> String {
        let digits = 1 + self.below(4);
        let number = self.next() % 10_u64.pow(digits as u32);
        let thousands = |gap: &str, rest: u64| format!("{}{gap}{:03}", number % 1000, rest % 1000);
        let rest = self.next();
        match self.below(9) {
            0 => thousands(" ", rest),
            1 => thousands(".", rest),
            2 => thousands(",", rest),
            3 => format!("{}.{:03},{:02}", number % 1000, rest % 1000, rest % 97),
            4 => format!("{number},{}", rest % 100),
            5 => format!("{number}.{}", rest % 1000),
            _ => number.to_string(),
        }
    }

    /// Nine digits and what stands around and between them, often enough a telephone number.
    fn phone(&mut self) -> String {
        let digits: String = (0..9).map(|_| char::from(b'0' + self.below(10) as u8)).collect();
        let country = self.of(&["", "", "+48 ", "+48", "0048", "(+48)", "48 ", "+44 ", "+380", "NIP ", "tel. ", "00"]);
        let gap = self.of(&["", " ", "-", ".", "  ", "/"]);
        let (a, b, c) = (&digits[..3], &digits[3..6], &digits[6..]);
        match self.below(5) {
            0 => format!("{country}({}) {} {} {}", &digits[..2], &digits[2..5], &digits[5..7], &digits[7..]),
            1 => format!("{country}{a}{gap}{}{gap}{}{gap}{}", &digits[3..5], &digits[5..7], &digits[7..]),
            _ => format!("{country}{a}{gap}{b}{gap}{c}"),
        }
    }
}

/// What texts are put together from.
struct Pieces {
    sentences: Vec<&'static str>,
    words: Vec<&'static str>,
    cities: Vec<&'static str>,
}

const CURRENCIES: &[&str] = &[
    "zł",
    "zl",
    "PLN",
    "€",
    "$",
    "£",
    "EUR",
    "euro",
    "usd",
    "tys.",
    "tys. zł",
    "tys",
    "mln",
    "k",
    "k zł",
    "milion",
    "złotych",
    "zlotowek",
    "dolarów",
    "funtów",
    "CHF",
    "czk",
    "uah",
    "thousand",
    "million dollars",
    "m",
];
const UNITS: &[&str] = &[
    "m2",
    "m²",
    "m^2",
    "mkw",
    "m.kw.",
    "m kw",
    "metrów",
    "metry",
    "metrow kwadratowych",
    "sqm",
    "sq m",
    "sq. meters",
    "square meters",
    "m 2",
    "-m2",
    "metra dalej",
    "meters from",
    "m3",
    "metr",
    "meter",
    "m2ł",
    "m2⃣",
    "m",
];
const NAMES: &[&str] = &[
    "pakiet",
    "premium",
    "basic",
    "podstawowy",
    "komfort",
    "comfort",
    "wersja",
    "opcje",
    "plan",
    "question",
    "dom",
    "w domu",
    "mieszkanie",
    "mieszkania",
    "flat",
    "flat rate",
    "biuro",
    "wasze biuro",
    "lokal mieszkalny",
    "lokal",
    "kawalerka",
    "apartamentu",
    "office",
    "ul.",
    "plac",
    "do poznania się",
    "house",
    "szeregówka",
    "bielsko",
    "biała",
    "gorzów",
    "zielona góra",
    "budżet",
    "koszt",
    "cena do",
    "wydać około",
    "NIP",
    "numer konta",
    "faktura",
    "kontakt",
];
const SIGNS: &[&str] = &[
    "😡", "❤️", "👍🏽", "😍😍", ":)", ":(", ":-(((", ":D", "xD", "<3", ";p", ":/", ":c", "=]", "!", "!!!!!", "?", "…",
    ",", ".", ";", "(", ")", "-", "–", "/", "'", "’", "`", "\"", "@", "://", "+", "&", "🙏", "⚠", "🤬", "*",
];
const ODD: &[&str] = &[
    "İ",
    "İSTANBUL",
    "ß",
    "STRASSE",
    "ﬁ",
    "ǅ",
    "Σ",
    "ς",
    "o\u{301}",
    "z\u{307}le",
    "\u{301}",
    "\u{345}",
    "\u{200b}",
    "\u{200d}",
    "\u{ad}",
    "\u{feff}",
    "\u{a0}",
    "\u{2028}",
    "\u{85}",
    "²",
    "½",
    "³",
    "漢字",
    "привет",
    "ДОМ",
    "مرحبا",
    "ａｂｃ",
    "é",
    "Ñ",
    "ŽLUTÝ",
    "don’t",
    "didn't",
    "isnt",
    "can't've",
    "'nie'",
    "_",
    "__init__",
    "\0",
    "\u{7f}",
    "\u{1f}",
    "K",
    "ﷺ",
    "👩‍👩‍👧",
    "a\u{300}\u{301}\u{302}",
    "\t",
    "\r\n",
    "\u{202e}",
];
const ADDRESSES: &[&str] = &[
    "anna@example.com",
    "j.kowalski+a_b%c@poczta-x.example.pl",
    "a@b",
    "@kanał",
    "x@y.z",
    "ŁUKASZ@EXAMPLE.COM",
    "https://super.example/zł?a=50m2",
    "http://x",
    "www.dom.pl",
    "WWW.DOM.PL",
    "ftp://a",
    "HTTPS://A",
    "a@b.co, c@d.eu",
    "mailto:a.b@c.de.",
    "-a@b.cd",
    "www.",
    "super@zle",
    "https://",
];

impl Pieces {
    fn new() -> Self {
        let sentences = LABELLED.into_iter().flat_map(str::lines).filter_map(|line| Some(line.split_once('\t')?.1));
        let asked = QUESTIONS.into_iter().flat_map(str::lines);
        let named = ENTITIES.lines().filter_map(|line| Some(line.split_once('\t')?.0));
        let words = WORDS.into_iter().flat_map(str::lines).filter_map(|line| Some(line.split_once('\t')?.0));
        let small =
            "bardzo nie ale no not very but however bez nigdy so strasznie terribly lekko i'm w jest the tak zero";
        let cities = CITIES.lines().filter_map(|line| Some(line.split_once('\t')?.1));
        Self {
            sentences: sentences.chain(asked).chain(named).collect(),
            words: words.chain(small.split(' ').cycle().take(600)).collect(),
            cities: cities.flat_map(|forms| forms.split(',')).collect(),
        }
    }

    fn text(&self, random: &mut Random) -> String {
        let mut text = String::new();
        for _ in 0..random.below(12) {
            self.piece(random, &mut text);
            text.push_str(random.of(&[" ", " ", " ", " ", " ", "", ", ", ". ", "-", "\n", "  ", "! "]));
        }
        for _ in 0..random.below(3) {
            spoil(random, &mut text);
        }
        text
    }

    fn piece(&self, random: &mut Random, text: &mut String) {
        let piece = match random.below(20) {
            0 | 1 => random.of(&self.sentences).to_owned(),
            2..=6 => self.word(random),
            7 => format!("{}{}{}", random.number(), random.of(&["", " ", "  ", "-"]), random.of(CURRENCIES)),
            8 => format!("{}{}{}", random.of(CURRENCIES), random.of(&["", " "]), random.number()),
            9 | 10 => format!("{}{}{}", random.number(), random.of(&["", " ", "\u{a0}", "-"]), random.of(UNITS)),
            11 => random.phone(),
            12 => random.of(&self.cities).to_owned(),
            13 => random.of(ADDRESSES).to_owned(),
            14 => random.of(ODD).to_owned(),
            15 | 16 => random.of(SIGNS).to_owned(),
            17 => random.number(),
            18 if random.chance(6) => random.of(&["a", "ą", "1", "super", "no", "😡"]).repeat(random.below(300)),
            _ => random.of(NAMES).to_owned(),
        };
        match random.below(10) {
            0 => text.push_str(&piece.to_uppercase()),
            1 => text.extend(piece.chars().take(1).flat_map(char::to_uppercase).chain(piece.chars().skip(1))),
            _ => text.push_str(&piece),
        }
    }

    /// A word of the lists: a stem with some end, a letter held down at times.
    fn word(&self, random: &mut Random) -> String {
        let listed = random.of(&self.words);
        let end = random.of(&["", "y", "ą", "ami", "ed", "'s", "nie", "o", "ość"]);
        let word = listed.strip_suffix('*').map_or_else(|| listed.to_owned(), |stem| format!("{stem}{end}"));
        if !random.chance(8) {
            return word;
        }
        let held = random.below(word.chars().count());
        let times = 1 + random.below(5);
        word.chars()
            .enumerate()
            .flat_map(|(at, c)| std::iter::repeat_n(c, if at == held { times } else { 1 }))
            .collect()
    }
}

/// Takes a letter out, doubles one or puts another in its place.
fn spoil(random: &mut Random, text: &mut String) {
    let at = text.floor_char_boundary(random.below(text.len() + 1));
    let Some(letter) = text[at..].chars().next() else { return };
    let instead = match random.below(4) {
        0 => String::new(),
        1 => format!("{letter}{letter}"),
        2 => random.of(SIGNS).to_owned(),
        _ => random.of(ODD).to_owned(),
    };
    text.replace_range(at..at + letter.len_utf8(), &instead);
}
