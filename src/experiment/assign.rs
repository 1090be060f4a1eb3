//! Who gets which variant. Nothing is looked up: a hash of the unit decides, salted by the experiment, so that it is the same
//! every time, on every machine, and says nothing of what another experiment decides.

use super::definition::Experiment;

/// One of a million.
const PPM: u128 = 1_000_000;

/// Draws of one experiment for one unit: what one says has nothing to do with what the other says.
#[derive(Clone, Copy)]
enum Draw {
    Traffic = 0,
    Variant = 1,
}

/// 64 bits that are spread evenly over units.
fn hash(salt: &str, draw: Draw, unit: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    // The salt has one length: no two of these are the same bytes.
    hasher.update(salt.as_bytes()).update(&[draw as u8]).update(unit.as_bytes());
    let hash = hasher.finalize();
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes"))
}

/// The place in 0 to below `end` of a hash.
fn scaled(hash: u64, end: u128) -> u128 {
    (u128::from(hash) * end) >> u64::BITS
}

/// The place of the unit's variant; `None` where it is not among the share that takes part.
pub fn assign(experiment: &Experiment, unit: &str) -> Option<usize> {
    let Experiment { salt, traffic_share_ppm, variants, .. } = experiment;
    if scaled(hash(salt, Draw::Traffic, unit), PPM) >= u128::from(*traffic_share_ppm) {
        return None;
    }
    let total: u64 = variants.iter().map(|variant| u64::from(variant.weight)).sum();
    let drawn = scaled(hash(salt, Draw::Variant, unit), u128::from(total));
    let mut passed = 0;
    variants.iter().position(|variant| {
        passed += u128::from(variant.weight);
        drawn < passed
    })
}

#[cfg(test)]
mod tests {
    use super::super::statistics::ratio_p_value;
    use super::*;
    use crate::experiment::definition::Variant;

    fn experiment(salt: &str, share_ppm: u32, weights: &[u32]) -> Experiment {
        let variant = |(place, weight): (usize, &u32)| Variant {
            name: format!("v{place}"),
            weight: *weight,
            ..Variant::default()
        };
        Experiment {
            salt: salt.into(),
            traffic_share_ppm: share_ppm,
            variants: weights.iter().enumerate().map(variant).collect(),
            ..Experiment::default()
        }
    }

    const SALTS: [&str; 2] = ["00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"];

    fn counts(experiment: &Experiment, units: usize) -> Vec<u64> {
        let mut counts = vec![0; experiment.variants.len() + 1];
        for unit in 0..units {
            let place = assign(experiment, &format!("visitor-{unit}")).unwrap_or(experiment.variants.len());
            counts[place] += 1;
        }
        counts
    }

    #[test]
    fn units_are_spread_as_the_weights_and_the_share_of_traffic_say() {
        for (weights, share_ppm) in [(&[1, 1][..], 1_000_000), (&[1, 2, 7], 1_000_000), (&[3, 3, 3, 1], 250_000)] {
            let found = counts(&experiment(SALTS[0], share_ppm, weights), 100_000);
            let total: u32 = weights.iter().sum();
            let share = f64::from(share_ppm) / 1e6;
            let mut expected: Vec<f64> =
                weights.iter().map(|weight| share * f64::from(*weight) / f64::from(total)).collect();
            expected.push(1.0 - share);
            let (found, expected): (Vec<u64>, Vec<f64>) =
                found.into_iter().zip(expected).filter(|(_, expected)| *expected > 0.0).unzip();
            assert!(ratio_p_value(&found, &expected) > 0.001, "{found:?}, expected {expected:?}");
        }
        assert_eq!(counts(&experiment(SALTS[0], 0, &[1, 1]), 1_000), [0, 0, 1_000]);
        assert_eq!(counts(&experiment(SALTS[0], 1_000_000, &[0, 1]), 1_000), [0, 1_000, 0]);
    }

    #[test]
    fn what_one_experiment_decides_says_nothing_of_another_nor_the_share_of_the_variant() {
        let [one, other] = SALTS.map(|salt| experiment(salt, 1_000_000, &[1, 1]));
        let mut pairs = [0u64; 4];
        let mut in_half = [0u64; 2];
        let half = experiment(SALTS[0], 500_000, &[1, 1]);
        for unit in 0..100_000 {
            let unit = format!("visitor-{unit}");
            pairs[assign(&one, &unit).unwrap() * 2 + assign(&other, &unit).unwrap()] += 1;
            if let Some(place) = assign(&half, &unit) {
                in_half[place] += 1;
                // Sticky: who was drawn keeps the variant however large the share becomes.
                assert_eq!(assign(&one, &unit), Some(place));
            }
        }
        assert!(ratio_p_value(&pairs, &[0.25; 4]) > 0.001, "{pairs:?}");
        assert!(ratio_p_value(&in_half, &[0.5; 2]) > 0.001, "{in_half:?}");
    }

    /// What a visitor has seen must not change with a new version of the program.
    #[test]
    fn a_unit_keeps_its_variant_for_good() {
        let experiment = experiment(SALTS[0], 900_000, &[1, 1, 2]);
        let drawn: String = (0..40)
            .map(|unit| assign(&experiment, &format!("anna-{unit}")).map_or('-', |place| ['0', '1', '2'][place]))
            .collect();
        assert_eq!(drawn, DRAWN);
    }

    const DRAWN: &str = "-011022020022202022-1222002-1---2021121-";
}
