//! Telephone numbers: with their country wherever that is; without it those of Poland, and the usual forms of Germany, the
//! United Kingdom, France and North America. With a word before it that speaks of a telephone, any that is long enough.

use super::chain::{Chain, Gap};
use super::cues::{Cue, cue, unit_follows};
use super::edges::{begins, ends};
use super::{plan, segment};

/// Groups that are looked at for one number.
const GROUPS_MAX: usize = 9;
/// Most digits of a number without its country.
const NATIONAL_DIGITS_MAX: usize = 12;
/// Fewest digits of one that only a word makes a telephone's.
const CALLED_DIGITS_MIN: usize = 7;
/// How nine Polish digits are divided.
const POLISH: [&[usize]; 7] = [&[9], &[3, 3, 3], &[2, 3, 2, 2], &[3, 2, 2, 2], &[2, 7], &[3, 6], &[6, 3]];

/// The beginning of a chain from one group on: what a number may be made of.
struct Run<'t> {
    text: &'t str,
    chain: &'t Chain,
    first: usize,
    /// Of all groups together.
    digits: [u8; 40],
    /// How many digits there are up to the end of each group.
    ends: [usize; GROUPS_MAX],
    groups: usize,
}

impl<'t> Run<'t> {
    fn of(text: &'t str, chain: &'t Chain, first: usize, has_sign: bool) -> Self {
        let mut run = Self { text, chain, first, digits: [0; 40], ends: [0; GROUPS_MAX], groups: 0 };
        let mut length = 0;
        for (place, group) in chain.groups[first..].iter().take(GROUPS_MAX).enumerate() {
            let is_other = place > 0 && chain.gaps[first + place - 1] == Gap::Wide && !has_sign;
            if is_other || length + group.len() > plan::DIGITS.end() + 2 {
                break;
            }
            run.digits[length..length + group.len()].copy_from_slice(&text.as_bytes()[group.start..group.end]);
            length += group.len();
            run.ends[place] = length;
            run.groups = place + 1;
        }
        run
    }

    fn length(&self, group: usize) -> usize {
        self.ends[group] - if group == 0 { 0 } else { self.ends[group - 1] }
    }

    fn digits(&self, groups: usize) -> &[u8] {
        &self.digits[..if groups == 0 { 0 } else { self.ends[groups - 1] }]
    }

    /// Whether its first groups are of these lengths.
    fn is(&self, lengths: &[usize]) -> bool {
        self.groups >= lengths.len() && (0..).zip(lengths).all(|(group, length)| self.length(group) == *length)
    }

    fn gaps(&self, groups: usize) -> &[Gap] {
        &self.chain.gaps[self.first..self.first + groups - 1]
    }

    /// Whether something else can begin after so many groups.
    fn may_end(&self, groups: usize) -> bool {
        let last = self.first + groups - 1;
        ends(self.text, self.chain, last) && !unit_follows(self.text, self.chain.groups[last].end)
    }
}

/// How many groups from the given one on are a telephone number. `before` is what goes before the text.
pub fn phone(before: &str, text: &str, chain: &Chain, first: usize) -> Option<usize> {
    let has_sign = first == 0 && plus(text, chain.groups[0].start).is_some();
    let run = Run::of(text, chain, first, has_sign);
    let digits_in_all = run.digits(run.groups).len();
    if digits_in_all < CALLED_DIGITS_MIN {
        return None;
    }
    if has_sign {
        return abroad(&run, 0);
    }
    let is_segment = !begins(text, chain, first);
    if is_segment && !segment::is_called(text, chain.groups[first].start) {
        return None;
    }
    if run.digits.starts_with(b"00")
        && let Some(groups) = abroad(&run, 2)
    {
        return Some(groups).filter(|groups| !is_inside(&run, *groups));
    }
    let said = || cue(before, text, chain.groups[first].start);
    let found = polish(&run).or_else(|| with_zero(&run)).or_else(|| american(&run));
    match found {
        Some(groups) => (said() != Some(Cue::Other) && !is_inside(&run, groups)).then_some(groups),
        // Of what a path calls so, many numbers are those of calls.
        None if !is_segment && said() == Some(Cue::Phone) => called(&run),
        None => None,
    }
}

