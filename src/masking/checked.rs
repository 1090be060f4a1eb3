//! Numbers that prove themselves by a check digit: cards, accounts and PESEL.

use super::chain::{Chain, Gap, is_dash, is_space};
use super::edges::{attached, begins, ends};
use super::segment;

/// Digits of cards.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 14..=19;
/// Digits of a Polish account's number without its country.
const POLISH_ACCOUNT_DIGITS: usize = 26;

/// How many groups from the given one on are the number of a card.
pub fn card(text: &str, chain: &Chain, first: usize) -> Option<usize> {
    // Groups of four to six before the last, as cards and forms have them; or all in one.
    matching(text, chain, first, *CARD_DIGITS.end(), |digits, groups| {
        let lengths = || chain.groups[first..first + groups - 1].iter().map(|group| group.len());
        CARD_DIGITS.contains(&digits.len())
            && is_issued(digits)
            && lengths().all(|length| (4..=6).contains(&length))
            && luhn(digits)
    })
}

/// The same of an account's number in Poland, which is often given without `PL`.
pub fn polish_account(text: &str, chain: &Chain, first: usize) -> Option<usize> {
    matching(text, chain, first, POLISH_ACCOUNT_DIGITS, |digits, _| {
        let (check, account) = digits.split_at(2.min(digits.len()));
        digits.len() == POLISH_ACCOUNT_DIGITS && is_97(account.iter().chain(b"PL").chain(check).copied())
    })
}

/// The same of a PESEL: eleven digits, or the date and the rest apart.
pub fn pesel(text: &str, chain: &Chain, first: usize) -> Option<usize> {
    matching(text, chain, first, 11, |digits, groups| {
        let divided = groups == 2 && chain.groups[first].len() == 6 && chain.gap_after(first) == Some(Gap::Space);
        digits.len() == 11 && (groups == 1 || divided) && is_pesel(digits)
    })
}

/// How many groups from one on stand for themselves and are what is looked for; the most that are.
fn matching(
    text: &str,
    chain: &Chain,
    first: usize,
    digits_max: usize,
    is: impl Fn(&[u8], usize) -> bool,
) -> Option<usize> {
    let start = chain.groups[first].start;
    let is_segment = !begins(text, chain, first);
    if is_segment && !segment::may_be_of_a_person(text, start) {
        return None;
    }
    let may_end = |end: usize| !is_segment || segment::ends(text, end);
    let mut digits = [0_u8; 32];
    let (mut length, mut found) = (0, None);
    for (groups, group) in (1..).zip(&chain.groups[first..]) {
        if length + group.len() > digits_max {
            break;
        }
        digits[length..length + group.len()].copy_from_slice(&text.as_bytes()[group.start..group.end]);
        length += group.len();
        let last = first + groups - 1;
        if is(&digits[..length], groups) && ends(text, chain, last) && may_end(group.end) {
            found = Some(groups);
        }
        if !matches!(chain.gap_after(last), Some(Gap::Space | Gap::Dash | Gap::Dot)) {
            break;
        }
    }
    found
}

/// Whether cards begin so and have so many digits. Thirteen of them, which Visa gave out long ago, are those of a bar code.
fn is_issued(digits: &[u8]) -> bool {
    let start =
        |length: usize| digits[..length].iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    matches!(
        (start(4), digits.len()),
        (4000..=4999, 16 | 19)
            | (3400..=3499 | 3700..=3799, 15)
            | (3000..=3059 | 3090..=3099 | 3600..=3699 | 3800..=3999, 14 | 16)
            | (3528..=3589, 16..=19)
            | (5100..=5599 | 2221..=2720, 16)
            | (2200..=2204, 16..=19)
            | (5000..=5099 | 5600..=5899 | 6000..=6999, 16..=19)
    )
}

/// Luhn's check: ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = (0..)
        .zip(digits.iter().rev())
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (0, digit) => digit,
            (_, digit) if digit < 5 => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether letters and digits, as capitals, leave 1 when divided by 97: ISO/IEC 7064, MOD 97-10.
fn is_97(text: impl Iterator<Item = u8>) -> bool {
    let rest = text.fold(0_u32, |rest, letter| match letter {
        b'0'..=b'9' => (rest * 10 + u32::from(letter - b'0')) % 97,
        _ => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    rest == 1
}

fn is_pesel(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];
    let digit = |place: usize| u32::from(digits[place] - b'0');
    let sum: u32 = WEIGHTS.iter().zip(0..).map(|(weight, place)| weight * digit(place)).sum();
    // The month says the century: 1800s 81 to 92, 1900s 1 to 12, 2000s 21 to 32 and so on.
    let (month, day) = ((digit(2) % 2) * 10 + digit(3), digit(4) * 10 + digit(5));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        _ => 0,
    };
    (1..=days).contains(&day) && (sum + digit(10)).is_multiple_of(10)
}

/// The end of an account's number with its country, whose two letters stand before a digit at `digit`; and its start.
pub fn iban(text: &str, digit: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let start = digit.checked_sub(2)?;
    if !bytes[start..digit].iter().all(u8::is_ascii_alphabetic) || attached(text[..start].chars().next_back()) {
        return None;
    }
    let known = LENGTHS.split(' ').find_map(|known| {
        known.split_at_checked(2).filter(|(country, _)| text[start..digit].eq_ignore_ascii_case(country))
    });
    let length: usize = known?.1.parse().ok()?;
    let mut letters = [0_u8; 34];
    let (mut count, mut end) = (0, start);
    let mut apart = false;
    for (place, letter) in text[start..].char_indices() {
        if letter.is_ascii_alphanumeric() {
            (letters[count], count, apart) = (letter.to_ascii_uppercase() as u8, count + 1, false);
            end = start + place + 1;
        } else if apart || !(is_space(letter) || is_dash(letter) || letter == '.') {
            return None;
        } else {
            apart = true;
        }
        if count == length {
            break;
        }
    }
    let whole = count == length && !attached(text[end..].chars().next());
    let turned = letters[4..count.max(4)].iter().chain(&letters[..4]).copied();
    (whole && is_97(turned)).then_some((start, end))
}

/// How long an account's number is, by country: the registry of ISO 13616.
const LENGTHS: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
    EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 \
    IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 \
    NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 \
    SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";
