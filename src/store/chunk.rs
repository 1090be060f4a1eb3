//! A chunk of traces: columns of fixed width, so that a million rows are gone through in milliseconds. What rows have in
//! common (an exchange's intent, success and sentiment; a page) is said once, as a kind, and judged once.

use std::collections::HashMap;

use ahash::RandomState;
use serde::{Deserialize, Serialize};

use super::codec::{decode_head, encode};
use super::tables::TraceKey;
use crate::error::{Error, Result};
use crate::model::{Number, Sentiment};
use crate::rollup::Trace;

pub const HOUR_MS: i64 = 3_600_000;
const TABLE: &str = "traces";
/// An hour has 3,600,000 ms, which three bytes hold.
const OFFSET_BYTES: usize = 3;
const QUESTION_BYTES: usize = 8;
/// At most, as bincode writes them: what is neither name, kind nor row; a kind; a name's length.
const HEAD_BYTES: usize = 32;
const KIND_BYTES: usize = 12;
const NAME_HEAD_BYTES: usize = 3;

/// What any number of rows have in common. Names are places in the chunk's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Kind {
    Exchange {
        intent: Option<u32>,
        success: Option<bool>,
        sentiment: Option<Sentiment>,
        /// Whether each row has the hash of a question.
        asked: bool,
    },
    Visit {
        page: u32,
    },
}

/// The columns' dictionary and their sizes.
#[derive(Serialize, Deserialize)]
struct Head {
    names: Vec<Box<str>>,
    kinds: Vec<Kind>,
    rows: u32,
    /// The least session number; the column holds what is added to it.
    session_base: Number,
    session_bytes: u8,
}

/// Traces of one bot and hour, in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    names: Vec<Box<str>>,
    kinds: Vec<Kind>,
    /// Places in `kinds`.
    kind_of: Vec<u64>,
    /// Since the beginning of the hour.
    offsets_ms: Vec<u64>,
    sessions: Vec<Number>,
    /// Of those rows whose kind has one.
    questions: Vec<u64>,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub offset_ms: u64,
    pub session: Number,
    pub trace: Trace<'a>,
}

impl Chunk {
    pub fn len(&self) -> usize {
        self.kind_of.len()
    }

    /// # Errors
    /// `Corrupt` where the bytes are not what `encode` made.
    pub fn decode(bytes: &[u8], key: TraceKey) -> Result<Self> {
        let damaged = |why: &str| Error::corrupt(TABLE, key, why);
        let (head, mut rest) = decode_head::<Head>(bytes, TABLE, key)?;
        let Head { names, kinds, rows, session_base, session_bytes } = head;
        let rows = rows as usize;
        let mut take = |bytes: usize, count: usize| {
            let column = rest.split_off(..bytes.saturating_mul(count)).ok_or_else(|| damaged("a column is cut off"))?;
            numbers(column, bytes).ok_or_else(|| damaged("a column of an impossible width"))
        };
        let kind_of = take(kind_bytes(kinds.len()), rows)?;
        let offsets_ms = take(OFFSET_BYTES, rows)?;
        let mut sessions = take(usize::from(session_bytes), rows)?;
        let asked: Vec<bool> = kinds.iter().map(Kind::is_asked).collect();
        if kind_of.iter().any(|kind| *kind >= asked.len() as u64) {
            return Err(damaged("a row of a kind that the chunk does not have"));
        }
        let questions = take(QUESTION_BYTES, kind_of.iter().filter(|kind| asked[**kind as usize]).count())?;
        if !rest.is_empty() {
            return Err(damaged("there are bytes behind the last column"));
        }
        if kinds.iter().any(|kind| kind.name().is_some_and(|name| name as usize >= names.len())) {
            return Err(damaged("a kind of a name that the chunk does not have"));
        }
        if offsets_ms.iter().any(|offset_ms| *offset_ms >= HOUR_MS as u64) {
            return Err(damaged("a row outside the hour"));
        }
        for session in &mut sessions {
            *session = session.checked_add(session_base).ok_or_else(|| damaged("an impossible session"))?;
        }
        Ok(Self { names, kinds, kind_of, offsets_ms, sessions, questions })
    }

