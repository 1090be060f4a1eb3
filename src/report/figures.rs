//! What a report is made of, before any words: answers of the engine, of a period and of the one before.

use crate::engine::{By, Engine, ExchangeFilter, HourWindow, SessionFilter, Window};
use crate::error::{Error, Result};
use crate::limits::{OTHER, QUESTIONS_LISTED_MAX, REPORT_EXAMPLE_CHARS_MAX, REPORT_EXAMPLES_MAX, REPORT_ROWS_MAX};
use crate::model::{DayRange, Event, Zone};
use crate::query::answer::{self, Count, DayFigures, EndpointRow, IntentRow, Times};

use super::period::{Every, Period};
use super::section::Section;

/// Everything that a report says of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    pub bot: String,
    pub zone: Zone,
    pub period: Period,
    pub now: Side,
    /// Of the period before; `None` where nothing had happened yet, which is no measure.
    pub before: Option<Side>,
    pub questions: Vec<Question>,
    pub intents: Vec<Compared<IntentRow>>,
    /// Intents that were not served, most often first.
    pub missed: Vec<Compared<IntentRow>>,
    /// The latest messages that were not understood.
    pub examples: Vec<Example>,
    pub packages: Vec<Count>,
    pub property_types: Vec<Count>,
    /// Slowest first, by their p95.
    pub endpoints: Vec<Compared<EndpointRow>>,
}

/// The totals of a period, and their course.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub overview: answer::Figures,
    /// That began in it.
    pub sessions: u64,
    pub response: Times,
    /// By day; of a single day by hour of its wall clock.
    pub conversations: Vec<u64>,
    pub days: Vec<DayFigures>,
}

/// A row of now, and the one of its name in the period before.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared<T> {
    pub now: T,
    pub before: Option<T>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub text: Box<str>,
    pub count: u64,
    /// Of all exchanges, percent.
    pub percentage: f64,
    /// Whether no one had asked it in the period before; not known where more was asked then than is listed.
    pub is_new: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub text: String,
    pub session_id: String,
}

impl Side {
    fn of(engine: &dyn Engine, bot: &str, period: Period) -> Result<Self> {
        let window = Window::Between(period.range);
        let conversations = engine.conversations(bot, window)?;
        let by_hour = conversations.by_hour_of_week[period.range.first.weekday()];
        let course = match period.every {
            Every::Day => by_hour.to_vec(),
            Every::Week | Every::Month => conversations.by_day.iter().map(|day| day.count).collect(),
        };
        Ok(Self {
            overview: engine.overview(bot, window)?.overview,
            sessions: engine.engagement(bot, window)?.total_sessions,
            response: conversations.response_time_ms,
            conversations: course,
            days: engine.daily(bot, window)?,
        })
    }

    pub fn is_silent(&self) -> bool {
        self.overview.total_conversations + self.overview.total_leads + self.sessions == 0
    }
}

impl Figures {
    /// Asks the engine for what these sections need.
    ///
    /// # Errors
    /// From the engine: among others where there is no such bot.
    pub fn gather(engine: &dyn Engine, bot: &str, period: Period, sections: &[Section]) -> Result<Self> {
        let has = |section| sections.contains(&section);
        let (range, past) = (period.range, period.previous().range);
        let before = Side::of(engine, bot, period.previous())?;
        let mut figures = Self {
            bot: bot.to_owned(),
            zone: engine.bot(bot)?.zone,
            period,
            now: Side::of(engine, bot, period)?,
            before: Some(before).filter(|before| !before.is_silent()),
            questions: Vec::new(),
            intents: Vec::new(),
            missed: Vec::new(),
            examples: Vec::new(),
            packages: Vec::new(),
            property_types: Vec::new(),
            endpoints: Vec::new(),
        };
        if has(Section::Questions) {
            figures.questions = questions(engine, bot, range, past)?;
        }
        if has(Section::Questions) || has(Section::Missed) {
            let now = engine.intents(bot, Window::Between(range))?.rows;
            let before = engine.intents(bot, Window::Between(past))?.rows;
            figures.missed = missed(&now, &before);
            figures.intents = compared(now.into_iter(), &before, |row| &row.intent);
        }
        if has(Section::Examples) {
            figures.examples = examples(engine, bot, range)?;
        }
        if has(Section::Leads) {
            let leads = engine.leads(bot, Window::Between(range))?;
            figures.packages = leads.by_package.list.into_iter().take(REPORT_ROWS_MAX).collect();
            figures.property_types = leads.by_property_type.list.into_iter().take(REPORT_ROWS_MAX).collect();
        }
        if has(Section::Endpoints) {
            let mut now = engine.performance(bot, HourWindow::Between(range))?.endpoints;
            let before = engine.performance(bot, HourWindow::Between(past))?.endpoints;
            // Equal ones stay in their order: most requested first.
            now.sort_by_key(|row| std::cmp::Reverse(row.p95_ms));
            figures.endpoints = compared(now.into_iter(), &before, |row| &row.endpoint);
        }
        Ok(figures)
    }
}

