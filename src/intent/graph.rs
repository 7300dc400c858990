//! An undirected weighted graph, as community detection wants it.

use std::collections::VecDeque;

/// Nodes `0..len`, adjacency in compressed rows sorted by neighbour, loops apart.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    offsets: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<f64>,
    loops: Vec<f64>,
    strengths: Vec<f64>,
    total: f64,
}

impl Graph {
    /// From edges `(a, b, weight)`, each unordered pair at most once; `a == b` is a loop.
    pub(super) fn new(nodes: usize, edges: &[(u32, u32, f64)]) -> Self {
        let mut degree = vec![0usize; nodes + 1];
        for &(a, b, _) in edges {
            if a != b {
                degree[a as usize + 1] += 1;
                degree[b as usize + 1] += 1;
            }
        }
        for node in 0..nodes {
            degree[node + 1] += degree[node];
        }
        let offsets = degree.clone();
        let mut next = degree;
        let mut targets = vec![0; offsets[nodes]];
        let mut weights = vec![0.0; offsets[nodes]];
        let mut loops = vec![0.0; nodes];
        let mut strengths = vec![0.0; nodes];
        for &(a, b, weight) in edges {
            strengths[a as usize] += weight;
            strengths[b as usize] += weight;
            if a == b {
                loops[a as usize] += weight;
                continue;
            }
            for (from, to) in [(a, b), (b, a)] {
                let slot = next[from as usize];
                next[from as usize] += 1;
                targets[slot] = to;
                weights[slot] = weight;
            }
        }
        let total = strengths.iter().sum();
        Self { offsets, targets, weights, loops, strengths, total }
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.loops.len()
    }

    /// Neighbours other than the node itself, with edge weights.
    pub(super) fn neighbours(&self, node: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.offsets[node]..self.offsets[node + 1];
        self.targets[range.clone()].iter().map(|&target| target as usize).zip(self.weights[range].iter().copied())
    }

    /// Sum of the node's edge weights, a loop counting twice.
    pub(super) fn strength(&self, node: usize) -> f64 {
        self.strengths[node]
    }

    /// Sum of all strengths: twice the weight of all edges.
    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// The graph whose nodes are the `count` blocks of `labels`.
    pub(super) fn aggregate(&self, labels: &[u32], count: usize) -> Self {
        let mut edges: Vec<(u32, u32, f64)> = Vec::new();
        for node in 0..self.len() {
            if self.loops[node] > 0.0 {
                edges.push((labels[node], labels[node], self.loops[node]));
            }
            for (other, weight) in self.neighbours(node).filter(|&(other, _)| other > node) {
                let (a, b) = (labels[node], labels[other]);
                edges.push((a.min(b), a.max(b), weight));
            }
        }
        Self::new(count, &merge_parallel(edges))
    }

    /// The graph on the nodes with `kept[node]`, renumbered in order.
    pub(super) fn induced(&self, kept: &[bool]) -> Self {
        let mut number = vec![0u32; self.len()];
        let mut count = 0u32;
        for node in 0..self.len() {
            number[node] = count;
            count += u32::from(kept[node]);
        }
        let mut edges = Vec::new();
        for node in (0..self.len()).filter(|&node| kept[node]) {
            let later = self.neighbours(node).filter(|&(other, _)| other > node && kept[other]);
            edges.extend(later.map(|(other, weight)| (number[node], number[other], weight)));
        }
        Self::new(count as usize, &edges)
    }

    /// `labels` with every block split into its connected parts, numbered by first node.
    pub(super) fn split_into_connected(&self, labels: &[u32]) -> Vec<u32> {
        let mut parts = vec![u32::MAX; self.len()];
        let mut count = 0;
        let mut queue = VecDeque::new();
        for start in 0..self.len() {
            if parts[start] != u32::MAX {
                continue;
            }
            parts[start] = count;
            queue.push_back(start);
            while let Some(node) = queue.pop_front() {
                for (other, _) in self.neighbours(node) {
                    if parts[other] == u32::MAX && labels[other] == labels[start] {
                        parts[other] = count;
                        queue.push_back(other);
                    }
                }
            }
            count += 1;
        }
        parts
    }
}

fn merge_parallel(mut edges: Vec<(u32, u32, f64)>) -> Vec<(u32, u32, f64)> {
    // Stable, so that weights are added in one order.
    edges.sort_by_key(|&(a, b, _)| (a, b));
    let mut merged: Vec<(u32, u32, f64)> = Vec::with_capacity(edges.len());
    for (a, b, weight) in edges {
        match merged.last_mut() {
            Some(last) if (last.0, last.1) == (a, b) => last.2 += weight,
            _ => merged.push((a, b, weight)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregation_keeps_the_total_weight() {
        let graph = Graph::new(4, &[(0, 1, 1.0), (1, 2, 2.0), (2, 3, 3.0)]);
        let aggregate = graph.aggregate(&[0, 0, 1, 1], 2);
        assert_eq!(aggregate.total(), graph.total());
        assert_eq!(aggregate.strength(0), 4.0);
        assert_eq!(aggregate.neighbours(0).collect::<Vec<_>>(), [(1, 2.0)]);
    }

    #[test]
    fn blocks_without_a_connecting_edge_are_split() {
        let graph = Graph::new(4, &[(0, 1, 1.0), (1, 2, 2.0)]);
        assert_eq!(graph.split_into_connected(&[0, 1, 0, 0]), [0, 1, 2, 3]);
        assert_eq!(graph.split_into_connected(&[0, 0, 0, 0]), [0, 0, 0, 1]);
    }
}
