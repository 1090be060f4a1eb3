//! The reference load: message events, eight to a session, spread over sixty days, posted in no order at all or as they
//! happened. Texts are put together from phrases and figures, about 300 bytes a line, Polish and English, in the manner of a
//! real bot; of the 1,800 questions a day keeps every one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

const EVENTS_PER_SESSION: u64 = 8;
pub const DAYS: i64 = 60;
const DAY_MS: i64 = 86_400_000;
/// A prime beyond every load: multiplying by it visits every number once, in no order.
const STRIDE: u64 = 1_000_000_007;

pub struct Reference {
    pub events: u64,
    pub now_ms: i64,
    /// The last event lies at most this far back.
    pub days: i64,
    pub kinds: Kinds,
    /// Loads that begin with different numbers tell of different sessions, if none reaches into the next one's.
    pub first_session: u64,
    /// Their sessions come in turn; the first bot is `default`.
    pub bots: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    Messages,
    /// Of a session's eight events the first is a visit, six are messages, and the last is one of the rest.
    All,
}

impl Reference {
    /// Messages of sixty days.
    pub fn new(events: u64, now_ms: i64) -> Self {
        Self { events, now_ms, days: DAYS, kinds: Kinds::Messages, first_session: 0, bots: 1 }
    }

    /// Of the event at a place of the order that is none.
    pub fn number(&self, place: u64) -> u64 {
        place * STRIDE % self.events
    }

    /// The line at a place of the order that is none, without its end.
    pub fn line(&self, place: u64) -> String {
        self.numbered(self.number(place))
    }

    /// Lines of one request.
    pub fn lines(&self, numbers: &[u64]) -> String {
        lines(numbers.iter().map(|number| self.numbered(*number)))
    }

    /// Lines of one request, in no order.
    pub fn batch(&self, places: std::ops::Range<u64>) -> String {
        lines((places.start..places.end.min(self.events)).map(|place| self.line(place)))
    }

    /// Requests of so many lines, in no order.
    pub fn batches(&self, lines_each: u64) -> impl Iterator<Item = String> {
        (0..self.events.div_ceil(lines_each)).map(move |batch| self.batch(batch * lines_each..(batch + 1) * lines_each))
    }

    /// Requests of so many lines, as they happened.
    pub fn batches_in_order(&self, lines_each: u64) -> impl Iterator<Item = String> {
        let mut numbers = self.in_order();
        std::iter::from_fn(move || {
            let batch = lines(numbers.by_ref().take(lines_each as usize).map(|number| self.numbered(number)));
            (!batch.is_empty()).then_some(batch)
        })
    }

    /// Numbers of all events by time: sessions overlap.
    pub fn in_order(&self) -> impl Iterator<Item = u64> {
        let mut begun = 0;
        let mut open = BinaryHeap::new();
        std::iter::from_fn(move || {
            while begun * EVENTS_PER_SESSION < self.events
                && open.peek().is_none_or(|Reverse((next_ms, _))| *next_ms >= self.start_ms(begun))
            {
                open.push(Reverse((self.start_ms(begun), begun * EVENTS_PER_SESSION)));
                begun += 1;
            }
            let Reverse((_, number)) = open.pop()?;
            let next = number + 1;
            if next % EVENTS_PER_SESSION != 0 && next < self.events {
                open.push(Reverse((self.timestamp_ms(next), next)));
            }
            Some(number)
        })
    }

    /// Every session begins at a moment of its own, so that lists have one order.
    fn start_ms(&self, session: u64) -> i64 {
        let sessions = (self.events / EVENTS_PER_SESSION).max(1) as i64;
        self.now_ms - self.days * DAY_MS + (self.days * DAY_MS - 7_200_000) / sessions * session as i64
    }

    fn timestamp_ms(&self, number: u64) -> i64 {
        let (session, turn) = (number / EVENTS_PER_SESSION, number % EVENTS_PER_SESSION);
        let (_, pause_ms) = self.visitor(session);
        self.start_ms(session) + (turn * pause_ms) as i64
    }

    /// A session's user, and the time between two of its events.
    fn visitor(&self, session: u64) -> (u64, u64) {
        let mut visit = SmallRng::seed_from_u64(self.first_session + session);
        let user = visit.random_range(0..self.events / 12 + 1);
        (user, visit.random_range(5_000..600_000u64))
    }

