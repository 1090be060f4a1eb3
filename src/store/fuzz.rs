//! Every kind of bytes in the file, mutated behind its checksum: an error, never a panic, and never more memory than its limit.

use xxhash_rust::xxh3::xxh3_64;

use super::chunk::{Chunk, Growing, Row};
use super::codec::{decode, decode_columns, decode_seqs, encode_columns, encode_packed, encode_seqs};
use super::columns::{Column, Effort, Events, Sessions};
use super::names::leaf;
use super::old_blocks::decode_old_block;
use crate::error::Result;
use crate::fuzz;
use crate::model::wire::{Context, parse};
use crate::model::{Event, Session, Zone};
use crate::rollup::{Daily, Trace};

const MB: u64 = 1024 * 1024;

fn events() -> Vec<Event> {
    let lines = [
        r#"{"type":"message","id":"1","session_id":"a","user_id":"u","user_message":"How much is it, please?","bot_response":"It depends.","intent":"prices","confidence":0.5,"entities":{"m2":50},"sentiment":"positive","response_time_ms":100,"cost_usd":0.5,"model":"m","contact":{"email":"a@example.com"}}"#,
        r#"{"type":"engagement","session_id":"a","pages_visited":["/","/prices"],"device_type":"mobile","browser":"Firefox","referrer":"/"}"#,
        r#"{"type":"lead","session_id":"b","name":"Anna","phone":600600600,"additional_info":{"a":[1]}}"#,
        r#"{"type":"performance","endpoint":"/chat","response_time_ms":120,"status_code":500,"memory_usage_mb":1.5}"#,
        r#"{"type":"feedback","session_id":"b","rating":4,"comment":"Fine."}"#,
    ];
    let all = lines.iter().cycle().take(40).zip(1_700_000_000_000..);
    all.map(|(line, now_ms)| parse(line, &Context::at(now_ms)).unwrap().event).collect()
}

fn sessions() -> Vec<Session> {
    let mut session = Session::begin(0, "a", 0);
    for (seq, event) in (0..).zip(&events()) {
        session.advance(event, seq, Zone::UTC);
    }
    vec![session; 5]
}

/// Makes the checksum that of the rest, from here on.
fn sum(bytes: &mut [u8], from: usize) {
    if let Some((head, rest)) = bytes.split_at_mut_checked(from) {
        head[from - 8..].copy_from_slice(&xxh3_64(rest).to_le_bytes());
    }
}

fn told<T>(outcome: Result<T>) -> String {
    outcome.err().map_or_else(|| "read".into(), |error| error.to_string())
}

fn columns<C: Column>(target: &str, values: &[C::Value])
where
    C::Value: 'static,
{
    let seeds = [1, values.len() / 2, values.len()].map(|count| {
        let values = &values[..count];
        encode_columns::<C>(values, Effort::Fast)
    });
    let take = |bytes: &[u8]| told(decode_columns::<C>(bytes, "t", 0).and_then(|decoded| decoded.all()));
    fuzz::run(target, seeds.into(), 600 * MB, |bytes| sum(bytes, 9), take);
}

#[test]
fn blocks_of_the_log() {
    columns::<Events>("events", &events());
}

#[test]
fn groups_of_sessions() {
    columns::<Sessions>("sessions", &sessions());
}

#[test]
fn leaves_of_names() {
    let entries: Vec<(u64, u64)> = (0..200).map(|number| (number * number * 7_919, number)).collect();
    let seeds = vec![leaf::encode(&[]), leaf::encode(&entries[..1]), leaf::encode(&entries)];
    let take = |bytes: &[u8]| match leaf::Leaf::of(bytes) {
        Ok(leaf) => {
            let last = leaf.entries().take(100_000).last();
            format!("read {}", last.map_or(0, |(hash, _)| leaf.numbers_of(hash).take(1_000).count()).min(2))
        }
        Err(damage) => damage.into(),
    };
    fuzz::run("leaves", seeds, MB, |bytes| sum(bytes, 9), take);
}

#[test]
fn chunks_of_traces() {
    let mut chunk = Growing::default();
    for session in 0..100 {
        let trace = Trace::Visit { page: ["/", "/prices"][session as usize % 2] };
        chunk.push(Row { offset_ms: session * 30_000, session, trace });
    }
    let seeds = vec![Chunk::default().encode(), chunk.chunk.encode()];
    let take = |bytes: &[u8]| match Chunk::decode(bytes, (0, 0, 0)) {
        Ok(chunk) => format!("read {}", chunk.rows().count().min(2)),
        Err(error) => error.to_string(),
    };
    fuzz::run("traces", seeds, 600 * MB, |_| {}, take);
}

#[test]
fn rollups_and_sequence_numbers() {
    let seeds = vec![encode_packed(&Daily::default()), encode_seqs(&[1, 2, 900])];
    let take = |bytes: &[u8]| told(decode::<Daily>(bytes, "t", 0)) + &told(decode_seqs(bytes, "t", 0));
    fuzz::run("rollups", seeds, 300 * MB, |_| {}, take);
}

#[test]
fn blocks_of_older_layouts() {
    let mut block = vec![1];
    let rows = bincode::serde::encode_to_vec(events(), bincode::config::standard()).unwrap();
    block.extend((events().len() as u32).to_le_bytes());
    block.extend([0; 16]);
    block.extend((rows.len() as u32).to_le_bytes());
    block.extend([0; 8]);
    block.extend(zstd::bulk::compress(&rows, 1).unwrap());
    let mend = |block: &mut Vec<u8>| {
        if let Some((header, packed)) = block.split_at_checked(33) {
            let checksum = xxh3_64(&[&header[..25], packed].concat());
            block[25..33].copy_from_slice(&checksum.to_le_bytes());
        }
    };
    mend(&mut block);
    fuzz::run("old-blocks", vec![block], 1_200 * MB, mend, |bytes| told(decode_old_block(bytes, "t", 0)));
}
