//! The seam: everything the program asks of an engine. `RedbEngine` (in `store`) is one, the tests' naive `Oracle` the
//! second. One conformance suite holds for all.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::metrics::Tally;
use crate::model::erased::Seed;
use crate::model::{Bot, Day, DayRange, Event, Exposed, Horizons, Hour, Keep, Sentiment, Seq, Unit, Zone};
use crate::query::answer::*;
pub use crate::query::cohorts::{Cohorts, Period};
pub use crate::query::experiment::{Trial, TrialFigures, VariantFigures};
pub use crate::query::funnel::{Funnel, FunnelPlace, FunnelStep};
pub use crate::query::hours::{HourMetric, HoursOfWeek};
pub use crate::query::paths::{PathNext, PathPlace, PathShape, Paths};

/// One request's worth of events.
#[derive(Debug, Default)]
pub struct Batch {
    pub idempotency_key: Option<Box<str>>,
    pub events: Vec<Event>,
    /// Place of each event in the request, where it is not its place in `events` (some were refused before).
    pub indexes: Vec<u32>,
    /// Events refused before they came here.
    pub rejected: u64,
    pub errors: Vec<EventError>,
    pub warnings: Vec<EventError>,
}

/// What is wrong with one event of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventError {
    pub index: u32,
    pub error: Box<str>,
}

/// What became of a batch: the answer to its request, and the answer to every repetition of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub accepted: u64,
    pub duplicates: u64,
    pub rejected: u64,
    /// The first `ERRORS_LISTED_MAX` of them, by index.
    pub errors: Vec<EventError>,
    pub warnings: Vec<EventError>,
    /// Places in the batch of events that were not stored. Not part of what is remembered.
    #[serde(skip)]
    pub passed_over: Vec<u32>,
    /// Given before, for the same idempotency key: nothing was stored this time.
    #[serde(skip)]
    pub repeated: bool,
}

impl Receipt {
    /// As it is given again.
    pub fn again(&self) -> Self {
        Self { passed_over: Vec::new(), repeated: true, ..self.clone() }
    }
}

/// A window of calendar days, before it is known what day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The last N days, today included.
    Days(u32),
    Between(DayRange),
}

/// A window for performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HourWindow {
    /// The last N clock hours, the current one included.
    Hours(u32),
    Between(DayRange),
    /// So many clock hours, the last of them this one.
    Until {
        last: Hour,
        hours: u32,
    },
}

/// Which sessions a list is to show: those that match everything given.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFilter {
    pub window: Window,
    pub by: By,
    /// Found in a message, a reply, the session's or the user's name; letter case aside.
    pub search: Option<String>,
    /// Whether it left a lead.
    pub lead: Option<bool>,
    /// These five as the session's record says them.
    pub device: Option<String>,
    pub browser: Option<String>,
    pub referrer: Option<String>,
    pub conversion: Option<String>,
    pub user: Option<String>,
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<Cursor>,
}

/// What puts a session into the window, and what of it is counted.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// It began in the window and has, at any time, an exchange with this intent and one with this sentiment.
    Start { intent: Option<String>, sentiment: Option<Sentiment> },
    /// An exchange in the window matches.
    Exchange(ExchangeFilter),
    /// A visit in the window was to this page.
    Visit { page: Option<String> },
    /// A lead of the window wants this.
    Lead { package: Option<String>, property_type: Option<String> },
    /// It stands at this place of a funnel.
    Funnel(FunnelPlace),
    /// Its path leads through this place.
    Path(PathPlace),
}

/// What one and the same exchange has to match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExchangeFilter {
    pub intent: Option<String>,
    pub sentiment: Option<Sentiment>,
    /// Whether its intent was served; an exchange without an intent was neither.
    pub understood: Option<bool>,
    /// Day of the week and hour of the wall clock: 0 is Monday from midnight, 167 the last hour of Sunday.
    pub hour_of_week: Option<u32>,
    /// From this moment until before that one, epoch ms.
    pub during: Option<(i64, i64)>,
    /// As a list of questions shows it.
    pub question: Option<String>,
}

/// Place in the list of sessions: that of the last one shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it began, or the time of its latest match.
    pub at_ms: i64,
    pub number: u64,
}

