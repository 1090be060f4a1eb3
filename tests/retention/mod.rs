//! Retention: random events and settings, runs at random moments and days, checkpoints, restarts and crashes between them.
//! Figures are the oracle's, which knows everything; records are those of what is left; a recount agrees.

mod asked;
mod examples;
mod given_back;
mod listed;
mod told;

use std::collections::BTreeMap;

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine, Gone};
use novahouse::model::{Event, Keep, Zone};
use novahouse::store::{Options, RedbEngine, check};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::exactness::{NOWS, ZONES, carried_on, ms, seeds};
use crate::support::conformance::same_answers;
use crate::support::generator::{BOTS, Generator, pick};
use crate::support::oracle::Oracle;

const DAY_MS: i64 = 86_400_000;

/// Settings that may be.
fn keep(random: &mut SmallRng) -> Keep {
    let mut days = |share| random.random_bool(share).then(|| *pick(random, &[1, 2, 3, 7, 20, 50]));
    let (text_days, events_days, performance_days, sessions_days) = (days(0.6), days(0.7), days(0.5), days(0.6));
    let keep = Keep { text_days, events_days, performance_days, sessions_days };
    if keep.check().is_ok() { keep } else { Keep { text_days: None, sessions_days: None, ..keep } }
}

fn keeps(random: &mut SmallRng) -> BTreeMap<&'static str, Keep> {
    BOTS.into_iter().map(|bot| (bot, keep(random))).collect()
}

fn without_bytes(gone: Vec<Gone>) -> Vec<Gone> {
    gone.into_iter().map(|gone| Gone { bytes: 0, ..gone }).collect()
}

/// One life of a data directory. Adds up what went.
fn live(seed: u64, went: &mut Gone) {
    println!("seed {seed}");
    let mut generator = Generator::new(seed, 0);
    let zone: Zone = pick(generator.random(), &ZONES).parse().unwrap();
    let mut now_ms = ms(pick::<&str>(generator.random(), &NOWS));
    let clock = Clock::fixed(now_ms);
    let Clock::Fixed(hand) = &clock else { unreachable!("it was made so") };
    let options = Options { zone, clock: clock.clone(), names_waiting_max: 5, ..Options::default() };
    let oracle = Oracle::new(zone, clock.clone());
    let dir = tempfile::tempdir().unwrap();
    let mut engine = RedbEngine::open(dir.path(), &options).unwrap();
    for round in 0..8u64 {
        let story = format!("seed {seed}, round {round}");
        let mut events = Generator::new(seed * 100 + round, now_ms);
        let size = generator.random().random_range(0..120);
        let events: Vec<Event> = events.events(size);
        let batch = || vec![Batch { events: events.clone(), ..Batch::default() }];
        assert_eq!(engine.append(batch()).unwrap(), oracle.append(batch()).unwrap(), "{story}");
        if generator.random().random_bool(0.6) {
            let keeps = keeps(generator.random());
            println!("{story}: {keeps:?}");
            let keep = |name: &str| keeps[name];
            let foreseen = without_bytes(engine.would_go(&keep, &|| false).unwrap());
            let retained = engine.retain(&keep, &|| false).unwrap();
            oracle.retain(&keep);
            assert_eq!(without_bytes(retained.bots), foreseen, "{story}");
            for gone in foreseen {
                went.days += gone.days;
                went.blocks += gone.blocks;
                went.events += gone.events;
                went.texts += gone.texts;
                went.performance += gone.performance;
                went.sessions += gone.sessions;
                went.persons += gone.persons;
            }
            let nothing_more = engine.retain(&keep, &|| false).unwrap();
            assert_eq!(nothing_more.bots, [], "{story}");
        }
        engine = carried_on(engine, dir.path(), &options, generator.random());
        if round % 3 == 1 {
            let reader = RedbEngine::open_read_only(dir.path(), &options).unwrap();
            same_answers(&reader, &oracle, &format!("{story}, a reader beside it"));
        }
        same_answers(&engine, &oracle, &story);
        let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
        assert!(differences.is_empty(), "{story}: {differences:?}");
        now_ms += *pick(generator.random(), &[0, 1, 2, 9, 30]) * DAY_MS;
        hand.store(now_ms, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn figures_stay_and_records_are_those_of_what_is_left() {
    let (seeds, mut went) = (seeds(), Gone::default());
    let lives = seeds.end - seeds.start;
    seeds.for_each(|seed| live(seed, &mut went));
    println!("{went:?}");
    let Gone { bot: _, days, events, texts, performance, sessions, persons, blocks, bytes: _ } = went;
    assert!(
        [days, events, texts, performance, sessions, persons, blocks].iter().all(|count| *count > lives),
        "{went:?}"
    );
}
