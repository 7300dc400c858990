//! How unlike everything that was known a goal is: out of scope, as the literature says. Distances are Mahalanobis', with
//! the covariance within intents. A goal is strange when it is far from every intent's mean and from the nearest goal
//! there is, beyond what its distance from the mean of all explains (the relative distance of Ren et al., "A simple fix
//! to Mahalanobis distance for improving near-OOD detection", 2021), and when no known wording near it is said again in it.
//! Of goals that come together each is also as strange as its company: a new topic comes with goals of its own kind, an odd
//! wording of a known one lies among known goals.
//!
//! The score decides nothing here: where a goal belongs is for its neighbours to say.

use super::echo::echo;
use super::index::{Near, sample};
use super::matrix::{Dense, dot, dot_products};
use super::rows::{Rows, select};
use rayon::prelude::*;

/// Part of the covariance that is taken to be the same in all directions.
const SHRINKAGE: f64 = 0.5;
/// Weight of the distance to the nearest goal, and of that to the mean of all; to the nearest intent's mean it is 1.
const NEAREST: f32 = 0.3;
const BACKGROUND: f32 = 0.5;
/// Weight of what is not said again, where the table of pieces knows the language: distances to the nearest intent's mean
/// are about 13.
const ECHO: f32 = 7.0;
/// Neighbours, known goals or others that came with it, that are a goal's company.
pub(super) const COMPANY: usize = 10;
/// Vectors that the covariance is learned from.
const LEARNED_FROM: usize = 25_000;
/// Vectors of more dimensions, which come from an endpoint, are not measured: it would take a matrix of their square.
const DIMENSIONS: usize = 512;
/// Vectors scored at once by one thread.
pub(super) const AT_ONCE: usize = 1_024;
/// Parts that are measured by what was learned from the others: whoever is among what was learned looks less strange.
const PARTS: usize = 5;
const SAMPLE_SEED: u64 = 0x5c0e;

/// What goals are measured against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scope {
    /// Turns a vector so that plain distances are Mahalanobis'.
    pub(super) whitening: Dense,
    /// The mean of all, turned.
    pub(super) mean: Vec<f32>,
    /// The mean of each intent, turned.
    pub(super) means: Dense,
    /// Strangeness of the middle goal of the fit, and of the one at nine in ten.
    pub(super) middle: f32,
    pub(super) boundary: f32,
    /// Weight of what is not said again: 0 where nobody can tell, and in models of a version that did not look.
    pub(super) echo: f32,
}

impl Scope {
    /// Learns from the `vectors` of a fit and the intents they belong to, and scores each by what the vectors of the other
    /// parts teach, as a vector that comes later is; `neighbours` are each one's nearest others, best first. `pieces` are
    /// those of each one's wording in a table that knows the language so well as `fluency` says, in `[0, 1]`. `None` where
    /// nothing can be learned.
    pub(super) fn learn(
        vectors: &impl Rows,
        labels: &[Option<u32>],
        intents: usize,
        neighbours: &[Near],
        fluency: f32,
        pieces: impl Fn(usize) -> Vec<u16> + Sync,
    ) -> Option<(Self, Vec<Option<f32>>)> {
        let mut scope = Self::of(vectors, labels, intents, |_| true)?;
        scope.echo = ECHO * fluency;
        let mut strange = vec![None; vectors.count()];
        for part in 0..PARTS {
            let others = |row: usize| row % PARTS != part;
            let Some(known) = Self::of(vectors, labels, intents, others) else { continue };
            let known = Self { echo: scope.echo, ..known };
            let near =
                |row: usize| neighbours[row].iter().map(|&(near, _)| near as usize).filter(move |&near| others(near));
            let rows: Vec<usize> = (part..vectors.count()).step_by(PARTS).collect();
            let blocks = rows.par_chunks(AT_ONCE).map(|block| {
                let nearest: Vec<usize> = block.iter().map(|&row| near(row).next().unwrap_or(row)).collect();
                let echo = |place: usize| echo(&pieces(block[place]), near(block[place]).map(&pieces));
                known.strangeness(&select(vectors, block), &select(vectors, &nearest), echo)
            });
            // In the order of the blocks, however many threads there are.
            for (&row, one) in rows.iter().zip(blocks.collect::<Vec<_>>().into_iter().flatten()) {
                strange[row] = one;
            }
        }
        let mut sorted: Vec<f32> = strange.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |tenths: usize| sorted.get(sorted.len() * tenths / 10).copied();
        (scope.middle, scope.boundary) = (at(5)?, at(9)?);
        let scores = strange.into_iter().map(|strange| strange.map(|strange| scope.score(strange))).collect();
        Some((scope, scores))
    }

