use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::limits::{MASK_FINDS_MAX, TEXT_BYTES_MAX};

fn all() -> Masking {
    Masking { kinds: MaskKind::ALL.into(), patterns: Vec::new() }
}

fn own(name: &str, regex: &str) -> Masking {
    Masking { kinds: MaskKind::ALL.into(), patterns: vec![Pattern::new(name, regex).unwrap()] }
}

#[test]
fn every_case_of_the_table() {
    let (masking, mut wrong, mut cases) = (all(), Vec::new(), 0);
    for line in include_str!("cases.tsv").lines() {
        let (text, expected) = line.split_once('\t').expect(line);
        let masked = masking.mask(text);
        let found = masked.as_deref().unwrap_or("=");
        cases += 1;
        let is_same = expected == text && masked.is_none();
        if found != expected && !is_same {
            wrong.push(format!("{text}: {found}, not {expected}"));
        }
        // Among other words, and in an event's other clothes, it is the same.
        let among = masking.mask(&format!("Dzień dobry!\n{text}\nDziękuję"));
        let among = among.as_deref().map_or("=", |text| &text["Dzień dobry!\n".len()..text.len() - "\nDziękuję".len()]);
        if among != found {
            wrong.push(format!("{text}: {among} among other words, {found} alone"));
        }
    }
    assert!(cases >= 410);
    assert!(wrong.is_empty(), "{} of {cases}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn only_what_is_chosen_is_masked_and_what_is_not_chosen_is_not_taken_for_it() {
    let only = |kind| Masking { kinds: vec![kind], patterns: Vec::new() };
    let text = "+48 600 700 800, anna@example.com, PL61 1090 1014 0000 0712 1981 2874, 48121524407, 10.0.0.1";
    for (kind, masked) in [
        (MaskKind::Phone, text.replace("+48 600 700 800", "[phone]")),
        (MaskKind::Email, text.replace("anna@example.com", "[email]")),
        (MaskKind::Iban, text.replace("PL61 1090 1014 0000 0712 1981 2874", "[iban]")),
        (MaskKind::Pesel, text.replace("48121524407", "[pesel]")),
        (MaskKind::Ip, text.replace("10.0.0.1", "[ip]")),
        (MaskKind::Card, text.to_owned()),
    ] {
        assert_eq!(only(kind).mask(text).unwrap_or_else(|| text.to_owned()), masked, "{kind}");
    }
    assert_eq!(Masking::default().mask(text), None);
}

#[test]
fn own_patterns_find_what_they_say_and_leave_marks_alone() {
    let customer = own("customer", "C-[0-9]{6}");
    assert_eq!(customer.mask("klient C-123456, anna@example.com").unwrap(), "klient [customer], [email]");
    assert_eq!(customer.mask("?c=C%2D123456").unwrap(), "?c=[customer]");
    // The longer one wins, and of two as long the team's own.
    assert_eq!(own("whole", r"\S+@\S+ \S+").mask("a anna@example.com x").unwrap(), "a [whole]");
    assert_eq!(own("mine", "[0-9]{9}").mask("tel 600700800").unwrap(), "tel [mine]");
    assert_eq!(own("letters", "[a-z]+").mask("anna: 600 700 800").unwrap(), "[letters]: [phone]");
    assert_eq!(own("word", r"\bx\b").mask("x[email]x").unwrap(), "[word][email][word]");
    assert_eq!(own("first", "^.").mask("abc").unwrap(), "[first]bc");
    assert_eq!(own("edge", r"x|\b").mask("y x").unwrap(), "y [edge]");
}

#[test]
fn a_pattern_that_finds_too_much_masks_the_rest() {
    let text = "a1".repeat(MASK_FINDS_MAX + 10);
    let masked = own("digit", "[0-9]").mask(&text).unwrap();
    assert!(!masked.contains('1') && masked.ends_with("a[digit]"), "{}", &masked[masked.len() - 40..]);
}

#[test]
fn any_text_of_32_kib_is_masked_soon() {
    let masking = own("slow", "(?:[a-z0-9 ]*[A-Z]){3}$");
    for part in [
        "1",
        "1 ",
        "600 ",
        "600 700 800 ",
        "a@",
        "a@b.",
        "(",
        "(at)",
        "+48 ",
        "%25",
        "%40",
        "::",
        "1:",
        "1.",
        "PL61 ",
        "PL61",
        "0 ",
        "00 ",
        "tel 12 ",
        "[email]",
        "@",
        "a.",
        "4539 ",
        "4539526018159083 ",
        "\u{a0}1",
        "+=",
        " małpa ",
        "1 a@b.pl ",
        "{\"a\":\"",
        "łą",
        "[",
        "order 600700800 ",
        "10.0.0.1 ",
        "a/1",
        "/a/1 ",
    ] {
        let text = part.repeat(TEXT_BYTES_MAX / part.len());
        let began = Instant::now();
        masking.mask(&text);
        let json = serde_json::Value::from(text).to_string();
        escaped::json(&json, &|before, text| masking.mask_after(before, text));
        assert!(began.elapsed() < Duration::from_secs(3), "{part}: {:?}", began.elapsed());
    }
}

/// What must be gone, whatever stands around it.
const SECRETS: [&str; 12] = [
    "anna.kowalska@example.com",
    "+48 600 700 800",
    "600-700-800",
    "(22) 628 12 34",
    "+49 151 12345678",
    "4539 5260 1815 9083",
    "371993518190936",
    "PL61 1090 1014 0000 0712 1981 2874",
    "69105014611000002276512345",
    "44051468460",
    "192.168.17.20",
    "2001:db8::8a2e:370:7334",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(&SECRETS[..]).prop_map(str::to_owned),
        3 => "[0-9]{1,12}",
        3 => "[a-zA-Ząęł]{1,9}",
        2 => "[-+.,:;/()@#%=_ \\[\\]{}\"\\\\\n]{1,3}",
        1 => prop::sample::select(&["tel. ", "order ", "[email]", "[phone]", "zł", "%40", "%20", "00", "::", "(at)", " m2"][..])
            .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn masked_text_has_nothing_to_mask_any_more(pieces in prop::collection::vec(piece(), 0..30), spaced: bool) {
        let text = pieces.join(if spaced { " " } else { "" });
        let masking = own("word", "[a-z]{8,}|X[0-9]+");
        if let Some(masked) = masking.mask(&text) {
            prop_assert_eq!(masking.mask(&masked), None, "{}", masked);
            prop_assert_ne!(masked, text);
        }
    }

    #[test]
    fn whatever_stands_among_words_is_gone(words in prop::collection::vec("[a-zA-Ząęł]{4,9}", 1..6), secret in prop::sample::select(&SECRETS[..])) {
        let text = format!("{}. {secret}, {}", words.join(" "), words.join(" "));
        let masked = all().mask(&text);
        prop_assert!(masked.as_ref().is_some_and(|masked| !masked.contains(secret)), "{:?}", masked);
    }

    #[test]
    fn what_is_left_is_left_as_it_was(pieces in prop::collection::vec(piece(), 0..20)) {
        let text = pieces.join(" ");
        let masked = all().mask(&text).unwrap_or_else(|| text.clone());
        // Between the marks stands what stood there, in its order.
        let marks = MaskKind::ALL.map(MaskKind::mark);
        let mut rest = &text[..];
        let mut left = vec![masked];
        for mark in marks {
            left = left.iter().flat_map(|part| part.split(mark).map(str::to_owned)).collect();
        }
        for part in left {
            let place = rest.find(&part);
            prop_assert!(place.is_some(), "{:?} is not in {:?}", part, rest);
            rest = &rest[place.unwrap() + part.len()..];
        }
    }

    #[test]
    fn json_stays_json(pieces in prop::collection::vec(piece(), 1..6)) {
        let mut object = serde_json::Map::new();
        for (place, piece) in pieces.iter().enumerate() {
            object.insert(format!("k{place}"), serde_json::json!([piece, {"x": piece}]));
        }
        let masking = all();
        let json = serde_json::Value::from(object).to_string();
        let mask = |before: &str, text: &str| masking.mask_after(before, text);
        let masked = escaped::json(&json, &mask).unwrap_or(json);
        let read: serde_json::Value = serde_json::from_str(&masked).unwrap();
        prop_assert_eq!(read.as_object().unwrap().len(), pieces.len());
        prop_assert_eq!(escaped::json(&masked, &mask), None);
    }
}