    pub fn encode(&self) -> Vec<u8> {
        let Self { names, kinds, kind_of, offsets_ms, sessions, questions } = self;
        let session_base = sessions.iter().copied().min().unwrap_or_default();
        let spread = sessions.iter().copied().max().unwrap_or_default() - session_base;
        let session_bytes = bytes_for(spread);
        let head = Head {
            names: names.clone(),
            kinds: kinds.clone(),
            rows: u32::try_from(kind_of.len()).expect("a chunk's size is bounded"),
            session_base,
            session_bytes: session_bytes as u8,
        };
        let mut bytes = encode(&head);
        let mut put = |width: usize, column: &mut dyn Iterator<Item = u64>| {
            column.for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()[..width]));
        };
        put(kind_bytes(kinds.len()), &mut kind_of.iter().copied());
        put(OFFSET_BYTES, &mut offsets_ms.iter().copied());
        put(session_bytes, &mut sessions.iter().map(|session| session - session_base));
        put(QUESTION_BYTES, &mut questions.iter().copied());
        bytes
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut questions = self.questions.iter().copied();
        (0..self.len()).map(move |place| {
            let kind = self.kinds[self.kind_of[place] as usize];
            let question = if kind.is_asked() { questions.next() } else { None };
            Row {
                offset_ms: self.offsets_ms[place],
                session: self.sessions[place],
                trace: kind.trace(&self.names, question),
            }
        })
    }

    /// Calls `found` with time offset (ms) and session of every row whose trace `is_wanted`, which sees each kind once, with
    /// no question; where `question` is given, only of rows that have it.
    pub fn find(
        &self,
        is_wanted: impl Fn(Trace<'_>) -> bool,
        question: Option<u64>,
        mut found: impl FnMut(u64, Number) -> Result<()>,
    ) -> Result<()> {
        let wanted: Vec<bool> = self.kinds.iter().map(|kind| is_wanted(kind.trace(&self.names, None))).collect();
        if !wanted.contains(&true) {
            return Ok(());
        }
        let rows = self.kind_of.iter().zip(&self.offsets_ms).zip(&self.sessions);
        let rows = rows.map(|((kind, offset_ms), session)| (*kind as usize, *offset_ms, *session));
        let Some(question) = question else {
            let mut rows = rows.filter(|(kind, ..)| wanted[*kind]);
            return rows.try_for_each(|(_, offset_ms, session)| found(offset_ms, session));
        };
        let asked: Vec<bool> = self.kinds.iter().map(Kind::is_asked).collect();
        let rows = rows.filter(|(kind, ..)| asked[*kind]).zip(&self.questions);
        let mut rows = rows.filter(|((kind, ..), asked)| wanted[*kind] && **asked == question);
        rows.try_for_each(|((_, offset_ms, session), _)| found(offset_ms, session))
    }
}

/// A chunk that grows.
#[derive(Default)]
pub struct Growing {
    pub chunk: Chunk,
    names: HashMap<Box<str>, u32, RandomState>,
    kinds: HashMap<Kind, u64, RandomState>,
    /// Of all names together.
    name_bytes: usize,
    /// The least and the greatest session.
    sessions: Option<(Number, Number)>,
}

impl Growing {
    /// Goes on with a chunk that was written.
    pub fn resume(chunk: Chunk) -> Self {
        let names = (0..).zip(&chunk.names).map(|(place, name)| (name.clone(), place)).collect();
        let kinds = (0..).zip(&chunk.kinds).map(|(place, kind)| (*kind, place)).collect();
        let name_bytes = chunk.names.iter().map(|name| name.len()).sum();
        let sessions = chunk.sessions.iter().copied();
        let sessions = sessions.clone().min().zip(sessions.max());
        Self { chunk, names, kinds, name_bytes, sessions }
    }

