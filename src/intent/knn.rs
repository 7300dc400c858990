//! Nearest neighbours by cosine, exactly: all pairs in blocks. Right up to some tens of thousands of vectors;
//! beyond that the work grows with the square and an index is wanted.

use super::graph::Graph;
use super::matrix::{Dense, dot_products};

/// Rows compared at once.
const BLOCK: usize = 256;

/// For each row of `queries`, the `k` rows of `among` with the highest cosine, best first, ties by lower row.
/// With `same`, both are the same matrix and a row is not its own neighbour. Rows must have length 1 or 0;
/// only positive cosines count.
pub(super) fn nearest(queries: &Dense, among: &Dense, k: usize, same: bool) -> Vec<Vec<(u32, f32)>> {
    let width = queries.columns;
    if width == 0 || among.rows == 0 {
        return vec![Vec::new(); queries.rows];
    }
    let mut found = Vec::with_capacity(queries.rows);
    let mut products = vec![0.0; BLOCK.min(queries.rows) * among.rows];
    for block in queries.values.chunks(BLOCK * width) {
        let rows = block.len() / width;
        let products = &mut products[..rows * among.rows];
        dot_products(block, &among.values, width, products);
        for row in products.chunks(among.rows) {
            let itself = same.then_some(found.len());
            found.push(best(row, k, itself));
        }
    }
    found
}

fn best(cosines: &[f32], k: usize, itself: Option<usize>) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(k + 1);
    for (index, &cosine) in cosines.iter().enumerate() {
        if cosine <= 0.0 || Some(index) == itself {
            continue;
        }
        if best.len() == k && best.last().is_none_or(|&(_, worst)| cosine <= worst) {
            continue;
        }
        let place = best.partition_point(|&(_, other)| other >= cosine);
        best.insert(place, (index as u32, cosine));
        best.truncate(k);
    }
    best
}

/// The undirected graph of `neighbours`: an edge where either end lists the other, weighing the squared cosine.
pub(super) fn neighbour_graph(neighbours: &[Vec<(u32, f32)>]) -> Graph {
    let mut edges: Vec<(u32, u32, f64)> = Vec::new();
    for (node, list) in neighbours.iter().enumerate() {
        let node = node as u32;
        for &(other, cosine) in list {
            let weight = f64::from(cosine) * f64::from(cosine);
            edges.push((node.min(other), node.max(other), weight));
        }
    }
    // The same pair seen from both ends may differ in the last bit; either will do, the larger is kept.
    edges.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    Graph::new(neighbours.len(), &edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::matrix::normalize;

    #[test]
    fn nearest_rows_come_best_first_and_never_themselves() {
        let mut vectors = Dense { rows: 4, columns: 2, values: vec![1.0, 0.0, 0.9, 0.1, 0.5, 0.5, -1.0, 0.0] };
        for row in 0..4 {
            normalize(vectors.row_mut(row));
        }
        let found = nearest(&vectors, &vectors, 2, true);
        assert_eq!(found[0].iter().map(|&(row, _)| row).collect::<Vec<_>>(), [1, 2]);
        assert!(found[3].is_empty(), "opposite vectors are not neighbours");
    }

    #[test]
    fn zero_vectors_have_no_neighbours() {
        let vectors = Dense { rows: 2, columns: 1, values: vec![0.0, 1.0] };
        assert!(nearest(&vectors, &vectors, 3, true).iter().all(Vec::is_empty));
        assert!(nearest(&Dense::zeros(2, 0), &Dense::zeros(2, 0), 3, true).iter().all(Vec::is_empty));
    }
}
