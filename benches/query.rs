//! What an answer takes over HTTP: `cargo bench --bench query [-- --full]`. Every question is asked of directories that
//! hold ten years of events of all kinds, a hundred thousand of them and a million (`--full`: ten million too), over one
//! connection that is kept: as the first one after a new event of the bot (`fresh`), again and again while nothing changes
//! (`still`), and while other clients post. warp's fixed body stands beside them, taken in the same run. In ten years the
//! fewest events leave most hours empty, and many days without one name or the other: the largest directory has more to
//! say, not only more events. A fresh list or transcript waits for its checkpoint, and for that to be
//! due: readers' checkpoints take a fifth of the writer's time at most.

#[allow(dead_code, reason = "the other benches use all of it")]
mod harness;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::arguments::Arguments;
use harness::asked::{fresh, still};
use harness::connection::{Connection, get};
use harness::load::{Answers, Course, Load};
use harness::now_ms;
use harness::plain::serve_if_asked;
use harness::posts::Posts;
use harness::reference::{Kinds, Reference};
use harness::seed::seed;
use harness::server::{Server, new_directory};
use harness::table::{Table, begin_budgets, budget, ratio, short, time, whole};
use harness::times::Times;

const SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];
const WINDOWS_DAYS: [u32; 4] = [7, 30, 365, 3_650];
const SEED_BATCH: u64 = 10_000;

const OVERVIEW: &str = "/api/analytics/overview?days=7";
const OVERVIEW_YEAR: &str = "/api/analytics/overview?days=365";

const CONNECTIONS: usize = 64;
const TURNS: u32 = 3;
const TURN: Duration = Duration::from_secs(1);

/// What other clients post meanwhile: a busy bot's day in a few seconds.
const POSTED_PER_SECOND: f64 = 20_000.0;
const POSTED: u64 = 1_000_000;
const POSTING_CONNECTIONS: usize = 4;
/// Beyond the sessions of any size.
const POSTED_FROM_SESSION: u64 = 10_000_000;

const NAME_WIDTH: usize = 50;

fn main() {
    serve_if_asked();
    let sizes = if Arguments::read().is_full() { &SIZES[..] } else { &SIZES[..2] };
    let questions = questions();
    let (largest, smaller) = sizes.split_last().expect("there are sizes");
    let mut by_size: Vec<Vec<Asked>> = smaller.iter().map(|events| Seeded::of(*events).ask_all(&questions)).collect();
    let seeded = Seeded::of(*largest);
    by_size.push(seeded.ask_all(&questions));
    let overviews = seeded.overviews();
    let posting = seeded.while_posting(|| {
        let times = questions.iter().map(|question| still(&seeded.server, &[get(question)])).collect();
        (times, repeated(&seeded.server, &get(OVERVIEW), TURNS * TURN))
    });

    show_questions(sizes, &questions, &by_size, &posting.times);
    show_overviews(&overviews, &posting);
    show_budgets(&questions, &by_size, &overviews, &posting);
}

fn questions() -> Vec<String> {
    let by_days = [
        "analytics/overview",
        "analytics/conversations",
        "analytics/engagement",
        "analytics/intents",
        "analytics/leads",
        "analytics/performance",
        "analytics/questions/top",
        "sessions",
        "sessions?by=exchange&intent=fallback",
    ];
    let window = |question: &str, days: u32| {
        let joint = if question.contains('?') { '&' } else { '?' };
        if question.ends_with("performance") {
            format!("/api/{question}{joint}hours={}", days * 24)
        } else {
            format!("/api/{question}{joint}days={days}")
        }
    };
    let windowed = by_days.iter().flat_map(|question| WINDOWS_DAYS.map(|days| window(question, days)));
    let others = ["/api/analytics/dashboard/summary", "/api/analytics/budget/status", "/api/sessions/s-77"];
    windowed.chain(others.map(String::from)).collect()
}