    /// How long the chunk may become by this row, bytes.
    pub fn bytes_with(&self, row: Row<'_>) -> usize {
        let (least, greatest) = self.sessions.unwrap_or((row.session, row.session));
        let session_bytes = bytes_for(greatest.max(row.session) - least.min(row.session));
        let kinds = self.chunk.kinds.len() + 1;
        let (name, asked) = match row.trace {
            Trace::Exchange { intent, question, .. } => (intent, question.is_some()),
            Trace::Visit { page } => (Some(page), false),
        };
        let new_name =
            name.filter(|name| !self.names.contains_key(*name)).map_or(0, |name| NAME_HEAD_BYTES + name.len());
        let rows = (self.chunk.len() + 1) * (kind_bytes(kinds) + OFFSET_BYTES + session_bytes);
        let questions = (self.chunk.questions.len() + usize::from(asked)) * QUESTION_BYTES;
        let names = self.name_bytes + NAME_HEAD_BYTES * self.chunk.names.len() + new_name;
        HEAD_BYTES + names + kinds * KIND_BYTES + rows + questions
    }

    /// Adds a row. Returns by how much the chunk grew in memory, estimated bytes.
    pub fn push(&mut self, row: Row<'_>) -> usize {
        let Row { offset_ms, session, trace } = row;
        assert!(offset_ms < HOUR_MS as u64, "a trace outside its hour");
        let mut grown = 4 * size_of::<u64>();
        let kind = match trace {
            Trace::Exchange { intent, success, sentiment, question } => {
                self.chunk.questions.extend(question);
                let intent = intent.map(|intent| self.name(intent, &mut grown));
                Kind::Exchange { intent, success, sentiment, asked: question.is_some() }
            }
            Trace::Visit { page } => Kind::Visit { page: self.name(page, &mut grown) },
        };
        let kinds = &mut self.chunk.kinds;
        let kind_of = *self.kinds.entry(kind).or_insert_with(|| {
            kinds.push(kind);
            grown += 3 * size_of::<Kind>();
            kinds.len() as u64 - 1
        });
        self.chunk.kind_of.push(kind_of);
        self.chunk.offsets_ms.push(offset_ms);
        self.chunk.sessions.push(session);
        let (least, greatest) = self.sessions.unwrap_or((session, session));
        self.sessions = Some((least.min(session), greatest.max(session)));
        grown
    }

    fn name(&mut self, name: &str, grown: &mut usize) -> u32 {
        if let Some(place) = self.names.get(name) {
            return *place;
        }
        let place = self.chunk.names.len() as u32;
        self.chunk.names.push(name.into());
        self.names.insert(name.into(), place);
        self.name_bytes += name.len();
        *grown += 2 * (name.len() + 24);
        place
    }
}

impl Kind {
    fn is_asked(&self) -> bool {
        matches!(self, Self::Exchange { asked: true, .. })
    }

    fn name(&self) -> Option<u32> {
        match self {
            Self::Exchange { intent, .. } => *intent,
            Self::Visit { page } => Some(*page),
        }
    }

    fn trace<'a>(&self, names: &'a [Box<str>], question: Option<u64>) -> Trace<'a> {
        match self {
            Self::Exchange { intent, success, sentiment, asked: _ } => Trace::Exchange {
                intent: intent.map(|name| &*names[name as usize]),
                success: *success,
                sentiment: *sentiment,
                question,
            },
            Self::Visit { page } => Trace::Visit { page: &names[*page as usize] },
        }
    }
}

fn kind_bytes(kinds: usize) -> usize {
    if kinds <= 1 << 8 { 1 } else { 2 }
}

fn bytes_for(number: u64) -> usize {
    ((u64::BITS - number.leading_zeros()).div_ceil(8) as usize).max(1)
}

