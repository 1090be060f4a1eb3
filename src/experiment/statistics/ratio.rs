//! Whether units were spread over variants as the weights say.

use super::gamma::upper;

/// How rare it is, if all is well, that counts lie as far as these from the shares they are to have (Pearson's chi-square
/// test). A count that is to have no share is left out; 1 where nothing can be said.
pub fn ratio_p_value(counts: &[u64], shares: &[f64]) -> f64 {
    let wanted: Vec<(f64, f64)> = counts
        .iter()
        .zip(shares)
        .filter(|(_, share)| **share > 0.0)
        .map(|(count, share)| (*count as f64, *share))
        .collect();
    let (total, whole) =
        wanted.iter().fold((0.0, 0.0), |(total, whole), (count, share)| (total + count, whole + share));
    if wanted.len() < 2 || total == 0.0 {
        return 1.0;
    }
    let distance = |(count, share): &(f64, f64)| {
        let expected = total * share / whole;
        (count - expected).powi(2) / expected
    };
    let distances: f64 = wanted.iter().map(distance).sum();
    upper(wanted.len() as u32 - 1, distances / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_scipy() {
        for (counts, shares, expected) in CHISQUARE {
            let found = ratio_p_value(counts, shares);
            assert!((found / expected - 1.0).abs() < 1e-10, "{counts:?}: {found}, expected {expected}");
        }
        assert_eq!(ratio_p_value(&[0, 0], &[0.5, 0.5]), 1.0);
        assert_eq!(ratio_p_value(&[5, 9], &[0.0, 1.0]), 1.0);
    }

    /// `scipy.stats.chisquare(counts, sum(counts) * shares / sum(shares)).pvalue`
    const CHISQUARE: [(&[u64], &[f64], f64); 5] = [
        (&[480, 520], &[0.5, 0.5], 0.20590321073206466),
        (&[5000, 5300], &[0.5, 0.5], 0.003116693839866867),
        (&[100, 220, 680], &[1.0, 2.0, 7.0], 0.2764530466295643),
        (
            &[330, 331, 310, 29],
            &[0.30303030303030304, 0.30303030303030304, 0.30303030303030304, 0.09090909090909091],
            2.9972545757129313e-10,
        ),
        (&[7, 9, 4, 8, 10, 11, 6, 9], &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0.7207172737911487),
    ];
}
