//! Moving over from the first system: its SQLite file and its export.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::process::{Dir, Server, run_on};

const SCHEMA: &str = "
    CREATE TABLE conversations (id INTEGER PRIMARY KEY, session_id TEXT, user_id TEXT, user_message TEXT,
        bot_response TEXT, intent TEXT, confidence REAL, entities TEXT, sentiment TEXT, response_time_ms REAL,
        user_satisfied BOOLEAN, lead_generated BOOLEAN, message_count INTEGER, timestamp DATETIME);
    CREATE TABLE chat_analytics (id INTEGER PRIMARY KEY, session_id TEXT, user_id TEXT, message_count INTEGER,
        intent_detected TEXT, entities_extracted TEXT, sentiment TEXT, response_time_ms INTEGER, user_satisfied BOOLEAN,
        lead_generated BOOLEAN, timestamp DATETIME);
    CREATE TABLE leads (id INTEGER PRIMARY KEY, session_id TEXT, name TEXT, email TEXT, phone TEXT,
        interested_package TEXT, property_size TEXT, property_type TEXT, location TEXT, additional_info TEXT,
        created_at DATETIME);
    CREATE TABLE user_engagement (id INTEGER PRIMARY KEY, session_id TEXT, user_id TEXT, first_interaction DATETIME,
        last_interaction DATETIME, total_messages INTEGER, session_duration_seconds REAL, pages_visited TEXT,
        conversion_event TEXT, device_type TEXT, browser TEXT, referrer TEXT);
    CREATE TABLE intent_analytics (id INTEGER PRIMARY KEY, intent_name TEXT, trigger_count INTEGER);";

