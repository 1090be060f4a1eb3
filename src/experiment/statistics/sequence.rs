//! Confidence sequences: intervals of which all together, at every look, hold with the given confidence.
//!
//! The asymptotic confidence sequence of I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central
//! limit theory and asymptotic confidence sequences", Annals of Statistics 52 (2024), theorem 2.2; for differences as in
//! their section 3, where the variant is drawn by chance: the difference of means is the mean of influences, whose variance
//! the variances of both variants give.

use super::ALPHA;

/// What is known of one variant's units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub count: u64,
    pub mean: f64,
    /// Of the values.
    pub variance: f64,
}

impl Sample {
    /// Of units that each either did or did not. One more that did and one that did not are added for the variance: all of a few
    /// say nothing of how much they would differ.
    pub fn of_rate(count: u64, hits: u64) -> Self {
        let mean = if count == 0 { 0.0 } else { hits as f64 / count as f64 };
        let wary = (hits as f64 + 1.0) / (count as f64 + 2.0);
        Self { count, mean, variance: wary * (1.0 - wary) }
    }

    /// Of the mean: variance by number.
    fn spread(&self) -> f64 {
        self.variance / self.count as f64
    }
}

/// From where to where, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    fn around(middle: f64, half_width: f64) -> Self {
        Self { low: middle - half_width, high: middle + half_width }
    }

    /// Whether nothing at all is outside of it.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Intervals that are right together for good with confidence 1 - `alpha`.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    alpha: f64,
    /// ρ²: where the intervals are narrowest.
    rho_squared: f64,
}

impl Sequence {
    /// Of an experiment with so many comparisons with its control, which share `ALPHA` (Bonferroni), narrowest where a
    /// comparison has `tuned_for` units.
    pub fn of(comparisons: usize, tuned_for: u64) -> Self {
        let alpha = ALPHA / comparisons.max(1) as f64;
        Self { alpha, rho_squared: narrowest(alpha) / tuned_for.max(1) as f64 }
    }

    /// Half of an interval's width, of the mean of so many values of that variance.
    fn half_width(&self, count: f64, variance: f64) -> f64 {
        (variance / count * self.squared_errors(count)).sqrt()
    }

    /// The square of how many standard errors half of the width is.
    fn squared_errors(&self, count: f64) -> f64 {
        let seen = count * self.rho_squared;
        2.0 * (seen + 1.0) / seen * ((seen + 1.0).sqrt() / self.alpha).ln()
    }

    /// Where the mean of a variant lies; `None` without units.
    pub fn mean(&self, sample: &Sample) -> Option<Interval> {
        let half_width = self.half_width(sample.count as f64, sample.variance);
        (sample.count > 0).then(|| Interval::around(sample.mean, half_width))
    }

    /// Where the difference lies by which the mean of `other` is above that of `control`; `None` without units.
    pub fn difference(&self, control: &Sample, other: &Sample) -> Option<Interval> {
        let squared_errors = self.squared_errors_of(control, other)?;
        let half_width = (squared_errors * (control.spread() + other.spread())).sqrt();
        Some(Interval::around(other.mean - control.mean, half_width))
    }

    /// Where the mean of `other` in parts of that of `control` lies, less one: all ratios r for which the interval of `other` less
    /// r times `control` has zero in it (E. C. Fieller, "Some problems in interval estimation", JRSS B 16, 1954). So it
    /// leaves out zero where the difference does. `None` while the control's own mean may be zero.
    pub fn lift(&self, control: &Sample, other: &Sample) -> Option<Interval> {
        let squared_errors = self.squared_errors_of(control, other)?;
        // r² a - 2 r b + c <= 0
        let a = control.mean * control.mean - squared_errors * control.spread();
        let b = control.mean * other.mean;
        let c = other.mean * other.mean - squared_errors * other.spread();
        if a <= 0.0 || control.mean <= 0.0 {
            return None;
        }
        let root = (b * b - a * c).max(0.0).sqrt();
        Some(Interval { low: ((b - root) / a).max(0.0) - 1.0, high: (b + root) / a - 1.0 })
    }

    fn squared_errors_of(&self, control: &Sample, other: &Sample) -> Option<f64> {
        let is_there = control.count > 0 && other.count > 0;
        is_there.then(|| self.squared_errors((control.count + other.count) as f64))
    }
}

/// The product of ρ² and the number of values where the interval is narrowest (their section 3.5, equation 71, solved closely
/// enough in closed form).
fn narrowest(alpha: f64) -> f64 {
    let twice = -2.0 * alpha.ln();
    twice + (twice + 1.0).ln()
}

