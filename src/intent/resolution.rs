//! How finely to divide: the resolution is chosen where the partition survives leaving things out, once, and
//! then frozen in the model. A resolution chosen anew each week would make every trend a story about itself.
//! Of very many vectors a sample is enough to choose on; the whole is then divided at what was chosen.

use super::agreement::adjusted_rand;
use super::graph::Graph;
use super::index::{Near, sample};
use super::knn::{EXACT, nearest, neighbour_graph};
use super::leiden::communities;
use super::random::SplitMix64;
use super::rows::{Rows, select};
use rayon::prelude::*;

/// Candidates, coarse to fine.
const LADDER: [f64; 10] = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0];
/// Runs per candidate, each without a fifth of the nodes.
const RUNS: u64 = 10;
const LEFT_OUT: f64 = 0.2;
/// The nodes of a block that is smaller than this part of the average size asked for stray: it is no community. So large a
/// part of all nodes may stray besides those that stray at the coarsest candidate already.
const STRAY: f64 = 0.33;
const STRAYING: f64 = 0.05;
/// What a partition tells apart counts by this power, so that twice as much may cost some stability: two or three large
/// topics are found again in every subsample, and tell nobody what was wanted.
const DETAIL: f64 = 0.125;

/// A resolution and how it was found.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) resolution: f64,
    pub(super) labels: Vec<u32>,
    /// Mean adjusted Rand index between the whole and its subsamples.
    pub(super) stability: f64,
}

impl Choice {
    /// Stability, weighed by what is told apart.
    fn worth(&self) -> f64 {
        self.stability * (1.0 + entropy(&self.labels)).powf(DETAIL)
    }
}

/// Chooses the candidate of most worth, of those that leave at least `mean_size` nodes to an average community and let few
/// stray. Its worth is summed with those of the next coarser and the next finer one: a single one may be stable by chance.
fn choose(graph: &Graph, mean_size: f64, seed: u64) -> Choice {
    let mut tried: Vec<Choice> = Vec::new();
    let all = graph.len() as f64;
    let mut alone = 0;
    for (step, &resolution) in LADDER.iter().enumerate() {
        let labels = communities(graph, resolution);
        let (large, astray) = large_and_astray(&labels, mean_size);
        if step == 0 {
            alone = astray;
        } else if large as f64 * mean_size > all || astray.saturating_sub(alone) as f64 > STRAYING * all {
            break;
        }
        let stability = stability(graph, &labels, resolution, seed ^ (step as u64) << 32);
        tried.push(Choice { resolution, labels, stability });
    }
    let worth: Vec<f64> = tried.iter().map(Choice::worth).collect();
    let around = |step: usize| worth[step.saturating_sub(1)] + worth[step] + worth[(step + 1).min(worth.len() - 1)];
    // The coarsest of several.
    let best = (0..worth.len()).reduce(|best, step| if around(step) > around(best) { step } else { best });
    tried.swap_remove(best.unwrap_or(0))
}

/// Neighbours in the graph of very many vectors: more would cost memory and change little.
const NEIGHBOURS_OF_MANY: usize = 10;
const SAMPLE_SEED: u64 = 0x5a3e;

/// Vectors divided, with each one's neighbours, best first.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    pub(super) neighbours: Vec<Near>,
    pub(super) choice: Choice,
}

/// Divides `vectors` by the graph of their `neighbours` nearest at the resolution that [`choose`] finds, times
/// `granularity`. Beyond [`EXACT`] vectors the neighbours are ten at most and come from an index, and the resolution is
/// chosen on a sample of so many with a graph of its own; stability is then the sample's.
pub(super) fn partition<R: Rows>(
    vectors: &R,
    neighbours: usize,
    mean_size: f64,
    granularity: f64,
    seed: u64,
) -> Partition {
    let many = vectors.count() > EXACT;
    let width = if many { neighbours.min(NEIGHBOURS_OF_MANY) } else { neighbours };
    let near = nearest(vectors, vectors, width, true);
    let graph = neighbour_graph(&near);
    let mut choice = if many {
        let part = select(vectors, &sample(vectors.count(), EXACT, SAMPLE_SEED));
        choose(&neighbour_graph(&nearest(&part, &part, neighbours, true)), mean_size, seed)
    } else {
        choose(&graph, mean_size, seed)
    };
    if many || granularity != 1.0 {
        choice.resolution *= granularity;
        choice.labels = communities(&graph, choice.resolution);
    }
    Partition { neighbours: near, choice }
}

