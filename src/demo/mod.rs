//! Believable traffic: a company that finishes and renovates homes, and its shop. The same seed gives the same traffic.

mod script;
mod trial;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::experiment::{Experiment, Shown, Who, shown};
use crate::model::{Engagement, Event, Feedback, Kind, Lead, Message, Performance, Sentiment};
use script::*;
pub use trial::{EXPERIMENT, experiment, set as set_experiment};

/// The bot beside `default`.
pub const SECOND_BOT: &str = "sklep";

const DAY_MS: i64 = 24 * 3_600_000;
/// Sessions of a working day: of the company's own bot, and of its shop.
const SESSIONS: [(&str, f64); 2] = [(crate::model::DEFAULT_BOT, 180.0), (SECOND_BOT, 60.0)];
/// Share of each hour of the day in its traffic, in thousandths.
const BY_HOUR: [u32; 24] = [6, 4, 3, 2, 2, 4, 11, 25, 48, 66, 74, 76, 68, 62, 60, 62, 66, 72, 78, 74, 58, 40, 24, 15];
/// Monday first.
const BY_WEEKDAY: [f64; 7] = [1.1, 1.05, 1.0, 1.0, 0.95, 0.6, 0.55];

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Days of traffic, the last of them today.
    pub days: u32,
    pub seed: u64,
    /// Epoch ms: nothing happens after it.
    pub now_ms: i64,
}

/// The events of each day, oldest day first, in order of time.
pub fn generate(plan: Plan) -> impl Iterator<Item = Vec<Event>> {
    let today = plan.now_ms.div_euclid(DAY_MS);
    let first = today - i64::from(plan.days) + 1;
    let experiment = experiment(plan);
    (first..=today).map(move |day| {
        let seed = plan.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ day as u64;
        let mut events = Vec::new();
        for (place, (bot, sessions)) in SESSIONS.iter().enumerate() {
            let mut random = SmallRng::seed_from_u64(seed.wrapping_add(place as u64));
            let weekday = (day + 3).rem_euclid(7) as usize;
            // The company grows.
            let growth = 1.0 - 0.3 * (today - day) as f64 / f64::from(plan.days);
            let count = (sessions * growth * BY_WEEKDAY[weekday] * random.random_range(0.85..1.15)) as u32;
            for number in 0..count {
                let start_ms = day * DAY_MS + time_of_day(&mut random);
                let visit =
                    Visit { bot, name: &format!("{bot}-{day}-{number}"), start_ms, experiment: Some(&experiment) };
                session(&mut random, visit, &mut events);
            }
        }
        events.retain(|event| event.timestamp_ms <= plan.now_ms);
        events.sort_by_key(|event| event.timestamp_ms);
        events
    })
}

/// One visitor's first exchange, now: what a trickle is made of. He takes part in the demo's experiment, where that goes on.
pub fn exchange(round: u64, now_ms: i64, experiment: Option<&Experiment>) -> Vec<Event> {
    let mut random = SmallRng::seed_from_u64(round ^ now_ms as u64);
    let bot = if random.random_bool(0.75) { SESSIONS[0].0 } else { SECOND_BOT };
    let mut events = Vec::new();
    let name = format!("{bot}-live-{now_ms}");
    session(&mut random, Visit { bot, name: &name, start_ms: now_ms - 60_000, experiment }, &mut events);
    events.retain(|event| event.timestamp_ms <= now_ms);
    events
}

fn pick<'a, T: ?Sized>(random: &mut SmallRng, from: &[&'a T]) -> &'a T {
    from[random.random_range(0..from.len())]
}

/// The first ones more often.
fn skewed<'a, T: ?Sized>(random: &mut SmallRng, from: &[&'a T]) -> &'a T {
    from[random.random_range(0..from.len()).min(random.random_range(0..from.len()))]
}

fn topic(random: &mut SmallRng) -> &'static Topic {
    let mut place = random.random_range(0..TOPICS.iter().map(|topic| topic.weight).sum());
    for topic in TOPICS {
        if place < topic.weight {
            return topic;
        }
        place -= topic.weight;
    }
    &TOPICS[0]
}

