//! What reading a message costs: `cargo bench --bench reading`. Prints messages per second on one core for the texts of the
//! reference load and of labelled visitors, and what masking it costs, beside the parsing of the same events in the same run.

#[path = "../tests/support/reference.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod reference;

use std::hint::black_box;
use std::time::Instant;

use novahouse::masking::{MaskKind, Masking};
use novahouse::model::Event;
use novahouse::model::wire::{self, Context};
use novahouse::reading::{complete, entities, sentiment};
use reference::Reference;

const EVENTS: u64 = 100_000;
const NOW_MS: i64 = 1_774_951_200_000;
const PASSES: usize = 5;

fn main() {
    let reference = Reference::new(EVENTS, NOW_MS);
    let lines: Vec<String> = (0..EVENTS).map(|place| reference.line(place)).collect();
    let context = Context::at(NOW_MS);
    let parse = |line: &String| wire::parse(line, &context).expect("a valid line").event;
    let events: Vec<Event> = lines.iter().map(parse).collect();
    let texts: Vec<&str> = events.iter().filter_map(|event| event.kind.message()?.user_message.as_deref()).collect();
    let labelled = include_str!("../tests/chat/held_out.txt");
    let visitors: Vec<&str> = labelled.lines().filter(|line| !line.starts_with('[')).collect();

    let parsing = rate(&lines, parse);
    println!("{:<44}{:>14}{:>12}", "", "a second", "of parsing");
    let show = |name: &str, rate: f64| println!("{name:<44}{rate:>14.0}{:>12.2}", rate / parsing);
    show("parse an event", parsing);
    show("read what it leaves out (no entities sent)", rate(&events, |event| complete(&mut black_box(event.clone()))));
    let masking = Masking { kinds: MaskKind::ALL.into(), patterns: Vec::new() };
    show("copy an event", rate(&events, |event| black_box(event.clone())));
    let masked = |event: &Event| {
        let mut event = event.clone();
        masking.event(&mut event);
        event
    };
    show("copy it and mask it, all kinds", rate(&events, masked));
    show("mask a text, the reference's", rate(&texts, |text| masking.mask(text)));
    show("mask a text, visitors'", rate(&visitors, |text| masking.mask(text)));
    show("entities, the reference's texts", rate(&texts, |text| entities(text)));
    show("sentiment, the reference's texts", rate(&texts, |text| sentiment(text)));
    show("entities, visitors' texts", rate(&visitors, |text| entities(text)));
    show("sentiment, visitors' texts", rate(&visitors, |text| sentiment(text)));
}

/// The best of some passes, after one that makes what is made but once.
fn rate<T, R>(items: &[T], each: impl Fn(&T) -> R) -> f64 {
    let pass = || {
        let started = Instant::now();
        items.iter().for_each(|item| drop(black_box(each(item))));
        started.elapsed().as_secs_f64()
    };
    pass();
    let best = (0..PASSES).map(|_| pass()).fold(f64::INFINITY, f64::min);
    items.len() as f64 / best
}