    /// What the rows that are `learned_from` teach, without middle, boundary and echo.
    fn of(
        vectors: &impl Rows,
        labels: &[Option<u32>],
        intents: usize,
        learned_from: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let width = vectors.width();
        if width == 0 || width > DIMENSIONS || intents == 0 {
            return None;
        }
        let labels: Vec<Option<u32>> =
            labels.iter().enumerate().map(|(row, label)| label.filter(|_| learned_from(row))).collect();
        let placed: Vec<usize> = (0..vectors.count()).filter(|&row| labels[row].is_some()).collect();
        let means = means(vectors, &labels, intents);
        let mut overall = Dense::zeros(1, width);
        let learned: Vec<usize> =
            sample(placed.len(), LEARNED_FROM, SAMPLE_SEED).into_iter().map(|place| placed[place]).collect();
        let mut within = select(vectors, &learned);
        for (place, &row) in learned.iter().enumerate() {
            let intent = labels[row]? as usize;
            for ((value, mean), sum) in within.row_mut(place).iter_mut().zip(means.row(intent)).zip(overall.row_mut(0))
            {
                *sum += *value / learned.len() as f32;
                *value -= mean;
            }
        }
        let whitening = whitening(within.gram(), learned.len(), width)?;
        let (middle, boundary, echo) = (0.0, 0.0, 0.0);
        let mut scope = Self { mean: Vec::new(), means: Dense::default(), whitening, middle, boundary, echo };
        scope.mean = scope.turn(&overall).values;
        scope.means = scope.turn(&means);
        Some(scope)
    }

    /// Of goals that came together, each one's strangeness in company, from that it has `alone`: it grows by as much as its
    /// neighbours among them are stranger than the middle goal of the fit, in the mean over all its neighbours, weighed by
    /// their squared cosines. Neighbours that were known add nothing, so that a goal that came by itself stays as strange as
    /// it is. `known` are each one's nearest known goals, `others` its nearest among those that came, best first.
    pub(super) fn in_company(&self, alone: &[Option<f32>], known: &[Near], others: &[Near]) -> Vec<Option<f32>> {
        let company = |(row, own): (usize, &Option<f32>)| {
            let familiar = known[row].iter().map(|&(_, cosine)| (cosine, 0.0));
            let came = |&(other, cosine): &(u32, f32)| Some((cosine, alone[other as usize].as_ref()? - self.middle));
            let mut near: Vec<(f32, f32)> = familiar.chain(others[row].iter().filter_map(came)).collect();
            // The order is kept where cosines are equal: what is known comes first.
            near.sort_by(|a, b| b.0.total_cmp(&a.0));
            near.truncate(COMPANY);
            let weight: f32 = near.iter().map(|(cosine, _)| cosine * cosine).sum();
            let excess: f32 = near.iter().map(|(cosine, excess)| cosine * cosine * excess).sum();
            Some((*own)? + if weight > 0.0 { excess / weight } else { 0.0 })
        };
        alone.iter().enumerate().map(company).collect()
    }

    /// A score in `[0, 1)`: a logistic curve through 0.1 at the middle goal of the fit and 0.5 at one stranger than nine in
    /// ten, and from there one of the same slope that nears 1 slowly, so that the strangest are still told apart.
    pub(super) fn score(&self, strangeness: f32) -> f32 {
        let step = ((self.boundary - self.middle) / 9f32.ln()).max(1e-3);
        let beyond = (strangeness - self.boundary) / step;
        if beyond < 0.0 { 1.0 / (1.0 + (-beyond).exp()) } else { 1.0 - 1.0 / (2.0 + beyond) }
    }