fn name(question: &str) -> &str {
    question.trim_start_matches("/api/").trim_start_matches("analytics/")
}

/// Whether it is answered from rollups, so that the number of events is to make no difference.
fn is_of_rollups(question: &str) -> bool {
    question.starts_with("/api/analytics/")
}

/// A server with a load of ten years, and one of plain warp that answers with as many bytes as its overview has.
struct Seeded {
    server: Server,
    plain: Server,
    _dir: tempfile::TempDir,
}

/// One question's times.
struct Asked {
    fresh: Times,
    still: Times,
}

impl Seeded {
    fn of(events: u64) -> Self {
        let dir = new_directory();
        let loading = Server::on(dir.path());
        let days = i64::from(WINDOWS_DAYS[WINDOWS_DAYS.len() - 1]);
        let reference = Reference { days, kinds: Kinds::All, ..Reference::new(events, now_ms()) };
        seed(&loading, Posts { batch: SEED_BATCH, ..Posts::REFERENCE }, &reference);
        // What waits for a checkpoint is written, so that it does not happen between two questions.
        loading.stop();
        let server = Server::on(dir.path());
        let mut connection = Connection::open(server.address);
        connection.time(&get(OVERVIEW));
        Self { plain: Server::plain(connection.body().len()), server, _dir: dir }
    }

    fn ask_all(&self, questions: &[String]) -> Vec<Asked> {
        let requests = questions.iter().map(|question| [get(question)]);
        requests
            .map(|request| Asked { fresh: fresh(&self.server, &request), still: still(&self.server, &request) })
            .collect()
    }

    /// In turns, so that what else the machine does meets both.
    fn overviews(&self) -> Overviews {
        let mut overviews =
            Overviews { plain_per_second: 0.0, per_second: 0.0, plain: still(&self.plain, &[get("/")]) };
        for _ in 0..TURNS {
            let plain = repeated(&self.plain, &get("/"), TURN).taken_per_second();
            let own = repeated(&self.server, &get(OVERVIEW), TURN).taken_per_second();
            overviews.plain_per_second += plain / f64::from(TURNS);
            overviews.per_second += own / f64::from(TURNS);
        }
        overviews
    }

    fn while_posting(&self, ask: impl FnOnce() -> (Vec<Times>, Answers)) -> WhilePosting {
        let reference = Reference { days: 1, first_session: POSTED_FROM_SESSION, ..Reference::new(POSTED, now_ms()) };
        let requests: Vec<_> = Posts::REFERENCE.of(&reference).collect();
        let course = Course::Paced(POSTED_PER_SECOND / Posts::REFERENCE.batch as f64);
        let load = Load { address: self.server.address, connections: POSTING_CONNECTIONS, requests: &requests, course };
        let is_over = AtomicBool::new(false);
        let (posted, (times, overviews)) = std::thread::scope(|scope| {
            let posting = scope.spawn(|| load.run(|| is_over.load(Ordering::Relaxed)));
            let asked = ask();
            is_over.store(true, Ordering::Relaxed);
            (posting.join().expect("it posts"), asked)
        });
        assert!(posted.taken.count() < requests.len(), "it was posted until the last question");
        WhilePosting { times, overviews, posted }
    }
}

struct Overviews {
    plain_per_second: f64,
    per_second: f64,
    /// Of plain warp on one connection.
    plain: Times,
}

struct WhilePosting {
    times: Vec<Times>,
    overviews: Answers,
    posted: Answers,
}

/// The same question from several connections.
fn repeated(server: &Server, request: &[u8], within: Duration) -> Answers {
    let requests = [request.to_vec()];
    let course = Course::Repeated;
    let load = Load { address: server.address, connections: CONNECTIONS, requests: &requests, course };
    let started = Instant::now();
    load.run(|| started.elapsed() > within)
}

