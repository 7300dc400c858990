//! Communities by the Leiden algorithm (Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing
//! well-connected communities", 2019) for modularity with a resolution (Reichardt and Bornholdt, 2006):
//!
//! `Q = Σ_c ( w(c, c) - γ · S_c² / 2m )`, with `S_c` the summed strengths of a community and `2m` of all.
//!
//! Nodes are visited in order and the best move is taken instead of a random good one, so that the same graph
//! always gives the same communities. Every community of the result is connected.

use super::graph::Graph;
use std::collections::VecDeque;

/// Gains below this are rounding.
const EPSILON: f64 = 1e-10;
/// The whole algorithm is repeated on its own result until nothing changes, at most this often.
const REPEATS: usize = 4;

/// The communities of `graph`, numbered from 0 by their first node.
pub(super) fn communities(graph: &Graph, resolution: f64) -> Vec<u32> {
    let mut labels: Vec<u32> = (0..graph.len() as u32).collect();
    for _ in 0..REPEATS {
        let next = one_run(graph, labels.clone(), resolution);
        if next == labels {
            break;
        }
        labels = next;
    }
    labels
}

/// Local moving, refinement and aggregation until aggregation changes nothing.
fn one_run(graph: &Graph, start: Vec<u32>, resolution: f64) -> Vec<u32> {
    // `place[node]` is the node of the current aggregate that an original node lies in.
    let mut place: Vec<u32> = (0..graph.len() as u32).collect();
    let mut aggregate: Option<Graph> = None;
    let mut labels = start;
    loop {
        let current = aggregate.as_ref().unwrap_or(graph);
        move_nodes(current, &mut labels, resolution);
        let refined = refine(current, &labels, resolution);
        let (refined, count) = renumber(&refined);
        if count == current.len() {
            break;
        }
        // Communities of the aggregate are the unrefined ones, so that what moved together stays together.
        let mut next = vec![0; count];
        for (node, &block) in refined.iter().enumerate() {
            next[block as usize] = labels[node];
        }
        for slot in &mut place {
            *slot = refined[*slot as usize];
        }
        aggregate = Some(current.aggregate(&refined, count));
        labels = renumber(&next).0;
    }
    let flat: Vec<u32> = place.iter().map(|&node| labels[node as usize]).collect();
    graph.split_into_connected(&flat)
}

/// Labels renumbered by first appearance, and how many there are.
fn renumber(labels: &[u32]) -> (Vec<u32>, usize) {
    let mut number = vec![u32::MAX; labels.iter().max().map_or(0, |&max| max as usize + 1)];
    let mut count = 0;
    let renumbered = labels
        .iter()
        .map(|&label| {
            let slot = &mut number[label as usize];
            if *slot == u32::MAX {
                *slot = count;
                count += 1;
            }
            *slot
        })
        .collect();
    (renumbered, count as usize)
}

/// Weights from one node to the blocks around it, cleared cheaply between nodes.
struct Around {
    weights: Vec<f64>,
    seen: Vec<u32>,
}

impl Around {
    fn new(blocks: usize) -> Self {
        Self { weights: vec![0.0; blocks], seen: Vec::new() }
    }

    fn add(&mut self, block: u32, weight: f64) {
        let slot = &mut self.weights[block as usize];
        if *slot == 0.0 {
            self.seen.push(block);
        }
        *slot += weight;
    }

    fn clear(&mut self) {
        for &block in &self.seen {
            self.weights[block as usize] = 0.0;
        }
        self.seen.clear();
    }
}

