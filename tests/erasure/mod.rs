//! Erasure: random events, persons and sessions erased or purged at random moments, beside retention, over checkpoints,
//! restarts and new events of the same names. Every answer is the oracle's, to which the same was done event by event; a
//! recount agrees.

mod examples;
mod told;

use std::collections::BTreeSet;

use novahouse::clock::Clock;
use novahouse::engine::{Batch, Engine, Erased, Erasure, Whom};
use novahouse::error::Error;
use novahouse::model::erased::Seed;
use novahouse::model::{Event, Keep, Seq, Zone};
use novahouse::store::{Options, RedbEngine, check};
use rand::Rng;
use rand::rngs::SmallRng;

use crate::exactness::{NOWS, ZONES, carried_on, ms, seeds};
use crate::support::conformance::same_answers;
use crate::support::generator::{BOTS, Generator, pick};
use crate::support::oracle::Oracle;
use crate::support::oracle_erase::Outcome;

const DAY_MS: i64 = 86_400_000;

/// What came of erasures, over all lives.
#[derive(Debug, Default)]
struct Tally {
    erased: u64,
    purged: u64,
    refused: u64,
    nothing_held: u64,
    questions: u64,
}

/// Someone who may have been there.
fn someone<'a>(random: &mut SmallRng, names: &'a BTreeSet<Box<str>>, sessions: &'a BTreeSet<Box<str>>) -> Whom<'a> {
    let is_user = random.random_bool(0.6);
    let among: Vec<&'a str> = if is_user { names } else { sessions }.iter().map(|name| &**name).collect();
    let name: &'a str = pick::<&'a str>(random, &among);
    if is_user { Whom::User(name) } else { Whom::Session(name) }
}

fn erase(engine: &RedbEngine, oracle: &Oracle, erasure: &Erasure<'_>, story: &str, tally: &mut Tally) {
    let Erasure { bot, whom, purge, seed } = erasure;
    let right = oracle.erase(bot, *whom, *purge, seed);
    let went = std::cell::RefCell::new(Erased::default());
    let keep = |number: u64, erased: &Erased, _: Option<Seq>| {
        *went.borrow_mut() = erased.clone();
        Ok(number.to_string().into_bytes())
    };
    let outcome = engine.erase(erasure, &keep).map(|_| went.take());
    match outcome {
        Err(Error::NotFound(_)) => {
            assert_eq!(right, Outcome::NothingHeld, "{story}");
            tally.nothing_held += 1;
        }
        Err(Error::Conflict(_)) => {
            assert_eq!(right, Outcome::Refused, "{story}");
            tally.refused += 1;
        }
        Err(error) => panic!("{story}: {error}"),
        Ok(Erased { sessions, events, exchanges, metrics, leads: _, questions, persons: _, days }) => {
            assert_eq!(right, Outcome::Done([sessions, events, exchanges, metrics]), "{story}");
            assert_eq!(*purge && events > 0, days > 0, "{story}");
            tally.erased += u64::from(!purge);
            tally.purged += u64::from(*purge);
            tally.questions += questions;
        }
    }
}

/// One life of a data directory.
fn live(seed: u64, tally: &mut Tally) {
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
    let (mut names, mut sessions) = (BTreeSet::from(["nobody".into()]), BTreeSet::from(["nowhere".into()]));
    let retains = generator.random().random_bool(0.4);
    for round in 0..8u64 {
        let story = format!("seed {seed}, round {round}");
        let size = generator.random().random_range(0..100);
        let events: Vec<Event> = Generator::new(seed * 100 + round, now_ms).events(size);
        names.extend(events.iter().filter_map(|event| event.user_id.clone()));
        sessions.extend(events.iter().filter_map(|event| event.session_id.clone()));
        let batch = || vec![Batch { events: events.clone(), ..Batch::default() }];
        assert_eq!(engine.append(batch()).unwrap(), oracle.append(batch()).unwrap(), "{story}");
        if retains && generator.random().random_bool(0.5) {
            let (text_days, events_days) = (*pick(generator.random(), &[None, Some(2)]), Some(7));
            let sessions_days = *pick(generator.random(), &[None, Some(7), Some(20)]);
            let keep = Keep { text_days, events_days, sessions_days, performance_days: None };
            println!("{story}: {keep:?}");
            engine.retain(&|_| keep, &|| false).unwrap();
            oracle.retain(&|_| keep);
        }
        for _ in 0..generator.random().random_range(0..3) {
            let random = generator.random();
            let bot = *pick(random, &BOTS);
            if oracle.bot(bot).is_err() {
                continue;
            }
            let (whom, purge, seed) =
                (someone(random, &names, &sessions), random.random_bool(0.4), Seed(random.random()));
            let story = format!("{story}: {whom:?} of {bot}, purge {purge}");
            println!("{story}");
            erase(&engine, &oracle, &Erasure { bot, whom, purge, seed }, &story, tally);
            if generator.random().random_bool(0.3) {
                let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
                assert!(differences.is_empty(), "{story}: {differences:?}");
            }
        }
        engine = carried_on(engine, dir.path(), &options, generator.random());
        if round % 3 == 1 {
            let reader = RedbEngine::open_read_only(dir.path(), &options).unwrap();
            same_answers(&reader, &oracle, &format!("{story}, a reader beside it"));
        }
        same_answers(&engine, &oracle, &story);
        let differences = check(dir.path(), &mut |_, _| {}).unwrap().differences;
        assert!(differences.is_empty(), "{story}: {differences:?}");
        now_ms += *pick(generator.random(), &[0, 1, 2, 9]) * DAY_MS;
        hand.store(now_ms, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn the_oracle_agrees_before_and_after() {
    let (seeds, mut tally) = (seeds(), Tally::default());
    let lives = seeds.end - seeds.start;
    seeds.for_each(|seed| live(seed, &mut tally));
    println!("{tally:?}");
    let Tally { erased, purged, refused, nothing_held, questions } = tally;
    if lives >= 24 {
        assert!([erased, purged, refused, nothing_held, questions].iter().all(|count| *count > 0), "{tally:?}");
    }
}