/// A session as lists and exports show it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EngagementRecord {
    pub id: String,
    pub session_id: String,
    pub user_id: String,
    pub first_interaction: String,
    pub last_interaction: String,
    /// Sum of `message_count` over its exchanges.
    pub total_messages: u64,
    pub session_duration_seconds: f64,
    pub pages_visited: Vec<String>,
    pub conversion_event: Option<String>,
    pub device_type: Option<String>,
    pub browser: Option<String>,
    pub referrer: Option<String>,
    /// Whether it left a lead.
    pub lead: bool,
    /// Events that name the session.
    pub interactions: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SessionPage {
    /// Sessions.
    pub total: u64,
    /// Exchanges, visits or leads that match; by start, funnel and path, sessions.
    pub matches: u64,
    /// Newest first: by beginning or latest match, then by number, both descending.
    pub sessions: Vec<EngagementRecord>,
    pub next_cursor: Option<Cursor>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    pub session: EngagementRecord,
    /// In order of time, then of arrival; of a longer session the `TIMELINE_EVENTS_MAX` that arrived last.
    pub timeline: Vec<(u64, Event)>,
    pub truncated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportType {
    Conversations,
    Leads,
    Engagements,
    Intents,
    Performance,
    /// The events themselves, as `import` takes them back.
    Events,
}

/// One line of an export.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Record {
    Conversation(ConversationRecord),
    Lead(LeadRecord),
    Engagement(EngagementRecord),
    Intent(IntentRecord),
    Performance(PerformanceRecord),
    Event(serde_json::Value),
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConversationRecord {
    pub id: String,
    pub session_id: String,
    pub user_id: String,
    pub user_message: Option<String>,
    pub bot_response: Option<String>,
    pub intent: Option<String>,
    pub confidence: Option<f64>,
    pub entities: Option<serde_json::Value>,
    pub sentiment: Option<Sentiment>,
    pub response_time_ms: Option<u32>,
    pub user_satisfied: Option<bool>,
    pub lead_generated: Option<bool>,
    pub message_count: u32,
    pub timestamp: String,
    pub success: Option<bool>,
    pub input_tokens: Option<u32>,
    pub output_tokens: Option<u32>,
    pub cost_usd: Option<f64>,
    pub model: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LeadRecord {
    pub id: String,
    pub session_id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub interested_package: Option<String>,
    pub property_size: Option<String>,
    pub property_type: Option<String>,
    pub location: Option<String>,
    pub additional_info: Option<String>,
    pub created_at: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct IntentRecord {
    pub intent_name: String,
    pub date: Day,
    pub trigger_count: u64,
    pub success_count: u64,
    pub failure_count: u64,
    pub avg_confidence: f64,
    pub avg_response_time_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PerformanceRecord {
    pub id: String,
    pub timestamp: String,
    pub endpoint: String,
    pub response_time_ms: Option<u32>,
    pub status_code: Option<u16>,
    pub error_message: Option<String>,
    pub memory_usage_mb: Option<f64>,
    pub cpu_usage_percent: Option<f64>,
}

/// Takes records one by one; an error stops the export.
pub type RecordSink<'a> = dyn FnMut(Record) -> Result<()> + 'a;

/// Who is erased, of one bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// A person, with every session in which they are named.
    User(&'a str),
    /// Every session of this name. Who came in it, and whether they came in others, is still known.
    Session(&'a str),
}

/// What is to be erased.
pub struct Erasure<'a> {
    pub bot: &'a str,
    pub whom: Whom<'a>,
    /// The counts go too.
    pub purge: bool,
    pub seed: Seed,
}

/// What went, by what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    pub sessions: u64,
    /// Messages, visits, leads and feedback.
    pub events: u64,
    /// Of these the messages.
    pub exchanges: u64,
    /// Performance metrics that name the person: they stay, without the name.
    pub metrics: u64,
    /// Entries in the list of leads.
    pub leads: u64,
    /// Questions that no one else has asked.
    pub questions: u64,
    /// Persons whose names went.
    pub persons: u64,
    /// Days that were counted anew.
    pub days: u64,
}

/// Makes of the number of an erasure, and of what went, what is kept of it. The place in the log is where the first of it
/// stands, so that none of it was there when the log ended before; `None` where some of it may have gone earlier.
pub type MakeReceipt<'a> = dyn Fn(u64, &Erased, Option<Seq>) -> Result<Vec<u8>> + 'a;

/// What of one bot has gone, or would go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gone {
    pub bot: Box<str>,
    /// Calendar days in the bot's zone that lose something of what came on them.
    pub days: u64,
    /// Messages, visits, leads and feedback.
    pub events: u64,
    /// Events that stay without what was written in them.
    pub texts: u64,
    /// Performance metrics.
    pub performance: u64,
    pub sessions: u64,
    /// Persons whose names go.
    pub persons: u64,
    /// Blocks of the log that go or become smaller; one may hold events of several bots.
    pub blocks: u64,
    /// Of the log, packed; estimated from what the events weigh.
    pub bytes: u64,
}

impl Gone {
    pub fn is_nothing(&self) -> bool {
        let Self { bot: _, days: _, events, texts, performance, sessions, persons, blocks: _, bytes: _ } = self;
        [events, texts, performance, sessions, persons].into_iter().all(|count| *count == 0)
    }
}

/// What a run of retention came to.
#[derive(Clone, Debug, Default)]
pub struct Retained {
    /// By bot, of those that let something go.
    pub bots: Vec<Gone>,
    pub steps: u64,
    /// The longest that one of them, or giving room back, kept the writer.
    pub longest: Duration,
    /// What the file takes less of the disk, bytes: room that was free in it.
    pub given_back_bytes: u64,
}

/// What giving back room that was free in the file came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct GivenBack {
    /// What the file takes less of the disk, bytes.
    pub bytes: u64,
    /// The longest that it kept the writer.
    pub longest: Duration,
}

/// How long a bot keeps what it was told, by its name.
pub type KeepOf<'a> = dyn Fn(&str) -> Keep + 'a;

/// Something that is held of a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// The days on which they said something, and what they were shown of experiments: first of all.
    Known(Vec<Day>, Vec<Exposed>),
    /// A session in which they are named; what follows belongs to it.
    Session(Box<EngagementRecord>),
    Lead(Box<LeadRecord>),
    /// As `export` of events shows it. Those of no session that name the person come before the first session.
    Event(serde_json::Value),
}