fn time_of_day(random: &mut SmallRng) -> i64 {
    let mut place = random.random_range(0..BY_HOUR.iter().sum::<u32>());
    for (hour, share) in BY_HOUR.iter().enumerate() {
        if place < *share {
            return hour as i64 * 3_600_000 + random.random_range(0..3_600_000);
        }
        place -= share;
    }
    0
}

/// Who comes, to which bot, and when.
struct Visit<'a> {
    bot: &'static str,
    name: &'a str,
    start_ms: i64,
    experiment: Option<&'a Experiment>,
}

impl Visit<'_> {
    /// What of the experiment is shown on arrival.
    fn shown(&self, user: Option<&str>, arrival: &Engagement, polish: bool) -> Option<Shown> {
        let takes_part = |of: &&Experiment| {
            of.bot == self.bot && of.started_ms.is_some_and(|started_ms| self.start_ms >= started_ms)
        };
        let who = Who {
            bot: self.bot,
            session_id: Some(self.name),
            user_id: user,
            device_type: arrival.device_type.as_deref(),
            language: Some(if polish { "pl" } else { "en" }),
            now_ms: self.start_ms + 1_000,
        };
        shown(EXPERIMENT, self.experiment.filter(takes_part)?, &who)
    }
}

/// One visitor's chat, from the page it came to, to what it left.
fn session(random: &mut SmallRng, visit: Visit, events: &mut Vec<Event>) {
    let Visit { bot, name, start_ms, .. } = visit;
    let polish = random.random_bool(0.7);
    // A few hundred people come back; most are new or anonymous.
    let user = match random.random_range(0..10) {
        0..=3 => None,
        4..=6 => Some(format!("user-{}", random.random_range(0..400))),
        _ => Some(format!("visitor-{name}")),
    };
    let event = |timestamp_ms: i64, kind: Kind| Event {
        bot: bot.into(),
        id: None,
        timestamp_ms,
        session_id: Some(name.into()),
        user_id: user.as_deref().map(Into::into),
        kind,
    };
    let arrival = arrival(random);
    let shown = visit.shown(user.as_deref(), &arrival, polish);
    events.push(event(start_ms, Kind::Engagement(arrival)));
    let variant = shown.as_ref().map(|shown| &shown.variant);
    events.extend(shown.as_ref().and_then(|shown| shown.exposure.clone()));
    let mut at_ms = start_ms + random.random_range(4_000..30_000);
    let exchanges = 1 + random.random_range(0..3) + random.random_range(0..4) * random.random_range(0..2);
    let mut last_understood = true;
    for _ in 0..exchanges {
        let mut message = exchange_of(random, polish, at_ms);
        if let Some(reply) =
            variant.zip(message.intent.as_deref()).and_then(|(shown, intent)| trial::reply(shown, intent, polish))
        {
            message.bot_response = Some(reply.into());
        }
        last_understood = message.intent_success().unwrap_or(true);
        let response_ms = message.response_time_ms;
        events.push(event(at_ms, Kind::Message(message)));
        let metric =
            Event { session_id: None, user_id: None, ..event(at_ms, Kind::Performance(metric(random, response_ms))) };
        events.push(metric);
        at_ms += random.random_range(15_000..120_000);
        if random.random_bool(0.25) {
            let pages = vec![skewed(random, PAGES).into()];
            events.push(event(at_ms - 5_000, Kind::Engagement(Engagement { pages, ..Engagement::default() })));
        }
    }
    if random.random_bool(if last_understood { trial::leads(variant) } else { 0.04 }) {
        events.push(event(at_ms, Kind::Lead(lead(random, polish))));
        let conversion_event = Some(pick(random, CONVERSIONS).into());
        events.push(event(at_ms + 1_000, Kind::Engagement(Engagement { conversion_event, ..Engagement::default() })));
    }
    if random.random_bool(0.12) {
        let rating = if last_understood { random.random_range(3..=5) } else { random.random_range(1..=3) };
        let feedback = Feedback { user_satisfied: None, rating: Some(rating), comment: None };
        events.push(event(at_ms + 10_000, Kind::Feedback(feedback)));
    }
}

