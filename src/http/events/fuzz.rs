//! Hostile bodies, plain and packed.

use super::*;
use crate::fuzz::run;
use crate::transfer::event_json::to_json;

const NOW_MS: i64 = 1_800_000_000_000;
/// A body of 64 KiB that unpacks to all that may be, and what a list of errors about it takes.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;

const LINES: &str = concat!(
    r#"{"type":"message","id":"1","session_id":"a","user_message":"anna@example.com, 50 m2","intent":"prices","#,
    r#""confidence":0.5,"entities":{"m2":[50,{}]},"sentiment":"positive","response_time_ms":100,"cost_usd":0.5,"#,
    r#""contact":{"phone":600600600}}"#,
    "\n",
    r#"{"type":"engagement","session_id":"a","pages_visited":["/","/x"],"device_type":"mobile","timestamp":1e12}"#,
    "\n",
    r#"{"type":"lead","session_id":"b","property_size":5.5,"additional_info":{"a":[1]}}"#,
    "\n",
    r#"{"type":"performance","endpoint":"/chat","status_code":500,"memory_usage_mb":1.5}"#,
    "\n",
    r#"{"type":"feedback","session_id":"b","rating":4,"timestamp":"2026-01-01T00:00:00.5+01:00"}"#,
    "\n",
);

fn read(bytes: &[u8], packing: Packing, form: Form) -> String {
    let taking = Taking { context: Context::at(NOW_MS), asker: Asker::Anyone, settings: Arc::default() };
    let batch = unpack(bytes.to_vec(), packing).and_then(|bytes| match form {
        Form::Lines => parse_lines(&bytes, &taking),
        Form::Json => match str::from_utf8(&bytes) {
            Ok(text) => parse_json(text, &taking),
            Err(_) => Err(Failure::invalid("not UTF-8")),
        },
    });
    match batch {
        Ok(batch) => {
            let Batch { events, indexes, rejected, errors, warnings, idempotency_key: _ } = batch;
            assert_eq!(events.len(), indexes.len());
            assert!(errors.len() as u64 <= rejected);
            // What is taken can be shown and taken again.
            for event in &events {
                let shown = to_json(event).to_string();
                let again = wire::parse(&shown, &Context::at(event.timestamp_ms)).expect("what was taken");
                assert_eq!(to_json(&again.event).to_string(), shown);
            }
            let [error, warning] = [&errors, &warnings].map(|list| list.first().map_or("", |first| &*first.error));
            format!("{} {error} {warning}", if events.is_empty() { "none" } else { "some" })
        }
        Err(failure) => failure.sentence,
    }
}

#[test]
fn no_lines_bring_it_down() {
    run("lines", vec![LINES.into()], MEMORY_MAX, |_| {}, |bytes| read(bytes, Packing::Plain, Form::Lines));
}

#[test]
fn no_json_brings_it_down() {
    let items: Vec<&str> = LINES.lines().collect();
    let seeds = vec![format!("[{}]", items.join(",")).into(), items[0].into()];
    run("json", seeds, MEMORY_MAX, |_| {}, |bytes| read(bytes, Packing::Plain, Form::Json));
}

#[test]
fn no_packed_body_brings_it_down() {
    let mut gzip = Vec::new();
    flate2::read::GzEncoder::new(LINES.as_bytes(), flate2::Compression::fast()).read_to_end(&mut gzip).unwrap();
    let zstd = zstd::bulk::compress(LINES.as_bytes(), 1).unwrap();
    let take = |bytes: &[u8]| {
        let packing = if bytes.first() == Some(&0x1f) { Packing::Gzip } else { Packing::Zstd };
        read(bytes, packing, Form::Lines)
    };
    run("packed", vec![gzip, zstd], MEMORY_MAX, |_| {}, take);
}