    /// Takes in the mean of an intent that is born.
    pub(super) fn add(&mut self, members: &Dense) {
        let labels = vec![Some(0); members.rows];
        self.means.values.extend(self.turn(&means(members, &labels, 1)).values);
        self.means.rows += 1;
    }

    /// How strange each of `vectors` is by itself, with the nearest goal that was known (or itself, where there is none) and
    /// the echo of those near to it, which is asked for where it counts. `None` for a vector of length 0.
    pub(super) fn strangeness(
        &self,
        vectors: &Dense,
        nearest: &Dense,
        echo: impl Fn(usize) -> f32,
    ) -> Vec<Option<f32>> {
        let (turned, others) = (self.turn(vectors), self.turn(nearest));
        let mut products = vec![0.0; turned.rows * self.means.rows];
        dot_products(&turned.values, &self.means.values, turned.columns, &mut products);
        let lengths: Vec<f32> = (0..self.means.rows).map(|row| dot(self.means.row(row), self.means.row(row))).collect();
        let strange = |(row, products): (usize, &[f32])| {
            if vectors.is_zero(row) {
                return None;
            }
            let own = turned.row(row);
            let length = dot(own, own);
            let squares = products.iter().zip(&lengths).map(|(product, other)| length - 2.0 * product + other);
            let intent = squares.fold(f32::INFINITY, f32::min).max(0.0).sqrt();
            let nearest = distance(own, others.row(row));
            let unsaid = if self.echo > 0.0 { self.echo * (1.0 - echo(row)) } else { 0.0 };
            Some(intent + NEAREST * nearest - BACKGROUND * distance(own, &self.mean) + unsaid)
        };
        products.chunks_exact(self.means.rows.max(1)).enumerate().map(strange).collect()
    }

    fn turn(&self, vectors: &Dense) -> Dense {
        let mut turned = Dense::zeros(vectors.rows, self.whitening.rows);
        dot_products(&vectors.values, &self.whitening.values, self.whitening.columns, &mut turned.values);
        turned
    }
}

/// Mean vector of each intent.
fn means(vectors: &impl Rows, labels: &[Option<u32>], intents: usize) -> Dense {
    let mut sums = Dense::zeros(intents, vectors.width());
    let mut counts = vec![0u32; intents];
    let mut row = Vec::new();
    for (place, &label) in labels.iter().enumerate() {
        let Some(intent) = label.map(|intent| intent as usize) else { continue };
        counts[intent] += 1;
        row.clear();
        vectors.append(place, &mut row);
        sums.row_mut(intent).iter_mut().zip(&row).for_each(|(sum, value)| *sum += value);
    }
    for (intent, &count) in counts.iter().enumerate() {
        sums.row_mut(intent).iter_mut().for_each(|sum| *sum /= count.max(1) as f32);
    }
    sums
}

/// The inverse of the lower Cholesky factor of the shrunk covariance; `None` when nothing varies.
fn whitening(mut covariance: Vec<f64>, count: usize, width: usize) -> Option<Dense> {
    covariance.iter_mut().for_each(|value| *value /= count.max(1) as f64);
    let level = (0..width).map(|index| covariance[index * width + index]).sum::<f64>() / width as f64;
    if level <= 1e-9 {
        return None;
    }
    covariance.iter_mut().for_each(|value| *value *= 1.0 - SHRINKAGE);
    (0..width).for_each(|index| covariance[index * width + index] += SHRINKAGE * level);
    let mut lower = vec![0.0f64; width * width];
    for row in 0..width {
        for column in 0..=row {
            let (left, right) =
                (&lower[row * width..row * width + column], &lower[column * width..column * width + column]);
            let rest = covariance[row * width + column] - left.iter().zip(right).map(|(a, b)| a * b).sum::<f64>();
            // The shrinkage keeps every pivot at half the level or more.
            lower[row * width + column] =
                if row == column { rest.max(level * 1e-6).sqrt() } else { rest / lower[column * width + column] };
        }
    }
    let mut inverse = Dense::zeros(width, width);
    for column in 0..width {
        let mut solution = vec![0.0f64; width];
        for row in column..width {
            let target = if row == column { 1.0 } else { 0.0 };
            let sum: f64 = (column..row).map(|index| lower[row * width + index] * solution[index]).sum();
            solution[row] = (target - sum) / lower[row * width + row];
            inverse.values[row * width + column] = solution[row] as f32;
        }
    }
    Some(inverse)
}

