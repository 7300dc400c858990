//! Goals as the clustering sees them: each distinct wording once, with its weight. Quick-reply buttons make the
//! same text thousands of times; without this the nearest neighbours of each copy would be its twins.

use super::entity::{Entities, Heard};
use super::index::sample;
use super::normalize::{FunctionWords, Language, Normalizer, Word};
use super::people::People;
use super::random::key;
use super::segment::{Ask, Segment, asks, read_of, segments};
use super::space::Space;
use super::{Goal, IntentError, Source, Sources};
use crate::trace::ConversationId;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// What all conversations say, before it is known where goals begin.
pub(super) struct Corpus {
    language: Language,
    entities: Entities,
    /// By id.
    conversations: Vec<Dialogue>,
}

/// What is kept of a conversation.
struct Dialogue {
    id: ConversationId,
    people: People,
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
    /// Who words them so.
    pub(super) people: People,
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

/// Conversations that one thread listens to at once.
const HEARD_AT_ONCE: usize = 512;

/// What must be known before words can be read, told by all that users say.
fn listen<S: Sources + ?Sized>(sources: &S) -> Result<Normalizer, S::Error> {
    let (mut words, mut names) = (FunctionWords::default(), Heard::default());
    sources.read(&mut |block| {
        let part = |sources: &[Source<'_>]| {
            let (mut words, mut names) = (FunctionWords::default(), Heard::default());
            for (_, turn) in sources.iter().flat_map(|source| source.conversation.user_turns()) {
                let text = read_of(&turn.text);
                words.hear(&text);
                names.hear(&text);
            }
            (words, names)
        };
        let parts: Vec<(FunctionWords, Heard)> = block.par_chunks(HEARD_AT_ONCE).map(part).collect();
        for (more_words, more_names) in parts {
            words.add(more_words);
            names.add(more_names);
        }
    })?;
    Ok(Normalizer::new(words.language(), names.learn()))
}

impl Dialogue {
    fn read(source: &Source<'_>, normalizer: &Normalizer, texts: bool) -> Self {
        let mut asks = asks(source.conversation, source.signals, normalizer);
        asks.shrink_to_fit();
        for ask in &mut asks {
            ask.words.shrink_to_fit();
            if !texts {
                ask.text = String::new();
            }
        }
        let conversation = source.conversation;
        let (people, turns) = (People::of(conversation), conversation.turns.len());
        Self { id: conversation.id.clone(), people, turns, asks }
    }
}

impl Corpus {
    /// Reads all conversations, in two passes where there is no `normalizer` of an earlier model's space. Their texts
    /// are kept only if somebody reads them.
    pub(super) fn read<S: Sources + ?Sized>(
        sources: &S,
        normalizer: Option<Normalizer>,
        texts: bool,
    ) -> Result<Self, S::Error> {
        let normalizer = match normalizer {
            Some(normalizer) => normalizer,
            None => listen(sources)?,
        };
        let mut conversations: Vec<Dialogue> = Vec::new();
        sources.read(&mut |block| {
            conversations.par_extend(block.par_iter().map(|source| Dialogue::read(source, &normalizer, texts)));
        })?;
        conversations.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        if conversations.iter().all(|dialogue| dialogue.asks.is_empty()) {
            return Err(IntentError::NoUserTurns { conversations: conversations.len() }.into());
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
    pub(super) fn goals(self, space: &Space) -> Goals {
        let cut = |dialogue: &Dialogue| segments(&dialogue.asks, dialogue.turns, space);
        let cuts: Vec<Vec<Segment>> = self.conversations.par_iter().map(cut).collect();
        let mut goals = Goals::with_capacity(self.conversations.len());
        let mut known: FxHashMap<u64, usize> = FxHashMap::default();
        for (mut dialogue, segments) in self.conversations.into_iter().zip(cuts) {
            for (ordinal, Segment { ask, first, last }) in segments.into_iter().enumerate() {
                let ask = &mut dialogue.asks[ask];
                let words = space.boilerplate.strip(&ask.words);
                let key = words_key(words);
                let index = goals.goals.len();
                let unit = *known.entry(key).or_insert_with(|| {
                    let people = People::default();
                    goals.units.push(Unit { key, words: words.to_vec(), weight: 0, people, first: index });
                    goals.units.len() - 1
                });
                goals.units[unit].weight += 1;
                goals.units[unit].people.add(&dialogue.people);
                goals.unit_of.push(unit);
                goals.stated.push(ask.turn);
                goals.goals.push(Goal {
                    conversation: dialogue.id.clone(),
                    ordinal: ordinal as u32,
                    first_turn: first,
                    last_turn: last,
                    text: std::mem::take(&mut ask.text),
                });
            }
        }
        goals.sort_units();
        goals
    }
}

impl Goals {
    fn with_capacity(goals: usize) -> Self {
        Self {
            goals: Vec::with_capacity(goals),
            stated: Vec::with_capacity(goals),
            unit_of: Vec::with_capacity(goals),
            units: Vec::new(),
        }
    }

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
