//! What exploring takes over HTTP: `cargo bench --bench explore`. Funnels, paths, cohorts, hours of the week and comparisons of
//! a million events of all kinds, of one year and one bot: as the first answer after a new event of the bot (`fresh`), and again
//! while nothing changes (`still`).

#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;

use harness::asked::{fresh, still};
use harness::connection::get;
use harness::now_ms;
use harness::plain::serve_if_asked;
use harness::posts::Posts;
use harness::reference::{Kinds, Reference};
use harness::seed::seed;
use harness::server::{Server, new_directory};
use harness::table::{Table, time};

const EVENTS: u64 = 1_000_000;
const DAYS: i64 = 365;
const SEED_BATCH: u64 = 10_000;
const NAME_WIDTH: usize = 72;

const QUESTIONS: [&str; 12] = [
    "analytics/funnel?days=30",
    "analytics/funnel?days=365",
    "analytics/funnel?days=365&step1=message&step2=intent:prices&step3=intent:contact&step4=lead&within=24h",
    "analytics/paths?days=30",
    "analytics/paths?days=365",
    "analytics/cohorts?by=week&days=365",
    "analytics/cohorts?by=month&days=365",
    "analytics/hours?days=365&metric=not_understood",
    "analytics/hours?days=365&metric=p95_ms",
    "analytics/compare?days=365",
    "sessions?by=funnel&days=365&reached=2",
    "sessions?by=path&days=365&path_step=1&intent=prices",
];

fn main() {
    serve_if_asked();
    let dir = new_directory();
    let loading = Server::on(dir.path());
    let reference = Reference { days: DAYS, kinds: Kinds::All, ..Reference::new(EVENTS, now_ms()) };
    seed(&loading, Posts { batch: SEED_BATCH, ..Posts::REFERENCE }, &reference);
    // What waits for a checkpoint is written, so that it does not happen between two questions.
    loading.stop();
    let server = Server::on(dir.path());
    let table = Table::begin("median of an answer", NAME_WIDTH, &["fresh", "fresh p99", "still", "still p99"]);
    for question in QUESTIONS {
        let request = [get(&format!("/api/{question}"))];
        let (fresh, still) = (fresh(&server, &request), still(&server, &request));
        table.row(question, &[fresh.median(), fresh.p99(), still.median(), still.p99()].map(time));
    }
}