/// Takes what is held of a person one by one; an error stops it.
pub type HeldSink<'a> = dyn FnMut(Held) -> Result<()> + 'a;

/// What decides a bot's answers: while it is the same, so are they, but for the time of day that some carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Changes whenever events of the bot become part of its answers, and never comes again while the process runs.
    pub version: u64,
    /// The current day and clock hour in the bot's zone.
    pub today: Day,
    pub hour: Hour,
}

impl State {
    pub fn at(version: u64, zone: Zone, now_ms: i64) -> Self {
        Self { version, today: zone.day(now_ms), hour: zone.hour(now_ms) }
    }
}

/// What an engine says of itself to those who watch over it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vitals {
    /// How long it took to make events durable.
    pub commits: Tally,
    pub checkpoints: Tally,
    /// Since the last checkpoint, or the start.
    pub checkpoint_age: Duration,
    pub checkpoint_failed: bool,
    /// A page of the file was found not to be what was written.
    pub damaged: bool,
    /// Events that are in the log and not yet in the tables.
    pub events_beyond_checkpoint: u64,
    pub events: u64,
    pub sessions: u64,
    pub users: u64,
    /// Where there is a file.
    pub disk: Option<Disk>,
}

/// The file, and the disk it lies on; bytes.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    pub file_bytes: u64,
    /// What of it the disk really holds.
    pub file_allocated_bytes: u64,
    pub total_bytes: u64,
    /// What is left to this process.
    pub free_bytes: u64,
}

/// The questions, and `append`. Every question counts all events that any earlier `append` has returned for.
/// A bot that does not exist is `Error::NotFound`; `default` always exists.
pub trait Engine: Send + Sync {
    /// Stores the batches in one durable commit and folds them. All of them are stored, or (on an error) none.
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>>;

    fn bots(&self) -> Result<Vec<Bot>>;
    fn bot(&self, name: &str) -> Result<Bot>;
    /// Today in the bot's zone.
    fn today(&self, bot: &str) -> Result<Day>;
    fn state(&self, bot: &str) -> Result<State>;
    /// How far the bot has let go of what it was told.
    fn horizons(&self, bot: &str) -> Result<Horizons> {
        self.bot(bot).map(|_| Horizons::default())
    }