/// Where the sign begins that says a country follows, if it stands before a group.
pub fn plus(text: &str, start: usize) -> Option<usize> {
    let before = text[..start].trim_end_matches('(');
    let before = before.strip_suffix(' ').filter(|before| before.ends_with('+')).unwrap_or(before);
    let sign = before.strip_suffix('+')?;
    // An addition is none.
    let is_sum = sign.trim_end_matches(' ').ends_with(|letter: char| letter.is_ascii_digit());
    (!is_sum).then_some(sign.len())
}

/// With its country, whose digits begin after so many.
fn abroad(run: &Run, prefix: usize) -> Option<usize> {
    let all = run.digits(run.groups).get(prefix..)?;
    let country = plan::country(all)?;
    let expected = plan::national(&all[..country]);
    let fits = |groups: usize| {
        let national = run.digits(groups).len().checked_sub(prefix + country + trunk(run, groups));
        national.is_some_and(|digits| expected.contains(&digits))
    };
    let exact = (1..=run.groups).rev().find(|groups| fits(*groups) && !goes_on(run, *groups));
    if exact.is_some() {
        return exact;
    }
    // Mistyped, or of a plan that is not known here; an amount of money with a sign is neither.
    let could_be = |groups: &usize| plan::DIGITS.contains(&run.digits(*groups).len()) && run.may_end(*groups);
    let is_amount = all.get(country) == Some(&b'0') && trunk(run, run.groups) == 0;
    if is_amount || prefix > 0 { None } else { (1..=run.groups).rev().find(could_be) }
}

/// Whether a group is cut short by what follows: a time of day.
fn goes_on(run: &Run, groups: usize) -> bool {
    let mut after = run.text[run.chain.groups[run.first + groups - 1].end..].chars();
    after.next() == Some(':') && after.next().is_some_and(|letter| letter.is_ascii_digit())
}

/// How many digits of a number are a zero in brackets, which is for calls within the country.
fn trunk(run: &Run, groups: usize) -> usize {
    let is_zero = |group: &usize| {
        run.length(*group) == 1
            && run.digits(*group + 1).ends_with(b"0")
            && run.gaps(groups)[*group - 1] == Gap::Bracket
    };
    (1..groups).take(2).filter(is_zero).count()
}

/// Nine digits of Poland's plan, with 48 before them or without.
fn polish(run: &Run) -> Option<usize> {
    let with_country = run.digits.starts_with(b"48");
    let fits = |lengths: &[usize], country: usize| {
        let groups = lengths.len();
        let digits = run.digits(groups).get(country..)?;
        let dots = run.gaps(groups).contains(&Gap::Dot);
        let strokes = run.gaps(groups).iter().skip(1).any(|gap| *gap == Gap::Slash);
        let right = plan::is_polish(digits) && !strokes && (!dots || plan::is_polish_mobile(digits));
        (right && run.may_end(groups)).then_some(groups)
    };
    let here = POLISH.iter().find(|lengths| run.is(lengths)).and_then(|lengths| fits(lengths, 0));
    here.or_else(|| {
        let attached = [&[11][..], &[5, 3, 3]].into_iter().filter(|_| with_country).find(|lengths| run.is(lengths));
        attached.and_then(|lengths| fits(lengths, 2))
    })
    .or_else(|| {
        let apart = || POLISH.iter().map(|lengths| [&[2][..], lengths].concat());
        apart().filter(|_| with_country).find(|lengths| run.is(lengths)).and_then(|lengths| fits(&lengths, 2))
    })
}

