//! Who means well: clients that post until they are told that it is stored, one that looks at the figures, and backups.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{ASK_AGAIN, Siege};
use crate::support::client::Client;
use crate::support::process::{Dir, post as post_lines, run_on};

pub const CLIENTS: u64 = 2;
pub const COUNT: &str = "/api/analytics/overview?bot=friends&days=2";
pub const BACKUP: &str = "backup";
/// A whole batch goes at once; so that a long siege fits on a disk.
const EVENTS_PER_SECOND: f64 = 5_000.0;
const EVENTS_PER_BATCH: u64 = 100;
const ASK_EVERY: Duration = Duration::from_millis(5);
const BACK_UP_EVERY: Duration = Duration::from_secs(3);

/// Posts one batch after the other. One that was not acknowledged is posted again: its ids are taken once.
pub fn post(siege: &Siege, client: u64) {
    let began = Instant::now();
    for batch in 0.. {
        if !siege.goes_on() {
            return;
        }
        let lines = lines(client, batch);
        let asked = Instant::now();
        siege.send(&|| format!("batch {batch} of client {client}"), || is_acknowledged(siege, &lines));
        siege.tally.acknowledged(EVENTS_PER_BATCH, asked.elapsed());
        let due = Duration::from_secs_f64((batch + 1) as f64 * EVENTS_PER_BATCH as f64 / EVENTS_PER_SECOND);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
}

fn lines(client: u64, batch: u64) -> String {
    let first = batch * EVENTS_PER_BATCH;
    let line = |number: u64| {
        let session = number / 7;
        format!(
            "{{\"type\":\"message\",\"bot\":\"friends\",\"id\":\"{client}-{number}\",\"session_id\":\"{client}-{session}\",\
             \"user_message\":\"Is {number} there?\",\"intent\":\"i-{}\",\"response_time_ms\":{}}}\n",
            number % 13,
            number % 900
        )
    };
    (first..first + EVENTS_PER_BATCH).map(line).collect()
}

/// Not where the server was killed, or is busy.
fn is_acknowledged(siege: &Siege, lines: &str) -> bool {
    let Ok(answer) = post_lines(siege.address(), lines) else { return false };
    if answer.status == 503 {
        return false;
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    let receipt = answer.json();
    let of = |what: &str| receipt[what].as_u64().expect("a count");
    assert_eq!((of("accepted") + of("duplicates"), of("rejected")), (EVENTS_PER_BATCH, 0), "{answer:?}");
    true
}

/// Whatever is answered tells of everything that was acknowledged before the question.
pub fn ask(siege: &Siege) {
    while siege.goes_on() {
        let address = siege.address();
        let Ok(mut client) = Client::connect(address) else {
            std::thread::sleep(ASK_AGAIN);
            continue;
        };
        while siege.goes_on() {
            let acknowledged = siege.tally.acknowledged.load(Ordering::Acquire);
            let began = Instant::now();
            let Ok(answer) = client.get(COUNT) else { break };
            // The bot is not known before its first event.
            if acknowledged > 0 {
                assert_eq!(answer.status, 200, "{answer:?}");
                siege.tally.asked(began.elapsed());
                let told = answer.json()["overview"]["total_conversations"].as_u64().expect("a count");
                assert!(told >= acknowledged, "{told} of {acknowledged} that were acknowledged");
            }
            std::thread::sleep(ASK_EVERY);
        }
    }
}

/// Each is verified by the command itself. Beside a server that is just killed there may be nothing to read yet.
pub fn back_up(siege: &Siege, dir: &Dir) {
    while siege.goes_on() {
        let next = Instant::now() + BACK_UP_EVERY;
        let made = run_on(&dir.data(), &format!("backup --to {}", dir.file("next").display()));
        match made.code {
            0 => {
                std::fs::rename(dir.file("next"), dir.file(BACKUP)).expect("a folder that can be written");
                siege.tally.backups.fetch_add(1, Ordering::Relaxed);
            }
            _ => assert!(made.code == 2 && !made.err.contains("panicked"), "{made:?}"),
        }
        while siege.goes_on() && Instant::now() < next {
            std::thread::sleep(ASK_AGAIN);
        }
    }
}