    /// Without its end.
    pub fn numbered(&self, number: u64) -> String {
        let session = number / EVENTS_PER_SESSION;
        let (user, _) = self.visitor(session);
        let timestamp_ms = self.timestamp_ms(number);
        let mut random = SmallRng::seed_from_u64((self.first_session * EVENTS_PER_SESSION + number) ^ 0x9e37_79b9);
        let name = self.first_session + session;
        let mut whose = format!("\"timestamp\":{timestamp_ms},\"session_id\":\"s-{name}\",\"user_id\":\"u-{user}\"");
        if !name.is_multiple_of(self.bots) {
            whose += &format!(",\"bot\":\"bot-{}\"", name % self.bots);
        }
        match (self.kinds, number % EVENTS_PER_SESSION) {
            (Kinds::All, 0) => visit(&whose, &mut random),
            (Kinds::All, 7) => rest(&whose, timestamp_ms, &mut random),
            _ => message(&whose, &mut random),
        }
    }
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn message(whose: &str, random: &mut SmallRng) -> String {
    let (intent, question, reply) = TOPICS[random.random_range(0..TOPICS.len())];
    let figure = random.random_range(20..200);
    let price = random.random_range(1_000..9_000);
    let sentiment = ["positive", "neutral", "neutral", "negative"][random.random_range(0..4)];
    let confidence = random.random_range(300..1_000);
    let took_ms = 80 + random.random_range(0..40u64).pow(2);
    let (tokens_in, tokens_out) = (random.random_range(40..900), random.random_range(20..400));
    format!(
        "{{\"type\":\"message\",{whose},\
         \"user_message\":\"{question} {figure} m2?\",\"bot_response\":\"{reply} {price} zł.\",\"intent\":\"{intent}\",\
         \"confidence\":0.{confidence},\"sentiment\":\"{sentiment}\",\"response_time_ms\":{took_ms},\
         \"input_tokens\":{tokens_in},\"output_tokens\":{tokens_out}}}"
    )
}

fn visit(whose: &str, random: &mut SmallRng) -> String {
    let page = ["/", "/prices", "/packages", "/contact", "/portfolio"][random.random_range(0..5)];
    let device = ["mobile", "desktop", "tablet"][random.random_range(0..3)];
    let browser = ["Chrome", "Safari", "Firefox", "Edge"][random.random_range(0..4)];
    let referrer = ["https://search.example/", "https://social.example/", "direct"][random.random_range(0..3)];
    format!(
        "{{\"type\":\"engagement\",{whose},\"page\":\"{page}\",\"device_type\":\"{device}\",\
         \"browser\":\"{browser}\",\"referrer\":\"{referrer}\"}}"
    )
}

/// Seven in ten are requests of the bot's service, two what the visitor thought of it, one is a lead.
fn rest(whose: &str, timestamp_ms: i64, random: &mut SmallRng) -> String {
    match random.random_range(0..10) {
        0 => {
            let package = ["basic", "comfort", "premium"][random.random_range(0..3)];
            let property = ["apartment", "house", "commercial"][random.random_range(0..3)];
            let phone = random.random_range(500_000_000..800_000_000u64);
            format!(
                "{{\"type\":\"lead\",{whose},\"name\":\"Anna\",\"phone\":\"+48{phone}\",\
                 \"interested_package\":\"{package}\",\"property_type\":\"{property}\"}}"
            )
        }
        1 | 2 => format!("{{\"type\":\"feedback\",{whose},\"rating\":{}}}", random.random_range(1..6)),
        _ => {
            let endpoint = ["/chat", "/chat/stream", "/health", "/webhook"][random.random_range(0..4)];
            let status = if random.random_range(0..50) == 0 { 500 } else { 200 };
            let took_ms = 5 + random.random_range(0..60u64).pow(2);
            let memory = random.random_range(180..420);
            format!(
                "{{\"type\":\"performance\",\"timestamp\":{timestamp_ms},\"endpoint\":\"{endpoint}\",\
                 \"response_time_ms\":{took_ms},\"status_code\":{status},\"memory_usage_mb\":{memory}.5,\
                 \"cpu_usage_percent\":{}.25}}",
                random.random_range(1..90)
            )
        }
    }
}

const TOPICS: [(&str, &str, &str); 10] = [
    ("prices", "Ile kosztuje wykończenie mieszkania", "Wykończenie pod klucz zaczyna się u nas od"),
    ("prices", "How much is it to finish a flat of", "It depends on the package; the basic one starts at"),
    ("packages", "Jakie pakiety macie dla domu", "Mamy trzy pakiety: podstawowy, komfort i premium, od"),
    ("time", "Jak długo trwa remont", "Zwykle od sześciu do ośmiu tygodni, a koszt to około"),
    ("contact", "Proszę o kontakt w sprawie", "Oczywiście, oddzwonimy jutro; wstępna wycena to"),
    ("warranty", "Is there a warranty on a job of", "Two years on everything we do, from"),
    ("materials", "Czy materiały są w cenie przy", "Tak, w pakiecie komfort, od"),
    ("fallback", "a co z tym drugim", "Przepraszam, nie rozumiem. Czy chodzi o kwotę"),
    ("design", "Do you also design interiors of", "Yes, our architects prepare a design for"),
    ("area", "Czy robicie też garaże o powierzchni", "Tak, garaże i piwnice od"),
];