/// How many standard errors half an interval is wide, where it is narrowest.
pub(super) fn errors_wide(alpha: f64) -> f64 {
    Sequence { alpha, rho_squared: narrowest(alpha) }.squared_errors(1.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Interval, low: f64, high: f64) {
        assert!(
            (found.low - low).abs() < 1e-9 && (found.high - high).abs() < 1e-9,
            "{found:?}, expected {low} to {high}"
        );
    }

    #[test]
    fn intervals_are_those_of_the_formula_in_python() {
        for (comparisons, tuned_for, [control, other], mean, difference, lift) in FORMULA {
            let sequence = Sequence::of(comparisons, tuned_for);
            let sample = |(count, hits): (u64, u64)| Sample::of_rate(count, hits);
            let (control, other) = (sample(control), sample(other));
            close(sequence.mean(&control).unwrap(), mean.0, mean.1);
            close(sequence.difference(&control, &other).unwrap(), difference.0, difference.1);
            close(sequence.lift(&control, &other).unwrap(), lift.0, lift.1);
        }
    }

    #[test]
    fn a_lift_leaves_out_nothing_exactly_where_the_difference_does() {
        let sequence = Sequence::of(2, 5_000);
        let (mut sure, mut open) = (0, 0);
        for (count, hits) in [(400, 90), (1_500, 160), (6_000, 700)] {
            let control = Sample::of_rate(count, hits);
            for other_hits in (0..=3 * hits).step_by(7) {
                let other = Sample::of_rate(count + 31, other_hits);
                let difference = sequence.difference(&control, &other).unwrap();
                let Some(lift) = sequence.lift(&control, &other) else { panic!("{control:?}") };
                assert_eq!(lift.excludes_zero(), difference.excludes_zero(), "{control:?} {other:?}");
                assert!(lift.low <= other.mean / control.mean - 1.0 && other.mean / control.mean - 1.0 <= lift.high);
                *if lift.excludes_zero() { &mut sure } else { &mut open } += 1;
            }
        }
        assert!(sure > 20 && open > 20, "{sure} {open}");
    }

    #[test]
    fn nothing_is_said_of_no_units_and_no_lift_over_nothing() {
        let sequence = Sequence::of(1, 1_000);
        let (none, some) = (Sample::of_rate(0, 0), Sample::of_rate(10, 3));
        assert_eq!((sequence.mean(&none), sequence.difference(&none, &some)), (None, None));
        assert_eq!(sequence.lift(&Sample::of_rate(10, 0), &some), None);
        // All of three against none of three would be sure, were it not for the two that are added.
        assert!(!sequence.difference(&Sample::of_rate(3, 0), &Sample::of_rate(3, 3)).unwrap().excludes_zero());
    }

    type Pair = (f64, f64);
    /// Comparisons, units it is tuned for, control and other (units, hits); mean of the control, difference and lift.
    type Case = (usize, u64, [(u64, u64); 2], Pair, Pair, Pair);
    /// By `import math, numpy`: `a = 0.05 / comparisons; t = -2 * math.log(a); r = (t + math.log(t + 1)) / tuned_for`,
    /// `width = lambda n, var: math.sqrt(var * 2 * (n*r + 1) / (n*n*r) * math.log(math.sqrt(n*r + 1) / a))`, variances
    /// `p * (1 - p)` of `p = (hits + 1) / (units + 2)`, of the pair `n = n1 + n2; var = n * (v1/n1 + v2/n2)`; the lift by
    /// `scipy.optimize.brentq(lambda r: (m2 - r*m1)**2 - width(n, n * (v2/n2 + r*r*v1/n1))**2, …)` below and above `m2/m1`.
    const FORMULA: [Case; 4] = [
        (
            1,
            10000,
            [(5000, 1000), (5100, 1122)],
            (0.18255277926679192, 0.2174472207332081),
            (-0.004596736992481237, 0.04459673699248122),
            (-0.02169059863806677, 0.23803190346011815),
        ),
        (
            2,
            4000,
            [(800, 80), (790, 101)],
            (0.06175916714989735, 0.13824083285010266),
            (-0.025907350498450825, 0.08160355303009637),
            (-0.21178143199870536, 1.1452545382174413),
        ),
        (
            1,
            24000,
            [(3000, 300), (3100, 390)],
            (0.07991512642442938, 0.12008487357557063),
            (-0.0005813762740915496, 0.052194279499897966),
            (-0.005187248691874369, 0.6042687419329489),
        ),
        (
            7,
            10000,
            [(900, 450), (850, 430)],
            (0.42499918441205115, 0.5750008155879489),
            (-0.09026758566169152, 0.10203229154404442),
            (-0.1657672768855185, 0.2263094223460267),
        ),
    ];
}