/// What a real file looks like after some years.
const ROWS: &str = r#"
    INSERT INTO conversations VALUES
        (1, 'a', 'anna', 'Ile kosztuje?', 'Od 1 499 zł', NULL, 0.9, '{"m2":50}', NULL, 120.0, 1, 0, 1, '2026-01-05 10:00:00.500000'),
        (2, 'a', 'anna', 'Dziękuję', 'Proszę', 'thanks', NULL, '', 'positive', NULL, NULL, NULL, NULL, '2026-01-05 10:01:00'),
        (3, 'b', NULL, 'hm', NULL, 'fallback', 0.1, '{broken', NULL, 10, NULL, NULL, 1, '2026-01-06 11:00:00.000000'),
        (4, 'b', NULL, 'hm', NULL, 'fallback', 0.1, NULL, NULL, 10, NULL, NULL, 1, 'yesterday'),
        (5, NULL, NULL, 'hm', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-06 11:00:00.000000'),
        (6, 'b', NULL, 'hm', NULL, 'fallback', 0.1, NULL, NULL, 10, 7, NULL, 1, '2026-01-06 11:00:00.000000'),
        (7, 'b', NULL, 'hm', NULL, 'fallback', 0.1, NULL, NULL, 10, NULL, NULL, 1, NULL);
    INSERT INTO chat_analytics VALUES
        (1, 'a', 'anna', 1, 'prices', '{"other":1}', 'neutral', 999, 0, 1, '2026-01-05 10:00:04.000000'),
        (2, 'a', 'anna', 1, 'never used', NULL, 'negative', 50, NULL, NULL, '2026-01-05 10:00:30.000000'),
        (3, 'a', 'anna', 1, 'prices too late', NULL, 'negative', 50, NULL, NULL, '2026-01-05 10:00:05.400000'),
        (4, 'c', NULL, 2, 'contact', NULL, 'negative', 70, NULL, NULL, '2026-01-07 12:00:00.000000'),
        (5, 'c', NULL, 2, NULL, NULL, 'angry', 70, NULL, NULL, '2026-01-07 12:00:00.000000');
    INSERT INTO leads VALUES
        (1, 'a', 'Anna', 'a@example.com', NULL, 'comfort', '50', 'mieszkanie', NULL, NULL, '2026-01-05 10:02:00.000000'),
        (2, 'c', 'Jan', NULL, '600', 'premium', NULL, NULL, NULL, NULL, '2026-01-07 12:01:00.000000');
    INSERT INTO user_engagement VALUES
        (1, 'a', 'anna', '2026-01-05 09:59:00.000000', '2026-01-05 10:03:00.000000', 9, 9.9, '["/","/cennik"]', 'form', 'mobile', 'Safari', 'https://a.example/'),
        (2, 'c', NULL, '2026-01-07 12:00:00.000000', NULL, 1, 0, NULL, NULL, 'desktop', NULL, NULL),
        (3, 'd', NULL, NULL, NULL, 1, 0, NULL, NULL, 'desktop', NULL, NULL),
        (4, 'e', NULL, '2026-01-07 12:00:00', NULL, 1, 0, '/no-list', NULL, NULL, NULL, NULL);
    INSERT INTO intent_analytics VALUES (1, 'prices', 1000000);"#;

fn sqlite(dir: &Dir, sql: &str) -> std::path::PathBuf {
    // Its name says nothing.
    let file = dir.file("first-system");
    Connection::open(&file).unwrap().execute_batch(&format!("{SCHEMA}{sql}")).unwrap();
    file
}

fn export(dir: &Dir) -> Value {
    run_on(&dir.data(), "export --type all --from 2026-01-01 --to 2026-02-01").exits(0).json()["data"].take()
}

/// The counts of a list by name.
pub fn counted(list: &Value, name: &str) -> BTreeMap<String, i64> {
    let count = |one: &Value| one.get("count").or(one.get("triggers")).unwrap().as_i64().unwrap();
    list.as_array().unwrap().iter().map(|one| (one[name].as_str().unwrap().to_owned(), count(one))).collect()
}

/// Names and counts that a query gives.
pub fn counted_by_sql(source: &Connection, query: &str) -> BTreeMap<String, i64> {
    let mut statement = source.prepare(query).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_sqlite_file_comes_in_and_what_is_bad_is_named() {
    let dir = Dir::new();
    let file = sqlite(&dir, ROWS);
    let words = format!("import {}", file.display());
    let first = run_on(&dir.data(), &format!("{words} --json")).exits(1).json();
    let errors: Vec<&str> = first["errors"].as_array().unwrap().iter().map(|error| error.as_str().unwrap()).collect();
    for right in [
        "conversations row 3: entities: not valid JSON",
        "conversations row 4: timestamp: expected YYYY-MM-DD HH:MM:SS.ffffff",
        "conversations row 5: session_id",
        "conversations row 6: user_satisfied: expected 0 or 1, found 7",
        "conversations row 7: timestamp: expected a time",
        "chat_analytics row 5: sentiment",
        "user_engagement row 3: first_interaction",
        "user_engagement row 4: pages_visited: not valid JSON",
    ] {
        assert!(errors.iter().any(|error| error.starts_with(right)), "{right}: {errors:#?}");
    }
    assert_eq!(errors.len(), 8, "{errors:#?}");
    let table = |name: &str| first["tables"].as_array().unwrap().iter().find(|table| table["name"] == name).unwrap();
    for right in [
        json!({"name": "conversations", "rows": 7, "events": 2, "joined": 0, "rejected": 5}),
        json!({"name": "chat_analytics", "rows": 5, "events": 3, "joined": 1, "rejected": 1}),
        json!({"name": "leads", "rows": 2, "events": 2, "joined": 0, "rejected": 0}),
        // The first one lasted, and has two ends.
        json!({"name": "user_engagement", "rows": 4, "events": 3, "joined": 0, "rejected": 2}),
        json!({"name": "performance_metrics", "rows": null, "missing": true, "recounted": false}),
        json!({"name": "intent_analytics", "rows": 1, "missing": false, "recounted": true}),
    ] {
        assert_eq!(table(right["name"].as_str().unwrap()), &right);
    }
    assert_eq!((&first["rows"], &first["events"], &first["rejected"]), (&18.into(), &10.into(), &8.into()));

    let data = export(&dir);
    let conversations = data["conversations"].as_array().unwrap();
    // Two of the table, and the three of the analytics that complete none.
    assert_eq!(conversations.len(), 5, "{conversations:#?}");
    let completed = conversations.iter().find(|one| one["user_message"] == "Ile kosztuje?").unwrap();
    for (name, right) in [
        ("intent", json!("prices")),
        ("sentiment", json!("neutral")),
        ("entities", json!({"m2": 50})),
        ("response_time_ms", json!(120)),
        ("user_satisfied", json!(true)),
        ("timestamp", json!("2026-01-05T10:00:00.500Z")),
    ] {
        assert_eq!(completed[name], right, "{name}: {completed}");
    }
    let a = data["engagements"].as_array().unwrap().iter().find(|one| one["session_id"] == "a").unwrap();
    assert_eq!((&a["session_duration_seconds"], &a["pages_visited"]), (&240.0.into(), &json!(["/", "/cennik"])));
    assert_eq!((&a["device_type"], &a["conversion_event"]), (&"mobile".into(), &"form".into()));
    assert_eq!(data["leads"].as_array().unwrap().len(), 2);

    let again = run_on(&dir.data(), &format!("{words} --json")).exits(0).json();
    assert_eq!((&again["already_imported"], &again["events"]), (&true.into(), &0.into()));
    assert_eq!(export(&dir), data);
    run_on(&dir.data(), "check").exits(0);
}

/// Many rows, counted by SQL on the source and by the endpoints.
#[test]
fn counts_equal_sql_on_the_source() {
    let dir = Dir::new();
    let file = sqlite(
        &dir,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
         INSERT INTO conversations SELECT i, 's-' || (i * 7919 % 2500), 'u-' || (i % 900), 'pytanie ' || i, 'odpowiedź',
            'intent-' || (i * 31 % 17), 0.5, NULL, CASE i % 4 WHEN 0 THEN 'positive' WHEN 1 THEN 'negative' WHEN 2 THEN 'neutral' END,
            i % 900, NULL, NULL, 1, strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', '+' || (i * 977 % 2400000) || ' seconds') FROM n;
         INSERT INTO leads SELECT id, session_id, NULL, id || '@example.com', NULL, 'package-' || (id % 5), NULL, NULL, NULL,
            NULL, timestamp FROM conversations WHERE id % 40 = 0;
         INSERT INTO user_engagement SELECT min(id), session_id, NULL, min(timestamp), max(timestamp), 1, 0, NULL, NULL,
            CASE min(id) % 3 WHEN 0 THEN 'mobile' WHEN 1 THEN 'desktop' ELSE 'tablet' END, NULL, NULL
            FROM conversations GROUP BY session_id;",
    );
    run_on(&dir.data(), &format!("import {}", file.display())).exits(0);
    let server = Server::on(&dir.data());
    let source = Connection::open(&file).unwrap();
    for (path, list, name, query) in [
        (
            "conversations",
            "conversations_by_day",
            "date",
            "SELECT date(timestamp), count(*) FROM conversations GROUP BY 1",
        ),
        (
            "conversations",
            "sentiment_distribution",
            "sentiment",
            "SELECT sentiment, count(*) FROM conversations WHERE sentiment IS NOT NULL GROUP BY 1",
        ),
        ("intents", "intent_summary", "intent", "SELECT intent, count(*) FROM conversations GROUP BY 1"),
        ("leads", "leads_by_package", "package", "SELECT interested_package, count(*) FROM leads GROUP BY 1"),
        ("engagement", "device_distribution", "device", "SELECT device_type, count(*) FROM user_engagement GROUP BY 1"),
    ] {
        let answer = server.get(&format!("/api/analytics/{path}?from=2026-01-01&to=2026-02-28")).1;
        assert_eq!(counted(&answer[list], name), counted_by_sql(&source, query), "{list}");
    }
}

/// Each of the two is of use without the other; a bad one takes nothing down with it.
#[test]
fn a_bad_row_leaves_its_other_half_alone() {
    let dir = Dir::new();
    let file = sqlite(
        &dir,
        "INSERT INTO conversations (session_id, user_message, sentiment, timestamp) VALUES
            ('a', 'the analytics are bad', NULL, '2026-01-05 10:00:00'),
            ('b', 'the conversation is bad', 'glad', '2026-01-05 10:00:00');
         INSERT INTO chat_analytics (session_id, intent_detected, sentiment, timestamp) VALUES
            ('a', 'prices', 'glad', '2026-01-05 10:00:01'), ('b', 'prices', 'positive', '2026-01-05 10:00:01');",
    );
    let told = run_on(&dir.data(), &format!("import {}", file.display())).exits(1);
    assert_eq!(told.err.matches("sentiment: expected one of").count(), 2, "{told:?}");
    assert!(told.err.contains("chat_analytics row 1: ") && told.err.contains("conversations row 2: "), "{told:?}");
    let conversations = export(&dir)["conversations"].take();
    let half = |place: usize| (conversations[place]["user_message"].clone(), conversations[place]["intent"].clone());
    assert_eq!(half(0), ("the analytics are bad".into(), Value::Null));
    assert_eq!(half(1), (Value::Null, "prices".into()));
}

/// The order of rows is that of time, however it is written.
#[test]
fn the_nearest_row_completes_a_conversation_whatever_the_form_of_its_time() {
    let dir = Dir::new();
    let file = sqlite(
        &dir,
        "INSERT INTO conversations (session_id, user_message, timestamp) VALUES
            ('a', 'second', '2026-01-05T10:00:06'), ('a', 'first', '2026-01-05 10:00:00'),
            ('a', 'third', '2026-01-05T12:00:10+01:00');
         INSERT INTO chat_analytics (session_id, intent_detected, timestamp) VALUES
            ('a', 'of-third', '2026-01-05 11:00:05'), ('a', 'of-second', '2026-01-05 10:00:05'),
            ('a', 'of-first', '2026-01-05T09:59:55Z'), ('other', 'alone', '2026-01-05 10:00:00');",
    );
    run_on(&dir.data(), &format!("import {}", file.display())).exits(0);
    for conversation in export(&dir)["conversations"].as_array().unwrap() {
        match conversation["user_message"].as_str() {
            Some(message) => assert_eq!(conversation["intent"], format!("of-{message}")),
            None => assert_eq!(conversation["intent"], "alone"),
        }
    }
}

/// A program wrote them, not a visitor. What is held back to find its other half has a limit.
#[test]
fn thousands_of_rows_at_the_same_moment_find_each_other_but_for_a_few() {
    let dir = Dir::new();
    let file = sqlite(
        &dir,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
         INSERT INTO conversations (session_id, timestamp) SELECT 'a', '2026-01-05 10:00:00' FROM n;
         INSERT INTO chat_analytics (session_id, timestamp) SELECT session_id, timestamp FROM conversations;",
    );
    let told = run_on(&dir.data(), &format!("import {} --json", file.display())).exits(0).json();
    let analytics = told["tables"].as_array().unwrap().iter().find(|table| table["name"] == "chat_analytics").unwrap();
    assert!(analytics["joined"].as_i64() > Some(5_990), "{told}");
}

/// Columns may be missing too: the first system had more of them with every version.
#[test]
fn tables_that_are_missing_or_empty_are_said_to_be_so() {
    let dir = Dir::new();
    let file = dir.file("first-system");
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE conversations (session_id TEXT, timestamp DATETIME);
             INSERT INTO conversations VALUES ('a', '2026-01-05 10:00:00'), (NULL, NULL);
             CREATE TABLE leads (id INTEGER PRIMARY KEY, email TEXT);
             CREATE TABLE user_engagement (id INTEGER PRIMARY KEY, session_id TEXT, first_interaction DATETIME);
             INSERT INTO leads VALUES (1, 'a@example.com');",
        )
        .unwrap();
    let told = run_on(&dir.data(), &format!("import {}", file.display())).exits(1);
    for right in [
        "conversations                2 rows: 1 events, 1 rejected",
        "chat_analytics       there is no such table",
        "leads                        1 rows: 0 events, 1 rejected",
        "user_engagement      is empty",
        "performance_metrics  there is no such table",
        "1 events from 3 rows were imported",
    ] {
        assert!(told.out.contains(right), "{right}: {told:?}");
    }
    assert!(told.err.contains("leads row 1: timestamp: expected a time, found nothing"), "{told:?}");
}

#[test]
fn an_export_of_the_first_system_comes_in() {
    let dir = Dir::new();
    let file = dir.write(
        "export.json",
        &json!({"status": "success", "data": {
            "conversations": [
                {"id": 7, "session_id": "a", "user_message": "Ile?", "bot_response": "Od", "intent": null, "timestamp": "2026-01-05T10:00:00.500000"},
                {"id": 8, "session_id": "a", "timestamp": "never"},
            ],
            "leads": [{"id": 1, "session_id": "a", "email": "a@example.com", "created_at": "2026-01-05 10:01:00"}],
            "engagements": [{"id": 1, "session_id": "a", "first_interaction": "2026-01-05T09:59:00", "last_interaction": "2026-01-05T10:02:00", "pages_visited": ["/"]}],
        }})
        .to_string(),
    );
    let told = run_on(&dir.data(), &format!("import {}", file.display())).exits(1);
    assert!(told.err.contains("data.conversations[1]: timestamp: expected"), "{told:?}");
    assert!(told.out.contains("conversations                2 rows: 1 events, 1 rejected"), "{told:?}");
    assert!(told.out.contains("engagements                  1 rows: 2 events, 0 rejected"), "{told:?}");
    let data = export(&dir);
    assert_eq!(data["conversations"][0]["timestamp"], "2026-01-05T10:00:00.500Z");
    assert_eq!(data["leads"][0]["email"], "a@example.com");
    assert_eq!(data["engagements"][0]["session_duration_seconds"], 180.0);
}

#[test]
fn a_file_without_tables_is_empty_and_a_damaged_one_named() {
    let dir = Dir::new();
    let file = dir.file("empty.db");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE other (x); DROP TABLE other;").unwrap();
    let told = run_on(&dir.data(), &format!("import {}", file.display())).exits(0);
    assert!(told.out.contains("0 events"), "{told:?}");
    let mut bytes = std::fs::read(sqlite(&dir, ROWS)).unwrap();
    bytes.truncate(5_000);
    let damaged = dir.file("damaged");
    std::fs::write(&damaged, bytes).unwrap();
    let told = run_on(&dir.data(), &format!("import {}", damaged.display())).exits(2);
    assert!(told.err.contains("SQLite"), "{told:?}");
}
