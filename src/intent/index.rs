//! Nearest neighbours among very many vectors: an inverted file (Jégou, Douze and Schmid, "Product quantization for
//! nearest neighbor search", 2011, without the quantizer). Rows are put into lists by the nearest of some centres; a
//! query looks only into the lists whose centres are nearest to it, and compares exactly there. What it misses is
//! measured by a test; it makes no promise for a single query.
//!
//! Queries that look into one list are answered together, so that the work is products of blocks and the rows of a list,
//! which lie all over the memory, are fetched once and not for each query. Which rows are best does not depend on the
//! order in which they are seen: the result does not depend on the number of threads.

use super::matrix::{Dense, add_scaled, dot_products, normalize};
use super::random::SplitMix64;
use super::rows::{Rows, gather, select};
use rayon::prelude::*;

/// Lists never number more than this: finding the nearest centres would cost more than looking into lists.
const MOST_LISTS: usize = 4096;
/// Lists that a query looks into.
const PROBES: usize = 8;
/// Rows that each centre is learned from, and passes over them.
const ROWS_PER_CENTRE: usize = 32;
const PASSES: usize = 6;
/// Rows that are compared at once, on either side.
const BLOCK: usize = 512;
const TILE: usize = 2048;
/// Queries that one thread answers from one list, and lists that are looked into before answers are put together.
const VISITORS: usize = 4096;
const VISITS: usize = 32;
const SEED: u64 = 0x1f1e;

/// The rows nearest to one, best first, ties by lower row.
pub(super) type Near = Vec<(u32, f32)>;

/// Rows of a matrix by list.
struct Index {
    centres: Dense,
    /// Rows of list `l` are `members[starts[l]..starts[l + 1]]`, in rising order.
    starts: Vec<usize>,
    members: Vec<u32>,
}

/// How many lists suit `rows` rows: about as many as a list has rows.
fn lists_for(rows: usize) -> usize {
    ((rows as f64).sqrt().round() as usize).clamp(1, MOST_LISTS)
}

/// For each row of `queries`, about the `k` rows of `among` with the highest positive cosine. With `same`, both are
/// the same rows and a row is not its own neighbour.
pub(super) fn search<Q: Rows, A: Rows>(queries: &Q, among: &A, k: usize, same: bool) -> Vec<Near> {
    let index = Index::build(among);
    let lists = index.centres.rows;
    let probes = nearest_centres::<Q, PROBES>(queries, &index.centres);
    let looks = (0u32..).zip(&probes).flat_map(|(query, lists)| lists.iter().map(move |&list| (query, list)));
    let (starts, visitors) = grouped(looks.filter(|&(_, list)| list != NO_LIST), lists);
    let of_list = |list: usize| visitors[starts[list]..starts[list + 1]].chunks(VISITORS).map(move |part| (list, part));
    let visits: Vec<(usize, &[u32])> = (0..lists).flat_map(of_list).collect();
    let mut best: Vec<Best> = (0..queries.count()).map(|_| Best::new(k)).collect();
    for visits in visits.chunks(VISITS) {
        let answers = visits.par_iter().map(|&(list, visitors)| index.answer(queries, among, list, visitors, k, same));
        let answers: Vec<Vec<Best>> = answers.collect();
        for (&query, answer) in visits.iter().flat_map(|(_, visitors)| *visitors).zip(answers.into_iter().flatten()) {
            best[query as usize].take_in(answer);
        }
    }
    best.into_iter().map(Best::into_near).collect()
}

impl Index {
    fn build<A: Rows>(rows: &A) -> Self {
        let centres = learn_centres(rows, lists_for(rows.count()));
        let home: Vec<u32> = nearest_centres::<A, 1>(rows, &centres).into_iter().map(|lists| lists[0]).collect();
        let (starts, members) = grouped((0u32..).zip(home.iter().copied()), centres.rows);
        Self { centres, starts, members }
    }

    fn list(&self, list: usize) -> &[u32] {
        &self.members[self.starts[list]..self.starts[list + 1]]
    }

    /// What some queries find in one list, in their order.
    fn answer<Q: Rows, A: Rows>(
        &self,
        queries: &Q,
        among: &A,
        list: usize,
        visitors: &[u32],
        k: usize,
        same: bool,
    ) -> Vec<Best> {
        let mut best: Vec<Best> = visitors.iter().map(|_| Best::new(k)).collect();
        let (mut left, mut right, mut products) = (Vec::new(), Vec::new(), Vec::new());
        for tile in self.list(list).chunks(TILE) {
            gather(among, tile.iter().map(|&row| row as usize), &mut right);
            for (visitors, best) in visitors.chunks(BLOCK).zip(best.chunks_mut(BLOCK)) {
                gather(queries, visitors.iter().map(|&query| query as usize), &mut left);
                products.clear();
                products.resize(visitors.len() * tile.len(), 0.0);
                dot_products(&left, &right, queries.width(), &mut products);
                for ((&query, best), cosines) in visitors.iter().zip(best).zip(products.chunks_exact(tile.len())) {
                    best.offer(cosines, tile, same.then_some(query));
                }
            }
        }
        best
    }
}

