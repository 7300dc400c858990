//! From conversations to intents: the recipe. A first fit learns a space and divides it; a later one folds in.

use super::echo::pieces;
use super::embedded::{Embedded, Placing, same_maker};
use super::identity::{add_exemplars, carry_over, exemplars_each, fold_in};
use super::matrix::{add_scaled, dot, normalize};
use super::model::{Body, IntentRecord, Label, Model};
use super::name::{self, Said};
use super::naming::opinion::Opinions;
use super::normalize::Word;
use super::resolution::{self, Partition};
use super::rows::{Fixed, Rows, select};
use super::scope::Scope;
use super::space::Space;
use super::unit::{Corpus, Goals, Unit};
use super::{Assignment, Fit, Intent, IntentError, IntentId, LineageEvent, Options, Source, Sources};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::ConversationId;
use std::collections::{BTreeMap, BTreeSet};

/// Goals below which no intents are named.
pub(super) const NEEDED_GOALS: usize = 50;
/// Neighbours of a goal in the graph.
const NEIGHBOURS: usize = 15;
/// Goals that an average intent must have: with fewer, nothing about its failures could be shown.
pub(super) const MEAN_GOALS: f64 = 14.0;
/// An intent has at least this many goals, and this share of all.
const LEAST_GOALS: usize = 5;
const LEAST_SHARE: f64 = 0.0005;
/// Intents nearer than this (cosine of their centres) are related.
const RELATED: f32 = 0.3;
/// Wordings of an intent that its phrases are looked for in: more say the same again.
pub(super) const HEARD: usize = 2_048;
const MOST_RELATED: usize = 3;

/// What is known of conversations that are not among the sources of a fold: they were placed before and are as they
/// were, so that nobody need read them again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Goals and conversations by intent.
    pub intents: BTreeMap<IntentId, (u32, u32)>,
    /// Goals in no intent.
    pub long_tail: u32,
}

impl Elsewhere {
    fn of(&self, id: &IntentId) -> (u32, u32) {
        self.intents.get(id).copied().unwrap_or_default()
    }

    fn goals(&self) -> usize {
        self.intents.values().map(|(goals, _)| *goals as usize).sum::<usize>() + self.long_tail as usize
    }
}

