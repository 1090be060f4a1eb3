//! The orders in which a load arrives: numbers of the reference's events.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::support::reference::Reference;

/// Of a thousand events so many are held up a little, and so many for long.
const HELD_UP: u32 = 30;
const HELD_UP_FOR_LONG: u32 = 2;
/// What arrives in between, at most: some thousand events, or a tenth of the load.
const LITTLE_EVENTS_MAX: u64 = 5_000;
const LONG_SHARE: u64 = 10;

pub fn none(reference: &Reference) -> Vec<u64> {
    (0..reference.events).map(|place| reference.number(place)).collect()
}

/// As real traffic comes: in order of time, but for events that are held up on their way, by a client without a network or
/// a server that sends again.
pub fn of_time(reference: &Reference, seed: u64) -> Vec<u64> {
    let mut random = SmallRng::seed_from_u64(seed);
    let happened = (0..).zip(reference.in_order());
    let mut arrivals: Vec<(u64, u64)> =
        happened.map(|(place, number)| (place + held_up(&mut random, reference.events), number)).collect();
    arrivals.sort_unstable();
    arrivals.into_iter().map(|(_, number)| number).collect()
}

fn held_up(random: &mut SmallRng, events: u64) -> u64 {
    let chance = random.random_range(0..1_000);
    if chance < HELD_UP_FOR_LONG {
        random.random_range(0..=events / LONG_SHARE)
    } else if chance < HELD_UP_FOR_LONG + HELD_UP {
        random.random_range(0..=LITTLE_EVENTS_MAX)
    } else {
        0
    }
}