/// Blocks that are more than strays, and nodes that stray.
fn large_and_astray(labels: &[u32], mean_size: f64) -> (usize, usize) {
    let (large, astray): (Vec<usize>, Vec<usize>) =
        sizes(labels).into_iter().partition(|&size| size as f64 >= STRAY * mean_size);
    (large.len(), astray.into_iter().sum())
}

/// What the labels tell apart, in nats.
fn entropy(labels: &[u32]) -> f64 {
    let shares = sizes(labels).into_iter().filter(|&size| size > 0).map(|size| size as f64 / labels.len() as f64);
    shares.map(|share| -share * share.ln()).sum()
}

/// Nodes of each block.
fn sizes(labels: &[u32]) -> Vec<usize> {
    let mut sizes = vec![0usize; labels.iter().max().map_or(0, |&max| max as usize + 1)];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    sizes
}

/// Mean agreement of the partition with those of subsamples.
fn stability(graph: &Graph, labels: &[u32], resolution: f64, seed: u64) -> f64 {
    let runs = (0..RUNS).into_par_iter().map(|run| {
        let mut random = SplitMix64::new(seed ^ run);
        let kept: Vec<bool> = (0..graph.len()).map(|_| random.unit() >= LEFT_OUT).collect();
        let again = communities(&graph.induced(&kept), resolution);
        let before: Vec<u32> = labels.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(label, _)| *label).collect();
        adjusted_rand(&before, &again)
    });
    // In the order of the runs, however many threads there are.
    runs.collect::<Vec<f64>>().into_iter().sum::<f64>() / RUNS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::matrix::{Dense, normalize};

    /// `rows` vectors about `directions` axes, one after the other.
    fn bundles(rows: usize, directions: usize) -> Dense {
        let mut random = SplitMix64::new(3);
        let mut vectors = Dense::zeros(rows, 16);
        for row in 0..rows {
            let vector = vectors.row_mut(row);
            vector.iter_mut().for_each(|value| *value = 0.05 * random.normal() as f32);
            vector[row % directions] += 1.0;
            normalize(vector);
        }
        vectors
    }

    #[test]
    fn what_two_large_topics_hold_is_told_apart() {
        // Fourteen blurred matters in two topics. The two are found again whole in every subsample, the fourteen nearly so.
        let rows = 280;
        let mut random = SplitMix64::new(9);
        let mut vectors = bundles(rows, 14);
        for row in 0..rows {
            let vector = vectors.row_mut(row);
            vector.iter_mut().for_each(|value| *value += 0.3 * random.normal() as f32);
            vector[14 + row % 2] += 3.0;
            normalize(vector);
        }
        let labels = partition(&vectors, 15, 14.0, 1.0, 1).choice.labels;
        let first = |row: usize| (0..rows).find(|&other| labels[other] == labels[row]);
        let pure = (0..rows).filter(|&row| first(row).is_some_and(|first| first % 14 == row % 14)).count();
        assert!(pure * 10 >= rows * 9, "{pure} of {rows}: {labels:?}");
        assert!(labels.iter().max().is_some_and(|&last| last < 28), "{labels:?}");
    }

    #[test]
    fn strays_are_counted_by_the_size_that_is_asked_for() {
        let labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2];
        assert_eq!(large_and_astray(&labels, 14.0), (1, 5));
        assert_eq!(large_and_astray(&labels, 3.0), (3, 0), "a wording that many say is an intent alone");
    }

    #[test]
    fn bundles_are_told_apart_few_or_many() {
        // The second is beyond what is compared exactly, so that the index and the sample are in it.
        for rows in [600, EXACT + 1_000] {
            let partition = partition(&bundles(rows, 8), 15, 16.0, 1.0, 1);
            assert_eq!(partition.neighbours.len(), rows);
            let gold: Vec<u32> = (0..rows as u32).map(|row| row % 8).collect();
            let mixed = (0..rows)
                .filter(|&row| partition.neighbours[row].iter().any(|&(other, _)| gold[other as usize] != gold[row]));
            assert_eq!(mixed.count(), 0, "neighbours are of one bundle");
            // No block spans two bundles; a block may be part of one.
            let mut bundle_of: Vec<Option<u32>> = vec![None; rows];
            for (row, &label) in partition.choice.labels.iter().enumerate() {
                let bundle = bundle_of[label as usize].get_or_insert(gold[row]);
                assert_eq!(*bundle, gold[row]);
            }
        }
    }
}