/// A column's numbers; `None` for a width that none has.
fn numbers(column: &[u8], width: usize) -> Option<Vec<u64>> {
    Some(match width {
        1 => column.iter().map(|byte| u64::from(*byte)).collect(),
        2 => wide::<2>(column),
        3 => wide::<3>(column),
        4 => wide::<4>(column),
        5 => wide::<5>(column),
        6 => wide::<6>(column),
        7 => wide::<7>(column),
        8 => wide::<8>(column),
        _ => return None,
    })
}

/// With the width known beforehand a number costs one load.
fn wide<const WIDTH: usize>(column: &[u8]) -> Vec<u64> {
    let (numbers, _) = column.as_chunks::<WIDTH>();
    let number = |bytes: &[u8; WIDTH]| {
        let mut number = [0; 8];
        number[..WIDTH].copy_from_slice(bytes);
        u64::from_le_bytes(number)
    };
    numbers.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: TraceKey = (0, 0, 0);

    fn rows() -> Vec<Row<'static>> {
        let exchange = |intent, question| Trace::Exchange {
            intent,
            success: intent.map(|_| false),
            sentiment: Some(Sentiment::Negative),
            question,
        };
        let traces = [
            exchange(Some("prices"), Some(7)),
            Trace::Visit { page: "prices" },
            exchange(None, Some(u64::MAX)),
            exchange(Some("prices"), None),
            Trace::Visit { page: "" },
        ];
        let row = |(place, trace): (u64, Trace<'static>)| Row { offset_ms: 3_599_999 - place, session: 70_000, trace };
        (0..).zip(traces).map(row).collect()
    }

    fn grow(rows: &[Row<'_>]) -> Growing {
        let mut growing = Growing::default();
        for row in rows {
            let foreseen = growing.bytes_with(*row);
            growing.push(*row);
            assert!(growing.chunk.encode().len() <= foreseen);
        }
        growing
    }

    fn grown(rows: &[Row<'_>]) -> Chunk {
        grow(rows).chunk
    }

    #[test]
    fn a_chunk_comes_back_as_it_was_and_grows_on() {
        let rows = rows();
        let (first, last) = rows.split_at(2);
        let chunk = Chunk::decode(&grown(first).encode(), KEY).unwrap();
        assert_eq!(chunk.rows().collect::<Vec<_>>(), first);
        let mut growing = Growing::resume(chunk);
        last.iter().for_each(|row| {
            growing.push(*row);
        });
        assert_eq!(growing.chunk.encode(), grown(&rows).encode());
        assert_eq!(growing.bytes_with(rows[0]), grow(&rows).bytes_with(rows[0]));
        assert_eq!(growing.chunk.rows().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn a_cut_or_changed_chunk_never_panics() {
        let bytes = grown(&rows()).encode();
        for length in 0..bytes.len() {
            assert!(Chunk::decode(&bytes[..length], KEY).is_err(), "{length} bytes");
        }
        for at in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            if let Ok(chunk) = Chunk::decode(&changed, KEY) {
                assert_eq!(chunk.rows().count(), chunk.len());
            }
        }
    }

    #[test]
    fn a_chunks_length_is_foreseen() {
        let names: Vec<String> = (0..300).map(|number| "n".repeat(number)).collect();
        let rows: Vec<Row<'_>> = (0..)
            .zip(&names)
            .map(|(place, name)| {
                let trace = match place % 3 {
                    0 => Trace::Visit { page: name },
                    of_three => Trace::Exchange {
                        intent: Some(name),
                        success: Some(true),
                        sentiment: Some(Sentiment::Positive),
                        question: (of_three == 1).then_some(place),
                    },
                };
                Row { offset_ms: place, session: 1 << (place % 60), trace }
            })
            .collect();
        assert!(grow(&rows).chunk.len() == 300);
    }

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        for number in [0, 255, 256, 65_535, 65_536, 1 << 40, u64::MAX] {
            let width = bytes_for(number);
            assert_eq!(numbers(&number.to_le_bytes()[..width], width), Some(vec![number]));
        }
    }
}