/// The best `k` so far.
#[derive(Clone)]
pub(super) struct Best {
    near: Near,
    k: usize,
}

/// Cosines that are looked at together: most groups hold nothing better than what is there.
const GROUP: usize = 16;

impl Best {
    /// Nothing yet.
    pub(super) fn new(k: usize) -> Self {
        Self { near: Vec::new(), k }
    }

    /// Looks at the cosines of `rows`, which are in rising order.
    pub(super) fn offer(&mut self, cosines: &[f32], rows: &[u32], itself: Option<u32>) {
        for (cosines, rows) in cosines.chunks(GROUP).zip(rows.chunks(GROUP)) {
            let mut largest = f32::MIN;
            for &cosine in cosines {
                largest = if cosine > largest { cosine } else { largest };
            }
            if largest >= self.least() {
                for (&cosine, &row) in cosines.iter().zip(rows) {
                    if Some(row) != itself {
                        self.consider(row, cosine);
                    }
                }
            }
        }
    }

    /// What a cosine must reach to matter.
    fn least(&self) -> f32 {
        if self.near.len() < self.k { f32::MIN_POSITIVE } else { self.near.last().map_or(f32::MAX, |worst| worst.1) }
    }

    fn consider(&mut self, row: u32, cosine: f32) {
        if cosine < self.least() {
            return;
        }
        let place = self.near.partition_point(|&(other, best)| best > cosine || (best == cosine && other < row));
        if place < self.k {
            self.near.reserve_exact(self.k + 1 - self.near.len());
            self.near.insert(place, (row, cosine));
            self.near.truncate(self.k);
        }
    }

    /// Adds what was best of other rows.
    fn take_in(&mut self, other: Self) {
        if self.near.is_empty() {
            self.near = other.near;
        } else {
            other.near.into_iter().for_each(|(row, cosine)| self.consider(row, cosine));
        }
    }

    /// Best first.
    pub(super) fn into_near(mut self) -> Near {
        self.near.shrink_to_fit();
        self.near
    }
}

const NO_LIST: u32 = u32::MAX;

/// The `WANTED` nearest centres of each row, nearest first, ties by lower number; `NO_LIST` where there are fewer.
fn nearest_centres<R: Rows, const WANTED: usize>(rows: &R, centres: &Dense) -> Vec<[u32; WANTED]> {
    let blocks: Vec<usize> = (0..rows.count()).step_by(BLOCK).collect();
    let numbers: Vec<u32> = (0..centres.rows as u32).collect();
    let near = blocks.par_iter().flat_map_iter(|&start| {
        let end = (start + BLOCK).min(rows.count());
        let mut scratch = Vec::new();
        let block = rows.read(start..end, &mut scratch);
        let mut products = vec![0.0; (end - start) * centres.rows];
        dot_products(block, &centres.values, centres.columns, &mut products);
        // Unlike neighbours, the nearest centre may be more than a right angle away: lift all cosines above 0.
        products.iter_mut().for_each(|cosine| *cosine += 2.0);
        let numbers = &numbers;
        let rows: Vec<[u32; WANTED]> = products
            .chunks_exact(centres.rows)
            .map(|cosines| {
                let mut best = Best::new(WANTED);
                best.offer(cosines, numbers, None);
                let mut lists = [NO_LIST; WANTED];
                for (slot, (list, _)) in lists.iter_mut().zip(best.into_near()) {
                    *slot = list;
                }
                lists
            })
            .collect();
        rows
    });
    near.collect()
}

/// Things by their group: where each group starts, and the things of all groups, in the order given within each.
fn grouped(pairs: impl Iterator<Item = (u32, u32)> + Clone, groups: usize) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0usize; groups + 1];
    for (_, group) in pairs.clone() {
        starts[group as usize + 1] += 1;
    }
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    let mut next = starts.clone();
    let mut things = vec![0u32; starts[groups]];
    for (thing, group) in pairs {
        things[next[group as usize]] = thing;
        next[group as usize] += 1;
    }
    (starts, things)
}

