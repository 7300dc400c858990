//! How far two partitions of the same things agree.

use rustc_hash::FxHashMap;

/// The adjusted Rand index (Hubert and Arabie, 1985): 1 for equal partitions, 0 on average for unrelated ones.
/// Two partitions that are both one block, or both all singletons, agree perfectly.
pub(super) fn adjusted_rand(left: &[u32], right: &[u32]) -> f64 {
    let pairs = |count: u64| (count * count.saturating_sub(1) / 2) as f64;
    let together: f64 = counts(left.iter().zip(right)).into_iter().map(pairs).sum();
    let in_left: f64 = counts(left.iter()).into_iter().map(pairs).sum();
    let in_right: f64 = counts(right.iter()).into_iter().map(pairs).sum();
    let all = pairs(left.len().min(right.len()) as u64);
    if all == 0.0 {
        return 1.0;
    }
    let expected = in_left * in_right / all;
    let largest = f64::midpoint(in_left, in_right);
    if largest == expected { 1.0 } else { (together - expected) / (largest - expected) }
}

fn counts<T: std::hash::Hash + Eq>(items: impl Iterator<Item = T>) -> Vec<u64> {
    let mut counts: FxHashMap<T, u64> = FxHashMap::default();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    // Whole numbers below 2^53 sum exactly in any order.
    counts.into_values().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Normalised mutual information, arithmetic mean of the entropies.
    pub(in crate::intent) fn normalized_mutual_information(left: &[u32], right: &[u32]) -> f64 {
        let all = left.len() as f64;
        let entropy =
            |counts: Vec<u64>| -> f64 { counts.into_iter().map(|count| count as f64 / all).map(|p| -p * p.ln()).sum() };
        let (a, b) = (entropy(counts(left.iter())), entropy(counts(right.iter())));
        let joint = entropy(counts(left.iter().zip(right)));
        if a + b == 0.0 { 1.0 } else { 2.0 * (a + b - joint) / (a + b) }
    }

    /// Share of things whose block is matched to their gold block by the best one-to-one matching (Hungarian).
    pub(in crate::intent) fn matched_accuracy(gold: &[u32], found: &[u32]) -> f64 {
        let size = gold.iter().chain(found).max().map_or(0, |&max| max as usize + 1);
        let mut cost = vec![vec![0i64; size]; size];
        for (&g, &f) in gold.iter().zip(found) {
            cost[g as usize][f as usize] -= 1;
        }
        -hungarian(&cost) as f64 / gold.len() as f64
    }

    /// Least total cost of a perfect matching (shortest augmenting paths with potentials).
    fn hungarian(cost: &[Vec<i64>]) -> i64 {
        let n = cost.len();
        let (mut u, mut v) = (vec![0i64; n + 1], vec![0i64; n + 1]);
        let (mut matched, mut way) = (vec![0usize; n + 1], vec![0usize; n + 1]);
        for row in 1..=n {
            matched[0] = row;
            let mut column = 0;
            let mut least = vec![i64::MAX; n + 1];
            let mut used = vec![false; n + 1];
            while matched[column] != 0 {
                used[column] = true;
                let (current, mut delta, mut next) = (matched[column], i64::MAX, 0);
                for j in 1..=n {
                    if used[j] {
                        continue;
                    }
                    let reduced = cost[current - 1][j - 1] - u[current] - v[j];
                    if reduced < least[j] {
                        (least[j], way[j]) = (reduced, column);
                    }
                    if least[j] < delta {
                        (delta, next) = (least[j], j);
                    }
                }
                for j in 0..=n {
                    if used[j] {
                        u[matched[j]] += delta;
                        v[j] -= delta;
                    } else {
                        least[j] -= delta;
                    }
                }
                column = next;
            }
            while column != 0 {
                matched[column] = matched[way[column]];
                column = way[column];
            }
        }
        (1..=n).map(|column| cost[matched[column] - 1][column - 1]).sum()
    }

    #[test]
    fn agreement_measures_give_the_reference_values() {
        let gold = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2];
        let found = [0, 0, 1, 1, 1, 1, 2, 2, 2, 0];
        assert!((adjusted_rand(&gold, &found) - 0.431_818_181_818_181_77).abs() < 1e-12);
        assert!((normalized_mutual_information(&gold, &found) - 0.618_065_646_292_154_1).abs() < 1e-12);
        assert!((matched_accuracy(&gold, &found) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn adjusted_rand_of_trivial_partitions_is_one() {
        assert_eq!(adjusted_rand(&[0, 0, 0], &[1, 1, 1]), 1.0);
        assert_eq!(adjusted_rand(&[], &[]), 1.0);
        assert_eq!(adjusted_rand(&[0, 1, 2], &[2, 0, 1]), 1.0);
    }
}