/// Moves nodes to the neighbouring community with the highest gain until no node wants to move.
fn move_nodes(graph: &Graph, labels: &mut [u32], resolution: f64) {
    let nodes = graph.len();
    let scale = if graph.total() > 0.0 { resolution / graph.total() } else { 0.0 };
    let mut strengths = vec![0.0; nodes];
    let mut sizes = vec![0usize; nodes];
    for node in 0..nodes {
        strengths[labels[node] as usize] += graph.strength(node);
        sizes[labels[node] as usize] += 1;
    }
    let mut empty: Vec<u32> = (0..nodes as u32).rev().filter(|&block| sizes[block as usize] == 0).collect();
    let mut around = Around::new(nodes);
    let mut queue: VecDeque<u32> = (0..nodes as u32).collect();
    let mut queued = vec![true; nodes];
    while let Some(node) = queue.pop_front() {
        let node = node as usize;
        queued[node] = false;
        let home = labels[node];
        let strength = graph.strength(node);
        for (other, weight) in graph.neighbours(node) {
            around.add(labels[other], weight);
        }
        let gain =
            |block: u32, weight: f64, without: f64| weight - scale * strength * (strengths[block as usize] - without);
        let mut best = (home, gain(home, around.weights[home as usize], strength));
        for &block in &around.seen {
            if block != home {
                let candidate = gain(block, around.weights[block as usize], 0.0);
                if candidate > best.1 + EPSILON {
                    best = (block, candidate);
                }
            }
        }
        around.clear();
        if best.1 < -EPSILON && sizes[home as usize] > 1 {
            // Alone is better than anywhere.
            if let Some(&block) = empty.last() {
                best = (block, 0.0);
            }
        }
        if best.0 == home {
            continue;
        }
        labels[node] = best.0;
        strengths[home as usize] -= strength;
        strengths[best.0 as usize] += strength;
        sizes[home as usize] -= 1;
        if sizes[best.0 as usize] == 0 {
            // Only the last one is ever moved into.
            empty.pop();
        }
        sizes[best.0 as usize] += 1;
        if sizes[home as usize] == 0 {
            strengths[home as usize] = 0.0;
            empty.push(home);
        }
        for (other, _) in graph.neighbours(node) {
            if labels[other] != best.0 && !queued[other] {
                queued[other] = true;
                queue.push_back(other as u32);
            }
        }
    }
}