fn arrival(random: &mut SmallRng) -> Engagement {
    let device = match random.random_range(0..100) {
        0..=61 => "mobile",
        62..=94 => "desktop",
        _ => "tablet",
    };
    Engagement {
        pages: vec![skewed(random, PAGES).into()],
        conversion_event: None,
        device_type: Some(device.into()),
        browser: Some(pick(random, BROWSERS).into()),
        referrer: random.random_bool(0.8).then(|| skewed(random, REFERRERS).into()),
    }
}

fn exchange_of(random: &mut SmallRng, polish: bool, at_ms: i64) -> Message {
    let topic = topic(random);
    let question = skewed(random, if polish { topic.polish } else { topic.english });
    let understood = topic.intent != "fallback";
    let confidence_ppm =
        if understood { random.random_range(620_000..990_000) } else { random.random_range(80_000..400_000) };
    let sentiment = match (topic.intent, random.random_range(0..10)) {
        ("complaint", 0..=7) | ("fallback", 0..=2) => Sentiment::Negative,
        ("thanks", 0..=8) | (_, 0..=1) => Sentiment::Positive,
        _ => Sentiment::Neutral,
    };
    // The model answers slower in the busy hours of the afternoon.
    let hour = at_ms.rem_euclid(DAY_MS) / 3_600_000;
    let busy = if (16..20).contains(&hour) { 1.7 } else { 1.0 };
    let tail = if random.random_bool(0.03) { 6.0 } else { 1.0 };
    let response_time_ms = (random.random_range(180.0..900.0) * busy * tail) as u32;
    Message {
        user_message: Some(question.into()),
        bot_response: Some(if polish { topic.reply_polish } else { topic.reply_english }.into()),
        intent: Some(topic.intent.into()),
        confidence_ppm: Some(confidence_ppm),
        sentiment: Some(sentiment),
        response_time_ms: Some(response_time_ms),
        input_tokens: Some(random.random_range(220..900)),
        output_tokens: Some(random.random_range(30..240)),
        model: Some("gpt-4o-mini".into()),
        success: (understood && random.random_bool(topic.fails)).then_some(false),
        cost_nanos: random.random_bool(0.5).then(|| random.random_range(60_000..400_000)),
        ..Message::default()
    }
}

fn metric(random: &mut SmallRng, response_time_ms: Option<u32>) -> Performance {
    let failed = random.random_bool(0.012);
    Performance {
        endpoint: pick(random, ENDPOINTS).into(),
        response_time_ms,
        status_code: Some(if failed { 502 } else { 200 }),
        error_message: failed.then(|| "the model did not answer in time".into()),
        memory_micro_mb: Some(random.random_range(180_000_000..260_000_000)),
        cpu_micro_percent: Some(random.random_range(2_000_000..55_000_000)),
    }
}

fn lead(random: &mut SmallRng, polish: bool) -> Lead {
    let name = pick(random, if polish { NAMES_POLISH } else { NAMES_ENGLISH });
    let number = random.random_range(0..10_000);
    Lead {
        name: Some(name.into()),
        email: Some(format!("person{number}@example.com").into()),
        phone: random.random_bool(0.6).then(|| format!("+48 600 00{number:04}").into()),
        interested_package: Some(pick(random, PACKAGES).into()),
        property_size: Some(random.random_range(28..180).to_string().into()),
        property_type: Some(pick(random, PROPERTY_TYPES).into()),
        location: Some(pick(random, CITIES).into()),
        additional_info: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_traffic_and_none_of_it_lies_ahead() {
        let plan = Plan { days: 3, seed: 7, now_ms: 1_790_000_000_000 };
        let days: Vec<_> = generate(plan).collect();
        assert_eq!(days.len(), 3);
        assert_eq!(days, generate(plan).collect::<Vec<_>>());
        assert!(days.iter().flatten().all(|event| event.timestamp_ms <= plan.now_ms));
        assert!(days[0].iter().any(|event| &*event.bot == SECOND_BOT));
        assert!(days[0].len() > 500);
    }
}