/// The first rows, each with the one of its name among those of before.
fn compared<T: Clone>(now: impl Iterator<Item = T>, before: &[T], name: fn(&T) -> &str) -> Vec<Compared<T>> {
    let pair = |now: T| Compared { before: before.iter().find(|row| name(row) == name(&now)).cloned(), now };
    now.take(REPORT_ROWS_MAX).map(pair).collect()
}

fn missed(now: &[IntentRow], before: &[IntentRow]) -> Vec<Compared<IntentRow>> {
    let mut failed: Vec<IntentRow> = now.iter().filter(|row| row.failures > 0).cloned().collect();
    failed.sort_by_key(|row| std::cmp::Reverse(row.failures));
    compared(failed.into_iter(), before, |row| &row.intent)
}

fn questions(engine: &dyn Engine, bot: &str, range: DayRange, past: DayRange) -> Result<Vec<Question>> {
    let now = engine.questions(bot, Window::Between(range), REPORT_ROWS_MAX as u32)?;
    let before = engine.questions(bot, Window::Between(past), QUESTIONS_LISTED_MAX)?;
    let is_whole = !before.truncated && before.rows.len() < QUESTIONS_LISTED_MAX as usize;
    let was_asked = |text: &str| before.rows.iter().any(|row| &*row.question == text);
    let shown = now.rows.into_iter().map(|row| Question {
        is_new: is_whole && !before.rows.is_empty() && &*row.question != OTHER && !was_asked(&row.question),
        text: row.question,
        count: row.count,
        percentage: row.percentage,
    });
    Ok(shown.collect())
}

/// The latest message not understood of each of the latest sessions that have one.
fn examples(engine: &dyn Engine, bot: &str, range: DayRange) -> Result<Vec<Example>> {
    let filter = SessionFilter {
        window: Window::Between(range),
        by: By::Exchange(ExchangeFilter { understood: Some(false), ..ExchangeFilter::default() }),
        search: None,
        lead: None,
        device: None,
        browser: None,
        referrer: None,
        conversion: None,
        user: None,
        limit: REPORT_EXAMPLES_MAX,
        cursor: None,
    };
    let zone = engine.bot(bot)?.zone;
    let page = match engine.sessions(bot, &filter) {
        Ok(page) => page,
        // More exchanges than one list may go through: the report does without.
        Err(Error::Invalid(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut examples = Vec::new();
    for session in page.sessions {
        let Some(transcript) = engine.session(bot, &session.session_id)? else { continue };
        let events = transcript.timeline.iter().rev().map(|(_, event)| event);
        let mut texts = events.filter(|event| range.contains(zone.day(event.timestamp_ms))).filter_map(not_understood);
        if let Some(text) = texts.next() {
            examples.push(Example { text: shortened(text, REPORT_EXAMPLE_CHARS_MAX), session_id: session.session_id });
        }
    }
    Ok(examples)
}

/// What was written in an exchange that was not understood.
fn not_understood(event: &Event) -> Option<&str> {
    let message = event.kind.message().filter(|message| message.intent_success() == Some(false))?;
    message.user_message.as_deref()
}

/// In one line of at most so many characters.
pub fn shortened(text: &str, chars_max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= chars_max {
        return line;
    }
    line.chars().take(chars_max - 1).collect::<String>().trim_end().to_owned() + "…"
}
