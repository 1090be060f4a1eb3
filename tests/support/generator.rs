//! Random events, near each other enough to meet: few sessions, users and names, clustered around midnights and the
//! nights when clocks change.

use novahouse::model::{Engagement, Event, Exposure, Feedback, Kind, Lead, Message, Performance, Sentiment, Unit};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

const DAY_MS: i64 = 86_400_000;
pub const BOTS: [&str; 3] = ["default", "sklep", "Trzeci bot"];

pub struct Generator {
    random: SmallRng,
    now_ms: i64,
    /// How far back events lie, days.
    days: i64,
    sessions: u32,
}

impl Generator {
    pub fn new(seed: u64, now_ms: i64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let days = *pick(&mut random, &[1, 3, 20, 60]);
        let sessions = *pick(&mut random, &[2, 10, 60]);
        Self { random, now_ms, days, sessions }
    }

    pub fn events(&mut self, count: usize) -> Vec<Event> {
        (0..count).map(|_| self.event()).collect()
    }

    pub fn random(&mut self) -> &mut SmallRng {
        &mut self.random
    }

    fn timestamp_ms(&mut self) -> i64 {
        let random = &mut self.random;
        let any_ms = self.now_ms - random.random_range(0..self.days * DAY_MS);
        let near_midnight = random.random_bool(0.3);
        let timestamp_ms = if near_midnight {
            let offset_ms = *pick(random, &[0, -3_600_000, -7_200_000, 4 * 3_600_000, -19_800_000, -46_800_000]);
            any_ms.div_euclid(DAY_MS) * DAY_MS + offset_ms + random.random_range(-2..=2)
        } else if random.random_bool(0.2) {
            // Ties within a session.
            any_ms.div_euclid(3_600_000) * 3_600_000
        } else if random.random_bool(0.02) {
            self.now_ms + random.random_range(0..DAY_MS)
        } else {
            any_ms
        };
        timestamp_ms.max(0)
    }

    fn event(&mut self) -> Event {
        let timestamp_ms = self.timestamp_ms();
        let sessions = self.sessions;
        let random = &mut self.random;
        let kind = match random.random_range(0..22) {
            0..=7 => Kind::Message(message(random)),
            8..=9 => Kind::Introduction(message(random), Box::new(introduction(random))),
            10..=13 => Kind::Engagement(engagement(random)),
            14..=15 => Kind::Lead(lead(random)),
            16..=18 => Kind::Performance(performance(random)),
            20..=21 => Kind::Exposure(Box::new(exposure(random))),
            _ => Kind::Feedback(feedback(random)),
        };
        let of_user = matches!(&kind, Kind::Exposure(exposure) if exposure.unit == Unit::User);
        let is_alone = matches!(kind, Kind::Performance(_)) || of_user && random.random_bool(0.3);
        Event {
            bot: (*pick(random, &BOTS)).into(),
            id: random.random_bool(0.2).then(|| format!("id-{}", random.random_range(0..40)).into()),
            timestamp_ms,
            session_id: (!is_alone).then(|| format!("sesja-{}", random.random_range(0..sessions)).into()),
            user_id: (of_user || random.random_bool(0.6))
                .then(|| format!("użytkownik-{}", random.random_range(0..8)).into()),
            kind,
        }
    }
}

pub const EXPERIMENTS: [&str; 2] = ["powitanie", "price"];

fn exposure(random: &mut SmallRng) -> Exposure {
    Exposure {
        experiment: (*pick(random, &EXPERIMENTS)).into(),
        variant: (*pick(random, &["a", "b", "c"])).into(),
        unit: *pick(random, &Unit::ALL),
        device_type: word(random, &["mobile", "desktop", "tablet"]),
        language: word(random, &["pl", "en"]),
    }
}

pub fn pick<'a, T>(random: &mut SmallRng, from: &'a [T]) -> &'a T {
    &from[random.random_range(0..from.len())]
}

fn maybe<T>(random: &mut SmallRng, value: impl FnOnce(&mut SmallRng) -> T) -> Option<T> {
    random.random_bool(0.6).then(|| value(random))
}

fn word(random: &mut SmallRng, words: &[&str]) -> Option<Box<str>> {
    maybe(random, |random| (*pick(random, words)).into())
}

