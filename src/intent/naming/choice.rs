//! What a model is asked about: the intents without a name, the pairs of intents whose centres are closest, and the
//! intents that hold together least. How much that is depends on the number of intents alone: 640 questions for 200,
//! however many conversations there are.

use crate::intent::matrix::{Dense, dot};
use crate::intent::model::{Body, IntentRecord};
use crate::intent::registry::{Registry, Status};

/// Pairs for each intent.
const PAIRS: usize = 2;
/// Of so many intents, one is asked about for a split.
const SPLIT_OF: usize = 5;

/// Indices of intents, or pairs of them with the lower id first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// To be named.
    pub(super) names: Vec<usize>,
    /// Perhaps one, the closest first.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Perhaps two, the loosest first.
    pub(super) splits: Vec<usize>,
}

impl Choice {
    /// All that is ever asked about the intents of a model, while they are as they are.
    fn of(intents: &[IntentRecord], centres: &Dense) -> Self {
        let active: Vec<usize> = (0..intents.len()).filter(|&index| !intents[index].retired).collect();
        let mut splits = active.clone();
        splits.sort_by(|&a, &b| intents[a].floor.total_cmp(&intents[b].floor).then(a.cmp(&b)));
        splits.truncate(active.len().div_ceil(SPLIT_OF));
        let in_order = |(a, b): (usize, usize)| if intents[a].id <= intents[b].id { (a, b) } else { (b, a) };
        let pairs = closest(centres, &active, PAIRS * active.len()).into_iter().map(in_order).collect();
        Self { names: active, pairs, splits }
    }

    /// What is left to ask: not what was answered, and not what people have decided.
    pub(super) fn due(body: &Body, registry: &Registry) -> Self {
        let mut due = Self::of(&body.intents, &body.centres);
        let record = |index: usize| &body.intents[index];
        let is_open =
            |record: &IntentRecord| *registry.shown_as(&record.id) == record.id && !registry.is_ignored(&record.id);
        due.names.retain(|&index| {
            let IntentRecord { id, named_by, opinions, .. } = record(index);
            named_by.is_none() && !opinions.nameless && registry.entry(id).is_none()
        });
        due.pairs.retain(|&(a, b)| {
            is_open(record(a)) && is_open(record(b)) && !record(a).opinions.same.contains_key(&record(b).id)
        });
        due.splits.retain(|&index| {
            let is_split = registry.entry(&record(index).id).is_some_and(|entry| entry.status == Status::Split);
            is_open(record(index)) && !is_split && record(index).opinions.one.is_none()
        });
        due
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.pairs.is_empty() && self.splits.is_empty()
    }
}

/// The `most` pairs of `rows` with the highest cosine, highest first; ties by their order.
fn closest(centres: &Dense, rows: &[usize], most: usize) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    let trim = |pairs: &mut Vec<(f32, usize, usize)>| {
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        pairs.truncate(most);
    };
    for (place, &one) in rows.iter().enumerate() {
        let others = rows.iter().skip(place + 1);
        pairs.extend(others.map(|&other| (dot(centres.row(one), centres.row(other)), one, other)));
        // All pairs of thousands of intents would not fit.
        if pairs.len() > 8 * most {
            trim(&mut pairs);
        }
    }
    trim(&mut pairs);
    pairs.into_iter().map(|(_, one, other)| (one, other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::intent::IntentId;
    use crate::intent::naming::opinion::Opinions;
    use crate::trace::ConversationId;
    use proptest::prelude::*;

    fn record(number: usize, floor: f32) -> IntentRecord {
        IntentRecord {
            id: IntentId(format!("i-{number:06x}")),
            name: format!("intent {number}"),
            named_by: None,
            rules: None,
            opinions: Opinions::default(),
            phrases: Vec::new(),
            medoid: (ConversationId(String::new()), 0),
            born: Timestamp(0),
            floor,
            retired: false,
        }
    }

    fn choice(values: &[f32]) -> Choice {
        let intents: Vec<IntentRecord> =
            values.chunks(2).enumerate().map(|(number, row)| record(number, row[0])).collect();
        Choice::of(&intents, &Dense { rows: intents.len(), columns: 2, values: values.to_vec() })
    }

    fn questions(choice: &Choice) -> usize {
        choice.names.len() + choice.pairs.len() + choice.splits.len()
    }

    #[test]
    fn two_hundred_intents_are_six_hundred_and_forty_questions() {
        let values: Vec<f32> = (0..400).map(|number| (number as f32).sin()).collect();
        assert_eq!(questions(&choice(&values)), 640);
    }

    #[test]
    fn the_closest_pairs_come_first_and_the_loosest_intents() {
        let near = choice(&[1.0, 0.0, 0.0, 1.0, 0.8, 0.6, 0.6, 0.8, -1.0, 0.0, 0.0, -1.0]);
        assert_eq!(near.pairs[..3], [(2, 3), (0, 2), (1, 3)]);
        assert_eq!(near.splits, [4, 1]);
        assert_eq!(near.pairs.len(), 12);
    }

    proptest! {
        #[test]
        fn the_number_of_questions_depends_on_the_number_of_intents_alone(
            values in (0usize..90).prop_flat_map(|intents| prop::collection::vec(-1.0f32..1.0, 2 * intents)),
        ) {
            let intents = values.len() / 2;
            let choice = choice(&values);
            let pairs = (2 * intents).min(intents * intents.saturating_sub(1) / 2);
            prop_assert_eq!(questions(&choice), intents + pairs + intents.div_ceil(5));
            let mut distinct = choice.pairs.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), pairs);
            prop_assert!(choice.pairs.iter().all(|(one, other)| one < other));
        }
    }
}
