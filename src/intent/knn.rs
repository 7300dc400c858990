//! Nearest neighbours by cosine: exactly, all pairs in blocks, up to some tens of thousands of vectors; beyond that the
//! work would grow with the square, and an index answers. And the graph of who is near to whom.

use super::graph::Graph;
use super::index::{self, Best, Near};
use super::matrix::dot_products;
use super::rows::Rows;
use rayon::prelude::*;

/// Rows up to which all are compared.
pub(super) const EXACT: usize = 25_000;
/// Rows compared at once, on either side.
const BLOCK: usize = 256;
const TILE: usize = 2048;

/// For each row of `queries`, the `k` rows of `among` with the highest cosine, best first, ties by lower row. Exact up
/// to [`EXACT`] rows in `among`, unless there are more queries than would take as long as so many of each; beyond, nearly
/// all of them are found.
/// With `same`, both are the same rows and a row is not its own neighbour. Rows must have length 1 or 0; only positive
/// cosines count. The result does not depend on the number of threads.
pub(super) fn nearest<Q: Rows, A: Rows>(queries: &Q, among: &A, k: usize, same: bool) -> Vec<Near> {
    if queries.width() == 0 || among.count() == 0 || k == 0 {
        return vec![Vec::new(); queries.count()];
    }
    // Building an index costs about as much as this many queries against all rows.
    let few = (among.count() as f64).sqrt() as usize;
    let exactly = among.count() <= EXACT && among.count() * queries.count() <= EXACT * EXACT;
    if exactly || queries.count() <= few {
        exact(queries, among, k, same)
    } else {
        index::search(queries, among, k, same)
    }
}

/// [`nearest`] without an index, whatever the size.
pub(super) fn exact<Q: Rows, A: Rows>(queries: &Q, among: &A, k: usize, same: bool) -> Vec<Near> {
    let width = queries.width();
    let numbers: Vec<u32> = (0..among.count() as u32).collect();
    let starts: Vec<usize> = (0..queries.count()).step_by(BLOCK).collect();
    let blocks = starts.par_iter().map(|&start| {
        let end = (start + BLOCK).min(queries.count());
        let mut best = vec![Best::new(k); end - start];
        let (mut left, mut right, mut products) = (Vec::new(), Vec::new(), Vec::new());
        let block = queries.read(start..end, &mut left);
        for tile in numbers.chunks(TILE) {
            let first = tile[0] as usize;
            let rows = among.read(first..first + tile.len(), &mut right);
            products.clear();
            products.resize(best.len() * tile.len(), 0.0);
            dot_products(block, rows, width, &mut products);
            for (place, (best, cosines)) in best.iter_mut().zip(products.chunks_exact(tile.len())).enumerate() {
                best.offer(cosines, tile, same.then_some((start + place) as u32));
            }
        }
        best.into_iter().map(Best::into_near).collect::<Vec<Near>>()
    });
    let blocks: Vec<Vec<Near>> = blocks.collect();
    blocks.into_iter().flatten().collect()
}

/// The undirected graph of `neighbours`: an edge where either end lists the other, weighing the squared cosine.
pub(super) fn neighbour_graph(neighbours: &[Near]) -> Graph {
    // The same pair seen from both ends may differ in the last bit; either will do, the larger is kept.
    Graph::symmetric(neighbours.len(), |node| neighbours[node].iter().map(|&(other, cosine)| (other, cosine * cosine)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::matrix::{Dense, normalize};

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
