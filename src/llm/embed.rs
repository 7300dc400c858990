//! Texts into vectors: asked in groups, stored text by text, so that a new text costs what it costs and no more.

use super::bookkeeper::Ended;
use super::books::{Books, BooksError, CallEnd, ReplyKey, StoredReply};
use super::call::{Shared, Stop, Tries};
use super::client::{HttpModel, Sending, Storing};
use super::plan::{Plan, Shown};
use super::protocol::{Encoded, embeddings};
use super::request::Stage;
use super::{Embedder, Failure, ModelError, tokens};
use crate::digest::Digest;
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// Texts of one request.
const GROUP: usize = 64;

/// Texts that are asked together, with their keys.
struct Group {
    texts: Vec<String>,
    keys: Vec<ReplyKey>,
    encoded: Encoded,
}

impl HttpModel {
    fn vector_key(&self, text: &str) -> ReplyKey {
        let settings = &self.settings;
        ReplyKey(Digest::of_fields([
            b"vector".as_slice(),
            settings.name.provider.as_str().as_bytes(),
            settings.name.model.as_bytes(),
            settings.route.base_url.as_bytes(),
            &settings.redactor.to_le_bytes(),
            text.as_bytes(),
        ]))
    }

    /// The texts whose vectors are not stored, in groups; and the vectors that are.
    fn group(&self, texts: &[String], books: &dyn Books) -> Result<(Vec<Group>, Vectors), ModelError> {
        let reads = matches!(self.settings.storing, Storing::On | Storing::ReadOnly) && !self.replays();
        let mut known = Vectors::new();
        let mut missing: BTreeMap<ReplyKey, &String> = BTreeMap::new();
        for text in texts {
            let key = self.vector_key(text);
            let stored = if reads { books.stored(&key)? } else { None };
            match stored.and_then(|reply| from_bytes(&reply.body)) {
                Some(vector) => {
                    known.insert(key, vector);
                }
                None => {
                    missing.insert(key, text);
                }
            }
        }
        let missing: Vec<(ReplyKey, &String)> = missing.into_iter().collect();
        let groups = missing.chunks(GROUP).map(|group| {
            let texts: Vec<String> = group.iter().map(|(_, text)| (*text).clone()).collect();
            let extra = self.settings.extra.api_version.as_deref();
            let encoded = embeddings::encode(&self.settings.name, &texts, extra)
                .ok_or_else(|| ModelError::Machinery(format!("{} has no embeddings", self.name)))?;
            self.guard(&encoded, Stage::Embed, "what users wanted")?;
            Ok(Group { texts, keys: group.iter().map(|(key, _)| *key).collect(), encoded })
        });
        Ok((groups.collect::<Result<_, ModelError>>()?, known))
    }

    async fn embed_group(&self, shared: &Shared, group: &Group) -> Result<Vec<Vec<f32>>, Stop> {
        let worst = self.worst(&group.encoded, 0);
        let (provider, count) = (self.settings.name.provider, group.texts.len());
        let decode = |body: &[u8]| embeddings::decode(provider, body, count);
        let paid = shared.call(Stage::Embed, &group.encoded, worst, &mut Tries::new(), &decode).await?;
        let usage = paid.decoded.usage;
        let cost = self.settings.price.charge(usage, worst);
        let keeps = !matches!(self.settings.storing, Storing::Off | Storing::ReadOnly);
        let vectors = paid.decoded.vectors;
        let stored = |(key, vector): (&ReplyKey, &Vec<f32>)| {
            let reply = StoredReply { body: to_bytes(vector), instructions: Digest::of(b""), at: shared.now() };
            (*key, reply)
        };
        let replies = if keeps { group.keys.iter().zip(&vectors).map(stored).collect() } else { Vec::new() };
        let ended = Ended { call: paid.purse.call, cost, usage, end: CallEnd::Reply, replies };
        let settled = shared.settle(ended).await;
        shared.leave();
        settled.map(|()| vectors)
    }

    fn embedding_plan(&self, groups: &[Group], stored: usize) -> Plan {
        let mut plan = Plan { stored, ..Plan::default() };
        for group in groups {
            let estimate = tokens::estimate(&group.encoded.body);
            plan.add(Shown {
                stage: Stage::Embed,
                url: format!("{}{}", self.settings.route.base_url, group.encoded.path),
                input_tokens: estimate,
                output_tokens: 0,
                estimate: self.settings.price.cost(estimate, 0),
                at_most: self.worst(&group.encoded, 0),
                body: group.encoded.body.clone(),
            });
        }
        plan
    }
}

type Vectors = BTreeMap<ReplyKey, Vec<f32>>;

impl Embedder for HttpModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = || ModelError::from(BooksError("the ledger was lost by an earlier failure".to_string()));
        let books = state.books.take().ok_or_else(lost)?;
        let (groups, mut vectors) = match self.group(texts, &*books) {
            Ok(grouped) => grouped,
            Err(error) => {
                state.books = Some(books);
                return Err(error);
            }
        };
        let missing = groups.iter().map(|group| group.texts.len()).sum();
        let may = match self.settings.sending {
            _ if groups.is_empty() => Ok(()),
            Sending::Planned => {
                state.plan.join(self.embedding_plan(&groups, vectors.len()));
                Err(ModelError::Planned)
            }
            _ => self.may_send(missing, texts.len()),
        };
        let (books, result) = match may {
            Err(error) => (Some(books), Err(error)),
            Ok(()) if groups.is_empty() => (Some(books), Ok(())),
            Ok(()) => {
                let mut failed: Option<Failure> = None;
                let mut done = |group: &Group, answer: Result<Vec<Vec<f32>>, Failure>| match answer {
                    Ok(found) => vectors.extend(group.keys.iter().copied().zip(found)),
                    Err(failure) => failed = Some(failure),
                };
                let (books, result) = self.send(books, async |shared: &Shared| {
                    self.drive(shared, &groups, |group| self.embed_group(shared, group), &mut done).await
                });
                let failed = failed.map(|failure| ModelError::Provider { model: self.name.clone(), failure });
                (books, result.and(failed.map_or(Ok(()), Err)))
            }
        };
        state.books = books;
        result?;
        let found: Vec<Vec<f32>> =
            texts.iter().map(|text| vectors.get(&self.vector_key(text)).cloned().unwrap_or_default()).collect();
        let length = found.first().map_or(0, Vec::len);
        if found.iter().any(|vector| vector.len() != length) {
            // A provider that changes its model's length between calls gives nothing to compare.
            return Err(ModelError::Machinery(format!("{} gives vectors of different lengths", self.name)));
        }
        Ok(found)
    }
}

fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    let (values, rest) = bytes.as_chunks::<4>();
    let vector: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
    (rest.is_empty() && !vector.is_empty() && vector.iter().all(|value| value.is_finite())).then_some(vector)
}
