//! What a report says is what the endpoints say, for any events, of any period.

use std::collections::HashMap;
use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine};
use novahouse::report::period::Every;
use novahouse::store::{Options, RedbEngine};
use rand::Rng;
use serde_json::Value;

use super::ms;
use crate::support::generator::{BOTS, Generator, pick};
use crate::support::served::Served;

/// By part, name and measure: the value and the one of before.
type Lines = HashMap<(String, String, String), (f64, Option<f64>)>;

fn lines(served: &Served, bot: &str, period: &str) -> Lines {
    let bot = bot.replace(' ', "%20");
    let answer = served.get(&format!("/api/reports/preview?format=csv&bot={bot}&period={period}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut table = csv::Reader::from_reader(&answer.body[..]);
    let rows = table.records().map(|row| {
        let row = row.unwrap();
        let before = (!row[6].is_empty()).then(|| row[6].parse().unwrap());
        ((row[2].to_owned(), row[3].to_owned(), row[4].to_owned()), (row[5].parse().unwrap(), before))
    });
    rows.collect()
}

struct Asked<'s> {
    served: &'s Served,
    query: String,
}

impl Asked<'_> {
    fn get(&self, path: &str) -> Value {
        let answer = self.served.get(&format!("/api/analytics/{path}?{}", self.query));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// The totals, by the measures of a report.
    fn totals(&self) -> Vec<(&'static str, f64)> {
        let (overview, conversations) = (self.get("overview"), self.get("conversations"));
        let sessions = self.get("engagement")["total_sessions"].as_f64().unwrap();
        let of = |name: &str| overview["overview"][name].as_f64().unwrap_or_else(|| panic!("{name}: {overview}"));
        let times = &conversations["response_time_ms"];
        vec![
            ("conversations", of("total_conversations")),
            ("users", of("unique_users")),
            ("sessions", sessions),
            ("leads", of("total_leads")),
            ("conversion_percent", of("conversion_rate_percent")),
            ("not_understood_percent", of("not_understood_percent")),
            ("satisfaction_percent", of("satisfaction_percent")),
            ("satisfaction_votes", of("satisfaction_votes")),
            ("response_median_ms", times["p50"].as_f64().unwrap()),
            ("response_p95_ms", times["p95"].as_f64().unwrap()),
            ("messages", of("total_messages")),
            ("cost_usd", of("cost_usd")),
        ]
    }
}

#[test]
fn a_report_says_what_the_endpoints_say() {
    let seed = std::env::var("NOVAHOUSE_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| Clock::System.now_ms() as u64);
    println!("seed {seed}");
    let now_ms = ms("2026-11-03T12:00:00Z");
    let clock = Clock::fixed(now_ms);
    let zone = "Europe/Warsaw".parse().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let options = Options { clock: clock.clone(), zone, ..Options::default() };
    let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
    let mut generator = Generator::new(seed, now_ms);
    for _ in 0..20 {
        let events = generator.events(60);
        engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    }
    let served = Served::over(engine.clone(), clock);
    let mut asked = 0;
    for _ in 0..12 {
        let every = *pick(generator.random(), &[Every::Day, Every::Week, Every::Month]);
        let bot = *pick(generator.random(), &BOTS);
        if engine.bot(bot).is_err() {
            continue;
        }
        let day = engine.today(bot).unwrap().plus(-generator.random().random_range(0..40));
        let period = every.holding(day);
        let of = |period: novahouse::report::period::Period| Asked {
            served: &served,
            query: format!("bot={}&from={}&to={}", bot.replace(' ', "%20"), period.range.first, period.range.last),
        };
        let said = lines(&served, bot, &period.to_string());
        let about = format!("seed {seed}, {bot}, {period}");
        let (now, before) = (of(period), of(period.previous()));
        let (totals, past) = (now.totals(), before.totals());
        let silent = ["conversations", "leads", "sessions"];
        let is_silent = past.iter().filter(|(name, _)| silent.contains(name)).all(|(_, value)| *value == 0.0);
        for ((measure, value), (_, past)) in totals.iter().zip(&past) {
            let line = said[&("total".into(), String::new(), (*measure).into())];
            assert_eq!(line, (*value, (!is_silent).then_some(*past)), "{about}: {measure}");
        }
        for row in now.get("conversations")["conversations_by_day"].as_array().unwrap() {
            let line = said[&("day".into(), row["date"].as_str().unwrap().into(), "conversations".into())];
            assert_eq!(line.0, row["count"].as_f64().unwrap(), "{about}");
        }
        let intents = now.get("intents");
        for row in intents["intent_summary"].as_array().unwrap().iter().take(8) {
            let name = row["intent"].as_str().unwrap();
            let line = said[&("intent".into(), harmless(name), "conversations".into())];
            assert_eq!(line.0, row["triggers"].as_f64().unwrap(), "{about}");
        }
        let failed = intents["intent_summary"].as_array().unwrap().iter().filter(|row| row["failures"] != 0).count();
        assert_eq!(said.keys().filter(|(part, ..)| part == "not_understood").count(), failed.min(8), "{about}");
        let performance = now.get("performance");
        for row in performance["endpoint_performance"].as_array().unwrap() {
            let name = harmless(row["endpoint"].as_str().unwrap());
            if let Some(line) = said.get(&("endpoint".into(), name, "p95_ms".into())) {
                assert_eq!(line.0, row["p95_ms"].as_f64().unwrap(), "{about}");
            }
        }
        asked += 1;
    }
    assert!(asked > 3, "seed {seed}: {asked}");
}

/// As a table has it.
fn harmless(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@']) { format!("'{name}") } else { name.to_owned() }
}

#[test]
fn a_pdf_opens_and_holds_its_words_in_polish_letters() {
    let clock = Clock::fixed(ms("2026-11-27T12:00:00Z"));
    let dir = tempfile::tempdir().unwrap();
    let options = Options { clock: clock.clone(), ..Options::default() };
    let engine = Arc::new(RedbEngine::open(dir.path(), &options).unwrap());
    let text = "zażółć gęślą jaźń ŁÓDŹ";
    let events = vec![super::exchange(ms("2026-11-18T12:00:00Z"), text, "fallback")];
    engine.append(vec![Batch { events, ..Batch::default() }]).unwrap();
    let served = Served::over(engine, clock);
    let answer = served.get("/api/reports/preview?format=pdf&language=pl&public_url=https://chat.example.com");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/pdf")));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"novahouse-default-2026-W47.pdf\""));
    let (pdf, txt) = (dir.path().join("report.pdf"), dir.path().join("report.txt"));
    std::fs::write(&pdf, &answer.body).unwrap();
    let done = std::process::Command::new("pdftotext").args(["-layout"]).args([&pdf, &txt]).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    let said = std::fs::read_to_string(txt).unwrap();
    for words in
        ["16–22 listopada 2026", text, "Najważniejsze wskaźniki", "Czego bot nie zrozumiał", "śr.", "strona 1/"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}
