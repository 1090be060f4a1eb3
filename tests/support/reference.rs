//! The reference load: message events, eight to a session, spread over sixty days and posted in no order at all. Texts
//! are put together from phrases and figures, about 300 bytes a line, Polish and English, in the manner of a real bot; of
//! the 1,800 questions a day keeps every one.

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
}

impl Reference {
    /// The line at a place of the posting order, without its end.
    pub fn line(&self, place: u64) -> String {
        let number = place * STRIDE % self.events;
        let session = number / EVENTS_PER_SESSION;
        let turn = number % EVENTS_PER_SESSION;
        let mut visit = SmallRng::seed_from_u64(session);
        // Every session begins at a moment of its own, so that lists have one order.
        let sessions = (self.events / EVENTS_PER_SESSION).max(1) as i64;
        let start_ms = self.now_ms - DAYS * DAY_MS + (DAYS * DAY_MS - 7_200_000) / sessions * session as i64;
        let user = visit.random_range(0..self.events / 12 + 1);
        let pause_ms = visit.random_range(5_000..600_000u64);
        let mut random = SmallRng::seed_from_u64(number ^ 0x9e37_79b9);
        let timestamp_ms = start_ms as u64 + turn * pause_ms;
        let (intent, question, reply) = TOPICS[random.random_range(0..TOPICS.len())];
        let figure = random.random_range(20..200);
        let price = random.random_range(1_000..9_000);
        let sentiment = ["positive", "neutral", "neutral", "negative"][random.random_range(0..4)];
        let confidence = random.random_range(300..1_000);
        let took_ms = 80 + random.random_range(0..40u64).pow(2);
        let (tokens_in, tokens_out) = (random.random_range(40..900), random.random_range(20..400));
        format!(
            "{{\"type\":\"message\",\"timestamp\":{timestamp_ms},\"session_id\":\"s-{session}\",\"user_id\":\"u-{user}\",\
             \"user_message\":\"{question} {figure} m2?\",\"bot_response\":\"{reply} {price} zł.\",\"intent\":\"{intent}\",\
             \"confidence\":0.{confidence},\"sentiment\":\"{sentiment}\",\"response_time_ms\":{took_ms},\
             \"input_tokens\":{tokens_in},\"output_tokens\":{tokens_out}}}"
        )
    }

    /// Lines of one request.
    pub fn batch(&self, places: std::ops::Range<u64>) -> String {
        let mut lines = String::new();
        for place in places.start..places.end.min(self.events) {
            lines.push_str(&self.line(place));
            lines.push('\n');
        }
        lines
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
