//! How finely to divide: the resolution is chosen where the partition survives leaving things out, once, and
//! then frozen in the model. A resolution chosen anew each week would make every trend a story about itself.

use super::agreement::adjusted_rand;
use super::graph::Graph;
use super::leiden::communities;
use super::random::SplitMix64;

/// Candidates, coarse to fine.
const LADDER: [f64; 8] = [0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0];
/// Runs per candidate, each without a fifth of the nodes.
const RUNS: u64 = 10;
const LEFT_OUT: f64 = 0.2;
/// Blocks smaller than this are not counted when the average size is judged.
const STRAY: usize = 5;
/// Agreement this close to the best is as good.
const TOLERANCE: f64 = 0.005;

/// A resolution and how it was found.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) resolution: f64,
    pub(super) labels: Vec<u32>,
    /// Mean adjusted Rand index between the whole and its subsamples.
    pub(super) stability: f64,
    /// Standard error of that mean.
    error: f64,
}

/// Chooses among the candidates that leave at least `mean_size` nodes to an average community.
pub(super) fn choose(graph: &Graph, mean_size: f64, seed: u64) -> Choice {
    let mut tried: Vec<Choice> = Vec::new();
    for (step, &resolution) in LADDER.iter().enumerate() {
        let labels = communities(graph, resolution);
        if step > 0 && large_blocks(&labels) as f64 * mean_size > graph.len() as f64 {
            break;
        }
        let (stability, error) = stability(graph, &labels, resolution, seed ^ (step as u64) << 32);
        tried.push(Choice { resolution, labels, stability, error });
    }
    let best = tried.iter().map(|choice| choice.stability).fold(f64::NEG_INFINITY, f64::max);
    let error = tried.iter().find(|choice| choice.stability >= best).map_or(0.0, |choice| choice.error);
    let chosen = tried.iter().position(|choice| choice.stability >= best - error.max(TOLERANCE)).unwrap_or(0);
    tried.swap_remove(chosen)
}

/// Blocks that are more than a stray pair or two.
fn large_blocks(labels: &[u32]) -> usize {
    let mut sizes = vec![0usize; labels.iter().max().map_or(0, |&max| max as usize + 1)];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    sizes.into_iter().filter(|&size| size >= STRAY).count()
}

/// Mean agreement of the partition with those of subsamples.
fn stability(graph: &Graph, labels: &[u32], resolution: f64, seed: u64) -> (f64, f64) {
    let mut agreements = Vec::new();
    for run in 0..RUNS {
        let mut random = SplitMix64::new(seed ^ run);
        let kept: Vec<bool> = (0..graph.len()).map(|_| random.unit() >= LEFT_OUT).collect();
        let again = communities(&graph.induced(&kept), resolution);
        let before: Vec<u32> = labels.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(label, _)| *label).collect();
        agreements.push(adjusted_rand(&before, &again));
    }
    let mean = agreements.iter().sum::<f64>() / RUNS as f64;
    let squares: f64 = agreements.iter().map(|agreement| (agreement - mean).powi(2)).sum();
    (mean, (squares / (RUNS * (RUNS - 1)) as f64).sqrt())
}