fn show_questions(sizes: &[u64], questions: &[String], by_size: &[Vec<Asked>], posting: &[Times]) {
    let mut columns: Vec<String> =
        sizes.iter().flat_map(|size| [format!("{} fresh", short(*size)), format!("{} still", short(*size))]).collect();
    columns.extend(
        ["fresh p99", "still p99", "fresh ratio", "still ratio", "posting p50", "posting p99"].map(String::from),
    );
    let table = Table::begin("median of an answer", NAME_WIDTH, &columns);
    let (smallest, largest) = ends(by_size);
    for (place, question) in questions.iter().enumerate() {
        let medians = by_size.iter().flat_map(|asked| [asked[place].fresh.median(), asked[place].still.median()]);
        let mut figures: Vec<String> = medians.map(time).collect();
        let (few, many) = (&smallest[place], &largest[place]);
        figures.extend([
            time(many.fresh.p99()),
            time(many.still.p99()),
            ratio(grown(&few.fresh, &many.fresh)),
            ratio(grown(&few.still, &many.still)),
            time(posting[place].median()),
            time(posting[place].p99()),
        ]);
        table.row(name(question), &figures);
    }
}

fn ends(by_size: &[Vec<Asked>]) -> (&[Asked], &[Asked]) {
    (&by_size[0], &by_size[by_size.len() - 1])
}

fn grown(few: &Times, many: &Times) -> f64 {
    many.median().as_secs_f64() / few.median().as_secs_f64()
}

fn show_overviews(overviews: &Overviews, posting: &WhilePosting) {
    let title = format!("{OVERVIEW}, {CONNECTIONS} connections");
    let table = Table::begin(&title, NAME_WIDTH, &["a second", "to warp"]);
    let row = |name: &str, rate: f64| table.row(name, &[whole(rate), ratio(rate / overviews.plain_per_second)]);
    row("warp's fixed body of as many bytes", overviews.plain_per_second);
    row("while nothing changes", overviews.per_second);
    row("while others post", posting.overviews.taken_per_second());
    let posted = posting.posted.taken_per_second() * Posts::REFERENCE.batch as f64;
    println!(
        "warp's fixed body on one connection {}, p99 {}",
        time(overviews.plain.median()),
        time(overviews.plain.p99())
    );
    println!(
        "others posted {} events/s in batches of 1,000, answered in {}, p99 {}",
        whole(posted),
        time(posting.posted.taken.median()),
        time(posting.posted.taken.p99())
    );
}

fn show_budgets(questions: &[String], by_size: &[Vec<Asked>], overviews: &Overviews, posting: &WhilePosting) {
    let (smallest, largest) = ends(by_size);
    let of = |question: &str| questions.iter().position(|known| known == question).expect("it is asked");
    let computed = |question: &str| {
        let fresh = largest[of(question)].fresh.median();
        fresh.saturating_sub(overviews.plain.median()).as_secs_f64() * 1e6
    };
    begin_budgets();
    budget(
        "overview while nothing changes, to warp's fixed body",
        overviews.per_second / overviews.plain_per_second,
        0.8,
        "",
    );
    let meanwhile = posting.overviews.taken_per_second() / overviews.plain_per_second;
    budget("overview while others post, to warp's fixed body", meanwhile, 0.5, "");
    budget("overview of 7 days, fresh, less warp's fixed body", computed(OVERVIEW), 50.0, " us");
    budget("overview of 365 days, fresh, less warp's fixed body", computed(OVERVIEW_YEAR), 1_000.0, " us");
    let ratio = |question: &str| grown(&smallest[of(question)].fresh, &largest[of(question)].fresh);
    for question in [OVERVIEW, OVERVIEW_YEAR] {
        budget(&format!("most events to fewest, fresh: {}", name(question)), ratio(question), 1.2, "");
    }
    let of_rollups = questions.iter().filter(|question| is_of_rollups(question));
    let worst = of_rollups.max_by(|one, other| ratio(one).total_cmp(&ratio(other))).expect("there are questions");
    budget(&format!("the same, the worst of all: {}", name(worst)), ratio(worst), 1.2, "");
}
