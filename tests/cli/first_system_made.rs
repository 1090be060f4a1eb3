//! Moving over a whole file of the first system, as `tests/first_system/make` makes it, bad rows among the good ones: what
//! the endpoints say afterwards is what SQL says of the file.
//!
//! `NOVAHOUSE_TEST_IMPORT_CONVERSATIONS=1000000 cargo test --release cli::first_system_made:: -- --nocapture` is the real
//! thing, and prints what it took.

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use serde_json::Value;

use super::first_system::{counted, counted_by_sql};
use crate::support::process::{Dir, Ran, Server, program, run_on};

/// Says at the end how much memory the command took at most, kB.
const MEASURED: &str = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); \
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)";

/// What of the file is good, and each exchange once: an independent reading of what the import is to do. The exchanges of
/// a session are further apart there than the ten seconds within which it would matter who is nearest.
const EXCHANGES: &str = "
    CREATE TEMP TABLE good AS SELECT rowid AS number, session_id, julianday(timestamp) * 86400 AS seconds,
        date(timestamp) AS day, intent, sentiment FROM conversations
        WHERE session_id IS NOT NULL AND seconds IS NOT NULL AND (entities IS NULL OR json_valid(entities))
            AND coalesce(sentiment, 'neutral') IN ('positive', 'neutral', 'negative') AND coalesce(user_satisfied, 0) IN (0, 1);
    CREATE TEMP TABLE analytics AS SELECT rowid AS number, session_id, julianday(timestamp) * 86400 AS seconds,
        date(timestamp) AS day, intent_detected AS intent, sentiment FROM chat_analytics
        WHERE session_id IS NOT NULL AND seconds IS NOT NULL AND (entities_extracted IS NULL OR json_valid(entities_extracted))
            AND sentiment IN ('positive', 'neutral', 'negative') AND coalesce(lead_generated, 0) IN (0, 1);
    CREATE INDEX analytics_session ON analytics (session_id, seconds);
    CREATE TEMP TABLE pairs AS SELECT good.number AS one, analytics.number AS other, analytics.intent, analytics.sentiment
        FROM good JOIN analytics ON analytics.session_id = good.session_id
            AND analytics.seconds BETWEEN good.seconds - 5 AND good.seconds + 5;
    CREATE INDEX pairs_one ON pairs (one);
    CREATE INDEX pairs_other ON pairs (other);
    CREATE TEMP TABLE exchanges AS
        SELECT day, coalesce(good.intent, pairs.intent) AS intent, coalesce(good.sentiment, pairs.sentiment) AS sentiment
            FROM good LEFT JOIN pairs ON one = number
        UNION ALL SELECT day, intent, sentiment FROM analytics WHERE number NOT IN (SELECT other FROM pairs);";

const LEADS: &str = "SELECT interested_package, count(*) FROM leads
    WHERE julianday(created_at) IS NOT NULL AND interested_package IS NOT NULL GROUP BY 1";
const DEVICES: &str = "SELECT device_type, count(*) FROM user_engagement
    WHERE julianday(first_interaction) IS NOT NULL AND json_valid(pages_visited)
        AND device_type IN ('mobile', 'desktop', 'tablet') GROUP BY 1";

fn conversations() -> u64 {
    std::env::var("NOVAHOUSE_TEST_IMPORT_CONVERSATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000)
}

fn make(file: &Path, more: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/first_system/make");
    let size = conversations().to_string();
    let mut command = program("python3");
    command.arg(script).arg(file).args(["--conversations", &size, "--bad", "100"]).args(more);
    let made: Ran = command.output().expect("python3 is there").into();
    made.exits(0);
}

/// Imports, and prints what that took.
fn import(file: &Path, data: &Path) -> Value {
    let mut command = program("python3");
    command.args(["-c", MEASURED, env!("CARGO_BIN_EXE_novahouse")]);
    command.arg("import").arg(file).arg("--json").arg("--data").arg(data);
    let started = Instant::now();
    let ran = Ran::from(command.output().expect("python3 is there")).exits(1);
    let memory_kb = ran.err.lines().last().unwrap_or_default();
    println!("{} conversations: {:.1} s, {memory_kb} kB", conversations(), started.elapsed().as_secs_f64());
    ran.json()
}

#[test]
fn the_endpoints_say_of_a_file_what_sql_says() {
    let dir = Dir::new();
    let file = dir.file("first-system");
    make(&file, &[]);
    let told = import(&file, &dir.data());
    let source = Connection::open(&file).unwrap();
    source.execute_batch(EXCHANGES).unwrap();
    let figure = |query: &str| source.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();

    let mut events = 0;
    for table in ["conversations", "chat_analytics", "leads", "user_engagement", "performance_metrics"] {
        let tally = told["tables"].as_array().unwrap().iter().find(|tally| tally["name"] == table).unwrap();
        assert_eq!(tally["rows"], figure(&format!("SELECT count(*) FROM {table}")), "{table}");
        events += tally["events"].as_i64().unwrap();
        if table == "chat_analytics" {
            assert_eq!(tally["joined"], figure("SELECT count(*) FROM pairs"));
            assert!(tally["rejected"].as_i64() > Some(0) && tally["events"].as_i64() > Some(0), "{tally}");
        }
    }
    assert_eq!(told["events"], events);

    let server = Server::on(&dir.data());
    let exchanges = figure("SELECT count(*) FROM exchanges");
    for (path, list, name, query) in [
        ("conversations", "conversations_by_day", "date", "SELECT day, count(*) FROM exchanges GROUP BY 1"),
        (
            "conversations",
            "sentiment_distribution",
            "sentiment",
            "SELECT sentiment, count(*) FROM exchanges WHERE sentiment IS NOT NULL GROUP BY 1",
        ),
        (
            "intents",
            "intent_summary",
            "intent",
            "SELECT intent, count(*) FROM exchanges WHERE intent IS NOT NULL GROUP BY 1",
        ),
        ("leads", "leads_by_package", "package", LEADS),
        ("engagement", "device_distribution", "device", DEVICES),
    ] {
        let answer = server.get(&format!("/api/analytics/{path}?from=2025-12-31&to=2026-03-31")).1;
        assert_eq!(counted(&answer[list], name), counted_by_sql(&source, query), "{list}");
        if path == "conversations" {
            assert_eq!(answer["total_analyzed"], exchanges);
        }
    }
    assert!(server.terminate().success());

    let again = run_on(&dir.data(), &format!("import {} --json", file.display())).exits(0).json();
    assert_eq!((&again["already_imported"], &again["events"]), (&true.into(), &0.into()));
    run_on(&dir.data(), "check").exits(0);
}

/// Sessions that last for all of the sixty days, all at once: the hardest for what is held in memory.
#[test]
fn exchanges_in_no_order_at_all_come_in() {
    let dir = Dir::new();
    let file = dir.file("first-system");
    make(&file, &["--scattered"]);
    let told = import(&file, &dir.data());
    let source = Connection::open(&file).unwrap();
    let rows = |table: &str| {
        let query = format!("SELECT count(*) FROM {table} WHERE session_id IS NOT NULL");
        source.query_row(&query, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let joined = told["tables"][0]["joined"].as_i64().unwrap();
    assert!(joined * 100 > rows("conversations") * 95, "{told}");
    run_on(&dir.data(), "check").exits(0);
}
