//! A week of a bot, for tests: with names that markup, spreadsheets and typefaces stumble over.

use crate::model::{Day, DayRange, Zone};
use crate::query::answer::{self, Count, Counts, DayFigures, EndpointRow, IntentRow, Times, percent};

use super::figures::{Compared, Example, Figures, Question, Side};
use super::period::{Every, Period};

/// What someone may type into a chat.
pub const NASTY: &str = "<script>alert(\"x\")</script> & 'zażółć gęślą jaźń' =1+1";

fn day(date: Day, conversations: u64, leads: u64) -> DayFigures {
    DayFigures {
        date,
        conversations,
        messages: conversations * 2,
        tokens: conversations * 700,
        cost_nanos: u128::from(conversations) * 3_412_000,
        leads,
        response_time_sum_ms: conversations * 640,
        response_time_count: conversations,
        unique_sessions: conversations / 3,
        top_intents: Counts::default(),
        unique_users: conversations / 4,
        total_sessions: conversations / 3,
        response_time_ms: Times::default(),
        not_understood_percent: 9.5,
        satisfaction_percent: 81.0,
        satisfaction_votes: conversations / 9,
    }
}

fn side(range: DayRange, every: Every, scale: u64) -> Side {
    let days: Vec<DayFigures> = range
        .iter()
        .enumerate()
        .map(|(place, date)| {
            let place = place as u64;
            day(date, (40 + place * 37 % 90) * scale / 10, (place * 5 % 4) * scale / 10)
        })
        .collect();
    let conversations: u64 = days.iter().map(|day| day.conversations).sum();
    let leads: u64 = days.iter().map(|day| day.leads).sum();
    let course = match every {
        Every::Day => (0..24).map(|hour| if (7..22).contains(&hour) { hour * scale % 17 } else { 0 }).collect(),
        _ => days.iter().map(|day| day.conversations).collect(),
    };
    let (p50, p95) = (412 + scale, 1_980 - scale);
    Side {
        overview: answer::Figures {
            total_conversations: conversations,
            total_leads: leads,
            unique_sessions: conversations / 3,
            unique_users: conversations / 4,
            avg_session_duration_seconds: 184.2,
            conversion_rate_percent: percent(leads, conversations / 3),
            top_intents: Counts::default(),
            total_messages: conversations * 2,
            with_intent: conversations,
            not_understood_percent: 9.52 + scale as f64 / 10.0,
            satisfaction_percent: 81.25,
            satisfaction_votes: conversations / 9,
            cost_usd: days.iter().map(|day| day.cost_nanos).sum::<u128>() as f64 / 1e9,
            avg_response_time_ms: 640.5,
        },
        sessions: conversations / 3,
        response: Times { count: conversations, avg: 640.5, p50, p95, p99: 3_100, max: 9_000 },
        conversations: course,
        days,
    }
}

fn intent(name: &str, triggers: u64, failures: u64) -> IntentRow {
    IntentRow {
        intent: name.into(),
        triggers,
        success: triggers - failures,
        failures,
        success_rate: percent(triggers - failures, triggers),
        avg_confidence: 0.87,
        avg_response_time_ms: 512.0,
    }
}

fn endpoint(name: &str, p95_ms: u64, requests: u64) -> EndpointRow {
    EndpointRow {
        endpoint: name.into(),
        request_count: requests,
        timed_count: requests,
        avg_response_time_ms: 120.0,
        max_response_time_ms: p95_ms * 3,
        p50_ms: p95_ms / 4,
        p95_ms,
        p99_ms: p95_ms * 2,
        error_count: requests / 50,
        error_rate: percent(requests / 50, requests),
    }
}

/// The figures of the period that holds 27 November 2026.
pub fn figures(every: Every) -> Figures {
    let period: Period = every.holding("2026-11-27".parse().expect("a day"));
    let question =
        |text: &str, count, is_new| Question { text: text.into(), count, percentage: percent(count, 480), is_new };
    let counted = |name: &str, count| Count { name: name.into(), count };
    let both = |now: IntentRow, before: u64| Compared { before: Some(intent(&now.intent, before, before / 3)), now };
    Figures {
        bot: "sklep".into(),
        zone: Zone::UTC,
        period,
        now: side(period.range, every, 11),
        before: Some(side(period.previous().range, every, 8)),
        questions: vec![
            question("ile kosztuje wykończenie mieszkania pod klucz", 61, false),
            question("czy robicie łazienki", 34, true),
            question(NASTY, 21, false),
            question(&"bardzo długie pytanie o to samo ".repeat(9), 9, false),
        ],
        intents: vec![
            both(intent("prices", 181, 4), 150),
            Compared { now: intent("terminy i harmonogram", 92, 0), before: None },
            both(intent("fallback", 51, 51), 30),
        ],
        missed: vec![both(intent("fallback", 51, 51), 30), both(intent("prices", 181, 4), 150)],
        examples: vec![
            Example { text: "a czy można na raty przez 24 miesiące?".into(), session_id: "wizyta 1/2".into() },
            Example { text: NASTY.into(), session_id: "s2".into() },
            Example { text: "Привіт, скільки коштує? 🙂 你好".into(), session_id: "s3".into() },
        ],
        packages: vec![counted("comfort", 7), counted("premium", 4), counted("", 2)],
        property_types: vec![counted("mieszkanie", 9), counted("dom", 4)],
        endpoints: vec![
            Compared {
                now: endpoint("/api/chat/stream", 2_310, 8_120),
                before: Some(endpoint("/api/chat/stream", 1_700, 9)),
            },
            Compared { now: endpoint("/api/quote", 940, 310), before: None },
        ],
    }
}

/// The same of a period in which nothing happened.
pub fn nothing(every: Every) -> Figures {
    let known = figures(every);
    let empty = || Side {
        overview: answer::Figures::default(),
        sessions: 0,
        response: Times::default(),
        conversations: vec![0; known.now.conversations.len()],
        days: known.now.days.iter().map(|known| day(known.date, 0, 0)).collect(),
    };
    Figures {
        now: empty(),
        before: None,
        questions: Vec::new(),
        intents: Vec::new(),
        missed: Vec::new(),
        examples: Vec::new(),
        packages: Vec::new(),
        property_types: Vec::new(),
        endpoints: Vec::new(),
        ..known
    }
}