/// Splits each community into well-connected parts: starting from single nodes, merges within the community only,
/// and only nodes and parts that are well connected to the rest of it.
fn refine(graph: &Graph, labels: &[u32], resolution: f64) -> Vec<u32> {
    let nodes = graph.len();
    let scale = if graph.total() > 0.0 { resolution / graph.total() } else { 0.0 };
    let mut community = vec![0.0; nodes];
    for node in 0..nodes {
        community[labels[node] as usize] += graph.strength(node);
    }
    let mut parts: Vec<u32> = (0..nodes as u32).collect();
    let mut strengths: Vec<f64> = (0..nodes).map(|node| graph.strength(node)).collect();
    // Weight of the edges from a part to the rest of its community.
    let mut outward: Vec<f64> = (0..nodes)
        .map(|node| {
            let inside = graph.neighbours(node).filter(|&(other, _)| labels[other] == labels[node]);
            inside.map(|(_, weight)| weight).sum()
        })
        .collect();
    let mut alone = vec![true; nodes];
    let mut around = Around::new(nodes);
    for node in 0..nodes {
        let whole = community[labels[node] as usize];
        let strength = graph.strength(node);
        if !alone[node] || outward[node] < scale * strength * (whole - strength) {
            continue;
        }
        for (other, weight) in graph.neighbours(node).filter(|&(other, _)| labels[other] == labels[node]) {
            around.add(parts[other], weight);
        }
        let mut best: Option<(u32, f64)> = None;
        for &part in &around.seen {
            let index = part as usize;
            let well_connected = outward[index] >= scale * strengths[index] * (whole - strengths[index]);
            let gain = around.weights[index] - scale * strength * strengths[index];
            if well_connected && gain > EPSILON && best.is_none_or(|(_, highest)| gain > highest + EPSILON) {
                best = Some((part, gain));
            }
        }
        if let Some((part, _)) = best {
            let index = part as usize;
            let between = around.weights[index];
            // The part is named after its first node, which is no longer alone either.
            alone[node] = false;
            alone[index] = false;
            parts[node] = part;
            strengths[index] += strength;
            outward[index] += outward[node] - 2.0 * between;
        }
        around.clear();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quality(graph: &Graph, labels: &[u32], resolution: f64) -> f64 {
        let blocks = labels.iter().max().map_or(0, |&max| max as usize + 1);
        let mut strengths = vec![0.0; blocks];
        let mut inside = 0.0;
        for node in 0..graph.len() {
            strengths[labels[node] as usize] += graph.strength(node);
            inside +=
                graph.neighbours(node).filter(|&(other, _)| labels[other] == labels[node]).map(|(_, w)| w).sum::<f64>();
        }
        inside - resolution * strengths.iter().map(|s: &f64| s * s).sum::<f64>() / graph.total()
    }

    fn ring_of_cliques(cliques: u32, size: u32) -> Graph {
        let mut edges = Vec::new();
        for clique in 0..cliques {
            let first = clique * size;
            for a in 0..size {
                for b in a + 1..size {
                    edges.push((first + a, first + b, 1.0));
                }
            }
            let next = (clique + 1) % cliques * size;
            edges.push((first.min(next + 1), first.max(next + 1), 1.0));
        }
        Graph::new((cliques * size) as usize, &edges)
    }

    #[test]
    fn cliques_in_a_ring_are_found() {
        let labels = communities(&ring_of_cliques(8, 6), 1.0);
        let expected: Vec<u32> = (0..48).map(|node| node / 6).collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn zachary_karate_club_reaches_the_known_best_modularity() {
        // Zachary, 1977. The best partition at resolution 1 has modularity 0.4198.
        const EDGES: &[(u32, u32)] = &[
            (0, 1),
            (0, 2),
            (0, 3),
            (0, 4),
            (0, 5),
            (0, 6),
            (0, 7),
            (0, 8),
            (0, 10),
            (0, 11),
            (0, 12),
            (0, 13),
            (0, 17),
            (0, 19),
            (0, 21),
            (0, 31),
            (1, 2),
            (1, 3),
            (1, 7),
            (1, 13),
            (1, 17),
            (1, 19),
            (1, 21),
            (1, 30),
            (2, 3),
            (2, 7),
            (2, 8),
            (2, 9),
            (2, 13),
            (2, 27),
            (2, 28),
            (2, 32),
            (3, 7),
            (3, 12),
            (3, 13),
            (4, 6),
            (4, 10),
            (5, 6),
            (5, 10),
            (5, 16),
            (6, 16),
            (8, 30),
            (8, 32),
            (8, 33),
            (9, 33),
            (13, 33),
            (14, 32),
            (14, 33),
            (15, 32),
            (15, 33),
            (18, 32),
            (18, 33),
            (19, 33),
            (20, 32),
            (20, 33),
            (22, 32),
            (22, 33),
            (23, 25),
            (23, 27),
            (23, 29),
            (23, 32),
            (23, 33),
            (24, 25),
            (24, 27),
            (24, 31),
            (25, 31),
            (26, 29),
            (26, 33),
            (27, 33),
            (28, 31),
            (28, 33),
            (29, 32),
            (29, 33),
            (30, 32),
            (30, 33),
            (31, 32),
            (31, 33),
            (32, 33),
        ];
        let edges: Vec<(u32, u32, f64)> = EDGES.iter().map(|&(a, b)| (a, b, 1.0)).collect();
        let graph = Graph::new(34, &edges);
        let labels = communities(&graph, 1.0);
        let modularity = quality(&graph, &labels, 1.0) / graph.total();
        assert!(modularity > 0.415, "{modularity}");
    }

    #[test]
    fn graphs_without_edges_are_all_singletons() {
        assert_eq!(communities(&Graph::new(3, &[]), 1.0), [0, 1, 2]);
        assert!(communities(&Graph::new(0, &[]), 1.0).is_empty());
    }

    fn graphs() -> impl Strategy<Value = Graph> {
        (2usize..40).prop_flat_map(|nodes| {
            let edge = (0..nodes as u32, 0..nodes as u32, 1u32..100);
            proptest::collection::vec(edge, 0..160).prop_map(move |edges| {
                let mut edges: Vec<(u32, u32, f64)> = edges
                    .into_iter()
                    .filter(|(a, b, _)| a != b)
                    .map(|(a, b, w)| (a.min(b), a.max(b), f64::from(w) / 100.0))
                    .collect();
                edges.sort_by_key(|edge| (edge.0, edge.1));
                edges.dedup_by_key(|edge| (edge.0, edge.1));
                Graph::new(nodes, &edges)
            })
        })
    }

    proptest! {
        #[test]
        fn every_community_is_connected(graph in graphs(), resolution in 0.1f64..8.0) {
            let labels = communities(&graph, resolution);
            prop_assert_eq!(&graph.split_into_connected(&labels), &labels);
        }

        #[test]
        fn communities_are_no_worse_than_singletons(graph in graphs(), resolution in 0.1f64..8.0) {
            prop_assume!(graph.total() > 0.0);
            let labels = communities(&graph, resolution);
            let singletons: Vec<u32> = (0..graph.len() as u32).collect();
            prop_assert!(quality(&graph, &labels, resolution) >= quality(&graph, &singletons, resolution) - 1e-9);
        }
    }
}