/// Names the intents of `sources`.
///
/// Without `previous` (or with `options.refit`) everything is learned anew; a refit carries ids over where intents
/// match by their shared goals. With `previous`, new goals are folded into its frozen space, and what fits none of its
/// intents may be born as a new one; with no new wording the model comes back byte for byte.
///
/// The order of `sources` does not matter.
///
/// # Errors
/// [`IntentError`] when there is nothing, or too little, to name.
pub fn fit(
    sources: &[Source<'_>],
    previous: Option<&Model>,
    at: Timestamp,
    options: &Options,
) -> Result<Fit, IntentError> {
    fit_embedded(sources, &Elsewhere::default(), previous, at, options, None)
}

/// [`fit`] with vectors of an embeddings endpoint in the place of our own. Where `previous` was made of other vectors,
/// everything is fitted anew, and ids are carried over by shared goals. `elsewhere` counts what a fold need not read; a
/// fit reads everything.
///
/// # Errors
/// As for [`fit`], or that of the sources.
pub fn fit_embedded<S: Sources + ?Sized>(
    sources: &S,
    elsewhere: &Elsewhere,
    previous: Option<&Model>,
    at: Timestamp,
    options: &Options,
    embedded: Option<&Embedded>,
) -> Result<Fit, S::Error> {
    let goes_on = previous.filter(|previous| !options.refit && same_maker(&previous.body, embedded));
    if let Some(previous) = goes_on {
        let space = &previous.body.space;
        let corpus = Corpus::read(sources, Some(space.normalizer()), options.texts)?;
        let goals = corpus.goals(space);
        let wanted = |id: &IntentId| elsewhere.of(id).0 > 0;
        let (body, lineage) = fold_in(&previous.body, &goals, &wanted, embedded, at);
        return Ok(assemble(body, goals, lineage, elsewhere));
    }
    let corpus = Corpus::read(sources, None, options.texts)?;
    let space = corpus.learn_space(options.seed);
    let goals = corpus.goals(&space);
    if goals.goals.len() < NEEDED_GOALS {
        return Err(IntentError::TooFewGoals { found: goals.goals.len(), needed: NEEDED_GOALS }.into());
    }
    let reserved = previous.map_or(&[][..], |previous| &previous.body.intents);
    let divided = divide(space, &goals, reserved, at, options, embedded)?;
    let (body, lineage) = match previous {
        Some(previous) => carry_over(&previous.body, divided, &goals, at),
        None => (divided, Vec::new()),
    };
    Ok(assemble(body, goals, lineage, &Elsewhere::default()))
}

/// Divides the goals into intents, whose ids are none of the `reserved` records'.
fn divide(
    space: Space,
    goals: &Goals,
    reserved: &[IntentRecord],
    at: Timestamp,
    options: &Options,
    embedded: Option<&Embedded>,
) -> Result<Body, IntentError> {
    let units: Vec<&Unit> = goals.units.iter().collect();
    let placing = Placing::first(&space, embedded);
    let vectors = place_all(&placing, &units);
    let embedding = placing.embedding();
    let mean_size = MEAN_GOALS * units.len() as f64 / goals.goals.len() as f64;
    let Partition { neighbours, choice } =
        resolution::partition(&vectors, neighbours_for(units.len()), mean_size, options.granularity, options.seed);
    let needed = LEAST_GOALS.max((LEAST_SHARE * goals.goals.len() as f64).ceil() as usize);
    let groups = groups(&choice.labels, &units, &vectors, needed);
    if groups.is_empty() {
        return Err(IntentError::NothingAlike { goals: goals.goals.len(), needed });
    }
    let mut labels = vec![None; units.len()];
    for (index, group) in groups.iter().enumerate() {
        for &unit in group {
            labels[unit] = Some(index as u32);
        }
    }
    let mut body = Body::new(space, embedding, choice.resolution, choice.stability, at);
    body.intents = reserved.to_vec();
    add_intents(&mut body, &groups, &units, &[], goals, &vectors, at);
    body.intents.drain(..reserved.len());
    let tail: u32 = units.iter().zip(&labels).filter(|(_, label)| label.is_none()).map(|(unit, _)| unit.weight).sum();
    body.at_fit = (goals.goals.len(), tail as usize);
    let fluency = if body.embedding.is_none() { body.space.pieces.fluency() } else { 0.0 };
    let said = |unit: usize| pieces(&units[unit].words);
    let (scope, strange) = Scope::learn(&vectors, &labels, groups.len(), &neighbours, fluency, said).unzip();
    body.scope = scope;
    let strange = strange.unwrap_or_else(|| vec![None; units.len()]);
    let score = |unit: usize| share(labels[unit], &neighbours[unit], &labels);
    let label = |unit: usize| Label {
        unit: units[unit].key,
        intent: labels[unit],
        score: score(unit),
        out_of_scope: strange[unit],
    };
    body.labels = (0..units.len()).map(label).collect();
    add_first_exemplars(&mut body, &units, &vectors);
    Ok(body)
}

/// Units whose wide rows are there at once.
const PLACED_AT_ONCE: usize = 16 * 1024;

/// The units' places, in little memory.
fn place_all(placing: &Placing<'_>, units: &[&Unit]) -> Fixed {
    let mut vectors: Option<Fixed> = None;
    for block in units.chunks(PLACED_AT_ONCE) {
        let placed = placing.place(block);
        vectors.get_or_insert_with(|| Fixed::with_capacity(units.len(), placed.columns)).extend(&placed);
    }
    vectors.unwrap_or_default()
}

/// The exemplars of a first fit. No more rows are widened than could be kept.
fn add_first_exemplars(body: &mut Body, units: &[&Unit], vectors: &Fixed) {
    let most = exemplars_each(body.intents.len(), body.centres.columns);
    let mut offered: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    let mut rows: Vec<usize> = Vec::new();
    for row in (0..units.len()).filter(|&row| !vectors.is_zero(row)) {
        let Some(label) = body.label(units[row].key) else { continue };
        let count = offered.entry(label.intent).or_default();
        if *count < most {
            *count += 1;
            rows.push(row);
        }
    }
    let places = select(vectors, &rows);
    add_exemplars(body, rows.iter().enumerate().map(|(place, &row)| (units[row], places.row(place))));
}

/// With few goals, fifteen neighbours reach beyond an intent.
fn neighbours_for(units: usize) -> usize {
    ((units as f64).sqrt().ceil() as usize).clamp(2, NEIGHBOURS)
}

/// The communities with at least `needed` goals, largest first. Units that could not be placed belong to none.
fn groups(labels: &[u32], units: &[&Unit], vectors: &impl Rows, needed: usize) -> Vec<Vec<usize>> {
    let mut blocks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (unit, &label) in labels.iter().enumerate() {
        if !vectors.is_zero(unit) {
            blocks.entry(label).or_default().push(unit);
        }
    }
    let weight = |group: &[usize]| group.iter().map(|&unit| units[unit].weight as usize).sum::<usize>();
    let mut groups: Vec<Vec<usize>> = blocks.into_values().filter(|group| weight(group) >= needed).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(weight(group)), group.first().copied()));
    groups
}

