//! A chunk of traces, in columns, so that a million rows are gone through in milliseconds. What rows have in common (an exchange's intent, success and sentiment; a page; a conversion event) is said once, as a kind, and judged once.

use std::collections::HashMap;

use ahash::RandomState;
use serde::{Deserialize, Serialize};

use super::codec::{begin, decode_head, seal};
use super::columns::{Effort, Input, Output, pack};
use super::tables::TraceKey;
use crate::error::{Error, Result};
use crate::limits::TRACE_CHUNK_ROWS_MAX;
use crate::model::{Number, Sentiment};
use crate::rollup::Trace;

pub const HOUR_MS: i64 = 3_600_000;
const TABLE: &str = "traces";
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
    Conversion {
        event: u32,
    },
}

/// The columns' dictionary.
#[derive(Serialize, Deserialize)]
struct Head {
    names: Vec<Box<str>>,
    kinds: Vec<Kind>,
}

/// Traces of one bot and hour, in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    names: Vec<Box<str>>,
    kinds: Vec<Kind>,
    /// Places in `kinds`.
    kind_of: Vec<i64>,
    /// From one row to the next, the first one's from the beginning of the hour.
    steps_ms: Vec<i64>,
    sessions: Vec<i64>,
    /// Of those rows whose kind has one.
    questions: Vec<i64>,
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
        let (Head { names, kinds }, rest) = decode_head::<Head>(bytes, TABLE, key)?;
        let mut input = Input::of(rest).map_err(damaged)?;
        let mut column = || pack::read(&mut input).map(pack::Packed::into_vec).map_err(damaged);
        let (kind_of, steps_ms, sessions, questions) = (column()?, column()?, column()?, column()?);
        input.end().map_err(damaged)?;
        if kind_of.len() > TRACE_CHUNK_ROWS_MAX {
            return Err(damaged("more rows than a chunk has"));
        }
        if steps_ms.len() != kind_of.len() || sessions.len() != kind_of.len() {
            return Err(damaged("columns of different lengths"));
        }
        let asked: Vec<bool> = kinds.iter().map(Kind::is_asked).collect();
        let mut asked_rows = 0;
        for kind in &kind_of {
            let asked = usize::try_from(*kind).ok().and_then(|kind| asked.get(kind));
            asked_rows += usize::from(*asked.ok_or_else(|| damaged("a row of a kind that the chunk does not have"))?);
        }
        if questions.len() != asked_rows {
            return Err(damaged("questions of other rows"));
        }
        if kinds.iter().any(|kind| kind.name().is_some_and(|name| name as usize >= names.len())) {
            return Err(damaged("a kind of a name that the chunk does not have"));
        }
        let chunk = Self { names, kinds, kind_of, steps_ms, sessions, questions };
        if chunk.offsets_ms().any(|offset_ms| offset_ms >= HOUR_MS as u64) {
            return Err(damaged("a row outside the hour"));
        }
        Ok(chunk)
    }

    pub fn encode(&self) -> Vec<u8> {
        let Self { names, kinds, kind_of, steps_ms, sessions, questions } = self;
        let mut bytes = begin(&Head { names: names.clone(), kinds: kinds.clone() });
        let mut output = Output::default();
        for column in [kind_of, steps_ms, sessions, questions] {
            pack::write(column, &mut output);
        }
        output.finish(Effort::Fast, &mut bytes);
        seal(&mut bytes);
        bytes
    }

    /// Of the rows, since the beginning of the hour.
    fn offsets_ms(&self) -> impl Iterator<Item = u64> {
        let offset_ms = |offset_ms: &mut i64, step_ms: &i64| {
            *offset_ms = offset_ms.wrapping_add(*step_ms);
            Some(offset_ms.cast_unsigned())
        };
        self.steps_ms.iter().scan(0i64, offset_ms)
    }

    fn sessions(&self) -> impl Iterator<Item = Number> {
        self.sessions.iter().map(|session| session.cast_unsigned())
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut questions = self.questions.iter().map(|question| question.cast_unsigned());
        self.kind_of.iter().zip(self.offsets_ms()).zip(self.sessions()).map(move |((kind, offset_ms), session)| {
            let kind = self.kinds[*kind as usize];
            let question = if kind.is_asked() { questions.next() } else { None };
            Row { offset_ms, session, trace: kind.trace(&self.names, question) }
        })
    }

    /// Calls `found` with time offset (ms), session and mark of every row that `mark` gives one. It sees each kind once, with
    /// no question.
    pub fn marked(
        &self,
        mark: impl FnMut(Trace<'_>) -> Option<u16>,
        mut found: impl FnMut(u64, Number, u16) -> Result<()>,
    ) -> Result<()> {
        let marks: Vec<Option<u16>> = self.kinds.iter().map(|kind| kind.trace(&self.names, None)).map(mark).collect();
        if marks.iter().all(Option::is_none) {
            return Ok(());
        }
        let mut rows = self.kind_of.iter().zip(self.offsets_ms()).zip(self.sessions());
        rows.try_for_each(|((kind, offset_ms), session)| match marks[*kind as usize] {
            Some(mark) => found(offset_ms, session, mark),
            None => Ok(()),
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
        let Some(question) = question else {
            let mark = |trace: Trace<'_>| is_wanted(trace).then_some(0);
            return self.marked(mark, |offset_ms, session, _| found(offset_ms, session));
        };
        let wanted: Vec<bool> = self.kinds.iter().map(|kind| is_wanted(kind.trace(&self.names, None))).collect();
        if !wanted.contains(&true) {
            return Ok(());
        }
        let rows = self.kind_of.iter().zip(self.offsets_ms()).zip(self.sessions());
        let rows = rows.map(|((kind, offset_ms), session)| (*kind as usize, offset_ms, session));
        let asked: Vec<bool> = self.kinds.iter().map(Kind::is_asked).collect();
        let rows = rows.filter(|(kind, ..)| asked[*kind]).zip(&self.questions);
        let mut rows = rows.filter(|((kind, ..), asked)| wanted[*kind] && asked.cast_unsigned() == question);
        rows.try_for_each(|((_, offset_ms, session), _)| found(offset_ms, session))
    }
}

/// A chunk that grows.
#[derive(Clone, Default)]
pub struct Growing {
    pub chunk: Chunk,
    names: HashMap<Box<str>, u32, RandomState>,
    kinds: HashMap<Kind, i64, RandomState>,
    /// Of the last row.
    offset_ms: i64,
    /// Of all names together.
    pub name_bytes: usize,
}

impl Growing {
    /// Goes on with a chunk that was written.
    pub fn resume(chunk: Chunk) -> Self {
        Self {
            names: (0..).zip(&chunk.names).map(|(place, name)| (name.clone(), place)).collect(),
            kinds: (0..).zip(&chunk.kinds).map(|(place, kind)| (*kind, place)).collect(),
            offset_ms: chunk.steps_ms.iter().sum(),
            name_bytes: chunk.names.iter().map(|name| name.len()).sum(),
            chunk,
        }
    }

    /// Adds a row. Returns by how much the chunk grew in memory, estimated bytes.
    pub fn push(&mut self, row: Row<'_>) -> usize {
        let Row { offset_ms, session, trace } = row;
        assert!(offset_ms < HOUR_MS as u64, "a trace outside its hour");
        let mut grown = 4 * size_of::<u64>();
        let kind = match trace {
            Trace::Exchange { intent, success, sentiment, question } => {
                self.chunk.questions.extend(question.map(u64::cast_signed));
                let intent = intent.map(|intent| self.name(intent, &mut grown));
                Kind::Exchange { intent, success, sentiment, asked: question.is_some() }
            }
            Trace::Visit { page } => Kind::Visit { page: self.name(page, &mut grown) },
            Trace::Conversion { event } => Kind::Conversion { event: self.name(event, &mut grown) },
        };
        let kinds = &mut self.chunk.kinds;
        let kind_of = *self.kinds.entry(kind).or_insert_with(|| {
            kinds.push(kind);
            grown += 3 * size_of::<Kind>();
            kinds.len() as i64 - 1
        });
        self.chunk.kind_of.push(kind_of);
        let step_ms = offset_ms as i64 - std::mem::replace(&mut self.offset_ms, offset_ms as i64);
        self.chunk.steps_ms.push(step_ms);
        self.chunk.sessions.push(session.cast_signed());
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
            Self::Visit { page: name } | Self::Conversion { event: name } => Some(*name),
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
            Self::Conversion { event } => Trace::Conversion { event: &names[*event as usize] },
        }
    }
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
            Trace::Conversion { event: "prices" },
        ];
        let row = |(place, trace): (u64, Trace<'static>)| Row { offset_ms: 3_599_999 - place, session: 70_000, trace };
        (0..).zip(traces).map(row).collect()
    }

    fn grown(rows: &[Row<'_>]) -> Chunk {
        let mut growing = Growing::default();
        for row in rows {
            growing.push(*row);
        }
        growing.chunk
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
        assert_eq!(growing.chunk.rows().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn a_cut_or_changed_chunk_is_refused() {
        let bytes = grown(&rows()).encode();
        for length in 0..bytes.len() {
            assert!(Chunk::decode(&bytes[..length], KEY).is_err(), "{length} bytes");
        }
        for at in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(Chunk::decode(&changed, KEY).is_err(), "bit {at}");
        }
    }
}
