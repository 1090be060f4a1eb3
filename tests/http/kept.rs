//! Kept answers: whatever happens between two questions, each is answered as if nothing were kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use novahouse::clock::Clock;
use novahouse::engine::*;
use novahouse::error::Result;
use novahouse::model::{Bot, Day, Unit, Zone};
use novahouse::query::answer::*;
use novahouse::store::{Options, RedbEngine};
use proptest::prelude::*;
use rand::Rng;
use serde_json::Value;

use super::NOW;
use crate::support::client::Client;
use crate::support::generator::{BOTS, Generator, pick};
use crate::support::served::Served;

const HOUR_MS: i64 = 3_600_000;

/// An engine, and how often it was asked something to be computed.
struct Watched {
    engine: Arc<RedbEngine>,
    asked: AtomicU64,
    /// Pretends that its state is another one at each look, so that nothing is kept.
    restless: Option<AtomicU64>,
}

impl Watched {
    fn question(&self) -> &RedbEngine {
        self.asked.fetch_add(1, Ordering::Relaxed);
        &self.engine
    }
}

impl Engine for Watched {
    fn append(&self, batches: Vec<Batch>) -> Result<Vec<Receipt>> {
        self.engine.append(batches)
    }
    fn bots(&self) -> Result<Vec<Bot>> {
        self.engine.bots()
    }
    fn bot(&self, name: &str) -> Result<Bot> {
        self.engine.bot(name)
    }
    fn today(&self, bot: &str) -> Result<Day> {
        self.engine.today(bot)
    }
    fn state(&self, bot: &str) -> Result<State> {
        let state = self.engine.state(bot)?;
        let look = self.restless.as_ref().map(|looks| looks.fetch_add(1, Ordering::Relaxed));
        Ok(State { version: look.unwrap_or(state.version), ..state })
    }
    fn overview(&self, bot: &str, window: Window) -> Result<Overview> {
        self.question().overview(bot, window)
    }
    fn conversations(&self, bot: &str, window: Window) -> Result<Conversations> {
        self.question().conversations(bot, window)
    }
    fn engagement(&self, bot: &str, window: Window) -> Result<EngagementAnswer> {
        self.question().engagement(bot, window)
    }
    fn intents(&self, bot: &str, window: Window) -> Result<Intents> {
        self.question().intents(bot, window)
    }
    fn performance(&self, bot: &str, window: HourWindow) -> Result<PerformanceAnswer> {
        self.question().performance(bot, window)
    }
    fn leads(&self, bot: &str, window: Window) -> Result<Leads> {
        self.question().leads(bot, window)
    }
    fn daily(&self, bot: &str, window: Window) -> Result<Vec<DayFigures>> {
        self.question().daily(bot, window)
    }
    fn questions(&self, bot: &str, window: Window, limit: u32) -> Result<Questions> {
        self.question().questions(bot, window, limit)
    }
    fn funnel(&self, bot: &str, window: Window, funnel: &Funnel) -> Result<Vec<FunnelStep>> {
        self.question().funnel(bot, window, funnel)
    }
    fn paths(&self, bot: &str, window: Window, shape: PathShape) -> Result<Paths> {
        self.question().paths(bot, window, shape)
    }
    fn cohorts(&self, bot: &str, window: Window, by: Period) -> Result<Cohorts> {
        self.question().cohorts(bot, window, by)
    }
    fn hours(&self, bot: &str, window: Window, metric: HourMetric) -> Result<HoursOfWeek> {
        self.question().hours(bot, window, metric)
    }
    fn trial(&self, bot: &str, trial: &Trial) -> Result<TrialFigures> {
        self.question().trial(bot, trial)
    }
    fn variants(&self, bot: &str, window: Window, trial: &Trial) -> Result<VariantFigures> {
        self.question().variants(bot, window, trial)
    }
    fn variant_shown(&self, bot: &str, unit: Unit, id: &str, experiment: &str) -> Result<Option<Box<str>>> {
        self.question().variant_shown(bot, unit, id, experiment)
    }
    fn sessions(&self, bot: &str, filter: &SessionFilter) -> Result<SessionPage> {
        self.engine.sessions(bot, filter)
    }
    fn session(&self, bot: &str, session_id: &str) -> Result<Option<Transcript>> {
        self.engine.session(bot, session_id)
    }
    fn export(&self, bot: &str, what: ExportType, window: Window, sink: &mut RecordSink<'_>) -> Result<()> {
        self.engine.export(bot, what, window, sink)
    }
    fn probe(&self) -> Result<()> {
        self.engine.probe()
    }
}