/// Mostly fast, sometimes at the ends of what is allowed.
fn response_time_ms(random: &mut SmallRng) -> u32 {
    match random.random_range(0..10) {
        0 => *pick(random, &[0, 63, 64, 65, 127, 128, 86_400_000]),
        1 => random.random_range(0..86_400_000),
        _ => random.random_range(50..3_000),
    }
}

fn message(random: &mut SmallRng) -> Message {
    let questions = [
        "Ile kosztuje  wykończenie?",
        "ile kosztuje wykończenie",
        "Dzień dobry",
        "ŻÓŁĆ gęślą jaźń!!!",
        "😀😀😀😀😀😀😀😀😀😀😀😀",
        "How much is it, please?",
        "İstanbul'da mı acaba",
    ];
    Message {
        user_message: word(random, &questions),
        bot_response: word(random, &["Od 1 499 zł za metr.", "Nie rozumiem."]),
        intent: word(random, &["prices", "fallback", "unknown", "contact", "(other)", "powitanie"]),
        confidence_ppm: maybe(random, |random| random.random_range(0..=1_000_000)),
        entities: maybe(random, |_| r#"{"city":"Łódź","m2":50}"#.into()),
        sentiment: maybe(random, |random| *pick(random, &Sentiment::ALL)),
        response_time_ms: maybe(random, response_time_ms),
        user_satisfied: maybe(random, |random| random.random()),
        lead_generated: maybe(random, |random| random.random()),
        success: random.random_bool(0.3).then(|| random.random()),
        message_count: *pick(random, &[0, 1, 1, 2, 10_000]),
        input_tokens: maybe(random, |random| random.random_range(0..5_000)),
        output_tokens: maybe(random, |random| random.random_range(0..5_000)),
        cost_nanos: maybe(random, |random| random.random_range(0..10_000_000_000)),
        model: word(random, &["large", "small"]),
        question: None,
    }
}

fn engagement(random: &mut SmallRng) -> Engagement {
    let pages = (0..random.random_range(0..4)).map(|_| (*pick(random, &["/", "/cennik", "/kontakt"])).into());
    Engagement {
        pages: pages.collect(),
        conversion_event: word(random, &["form", "call"]),
        device_type: word(random, &["mobile", "desktop", "tablet"]),
        browser: word(random, &["Firefox", "Chrome"]),
        referrer: word(random, &["https://a.example/", "https://b.example/"]),
    }
}

fn lead(random: &mut SmallRng) -> Lead {
    Lead {
        name: word(random, &["Anna", "=cmd()"]),
        email: word(random, &["a@example.com"]),
        phone: word(random, &["+48 600"]),
        interested_package: word(random, &["comfort", "premium"]),
        property_size: word(random, &["50"]),
        property_type: word(random, &["dom", "mieszkanie"]),
        location: word(random, &["Łódź"]),
        additional_info: word(random, &["proszę dzwonić po 17"]),
    }
}

/// What a message says of the visitor; never nothing, which would be no introduction.
fn introduction(random: &mut SmallRng) -> Lead {
    let said = if random.random_bool(0.5) {
        lead(random)
    } else {
        Lead {
            interested_package: word(random, &["comfort", "premium"]),
            location: word(random, &["Łódź"]),
            ..Lead::default()
        }
    };
    if said == Lead::default() { Lead { email: Some("b@example.com".into()), ..said } } else { said }
}

fn performance(random: &mut SmallRng) -> Performance {
    Performance {
        endpoint: (*pick(random, &["/chat", "/quote"])).into(),
        response_time_ms: maybe(random, response_time_ms),
        status_code: maybe(random, |random| *pick(random, &[200, 204, 399, 400, 500])),
        error_message: word(random, &["timeout"]),
        memory_micro_mb: maybe(random, |random| random.random_range(0..1_000_000_000)),
        cpu_micro_percent: maybe(random, |random| random.random_range(0..100_000_000)),
    }
}

fn feedback(random: &mut SmallRng) -> Feedback {
    let rating = random.random_range(1..=5);
    Feedback { user_satisfied: maybe(random, |random| random.random()), rating: Some(rating), comment: None }
}
