//! How intents keep their identity. New goals are folded into the frozen space and join the intent of their
//! nearest exemplars; wordings already seen stay where they are. What is far from every intent is pooled, and a
//! dense enough group in the pool is born as a new intent. After a refit ids are carried over by shared goals.

use super::echo::{echo, pieces};
use super::embedded::{Embedded, Placing};
use super::fit::{HEARD, add_intents, share};
use super::knn::{nearest, neighbour_graph};
use super::leiden::communities;
use super::matrix::{Dense, add_scaled, dot};
use super::model::{Body, Exemplar, Label};
use super::name::{self, Said};
use super::rows::select;
use super::scope::{AT_ONCE, COMPANY};
use super::unit::{Goals, Unit};
use super::{IntentId, LineageEvent, LineageKind};
use crate::clock::Timestamp;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Exemplars that vote on a new goal.
const VOTERS: usize = 10;
/// Neighbours in the pool of what fits nowhere.
const POOL_NEIGHBOURS: usize = 10;
/// How finely the pool is divided. Most of it is no intent: what is found again in every part of it are the fringes of
/// what there is, and a resolution chosen by that would divide the new ones into crumbs.
const POOL_RESOLUTION: f64 = 2.0;
/// A birth takes this many goals, this share of the new ones, and this length of the mean vector.
const BIRTH_GOALS: usize = 8;
const BIRTH_SHARE: f64 = 0.001;
const BIRTH_COHESION: f32 = 0.5;
/// What is nearer than this to an intent there is (cosine of the centres) is its fringe, not a new one.
const FRINGE: f32 = 0.85;
/// Overlap (Jaccard) from which an intent of a refit is the same, and from which it is related by descent.
const SAME: f64 = 0.5;
const DESCENT: f64 = 0.2;
/// Exemplars kept of one intent, and of the long tail, at most; and the bytes that all their vectors should take. A model is
/// one value in the database, which holds a gigabyte, and an endpoint's vectors may have thousands of dimensions.
const EXEMPLARS: usize = 128;
const EXEMPLAR_BYTES: usize = 512 << 20;

/// Folds goals into `previous`. `wanted` says which intents somebody wants besides them.
pub(super) fn fold_in(
    previous: &Body,
    goals: &Goals,
    wanted: &dyn Fn(&IntentId) -> bool,
    embedded: Option<&Embedded>,
    at: Timestamp,
) -> (Body, Vec<LineageEvent>) {
    let mut body = previous.clone();
    let mut lineage = Vec::new();
    let new: Vec<&Unit> = goals.units.iter().filter(|unit| body.label(unit.key).is_none()).collect();
    if !new.is_empty() {
        join(&mut body, &Placing::frozen(previous, embedded), goals, &new, at, &mut lineage);
    }
    retire(&mut body, goals, wanted, at, &mut lineage);
    (body, lineage)
}

