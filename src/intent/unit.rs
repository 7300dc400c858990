//! Goals as the clustering sees them: each distinct wording once, with its weight. Quick-reply buttons make the
//! same text thousands of times; without this the nearest neighbours of each copy would be its twins.

use super::Source;
use super::entity::Entities;
use super::index::sample;
use super::normalize::{Language, Normalizer, Word, detect_language};
use super::random::key;
use super::segment::{Ask, Segment, asks, read_of, segments};
use super::space::Space;
use super::{Goal, IntentError};
use crate::trace::ConversationId;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// What all conversations say, before it is known where goals begin.
pub(super) struct Corpus<'a> {
    language: Language,
    entities: Entities,
    conversations: Vec<Dialogue<'a>>,
}

struct Dialogue<'a> {
    id: &'a ConversationId,
    turns: usize,
    asks: Vec<Ask>,
}

/// One distinct wording of a goal.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Digest of its words.
    pub(super) key: u64,
    /// The words.
    pub(super) words: Vec<Word>,
    /// Goals that are worded so.
    pub(super) weight: u32,
    /// The first of them (index into the goals).
    pub(super) first: usize,
}

/// Goals and their distinct wordings.
pub(super) struct Goals {
    pub(super) goals: Vec<Goal>,
    /// Turn that states each goal.
    pub(super) stated: Vec<u32>,
    /// Unit of each goal.
    pub(super) unit_of: Vec<usize>,
    /// Units, sorted by key.
    pub(super) units: Vec<Unit>,
}

impl<'a> Corpus<'a> {
    /// Reads all conversations in the order of their ids; of two with one id the first is read. The `normalizer` is
    /// that of an earlier model's space, if there is one.
    pub(super) fn read(sources: &[Source<'a>], normalizer: Option<Normalizer>) -> Result<Self, IntentError> {
        let mut sources = sources.to_vec();
        sources.sort_by(|a, b| a.conversation.id.cmp(&b.conversation.id));
        sources.dedup_by(|a, b| a.conversation.id == b.conversation.id);
        let normalizer = normalizer.unwrap_or_else(|| {
            let turns = sources.iter().flat_map(|source| source.conversation.user_turns());
            let texts: Vec<Cow<'_, str>> = turns.map(|(_, turn)| read_of(&turn.text)).collect();
            let texts = || texts.iter().map(AsRef::as_ref);
            Normalizer::new(detect_language(texts()), Entities::learn(texts()))
        });
        let conversations: Vec<Dialogue<'a>> = sources
            .iter()
            .map(|source| Dialogue {
                id: &source.conversation.id,
                turns: source.conversation.turns.len(),
                asks: asks(source.conversation, source.signals, &normalizer),
            })
            .collect();
        if conversations.iter().all(|dialogue| dialogue.asks.is_empty()) {
            return Err(IntentError::NoUserTurns { conversations: conversations.len() });
        }
        let (language, entities) = normalizer.into_parts();
        Ok(Self { language, entities, conversations })
    }

    /// Learns a space from everything that may state a goal, with word vectors from everything that was said.
    pub(super) fn learn_space(&self, seed: u64) -> Space {
        let asks = || self.conversations.iter().flat_map(|dialogue| &dialogue.asks);
        let openings = distinct(self.conversations.iter().filter_map(|dialogue| dialogue.asks.first()));
        let documents = thinned(distinct(asks().filter(|ask| ask.may_open)));
        let messages = thinned(distinct(asks()));
        Space::learn((self.language, self.entities.clone()), &openings, &documents, &messages, seed)
    }

    /// Cuts every conversation into goals.
    pub(super) fn goals(&self, space: &Space) -> Goals {
        let mut goals = Goals { goals: Vec::new(), stated: Vec::new(), unit_of: Vec::new(), units: Vec::new() };
        let mut known: FxHashMap<u64, usize> = FxHashMap::default();
        for dialogue in &self.conversations {
            for (ordinal, segment) in segments(&dialogue.asks, dialogue.turns, space).into_iter().enumerate() {
                let Segment { ask, first, last } = segment;
                let ask = &dialogue.asks[ask];
                let words = space.boilerplate.strip(&ask.words);
                let key = words_key(words);
                let index = goals.goals.len();
                let unit = *known.entry(key).or_insert_with(|| {
                    goals.units.push(Unit { key, words: words.to_vec(), weight: 0, first: index });
                    goals.units.len() - 1
                });
                goals.units[unit].weight += 1;
                goals.unit_of.push(unit);
                goals.stated.push(ask.turn);
                goals.goals.push(Goal {
                    conversation: dialogue.id.clone(),
                    ordinal: ordinal as u32,
                    first_turn: first,
                    last_turn: last,
                    text: ask.text.clone(),
                });
            }
        }
        goals.sort_units();
        goals
    }
}

impl Goals {
    fn sort_units(&mut self) {
        let mut order: Vec<usize> = (0..self.units.len()).collect();
        order.sort_by_key(|&unit| self.units[unit].key);
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        self.units.sort_by_key(|unit| unit.key);
        for unit in &mut self.unit_of {
            *unit = place[*unit];
        }
    }
}

/// The distinct wordings of `asks`, in the order of their keys.
fn distinct<'a>(asks: impl Iterator<Item = &'a Ask>) -> Vec<&'a [Word]> {
    let mut keyed: Vec<(u64, &[Word])> =
        asks.map(|ask| (words_key(&ask.words), ask.words.as_slice())).filter(|(_, words)| !words.is_empty()).collect();
    keyed.sort_by_key(|&(key, _)| key);
    keyed.dedup_by_key(|&mut (key, _)| key);
    keyed.into_iter().map(|(_, words)| words).collect()
}

/// Distinct wordings that a space is learned from: more of them teach it nothing that shows.
const LEARNED_FROM: usize = 200_000;

/// A seeded sample of so many wordings, in their order.
fn thinned(wordings: Vec<&[Word]>) -> Vec<&[Word]> {
    if wordings.len() <= LEARNED_FROM {
        return wordings;
    }
    sample(wordings.len(), LEARNED_FROM, 0x1ea5).into_iter().map(|place| wordings[place]).collect()
}

fn words_key(words: &[Word]) -> u64 {
    key(4, words.iter().map(|word| word.stem.as_str()))
}