/// One engine behind a server that keeps answers, and one that cannot.
struct Both {
    now_ms: Arc<AtomicI64>,
    engine: Arc<RedbEngine>,
    watched: Arc<Watched>,
    keeps: Served,
    computes: Served,
    _dir: tempfile::TempDir,
}

impl Both {
    fn new(zone: Zone) -> Self {
        let now_ms = Arc::new(AtomicI64::new(chrono::DateTime::parse_from_rfc3339(NOW).unwrap().timestamp_millis()));
        let clock = Clock::Fixed(now_ms.clone());
        let dir = tempfile::tempdir().unwrap();
        let options = Options { zone, clock: clock.clone(), ..Options::default() };
        let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
        let watched = |restless| Arc::new(Watched { engine: engine.clone(), asked: AtomicU64::new(0), restless });
        let seen = watched(None);
        let keeps = Served::over(seen.clone(), clock.clone());
        let computes = Served::over(watched(Some(AtomicU64::new(0))), clock);
        Self { now_ms, engine, watched: seen, keeps, computes, _dir: dir }
    }

    fn append(&self, generator: &mut Generator, count: usize) {
        self.engine.append(vec![Batch { events: generator.events(count), ..Batch::default() }]).unwrap();
    }

    fn message(&self, bot: &str) {
        let event = format!(r#"{{"type":"message","bot":"{bot}","session_id":"s","user_message":"hello"}}"#);
        assert_eq!(self.keeps.post(&[("Content-Type", "application/json")], event).status, 200);
    }

    fn wait(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// How often the engine was asked for the answer of the server that keeps.
    fn computed(&self, path: &str) -> (u64, Value) {
        let before = self.watched.asked.load(Ordering::Relaxed);
        let answer = self.keeps.get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        (self.watched.asked.load(Ordering::Relaxed) - before, answer.json())
    }
}

fn question(generator: &mut Generator) -> String {
    let random = generator.random();
    let bot = pick(random, &BOTS).replace(' ', "%20");
    let other = pick(random, &BOTS).replace(' ', "%20");
    let days = *pick(random, &[1, 2, 7, 30, 400]);
    let windowed = [
        format!("overview?days={days}"),
        format!("overview?days={days}&by_day=true"),
        format!("conversations?days={days}&fill=true"),
        format!("engagement?days={days}"),
        format!("intents?days={days}"),
        format!("performance?hours={days}&fill=true"),
        "performance?from=2026-03-01&to=2026-04-02".to_owned(),
        format!("leads?days={days}"),
        "dashboard/summary?budget=3".to_owned(),
        "budget/status?budget=3".to_owned(),
        "metrics/daily?date=2026-03-31".to_owned(),
        format!("questions/top?days={days}"),
        format!("overview?days={days}&nothing=like_it"),
        format!("funnel?days={days}&step1=intent:prices&step2=page:/cennik&within=7d"),
        format!("paths?days={days}&names=2"),
        format!("cohorts?days={days}&by=month"),
        format!("hours?days={days}&metric=p95_ms"),
        format!("compare?days={days}"),
        format!("compare?days={days}&other_bot={other}"),
    ];
    format!("/api/analytics/{}&bot={bot}", pick(random, &windowed))
}

fn ask(client: &mut Client, path: &str) -> (u16, String) {
    let answer = client.get(path).unwrap();
    (answer.status, answer.text().to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn nothing_that_happens_between_questions_makes_an_answer_stale(seed: u64) {
        let zone = ["UTC", "America/New_York", "Asia/Kolkata"][seed as usize % 3];
        let both = Both::new(zone.parse().unwrap());
        let (mut keeps, mut computes) = (both.keeps.client(), both.computes.client());
        let mut generator = Generator::new(seed, both.now_ms.load(Ordering::Relaxed));
        let mut questions: Vec<String> = (0..8).map(|_| question(&mut generator)).collect();
        for _ in 0..60 {
            match generator.random().random_range(0..10) {
                0..=2 => {
                    let count = generator.random().random_range(1..4);
                    both.append(&mut generator, count);
                }
                3 => both.wait(generator.random().random_range(1..1_000)),
                4 => both.wait(HOUR_MS / 3),
                5 => both.wait(*pick(generator.random(), &[9 * HOUR_MS, 24 * HOUR_MS, -HOUR_MS])),
                6 => both.engine.checkpoint().unwrap(),
                7 => questions.push(question(&mut generator)),
                _ => {}
            }
            for _ in 0..3 {
                let path = pick(generator.random(), &questions).clone();
                prop_assert_eq!(ask(&mut keeps, &path), ask(&mut computes, &path), "{}", path);
            }
        }
    }
}

#[test]
fn a_question_is_computed_once_while_nothing_changes_for_its_bot() {
    let both = Both::new("Europe/Warsaw".parse().unwrap());
    both.message("default");
    both.message("sklep");
    for path in [
        "/api/analytics/overview?days=30",
        "/api/analytics/performance?hours=2",
        "/api/analytics/questions/top",
        "/api/analytics/overview?bot=default&days=30",
    ] {
        assert_eq!(both.computed(path).0, 1, "{path}");
        let (times, first) = both.computed(path);
        both.wait(1_500);
        let (times_later, later) = both.computed(path);
        assert_eq!((times, times_later), (0, 0), "{path}");
        if path.contains("overview") {
            assert_ne!(first["timestamp"], later["timestamp"]);
        }
        both.message("sklep");
        assert_eq!(both.computed(path).0, 0, "{path}: the other bot's events are its own");
        both.message("default");
        let (times, counted) = both.computed(path);
        assert_eq!(times, 1, "{path}");
        assert!(!path.contains("overview") || counted["overview"] != later["overview"]);
        both.wait(HOUR_MS);
        assert_eq!(both.computed(path).0, 1, "{path}: another hour");
    }
    let summary = "/api/analytics/dashboard/summary";
    assert_ne!(both.computed(summary).0, 0);
    both.wait(1_000);
    let (times, again) = both.computed(summary);
    let now = novahouse::model::day::rfc3339(both.now_ms.load(Ordering::Relaxed));
    assert_eq!((times, again["data"]["last_updated"].as_str()), (0, Some(&*now)));
}

#[test]
fn what_is_refused_is_not_kept() {
    let both = Both::new(Zone::UTC);
    let path = "/api/analytics/overview?bot=sklep";
    assert_eq!(both.keeps.get(path).status, 404);
    both.message("sklep");
    assert_eq!(both.keeps.get(path).json()["overview"]["total_conversations"], 1);
}

/// Every answer counts at least what was acknowledged before it was asked for, and none forgets what one before it knew.
#[test]
fn readers_beside_a_writer_never_see_the_past() {
    let both = Both::new(Zone::UTC);
    let acknowledged = AtomicU64::new(0);
    let path = "/api/analytics/overview?days=2";
    let total = |client: &mut Client| {
        let answer = client.get(path).unwrap();
        answer.json()["overview"]["total_conversations"].as_u64().unwrap()
    };
    let message = r#"{"type":"message","session_id":"s","user_message":"hello"}"#;
    let batch = [message; 300].join("\n");
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut client = both.keeps.client();
                let mut seen = 0;
                while seen < 9_000 {
                    let at_least = acknowledged.load(Ordering::Acquire).max(seen);
                    seen = total(&mut client);
                    assert!(seen >= at_least, "{seen} after {at_least}");
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..30 {
                let answer = both.keeps.post(&[("Content-Type", "application/x-ndjson")], &batch);
                assert_eq!(answer.json()["accepted"], 300);
                acknowledged.fetch_add(300, Ordering::Release);
            }
        });
    });
    assert_eq!(total(&mut both.keeps.client()), 9_000);
}