/// Gives every new unit a label, by vote or as part of a birth.
fn join(
    body: &mut Body,
    placing: &Placing<'_>,
    goals: &Goals,
    new: &[&Unit],
    at: Timestamp,
    lineage: &mut Vec<LineageEvent>,
) {
    let vectors = placing.place(new);
    let mut labels: BTreeMap<u64, Label> = body.labels.iter().map(|label| (label.unit, *label)).collect();
    let mut far: BTreeSet<u64> = BTreeSet::new();
    let exemplars = exemplars(body, vectors.columns);
    let voters = nearest(&vectors, &exemplars, VOTERS, false);
    let strange = out_of_scope(body, new, &vectors, &exemplars, &voters);
    for (row, (unit, voters)) in new.iter().zip(&voters).enumerate() {
        if placing.is_foreign(unit) {
            // Words that nobody used are as far from what was known as can be.
            let out_of_scope = body.scope.as_ref().map(|_| 1.0);
            labels.insert(unit.key, Label { unit: unit.key, intent: None, score: 0.0, out_of_scope });
            continue;
        }
        let (intent, score) = vote(body, voters);
        labels.insert(unit.key, Label { unit: unit.key, intent, score, out_of_scope: strange[row] });
        let fits = intent.is_some_and(|intent| {
            let cosine = dot(body.centres.row(intent as usize), vectors.row(row));
            cosine >= body.intents[intent as usize].floor
        });
        if !fits {
            far.insert(unit.key);
        }
    }
    // The pool: what is new and far, and what has been waiting in the long tail. Words that the space does not know
    // give no place to go by; they wait for a refit.
    let in_tail =
        |unit: &Unit| labels.get(&unit.key).is_some_and(|label| label.intent.is_none()) && !placing.is_foreign(unit);
    let pool: Vec<&Unit> = goals.units.iter().filter(|unit| far.contains(&unit.key) || in_tail(unit)).collect();
    let pool_vectors = placing.place(&pool);
    let window: usize = new.iter().map(|unit| unit.weight as usize).sum();
    let is_new = |unit: &Unit| body.label(unit.key).is_none();
    let (groups, neighbours) = births(&pool, &pool_vectors, &body.centres, window, is_new);
    let first_born = body.intents.len() as u32;
    let mut born: Vec<Option<u32>> = vec![None; pool.len()];
    for (index, group) in groups.iter().enumerate() {
        for &row in group {
            born[row] = Some(first_born + index as u32);
        }
    }
    for (row, unit) in pool.iter().enumerate().filter(|&(row, _)| born[row].is_some()) {
        let score = share(born[row], &neighbours[row], &born);
        let out_of_scope = labels.get(&unit.key).and_then(|label| label.out_of_scope);
        labels.insert(unit.key, Label { unit: unit.key, intent: born[row], score, out_of_scope });
    }
    let others = messages_by_intent(goals, &labels, body.intents.len());
    add_intents(body, &groups, &pool, &others, goals, &pool_vectors, at);
    if let Some(scope) = &mut body.scope {
        groups.iter().for_each(|group| scope.add(&select(&pool_vectors, group)));
    }
    for record in body.intents.iter().skip(first_born as usize) {
        lineage.push(LineageEvent { at, intent: record.id.clone(), kind: LineageKind::Born, other: None });
    }
    body.labels = labels.into_values().collect();
    // The long tail's exemplars are chosen anew: some of them may have become intents.
    body.exemplars.retain(|exemplar| exemplar.intent.is_some());
    let settled = new.iter().enumerate().map(|(row, &unit)| (unit.key, (unit, vectors.row(row))));
    let pooled = pool.iter().enumerate().map(|(row, &unit)| (unit.key, (unit, pool_vectors.row(row))));
    let mut candidates: BTreeMap<u64, (&Unit, &[f32])> = settled.chain(pooled).collect();
    candidates.retain(|_, (_, vector)| vector.iter().any(|&value| value != 0.0));
    add_exemplars(body, candidates.into_values());
}

/// The vectors that vote, one row each.
fn exemplars(body: &Body, columns: usize) -> Dense {
    let mut exemplars = Dense::zeros(body.exemplars.len(), columns);
    for (row, exemplar) in body.exemplars.iter().enumerate() {
        exemplars.row_mut(row).copy_from_slice(&exemplar.vector);
    }
    exemplars
}

/// How unlike everything that was known each unit is: by its nearest exemplar, by what it says again of those that vote on
/// it, and by the company it comes in.
fn out_of_scope(
    body: &Body,
    units: &[&Unit],
    vectors: &Dense,
    exemplars: &Dense,
    voters: &[Neighbours],
) -> Vec<Option<f32>> {
    let Some(scope) = &body.scope else { return vec![None; vectors.rows] };
    let rows: Vec<usize> = (0..vectors.rows).collect();
    let blocks = rows.par_chunks(AT_ONCE).map(|block| {
        let own = select(vectors, block);
        let mut nearest = own.clone();
        for (place, &row) in block.iter().enumerate() {
            if let Some(&(exemplar, _)) = voters[row].first() {
                nearest.row_mut(place).copy_from_slice(exemplars.row(exemplar as usize));
            }
        }
        let known = |row: usize| voters[row].iter().map(|&(exemplar, _)| &body.exemplars[exemplar as usize].pieces);
        scope.strangeness(&own, &nearest, |place| echo(&pieces(&units[block[place]].words), known(block[place])))
    });
    // In the order of the blocks, however many threads there are.
    let alone: Vec<Option<f32>> = blocks.collect::<Vec<_>>().into_iter().flatten().collect();
    let others = nearest(vectors, vectors, COMPANY, true);
    let strange = scope.in_company(&alone, voters, &others);
    strange.into_iter().map(|strange| strange.map(|one| scope.score(one))).collect()
}

/// The intent that a row's nearest exemplars vote for by squared cosine, and its share of the vote; `None` is the long
/// tail, which has exemplars too. Ties go to the intent with the lower index.
fn vote(body: &Body, voters: &Neighbours) -> (Option<u32>, f32) {
    let mut votes: BTreeMap<u32, f32> = BTreeMap::new();
    for (row, cosine) in voters {
        // The long tail sorts last, so that an intent wins a tie with it.
        let intent = body.exemplars[*row as usize].intent.unwrap_or(u32::MAX);
        *votes.entry(intent).or_default() += cosine * cosine;
    }
    let all: f32 = votes.values().sum();
    let winner = votes.into_iter().reduce(|best, other| if other.1 > best.1 { other } else { best });
    match winner {
        Some((intent, weight)) if intent != u32::MAX => (Some(intent), if all > 0.0 { weight / all } else { 0.0 }),
        _ => (None, 0.0),
    }
}

