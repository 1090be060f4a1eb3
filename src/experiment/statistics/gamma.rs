//! The incomplete gamma function of half-whole numbers, and what follows from it.

use std::f64::consts::{PI, SQRT_2};

/// More terms than ever are needed: with fewer the sums have settled.
const TERMS_MAX: usize = 10_000;
const SETTLED: f64 = 1e-16;

/// ln Γ(halves / 2), by Γ(x + 1) = x Γ(x) from Γ(1/2) and Γ(1).
fn ln_gamma(halves: u32) -> f64 {
    let first = if halves % 2 == 1 { 1 } else { 2 };
    let begins = if first == 1 { PI.sqrt().ln() } else { 0.0 };
    begins + (first..halves).step_by(2).map(|halves| (f64::from(halves) / 2.0).ln()).sum::<f64>()
}

/// The regularised upper incomplete gamma function Q(halves / 2, x): by its series (DLMF 8.7.1) where that settles soon, else by
/// the continued fraction (DLMF 8.9.2) after Lentz.
pub fn upper(halves: u32, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let a = f64::from(halves) / 2.0;
    let front = (a * x.ln() - x - ln_gamma(halves)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..TERMS_MAX {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * SETTLED {
                break;
            }
        }
        return 1.0 - front * sum;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / f64::MIN_POSITIVE, 1.0 / b);
    let mut fraction = d;
    for step in 1..TERMS_MAX {
        let step = step as f64;
        let an = -step * (step - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < SETTLED {
            break;
        }
    }
    front * fraction
}

/// The chance that a normal variable is at most `x` standard deviations above its mean.
pub fn normal_cdf(x: f64) -> f64 {
    let tail = upper(1, (x / SQRT_2).powi(2)) / 2.0;
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Where that chance is `p`, 0 to 1, by halving.
pub fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if normal_cdf(middle) < p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_scipy() {
        for (halves, x, expected) in UPPER {
            let found = upper(halves, x);
            assert!((found / expected - 1.0).abs() < 1e-11, "Q({halves}/2, {x}) = {found:e}, expected {expected:e}");
        }
        for (x, expected) in NORMAL {
            assert!((normal_cdf(x) / expected - 1.0).abs() < 1e-12, "{x}: {}", normal_cdf(x));
            assert!((normal_quantile(expected) - x).abs() < 1e-9, "{x}: {}", normal_quantile(expected));
        }
    }

    /// `scipy.special.gammaincc(halves / 2, x)`
    const UPPER: [(u32, f64, f64); 10] = [
        (1, 0.001, 0.9643294082703201),
        (1, 0.5, 0.31731050786291115),
        (1, 2.0, 0.04550026389635857),
        (1, 30.0, 9.485737571073857e-15),
        (2, 1.5, 0.22313016014842982),
        (3, 0.7, 0.7055347312040912),
        (3, 9.0, 0.0004398496528388289),
        (5, 2.5, 0.4158801869955079),
        (7, 20.0, 1.258790387371308e-06),
        (7, 0.01, 0.9999999914694195),
    ];
    /// `scipy.stats.norm.cdf(x)`
    const NORMAL: [(f64, f64); 6] = [
        (-5.0, 2.866515718791933e-07),
        (-1.959963984540054, 0.025),
        (-0.3, 0.3820885778110474),
        (0.0, 0.5),
        (0.8416212335729143, 0.8),
        (2.5, 0.9937903346742238),
    ];
}
