//! How probable it is that a variant is the best, by quadrature.

/// What is believed of a variant's mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Posterior {
    /// Of a rate.
    Beta {
        a: f64,
        b: f64,
    },
    Normal {
        mean: f64,
        deviation: f64,
    },
}

/// Points at which densities are compared.
const POINTS: usize = 16_384;
/// How far they reach, in standard deviations: beyond it lies nothing that could be seen.
const REACH: f64 = 9.0;
/// A belief as narrow as this, in parts of the distance to the others, is as good as one of no width.
const NARROWEST: f64 = 1e-3;

impl Posterior {
    /// Of a rate, after a flat belief.
    pub fn of_rate(count: u64, hits: u64) -> Self {
        Self::Beta { a: hits as f64 + 1.0, b: (count - hits) as f64 + 1.0 }
    }

    fn mean(&self) -> f64 {
        match self {
            Self::Beta { a, b } => a / (a + b),
            Self::Normal { mean, .. } => *mean,
        }
    }

    fn deviation(&self) -> f64 {
        match self {
            Self::Beta { a, b } => (a * b / (a + b + 1.0)).sqrt() / (a + b),
            Self::Normal { deviation, .. } => *deviation,
        }
    }

    /// The logarithm of the density, but for a constant.
    fn ln_density(&self, x: f64) -> f64 {
        match self {
            Self::Beta { a, b } if x > 0.0 && x < 1.0 => (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p(),
            Self::Beta { .. } => f64::NEG_INFINITY,
            Self::Normal { mean, deviation } => -((x - mean) / deviation).powi(2) / 2.0,
        }
    }

    /// The chances of the intervals between points, which add up to one.
    fn chances(&self, points: &[f64]) -> Vec<f64> {
        let logarithms: Vec<f64> = points.iter().map(|x| self.ln_density(*x)).collect();
        let highest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let densities: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - highest).exp()).collect();
        let sum: f64 = densities.iter().sum();
        densities.iter().map(|density| density / sum).collect()
    }
}

/// How probable it is of each variant that its mean is the highest (or the lowest), all means being independent.
pub fn best(posteriors: &[Posterior], is_higher_better: bool) -> Vec<f64> {
    let means = || posteriors.iter().map(Posterior::mean);
    let (lowest, highest) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
    let widest = posteriors.iter().map(Posterior::deviation).fold(0.0, f64::max);
    let narrowest = NARROWEST * widest.max(highest - lowest);
    if narrowest <= 0.0 {
        // All are known to be the same.
        return vec![1.0 / posteriors.len() as f64; posteriors.len()];
    }
    let seen = posteriors.iter().map(|posterior| match *posterior {
        Posterior::Normal { mean, deviation } => Posterior::Normal { mean, deviation: deviation.max(narrowest) },
        beta @ Posterior::Beta { .. } => beta,
    });
    let seen: Vec<Posterior> = seen.collect();
    let reach = |of: fn(f64, f64) -> f64, sign: f64, from: f64| {
        seen.iter().map(|posterior| posterior.mean() + sign * REACH * posterior.deviation()).fold(from, of)
    };
    let (mut low, mut high) = (reach(f64::min, -1.0, f64::INFINITY), reach(f64::max, 1.0, f64::NEG_INFINITY));
    if seen.iter().all(|posterior| matches!(posterior, Posterior::Beta { .. })) {
        (low, high) = (low.max(0.0), high.min(1.0));
    }
    let step = (high - low) / POINTS as f64;
    // The middles of intervals: at its ends a belief may have no density.
    let points: Vec<f64> = (0..POINTS).map(|place| low + (place as f64 + 0.5) * step).collect();
    let chances: Vec<Vec<f64>> = seen.iter().map(|posterior| posterior.chances(&points)).collect();
    let beaten: Vec<Vec<f64>> = chances.iter().map(|chances| passed(chances, is_higher_better)).collect();
    let of = |one: usize| -> f64 {
        let others = |place: usize| -> f64 {
            beaten.iter().enumerate().filter(|(other, _)| *other != one).map(|(_, beaten)| beaten[place]).product()
        };
        chances[one].iter().enumerate().map(|(place, chance)| chance * others(place)).sum()
    };
    let found: Vec<f64> = (0..seen.len()).map(of).collect();
    let sum: f64 = found.iter().sum();
    found.iter().map(|chance| chance / sum).collect()
}

/// By point, the chance to be below it (or above it).
fn passed(chances: &[f64], is_below: bool) -> Vec<f64> {
    let mut before = 0.0;
    let below = chances.iter().map(|chance| {
        let middle = before + chance / 2.0;
        before += chance;
        middle
    });
    if is_below { below.collect() } else { below.map(|below| (1.0 - below).max(0.0)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_those_of_scipy() {
        for (posteriors, is_higher_better, expected) in BEST {
            let found = best(posteriors, is_higher_better);
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 2e-6, "{posteriors:?}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn where_nothing_is_known_all_are_alike_and_what_is_sure_is_sure() {
        let normal = |mean, deviation| Posterior::Normal { mean, deviation };
        assert_eq!(best(&[normal(2.0, 0.0); 4], true), [0.25; 4]);
        let sure = best(&[normal(1.0, 0.0), normal(2.0, 0.0)], true);
        assert!(sure[0] < 1e-12 && sure[1] > 1.0 - 1e-12, "{sure:?}");
        let sure = best(&[normal(1.0, 0.0), normal(2.0, 0.0)], false);
        assert!(sure[0] > 1.0 - 1e-12, "{sure:?}");
    }

    const fn beta(a: f64, b: f64) -> Posterior {
        Posterior::Beta { a, b }
    }

    const fn normal(mean: f64, deviation: f64) -> Posterior {
        Posterior::Normal { mean, deviation }
    }

    /// By `scipy.integrate.quad` over pdf times the others' cdf (or sf), of `scipy.stats.beta` and `scipy.stats.norm`.
    const BEST: [(&[Posterior], bool, &[f64]); 6] = [
        (&[beta(21.0, 81.0), beta(31.0, 71.0)], true, &[0.052396896647630836, 0.947603103352369]),
        (
            &[beta(201.0, 1801.0), beta(221.0, 1781.0), beta(190.0, 1812.0)],
            true,
            &[0.14187765530147675, 0.8213463317073967, 0.036776012991126414],
        ),
        (&[beta(1.0, 11.0), beta(3.0, 9.0)], true, &[0.10714285714285708, 0.8928571428571429]),
        (&[beta(1.0, 1.0), beta(5001.0, 5001.0)], true, &[0.4999999999999999, 0.49999999999999883]),
        (&[normal(420.0, 6.0), normal(405.0, 7.5)], false, &[0.05917490636781417, 0.940825093632186]),
        (
            &[normal(0.012, 0.0004), normal(0.0121, 0.0005), normal(0.0118, 0.0003), normal(0.0125, 0.0006)],
            false,
            &[0.24410745000712525, 0.21693910459618734, 0.4504198150163721, 0.08853363038031402],
        ),
    ];
}