/// Share of a unit's neighbours, by squared cosine, with its own label.
pub(super) fn share(label: Option<u32>, near: &[(u32, f32)], labels: &[Option<u32>]) -> f32 {
    if label.is_none() {
        return 0.0;
    }
    let all: f32 = near.iter().map(|(_, cosine)| cosine * cosine).sum();
    let same = near.iter().filter(|(other, _)| labels[*other as usize] == label);
    let same: f32 = same.map(|(_, cosine)| cosine * cosine).sum();
    // A wording with no neighbours at all is all the intent there is.
    if all > 0.0 { same / all } else { 1.0 }
}

/// Appends one record per group of `units` to `body`: centre, id, medoid, phrases, name. Names are told from those of
/// `body` and phrases from `others`, the messages of its intents.
pub(super) fn add_intents(
    body: &mut Body,
    groups: &[Vec<usize>],
    units: &[&Unit],
    others: &[Vec<Said<'_>>],
    goals: &Goals,
    vectors: &impl Rows,
    at: Timestamp,
) {
    if groups.is_empty() {
        return;
    }
    // Units come in the order of their keys, so the first of a group are as good as drawn by lot.
    let heard =
        |group: &Vec<usize>| -> Vec<Said<'_>> { group.iter().take(HEARD).map(|&unit| units[unit].into()).collect() };
    let messages = groups.iter().map(heard);
    let messages: Vec<Vec<Said<'_>>> = messages.chain(others.iter().cloned()).collect();
    let mut phrases = name::phrases(&messages);
    phrases.truncate(groups.len());
    let taken: BTreeSet<String> = body.intents.iter().map(|record| record.name.clone()).collect();
    let names = name::names(&phrases, &taken);
    let mut ids: BTreeSet<IntentId> = body.intents.iter().map(|record| record.id.clone()).collect();
    for ((group, phrases), name) in groups.iter().zip(phrases).zip(names) {
        let centre = centre(group, units, vectors);
        let mut row = Vec::new();
        let nearness = group.iter().map(|&unit| (dot(&centre, vectors.read(unit..unit + 1, &mut row)), unit));
        let mut sorted: Vec<(f32, usize)> = nearness.collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let floor = sorted.get(sorted.len() / 5).map_or(0.0, |&(nearness, _)| nearness);
        // The nearest to the centre; of several, the first.
        let medoid = sorted.last().map(|&(_, unit)| unit);
        let Some(medoid) = medoid.map(|unit| units[unit]) else { continue };
        let id = new_id(&medoid.words, &ids);
        ids.insert(id.clone());
        let place = (goals.goals[medoid.first].conversation.clone(), goals.stated[medoid.first]);
        body.intents.push(IntentRecord {
            id,
            name,
            named_by: None,
            rules: None,
            opinions: Opinions::default(),
            phrases,
            medoid: place,
            born: at,
            floor,
            retired: false,
        });
        body.centres.values.extend_from_slice(&centre);
        body.centres.rows += 1;
    }
}

/// The direction of the weighted mean of a group's vectors.
fn centre(group: &[usize], units: &[&Unit], vectors: &impl Rows) -> Vec<f32> {
    let mut centre = vec![0.0; vectors.width()];
    let mut row = Vec::new();
    for &unit in group {
        add_scaled(&mut centre, vectors.read(unit..unit + 1, &mut row), units[unit].weight as f32);
    }
    normalize(&mut centre);
    centre
}

/// `i-` and 6 hex digits of the medoid's words; on collision the next digest in a fixed sequence.
fn new_id(medoid: &[Word], taken: &BTreeSet<IntentId>) -> IntentId {
    let mut attempt = 0u32;
    loop {
        let number = attempt.to_le_bytes();
        let fields = medoid.iter().map(|word| word.stem.as_bytes());
        let id = IntentId(format!("i-{}", Digest::of_fields(fields.chain([number.as_slice()])).short(6)));
        if !taken.contains(&id) {
            return id;
        }
        attempt += 1;
    }
}

/// Puts the result together from a model that knows every unit.
fn assemble(body: Body, goals: Goals, lineage: Vec<LineageEvent>, elsewhere: &Elsewhere) -> Fit {
    let mut assignments = Vec::with_capacity(goals.goals.len());
    // Goals, conversations, and the last of these: goals of one conversation follow each other.
    let mut sizes: Vec<(u32, u32, Option<&ConversationId>)> = vec![(0, 0, None); body.intents.len()];
    let mut long_tail = elsewhere.long_tail;
    for (goal, &unit) in goals.goals.iter().zip(&goals.unit_of) {
        let label = body.label(goals.units[unit].key);
        let record = label.and_then(|label| Some((label, label.intent? as usize)));
        let out_of_scope = label.and_then(|label| label.out_of_scope);
        assignments.push(match record {
            Some((label, index)) => {
                let (goals, conversations, last) = &mut sizes[index];
                *goals += 1;
                *conversations += u32::from(*last != Some(&goal.conversation));
                *last = Some(&goal.conversation);
                Assignment { intent: Some(body.intents[index].id.clone()), score: label.score, out_of_scope }
            }
            None => {
                long_tail += 1;
                Assignment { intent: None, score: 0.0, out_of_scope }
            }
        });
    }
    let sizes: Vec<(u32, u32)> = sizes
        .into_iter()
        .zip(&body.intents)
        .map(|((goals, conversations, _), record)| {
            let (more_goals, more_conversations) = elsewhere.of(&record.id);
            (goals + more_goals, conversations + more_conversations)
        })
        .collect();
    let mut suggestions = body.suggestions();
    let mut intents: Vec<Intent> = body
        .intents
        .iter()
        .enumerate()
        .filter(|&(index, _)| sizes[index].0 > 0)
        .map(|(index, record)| Intent {
            id: record.id.clone(),
            name: record.name.clone(),
            named_by: record.named_by.clone(),
            rules: record.rules.clone(),
            phrases: record.phrases.clone(),
            medoid: record.medoid.clone(),
            goals: sizes[index].0,
            conversations: sizes[index].1,
            born: record.born,
            related: related(&body, index),
            suggestions: suggestions.remove(&record.id).unwrap_or_default(),
        })
        .collect();
    intents.sort_by(|a, b| b.goals.cmp(&a.goals).then_with(|| a.id.cmp(&b.id)));
    let refit_due = body.refit_due(goals.goals.len() + elsewhere.goals(), long_tail as usize);
    Fit { goals: goals.goals, assignments, intents, lineage, long_tail, refit_due, model: Model { body } }
}

fn related(body: &Body, index: usize) -> Vec<IntentId> {
    let mut near: Vec<(f32, &IntentRecord)> = body
        .intents
        .iter()
        .enumerate()
        .filter(|&(other, record)| other != index && !record.retired)
        .map(|(other, record)| (dot(body.centres.row(index), body.centres.row(other)), record))
        .filter(|&(cosine, _)| cosine >= RELATED)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    near.into_iter().take(MOST_RELATED).map(|(_, record)| record.id.clone()).collect()
}
