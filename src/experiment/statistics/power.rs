//! How many units it takes to find a difference.

use super::ALPHA;
use super::gamma::normal_quantile;
use super::sequence::errors_wide;

/// How often a difference that is there is to be found.
pub const POWER: f64 = 0.8;

/// A difference that is to be found.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub difference: f64,
    /// Of the values without and with the change.
    pub variances: [f64; 2],
    /// Of all units, those of the control and those of the smallest other variant.
    pub shares: [f64; 2],
    pub comparisons: usize,
    /// How often it is to be found.
    pub power: f64,
}

/// Units of all variants together with which the interval, tuned for them, leaves out zero as often as planned. `None` where
/// there is no difference, or no number is large enough.
///
/// At the last look, half an interval is c standard errors wide; the difference is found where its estimate is farther from
/// zero than that, and it lies z of the wanted power's quantile of them farther out in that share of cases. Looks before
/// the last one only find it sooner.
pub fn planned_units(plan: &Plan) -> Option<u64> {
    let Plan { difference, variances, shares, comparisons, power } = plan;
    let variance = variances[0] / shares[0] + variances[1] / shares[1];
    let errors = errors_wide(ALPHA / (*comparisons).max(1) as f64) + normal_quantile(*power);
    let units = variance * errors * errors / (difference * difference);
    // Of what has no variance a few are enough.
    (units.is_finite() && units < 1e15).then(|| (units.ceil() as u64).max(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_as_many_units_as_the_formula_in_python_says() {
        for (baseline, lifted, shares, comparisons, power, expected) in PLANNED {
            let variances = [baseline, lifted].map(|rate: f64| rate * (1.0 - rate));
            let plan = Plan { difference: lifted - baseline, variances, shares, comparisons, power };
            assert_eq!(planned_units(&plan), Some(expected), "{plan:?}");
        }
        let none = Plan { difference: 0.0, variances: [0.2; 2], shares: [0.5; 2], comparisons: 1, power: POWER };
        assert_eq!(planned_units(&none), None);
    }

    /// By `scipy.stats.norm.ppf`: `math.ceil((b*(1-b)/s[0] + l*(1-l)/s[1]) * (c + norm.ppf(power))**2 / (l - b)**2)` with
    /// `c = math.sqrt(2*(x+1)/x * math.log(math.sqrt(x+1)/a))`, `x = t + math.log(t+1)`, `t = -2*math.log(a)`.
    ///
    /// Rates without and with the change, shares, comparisons, power; units.
    const PLANNED: [(f64, f64, [f64; 2], usize, f64, u64); 5] = [
        (0.2, 0.22, [0.5, 0.5], 1, 0.8, 24920),
        (0.1, 0.11, [0.5, 0.5], 1, 0.8, 56483),
        (0.3, 0.27, [0.5, 0.5], 1, 0.9, 16858),
        (0.05, 0.06, [0.25, 0.25], 3, 0.8, 75206),
        (0.4, 0.5, [0.8, 0.2], 1, 0.8, 2330),
    ];
}