/// The rows nearest to one, each with its cosine.
type Neighbours = Vec<(u32, f32)>;

/// Groups of pool rows that are dense and large enough to be intents, and each row's neighbours in the pool.
fn births(
    pool: &[&Unit],
    vectors: &Dense,
    centres: &Dense,
    window: usize,
    is_new: impl Fn(&Unit) -> bool,
) -> (Vec<Vec<usize>>, Vec<Neighbours>) {
    let neighbours = nearest(vectors, vectors, POOL_NEIGHBOURS, true);
    let labels = communities(&neighbour_graph(&neighbours), POOL_RESOLUTION);
    let mut blocks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, &label) in labels.iter().enumerate() {
        blocks.entry(label).or_default().push(row);
    }
    let least = BIRTH_GOALS.max((BIRTH_SHARE * window as f64).ceil() as usize);
    let groups = blocks
        .into_values()
        .filter(|group| {
            let weight: u32 = group.iter().map(|&row| pool[row].weight).sum();
            weight as usize >= least
                && group.iter().any(|&row| is_new(pool[row]))
                && stands_apart(group, pool, vectors, centres)
        })
        .collect();
    (groups, neighbours)
}

/// Whether a group holds together (the length of its mean vector is 1 for equal vectors, about 0 for unrelated ones) and
/// is no intent's fringe.
fn stands_apart(group: &[usize], pool: &[&Unit], vectors: &Dense, centres: &Dense) -> bool {
    let weight: u32 = group.iter().map(|&row| pool[row].weight).sum();
    let mut mean = vec![0.0; vectors.columns];
    for &row in group {
        add_scaled(&mut mean, vectors.row(row), pool[row].weight as f32 / weight.max(1) as f32);
    }
    let cohesion = dot(&mean, &mean).sqrt();
    let nearest = (0..centres.rows).map(|row| dot(centres.row(row), &mean)).fold(f32::NEG_INFINITY, f32::max);
    cohesion >= BIRTH_COHESION && nearest < FRINGE * cohesion
}

/// Distinct messages of each of the first `intents` intents, as many as are heard.
fn messages_by_intent<'a>(goals: &'a Goals, labels: &BTreeMap<u64, Label>, intents: usize) -> Vec<Vec<Said<'a>>> {
    let mut messages = vec![Vec::new(); intents];
    for unit in &goals.units {
        let intent = labels.get(&unit.key).and_then(|label| label.intent);
        if let Some(list) = intent.and_then(|intent| messages.get_mut(intent as usize))
            && list.len() < HEARD
        {
            list.push(unit.into());
        }
    }
    messages
}

/// How many exemplars are kept of each of so many intents, of so many dimensions: never fewer than vote.
pub(super) fn exemplars_each(intents: usize, dimensions: usize) -> usize {
    let vector = 4 * dimensions.max(1);
    // The long tail has as many as an intent.
    (EXEMPLAR_BYTES / (vector * (intents + 1))).clamp(VOTERS, EXEMPLARS)
}

/// Keeps what later goals are compared with, up to a number for each intent. Which come first is decided
/// by the wordings' keys, which are as good as random and the same in every run.
pub(super) fn add_exemplars<'a>(body: &mut Body, candidates: impl IntoIterator<Item = (&'a Unit, &'a [f32])>) {
    let echoes = body.echoes();
    let most = exemplars_each(body.intents.len(), body.centres.columns);
    let mut kept: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    for exemplar in &body.exemplars {
        *kept.entry(exemplar.intent).or_default() += 1;
    }
    for (unit, vector) in candidates {
        let Some(intent) = body.label(unit.key).map(|label| label.intent) else { continue };
        let count = kept.entry(intent).or_default();
        if *count < most {
            *count += 1;
            let pieces = if echoes { pieces(&unit.words) } else { Vec::new() };
            body.exemplars.push(Exemplar { intent, vector: vector.to_vec(), pieces });
        }
    }
}

/// Marks intents that nobody wants any more, and unmarks those that somebody wants again.
fn retire(
    body: &mut Body,
    goals: &Goals,
    elsewhere: &dyn Fn(&IntentId) -> bool,
    at: Timestamp,
    lineage: &mut Vec<LineageEvent>,
) {
    let mut wanted: Vec<bool> = body.intents.iter().map(|record| elsewhere(&record.id)).collect();
    for unit in &goals.units {
        if let Some(intent) = body.label(unit.key).and_then(|label| label.intent) {
            wanted[intent as usize] = true;
        }
    }
    for (record, wanted) in body.intents.iter_mut().zip(wanted) {
        if record.retired == wanted {
            record.retired = !wanted;
            let kind = if wanted { LineageKind::Born } else { LineageKind::Retired };
            lineage.push(LineageEvent { at, intent: record.id.clone(), kind, other: None });
        }
    }
}