fn distance(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::matrix::normalize;
    use crate::intent::random::SplitMix64;
    use proptest::prelude::*;

    /// Vectors about the axes of `directions`, wide along the last dimension.
    fn about(directions: &[usize], each: usize, seed: u64) -> (Dense, Vec<Option<u32>>) {
        let mut random = SplitMix64::new(seed);
        let mut rows = Dense::zeros(directions.len() * each, 6);
        let labels = (0..rows.rows).map(|row| Some((row % directions.len()) as u32)).collect();
        for row in 0..rows.rows {
            let vector = rows.row_mut(row);
            vector.iter_mut().for_each(|value| *value = 0.1 * random.normal() as f32);
            vector[5] *= 4.0;
            vector[directions[row % directions.len()]] += 1.0;
            normalize(vector);
        }
        (rows, labels)
    }

    fn learn(known: &Dense, labels: &[Option<u32>]) -> (Scope, Vec<Option<f32>>) {
        Scope::learn(known, labels, 3, &after_each(known.rows), 0.0, unheard).unwrap()
    }

    /// Pieces that nobody may ask for.
    fn unheard(_: usize) -> Vec<u16> {
        panic!("no echo is looked for")
    }

    fn silence(_: usize) -> f32 {
        0.0
    }

    /// Scores of `vectors` that came one by one.
    fn scores(scope: &Scope, vectors: &Dense, nearest: &Dense, echo: impl Fn(usize) -> f32) -> Vec<Option<f32>> {
        scope.strangeness(vectors, nearest, echo).into_iter().map(|one| one.map(|one| scope.score(one))).collect()
    }

    #[test]
    fn what_lies_elsewhere_is_stranger_than_nine_in_ten() {
        let (known, labels) = about(&[0, 1, 2], 200, 1);
        let (scope, own) = learn(&known, &labels);
        let mut own: Vec<f32> = own.into_iter().flatten().collect();
        own.sort_unstable_by(f32::total_cmp);
        assert!((own[300] - 0.1).abs() < 0.02 && (own[540] - 0.5).abs() < 0.02, "{} {}", own[300], own[540]);
        let (other, _) = about(&[3, 4], 50, 2);
        let firsts = Dense { rows: other.rows, columns: 6, values: known.row(0).repeat(other.rows) };
        let strange =
            scores(&scope, &other, &firsts, silence).into_iter().flatten().filter(|&score| score > 0.5).count();
        assert!(strange >= 95, "{strange} of 100");
        assert_eq!(scores(&scope, &Dense::zeros(1, 6), &Dense::zeros(1, 6), silence), [None]);
        let mut knows = scope.clone();
        knows.add(&select(&other, &(0..other.rows).step_by(2).collect::<Vec<_>>()));
        let before: f32 = scores(&scope, &other, &other, silence).iter().step_by(2).flatten().sum();
        let after: f32 = scores(&knows, &other, &other, silence).iter().step_by(2).flatten().sum();
        assert!(after < before / 2.0, "{after} {before}");
    }

    /// The next member of each one's intent, of three.
    fn after_each(rows: usize) -> Vec<Near> {
        (0..rows).map(|row| vec![(((row + 3) % rows) as u32, 1.0)]).collect()
    }

    #[test]
    fn one_in_ten_that_come_later_is_past_the_boundary_also_where_few_were_known() {
        for each in [10, 40] {
            let (known, labels) = about(&[0, 1, 2], each, 1);
            let (scope, _) = learn(&known, &labels);
            let (later, _) = about(&[0, 1, 2], 200, 2);
            let near =
                Dense { values: (0..600).flat_map(|row| known.row(row % 3).to_vec()).collect(), ..later.clone() };
            let past =
                scores(&scope, &later, &near, silence).into_iter().flatten().filter(|&score| score > 0.5).count();
            assert!((10..=150).contains(&past), "{each} known of each: {past} of 600");
        }
    }

    #[test]
    fn what_is_not_said_again_is_stranger_by_how_well_the_table_knows_the_language() {
        let (known, labels) = about(&[0, 1, 2], 40, 1);
        // All say the same, except for one.
        let pieces = |row: usize| if row == 7 { Vec::new() } else { vec![1, 2, 3] };
        let with = |fluency| Scope::learn(&known, &labels, 3, &after_each(known.rows), fluency, pieces).unwrap();
        let (mute, before) = learn(&known, &labels);
        assert_eq!(with(0.0), (mute.clone(), before.clone()));
        let (scope, after) = with(0.5);
        assert_eq!((scope.echo, mute.echo), (ECHO / 2.0, 0.0));
        assert!(before[7].unwrap() < 0.5 && after[7].unwrap() > 0.8, "{:?} {:?}", before[7], after[7]);
        let own = select(&known, &[0]);
        let at = |scope: &Scope, echo: f32| scope.strangeness(&own, &own, |_| echo)[0].unwrap();
        assert!((at(&scope, 0.25) - at(&scope, 1.0) - 0.75 * ECHO / 2.0).abs() < 1e-4);
        assert_eq!((at(&mute, 0.0), at(&scope, 1.0)), (at(&mute, 1.0), at(&mute, 1.0)));
    }

    proptest! {
        #[test]
        fn a_wording_that_is_known_is_never_stranger_than_one_that_shares_nothing(
            seed in any::<u64>(), fluency in 0.0f32..=1.0, shared in 0.0f32..=1.0,
        ) {
            let (known, labels) = about(&[0, 1, 2], 20, seed);
            let learned = Scope::learn(&known, &labels, 3, &after_each(known.rows), fluency, |row| vec![row as u16 % 7]);
            let (scope, _) = learned.unwrap();
            let (later, _) = about(&[0, 3], 2, seed ^ 1);
            let at = |echo: f32| scores(&scope, &later, &later, move |_| echo);
            for ((whole, part), none) in at(1.0).into_iter().zip(at(shared)).zip(at(0.0)) {
                prop_assert!(whole <= part && part <= none, "{whole:?} {part:?} {none:?}");
            }
        }
    }

    fn with_middle(middle: f32) -> Scope {
        let (whitening, means) = (Dense::zeros(1, 1), Dense::zeros(1, 1));
        Scope { whitening, mean: vec![0.0], means, middle, boundary: middle + 4.0, echo: 0.0 }
    }

    #[test]
    fn company_adds_how_much_stranger_than_the_middle_it_is_and_known_goals_thin_it() {
        let scope = with_middle(8.0);
        let alone = [Some(9.0), Some(14.0), Some(6.0), None];
        let others = [vec![(1, 0.8), (2, 0.4)], vec![(0, 0.8)], vec![(3, 0.9), (0, 0.4)], vec![(1, 0.5)]];
        let nobody = vec![Vec::new(); 4];
        let found = scope.in_company(&alone, &nobody, &others);
        // 9 + (.64 * 6 - .16 * 2) / .8; 14 + 1; 6 + 1: what has no strangeness is no company, and has none in any.
        assert!((found[0].unwrap() - 13.4).abs() < 1e-5, "{found:?}");
        assert_eq!(found[1..], [Some(15.0), Some(7.0), None]);
        let known = vec![vec![(7, 0.8)]; 4];
        let thinned = scope.in_company(&alone, &known, &others);
        // 9 + (.64 * 6 - .16 * 2) / 1.44; 14 + .64 / 1.28; 6 + .16 / .8.
        let expected = [9.0 + 3.52 / 1.44, 14.5, 6.2];
        for (found, expected) in thinned.iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < 1e-5, "{thinned:?}");
        }
        assert_eq!(scope.in_company(&alone, &known, &nobody), alone, "who comes alone is as strange as it is");
    }

    #[test]
    fn scores_rise_with_strangeness_also_far_beyond_what_was_known() {
        let scope = with_middle(8.0);
        let scores: Vec<f32> = (0..4_000).map(|tenths| scope.score(tenths as f32 / 10.0)).collect();
        assert!((scores[80] - 0.1).abs() < 1e-6 && (scores[120] - 0.5).abs() < 1e-6, "{} {}", scores[80], scores[120]);
        assert!(scores.is_sorted_by(|a, b| a < b) && scores[3_999] < 1.0);
        let slope = |from: usize| scores[from + 1] - scores[from];
        assert!((slope(119) - slope(120)).abs() < 1e-3);
    }

    #[test]
    fn only_the_nearest_are_company_and_what_is_known_comes_first() {
        let scope = with_middle(8.0);
        let alone: Vec<Option<f32>> = vec![Some(12.0); 30];
        let all = |cosine: f32| vec![(0..COMPANY as u32).map(|other| (other + 1, cosine)).collect::<Near>(); 30];
        assert_eq!(scope.in_company(&alone, &all(0.5), &all(0.5))[0], Some(12.0));
        assert_eq!(scope.in_company(&alone, &all(0.5), &all(0.6))[0], Some(16.0));
    }

    proptest! {
        #[test]
        fn stranger_company_makes_no_goal_less_strange_and_adds_no_more_than_it_has(
            alone in proptest::collection::vec(-20.0f32..20.0, 2..12), more in 0.0f32..9.0, which in any::<usize>(),
            cosines in proptest::collection::vec(0.01f32..1.0, 12), known in proptest::collection::vec(0.01f32..1.0, 0..6),
        ) {
            let scope = with_middle(0.5);
            let near = |row: usize| -> Near {
                let mut near: Near = (0..alone.len()).filter(|&other| other != row).map(|other| (other as u32, cosines[other])).collect();
                near.sort_by(|a, b| b.1.total_cmp(&a.1));
                near
            };
            let others: Vec<Near> = (0..alone.len()).map(near).collect();
            let mut known: Near = known.iter().map(|&cosine| (0, cosine)).collect();
            known.sort_by(|a, b| b.1.total_cmp(&a.1));
            let known = vec![known; alone.len()];
            let before: Vec<Option<f32>> = alone.iter().copied().map(Some).collect();
            let mut after = before.clone();
            let stranger = which % alone.len();
            after[stranger] = after[stranger].map(|one| one + more);
            let (first, second) = (scope.in_company(&before, &known, &others), scope.in_company(&after, &known, &others));
            let most = alone.iter().map(|one| (one - scope.middle).abs()).fold(0.0, f32::max);
            for row in 0..alone.len() {
                let (first, second) = (first[row].unwrap(), second[row].unwrap());
                prop_assert!(second >= first - 1e-3, "{first} {second}");
                prop_assert!((first - alone[row]).abs() <= most + 1e-3, "{first} {}", alone[row]);
            }
        }
    }

    #[test]
    fn nothing_is_learned_where_nothing_varies() {
        let same = Dense { rows: 4, columns: 2, values: [0.6f32, 0.8].repeat(4) };
        assert!(Scope::learn(&same, &[Some(0); 4], 1, &after_each(4), 1.0, unheard).is_none());
        assert!(Scope::learn(&Dense::zeros(0, 0), &[], 0, &[], 1.0, unheard).is_none());
    }

    #[test]
    fn whitened_members_vary_alike_in_every_direction_but_for_the_shrinkage() {
        let covariance = vec![4.0, 0.0, 0.0, 1.0];
        let turned = whitening(covariance, 1, 2).unwrap();
        // (4 + 2.5) / 2 and (1 + 2.5) / 2.
        assert!((turned.values[0] - 1.0 / 3.25f32.sqrt()).abs() < 1e-6);
        assert!((turned.values[3] - 1.0 / 1.75f32.sqrt()).abs() < 1e-6);
    }
}
