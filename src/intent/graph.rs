//! An undirected weighted graph, as community detection wants it.

use std::collections::VecDeque;

/// Nodes `0..len`, adjacency in compressed rows sorted by neighbour, loops apart. Eight bytes for each end of an edge:
/// weights are sums of few terms, sums of many (strengths, loops) are `f64`.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    offsets: Vec<usize>,
    /// (neighbour, weight)
    ends: Vec<(u32, f32)>,
    loops: Vec<f64>,
    strengths: Vec<f64>,
    total: f64,
}

impl Graph {
    /// From what each node lists, itself excepted: an edge where either end lists the other. Where both do, or one does
    /// twice, the larger weight counts.
    pub(super) fn symmetric<I: Iterator<Item = (u32, f32)>>(nodes: usize, lists: impl Fn(usize) -> I) -> Self {
        let mut offsets = vec![0usize; nodes + 1];
        for node in 0..nodes {
            for (other, _) in lists(node) {
                offsets[node + 1] += 1;
                offsets[other as usize + 1] += 1;
            }
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let mut next = offsets.clone();
        let mut ends = vec![(0u32, 0.0f32); offsets[nodes]];
        for node in 0..nodes {
            for (other, weight) in lists(node) {
                for (from, to) in [(node, other), (other as usize, node as u32)] {
                    ends[next[from]] = (to, weight);
                    next[from] += 1;
                }
            }
        }
        drop(next);
        // Each row is sorted and rid of double edges, then moved to where the row before it ends.
        let mut filled = 0;
        for node in 0..nodes {
            let (start, end) = (offsets[node], offsets[node + 1]);
            ends[start..end].sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            offsets[node] = filled;
            for index in start..end {
                let doubled = filled > offsets[node] && ends[filled - 1].0 == ends[index].0;
                if !doubled {
                    ends[filled] = ends[index];
                    filled += 1;
                }
            }
        }
        offsets[nodes] = filled;
        ends.truncate(filled);
        ends.shrink_to_fit();
        Self::from_rows(offsets, ends, vec![0.0; nodes])
    }

    /// From edges `(a, b, weight)`, each unordered pair at most once; `a == b` is a loop.
    #[cfg(test)]
    pub(super) fn new(nodes: usize, edges: &[(u32, u32, f64)]) -> Self {
        let mut lists = vec![Vec::new(); nodes];
        let mut loops = vec![0.0; nodes];
        for &(a, b, weight) in edges {
            if a == b {
                loops[a as usize] += weight;
            } else {
                lists[a as usize].push((b, weight as f32));
            }
        }
        let Self { offsets, ends, .. } = Self::symmetric(nodes, |node| lists[node].iter().copied());
        Self::from_rows(offsets, ends, loops)
    }

    fn from_rows(offsets: Vec<usize>, ends: Vec<(u32, f32)>, loops: Vec<f64>) -> Self {
        let rows = offsets.windows(2).map(|row| ends[row[0]..row[1]].iter().map(|&(_, weight)| f64::from(weight)));
        let strengths: Vec<f64> = rows.zip(&loops).map(|(row, own)| row.sum::<f64>() + 2.0 * own).collect();
        let total = strengths.iter().sum();
        Self { offsets, ends, loops, strengths, total }
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.loops.len()
    }

    /// Neighbours other than the node itself, with edge weights.
    pub(super) fn neighbours(&self, node: usize) -> impl Iterator<Item = (usize, f64)> {
        let row = &self.ends[self.offsets[node]..self.offsets[node + 1]];
        row.iter().map(|&(other, weight)| (other as usize, f64::from(weight)))
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
        let (starts, members) = by_block(labels, count);
        let mut offsets = Vec::with_capacity(count + 1);
        offsets.push(0);
        let mut ends: Vec<(u32, f32)> = Vec::new();
        let (mut loops, mut strengths) = (vec![0.0; count], vec![0.0; count]);
        let mut weights = vec![0.0f64; count];
        let mut seen: Vec<u32> = Vec::new();
        for block in 0..count {
            for &node in &members[starts[block]..starts[block + 1]] {
                let node = node as usize;
                loops[block] += self.loops[node];
                strengths[block] += self.strengths[node];
                for (other, weight) in self.neighbours(node) {
                    let beyond = labels[other] as usize;
                    if beyond == block {
                        // Seen from both ends.
                        loops[block] += weight / 2.0;
                        continue;
                    }
                    if weights[beyond] == 0.0 {
                        seen.push(beyond as u32);
                    }
                    weights[beyond] += weight;
                }
            }
            seen.sort_unstable();
            for other in seen.drain(..) {
                ends.push((other, weights[other as usize] as f32));
                weights[other as usize] = 0.0;
            }
            offsets.push(ends.len());
        }
        Self { offsets, ends, loops, strengths, total: self.total }
    }

    /// The graph on the nodes with `kept[node]`, renumbered in order.
    pub(super) fn induced(&self, kept: &[bool]) -> Self {
        let mut number = vec![0u32; self.len()];
        let mut count = 0u32;
        for node in 0..self.len() {
            number[node] = count;
            count += u32::from(kept[node]);
        }
        let mut offsets = vec![0];
        let mut ends = Vec::new();
        let mut loops = Vec::new();
        for node in (0..self.len()).filter(|&node| kept[node]) {
            let row = &self.ends[self.offsets[node]..self.offsets[node + 1]];
            let inside = row.iter().filter(|(other, _)| kept[*other as usize]);
            ends.extend(inside.map(|&(other, weight)| (number[other as usize], weight)));
            offsets.push(ends.len());
            loops.push(self.loops[node]);
        }
        Self::from_rows(offsets, ends, loops)
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

/// Nodes by block: where each block starts, and the nodes of all blocks in rising order within each.
fn by_block(labels: &[u32], count: usize) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0usize; count + 1];
    for &label in labels {
        starts[label as usize + 1] += 1;
    }
    for block in 0..count {
        starts[block + 1] += starts[block];
    }
    let mut next = starts.clone();
    let mut members = vec![0u32; labels.len()];
    for (node, &label) in labels.iter().enumerate() {
        members[next[label as usize]] = node as u32;
        next[label as usize] += 1;
    }
    (starts, members)
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
    fn an_edge_is_where_either_end_lists_the_other() {
        let lists = [vec![(1, 0.5), (2, 0.25)], vec![(0, 0.75)], vec![], vec![]];
        let graph = Graph::symmetric(4, |node| lists[node].iter().copied());
        assert_eq!(graph.neighbours(0).collect::<Vec<_>>(), [(1, 0.75), (2, 0.25)]);
        assert_eq!(graph.neighbours(1).collect::<Vec<_>>(), [(0, 0.75)]);
        assert_eq!(graph.neighbours(2).collect::<Vec<_>>(), [(0, 0.25)]);
        assert_eq!((graph.strength(3), graph.total()), (0.0, 2.0));
    }

    #[test]
    fn the_induced_graph_keeps_the_edges_inside() {
        let graph = Graph::new(4, &[(0, 1, 1.0), (1, 3, 2.0), (2, 3, 4.0)]);
        let induced = graph.induced(&[false, true, true, true]);
        assert_eq!(induced.neighbours(2).collect::<Vec<_>>(), [(0, 2.0), (1, 4.0)]);
        assert_eq!(induced.total(), 12.0);
    }

    #[test]
    fn blocks_without_a_connecting_edge_are_split() {
        let graph = Graph::new(4, &[(0, 1, 1.0), (1, 2, 2.0)]);
        assert_eq!(graph.split_into_connected(&[0, 1, 0, 0]), [0, 1, 2, 3]);
        assert_eq!(graph.split_into_connected(&[0, 0, 0, 0]), [0, 0, 0, 1]);
    }
}
