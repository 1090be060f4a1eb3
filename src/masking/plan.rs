//! How telephone numbers are given out: ITU-T E.164, and the national plans of those whose numbers come most.

use std::ops::RangeInclusive;

/// Digits of a whole number with its country.
pub const DIGITS: RangeInclusive<usize> = 8..=15;

/// How many of the first digits are the country; `None` where no country has them.
pub fn country(digits: &[u8]) -> Option<usize> {
    const OF_TWO: [&[u8; 2]; 43] = [
        b"20", b"27", b"30", b"31", b"32", b"33", b"34", b"36", b"39", b"40", b"41", b"43", b"44", b"45", b"46", b"47",
        b"48", b"49", b"51", b"52", b"53", b"54", b"55", b"56", b"57", b"58", b"60", b"61", b"62", b"63", b"64", b"65",
        b"66", b"81", b"82", b"84", b"86", b"90", b"91", b"92", b"93", b"94", b"95",
    ];
    match digits {
        [b'1' | b'7', ..] => Some(1),
        [b'9', b'8', ..] => Some(2),
        [one, two, ..] if OF_TWO.contains(&&[*one, *two]) => Some(2),
        [b'2' | b'3' | b'4' | b'5' | b'6' | b'8' | b'9', _, _, ..] => Some(3),
        _ => None,
    }
}

/// How many digits a number has behind its country.
pub fn national(country: &[u8]) -> RangeInclusive<usize> {
    match country {
        b"1" | b"7" => 10..=10,
        b"27" | b"30" | b"31" | b"33" | b"34" | b"41" | b"48" | b"380" | b"420" | b"421" | b"351" | b"353" => 9..=9,
        b"45" | b"47" | b"370" | b"371" | b"372" => 7..=8,
        b"32" | b"36" => 8..=9,
        b"44" | b"46" | b"358" => 7..=10,
        b"39" => 6..=11,
        b"43" | b"49" => 6..=12,
        _ => 6..=12,
    }
}

/// Whether nine digits are a number in Poland: the area codes, and those of mobile networks.
pub fn is_polish(digits: &[u8]) -> bool {
    let start = match digits {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => (tens - b'0') * 10 + (ones - b'0'),
        _ => 0,
    };
    let area = matches!(start, 12..=18 | 22..=25 | 29 | 32..=34 | 41..=44 | 46 | 48 | 52 | 54..=56 | 58 | 59
        | 61..=63 | 65 | 67 | 68 | 71 | 74..=77 | 81..=87 | 89 | 91 | 94 | 95);
    digits.len() == 9 && (area || start == 80 || start == 70 || is_polish_mobile(digits))
}

/// Whether they are one of a mobile network.
pub fn is_polish_mobile(digits: &[u8]) -> bool {
    const MOBILE: [&[u8; 2]; 13] =
        [b"45", b"50", b"51", b"53", b"57", b"60", b"66", b"69", b"72", b"73", b"78", b"79", b"88"];
    digits.first_chunk::<2>().is_some_and(|start| MOBILE.contains(&start))
}