/// Spherical k-means (Dhillon and Modha, 2001) on a seeded sample.
fn learn_centres<A: Rows>(rows: &A, lists: usize) -> Dense {
    let sample = select(rows, &sample(rows.count(), lists * ROWS_PER_CENTRE, SEED));
    // The sample is in no order that matters, so its first rows at even steps are as good a start as any.
    let step = (sample.rows / lists).max(1);
    let seeds: Vec<usize> = (0..lists).map(|list| (list * step).min(sample.rows.saturating_sub(1))).collect();
    let mut centres = select(&sample, &seeds);
    for _ in 0..PASSES {
        let home: Vec<[u32; 1]> = nearest_centres(&sample, &centres);
        let mut sums = Dense::zeros(lists, sample.columns);
        for (row, [list]) in home.into_iter().enumerate() {
            add_scaled(sums.row_mut(list as usize), sample.row(row), 1.0);
        }
        for list in 0..lists {
            normalize(sums.row_mut(list));
            // A centre that nobody is near to stays where it was.
            if !sums.is_zero(list) {
                centres.row_mut(list).copy_from_slice(sums.row(list));
            }
        }
    }
    centres
}

/// `wanted` of `0..all` in rising order, the same for the same seed; all when there are no more.
pub(super) fn sample(all: usize, wanted: usize, seed: u64) -> Vec<usize> {
    if all <= wanted {
        return (0..all).collect();
    }
    // Selection sampling (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2 S).
    let mut random = SplitMix64::new(seed);
    let mut chosen = Vec::with_capacity(wanted);
    for item in 0..all {
        let needed = wanted - chosen.len();
        if random.unit() * ((all - item) as f64) < needed as f64 {
            chosen.push(item);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::knn::exact;
    use crate::intent::rows::Fixed;
    use proptest::prelude::*;

    /// `rows` vectors about 60 directions of 32 dimensions, every fiftieth zero.
    fn clustered(rows: usize, seed: u64) -> Dense {
        let mut random = SplitMix64::new(seed);
        let mut directions = Dense::zeros(60, 32);
        directions.values.iter_mut().for_each(|value| *value = random.normal() as f32);
        let mut vectors = Dense::zeros(rows, 32);
        for row in (0..rows).filter(|row| row % 50 != 49) {
            let direction = (random.next() % 60) as usize;
            for (slot, value) in vectors.row_mut(row).iter_mut().zip(directions.row(direction)) {
                *slot = value + 0.7 * random.normal() as f32;
            }
            normalize(vectors.row_mut(row));
        }
        vectors
    }

    fn recall(found: &[Near], truth: &[Near]) -> f64 {
        let all: usize = truth.iter().map(Vec::len).sum();
        let hits =
            found.iter().zip(truth).map(|(found, truth)| truth.iter().filter(|near| found.contains(near)).count());
        hits.sum::<usize>() as f64 / all as f64
    }

    #[test]
    fn nine_of_ten_neighbours_are_found() {
        let vectors = Fixed::from(&clustered(6_000, 5));
        let found = search(&vectors, &vectors, 10, true);
        let recall = recall(&found, &exact(&vectors, &vectors, 10, true));
        assert!(recall >= 0.9, "{recall}");
        for (row, near) in found.iter().enumerate() {
            assert!(near.iter().all(|&(other, cosine)| other as usize != row && cosine > 0.0));
            assert!(near.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            assert_eq!(near.is_empty(), vectors.is_zero(row));
        }
    }

    #[test]
    fn other_rows_than_the_queries_are_found_too() {
        let (queries, among) = (clustered(500, 5), Fixed::from(&clustered(4_000, 5)));
        let found = search(&queries, &among, 10, false);
        let recall = recall(&found, &exact(&queries, &among, 10, false));
        assert!(recall >= 0.9, "{recall}");
    }

    #[test]
    fn one_thread_finds_what_two_do() {
        let vectors = Fixed::from(&clustered(3_000, 6));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (search(&vectors, &vectors, 10, true), exact(&vectors, &vectors, 10, true)))
        };
        assert_eq!(with(1), with(2));
    }

    proptest! {
        #[test]
        fn the_best_are_those_that_sorting_gives(
            cosines in proptest::collection::vec((0u8..20).prop_map(|tenths| f32::from(tenths) / 10.0 - 1.0), 0..60),
            k in 1usize..8,
            itself in 0u32..60,
        ) {
            let rows: Vec<u32> = (0..cosines.len() as u32).collect();
            let mut best = Best::new(k);
            best.offer(&cosines, &rows, Some(itself));
            let mut sorted: Near = rows.iter().copied().zip(cosines).filter(|&(row, c)| row != itself && c > 0.0).collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(k);
            prop_assert_eq!(best.into_near(), sorted);
        }

        #[test]
        fn a_sample_has_the_size_wanted_in_rising_order(all in 0usize..200, wanted in 0usize..200, seed in any::<u64>()) {
            let sample = sample(all, wanted, seed);
            prop_assert_eq!(sample.len(), wanted.min(all));
            prop_assert!(sample.windows(2).all(|pair| pair[0] < pair[1]) && sample.iter().all(|&item| item < all));
        }
    }
}
