//! What the same machine does at the same time without NovaHouse.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a commit of a thousand events writes, bytes.
const COMMIT_BYTES: usize = 25_000;

/// Message events per second that serde_json parses into owned fields, on one core.
pub fn parsed_per_second<'a>(lines: impl Iterator<Item = &'a str>) -> f64 {
    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "read for the time it takes")]
    struct Line {
        r#type: String,
        timestamp: i64,
        session_id: String,
        user_id: String,
        user_message: String,
        bot_response: String,
        intent: String,
        confidence: f64,
        sentiment: String,
        response_time_ms: u32,
        input_tokens: u32,
        output_tokens: u32,
    }
    let mut count = 0;
    let started = Instant::now();
    for line in lines {
        let parsed: Line = serde_json::from_str(line).expect("a valid line");
        std::hint::black_box(parsed);
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}

/// Appends of a commit's bytes per second, each synced to the disk.
pub fn synced_per_second(dir: &Path, within: Duration) -> f64 {
    let mut file = File::create(dir.join("synced")).expect("a file");
    let mut count = 0;
    let started = Instant::now();
    while started.elapsed() < within {
        file.write_all(&[7; COMMIT_BYTES]).expect("room");
        file.sync_data().expect("a disk");
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}