/// With the zero that goes before an area code: 030 1234567, 0171/1234567, 020 7946 0958, 06 12 34 56 78.
fn with_zero(run: &Run) -> Option<usize> {
    if run.digits[0] != b'0' || run.digits[1] == b'0' {
        return None;
    }
    let ends_here = |groups: &usize| run.may_end(*groups);
    let is_date = |groups: usize| run.gaps(groups).iter().all(|gap| matches!(gap, Gap::Dot)) && groups > 1;
    match run.length(0) {
        10..=12 => {
            let mobile = matches!(run.digits[1], b'1' | b'6' | b'7') && run.digits[..2] != *b"01";
            let german =
                run.digits.starts_with(b"015") || run.digits.starts_with(b"016") || run.digits.starts_with(b"017");
            let polish = run.length(0) == 10 && plan::is_polish(&run.digits[1..10]);
            let right = (mobile && run.length(0) < 12) || (german && run.length(0) > 10) || polish;
            Some(1).filter(|groups| right && ends_here(groups))
        }
        1 | 2 => {
            // Those that are divided by two digits, and Poland's old way: 0 22 628 12 34.
            let usual: &[&[usize]] = &[&[2, 2, 2, 2, 2], &[2, 8], &[2, 4, 4], &[1, 2, 3, 2, 2], &[1, 3, 3, 3], &[1, 9]];
            let lengths = usual.iter().find(|lengths| run.is(lengths))?;
            Some(lengths.len()).filter(|groups| !is_date(*groups) && ends_here(groups))
        }
        3..=6 => {
            let fits = |groups: &usize| {
                (9..=NATIONAL_DIGITS_MAX).contains(&run.digits(*groups).len())
                    && (1..*groups).all(|group| run.length(group) >= 2)
                    && !is_date(*groups)
                    && ends_here(groups)
                    && !goes_on(run, *groups)
            };
            (2..=run.groups.min(5)).rev().find(fits)
        }
        _ => None,
    }
}

/// North America's: 555-123-4567, (555) 123 4567, 1-800-555-1234.
fn american(run: &Run) -> Option<usize> {
    let skipped = usize::from(run.is(&[1, 3, 3, 4]) && run.digits[0] == b'1');
    if skipped == 0 && !run.is(&[3, 3, 4]) {
        return None;
    }
    // Neither an area nor an exchange begins with 0 or 1.
    let starts = [run.digits[skipped], run.digits[skipped + 3]];
    let strokes = run.gaps(3 + skipped).contains(&Gap::Slash);
    let right = starts.iter().all(|digit| *digit > b'1') && !strokes;
    Some(3 + skipped).filter(|groups| right && run.may_end(*groups))
}

/// One that nothing but a word before it tells from other numbers.
fn called(run: &Run) -> Option<usize> {
    let fits = |groups: &usize| {
        let lengths: Vec<usize> = (0..*groups).map(|group| run.length(group)).collect();
        let is_date = matches!(*lengths, [1 | 2, 1 | 2, 4, ..] | [4, 1 | 2, 1 | 2, ..] | [2, 2, 2, 2, ..])
            && run.gaps(*groups).iter().any(|gap| matches!(gap, Gap::Dot | Gap::Dash | Gap::Slash));
        (CALLED_DIGITS_MIN..=NATIONAL_DIGITS_MAX).contains(&run.digits(*groups).len())
            && lengths.iter().skip(1).all(|length| *length >= 2)
            && !is_date
            && run.may_end(*groups)
            && !goes_on(run, *groups)
    };
    (1..=run.groups).rev().find(fits)
}

/// Whether groups of a longer number would be taken for one: four digits before them may be an account's, and threes that go
/// on are an amount, unless they are several telephones.
fn is_inside(run: &Run, groups: usize) -> bool {
    let chain = run.chain;
    let spaced = |group: usize| chain.gaps.get(group) == Some(&Gap::Space);
    let length = |group: usize| chain.groups.get(group).map_or(0, |group| group.len());
    let first = run.first;
    if first > 0 && spaced(first - 1) && length(first - 1) == 4 {
        return true;
    }
    if !run.is(&[3, 3, 3]) || groups != 3 {
        return false;
    }
    let before = (0..first).rev().take(GROUPS_MAX).take_while(|group| length(*group) == 3 && spaced(*group));
    let after = (first + 3..chain.groups.len()).take(GROUPS_MAX);
    let (before, after) = (before.count(), after.take_while(|group| length(*group) == 3 && spaced(*group - 1)).count());
    before % 3 != 0 || after % 3 != 0
}