    fn overview(&self, bot: &str, window: Window) -> Result<Overview>;
    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations>;
    fn engagement(&self, bot: &str, window: Window) -> Result<EngagementAnswer>;
    fn intents(&self, bot: &str, window: Window) -> Result<Intents>;
    fn performance(&self, bot: &str, window: HourWindow) -> Result<PerformanceAnswer>;
    fn leads(&self, bot: &str, window: Window) -> Result<Leads>;
    /// One entry per day of the window, in order.
    fn daily(&self, bot: &str, window: Window) -> Result<Vec<DayFigures>>;
    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions>;

    /// Of what sessions do in the window.
    fn funnel(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>>;
    /// The same: an exchange without an intent is passed over.
    fn paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths>;
    fn cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts>;
    fn hours(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek>;

    /// What became of the units of an experiment.
    fn trial(&self, bot: &str, trial: &Trial) -> Result<TrialFigures>;
    /// What the sessions of each of its variants add up to, of those that began in the window.
    fn variants(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures>;
    /// The variant of an experiment that a session, or a user, was shown first.
    fn variant_shown(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>>;

    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage>;
    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>>;
    /// Conversations, performance metrics and events in order of arrival; leads and engagements (sessions that began in
    /// the window) by time; intents by day and name.
    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()>;

    /// Everything that is held of a person.
    ///
    /// # Errors
    /// `NotFound` where that is nothing.
    fn held(&self, _bot: &str, _user: &str, _sink: &mut HeldSink<'_>) -> Result<()> {
        Err(Error::Unusable("this engine tells of no person".into()))
    }

    /// Erases, and returns the ids that sessions had. Nothing of it is answered any more once this has returned. What `receipt` makes of it is kept, in the same
    /// transaction.
    ///
    /// # Errors
    /// `NotFound` where nothing is held of who is meant; `Conflict` while another erasure or retention runs, where it is too
    /// much at once, and where days would have to be counted anew whose events have gone; `Storage` where the disk fails: then
    /// it is done whole or not at all.
    fn erase(&self, _erasure: &Erasure<'_>, _receipt: &MakeReceipt<'_>) -> Result<Vec<Box<str>>> {
        Err(Error::Unusable("this engine erases nothing".into()))
    }

    /// When the event at a place of the log happened, epoch ms; `None` where there is none, or it has gone.
    ///
    /// # Errors
    /// `Storage` where it cannot be read.
    fn moment_at(&self, _seq: Seq) -> Result<Option<i64>> {
        Ok(None)
    }

    /// What is kept of erasures, the latest first.
    fn erasures(&self) -> Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }

    /// Lets go of what bots keep no longer, and gives back to the disk what has become free. Ingest goes on between its steps;
    /// once `stopped`, it ends after the step it is at, and the next run goes on from there.
    ///
    /// # Errors
    /// `Storage` where the disk fails; what was done until then stays done.
    fn retain(&self, _keep: &KeepOf<'_>, _stopped: &dyn Fn() -> bool) -> Result<Retained> {
        Err(Error::Unusable("this engine keeps everything".into()))
    }

    /// Whether so much is free in the file that such a run gives it back, though nothing may go in it.
    ///
    /// # Errors
    /// `Storage` where it cannot be read.
    fn has_room_to_give_back(&self) -> Result<bool> {
        Ok(false)
    }

    /// What such a run would let go of at this time, by bot: reads all events that lie before where they are kept, and all
    /// sessions and users.
    ///
    /// # Errors
    /// `Stopping` once `stopped`; `Storage` where it cannot be read.
    fn would_go(&self, _keep: &KeepOf<'_>, _stopped: &dyn Fn() -> bool) -> Result<Vec<Gone>> {
        Err(Error::Unusable("this engine keeps everything".into()))
    }

    /// Reads something small from the disk, to know that it can be read.
    fn probe(&self) -> Result<()>;

    /// How it does, as far as it knows: nothing is computed for it, and nothing waited for.
    fn vitals(&self) -> Vitals {
        Vitals::default()
    }
}

/// What an exchange costs where the event gives tokens and no cost: billionths of a dollar per token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenPrice {
    pub input_nanos: u64,
    pub output_nanos: u64,
}

impl Default for TokenPrice {
    /// 2.50 and 10.00 dollars per million tokens.
    fn default() -> Self {
        Self { input_nanos: 2_500, output_nanos: 10_000 }
    }
}
