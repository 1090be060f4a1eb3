//! What holds in theory, tried: experiments made up by the thousand, looked at again and again.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::{ALPHA, POWER, Plan, Sample, Sequence, TUNED_FOR, planned_units};
use crate::limits::FEW_UNITS;

const USERS_BETWEEN_LOOKS: usize = 100;

/// Draws how many of so many did.
struct Binomial {
    /// By number of tries, the chances of at most so many hits.
    at_most: Vec<Vec<f64>>,
}

impl Binomial {
    fn of(rate: f64) -> Self {
        let at_most = (0..=USERS_BETWEEN_LOOKS).map(|tries| {
            let mut chance = (1.0 - rate).powi(tries as i32);
            let mut sum = 0.0;
            let chances = (0..=tries).map(|hits| {
                sum += chance;
                chance *= (tries - hits) as f64 / (hits + 1) as f64 * rate / (1.0 - rate);
                sum
            });
            chances.collect()
        });
        Self { at_most: at_most.collect() }
    }

    fn draw(&self, tries: usize, random: &mut SmallRng) -> u64 {
        let drawn: f64 = random.random();
        let at_most = &self.at_most[tries];
        at_most.partition_point(|sum| *sum < drawn).min(tries) as u64
    }
}

/// How many of so many experiments ever claim a difference, looked at after every hundred users.
fn claims(rates: [f64; 2], users: usize, runs: usize, tuned_for: u64) -> usize {
    let seed = 7;
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let fair = Binomial::of(0.5);
    let binomials = rates.map(Binomial::of);
    let sequence = Sequence::of(1, tuned_for);
    let claims = |random: &mut SmallRng| {
        let mut seen = [(0u64, 0u64); 2];
        (0..users / USERS_BETWEEN_LOOKS).any(|_| {
            let second = fair.draw(USERS_BETWEEN_LOOKS, random) as usize;
            for (variant, tries) in [USERS_BETWEEN_LOOKS - second, second].into_iter().enumerate() {
                seen[variant].0 += tries as u64;
                seen[variant].1 += binomials[variant].draw(tries, random);
            }
            let [control, other] = seen.map(|(count, hits)| Sample::of_rate(count, hits));
            let enough = control.count.min(other.count) >= FEW_UNITS;
            enough && sequence.difference(&control, &other).is_some_and(|difference| difference.excludes_zero())
        })
    };
    (0..runs).filter(|_| claims(&mut random)).count()
}

#[test]
fn without_a_difference_at_most_one_in_twenty_ever_claims_one_however_often_one_looks() {
    for rate in [0.02, 0.1, 0.5] {
        let found = claims([rate; 2], 20_000, 2_000, TUNED_FOR);
        assert!(found as f64 <= ALPHA * 2_000.0, "{found} of 2000 at a rate of {rate}");
    }
}

#[test]
fn a_lift_of_ten_percent_is_found_as_often_as_planned() {
    for rate in [0.1, 0.3] {
        let rates: [f64; 2] = [rate, rate * 1.1];
        let variances = rates.map(|rate| rate * (1.0 - rate));
        let plan = Plan { difference: rates[1] - rates[0], variances, shares: [0.5; 2], comparisons: 1, power: POWER };
        let planned = planned_units(&plan).unwrap();
        let found = claims(rates, planned as usize, 1_000, planned);
        assert!((POWER..0.95).contains(&(found as f64 / 1_000.0)), "{found} of 1000 with {planned} units");
    }
}