/// Gives the intents of a refit the ids and names of the previous intents they share most goals with, and says what
/// became of the others. Overlaps above one half are unambiguous, so the best pairs can be taken one by one.
pub(super) fn carry_over(previous: &Body, mut refit: Body, goals: &Goals, at: Timestamp) -> (Body, Vec<LineageEvent>) {
    let mut pairs: Vec<(f64, usize, usize)> = overlaps(previous, &refit, goals);
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut kept: BTreeMap<usize, usize> = BTreeMap::new();
    let mut continued: BTreeSet<usize> = BTreeSet::new();
    for &(overlap, old, new) in &pairs {
        if overlap >= SAME && !continued.contains(&old) && !kept.contains_key(&new) {
            kept.insert(new, old);
            continued.insert(old);
        }
    }
    for (&new, &old) in &kept {
        let before = &previous.intents[old];
        let record = &mut refit.intents[new];
        (record.id, record.name, record.born) = (before.id.clone(), before.name.clone(), before.born);
        record.named_by.clone_from(&before.named_by);
        record.rules.clone_from(&before.rules);
    }
    rename_apart(&mut refit, &kept);
    let mut lineage = Vec::new();
    for (new, record) in refit.intents.iter().enumerate().filter(|(new, _)| !kept.contains_key(new)) {
        let parent = pairs.iter().find(|pair| pair.2 == new && pair.0 >= DESCENT);
        let other: Option<IntentId> = parent.map(|pair| previous.intents[pair.1].id.clone());
        let kind = if other.is_some() { LineageKind::Split } else { LineageKind::Born };
        lineage.push(LineageEvent { at, intent: record.id.clone(), kind, other });
    }
    for (old, record) in previous.intents.iter().enumerate().filter(|(old, _)| !continued.contains(old)) {
        if record.retired {
            continue;
        }
        let heir = pairs.iter().find(|pair| pair.1 == old && pair.0 >= DESCENT);
        let other: Option<IntentId> = heir.map(|pair| refit.intents[pair.2].id.clone());
        let kind = if other.is_some() { LineageKind::Merged } else { LineageKind::Retired };
        lineage.push(LineageEvent { at, intent: record.id.clone(), kind, other });
    }
    (refit, lineage)
}

/// (Jaccard, previous intent, new intent) over the goals whose wording both models know.
fn overlaps(previous: &Body, refit: &Body, goals: &Goals) -> Vec<(f64, usize, usize)> {
    let mut both: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let mut olds = vec![0u64; previous.intents.len()];
    let mut news = vec![0u64; refit.intents.len()];
    for unit in &goals.units {
        let Some(before) = previous.label(unit.key) else { continue };
        let (old, new) = (before.intent, refit.label(unit.key).and_then(|label| label.intent));
        let weight = u64::from(unit.weight);
        if let Some(old) = old {
            olds[old as usize] += weight;
        }
        if let Some(new) = new {
            news[new as usize] += weight;
        }
        if let (Some(old), Some(new)) = (old, new) {
            *both.entry((old as usize, new as usize)).or_default() += weight;
        }
    }
    both.into_iter()
        .map(|((old, new), shared)| (shared as f64 / (olds[old] + news[new] - shared) as f64, old, new))
        .collect()
}

/// New names that an inherited one has taken are told apart.
fn rename_apart(refit: &mut Body, kept: &BTreeMap<usize, usize>) {
    let mut taken: BTreeSet<String> = kept.keys().map(|&new| refit.intents[new].name.clone()).collect();
    for (new, record) in refit.intents.iter_mut().enumerate() {
        if !kept.contains_key(&new) {
            if let Some(name) = name::names(std::slice::from_ref(&record.phrases), &taken).pop() {
                record.name = name;
            }
            taken.insert(record.name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exemplars_of_wide_vectors_are_fewer_so_that_a_model_can_be_stored() {
        assert_eq!(exemplars_each(500, 192), EXEMPLARS);
        assert_eq!(exemplars_each(500, 3_072), 87);
        assert_eq!(exemplars_each(50_000, 3_072), VOTERS);
        let bytes =
            |intents: usize, dimensions: usize| 4 * dimensions * (intents + 1) * exemplars_each(intents, dimensions);
        for (intents, dimensions) in [(472, 192), (2_000, 192), (1_000, 1_536), (1_000, 4_096), (3_000, 3_072)] {
            assert!(bytes(intents, dimensions) <= EXEMPLAR_BYTES, "{intents} {dimensions}");
        }
    }
}
